//! The model of a network before it is placed: every population on processing elements enough.

use std::collections::BTreeMap;

use ndarray::ArrayView2;
use nirc_dialects::{
    finding::Findings,
    simulation::{Record, Recording, Simulator, check_counts, check_inputs},
};

use super::{
    neurons::{Neurons, State},
    record::Recorder,
};
use crate::spinnaker2::{
    application::Application,
    network::{Network, Population},
    rows::Rows,
};

/// A network ready to run.
pub struct Model {
    populations: Vec<Member>,
    /// For each population, where it sends to: a population, and the synapses.
    projections: Vec<Vec<(usize, Rows)>>,
    outputs: Vec<(String, usize)>,
}

struct Member {
    name: String,
    elements: usize,
    copies: usize,
    /// `None`: a spike list.
    neurons: Option<Neurons>,
}

impl Model {
    /// The model of `network`. A projection from or to a population that is not there is left out.
    pub fn new(network: &Network) -> Self {
        let mut projections: Vec<Vec<(usize, Rows)>> = vec![Vec::new(); network.populations.len()];
        for projection in &network.projections {
            let source = network.populations.get(projection.source);
            if let (Some(source), true) = (source, projection.target < network.populations.len()) {
                let rows = projection.synapses.rows(source.count).into_owned();
                projections[projection.source].push((projection.target, rows));
            }
        }
        let member = |population: &Population| Member {
            name: population.name.clone(),
            elements: population.elements(),
            copies: population.copies,
            neurons: (population.application != Application::SpikeList)
                .then(|| Neurons::new(population)),
        };
        Self {
            populations: network.populations.iter().map(member).collect(),
            projections,
            outputs: network.outputs.clone(),
        }
    }

    fn inputs(&self) -> impl Iterator<Item = (usize, &Member)> {
        let members = self.populations.iter().enumerate();
        members.filter(|(_, member)| member.neurons.is_none())
    }
}

/// The neurons of a spike list that spike for counts of its elements, in order.
pub fn listed(counts: impl Iterator<Item = f32> + Clone, copies: usize, spikes: &mut Vec<u32>) {
    let mut neuron = 0;
    for copy in 0..copies {
        for count in counts.clone() {
            if count as usize > copy {
                spikes.push(neuron);
            }
            neuron += 1;
        }
    }
}

impl Simulator for Model {
    fn inputs(&self) -> Vec<(&str, usize)> {
        let inputs = self.inputs();
        inputs
            .map(|(_, member)| (member.name.as_str(), member.elements))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let members = self.populations.iter();
        let members = members.filter(|member| member.neurons.is_some());
        members.map(|member| member.name.as_str()).collect()
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let members = self.populations.iter().filter_map(|member| {
            let thresholds = member.neurons.as_ref()?.thresholds().iter();
            let thresholds = thresholds.map(|t| f64::from(*t)).collect();
            Some((member.name.clone(), thresholds))
        });
        members.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&Simulator::inputs(self), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let mut states: Vec<Option<State>> = self
            .populations
            .iter()
            .map(|member| member.neurons.as_ref().map(Neurons::rest))
            .collect();
        let mut spikes: Vec<Vec<u32>> = vec![Vec::new(); self.populations.len()];
        let recorded = self.populations.iter().enumerate();
        let recorded = recorded.filter(|(_, member)| member.neurons.is_some());
        let recorded = recorded.map(|(p, member)| (p, member.name.as_str(), member.elements));
        let outputs = self.outputs.iter();
        let outputs = outputs.map(|(name, p)| (*p, name.as_str(), self.populations[*p].elements));
        let mut recorder = Recorder::new(recorded, outputs, record, steps);
        for step in 0..steps {
            for (projections, spikes) in self.projections.iter().zip(&spikes) {
                for (target, rows) in projections {
                    if let Some(state) = &mut states[*target] {
                        for spike in spikes {
                            state.receive(rows.row(*spike as usize), step);
                        }
                    }
                }
            }
            spikes.iter_mut().for_each(Vec::clear);
            for ((p, member), input) in self.inputs().zip(inputs) {
                let counts = input.row(step);
                listed(counts.iter().copied(), member.copies, &mut spikes[p]);
            }
            for ((member, state), spikes) in
                self.populations.iter().zip(&mut states).zip(&mut spikes)
            {
                if let (Some(neurons), Some(state)) = (&member.neurons, state) {
                    neurons.tick(state, step, spikes);
                }
            }
            for (p, spikes) in spikes.iter().enumerate() {
                recorder.spikes(p, step, spikes, self.populations[p].elements);
            }
            for (p, state) in states.iter().enumerate() {
                if let Some(state) = state {
                    recorder.states(p, step, 0, state);
                }
            }
        }
        Ok(recorder.finish())
    }
}
