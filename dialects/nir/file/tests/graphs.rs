//! Shape inference across several nodes: feedback, nesting, and the repairs that need neighbours.

use super::{
    shapes::{conv2d, flatten, pool, through},
    *,
};

#[test]
fn what_nir_computes_is_said_where_it_differs() {
    let conv = || conv2d(&[4, 2, 3, 5], ints(&[0, 0]), &[1, 1], &[1, 1], 1);
    let findings = through(conv(), &[2, 8, 10], &[4, 6, 6]);
    assert!(findings.contains("nir-inference-differs"), "{findings}");
    // nir 1.0.8 writes [4, 6, 8] for this Output.
    let tree = file(graph(
        &[
            ("input", input(&[2, 8, 10])),
            ("x", conv()),
            ("output", output(&[4, 6, 8])),
        ],
        &[("input", "x"), ("x", "output")],
    ));
    let graph = lenient(&tree);
    assert_eq!(graph.nodes["output"].input_shape, [4, 6, 6]);
    assert!(read_tree(&tree, Mode::Strict).0.is_none());
}

#[test]
fn flatten_that_counts_a_batch_axis() {
    let tree = |input_type: Option<Item>, width: usize| {
        let mut flatten = flatten(1, -1);
        if let (Item::Group(group), Some(shape)) = (&mut flatten, input_type) {
            group.insert("input_type".into(), shape);
        }
        file(graph(
            &[
                ("input", input(&[8, 4, 4])),
                ("flatten", flatten),
                ("fc", linear(10, width)),
                ("output", output(&[10])),
            ],
            &[("input", "flatten"), ("flatten", "fc"), ("fc", "output")],
        ))
    };
    for input_type in [
        None,
        Some(ints(&[8, 4, 4])),
        Some(ints(&[0, 0, 0, 0])),
        Some(ints(&[1, 8, 4, 4])),
    ] {
        let graph = lenient(&tree(input_type.clone(), 128));
        assert_eq!(graph.nodes["flatten"].output_shape, [128], "{input_type:?}");
        assert!(read_tree(&tree(input_type, 128), Mode::Strict).0.is_none());
    }
    // Neither way of counting fits: refused.
    let (_, findings) = read_tree(&tree(None, 100), Mode::Lenient);
    assert_eq!(summary(&findings), ["error shape-mismatch fc"]);
}

#[test]
fn all_mismatches_are_reported_in_a_recurrent_graph() {
    let tree = file(graph(
        &[
            ("input", input(&[2])),
            ("fc", linear(3, 2)),
            ("lif", lif(&[3])),
            ("rec", linear(4, 3)),
            ("out", linear(5, 4)),
            ("output", output(&[6])),
        ],
        &[
            ("input", "fc"),
            ("fc", "lif"),
            ("lif", "rec"),
            ("rec", "lif"),
            ("lif", "out"),
            ("out", "output"),
        ],
    ));
    let (_, findings) = read_tree(&tree, Mode::Strict);
    assert_eq!(
        summary(&findings),
        [
            "note implicit-sum lif",
            "error shape-mismatch lif",
            "error shape-mismatch out",
            "error shape-mismatch output"
        ]
    );
}

#[test]
fn shapes_flow_around_a_loop_of_nodes_that_state_none() {
    let tree = file(graph(
        &[
            ("input", input(&[1, 6, 6])),
            ("same", conv2d(&[1, 1, 3, 3], int(1), &[1, 1], &[1, 1], 1)),
            ("pool", pool("SumPool2d", 1, 1, 0)),
            ("output", output(&[1, 6, 6])),
        ],
        &[
            ("pool", "same"),
            ("same", "pool"),
            ("input", "same"),
            ("pool", "output"),
        ],
    ));
    let (graph, findings) = read_tree(&tree, Mode::Strict);
    assert_eq!(
        summary(&findings),
        ["note implicit-sum same", "note inferred-input-shape same"]
    );
    assert_eq!(graph.unwrap().nodes["pool"].output_shape, [1, 6, 6]);
}

#[test]
fn an_unreached_node_without_a_shape_is_an_error() {
    let mut tree = base();
    put(&mut tree, "a", pool("SumPool2d", 1, 1, 0));
    put(&mut tree, "b", pool("SumPool2d", 1, 1, 0));
    set_edges(&mut tree, &[BASE_EDGES, &[("a", "b"), ("b", "a")]].concat());
    let (_, findings) = read_tree(&tree, Mode::Lenient);
    assert_eq!(
        summary(&findings),
        [
            "warning unreachable-node a",
            "warning unreachable-node b",
            "error unknown-shape a",
            "error unknown-shape b"
        ]
    );
}

#[test]
fn a_nested_input_that_disagrees_with_both_sides_is_repaired() {
    let inner = graph(
        &[
            ("input", input(&[2])),
            ("lif", lif(&[3])),
            ("output", output(&[3])),
        ],
        &[("input", "lif"), ("lif", "output")],
    );
    let mut tree = base();
    put(&mut tree, "lif", inner);
    let (_, findings) = read_tree(&tree, Mode::Lenient);
    assert_eq!(summary(&findings), ["warning boundary-shape lif/input"]);
    let (_, findings) = read_tree(&tree, Mode::Strict);
    assert_eq!(
        summary(&findings),
        ["error shape-mismatch lif/lif", "error shape-mismatch lif"]
    );
}
