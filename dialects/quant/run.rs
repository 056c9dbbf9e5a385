//! Running a program of level `quant`: integers, one loop over steps.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};

use super::{
    Op, Signal,
    convolution::Pool,
    events::Events,
    float_neuron::{FloatNeuron, FloatState},
    neuron::{Neuron, State},
    prepare::kernel,
};
use crate::{
    finding::Findings,
    ir::{DialectOp, Prepared, Program, Schedule, named, names, operations},
    simulation::{Record, Recording, Simulator, check_counts, check_inputs},
};

/// A program made ready to run. A run has a state of its own and leaves the program as it was.
pub struct Simulation {
    kernels: Vec<Prepared<Kernel>>,
    /// For each kernel, if it is a neuron: the kernel of each operand's table.
    tables: Vec<Vec<usize>>,
    /// The number of elements of each value that is spikes; 0 for events.
    counts: Vec<usize>,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
}

/// What runs an op.
pub(super) enum Kernel {
    /// At most so many spikes of an element in a step.
    Input(u32),
    Output,
    Reshape,
    /// Holds for so many steps.
    Register(usize),
    Pool(Pool),
    /// The neurons that take its events read it.
    Events(Events),
    Neuron(Box<Neuron>),
    FloatNeuron(Box<FloatNeuron>),
}

impl Kernel {
    fn is_neuron(&self) -> bool {
        matches!(self, Self::Neuron(_) | Self::FloatNeuron(_))
    }
}

/// What an op keeps from one step to the next.
enum Held {
    Nothing,
    /// The spikes of the last steps, one step after the other; the oldest begin at `next`.
    Line {
        spikes: Vec<u32>,
        next: usize,
    },
    Neuron(State),
    FloatNeuron(FloatState),
}

impl Simulation {
    /// Makes `program` ready to run.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `quant` or whose attributes do not fit.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let operations = operations(program.module.as_operation());
        let schedule = Schedule::new(&operations, |op| {
            matches!(Op::read(op), Ok(Op::Register { .. }))
        })?;
        let spikes = |signal: Option<Signal>| match signal {
            Some(Signal::Spikes(shape)) => shape.iter().product(),
            _ => 0,
        };
        let slots = schedule.slots.iter();
        let counts: Vec<usize> = slots.map(|r#type| spikes(Signal::of(*r#type))).collect();
        let kernels = schedule.prepare(|operation| kernel(operation, program))?;
        let mut makers = vec![None; counts.len()];
        for (index, op) in kernels.iter().enumerate() {
            if matches!(op.kernel, Kernel::Events(_)) {
                makers[op.slot] = Some(index);
            }
        }
        let tables = kernels.iter().map(|op| match op.kernel {
            Kernel::Neuron(_) | Kernel::FloatNeuron(_) => {
                op.operands.iter().filter_map(|o| makers[*o]).collect()
            }
            _ => Vec::new(),
        });
        Ok(Self {
            tables: tables.collect(),
            counts,
            inputs: named(&kernels, |kernel| matches!(kernel, Kernel::Input(_))),
            outputs: named(&kernels, |kernel| matches!(kernel, Kernel::Output)),
            kernels,
        })
    }

    /// The tables of a neuron, each with the slot of its spikes.
    fn tables(&self, neuron: usize) -> impl Iterator<Item = (&Events, usize)> {
        self.tables[neuron].iter().filter_map(|index| {
            let op = &self.kernels[*index];
            match &op.kernel {
                Kernel::Events(table) => Some((table, op.operands[0])),
                _ => None,
            }
        })
    }
}

/// A run: the spikes of each value, and what each op holds.
struct Run<'p> {
    program: &'p Simulation,
    values: Vec<Vec<u32>>,
    held: Vec<Held>,
}

impl<'p> Run<'p> {
    /// At rest.
    fn new(program: &'p Simulation) -> Self {
        let held = program.kernels.iter().map(|op| {
            let count = program.counts[op.slot];
            match &op.kernel {
                Kernel::Register(steps) => Held::Line {
                    spikes: vec![0; *steps * count],
                    next: 0,
                },
                Kernel::Neuron(_) => Held::Neuron(State {
                    i_syn: vec![0; count],
                    v: vec![0; count],
                }),
                Kernel::FloatNeuron(neuron) => Held::FloatNeuron(neuron.rest()),
                _ => Held::Nothing,
            }
        });
        Self {
            program,
            values: program.counts.iter().map(|count| vec![0; *count]).collect(),
            held: held.collect(),
        }
    }

    fn step(&mut self) {
        for (index, op) in self.program.kernels.iter().enumerate() {
            let mut result = std::mem::take(&mut self.values[op.slot]);
            match (&op.kernel, &mut self.held[index]) {
                (Kernel::Input(most), _) => result.iter_mut().for_each(|x| *x = (*x).min(*most)),
                (Kernel::Reshape, _) => result.copy_from_slice(&self.values[op.operands[0]]),
                (Kernel::Pool(pool), _) => pool.run(&self.values[op.operands[0]], &mut result),
                (Kernel::Register(_), Held::Line { spikes, next }) => {
                    let oldest = *next..*next + result.len();
                    result.copy_from_slice(&spikes[oldest]);
                }
                (Kernel::Neuron(neuron), Held::Neuron(state)) => {
                    let tables = self.program.tables(index);
                    let tables = tables.map(|(table, slot)| (table, self.values[slot].as_slice()));
                    neuron.currents(&mut state.i_syn, tables);
                    neuron.membranes(state, &mut result);
                }
                (Kernel::FloatNeuron(neuron), Held::FloatNeuron(state)) => {
                    let tables = self.program.tables(index);
                    let tables = tables.map(|(table, slot)| (table, self.values[slot].as_slice()));
                    neuron.step(state, tables, &mut result);
                }
                _ => {}
            }
            self.values[op.slot] = result;
        }
        for (op, held) in self.program.kernels.iter().zip(&mut self.held) {
            if let Held::Line { spikes, next } = held {
                let newest = &self.values[op.operands[0]];
                spikes[*next..*next + newest.len()].copy_from_slice(newest);
                *next = (*next + newest.len()) % spikes.len().max(1);
            }
        }
    }

    /// Records the state of a neuron.
    fn record(&self, step: usize, v: &mut Track<'_>, i_syn: &mut Track<'_>) {
        match &self.held[v.from] {
            Held::Neuron(state) => {
                v.take(step, &state.v, |x| x as f64);
                i_syn.take(step, &state.i_syn, |x| x as f64);
            }
            Held::FloatNeuron(state) => {
                let currents: Vec<f32> = (0..state.v.len()).map(|n| state.current(n)).collect();
                v.take(step, &state.v, f64::from);
                i_syn.take(step, &currents, f64::from);
            }
            _ => {}
        }
    }
}

/// What is recorded of one node: from which kernel or slot, and the rows so far.
struct Track<'p> {
    name: &'p str,
    from: usize,
    rows: Array2<f64>,
}

impl<'p> Track<'p> {
    fn new(name: &'p str, from: usize, steps: usize, width: usize) -> Self {
        Self {
            name,
            from,
            rows: Array2::zeros((steps, width)),
        }
    }

    fn take<T: Copy>(&mut self, step: usize, values: &[T], number: impl Fn(T) -> f64) {
        for (cell, value) in self.rows.row_mut(step).iter_mut().zip(values) {
            *cell = number(*value);
        }
    }
}

fn named_rows(tracks: Vec<Track<'_>>) -> BTreeMap<String, Array2<f64>> {
    let each = tracks.into_iter();
    each.map(|track| (track.name.to_owned(), track.rows))
        .collect()
}

impl Simulator for Simulation {
    fn inputs(&self) -> Vec<(&str, usize)> {
        let each = self.inputs.iter();
        each.map(|(name, slot)| (name.as_str(), self.counts[*slot]))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        names(&self.kernels, Kernel::is_neuron)
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.kernels.iter().filter_map(|op| match &op.kernel {
            Kernel::Neuron(neuron) => {
                let thresholds = neuron.threshold.iter().map(|t| *t as f64).collect();
                Some((op.name.clone(), thresholds))
            }
            Kernel::FloatNeuron(neuron) => {
                let thresholds = neuron.threshold.iter().map(|t| f64::from(*t)).collect();
                Some((op.name.clone(), thresholds))
            }
            _ => None,
        });
        each.collect()
    }

    /// Runs on counts of spikes. States are within 2^41, so f64 holds them exactly.
    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let outputs = self.outputs.iter();
        let mut outputs: Vec<Track<'_>> = outputs
            .map(|(name, slot)| Track::new(name, *slot, steps, self.counts[*slot]))
            .collect();
        let neurons = self.kernels.iter().enumerate();
        let neurons = neurons.filter(|(_, op)| op.kernel.is_neuron());
        let (mut spikes, mut states) = (Vec::new(), Vec::new());
        for (index, op) in neurons {
            let (name, width) = (op.name.as_str(), self.counts[op.slot]);
            if record.spikes.contains(name) {
                spikes.push(Track::new(name, op.slot, steps, width));
            }
            if record.states.contains(name) {
                let track = || Track::new(name, index, steps, width);
                states.push((track(), track()));
            }
        }
        let mut run = Run::new(self);
        for step in 0..steps {
            for ((_, slot), input) in self.inputs.iter().zip(inputs) {
                for (x, given) in run.values[*slot].iter_mut().zip(input.row(step)) {
                    *x = *given as u32;
                }
            }
            run.step();
            for track in outputs.iter_mut().chain(&mut spikes) {
                track.take(step, &run.values[track.from], f64::from);
            }
            for (v, i_syn) in &mut states {
                run.record(step, v, i_syn);
            }
        }
        let (v, i_syn) = states.into_iter().unzip();
        Ok(Recording {
            outputs: named_rows(outputs),
            spikes: named_rows(spikes),
            v: named_rows(v),
            i_syn: named_rows(i_syn),
            ..Recording::default()
        })
    }
}
