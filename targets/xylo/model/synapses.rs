//! Weights by source, as events walk them.

use ndarray::{Array2, Array3, ArrayView1};

use crate::xylo::chip::{STATE_MAX, STATE_MIN};

/// A row with a weight at one of so many targets or more, from its first to its last, is kept whole:
/// a vector instruction adds eight of them at once.
const DENSE: usize = 8;
/// Up to so many events are added to a whole row one by one.
const FEW: u32 = 4;

/// The weights of one layer, source by source.
#[derive(Debug)]
pub(super) struct Synapses {
    rows: Vec<Row>,
    /// The weights of all rows, shifted to the left.
    weights: Vec<i16>,
    /// The index of the current that a weight of a sparse row adds to; as long as `weights`.
    targets: Vec<u32>,
}

/// The weights `first..end` of a source.
#[derive(Clone, Copy, Debug)]
struct Row {
    first: usize,
    end: usize,
    /// The current of the first weight, for a row that is kept whole.
    whole_from: Option<usize>,
}

impl Synapses {
    /// `weights` `[source][target][synapse]` onto currents laid out as all first synapses of
    /// `hidden` neurons, then all second ones.
    pub fn of_hidden(weights: &Array3<i32>, hidden: usize, shift: i32) -> Self {
        let mut layer = Self::empty();
        for targets in weights.outer_iter() {
            let columns = targets.axis_iter(ndarray::Axis(1)).enumerate();
            layer.push(
                columns.flat_map(|(synapse, column)| entries(column, synapse * hidden, shift)),
            );
        }
        layer
    }

    /// `weights` `[row][readout]`, whose rows belong to the last of `hidden` neurons.
    pub fn of_readouts(weights: &Array2<i32>, hidden: usize, shift: i32) -> Self {
        let mut layer = Self::empty();
        for _ in weights.nrows()..hidden {
            layer.push(std::iter::empty());
        }
        for readouts in weights.outer_iter() {
            layer.push(entries(readouts, 0, shift));
        }
        layer
    }

    fn empty() -> Self {
        Self {
            rows: Vec::new(),
            weights: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// Adds a row of weights that are not zero, by ascending current.
    fn push(&mut self, row: impl Iterator<Item = (usize, i16)>) {
        let row: Vec<(usize, i16)> = row.collect();
        let first = self.weights.len();
        let span = match (row.first(), row.last()) {
            (Some((low, _)), Some((high, _))) => high - low + 1,
            _ => 0,
        };
        let whole_from = match row.first() {
            Some((low, _)) if row.len() * DENSE >= span => {
                self.weights.resize(first + span, 0);
                for (target, weight) in &row {
                    self.weights[first + target - low] = *weight;
                }
                self.targets.resize(first + span, 0);
                Some(*low)
            }
            _ => {
                self.weights.extend(row.iter().map(|(_, weight)| *weight));
                // At most 2^31 currents: there is a weight in memory for each.
                let targets = row
                    .iter()
                    .map(|(t, _)| u32::try_from(*t).unwrap_or(u32::MAX));
                self.targets.extend(targets);
                None
            }
        };
        self.rows.push(Row {
            first,
            end: self.weights.len(),
            whole_from,
        });
    }

    /// The number of sources.
    pub fn sources(&self) -> usize {
        self.rows.len()
    }

    /// Adds `count` events of `source` to the currents, with saturation after each.
    pub fn deliver(&self, source: usize, count: u32, currents: &mut [i16]) {
        let row = self.rows[source];
        let weights = &self.weights[row.first..row.end];
        let many = |current: i16, weight: i16| {
            let sum = i32::from(current) + count as i32 * i32::from(weight);
            sum.clamp(STATE_MIN, STATE_MAX) as i16
        };
        match row.whole_from {
            Some(from) => {
                let currents = &mut currents[from..from + weights.len()];
                if count > FEW {
                    for (current, &weight) in currents.iter_mut().zip(weights) {
                        *current = many(*current, weight);
                    }
                    return;
                }
                for _ in 0..count {
                    for (current, &weight) in currents.iter_mut().zip(weights) {
                        *current = current.saturating_add(weight);
                    }
                }
            }
            None => {
                let targets = &self.targets[row.first..row.end];
                for (&target, &weight) in targets.iter().zip(weights) {
                    let current = &mut currents[target as usize];
                    *current = many(*current, weight);
                }
            }
        }
    }
}

/// The weights of `row` that are not zero, shifted, with the currents from `offset` on.
fn entries(
    row: ArrayView1<'_, i32>,
    offset: usize,
    shift: i32,
) -> impl Iterator<Item = (usize, i16)> {
    row.into_iter()
        .enumerate()
        .filter(|(_, weight)| **weight != 0)
        // Weights are 8 bit and shifts at most 7, so 16 bit hold what they make, as on the chip.
        .map(move |(target, &weight)| (offset + target, (weight << shift) as i16))
}
