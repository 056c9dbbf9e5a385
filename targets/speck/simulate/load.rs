//! Synaptic operations of each core in a second, against what a core can do.
//!
//! Every core has a limit, and beyond it the whole chip stalls: sinabs,
//! docs/speck/faqs/tips_for_training.md. No number is public, so it is the user's (`--map
//! synaptic-operations=N`); without one the rates are said all the same.

use std::collections::BTreeMap;

use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Recording,
};

use crate::speck::placement::Placement;

/// The part of the limit from which a core is said to be near it.
const NEAR: f64 = 0.8;

/// What a core did.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// In all steps of all runs.
    total: f64,
    steps: usize,
    /// In the busiest step.
    most: f64,
}

/// Findings on the load of each core in runs.
pub(super) fn remarks(placement: &Placement, recordings: &[Recording]) -> Findings {
    let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
    for (core, operations) in recordings.iter().flat_map(|r| &r.operations) {
        let load = loads.entry(core).or_default();
        load.total += operations.iter().sum::<f64>();
        load.steps += operations.len();
        load.most = operations.iter().copied().fold(load.most, f64::max);
    }
    let mut findings = Findings::new();
    if loads.is_empty() {
        return findings;
    }
    let (step, unit) = match placement.step {
        Some(step) => (step, "a second"),
        None => (1.0, "a step"),
    };
    let nodes = placement.nodes_by_core();
    let node = |core: &str| {
        let number = core
            .rsplit(' ')
            .next()
            .and_then(|n| n.parse::<usize>().ok());
        number.and_then(|n| nodes.get(n)).and_then(Option::as_deref)
    };
    let mean = |load: &Load| load.total / load.steps.max(1) as f64 / step;
    let each: Vec<_> = loads
        .iter()
        .map(|(core, load)| {
            let name = node(core).map_or_else(String::new, |node| format!(" (`{node}`)"));
            format!("{core}{name} {:.3e}, {:.3e}", mean(load), load.most / step)
        })
        .collect();
    let what = format!(
        "synaptic operations {unit}, on the average and in the busiest step: {}",
        each.join("; ")
    );
    const RULE: &str = "no core is asked for more than it can do";
    const WHY: &str = "beyond a core's limit the whole chip stalls: sinabs, tips_for_training.md";
    let note = Finding::note("speck-synaptic-operations", RULE, what);
    findings.push(match placement.synaptic_operations {
        Some(_) => note.why(WHY),
        None => note
            .why(format!("{WHY}; no number is public"))
            .fix("give the limit of your chip with --map synaptic-operations=N to be warned"),
    });
    let Some(limit) = placement.synaptic_operations else {
        return findings;
    };
    for (core, load) in &loads {
        let rate = load.most / step;
        if rate < NEAR * limit {
            continue;
        }
        let percent = 100.0 * rate / limit;
        let what = format!(
            "{core} is asked for {rate:.3e} synaptic operations {unit} in the busiest step, {percent:.0} % of \
             the limit of {limit:.3e}"
        );
        let code = if rate > limit {
            "speck-stall"
        } else {
            "speck-near-stall"
        };
        let finding = Finding::warning(code, RULE, what).why(WHY).fix(
            "use fewer channels or smaller kernels, a longer stride, fewer spikes, or --map spread=yes",
        );
        findings.push(match node(core) {
            Some(node) => finding.at(node),
            None => finding,
        });
    }
    findings
}
