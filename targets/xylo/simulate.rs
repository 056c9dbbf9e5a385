//! The chip model behind the interface that all levels share, with the names of the NIR nodes.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2, s};
use nirc_dialects::{
    finding::Findings,
    simulation::{Nodes, Record, Recording, Simulator, check_counts, check_inputs},
};

use super::{
    model::{self, Model},
    specification::{NodeRange, Role},
};

/// A core that holds a configuration, and which node each id belongs to.
pub(super) struct Core {
    model: Model,
    inputs: Vec<NodeRange>,
    populations: Vec<NodeRange>,
}

impl Core {
    /// `nodes` may be empty: a configuration alone does not have them.
    pub fn new(model: Model, mut nodes: Vec<NodeRange>) -> Self {
        let whole = |role: Role, count: usize| NodeRange {
            node: role.name().to_owned(),
            role,
            first: 0,
            count,
        };
        if nodes.is_empty() {
            nodes = vec![
                whole(Role::Input, model.input_channels()),
                whole(Role::Hidden, model.spikes().len()),
                whole(Role::Readout, model.readout_spikes().len()),
            ];
        }
        let (mut inputs, populations): (Vec<_>, Vec<_>) =
            nodes.into_iter().partition(|node| node.role == Role::Input);
        inputs.sort_by_key(|node| node.first);
        Self {
            model,
            inputs,
            populations,
        }
    }
}

/// The columns of `node`.
fn part<T: Copy + Into<f64>>(array: &Array2<T>, node: &NodeRange) -> Array2<f64> {
    let columns = array.slice(s![.., node.first..node.first + node.count]);
    columns.mapv(Into::into)
}

impl Simulator for Core {
    fn inputs(&self) -> Vec<(&str, usize)> {
        self.inputs
            .iter()
            .map(|node| (node.node.as_str(), node.count))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let populations = self.populations.iter();
        populations.map(|node| node.node.as_str()).collect()
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.populations.iter().map(|node| {
            let thresholds = match node.role {
                Role::Readout => self.model.thresholds_out(),
                Role::Hidden | Role::Input => self.model.thresholds(),
            };
            let own = &thresholds[node.first..node.first + node.count];
            (
                node.node.clone(),
                own.iter().map(|t| f64::from(*t)).collect(),
            )
        });
        each.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let mut events = Array2::zeros((steps, self.model.input_channels()));
        for (node, input) in self.inputs.iter().zip(inputs) {
            events
                .slice_mut(s![.., node.first..node.first + node.count])
                .assign(&input.mapv(|x| x as u32));
        }
        let recorded = if record.states != Nodes::None {
            model::Recording::Everything
        } else if record.spikes != Nodes::None {
            model::Recording::Spikes
        } else {
            model::Recording::Readouts
        };
        let run = self.model.clone().run(events.view(), recorded)?;
        let mut recording = Recording::default();
        for node in &self.populations {
            let name = &node.node;
            let readout = node.role == Role::Readout;
            if readout {
                let spikes = part(&run.spikes_out, node);
                recording.outputs.insert(name.clone(), spikes);
            }
            if record.spikes.contains(name) {
                let spikes = if readout {
                    &run.spikes_out
                } else {
                    &run.spikes
                };
                recording.spikes.insert(name.clone(), part(spikes, node));
            }
            if record.states.contains(name) {
                let (v, i_syn) = if readout {
                    (&run.vmem_out, &run.isyn_out)
                } else {
                    (&run.vmem, &run.isyn)
                };
                recording.v.insert(name.clone(), part(v, node));
                recording.i_syn.insert(name.clone(), part(i_syn, node));
            }
        }
        Ok(recording)
    }
}
