//! Small blocks of neurons that are moved between cores as one.

use crate::map::{
    cost::{self, CostModel, Sharing},
    cuts::Cuts,
    hypergraph::Hypergraph,
    load::{CoreLoad, PopulationLoad},
    network::Network,
    partition::{Grid, OUTSIDE, Part, Partition},
    tile::{Extent, Tile, join, volume},
};

/// A partition cut into bricks: each lies within one part.
pub struct Bricks {
    /// The block of neurons of each brick.
    pub parts: Vec<Part>,
    /// The core of each.
    pub core: Vec<u32>,
    /// For each population the bricks in its boxes.
    grids: Vec<Grid>,
    cores: usize,
}

impl Bricks {
    /// Bricks of `most` neurons at most, as far as whole coordinates allow; none if there would be more
    /// than `limit`.
    pub fn new(network: &Network, partition: &Partition, most: u64, limit: usize) -> Option<Self> {
        let mut grids = partition.grids(network);
        let mut bricks = Self {
            parts: Vec::new(),
            core: Vec::new(),
            grids: Vec::new(),
            cores: partition.cores.len(),
        };
        let mut boxes = 0usize;
        for (index, grid) in grids.iter_mut().enumerate() {
            let population = &network.populations[index];
            if !population.placed {
                continue;
            }
            let fine = finer(&grid.cuts, population.extent, most);
            let counts = [0, 1, 2].map(|axis| fine[axis].len());
            boxes = boxes.saturating_add(counts.iter().product());
            if boxes > limit {
                return None;
            }
            let mut owner = Vec::with_capacity(counts.iter().product());
            for c in 0..counts[0] as u32 {
                for h in 0..counts[1] as u32 {
                    for w in 0..counts[2] as u32 {
                        let at = [c, h, w];
                        let sides = [0, 1, 2].map(|axis| fine[axis].interval(at[axis]));
                        let tile = Tile {
                            start: [0, 1, 2].map(|axis| sides[axis].start),
                            end: [0, 1, 2].map(|axis| sides[axis].end),
                        };
                        let core = grid.owner_of(tile.start);
                        if core == OUTSIDE {
                            owner.push(OUTSIDE);
                            continue;
                        }
                        owner.push(bricks.parts.len() as u32);
                        bricks.core.push(core);
                        bricks.parts.push(Part {
                            population: index,
                            tile,
                        });
                    }
                }
            }
            *grid = Grid { cuts: fine, owner };
        }
        bricks.grids = grids;
        Some(bricks)
    }

    /// The hypergraph over the bricks.
    pub fn graph(&self, network: &Network) -> Hypergraph {
        Hypergraph::new(network, &self.grids, self.parts.len())
    }

    /// The partition that results with the bricks on these cores; neighbouring bricks are joined.
    pub fn partition(&self, core: &[u32]) -> Partition {
        let mut cores: Vec<Vec<Part>> = vec![Vec::new(); self.cores];
        let mut held: Vec<Vec<Vec<Tile>>> = vec![Vec::new(); self.cores];
        let mut populations: Vec<Vec<usize>> = vec![Vec::new(); self.cores];
        for (part, &core) in self.parts.iter().zip(core) {
            let (tiles, names) = (&mut held[core as usize], &mut populations[core as usize]);
            // Bricks come population by population.
            if names.last() != Some(&part.population) {
                names.push(part.population);
                tiles.push(Vec::new());
            }
            if let Some(tiles) = tiles.last_mut() {
                tiles.push(part.tile);
            }
        }
        for (core, (tiles, names)) in held.into_iter().zip(populations).enumerate() {
            for (tiles, population) in tiles.into_iter().zip(names) {
                let joined = join(tiles).into_iter();
                cores[core].extend(joined.map(|tile| Part { population, tile }));
            }
        }
        Partition::new(cores)
    }
}

/// Cuts between which no box has more than `most` neurons, as far as coordinates allow: rows and columns
/// are cut first, as channels share their sources.
fn finer(cuts: &[Cuts; 3], extent: Extent, most: u64) -> [Cuts; 3] {
    let longest = |cuts: &Cuts| {
        let intervals = (0..cuts.len() as u32).map(|i| cuts.interval(i).len() as u32);
        intervals.max().unwrap_or(1)
    };
    let mut size = [0, 1, 2].map(|axis| longest(&cuts[axis]));
    while volume(size) > most.max(1) {
        let axis = match size {
            [_, 1, 1] => 0,
            [_, rows, columns] if rows > columns => 1,
            _ => 2,
        };
        if size[axis] == 1 {
            break;
        }
        size[axis] = size[axis].div_ceil(2);
    }
    [0, 1, 2].map(|axis| {
        let places = (0..cuts[axis].len() as u32).flat_map(|i| {
            let interval = cuts[axis].interval(i);
            let parts = (interval.len() as u32).div_ceil(size[axis]).max(1);
            let length = interval.len() as u32;
            (0..parts).map(move |p| {
                interval.start + (u64::from(length) * u64::from(p) / u64::from(parts)) as u32
            })
        });
        Cuts::new(places, extent[axis])
    })
}

/// What stands on each core, with the question whether more fits.
pub struct Room<'r> {
    network: &'r Network,
    cost: &'r dyn CostModel,
    parts: &'r [Part],
    members: Vec<Vec<u32>>,
    /// Where each brick is in the list of its core.
    place: Vec<u32>,
    /// Neurons on each core.
    neurons: Vec<u64>,
    /// Neurons that the fullest core held at first: none shall hold more, or packets would be saved at the
    /// cost of a core that takes longer.
    most: u64,
    counts_connections: bool,
}

impl<'r> Room<'r> {
    /// The bricks on their cores.
    pub fn new(network: &'r Network, cost: &'r dyn CostModel, bricks: &'r Bricks) -> Self {
        let mut room = Self {
            network,
            cost,
            parts: &bricks.parts,
            members: vec![Vec::new(); bricks.cores],
            place: vec![0; bricks.parts.len()],
            neurons: vec![0; bricks.cores],
            most: 0,
            counts_connections: cost.counts_connections(),
        };
        for (brick, &core) in bricks.core.iter().enumerate() {
            room.add(brick as u32, core);
        }
        room.most = room.neurons.iter().copied().max().unwrap_or(0);
        room
    }

    /// The bricks on a core.
    pub fn members(&self, core: u32) -> &[u32] {
        &self.members[core as usize]
    }

    /// The neurons of a brick.
    pub fn size(&self, brick: u32) -> u64 {
        self.parts[brick as usize].tile.neurons()
    }

    /// Moves a brick.
    pub fn relocate(&mut self, brick: u32, from: u32, to: u32) {
        let at = self.place[brick as usize] as usize;
        let list = &mut self.members[from as usize];
        list.swap_remove(at);
        if let Some(&moved) = list.get(at) {
            self.place[moved as usize] = at as u32;
        }
        self.neurons[from as usize] -= self.size(brick);
        self.add(brick, to);
    }

    fn add(&mut self, brick: u32, core: u32) {
        let list = &mut self.members[core as usize];
        self.place[brick as usize] = list.len() as u32;
        list.push(brick);
        self.neurons[core as usize] += self.size(brick);
    }

    /// Whether what a core holds fits it.
    pub fn fits(&self, core: u32) -> bool {
        if self.neurons[core as usize] > self.most {
            return false;
        }
        let members = self.members(core).iter();
        let parts = members.map(|&brick| self.parts[brick as usize]);
        if !self.counts_connections {
            let mut load = CoreLoad::default();
            for part in parts {
                let neurons = part.tile.neurons();
                let known = load
                    .populations
                    .iter_mut()
                    .find(|p| p.population == part.population);
                match known {
                    Some(known) => known.neurons += neurons,
                    None => load.populations.push(PopulationLoad {
                        population: part.population,
                        neurons,
                        channels: 0,
                        tiles: 1,
                    }),
                }
            }
            return cost::fits(self.cost, self.network, &load);
        }
        let mut parts: Vec<Part> = parts.collect();
        parts.sort_unstable();
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for group in parts.chunk_by(|a, b| a.population == b.population) {
            if self.cost.sharing() == Sharing::Exclusive && group.len() < parts.len() {
                return false;
            }
            let population = group.first().map_or(0, |p| p.population);
            let tiles = join(group.iter().map(|p| p.tile).collect()).into_iter();
            joined.extend(tiles.map(|tile| Part { population, tile }));
        }
        let load = CoreLoad::new(self.network, &joined);
        cost::fits(self.cost, self.network, &load)
    }
}
