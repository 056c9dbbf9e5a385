//! From an op of level `dt` to what runs it.

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::{Array3, ArrayD};

use super::{
    Op, Real, Signal, convolution::Convolution, linear::Linear, neuron::Neuron,
    parameter::Parameter, register::Register, run::Kernel,
};
use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Program, node_name},
    tensor::Tensor,
    window::Window,
};

/// The most numbers that a register holds.
const MAX_HELD: usize = 1 << 28;

/// What runs `operation`, with its tensors as `T`.
pub(super) fn kernel<T: Real>(
    operation: OperationRef<'_, '_>,
    program: &Program<'_>,
) -> Result<Kernel<T>, Finding> {
    let name = node_name(operation);
    let resolve = |tensor: DenseTensor<'_>| -> Result<Tensor, Finding> {
        program
            .tensors
            .resolve(tensor)
            .map_err(|f| f.at(name.as_str()))
    };
    let shape = |value: Option<Value<'_, '_>>| -> Vec<usize> {
        value
            .and_then(|v| Signal::of(v.r#type()))
            .map(|s| s.shape)
            .unwrap_or_default()
    };
    let input = shape(operation.operand(0).ok());
    let output = shape(operation.result(0).ok().map(Into::into));
    let count: usize = output.iter().product();
    let each = |tensor: DenseTensor<'_>| -> Result<Parameter<T>, Finding> {
        let values: Vec<T> = resolve(tensor)?.to_f64().into_iter().map(T::of).collect();
        let given = values.len();
        Parameter::new(values, count).ok_or_else(|| {
            misfit(
                &name,
                format!("a parameter has {given} elements for {count} neurons"),
            )
        })
    };
    let optional = |tensor: Option<DenseTensor<'_>>| tensor.map(each).transpose();
    Ok(match Op::read(operation)? {
        Op::Input {} => Kernel::Input,
        Op::Output {} => Kernel::Output,
        Op::Reshape {} => Kernel::Reshape,
        Op::Sum {} => Kernel::Sum,
        Op::Scale { scale } => Kernel::Scale(each(scale)?),
        Op::Linear { weight } => {
            let weight = to_real::<T>(&resolve(weight)?);
            let rank = weight.ndim();
            let fits = rank >= 2
                && weight.len_of(ndarray::Axis(rank - 1)) == *input.last().unwrap_or(&0)
                && weight.len_of(ndarray::Axis(rank - 2)) == *output.last().unwrap_or(&0)
                && weight.shape()[..rank - 2] == input[..input.len() - 1];
            if !fits {
                return Err(misfit(
                    &name,
                    format!(
                        "weight {:?} for input {input:?} and output {output:?}",
                        weight.shape()
                    ),
                ));
            }
            let (rows, columns) = (weight.shape()[rank - 2], weight.shape()[rank - 1]);
            let matrices = weight.shape()[..rank - 2].iter().product();
            Kernel::Linear(Linear::new(
                &in_three(&name, weight, (matrices, rows, columns))?.view(),
            ))
        }
        Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups,
        } => {
            let weight = to_real::<T>(&resolve(weight)?);
            let spatial = weight.shape().get(2..).unwrap_or_default().to_vec();
            let (out_channels, in_channels) = (weight.shape()[0], weight.shape()[1]);
            let shapes = [input.as_slice(), output.as_slice()];
            let window = window(&name, shapes, &spatial, &stride, &padding, &dilation)?;
            let groups = usize::try_from(groups).unwrap_or(0).max(1);
            if input[0] != in_channels * groups
                || output[0] != out_channels
                || out_channels % groups != 0
            {
                return Err(misfit(
                    &name,
                    format!("{groups} groups of {in_channels} channels for input {input:?}"),
                ));
            }
            let taps = window.kernel.iter().product();
            let weight = in_three(&name, weight, (out_channels, in_channels, taps))?;
            Kernel::Convolution(Convolution::new(weight.view(), &window, groups))
        }
        Op::Pool {
            kind,
            kernel_size,
            stride,
            padding,
        } => {
            let kernel: Vec<_> = kernel_size.iter().map(|&k| k.max(0) as usize).collect();
            let ones = vec![1; kernel_size.len()];
            let window = window(&name, [&input, &output], &kernel, &stride, &padding, &ones)?;
            Kernel::Convolution(Convolution::pool(kind, &window))
        }
        Op::Bias { bias } => {
            let bias: Vec<T> = resolve(bias)?.to_f64().into_iter().map(T::of).collect();
            if bias.is_empty() || !count.is_multiple_of(bias.len()) {
                return Err(misfit(
                    &name,
                    format!("{} biases for {count} elements", bias.len()),
                ));
            }
            let share = count / bias.len();
            Kernel::Bias(bias, share)
        }
        Op::Register { steps } => {
            let steps = each(steps)?;
            let steps: Vec<usize> = (0..count)
                .map(|n| steps.at(n).as_f64().max(0.0) as usize)
                .collect();
            if steps
                .iter()
                .try_fold(0usize, |sum, s| sum.checked_add(*s))
                .is_none_or(|sum| sum > MAX_HELD)
            {
                return Err(misfit(
                    &name,
                    format!("the register holds more than {MAX_HELD} numbers"),
                ));
            }
            Kernel::Register(Register::new(steps))
        }
        Op::Neuron {
            integration: _,
            alpha,
            input_gain,
            beta,
            current_gain,
            input_to_membrane,
            leak,
            v_threshold,
            v_reset,
            v_initial,
            v_min,
            membrane_reads,
            comparison_reads,
            compare,
            reset,
            reset_timing,
            max_spikes,
        } => Kernel::Neuron(Box::new(Neuron {
            count,
            alpha: optional(alpha)?,
            input_gain: optional(input_gain)?,
            beta: optional(beta)?,
            current_gain: optional(current_gain)?,
            input_to_membrane: optional(input_to_membrane)?,
            leak: optional(leak)?,
            v_threshold: optional(v_threshold)?,
            v_reset: optional(v_reset)?,
            v_initial: optional(v_initial)?,
            v_min: optional(v_min)?,
            membrane_reads,
            comparison_reads,
            compare,
            reset,
            reset_timing,
            max_spikes,
        })),
    })
}

fn misfit(name: &str, what: String) -> Finding {
    Finding::error("dt-shape", "an op's attributes fit its operands", what).at(name)
}

fn window(
    name: &str,
    [input, output]: [&[usize]; 2],
    kernel: &[usize],
    stride: &[i64],
    padding: &[i64],
    dilation: &[i64],
) -> Result<Window, Finding> {
    Window::new(input, output, kernel, stride, padding, dilation).ok_or_else(|| {
        misfit(
            name,
            format!(
                "kernel {kernel:?}, stride {stride:?}, padding {padding:?}, dilation {dilation:?} for input {input:?}"
            ),
        )
    })
}

fn in_three<T: Real>(
    name: &str,
    weight: ArrayD<T>,
    shape: (usize, usize, usize),
) -> Result<Array3<T>, Finding> {
    weight
        .into_shape_with_order(shape)
        .map_err(|e| misfit(name, e.to_string()))
}

fn to_real<T: Real>(tensor: &Tensor) -> ArrayD<T> {
    #[allow(
        clippy::unnecessary_cast,
        reason = "the element type differs by tensor"
    )]
    let array = crate::with_elements!(tensor, array => array.mapv(|x| T::of(x as f64)));
    array
}
