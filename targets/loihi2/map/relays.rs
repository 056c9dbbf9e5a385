//! A fan-in that no core takes: relays add up a part of the inputs each and send the sum as a payload.
//!
//! Lava's GradedVec keeps nothing, so the sum of the parts is the sum of a step, exactly, and a step later.

use ndarray::ArrayView2;
use nirc_dialects::finding::Finding;

use super::{
    forms::check_weights,
    processes::Processes,
    read::{Connection, Weights},
};
use crate::loihi2::network::{self, Delay, Neuron, Population, SignMode, Sparse, Synapses};

/// Bits of a payload with sign: sums of a step are below 2^17, and of these parts more than that is lost to no one.
pub const RELAY_BITS: u8 = 24;
/// Inputs of a relay. With more, fewer relays fit a core; with fewer, there are more of them.
const PART: usize = 1024;

/// Adds relays for each part of the sources of a table between the populations `ends`, and their synapses.
pub fn split<'c>(
    connection: &Connection<'c>,
    [source, target]: [usize; 2],
    message_bits: u8,
    made: &mut Processes<'c>,
) -> Result<(), Finding> {
    let Weights::Table(table) = &connection.weights else {
        return Ok(());
    };
    let [sources, targets] = [source, target].map(|p| made.network.populations[p].count());
    let table = ArrayView2::from_shape((targets, sources), table).map_err(|e| {
        Finding::error(
            "loihi2-network",
            "synapses fit their populations",
            e.to_string(),
        )
    })?;
    let (sign_mode, weight_bits) = check_weights(connection)?;
    for (part, first) in (0..sources).step_by(PART).enumerate() {
        let name = format!("{}.relay{part}", connection.name);
        let relay = made.network.populations.len();
        made.network.populations.push(Population {
            name: name.clone(),
            shape: vec![targets],
            neuron: Some(Neuron::Relay { threshold: 0 }),
            part: None,
        });
        made.locations.push(made.node_location(&name));
        made.scales.push(None);
        made.decay_errors.push(0.0);
        let within = first..(first + PART).min(sources);
        let (mut starts, mut found, mut weights) = (vec![0u32], Vec::new(), Vec::new());
        for source in 0..sources {
            if within.contains(&source) {
                for (target, weight) in table.column(source).iter().enumerate() {
                    if *weight != 0 {
                        found.push(target as u32);
                        weights.push(*weight);
                    }
                }
            }
            starts.push(found.len() as u32);
        }
        made.connect(
            network::Connection {
                name: name.clone(),
                source,
                target: relay,
                synapses: Synapses::Sparse(Sparse {
                    starts: starts.into(),
                    targets: found.into(),
                    weights: weights.into(),
                }),
                weight_exponent: connection.exponent,
                weight_bits,
                sign_mode,
                message_bits,
                // Of the steps, the relay takes one.
                delay: Delay::Uniform((connection.steps - 2) as u8),
            },
            connection,
        );
        // A weight of 2, shifted to 1.
        made.connect(
            network::Connection {
                name: format!("{name}.sum"),
                source: relay,
                target,
                synapses: Synapses::Sparse(Sparse {
                    starts: (0..=targets as u32).collect(),
                    targets: (0..targets as u32).collect(),
                    weights: vec![2; targets].into(),
                }),
                weight_exponent: -1,
                weight_bits: 7,
                sign_mode: SignMode::Excitatory,
                message_bits: RELAY_BITS,
                delay: Delay::Uniform(0),
            },
            connection,
        );
    }
    Ok(())
}
