//! What a `dt.neuron` is on Xylo: decay shifts, and the factors that make its weights act alike.
//!
//! The chip adds events before the synaptic current decays:
//! `I' = a (I + W s)`, `V' = b V + I'`, with `a = 1 - 2^-dash_syn` and `b = 1 - 2^-dash_mem`. The
//! model's event of weight w gives the membrane `k g w alpha^n` after n steps (forward Euler), the
//! chip's `W a^(n+1)`. With `alpha = a` both are equal for `W = k g w / a`.

use nirc_dialects::{
    dt::{Compare, Integration, Op, Reads},
    finding::{Finding, Findings, Severity},
    ir::DenseTensor,
};
use nirc_passes::{Approximation, Lowering, Parameter, QuantizeOptions, Quantizer};

use super::{
    check,
    decay::{self, Rule},
    network::Population,
};
use crate::xylo::chip::Chip;

/// A population in the units of its own membrane potential, one entry for each neuron.
pub struct Analysed {
    /// What one unit of weight adds to the chip's synaptic current.
    pub gain: Vec<f64>,
    /// Decay shift of the synaptic current.
    pub dash_syn: Vec<i16>,
    /// Decay shift of the membrane.
    pub dash_mem: Vec<i16>,
    /// Threshold, more than 0.
    pub threshold: Vec<f64>,
    /// Whether the threshold must be exceeded; the chip spikes where it is reached.
    pub strict: bool,
    /// What is added to the membrane in each step.
    pub bias: Vec<f64>,
    /// The largest difference between a decay factor of the model and of the chip.
    pub decay_error: f64,
}

/// The first step of an event may differ by this part without a warning.
const SAME_HEAD: f64 = 1e-3;

/// The parameters of a `dt.neuron` that has a membrane, a threshold and, as far as asked for, a synaptic
/// filter.
struct Model {
    integration: Integration,
    membrane_reads: Reads,
    /// Without a synaptic filter: none.
    alpha: Option<Parameter>,
    input_gain: Parameter,
    beta: Parameter,
    current_gain: Parameter,
    direct: Parameter,
    leak: Parameter,
}

/// The analysis of `population` for one of our quantisers or one of rockpool's, which does without
/// gains and biases; `None` after an error finding. The numbers of the first `count` neurons are
/// computed.
pub fn analyse(
    population: &Population<'_>,
    count: usize,
    chip: &Chip,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Option<Analysed> {
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
        v_initial,
        v_min,
        membrane_reads,
        comparison_reads: _,
        compare,
        reset,
        reset_timing,
        max_spikes,
    } = &population.neuron
    else {
        return None;
    };
    let name = population.name.as_str();
    let errors_before = error_count(lowering.findings);
    let read = |tensor: &Option<DenseTensor<'_>>, lowering: &mut Lowering<'_, '_, '_>| {
        match Parameter::read(lowering.tensors, (*tensor)?) {
            Ok(parameter) => Some(parameter),
            Err(finding) => {
                lowering.findings.push(finding.at(name));
                None
            }
        }
    };
    let alpha = read(alpha, lowering);
    let input_gain = read(input_gain, lowering);
    let beta = read(beta, lowering);
    let current_gain = read(current_gain, lowering);
    let direct = read(input_to_membrane, lowering);
    let leak = read(leak, lowering);
    let threshold = read(v_threshold, lowering);
    let findings = &mut *lowering.findings;
    if error_count(findings) > errors_before {
        return None;
    }
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
        return None;
    };
    let model = Model {
        integration: *integration,
        membrane_reads: *membrane_reads,
        alpha,
        input_gain: input_gain.unwrap_or_else(|| Parameter::uniform(1.0)),
        beta,
        current_gain,
        direct: direct.unwrap_or_else(|| Parameter::uniform(0.0)),
        leak: leak.unwrap_or_else(|| Parameter::uniform(0.0)),
    };
    check::lower_bound(name, v_min.is_some(), findings);
    check::initial(name, v_initial.is_some(), findings);
    check::reset(name, *reset, *reset_timing, options, &model.beta, findings);
    check::spike_count(name, *max_spikes, population.is_readout, findings);
    check::threshold(name, &threshold, findings);
    check::decay(name, "membrane", &model.beta, findings);
    match &model.alpha {
        Some(alpha) => check::decay(name, "synaptic", alpha, findings),
        None => synapse_absent(name, options, findings),
    }
    if error_count(findings) > errors_before {
        return None;
    }
    let rule = Rule::of(options.quantizer, model.integration);
    // Without synaptic filter, the shortest that the chip has.
    let alpha = model.alpha.clone().unwrap_or(Parameter::uniform(0.5));
    let dash_syn: Vec<i16> = (0..count).map(|n| rule.synaptic(alpha.get(n))).collect();
    let dash_mem: Vec<i16> = (0..count)
        .map(|n| rule.membrane(model.beta.get(n)))
        .collect();
    decay::report(name, "synaptic", &alpha, &dash_syn, findings);
    decay::report(name, "membrane", &model.beta, &dash_mem, findings);
    let (gain, bias) = match options.quantizer {
        Quantizer::RockpoolChannel | Quantizer::RockpoolGlobal => {
            (vec![1.0; count], vec![0.0; count])
        }
        _ => {
            let bias = model.biases(population, count, findings);
            check::bias_absent(name, &bias, chip, findings);
            (model.gains(name, &dash_syn, findings), bias)
        }
    };
    let decay_error = decay::error(&model.beta, &dash_mem);
    (error_count(findings) == errors_before).then(|| Analysed {
        gain,
        decay_error: match model.alpha {
            Some(_) => decay_error.max(decay::error(&alpha, &dash_syn)),
            None => decay_error,
        },
        dash_syn,
        dash_mem,
        threshold: (0..count).map(|n| threshold.get(n)).collect(),
        strict: *compare == Compare::Greater,
        bias,
    })
}

fn error_count(findings: &Findings) -> usize {
    findings.count(Severity::Error)
}

fn synapse_absent(name: &str, options: &QuantizeOptions, findings: &mut Findings) {
    const RULE: &str = "every neuron has a synaptic current that decays";
    let finding = if options.approximate.allow(Approximation::Synapse) {
        Finding::warning(
            "xylo-synapse-approximated",
            RULE,
            "this one has none and gets a decay of 1/2 a step, as asked",
        )
        .why("an event then acts over several steps, with the same sum")
    } else {
        Finding::error(
            "xylo-synapse",
            RULE,
            "this one adds its input to the membrane directly",
        )
        .why("on the chip the synaptic current decays before the membrane adds it, and without memory (dash 0) nothing would arrive")
        .fix("use CubaLIF layers, or allow a synaptic decay of 1/2 a step with --approximate synapse")
    };
    findings.push(finding.at(name));
}

impl Model {
    /// What one unit of weight adds to the chip's synaptic current.
    fn gains(&self, name: &str, dash_syn: &[i16], findings: &mut Findings) -> Vec<f64> {
        let mut head_error = 0f64;
        let mut gain = Vec::with_capacity(dash_syn.len());
        for (n, dash) in dash_syn.iter().enumerate() {
            let a = decay::factor(*dash);
            let event = self.current_gain.get(n) * self.input_gain.get(n);
            let direct = self.direct.get(n);
            if self.alpha.is_none() {
                // The sum over all steps is kept: a / (1 - a) = 1 for a = 1/2.
                gain.push(event + direct);
                continue;
            }
            let (tail, head) = match self.membrane_reads {
                Reads::Updated => (event / a, event + direct),
                // The membrane reads the current of the step before, so an event's tail is
                // k g alpha^(n-1); its head goes to the membrane directly.
                Reads::Previous => (event / (a * a), direct),
            };
            let difference = (head - tail * a).abs();
            if difference > 0.0 {
                head_error = head_error.max(difference / (tail * a).abs());
            }
            gain.push(tail);
        }
        if head_error > SAME_HEAD {
            findings.push(
                Finding::warning(
                    "xylo-exact-head",
                    "an event's first step is the model's",
                    format!(
                        "the first step of an event differs by up to {:.0} %; the rest agrees",
                        head_error * 100.0
                    ),
                )
                .at(name)
                .why("with exact integration, or where the membrane reads the current of the step before, a part of the input reaches the membrane on a path that the chip has not"),
            );
        }
        gain
    }

    /// What is added to the membrane in each step: the leak, and the bias of the input.
    fn biases(
        &self,
        population: &Population<'_>,
        count: usize,
        findings: &mut Findings,
    ) -> Vec<f64> {
        let folded = population.bias.iter().any(|b| *b != 0.0);
        if let (true, Some(alpha)) = (folded, &self.alpha) {
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
                .at(&population.name)
                .why("the chip adds biases to the membrane only"),
            );
        }
        (0..count)
            .map(|n| match population.bias.get(n) {
                None | Some(0.0) => self.leak.get(n),
                // A constant x settles to a current of g x / (1 - alpha), of which the membrane adds
                // k each step.
                Some(constant) => {
                    let kept = self.alpha.as_ref().map_or(1.0, |alpha| 1.0 - alpha.get(n));
                    let settled = self.current_gain.get(n) * self.input_gain.get(n) / kept;
                    (settled + self.direct.get(n)) * constant + self.leak.get(n)
                }
            })
            .collect()
    }
}
