//! The steps that the chip adds on the way from the inputs.

use std::collections::{BTreeSet, VecDeque};

use nirc_dialects::finding::{Finding, Findings};

use super::network::{Connection, Network, Source};

const WHY: &str = "a spike of a hidden neuron takes a step to its targets on the chip";

/// Reports where a path comes later on the chip than in the model. Spikes of hidden neurons reach
/// their targets one step later; a model may have them arrive in the same step.
///
/// Populations that reach each other in the same step, in a cycle, are an error finding: such a model
/// has no meaning.
pub fn check(network: &Network<'_>, findings: &mut Findings) {
    let Some(later) = delays(network, findings) else {
        return;
    };
    for (index, population) in network.populations.iter().enumerate() {
        if later[index] == 0 {
            continue;
        }
        let arrivals: BTreeSet<usize> = network
            .connections_to(index)
            .iter()
            .map(|c| match c.source {
                Source::Input(_) => 0,
                Source::Population(source) => later[source] + 1 - c.steps.min(1),
            })
            .collect();
        const RULE: &str = "spikes arrive when they do in the model";
        let finding = if arrivals.len() == 1 {
            let steps = if later[index] == 1 { "step" } else { "steps" };
            Finding::note(
                "xylo-latency",
                RULE,
                format!(
                    "all its inputs arrive {} {steps} later on the chip",
                    later[index]
                ),
            )
        } else {
            let arrivals: Vec<_> = arrivals.iter().map(usize::to_string).collect();
            Finding::warning(
                "xylo-latency",
                RULE,
                format!(
                    "its inputs arrive {} steps later on the chip, by connection: their relative timing changes",
                    arrivals.join(" or ")
                ),
            )
            .fix("train with a step of delay on every connection between populations")
        };
        findings.push(finding.at(&population.name).why(WHY));
    }
}

/// How much later each population runs than in the model, along its latest path; `None` after a
/// finding. A connection with a register is as fast on the chip.
fn delays(network: &Network<'_>, findings: &mut Findings) -> Option<Vec<usize>> {
    let count = network.populations.len();
    let immediate = |c: &&Connection<'_>| c.steps == 0;
    let mut targets = vec![Vec::new(); count];
    let mut waits = vec![0usize; count];
    for connection in network.connections.iter().filter(immediate) {
        if let Source::Population(source) = connection.source {
            targets[source].push(connection.target);
            waits[connection.target] += 1;
        }
    }
    let mut later = vec![0; count];
    let mut ready: VecDeque<usize> = (0..count).filter(|p| waits[*p] == 0).collect();
    let mut done = 0;
    while let Some(source) = ready.pop_front() {
        done += 1;
        for &target in &targets[source] {
            later[target] = later[target].max(later[source] + 1);
            waits[target] -= 1;
            if waits[target] == 0 {
                ready.push_back(target);
            }
        }
    }
    if done == count {
        return Some(later);
    }
    // The first population that waits is in a cycle or behind one.
    let names: Vec<_> = (0..count)
        .filter(|p| waits[*p] > 0)
        .map(|p| format!("`{}`", network.populations[p].name))
        .collect();
    findings.push(
        Finding::error(
            "xylo-cycle",
            "every cycle holds its spikes back by a step",
            format!("{} wait for each other's spikes", names.join(", ")),
        )
        .why("a neuron cannot take spikes that depend on its own in the same step")
        .fix("put a `dt.register` of one step into the cycle"),
    );
    None
}
