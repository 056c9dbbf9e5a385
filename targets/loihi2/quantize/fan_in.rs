//! Fan-in that no core takes, and the step that relays take.

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::connections::{Matrix, Network, product};

use crate::loihi2::chip::MOST_FAN_IN;

/// The steps that each connection takes at least: two, if it goes over relays that add up a part of the
/// inputs each, because a core takes no neuron with all of them.
pub fn least_steps(network: &Network<'_>, findings: &mut Findings) -> Vec<usize> {
    let is_dense = |matrix: &Matrix| !matches!(matrix, Matrix::Kernel(_) | Matrix::Diagonal(_));
    let each = network.connections.iter().map(|connection| {
        let into = network.connections_to(connection.target).iter();
        let dense = into.filter(|c| is_dense(&c.matrix));
        let fan_in: usize = dense.map(|c| product(network.source_shape(c.source))).sum();
        let own = product(network.source_shape(connection.source));
        if fan_in <= MOST_FAN_IN || !is_dense(&connection.matrix) || own * 2 < fan_in {
            return 1;
        }
        findings.push(
            Finding::note(
                "loihi2-fan-in",
                "a core takes a neuron with all of its inputs",
                format!(
                    "{own} inputs from `{}` are added up in parts by relays, which takes a step more",
                    network.source_name(connection.source)
                ),
            )
            .at(&network.populations[connection.target].name)
            .why(format!(
                "each input costs an axon and a word of synapses at least, so {MOST_FAN_IN} fill a core"
            )),
        );
        2
    });
    each.collect()
}
