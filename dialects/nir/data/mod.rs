//! NIRData files: what was put into the nodes of a graph, or recorded of them.
//!
//! The format is that of the Python package `nir` 1.0.8 (`nir.write_data`, `nir.read_data`): HDF5
//! with groups for nodes and their observables, whose kinds stand in attributes.

mod grid;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use ndarray::{Array2, Array3};

use crate::tensor::Tensor;

pub use grid::{Lost, Raster, TOLERANCE, step_of, steps_in};
pub use read::read;
pub use write::write;

/// The data of a graph: for each node, its observables by name (`spikes`, `voltage`, ...). The
/// names of nodes in nested graphs are joined with `/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphData {
    /// The nodes.
    pub nodes: BTreeMap<String, BTreeMap<String, Observable>>,
}

/// What was put into a node, or recorded of it, over time.
#[derive(Clone, Debug, PartialEq)]
pub enum Observable {
    /// A value for each step (`TimeGriddedData`).
    Gridded {
        /// The values.
        values: Grid,
        /// The step in seconds.
        dt: f64,
    },
    /// Spikes or values at any time (`EventData`, `ValuedEventData`).
    Events(Events),
}

impl Observable {
    /// The number of neurons.
    pub fn neurons(&self) -> usize {
        match self {
            Self::Gridded { values, .. } => values.shape().last().copied().unwrap_or(0),
            Self::Events(events) => events.n_neurons,
        }
    }
}

/// Values on a grid of steps: [samples, steps, neurons].
#[derive(Clone, Debug, PartialEq)]
pub enum Grid {
    /// Whether there was a spike.
    Spikes(Array3<bool>),
    /// Counts or values; three dimensions.
    Numbers(Tensor),
}

impl Grid {
    /// Samples, steps, neurons.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Spikes(spikes) => spikes.shape(),
            Self::Numbers(tensor) => tensor.shape(),
        }
    }
}

/// Events of several samples, each array [samples, events].
#[derive(Clone, Debug, PartialEq)]
pub struct Events {
    /// Neurons; -1 where a sample has no more events.
    pub idx: Array2<i64>,
    /// Times in seconds; infinity where a sample has no more events.
    pub time: Array2<f64>,
    /// Values, of `ValuedEventData`.
    pub value: Option<Array2<f64>>,
    /// The number of neurons.
    pub n_neurons: usize,
    /// The length of the recording in seconds.
    pub t_max: f64,
    /// How precise the file's times are: the relative error of rounding them.
    pub epsilon: f64,
}
