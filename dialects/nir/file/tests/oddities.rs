//! One odd file a row: what strict mode and lenient mode say about it.

use super::*;

/// Name, what is odd, the findings of strict mode, and those of lenient mode.
type Row = (
    &'static str,
    fn(&mut Group),
    &'static [&'static str],
    &'static [&'static str],
);

/// Reads the base file with an oddity and compares the findings.
pub(super) fn run(name: &str, odd: fn(&mut Group), mode: Mode, expected: &[&str]) {
    let mut tree = base();
    odd(&mut tree);
    let (_, findings) = read_tree(&tree, mode);
    assert_eq!(
        summary(&findings),
        expected,
        "{name}, {mode:?}:\n{findings}"
    );
}

#[test]
fn the_base_file_has_no_findings() {
    run("base", |_| {}, Mode::Strict, &[]);
    run("base", |_| {}, Mode::Lenient, &[]);
}

const REPAIRS: &[Row] = &[
    (
        "dangling edge with one candidate",
        |t| set_edges(t, &[("input", "fc"), ("fc", "lif1"), ("lif1", "output")]),
        &["error dangling-edge-renamed lif"],
        &["warning dangling-edge-renamed lif"],
    ),
    (
        "edge with a superfluous slash",
        |t| set_edges(t, &[("input", "fc"), ("fc", "/lif"), ("lif/", "output")]),
        &[
            "error dangling-edge-renamed lif",
            "error dangling-edge-renamed lif",
        ],
        &[
            "warning dangling-edge-renamed lif",
            "warning dangling-edge-renamed lif",
        ],
    ),
    (
        "duplicate edge",
        |t| set_edges(t, &[BASE_EDGES, &[("fc", "lif")]].concat()),
        &["error duplicate-edge lif"],
        &["warning duplicate-edge lif"],
    ),
    (
        "no Input",
        |t| {
            at(t, "node/nodes").remove("input");
            set_edges(t, &BASE_EDGES[1..]);
        },
        &["error root-without-input fc"],
        &["warning root-without-input fc"],
    ),
    (
        "no Output",
        |t| {
            at(t, "node/nodes").remove("output");
            set_edges(t, &BASE_EDGES[..2]);
        },
        &["error leaf-without-output lif"],
        &["warning leaf-without-output lif"],
    ),
    (
        "isolated node",
        |t| put(t, "alone", lif(&[4])),
        &[
            "error root-without-input alone",
            "error leaf-without-output alone",
        ],
        &[
            "warning root-without-input alone",
            "warning leaf-without-output alone",
        ],
    ),
    (
        "scalar bias of booleans",
        |t| {
            set(
                t,
                "fc",
                "bias",
                Item::Array(Array::Bool(ndarray::arr0(false).into_dyn())),
            )
        },
        &[
            "note element-type-widened fc",
            "error repeated-parameter fc",
        ],
        &[
            "note element-type-widened fc",
            "warning repeated-parameter fc",
        ],
    ),
    (
        "one scalar parameter",
        |t| set(t, "lif", "r", float(1.0)),
        &["error repeated-parameter lif"],
        &["warning repeated-parameter lif"],
    ),
    (
        "all parameters scalar",
        |t| put(t, "lif", lif(&[])),
        &["error repeated-parameter lif"],
        &["warning repeated-parameter lif"],
    ),
    (
        "time axis in the Input",
        |t| set(t, "input", "shape", ints(&[256, 2])),
        &["error shape-mismatch fc"],
        &["warning batch-dimension input"],
    ),
    (
        "batch axis in the parameters",
        |t| put(t, "lif", lif(&[1, 3])),
        &["error batch-dimension lif"],
        &["warning batch-dimension lif"],
    ),
    (
        "axes of extent 1 in the Output",
        |t| set(t, "output", "shape", ints(&[1, 1, 3])),
        &["error boundary-shape output"],
        &["warning boundary-shape output"],
    ),
    (
        "shape as a scalar",
        |t| set(t, "output", "shape", int(3)),
        &["error scalar-shape output"],
        &["warning scalar-shape output"],
    ),
    (
        "negative time constant",
        |t| set(t, "lif", "tau", floats(&[1.0, -1.0, 1.0])),
        &["error negative-time-constant lif"],
        &["warning negative-time-constant lif"],
    ),
    (
        "unknown dataset",
        |t| set(t, "lif", "refractory", ones(&[3])),
        &["error unknown-dataset lif"],
        &["warning unknown-dataset lif"],
    ),
    (
        "version that is no string",
        |t| {
            t.insert("version".into(), int(1));
        },
        &["error version-type -"],
        &["warning version-type -"],
    ),
    (
        "a single node instead of a graph",
        |t| {
            t.insert("node".into(), affine(3, 2));
        },
        &[
            "error not-a-graph -",
            "error root-without-input affine",
            "error leaf-without-output affine",
        ],
        &[
            "warning not-a-graph -",
            "warning root-without-input affine",
            "warning leaf-without-output affine",
        ],
    ),
];

#[test]
fn repairs() {
    for (name, odd, strict, lenient) in REPAIRS {
        run(name, *odd, Mode::Strict, strict);
        run(name, *odd, Mode::Lenient, lenient);
    }
}

#[test]
fn an_inner_subgraph_edge_names_its_node() {
    let inner = graph(
        &[
            ("input", input(&[3])),
            ("lif1", lif(&[3])),
            ("output", output(&[3])),
        ],
        &[("input", "lif"), ("lif", "output")],
    );
    let mut tree = base();
    put(&mut tree, "lif", inner);
    let (_, findings) = read_tree(&tree, Mode::Lenient);
    assert_eq!(
        summary(&findings),
        ["warning dangling-edge-renamed lif/lif1"]
    );
    assert!(findings.iter().any(|f| f.why.contains("guess")));
}

#[test]
fn nested_graphs_with_two_inputs_are_refused() {
    let inner = graph(
        &[
            ("a", input(&[3])),
            ("b", input(&[3])),
            ("output", output(&[3])),
        ],
        &[("a", "output"), ("b", "output")],
    );
    let mut tree = base();
    put(&mut tree, "lif", inner);
    let (_, findings) = read_tree(&tree, Mode::Lenient);
    assert_eq!(
        summary(&findings),
        ["note implicit-sum lif/output", "error nested-ports lif"]
    );
}

#[test]
fn lenient_repairs_give_the_graph_that_is_meant() {
    let mut tree = base();
    set(&mut tree, "input", "shape", ints(&[256, 2]));
    put(&mut tree, "lif", lif(&[1, 3]));
    set(&mut tree, "output", "shape", ints(&[1, 3]));
    set_edges(&mut tree, &[BASE_EDGES, &[("fc", "lif")]].concat());
    let graph = lenient(&tree);
    assert_eq!(graph.nodes["input"].output_shape, [2]);
    assert_eq!(tensor(&graph, "lif", "tau").shape(), [3]);
    assert_eq!(graph.nodes["output"].input_shape, [3]);
    assert_eq!(graph.edges.len(), 3);
}
