//! Level 4, `quant`: integers, with the widths, rounding and saturation that the ops say.

mod convolution;
mod events;
mod float_neuron;
mod neuron;
mod prepare;
mod run;

pub use run::Simulation;

use melior::{Context, ir::Type};

pub use crate::{ct::Reset, dt::Compare};
use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Shapes, SignalText, shape_text, signal_type},
};

crate::dialect! {
    /// Integer weights and integer neurons.
    pub enum Op in "quant" {
        /// Where spikes enter.
        Input = "input" {
            /// Spikes that an element takes in a step at most; more are lost.
            max_spikes: i64,
        },
        /// Where spikes leave.
        Output = "output" {},
        /// The same elements in another shape.
        Reshape = "reshape" {},
        /// y[t] = x[t - steps].
        Register = "register" { steps: i64 },
        /// Spikes to weighted events.
        Linear = "linear" {
            /// Integer weights [target, source].
            weight: DenseTensor<'c>,
            /// An event adds weight << shift.
            shift: i64,
            /// Integer units for each unit of the real weight, one for each target.
            scale: DenseTensor<'c>,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// Spikes to weighted events, by cross-correlation in one or two dimensions.
        Convolution = "convolution" {
            /// Integer weights [out channel, in channel / groups, ...].
            weight: DenseTensor<'c>,
            stride: Vec<i64>,
            /// Before and after, for each dimension.
            padding: Vec<i64>,
            dilation: Vec<i64>,
            groups: i64,
            /// An event adds weight << shift.
            shift: i64,
            /// Integer units for each unit of the real weight: one, or one for each out channel.
            scale: DenseTensor<'c>,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// The spikes of all elements of a window, as spikes of one element.
        Pool = "pool" {
            kernel_size: Vec<i64>,
            stride: Vec<i64>,
            /// Before and after, for each dimension.
            padding: Vec<i64>,
        },
        /// One step of the integer neuron; the IRDL file has the arithmetic.
        Neuron = "neuron" {
            /// When events are added to the synaptic current.
            event_timing: EventTiming,
            decay: Decay,
            /// The decay of the synaptic current: a shift, or the factor that is kept.
            decay_syn: DenseTensor<'c>,
            /// The decay of the membrane potential, likewise.
            decay_mem: DenseTensor<'c>,
            /// A factor f keeps x f / 2^decay_bits; with `multiply` only.
            decay_bits: Option<i64>,
            /// Of what a factor keeps; with `multiply` only.
            rounding: Option<Rounding>,
            /// The least and the largest synaptic current.
            current_range: Vec<i64>,
            current_overflow: Overflow,
            /// The least and the largest membrane potential.
            membrane_range: Vec<i64>,
            membrane_overflow: MembraneOverflow,
            /// Added to the membrane potential in each step; 0 if it is left out.
            bias: Option<DenseTensor<'c>>,
            compare: Compare,
            threshold: DenseTensor<'c>,
            reset: Reset,
            /// What `reset = "value"` sets.
            v_reset: Option<DenseTensor<'c>>,
            max_spikes: i64,
            /// Integer units for each unit of the real membrane potential.
            scale: DenseTensor<'c>,
            /// The largest difference between a decay factor and the one that the integers have.
            decay_error: f64,
        },
        /// One step of a neuron whose weights are integers and whose state is 32-bit floats; the IRDL
        /// file has the arithmetic.
        FloatNeuron = "float_neuron" {
            /// What the current of positive weights keeps; with `decay_inhibitory` only.
            decay_excitatory: Option<DenseTensor<'c>>,
            /// What the current of negative weights keeps; with `decay_excitatory` only.
            decay_inhibitory: Option<DenseTensor<'c>>,
            /// What the membrane potential keeps.
            decay_mem: DenseTensor<'c>,
            /// Added to the membrane potential in each step; 0 if it is left out.
            bias: Option<DenseTensor<'c>>,
            /// Reached by the membrane potential of a neuron that spikes.
            threshold: DenseTensor<'c>,
            reset: Reset,
            /// What `reset = "value"` sets.
            v_reset: Option<DenseTensor<'c>>,
            /// The membrane potential before the first step; 0 if it is left out.
            v_initial: Option<DenseTensor<'c>>,
            /// Units for each unit of the real membrane potential.
            scale: DenseTensor<'c>,
        },
    }
}

impl Op<'_> {
    fn check(&self, shapes: &Shapes) -> Result<(), Finding> {
        match self {
            Self::Input { .. } | Self::Output {} => Ok(()),
            Self::Register { steps } if *steps < 1 => {
                Err(shapes.misfit(format!("a register holds for at least a step, not {steps}")))
            }
            Self::Register { .. } => Ok(()),
            Self::Reshape {} => shapes.reshape(),
            Self::Linear { weight, scale, .. } => {
                shapes.linear(&weight.shape())?;
                shapes.elementwise(&[("scale", *scale)])
            }
            Self::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
                scale,
                ..
            } => {
                shapes.convolution(*weight, *groups, stride, padding, dilation)?;
                let scales: usize = scale.shape().iter().product();
                if scales != 1 && Some(&scales) != weight.shape().first() {
                    return Err(shapes.misfit(format!(
                        "`scale` has {scales} entries; it has one, or one for each out channel"
                    )));
                }
                Ok(())
            }
            Self::Pool {
                kernel_size,
                stride,
                padding,
            } => shapes.pool(kernel_size, stride, padding),
            Self::Neuron {
                decay,
                decay_bits,
                rounding,
                current_range,
                current_overflow,
                membrane_range,
                reset,
                v_reset,
                ..
            } => {
                let multiplies = *decay == Decay::Multiply;
                if decay_bits.is_some() != multiplies || rounding.is_some() != multiplies {
                    return Err(shapes.misfit(
                        "a decay that multiplies has `decay_bits` and `rounding`, no other has",
                    ));
                }
                if v_reset.is_some() != (*reset == Reset::Value) {
                    return Err(
                        shapes.misfit("a neuron that resets to a value has a `v_reset`, no other")
                    );
                }
                for (name, range) in [("current", current_range), ("membrane", membrane_range)] {
                    if !matches!(range.as_slice(), [low, high] if *low <= 0 && *high >= 0) {
                        return Err(shapes.misfit(format!(
                            "`{name}_range` is {range:?}; it is two numbers with 0 between them"
                        )));
                    }
                }
                let span = span(current_range);
                if *current_overflow == Overflow::Wrap && !span.is_some_and(u64::is_power_of_two) {
                    return Err(shapes.misfit(format!(
                        "a current that wraps around has a range of 2^n numbers, not {current_range:?}"
                    )));
                }
                shapes.elementwise(&self.tensors())
            }
            Self::FloatNeuron {
                decay_excitatory,
                decay_inhibitory,
                reset,
                v_reset,
                ..
            } => {
                if decay_excitatory.is_some() != decay_inhibitory.is_some() {
                    return Err(shapes.misfit(
                        "a neuron has currents of positive and of negative weights, or none",
                    ));
                }
                if v_reset.is_some() != (*reset == Reset::Value) {
                    return Err(
                        shapes.misfit("a neuron that resets to a value has a `v_reset`, no other")
                    );
                }
                if *reset == Reset::None {
                    return Err(shapes.misfit("a neuron with a state of floats resets"));
                }
                shapes.elementwise(&self.tensors())
            }
        }
    }
}

/// How many numbers a range [low, high] has.
fn span(range: &[i64]) -> Option<u64> {
    match range {
        [low, high] => low.abs_diff(*high).checked_add(1),
        _ => None,
    }
}

crate::keyword! {
    /// When events are added to the synaptic current.
    pub enum EventTiming {
        /// First the events of the step, then the current decays.
        BeforeDecay = "before-decay",
        /// First the current decays, then the events of the step.
        AfterDecay = "after-decay",
    }
}

crate::keyword! {
    /// How a state decays.
    pub enum Decay {
        /// x = x - (x >> shift), at least 1 towards 0; the shift rounds down.
        BitShift = "bit-shift",
        /// x = x factor / 2^decay_bits, rounded.
        Multiply = "multiply",
    }
}

crate::keyword! {
    /// Where a number that is not whole goes.
    pub enum Rounding {
        /// To the next whole number towards 0.
        TowardZero = "toward-zero",
        /// To the next smaller whole number.
        Down = "down",
    }
}

crate::keyword! {
    /// What happens to a sum that leaves its range.
    pub enum Overflow {
        /// It stays at the bound, after each event.
        Saturate = "saturate",
        /// It comes back in at the other bound.
        Wrap = "wrap",
    }
}

crate::keyword! {
    /// What is clamped to the membrane's range when the membrane is updated.
    pub enum MembraneOverflow {
        /// The membrane potential, after decay, current and bias are added.
        Saturate = "saturate",
        /// First the sum of decay and current, then with the bias, then the membrane potential.
        SaturateIncrement = "saturate-increment",
    }
}

/// The module attribute with what a step stands for, in seconds.
pub const STEP: &str = "quant.step";
/// The module attribute with the name of the chip or arithmetic that the integers are for.
pub const TARGET: &str = "quant.target";

/// What flows along an edge in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Counts of spikes.
    Spikes(Vec<usize>),
    /// Weighted events for the targets.
    Events(Vec<usize>),
}

impl Signal {
    /// The extent of each dimension.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Spikes(shape) | Self::Events(shape) => shape,
        }
    }

    /// The MLIR type.
    ///
    /// # Errors
    ///
    /// A finding if it cannot be built.
    pub fn to_type<'c>(&self, context: &'c Context) -> Result<Type<'c>, Finding> {
        let name = match self {
            Self::Spikes(_) => "spikes",
            Self::Events(_) => "events",
        };
        signal_type(
            context,
            &format!("!quant.{name}<{}>", shape_text(self.shape())),
        )
    }

    /// The signal that an MLIR type says; `None` for a type of another dialect.
    pub fn of(signal: Type<'_>) -> Option<Self> {
        let text = SignalText::of(signal)?;
        match text.name.as_str() {
            "quant.spikes" => Some(Self::Spikes(text.shape)),
            "quant.events" => Some(Self::Events(text.shape)),
            _ => None,
        }
    }
}
