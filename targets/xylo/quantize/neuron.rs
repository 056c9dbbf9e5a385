//! What a `dt.neuron` is on Xylo: decay shifts, and the factors that make its weights act alike.
//!
//! The chip adds events before the synaptic current decays:
//! `I' = a (I + W s)`, `V' = b V + I'`, with `a = 1 - 2^-dash_syn` and `b = 1 - 2^-dash_mem`. The
//! model's event of weight w gives the membrane `k g w alpha^n` after n steps (forward Euler), the
//! chip's `W a^(n+1)`. With `alpha = a` both are equal for `W = k g w / a`.

use nirc_dialects::{
    dt::{Compare, Integration, MembraneReads, Op, Reset, ResetTiming},
    finding::{Finding, Findings},
    ir::DenseTensor,
};
use nirc_passes::{Lowering, Parameter, QuantizeOptions, round_half_even};

use super::network::Population;
use crate::xylo::chip::{Chip, MAX_HIDDEN_EVENTS};

/// A population in the units of its own membrane potential, one entry for each neuron.
pub struct Analysed {
    /// What one unit of weight adds to the chip's synaptic current.
    pub gain: Vec<f64>,
    /// Decay shift of the synaptic current.
    pub dash_syn: Vec<i16>,
    /// Decay shift of the membrane.
    pub dash_mem: Vec<i16>,
    /// Threshold.
    pub threshold: Vec<f64>,
    /// Whether the threshold must be exceeded; the chip spikes where it is reached.
    pub strict: bool,
    /// What is added to the membrane in each step.
    pub bias: Vec<f64>,
    /// The largest difference between a decay factor of the model and of the chip.
    pub decay_error: f64,
}

/// Decay factors that are this near, relative to their distance from 1, are called equal.
const SAME_DECAY: f64 = 1e-3;

/// The analysis of `population`; `None` after an error finding.
pub fn analyse(
    population: &Population<'_>,
    chip: &Chip,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<Option<Analysed>, Finding> {
    let Op::Neuron {
        integration,
        alpha,
        input_gain,
        beta,
        current_gain,
        input_to_membrane,
        leak,
        v_threshold,
        v_reset: _,
        membrane_reads,
        compare,
        reset,
        reset_timing,
        max_spikes,
    } = &population.neuron
    else {
        return Ok(None);
    };
    let name = population.name.as_str();
    let count = population.count();
    let read = |lowering: &Lowering<'_, '_, '_>, tensor: &Option<DenseTensor<'_>>| {
        tensor
            .map(|t| Parameter::read(lowering.tensors, t))
            .transpose()
    };
    let one = || Parameter::uniform(1.0);
    let alpha = read(lowering, alpha)?;
    let input_gain = read(lowering, input_gain)?.unwrap_or_else(one);
    let beta = read(lowering, beta)?;
    let current_gain = read(lowering, current_gain)?;
    let direct = read(lowering, input_to_membrane)?;
    let leak = read(lowering, leak)?;
    let threshold = read(lowering, v_threshold)?;
    let errors_before = error_count(lowering.findings);

    let findings = &mut *lowering.findings;
    let (Some(threshold), Some(beta), Some(current_gain)) = (threshold, beta, current_gain) else {
        findings.push(
            Finding::error(
                "xylo-neuron",
                "every neuron has a membrane and a threshold",
                "this one has none, so it does not spike or keeps nothing",
            )
            .at(name)
            .why("all neurons of the chip are leaky integrate-and-fire neurons")
            .fix("use LIF or CubaLIF layers; a readout's membrane can be read from the chip in debug mode"),
        );
        return Ok(None);
    };
    check_reset(name, *reset, *reset_timing, options, &beta, findings);
    check_spike_count(name, *max_spikes, population.is_readout, findings);

    let alpha = match alpha {
        Some(alpha) => alpha,
        None if options.approximate_synapse => {
            findings.push(
                Finding::warning(
                    "xylo-synapse-approximated",
                    "every neuron has a synaptic current that decays",
                    "this one has none and gets a decay of 1/2 a step, as asked",
                )
                .at(name)
                .why("an event then acts over several steps, with the same sum"),
            );
            // The sum over all steps is kept: a / (1 - a) = 1 for a = 1/2.
            return Ok(Some(without_synapse(
                count,
                &input_gain.zip(&current_gain, |g, k| g * k),
                &beta,
                &threshold,
                *compare,
                leak,
                population,
                chip,
                findings,
            )));
        }
        None => {
            findings.push(
                Finding::error(
                    "xylo-synapse",
                    "every neuron has a synaptic current that decays",
                    "this one adds its input to the membrane directly",
                )
                .at(name)
                .why("on the chip the synaptic current decays before the membrane adds it, and without memory (dash 0) nothing would arrive")
                .fix("use CubaLIF layers, or allow a synaptic decay of 1/2 a step with --approximate synapse"),
            );
            return Ok(None);
        }
    };
    let (mut dash_syn, mut dash_mem) = (Vec::new(), Vec::new());
    let (mut gain, mut bias, mut decay_error, mut transient) = (Vec::new(), Vec::new(), 0f64, 0f64);
    for n in 0..count {
        let syn = dash(alpha.get(n), 1);
        let mem = dash(beta.get(n), 0);
        let a = 1.0 - 0.5f64.powi(i32::from(syn));
        let (alpha, k, g) = (alpha.get(n), current_gain.get(n), input_gain.get(n));
        decay_error = decay_error
            .max((a - alpha).abs())
            .max((1.0 - 0.5f64.powi(i32::from(mem)) - beta.get(n)).abs());
        gain.push(match (integration, membrane_reads) {
            (_, MembraneReads::Updated) => k * g / a,
            // The membrane reads the current of the step before, so an event's tail is
            // k g alpha^(n-1); its head goes to the membrane directly.
            (_, MembraneReads::Previous) => {
                let head = direct.as_ref().map_or(0.0, |d| d.get(n));
                let tail = k * g / (a * a);
                transient = transient.max(((head - tail * a) / (tail * a)).abs());
                tail
            }
        });
        // A constant x settles to a current of g x / (1 - alpha), of which the membrane adds k each
        // step.
        let settled = match membrane_reads {
            MembraneReads::Updated => k * g / (1.0 - alpha),
            MembraneReads::Previous => {
                k * g / (1.0 - alpha) + direct.as_ref().map_or(0.0, |d| d.get(n))
            }
        };
        let constant = population.bias[n];
        bias.push(
            if constant == 0.0 {
                0.0
            } else {
                settled * constant
            } + leak.as_ref().map_or(0.0, |l| l.get(n)),
        );
        dash_syn.push(syn);
        dash_mem.push(mem);
    }
    if *integration == Integration::Exact && transient > 0.0 {
        findings.push(
            Finding::warning(
                "xylo-exact-head",
                "an event's first step is the model's",
                format!("the first step of an event differs by up to {:.0} %; the rest agrees", transient * 100.0),
            )
            .at(name)
            .why("with exact integration a part of the input reaches the membrane directly, which the chip has no path for"),
        );
    }
    if population.bias.iter().any(|b| *b != 0.0) {
        let slowest = alpha.values().iter().copied().fold(0.0, f64::max);
        findings.push(
            Finding::warning(
                "xylo-bias-folded",
                "a bias acts as in the model",
                format!(
                    "the bias of the layer's input is added to the membrane, with its settled strength; the current that the model builds up within {:.0} steps is there at once",
                    (1.0 / (1.0 - slowest)).ceil()
                ),
            )
            .at(name)
            .why("the chip adds biases to the membrane only"),
        );
    }
    report_decays(
        name,
        &alpha,
        &beta,
        &dash_syn,
        &dash_mem,
        decay_error,
        findings,
    );
    if error_count(findings) > errors_before {
        return Ok(None);
    }
    Ok(Some(Analysed {
        gain,
        dash_syn,
        dash_mem,
        threshold: (0..count).map(|n| threshold.get(n)).collect(),
        strict: *compare == Compare::Greater,
        bias,
        decay_error,
    }))
}

fn error_count(findings: &Findings) -> usize {
    findings.count(nirc_dialects::finding::Severity::Error)
}

/// A neuron without synaptic filter, with dash_syn = 1.
#[expect(
    clippy::too_many_arguments,
    reason = "one call site; the fields of one neuron"
)]
fn without_synapse(
    count: usize,
    gain: &Parameter,
    beta: &Parameter,
    threshold: &Parameter,
    compare: Compare,
    leak: Option<Parameter>,
    population: &Population<'_>,
    _chip: &Chip,
    findings: &mut Findings,
) -> Analysed {
    let dash_mem: Vec<i16> = (0..count).map(|n| dash(beta.get(n), 0)).collect();
    let decay_error = (0..count)
        .map(|n| (1.0 - 0.5f64.powi(i32::from(dash_mem[n])) - beta.get(n)).abs())
        .fold(0.0, f64::max);
    report_decays(
        &population.name,
        &Parameter::uniform(0.5),
        beta,
        &vec![1; count],
        &dash_mem,
        decay_error,
        findings,
    );
    Analysed {
        gain: (0..count).map(|n| gain.get(n)).collect(),
        dash_syn: vec![1; count],
        dash_mem,
        threshold: (0..count).map(|n| threshold.get(n)).collect(),
        strict: compare == Compare::Greater,
        bias: (0..count)
            .map(|n| gain.get(n) * population.bias[n] + leak.as_ref().map_or(0.0, |l| l.get(n)))
            .collect(),
        decay_error,
    }
}

/// The shift whose decay factor 1 - 2^-dash is nearest in rate: -log2(1 - decay), at least `least`.
fn dash(decay: f64, least: i16) -> i16 {
    let exact = -(1.0 - decay).log2();
    if exact.is_nan() {
        15
    } else {
        round_half_even(exact).clamp(f64::from(least), 15.0) as i16
    }
}

fn check_reset(
    name: &str,
    reset: Reset,
    timing: ResetTiming,
    options: &QuantizeOptions,
    beta: &Parameter,
    findings: &mut Findings,
) {
    const RULE: &str = "a spike lowers the membrane potential by the threshold";
    match reset {
        Reset::Subtract if timing == ResetTiming::NextStep => {
            let fastest = beta.values().iter().copied().fold(1.0, f64::min);
            findings.push(
                Finding::warning(
                    "xylo-reset-timing",
                    RULE,
                    format!(
                        "the model subtracts it one step later, after decay; on the chip the reset is up to {:.1} % smaller in effect",
                        (1.0 - fastest) * 100.0
                    ),
                )
                .at(name)
                .why("the chip subtracts the threshold in the step of the spike"),
            );
        }
        Reset::Subtract => {}
        Reset::Value if options.approximate_reset => findings.push(
            Finding::warning("xylo-reset-approximated", RULE, "the model resets to a value; the chip subtracts, as asked")
                .at(name)
                .why("what exceeds the threshold is kept, so the chip fires more"),
        ),
        Reset::Value => findings.push(
            Finding::error("xylo-reset", RULE, "the model resets to a value")
                .at(name)
                .why("the chip has no other reset than subtraction, so it would fire more")
                .fix("train with reset by subtraction, or accept the difference with --approximate reset"),
        ),
        Reset::None => findings.push(
            Finding::error("xylo-reset", RULE, "the model has no reset")
                .at(name)
                .why("the chip always subtracts the threshold"),
        ),
    }
}

fn check_spike_count(name: &str, max_spikes: i64, is_readout: bool, findings: &mut Findings) {
    const RULE: &str = "a neuron spikes as often in a step as in the model";
    if is_readout && max_spikes > 1 {
        findings.push(
            Finding::warning(
                "xylo-readout-spikes",
                RULE,
                "readout neurons of the chip spike once in a step at most",
            )
            .at(name),
        );
    } else if !is_readout && max_spikes < i64::from(MAX_HIDDEN_EVENTS) {
        findings.push(
            Finding::note(
                "xylo-multiple-spikes",
                RULE,
                format!("the model has {max_spikes} at most; hidden neurons of the chip have up to {MAX_HIDDEN_EVENTS}"),
            )
            .at(name)
            .why("it differs where the membrane potential reaches twice the threshold"),
        );
    }
}

fn report_decays(
    name: &str,
    alpha: &Parameter,
    beta: &Parameter,
    dash_syn: &[i16],
    dash_mem: &[i16],
    decay_error: f64,
    findings: &mut Findings,
) {
    let worst = |model: &Parameter, dashes: &[i16]| {
        dashes
            .iter()
            .enumerate()
            .map(|(n, dash)| (model.get(n), 1.0 - 0.5f64.powi(i32::from(*dash))))
            .max_by(|a, b| rate_error(*a).total_cmp(&rate_error(*b)))
    };
    for (what, model, dashes) in [("synaptic", alpha, dash_syn), ("membrane", beta, dash_mem)] {
        let Some(pair) = worst(model, dashes) else {
            continue;
        };
        if rate_error(pair) <= SAME_DECAY {
            continue;
        }
        findings.push(
            Finding::warning(
                "xylo-decay",
                "decay factors are of the form 1 - 2^-n",
                format!(
                    "the {what} decay is {:.4} in the model and {:.4} on the chip",
                    pair.0, pair.1
                ),
            )
            .at(name)
            .why(format!(
                "the chip decays by shifting; the largest error of a factor is {decay_error:.4}"
            ))
            .fix("train with decays of this form, e.g. 0.75, 0.875, 0.9375"),
        );
    }
}

/// How much the rates 1 - decay differ, relatively.
fn rate_error((model, chip): (f64, f64)) -> f64 {
    let rate = (1.0 - model).max(f64::MIN_POSITIVE);
    ((model - chip) / rate).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dash_comes_from_the_true_decay_factor() {
        let cases = [
            (0.5, 1),
            (0.75, 2),
            (0.9375, 4),
            (0.55, 1),
            (0.6, 1),
            (0.0, 0),
            (1.0, 15),
        ];
        for (decay, expected) in cases {
            assert_eq!(dash(decay, 0), expected, "{decay}");
        }
        // tau / dt = 2.5, exact: rockpool's log2(tau / dt) gives 1.
        assert_eq!(dash((-1.0f64 / 2.5).exp(), 0), 2);
        assert_eq!(dash(0.0, 1), 1);
    }
}
