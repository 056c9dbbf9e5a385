//! The search for the shape of the tiles of several layers that are cut alike.

use std::{collections::HashMap, ops::Range};

use super::{Problem, tile_search::sizes};
use crate::map::{
    axis::Axis,
    cost,
    load::{CoreLoad, PopulationLoad, ProjectionLoad},
    structure::Structure,
    tile::{Extent, volume},
};

/// Tiles along an axis whose preimages are counted one by one; beyond, all but the ends are alike.
const MOST_COUNTED: u32 = 512;

/// Times the fewest cores that a segment takes at most.
const MOST_TIMES: u64 = 4;

/// Layers that follow one another, each cut into the same grid of tiles; the tiles of one place stand on
/// one core.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The populations, by index.
    pub populations: Vec<usize>,
    /// For each population, channels, rows and columns of a tile.
    pub sizes: Vec<Extent>,
    /// The number of tiles along channels, rows and columns.
    pub grid: Extent,
    /// Cores that are taken; less than one if there is room for others.
    pub cores: f64,
    /// Packets in a step into the cores from others, the architecture's share of local ones included.
    pub packets: f64,
}

/// What tiles along one axis take from a projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Side {
    /// Source coordinates of a tile, at most.
    sources: u64,
    /// Pairs of a target of a tile and a source, at most.
    pairs: u64,
    /// Over all source coordinates, the tiles that each reaches.
    touched: u64,
    /// The source coordinates that reach the tile in which they lie themselves.
    local: u64,
}

/// Projection, axis, target coordinates of a tile, source coordinates of a tile (0 if the source is cut in
/// another way).
type SideKey = (usize, usize, u32, u32);

/// Finds segments; remembers what it measured.
pub struct SegmentSearch<'s, 'p> {
    problem: &'s Problem<'p>,
    sides: HashMap<SideKey, Side>,
    /// The projections into each population: its index, its relation, spikes of a source in a step.
    incoming: Vec<Vec<(usize, &'p [Axis; 3], f64)>>,
}

impl<'s, 'p> SegmentSearch<'s, 'p> {
    /// A search over a network.
    pub fn new(problem: &'s Problem<'p>) -> Self {
        let network = problem.network;
        let mut incoming = vec![Vec::new(); network.populations.len()];
        for (index, projection) in network.projections.iter().enumerate() {
            let Structure::Separable(axes) = &projection.structure else {
                continue;
            };
            let source = &network.populations[projection.source];
            let whole = crate::map::tile::Tile::whole(source.extent);
            let rate = source.spikes(&whole) / source.neurons().max(1) as f64;
            incoming[projection.target].push((index, axes, rate));
        }
        Self {
            problem,
            sides: HashMap::new(),
            incoming,
        }
    }

    /// The segments of these populations of which no other has fewer cores and fewer packets: the fewest cores
    /// first. None if no grid fits. All projections into them are products of axes.
    pub fn best(&mut self, populations: &[usize]) -> Vec<Segment> {
        let network = self.problem.network;
        let extents: Vec<Extent> = populations
            .iter()
            .map(|&p| network.populations[p].extent)
            .collect();
        let longest = [0, 1, 2].map(|axis| extents.iter().map(|e| e[axis]).max().unwrap_or(1));
        // The axis with the most coordinates is searched exactly.
        let mut axes = [0, 1, 2];
        axes.sort_by_key(|&axis| longest[axis]);
        let [first, second, long] = axes;
        let counts = |axis: usize| -> Vec<u32> {
            let length = longest[axis];
            sizes(length)
                .into_iter()
                .map(|s| length.div_ceil(s))
                .collect()
        };
        let (firsts, seconds) = (counts(first), counts(second));
        let mut found: Vec<Segment> = Vec::new();
        let mut fewest = u64::MAX;
        for &a in &firsts {
            for &b in &seconds {
                let mut grid = [1; 3];
                grid[first] = a;
                grid[second] = b;
                // Far more cores are never worth it.
                if u64::from(a) * u64::from(b) > fewest.saturating_mul(MOST_TIMES) {
                    continue;
                }
                if let Some(segment) =
                    self.coarsest(populations, &extents, grid, long, longest[long])
                {
                    fewest = fewest.min(volume(segment.grid));
                    found.push(segment);
                }
            }
        }
        let key = |s: &Segment| (s.cores, s.packets, s.grid[0]);
        found.sort_by(|a, b| {
            key(a)
                .partial_cmp(&key(b))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut front: Vec<Segment> = Vec::new();
        for segment in found {
            if front
                .last()
                .is_none_or(|last| segment.packets < last.packets)
            {
                front.push(segment);
            }
        }
        front
    }

    /// The fewest tiles along `long` with which every tile fits a core.
    fn coarsest(
        &mut self,
        populations: &[usize],
        extents: &[Extent],
        mut grid: Extent,
        long: usize,
        length: u32,
    ) -> Option<Segment> {
        let fits = |search: &mut Self, grid| {
            let sizes = tile_sizes(extents, grid);
            search.fits(populations, &sizes).then_some(sizes)
        };
        grid[long] = length;
        fits(self, grid)?;
        let (mut low, mut high) = (0, length);
        while low + 1 < high {
            grid[long] = low + (high - low) / 2;
            if fits(self, grid).is_some() {
                high = grid[long];
            } else {
                low = grid[long];
            }
        }
        grid[long] = high;
        let sizes = fits(self, grid)?;
        let packets = self.packets(populations, &sizes);
        let cells = extents
            .iter()
            .zip(&sizes)
            .fold([1; 3], |cells: Extent, (extent, size)| {
                [0, 1, 2].map(|i| cells[i].max(extent[i].div_ceil(size[i].max(1))))
            });
        let cores = match volume(cells) {
            1 => self.fullness(populations, &sizes),
            cells => cells as f64,
        };
        Some(Segment {
            populations: populations.to_vec(),
            sizes,
            grid: cells,
            cores,
            packets,
        })
    }

    fn packets(&mut self, populations: &[usize], sizes: &[Extent]) -> f64 {
        let network = self.problem.network;
        let free = 1.0 - self.problem.architecture.local_packet;
        let mut packets = 0.0;
        for (population, size) in populations.iter().zip(sizes) {
            for at in 0..self.incoming[*population].len() {
                let (index, _, rate) = self.incoming[*population][at];
                let source = network.projections[index].source;
                let own = populations.iter().position(|p| *p == source);
                let own = own.map_or([0; 3], |at| sizes[at]);
                let sides = [0, 1, 2].map(|axis| self.side(*population, at, axis, size, &own));
                let product =
                    |of: fn(&Side) -> u64| -> f64 { sides.iter().map(|s| of(s) as f64).product() };
                packets += rate * (product(|s| s.touched) - free * product(|s| s.local));
            }
        }
        packets
    }

    fn fits(&mut self, populations: &[usize], sizes: &[Extent]) -> bool {
        let load = self.load(populations, sizes);
        cost::fits(self.problem.cost, self.problem.network, &load)
    }

    /// The largest part of a resource that is taken.
    fn fullness(&mut self, populations: &[usize], sizes: &[Extent]) -> f64 {
        let load = self.load(populations, sizes);
        let usage = cost::usage(self.problem.cost, self.problem.network, &load);
        let resources = self.problem.cost.resources().iter().zip(usage);
        if self.problem.cost.sharing() == cost::Sharing::Exclusive {
            return 1.0;
        }
        resources
            .map(|(r, used)| used as f64 / r.capacity.max(1) as f64)
            .fold(0.0, f64::max)
    }

    /// The load of a cell, at most.
    fn load(&mut self, populations: &[usize], sizes: &[Extent]) -> CoreLoad {
        let mut load = CoreLoad::default();
        for (&population, size) in populations.iter().zip(sizes) {
            let neurons = volume(*size);
            load.populations.push(PopulationLoad {
                population,
                neurons,
                channels: u64::from(size[0]),
                tiles: 1,
            });
            if !self.problem.cost.counts_connections() {
                continue;
            }
            for at in 0..self.incoming[population].len() {
                let sides = [0, 1, 2].map(|axis| self.side(population, at, axis, size, &[0; 3]));
                let synapses = sides.iter().map(|side| side.pairs).product();
                if synapses > 0 {
                    load.projections.push(ProjectionLoad {
                        projection: self.incoming[population][at].0,
                        neurons,
                        axons: sides.iter().map(|side| side.sources).product(),
                        synapses,
                        channels: u64::from(size[0]),
                    });
                }
            }
        }
        load
    }

    fn side(
        &mut self,
        population: usize,
        at: usize,
        axis: usize,
        size: &Extent,
        own: &Extent,
    ) -> Side {
        let (projection, axes, _) = self.incoming[population][at];
        let key = (projection, axis, size[axis], own[axis]);
        let measured = self.sides.entry(key);
        *measured.or_insert_with(|| measure(&axes[axis], size[axis].max(1), own[axis]))
    }
}

/// The size of the tiles of each population in a grid of this many.
fn tile_sizes(extents: &[Extent], grid: Extent) -> Vec<Extent> {
    let size = |extent: &Extent| [0, 1, 2].map(|i| extent[i].div_ceil(grid[i].max(1)));
    extents.iter().map(size).collect()
}

/// Tiles of one size along an axis; `own` is the size of the source's tiles of the same numbers.
fn measure(axis: &Axis, size: u32, own: u32) -> Side {
    let length = axis.targets();
    let tiles = length.div_ceil(size);
    let mut side = Side::default();
    let within = |runs: &[Range<u32>], tile: u32| -> u64 {
        let start = u64::from(tile) * u64::from(own);
        let end = start + u64::from(own);
        runs.iter()
            .map(|run| {
                let (a, b) = (start.max(u64::from(run.start)), end.min(u64::from(run.end)));
                b.saturating_sub(a)
            })
            .sum()
    };
    let mut count = |tile: u32, times: u64| {
        let targets = tile * size..length.min((tile + 1) * size);
        let preimage = axis.preimage(targets.clone());
        let sources: u64 = preimage.iter().map(|run| run.len() as u64).sum();
        side.sources = side.sources.max(sources);
        side.pairs = side.pairs.max(axis.pairs(targets));
        side.touched += sources * times;
        if own > 0 {
            side.local += within(&preimage, tile) * times;
        }
    };
    // All tiles are alike, except that the last may be smaller, and the first and last see an edge.
    let ends = MOST_COUNTED / 4;
    if tiles > MOST_COUNTED && !matches!(axis, Axis::Table(_)) {
        for tile in (0..ends).chain(tiles - ends..tiles) {
            count(tile, 1);
        }
        count(tiles / 2, u64::from(tiles - 2 * ends));
    } else {
        for tile in 0..tiles {
            count(tile, 1);
        }
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_what_its_tiles_take() {
        let axis = |targets, sources, kernel, stride, padding, dilation| Axis::Window {
            targets,
            sources,
            kernel,
            stride,
            padding,
            dilation,
        };
        for axis in [
            axis(3000, 3000, 3, 1, 1, 1),
            axis(2000, 4100, 5, 2, 3, 2),
            Axis::all(7, 5),
            Axis::Blocks {
                blocks: 6,
                targets: 4,
                sources: 3,
            },
        ] {
            for (size, own) in [(1, 1), (2, 3), (3, 0), (4, 4), (5, 2), (7, 14), (100, 50)] {
                let mut expected = Side::default();
                let mut start = 0;
                let mut tile = 0;
                while start < axis.targets() {
                    let end = axis.targets().min(start + size);
                    let mut sources = Vec::new();
                    let mut pairs = 0;
                    for target in start..end {
                        axis.for_sources(target, |s| {
                            sources.push(s);
                            pairs += 1;
                        });
                    }
                    sources.sort_unstable();
                    sources.dedup();
                    let own = tile * own..(tile + 1) * own;
                    expected.sources = expected.sources.max(sources.len() as u64);
                    expected.pairs = expected.pairs.max(pairs);
                    expected.touched += sources.len() as u64;
                    expected.local += sources.iter().filter(|s| own.contains(*s)).count() as u64;
                    start = end;
                    tile += 1;
                }
                let got = measure(&axis, size, own);
                // Beyond many tiles the local ones are taken from the middle, where both sides are
                // cut alike.
                if axis.targets().div_ceil(size) > MOST_COUNTED && own != size {
                    assert_eq!(got.touched, expected.touched, "{axis:?} {size}");
                } else {
                    assert_eq!(got, expected, "{axis:?} {size} {own}");
                }
            }
        }
    }
}
