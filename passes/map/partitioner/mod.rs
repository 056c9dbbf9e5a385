//! Partitioners: who stands together.

mod aligned;
pub(super) mod bricks;
mod connectivity;
mod fill;
mod fm;
mod grow;
mod refined;
mod segment;
mod sequential;
mod tile_search;
mod tiled;

use nirc_dialects::finding::{Finding, Findings};

pub use aligned::Aligned;
pub use refined::{Refined, refine};
pub use sequential::{NeuronOrder, Sequential};
pub use tiled::Tiled;

use super::{
    architecture::Architecture,
    cost::{self, CostModel},
    load::CoreLoad,
    network::Network,
    partition::{Part, Partition},
    progress::Progress,
};

/// What is to be partitioned.
#[derive(Clone, Copy)]
pub struct Problem<'p> {
    /// The network; [`Network::check`] holds.
    pub network: &'p Network,
    /// The chip or system.
    pub architecture: &'p Architecture,
    /// What neurons and synapses cost on it.
    pub cost: &'p dyn CostModel,
    /// The most cores.
    pub cores: usize,
    /// Whatever is random comes from it.
    pub seed: u64,
    /// Told how far it is.
    pub progress: &'p dyn Progress,
}

/// A way to partition. A user's own implements this; [`partition`] checks what it gives.
pub trait Partitioner: Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// What it does, in a sentence.
    fn description(&self) -> &'static str;

    /// Puts every neuron that stands on a core onto one, within the capacities.
    ///
    /// # Errors
    ///
    /// What cannot be put anywhere, and why.
    fn partition(&self, problem: &Problem<'_>) -> Result<Partition, Findings>;
}

/// The partitioners that come with nirc.
pub const PARTITIONERS: [&dyn Partitioner; 5] = [
    &Sequential(NeuronOrder::ChannelsFirst),
    &Sequential(NeuronOrder::ChannelsLast),
    &Tiled,
    &Aligned,
    &Refined,
];

/// Partitions with `partitioner`, and checks the result: every neuron on exactly one core, no capacity
/// exceeded, not more cores than there are.
///
/// # Errors
///
/// What the partitioner could not place, or all that is wrong with what it gave.
pub fn partition(
    partitioner: &dyn Partitioner,
    problem: &Problem<'_>,
) -> Result<Partition, Findings> {
    problem.network.check()?;
    let mut partition = partitioner.partition(problem)?;
    partition.cores.retain(|parts| !parts.is_empty());
    check(&partition, problem)?;
    Ok(partition)
}

/// Checks a partition, whoever made it.
///
/// # Errors
///
/// All that is wrong with it.
pub fn check(partition: &Partition, problem: &Problem<'_>) -> Result<(), Findings> {
    partition.check(problem.network)?;
    let mut findings = Findings::new();
    if partition.used() > problem.cores {
        findings.push(too_many_cores(partition.used(), problem));
    }
    let mut broken = 0;
    for (core, parts) in partition.cores.iter().enumerate() {
        let load = CoreLoad::new(problem.network, parts);
        if cost::fits(problem.cost, problem.network, &load) {
            continue;
        }
        broken += 1;
        if broken <= MOST_CORES_NAMED {
            let what = format!("core {core} holds {}", over(problem, &load));
            findings.push(over_capacity(problem, what, parts));
        }
    }
    if broken > MOST_CORES_NAMED {
        let more = broken - MOST_CORES_NAMED;
        findings.push(over_capacity(problem, format!("{more} more cores"), &[]));
    }
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(())
    }
}

/// Cores over capacity that are named one by one.
const MOST_CORES_NAMED: usize = 8;

fn over_capacity(problem: &Problem<'_>, what: String, parts: &[Part]) -> Finding {
    let finding = Finding::error("map-capacity", "no core holds more than it can", what);
    match parts
        .first()
        .map(|p| &problem.network.populations[p.population])
    {
        Some(population) => finding.at(&*population.name),
        None => finding,
    }
}

/// The resources of which a load takes too much, with the numbers.
fn over(problem: &Problem<'_>, load: &CoreLoad) -> String {
    let usage = cost::usage(problem.cost, problem.network, load);
    let resources = problem.cost.resources().iter().zip(usage);
    let mut over: Vec<String> = resources
        .filter(|(resource, used)| *used > resource.capacity)
        .map(|(r, used)| format!("{used} of {} {} ({})", r.capacity, r.unit, r.name))
        .collect();
    if over.is_empty() {
        over.push(format!(
            "{} populations where one may stand",
            load.populations.len()
        ));
    }
    over.join(", ")
}

/// The finding about a network that takes more cores than there are.
pub fn too_many_cores(needed: usize, problem: &Problem<'_>) -> Finding {
    Finding::error(
        "map-cores",
        "the network has room on the cores",
        format!(
            "it takes {needed} cores; {} may be used of {} ({} of a chip, {} chips)",
            problem.cores,
            problem.architecture.name,
            problem.architecture.mesh.usable_cores,
            problem.architecture.mesh.chip_count()
        ),
    )
    .fix("use more chips (--set mesh.chips=[X,Y]), fewer weight bits, or a smaller network")
}

/// The finding about a population one neuron of which fits no core.
pub fn no_core_takes(problem: &Problem<'_>, part: Part) -> Finding {
    let network = problem.network;
    let load = CoreLoad::new(network, &[part]);
    let fan_in: Vec<String> = load
        .projections
        .iter()
        .map(|p| {
            let projection = &network.projections[p.projection];
            let source = &network.populations[projection.source].name;
            format!("{} axons from `{source}`", p.axons)
        })
        .collect();
    Finding::error(
        "map-neuron",
        "an empty core takes a neuron",
        format!(
            "one neuron with {} takes {}",
            fan_in.join(", "),
            over(problem, &load)
        ),
    )
    .at(&*network.populations[part.population].name)
    .why("no way of cutting the layer makes its fan-in smaller")
    .fix("lower the fan-in: stride or pool before the layer, split it over relay neurons, or fewer weight bits")
}
