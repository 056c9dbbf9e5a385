//! Shape inference against PyTorch's output shapes.

use super::*;

/// A Conv2d with i64 sizes.
fn conv2d(weight: &[usize], padding: Item, stride: &[i64], dilation: &[i64], groups: i64) -> Item {
    node(
        "Conv2d",
        &[
            ("weight", ones(weight)),
            ("bias", ones(&weight[..1])),
            ("padding", padding),
            ("stride", ints(stride)),
            ("dilation", ints(dilation)),
            ("groups", int(groups)),
        ],
    )
}

fn pool(kind: &str, kernel: i64, stride: i64, padding: i64) -> Item {
    node(
        kind,
        &[
            ("kernel_size", int(kernel)),
            ("stride", int(stride)),
            ("padding", int(padding)),
        ],
    )
}

fn flatten(start: i64, end: i64) -> Item {
    node(
        "Flatten",
        &[("start_dim", int(start)), ("end_dim", int(end))],
    )
}

/// The findings of input -> x -> output in strict mode, which must be notes and warnings only
/// where the shapes are right.
fn through(middle: Item, from: &[i64], to: &[i64]) -> Findings {
    let tree = file(graph(
        &[
            ("input", input(from)),
            ("x", middle),
            ("output", output(to)),
        ],
        &[("input", "x"), ("x", "output")],
    ));
    read_tree(&tree, Mode::Strict).1
}

/// Each output shape was taken from torch 2 (`torch.nn.functional.conv2d(..).shape`), but for
/// `same` with a stride, which torch refuses.
#[test]
fn output_shapes_are_those_of_pytorch() {
    let same = || Item::text("same");
    let table: Vec<(&str, Item, &[i64], &[i64])> = vec![
        (
            "padding",
            conv2d(&[4, 2, 3, 3], ints(&[1, 1]), &[1, 1], &[1, 1], 1),
            &[2, 8, 8],
            &[4, 8, 8],
        ),
        (
            "kernel 3x5",
            conv2d(&[4, 2, 3, 5], ints(&[0, 0]), &[1, 1], &[1, 1], 1),
            &[2, 8, 10],
            &[4, 6, 6],
        ),
        (
            "kernel 5x3",
            conv2d(&[4, 2, 5, 3], ints(&[0, 0]), &[1, 1], &[1, 1], 1),
            &[2, 8, 10],
            &[4, 4, 8],
        ),
        (
            "depthwise",
            conv2d(&[6, 1, 3, 3], ints(&[0, 0]), &[1, 1], &[1, 1], 6),
            &[6, 8, 8],
            &[6, 6, 6],
        ),
        (
            "two groups",
            conv2d(&[4, 3, 3, 3], ints(&[0, 0]), &[1, 1], &[1, 1], 2),
            &[6, 8, 8],
            &[4, 6, 6],
        ),
        (
            "stride and dilation",
            conv2d(&[1, 1, 3, 2], ints(&[2, 0]), &[2, 3], &[2, 1], 1),
            &[1, 9, 11],
            &[1, 5, 4],
        ),
        (
            "scalar padding",
            conv2d(&[1, 1, 3, 3], int(1), &[1, 1], &[1, 1], 1),
            &[1, 5, 5],
            &[1, 5, 5],
        ),
        (
            "same",
            conv2d(&[1, 1, 4, 3], same(), &[1, 1], &[1, 2], 1),
            &[1, 7, 9],
            &[1, 7, 9],
        ),
        (
            "same, stride 2",
            conv2d(&[1, 1, 3, 3], same(), &[2, 2], &[1, 1], 1),
            &[1, 7, 8],
            &[1, 4, 4],
        ),
        (
            "valid",
            conv2d(&[1, 1, 3, 3], Item::text("valid"), &[1, 1], &[1, 1], 1),
            &[1, 7, 7],
            &[1, 5, 5],
        ),
        (
            "sum pool",
            pool("SumPool2d", 2, 2, 0),
            &[3, 9, 8],
            &[3, 4, 4],
        ),
        (
            "average pool",
            pool("AvgPool2d", 3, 2, 1),
            &[3, 9, 8],
            &[3, 5, 4],
        ),
        ("flatten all", flatten(0, -1), &[8, 4, 4], &[128]),
        ("flatten by default", flatten(1, -1), &[8, 4, 4], &[8, 16]),
        ("flatten the first two", flatten(0, 1), &[8, 4, 4], &[32, 4]),
        ("flatten one", flatten(-1, -1), &[8, 4, 4], &[8, 4, 4]),
        (
            "batched Linear",
            node("Linear", &[("weight", ones(&[4, 3, 2]))]),
            &[4, 2],
            &[4, 3],
        ),
    ];
    for (name, middle, from, to) in table {
        let findings = through(middle.clone(), from, to);
        assert!(!findings.has_errors(), "{name}: {findings}");
        // Any other output shape must be found wrong.
        let wrong: Vec<i64> = to.iter().map(|extent| extent + 1).collect();
        assert!(through(middle, from, &wrong).has_errors(), "{name}");
    }
}

#[test]
fn one_dimensional_convolutions() {
    let conv = |padding: Item, input_shape: Option<Item>| {
        let mut datasets = vec![
            ("weight", ones(&[4, 2, 3])),
            ("bias", ones(&[4])),
            ("padding", padding),
            ("stride", int(2)),
            ("dilation", int(1)),
            ("groups", int(1)),
        ];
        datasets.extend(input_shape.map(|shape| ("input_shape", shape)));
        node("Conv1d", &datasets)
    };
    let findings = through(conv(int(1), Some(int(16))), &[2, 16], &[4, 8]);
    assert_eq!(summary(&findings), Vec::<String>::new());
    let findings = through(conv(Item::text("valid"), None), &[2, 16], &[4, 7]);
    assert_eq!(summary(&findings), ["note inferred-input-shape x"]);
    let findings = through(conv(int(0), Some(int(15))), &[2, 16], &[4, 7]);
    assert_eq!(summary(&findings), ["error shape-mismatch x"]);
}

#[test]
fn sizes_out_of_range_are_findings() {
    let table: Vec<(&str, Item, &[i64], &str)> = vec![
        (
            "stride 0",
            conv2d(&[1, 1, 3, 3], int(0), &[0, 1], &[1, 1], 1),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "dilation 0",
            conv2d(&[1, 1, 3, 3], int(0), &[1, 1], &[0, 1], 1),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "negative padding",
            conv2d(&[1, 1, 3, 3], int(-1), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "groups 0",
            conv2d(&[1, 1, 3, 3], int(0), &[1, 1], &[1, 1], 0),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "groups 2 of 3",
            conv2d(&[3, 1, 3, 3], int(0), &[1, 1], &[1, 1], 2),
            &[2, 8, 8],
            "groups",
        ),
        (
            "padding in words",
            conv2d(&[1, 1, 3, 3], Item::text("full"), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "three strides",
            conv2d(&[1, 1, 3, 3], int(0), &[1, 1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "parameter-type",
        ),
        (
            "kernel too large",
            conv2d(&[1, 1, 9, 3], int(0), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "window",
        ),
        (
            "huge padding",
            conv2d(&[1, 1, 3, 3], int(i64::from(i32::MAX)), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "shape-too-large",
        ),
        (
            "weight of rank 3",
            conv2d(&[1, 1, 3], int(0), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "parameter-rank",
        ),
        (
            "wrong channels",
            conv2d(&[1, 2, 3, 3], int(0), &[1, 1], &[1, 1], 1),
            &[1, 8, 8],
            "shape-mismatch",
        ),
        (
            "pool stride 0",
            pool("SumPool2d", 2, 0, 0),
            &[1, 8, 8],
            "parameter-range",
        ),
        (
            "pool of a vector",
            pool("SumPool2d", 2, 2, 0),
            &[8],
            "shape-mismatch",
        ),
        (
            "pool window",
            pool("AvgPool2d", 9, 1, 0),
            &[1, 8, 8],
            "window",
        ),
        (
            "flatten past the end",
            flatten(0, 3),
            &[1, 8, 8],
            "flatten-dimensions",
        ),
        (
            "flatten backwards",
            flatten(2, 1),
            &[1, 8, 8],
            "flatten-dimensions",
        ),
        (
            "flatten before the start",
            flatten(-4, -1),
            &[1, 8, 8],
            "flatten-dimensions",
        ),
        (
            "flatten extreme",
            flatten(i64::MIN, i64::MAX),
            &[1, 8, 8],
            "flatten-dimensions",
        ),
    ];
    for (name, middle, from, code) in table {
        // The Output fits nothing, so that only the node itself can be at fault.
        let findings = through(middle, from, &[7, 7, 7, 7]);
        let errors: Vec<String> = summary(&findings)
            .into_iter()
            .filter(|f| f.starts_with("error"))
            .collect();
        assert_eq!(errors, [format!("error {code} x")], "{name}: {findings}");
    }
}

#[test]
fn padding_of_a_mean_is_ambiguous() {
    let findings = through(pool("AvgPool2d", 3, 2, 1), &[3, 9, 8], &[3, 5, 4]);
    assert_eq!(summary(&findings), ["warning average-pool-padding x"]);
}

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
