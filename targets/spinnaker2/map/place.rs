//! Which processing element each slice stands on.

use super::partition::Slice;
use crate::spinnaker2::{
    chip::System,
    chip_data::RESERVED_CORES,
    routing::{Chip, Machine},
};

/// A processing element: its chip, and its core id there, 1 to 152.
pub type Place = (Chip, usize);

/// The machine of a system.
pub fn machine(system: &System) -> Machine {
    match system.chips.value {
        1 => Machine::chip(),
        _ => Machine::board(),
    }
}

/// The core ids of a chip that are used, in order.
pub fn cores(system: &System) -> impl Iterator<Item = usize> {
    let all = 1..=system.elements.value;
    all.filter(|core| !RESERVED_CORES.value.contains(core))
        .take(system.usable_elements.value)
}

/// A place for each slice: chip by chip, core by core.
pub fn in_order(system: &System, slices: &[Slice]) -> Vec<Place> {
    let machine = machine(system);
    let places = machine
        .chips()
        .flat_map(|chip| cores(system).map(move |core| (chip, core)));
    slices.iter().zip(places).map(|(_, place)| place).collect()
}
