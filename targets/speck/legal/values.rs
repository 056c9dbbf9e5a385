//! Thresholds, biases and what else a core has one of.

use nirc_dialects::finding::Finding;

use super::{Rules, name};
use crate::speck::{chip::Range, configuration::Core};

pub(super) fn check(rules: &mut Rules<'_>, index: usize, core: &Core, used: bool) {
    thresholds(rules, index, core);
    if core.decimation().is_none() {
        let what = format!(
            "{}: the decimator's interval is {}; it is 0 to 7",
            name(index),
            core.output_decimator_interval
        );
        let rule = "the decimator's interval is one that it has";
        let finding = Finding::error("speck-decimator", rule, what);
        rules.push(index, finding.why("datasheet, table 4"));
    } else if core.output_decimator_enable && !rules.chip.decimator.value {
        let what = format!(
            "{}: the decimator is on; {} has none",
            name(index),
            rules.chip.name
        );
        let rule = "the decimator is used where there is one";
        let finding = Finding::error("speck-decimator", rule, what);
        rules.push(index, finding.why(rules.chip.decimator.because()));
    }
    if used {
        meaning(rules, index, core);
    }
}

fn thresholds(rules: &mut Rules<'_>, index: usize, core: &Core) {
    for (code, thing, value, limit) in [
        (
            "speck-threshold-high",
            "threshold_high",
            core.threshold_high,
            &rules.chip.threshold_high,
        ),
        (
            "speck-threshold-low",
            "threshold_low",
            core.threshold_low,
            &rules.chip.threshold_low,
        ),
    ] {
        let Range { low, high } = limit.value;
        if !limit.value.contains(value) {
            let what = format!(
                "{}: {thing} is {value}; {} has {low} to {high}",
                name(index),
                rules.chip.name
            );
            let finding = Finding::error(code, "a threshold is one that a core has", what);
            rules.push(index, finding.why(limit.because()));
        }
    }
}

/// What loads, but does not do what was meant.
fn meaning(rules: &mut Rules<'_>, index: usize, core: &Core) {
    let chip = rules.chip;
    if core.threshold_high == 0 {
        let what = format!("{}: threshold_high is 0", name(index));
        let rule = "a neuron's threshold is above 0";
        let finding = Finding::error("speck-threshold-zero", rule, what);
        let why = "a neuron that rests would spike at every synaptic operation";
        rules.push(index, finding.why(why).fix("choose a larger scale"));
    }
    if core.threshold_low == 0 && chip.threshold_low_bug.value {
        let what = format!("{}: threshold_low is 0", name(index));
        let rule = "the bound below is at most -1";
        let finding = Finding::error("speck-threshold-low-zero", rule, what);
        rules.push(
            index,
            finding.why(chip.threshold_low_bug.because()).fix("use -1"),
        );
    }
    let biases = &core.biases.values;
    if !core.leak_enable && biases.iter().any(|b| *b != 0) {
        let what = format!("{}: there are biases and leak_enable is false", name(index));
        let rule = "biases are added in leak ticks";
        let finding = Finding::error("speck-bias-without-leak", rule, what);
        let why = "the chip would never add them";
        rules.push(index, finding.why(why).fix("set leak_enable"));
    }
    let highest = core.neurons_initial_value.values.iter().copied().max();
    if let Some(highest) = highest
        && i64::from(highest) >= core.threshold_high
        && core.threshold_high > 0
    {
        let what = format!(
            "{}: a neuron begins at {highest}, the threshold is {}",
            name(index),
            core.threshold_high
        );
        let rule = "a neuron begins below its threshold";
        let finding = Finding::warning("speck-initial-value", rule, what);
        rules.push(
            index,
            finding.why("it spikes at the first event that reaches it, whatever the weight"),
        );
    }
    let weights = core.weights.values.iter().map(|w| i64::from(*w));
    let heaviest = weights.max().unwrap_or(0);
    if core.threshold_high > 0 && heaviest > core.threshold_high.saturating_mul(2) {
        let what = format!(
            "{}: a weight is {heaviest}, more than twice the threshold of {}",
            name(index),
            core.threshold_high
        );
        let rule = "a weight is at most twice the threshold";
        let finding = Finding::warning("speck-weight-over-threshold", rule, what);
        let why = "an event makes a neuron spike once at most; what is left over stays until the \
                   next event";
        rules.push(
            index,
            finding
                .why(why)
                .fix("clip weights to the threshold in training"),
        );
    }
}
