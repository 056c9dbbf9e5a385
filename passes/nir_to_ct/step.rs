//! The step: given, or read off the factors that exporters fold into a file.
//!
//! An exporter of a discrete-time framework writes `w_in = tau_syn / dt` and `r = tau_mem / dt`, so
//! that forward Euler gives its own recurrences back. Where such a quotient is the same for all
//! neurons, and shorter than every time constant, it is the step.

use nirc_dialects::{finding::Finding, ir::DenseTensor, nir::Op};

use super::{IntegratorRate, NirToCt, TauUnit, flatten::Flat};
use crate::{Lowering, Parameter};

/// Where the step of an integrator comes from.
const RATE: &str = "r*dt";

/// Quotients that differ by less than this, relatively, are one step.
const AGREEMENT: f64 = 1e-3;

/// A quotient as near as this to a number of six digits is that number in single precision.
const SINGLE_PRECISION: f64 = 1e-6;

/// The step in seconds; `None` after an error finding.
pub(super) fn settle(
    graph: &Flat<'_>,
    options: &NirToCt,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<Option<f64>, Finding> {
    let suggestion = suggest(graph, options, lowering)?;
    let findings = &mut *lowering.findings;
    const RULE: &str = "the step is known";
    match (options.step, suggestion) {
        (Some(step), Suggestion::One { step: own, from })
            if (own / step - 1.0).abs() > AGREEMENT =>
        {
            findings.push(
                Finding::warning("nir-step", RULE, format!("the step is {step:e} s by option; {from} = 1 gives {own:e} s"))
                    .why("the file's factors were made for another step, so its weights act with another strength")
                    .fix(match from {
                        RATE => format!("use --dt {own:e}, or --integrator-rate step if v grows by r x in each step"),
                        _ => format!("use --dt {own:e} unless the model is meant to run at another step"),
                    }),
            );
            Ok(Some(step))
        }
        (Some(step), _) => Ok(Some(step)),
        (None, Suggestion::One { step, from }) => {
            findings.push(
                Finding::warning("nir-step", RULE, format!("the step is {step:e} s: {from} = 1 gives it for every neuron"))
                    .why("NIR has no field for the step; exporters of discrete-time frameworks fold it into these factors")
                    .fix(format!("settle it with --dt {step:e}")),
            );
            Ok(Some(step))
        }
        (None, Suggestion::None) if let Some(step) = options.fallback_step => {
            findings.push(
                Finding::warning(
                    "nir-step",
                    RULE,
                    format!("the step is {step:e} s, the default of the convention"),
                )
                .why("the file does not say its step, and its factors give none")
                .fix(format!("settle it with --dt {step:e}")),
            );
            Ok(Some(step))
        }
        (None, Suggestion::None) => {
            findings.push(
                Finding::error(
                    "nir-step-missing",
                    RULE,
                    "the file does not say its step, and its factors give none",
                )
                .why("decay and gain per step follow from it")
                .fix("give the step that the model was trained with, in seconds: --dt 1e-4"),
            );
            Ok(None)
        }
        (None, Suggestion::Several(text)) => {
            findings.push(
                Finding::error(
                    "nir-step-ambiguous",
                    RULE,
                    format!("the file's factors give several steps: {text}"),
                )
                .why("decay and gain per step follow from it")
                .fix("give the step that the model was trained with, in seconds: --dt 1e-4"),
            );
            Ok(None)
        }
    }
}

enum Suggestion {
    None,
    One { step: f64, from: &'static str },
    Several(String),
}

/// The quotients of one kind over all neurons.
struct Quotients {
    from: &'static str,
    low: f64,
    high: f64,
    /// Whether each is shorter than its time constant.
    shorter: bool,
}

impl Quotients {
    const fn new(from: &'static str) -> Self {
        Self {
            from,
            low: f64::INFINITY,
            high: 0.0,
            shorter: true,
        }
    }

    fn add(&mut self, tau: Option<&Parameter>, gain: &Parameter) {
        let count = gain.values().len().max(tau.map_or(1, |t| t.values().len()));
        for n in 0..count {
            let tau = tau.map(|t| t.get(n));
            let quotient = tau.unwrap_or(1.0) / gain.get(n);
            self.low = self.low.min(quotient);
            self.high = self.high.max(quotient);
            // A quotient equal to the time constant is a gain of 1 that says nothing of the step.
            self.shorter &=
                quotient.is_finite() && quotient > 0.0 && tau.is_none_or(|t| quotient < 0.999 * t);
        }
    }

    fn agree(&self) -> bool {
        self.shorter && self.high > 0.0 && self.high <= self.low * (1.0 + AGREEMENT)
    }
}

fn suggest(
    graph: &Flat<'_>,
    options: &NirToCt,
    lowering: &Lowering<'_, '_, '_>,
) -> Result<Suggestion, Finding> {
    let mut synapse = Quotients::new("w_in*dt/tau_syn");
    let mut membrane = Quotients::new("r*dt/tau_mem");
    let mut integrator = Quotients::new(RATE);
    for node in &graph.nodes {
        let read = |tensor: DenseTensor<'_>| {
            Parameter::read(lowering.tensors, tensor).map_err(|finding| finding.at(&node.path))
        };
        match node.op {
            Op::CubaLi {
                tau_syn,
                tau_mem,
                r,
                w_in,
                ..
            }
            | Op::CubaLif {
                tau_syn,
                tau_mem,
                r,
                w_in,
                ..
            } => {
                if let Some(w_in) = w_in {
                    synapse.add(Some(&read(tau_syn)?), &read(w_in)?);
                }
                membrane.add(Some(&read(tau_mem)?), &read(r)?);
            }
            Op::Li { tau, r, .. } | Op::Lif { tau, r, .. } => {
                membrane.add(Some(&read(tau)?), &read(r)?)
            }
            Op::I { r, .. } | Op::If { r, .. }
                if options.integrator_rate == IntegratorRate::Second =>
            {
                integrator.add(None, &read(r)?)
            }
            _ => {}
        }
    }
    let unit = match options.tau_unit {
        TauUnit::Seconds => 1.0,
        TauUnit::Milliseconds => 1e-3,
        // The step cannot be read off quotients of numbers of steps.
        TauUnit::Steps => return Ok(Suggestion::None),
    };
    let mut found: Vec<(f64, &'static str)> = Vec::new();
    for quotients in [synapse, membrane, integrator] {
        if quotients.agree() {
            found.push((rounded(quotients.low) * unit, quotients.from));
        }
    }
    Ok(match found.as_slice() {
        [] => Suggestion::None,
        [(step, from), rest @ ..]
            if rest
                .iter()
                .all(|(other, _)| (other / step - 1.0).abs() <= AGREEMENT) =>
        {
            Suggestion::One { step: *step, from }
        }
        several => {
            let texts: Vec<_> = several
                .iter()
                .map(|(step, from)| format!("{from} = 1 gives {step:e} s"))
                .collect();
            Suggestion::Several(texts.join(", "))
        }
    })
}

/// `quotient`, freed of the noise of single precision.
fn rounded(quotient: f64) -> f64 {
    let short: f64 = format!("{quotient:.5e}").parse().unwrap_or(quotient);
    if (short / quotient - 1.0).abs() < SINGLE_PRECISION {
        short
    } else {
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_noise_is_removed() {
        assert_eq!(rounded(f64::from(1e-4f32)), 1e-4);
        assert_eq!(rounded(1.234_567_8e-4), 1.234_567_8e-4);
    }

    #[test]
    fn quotients_agree_only_if_all_do() {
        let mut q = Quotients::new("r*dt/tau_mem");
        q.add(
            Some(&Parameter::each(vec![1e-3, 2e-3])),
            &Parameter::each(vec![10.0, 20.0]),
        );
        assert!(q.agree());
        q.add(Some(&Parameter::uniform(1e-3)), &Parameter::uniform(5.0));
        assert!(!q.agree());
    }

    #[test]
    fn a_gain_of_one_says_nothing_of_the_step() {
        let mut q = Quotients::new("r*dt/tau_mem");
        q.add(Some(&Parameter::uniform(2.5e-3)), &Parameter::uniform(1.0));
        assert!(!q.agree());
    }
}
