//! Whether a network has the shape that a netx file can hold: layer after layer.

use nirc_passes::connections::{Network, Source, Timing};

/// Whether `network` is a sequence: one input, each population fed by the one before and at most by itself
/// after one step, all else without delay, and one output, of the last.
pub fn has_shape(network: &Network<'_>, timing: &Timing) -> bool {
    let last = network.populations.len().wrapping_sub(1);
    let connections = network.connections.iter().zip(&timing.ticks);
    let fits = |(c, ticks): (&nirc_passes::connections::Connection<'_>, &usize)| {
        let before = match c.source {
            Source::Input(_) => c.target == 0,
            Source::Population(source) => source == c.target || source + 1 == c.target,
        };
        before && *ticks == 1
    };
    let fed = |target: usize| {
        let into = network.connections_to(target);
        let before = into
            .iter()
            .filter(|c| c.source != Source::Population(target));
        before.count() == 1 && into.len() <= 2
    };
    network.inputs.len() == 1
        && connections.into_iter().all(fits)
        && (0..network.populations.len()).all(fed)
        && matches!(network.outputs.as_slice(), [one] if one.population == last)
}
