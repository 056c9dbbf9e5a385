//! What a neuron or its bias must be for the chip to have it.

use nirc_dialects::{
    dt::{Reset, ResetTiming},
    finding::{Finding, Findings},
};
use nirc_passes::{Approximation, Parameter, QuantizeOptions};

use super::{network::Network, neuron::Analysed};
use crate::xylo::{
    chip::{Chip, MAX_HIDDEN_EVENTS},
    legal,
};

/// A bias that loses more than this part of itself in rounding is reported.
const MOST_BIAS_LOSS: f64 = 0.1;

/// The chip subtracts the threshold at every spike, so it must be more than 0. It must not be so
/// small either that no scale makes it a number of the chip.
pub fn threshold(node: &str, threshold: &Parameter, findings: &mut Findings) {
    let values = threshold.values().iter().enumerate();
    let mut wrong = values.filter(|(_, t)| **t < f64::MIN_POSITIVE);
    let Some((first, value)) = wrong.next() else {
        return;
    };
    let which = match (threshold.shared(), wrong.count()) {
        (Some(_), _) => String::new(),
        (None, 0) => format!(" at neuron {first}"),
        (None, more) => format!(" at neuron {first}, and not positive at {more} more"),
    };
    findings.push(
        Finding::error(
            "xylo-threshold",
            "a threshold is more than 0",
            format!("v_threshold is {value}{which}"),
        )
        .at(node)
        .why(format!(
            "the chip subtracts the threshold at every spike; 0 or less does not lower the membrane \
             potential, so the neuron would spike {MAX_HIDDEN_EVENTS} times in every step"
        ))
        .fix("train with a positive threshold"),
    );
}

/// Decay factors lie between 0 and 1.
pub fn decay(node: &str, state: &str, decay: &Parameter, findings: &mut Findings) {
    let outside = |decay: &&f64| !(0.0..=1.0).contains(*decay);
    if let Some(value) = decay.values().iter().find(outside) {
        findings.push(
            Finding::error(
                "xylo-decay-range",
                "a decay factor is from 0 to 1",
                format!("a {state} decay factor is {value}"),
            )
            .at(node)
            .why("the chip's states move towards 0 and keep their sign")
            .fix("choose a step below every time constant"),
        );
    }
}

/// A chip without biases has no form for one, however small: a membrane adds it up.
pub fn bias_absent(node: &str, bias: &[f64], chip: &Chip, findings: &mut Findings) {
    if chip.bias.is_some() {
        return;
    }
    let set = bias.iter().enumerate().filter(|(_, b)| **b != 0.0);
    let count = set.clone().count();
    let Some((neuron, largest)) = set.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else {
        return;
    };
    let what = format!(
        "{count} of {} neurons have a bias, the largest {largest} at neuron {neuron}; {} has none",
        bias.len(),
        chip.name
    );
    findings.push(legal::bias_absent(what).at(node));
}

/// All products of weights and parameters are finite.
pub fn finite(network: &Network<'_>, analysed: &[Analysed], findings: &mut Findings) {
    let report = |node: &str, what: &str| {
        Finding::error(
            "ir-not-finite",
            "weights and parameters are finite numbers",
            format!("{what} is not finite once the layer's parameters are multiplied"),
        )
        .at(node)
        .fix("bring weights and parameters into a common range")
    };
    let finite = |values: &[f64]| values.iter().all(|x| x.is_finite());
    for (index, (population, a)) in network.populations.iter().zip(analysed).enumerate() {
        if !finite(&a.bias) {
            findings.push(report(&population.name, "a bias"));
        }
        let weights = network.connections_to(index).iter().all(|c| {
            let rows = c.weights.rows().into_iter().zip(&a.gain);
            // The sum of a row bounds the scale too.
            rows.map(|(row, gain)| row.iter().map(|w| (w * gain).abs()).sum::<f64>())
                .all(f64::is_finite)
        });
        if !weights {
            findings.push(report(&population.name, "a weight"));
        }
    }
}

/// A threshold is at least one unit of the chip.
pub fn threshold_rounded(
    node: &str,
    threshold: &[f64],
    scale: &[f64],
    integers: &[i32],
    findings: &mut Findings,
) {
    let all = threshold.iter().zip(scale).zip(integers).enumerate();
    let mut wrong = all.filter(|(_, ((_, scale), integer))| **integer < 1 || **scale <= 0.0);
    let Some((neuron, ((threshold, scale), _))) = wrong.next() else {
        return;
    };
    findings.push(
        Finding::error(
            "xylo-threshold",
            "a threshold is more than 0",
            format!(
                "the threshold {threshold} of neuron {neuron} is {:.2e} units of the chip and rounds to 0, and so do {} more",
                threshold * scale,
                wrong.count()
            ),
        )
        .at(node)
        .why("the neuron's weights are so large beside its threshold that the chip's states cannot hold both; with 0 it would spike at rest")
        .fix("raise the threshold or lower the weights of the neuron"),
    );
}

/// Reports a bias that rounding changes by more than a tenth.
pub fn bias_rounded(
    node: &str,
    bias: &[f64],
    scale: &[f64],
    integers: &[i32],
    findings: &mut Findings,
) {
    let losses = || {
        let exact = bias.iter().zip(scale).map(|(bias, scale)| bias * scale);
        let set = exact
            .zip(integers)
            .enumerate()
            .filter(|(_, (b, _))| *b != 0.0);
        set.map(|(n, (exact, given))| (n, exact, given, (f64::from(*given) / exact - 1.0).abs()))
            .filter(|(.., loss)| *loss > MOST_BIAS_LOSS)
    };
    let worst = losses().max_by(|a, b| a.3.total_cmp(&b.3).then(b.0.cmp(&a.0)));
    let Some((neuron, exact, given, _)) = worst else {
        return;
    };
    let (count, vanished) = (losses().count(), losses().filter(|l| *l.2 == 0).count());
    findings.push(
        Finding::warning(
            "xylo-bias-rounded",
            "a bias keeps its value within a tenth",
            format!(
                "rounding changes the bias of {count} of {} neurons by more, {vanished} of them to 0; \
                 the worst is {exact:.2} units of the chip at neuron {neuron}, which become {given}",
                bias.len()
            ),
        )
        .at(node)
        .why("a bias is a whole number of units, and a unit can be no smaller beside the layer's weights and threshold")
        .fix("train with larger biases, or without"),
    );
}

/// The membrane has no bound from below but its width.
pub fn lower_bound(node: &str, has_bound: bool, findings: &mut Findings) {
    if has_bound {
        findings.push(
            Finding::error(
                "xylo-lower-bound",
                "a membrane potential may fall as far as its input takes it",
                "the model has a lower bound, `v_min`",
            )
            .at(node)
            .why("the chip's membranes have no lower bound but -32768")
            .fix("lower the model without the bound, or train without it"),
        );
    }
}

/// All states are 0 after a reset of the chip.
pub fn initial(node: &str, has_initial: bool, findings: &mut Findings) {
    if has_initial {
        findings.push(
            Finding::error(
                "xylo-initial",
                "a membrane begins at 0",
                "the model has an initial potential, `v_initial`",
            )
            .at(node)
            .why("all states of the chip are 0 after a reset")
            .fix("use --initial zero"),
        );
    }
}

/// A spike subtracts the threshold, in the step of the spike.
pub fn reset(
    node: &str,
    reset: Reset,
    timing: ResetTiming,
    options: &QuantizeOptions,
    beta: &Parameter,
    findings: &mut Findings,
) {
    const RULE: &str = "a spike lowers the membrane potential by the threshold";
    let finding = match reset {
        Reset::Subtract if timing == ResetTiming::NextStep => {
            let fastest = beta.values().iter().copied().fold(1.0, f64::min);
            Finding::warning(
                "xylo-reset-timing",
                RULE,
                format!(
                    "the model subtracts it one step later, after decay; on the chip the reset is up to {:.1} % smaller in effect",
                    (1.0 - fastest) * 100.0
                ),
            )
            .why("the chip subtracts the threshold in the step of the spike")
        }
        Reset::Subtract if timing == ResetTiming::BeforeAndAfter => Finding::warning(
            "xylo-reset-timing",
            RULE,
            "in the model, a membrane that a spike leaves above the threshold needs twice the threshold for the next spike",
        )
        .why("the chip compares the membrane as it is"),
        Reset::Subtract => return,
        Reset::Value if options.approximate.allow(Approximation::Reset) => Finding::warning(
            "xylo-reset-approximated",
            RULE,
            "the model resets to a value; the chip subtracts, as asked",
        )
        .why("what exceeds the threshold is kept, so the chip fires more"),
        Reset::Value => Finding::error("xylo-reset", RULE, "the model resets to a value")
            .why("the chip has no other reset than subtraction, so it would fire more")
            .fix("train with reset by subtraction, or accept the difference with --approximate reset"),
        Reset::None => Finding::error("xylo-reset", RULE, "the model has no reset")
            .why("the chip always subtracts the threshold"),
    };
    findings.push(finding.at(node));
}

/// How often a neuron spikes in a step.
pub fn spike_count(node: &str, max_spikes: i64, is_readout: bool, findings: &mut Findings) {
    const RULE: &str = "a neuron spikes as often in a step as in the model";
    if is_readout && max_spikes > 1 {
        findings.push(
            Finding::warning(
                "xylo-readout-spikes",
                RULE,
                "readout neurons of the chip spike once in a step at most",
            )
            .at(node),
        );
    } else if !is_readout && max_spikes < i64::from(MAX_HIDDEN_EVENTS) {
        findings.push(
            Finding::note(
                "xylo-multiple-spikes",
                RULE,
                format!("the model has {max_spikes} at most; hidden neurons of the chip have up to {MAX_HIDDEN_EVENTS}"),
            )
            .at(node)
            .why("it differs where the membrane potential reaches twice the threshold"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_that_rounding_changes_is_named() {
        let found = |bias: &[f64], integers: &[i32]| {
            let mut findings = Findings::new();
            bias_rounded("lif", bias, &[10.0, 100.0], integers, &mut findings);
            findings
        };
        assert_eq!(found(&[0.0, 1.002], &[0, 100]), Findings::new());
        let findings = found(&[0.02, 0.056], &[0, 6]);
        assert!(findings.contains("xylo-bias-rounded"));
        let text = findings.to_string();
        assert!(
            text.contains("1 of 2 neurons by more, 1 of them to 0"),
            "{text}"
        );
        assert!(
            text.contains("0.20 units of the chip at neuron 0, which become 0"),
            "{text}"
        );
    }

    #[test]
    fn a_threshold_must_be_positive() {
        for (values, text) in [
            (vec![1.0, -1.0], Some("-1 at neuron 1")),
            (vec![0.0], Some("v_threshold is 0\n")),
            (
                vec![-2.0, 1.0, 0.0],
                Some("-2 at neuron 0, and not positive at 1 more"),
            ),
            (vec![1.0, 2.0], None),
        ] {
            let mut findings = Findings::new();
            threshold("lif", &Parameter::each(values), &mut findings);
            match text {
                Some(text) => assert!(findings.to_string().contains(text), "{findings}"),
                None => assert_eq!(findings, Findings::new()),
            }
        }
    }
}
