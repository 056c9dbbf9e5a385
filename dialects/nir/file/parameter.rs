//! What the values and shapes of one node's parameters must satisfy, apart from its neighbours.

use super::{
    Mode,
    graph::{Convolution, Pool, Primitive},
};
use crate::{finding::Finding, finding::Findings, tensor::Tensor, with_elements};

/// Checks the parameters of a node; `false` if its shape cannot be relied on.
pub(super) fn check(kind: &Primitive, path: &str, mode: Mode, findings: &mut Findings) -> bool {
    let mut own = Findings::new();
    check_sizes(kind, &mut own);
    check_ranks(kind, mode, &mut own);
    let sound = !own.iter().any(|f| SHAPE_CODES.contains(&f.code.as_ref()));
    for (name, tensor) in kind.parameters() {
        check_values(name, tensor, mode, &mut own);
    }
    if let Primitive::AvgPool2d(pool) = kind
        && pool.padding != [0, 0]
    {
        own.push(
            Finding::warning(
                "nir-average-pool-padding",
                "an AvgPool2d has no padding",
                format!(
                    "the padding is {:?}; its zeros count in the mean",
                    pool.padding
                ),
            )
            .why("NIR does not say whether they do; this is PyTorch's default"),
        );
    }
    findings.extend(own.into_iter().map(|finding| finding.at(path)));
    sound
}

/// Findings after which the shape of a node is not known. A parameter that is to be repeated in
/// strict mode leaves the shape known.
const SHAPE_CODES: [&str; 4] = [
    "nir-parameter-range",
    "nir-parameter-rank",
    "nir-parameter-shape",
    "nir-groups",
];

/// Sizes that a graph made in memory may have set to what a file cannot hold.
fn check_sizes(kind: &Primitive, findings: &mut Findings) {
    let zero = match kind {
        Primitive::Conv1d(c) => zero_in(c),
        Primitive::Conv2d(c) => zero_in(c),
        Primitive::SumPool2d(p) | Primitive::AvgPool2d(p) => zero_in_pool(p),
        Primitive::Input { shape } | Primitive::Output { shape } => {
            shape.contains(&0).then_some("shape")
        }
        _ => None,
    };
    if let Some(name) = zero {
        findings.push(Finding::error(
            "nir-parameter-range",
            "a parameter lies in its range",
            format!("`{name}` contains 0"),
        ));
    }
}

fn zero_in<const N: usize>(convolution: &Convolution<N>) -> Option<&'static str> {
    if convolution.stride.contains(&0) {
        Some("stride")
    } else if convolution.dilation.contains(&0) {
        Some("dilation")
    } else if convolution.input_shape.is_some_and(|s| s.contains(&0)) {
        Some("input_shape")
    } else {
        (convolution.groups == 0).then_some("groups")
    }
}

fn zero_in_pool(pool: &Pool) -> Option<&'static str> {
    if pool.kernel_size.contains(&0) {
        Some("kernel_size")
    } else {
        pool.stride.contains(&0).then_some("stride")
    }
}

fn check_ranks(kind: &Primitive, mode: Mode, findings: &mut Findings) {
    for (name, tensor) in kind.parameters() {
        if tensor.is_empty() {
            findings.push(Finding::error(
                "nir-parameter-shape",
                "a parameter has elements",
                format!("`{name}` has the shape {:?}", tensor.shape()),
            ));
            return;
        }
    }
    match kind {
        Primitive::Affine { weight, bias } => {
            if let [batch @ .., out, _] = weight.shape() {
                check_bias(bias, &[batch, &[*out]].concat(), mode, findings);
            } else {
                wrong_weight(weight, "(.., out, in)", findings);
            }
        }
        Primitive::Linear { weight } if weight.shape().len() < 2 => {
            wrong_weight(weight, "(.., out, in)", findings);
        }
        Primitive::Conv1d(c) => check_convolution(c, mode, findings),
        Primitive::Conv2d(c) => check_convolution(c, mode, findings),
        kind if kind.is_elementwise() => check_elementwise(kind, mode, findings),
        _ => {}
    }
}

fn wrong_weight(weight: &Tensor, expected: &str, findings: &mut Findings) {
    findings.push(Finding::error(
        "nir-parameter-rank",
        "a weight has the rank of its node",
        format!(
            "`weight` has the shape {:?}, not {expected}",
            weight.shape()
        ),
    ));
}

fn check_convolution<const N: usize>(
    convolution: &Convolution<N>,
    mode: Mode,
    findings: &mut Findings,
) {
    let Some((output, _)) = convolution.channels() else {
        let expected = [
            "(out, in / groups, length)",
            "(out, in / groups, height, width)",
        ];
        wrong_weight(&convolution.weight, expected[usize::from(N == 2)], findings);
        return;
    };
    check_bias(&convolution.bias, &[output], mode, findings);
    if convolution.groups > 0 && !output.is_multiple_of(convolution.groups) {
        findings.push(Finding::error(
            "nir-groups",
            "the groups of a convolution divide its channels",
            format!("{output} output channels in {} groups", convolution.groups),
        ));
    }
    if convolution.is_same_with_stride() {
        findings.push(
            Finding::warning(
                "nir-same-with-stride",
                "`same` padding goes with a stride of 1",
                format!(
                    "the stride is {:?}; the output has ceil(in / stride) positions",
                    convolution.stride
                ),
            )
            .why("PyTorch refuses it, and nir 1.0.8 computes the input shape as the output shape"),
        );
    }
}

fn check_bias(bias: &Tensor, expected: &[usize], mode: Mode, findings: &mut Findings) {
    if bias.shape() == expected {
        return;
    }
    if bias.len() == 1 {
        findings.push(mode.repair(
            "nir-repeated-parameter",
            "a bias has one element for each output",
            format!("`bias` is a single value for outputs of shape {expected:?}; it holds for all"),
        ));
    } else {
        findings.push(Finding::error(
            "nir-parameter-shape",
            "a bias has one element for each output",
            format!("`bias` has the shape {:?}, not {expected:?}", bias.shape()),
        ));
    }
}

/// All parameters of a neuron have the same shape, or a single element.
fn check_elementwise(kind: &Primitive, mode: Mode, findings: &mut Findings) {
    const RULE: &str = "all parameters of a node have the same shape";
    let parameters = kind.parameters();
    let Some((first, shape)) = parameters
        .iter()
        .max_by_key(|(_, t)| (t.len() > 1, t.shape().len()))
        .map(|(name, t)| (*name, t.shape()))
    else {
        return;
    };
    for (name, tensor) in &parameters {
        if tensor.shape() == shape {
            continue;
        }
        findings.push(if tensor.len() == 1 {
            let what = format!(
                "`{name}` is a single value, `{first}` has the shape {shape:?}; it holds for all"
            );
            mode.repair("nir-repeated-parameter", RULE, what)
        } else {
            let what = format!(
                "`{name}` has the shape {:?}, `{first}` has {shape:?}",
                tensor.shape()
            );
            Finding::error("nir-parameter-shape", RULE, what)
        });
    }
}

/// Not-a-number, infinity, and the signs of times.
fn check_values(name: &'static str, tensor: &Tensor, mode: Mode, findings: &mut Findings) {
    let is_time = matches!(name, "tau" | "tau_syn" | "tau_mem" | "delay");
    if !tensor.is_finite() {
        let (nan, infinite) = match tensor {
            Tensor::F32(a) => (
                a.iter().any(|x| x.is_nan()),
                a.iter().any(|x| x.is_infinite()),
            ),
            Tensor::F64(a) => (
                a.iter().any(|x| x.is_nan()),
                a.iter().any(|x| x.is_infinite()),
            ),
            _ => (false, false),
        };
        let found = match (nan, infinite) {
            (true, true) => "not-a-number and infinity",
            (true, false) => "not-a-number",
            _ => "infinity",
        };
        findings.push(Finding::error(
            "nir-not-finite",
            "every element of a parameter is a finite number",
            format!("`{name}` contains {found}"),
        ));
    }
    if !is_time {
        return;
    }
    let (negative, zero) = with_elements!(tensor, array => {
        (array.iter().filter(|&&x| x < num_zero(x)).count(), array.iter().filter(|&&x| x == num_zero(x)).count())
    });
    let of = tensor.len();
    if name == "delay" {
        if negative > 0 {
            findings.push(Finding::error(
                "nir-negative-delay",
                "a delay is not negative",
                format!("{negative} of {of} delays are negative"),
            ));
        }
        return;
    }
    if zero > 0 {
        findings.push(Finding::error(
            "nir-zero-time-constant",
            "a time constant is positive",
            format!("{zero} of {of} elements of `{name}` are 0, and the equations divide by it"),
        ));
    }
    if negative > 0 {
        findings.push(
            mode.repair(
                "nir-negative-time-constant",
                "a time constant is positive",
                format!("{negative} of {of} elements of `{name}` are negative; they are kept"),
            )
            .why("the state grows without bound instead of decaying"),
        );
    }
}

/// The zero of the type of `_like`.
fn num_zero<T: Default>(_like: T) -> T {
    T::default()
}
