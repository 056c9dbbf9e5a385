//! `quant-to-hw` for SpiNNaker2.

mod applications;
mod build;
mod load;
pub mod options;
mod partition;
mod place;
mod read;

use std::collections::BTreeSet;

use nirc_dialects::{finding::Finding, ir, quant::Op};
use nirc_passes::{Lowering, MapOptions, read_all};

use self::options::Options;
pub use self::{load::estimate, place::machine};
use super::{
    chip::System,
    network::Network,
    routing::{self, Core, Population},
};

/// Rewrites the module from `quant` to `hw` for `system`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn map(
    system: &System,
    lowering: &mut Lowering<'_, '_, '_>,
    options: &MapOptions,
) -> Result<(), Finding> {
    let options = match Options::read(options) {
        Ok(options) => options,
        Err(findings) => {
            lowering.findings.extend(findings);
            Options::default()
        }
    };
    let old = ir::operations(lowering.module);
    let ops = read_all::<Op<'_>>(lowering.module, lowering.findings);
    let read = read::read(&ops, lowering.tensors, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let assigned = applications::assign(read, &options, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let outputs: Vec<usize> = assigned.outputs.iter().map(|(_, p)| *p).collect();
    let most = system.chips.value * system.usable_elements.value;
    let network = &assigned.network;
    let slices = partition::partition(network, &outputs, &options, most, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    load::report(network, &slices, &options, lowering.findings);
    let reached = partition::reached(network, &slices);
    let places = place::place(system, &slices, &reached, options.place);
    let machine = place::machine(system);
    let traffic = traffic(network, &slices, &places, reached);
    let routed = routing::plan(&machine, &traffic)
        .and_then(|plan| Ok((plan.compress(routing::Options::default())?, plan)));
    let (tables, plan) = match routed {
        Ok((tables, plan)) => (tables, plan),
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    };
    let keys = plan
        .keys
        .iter()
        .flat_map(|keys| keys.slices.iter().map(|block| block.key));
    let keys: Vec<u32> = keys.collect();
    build::build(
        system, &assigned, &slices, &places, &keys, &tables, &options, lowering,
    )?;
    ir::erase(&old);
    Ok(())
}

/// Which cores the packets of each slice go to: those of all slices that have a synapse from it.
fn traffic(
    network: &Network,
    slices: &[partition::Slice],
    places: &[place::Place],
    reached: Vec<BTreeSet<usize>>,
) -> Vec<Population> {
    let core = |slice: usize| Core {
        chip: places[slice].0,
        core: (places[slice].1 - 1) as u16,
    };
    let mut populations: Vec<Population> = network
        .populations
        .iter()
        .map(|population| Population {
            name: population.name.clone(),
            slices: Vec::new(),
        })
        .collect();
    for (index, (slice, targets)) in slices.iter().zip(reached).enumerate() {
        populations[slice.population].slices.push(routing::Slice {
            core: core(index),
            atoms: slice.count as u32,
            targets: targets.into_iter().map(core).collect(),
        });
    }
    populations
}
