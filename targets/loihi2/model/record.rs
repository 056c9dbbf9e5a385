//! The model behind the interface that all levels share, with the names of the NIR nodes.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::{Record, Recording, Simulator, check_counts, check_inputs},
};

use super::{Model, Moment, Observer, Spikes};
use crate::loihi2::network::{Network, Population, Signal};

/// A network as a program that runs.
pub struct Simulation {
    model: Model,
    network: Network,
}

impl Simulation {
    /// Of a network, placed or not.
    ///
    /// # Errors
    ///
    /// What [`Network::check`] finds.
    pub fn new(network: Network) -> Result<Self, Findings> {
        let model = Model::new(&network)?;
        Ok(Self { model, network })
    }

    fn count(&self, population: &Population) -> usize {
        let part = population.part.as_ref();
        part.map_or(population.count(), |part| part.count)
    }
}

impl Simulator for Simulation {
    fn inputs(&self) -> Vec<(&str, usize)> {
        let inputs = self.network.inputs.iter();
        let count = |p: usize| self.network.populations[p].count();
        inputs
            .map(|i| (i.node.as_str(), count(i.population)))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for population in self
            .network
            .populations
            .iter()
            .filter(|p| p.lif().is_some())
        {
            if !names.contains(&population.node()) {
                names.push(population.node());
            }
        }
        names
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let mut thresholds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for population in &self.network.populations {
            let Some(lif) = population.lif() else {
                continue;
            };
            let count = self.count(population);
            let all = thresholds.entry(population.node().to_owned());
            let all = all.or_insert_with(|| vec![0.0; count]);
            let threshold = f64::from(lif.threshold << 6);
            match &population.part {
                None => all.fill(threshold),
                Some(part) => {
                    part.elements
                        .iter()
                        .for_each(|e| all[*e as usize] = threshold);
                }
            }
        }
        thresholds
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        self.check_binary(inputs)?;
        let of = |population: usize| {
            let mut inputs = self.network.inputs.iter();
            inputs.position(|input| input.population == population)
        };
        let columns: Vec<_> = (0..self.network.populations.len()).map(of).collect();
        let most: Vec<i32> = (0..columns.len()).map(|p| self.most_count(p)).collect();
        let mut recorder = Recorder::new(self, record, steps);
        let feed = |step: usize, population: usize, spikes: &mut Spikes| {
            let Some(input) = columns[population] else {
                return;
            };
            let order = self.model.order(population);
            let row = inputs[input].row(step);
            for place in 0..order.count() {
                // `check_counts` has seen that it is a whole number of 32 bits.
                let count = (row[order.to_nir(place)] as i32).min(most[population]);
                if count != 0 {
                    spikes.elements.push(place as u32);
                    spikes.payloads.push(count);
                }
            }
        };
        let overflows = self.model.run(steps, feed, &mut recorder);
        let mut recording = recorder.recording;
        for (population, overflows) in self.network.populations.iter().zip(overflows) {
            for (what, count) in [
                ("sum of synapses beyond 2^17", overflows.sums),
                ("current wrapped around", overflows.current_wraps),
                ("membrane at its bound", overflows.membrane_saturations),
                ("convolution wrapped around", overflows.convolution_wraps),
            ] {
                if count > 0 {
                    let key = format!("{}: {what}", population.node());
                    *recording.overflows.entry(key).or_default() += count;
                }
            }
        }
        Ok(recording)
    }

    fn remarks(&self, recordings: &[Recording]) -> Findings {
        let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
        for (what, count) in recordings.iter().flat_map(|recording| &recording.overflows) {
            *totals.entry(what).or_default() += count;
        }
        let mut findings = Findings::new();
        for (what, count) in totals {
            let (node, what) = what.split_once(": ").unwrap_or(("", what));
            let finding = Finding::warning(
                "loihi2-overflow",
                "numbers stay within their ranges",
                format!("{what}, {count} times a neuron and step"),
            );
            findings.push(
                finding
                    .at(node)
                    .fix("scale the layer's weights and threshold down"),
            );
        }
        findings
    }
}

impl Simulation {
    /// The largest count that a spike of a population carries.
    fn most_count(&self, population: usize) -> i32 {
        let connections = self.network.connections.iter();
        let connections = connections.filter(|c| c.source == population);
        match connections.map(|c| c.message_bits).max() {
            Some(bits @ 1..=30) => (1 << bits) - 1,
            _ => i32::MAX,
        }
    }

    /// Lava takes any count for one spike where a connection carries no payload.
    fn check_binary(&self, inputs: &[ArrayView2<'_, f32>]) -> Result<(), Finding> {
        for (place, input) in self.network.inputs.iter().zip(inputs) {
            let connections = self.network.connections.iter();
            let mut connections = connections.filter(|c| c.source == place.population);
            let binary = connections.any(|c| c.message_bits == 0);
            if binary && let Some(count) = input.iter().find(|count| **count > 1.0) {
                return Err(Finding::error(
                    "loihi2-input-count",
                    "an element of an input spikes once in a step, or carries a payload",
                    format!("one has {count} spikes in a step"),
                )
                .at(place.node.as_str())
                .fix("a smaller step, or a compilation with graded input"));
            }
        }
        Ok(())
    }
}

/// What a run has given so far.
struct Recorder<'m> {
    simulation: &'m Simulation,
    recording: Recording,
}

impl<'m> Recorder<'m> {
    fn new(simulation: &'m Simulation, record: &Record, steps: usize) -> Self {
        let mut recording = Recording::default();
        let populations = &simulation.network.populations;
        for population in populations {
            let Some(lif) = population.lif() else {
                continue;
            };
            let name = population.node();
            let zeros = || Array2::zeros((steps, simulation.count(population)));
            let into = |map: &mut BTreeMap<String, Array2<f64>>| {
                map.entry(name.to_owned()).or_insert_with(zeros);
            };
            if record.spikes.contains(name) {
                into(&mut recording.spikes);
            }
            if record.states.contains(name) {
                into(&mut recording.v);
                if lif.du < 4095 {
                    into(&mut recording.i_syn);
                }
            }
        }
        for output in &simulation.network.outputs {
            let count = output
                .populations
                .first()
                .map_or(0, |p| simulation.count(&populations[*p]));
            let zeros = Array2::zeros((steps, count));
            recording.outputs.insert(output.node.clone(), zeros);
        }
        Self {
            simulation,
            recording,
        }
    }
}

impl Observer for Recorder<'_> {
    fn after_reset(&mut self, step: usize, index: usize, moment: &Moment<'_>, spikes: &Spikes) {
        let population = &self.simulation.network.populations[index];
        let order = self.simulation.model.order(index);
        let element = |place: usize| {
            let nir = order.to_nir(place);
            let part = population.part.as_ref();
            part.map_or(nir, |part| part.elements[nir] as usize)
        };
        let sent = |array: &mut Array2<f64>| {
            for (place, payload) in spikes.iter() {
                array[[step, element(place as usize)]] = payload.into();
            }
        };
        let values = |array: &mut Array2<f64>, values: &[i32]| {
            for (place, value) in values.iter().enumerate() {
                array[[step, element(place)]] = (*value).into();
            }
        };
        let name = population.node();
        if let Some(array) = self.recording.spikes.get_mut(name) {
            sent(array);
        }
        if let Some(array) = self.recording.v.get_mut(name) {
            values(array, moment.v);
        }
        if let Some(array) = self.recording.i_syn.get_mut(name) {
            values(array, moment.u);
        }
        let outputs = self.simulation.network.outputs.iter();
        for output in outputs.filter(|output| output.populations.contains(&index)) {
            if let Some(array) = self.recording.outputs.get_mut(&output.node) {
                match output.signal {
                    Signal::Spikes => sent(array),
                    Signal::Membrane => values(array, moment.v),
                }
            }
        }
    }
}
