//! One odd file a row: what strict mode and lenient mode say about it.

use super::*;

/// Name, what is odd, the findings of strict mode, and those of lenient mode.
type Row = (
    &'static str,
    fn(&mut Group),
    &'static [&'static str],
    &'static [&'static str],
);

/// The rows where both modes say the same.
type Same = (&'static str, fn(&mut Group), &'static [&'static str]);

fn run(name: &str, odd: fn(&mut Group), mode: Mode, expected: &[&str]) {
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

const SAME: &[Same] = &[
    (
        "missing v_reset",
        |t| set(t, "lif", "v_reset", None),
        &["warning missing-v-reset lif"],
    ),
    (
        "missing version",
        |t| {
            t.remove("version");
        },
        &["note missing-version -"],
    ),
    (
        "self loop",
        |t| set_edges(t, &[BASE_EDGES, &[("lif", "lif")]].concat()),
        &["warning self-loop lif", "note implicit-sum lif"],
    ),
    (
        "two edges into a node",
        |t| {
            put(t, "fc2", linear(3, 2));
            set_edges(
                t,
                &[BASE_EDGES, &[("input", "fc2"), ("fc2", "lif")]].concat(),
            );
        },
        &["note implicit-sum lif"],
    ),
    (
        "loop that no Input reaches",
        |t| {
            put(t, "a", linear(4, 4));
            put(t, "b", lif(&[4]));
            set_edges(t, &[BASE_EDGES, &[("a", "b"), ("b", "a")]].concat());
        },
        &["warning unreachable-node a", "warning unreachable-node b"],
    ),
    (
        "dangling edges with two candidates",
        |t| {
            put(t, "lif2", lif(&[3]));
            set_edges(t, &[("input", "fc"), ("fc", "lif1"), ("lif1", "output")]);
        },
        &["error dangling-edge lif1", "error dangling-edge lif1"],
    ),
    (
        "transposed weight",
        |t| put(t, "fc", linear(2, 3)),
        &["error shape-mismatch fc", "error shape-mismatch lif"],
    ),
    (
        "bias of another size",
        |t| set(t, "fc", "bias", ones(&[7])),
        &["error parameter-shape fc"],
    ),
    (
        "parameters of different sizes",
        |t| set(t, "lif", "v_threshold", ones(&[2])),
        &["error parameter-shape lif"],
    ),
    (
        "threshold of another size than its input",
        |t| {
            put(t, "lif", node("Threshold", &[("threshold", ones(&[5]))]));
        },
        &["error shape-mismatch lif", "error shape-mismatch output"],
    ),
    (
        "not-a-number and infinity",
        |t| {
            set(t, "lif", "r", floats(&[1.0, f64::NAN, 1.0]));
            set(
                t,
                "fc",
                "weight",
                Item::number(ArrayD::from_elem(IxDyn(&[3, 2]), f32::INFINITY)),
            );
        },
        &["error not-finite fc", "error not-finite lif"],
    ),
    (
        "time constant of zero",
        |t| set(t, "lif", "tau", floats(&[0.0; 3])),
        &["error zero-time-constant lif"],
    ),
    (
        "negative delay",
        |t| {
            put(
                t,
                "lif",
                node("Delay", &[("delay", floats(&[1.0, 0.0, -1.0]))]),
            )
        },
        &["error negative-delay lif"],
    ),
    (
        "missing type",
        |t| set(t, "lif", "type", None),
        &["error missing-type lif"],
    ),
    (
        "type that is no string",
        |t| set(t, "lif", "type", int(3)),
        &["error type-not-string lif"],
    ),
    (
        "unknown type",
        |t| set(t, "lif", "type", Item::text("ALIF")),
        &["error unknown-type lif"],
    ),
    (
        "two missing parameters",
        |t| {
            set(t, "lif", "tau", None);
            set(t, "lif", "r", None);
        },
        &["error missing-parameter lif", "error missing-parameter lif"],
    ),
    (
        "a parameter that is text, and one that is a group",
        |t| {
            set(t, "lif", "tau", Item::text("fast"));
            set(t, "fc", "bias", Item::Group(Group::new()));
        },
        &["error parameter-type fc", "error parameter-type lif"],
    ),
    (
        "weight of rank 1",
        |t| set(t, "fc", "weight", ones(&[3])),
        &["error parameter-rank fc"],
    ),
    (
        "weight without elements",
        |t| set(t, "fc", "weight", ones(&[3, 0])),
        &["error parameter-shape fc"],
    ),
    (
        "hostile shape",
        |t| set(t, "input", "shape", ints(&[1 << 40, 1 << 40])),
        &["error parameter-range input"],
    ),
    (
        "shape of zero and negative extents",
        |t| {
            set(t, "input", "shape", ints(&[0]));
            set(t, "output", "shape", ints(&[-3]));
        },
        &[
            "error parameter-range input",
            "error parameter-range output",
        ],
    ),
    (
        "shape of floats",
        |t| set(t, "output", "shape", floats(&[3.0])),
        &["error parameter-type output"],
    ),
    (
        "edges of another rank",
        |t| {
            at(t, "node").insert("edges".into(), ints(&[1, 2, 3]));
        },
        &["error edges -"],
    ),
    (
        "edge into the Input",
        |t| set_edges(t, &[BASE_EDGES, &[("lif", "input")]].concat()),
        &["error edge-at-boundary input", "error shape-mismatch input"],
    ),
    (
        "no nodes",
        |t| {
            t.insert("node".into(), graph(&[], &[]));
        },
        &["error empty-graph -"],
    ),
    (
        "a cycle of everything",
        |t| {
            t.insert("node".into(), graph(&[("a", lif(&[2]))], &[("a", "a")]));
        },
        &[
            "warning self-loop a",
            "error no-input -",
            "error no-output -",
        ],
    ),
    (
        "a dataset among the nodes",
        |t| put(t, "stray", int(1)),
        &["error node-not-a-group stray"],
    ),
    (
        "names with slashes and dots",
        |t| {
            let nodes = at(t, "node/nodes");
            let lif = nodes.remove("lif").unwrap();
            nodes.insert("a".into(), Item::Group(Group::from([("b.c".into(), lif)])));
            set_edges(t, &[("input", "fc"), ("fc", "a/b.c"), ("a/b.c", "output")]);
        },
        &["note slash-in-name a/b.c"],
    ),
    (
        "a name inside another node's",
        |t| {
            let nodes = at(t, "node/nodes");
            let lif = nodes.remove("lif").unwrap();
            at(nodes, "fc").insert("lif".into(), lif);
            set_edges(
                t,
                &[("input", "fc"), ("fc", "fc/lif"), ("fc/lif", "output")],
            );
        },
        &["note slash-in-name fc/lif"],
    ),
];

#[test]
fn findings_of_both_modes() {
    for (name, odd, expected) in SAME {
        run(name, *odd, Mode::Strict, expected);
        run(name, *odd, Mode::Lenient, expected);
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
