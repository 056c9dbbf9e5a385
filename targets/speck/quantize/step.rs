//! What single ops of level `dt` do to a linear map.

use ndarray::{Array2, Array4};
use nirc_dialects::{
    dt::{Op, PoolKind},
    finding::Finding,
    ir::DenseTensor,
    tensor::TensorStore,
};
use nirc_passes::Parameter;

use super::{
    kernel::{Kernel, Window},
    map::Refusal,
};

/// The largest side of a kernel that holes are filled for.
const MOST_SIDE: usize = 16;

/// What an op that gives a map of shape `output` does to a map; without a finding for an op that cannot
/// stand here.
///
/// # Errors
///
/// What the chip has no form for.
pub fn step(
    op: &Op<'_>,
    output: [usize; 3],
    tensors: &TensorStore,
) -> Result<Step, Option<Finding>> {
    Ok(match op {
        Op::Input {} | Op::Output {} | Op::Neuron { .. } | Op::Register { .. } => {
            return Err(None);
        }
        Op::Sum {} => Step::Nothing,
        Op::Reshape {} => Step::Reshape,
        Op::Scale { scale } => Step::Scale(parameter(*scale, tensors)?),
        Op::Bias { bias } => {
            let bias = parameter(*bias, tensors)?;
            let pixels = output[1] * output[2];
            Step::Bias(match bias.values().len() {
                n if n == output[0] && pixels > 1 => Parameter::each(
                    (0..output[0] * pixels)
                        .map(|i| bias.get(i / pixels))
                        .collect(),
                ),
                _ => bias,
            })
        }
        Op::Linear { weight } => {
            let tensor = weights(*weight, tensors)?;
            let [rows, columns] = *tensor.0.as_slice() else {
                return Err(Some(refusal_finding(BATCH)));
            };
            let table = Array2::from_shape_vec((rows, columns), tensor.1);
            Step::Linear(table.map_err(|_| None)?)
        }
        Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups,
        } => {
            let (shape, values) = weights(*weight, tensors)?;
            let kernel = convolution(&shape, values, *groups, stride, padding);
            let kernel = kernel.ok_or(None)?;
            let holes = pair(dilation, 1).ok_or(None)?;
            Step::Kernel(match holes {
                [1, 1] => kernel,
                _ => kernel
                    .filled(holes, MOST_SIDE)
                    .map_err(|sides| Some(dilated(dilation, sides)))?,
            })
        }
        Op::Pool {
            kind,
            kernel_size,
            stride,
            padding,
        } => {
            let side = pair(kernel_size, 1).ok_or(None)?;
            let window = Window {
                side,
                stride: pair(stride, 1).ok_or(None)?,
                before: before(padding).ok_or(None)?,
            };
            let factor = match kind {
                PoolKind::Sum => 1.0,
                PoolKind::Average => 1.0 / (side[0] * side[1]) as f64,
            };
            Step::Pool(window, factor)
        }
    })
}

/// A parameter that is finite.
fn parameter(tensor: DenseTensor<'_>, tensors: &TensorStore) -> Result<Parameter, Option<Finding>> {
    Parameter::read(tensors, tensor).map_err(Some)
}

/// Weights that are finite, with their shape.
fn weights(
    tensor: DenseTensor<'_>,
    tensors: &TensorStore,
) -> Result<(Vec<usize>, Vec<f64>), Option<Finding>> {
    let tensor = tensors.resolve(tensor).map_err(Some)?;
    if tensor.is_finite() {
        return Ok((tensor.shape().to_vec(), tensor.to_f64()));
    }
    Err(Some(Finding::error(
        "ir-not-finite",
        "weights are finite numbers",
        "a weight is not a number or infinite",
    )))
}

const BATCH: Refusal = Refusal {
    code: "speck-batch",
    what: "its weight has a batch",
    why: "the neurons of a fully connected layer are the channels of one place",
    fix: "flatten the layer",
};

/// What an op does to a map.
#[derive(Clone)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Factors.
    Scale(Parameter),
    /// A constant for each element, or one for all.
    Bias(Parameter),
    /// A matrix [target, source].
    Linear(Array2<f64>),
    /// A convolution.
    Kernel(Kernel),
    /// Sums over windows, times a factor.
    Pool(Window, f64),
    /// Another shape.
    Reshape,
}

impl Step {
    /// Whether a finding about weights should name the op.
    pub const fn has_weights(&self) -> bool {
        matches!(self, Self::Scale(_) | Self::Linear(_) | Self::Kernel(_))
    }
}

/// The finding for a map without a form on the chip.
pub fn refusal_finding(refusal: Refusal) -> Finding {
    let rule = "what stands between two populations is one convolution behind a pool";
    Finding::error(refusal.code, rule, refusal.what)
        .why(refusal.why)
        .fix(refusal.fix)
}

/// The finding for a kernel with holes that is too large without them.
fn dilated(dilation: &[i64], sides: [usize; 2]) -> Finding {
    let what = format!(
        "its kernel is dilated by {dilation:?}; with zeros between its weights it has sides of {sides:?}"
    );
    Finding::error("speck-dilation", "a kernel has no holes", what)
        .why("a core has no field for dilation, and kernels of up to 16")
        .fix("train with less dilation, or a smaller kernel")
}

/// Two numbers, for rows and columns; of one dimension the rows get `one`.
fn pair(values: &[i64], one: usize) -> Option<[usize; 2]> {
    let number = |value: i64| usize::try_from(value).ok();
    match *values {
        [columns] => Some([one, number(columns)?]),
        [rows, columns] => Some([number(rows)?, number(columns)?]),
        _ => None,
    }
}

/// The padding before, of padding before and after for each dimension.
fn before(padding: &[i64]) -> Option<[usize; 2]> {
    let before: Vec<i64> = padding.iter().copied().step_by(2).collect();
    pair(&before, 0)
}

/// A convolution's kernel with a weight for all pairs of channels, whatever its groups.
fn convolution(
    shape: &[usize],
    values: Vec<f64>,
    groups: i64,
    stride: &[i64],
    padding: &[i64],
) -> Option<Kernel> {
    let (outputs, inputs, rows, columns) = match *shape {
        [f, c, k] => (f, c, 1, k),
        [f, c, h, w] => (f, c, h, w),
        _ => return None,
    };
    let own = Array4::from_shape_vec((outputs, inputs, rows, columns), values).ok()?;
    let groups = usize::try_from(groups).ok().filter(|g| *g > 0)?;
    let weights = if groups == 1 {
        own
    } else {
        let group = |f: usize| f / (outputs / groups);
        Array4::from_shape_fn((outputs, inputs * groups, rows, columns), |(f, c, i, j)| {
            if c / inputs == group(f) {
                own[[f, c % inputs, i, j]]
            } else {
                0.0
            }
        })
    };
    Some(Kernel {
        weights,
        stride: pair(stride, 1)?,
        before: before(padding)?,
    })
}
