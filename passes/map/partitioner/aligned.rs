//! Layers that follow one another, cut alike, so that most spikes stay on their core.

use nirc_dialects::finding::Findings;

use super::{
    Partitioner, Problem,
    segment::{Segment, SegmentSearch},
    tiled, too_many_cores,
};
use crate::map::{
    cost::Sharing,
    cuts::Cuts,
    partition::{Part, Partition},
    structure::Structure,
    tile::{Tile, volume},
};

/// Chains of layers are cut into segments by dynamic programming, each segment into one grid of tiles for
/// all of its layers. Fewest cores first, then fewest packets.
pub struct Aligned;

/// Layers of a segment at most.
const MOST_LAYERS: usize = 4;

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
        let mut cores: Vec<Vec<Part>> = Vec::new();
        let placed: Vec<usize> = (0..network.populations.len())
            .filter(|&index| network.populations[index].placed)
            .collect();
        // A stretch of populations whose projections are all products of axes.
        let mut stretch: Vec<usize> = Vec::new();
        for index in placed {
            if network
                .into(index)
                .any(|(_, p)| matches!(p.structure, Structure::Sparse(_)))
            {
                cut(
                    problem,
                    &std::mem::take(&mut stretch),
                    &mut cores,
                    &mut findings,
                );
                match tiled::layer(problem, index) {
                    Ok(more) => cores.extend(more),
                    Err(found) => findings.extend(found),
                }
            } else {
                stretch.push(index);
            }
        }
        cut(problem, &stretch, &mut cores, &mut findings);
        if findings.has_errors() {
            return Err(findings);
        }
        if problem.cost.sharing() == Sharing::Shared {
            cores = tiled::share(problem, cores);
        }
        if cores.len() > problem.cores {
            return Err(too_many_cores(cores.len(), problem).into());
        }
        Ok(Partition::new(cores))
    }
}

/// Cuts a stretch of layers into segments.
fn cut(
    problem: &Problem<'_>,
    stretch: &[usize],
    cores: &mut Vec<Vec<Part>>,
    findings: &mut Findings,
) {
    let longest = match problem.cost.sharing() {
        Sharing::Exclusive => 1,
        Sharing::Shared => MOST_LAYERS,
    };
    let mut search = SegmentSearch::new(problem);
    // For each number of layers, the best way to cut them: cores, packets, its last segment.
    let mut best: Vec<Option<(f64, f64, Option<Segment>)>> = vec![Some((0.0, 0.0, None))];
    for end in 1..=stretch.len() {
        let mut found: Option<(f64, f64, Option<Segment>)> = None;
        for length in 1..=longest.min(end) {
            let layers = &stretch[end - length..end];
            let Some((cores, packets, _)) = &best[end - length] else {
                continue;
            };
            if length > 1 && !connected(problem, layers) {
                break;
            }
            let Some(segment) = search.best(layers) else {
                continue;
            };
            let (cores, packets) = (cores + segment.cores, packets + segment.packets);
            let better = found.as_ref().is_none_or(|f| {
                (cores + 1e-9, packets) < (f.0, f.1) || (cores <= f.0 + 1e-9 && packets < f.1)
            });
            if better {
                found = Some((cores, packets, Some(segment)));
            }
        }
        if found.is_none() {
            // The layer itself fits no core: say why, and go on behind it.
            if let Err(why) = tiled::layer(problem, stretch[end - 1]) {
                findings.extend(why);
            }
            found = Some((0.0, 0.0, None));
        }
        best.push(found);
        problem
            .progress
            .report("tiles", end as u64, stretch.len() as u64);
    }
    let mut segments = Vec::new();
    let mut end = stretch.len();
    while end > 0 {
        match best.get_mut(end).and_then(Option::take) {
            Some((_, _, Some(segment))) => {
                end -= segment.populations.len();
                segments.push(segment);
            }
            _ => end -= 1,
        }
    }
    for segment in segments.iter().rev() {
        cores.extend(cells(problem, segment));
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
