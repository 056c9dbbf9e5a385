//! What the interpreters of all levels, and the models of the chips, take and give.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::finding::{Finding, Findings};

/// A program that is ready to run.
///
/// A run starts from rest and leaves the program as it was, so samples can run side by side.
pub trait Simulator: Send + Sync {
    /// The inputs, in the order in which [`Simulator::run`] takes them, with their numbers of elements.
    fn inputs(&self) -> Vec<(&str, usize)>;

    /// The names of the populations that can be recorded, in order.
    fn populations(&self) -> Vec<&str>;

    /// The threshold of each neuron of each population that spikes, in the unit of its recorded `v`.
    fn thresholds(&self) -> BTreeMap<String, Vec<f64>>;

    /// Runs one step for each row of the inputs, each [steps, elements].
    ///
    /// # Errors
    ///
    /// What does not fit: the number of inputs, their widths and lengths, their values.
    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings>;

    /// What runs say beside spikes: what they ask of the hardware, against its limits.
    fn remarks(&self, _recordings: &[Recording]) -> Findings {
        Findings::new()
    }
}

/// Runs every sample from rest, side by side; what they give is in the order of the samples.
/// `done` is called after each sample.
///
/// # Errors
///
/// The findings of the first sample that does not fit.
pub fn run_samples(
    simulator: &dyn Simulator,
    samples: &[Vec<ArrayView2<'_, f32>>],
    record: &Record,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Recording>, Findings> {
    let results: Vec<_> = samples
        .par_iter()
        .map(|inputs| {
            let recording = simulator.run(inputs, record);
            done();
            recording
        })
        .collect();
    results.into_iter().collect()
}

/// A set of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Nodes {
    /// No node.
    #[default]
    None,
    /// Every node.
    All,
    /// The nodes of these names.
    Named(BTreeSet<String>),
}

impl Nodes {
    /// Whether the node of this name is in the set.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(names) => names.contains(name),
        }
    }
}

/// What a run records beside its outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The populations whose spikes are recorded.
    pub spikes: Nodes,
    /// The populations whose membrane potential and synaptic current are recorded.
    pub states: Nodes,
}

impl Record {
    /// The outputs alone.
    pub const OUTPUTS: Self = Self {
        spikes: Nodes::None,
        states: Nodes::None,
    };
    /// Everything of every population.
    pub const EVERYTHING: Self = Self {
        spikes: Nodes::All,
        states: Nodes::All,
    };
}

/// What a run gave, for each node by name. Integers of the levels below `dt` are exact in f64.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// What each output received in each step: spike counts, or values. [steps, elements]
    pub outputs: BTreeMap<String, Array2<f64>>,
    /// Spike counts in each step of each population with a threshold: [steps, neurons].
    pub spikes: BTreeMap<String, Array2<f64>>,
    /// Membrane potentials at the end of each step, after reset: [steps, neurons].
    pub v: BTreeMap<String, Array2<f64>>,
    /// Synaptic currents at the end of each step, of populations that have them: [steps, neurons].
    pub i_syn: BTreeMap<String, Array2<f64>>,
    /// Exact times of spikes, in order, of a level that has them: (seconds, neuron).
    pub spike_times: BTreeMap<String, Vec<(f64, usize)>>,
    /// Synaptic operations in each step of each part of a chip, by the part's name, of a model that counts
    /// them.
    pub operations: BTreeMap<String, Vec<f64>>,
    /// How often numbers left their ranges, in neurons times steps, of a model that counts it: by node and
    /// what overflowed, as `node: what`.
    pub overflows: BTreeMap<String, u64>,
}

/// Checks that every input is there, with the program's width, and all with one number of steps,
/// which is returned.
///
/// # Errors
///
/// What does not fit.
pub fn check_inputs(
    expected: &[(&str, usize)],
    given: &[ArrayView2<'_, f32>],
) -> Result<usize, Finding> {
    let refuse = |what: String| {
        Finding::error(
            "run-input",
            "the input has one column for each element of the model's input",
            what,
        )
    };
    if expected.len() != given.len() {
        return Err(refuse(format!(
            "the model has {} inputs, {} are given",
            expected.len(),
            given.len()
        )));
    }
    for ((name, width), input) in expected.iter().zip(given) {
        if input.ncols() != *width {
            return Err(refuse(format!(
                "it has {} columns, the input has {width}",
                input.ncols()
            ))
            .at(*name));
        }
    }
    let steps = given.first().map_or(0, |input| input.nrows());
    if given.iter().any(|input| input.nrows() != steps) {
        return Err(refuse("the inputs have different numbers of steps".into()));
    }
    Ok(steps)
}

/// Checks that every value is a count of spikes.
///
/// # Errors
///
/// A finding if one is negative, not whole, or larger than 32 bits hold.
pub fn check_counts(input: &ArrayView2<'_, f32>) -> Result<(), Finding> {
    if input
        .iter()
        .all(|x| (0.0..=2e9).contains(x) && x.fract() == 0.0)
    {
        return Ok(());
    }
    Err(Finding::error(
        "run-counts",
        "an integer program takes counts of spikes",
        "the input has values that are negative, not whole, or too large",
    ))
}
