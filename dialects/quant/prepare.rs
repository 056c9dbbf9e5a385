//! From an op of level `quant` to what runs it. What could overflow 64 bits is refused here.

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};

use super::{
    Decay, Op, Rounding, Signal,
    convolution::{Convolution, Pool},
    events::{Events, Table},
    float_neuron::FloatNeuron,
    neuron::{Law, Neuron, Range},
    run::Kernel,
};
use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Program, node_name},
    tensor::Tensor,
    window::Window,
};

/// Bounds of states, thresholds and biases; with the other bounds here, and counts of 32 bits, every
/// sum and product of a step is within 63 bits.
const MAX_STATE: i64 = 1 << 40;
/// Bound of a shifted weight.
const MAX_EVENT: i64 = 1 << 30;
/// Bound of the bits of a decay factor.
const MAX_DECAY_BITS: i64 = 20;
/// Bound of the numbers that a register holds.
const MAX_HELD: usize = 1 << 28;
/// Bound of the spikes of a neuron in a step.
const MAX_SPIKES: i64 = 1 << 16;

/// What runs `operation`.
pub(super) fn kernel(
    operation: OperationRef<'_, '_>,
    program: &Program<'_>,
) -> Result<Kernel, Finding> {
    let reader = Reader {
        name: node_name(operation),
        count: count(operation.result(0).ok().map(Into::into)),
        program,
    };
    let misfit = |what: String| reader.misfit(what);
    Ok(match Op::read(operation)? {
        Op::Input { max_spikes } => match u32::try_from(max_spikes) {
            Ok(most) => Kernel::Input(most),
            Err(_) => return Err(misfit(format!("an input of {max_spikes} spikes"))),
        },
        Op::Output {} => Kernel::Output,
        Op::Reshape {} => Kernel::Reshape,
        Op::Register { steps } => {
            let steps = usize::try_from(steps).ok().filter(|steps| {
                let held = steps.checked_mul(reader.count);
                *steps > 0 && held.is_some_and(|held| held <= MAX_HELD)
            });
            match steps {
                Some(steps) => Kernel::Register(steps),
                None => return Err(misfit(format!("it holds more than {MAX_HELD} numbers"))),
            }
        }
        Op::Linear { weight, shift, .. } => {
            let sources = count(operation.operand(0).ok());
            let (shape, weights) = reader.whole(weight)?;
            if shape != [reader.count, sources] || u32::try_from(reader.count).is_err() {
                return Err(misfit(format!(
                    "weight {shape:?} for {sources} sources and {} targets",
                    reader.count
                )));
            }
            let shifted = reader.shifted(weights, shift)?;
            let table = Table::new(&shifted, reader.count, sources);
            Kernel::Events(Events::Linear(table))
        }
        Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups,
            shift,
            scale: _,
            relative_error: _,
        } => {
            let (shape, weights) = reader.whole(weight)?;
            let weights = reader.shifted(weights, shift)?;
            let [out_channels, in_channels, kernel @ ..] = shape.as_slice() else {
                return Err(misfit(format!("a weight of shape {shape:?} is no kernel")));
            };
            let groups = usize::try_from(groups).unwrap_or(0);
            let channels = [*out_channels, *in_channels];
            let window = reader.window(operation, kernel, [&stride, &padding, &dilation])?;
            let map = Convolution::new(&weights, channels, groups, &window);
            let map = map.ok_or_else(|| misfit(format!("{groups} groups of {shape:?}")))?;
            Kernel::Events(Events::Convolution(map))
        }
        Op::Pool {
            kernel_size,
            stride,
            padding,
        } => {
            let kernel: Vec<_> = kernel_size.iter().map(|k| (*k).max(0) as usize).collect();
            let ones = vec![1; kernel.len()];
            let window = reader.window(operation, &kernel, [&stride, &padding, &ones])?;
            Kernel::Pool(Pool::new(&window))
        }
        op @ Op::Neuron { .. } => Kernel::Neuron(Box::new(reader.neuron(&op)?)),
        op @ Op::FloatNeuron { .. } => Kernel::FloatNeuron(Box::new(reader.float_neuron(&op)?)),
    })
}

/// The number of elements of a value.
pub(super) fn count(value: Option<Value<'_, '_>>) -> usize {
    value
        .and_then(|v| Signal::of(v.r#type()))
        .map_or(0, |s| s.shape().iter().product())
}

struct Reader<'p, 'c> {
    name: String,
    /// The number of elements of the result.
    count: usize,
    program: &'p Program<'c>,
}

impl Reader<'_, '_> {
    fn misfit(&self, what: impl Into<String>) -> Finding {
        Finding::error("quant-shape", "an op's attributes fit its operands", what)
            .at(self.name.as_str())
    }

    /// The shape and elements of a tensor of integers.
    fn whole(&self, tensor: DenseTensor<'_>) -> Result<(Vec<usize>, Vec<i64>), Finding> {
        let resolved = self.program.tensors.resolve(tensor);
        let tensor = resolved.map_err(|f| f.at(self.name.as_str()))?;
        let values = match &tensor {
            Tensor::F32(_) | Tensor::F64(_) => {
                return Err(self.misfit("a table holds reals where it should hold integers"));
            }
            Tensor::I64(a) => a.iter().copied().collect(),
            Tensor::I32(a) => a.iter().map(|x| i64::from(*x)).collect(),
            Tensor::I16(a) => a.iter().map(|x| i64::from(*x)).collect(),
            Tensor::I8(a) => a.iter().map(|x| i64::from(*x)).collect(),
        };
        Ok((tensor.shape().to_vec(), values))
    }

    /// Weights as events add them.
    fn shifted(&self, weights: Vec<i64>, shift: i64) -> Result<Vec<i64>, Finding> {
        let most = u32::try_from(shift)
            .ok()
            .and_then(|shift| MAX_EVENT.checked_shr(shift));
        if most.is_none_or(|most| weights.iter().any(|w| w.abs() > most)) {
            return Err(self.misfit(format!(
                "with shift {shift}, a weight is beyond {MAX_EVENT}"
            )));
        }
        Ok(weights.into_iter().map(|w| w << shift).collect())
    }

    /// The window of an op with this kernel, and [stride, padding, dilation].
    fn window(
        &self,
        operation: OperationRef<'_, '_>,
        kernel: &[usize],
        [stride, padding, dilation]: [&[i64]; 3],
    ) -> Result<Window, Finding> {
        let shape = |value: Option<Value<'_, '_>>| {
            let signal = value.and_then(|v| Signal::of(v.r#type()));
            signal.map(|s| s.shape().to_vec()).unwrap_or_default()
        };
        let input = shape(operation.operand(0).ok());
        let output = shape(operation.result(0).ok().map(Into::into));
        Window::new(&input, &output, kernel, stride, padding, dilation)
            .ok_or_else(|| self.misfit(format!("no kernel {kernel:?} on {input:?}")))
    }

    /// One number for each neuron, each from `low` to `high`.
    fn each(
        &self,
        what: &str,
        tensor: DenseTensor<'_>,
        low: i64,
        high: i64,
    ) -> Result<Vec<i64>, Finding> {
        let (_, values) = self.whole(tensor)?;
        if let Some(value) = values.iter().find(|v| !(low..=high).contains(*v)) {
            return Err(self.misfit(format!("`{what}` has {value}, beyond {low} to {high}")));
        }
        match values.as_slice() {
            [one] => Ok(vec![*one; self.count]),
            several if several.len() == self.count => Ok(values),
            several => Err(self.misfit(format!(
                "`{what}` has {} entries for {} neurons",
                several.len(),
                self.count
            ))),
        }
    }

    fn range(&self, what: &str, range: &[i64]) -> Result<Range, Finding> {
        match *range {
            [low, high] if low >= -MAX_STATE && high <= MAX_STATE => Ok(Range { low, high }),
            _ => Err(self.misfit(format!("`{what}` is {range:?}, beyond {MAX_STATE}"))),
        }
    }

    fn neuron(&self, op: &Op<'_>) -> Result<Neuron, Finding> {
        let Op::Neuron {
            event_timing,
            decay,
            decay_syn,
            decay_mem,
            decay_bits,
            rounding,
            current_range,
            current_overflow,
            membrane_range,
            membrane_overflow,
            bias,
            compare,
            threshold,
            reset,
            v_reset,
            max_spikes,
            scale: _,
            decay_error: _,
        } = op
        else {
            return Err(self.misfit("it is no neuron"));
        };
        let bits = decay_bits.unwrap_or(0);
        if !(0..=MAX_DECAY_BITS).contains(&bits) {
            return Err(self.misfit(format!("`decay_bits` is {bits}, beyond {MAX_DECAY_BITS}")));
        }
        // A shift of 63 already takes at most the sign; a factor keeps at most everything.
        let most = match decay {
            Decay::BitShift => 63,
            Decay::Multiply => 1 << bits,
        };
        let of_state =
            |what: &str, tensor: DenseTensor<'_>| self.each(what, tensor, -MAX_STATE, MAX_STATE);
        let optional = |what: &str, tensor: &Option<DenseTensor<'_>>| match tensor {
            Some(tensor) => of_state(what, *tensor),
            None => Ok(vec![0; self.count]),
        };
        let membrane = self.range("membrane_range", membrane_range)?;
        let v_reset = optional("v_reset", v_reset)?;
        if v_reset
            .iter()
            .any(|v| !(membrane.low..=membrane.high).contains(v))
        {
            return Err(self.misfit("`v_reset` is beyond `membrane_range`"));
        }
        Ok(Neuron {
            event_timing: *event_timing,
            decay: Law {
                decay: *decay,
                bits: bits as u32,
                rounding: rounding.unwrap_or(Rounding::Down),
            },
            decay_syn: self.each("decay_syn", *decay_syn, 0, most)?,
            decay_mem: self.each("decay_mem", *decay_mem, 0, most)?,
            current: self.range("current_range", current_range)?,
            current_overflow: *current_overflow,
            membrane,
            membrane_overflow: *membrane_overflow,
            bias: optional("bias", bias)?,
            compare: *compare,
            threshold: of_state("threshold", *threshold)?,
            reset: *reset,
            v_reset,
            max_spikes: match u32::try_from(*max_spikes) {
                Ok(most) if *max_spikes <= MAX_SPIKES => most,
                _ => return Err(self.misfit(format!("{max_spikes} spikes in a step"))),
            },
        })
    }

    /// One 32-bit float for each neuron; `otherwise` if the parameter is left out.
    fn floats(
        &self,
        what: &str,
        tensor: Option<DenseTensor<'_>>,
        otherwise: f32,
    ) -> Result<Vec<f32>, Finding> {
        let Some(tensor) = tensor else {
            return Ok(vec![otherwise; self.count]);
        };
        let resolved = self.program.tensors.resolve(tensor);
        let values: Vec<f32> = match resolved.map_err(|f| f.at(self.name.as_str()))? {
            Tensor::F32(values) => values.iter().copied().collect(),
            other => {
                return Err(self.misfit(format!(
                    "`{what}` is of type {}; the state is of type f32",
                    other.element_type()
                )));
            }
        };
        match values.as_slice() {
            [one] => Ok(vec![*one; self.count]),
            several if several.len() == self.count => Ok(values),
            several => Err(self.misfit(format!(
                "`{what}` has {} entries for {} neurons",
                several.len(),
                self.count
            ))),
        }
    }

    fn float_neuron(&self, op: &Op<'_>) -> Result<FloatNeuron, Finding> {
        let Op::FloatNeuron {
            decay_excitatory,
            decay_inhibitory,
            decay_mem,
            bias,
            threshold,
            reset,
            v_reset,
            v_initial,
            scale: _,
        } = op
        else {
            return Err(self.misfit("it is no neuron"));
        };
        let currents = match (decay_excitatory, decay_inhibitory) {
            (None, None) => None,
            _ => Some([
                self.floats("decay_excitatory", *decay_excitatory, 0.0)?,
                self.floats("decay_inhibitory", *decay_inhibitory, 0.0)?,
            ]),
        };
        Ok(FloatNeuron {
            currents,
            decay_mem: self.floats("decay_mem", Some(*decay_mem), 0.0)?,
            bias: self.floats("bias", *bias, 0.0)?,
            threshold: self.floats("threshold", Some(*threshold), 0.0)?,
            reset: *reset,
            v_reset: self.floats("v_reset", *v_reset, 0.0)?,
            v_initial: self.floats("v_initial", *v_initial, 0.0)?,
        })
    }
}
