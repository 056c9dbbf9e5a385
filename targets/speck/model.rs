//! The chip as it works on events: one at a time, in order, with no steps.
//!
//! An event that reaches a core adds one weight to each neuron under the kernel; a neuron that reaches
//! its threshold spikes once and the spike becomes an event at each destination. A leak tick adds the
//! biases. Source: Speck Dev Kit Datasheet, August 2023, 3.2.4.4 to 3.2.4.7. What no document fixes is an
//! [`Options`] field.

mod kernel;
mod options;
mod queue;
mod sensor;
mod stepped;

use std::sync::Arc;

use nirc_dialects::finding::Findings;

pub use options::{Arbitration, LeakSpikes, Options, Overflow, Visiting};
pub use stepped::Stepped;

use super::{
    chip::{CORES, Chip, READOUT},
    configuration::{Configuration, Core},
    legal::{self, Nodes},
};
use kernel::Kernel;
use queue::{Event, Queue};
use sensor::Sensor;

/// What is told each spike when it happens.
pub trait Observer {
    /// A neuron of a core spiked.
    fn spike(&mut self, core: usize, feature: usize, row: usize, column: usize);

    /// The readout received a spike of a class, from 1.
    fn readout(&mut self, class: usize) {
        let _ = class;
    }
}

/// Watches nothing.
impl Observer for () {
    fn spike(&mut self, _: usize, _: usize, _: usize, _: usize) {}
}

/// A chip that holds a configuration, with its state. A clone shares the memories.
#[derive(Clone, Debug)]
pub struct Model {
    kernels: Arc<[Kernel]>,
    sensor: Sensor,
    options: Options,
    /// Channels of the last core that are one class apart.
    readout_step: usize,
    states: Vec<State>,
    queue: Queue,
    /// The neurons that the present event made spike, by visiting order; kept for its memory.
    spiking: Vec<u32>,
    /// One flag for each neuron under the kernel, likewise.
    fired: Vec<u8>,
}

/// What a core keeps between events.
#[derive(Clone, Debug, Default)]
struct State {
    /// Membrane potentials [row, column, feature].
    v: Vec<i16>,
    /// Spikes since one last passed the decimator.
    held: u32,
    work: Work,
}

/// What a core has done since the model was reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Events that reached it.
    pub events: u64,
    /// Weights added to neurons.
    pub synaptic_operations: u64,
    /// Biases added to neurons.
    pub leak_operations: u64,
    /// Spikes of its neurons.
    pub spikes: u64,
}

impl Model {
    /// A chip that holds `configuration`, in its initial state.
    ///
    /// # Errors
    ///
    /// All errors of [`legal::check`].
    pub fn new(
        configuration: &Configuration,
        chip: &Chip,
        options: Options,
    ) -> Result<Self, Findings> {
        let mut findings = legal::check(configuration, chip, &Nodes::default());
        if findings.has_errors() {
            findings
                .0
                .retain(|f| f.severity == nirc_dialects::finding::Severity::Error);
            return Err(findings);
        }
        let kernels = configuration.cores.iter().map(Kernel::new).collect();
        let sensor = Sensor::new(&configuration.dvs, chip);
        Ok(Self::of_kernels(kernels, sensor, chip, options))
    }

    /// A core alone, as core 0, which may need more memory than a core of the chip has. It sends nowhere.
    pub(super) fn of_core(core: &Core, chip: &Chip) -> Self {
        let sensor = Sensor::new(&Configuration::silent().dvs, chip);
        let kernels = Arc::new([Kernel::new(core)]);
        Self::of_kernels(kernels, sensor, chip, Options::default())
    }

    fn of_kernels(kernels: Arc<[Kernel]>, sensor: Sensor, chip: &Chip, options: Options) -> Self {
        let widest = kernels.iter().map(Kernel::most_neurons).max();
        let mut model = Self {
            states: vec![State::default(); CORES],
            sensor,
            readout_step: chip.readout_channel_step.value as usize,
            queue: Queue::new(options.arbitration),
            spiking: Vec::new(),
            fired: vec![0; widest.unwrap_or(0)],
            kernels,
            options,
        };
        model.reset();
        model
    }

    /// Sets all neurons to their initial values, and all counts to 0.
    pub fn reset(&mut self) {
        for (state, kernel) in self.states.iter_mut().zip(self.kernels.iter()) {
            state.v.clear();
            state.v.extend_from_slice(&kernel.initial);
            (state.held, state.work) = (0, Work::default());
        }
    }

    /// An event from the host at a core, and all that follows from it. One that lies outside the core's
    /// input map is lost.
    pub fn inject(
        &mut self,
        core: usize,
        feature: usize,
        row: usize,
        column: usize,
        observer: &mut impl Observer,
    ) {
        self.arrive(core, feature, row, column);
        self.drain(observer);
    }

    /// An event of the sensor, or from the host at the sensor's layer, and all that follows from it.
    pub fn sense(
        &mut self,
        polarity: bool,
        row: usize,
        column: usize,
        observer: &mut impl Observer,
    ) {
        if let Some((feature, row, column)) = self.sensor.address(polarity, row, column) {
            for target in self.sensor.targets.into_iter().flatten() {
                self.arrive(target, feature, row, column);
            }
            self.drain(observer);
        }
    }

    /// One tick of the slow clock: biases are added, core by core, and what follows.
    pub fn tick(&mut self, observer: &mut impl Observer) {
        let kernels = Arc::clone(&self.kernels);
        for (index, kernel) in kernels.iter().enumerate() {
            if kernel.leaks {
                self.leak(index, kernel, observer);
            }
        }
        self.drain(observer);
    }

    /// What a core has done.
    pub fn work(&self, core: usize) -> Work {
        self.states.get(core).map(|s| s.work).unwrap_or_default()
    }

    /// The extents of a core's map of neurons: features, rows, columns.
    pub fn neurons(&self, core: usize) -> [usize; 3] {
        let kernel = self.kernels.get(core);
        kernel.map_or([0; 3], |k| [k.features, k.rows, k.columns])
    }

    /// The threshold of a core.
    pub fn threshold(&self, core: usize) -> i16 {
        self.kernels.get(core).map_or(0, |k| k.rule.threshold)
    }

    /// The membrane potential of a neuron.
    pub fn v(&self, core: usize, feature: usize, row: usize, column: usize) -> i16 {
        let found = self.kernels.get(core).zip(self.states.get(core));
        found
            .and_then(|(k, s)| s.v.get((row * k.columns + column) * k.features + feature))
            .copied()
            .unwrap_or_default()
    }

    /// Whether the sensor's layer crops what it has pooled.
    pub fn crops_after_pooling(&self) -> bool {
        self.sensor.pool_first
    }

    /// Whether any core adds biases in leak ticks.
    pub fn leaks(&self) -> bool {
        self.kernels.iter().any(|kernel| kernel.leaks)
    }

    fn arrive(&mut self, core: usize, feature: usize, row: usize, column: usize) {
        let fits = self.kernels.get(core).is_some_and(|k| {
            feature < k.inputs && row < k.over_rows.len() && column < k.over_columns.len()
        });
        if fits {
            self.queue.push(Event::new(core, feature, row, column));
        }
    }

    /// Works on all events that wait, and on what follows from them.
    fn drain(&mut self, observer: &mut impl Observer) {
        self.queue.commit();
        let kernels = Arc::clone(&self.kernels);
        while let Some(event) = self.queue.pop() {
            let core = usize::from(event.core);
            self.update(core, &kernels[core], event);
            self.send(core, &kernels, observer);
            self.queue.commit();
        }
    }

    /// Adds the weights of one event, and leaves the spikes in `spiking`.
    fn update(&mut self, core: usize, kernel: &Kernel, event: Event) {
        let state = &mut self.states[core];
        let rows = &kernel.over_rows[usize::from(event.row)];
        let columns = &kernel.over_columns[usize::from(event.column)];
        let size = kernel.features;
        let mut any = 0;
        let mut fired = self.fired.chunks_exact_mut(size);
        for over_row in rows {
            for over_column in columns {
                let weights = kernel.weights_at(event.feature.into(), over_row.at, over_column.at);
                let at = (usize::from(over_row.neuron) * kernel.columns
                    + usize::from(over_column.neuron))
                    * size;
                if let (Some(v), Some(fired)) = (state.v.get_mut(at..at + size), fired.next()) {
                    any |= kernel.rule.add(v, weights, fired, self.options.overflow);
                }
            }
        }
        let reached = rows.len() * columns.len();
        state.work.events += 1;
        state.work.synaptic_operations += (reached * size) as u64;
        self.spiking.clear();
        if any == 0 {
            return;
        }
        let place = |position: usize| {
            let (row, column) = (position / columns.len(), position % columns.len());
            (rows[row].neuron, columns[column].neuron)
        };
        for position in 0..reached {
            let fired = &self.fired[position * size..(position + 1) * size];
            collect(fired, |feature| {
                let (row, column) = place(position);
                let key = self.options.visiting.key(feature, row, column);
                self.spiking.push(key);
            });
        }
        if self.options.visiting == Visiting::FeatureRowColumn {
            self.spiking.sort_unstable();
        }
    }

    /// Adds the biases of a core, and sends what spikes.
    fn leak(&mut self, core: usize, kernel: &Kernel, observer: &mut impl Observer) {
        let state = &mut self.states[core];
        let (size, overflow) = (kernel.features, self.options.overflow);
        let spikes = self.options.leak_spikes == LeakSpikes::Yes;
        self.spiking.clear();
        for (position, v) in state.v.chunks_exact_mut(size).enumerate() {
            let fired = &mut self.fired[..size];
            let any = if spikes {
                kernel.rule.add(v, &kernel.biases, fired, overflow)
            } else {
                kernel.rule.add_silently(v, &kernel.biases, overflow);
                0
            };
            if any != 0 {
                let (row, column) = (position / kernel.columns, position % kernel.columns);
                collect(fired, |feature| {
                    let key = self.options.visiting.key(feature, row as u8, column as u8);
                    self.spiking.push(key);
                });
            }
        }
        state.work.leak_operations += state.v.len() as u64;
        // The option is of neurons under a kernel; a tick visits channel after channel.
        let visiting = self.options.visiting;
        self.spiking
            .sort_unstable_by_key(|key| visiting.place(*key));
        let kernels = Arc::clone(&self.kernels);
        self.send(core, &kernels, observer);
    }

    /// Tells the observer of the spikes, and puts them into the queue, in order.
    fn send(&mut self, core: usize, kernels: &[Kernel], observer: &mut impl Observer) {
        let (kernel, state) = (&kernels[core], &mut self.states[core]);
        state.work.spikes += self.spiking.len() as u64;
        for key in &self.spiking {
            let (feature, row, column) = self.options.visiting.place(*key);
            observer.spike(core, feature, row, column);
            state.held += 1;
            if state.held < kernel.decimation {
                continue;
            }
            state.held = 0;
            for route in &kernel.routes {
                let feature = feature + route.shift;
                let (row, column) = (row >> route.pooling, column >> route.pooling);
                if route.target == READOUT as usize {
                    if feature.is_multiple_of(self.readout_step) {
                        observer.readout(feature / self.readout_step + 1);
                    }
                    continue;
                }
                let target = &kernels[route.target];
                if row < target.over_rows.len() && column < target.over_columns.len() {
                    self.queue
                        .push(Event::new(route.target, feature, row, column));
                }
            }
        }
    }
}

/// Calls `found` with the index of each flag that is set, in order.
fn collect(flags: &[u8], mut found: impl FnMut(usize)) {
    for (i, flags) in flags.chunks(8).enumerate() {
        let mut word = [0; 8];
        word[..flags.len()].copy_from_slice(flags);
        if u64::from_le_bytes(word) == 0 {
            continue;
        }
        for (j, flag) in flags.iter().enumerate() {
            if *flag != 0 {
                found(8 * i + j);
            }
        }
    }
}
