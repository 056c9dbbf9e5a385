//! Level 3, `dt`: difference equations.

mod convolution;
mod linear;
mod neuron;
mod parameter;
mod prepare;
mod real;
mod recorder;
mod register;
mod run;
#[cfg(test)]
mod tests;

pub use real::Real;
pub use run::Simulation;

use melior::{Context, ir::Type};

pub use crate::ct::{PoolKind, Reset};
use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Shapes, SignalText, shape_text, signal_type},
};

crate::dialect! {
    /// Linear maps, explicit sums and registers, one neuron with its convention.
    pub enum Op in "dt" {
        /// Where signals enter.
        Input = "input" {},
        /// Where signals leave.
        Output = "output" {},
        /// y = W x.
        Linear = "linear" { weight: DenseTensor<'c> },
        /// Cross-correlation in one or two dimensions.
        Convolution = "convolution" {
            weight: DenseTensor<'c>, stride: Vec<i64>,
            /// Before and after, for each dimension.
            padding: Vec<i64>,
            dilation: Vec<i64>, groups: i64,
        },
        /// Sum or mean over windows.
        Pool = "pool" {
            kind: PoolKind, kernel_size: Vec<i64>, stride: Vec<i64>,
            /// Before and after, for each dimension.
            padding: Vec<i64>,
        },
        /// y = s x, elementwise.
        Scale = "scale" { scale: DenseTensor<'c> },
        /// y = x + b, for each element or each channel.
        Bias = "bias" { bias: DenseTensor<'c> },
        /// The same elements in another shape.
        Reshape = "reshape" {},
        /// The sum of all operands.
        Sum = "sum" {},
        /// y[t] = x[t - steps]; one number, or one for each element.
        Register = "register" { steps: DenseTensor<'c> },
        /// One step of the neuron; what an attribute that is left out means stands in the IRDL file.
        Neuron = "neuron" {
            integration: Integration,
            alpha: Option<DenseTensor<'c>>, input_gain: Option<DenseTensor<'c>>,
            beta: Option<DenseTensor<'c>>, current_gain: Option<DenseTensor<'c>>,
            input_to_membrane: Option<DenseTensor<'c>>, leak: Option<DenseTensor<'c>>,
            v_threshold: Option<DenseTensor<'c>>, v_reset: Option<DenseTensor<'c>>,
            /// The membrane potential before the first step; 0 if it is left out.
            v_initial: Option<DenseTensor<'c>>,
            /// What the membrane potential is at least, after the reset.
            v_min: Option<DenseTensor<'c>>,
            membrane_reads: Reads, comparison_reads: Reads, compare: Compare,
            reset: Reset, reset_timing: ResetTiming, max_spikes: i64,
        },
    }
}

impl Op<'_> {
    fn check(&self, shapes: &Shapes) -> Result<(), Finding> {
        match self {
            Self::Input {} | Self::Output {} | Self::Sum {} => Ok(()),
            Self::Linear { weight } => shapes.linear(&weight.shape()),
            Self::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => shapes.convolution(*weight, *groups, stride, padding, dilation),
            Self::Pool {
                kernel_size,
                stride,
                padding,
                ..
            } => shapes.pool(kernel_size, stride, padding),
            Self::Bias { bias } => shapes.bias(&bias.shape(), true),
            Self::Reshape {} => shapes.reshape(),
            Self::Scale { .. } | Self::Register { .. } => shapes.elementwise(&self.tensors()),
            Self::Neuron {
                v_threshold,
                v_reset,
                reset,
                reset_timing,
                comparison_reads,
                ..
            } => {
                let has_timing = match reset_timing {
                    ResetTiming::SameStep => true,
                    ResetTiming::NextStep => *reset != Reset::None,
                    ResetTiming::BeforeAndAfter => *reset == Reset::Subtract,
                };
                if !has_timing {
                    return Err(shapes.misfit(format!(
                        "a reset of kind `{reset}` has no timing `{reset_timing}`"
                    )));
                }
                if *reset_timing == ResetTiming::BeforeAndAfter
                    && *comparison_reads == Reads::Previous
                {
                    return Err(shapes.misfit(
                        "a reset before and after the comparison is of the potential of this step",
                    ));
                }
                if *reset == Reset::Value && v_reset.is_none() {
                    return Err(shapes.misfit("a neuron that resets to a value has a `v_reset`"));
                }
                if *reset != Reset::None && v_threshold.is_none() {
                    return Err(shapes.misfit("a neuron that resets has a threshold"));
                }
                shapes.elementwise(&self.tensors())
            }
        }
    }
}

crate::keyword! {
    /// How the factors come from the time constants.
    pub enum Integration {
        /// Forward Euler: decay 1 - step / tau.
        Euler = "euler",
        /// The exact solution for an input that is held for the step: decay exp(-step / tau).
        Exact = "exact",
        /// Decay exp(-step / tau) with the gains of forward Euler.
        Exponential = "exponential",
        /// Forward Euler for the synaptic current, and the exact solution of the membrane for a current
        /// that is held for the step.
        Held = "held",
    }
}

crate::keyword! {
    /// Which state is read in a step: the current that the membrane adds, or the membrane potential
    /// that is compared with the threshold.
    pub enum Reads {
        /// The state after this step's input and decay.
        Updated = "updated",
        /// The state that the step before left.
        Previous = "previous",
    }
}

crate::keyword! {
    /// How the membrane potential is compared with the threshold.
    pub enum Compare {
        /// v > v_threshold.
        Greater = ">",
        /// v >= v_threshold.
        GreaterOrEqual = ">=",
    }
}

crate::keyword! {
    /// When a spike resets the membrane potential.
    pub enum ResetTiming {
        /// In the step of the spike, after the comparison.
        SameStep = "same-step",
        /// In the step after it, after decay: v = beta v + ... - v_threshold, or v = v_reset in place of
        /// all that the step adds.
        NextStep = "next-step",
        /// A membrane that begins the step above the threshold is compared less one threshold for each
        /// spike that it would give; the reset itself is as in the same step. For `subtract` only.
        BeforeAndAfter = "before-and-after",
    }
}

/// The module attribute with what a step stands for, in seconds.
pub const STEP: &str = "dt.step";

/// The module attribute with what `dt-rewrite` did, as JSON; absent if it changed nothing.
pub const REWRITE: &str = "dt.rewrite";

/// What flows along an edge in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Whether it is spikes (counts) or a real number.
    pub spikes: bool,
    /// The extent of each dimension.
    pub shape: Vec<usize>,
}

impl Signal {
    /// The MLIR type.
    ///
    /// # Errors
    ///
    /// A finding if it cannot be built.
    pub fn to_type<'c>(&self, context: &'c Context) -> Result<Type<'c>, Finding> {
        let name = if self.spikes { "spikes" } else { "current" };
        signal_type(context, &format!("!dt.{name}<{}>", shape_text(&self.shape)))
    }

    /// The signal that an MLIR type says; `None` for a type of another dialect.
    pub fn of(signal: Type<'_>) -> Option<Self> {
        let text = SignalText::of(signal)?;
        let spikes = match text.name.as_str() {
            "dt.spikes" => true,
            "dt.current" => false,
            _ => return None,
        };
        Some(Self {
            spikes,
            shape: text.shape,
        })
    }
}
