//! The chip's models behind the interface that all levels share, with the names of the NIR nodes.

mod load;

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use nirc_dialects::{
    finding::Findings,
    simulation::{Record, Recording, Simulator, check_counts, check_inputs},
};

use super::{
    chip::CORES,
    configuration::Configuration,
    model::{Model, Observer, Stepped},
    placement::{Entry, InputPlace, OutputPlace, PartPlace, Placement, PopulationPlace},
};

/// What runs.
enum Engine {
    Events(Model),
    Steps(Stepped),
}

/// A chip that holds a configuration, and which node stands where.
pub(super) struct Board {
    engine: Engine,
    placement: Placement,
    /// The NIR inputs, with their numbers of elements.
    inputs: Vec<(String, usize)>,
    sensor: SensorPixels,
}

/// What makes an element of an input an event of the sensor.
struct SensorPixels {
    merge: bool,
    off_only: bool,
    pooling: [usize; 2],
    origin: [usize; 2],
    size: [usize; 2],
    mirror: [bool; 2],
    swap: bool,
}

impl Board {
    /// The chip working on events.
    pub fn events(model: Model, configuration: &Configuration, placement: Placement) -> Self {
        Self::new(Engine::Events(model), configuration, placement)
    }

    /// The vendor's simulation in steps.
    pub fn steps(model: Stepped, configuration: &Configuration, placement: Placement) -> Self {
        Self::new(Engine::Steps(model), configuration, placement)
    }

    fn new(engine: Engine, configuration: &Configuration, placement: Placement) -> Self {
        let dvs = &configuration.dvs;
        let pair = |x: i64, y: i64| [x, y].map(|n| usize::try_from(n).unwrap_or(0));
        let count = |input: &InputPlace| {
            let map = input.sensor.or(input.host.first().map(|entry| entry.map));
            map.map_or(0, |map| map.iter().product())
        };
        let inputs = placement.inputs.iter();
        Self {
            engine,
            inputs: inputs
                .map(|input| (input.node.clone(), count(input)))
                .collect(),
            sensor: SensorPixels {
                merge: dvs.merge,
                off_only: dvs.off_channel && !dvs.on_channel,
                pooling: pair(dvs.pooling.x, dvs.pooling.y),
                origin: pair(dvs.origin.x, dvs.origin.y),
                size: pair(dvs.cut.x - dvs.origin.x + 1, dvs.cut.y - dvs.origin.y + 1),
                mirror: [dvs.mirror.x, dvs.mirror.y],
                swap: dvs.mirror_diagonal,
            },
            placement,
        }
    }
}

impl SensorPixels {
    /// Polarity, row and column of a pixel that the sensor's layer gives this address. `cropped_after`
    /// says whether origin and size count what is pooled.
    fn pixel(
        &self,
        [channel, row, column]: [usize; 3],
        cropped_after: bool,
    ) -> (bool, usize, usize) {
        let (x, y) = if self.swap {
            (row, column)
        } else {
            (column, row)
        };
        let place = |at: usize, axis: usize| {
            let pool = self.pooling[axis].max(1);
            let extent = if cropped_after {
                self.size[axis]
            } else {
                self.size[axis] / pool
            };
            let at = if self.mirror[axis] {
                extent.saturating_sub(1 + at)
            } else {
                at
            };
            if cropped_after {
                (at + self.origin[axis]) * pool
            } else {
                at * pool + self.origin[axis]
            }
        };
        let polarity = if self.merge {
            !self.off_only
        } else {
            channel == 1
        };
        (polarity, place(y, 1), place(x, 0))
    }
}

/// Channel, row and column of an element.
fn address(element: usize, [_, rows, columns]: [usize; 3]) -> [usize; 3] {
    let pixels = (rows * columns).max(1);
    let pixel = element % pixels;
    [
        element / pixels,
        pixel / columns.max(1),
        pixel % columns.max(1),
    ]
}

/// The event of an element at an entry.
fn event(element: usize, entry: &Entry) -> [usize; 3] {
    let [channel, row, column] = address(element, entry.map);
    let [rows, columns] = entry.pooling;
    [channel + entry.channel_shift, row / rows, column / columns]
}

/// Adds up the spikes of a step by population.
struct Counter<'p> {
    populations: &'p [PopulationPlace],
    /// The population and part of each core.
    parts: [Option<(usize, PartPlace)>; CORES],
    /// Spikes of the step of each population.
    counts: Vec<Vec<f64>>,
}

impl<'p> Counter<'p> {
    fn new(populations: &'p [PopulationPlace]) -> Self {
        let mut parts = [None; CORES];
        for (index, population) in populations.iter().enumerate() {
            for part in &population.parts {
                parts[part.core] = Some((index, *part));
            }
        }
        let count = |p: &PopulationPlace| vec![0.0; p.map.iter().product()];
        Self {
            populations,
            parts,
            counts: populations.iter().map(count).collect(),
        }
    }

    /// The place in its population of a neuron of a core.
    fn neuron(&self, core: usize, [feature, row, column]: [usize; 3]) -> Option<(usize, usize)> {
        let (population, part) = self.parts[core]?;
        let [_, rows, columns] = self.populations[population].map;
        let silent = !feature.is_multiple_of(part.step);
        let channel = part.first + feature / part.step;
        (!silent).then_some((population, (channel * rows + row) * columns + column))
    }
}

impl Observer for Counter<'_> {
    fn spike(&mut self, core: usize, feature: usize, row: usize, column: usize) {
        if let Some((population, neuron)) = self.neuron(core, [feature, row, column])
            && let Some(count) = self.counts[population].get_mut(neuron)
        {
            *count += 1.0;
        }
    }
}

impl Simulator for Board {
    fn inputs(&self) -> Vec<(&str, usize)> {
        let inputs = self.inputs.iter();
        inputs
            .map(|(name, count)| (name.as_str(), *count))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let populations = self.placement.populations.iter();
        populations.map(|p| p.node.as_str()).collect()
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.placement.populations.iter().map(|population| {
            let pixels = population.map[1] * population.map[2];
            let mut thresholds = vec![0.0; population.map[0] * pixels];
            for part in &population.parts {
                let threshold = match &self.engine {
                    Engine::Events(model) => model.threshold(part.core),
                    Engine::Steps(model) => model.threshold(part.core),
                };
                thresholds[part.first * pixels..(part.first + part.count) * pixels]
                    .fill(threshold.into());
            }
            (population.node.clone(), thresholds)
        });
        each.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let mut recorder = Recorder::new(&self.placement, record, steps);
        match &self.engine {
            Engine::Events(model) => {
                let mut model = model.clone();
                let mut counter = Counter::new(&self.placement.populations);
                let cores = self.placement.cores().into_iter();
                let mut operations: BTreeMap<usize, (u64, Vec<f64>)> = cores
                    .map(|core| (core, (0, Vec::with_capacity(steps))))
                    .collect();
                for step in 0..steps {
                    if model.leaks() {
                        model.tick(&mut counter);
                    }
                    self.each(inputs, step, |to, count| {
                        for _ in 0..count {
                            match &to {
                                To::Cores(events) => events.iter().for_each(|(core, [c, y, x])| {
                                    model.inject(*core, *c, *y, *x, &mut counter);
                                }),
                                To::Sensor((polarity, y, x)) => {
                                    model.sense(*polarity, *y, *x, &mut counter);
                                }
                            }
                        }
                    });
                    for (core, own) in &mut operations {
                        let work = model.work(*core);
                        let so_far = work.synaptic_operations + work.leak_operations;
                        own.1.push((so_far - own.0) as f64);
                        own.0 = so_far;
                    }
                    let v = |core, [f, y, x]: [usize; 3]| f64::from(model.v(core, f, y, x));
                    recorder.take(step, &mut counter.counts, v);
                }
                let named = operations.into_iter();
                recorder.recording.operations = named
                    .map(|(core, (_, own))| (core_name(core), own))
                    .collect();
            }
            Engine::Steps(model) => {
                let mut model = model.clone();
                let mut counter = Counter::new(&self.placement.populations);
                for step in 0..steps {
                    self.each(inputs, step, |to, count| match &to {
                        To::Cores(events) => events.iter().for_each(|(core, [c, y, x])| {
                            model.inject(*core, *c, *y, *x, count);
                        }),
                        To::Sensor((polarity, y, x)) => model.sense(*polarity, *y, *x, count),
                    });
                    model.step();
                    for core in 0..CORES {
                        let [features, rows, columns] = model.neurons(core);
                        for neuron in 0..features * rows * columns {
                            let [f, y, x] = address(neuron, [features, rows, columns]);
                            let count = model.spikes(core, f, y, x);
                            if count > 0
                                && let Some((p, n)) = counter.neuron(core, [f, y, x])
                            {
                                counter.counts[p][n] += f64::from(count);
                            }
                        }
                    }
                    let v = |core, [f, y, x]: [usize; 3]| model.v(core, f, y, x) as f64;
                    recorder.take(step, &mut counter.counts, v);
                }
            }
        }
        Ok(recorder.recording)
    }

    fn remarks(&self, recordings: &[Recording]) -> Findings {
        load::remarks(&self.placement, recordings)
    }
}

/// The name of a core in recordings.
fn core_name(core: usize) -> String {
    format!("core {core}")
}

/// Where an element's events go.
enum To<'t> {
    Cores(&'t [(usize, [usize; 3])]),
    Sensor((bool, usize, usize)),
}

impl Board {
    /// Calls `send` for every element that has events in a step, in the order of the elements.
    fn each(&self, inputs: &[ArrayView2<'_, f32>], step: usize, mut send: impl FnMut(To<'_>, u32)) {
        let mut events = Vec::new();
        for (place, input) in self.placement.inputs.iter().zip(inputs) {
            for (element, count) in input.row(step).iter().enumerate() {
                if *count == 0.0 {
                    continue;
                }
                // `check_counts` has seen that it is a whole number of 32 bits.
                let count = *count as u32;
                match place.sensor {
                    Some(map) => {
                        let cropped_after = match &self.engine {
                            Engine::Events(model) => model.crops_after_pooling(),
                            Engine::Steps(model) => model.crops_after_pooling(),
                        };
                        let pixel = self.sensor.pixel(address(element, map), cropped_after);
                        send(To::Sensor(pixel), count);
                    }
                    None => {
                        events.clear();
                        let entries = place.host.iter();
                        events.extend(entries.map(|entry| (entry.core, event(element, entry))));
                        send(To::Cores(&events), count);
                    }
                }
            }
        }
    }
}

/// What a run has given so far.
struct Recorder<'p> {
    placement: &'p Placement,
    recording: Recording,
}

impl<'p> Recorder<'p> {
    fn new(placement: &'p Placement, record: &Record, steps: usize) -> Self {
        let mut recording = Recording::default();
        for population in &placement.populations {
            let zeros = || Array2::zeros((steps, population.map.iter().product()));
            let name = &population.node;
            if record.spikes.contains(name) {
                recording.spikes.insert(name.clone(), zeros());
            }
            if record.states.contains(name) {
                recording.v.insert(name.clone(), zeros());
            }
        }
        for output in &placement.outputs {
            let population = placement.populations.iter();
            let population = population.filter(|p| p.node == output.population);
            let count = population
                .map(|p| pooled(p, output).iter().product::<usize>())
                .sum();
            let name = output.node.clone();
            recording
                .outputs
                .insert(name, Array2::zeros((steps, count)));
        }
        Self {
            placement,
            recording,
        }
    }

    /// Takes the counts of a step, and clears them. `v` is the potential of a core's neuron.
    fn take(&mut self, step: usize, counts: &mut [Vec<f64>], v: impl Fn(usize, [usize; 3]) -> f64) {
        for (population, counts) in self.placement.populations.iter().zip(counts) {
            let name = &population.node;
            for output in self
                .placement
                .outputs
                .iter()
                .filter(|o| o.population == *name)
            {
                let to = pooled(population, output);
                if let Some(array) = self.recording.outputs.get_mut(&output.node) {
                    for (neuron, count) in counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
                        let [c, y, x] = address(neuron, population.map);
                        let (y, x) = (y / output.pooling[0], x / output.pooling[1]);
                        if y < to[1] && x < to[2] {
                            array[[step, (c * to[1] + y) * to[2] + x]] += count;
                        }
                    }
                }
            }
            if let Some(array) = self.recording.spikes.get_mut(name) {
                for (to, count) in array.row_mut(step).iter_mut().zip(counts.iter()) {
                    *to = *count;
                }
            }
            if let Some(array) = self.recording.v.get_mut(name) {
                for part in &population.parts {
                    let [_, rows, columns] = population.map;
                    for i in 0..part.count * rows * columns {
                        let [channel, y, x] = address(i, [part.count, rows, columns]);
                        let at = ((part.first + channel) * rows + y) * columns + x;
                        array[[step, at]] = v(part.core, [channel * part.step, y, x]);
                    }
                }
            }
            counts.fill(0.0);
        }
    }
}

/// Channels, rows, columns of an output.
fn pooled(population: &PopulationPlace, output: &OutputPlace) -> [usize; 3] {
    let [channels, rows, columns] = population.map;
    let [y, x] = output.pooling;
    [channels, rows / y.max(1), columns / x.max(1)]
}
