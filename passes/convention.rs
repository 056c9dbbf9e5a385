//! The arithmetic of each simulator as options of the passes: data, not code.
//!
//! A convention says what a simulator computes from a NIR file; the levels, the passes and the
//! interpreters know no simulator. Sources: the traces and importers that `docs/conventions.md` lists.

use melior::ir::OperationRef;
use nirc_dialects::{
    ct,
    dt::{Compare, Integration, Reads, ResetTiming},
    finding::{Finding, Findings},
    ir::{self, DialectOp, node_name},
    tensor::TensorStore,
};

use crate::{CtToDt, Feedback, Initial, IntegratorRate, LowerBound, NirToCt, Parameter, ResetRule};

/// A simulator's arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub struct Convention {
    /// The name on the command line.
    pub name: &'static str,
    /// The simulator, and what of it.
    pub platform: &'static str,
    /// How it reads what a file leaves open.
    pub nir_to_ct: NirToCt,
    /// Its difference equations.
    pub ct_to_dt: CtToDt,
    /// The integer arithmetic that it computes in, a target of `dt-to-quant`.
    pub integers: Option<&'static str>,
    /// The parameters that its importer does not take from a file as they are. nirc does, and says so.
    pub departures: &'static [Departure],
}

/// A parameter that an importer reads in its own way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departure {
    /// The parameter's name in a file: r, w_in or v_leak.
    pub parameter: &'static str,
    /// The value with which the importer's way is the file's.
    pub same_at: SameAt,
    /// What the importer does.
    pub does: &'static str,
}

/// Where an importer's reading of a parameter is the file's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SameAt {
    /// At this value.
    Value(f64),
    /// Where the gain of a step is 1: r dt / tau_mem, r dt of an integrator, or w_in dt / tau_syn.
    UnitGain,
    /// Where the gain w_in dt / tau_syn of a step is exp(-dt / tau_syn).
    DecayedGain,
}

const fn departure(parameter: &'static str, same_at: SameAt, does: &'static str) -> Departure {
    Departure {
        parameter,
        same_at,
        does,
    }
}

impl Convention {
    /// The convention of this name.
    pub fn lookup(name: &str) -> Option<&'static Self> {
        CONVENTIONS.iter().find(|c| c.name == name)
    }

    /// Where the simulator's importer would read a model of level `ct` in another way: the result here
    /// is the file's, and may differ from the simulator's.
    pub fn report(&self, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Findings {
        let mut findings = Findings::new();
        let Some(step) = ir::module_attribute::<f64>(module, ct::STEP) else {
            return findings;
        };
        for operation in ir::operations(module) {
            let Ok(op) = ct::Op::read(operation) else {
                continue;
            };
            let fields = op.tensors();
            let read = |name: &str| {
                let (_, tensor) = fields.iter().find(|(field, _)| *field == name)?;
                Parameter::read(tensors, *tensor).ok()
            };
            for departure in self.departures {
                let Some(value) = read(departure.parameter) else {
                    continue;
                };
                let same = match departure.same_at {
                    SameAt::Value(same) => value.values().iter().all(|v| *v == same),
                    SameAt::UnitGain | SameAt::DecayedGain => {
                        let tau = match departure.parameter {
                            "w_in" => read("tau_syn"),
                            _ => read("tau_mem"),
                        };
                        let tau = tau.unwrap_or_else(|| Parameter::uniform(1.0));
                        let gain = value.zip(&tau, |value, tau| value * step / tau);
                        let own = match departure.same_at {
                            SameAt::DecayedGain => tau.map(|tau| (-step / tau).exp()),
                            _ => Parameter::uniform(1.0),
                        };
                        let off = gain.zip(&own, |gain, own| (gain - own).abs());
                        off.values().iter().all(|off| *off < SAME_GAIN)
                    }
                };
                if !same {
                    findings.push(
                        Finding::warning(
                            "convention-importer",
                            "a simulator's importer takes every parameter as the file has it",
                            format!("its {} is {}", departure.parameter, shown(&value)),
                        )
                        .at(node_name(operation))
                        .why(format!(
                            "{}: {}; nirc computes with the file's",
                            self.platform, departure.does
                        )),
                    );
                }
            }
        }
        findings
    }
}

/// Gains that are this near to 1 are 1: parameters are often in single precision.
const SAME_GAIN: f64 = 1e-3;

fn shown(value: &Parameter) -> String {
    match value.shared() {
        Some(value) => value.to_string(),
        None => "one for each neuron".to_owned(),
    }
}

const FILE: NirToCt = NirToCt::DEFAULT;
const EULER: CtToDt = CtToDt::DEFAULT;

/// No bound that a step comes near to.
const MANY_SPIKES: i64 = 1_000_000;

/// v grows by r x in a step, whatever the step is.
const PER_STEP: NirToCt = NirToCt {
    integrator_rate: IntegratorRate::Step,
    ..FILE
};

/// Every convention, by name.
pub static CONVENTIONS: [Convention; 10] = [
    Convention {
        name: "brian2",
        platform: "Brian2 behind py-spinnaker2, the reference of SpiNNaker2",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        // The paper dropped the first step of its recordings, which takes the delay of inputs out.
        ct_to_dt: CtToDt {
            compare: Compare::GreaterOrEqual,
            synaptic_delay: 1,
            ..EULER
        },
        integers: None,
        departures: &[],
    },
    Convention {
        name: "lava-fixed",
        platform: "Lava's fixed-point LIF, bit-accurate to Loihi 2",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            input_delay: 1,
            synaptic_delay: 1,
            ..EULER
        },
        integers: Some("lava-fixed"),
        departures: &[],
    },
    Convention {
        name: "lava-float",
        platform: "Lava's floating-point LIF",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            input_delay: 1,
            synaptic_delay: 1,
            ..EULER
        },
        integers: None,
        departures: &[],
    },
    Convention {
        name: "nengo",
        platform: "Nengo's LIF without refractory time",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            integration: Integration::Held,
            membrane_reads: Reads::Previous,
            lower_bound: LowerBound::LeakyAtZero,
            ..EULER
        },
        integers: None,
        departures: &[],
    },
    Convention {
        name: "norse",
        platform: "Norse",
        nir_to_ct: NirToCt {
            fallback_step: Some(1e-3),
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            feedback: Feedback::Path,
            initial: Initial::Leak,
            ..EULER
        },
        integers: None,
        departures: &[departure(
            "v_leak",
            SameAt::Value(0.0),
            "the synapse of CubaLIF begins at v_leak and decays to it too",
        )],
    },
    Convention {
        name: "rockpool",
        platform: "Rockpool",
        nir_to_ct: NirToCt {
            reset: ResetRule::Subtract,
            ..FILE
        },
        ct_to_dt: CtToDt {
            integration: Integration::Exponential,
            compare: Compare::GreaterOrEqual,
            max_spikes: MANY_SPIKES,
            ..EULER
        },
        integers: None,
        departures: &[
            departure(
                "r",
                SameAt::UnitGain,
                "r is dropped; the gain of a step is 1",
            ),
            departure(
                "w_in",
                SameAt::DecayedGain,
                "w_in is dropped; the gain of a step is exp(-dt / tau_syn)",
            ),
        ],
    },
    Convention {
        name: "sinabs",
        platform: "Sinabs",
        nir_to_ct: NirToCt {
            reset: ResetRule::Subtract,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            integration: Integration::Exponential,
            compare: Compare::GreaterOrEqual,
            max_spikes: MANY_SPIKES,
            lower_bound: LowerBound::Integrators,
            ..EULER
        },
        integers: None,
        departures: &[departure(
            "r",
            SameAt::UnitGain,
            "r is dropped; the gain of a step is 1",
        )],
    },
    Convention {
        name: "snntorch",
        platform: "snnTorch",
        nir_to_ct: NirToCt {
            fallback_step: Some(1e-4),
            reset: ResetRule::Zero,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            reset_timing: ResetTiming::BeforeAndAfter,
            ..EULER
        },
        integers: None,
        departures: &[departure(
            "v_leak",
            SameAt::Value(0.0),
            "such a file is refused",
        )],
    },
    Convention {
        name: "spikingjelly",
        platform: "SpikingJelly",
        nir_to_ct: NirToCt {
            fallback_step: Some(1e-4),
            reset: ResetRule::Value,
            ..FILE
        },
        ct_to_dt: CtToDt {
            feedback: Feedback::Path,
            compare: Compare::GreaterOrEqual,
            initial: Initial::Reset,
            ..EULER
        },
        integers: None,
        departures: &[departure(
            "v_leak",
            SameAt::Value(0.0),
            "a file whose v_leak is not its v_reset is refused",
        )],
    },
    Convention {
        name: "spyx",
        platform: "Spyx",
        nir_to_ct: NirToCt {
            fallback_step: Some(1.0),
            reset: ResetRule::Subtract,
            ..PER_STEP
        },
        ct_to_dt: CtToDt {
            comparison_reads: Reads::Previous,
            reset_timing: ResetTiming::NextStep,
            cuba_reset_timing: Some(ResetTiming::SameStep),
            ..EULER
        },
        integers: None,
        departures: &[
            departure(
                "r",
                SameAt::UnitGain,
                "r is dropped; the gain of a step is 1",
            ),
            departure(
                "w_in",
                SameAt::UnitGain,
                "w_in is dropped; the gain of a step is 1",
            ),
            departure("v_leak", SameAt::Value(0.0), "v_leak is dropped"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_one_of_each() {
        let names: Vec<_> = CONVENTIONS.iter().map(|c| c.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert_eq!(Convention::lookup("norse").unwrap().platform, "Norse");
    }
}
