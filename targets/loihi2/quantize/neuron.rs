//! What a `dt.neuron` is for Lava's LIF, the chip's standard neuron.
//!
//! The chip computes, with a the weighted spikes of a step:
//!
//! ```text
//! u = alpha u + a
//! v = beta v + u + bias       a spike where v > threshold, and then v = 0
//! ```
//!
//! Three forms of the model's neuron are exact, but for rounding, with S units for each unit of v:
//!
//! - A reset to a value is one to 0 of the potential less that value; its current is u = S k i, weights are
//!   S k g w.
//! - A reset by subtraction, or none, of a neuron without synaptic current: u is the model's membrane,
//!   and v keeps nothing, so setting it to 0 changes nothing. A spike subtracts the threshold, or what is left of
//!   it after a step's decay, through a connection of each neuron to itself, a step later.
//! - A neuron without threshold has one that its potential does not reach.
//!
//! A bias of the input comes from a neuron that spikes in every step: then it passes the synaptic current as
//! in the model, reaches a membrane in u, and begins when input can arrive. Where there is no synaptic
//! current, the leak comes with it.

use nirc_dialects::{
    dt::{Compare, Op, Reads, Reset, ResetTiming},
    finding::{Finding, Severity},
};
use nirc_passes::{
    Lowering, Parameter,
    connections::{NeuronParameters, Population},
};

/// A population in the units of its own membrane potential; parameters have one value or one for each
/// neuron.
pub struct Analysed {
    /// What one unit of weight adds to the membrane potential, at first.
    pub gain: Parameter,
    /// What u keeps in a step; 0 if there is none.
    pub current: Parameter,
    /// What v keeps in a step.
    pub membrane: Parameter,
    /// The threshold, less the value that v is reset to; `None` of a neuron that does not spike.
    pub threshold: Option<Parameter>,
    /// Whether the threshold must be exceeded, as on the chip; else it must be reached.
    pub strict: bool,
    /// Added to v in each step, from the first one on.
    pub offset: Parameter,
    /// What is weighted like a spike and added in each step, from the step in which input can arrive.
    pub drive: Parameter,
    /// Of the threshold, what a spike takes off in the next step; `None` where it sets v to 0.
    pub subtract: Option<Parameter>,
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
        alpha,
        input_gain,
        has_membrane,
        beta,
        current_gain,
        input_to_membrane: direct,
        leak,
        v_threshold: threshold,
        v_reset: reset_value,
        v_initial: initial,
    } = NeuronParameters::read(&population.neuron, name, lowering)?;
    let zero = || Parameter::uniform(0.0);
    let one = || Parameter::uniform(1.0);
    let findings = &mut *lowering.findings;
    let mut refuse = |finding: Finding| findings.push(finding.at(name));
    if v_min.is_some() {
        refuse(
            Finding::error(
                "loihi2-lower-bound",
                "a membrane potential may fall as far as its input takes it",
                "the model has a lower bound, `v_min`",
            )
            .why("the chip's neuron has no such bound")
            .fix("lower the model without the bound, or train without it"),
        );
    }
    for (state, decay) in [("synaptic", &alpha), ("membrane", &Some(beta.clone()))] {
        check_decay(state, decay.as_ref(), &mut refuse);
    }
    let spikes = threshold.is_some();
    if spikes && *max_spikes != 1 {
        refuse(
            Finding::warning(
                "loihi2-single-spike",
                "a neuron spikes as often in a step as in the model",
                format!("the model has up to {max_spikes} spikes in a step, the chip one"),
            )
            .why(
                "with a reset by subtraction the rest of the potential is kept for the next steps",
            ),
        );
    }
    let kind = match spikes {
        true => reset_kind(*reset, *reset_timing, has_membrane, &mut refuse),
        false => Kind::ToValue,
    };
    let event = current_gain.zip(&input_gain, |k, g| k * g);
    let (gain, is_late) = match (membrane_reads, direct.is_zero(), &alpha) {
        (Reads::Updated, ..) if alpha.is_none() => (event.zip(&direct, |a, b| a + b), false),
        (Reads::Updated, true, _) => (event.clone(), false),
        (Reads::Previous, true, _) => (event.clone(), true),
        (Reads::Updated, false, _) => {
            report_head(&event.zip(&direct, |a, b| a + b), &event, &mut refuse);
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
    if spikes && kind == Kind::ToValue {
        check_initial(&initial, &reset_value, &mut refuse);
    } else if !initial.is_zero() {
        refuse(initial_finding("it is not 0"));
    }
    let kept_by_u = match (&kind, &alpha) {
        (Kind::ToValue, _) => false,
        (_, None) => true,
        // A membrane that keeps nothing is the current.
        (Kind::SubtractAtOnce | Kind::None, Some(_)) if beta.is_zero() => true,
        (_, Some(alpha)) if alpha.is_zero() => true,
        (..) => {
            refuse(
                Finding::error(
                    "loihi2-reset",
                    "a spike sets the membrane potential to one value",
                    match kind {
                        Kind::None => "the model has no reset, and a synaptic current",
                        _ => "the reset is by subtraction, of a neuron with a synaptic current",
                    },
                )
                .why(
                    "the chip's neuron sets v to 0; a membrane that keeps its rest must stand in u, which the \
                     synaptic current takes",
                )
                .fix("train with a reset to zero (--reset zero), or without synaptic current"),
            );
            false
        }
    };
    let threshold = threshold.map(|threshold| match kind {
        Kind::ToValue => threshold.zip(&reset_value, |t, r| t - r),
        _ => threshold,
    });
    if let Some(threshold) = &threshold
        && let Some(value) = threshold.values().iter().find(|t| **t < 0.0)
    {
        refuse(
            Finding::error(
                "loihi2-threshold",
                "a threshold is not below the value that v is reset to",
                format!("it is {value} from it"),
            )
            .why("the chip's threshold has no sign, and v is reset to 0")
            .fix("train with thresholds above the reset value"),
        );
    }
    // v - v_reset decays to the leak's end from another side.
    let leak = match kind {
        Kind::ToValue if spikes => {
            let shift = beta.zip(&reset_value, |beta, r| (beta - 1.0) * r);
            leak.zip(&shift, |a, b| a + b)
        }
        _ => leak,
    };
    let bias = match population.bias.is_empty() {
        true => zero(),
        false => Parameter::each(population.bias.clone()),
    };
    let has_current = alpha.as_ref().is_some_and(|alpha| !alpha.is_zero());
    let (offset, drive) = match has_current || gain.values().contains(&0.0) {
        true => {
            if !bias.is_zero() && !direct.is_zero() {
                refuse(head_finding(
                    "a bias reaches the membrane on that path too".to_owned(),
                ));
            }
            (leak, bias)
        }
        false => {
            let leak = leak.zip(&gain, |leak, gain| leak / gain);
            (zero(), bias.zip(&leak, |a, b| a + b))
        }
    };
    if findings.count(Severity::Error) > errors {
        return None;
    }
    let subtract = match kind {
        Kind::SubtractAtOnce => Some(beta.clone()),
        Kind::SubtractLater => Some(one()),
        Kind::ToValue | Kind::None => None,
    };
    let (current, membrane) = match kept_by_u {
        true if beta.is_zero() => (alpha.unwrap_or_else(zero), zero()),
        true => (beta, zero()),
        false => (alpha.unwrap_or_else(zero), beta),
    };
    Some(Analysed {
        gain,
        membrane,
        threshold,
        strict: *compare == Compare::Greater,
        offset,
        drive,
        subtract: subtract.filter(|part| kept_by_u && !part.is_zero()),
        current,
        is_late,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    ToValue,
    SubtractAtOnce,
    SubtractLater,
    None,
}

fn reset_kind(
    reset: Reset,
    timing: ResetTiming,
    has_membrane: bool,
    refuse: &mut impl FnMut(Finding),
) -> Kind {
    if !has_membrane {
        return Kind::None;
    }
    match (reset, timing) {
        (Reset::Value, ResetTiming::SameStep | ResetTiming::BeforeAndAfter) => Kind::ToValue,
        (Reset::Value, ResetTiming::NextStep) => {
            refuse(
                Finding::error(
                    "loihi2-reset-timing",
                    "a spike sets the membrane potential in its own step",
                    "the model sets it one step later, in place of that step's input",
                )
                .why("the chip's neuron resets when it spikes")
                .fix("lower with --reset-timing same-step"),
            );
            Kind::ToValue
        }
        (Reset::Subtract, ResetTiming::SameStep) => Kind::SubtractAtOnce,
        (Reset::Subtract, ResetTiming::NextStep) => Kind::SubtractLater,
        (Reset::Subtract, timing) => {
            refuse(
                Finding::error(
                    "loihi2-reset-timing",
                    "a spike subtracts from the membrane potential in its own step or the next",
                    format!("the timing is `{timing}`"),
                )
                .fix("lower with --reset-timing same-step"),
            );
            Kind::SubtractAtOnce
        }
        (Reset::None, _) => Kind::None,
    }
}

fn check_initial(initial: &Parameter, reset: &Parameter, refuse: &mut impl FnMut(Finding)) {
    let off = initial.zip(reset, |a, b| a - b);
    if !off.is_zero() {
        refuse(initial_finding(match reset.is_zero() {
            true => "it is not 0",
            false => "it is not the value that a spike resets to",
        }));
    }
}

fn initial_finding(what: &str) -> Finding {
    Finding::error(
        "loihi2-initial",
        "a membrane begins where a spike resets it to",
        format!("the model has an initial potential, and {what}"),
    )
    .why("the chip's v begins at 0, which stands for the reset value")
    .fix("lower with --initial v_reset, or train with v_reset = 0")
}

/// Decay factors lie between 0 and 1.
fn check_decay(state: &str, decay: Option<&Parameter>, refuse: &mut impl FnMut(Finding)) {
    let outside = |decay: &&f64| !(0.0..=1.0).contains(*decay);
    if let Some(value) = decay.and_then(|d| d.values().iter().find(outside)) {
        refuse(
            Finding::error(
                "loihi2-decay-range",
                "a decay factor is from 0 to 1",
                format!("a {state} decay factor is {value}"),
            )
            .why("with another one the state grows or changes its sign from step to step")
            .fix("choose a step below every time constant"),
        );
    }
}

fn head_finding(what: String) -> Finding {
    Finding::warning(
        "loihi2-exact-head",
        "an event's first step is the model's",
        what,
    )
    .why(
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

impl Analysed {
    /// Adds the drive to v from the first step on, with its settled strength; what differs from the model
    /// is said.
    pub fn fold_drive(&mut self) -> Option<Finding> {
        if self.drive.is_zero() {
            return None;
        }
        // A constant x settles to a current of x / (1 - alpha).
        let settled = self
            .gain
            .zip(&self.current, |gain, alpha| gain / (1.0 - alpha));
        let settled = settled.zip(&self.drive, |gain, x| gain * x);
        self.offset = self.offset.zip(&settled, |a, b| a + b);
        self.drive = Parameter::uniform(0.0);
        let slowest = self.current.values().iter().copied().fold(0.0, f64::max);
        let steps = (1.0 / (1.0 - slowest)).ceil();
        Some(
            Finding::warning(
                "loihi2-bias-folded",
                "a bias acts as in the model",
                match slowest > 0.0 {
                    true => format!(
                        "the bias of the layer's input is added to the membrane with its settled strength; \
                         the current that the model builds up within {steps:.0} steps is there at once"
                    ),
                    false => "the bias begins before input can arrive".to_owned(),
                },
            )
            .why("the chip's neuron has a bias of the membrane only")
            .fix("leave out `approximate`: then a neuron that spikes in every step gives the bias"),
        )
    }
}
