//! Recurrent connections: fan-out, their total, and connections on the second synapse only.

use nirc_dialects::finding::{Finding, Findings};

use super::{
    because,
    owners::{Fault, Owners, at, plural},
};
use crate::xylo::{
    chip::Chip,
    specification::{Role, Specification},
};

/// What one hidden neuron sends.
#[derive(Clone, Copy, Default)]
struct Row {
    /// Connections that take a place in the chip's lists.
    listed: usize,
    /// Connections with a weight on the second synapse only.
    synapse_2_only: usize,
}

pub(super) fn check(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let rows: Vec<Row> = specification
        .weights_rec
        .outer_iter()
        .map(|targets| {
            let mut row = Row::default();
            for synapses in targets.outer_iter() {
                let first = synapses.first().is_some_and(|&w| w != 0);
                let second = synapses.iter().skip(1).any(|&w| w != 0);
                row.listed += usize::from(first || (second && chip.synapse_2_counts.value));
                row.synapse_2_only += usize::from(second && !first);
            }
            row
        })
        .collect();
    fan_out(findings, owners, &rows, chip);
    total(findings, &rows, chip);
    synapse_2_only(findings, owners, &rows, chip);
}

fn faults(values: impl Iterator<Item = usize>, above: usize) -> impl Iterator<Item = Fault> {
    values
        .enumerate()
        .filter(move |(_, n)| *n > above)
        .map(|(id, n)| Fault {
            id,
            value: i64::try_from(n).unwrap_or(i64::MAX),
            badness: n as u64,
        })
}

fn fan_out(findings: &mut Findings, owners: &Owners<'_>, rows: &[Row], chip: &Chip) {
    let limit = &chip.fan_out;
    let over = faults(rows.iter().map(|row| row.listed), limit.value);
    for group in owners.gather(Role::Hidden, over) {
        let (most, name) = (limit.value, chip.name);
        let (worst, id, ids) = (group.worst.value, group.worst.id, group.ids());
        let who = plural(group.count, "hidden neuron");
        let what = format!(
            "{who} (ids {ids}) send to more than {most} hidden neurons; the worst is id {id} with \
             {worst}, {name} has {most}"
        );
        let finding = Finding::error(
            "xylo-fan-out",
            "a hidden neuron sends to no more hidden neurons than the chip allows",
            what,
        )
        .why(because(limit))
        .fix(
            "prune the weakest recurrent weights of these neurons, or split a neuron with an alias",
        );
        findings.push(at(finding, group.node));
    }
}

fn total(findings: &mut Findings, rows: &[Row], chip: &Chip) {
    let (limit, found) = (
        &chip.connections,
        rows.iter().map(|row| row.listed).sum::<usize>(),
    );
    if found > limit.value {
        let (most, name) = (limit.value, chip.name);
        let what = format!("the network has {found} recurrent connections; {name} has {most}");
        let rule = "the network has no more recurrent connections than the chip";
        findings.push(
            Finding::error("xylo-connections", rule, what)
                .why(because(limit))
                .fix("prune the weakest recurrent weights"),
        );
    }
}

fn synapse_2_only(findings: &mut Findings, owners: &Owners<'_>, rows: &[Row], chip: &Chip) {
    let limit = &chip.drops_synapse_2_only;
    if !limit.value {
        return;
    }
    for group in owners.gather(
        Role::Hidden,
        faults(rows.iter().map(|r| r.synapse_2_only), 0),
    ) {
        let (worst, id, ids) = (group.worst.value, group.worst.id, group.ids());
        let who = plural(group.count, "hidden neuron");
        let what = format!(
            "{who} (ids {ids}) have recurrent connections on the second synapse only; id {id} has \
             {worst}"
        );
        let rule = "a recurrent connection has a weight on the first synapse";
        let finding = Finding::warning("xylo-synapse-2-only", rule, what)
            .why(
                "samna 0.7.1 builds the connection list from the first synapse and drops such \
                 connections without a word; whether later versions do is not known",
            )
            .fix("use the first synapse for these, or give the first synapse a weight of 1");
        findings.push(at(finding, group.node));
    }
}
