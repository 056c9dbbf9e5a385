//! Improving a placement by swaps, under the target's objective.

use super::PlaceProblem;
use crate::map::{placed::Placed, random::Random, routing::Placement};

/// A placement that is improved: which vertex each core holds.
pub struct Swaps<'s, 'p> {
    problem: &'s PlaceProblem<'p>,
    placed: Placed<'p>,
    /// The vertex of each core of the mesh.
    holds: Vec<Option<u32>>,
    value: f64,
}

impl<'s, 'p> Swaps<'s, 'p> {
    /// From a placement.
    pub fn new(problem: &'s PlaceProblem<'p>, placement: Placement) -> Self {
        let architecture = problem.architecture;
        let mut holds = vec![None; architecture.mesh.cores()];
        for (vertex, &core) in placement.core.iter().enumerate() {
            if let Some(slot) = holds.get_mut(core as usize) {
                *slot = Some(vertex as u32);
            }
        }
        let placed = Placed::new(
            problem.graph,
            &architecture.mesh,
            architecture.multicast,
            placement.core,
        );
        let value = problem.objective.value(placed.traffic());
        Self {
            problem,
            placed,
            holds,
            value,
        }
    }

    /// The objective.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The placement as it is.
    pub fn placement(&self) -> Placement {
        Placement {
            core: self.placed.cores().to_vec(),
        }
    }

    /// Swaps what two cores hold if `accepts` the change of the objective.
    fn swap(&mut self, a: u32, b: u32, accepts: impl FnOnce(f64) -> bool) -> bool {
        let (at_a, at_b) = (self.holds[a as usize], self.holds[b as usize]);
        let moves = [at_a.map(|v| (v, b)), at_b.map(|v| (v, a))];
        match moves {
            [Some(one), Some(other)] => self.placed.relocate(&[one, other]),
            [Some(one), None] | [None, Some(one)] => self.placed.relocate(&[one]),
            [None, None] => return false,
        }
        let value = self.problem.objective.value(self.placed.traffic());
        if accepts(value - self.value) {
            self.placed.keep();
            self.holds.swap(a as usize, b as usize);
            self.value = value;
            true
        } else {
            self.placed.undo();
            false
        }
    }

    /// Swaps neighbours while their tension, what the swap gains, is positive: Jin et al. (ASPLOS 2023), with
    /// the target's objective as the potential. `work` bounds the pins and links that are
    /// looked at, about.
    pub fn relax(&mut self, work: u64) {
        let end = self.placed.work().saturating_add(work);
        let mesh = &self.problem.architecture.mesh;
        let [width, height] = mesh.size();
        let mut cores_of = vec![Vec::new(); width as usize * height as usize];
        for core in 0..mesh.cores() as u32 {
            if let Some(cores) = cores_of.get_mut(mesh.tile_index(mesh.tile_of(core))) {
                cores.push(core);
            }
        }
        let vertices = self.problem.graph.vertices as u32;
        let mut active: Vec<bool> = vec![true; vertices as usize];
        for round in 0.. {
            let mut swapped = 0u64;
            for vertex in 0..vertices {
                if !std::mem::replace(&mut active[vertex as usize], false) {
                    continue;
                }
                if self.placed.work() >= end {
                    return;
                }
                let [x, y] = mesh.tile_of(self.placed.cores()[vertex as usize]);
                let sides = [
                    (x + 1 < width).then(|| [x + 1, y]),
                    x.checked_sub(1).map(|x| [x, y]),
                    (y + 1 < height).then(|| [x, y + 1]),
                    y.checked_sub(1).map(|y| [x, y]),
                ];
                for tile in sides.into_iter().flatten() {
                    for &other in &cores_of[mesh.tile_index(tile)] {
                        let own = self.placed.cores()[vertex as usize];
                        let displaced = self.holds[other as usize];
                        if self.swap(own, other, |change| change < -1e-9) {
                            swapped += 1;
                            active[vertex as usize] = true;
                            if let Some(displaced) = displaced {
                                active[displaced as usize] = true;
                            }
                            break;
                        }
                    }
                }
            }
            let done = u64::from(vertices);
            self.problem
                .progress
                .report("force-directed", done.saturating_sub(swapped), done);
            if swapped == 0 || round > 200 {
                return;
            }
        }
    }

    /// Simulated annealing: random swaps, worse ones with a probability that falls. `work` bounds the links
    /// that are touched, about. Ends with the best placement that was seen.
    pub fn anneal(&mut self, random: &mut Random, work: u64) {
        let cores = self.placed.cores().to_vec();
        let vertices = cores.len();
        if vertices < 2 {
            return;
        }
        // Where to: cores that hold something, and as many free ones near to them.
        let mut slots: Vec<u32> = cores.clone();
        let free = (0..self.holds.len() as u32).filter(|&c| self.holds[c as usize].is_none());
        slots.extend(free.take(vertices));
        let swaps = 300 * (vertices as u64 + 10);
        let begin = self.placed.work();
        // The temperature begins where a usual change is taken often, and ends where none is.
        let usual = self.usual_change(random, &slots);
        let (mut best, mut best_value) = (cores, self.value);
        let hot = 0.5 * usual;
        let mut temperature = hot;
        for step in 0..swaps {
            if step % 64 == 0 {
                // How much is done, of the swaps or of the work.
                let worked = (self.placed.work() - begin) as f64 / work.max(1) as f64;
                let done = worked.max(step as f64 / swaps as f64);
                if done >= 1.0 {
                    break;
                }
                temperature = hot * 1e-3f64.powf(done);
                let percent = (100.0 * done) as u64;
                self.problem.progress.report("annealing", percent, 100);
            }
            let vertex = random.below(vertices);
            let own = self.placed.cores()[vertex];
            let other = slots[random.below(slots.len())];
            let chance = random.unit();
            if own == other {
                continue;
            }
            let displaced = self.holds[other as usize];
            let before = self.value;
            let swapped = self.swap(own, other, |change| {
                change <= 0.0 || (temperature > 0.0 && chance < (-change / temperature).exp())
            });
            if !swapped {
                continue;
            }
            // The best is copied only where it is left.
            if before < best_value - 1e-9 && self.value > before {
                best_value = before;
                best.copy_from_slice(self.placed.cores());
                best[vertex] = own;
                if let Some(displaced) = displaced {
                    best[displaced as usize] = other;
                }
            }
        }
        if self.value < best_value {
            return;
        }
        self.go_to(&best);
    }

    /// The mean of what some swaps change.
    fn usual_change(&mut self, random: &mut Random, slots: &[u32]) -> f64 {
        let vertices = self.placed.cores().len();
        let mut sum = 0.0;
        const TRIED: usize = 50;
        for _ in 0..TRIED {
            let own = self.placed.cores()[random.below(vertices)];
            let other = slots[random.below(slots.len())];
            if own != other {
                self.swap(own, other, |change| {
                    sum += change.abs();
                    false
                });
            }
        }
        sum / TRIED as f64
    }

    fn go_to(&mut self, cores: &[u32]) {
        let moves: Vec<(u32, u32)> = (0..).zip(cores.iter().copied()).collect();
        self.placed.relocate(&moves);
        self.placed.keep();
        self.holds.fill(None);
        for &(vertex, core) in &moves {
            self.holds[core as usize] = Some(vertex);
        }
        self.value = self.problem.objective.value(self.placed.traffic());
    }
}
