//! Level 4, `quant`: integers, with the arithmetic of the chip that asked for them.

mod run;

pub use run::Simulation;

use melior::{Context, ir::Type};

use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Shapes, SignalText, shape_text},
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
            /// 8-bit weights [target, source].
            weight: DenseTensor<'c>,
            /// An event adds weight << shift.
            shift: i64,
            /// Integer units for each unit of the real weight, one for each target.
            scale: DenseTensor<'c>,
            /// RMS of the rounding error over RMS of the weights.
            relative_error: f64,
        },
        /// One step of the integer neuron; the IRDL file has the arithmetic.
        Neuron = "neuron" {
            decay: Decay,
            dash_syn: DenseTensor<'c>, dash_mem: DenseTensor<'c>,
            threshold: DenseTensor<'c>, bias: Option<DenseTensor<'c>>,
            /// Integer units for each unit of the real membrane potential.
            scale: DenseTensor<'c>,
            /// The largest difference between a decay factor and the one that the chip has.
            decay_error: f64,
            state_bits: i64, saturation: Saturation, reset: Reset, max_spikes: i64,
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
            Self::Neuron {
                bias, saturation, ..
            } => {
                if *saturation == Saturation::State && bias.is_some() {
                    return Err(shapes.misfit("a neuron that saturates its state has no bias"));
                }
                shapes.elementwise(&self.tensors())
            }
        }
    }
}

crate::keyword! {
    /// How a state decays.
    pub enum Decay {
        /// x = x - (x >> dash), at least 1 towards 0.
        BitShift = "bit-shift",
    }
}

crate::keyword! {
    /// What is clamped to the state's width when the membrane is updated.
    pub enum Saturation {
        /// The membrane potential, after decay and current are added.
        State = "state",
        /// First the sum of decay and current, then the membrane potential.
        Increment = "increment",
    }
}

crate::keyword! {
    /// What a spike does to the membrane potential.
    pub enum Reset {
        /// v falls by the threshold, once for each spike.
        Subtract = "subtract",
    }
}

/// The module attribute with what a step stands for, in seconds.
pub const STEP: &str = "quant.step";
/// The module attribute with the part number that the integers are for.
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
    pub fn to_type<'c>(&self, context: &'c Context) -> Option<Type<'c>> {
        let name = match self {
            Self::Spikes(_) => "spikes",
            Self::Events(_) => "events",
        };
        Type::parse(
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
