//! Which neurons stand together on a core.

use std::collections::BTreeMap;

use nirc_dialects::finding::{Finding, Findings};

use super::{
    cuts::Cuts,
    network::Network,
    tile::{Tile, boxes, volume},
};

/// Neurons of one population on a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The index of the population.
    pub population: usize,
    /// Its neurons.
    pub tile: Tile,
}

/// What stands on each core. Cores are logical: which one of the chip each is, the placement says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// For each core its parts, ordered by population.
    pub cores: Vec<Vec<Part>>,
}

/// The owner of a neuron that stands on no core.
pub const OUTSIDE: u32 = u32::MAX;

/// A population cut into a grid of boxes, each with one owner.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Where each axis is cut.
    pub cuts: [Cuts; 3],
    /// The owner of each box, row-major.
    pub owner: Vec<u32>,
}

impl Grid {
    /// A population that is not cut.
    pub fn whole(extent: [u32; 3], owner: u32) -> Self {
        Self {
            cuts: extent.map(|n| Cuts::new([], n)),
            owner: vec![owner],
        }
    }

    /// The grid on which tiles with their owners lie.
    pub fn of_tiles(extent: [u32; 3], tiles: &[(Tile, u32)]) -> Self {
        let cuts = [0, 1, 2].map(|axis| {
            let ends = tiles.iter().map(|(t, _)| [t.start[axis], t.end[axis]]);
            Cuts::new(ends.flatten(), extent[axis])
        });
        let boxes = cuts.iter().map(Cuts::len).product();
        let mut grid = Self {
            cuts,
            owner: vec![OUTSIDE; boxes],
        };
        for (tile, owner) in tiles {
            let [c, h, w] = [0, 1, 2].map(|axis| grid.cuts[axis].between(tile.along(axis)));
            for c in c {
                for h in h.clone() {
                    for w in w.clone() {
                        let index = grid.index([c, h, w]);
                        grid.owner[index] = *owner;
                    }
                }
            }
        }
        grid
    }

    /// The number of a box from its intervals.
    pub fn index(&self, at: [u32; 3]) -> usize {
        let [c, h, w] = at.map(|x| x as usize);
        (c * self.cuts[1].len() + h) * self.cuts[2].len() + w
    }

    /// The owner of the box with these intervals.
    pub fn at(&self, at: [u32; 3]) -> u32 {
        self.owner.get(self.index(at)).copied().unwrap_or(OUTSIDE)
    }

    /// The owner of the neuron with these coordinates.
    pub fn owner_of(&self, coordinates: [u32; 3]) -> u32 {
        self.at([0, 1, 2].map(|axis| self.cuts[axis].find(coordinates[axis])))
    }
}

impl Partition {
    /// From what each core holds; parts are ordered, and boxes that continue each other joined.
    pub fn new(mut cores: Vec<Vec<Part>>) -> Self {
        for parts in &mut cores {
            parts.sort_unstable();
        }
        Self { cores }
    }

    /// The number of cores that hold something.
    pub fn used(&self) -> usize {
        self.cores.iter().filter(|parts| !parts.is_empty()).count()
    }

    /// For each population the grid of its tiles; what stands on no core is [`OUTSIDE`].
    pub fn grids(&self, network: &Network) -> Vec<Grid> {
        let mut tiles = vec![Vec::new(); network.populations.len()];
        for (core, parts) in self.cores.iter().enumerate() {
            for part in parts {
                if let Some(tiles) = tiles.get_mut(part.population) {
                    tiles.push((part.tile, core as u32));
                }
            }
        }
        let populations = network.populations.iter().zip(&tiles);
        populations
            .map(|(population, tiles)| match tiles.as_slice() {
                [] => Grid::whole(population.extent, OUTSIDE),
                tiles => Grid::of_tiles(population.extent, tiles),
            })
            .collect()
    }

    /// The core of every neuron that stands on one: population by population, in the order of the
    /// neurons' numbers.
    pub fn assignment(&self, network: &Network) -> Vec<u32> {
        let mut starts = Vec::with_capacity(network.populations.len());
        let mut total = 0;
        for population in &network.populations {
            starts.push(total);
            if population.placed {
                total += population.neurons() as usize;
            }
        }
        let mut assignment = vec![OUTSIDE; total];
        for (core, parts) in self.cores.iter().enumerate() {
            for part in parts {
                let extent = network.populations[part.population].extent;
                let start = starts[part.population];
                for run in part.tile.runs(extent) {
                    let run = start + run.start as usize..start + run.end as usize;
                    if let Some(slots) = assignment.get_mut(run) {
                        slots.fill(core as u32);
                    }
                }
            }
        }
        assignment
    }

    /// From a core number for every neuron, as [`Partition::assignment`] gives it. Cores that are not
    /// named stay empty.
    ///
    /// # Errors
    ///
    /// A number of neurons other than the network's, or core numbers that can't be meant.
    pub fn from_assignment(network: &Network, assignment: &[u32]) -> Result<Self, Finding> {
        let refuse = |what: String| {
            Finding::error(
                "map-partition",
                "a partition has one core number for every neuron that stands on a core, population by population",
                what,
            )
        };
        if assignment.len() as u64 != network.neurons() {
            return Err(refuse(format!(
                "{} numbers for {} neurons",
                assignment.len(),
                network.neurons()
            ))
            .fix("leave out inputs that stand on no core; the order is that of the table that `nirc map` prints"));
        }
        let cores = assignment.iter().max().map_or(0, |&most| most as usize + 1);
        if cores > assignment.len().max(1 << 16) {
            return Err(refuse(format!("the largest core number is {}", cores - 1)));
        }
        let mut parts = vec![Vec::new(); cores];
        let mut start = 0;
        for (index, population) in network.populations.iter().enumerate() {
            if !population.placed {
                continue;
            }
            let count = volume(population.extent) as usize;
            let mut neurons: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
            for (neuron, core) in assignment[start..start + count].iter().enumerate() {
                neurons.entry(*core).or_default().push(neuron as u64);
            }
            for (core, neurons) in neurons {
                let tiles = boxes(&neurons, population.extent);
                parts[core as usize].extend(tiles.into_iter().map(|tile| Part {
                    population: index,
                    tile,
                }));
            }
            start += count;
        }
        Ok(Self::new(parts))
    }

    /// Checks that every neuron stands on exactly one core, and none that should stand on none.
    ///
    /// # Errors
    ///
    /// Each population of which that is not so.
    pub fn check(&self, network: &Network) -> Result<(), Findings> {
        let mut tiles = vec![Vec::new(); network.populations.len()];
        let mut findings = Findings::new();
        let refuse = |what: String| {
            Finding::error(
                "map-partition",
                "every neuron stands on exactly one core",
                what,
            )
        };
        for part in self.cores.iter().flatten() {
            match tiles.get_mut(part.population) {
                Some(tiles) => tiles.push(part.tile),
                None => {
                    findings.push(refuse(format!(
                        "there is no population {}",
                        part.population
                    )));
                }
            }
        }
        for (population, tiles) in network.populations.iter().zip(&tiles) {
            let inside = tiles
                .iter()
                .all(|t| (0..3).all(|i| t.start[i] < t.end[i] && t.end[i] <= population.extent[i]));
            let wanted = if population.placed {
                population.neurons()
            } else {
                0
            };
            let held: u64 = tiles.iter().map(Tile::neurons).sum();
            if !inside || held != wanted || overlap(tiles) {
                let what = format!("{} tiles hold {held} of {wanted} neurons", tiles.len());
                findings.push(refuse(what).at(&*population.name));
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(())
        }
    }
}

/// Whether two tiles share a neuron. If none do, and they are inside, their volumes say whether they
/// cover the population.
fn overlap(tiles: &[Tile]) -> bool {
    let cuts = [0, 1, 2].map(|axis| {
        let length = tiles.iter().map(|t| t.end[axis]).max().unwrap_or(0);
        let ends = tiles.iter().flat_map(|t| [t.start[axis], t.end[axis]]);
        Cuts::new(ends, length)
    });
    let grid = Grid {
        owner: Vec::new(),
        cuts,
    };
    let mut taken = vec![false; grid.cuts.iter().map(Cuts::len).product()];
    for tile in tiles {
        let [c, h, w] = [0, 1, 2].map(|axis| grid.cuts[axis].between(tile.along(axis)));
        for c in c {
            for h in h.clone() {
                for w in w.clone() {
                    let slot = &mut taken[grid.index([c, h, w])];
                    if std::mem::replace(slot, true) {
                        return true;
                    }
                }
            }
        }
    }
    false
}
