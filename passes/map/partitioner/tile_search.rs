//! The search for the shape of a layer's tiles.

use std::collections::HashMap;

use crate::map::{
    axis::Axis,
    cost::{self, CostModel},
    load::{CoreLoad, PopulationLoad, ProjectionLoad},
    network::Network,
    structure::Structure,
    tile::Extent,
};

/// Sizes along one axis that are tried at most.
const MOST_SIZES: usize = 64;
/// Tiles along an axis whose preimages are counted one by one; beyond, all but the ends are alike.
const MOST_COUNTED: u32 = 512;

/// A shape of tiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Channels, rows, columns of a tile; those at the end of an axis may be smaller.
    pub size: Extent,
    /// The number of tiles.
    pub tiles: u64,
    /// Packets in a step into all tiles: for each source neuron, the tiles that it reaches.
    pub packets: f64,
}

/// What tiles of one size along one axis take from a projection.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Source coordinates of a tile, at most.
    sources: u64,
    /// Pairs of a target of a tile and a source, at most.
    pairs: u64,
    /// Over all source coordinates, the tiles that each reaches.
    touched: u64,
}

/// A search over one population. Its projections are products of axes.
pub struct Search<'s> {
    network: &'s Network,
    cost: &'s dyn CostModel,
    population: usize,
    extent: Extent,
    /// The index of each projection, its relation, and the spikes of a source in a step, on average.
    incoming: Vec<(usize, &'s [Axis; 3], f64)>,
    sides: HashMap<(usize, usize, u32), Side>,
}

impl<'s> Search<'s> {
    /// A search for tiles of a population; none if a projection into it is written out.
    pub fn new(network: &'s Network, cost: &'s dyn CostModel, population: usize) -> Option<Self> {
        let mut incoming = Vec::new();
        for (index, projection) in network.into(population) {
            let Structure::Separable(axes) = &projection.structure else {
                return None;
            };
            let source = &network.populations[projection.source];
            let whole = crate::map::tile::Tile::whole(source.extent);
            let rate = source.spikes(&whole) / source.neurons().max(1) as f64;
            incoming.push((index, axes, rate));
        }
        Some(Self {
            network,
            cost,
            population,
            extent: network.populations[population].extent,
            incoming,
            sides: HashMap::new(),
        })
    }

    /// Of the shapes that fit a core, and have `most` neurons at most, those that are the largest along
    /// the longest axis for some sizes along the other two. Empty if no neuron fits.
    pub fn shapes(&mut self, most: u64) -> Vec<Shape> {
        // The axis with the most coordinates is searched exactly.
        let mut axes = [0, 1, 2];
        axes.sort_by_key(|&axis| self.extent[axis]);
        let [first, second, long] = axes;
        let mut shapes = Vec::new();
        for a in sizes(self.extent[first]) {
            for b in sizes(self.extent[second]) {
                let mut size = [0; 3];
                size[first] = a;
                size[second] = b;
                if let Some(shape) = self.longest(size, long, most) {
                    shapes.push(shape);
                }
            }
        }
        shapes
    }

    /// The shape with the longest side along `long` that fits, evened out.
    fn longest(&mut self, mut size: Extent, long: usize, most: u64) -> Option<Shape> {
        let length = self.extent[long];
        let (mut low, mut high) = (0, length + 1);
        while low + 1 < high {
            size[long] = if low == 0 && high == length + 1 {
                length
            } else {
                low + (high - low) / 2
            };
            if self.fits(size, most) {
                low = size[long];
            } else {
                high = size[long];
            }
        }
        if low == 0 {
            return None;
        }
        let count = length.div_ceil(low);
        size[long] = length.div_ceil(count);
        Some(self.shape(size))
    }

    /// A shape with its numbers.
    pub fn shape(&mut self, size: Extent) -> Shape {
        let tiles = (0..3)
            .map(|axis| u64::from(self.extent[axis].div_ceil(size[axis].max(1))))
            .product();
        let mut packets = 0.0;
        for p in 0..self.incoming.len() {
            let touched: f64 = (0..3)
                .map(|axis| self.side(p, axis, size[axis]).touched as f64)
                .product();
            packets += touched * self.incoming[p].2;
        }
        Shape {
            size,
            tiles,
            packets,
        }
    }

    /// Whether every tile of this size fits a core.
    fn fits(&mut self, size: Extent, most: u64) -> bool {
        let neurons: u64 = size.iter().map(|&n| u64::from(n)).product();
        if neurons > most {
            return false;
        }
        let load = self.load(size, neurons);
        cost::fits(self.cost, self.network, &load)
    }

    /// The load of a tile, at most.
    fn load(&mut self, size: Extent, neurons: u64) -> CoreLoad {
        let channels = u64::from(size[0]);
        let mut load = CoreLoad {
            populations: vec![PopulationLoad {
                population: self.population,
                neurons,
                channels,
                tiles: 1,
            }],
            projections: Vec::new(),
        };
        for p in 0..self.incoming.len() {
            let sides = [0, 1, 2].map(|axis| self.side(p, axis, size[axis]));
            let synapses = sides.iter().map(|side| side.pairs).product();
            if synapses > 0 {
                load.projections.push(ProjectionLoad {
                    projection: self.incoming[p].0,
                    neurons,
                    axons: sides.iter().map(|side| side.sources).product(),
                    synapses,
                    channels,
                });
            }
        }
        load
    }

    fn side(&mut self, p: usize, axis: usize, size: u32) -> Side {
        if let Some(side) = self.sides.get(&(p, axis, size)) {
            return *side;
        }
        let side = measure(&self.incoming[p].1[axis], size.max(1));
        self.sides.insert((p, axis, size), side);
        side
    }
}

/// Tiles of one size along an axis.
fn measure(axis: &Axis, size: u32) -> Side {
    let length = axis.targets();
    let tiles = length.div_ceil(size);
    let mut side = Side {
        sources: 0,
        pairs: 0,
        touched: 0,
    };
    let mut count = |tile: u32, times: u64| {
        let targets = tile * size..length.min((tile + 1) * size);
        let preimage = axis.preimage(targets.clone());
        let sources: u64 = preimage.iter().map(|run| run.len() as u64).sum();
        side.sources = side.sources.max(sources);
        side.pairs = side.pairs.max(axis.pairs(targets));
        side.touched += sources * times;
    };
    let alike = matches!(axis, Axis::All { .. })
        || matches!(axis, Axis::Blocks { targets, .. } if size.is_multiple_of(*targets) || targets.is_multiple_of(size));
    match axis {
        _ if alike => {
            count(0, u64::from(tiles.saturating_sub(1)));
            count(tiles.saturating_sub(1), 1);
        }
        Axis::Window { .. } if tiles > MOST_COUNTED => {
            let ends = MOST_COUNTED / 4;
            for tile in (0..ends).chain(tiles - ends..tiles) {
                count(tile, 1);
            }
            count(tiles / 2, u64::from(tiles - 2 * ends));
        }
        _ => {
            for tile in 0..tiles {
                count(tile, 1);
            }
        }
    }
    side
}

/// The sizes into which an axis can be cut evenly; if they are many, all small ones and then ever fewer.
pub(super) fn sizes(length: u32) -> Vec<u32> {
    let mut sizes = Vec::new();
    let mut parts = 1;
    while parts <= length {
        let size = length.div_ceil(parts);
        sizes.push(size);
        // The next number of parts with another size.
        parts = if size <= 1 {
            break;
        } else {
            (length.div_ceil(size - 1)).max(parts + 1)
        };
    }
    if sizes.len() > MOST_SIZES {
        let step = sizes.len() as f64 / MOST_SIZES as f64;
        let kept = (0..MOST_SIZES).filter_map(|i| sizes.get((i as f64 * step) as usize).copied());
        let mut kept: Vec<u32> = kept.chain([1]).collect();
        let powers = (0..32).map(|bit| 1u32 << bit);
        kept.extend(powers.take_while(|&size| size <= length));
        kept.sort_unstable_by(|a, b| b.cmp(a));
        kept.dedup();
        return kept;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_even_cuts() {
        for length in 1..200u32 {
            let mut expected: Vec<u32> = (1..=length).map(|parts| length.div_ceil(parts)).collect();
            expected.dedup();
            assert_eq!(sizes(length), expected);
        }
        let many = sizes(1_000_000);
        assert!(many.len() < 100 && many.contains(&1) && many.contains(&1_000_000));
    }

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
            for size in [1, 2, 3, 4, 5, 7, 8, 100] {
                let (mut sources, mut pairs, mut touched) = (0, 0, 0);
                let mut start = 0;
                while start < axis.targets() {
                    let end = axis.targets().min(start + size);
                    let n: u64 = axis
                        .preimage(start..end)
                        .iter()
                        .map(|r| r.len() as u64)
                        .sum();
                    sources = n.max(sources);
                    touched += n;
                    pairs = axis.pairs(start..end).max(pairs);
                    start = end;
                }
                let side = measure(&axis, size);
                let got = (side.sources, side.pairs, side.touched);
                assert_eq!(got, (sources, pairs, touched), "{axis:?} {size}");
            }
        }
    }
}
