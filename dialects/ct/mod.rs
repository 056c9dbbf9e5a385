//! Level 2, `ct`: one hybrid system in continuous time.

pub mod run;

use melior::{Context, ir::Type};

pub use self::run::{Activity, Events, Simulation};

use crate::{
    finding::Finding,
    ir::{DenseTensor, DialectOp, Shapes, SignalText, shape_text, signal_type},
};

crate::dialect! {
    /// Linear maps, explicit sums, one neuron.
    pub enum Op in "ct" {
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
        /// y(t) = x(t - delay), in seconds.
        Delay = "delay" { delay: DenseTensor<'c> },
        /// The neuron; what an attribute that is left out means stands in the IRDL file.
        Neuron = "neuron" {
            tau_syn: Option<DenseTensor<'c>>, w_in: Option<DenseTensor<'c>>,
            tau_mem: Option<DenseTensor<'c>>, r: Option<DenseTensor<'c>>,
            v_leak: Option<DenseTensor<'c>>, v_threshold: Option<DenseTensor<'c>>,
            v_reset: Option<DenseTensor<'c>>, reset: Reset,
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
            Self::Scale { .. } | Self::Delay { .. } => shapes.elementwise(&self.tensors()),
            Self::Neuron {
                r,
                v_threshold,
                v_reset,
                reset,
                ..
            } => {
                if *reset == Reset::None && v_threshold.is_some() && r.is_some() {
                    return Err(shapes.misfit("a neuron with membrane and threshold has a reset"));
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
    /// What a spike does to the membrane potential.
    pub enum Reset {
        /// v becomes `v_reset`.
        Value = "value",
        /// v falls by `v_threshold`.
        Subtract = "subtract",
        /// Nothing; the neuron has no threshold, or no membrane.
        None = "none",
    }
}

crate::keyword! {
    /// What a pool does with a window.
    pub enum PoolKind {
        /// The sum.
        Sum = "sum",
        /// The mean; padding counts.
        Average = "average",
    }
}

crate::keyword! {
    /// What a spike is in continuous time.
    pub enum SpikeForm {
        /// Amplitude 1 for the time `area`.
        Pulse = "pulse",
        /// A Dirac impulse of integral `area`.
        Impulse = "impulse",
    }
}

/// The module attribute with the step, in seconds.
pub const STEP: &str = "ct.step";

/// The module attribute with what `ct-rewrite` did, as JSON; absent if it changed nothing.
pub const REWRITE: &str = "ct.rewrite";

/// What flows along an edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Spikes of `form`, each of integral `area` (s).
    Spikes {
        /// The extent of each dimension.
        shape: Vec<usize>,
        /// Pulse or impulse.
        form: SpikeForm,
        /// The integral of one spike, in seconds.
        area: f64,
    },
    /// A continuous signal.
    Current {
        /// The extent of each dimension.
        shape: Vec<usize>,
    },
}

impl Signal {
    /// The extent of each dimension.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Spikes { shape, .. } | Self::Current { shape } => shape,
        }
    }

    /// The same kind of signal in another shape.
    pub fn with_shape(&self, shape: Vec<usize>) -> Self {
        match self {
            Self::Spikes { form, area, .. } => Self::Spikes {
                shape,
                form: *form,
                area: *area,
            },
            Self::Current { .. } => Self::Current { shape },
        }
    }

    /// The MLIR type.
    ///
    /// # Errors
    ///
    /// A finding if it cannot be built.
    pub fn to_type<'c>(&self, context: &'c Context) -> Result<Type<'c>, Finding> {
        let text = match self {
            // `{:e}` prints the shortest text that reads back as the same number.
            Self::Spikes { shape, form, area } => {
                let area = format!("{area:e}");
                let area = if area.contains('.') {
                    area
                } else {
                    area.replacen('e', ".0e", 1)
                };
                format!(
                    "!ct.spikes<{}, \"{form}\", {area} : f64>",
                    shape_text(shape)
                )
            }
            Self::Current { shape } => format!("!ct.current<{}>", shape_text(shape)),
        };
        signal_type(context, &text)
    }

    /// The signal that an MLIR type says; `None` for a type of another dialect.
    pub fn of(signal: Type<'_>) -> Option<Self> {
        let text = SignalText::of(signal)?;
        match text.name.as_str() {
            "ct.current" => Some(Self::Current { shape: text.shape }),
            "ct.spikes" => {
                let [form, area] = text.parameters.as_slice() else {
                    return None;
                };
                Some(Self::Spikes {
                    shape: text.shape,
                    form: SpikeForm::from_word(form.trim_matches('"'))?,
                    area: area.split(':').next()?.trim().parse().ok()?,
                })
            }
            _ => None,
        }
    }
}
