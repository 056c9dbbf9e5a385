//! Delays that relay populations can make.

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::connections::{Network, Timing};

/// More steps than these are refused, in all ways.
const MOST_TICKS: usize = 1 << 12;

/// An error finding for each connection that takes too long.
pub fn check(network: &Network<'_>, timing: &Timing, findings: &mut Findings) {
    for (connection, ticks) in network.connections.iter().zip(&timing.ticks) {
        if *ticks > MOST_TICKS {
            findings.push(
                Finding::error(
                    "s2-delay",
                    "a delay is short enough for relay populations",
                    format!(
                        "spikes of `{}` arrive after {ticks} ticks, more than {MOST_TICKS}",
                        network.source_name(connection.source)
                    ),
                )
                .at(&network.populations[connection.target].name)
                .why("a synapse delays by 8 ticks at most, a relay population by 8 more"),
            );
        }
    }
}
