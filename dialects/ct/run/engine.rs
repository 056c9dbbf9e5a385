//! One run: what happens at each instant, in order of time.

use super::{
    Activity, Simulation,
    crossing::Crossing,
    population::{Cell, Kind, Population, Spiking},
    prepare::Kernel,
    queue::{Delivery, Prediction, Queue, Value, tolerance},
    record::{self, Grid},
    slot::{Change, Slot},
};
use crate::{
    ct::{Reset, SpikeForm},
    finding::Finding,
    simulation::{Nodes, Record, Recording},
};

/// The most spikes of a neuron at one instant, and the most rounds of spikes that cause spikes.
const MAX_AT_ONCE: u32 = 10_000;

/// The most spikes of a run: so many, and so many more for each change that enters.
const MAX_SPIKES: u64 = 1 << 24;
const MAX_SPIKES_PER_CHANGE: u64 = 1 << 10;

/// The state of a run.
pub(super) struct Engine<'s> {
    pub(super) plan: &'s Simulation,
    pub(super) slots: Vec<Slot>,
    /// For each op, its neurons.
    pub(super) cells: Vec<Vec<Cell>>,
    queue: Queue,
    pub(super) grid: Grid,
    end: f64,
    now: f64,
    /// The next step whose end is recorded.
    pub(super) sampled: usize,
    pub(super) wanted: &'s Record,
    pub(super) recording: Recording,
    activity: Activity,
    max_spikes: u64,
    /// The continuous part of each edge that has one.
    pub(super) potentials: Vec<Vec<f64>>,
}

/// What a neuron takes at an instant.
struct Touch {
    op: usize,
    neuron: usize,
    change: Option<Change>,
    /// It was predicted to spike now.
    due: bool,
}

impl<'s> Engine<'s> {
    /// A run from rest to `end`, in seconds.
    pub fn new(
        plan: &'s Simulation,
        grid: Grid,
        end: f64,
        inputs: Vec<Delivery>,
        wanted: &'s Record,
    ) -> Self {
        let mut recording = Recording::default();
        for op in &plan.ops {
            let (name, width) = (&op.name, plan.widths[op.slot]);
            match &op.kernel {
                Kernel::Output { .. } => {
                    let outputs = &mut recording.outputs;
                    record::prepare(outputs, &Nodes::All, name, &grid, width);
                }
                Kernel::Neuron(population) => {
                    let Recording { v, i_syn, .. } = &mut recording;
                    record::prepare(v, &wanted.states, name, &grid, width);
                    if population.has_synapse() {
                        record::prepare(i_syn, &wanted.states, name, &grid, width);
                    }
                    if population.spiking.is_some() && wanted.spikes.contains(name) {
                        record::prepare(&mut recording.spikes, &wanted.spikes, name, &grid, width);
                        recording.spike_times.insert(name.clone(), Vec::new());
                    }
                }
                _ => {}
            }
        }
        let potentials = plan.widths.iter().zip(&plan.continuous);
        Self {
            slots: plan.widths.iter().map(|width| Slot::new(*width)).collect(),
            cells: plan
                .ops
                .iter()
                .map(|op| match op.kernel {
                    Kernel::Neuron(_) => vec![Cell::default(); plan.widths[op.slot]],
                    _ => Vec::new(),
                })
                .collect(),
            potentials: potentials
                .map(|(width, continuous)| vec![0.0; if *continuous { *width } else { 0 }])
                .collect(),
            max_spikes: MAX_SPIKES + MAX_SPIKES_PER_CHANGE * inputs.len() as u64,
            queue: Queue::new(inputs),
            activity: Activity::default(),
            now: 0.0,
            sampled: 0,
            plan,
            grid,
            end,
            wanted,
            recording,
        }
    }

    /// The whole run.
    pub fn run(mut self) -> Result<(Recording, Activity), Finding> {
        if self.end > 0.0 {
            self.start();
            self.instant(0.0)?;
        }
        while let Some(time) = self.next() {
            self.sample(time);
            self.instant(time)?;
        }
        self.sample(self.end);
        Ok((self.recording, self.activity))
    }

    /// Biases are there from the start.
    fn start(&mut self) {
        for op in &self.plan.ops {
            if let Kernel::Map { constant, .. } = &op.kernel {
                for (element, value) in constant.iter().enumerate() {
                    self.slots[op.slot].add(element, 0.0, *value);
                }
            }
        }
    }

    /// The time of the next instant before the end.
    fn next(&mut self) -> Option<f64> {
        let cells = &self.cells;
        let predicted = self
            .queue
            .next_prediction(|p| cells[p.op][p.neuron].version == p.version);
        let delivered = self.queue.next_delivery();
        // What is delivered at the same instant decides whether the threshold is exceeded, so
        // `instant` takes both.
        let time = match (predicted, delivered) {
            (Some(p), Some(d)) => p.min(d),
            (p, d) => p.or(d)?,
        };
        (time < self.end - tolerance(self.end)).then_some(time)
    }

    /// All that happens at `time`.
    fn instant(&mut self, time: f64) -> Result<(), Finding> {
        self.now = time;
        self.activity.instants += 1;
        if self.activity.instants > 4 * self.max_spikes {
            return Err(self.runaway(None));
        }
        let reach = time + tolerance(time);
        while let Some(delivery) = self.queue.take_delivery(reach) {
            let (slot, element) = (&mut self.slots[delivery.slot], delivery.element);
            match delivery.value {
                Value::Keep => {}
                Value::Set(value) => slot.set(element, value),
                Value::Add(value) => slot.add(element, 0.0, value),
            }
            slot.impulse(element, delivery.impulse);
            slot.spike(element, delivery.spikes);
        }
        let mut touched = Vec::new();
        while let Some(p) = self.queue.take_prediction(reach) {
            if self.cells[p.op][p.neuron].version == p.version {
                touched.push(Touch {
                    op: p.op,
                    neuron: p.neuron,
                    change: None,
                    due: true,
                });
            }
        }
        if self.activity.instants == 1 {
            // Nothing is known of any neuron yet.
            let all = self.cells.iter().enumerate();
            touched.extend(all.flat_map(|(op, cells)| {
                (0..cells.len()).map(move |neuron| Touch {
                    op,
                    neuron,
                    change: None,
                    due: false,
                })
            }));
        }
        for round in 0.. {
            self.propagate();
            self.collect(&mut touched);
            if round > MAX_AT_ONCE {
                return Err(self.runaway(touched.first().map(|touch| (touch.op, touch.neuron))));
            }
            for touch in touched.drain(..) {
                self.update(touch)?;
            }
            if !self.slots.iter().any(Slot::has_changes) {
                break;
            }
        }
        Ok(())
    }

    /// Passes what changed on through the maps.
    fn propagate(&mut self) {
        for op in &self.plan.ops {
            let Kernel::Map { map, spikes, .. } = &op.kernel else {
                continue;
            };
            if !op.operands.iter().any(|x| self.slots[*x].has_changes()) {
                continue;
            }
            let mut y = std::mem::replace(&mut self.slots[op.slot], Slot::new(0));
            for x in &op.operands {
                for change in self.slots[*x].changes() {
                    let (before, after) = (change.before, change.after);
                    if before != after || change.impulse != 0.0 {
                        map.each(change.element, |out, weight| {
                            y.add(out, weight * before, weight * after);
                            y.impulse(out, weight * change.impulse);
                        });
                    }
                    if *spikes {
                        y.spike(change.element, change.spikes);
                    }
                }
            }
            self.slots[op.slot] = y;
        }
    }

    /// Collects what changes for neurons, delays and outputs, then forgets the changes.
    fn collect(&mut self, touched: &mut Vec<Touch>) {
        let step = self.grid.step_of(self.now);
        let mut passed = Vec::new();
        for (index, op) in self.plan.ops.iter().enumerate() {
            match &op.kernel {
                Kernel::Neuron(_) => {
                    let changes = self.slots[op.operands[0]].changes();
                    let changes = changes.filter(|c| c.before != c.after || c.impulse != 0.0);
                    touched.extend(changes.map(|change| Touch {
                        op: index,
                        neuron: change.element,
                        change: Some(change),
                        due: false,
                    }));
                }
                Kernel::Delay(delays) => {
                    for change in self.slots[op.operands[0]].changes() {
                        passed.push(Delivery {
                            time: self.now + delays[change.element],
                            slot: op.slot,
                            element: change.element,
                            value: if change.before == change.after {
                                Value::Keep
                            } else {
                                Value::Set(change.after)
                            },
                            impulse: change.impulse,
                            spikes: change.spikes,
                        });
                    }
                }
                Kernel::Output { spikes } => {
                    for change in self.slots[op.slot].changes() {
                        let value = if *spikes {
                            change.spikes
                        } else {
                            change.impulse / self.grid.step
                        };
                        let at = (step, change.element);
                        record::add(&mut self.recording.outputs, &op.name, at, value);
                    }
                }
                Kernel::Input(_) | Kernel::Map { .. } => {}
            }
        }
        for slot in &mut self.slots {
            slot.settle();
        }
        for delivery in passed {
            if delivery.time > self.now {
                self.queue.deliver(delivery);
                continue;
            }
            let slot = &mut self.slots[delivery.slot];
            if let Value::Set(value) = delivery.value {
                slot.set(delivery.element, value);
            }
            slot.impulse(delivery.element, delivery.impulse);
            slot.spike(delivery.element, delivery.spikes);
        }
        touched.sort_by_key(|touch| (touch.op, touch.neuron));
        touched.dedup_by(|later, first| {
            let same = (later.op, later.neuron) == (first.op, first.neuron);
            if same {
                first.change = first.change.or(later.change);
                first.due |= later.due;
            }
            same
        });
    }

    /// What a neuron does at this instant.
    fn update(&mut self, touch: Touch) -> Result<(), Finding> {
        let plan = self.plan;
        let Kernel::Neuron(population) = &plan.ops[touch.op].kernel else {
            return Ok(());
        };
        self.activity.updates += 1;
        let cell = &mut self.cells[touch.op][touch.neuron];
        let mut state = population.at(touch.neuron, cell, self.now);
        if cell.time != self.now {
            (cell.time, cell.spikes) = (self.now, 0);
        }
        if let Some(change) = touch.change {
            state.x = change.after;
        }
        cell.state = state;
        let impulse = touch.change.map_or(0.0, |change| change.impulse);
        if !(state.x.is_finite() && impulse.is_finite() && state.v.is_finite()) {
            return Err(Finding::error(
                "ct-run-overflow",
                "inputs and potentials are finite numbers",
                format!(
                    "those of neuron {} are not at {:e} s",
                    touch.neuron, self.now
                ),
            )
            .at(&plan.ops[touch.op].name));
        }
        match (&population.kind, &population.spiking) {
            (Kind::Level, Some(spiking)) => return self.level(&touch, spiking),
            (Kind::Level, None) => {}
            (Kind::Synapse(synapses), _) => {
                let (tau_syn, w_in) = synapses[touch.neuron];
                cell.state.i += w_in * impulse / tau_syn;
            }
            (Kind::Membrane(dynamics), None) => {
                dynamics[touch.neuron].kick(&mut cell.state, impulse)
            }
            (Kind::Membrane(dynamics), Some(spiking)) => {
                let threshold = spiking.threshold[touch.neuron];
                if touch.due {
                    cell.state.v = threshold;
                }
                dynamics[touch.neuron].kick(&mut cell.state, impulse);
                return self.fire(&touch, population, spiking);
            }
        }
        Ok(())
    }

    /// Spikes as long as the potential exceeds the threshold, then looks ahead.
    fn fire(
        &mut self,
        touch: &Touch,
        population: &Population,
        spiking: &Spiking,
    ) -> Result<(), Finding> {
        let (op, n) = (touch.op, touch.neuron);
        let Kind::Membrane(dynamics) = &population.kind else {
            return Ok(());
        };
        let cell = &mut self.cells[op][n];
        cell.version += 1;
        let threshold = spiking.threshold[n];
        // A prediction holds, unless what drives the neuron changed at the same instant.
        let mut crossing = if touch.due && touch.change.is_none() {
            Crossing::Now
        } else {
            dynamics[n].crossing(&cell.state, threshold, self.end - self.now)
        };
        let mut count = 0;
        while crossing == Crossing::Now {
            count += 1;
            cell.spikes += 1;
            if cell.spikes > MAX_AT_ONCE {
                return Err(self.runaway(Some((op, n))));
            }
            match spiking.reset {
                Reset::Value => cell.state.v = spiking.v_reset[n],
                Reset::Subtract => cell.state.v -= threshold,
                Reset::None => {}
            }
            crossing = dynamics[n].crossing(&cell.state, threshold, self.end - self.now);
        }
        if let Crossing::After(time) = crossing {
            let prediction = Prediction {
                time: self.now + time,
                op,
                neuron: n,
                version: cell.version,
            };
            self.queue.predict(prediction);
        }
        if count == 0 {
            return Ok(());
        }
        let slot = &mut self.slots[self.plan.ops[op].slot];
        slot.spike(n, f64::from(count));
        match spiking.form {
            SpikeForm::Impulse => slot.impulse(n, f64::from(count) * spiking.area),
            SpikeForm::Pulse => {
                slot.add(n, 0.0, f64::from(count));
                self.queue.deliver(Delivery {
                    time: self.now + spiking.area,
                    slot: self.plan.ops[op].slot,
                    element: n,
                    value: Value::Add(-f64::from(count)),
                    impulse: 0.0,
                    spikes: 0.0,
                });
            }
        }
        self.spiked(op, n, count)
    }

    /// A threshold without membrane: 1 while the input is above it. It counts as a spike when it
    /// begins, and again after each time of a spike that it lasts.
    fn level(&mut self, touch: &Touch, spiking: &Spiking) -> Result<(), Finding> {
        let (op, n) = (touch.op, touch.neuron);
        let cell = &mut self.cells[op][n];
        let on = cell.state.x > spiking.threshold[n];
        let (changed, counted) = (on != cell.on, on && (touch.due || !cell.on));
        cell.on = on;
        if changed {
            cell.version += 1;
        }
        let slot = &mut self.slots[self.plan.ops[op].slot];
        if changed {
            slot.set(n, if on { 1.0 } else { 0.0 });
        }
        if !counted {
            return Ok(());
        }
        cell.spikes += 1;
        if cell.spikes > MAX_AT_ONCE {
            return Err(self.runaway(Some((op, n))));
        }
        slot.spike(n, 1.0);
        let prediction = Prediction {
            time: self.now + spiking.area,
            op,
            neuron: n,
            version: cell.version,
        };
        self.queue.predict(prediction);
        self.spiked(op, n, 1)
    }

    fn spiked(&mut self, op: usize, neuron: usize, count: u32) -> Result<(), Finding> {
        let name = &self.plan.ops[op].name;
        let at = (self.grid.step_of(self.now), neuron);
        record::add(&mut self.recording.spikes, name, at, f64::from(count));
        record::times(&mut self.recording, name, self.now, neuron, count);
        self.activity.spikes += u64::from(count);
        if self.activity.spikes > self.max_spikes {
            return Err(self.runaway(Some((op, neuron))));
        }
        Ok(())
    }

    fn runaway(&self, neuron: Option<(usize, usize)>) -> Finding {
        let who = match neuron {
            Some((_, neuron)) => format!("neuron {neuron}"),
            None => "a signal that goes round a cycle of delays".to_owned(),
        };
        let spikes = self.activity.spikes;
        let finding = Finding::error(
            "ct-run-runaway",
            "a network comes to rest at every instant",
            format!(
                "{who} does not at {:e} s, after {spikes} spikes of all neurons",
                self.now
            ),
        )
        .why(
            "spikes cause spikes without a delay, or a reset leaves the potential at the threshold",
        )
        .fix("check thresholds, resets and delays, use --spike pulse, or run level dt");
        match neuron {
            Some((op, _)) => finding.at(&self.plan.ops[op].name),
            None => finding,
        }
    }
}
