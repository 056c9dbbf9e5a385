//! From an op of level `ct` to what runs it.

use melior::ir::{OperationRef, ValueLike, operation::OperationLike};

use super::{
    dynamics::Dynamics,
    maps::{Convolution, Map, Weights, pool_factor},
    population::{Kind, Population, Spiking},
};
use crate::{
    ct::{Op, Reset, Signal, SpikeForm},
    finding::Finding,
    ir::{DenseTensor, DialectOp, Program, node_name},
    tensor::Tensor,
    window::Window,
};

/// What runs an op.
pub(super) enum Kernel {
    /// Where signals enter; `None`: a current.
    Input(Option<(SpikeForm, f64)>),
    /// Where signals leave, and whether they are spikes.
    Output {
        spikes: bool,
    },
    Map {
        map: Map,
        /// What the output has beside: a bias, or nothing.
        constant: Vec<f64>,
        /// Whether spikes stay spikes.
        spikes: bool,
    },
    /// Seconds, for each element.
    Delay(Vec<f64>),
    Neuron(Population),
}

/// The number of elements of a signal; `None` if it is out of range.
pub(super) fn count(signal: &Signal) -> Option<usize> {
    let mut extents = signal.shape().iter();
    extents.try_fold(1usize, |n, extent| n.checked_mul(*extent))
}

/// What runs `operation`.
pub(super) fn kernel(
    operation: OperationRef<'_, '_>,
    program: &Program<'_>,
) -> Result<Kernel, Finding> {
    let op = Op::read(operation)?;
    let node = Node {
        name: node_name(operation),
        program,
        operands: operation
            .operands()
            .map(|value| signal(operation, Signal::of(value.r#type())))
            .collect::<Result<_, _>>()?,
        result: operation
            .results()
            .next()
            .map(|value| signal(operation, Signal::of(value.r#type())))
            .transpose()?,
    };
    node.kernel(op)
}

/// `signal`, if it is one whose numbers are in range.
fn signal(operation: OperationRef<'_, '_>, signal: Option<Signal>) -> Result<Signal, Finding> {
    let positive = |signal: &Signal| match signal {
        Signal::Spikes { area, .. } => *area > 0.0 && area.is_finite(),
        Signal::Current { .. } => true,
    };
    signal
        .filter(|signal| count(signal).is_some() && positive(signal))
        .ok_or_else(|| {
            Finding::error(
                "ct-type",
                "a value is spikes, of a known form and a positive area, or a current",
                "it is neither",
            )
            .at(node_name(operation))
        })
}

struct Node<'p, 'c> {
    name: String,
    program: &'p Program<'c>,
    operands: Vec<Signal>,
    result: Option<Signal>,
}

impl Node<'_, '_> {
    fn kernel(&self, op: Op<'_>) -> Result<Kernel, Finding> {
        let takes = match op {
            Op::Input {} => 0..=0,
            Op::Sum {} => 1..=usize::MAX,
            _ => 1..=1,
        };
        if !takes.contains(&self.operands.len())
            || self.result.is_none() != matches!(op, Op::Output {})
        {
            return Err(self.misfit(format!("it has {} operands", self.operands.len())));
        }
        let same_elements = matches!(
            op,
            Op::Scale { .. }
                | Op::Bias { .. }
                | Op::Reshape {}
                | Op::Sum {}
                | Op::Delay { .. }
                | Op::Neuron { .. }
        );
        if same_elements && self.operands.iter().any(|o| count(o) != Some(self.width())) {
            return Err(
                self.misfit("operands and result have different numbers of elements".into())
            );
        }
        Ok(match op {
            Op::Input {} => Kernel::Input(self.result.as_ref().and_then(spikes)),
            Op::Output {} => Kernel::Output {
                spikes: self.operand().and_then(spikes).is_some(),
            },
            Op::Reshape {} => Kernel::Map {
                map: Map::Identity,
                constant: Vec::new(),
                spikes: self.passes_spikes()?,
            },
            Op::Delay { delay } => {
                self.passes_spikes()?;
                let delay = self.each(delay)?;
                if let Some(bad) = delay.iter().find(|d| **d < 0.0) {
                    return Err(Finding::error(
                        "ct-run-delay",
                        "a delay is not negative",
                        format!("a delay is {bad} s"),
                    )
                    .at(&self.name));
                }
                Kernel::Delay(delay)
            }
            Op::Neuron { .. } => self.neuron(op)?,
            Op::Bias { bias } => {
                let bias = self.finite(self.resolve(bias)?.to_f64())?;
                let share = self.width().checked_div(bias.len()).unwrap_or(0).max(1);
                let at = |n: usize| bias.get(n / share).copied().unwrap_or(0.0);
                Kernel::Map {
                    map: Map::Identity,
                    constant: (0..self.width()).map(at).collect(),
                    spikes: false,
                }
            }
            _ => Kernel::Map {
                map: self.map(op)?,
                constant: Vec::new(),
                spikes: false,
            },
        })
    }

    fn map(&self, op: Op<'_>) -> Result<Map, Finding> {
        Ok(match op {
            Op::Scale { scale } => Map::Scale(self.each(scale)?),
            Op::Linear { weight } => {
                let weight = self.weight(weight)?;
                let rows = weight.shape().iter().rev().nth(1).copied();
                let columns = Weights::by_column(&weight);
                let (Some(columns), Some(outputs)) = (columns, rows) else {
                    return Err(self.misfit("the weight is no matrix".into()));
                };
                Map::Linear { columns, outputs }
            }
            Op::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let weight = self.weight(weight)?;
                let [out_channels, in_per_group, kernel @ ..] = weight.shape() else {
                    return Err(self.misfit("the weight is no kernel".into()));
                };
                Map::Convolution(Convolution {
                    in_per_group: *in_per_group,
                    out_per_group: out_channels / (groups.max(1) as usize),
                    window: self.window(kernel, &stride, &padding, &dilation)?,
                    weights: Weights::in_order(&weight),
                })
            }
            Op::Pool {
                kind,
                kernel_size,
                stride,
                padding,
            } => {
                let channels = |signal: Option<&Signal>| signal?.shape().first().copied();
                if channels(self.operand()) != channels(self.result.as_ref()) {
                    return Err(self.misfit("a pool keeps the channels".into()));
                }
                let kernel: Vec<usize> = kernel_size.iter().map(|k| *k as usize).collect();
                let ones = vec![1; kernel.len()];
                let window = self.window(&kernel, &stride, &padding, &ones)?;
                let factor = pool_factor(kind, &window);
                Map::Pool(window, factor)
            }
            _ => Map::Identity,
        })
    }

    fn neuron(&self, op: Op<'_>) -> Result<Kernel, Finding> {
        let Op::Neuron {
            tau_syn,
            w_in,
            tau_mem,
            r,
            v_leak,
            v_threshold,
            v_reset,
            reset,
        } = op
        else {
            return Err(self.misfit("it is no neuron".into()));
        };
        let optional = |tensor: Option<DenseTensor<'_>>| tensor.map(|t| self.each(t)).transpose();
        let (tau_syn, tau_mem) = (optional(tau_syn)?, optional(tau_mem)?);
        for (name, tau) in [("tau_syn", &tau_syn), ("tau_mem", &tau_mem)] {
            if let Some(bad) = tau.iter().flatten().find(|t| **t <= 0.0) {
                return Err(Finding::error(
                    "ct-tau",
                    "a time constant is positive",
                    format!("{name} is {bad} s"),
                )
                .at(&self.name));
            }
        }
        let synapses: Option<Vec<(f64, f64)>> = match (tau_syn, optional(w_in)?) {
            (None, _) => None,
            (Some(tau), None) => Some(tau.into_iter().map(|tau| (tau, 1.0)).collect()),
            (Some(tau), Some(w_in)) => Some(tau.into_iter().zip(w_in).collect()),
        };
        let emitted = self.result.as_ref().and_then(spikes);
        if emitted.is_some() != v_threshold.is_some() {
            return Err(Finding::error(
                "ct-type",
                "a neuron gives spikes if it has a threshold, else a current",
                "this one does not",
            )
            .at(&self.name));
        }
        let r = optional(r)?;
        if r.is_none() && v_threshold.is_some() {
            self.check_level(synapses.is_some(), reset, emitted)?;
        }
        let spiking = match (v_threshold, emitted) {
            (Some(threshold), Some((form, area))) => Some(Spiking {
                threshold: self.each(threshold)?,
                reset,
                v_reset: optional(v_reset)?.unwrap_or_default(),
                form,
                area,
            }),
            _ => None,
        };
        let v_leak = optional(v_leak)?;
        let kind = match (r, synapses) {
            (Some(r), synapses) => {
                let at = |values: &Option<Vec<f64>>, n: usize| values.as_ref().map(|v| v[n]);
                let dynamics = r.into_iter().enumerate().map(|(n, r)| Dynamics {
                    synapse: synapses.as_ref().map(|s| s[n]),
                    tau_mem: at(&tau_mem, n),
                    r,
                    v_leak: at(&v_leak, n).unwrap_or(0.0),
                });
                Kind::Membrane(dynamics.collect())
            }
            (None, Some(synapses)) => Kind::Synapse(synapses),
            // Without synapse, membrane and threshold the input passes.
            (None, None) if spiking.is_none() => {
                return Ok(Kernel::Map {
                    map: Map::Identity,
                    constant: Vec::new(),
                    spikes: false,
                });
            }
            (None, None) => Kind::Level,
        };
        Ok(Kernel::Neuron(Population { kind, spiking }))
    }

    /// A threshold without membrane is 1 while its input is above: a level, which has a meaning for
    /// pulses only.
    fn check_level(
        &self,
        synapse: bool,
        reset: Reset,
        emitted: Option<(SpikeForm, f64)>,
    ) -> Result<(), Finding> {
        let what = if synapse {
            "it has a synapse"
        } else if reset != Reset::None {
            "it has a reset, and nothing that could be reset"
        } else if matches!(emitted, Some((SpikeForm::Impulse, _))) {
            "its spikes are impulses"
        } else {
            return Ok(());
        };
        Err(Finding::error(
            "ct-run-threshold",
            "a threshold without membrane is 1 while its input is above it",
            what,
        )
        .at(&self.name)
        .fix("use --spike pulse, or run level dt"))
    }

    /// Whether the signal is spikes, which must be the same before and after.
    fn passes_spikes(&self) -> Result<bool, Finding> {
        let (before, after) = (
            self.operand().and_then(spikes),
            self.result.as_ref().and_then(spikes),
        );
        if after.is_some() && before != after {
            return Err(Finding::error(
                "ct-type",
                "this op does not change what a spike is",
                "operand and result are of different types",
            )
            .at(&self.name));
        }
        Ok(after.is_some())
    }

    fn operand(&self) -> Option<&Signal> {
        self.operands.first()
    }

    /// The elements of the result.
    fn width(&self) -> usize {
        self.result.as_ref().and_then(count).unwrap_or(0)
    }

    /// The values of a parameter, one for each element of the result.
    fn each(&self, tensor: DenseTensor<'_>) -> Result<Vec<f64>, Finding> {
        let width = self.width();
        if let Some(value) = tensor.splat() {
            return self.finite(vec![value; width]);
        }
        let values = self.finite(self.resolve(tensor)?.to_f64())?;
        match values.as_slice() {
            [value] => Ok(vec![*value; width]),
            _ if values.len() == width => Ok(values),
            _ => Err(self.misfit(format!(
                "a parameter has {} elements for {width}",
                values.len()
            ))),
        }
    }

    fn finite(&self, values: Vec<f64>) -> Result<Vec<f64>, Finding> {
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(self.not_finite(*value)),
        }
    }

    fn weight(&self, tensor: DenseTensor<'_>) -> Result<Tensor, Finding> {
        let weight = self.resolve(tensor)?;
        if weight.is_finite() {
            Ok(weight)
        } else {
            Err(self.not_finite("no finite number"))
        }
    }

    fn not_finite(&self, value: impl std::fmt::Display) -> Finding {
        Finding::error(
            "ir-not-finite",
            "parameters are finite numbers",
            format!("a parameter is {value}"),
        )
        .at(&self.name)
    }

    fn resolve(&self, tensor: DenseTensor<'_>) -> Result<Tensor, Finding> {
        let tensors = &self.program.tensors;
        tensors.resolve(tensor).map_err(|f| f.at(&self.name))
    }

    /// The window, whose numbers the typed view has checked.
    fn window(
        &self,
        kernel: &[usize],
        stride: &[i64],
        padding: &[i64],
        dilation: &[i64],
    ) -> Result<Window, Finding> {
        let shape =
            |signal: Option<&Signal>| signal.map(Signal::shape).unwrap_or_default().to_vec();
        let (input, output) = (shape(self.operand()), shape(self.result.as_ref()));
        Window::new(&input, &output, kernel, stride, padding, dilation)
            .ok_or_else(|| self.misfit(format!("no kernel {kernel:?} on {input:?}")))
    }

    fn misfit(&self, what: String) -> Finding {
        Finding::error("ir-shape", "an op's operands and result fit its kind", what).at(&self.name)
    }
}

fn spikes(signal: &Signal) -> Option<(SpikeForm, f64)> {
    match signal {
        Signal::Spikes { form, area, .. } => Some((*form, *area)),
        Signal::Current { .. } => None,
    }
}
