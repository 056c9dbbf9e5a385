//! Estimates of how long a tick takes. No public source has the times of a neuron or of a lookup, so
//! these are rates that the chip is said to reach, turned round.

use nirc_dialects::finding::{Finding, Findings};

use super::{options::Options, partition::Slice};
use crate::spinnaker2::{
    application::Application,
    chip_data::{RATES, SYSTEMS},
    network::Network,
};

/// The estimated time of a tick on an element, in seconds: of its neurons alone, and of its neurons
/// with every synapse active.
pub fn estimate(neurons: usize, synapses: usize) -> (f64, f64) {
    let elements = SYSTEMS[0].usable_elements.value as f64;
    let neuron = 1e-3 / (RATES.neurons_a_millisecond.value / elements);
    let neurons = neurons as f64 * neuron;
    (
        neurons,
        neurons + synapses as f64 / RATES.synaptic_events.value,
    )
}

/// Says how much of the synapses of the busiest element may be active in a tick.
pub fn report(network: &Network, slices: &[Slice], options: &Options, findings: &mut Findings) {
    let tick = f64::from(options.tick) * 1e-6;
    let busiest = slices
        .iter()
        .filter(|slice| network.populations[slice.population].application != Application::SpikeList)
        .map(|slice| (estimate(slice.count, slice.synapses), slice))
        .max_by(|a, b| a.0.1.total_cmp(&b.0.1).then(b.1.first.cmp(&a.1.first)));
    let Some(((neurons, all), slice)) = busiest else {
        return;
    };
    if all <= tick {
        return;
    }
    let part = ((tick - neurons) / (all - neurons) * 100.0).max(0.0);
    let name = &network.populations[slice.population].name;
    let what = format!(
        "an estimate: an element with {} neurons and {} synapses takes {:.0} us of a tick of {} us if \
         every source spikes in it; up to {part:.0} % of the synapses may be active",
        slice.count,
        slice.synapses,
        all * 1e6,
        options.tick
    );
    const RULE: &str = "a tick's work is done before the next tick";
    let finding = match neurons > tick {
        true => Finding::warning("s2-deadline", RULE, what),
        false => Finding::note("s2-deadline", RULE, what),
    };
    findings.push(
        finding
            .at(name)
            .why("nothing holds the chip's tick up: what is late arrives in a later tick")
            .fix("take a longer tick (--map tick=MICROSECONDS) or fewer neurons on an element (--map atoms=N)"),
    );
}
