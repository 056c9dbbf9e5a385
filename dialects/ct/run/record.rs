//! Events and states on the grid of steps.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::queue::tolerance;
use crate::simulation::{Nodes, Recording};

/// The grid: step k reaches from k * step to (k + 1) * step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub step: f64,
    pub steps: usize,
}

impl Grid {
    /// The time at which `step` begins. Every time of the grid is computed here, so that equal ones
    /// are equal bit by bit.
    pub fn start(&self, step: usize) -> f64 {
        step as f64 * self.step
    }

    /// The step that `time` lies in; what happens where a step begins belongs to that step. `None`
    /// outside the grid.
    pub fn step_of(&self, time: f64) -> Option<usize> {
        let reach = time + tolerance(time);
        let mut step = (time / self.step) as usize;
        while step > 0 && self.start(step) > reach {
            step -= 1;
        }
        while self.start(step + 1) <= reach {
            step += 1;
        }
        (step < self.steps).then_some(step)
    }
}

/// An empty array for the node, if it is wanted.
pub(super) fn prepare(
    arrays: &mut BTreeMap<String, Array2<f64>>,
    wanted: &Nodes,
    name: &str,
    grid: &Grid,
    width: usize,
) {
    if wanted.contains(name) {
        arrays.insert(name.to_owned(), Array2::zeros((grid.steps, width)));
    }
}

/// Adds to one cell of a node's array, if the node is recorded and the time is on the grid.
pub(super) fn add(
    arrays: &mut BTreeMap<String, Array2<f64>>,
    name: &str,
    at: (Option<usize>, usize),
    value: f64,
) {
    if let ((Some(step), element), Some(array)) = (at, arrays.get_mut(name))
        && let Some(cell) = array.get_mut((step, element))
    {
        *cell += value;
    }
}

/// Notes the exact times of spikes, if they are recorded.
pub(super) fn times(recording: &mut Recording, name: &str, time: f64, neuron: usize, count: u32) {
    if let Some(list) = recording.spike_times.get_mut(name) {
        list.extend((0..count).map(|_| (time, neuron)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_grid_belongs_to_the_step_that_it_begins() {
        for step in [1e-4, 1e-3, 0.1, 1.0 / 3.0, 0.7] {
            let grid = Grid { step, steps: 5000 };
            for k in 0..4999 {
                let time = grid.start(k);
                assert_eq!(grid.step_of(time), Some(k));
                assert_eq!(grid.step_of(time.next_down().max(0.0)), Some(k));
                assert_eq!(grid.step_of(time + step * 0.999), Some(k));
                let parts = (0..3).map(|_| time / 3.0).sum();
                assert_eq!(grid.step_of(parts), Some(k));
            }
            assert_eq!(grid.step_of(grid.start(5000)), None);
        }
    }
}
