//! The ops of `ct` and `dt` as one: what the rewriter reads and writes.

use melior::{
    Context,
    ir::{OperationRef, Type},
};
use nirc_dialects::{
    ct, dt,
    finding::Finding,
    ir::{DenseTensor, DialectOp, OpFields},
};

use super::{
    analysis::{Kind, Signal},
    population::{Form, Parameters},
    tensors::TensorId,
};

/// The level of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Continuous time.
    Ct,
    /// Difference equations.
    Dt,
}

impl Level {
    /// The dialect.
    pub fn dialect(self) -> &'static str {
        match self {
            Self::Ct => ct::Op::DIALECT,
            Self::Dt => dt::Op::DIALECT,
        }
    }

    /// What a type says of a signal; `None` for a type of another dialect.
    pub fn signal(self, r#type: Type<'_>) -> Option<Signal> {
        let (shape, kind) = match self {
            Self::Ct => match ct::Signal::of(r#type)? {
                ct::Signal::Current { shape } => (shape, Kind::Current),
                ct::Signal::Spikes { shape, form, area } => {
                    (shape, Kind::Spikes(form, area.to_bits()))
                }
            },
            Self::Dt => {
                let signal = dt::Signal::of(r#type)?;
                let kind = if signal.spikes {
                    Kind::Counts
                } else {
                    Kind::Current
                };
                (signal.shape, kind)
            }
        };
        Some(Signal {
            shape: shape.into(),
            kind,
            events: kind != Kind::Current,
        })
    }

    /// The type of a signal.
    pub fn r#type<'c>(self, signal: &Signal, context: &'c Context) -> Result<Type<'c>, Finding> {
        let shape = signal.shape.to_vec();
        match (self, signal.kind) {
            (Self::Dt, kind) => dt::Signal {
                spikes: kind != Kind::Current,
                shape,
            }
            .to_type(context),
            (Self::Ct, Kind::Spikes(form, area)) => ct::Signal::Spikes {
                shape,
                form,
                area: f64::from_bits(area),
            }
            .to_type(context),
            (Self::Ct, _) => ct::Signal::Current { shape }.to_type(context),
        }
    }
}

/// An op of either level.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<'c> {
    /// Where signals enter.
    Input,
    /// Where signals leave.
    Output,
    /// y = W x.
    Linear(DenseTensor<'c>),
    /// Cross-correlation.
    Convolution {
        /// [out, in / groups, taps ...].
        weight: DenseTensor<'c>,
        /// One for each dimension.
        stride: Vec<i64>,
        /// Before and after, for each dimension.
        padding: Vec<i64>,
        /// One for each dimension.
        dilation: Vec<i64>,
        /// A number.
        groups: i64,
    },
    /// Sum or mean over windows.
    Pool {
        /// Which.
        kind: ct::PoolKind,
        /// One for each dimension.
        kernel_size: Vec<i64>,
        /// One for each dimension.
        stride: Vec<i64>,
        /// Before and after, for each dimension.
        padding: Vec<i64>,
    },
    /// y = s x.
    Scale(DenseTensor<'c>),
    /// y = x + b.
    Bias(DenseTensor<'c>),
    /// Another shape.
    Reshape,
    /// The sum of all operands.
    Sum,
    /// Seconds, or steps.
    Delay(DenseTensor<'c>),
    /// The neuron.
    Neuron(Form, Box<Slots<DenseTensor<'c>>>),
}

/// The parameters of a neuron op, of any type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots<T> {
    /// In the order of [`NAMES`].
    pub slots: [Option<T>; 15],
}

/// The names of the slots, as in the dialects.
pub const NAMES: [&str; 15] = [
    "tau_syn",
    "w_in",
    "tau_mem",
    "r",
    "v_leak",
    "alpha",
    "input_gain",
    "beta",
    "current_gain",
    "input_to_membrane",
    "leak",
    "v_initial",
    "v_min",
    "v_threshold",
    "v_reset",
];

impl<T> Slots<T> {
    /// `f` of each.
    pub fn try_map<U, E>(
        self,
        mut f: impl FnMut(&'static str, T) -> Result<U, E>,
    ) -> Result<Slots<U>, E> {
        let mut slots: [Option<U>; 15] = Default::default();
        for ((slot, from), name) in slots.iter_mut().zip(self.slots).zip(NAMES) {
            *slot = from.map(|value| f(name, value)).transpose()?;
        }
        Ok(Slots { slots })
    }
}

impl From<Slots<TensorId>> for Parameters {
    fn from(slots: Slots<TensorId>) -> Self {
        let mut parameters = Self::default();
        for (to, from) in parameters.each_mut().into_iter().zip(slots.slots) {
            *to = from;
        }
        parameters
    }
}

impl From<Parameters> for Slots<TensorId> {
    fn from(mut parameters: Parameters) -> Self {
        Self {
            slots: parameters.each_mut().map(|p| *p),
        }
    }
}

impl<'c> Op<'c> {
    /// The op that `operation` is.
    ///
    /// # Errors
    ///
    /// As [`DialectOp::read`].
    pub fn read(level: Level, operation: OperationRef<'c, '_>) -> Result<Self, Finding> {
        Ok(match level {
            Level::Ct => ct::Op::read(operation)?.into(),
            Level::Dt => dt::Op::read(operation)?.into(),
        })
    }

    /// The name and the attributes of the op at a level.
    pub fn write(self, level: Level, context: &'c Context) -> (&'static str, OpFields<'c>) {
        match level {
            Level::Ct => {
                let op = ct::Op::from(self);
                (op.name(), op.fields(context))
            }
            Level::Dt => {
                let op = dt::Op::from(self);
                (op.name(), op.fields(context))
            }
        }
    }
}

/// The ops that both levels have under the same name, and those that differ.
macro_rules! both {
    ($module:ident, $delay:pat => $delayed:expr, $neuron:pat => $made:expr, |$d:ident| $to_delay:expr, |$form:ident, $slots:ident| $to_neuron:expr) => {
        impl<'c> From<$module::Op<'c>> for Op<'c> {
            fn from(op: $module::Op<'c>) -> Self {
                match op {
                    $module::Op::Input {} => Self::Input,
                    $module::Op::Output {} => Self::Output,
                    $module::Op::Linear { weight } => Self::Linear(weight),
                    $module::Op::Convolution {
                        weight,
                        stride,
                        padding,
                        dilation,
                        groups,
                    } => Self::Convolution {
                        weight,
                        stride,
                        padding,
                        dilation,
                        groups,
                    },
                    $module::Op::Pool {
                        kind,
                        kernel_size,
                        stride,
                        padding,
                    } => Self::Pool {
                        kind,
                        kernel_size,
                        stride,
                        padding,
                    },
                    $module::Op::Scale { scale } => Self::Scale(scale),
                    $module::Op::Bias { bias } => Self::Bias(bias),
                    $module::Op::Reshape {} => Self::Reshape,
                    $module::Op::Sum {} => Self::Sum,
                    $delay => Self::Delay($delayed),
                    $neuron => $made,
                }
            }
        }

        impl<'c> From<Op<'c>> for $module::Op<'c> {
            fn from(op: Op<'c>) -> Self {
                match op {
                    Op::Input => Self::Input {},
                    Op::Output => Self::Output {},
                    Op::Linear(weight) => Self::Linear { weight },
                    Op::Convolution {
                        weight,
                        stride,
                        padding,
                        dilation,
                        groups,
                    } => Self::Convolution {
                        weight,
                        stride,
                        padding,
                        dilation,
                        groups,
                    },
                    Op::Pool {
                        kind,
                        kernel_size,
                        stride,
                        padding,
                    } => Self::Pool {
                        kind,
                        kernel_size,
                        stride,
                        padding,
                    },
                    Op::Scale(scale) => Self::Scale { scale },
                    Op::Bias(bias) => Self::Bias { bias },
                    Op::Reshape => Self::Reshape {},
                    Op::Sum => Self::Sum {},
                    Op::Delay($d) => $to_delay,
                    Op::Neuron($form, $slots) => $to_neuron,
                }
            }
        }
    };
}

both!(
    ct,
    ct::Op::Delay { delay } => delay,
    ct::Op::Neuron { tau_syn, w_in, tau_mem, r, v_leak, v_threshold, v_reset, reset } =>
        Self::Neuron(Form::Ct { reset }, Box::new(Slots {
            slots: [
                tau_syn, w_in, tau_mem, r, v_leak, None, None, None, None, None, None, None, None,
                v_threshold, v_reset,
            ],
        })),
    |delay| Self::Delay { delay },
    |form, slots| {
        let [tau_syn, w_in, tau_mem, r, v_leak, .., v_threshold, v_reset] = slots.slots;
        let (Form::Ct { reset } | Form::Dt { reset, .. }) = form;
        Self::Neuron { tau_syn, w_in, tau_mem, r, v_leak, v_threshold, v_reset, reset }
    }
);

both!(
    dt,
    dt::Op::Register { steps } => steps,
    dt::Op::Neuron {
        integration, alpha, input_gain, beta, current_gain, input_to_membrane, leak, v_threshold,
        v_reset, v_initial, v_min, membrane_reads, comparison_reads, compare, reset, reset_timing,
        max_spikes,
    } => Self::Neuron(
        Form::Dt {
            integration, membrane_reads, comparison_reads, compare, reset, reset_timing, max_spikes,
        },
        Box::new(Slots {
            slots: [
                None, None, None, None, None, alpha, input_gain, beta, current_gain,
                input_to_membrane, leak, v_initial, v_min, v_threshold, v_reset,
            ],
        }),
    ),
    |steps| Self::Register { steps },
    |form, slots| {
        let [
            _, _, _, _, _, alpha, input_gain, beta, current_gain, input_to_membrane, leak, v_initial,
            v_min, v_threshold, v_reset,
        ] = slots.slots;
        let (integration, membrane_reads, comparison_reads, compare, reset, reset_timing, max_spikes) =
            match form {
                Form::Dt {
                    integration, membrane_reads, comparison_reads, compare, reset, reset_timing,
                    max_spikes,
                } => (
                    integration, membrane_reads, comparison_reads, compare, reset, reset_timing,
                    max_spikes,
                ),
                // A neuron of the other level is never written at this one.
                Form::Ct { reset } => (
                    dt::Integration::Euler, dt::Reads::Updated, dt::Reads::Updated,
                    dt::Compare::Greater, reset, dt::ResetTiming::SameStep, 1,
                ),
            };
        Self::Neuron {
            integration, alpha, input_gain, beta, current_gain, input_to_membrane, leak, v_threshold,
            v_reset, v_initial, v_min, membrane_reads, comparison_reads, compare, reset, reset_timing,
            max_spikes,
        }
    }
);
