//! Partition and placement refined together: neurons change their core where that lowers the target's
//! objective on the mesh.

use super::{
    objective::Objective,
    partition::Partition,
    partitioner::{
        Problem,
        bricks::{Bricks, Room},
    },
    placed::Placed,
    random::Random,
    routing::Placement,
};

/// Bricks at most; beyond, a map is left as it is.
const MOST_BRICKS: usize = 1 << 17;
/// Pins and links that are looked at, at most, about.
const WORK: u64 = 60_000_000;

/// Moves blocks of neurons between cores that are placed, and swaps blocks where there is no room, so
/// that `objective` becomes smaller: annealing that begins cool, within all capacities. Number of cores and
/// their places stay. After M-HySMap (arXiv 2608.26223), whose moves are single neurons.
pub fn refine_placed(
    problem: &Problem<'_>,
    objective: &dyn Objective,
    partition: &Partition,
    placement: &Placement,
) -> Partition {
    let network = problem.network;
    let cores = partition.cores.len();
    let mean = network.neurons() / cores.max(1) as u64;
    let mut best = partition.clone();
    for part in [16, 32] {
        let most = (mean / part).max(1);
        let Some(bricks) = Bricks::new(network, &best, most, MOST_BRICKS) else {
            break;
        };
        if bricks.parts.len() < 2 {
            break;
        }
        let mut search = Search::new(problem, objective, &bricks, placement);
        search.anneal(part);
        best = bricks.partition(&search.best);
    }
    best
}

struct Search<'s> {
    problem: &'s Problem<'s>,
    objective: &'s dyn Objective,
    placement: &'s Placement,
    room: Room<'s>,
    /// The core of each brick.
    core: Vec<u32>,
    best: Vec<u32>,
    neighbours: Vec<Vec<u32>>,
    graph: super::hypergraph::Hypergraph,
}

impl<'s> Search<'s> {
    fn new(
        problem: &'s Problem<'s>,
        objective: &'s dyn Objective,
        bricks: &'s Bricks,
        placement: &'s Placement,
    ) -> Self {
        let graph = bricks.graph(problem.network);
        // For each brick some of those that it exchanges spikes with: where it could go.
        let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); bricks.parts.len()];
        for set in graph.sets() {
            let sources = set.sources.iter().map(|s| s.vertex);
            let sources: Vec<u32> = sources.filter(|&v| v != super::OUTSIDE).collect();
            let few = |from: &[u32]| -> Vec<u32> {
                let step = from.len().div_ceil(MOST_NEIGHBOURS).max(1);
                from.iter().copied().step_by(step).collect()
            };
            let (pins, from) = (few(set.pins), few(&sources));
            for &source in &sources {
                neighbours[source as usize].extend(&pins);
            }
            for &pin in set.pins {
                neighbours[pin as usize].extend(&from);
                neighbours[pin as usize].extend(&pins);
            }
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        Self {
            problem,
            objective,
            placement,
            room: Room::new(problem.network, problem.cost, bricks),
            core: bricks.core.clone(),
            best: bricks.core.clone(),
            neighbours,
            graph,
        }
    }

    fn anneal(&mut self, part: u64) {
        let architecture = self.problem.architecture;
        let on_chip = |&core: &u32| on_chip_of(self.placement, core);
        let cores = self.core.iter().map(on_chip).collect();
        let graph = std::mem::take(&mut self.graph);
        let mut placed = Placed::new(&graph, &architecture.mesh, architecture.multicast, cores);
        let count = self.core.len();
        let tries = 150 * count as u64;
        let random = &mut Random::new(self.problem.seed.wrapping_add(part));
        let mut value = self.objective.value(placed.traffic());
        let mut best_value = value;
        // Cool: at first one in e moves is taken that makes the whole worse by 4 of 10,000.
        let hot = 4e-4 * value;
        let mut temperature = hot;
        let begin = placed.work();
        for step in 0..tries {
            if step % 64 == 0 {
                let worked = (placed.work() - begin) as f64 / WORK as f64;
                let done = worked.max(step as f64 / tries as f64);
                if done >= 1.0 {
                    break;
                }
                temperature = hot * 1e-2f64.powf(done);
                let percent = (100.0 * done) as u64;
                self.problem
                    .progress
                    .report("joint refinement", percent, 100);
            }
            let brick = random.below(count) as u32;
            let near = &self.neighbours[brick as usize];
            let (pick, chance) = (random.below(near.len()), random.unit());
            let Some(&near) = near.get(pick) else {
                continue;
            };
            let (from, to) = (self.core[brick as usize], self.core[near as usize]);
            if from == to {
                continue;
            }
            self.room.relocate(brick, from, to);
            let mut moves = [(brick, on_chip_of(self.placement, to)), (0, 0)];
            let mut partner = None;
            if !self.room.fits(to) {
                // Somebody of the other core goes the other way.
                let members = self.room.members(to);
                let other = members[random.below(members.len())];
                let alike = self.room.size(other) <= 2 * self.room.size(brick);
                if other == brick || !alike {
                    self.room.relocate(brick, to, from);
                    continue;
                }
                self.room.relocate(other, to, from);
                if !(self.room.fits(to) && self.room.fits(from)) {
                    self.room.relocate(other, from, to);
                    self.room.relocate(brick, to, from);
                    continue;
                }
                moves[1] = (other, on_chip_of(self.placement, from));
                partner = Some(other);
            }
            let moved = if partner.is_some() {
                &moves[..]
            } else {
                &moves[..1]
            };
            placed.relocate(moved);
            let now = self.objective.value(placed.traffic());
            let change = now - value;
            if change <= 0.0 || chance < (-change / temperature).exp() {
                placed.keep();
                value = now;
                self.core[brick as usize] = to;
                if let Some(other) = partner {
                    self.core[other as usize] = from;
                }
                if value < best_value - 1e-9 * best_value {
                    best_value = value;
                    self.best.copy_from_slice(&self.core);
                }
            } else {
                placed.undo();
                if let Some(other) = partner {
                    self.room.relocate(other, from, to);
                }
                self.room.relocate(brick, to, from);
            }
        }
    }
}

/// Neighbours of a brick that are taken from a set at most.
const MOST_NEIGHBOURS: usize = 24;

fn on_chip_of(placement: &Placement, core: u32) -> u32 {
    placement.core[core as usize]
}
