//! When spikes arrive: delays on the chip that keep the model's relative timing.
//!
//! A spike takes a step of the chip, a tick, at least. If every way into a population takes as many ticks longer than in
//! the model, its spikes are the model's, so many steps later. With L the lateness of a population, a
//! connection of s steps from a to b needs L_b + s - L_a ticks, which must be 1 or more; the smallest
//! L that allow it are the longest ways from the inputs.

use nirc_dialects::finding::{Finding, Findings};

use super::{
    Codes,
    network::{Network, Source},
};

/// When spikes arrive.
pub struct Timing {
    /// How many steps each population runs later than in the model.
    pub late: Vec<usize>,
    /// The ticks that spikes of each connection take, 1 or more.
    pub ticks: Vec<usize>,
}

/// The delays of `network`; `is_late` says of which populations input acts a step later than it comes,
/// `least` how many ticks each connection takes at least, 1 if it says nothing. Cycles that are shorter in the model than on the chip cannot be kept: they
/// are warnings, or errors where the model has no delay in them at all.
pub fn timing(
    network: &Network<'_>,
    is_late: &[bool],
    least: &[usize],
    codes: &Codes,
    findings: &mut Findings,
) -> Timing {
    let count = network.populations.len();
    let steps: Vec<usize> = network
        .connections
        .iter()
        .map(|c| {
            c.steps
                .saturating_add(usize::from(is_late.get(c.target) == Some(&true)))
        })
        .collect();
    let earliest = |late: &[usize], c: usize| {
        let source = match network.connections[c].source {
            Source::Input(_) => 0,
            Source::Population(source) => late[source],
        };
        (source + least.get(c).copied().unwrap_or(1)).saturating_sub(steps[c])
    };
    let mut late = vec![0; count];
    // In a network of n populations no way without a cycle is longer than n.
    for _ in 0..=count {
        let mut changed = false;
        for (c, connection) in network.connections.iter().enumerate() {
            let least = earliest(&late, c);
            if late[connection.target] < least {
                late[connection.target] = least;
                changed = true;
            }
        }
        if !changed {
            let ticks = network
                .connections
                .iter()
                .enumerate()
                .map(|(c, connection)| {
                    let source = match connection.source {
                        Source::Input(_) => 0,
                        Source::Population(source) => late[source],
                    };
                    steps[c] + late[connection.target] - source
                });
            let timing = Timing {
                ticks: ticks.collect(),
                late,
            };
            report(network, &timing, codes, findings);
            return timing;
        }
    }
    short_cycle(network, &steps, codes, findings);
    Timing {
        late: vec![0; count],
        ticks: steps.iter().map(|s| (*s).max(1)).collect(),
    }
}

fn report(network: &Network<'_>, timing: &Timing, codes: &Codes, findings: &mut Findings) {
    for (population, late) in network.populations.iter().zip(&timing.late) {
        if *late > 0 {
            let steps = if *late == 1 { "step" } else { "steps" };
            findings.push(
                Finding::note(
                    codes.latency,
                    "spikes arrive when they do in the model",
                    format!("all its inputs arrive {late} {steps} later on the chip"),
                )
                .at(&population.name)
                .why("a spike takes a step to its targets"),
            );
        }
    }
}

/// Names the populations of cycles that are too short.
fn short_cycle(network: &Network<'_>, steps: &[usize], codes: &Codes, findings: &mut Findings) {
    let count = network.populations.len();
    // Populations that reach each other without a step wait for each other's spikes.
    let mut waits = vec![true; count];
    let mut changed = true;
    while changed {
        changed = false;
        for p in 0..count {
            let blocked = network.connections.iter().zip(steps).any(|(c, steps)| {
                c.target == p
                    && *steps == 0
                    && matches!(c.source, Source::Population(source) if waits[source])
            });
            if waits[p] && !blocked {
                waits[p] = false;
                changed = true;
            }
        }
    }
    let names = |chosen: &dyn Fn(usize) -> bool| {
        let names = (0..count).filter(|p| chosen(*p));
        let names: Vec<_> = names
            .map(|p| format!("`{}`", network.populations[p].name))
            .collect();
        names.join(", ")
    };
    if waits.iter().any(|waits| *waits) {
        findings.push(
            Finding::error(
                codes.cycle,
                "every cycle holds its spikes back by a step",
                format!("{} wait for each other's spikes", names(&|p| waits[p])),
            )
            .why("a neuron cannot take spikes that depend on its own in the same step")
            .fix("put a `dt.register` of one step into the cycle"),
        );
        return;
    }
    findings.push(
        Finding::warning(
            codes.latency,
            "spikes arrive when they do in the model",
            format!(
                "among {} a cycle has fewer steps than connections: every connection takes a step, so \
                 relative timing changes",
                names(&|_| true)
            ),
        )
        .why("a spike takes a step to its targets")
        .fix("train with a step of delay on every connection between populations"),
    );
}
