//! Layers that follow one another, cut alike, so that most spikes stay on their core.

use nirc_dialects::finding::Findings;

use super::{
    Partitioner, Problem, refined,
    segment::{Segment, SegmentSearch},
    tiled, too_many_cores,
};
use crate::map::{
    cost::Sharing,
    cuts::Cuts,
    network::Projection,
    partition::{Part, Partition},
    structure::Structure,
    tile::{Tile, volume},
};

/// Chains of layers are cut into segments by dynamic programming, each segment into one grid of tiles for
/// all of its layers. Of several ways to weigh cores against packets, the one with the smallest product of both.
pub struct Aligned;

/// Layers of a segment at most.
const MOST_LAYERS: usize = 4;

/// What a core is worth, as a part of the packets that one sees on average where cores are fewest: the first
/// counts cores alone.
const WORTH: [f64; 4] = [f64::INFINITY, 3.0, 1.0, 0.3];

impl Partitioner for Aligned {
    fn name(&self) -> &'static str {
        "aligned"
    }

    fn description(&self) -> &'static str {
        "layers that follow one another cut into the same grid, one place of all of them on a core"
    }

    fn partition(&self, problem: &Problem<'_>) -> Result<Partition, Findings> {
        let network = problem.network;
        let mut findings = Findings::new();
        let mut chains: Vec<Chain> = Vec::new();
        // A stretch of populations whose projections are all products of axes.
        let mut stretch: Vec<usize> = Vec::new();
        let mut search = SegmentSearch::new(problem);
        for index in 0..network.populations.len() {
            if !network.populations[index].placed {
                continue;
            }
            let sparse = |p: &Projection| matches!(p.structure, Structure::Sparse(_));
            if network.into(index).any(|(_, p)| sparse(p)) {
                chains.push(Chain::new(
                    &mut search,
                    problem,
                    std::mem::take(&mut stretch),
                ));
                match tiled::layer(problem, index) {
                    Ok(cores) => chains.push(Chain::cut(cores)),
                    Err(found) => findings.extend(found),
                }
            } else {
                stretch.push(index);
            }
        }
        chains.push(Chain::new(&mut search, problem, stretch));
        for chain in &mut chains {
            findings.extend(std::mem::take(&mut chain.findings));
        }
        if findings.has_errors() {
            return Err(findings);
        }
        // Fewest cores first; then cores against packets, if there are cores enough.
        let mut best: Option<(f64, Partition)> = None;
        let mut fewest = usize::MAX;
        let (mut cores, mut packets) = (0.0, 0.0);
        for worth in WORTH {
            let price = match worth.is_finite() {
                true => worth * packets / f64::max(cores, 1.0),
                false => f64::INFINITY,
            };
            let mut made: Vec<Vec<Part>> = Vec::new();
            let (mut own_cores, mut own_packets) = (0.0, 0.0);
            for chain in &chains {
                let segments = chain.cheapest(price);
                own_cores += segments.iter().map(|s| s.cores).sum::<f64>();
                own_packets += segments.iter().map(|s| s.packets).sum::<f64>();
                made.extend(chain.cores.iter().cloned());
                for segment in segments {
                    made.extend(cells(problem, segment));
                }
            }
            if worth.is_infinite() {
                (cores, packets) = (own_cores, own_packets);
            }
            if problem.cost.sharing() == Sharing::Shared {
                made = tiled::share(problem, made);
            }
            fewest = fewest.min(made.len());
            if made.len() > problem.cores {
                continue;
            }
            let partition = Partition::new(made);
            // A part fewer cores is worth as much as a part fewer packets.
            let value = partition.used() as f64 * (1.0 + refined::packets(problem, &partition));
            if best.as_ref().is_none_or(|b| value < b.0) {
                best = Some((value, partition));
            }
        }
        match best {
            Some((_, partition)) => Ok(partition),
            None => Err(too_many_cores(fewest, problem).into()),
        }
    }
}

/// Layers that follow one another, with all ways of cutting them that are worth looking at.
struct Chain {
    layers: usize,
    /// For each number of layers, the segments that end there.
    ending: Vec<Vec<Segment>>,
    /// Cores of a population that is cut already.
    cores: Vec<Vec<Part>>,
    findings: Findings,
}

impl Chain {
    fn cut(cores: Vec<Vec<Part>>) -> Self {
        Self {
            layers: 0,
            ending: Vec::new(),
            cores,
            findings: Findings::new(),
        }
    }

    fn new(search: &mut SegmentSearch<'_, '_>, problem: &Problem<'_>, stretch: Vec<usize>) -> Self {
        let longest = match problem.cost.sharing() {
            Sharing::Exclusive => 1,
            Sharing::Shared => MOST_LAYERS,
        };
        let mut chain = Self {
            layers: stretch.len(),
            ending: vec![Vec::new()],
            cores: Vec::new(),
            findings: Findings::new(),
        };
        for end in 1..=stretch.len() {
            let mut ending = Vec::new();
            for length in 1..=longest.min(end) {
                let layers = &stretch[end - length..end];
                if length > 1 && !connected(problem, layers) {
                    break;
                }
                let found = search.best(layers);
                if length == 1 && found.is_empty() {
                    // The layer fits no core: say why.
                    if let Err(why) = tiled::layer(problem, stretch[end - 1]) {
                        chain.findings.extend(why);
                    }
                }
                ending.extend(found);
            }
            chain.ending.push(ending);
            problem
                .progress
                .report("tiles", end as u64, stretch.len() as u64);
        }
        chain
    }

    /// The way of cutting that is the cheapest if a core costs this many packets; if it costs infinitely
    /// many, the fewest cores, and of those the fewest packets.
    fn cheapest(&self, price: f64) -> Vec<&Segment> {
        let mut best: Vec<Option<([f64; 2], Option<&Segment>)>> = vec![Some(([0.0; 2], None))];
        for ending in self.ending.iter().skip(1) {
            let end = best.len();
            let mut found: Option<([f64; 2], Option<&Segment>)> = None;
            for segment in ending {
                let Some(Some((before, _))) = best.get(end - segment.populations.len()) else {
                    continue;
                };
                let own = match price.is_finite() {
                    true => [segment.packets + price * segment.cores, 0.0],
                    // Halves and thirds of cores are not exact.
                    false => [(segment.cores * 4096.0).round(), segment.packets],
                };
                let sum = [before[0] + own[0], before[1] + own[1]];
                if found.as_ref().is_none_or(|f| sum < f.0) {
                    found = Some((sum, Some(segment)));
                }
            }
            best.push(found);
        }
        let mut segments = Vec::new();
        let mut end = self.layers;
        while end > 0 {
            match best.get(end) {
                Some(Some((_, Some(segment)))) => {
                    end -= segment.populations.len();
                    segments.push(*segment);
                }
                _ => end -= 1,
            }
        }
        segments.reverse();
        segments
    }
}

/// Whether each layer but the first is fed by one before it.
fn connected(problem: &Problem<'_>, layers: &[usize]) -> bool {
    (1..layers.len()).all(|at| {
        let mut into = problem.network.into(layers[at]);
        into.any(|(_, p)| layers[..at].contains(&p.source))
    })
}

/// What stands on the core of each place of the grid; places without neurons are left out.
fn cells(problem: &Problem<'_>, segment: &Segment) -> Vec<Vec<Part>> {
    let [channels, rows, columns] = segment.grid;
    let mut cells: Vec<Vec<Part>> = vec![Vec::new(); volume(segment.grid) as usize];
    for (&population, size) in segment.populations.iter().zip(&segment.sizes) {
        let extent = problem.network.populations[population].extent;
        let cuts = [0, 1, 2].map(|axis| Cuts::regular(size[axis], extent[axis]));
        let counts = [0, 1, 2].map(|axis| cuts[axis].len() as u32);
        for c in 0..counts[0].min(channels) {
            for h in 0..counts[1].min(rows) {
                for w in 0..counts[2].min(columns) {
                    let at = [c, h, w];
                    let sides = [0, 1, 2].map(|axis| cuts[axis].interval(at[axis]));
                    let tile = Tile {
                        start: [0, 1, 2].map(|axis| sides[axis].start),
                        end: [0, 1, 2].map(|axis| sides[axis].end),
                    };
                    let cell =
                        (c as usize * rows as usize + h as usize) * columns as usize + w as usize;
                    if let Some(parts) = cells.get_mut(cell) {
                        parts.push(Part { population, tile });
                    }
                }
            }
        }
    }
    cells.retain(|parts| !parts.is_empty());
    cells
}
