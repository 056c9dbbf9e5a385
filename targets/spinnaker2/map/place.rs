//! Which processing element each slice stands on.
//!
//! Slices fill chip after chip in the order of the network, chips along a Hilbert curve through the board, so
//! that layers that follow each other are on neighbouring chips.
//!
//! A multicast packet goes from its element to the router in the middle of the chip and from there to its
//! targets. So with every neuron spiking once, the links of a chip carry for each slice the packets that it
//! sends and takes, times its distance from the router. The sum is least if the slices with the most packets
//! stand nearest: both lists sorted (the rearrangement inequality).

use std::{cmp::Reverse, collections::BTreeSet};

use nirc_passes::map::{Hilbert, Hypergraph, Mesh, PlaceProblem, Silent, built_in, place as map};

use super::partition::Slice;
use crate::spinnaker2::{
    chip::System,
    chip_data::RESERVED_CORES,
    grid::Element,
    routing::{Chip, Machine},
};

/// A processing element: its chip, and its core id there, 1 to 152.
pub type Place = (Chip, usize);

nirc_dialects::keyword! {
    /// How slices are placed.
    pub enum Order {
        /// Chips along a curve, on each the slices with the most packets nearest the router.
        Router = "router",
        /// Chip by chip and core by core, in the order of their numbers.
        Numbers = "numbers",
    }
}

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

/// A place for each slice; `reached` are the slices that the packets of each go to.
pub fn place(
    system: &System,
    slices: &[Slice],
    reached: &[BTreeSet<usize>],
    order: Order,
) -> Vec<Place> {
    let machine = machine(system);
    let chips = match order {
        Order::Numbers => machine.chips().collect(),
        Order::Router => along_a_curve(&machine),
    };
    let mut cores: Vec<usize> = cores(system).collect();
    if order == Order::Router {
        cores.sort_by_key(|core| (from_router(*core), *core));
    }
    let packets = packets(slices, reached);
    let mut places = vec![(Chip::default(), 0); slices.len()];
    let indices: Vec<usize> = (0..slices.len()).collect();
    for (own, chip) in indices.chunks(cores.len().max(1)).zip(chips) {
        let mut own = own.to_vec();
        if order == Order::Router {
            own.sort_by_key(|slice| (Reverse(packets[*slice]), *slice));
        }
        for (slice, core) in own.into_iter().zip(&cores) {
            places[slice] = (chip, *core);
        }
    }
    places
}

/// The packets that each slice sends and takes if every neuron spikes once.
fn packets(slices: &[Slice], reached: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut packets = vec![0; slices.len()];
    for (index, (slice, targets)) in slices.iter().zip(reached).enumerate() {
        if !targets.is_empty() {
            packets[index] += slice.count;
        }
        for target in targets {
            packets[*target] += slice.count;
        }
    }
    packets
}

/// Steps of the mesh between the quad of a core and the router, which has the places of two quads.
fn from_router(core: usize) -> usize {
    const ROUTER: [Element; 2] = [Element { x: 4, y: 3, pe: 0 }, Element { x: 4, y: 4, pe: 0 }];
    let element = Element::of_core(core);
    let distance = |element: Element| ROUTER.map(|router| element.distance(router));
    element.map_or(usize::MAX, |e| distance(e).into_iter().min().unwrap_or(0))
}

/// The chips of a machine along a Hilbert curve through its rectangle.
fn along_a_curve(machine: &Machine) -> Vec<Chip> {
    let (width, height) = (u32::from(machine.width()), u32::from(machine.height()));
    let mut graph = Hypergraph::default();
    graph.vertices = width as usize * height as usize;
    let Some(Ok(mut architecture)) = built_in("mesh", &[]) else {
        return machine.chips().collect();
    };
    architecture.mesh = Mesh::new(width, height, 1);
    let problem = PlaceProblem {
        graph: &graph,
        architecture: &architecture,
        objective: &architecture.objective,
        seed: 0,
        progress: &Silent,
    };
    let Ok(placement) = map(&Hilbert, &problem) else {
        return machine.chips().collect();
    };
    let tiles = placement.core.into_iter();
    let chips = tiles.map(|core| {
        let [x, y] = architecture.mesh.tile_of(core);
        Chip::new(x as u16, y as u16)
    });
    chips.filter(|chip| machine.has(*chip)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spinnaker2::{chip_data::SYSTEMS, image::size::Counts};

    fn slice(count: usize) -> Slice {
        Slice {
            population: 0,
            first: 0,
            count,
            counts: Counts::default(),
            synapses: 0,
        }
    }

    /// Steps of all packets on the links of the chips, every neuron spiking once.
    fn steps(places: &[Place], slices: &[Slice], reached: &[BTreeSet<usize>]) -> usize {
        let packets = packets(slices, reached);
        let each = places.iter().zip(packets);
        each.map(|((_, core), packets)| packets * from_router(*core))
            .sum()
    }

    /// A network of slices, each to the next, the first to all.
    fn network(count: usize) -> (Vec<Slice>, Vec<BTreeSet<usize>>) {
        let slices = (0..count).map(|n| slice(1 + n * 7 % 250)).collect();
        let reached = (0..count).map(|n| match n {
            0 => (1..count).collect(),
            _ => (n + 1..count.min(n + 2)).collect(),
        });
        (slices, reached.collect())
    }

    #[test]
    fn the_busiest_slices_stand_nearest_the_router() {
        let system = &SYSTEMS[0];
        let (slices, reached) = network(100);
        let places = place(system, &slices, &reached, Order::Router);
        let own = steps(&places, &slices, &reached);
        let numbers = place(system, &slices, &reached, Order::Numbers);
        assert!(own * 10 < steps(&numbers, &slices, &reached) * 8);
        let taken: BTreeSet<Place> = places.iter().copied().collect();
        assert_eq!(taken.len(), slices.len());
        assert!(
            taken
                .iter()
                .all(|(_, core)| cores(system).any(|c| c == *core))
        );
        // No exchange of two slices, and no free element, makes it better.
        for a in 0..places.len() {
            for b in a + 1..places.len() {
                let mut other = places.clone();
                other.swap(a, b);
                assert!(steps(&other, &slices, &reached) >= own);
            }
            for core in cores(system) {
                let mut other = places.clone();
                other[a].1 = core;
                let free = !taken.contains(&(places[a].0, core));
                assert!(!free || steps(&other, &slices, &reached) >= own);
            }
        }
    }

    #[test]
    fn chips_that_follow_each_other_are_near() {
        let machine = machine(&SYSTEMS[1]);
        let chips = along_a_curve(&machine);
        assert_eq!(chips.len(), SYSTEMS[1].chips.value);
        let far = |chips: &[Chip]| -> usize {
            let pairs = chips.windows(2);
            let steps = pairs.map(|pair| {
                let (a, b) = (pair[0], pair[1]);
                usize::from(a.x.abs_diff(b.x)) + usize::from(a.y.abs_diff(b.y))
            });
            steps.sum()
        };
        let by_number: Vec<Chip> = machine.chips().collect();
        assert!(
            far(&chips) < far(&by_number),
            "{} {}",
            far(&chips),
            far(&by_number)
        );
        let distinct: BTreeSet<Chip> = chips.iter().copied().collect();
        assert_eq!(distinct.len(), chips.len());
    }
}
