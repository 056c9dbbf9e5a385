//! Refinement of a partition: Fiduccia and Mattheyses' moves, k-way, under all capacities.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{bricks::Room, connectivity::Connectivity};

/// Moves bricks between cores while that saves packets: each pass moves every brick at most once, always
/// the one with the largest gain, also at a loss, and goes back to the best state that it saw. A brick for
/// which there is no room changes places with one of the other core.
pub struct Fm<'f, 'g> {
    /// The metric.
    pub state: Connectivity<'g>,
    /// What fits.
    pub room: Room<'f>,
    /// About how many look-ups may still be made: bounds the time, the same on every machine.
    pub work: u64,
    locked: Vec<bool>,
    log: Vec<(u32, u32)>,
}

/// Sets with more vertices do not wake their vertices up.
const WAKING: usize = 48;
/// Passes at most.
const PASSES: usize = 12;

#[derive(PartialEq)]
struct Candidate {
    gain: f64,
    vertex: u32,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_gain = self.gain.total_cmp(&other.gain);
        by_gain.then(other.vertex.cmp(&self.vertex))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'f, 'g> Fm<'f, 'g> {
    /// A refinement that makes about `work` look-ups at most.
    pub fn new(state: Connectivity<'g>, room: Room<'f>, work: u64) -> Self {
        let count = state.parts().len();
        Self {
            state,
            room,
            work,
            locked: vec![false; count],
            log: Vec::new(),
        }
    }

    /// Passes until one saves nothing. Returns what all saved.
    pub fn run(&mut self) -> f64 {
        let mut saved = 0.0;
        for _ in 0..PASSES {
            let more = self.pass();
            saved += more;
            if more <= 1e-9 || self.work == 0 {
                break;
            }
        }
        saved
    }

    fn pass(&mut self) -> f64 {
        let count = self.locked.len();
        self.locked.fill(false);
        self.log.clear();
        let mut heap = BinaryHeap::new();
        for vertex in 0..count as u32 {
            if let Some((_, gain)) = self.best(vertex) {
                heap.push(Candidate { gain, vertex });
            }
        }
        let (mut sum, mut best, mut best_length) = (0.0, 0.0, 0);
        let patience = 60 + count / 25;
        while let Some(Candidate { gain, vertex }) = heap.pop() {
            if self.work == 0 || self.log.len() > best_length + patience {
                break;
            }
            if self.locked[vertex as usize] {
                continue;
            }
            let Some((to, now)) = self.best(vertex) else {
                continue;
            };
            if now < gain - 1e-9 {
                heap.push(Candidate { gain: now, vertex });
                continue;
            }
            let Some(saved) = self.take(vertex, to) else {
                self.locked[vertex as usize] = true;
                continue;
            };
            sum += saved;
            if sum > best + 1e-9 {
                (best, best_length) = (sum, self.log.len());
            }
            self.wake(vertex, &mut heap);
        }
        while self.log.len() > best_length {
            if let Some((vertex, from)) = self.log.pop() {
                self.relocate(vertex, from);
            }
        }
        best
    }

    /// The best move of a vertex.
    fn best(&mut self, vertex: u32) -> Option<(u32, f64)> {
        self.work = self
            .work
            .saturating_sub(1 + self.state.sets_of(vertex).len() as u64);
        self.state.best(vertex, |_| true)
    }

    fn relocate(&mut self, vertex: u32, to: u32) {
        let from = self.state.parts()[vertex as usize];
        self.state.relocate(vertex, to);
        self.room.relocate(vertex, from, to);
    }

    /// Moves a vertex, or swaps it; returns what that saved.
    fn take(&mut self, vertex: u32, to: u32) -> Option<f64> {
        let from = self.state.parts()[vertex as usize];
        let mut saved = self.state.gain(vertex, to);
        self.relocate(vertex, to);
        if self.room.fits(to) {
            self.locked[vertex as usize] = true;
            self.log.push((vertex, from));
            return Some(saved);
        }
        // Who goes back: of those about as large, the one that gains most.
        let size = self.room.size(vertex);
        let mut partners: Vec<(f64, u32)> = Vec::new();
        for &other in self.room.members(to) {
            if other == vertex || self.locked[other as usize] || self.room.size(other) > 2 * size {
                continue;
            }
            self.work = self
                .work
                .saturating_sub(1 + self.state.sets_of(other).len() as u64);
            partners.push((self.state.gain(other, from), other));
        }
        partners.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for &(gain, other) in partners.iter().take(4) {
            self.relocate(other, from);
            if self.room.fits(to) && self.room.fits(from) {
                saved += gain;
                self.locked[vertex as usize] = true;
                self.locked[other as usize] = true;
                self.log.push((vertex, from));
                self.log.push((other, to));
                return Some(saved);
            }
            self.relocate(other, to);
        }
        self.relocate(vertex, from);
        None
    }

    /// Puts the neighbours of a vertex that moved into the heap again: their gains may have grown.
    fn wake(&mut self, vertex: u32, heap: &mut BinaryHeap<Candidate>) {
        let small = self.state.sets_of(vertex).iter().map(|s| s.0);
        let small: Vec<u32> = small.filter(|&s| self.state.size(s) <= WAKING).collect();
        let mut woken: Vec<u32> = small
            .iter()
            .flat_map(|&set| self.state.vertices_of(set))
            .filter(|&v| !self.locked[v as usize])
            .collect();
        woken.sort_unstable();
        woken.dedup();
        for vertex in woken {
            if let Some((_, gain)) = self.best(vertex) {
                heap.push(Candidate { gain, vertex });
            }
        }
    }
}
