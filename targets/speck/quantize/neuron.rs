//! What a `dt.neuron` is on Speck: an integrator with a threshold.
//!
//! The chip's neuron adds a weight for each event, `v += w`, spikes where `v >= threshold`, and is bounded
//! below. The model's is `i = alpha i + input_gain x`, `v = beta v + current_gain i + input_to_membrane x +
//! leak`. Both are the same without alpha and with beta 1; then an input of x adds `(current_gain
//! input_gain + input_to_membrane) x`.

use nirc_dialects::{
    dt::{Compare, Op, Reset, ResetTiming},
    finding::{Finding, Findings, Severity},
    ir::DenseTensor,
};
use nirc_passes::{Approximation, Lowering, Parameter, QuantizeOptions};

use super::{map::by_channel, network::Population};

/// A population in the units of its own membrane potential.
pub struct Analysed {
    /// What one unit of input adds to the membrane, for each channel.
    pub gain: Parameter,
    /// For each channel, more than 0.
    pub threshold: Parameter,
    /// Whether a spike sets the potential to 0.
    pub to_zero: bool,
    /// Whether the threshold must be exceeded; the chip spikes where it is reached.
    pub strict: bool,
    /// Added to the membrane in each step, for each channel.
    pub leak: Parameter,
    /// The bound below, for each channel, if there is one.
    pub low: Option<Parameter>,
}

/// The rules that an approximation can bend, as findings speak of them.
const SHORTEST_CLOCK: f64 = 1e-4;
const LONGEST_CLOCK: f64 = 0.1;

/// The analysis of `population`; `None` after an error finding.
pub fn analyse(
    population: &Population<'_>,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Option<Analysed> {
    let Op::Neuron {
        integration: _,
        alpha,
        input_gain,
        beta,
        current_gain,
        input_to_membrane,
        leak,
        v_threshold,
        v_reset,
        v_initial,
        v_min,
        membrane_reads: _,
        comparison_reads: _,
        compare,
        reset,
        reset_timing,
        max_spikes: _,
    } = &population.neuron
    else {
        return None;
    };
    let name = population.name.as_str();
    let before = errors(lowering.findings);
    let mut read = |tensor: &Option<DenseTensor<'_>>| match tensor.as_ref() {
        None => None,
        Some(tensor) => match Parameter::read(lowering.tensors, *tensor) {
            Ok(parameter) => Some(parameter),
            Err(finding) => {
                lowering.findings.push(finding.at(name));
                None
            }
        },
    };
    let [
        alpha,
        input_gain,
        beta,
        current_gain,
        direct,
        leak,
        threshold,
        v_reset,
        initial,
        low,
    ] = [
        alpha,
        input_gain,
        beta,
        current_gain,
        input_to_membrane,
        leak,
        v_threshold,
        v_reset,
        v_initial,
        v_min,
    ]
    .map(&mut read);
    let findings = &mut *lowering.findings;
    let (Some(threshold), Some(reset)) = (threshold, spikes(*reset)) else {
        findings.push(
            Finding::error(
                "speck-neuron",
                "every neuron spikes and is reset",
                "this one has no threshold or no reset",
            )
            .at(name)
            .why("only spikes leave a core, and a spike resets the neuron")
            .fix("use IF layers"),
        );
        return None;
    };
    if alpha.is_some() {
        findings.push(
            Finding::error(
                "speck-synapse",
                "a neuron has no synaptic current",
                "this one has one, which decays",
            )
            .at(name)
            .why("a core keeps a membrane potential for each neuron and nothing else")
            .fix("train with IF neurons"),
        );
    }
    let one = Parameter::uniform(1.0);
    let beta = beta.unwrap_or_else(|| one.clone());
    let leak = leak.unwrap_or_else(|| Parameter::uniform(0.0));
    let leak = check_leak(name, &beta, leak, options, findings);
    check_threshold(name, &threshold, findings);
    if initial.is_some_and(|initial| !initial.is_zero()) {
        findings.push(
            Finding::error(
                "speck-initial",
                "a potential begins at 0",
                "this one begins at another value",
            )
            .at(name)
            .why("level `quant` has no potential to begin with")
            .fix("use --initial zero"),
        );
    }
    let to_zero = check_reset(
        name,
        reset,
        *reset_timing,
        v_reset.as_ref(),
        options,
        findings,
    );
    let gain = input_gain
        .unwrap_or_else(|| one.clone())
        .zip(&current_gain.unwrap_or(one), |a, b| a * b);
    let gain = gain.zip(
        &direct.unwrap_or_else(|| Parameter::uniform(0.0)),
        |a, b| a + b,
    );
    let mut channel = |what: &str, values: Parameter, rule: PerChannel| {
        let found = by_channel(&values, population.map);
        if found.is_none() {
            findings.push(rule.finding(what).at(name));
        }
        found
    };
    let gain = channel("r or the gain", gain, GAIN);
    let threshold = channel("v_threshold", threshold, THRESHOLD);
    let leak = channel("the leak or bias", leak, BIAS);
    let low = low.map(|low| channel("the lower bound", low, LOW));
    if errors(findings) > before {
        return None;
    }
    Some(Analysed {
        gain: gain?,
        threshold: threshold?,
        to_zero,
        strict: *compare == Compare::Greater,
        leak: leak?,
        low: match low {
            Some(low) => Some(low?),
            None => None,
        },
    })
}

fn errors(findings: &Findings) -> usize {
    findings.count(Severity::Error)
}

/// The reset of a neuron that has one.
fn spikes(reset: Reset) -> Option<Reset> {
    (reset != Reset::None).then_some(reset)
}

/// A parameter of which a core has one for each channel.
#[derive(Clone, Copy)]
struct PerChannel {
    code: &'static str,
    rule: &'static str,
    why: &'static str,
    fix: &'static str,
}

const GAIN: PerChannel = PerChannel {
    code: "speck-position-gain",
    rule: "the neurons of a channel have one gain",
    why: "a channel has one kernel, into which its gain goes",
    fix: "use one r for each channel",
};
const THRESHOLD: PerChannel = PerChannel {
    code: "speck-position-threshold",
    rule: "the neurons of a channel have one threshold",
    why: "a core has one threshold; one for each channel goes into its weights, one for each place cannot",
    fix: "train with one threshold for each channel",
};
/// Of biases; also for what reaches a population as a constant.
const BIAS: PerChannel = PerChannel {
    code: "speck-position-bias",
    rule: "the neurons of a channel have one bias",
    why: "a core has one bias for each channel, added in leak ticks",
    fix: "train with one bias for each channel",
};
const LOW: PerChannel = PerChannel {
    code: "speck-position-low",
    rule: "the neurons of a channel have one lower bound",
    why: "a core has one lower bound",
    fix: "use one lower bound for each layer",
};

impl PerChannel {
    fn finding(self, what: &str) -> Finding {
        Finding::error(
            self.code,
            self.rule,
            format!("{what} differs between the places of a channel"),
        )
        .why(self.why)
        .fix(self.fix)
    }
}

/// The finding for a constant that differs within a channel.
pub fn position_bias() -> Finding {
    BIAS.finding("the bias")
}

/// A neuron that keeps its potential, or one that may be taken for it. Returns what is added in a step.
fn check_leak(
    name: &str,
    beta: &Parameter,
    leak: Parameter,
    options: &QuantizeOptions,
    findings: &mut Findings,
) -> Parameter {
    const RULE: &str = "a neuron's potential does not decay";
    let worst = beta.values().iter().copied().fold(1.0, |worst: f64, beta| {
        if (1.0 - beta).abs() > (1.0 - worst).abs() {
            beta
        } else {
            worst
        }
    });
    if worst == 1.0 {
        return leak;
    }
    let what = format!("this one keeps {worst} of it in a step");
    if !options.approximate.allow(Approximation::Leak) {
        findings.push(
            Finding::error("speck-leak", RULE, what)
                .at(name)
                .why("a leak tick of the chip adds a bias; it takes no part of the potential")
                .fix(
                    "train with IF neurons, or keep the potential as it is with --approximate leak",
                ),
        );
        return leak;
    }
    if !leak.is_zero() {
        findings.push(
            Finding::error(
                "speck-leak-to-value",
                "a neuron without decay has no potential to decay to",
                "this one decays to a potential other than 0, which cannot be left out",
            )
            .at(name)
            .why("added without decay it would grow without bound")
            .fix("train with v_leak 0"),
        );
    }
    let percent = 100.0 * (1.0 - worst);
    let half = (0.5_f64).ln() / worst.abs().max(f64::MIN_POSITIVE).ln();
    findings.push(
        Finding::warning("speck-leak-approximated", RULE, what)
            .at(name)
            .why(format!(
                "the chip keeps all of it, as asked: in each step up to {percent:.3} % of the potential is \
                 kept that the model loses, half of it in {half:.1} steps"
            ))
            .fix("train with IF neurons"),
    );
    Parameter::uniform(0.0)
}

fn check_threshold(name: &str, threshold: &Parameter, findings: &mut Findings) {
    if let Some(wrong) = threshold.values().iter().find(|t| **t < f64::MIN_POSITIVE) {
        findings.push(
            Finding::error(
                "speck-threshold",
                "a threshold is more than 0",
                format!("v_threshold is {wrong}"),
            )
            .at(name)
            .why("a neuron at rest would spike at every event")
            .fix("train with a positive threshold"),
        );
    }
}

/// Whether a spike sets the potential to 0.
fn check_reset(
    name: &str,
    reset: Reset,
    timing: ResetTiming,
    v_reset: Option<&Parameter>,
    options: &QuantizeOptions,
    findings: &mut Findings,
) -> bool {
    if timing != ResetTiming::SameStep {
        findings.push(
            Finding::warning(
                "speck-reset-timing",
                "a spike resets the potential at once",
                "the model does it in another step",
            )
            .at(name)
            .why("the chip has no steps"),
        );
    }
    if reset == Reset::Subtract {
        return false;
    }
    let value = v_reset.map(|v| v.values().to_vec()).unwrap_or_default();
    let Some(wrong) = value.iter().find(|v| **v != 0.0) else {
        return true;
    };
    const RULE: &str = "a spike sets the potential to 0 or subtracts the threshold";
    let what = format!("it sets the potential to {wrong}");
    findings.push(if options.approximate.allow(Approximation::Reset) {
        Finding::warning("speck-reset-approximated", RULE, what)
            .why("the chip sets it to 0, as asked")
            .at(name)
    } else {
        Finding::error("speck-reset-value", RULE, what)
            .why("a core has no field for another value")
            .fix(
                "count potentials from it: subtract it from v_threshold, v_reset and the potential at the \
                 start, which changes nothing for IF neurons; or set 0 with --approximate reset",
            )
            .at(name)
    });
    true
}

/// The finding for a step that no slow clock of the chip has; `None` if one has, or the step is unknown.
pub fn clock(node: &str, step: Option<f64>) -> Option<Finding> {
    let step = step.filter(|step| !(SHORTEST_CLOCK..=LONGEST_CLOCK).contains(step))?;
    let finding = Finding::warning(
        "speck-leak-clock",
        "a step is a tick of the slow clock",
        format!(
            "there are biases, and a step is {step} s, or {} Hz",
            1.0 / step
        ),
    );
    Some(
        finding
            .at(node)
            .why("the slow clock has 10 Hz to 10 kHz: datasheet, 3.2.6")
            .fix("choose --dt between 1e-4 and 0.1"),
    )
}
