//! What a `dt.neuron` is for the applications: decays, offset and reset, and the factors that make its
//! weights act alike.
//!
//! The chip computes, with p the weighted spikes of a tick and S its units for each unit of v:
//!
//! ```text
//! e = decay e + p                      without decay: e = p
//! V = alpha V + e + i_offset           a spike where V >= threshold
//! ```
//!
//! which is the model with `i = alpha_syn i + g x`, `v = beta v + k i + leak` for W = S k g w, to the
//! rounding of W and of 32-bit floats.

use nirc_dialects::{
    dt::{Compare, Op, Reads, Reset, ResetTiming},
    finding::{Finding, Severity},
};
use nirc_passes::{
    Lowering, Parameter,
    connections::{NeuronParameters, Population},
};

use crate::spinnaker2::application;

/// A population in the units of its own membrane potential; parameters have one value or one for each
/// neuron.
pub struct Analysed {
    /// What one unit of weight adds to the membrane potential, at first.
    pub gain: Parameter,
    /// What the synaptic current keeps in a step, if it keeps anything.
    pub synaptic: Option<Parameter>,
    /// What the membrane keeps in a step.
    pub membrane: Parameter,
    /// Threshold.
    pub threshold: Parameter,
    /// Whether the threshold must be exceeded; the chip spikes where it is reached.
    pub strict: bool,
    /// Added to the membrane in each step.
    pub offset: Parameter,
    /// The potential before the first step.
    pub initial: Parameter,
    /// What a spike does.
    pub reset: application::Reset,
    /// The potential after a spike that resets to a value.
    pub reset_value: Parameter,
    /// Whether input acts a step later than it comes.
    pub is_late: bool,
}

/// The first step of an event may differ by this part without a warning.
const SAME_HEAD: f64 = 1e-3;

/// The analysis of `population`; `None` after an error finding.
pub fn analyse(
    population: &Population<'_>,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Option<Analysed> {
    let Op::Neuron {
        v_min,
        membrane_reads,
        compare,
        reset,
        reset_timing,
        max_spikes,
        ..
    } = &population.neuron
    else {
        return None;
    };
    let name = population.name.as_str();
    let errors = lowering.findings.count(Severity::Error);
    let NeuronParameters {
        alpha: synaptic,
        input_gain,
        has_membrane: _,
        beta: membrane,
        current_gain,
        input_to_membrane: direct,
        leak,
        v_threshold: threshold,
        v_reset: reset_value,
        v_initial: initial,
    } = NeuronParameters::read(&population.neuron, name, lowering)?;
    let findings = &mut *lowering.findings;
    let mut refuse = |finding: Finding| findings.push(finding.at(name));
    let Some(threshold) = threshold else {
        refuse(
            Finding::error(
                "s2-neuron",
                "every neuron has a threshold",
                "this one has none, so it does not spike",
            )
            .why("packets carry spikes and no number; potentials can only be recorded")
            .fix("end the model with a layer of spiking neurons"),
        );
        return None;
    };
    if v_min.is_some() {
        refuse(
            Finding::error(
                "s2-lower-bound",
                "a membrane potential may fall as far as its input takes it",
                "the model has a lower bound, `v_min`",
            )
            .why("the applications have no such bound")
            .fix("lower the model without the bound, or train without it"),
        );
    }
    if *max_spikes != 1 {
        refuse(
            Finding::warning(
                "s2-single-spike",
                "a neuron spikes as often in a step as in the model",
                format!("the model has up to {max_spikes} spikes in a step, the chip one"),
            )
            .why(
                "with a reset by subtraction the rest of the potential is kept for the next ticks",
            ),
        );
    }
    let kind = reset_kind(*reset, *reset_timing, &membrane, &mut refuse);
    check_decay("membrane", &membrane, &mut refuse);
    if let Some(synaptic) = &synaptic {
        check_decay("synaptic", synaptic, &mut refuse);
    }
    let event = current_gain.zip(&input_gain, |k, g| k * g);
    let (gain, is_late) = match (membrane_reads, direct.is_zero(), &synaptic) {
        (Reads::Updated, ..) if synaptic.is_none() => (event.zip(&direct, |a, b| a + b), false),
        (Reads::Updated, true, _) => (event.clone(), false),
        (Reads::Previous, true, _) => (event.clone(), true),
        (Reads::Updated, false, _) => {
            let head = event.zip(&direct, |a, b| a + b);
            report_head(&head, &event, &mut refuse);
            (event.clone(), false)
        }
        (Reads::Previous, false, None) => {
            refuse(head_finding("a spike acts in two steps".to_owned()));
            (event.zip(&direct, |a, b| a + b), false)
        }
        (Reads::Previous, false, Some(alpha)) => {
            // k g alpha^(n - 1) from the second step on.
            let tail = event.zip(alpha, |event, alpha| event / alpha);
            report_head(&direct, &tail, &mut refuse);
            (tail, false)
        }
    };
    let offset = offset(population, &synaptic, &event, &direct, &leak, &mut refuse);
    if findings.count(Severity::Error) > errors {
        return None;
    }
    Some(Analysed {
        gain,
        synaptic,
        membrane,
        threshold,
        strict: *compare == Compare::Greater,
        offset,
        initial,
        reset: kind?,
        reset_value,
        is_late,
    })
}

fn reset_kind(
    reset: Reset,
    timing: ResetTiming,
    membrane: &Parameter,
    refuse: &mut impl FnMut(Finding),
) -> Option<application::Reset> {
    const RULE: &str = "a spike resets the membrane potential in its own step";
    match timing {
        ResetTiming::SameStep => {}
        ResetTiming::NextStep => {
            let fastest = membrane.values().iter().copied().fold(1.0, f64::min);
            refuse(
                Finding::warning(
                    "s2-reset-timing",
                    RULE,
                    match reset {
                        Reset::Subtract => format!(
                            "the model subtracts the threshold one step later, after decay; on the chip \
                             the reset is up to {:.1} % smaller in effect",
                            (1.0 - fastest) * 100.0
                        ),
                        _ => "the model resets one step later, in place of that step's input".to_owned(),
                    },
                )
                .why("the applications reset in the tick of the spike"),
            );
        }
        ResetTiming::BeforeAndAfter => refuse(
            Finding::warning(
                "s2-reset-timing",
                RULE,
                "in the model, a membrane that a spike leaves above the threshold needs twice the threshold for the next spike",
            )
            .why("the chip compares the membrane as it is"),
        ),
    }
    match reset {
        Reset::Subtract => Some(application::Reset::BySubtraction),
        Reset::Value => Some(application::Reset::ToValue),
        Reset::None => {
            refuse(
                Finding::error("s2-reset", RULE, "the model has no reset")
                    .why("the applications reset by subtraction or to a value")
                    .fix("train with one of the two"),
            );
            None
        }
    }
}

/// Decay factors lie between 0 and 1.
fn check_decay(state: &str, decay: &Parameter, refuse: &mut impl FnMut(Finding)) {
    let outside = |decay: &&f64| !(0.0..=1.0).contains(*decay);
    if let Some(value) = decay.values().iter().find(outside) {
        refuse(
            Finding::error(
                "s2-decay-range",
                "a decay factor is from 0 to 1",
                format!("a {state} decay factor is {value}"),
            )
            .why("with another one the state grows or changes its sign from step to step")
            .fix("choose a step below every time constant"),
        );
    }
}

fn head_finding(what: String) -> Finding {
    Finding::warning("s2-exact-head", "an event's first step is the model's", what).why(
        "with exact integration, or where the membrane reads the current of the step before, a part of \
         the input reaches the membrane on a path that the chip has not",
    )
}

fn report_head(model: &Parameter, chip: &Parameter, refuse: &mut impl FnMut(Finding)) {
    let off = model.zip(chip, |model, chip| ((model - chip) / chip).abs());
    let most = off.values().iter().copied().fold(0.0, f64::max);
    if most > SAME_HEAD {
        refuse(head_finding(format!(
            "the first step of an event differs by up to {:.0} %; the rest agrees",
            most * 100.0
        )));
    }
}

/// What is added to the membrane in each step: the leak, and the bias of the input.
fn offset(
    population: &Population<'_>,
    synaptic: &Option<Parameter>,
    event: &Parameter,
    direct: &Parameter,
    leak: &Parameter,
    refuse: &mut impl FnMut(Finding),
) -> Parameter {
    if population.bias.iter().all(|b| *b == 0.0) {
        return leak.clone();
    }
    let bias = Parameter::each(population.bias.clone());
    let Some(alpha) = synaptic else {
        let gain = event.zip(direct, |event, direct| event + direct);
        return gain
            .zip(&bias, |gain, bias| gain * bias)
            .zip(leak, |a, b| a + b);
    };
    let slowest = alpha.values().iter().copied().fold(0.0, f64::max);
    if slowest >= 1.0 {
        refuse(Finding::error(
            "s2-bias",
            "a bias settles",
            "the layer has a bias, and a synaptic current that never decays",
        ));
    }
    refuse(
        Finding::warning(
            "s2-bias-folded",
            "a bias acts as in the model",
            format!(
                "the bias of the layer's input is added to the membrane, with its settled strength; the \
                 current that the model builds up within {:.0} steps is there at once",
                (1.0 / (1.0 - slowest)).ceil()
            ),
        )
        .why("the applications have an offset of the membrane only"),
    );
    // A constant x settles to a current of g x / (1 - alpha), of which the membrane adds k each step.
    let settled = event.zip(alpha, |event, alpha| event / (1.0 - alpha));
    let gain = settled.zip(direct, |settled, direct| settled + direct);
    gain.zip(&bias, |gain, bias| gain * bias)
        .zip(leak, |a, b| a + b)
}
