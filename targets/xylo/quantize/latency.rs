//! The steps that the chip adds on the way from the inputs.

use nirc_dialects::finding::{Finding, Findings};

use super::network::{Network, Source};

/// Reports where a path comes later on the chip than in the model. Spikes of hidden neurons reach
/// their targets one step later; a model may have them arrive in the same step.
pub fn check(network: &Network<'_>, findings: &mut Findings) {
    // How much later each population runs than in the model, along its latest path.
    let mut later = vec![0usize; network.populations.len()];
    for _ in 0..network.populations.len() {
        for connection in &network.connections {
            if let (Source::Population(source), 0) = (connection.source, connection.steps) {
                later[connection.target] = later[connection.target].max(later[source] + 1);
            }
        }
    }
    for (index, population) in network.populations.iter().enumerate() {
        if later[index] == 0 {
            continue;
        }
        let arrivals: Vec<usize> = network
            .connections
            .iter()
            .filter(|c| c.target == index)
            .map(|c| match c.source {
                Source::Input(_) => 0,
                Source::Population(source) => later[source] + 1 - c.steps.min(1),
            })
            .collect();
        const RULE: &str = "spikes arrive when they do in the model";
        let finding = if arrivals.iter().all(|a| *a == later[index]) {
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
            Finding::warning(
                "xylo-latency",
                RULE,
                format!("its inputs arrive {arrivals:?} steps later on the chip, by connection: their relative timing changes"),
            )
            .fix("train with a step of delay on every connection between populations")
        };
        findings.push(
            finding
                .at(&population.name)
                .why("a spike of a hidden neuron takes a step to its targets on the chip"),
        );
    }
}
