//! What a chip accepts but that is probably not meant.

use nirc_dialects::finding::{Finding, Findings};

use super::owners::{Fault, Owners, at, plural};
use crate::xylo::{
    chip::{Arithmetic, Chip},
    specification::{Role, Specification},
};

/// A lint: its text, and which ids it concerns.
struct Lint {
    role: Role,
    code: &'static str,
    rule: &'static str,
    text: &'static str,
    why: &'static str,
    fix: &'static str,
}

/// What reaches and leaves each id.
struct Use {
    /// By synapse and hidden neuron: whether it has a weight from an input or a hidden neuron.
    driven: [Vec<bool>; 2],
    /// By hidden neuron: whether anything reads it.
    read: Vec<bool>,
    /// By input channel: whether it has a weight.
    input: Vec<bool>,
    /// By readout: whether it has a weight.
    readout: Vec<bool>,
}

pub(super) fn check(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let s = specification;
    let used = connections(s);
    let mut lint = |lint: Lint, ids: &mut dyn Iterator<Item = (usize, i32)>| {
        let faults = ids.map(|(id, value)| Fault {
            id,
            value: value.into(),
            badness: 0,
        });
        for group in owners.gather(lint.role, faults) {
            let thing = match lint.role {
                Role::Input => "input channel",
                Role::Hidden => "hidden neuron",
                Role::Readout => "readout neuron",
            };
            let what = format!(
                "{} (ids {}) {}",
                plural(group.count, thing),
                group.ids(),
                lint.text
            );
            let finding = Finding::warning(lint.code, lint.rule, what)
                .why(lint.why)
                .fix(lint.fix);
            findings.push(at(finding, group.node));
        }
    };
    let dead = |role, text| Lint {
        role,
        code: "xylo-dead-synapse",
        rule: "a synapse that has weights keeps its current for at least one step",
        text,
        why: "a decay shift of 0 clears the current before the membrane adds it, so no event has any \
              effect",
        fix: "use a decay shift of 1 or more; a neuron without synaptic current has no exact form",
    };
    let zero = |dash: &[i32], driven: &[bool]| -> Vec<(usize, i32)> {
        let pairs = dash.iter().zip(driven).enumerate();
        pairs
            .filter(|(_, (d, driven))| **d == 0 && **driven)
            .map(|(id, _)| (id, 0))
            .collect()
    };
    let [first, second] = &used.driven;
    for (dash, driven, text) in [
        (
            &s.dash_syn,
            first,
            "have weights on a first synapse whose decay shift is 0",
        ),
        (
            &s.dash_syn_2,
            second,
            "have weights on a second synapse whose decay shift is 0",
        ),
    ] {
        lint(
            dead(Role::Hidden, text),
            &mut zero(dash, driven).into_iter(),
        );
    }
    let text = "have weights on a synapse whose decay shift is 0";
    lint(
        dead(Role::Readout, text),
        &mut zero(&s.dash_syn_out, &used.readout).into_iter(),
    );
    for (role, thresholds) in [
        (Role::Hidden, &s.threshold),
        (Role::Readout, &s.threshold_out),
    ] {
        let low = thresholds
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, t)| *t <= 0);
        let not_positive = Lint {
            role,
            code: "xylo-threshold-not-positive",
            rule: "a threshold is positive",
            text: "have a threshold of 0 or less",
            why: "such a neuron spikes at rest, up to the most spikes of a step, in every step",
            fix: "raise the integer scale of the layer so that the threshold rounds to 1 or more",
        };
        lint(not_positive, &mut low.into_iter());
    }
    unused(&mut lint, s, &used);
    whole_network(findings, s, chip);
}

fn connections(s: &Specification) -> Use {
    let hidden = s.hidden_neurons();
    let mut used = Use {
        driven: [vec![false; hidden], vec![false; hidden]],
        read: vec![false; hidden],
        input: vec![false; s.input_channels()],
        readout: vec![false; s.readout_neurons()],
    };
    let arrays = [(&s.weights_in, true), (&s.weights_rec, false)];
    for (weights, from_inputs) in arrays {
        let sources = if from_inputs {
            &mut used.input
        } else {
            &mut used.read
        };
        for (row, source) in weights.outer_iter().zip(sources) {
            for (target, synapses) in row.outer_iter().enumerate() {
                for (&weight, driven) in synapses.iter().zip(&mut used.driven) {
                    if weight != 0 {
                        *source = true;
                        if let Some(driven) = driven.get_mut(target) {
                            *driven = true;
                        }
                    }
                }
            }
        }
    }
    let unread = hidden.saturating_sub(s.readout_expansion());
    for (row, read) in s
        .weights_out
        .outer_iter()
        .zip(used.read.iter_mut().skip(unread))
    {
        for (&weight, readout) in row.iter().zip(&mut used.readout) {
            if weight != 0 {
                (*read, *readout) = (true, true);
            }
        }
    }
    for (targets, read) in s.aliases.iter().zip(&mut used.read) {
        *read |= !targets.is_empty();
    }
    used
}

fn unused(
    lint: &mut impl FnMut(Lint, &mut dyn Iterator<Item = (usize, i32)>),
    s: &Specification,
    used: &Use,
) {
    let code = "xylo-unused";
    let rule = "every channel and neuron takes part in the network";
    let idle = |flags: &[bool]| -> Vec<(usize, i32)> {
        flags
            .iter()
            .enumerate()
            .filter(|(_, used)| !**used)
            .map(|(id, _)| (id, 0))
            .collect()
    };
    let text = "have no weight to any neuron";
    let why = "their events have no effect";
    let fix = "leave the channels away, or look why all their weights rounded to 0";
    let mut ids = idle(&used.input).into_iter();
    lint(
        Lint {
            role: Role::Input,
            code,
            rule,
            text,
            why,
            fix,
        },
        &mut ids,
    );
    let text = "reach no other neuron";
    let why = "their spikes have no effect";
    let fix = "leave the neurons away, or look why all their weights rounded to 0";
    let mut ids = idle(&used.read).into_iter();
    lint(
        Lint {
            role: Role::Hidden,
            code,
            rule,
            text,
            why,
            fix,
        },
        &mut ids,
    );
    let [first, second] = &used.driven;
    let mut aliased = vec![false; s.hidden_neurons()];
    for &target in s.aliases.iter().flatten() {
        if let Some(aliased) = usize::try_from(target)
            .ok()
            .and_then(|t| aliased.get_mut(t))
        {
            *aliased = true;
        }
    }
    let alive = |bias: i32, threshold: i32| (s.bias_enabled() && bias != 0) || threshold <= 0;
    let silent = (0..s.hidden_neurons()).filter(|&id| {
        let flag = |flags: &[bool]| flags.get(id).copied().unwrap_or_default();
        let value = |values: &[i32]| values.get(id).copied().unwrap_or_default();
        let reached = flag(first) || flag(second) || flag(&aliased);
        !reached && !alive(value(&s.bias), value(&s.threshold))
    });
    let text = "have no input";
    let why = "they never spike";
    let mut ids = silent.map(|id| (id, 0));
    lint(
        Lint {
            role: Role::Hidden,
            code,
            rule,
            text,
            why,
            fix,
        },
        &mut ids,
    );
    let values = s.bias_out.iter().zip(&s.threshold_out);
    let silent = used.readout.iter().zip(values).enumerate();
    let mut ids = silent
        .filter(|(_, (used, (bias, threshold)))| !**used && !alive(**bias, **threshold))
        .map(|(id, _)| (id, 0));
    lint(
        Lint {
            role: Role::Readout,
            code,
            rule,
            text,
            why,
            fix,
        },
        &mut ids,
    );
}

fn whole_network(findings: &mut Findings, s: &Specification, chip: &Chip) {
    if chip.name == "xylo-audio-3" && s.synapses() > 1 {
        findings.push(
            Finding::warning(
                "xylo-audio-3-synapse-2",
                "the second synapse of Audio 3 is checked on the chip",
                "the network uses the second synapse of hidden neurons",
            )
            .why(
                "rockpool 3.1.0 does not simulate it from a configuration and its own mapper leaves \
                 it dead, so that path is hardly tested",
            )
            .fix("compare a recorded run of the chip with this compiler's chip model"),
        );
    }
    if s.has_bias == Some(false) && s.any_bias() && chip.arithmetic.value != Arithmetic::V1 {
        findings.push(
            Finding::warning(
                "xylo-bias-disabled",
                "biases are on where there are any",
                "the network has biases, and has_bias turns the bias circuit off",
            )
            .fix("remove has_bias"),
        );
    }
}
