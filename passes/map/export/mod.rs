//! Networks and maps in the formats of other tools.

mod hmetis;
mod sana_fe;

pub use hmetis::hmetis;
pub use sana_fe::{SpikeTrains, architecture as sana_fe_architecture, network as sana_fe_network};

use super::network::Network;

/// The number of the first neuron of each population, counting those that stand on cores; the last entry
/// is the number of all.
fn starts(network: &Network) -> Vec<u64> {
    let mut starts = vec![0];
    let mut total = 0;
    for population in &network.populations {
        if population.placed {
            total += population.neurons();
        }
        starts.push(total);
    }
    starts
}
