//! What a run of the model records.

use std::collections::BTreeMap;

use ndarray::Array2;
use nirc_dialects::simulation::{Record, Recording};

use super::neurons::State;

/// Rows of what is recorded so far, by population.
pub struct Recorder {
    /// Spikes of populations: the name, and whether it is asked for or only an output.
    spikes: BTreeMap<usize, (String, Array2<f64>)>,
    /// Potentials and currents.
    states: BTreeMap<usize, (String, Array2<f64>, Array2<f64>)>,
    /// Outputs: the population, the name and the spikes.
    outputs: Vec<(usize, String, Array2<f64>)>,
}

impl Recorder {
    /// Rows for `steps` steps of `populations` and `outputs`, each with index, name and width.
    pub fn new<'n>(
        populations: impl Iterator<Item = (usize, &'n str, usize)>,
        outputs: impl Iterator<Item = (usize, &'n str, usize)>,
        record: &Record,
        steps: usize,
    ) -> Self {
        let zeros = |width| Array2::zeros((steps, width));
        let (mut spikes, mut states) = (BTreeMap::new(), BTreeMap::new());
        for (p, name, width) in populations {
            if record.spikes.contains(name) {
                spikes.insert(p, (name.to_owned(), zeros(width)));
            }
            if record.states.contains(name) {
                states.insert(p, (name.to_owned(), zeros(width), zeros(width)));
            }
        }
        let outputs = outputs.map(|(p, name, width)| (p, name.to_owned(), zeros(width)));
        Self {
            spikes,
            states,
            outputs: outputs.collect(),
        }
    }

    /// Adds the spikes of neurons of a population of `elements` elements in a step.
    pub fn spikes(&mut self, population: usize, step: usize, spikes: &[u32], elements: usize) {
        let own = self.spikes.get_mut(&population).map(|(_, rows)| rows);
        let outputs = self.outputs.iter_mut();
        let outputs = outputs.filter(|(p, ..)| *p == population);
        for rows in own.into_iter().chain(outputs.map(|(_, _, rows)| rows)) {
            for spike in spikes {
                rows[[step, *spike as usize % elements.max(1)]] += 1.0;
            }
        }
    }

    /// Adds the states of neurons of a population from `first` on.
    pub fn states(&mut self, population: usize, step: usize, first: usize, state: &State) {
        let Some((_, v, i_syn)) = self.states.get_mut(&population) else {
            return;
        };
        for (n, potential) in state.v.iter().enumerate() {
            v[[step, first + n]] = f64::from(*potential);
            i_syn[[step, first + n]] = f64::from(state.current(n));
        }
    }

    /// The recording.
    pub fn finish(self) -> Recording {
        let mut recording = Recording {
            outputs: BTreeMap::new(),
            spikes: self.spikes.into_values().collect(),
            ..Recording::default()
        };
        for (name, v, i_syn) in self.states.into_values() {
            recording.v.insert(name.clone(), v);
            recording.i_syn.insert(name, i_syn);
        }
        for (_, name, rows) in self.outputs {
            recording.outputs.insert(name, rows);
        }
        recording
    }
}
