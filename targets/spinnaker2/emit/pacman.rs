//! Machine, placements and routing tables in PACMAN's JSON schemas, as an exchange with PACMAN.

use std::collections::BTreeMap;

use nirc_dialects::finding::Finding;

use crate::{
    File,
    spinnaker2::{
        chip::System,
        map::machine,
        placed::{Placed, Slice},
        routing::{self, Chip, Core, Population, Table, pacman},
    },
};

const PURPOSE: &str = "for PACMAN, in its JSON format (not load-tested)";
/// The address in the machine file, which PACMAN asks for; it is for the user to set.
const ADDRESS: &str = "192.168.1.1";

/// The files.
///
/// # Errors
///
/// A machine that the format cannot describe.
pub fn files(system: &System, placed: &Placed) -> Result<Vec<File>, Finding> {
    let file = |name: &str, content: String| File::text(format!("pacman/{name}"), content, PURPOSE);
    let tables: BTreeMap<Chip, Table> = placed.tables.iter().cloned().collect();
    // The warning that SpiNNaker1's bound in the schema is exceeded stands in the target's page: there is
    // no other way to name a core.
    let (tables, _) = pacman::routing_tables(&tables);
    Ok(vec![
        file("machine.json", pacman::machine(&machine(system), ADDRESS)?),
        file("placements.json", pacman::placements(&populations(placed))),
        file("routing_tables.json", tables),
    ])
}

/// Where the slices of each population are, without their targets.
fn populations(placed: &Placed) -> Vec<Population> {
    let slice = |slice: &Slice| routing::Slice {
        core: Core {
            chip: slice.chip,
            core: slice.core.saturating_sub(1) as u16,
        },
        atoms: slice.count as u32,
        targets: Vec::new(),
    };
    let populations = placed.network.populations.iter().enumerate();
    populations
        .map(|(index, population)| Population {
            name: population.name.clone(),
            slices: placed.slices_of(index).map(slice).collect(),
        })
        .collect()
}
