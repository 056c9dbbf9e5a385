//! Each layer in equal boxes whose shape is searched with the target's cost function.

use nirc_dialects::finding::Findings;

use super::{
    Partitioner, Problem,
    fill::Filler,
    grow::grow,
    no_core_takes,
    sequential::NeuronOrder,
    tile_search::{Search, Shape},
    too_many_cores,
};
use crate::map::{
    cost::{self, Sharing},
    cuts::Cuts,
    load::CoreLoad,
    partition::{Part, Partition},
    tile::{Extent, Tile, volume},
};

/// The fewest tiles for each layer, and of those the shape into which the fewest packets go; small tiles
/// then share cores where they may.
pub struct Tiled;

/// Cores with room that are looked at for a tile.
const OPEN_CORES: usize = 24;

impl Partitioner for Tiled {
    fn name(&self) -> &'static str {
        "tiled"
    }

    fn description(&self) -> &'static str {
        "layers cut into boxes (h, w, c) of the best shape for the cost function; small ones share cores"
    }

    fn partition(&self, problem: &Problem<'_>) -> Result<Partition, Findings> {
        let network = problem.network;
        let mut findings = Findings::new();
        let mut cores: Vec<Vec<Part>> = Vec::new();
        for (index, population) in network.populations.iter().enumerate() {
            if population.placed {
                match layer(problem, index) {
                    Ok(more) => cores.extend(more),
                    Err(found) => findings.extend(found),
                }
            }
            let done = index as u64 + 1;
            problem
                .progress
                .report("tiles", done, network.populations.len() as u64);
        }
        if findings.has_errors() {
            return Err(findings);
        }
        if problem.cost.sharing() == Sharing::Shared {
            cores = share(problem, cores);
        }
        if cores.len() > problem.cores {
            return Err(too_many_cores(cores.len(), problem).into());
        }
        Ok(Partition::new(cores))
    }
}

/// One layer, a tile a core.
pub(super) fn layer(problem: &Problem<'_>, population: usize) -> Result<Vec<Vec<Part>>, Findings> {
    let extent = problem.network.populations[population].extent;
    let Some(mut search) = Search::new(problem.network, problem.cost, population) else {
        // In the order of their numbers, or grown: whichever takes fewer input axons in all.
        let mut filler = Filler::new(problem);
        filler.population(population, NeuronOrder::ChannelsFirst.axes())?;
        let grown = grow(problem, population)?;
        let axons = |cores: &[Vec<Part>]| -> u64 {
            let loads = cores
                .iter()
                .map(|parts| CoreLoad::new(problem.network, parts));
            loads.map(|load| load.axons()).sum()
        };
        return Ok(match axons(&grown) < axons(&filler.cores) {
            true => grown,
            false => filler.cores,
        });
    };
    let Some(shape) = best(search.shapes(volume(extent))) else {
        let tile = middle(extent);
        return Err(no_core_takes(problem, Part { population, tile }).into());
    };
    let tiles = tiles(extent, shape.size);
    Ok(tiles.map(|tile| vec![Part { population, tile }]).collect())
}

/// The fewest tiles, then the fewest packets, then the most channels.
pub(super) fn best(shapes: Vec<Shape>) -> Option<Shape> {
    shapes.into_iter().min_by(|a, b| {
        let fewer = a.tiles.cmp(&b.tiles);
        let packets = || a.packets.total_cmp(&b.packets);
        fewer.then_with(packets).then_with(|| b.size.cmp(&a.size))
    })
}

/// All tiles of a size, row-major.
pub(super) fn tiles(extent: Extent, size: Extent) -> impl Iterator<Item = Tile> {
    let cuts = [0, 1, 2].map(|axis| Cuts::regular(size[axis], extent[axis]));
    let [c, h, w] = [0, 1, 2].map(|axis| cuts[axis].len() as u32);
    (0..c).flat_map(move |c| {
        let cuts = cuts.clone();
        (0..h).flat_map(move |h| {
            let cuts = cuts.clone();
            (0..w).map(move |w| {
                let sides = [
                    cuts[0].interval(c),
                    cuts[1].interval(h),
                    cuts[2].interval(w),
                ];
                Tile {
                    start: [0, 1, 2].map(|axis| sides[axis].start),
                    end: [0, 1, 2].map(|axis| sides[axis].end),
                }
            })
        })
    })
}

fn middle(extent: Extent) -> Tile {
    let start = extent.map(|n| n / 2);
    Tile {
        start,
        end: start.map(|x| x + 1),
    }
}

/// Puts tiles onto the first of the last cores with room that takes them.
pub(super) fn share(problem: &Problem<'_>, tiles: Vec<Vec<Part>>) -> Vec<Vec<Part>> {
    let network = problem.network;
    let resources = problem.cost.resources();
    let used = |parts: &[Part]| {
        let load = CoreLoad::new(network, parts);
        cost::usage(problem.cost, network, &load)
    };
    // The largest part of a resource that is taken.
    let full = |usage: &[u64]| {
        let parts = resources.iter().zip(usage);
        parts.fold(0.0, |most: f64, (r, &used)| {
            most.max(used as f64 / r.capacity.max(1) as f64)
        })
    };
    let mut cores: Vec<Vec<Part>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for parts in tiles {
        let fullness = full(&used(&parts));
        let takes = |core: &usize| {
            let mut joined = cores[*core].clone();
            joined.extend(&parts);
            let load = CoreLoad::new(network, &joined);
            cost::fits(problem.cost, network, &load)
        };
        let place = if fullness < 1.0 {
            open.iter().position(takes)
        } else {
            None
        };
        match place {
            Some(at) => {
                let core = open[at];
                cores[core].extend(parts);
                if full(&used(&cores[core])) >= 1.0 {
                    open.remove(at);
                }
            }
            None => {
                if fullness < 1.0 {
                    open.push(cores.len());
                    if open.len() > OPEN_CORES {
                        open.remove(0);
                    }
                }
                cores.push(parts);
            }
        }
    }
    cores
}
