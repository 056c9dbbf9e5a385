//! One odd file a row that both modes judge alike: refused, or read with the same findings.

use super::{oddities::run, *};

/// The rows where both modes say the same.
type Same = (&'static str, fn(&mut Group), &'static [&'static str]);

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
        "dangling edges whose name resembles no node",
        |t| {
            set_edges(
                t,
                &[("input", "fc"), ("fc", "neuron"), ("neuron", "output")],
            )
        },
        &["error dangling-edge neuron", "error dangling-edge neuron"],
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
