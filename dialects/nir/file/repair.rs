//! Repairs of shapes: those that have exactly one reading.

use super::{
    Mode,
    convolution::flatten,
    graph::{Graph, Primitive},
    node_path,
    shape::{Pattern, fits},
};
use crate::{finding::Findings, tensor::Tensor, with_elements};

const RULE: &str = "shapes have no batch or time axis";

/// `shape` without its leading dimensions of extent 1 down to the rank of `wanted`, if that gives
/// `wanted`.
fn is_batch_of_one(shape: &[usize], wanted: &[usize]) -> bool {
    shape
        .len()
        .checked_sub(wanted.len())
        .filter(|&extra| extra > 0)
        .and_then(|extra| shape.split_at_checked(extra))
        .is_some_and(|(extra, rest)| extra.iter().all(|&e| e == 1) && rest == wanted)
}

/// Takes leading dimensions off the shapes of Inputs whose consumers all take the rest, and gives
/// the Input of a nested graph the shape that both sides agree on. Lenient mode only.
pub(super) fn inputs(
    graph: &mut Graph,
    path: &str,
    arriving: Option<&[usize]>,
    consumers: &dyn Fn(&str) -> Vec<Pattern>,
    findings: &mut Findings,
) {
    let mode = Mode::Lenient;
    for (name, node) in &mut graph.nodes {
        let Primitive::Input { shape } = &mut node.kind else {
            continue;
        };
        let patterns = consumers(name);
        let all_take = |shape: &[usize]| {
            !patterns.is_empty() && patterns.iter().all(|pattern| fits(pattern, shape))
        };
        let outside = arriving.filter(|&a| a != shape.as_slice());
        if outside.is_none() && (patterns.is_empty() || all_take(shape)) {
            continue;
        }
        let meant = match arriving {
            Some(arriving) => Some(arriving).filter(|a| all_take(a)),
            None => (1..shape.len())
                .filter_map(|extra| shape.get(extra..))
                .find(|rest| all_take(rest)),
        };
        let Some(meant) = meant.map(<[usize]>::to_vec) else {
            continue;
        };
        if meant == *shape {
            continue;
        }
        let (code, rule, why) = if arriving.is_some() {
            (
                "nir-boundary-shape",
                "an Input has the shape of what arrives",
                "what arrives and every node that takes it agree on the other shape",
            )
        } else {
            (
                "nir-batch-dimension",
                RULE,
                "every node that the Input feeds takes the shape without the leading axis",
            )
        };
        let what = format!("the Input states the shape {shape:?} and is read as {meant:?}");
        findings.push(
            mode.repair(code, rule, what)
                .at(node_path(path, name))
                .why(why),
        );
        *shape = meant;
    }
}

/// Makes an elementwise node take `arriving`, where its parameters hold for every position or
/// carry a leading axis of extent 1. Returns whether there is such a reading; in strict mode the
/// node is left as it is, and inference goes on as if it were repaired.
pub(super) fn elementwise(
    kind: &mut Primitive,
    own: &[usize],
    arriving: &[usize],
    path: &str,
    mode: Mode,
    findings: &mut Findings,
) -> bool {
    let single = kind.parameters().iter().all(|(_, t)| t.len() == 1);
    let finding = if single {
        mode.repair(
            "nir-repeated-parameter",
            "the parameters of a node have the shape of its input",
            format!(
                "the parameters are single values; they hold for all of the input {arriving:?}"
            ),
        )
    } else if is_batch_of_one(own, arriving) {
        mode.repair(
            "nir-batch-dimension",
            RULE,
            format!("the parameters have the shape {own:?} and are read as {arriving:?}"),
        )
    } else {
        return false;
    };
    findings.push(finding.at(path));
    if mode == Mode::Lenient && !single {
        for (_, tensor) in kind.parameters_mut() {
            if tensor.shape() == own {
                reshape(tensor, arriving);
            }
        }
    }
    true
}

/// Gives the tensor a shape with the same number of elements, without copying them.
fn reshape(tensor: &mut Tensor, shape: &[usize]) {
    with_elements!(tensor, array => {
        if let Ok(reshaped) = array.clone().into_shape_with_order(shape) {
            *array = reshaped;
        }
    });
}

/// Flatten with its dimensions counted from a batch axis that the shapes do not have.
///
/// Returns the start and end dimension without that axis if the file shows that it was counted:
/// the stated input has one more dimension than what arrives, or only so the next node can take
/// the output.
pub(super) fn flatten_dimensions(
    (start, end): (i64, i64),
    input_type: Option<&[usize]>,
    arriving: &[usize],
    consumers: &[Pattern],
) -> Option<(i64, i64)> {
    if start < 1 {
        return None;
    }
    let without = (start - 1, if end > 0 { end - 1 } else { end });
    let output = flatten(arriving, without.0, without.1).ok()?;
    let taken = |shape: &[usize]| consumers.iter().all(|pattern| fits(pattern, shape));
    let counted = input_type.is_some_and(|shape| shape.len() == arriving.len() + 1);
    let only_so = !consumers.is_empty()
        && taken(&output)
        && !flatten(arriving, start, end).is_ok_and(|shape| taken(&shape));
    (taken(&output) && (counted || only_so)).then_some(without)
}

/// Whether an Output that states `declared` means `arriving`: they differ in axes of extent 1, or
/// in one leading batch or time axis.
pub(super) fn same_output(declared: &[usize], arriving: &[usize]) -> bool {
    let squeezed = |shape: &[usize]| -> Vec<usize> {
        shape
            .iter()
            .copied()
            .filter(|&extent| extent != 1)
            .collect()
    };
    let leading = matches!(declared, [_, rest @ ..] if rest == arriving);
    leading || squeezed(declared) == squeezed(arriving)
}
