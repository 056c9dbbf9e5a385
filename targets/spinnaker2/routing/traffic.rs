//! Who sends packets to whom: what routing starts from.

use nirc_dialects::finding::{Finding, Findings};

use super::machine::{Core, Machine};

/// Neurons with one source of keys, placed on cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// The NIR node, or what else messages should call it.
    pub name: String,
    /// Its neurons, split over cores, in the order of the neurons.
    pub slices: Vec<Slice>,
}

/// The neurons of a population that one core has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The core that sends.
    pub core: Core,
    /// How many neurons, each with a key of its own; from 1.
    pub atoms: u32,
    /// The cores that get every packet, in any order, each once. The sender may be one of them.
    /// Without any, packets are dropped on the sender's chip.
    pub targets: Vec<Core>,
}

/// All that is wrong with the populations: slices that are empty, and cores that the machine lacks.
pub fn check(machine: &Machine, populations: &[Population]) -> Result<(), Findings> {
    let mut findings = Findings::new();
    for population in populations {
        for (i, slice) in population.slices.iter().enumerate() {
            if slice.atoms == 0 {
                findings.push(
                    Finding::error(
                        "s2-route-empty",
                        "a slice of a population has neurons",
                        format!("slice {i} has none"),
                    )
                    .at(&population.name),
                );
            }
            let cores = slice.targets.iter().chain([&slice.core]);
            for core in cores.filter(|core| !machine.has_core(**core)) {
                findings.push(
                    Finding::error(
                        "s2-route-core",
                        "populations are on cores that the machine has",
                        format!(
                            "slice {i} is on or sends to core {} of chip ({}, {}), which is not there",
                            core.core, core.chip.x, core.chip.y
                        ),
                    )
                    .at(&population.name)
                    .fix("place the populations on this machine"),
                );
            }
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(())
}
