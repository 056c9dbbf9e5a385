//! Weights by source, as the sparse lists that events walk.

use ndarray::{Array2, Array3, ArrayView1};

use crate::xylo::chip::{STATE_MAX, STATE_MIN};

/// One nonzero weight.
#[derive(Clone, Copy, Debug)]
struct Weight {
    /// Index of the current that it adds to.
    target: u32,
    /// The weight, shifted to the left.
    weight: i32,
}

/// The nonzero weights of one layer, source by source (compressed rows).
#[derive(Clone, Debug)]
pub(super) struct Synapses {
    /// Weights of source i: `first[i]..first[i + 1]`.
    first: Vec<usize>,
    weights: Vec<Weight>,
}

impl Synapses {
    /// `weights` `[source][target][synapse]` onto currents laid out as all first synapses of
    /// `hidden` neurons, then all second ones.
    pub fn of_hidden(weights: &Array3<i32>, hidden: usize, shift: i32) -> Self {
        let mut layer = Self::empty();
        for targets in weights.outer_iter() {
            for (synapse, column) in targets.axis_iter(ndarray::Axis(1)).enumerate() {
                layer.extend(column, synapse * hidden, shift);
            }
            layer.first.push(layer.weights.len());
        }
        layer
    }

    /// `weights` `[row][readout]`, whose rows belong to the last of `hidden` neurons.
    pub fn of_readouts(weights: &Array2<i32>, hidden: usize, shift: i32) -> Self {
        let mut layer = Self::empty();
        let unread = hidden.saturating_sub(weights.nrows());
        layer.first.resize(unread + 1, 0);
        for readouts in weights.outer_iter() {
            layer.extend(readouts, 0, shift);
            layer.first.push(layer.weights.len());
        }
        layer
    }

    fn empty() -> Self {
        Self {
            first: vec![0],
            weights: Vec::new(),
        }
    }

    fn extend(&mut self, row: ArrayView1<'_, i32>, offset: usize, shift: i32) {
        let nonzero = row
            .into_iter()
            .enumerate()
            .filter(|(_, weight)| **weight != 0);
        self.weights.extend(nonzero.map(|(target, &weight)| Weight {
            // At most 2^31 currents: there is a weight in memory for each.
            target: u32::try_from(offset + target).unwrap_or(u32::MAX),
            // Weights are 8 bit and shifts at most 7, so nothing is lost here and the chip's 16 bit
            // hold it too.
            weight: weight << shift,
        }));
    }

    /// The number of sources.
    pub fn sources(&self) -> usize {
        self.first.len() - 1
    }

    /// Adds `count` events of `source` to the currents, with saturation after each.
    pub fn deliver(&self, source: usize, count: u32, currents: &mut [i16]) {
        let count = count as i32;
        for weight in &self.weights[self.first[source]..self.first[source + 1]] {
            let current = &mut currents[weight.target as usize];
            let sum = i32::from(*current) + count * weight.weight;
            *current = sum.clamp(STATE_MIN, STATE_MAX) as i16;
        }
    }
}
