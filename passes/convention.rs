//! The arithmetic of each simulator as options of the passes: data, not code.
//!
//! A convention says what a simulator computes from a NIR file; the levels, the passes and the
//! interpreters know no simulator. Sources: the traces and importers that `docs/conventions.md` lists.

use melior::ir::{OperationRef, operation::OperationLike};
use nirc_dialects::{
    dt::{Compare, Integration, Reads, ResetTiming},
    finding::{Finding, Findings},
    ir::{self, DialectOp, node_name},
    nir,
    tensor::TensorStore,
};

use crate::{CtToDt, Feedback, IntegratorRate, LowerBound, NirToCt, Parameter, ResetRule, TauUnit};

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
    /// The parameters of a file that its importer drops; nirc keeps them and says so.
    pub ignores: &'static [Ignored],
}

/// A parameter that an importer drops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ignored {
    /// The parameter's name in a file.
    pub parameter: &'static str,
    /// The value that the simulator has in its place.
    pub instead: f64,
}

const fn ignored(parameter: &'static str, instead: f64) -> Ignored {
    Ignored { parameter, instead }
}

impl Convention {
    /// The convention of this name.
    pub fn lookup(name: &str) -> Option<&'static Self> {
        CONVENTIONS.iter().find(|c| c.name == name)
    }
}

const FILE: NirToCt = NirToCt::DEFAULT;
const EULER: CtToDt = CtToDt::DEFAULT;

/// Every convention, by name.
pub static CONVENTIONS: [Convention; 10] = [
    Convention {
        name: "brian2",
        platform: "the Brian2 backend of py-spinnaker2, the reference of SpiNNaker2",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            compare: Compare::GreaterOrEqual,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("v_reset", 0.0)],
    },
    Convention {
        name: "lava-fixed",
        platform: "Lava's fixed-point LIF, bit-accurate to Loihi 2",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            input_delay: 1,
            ..EULER
        },
        integers: Some("lava-fixed"),
        ignores: &[ignored("v_reset", 0.0)],
    },
    Convention {
        name: "lava-float",
        platform: "Lava's floating-point LIF",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            input_delay: 1,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("v_reset", 0.0)],
    },
    Convention {
        name: "nengo",
        platform: "Nengo's LIF without refractory time",
        nir_to_ct: NirToCt {
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            integration: Integration::Exact,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("v_reset", 0.0)],
    },
    Convention {
        name: "norse",
        platform: "Norse",
        nir_to_ct: NirToCt {
            fallback_step: Some(1e-3),
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            feedback: Feedback::Path,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("r", 1.0), ignored("v_reset", 0.0)],
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
        ignores: &[ignored("v_reset", 0.0)],
    },
    Convention {
        name: "sinabs",
        platform: "Sinabs",
        nir_to_ct: NirToCt {
            tau_unit: TauUnit::Steps,
            reset: ResetRule::Subtract,
            ..FILE
        },
        ct_to_dt: CtToDt {
            integration: Integration::Exponential,
            compare: Compare::GreaterOrEqual,
            max_spikes: MANY_SPIKES,
            lower_bound: LowerBound::Integrators,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("r", 1.0), ignored("v_reset", 0.0)],
    },
    Convention {
        name: "snntorch",
        platform: "snnTorch",
        nir_to_ct: NirToCt {
            fallback_step: Some(1e-4),
            reset: ResetRule::Zero,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            reset_timing: ResetTiming::BeforeAndAfter,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("v_leak", 0.0), ignored("v_reset", 0.0)],
    },
    Convention {
        name: "spikingjelly",
        platform: "SpikingJelly",
        nir_to_ct: NirToCt {
            reset: ResetRule::Value,
            ..FILE
        },
        ct_to_dt: CtToDt {
            compare: Compare::GreaterOrEqual,
            ..EULER
        },
        integers: None,
        ignores: &[],
    },
    Convention {
        name: "spyx",
        platform: "Spyx",
        nir_to_ct: NirToCt {
            fallback_step: Some(1.0),
            reset: ResetRule::Subtract,
            integrator_rate: IntegratorRate::Step,
            ..FILE
        },
        ct_to_dt: CtToDt {
            comparison_reads: Reads::Previous,
            ..EULER
        },
        integers: None,
        ignores: &[ignored("v_reset", 0.0)],
    },
];

/// No bound that a step comes near to.
const MANY_SPIKES: i64 = 1_000_000;

impl Convention {
    /// What a file says that the simulator's importer drops: the result here is the file's, so it may
    /// differ from the simulator's. `module` is of level `nir`.
    pub fn report(&self, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Findings {
        let mut findings = Findings::new();
        for operation in ir::operations(module) {
            if operation.region_count() > 0 {
                findings.extend(self.report(operation, tensors));
            }
            let Ok(op) = nir::Op::read(operation) else {
                continue;
            };
            for (name, tensor) in op.tensors() {
                let Some(ignored) = self.ignores.iter().find(|i| i.parameter == name) else {
                    continue;
                };
                let Ok(values) = Parameter::read(tensors, tensor) else {
                    continue;
                };
                if let Some(other) = values.values().iter().find(|v| **v != ignored.instead) {
                    findings.push(
                        Finding::warning(
                            "convention-ignores",
                            "a simulator computes with every parameter of the file",
                            format!("its {name} is {other}"),
                        )
                        .at(node_name(operation))
                        .why(format!(
                            "the importer of {} drops {name} and computes with {}; nirc keeps it",
                            self.platform, ignored.instead
                        )),
                    );
                }
            }
        }
        findings
    }
}

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
