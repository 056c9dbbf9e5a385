//! The vendor's simulation, in steps: what `DynapcnnNetwork.forward` of sinabs 3.1.3 computes.
//!
//! In each step a core adds up all its input and its biases, spikes as often as its threshold fits into
//! the sum, and is bounded below. The chip does otherwise; this is here to compare. Source: sinabs
//! layers/functional/lif.py:6-44 and activation/spike_generation.py:39.

use nirc_dialects::finding::Findings;

use super::{Kernel, Model, Options, Sensor};
use crate::speck::{
    chip::{CORES, Chip},
    configuration::Configuration,
};

/// The cores of a configuration, in steps.
#[derive(Clone, Debug)]
pub struct Stepped {
    model: Model,
    /// Cores after all their sources.
    order: Vec<usize>,
    /// Events of the step at each core [row, column, feature].
    inputs: Vec<Vec<u32>>,
    /// Spikes of the step of each core [row, column, feature].
    spikes: Vec<Vec<u32>>,
    /// Potentials [row, column, feature].
    v: Vec<Vec<i64>>,
}

impl Stepped {
    /// The cores of `configuration`, in their initial state.
    ///
    /// # Errors
    ///
    /// As [`Model::new`].
    pub fn new(configuration: &Configuration, chip: &Chip) -> Result<Self, Findings> {
        let model = Model::new(configuration, chip, Options::default())?;
        let kernels = &model.kernels;
        let inputs = kernels
            .iter()
            .map(|k| vec![0; k.over_rows.len() * k.over_columns.len() * k.inputs]);
        let inputs = inputs.collect();
        let spikes = kernels.iter().map(|k| vec![0; k.initial.len()]).collect();
        let order = order(kernels);
        let mut stepped = Self {
            v: Vec::new(),
            model,
            order,
            inputs,
            spikes,
        };
        stepped.reset();
        Ok(stepped)
    }

    /// Sets all neurons to their initial values.
    pub fn reset(&mut self) {
        let wide = |k: &Kernel| k.initial.iter().map(|v| i64::from(*v)).collect();
        self.v = self.model.kernels.iter().map(wide).collect();
        self.inputs.iter_mut().for_each(|events| events.fill(0));
    }

    /// Adds so many events to the present step of a core. Those outside its input map are lost.
    pub fn inject(&mut self, core: usize, feature: usize, row: usize, column: usize, count: u32) {
        let Some(kernel) = self.model.kernels.get(core) else {
            return;
        };
        let columns = kernel.over_columns.len();
        if feature < kernel.inputs && row < kernel.over_rows.len() && column < columns {
            let at = (row * columns + column) * kernel.inputs + feature;
            self.inputs[core][at] = self.inputs[core][at].saturating_add(count);
        }
    }

    /// Adds so many events of the sensor to the present step.
    pub fn sense(&mut self, polarity: bool, row: usize, column: usize, count: u32) {
        let sensor: Sensor = self.model.sensor;
        if let Some((feature, row, column)) = sensor.address(polarity, row, column) {
            for target in sensor.targets.into_iter().flatten() {
                self.inject(target, feature, row, column, count);
            }
        }
    }

    /// Ends the step: all cores take their events, sources before targets.
    pub fn step(&mut self) {
        for index in 0..self.order.len() {
            let core = self.order[index];
            self.run(core);
            self.send(core);
        }
    }

    /// The spikes of a neuron in the last step.
    pub fn spikes(&self, core: usize, feature: usize, row: usize, column: usize) -> u32 {
        let at = self.at(core, feature, row, column);
        self.spikes
            .get(core)
            .and_then(|s| s.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// The membrane potential of a neuron.
    pub fn v(&self, core: usize, feature: usize, row: usize, column: usize) -> i64 {
        let at = self.at(core, feature, row, column);
        self.v
            .get(core)
            .and_then(|v| v.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// The extents of a core's map of neurons: features, rows, columns.
    pub fn neurons(&self, core: usize) -> [usize; 3] {
        self.model.neurons(core)
    }

    /// The threshold of a core.
    pub fn threshold(&self, core: usize) -> i16 {
        self.model.threshold(core)
    }

    /// Whether the sensor's layer crops what it has pooled.
    pub fn crops_after_pooling(&self) -> bool {
        self.model.crops_after_pooling()
    }

    fn at(&self, core: usize, feature: usize, row: usize, column: usize) -> usize {
        let [features, _, columns] = self.model.neurons(core);
        (row * columns + column) * features + feature
    }

    fn run(&mut self, core: usize) {
        let kernel = &self.model.kernels[core];
        let (v, events) = (&mut self.v[core], &mut self.inputs[core]);
        let columns = kernel.over_columns.len();
        for (place, features) in events.chunks_exact_mut(kernel.inputs.max(1)).enumerate() {
            for (feature, count) in features.iter_mut().enumerate() {
                let count = i64::from(std::mem::take(count));
                if count == 0 {
                    continue;
                }
                for over_row in &kernel.over_rows[place / columns] {
                    for over_column in &kernel.over_columns[place % columns] {
                        let weights = kernel.weights_at(feature, over_row.at, over_column.at);
                        let at = (usize::from(over_row.neuron) * kernel.columns
                            + usize::from(over_column.neuron))
                            * kernel.features;
                        for (v, weight) in v[at..].iter_mut().zip(weights) {
                            *v += count * i64::from(*weight);
                        }
                    }
                }
            }
        }
        if kernel.leaks {
            for v in v.chunks_exact_mut(kernel.features) {
                for (v, bias) in v.iter_mut().zip(&kernel.biases) {
                    *v += i64::from(*bias);
                }
            }
        }
        let rule = kernel.rule;
        // An unused core has no threshold; nothing reaches it.
        let threshold = i64::from(rule.threshold).max(1);
        for (v, spikes) in v.iter_mut().zip(&mut self.spikes[core]) {
            let count = (*v / threshold).max(0);
            *v = match (rule.to_zero, count > 0) {
                (true, true) => 0,
                _ => *v - count * threshold,
            };
            *v = (*v).max(rule.low.into());
            *spikes = u32::try_from(count).unwrap_or(u32::MAX);
        }
    }

    /// Adds the spikes of a core, pooled, to the events of its targets.
    fn send(&mut self, core: usize) {
        let model = &self.model;
        let kernel = &model.kernels[core];
        for route in &kernel.routes {
            let Some(target) = model.kernels.get(route.target) else {
                continue;
            };
            let columns = target.over_columns.len();
            let places = self.spikes[core].chunks_exact(kernel.features.max(1));
            for (place, spikes) in places.enumerate() {
                let row = (place / kernel.columns) >> route.pooling;
                let column = (place % kernel.columns) >> route.pooling;
                if row >= target.over_rows.len() || column >= columns {
                    continue;
                }
                let at = (row * columns + column) * target.inputs + route.shift;
                let events = self.inputs[route.target][at..].iter_mut();
                for (event, spikes) in events.zip(spikes) {
                    *event = event.saturating_add(*spikes);
                }
            }
        }
    }
}

/// The cores, each after all that send to it. A legal configuration has no circle.
fn order(kernels: &[Kernel]) -> Vec<usize> {
    let mut order = Vec::with_capacity(CORES);
    let mut waits = [0_usize; CORES];
    let targets = |kernel: &Kernel| {
        let targets: Vec<_> = kernel.routes.iter().map(|r| r.target).collect();
        targets.into_iter().filter(|target| *target < CORES)
    };
    for kernel in kernels {
        targets(kernel).for_each(|target| waits[target] += 1);
    }
    let mut ready: Vec<usize> = (0..kernels.len()).filter(|c| waits[*c] == 0).collect();
    while let Some(core) = ready.pop() {
        order.push(core);
        for target in targets(&kernels[core]) {
            waits[target] -= 1;
            if waits[target] == 0 {
                ready.push(target);
            }
        }
    }
    order
}
