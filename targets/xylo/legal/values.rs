//! Whether every number fits the memory that holds it.

use ndarray::{ArrayView2, Axis};
use nirc_dialects::finding::{Finding, Findings};

use super::{
    because,
    owners::{Fault, Owners, at, plural},
};
use crate::xylo::{
    chip::{Chip, Limit, Range},
    specification::{Role, Specification},
};

pub(super) fn check(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let s = specification;
    weights(findings, owners, s, chip);
    let mut numbers = |role, code, rule, limit: &Limit<Range>, name, values: &[i32], fix| {
        for group in owners.gather(role, outside(values.iter().copied().enumerate(), limit)) {
            let Range { low, high } = limit.value;
            let (value, id, ids) = (group.worst.value, group.worst.id, group.ids());
            let who = plural(group.count, &format!("{} neuron", role.name()));
            let what = format!(
                "{who} (ids {ids}) have a {name} outside {low} to {high}; the worst is {value} at \
                 id {id}"
            );
            let finding = Finding::error(code, rule, what)
                .why(because(limit))
                .fix(fix);
            findings.push(at(finding, group.node));
        }
    };
    let rule = "a threshold fits the chip's memory";
    let fix = "scale weights, biases and thresholds of the layer by one factor below 1";
    for (role, name, values) in [
        (Role::Hidden, "threshold", &s.threshold),
        (Role::Readout, "threshold_out", &s.threshold_out),
    ] {
        numbers(
            role,
            "xylo-threshold-range",
            rule,
            &chip.threshold,
            name,
            values,
            fix,
        );
    }
    let rule = "a decay shift fits the chip's memory";
    let fix = "choose a step for which every time constant lies between one and 2^15 steps";
    let mut decays = vec![
        (Role::Hidden, "dash_mem", &s.dash_mem),
        (Role::Hidden, "dash_syn", &s.dash_syn),
        (Role::Readout, "dash_mem_out", &s.dash_mem_out),
        (Role::Readout, "dash_syn_out", &s.dash_syn_out),
    ];
    if chip.hidden_synapses.value > 1 {
        decays.push((Role::Hidden, "dash_syn_2", &s.dash_syn_2));
    }
    for (role, name, values) in decays {
        numbers(role, "xylo-dash-range", rule, &chip.dash, name, values, fix);
    }
    if let Some(limit) = &chip.bias {
        let rule = "a bias fits the chip's memory";
        let fix = "scale the layer's weights, bias and threshold down, or feed the bias as input";
        for (role, name, values) in [
            (Role::Hidden, "bias", &s.bias),
            (Role::Readout, "bias_out", &s.bias_out),
        ] {
            numbers(role, "xylo-bias-range", rule, limit, name, values, fix);
        }
    }
    shifts(findings, s, chip);
    if chip.bias.is_none() {
        no_bias(findings, owners, s, chip);
    }
    if chip.readout_threshold_pairs.value {
        threshold_pairs(findings, owners, s, chip);
    }
}

fn outside(
    values: impl Iterator<Item = (usize, i32)>,
    limit: &Limit<Range>,
) -> impl Iterator<Item = Fault> {
    let range = limit.value;
    values
        .filter(move |(_, value)| !range.contains(*value))
        .map(move |(id, value)| {
            let nearest = value.clamp(range.low, range.high);
            Fault {
                id,
                value: value.into(),
                badness: value.abs_diff(nearest).into(),
            }
        })
}

fn weights(findings: &mut Findings, owners: &Owners<'_>, s: &Specification, chip: &Chip) {
    let limit = &chip.weight;
    let mut report = |role: Role, name, layers: &[ArrayView2<'_, i32>]| {
        let values = layers.iter().flat_map(|layer| {
            layer
                .outer_iter()
                .flat_map(|row| row.into_iter().copied().enumerate())
        });
        for group in owners.gather(role, outside(values, limit)) {
            let Range { low, high } = limit.value;
            let (value, id, ids, count) =
                (group.worst.value, group.worst.id, group.ids(), group.count);
            let (who, count) = (role.name(), plural(count, "element"));
            let what = format!(
                "{count} of {name} (into {who} neurons {ids}) outside {low} to {high}; the worst is \
                 {value} into {who} neuron {id}"
            );
            let rule = "a weight fits the chip's memory";
            let finding = Finding::error("xylo-weight-range", rule, what)
                .why(format!(
                    "{}; the vendor's tools would wrap it in silence",
                    because(limit)
                ))
                .fix(
                    "scale the neuron's weights, bias and threshold down, or use the weight shift",
                );
            findings.push(at(finding, group.node));
        }
    };
    let hidden = [
        (&s.weights_in, "weights_in"),
        (&s.weights_rec, "weights_rec"),
    ];
    for (array, name) in hidden {
        let layers: Vec<_> = array.axis_iter(Axis(2)).collect();
        report(Role::Hidden, name, &layers);
    }
    report(Role::Readout, "weights_out", &[s.weights_out.view()]);
}

fn shifts(findings: &mut Findings, s: &Specification, chip: &Chip) {
    let limit = &chip.weight_shift;
    for (name, shift) in [
        ("weight_shift_in", s.weight_shift_in),
        ("weight_shift_rec", s.weight_shift_rec),
        ("weight_shift_out", s.weight_shift_out),
    ] {
        if !limit.value.contains(shift) {
            let Range { low, high } = limit.value;
            let what = format!("{name} is {shift}; {} has {low} to {high}", chip.name);
            findings.push(
                Finding::error(
                    "xylo-weight-shift-range",
                    "a weight shift fits the chip",
                    what,
                )
                .why(because(limit))
                .fix("scale the thresholds down instead of the weights up"),
            );
        }
    }
}

/// The finding for biases on a chip that has none.
pub(super) fn bias_absent(what: String) -> Finding {
    Finding::error(
        "xylo-bias-absent",
        "the network has no bias where the chip has none",
        what,
    )
    .fix("retrain without bias, feed a constant input channel, or use a later chip")
}

fn no_bias(findings: &mut Findings, owners: &Owners<'_>, s: &Specification, chip: &Chip) {
    let set = |values: &[i32]| -> Vec<Fault> {
        let nonzero = values.iter().copied().enumerate().filter(|(_, b)| *b != 0);
        nonzero
            .map(|(id, b)| Fault {
                id,
                value: b.into(),
                badness: b.unsigned_abs().into(),
            })
            .collect()
    };
    for (role, values) in [(Role::Hidden, &s.bias), (Role::Readout, &s.bias_out)] {
        for group in owners.gather(role, set(values).into_iter()) {
            let who = plural(group.count, &format!("{} neuron", role.name()));
            let (value, id, ids, name) =
                (group.worst.value, group.worst.id, group.ids(), chip.name);
            let what = format!(
                "{who} (ids {ids}) have a bias, the largest {value} at id {id}; {name} has none"
            );
            findings.push(at(bias_absent(what), group.node));
        }
    }
    if s.has_bias == Some(true) && !s.any_bias() {
        let what = format!("the bias circuit is asked for; {} has none", chip.name);
        findings.push(bias_absent(what).fix("remove has_bias"));
    }
}

fn threshold_pairs(findings: &mut Findings, owners: &Owners<'_>, s: &Specification, chip: &Chip) {
    let pairs =
        s.threshold_out
            .chunks_exact(2)
            .enumerate()
            .filter_map(|(pair, values)| match values {
                [even, odd] if even != odd => Some(Fault {
                    id: 2 * pair + 1,
                    value: (*odd).into(),
                    badness: even.abs_diff(*odd).into(),
                }),
                _ => None,
            });
    for group in owners.gather(Role::Readout, pairs) {
        let (odd, value, ids, name) = (group.worst.id, group.worst.value, group.ids(), chip.name);
        let even = odd.saturating_sub(1);
        let other = s.threshold_out.get(even).copied().unwrap_or_default();
        let who = plural(group.count, "readout neuron");
        let what = format!(
            "{who} (ids {ids}) differ from the neuron before; readouts {even} and {odd} have \
             thresholds {other} and {value}, {name} has one for both"
        );
        let rule = "readouts 2k and 2k + 1 have equal thresholds";
        let finding = Finding::error("xylo-readout-threshold-pairs", rule, what)
            .why(because(&chip.readout_threshold_pairs))
            .fix("quantise the readout layer with one scale, not one a channel");
        findings.push(at(finding, group.node));
    }
}
