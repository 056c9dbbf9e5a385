//! What a core holds, counted: what a target's cost function is given.

use std::{collections::BTreeMap, ops::Range};

use super::{
    cuts::Cuts,
    network::{Network, Projection},
    partition::{Grid, Part},
    structure::Structure,
    tile::Tile,
};

/// What stands on a core, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoreLoad {
    /// The populations that have neurons here, by index.
    pub populations: Vec<PopulationLoad>,
    /// The projections into them that have a synapse here, by index.
    pub projections: Vec<ProjectionLoad>,
}

/// Neurons of one population on a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PopulationLoad {
    /// The index of the population.
    pub population: usize,
    /// Its neurons here.
    pub neurons: u64,
    /// The different channels that they are of.
    pub channels: u64,
    /// The number of boxes that hold them.
    pub tiles: u64,
}

/// Synapses of one projection on a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionLoad {
    /// The index of the projection.
    pub projection: usize,
    /// Target neurons here.
    pub neurons: u64,
    /// Different source neurons that reach them.
    pub axons: u64,
    /// Connections.
    pub synapses: u64,
    /// The different channels of the target neurons.
    pub channels: u64,
}

impl CoreLoad {
    /// Counts what a core holds; exactly, whatever the boxes are, as long as they share no neuron.
    pub fn new(network: &Network, parts: &[Part]) -> Self {
        let mut tiles: BTreeMap<usize, Vec<Tile>> = BTreeMap::new();
        for part in parts {
            tiles.entry(part.population).or_default().push(part.tile);
        }
        let mut load = Self::default();
        for (population, tiles) in tiles {
            let neurons = tiles.iter().map(Tile::neurons).sum();
            let channels = channels(&tiles);
            load.populations.push(PopulationLoad {
                population,
                neurons,
                channels,
                tiles: tiles.len() as u64,
            });
            let target = network.populations[population].extent;
            for (index, projection) in network.into(population) {
                let into = |tile| projection.structure.synapses_into(tile, target);
                let synapses = tiles.iter().map(into).sum();
                if synapses > 0 {
                    load.projections.push(ProjectionLoad {
                        projection: index,
                        neurons,
                        axons: axons(network, projection, &tiles),
                        synapses,
                        channels,
                    });
                }
            }
        }
        load.projections.sort_unstable_by_key(|p| p.projection);
        load
    }

    /// All neurons.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().map(|p| p.neurons).sum()
    }

    /// All input axons: different source neurons, projection by projection.
    pub fn axons(&self) -> u64 {
        self.projections.iter().map(|p| p.axons).sum()
    }

    /// All connections.
    pub fn synapses(&self) -> u64 {
        self.projections.iter().map(|p| p.synapses).sum()
    }
}

fn channels(tiles: &[Tile]) -> u64 {
    if let [tile] = tiles {
        return u64::from(tile.size()[0]);
    }
    union(
        tiles
            .iter()
            .map(|tile| [tile.along(0), 0..1, 0..1].map(|run| Vec::from([run]))),
    )
}

/// The different sources of the neurons in disjoint tiles.
fn axons(network: &Network, projection: &Projection, tiles: &[Tile]) -> u64 {
    let target = network.populations[projection.target].extent;
    match &projection.structure {
        Structure::Separable(axes) => {
            let boxes = tiles
                .iter()
                .map(|tile| [0, 1, 2].map(|axis| axes[axis].preimage(tile.along(axis))));
            union(boxes)
        }
        Structure::Sparse(sparse) => {
            let mut sources: Vec<u32> = tiles
                .iter()
                .flat_map(|tile| tile.indices(target))
                .flat_map(|t| sparse.sources_of(t as u32).iter().copied())
                .collect();
            sources.sort_unstable();
            sources.dedup();
            sources.len() as u64
        }
    }
}

/// The number of points in a union of products of runs.
fn union(boxes: impl Iterator<Item = [Vec<Range<u32>>; 3]>) -> u64 {
    let mut boxes: Vec<[Vec<Range<u32>>; 3]> = boxes.collect();
    boxes.sort_unstable_by_key(key);
    boxes.dedup();
    let length = |runs: &[Range<u32>]| runs.iter().map(|r| r.len() as u64).sum::<u64>();
    if let [one] = boxes.as_slice() {
        return one.iter().map(|runs| length(runs)).product();
    }
    let cuts = [0, 1, 2].map(|axis| {
        let runs = || boxes.iter().flat_map(|b| b[axis].iter());
        let end = runs().map(|r| r.end).max().unwrap_or(0);
        Cuts::new(runs().flat_map(|r| [r.start, r.end]), end)
    });
    let mut grid = Grid {
        owner: vec![0; cuts.iter().map(Cuts::len).product()],
        cuts,
    };
    let mut points = 0;
    for [channels, rows, columns] in &boxes {
        for c in channels
            .iter()
            .flat_map(|r| grid.cuts[0].between(r.clone()))
        {
            for h in rows.iter().flat_map(|r| grid.cuts[1].between(r.clone())) {
                for w in columns.iter().flat_map(|r| grid.cuts[2].between(r.clone())) {
                    let at = [c, h, w];
                    let index = grid.index(at);
                    if std::mem::replace(&mut grid.owner[index], 1) == 0 {
                        let sides = [0, 1, 2].map(|axis| grid.cuts[axis].interval(at[axis]).len());
                        points += sides.iter().map(|&n| n as u64).product::<u64>();
                    }
                }
            }
        }
    }
    points
}

fn key(product: &[Vec<Range<u32>>; 3]) -> Vec<(u32, u32)> {
    let runs = product.iter().flatten();
    runs.map(|r| (r.start, r.end)).collect()
}
