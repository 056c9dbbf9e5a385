//! How many channels, neurons and synapses, and which neurons the inputs and readouts reach.

use nirc_dialects::finding::{Finding, Findings};

use super::{
    Sizes, because,
    owners::{Owners, at},
};
use crate::xylo::{
    chip::{Chip, Limit},
    specification::{Role, Specification},
};

pub(super) fn check(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let sizes = Sizes::of(specification);
    check_sizes(findings, owners, &sizes, chip);
    if sizes.hidden > 0 {
        synapses(findings, owners, &sizes, chip);
        expansions(findings, owners, specification, chip);
    }
}

/// The rules that depend on nothing but the numbers of channels, neurons and synapses.
pub(super) fn check_sizes(
    findings: &mut Findings,
    owners: &Owners<'_>,
    sizes: &Sizes,
    chip: &Chip,
) {
    let mut count = |role, code, rule, found, limit: &Limit, thing, fix| {
        if (1..=limit.value).contains(&found) {
            return;
        }
        let (name, most) = (chip.name, limit.value);
        let what = format!("the network has {found} {thing}; {name} has 1 to {most}");
        // The node of the first id that finds no place.
        let node = owners.of(role, limit.value);
        let finding = Finding::error(code, rule, what)
            .why(because(limit))
            .fix(fix);
        findings.push(at(finding, node));
    };
    count(
        Role::Input,
        "xylo-input-channels",
        "the network has no more input channels than the chip",
        sizes.inputs,
        &chip.input_channels,
        "input channels",
        "merge or drop input channels",
    );
    let hidden = sizes.hidden;
    if hidden > 0 {
        count(
            Role::Hidden,
            "xylo-hidden-neurons",
            "the network has no more hidden neurons than the chip",
            hidden,
            &chip.hidden_neurons_for(sizes.synapses),
            "hidden neurons",
            if sizes.synapses > 1 && hidden <= chip.hidden_neurons.value {
                "use one neuron less, or one synapse a neuron"
            } else {
                "use a smaller network or a chip with more hidden neurons"
            },
        );
    }
    count(
        Role::Readout,
        "xylo-readout-neurons",
        "the network has no more readout neurons than the chip",
        sizes.readouts,
        &chip.readout_neurons,
        "readout neurons",
        "use a smaller last layer or a chip with more readouts",
    );
    if let Some(advised) = &chip.readout_neurons_advised {
        let found = sizes.readouts;
        if found > advised.value && found <= chip.readout_neurons.value {
            let most = advised.value;
            let what =
                format!("the network has {found} readout neurons; the vendor advises {most}");
            let finding = Finding::warning(
                "xylo-readout-neurons-advised",
                "the network keeps to the number of readouts that the vendor's tool accepts in silence",
                what,
            );
            let finding = finding
                .why(because(advised))
                .fix("test readouts above 15 on the chip");
            findings.push(at(finding, owners.of(Role::Readout, advised.value)));
        }
    }
    if hidden == 0 {
        findings.push(
            Finding::error(
                "xylo-no-hidden-layer",
                "inputs reach the readouts through a hidden layer",
                "the network has no hidden neuron",
            )
            .why("no chip of the family has a connection from inputs to readouts")
            .fix("put the first layer of neurons in the hidden population and add a relay readout"),
        );
    }
}

fn synapses(findings: &mut Findings, owners: &Owners<'_>, sizes: &Sizes, chip: &Chip) {
    let (found, limit) = (sizes.synapses, &chip.hidden_synapses);
    if found > limit.value {
        let (name, most) = (chip.name, limit.value);
        let what = format!("hidden neurons have {found} synapses; {name} has {most}");
        let finding = Finding::error(
            "xylo-synapse-2",
            "a hidden neuron has no more synapses than on the chip",
            what,
        );
        let finding = finding
            .why(because(limit))
            .fix("use one synaptic time constant, or a chip with two synapses");
        findings.push(at(finding, owners.of(Role::Hidden, 0)));
    }
}

fn expansions(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let hidden = specification.hidden_neurons();
    let reached = specification.input_expansion();
    let read = specification.readout_expansion();
    let most = chip
        .input_expansion
        .as_ref()
        .map_or(hidden, |limit| limit.value.min(hidden));
    if !(1..=most).contains(&reached) {
        let name = chip.name;
        let what = format!(
            "inputs reach the first {reached} of {hidden} hidden neurons; {name} allows 1 to {most}"
        );
        let mut finding = Finding::error(
            "xylo-input-expansion",
            "inputs reach only the first hidden neurons that the chip connects to them",
            what,
        )
        .fix("give the neurons that read inputs the lowest hidden ids, and use fewer of them");
        if let Some(limit) = &chip.input_expansion {
            finding = finding.why(because(limit));
        }
        findings.push(at(finding, owners.of(Role::Hidden, most)));
    }
    let rule = "readouts read the hidden neurons that the chip connects to them";
    match &chip.readout_expansion {
        None if read != hidden => {
            let what = format!("the readout matrix has {read} rows for {hidden} hidden neurons");
            findings.push(
                Finding::error("xylo-readout-expansion", rule, what)
                    .why("this chip has a row of readout weights for every hidden neuron")
                    .fix("add rows of zeros before the first row"),
            );
        }
        Some(limit) if !(1..=limit.value.min(hidden)).contains(&read) => {
            let (name, most) = (chip.name, limit.value.min(hidden));
            let what = format!(
                "readouts read the last {read} of {hidden} hidden neurons; {name} allows 1 to {most}"
            );
            let finding = Finding::error("xylo-readout-expansion", rule, what)
                .why(because(limit))
                .fix("give the neurons that readouts read the highest hidden ids, and use fewer");
            let first = hidden.saturating_sub(read);
            findings.push(at(finding, owners.of(Role::Hidden, first)));
        }
        _ => {}
    }
}
