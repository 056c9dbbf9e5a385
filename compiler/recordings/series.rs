//! What was recorded of a node, over all samples.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Recording,
};

/// One quantity of one node.
pub struct Series<'a> {
    /// The node.
    pub node: &'a str,
    /// The quantity: `output`, `spikes`, `v` or `i_syn`.
    pub observable: &'static str,
    /// [steps, elements] for each sample, all of one shape.
    pub samples: Vec<&'a Array2<f64>>,
    /// Steps and elements.
    pub shape: (usize, usize),
}

impl Series<'_> {
    /// All values, sample by sample and step by step.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.samples
            .iter()
            .flat_map(|sample| sample.iter().copied())
    }

    /// The largest value, if the quantity is counted and all values are whole numbers from 0 to
    /// 2^32 - 1. A potential that happens to be whole is still no count.
    pub fn largest_count(&self) -> Option<f64> {
        if !matches!(self.observable, "output" | "spikes") {
            return None;
        }
        self.values().try_fold(0.0, |largest: f64, x| {
            ((0.0..=f64::from(u32::MAX)).contains(&x) && x.fract() == 0.0).then(|| largest.max(x))
        })
    }
}

/// The arrays of one quantity in a recording.
type Quantity = fn(&Recording) -> &BTreeMap<String, Array2<f64>>;

/// The quantities, each with its name in files.
const QUANTITIES: [(&str, Quantity); 4] = [
    ("output", |r| &r.outputs),
    ("spikes", |r| &r.spikes),
    ("v", |r| &r.v),
    ("i_syn", |r| &r.i_syn),
];

/// All series of recordings, by quantity and node.
///
/// # Errors
///
/// `run-recording` for each series that is not in all samples with one shape.
pub fn series(recordings: &[Recording]) -> Result<Vec<Series<'_>>, Findings> {
    let Some(first) = recordings.first() else {
        return Ok(Vec::new());
    };
    let (mut series, mut findings) = (Vec::new(), Findings::new());
    for (observable, quantity) in QUANTITIES {
        for (node, array) in quantity(first) {
            let samples: Vec<_> = recordings
                .iter()
                .filter_map(|r| quantity(r).get(node))
                .filter(|a| a.shape() == array.shape())
                .collect();
            if samples.len() == recordings.len() {
                series.push(Series {
                    node,
                    observable,
                    samples,
                    shape: array.dim(),
                });
            } else {
                findings.push(
                    Finding::error(
                        "run-recording",
                        "all samples have the same number of steps and elements",
                        format!(
                            "`{observable}` has shape {1:?} in {0} samples, another in {2}",
                            samples.len(),
                            array.shape(),
                            recordings.len() - samples.len()
                        ),
                    )
                    .at(node)
                    .why("the file has one array for all samples")
                    .fix("run samples of different lengths one by one"),
                );
            }
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(series)
}

/// The exact times of a node's spikes, padded to the most spikes of a sample.
pub struct Events<'a> {
    /// The node.
    pub node: &'a str,
    /// The spikes of each sample: (seconds, neuron).
    samples: Vec<&'a [(f64, usize)]>,
    /// The most spikes of a sample.
    pub most: usize,
}

impl Events<'_> {
    /// Times in seconds, [samples, events]; infinity where a sample has no more.
    pub fn times(&self) -> impl Iterator<Item = f64> {
        self.padded()
            .map(|event| event.map_or(f64::INFINITY, |(time, _)| time))
    }

    /// Neurons, [samples, events]; -1 where a sample has no more.
    pub fn neurons(&self) -> impl Iterator<Item = i64> {
        self.padded()
            .map(|event| event.map_or(-1, |(_, neuron)| neuron as i64))
    }

    fn padded(&self) -> impl Iterator<Item = Option<(f64, usize)>> {
        let most = self.most;
        self.samples
            .iter()
            .flat_map(move |sample| (0..most).map(move |event| sample.get(event).copied()))
    }
}

/// The events of all nodes that have exact times in any sample.
pub fn events(recordings: &[Recording]) -> Vec<Events<'_>> {
    let keys = recordings.iter().flat_map(|r| r.spike_times.keys());
    let nodes: BTreeSet<&String> = keys.collect();
    nodes
        .into_iter()
        .map(|node| {
            let samples: Vec<&[(f64, usize)]> = recordings
                .iter()
                .map(|r| r.spike_times.get(node).map_or(&[][..], Vec::as_slice))
                .collect();
            let most = samples.iter().map(|s| s.len()).max().unwrap_or(0);
            Events {
                node,
                samples,
                most,
            }
        })
        .collect()
}
