//! Filling cores with neurons in an order, each as full as it goes.

use nirc_dialects::finding::Findings;

use super::{Problem, no_core_takes};
use crate::map::{
    cost::{self, Sharing},
    load::CoreLoad,
    partition::Part,
    tile::{Tile, stretch},
};

/// Cores that are filled one after the other.
pub struct Filler<'f, 'p> {
    problem: &'f Problem<'p>,
    /// What the cores hold.
    pub cores: Vec<Vec<Part>>,
    /// How many neurons the last core took at once: where the search begins.
    guess: u64,
}

impl<'f, 'p> Filler<'f, 'p> {
    /// No core yet.
    pub fn new(problem: &'f Problem<'p>) -> Self {
        Self {
            problem,
            cores: Vec::new(),
            guess: 1,
        }
    }

    /// Begins an empty core.
    pub fn next_core(&mut self) {
        if self.cores.last().is_none_or(|parts| !parts.is_empty()) {
            self.cores.push(Vec::new());
        }
    }

    /// Puts a whole population onto cores, its neurons in `order` (the slowest axis first).
    ///
    /// # Errors
    ///
    /// If a neuron fits no core.
    pub fn population(&mut self, population: usize, order: [usize; 3]) -> Result<(), Findings> {
        let problem = self.problem;
        let extent = problem.network.populations[population].extent;
        let count = problem.network.populations[population].neurons();
        let exclusive = problem.cost.sharing() == Sharing::Exclusive;
        if exclusive || self.cores.is_empty() {
            self.next_core();
        }
        let mut at = 0;
        while at < count {
            let room = self.room(population, at, count, order);
            if room == 0 {
                if self.cores.last().is_some_and(Vec::is_empty) {
                    let tile = stretch(at..at + 1, extent, order);
                    let tile = tile.first().copied().unwrap_or(Tile::whole(extent));
                    return Err(no_core_takes(problem, Part { population, tile }).into());
                }
                self.next_core();
                continue;
            }
            let tiles = stretch(at..at + room, extent, order);
            let parts = tiles.into_iter().map(|tile| Part { population, tile });
            if let Some(core) = self.cores.last_mut() {
                core.extend(parts);
            }
            at += room;
            self.guess = room;
            if at < count {
                self.next_core();
            }
        }
        Ok(())
    }

    /// How many of the neurons from `at` on the last core takes.
    fn room(&self, population: usize, at: u64, count: u64, order: [usize; 3]) -> u64 {
        let problem = self.problem;
        let extent = problem.network.populations[population].extent;
        let held = self.cores.last().map(Vec::as_slice).unwrap_or_default();
        let fits = |n: u64| {
            let mut parts = held.to_vec();
            let tiles = stretch(at..at + n, extent, order);
            parts.extend(tiles.into_iter().map(|tile| Part { population, tile }));
            cost::fits(
                problem.cost,
                problem.network,
                &CoreLoad::new(problem.network, &parts),
            )
        };
        let most = count - at;
        // Up from the guess until it does not fit, or down until it does; then between the two.
        let (mut low, mut high);
        let guess = self.guess.min(most);
        if fits(guess) {
            (low, high) = (guess, most + 1);
            let mut step = 1;
            while low < most {
                let next = (low + step).min(most);
                if !fits(next) {
                    high = next;
                    break;
                }
                low = next;
                step *= 2;
            }
        } else {
            (low, high) = (0, guess);
            let mut step = 1;
            while high > 1 {
                let next = high.saturating_sub(step).max(1);
                if fits(next) {
                    low = next;
                    break;
                }
                high = next;
                step *= 2;
            }
        }
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}
