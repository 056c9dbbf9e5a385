//! Shape inference against PyTorch's output shapes.

use super::*;

/// A Conv2d with i64 sizes.
pub(super) fn conv2d(
    weight: &[usize],
    padding: Item,
    stride: &[i64],
    dilation: &[i64],
    groups: i64,
) -> Item {
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

pub(super) fn pool(kind: &str, kernel: i64, stride: i64, padding: i64) -> Item {
    node(
        kind,
        &[
            ("kernel_size", int(kernel)),
            ("stride", int(stride)),
            ("padding", int(padding)),
        ],
    )
}

pub(super) fn flatten(start: i64, end: i64) -> Item {
    node(
        "Flatten",
        &[("start_dim", int(start)), ("end_dim", int(end))],
    )
}

/// The findings of input -> x -> output in strict mode, which must be notes and warnings only
/// where the shapes are right.
pub(super) fn through(middle: Item, from: &[i64], to: &[i64]) -> Findings {
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

/// Each output shape follows by hand from the formula in PyTorch's documentation of Conv2d, AvgPool2d
/// and Flatten, but for `same` with a stride, which PyTorch refuses.
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
