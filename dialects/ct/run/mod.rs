//! Running a program of level `ct`: exact between events, and only events cost time.
//!
//! Inputs are piecewise constant or impulses, so that between two events every neuron has a closed
//! form, and its next spike is found from it (`dynamics.rs`, `crossing.rs`). A spike travels through
//! the linear maps as a change of single elements (`slot.rs`, `maps.rs`).

mod crossing;
mod dynamics;
mod engine;
mod maps;
mod population;
mod prepare;
mod queue;
mod record;
mod sample;
mod slot;

use std::collections::BTreeMap;

use ndarray::ArrayView2;

use self::{
    engine::Engine,
    population::Kind,
    prepare::{Kernel, kernel},
    queue::{Delivery, Value, tolerance},
    record::Grid,
};
use super::{STEP, Signal, SpikeForm};
use crate::{
    finding::{Finding, Findings},
    ir::{Prepared, Program, Schedule, module_attribute, named, names, operations},
    simulation::{Record, Recording, Simulator, check_inputs},
};

/// The most elements that all edges have together.
const MAX_ELEMENTS: usize = 1 << 26;

/// The most numbers that a run of [`Simulation::run_events`] records.
const MAX_RECORDED: f64 = (1u64 << 32) as f64;

/// What enters one input: (seconds, element, count of spikes), or the value of a current from then on.
pub type Events = Vec<(f64, usize, f64)>;

/// A program made ready to run.
pub struct Simulation {
    ops: Vec<Prepared<Kernel>>,
    /// The elements of each edge.
    widths: Vec<usize>,
    /// Whether an edge has a part that is not piecewise constant: a potential.
    continuous: Vec<bool>,
    inputs: Vec<(String, usize)>,
    /// The step of the grid, in seconds.
    step: f64,
}

/// What a run did: the measure of its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Times at which something happened.
    pub instants: u64,
    /// Updates of single neurons.
    pub updates: u64,
    /// Spikes of all neurons.
    pub spikes: u64,
}

impl Simulation {
    /// Makes `program` ready to run.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `ct` or whose attributes do not fit, and what has no exact
    /// solution: a potential that drives another neuron or is delayed, an impulse that is compared.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let module = program.module.as_operation();
        let step = module_attribute::<f64>(module, STEP).filter(|s| s.is_finite() && *s > 0.0);
        let Some(step) = step else {
            return Err(Finding::error(
                "ct-step",
                "a module of level ct says its step, which is positive",
                format!("`{STEP}` is missing or no positive number"),
            )
            .into());
        };
        let operations = operations(module);
        let schedule = Schedule::new(&operations, holds)?;
        let width = |signal: Signal| prepare::count(&signal);
        let widths: Option<Vec<usize>> = schedule
            .slots
            .iter()
            .map(|r#type| Signal::of(*r#type).map_or(Some(0), width))
            .collect();
        let total = |widths: &Vec<usize>| {
            let mut widths = widths.iter();
            widths.try_fold(0usize, |sum, width| sum.checked_add(*width))
        };
        let Some(widths) = widths.filter(|w| total(w).is_some_and(|n| n <= MAX_ELEMENTS)) else {
            return Err(Finding::error(
                "ct-run-size",
                "a program that runs fits into memory",
                format!("its edges have more than {MAX_ELEMENTS} elements"),
            )
            .into());
        };
        let ops = schedule.prepare(|operation| kernel(operation, program))?;
        let continuous = continuous(&ops, widths.len())?;
        Ok(Self {
            inputs: named(&ops, |kernel| matches!(kernel, Kernel::Input(_))),
            ops,
            widths,
            continuous,
            step,
        })
    }

    /// Runs for `duration` seconds with events at any time, in any order, one list for each input.
    /// A spike (time, element, count) is of the input's form; for a current it is a value that holds
    /// from `time` on. The recording has the grid of the module's step, up to the end.
    ///
    /// # Errors
    ///
    /// An event that is out of range, too much to record, or spikes without end.
    pub fn run_events(
        &self,
        inputs: &[Events],
        duration: f64,
        record: &Record,
    ) -> Result<(Recording, Activity), Findings> {
        let refuse = |what: String| {
            Finding::error("run-input", "events are in the range of their input", what)
        };
        if inputs.len() != self.inputs.len() {
            return Err(refuse(format!(
                "the model has {} inputs, {} are given",
                self.inputs.len(),
                inputs.len()
            ))
            .into());
        }
        let steps = (duration / self.step * (1.0 - tolerance(1.0))).ceil();
        let elements: usize = self.widths.iter().sum();
        if !(duration >= 0.0 && steps * (elements.max(1) as f64) <= MAX_RECORDED) {
            return Err(refuse(format!(
                "{duration} s are too many steps of {} s to record",
                self.step
            ))
            .into());
        }
        let mut deliveries = Vec::new();
        for (op, events) in self.input_ops().zip(inputs) {
            let width = self.widths[op.slot];
            for &(time, element, value) in events {
                if !(time >= 0.0 && time.is_finite() && value.is_finite()) || element >= width {
                    return Err(refuse(format!(
                        "an event of {value} at {time} s for element {element} of {width}"
                    ))
                    .at(&op.name)
                    .into());
                }
                enter(op, element, time, value, &mut deliveries);
            }
        }
        let grid = Grid {
            step: self.step,
            steps: steps as usize,
        };
        Engine::new(self, grid, duration, deliveries, record)
            .run()
            .map_err(Findings::from)
    }

    /// The input ops, in the order of [`Simulator::inputs`].
    fn input_ops(&self) -> impl Iterator<Item = &Prepared<Kernel>> {
        let mut ops = self.ops.iter();
        std::iter::from_fn(move || ops.find(|op| matches!(op.kernel, Kernel::Input(_))))
    }

    /// What a raster on the grid makes happen at one input.
    fn enter_raster(
        &self,
        op: &Prepared<Kernel>,
        input: &ArrayView2<'_, f32>,
        grid: &Grid,
        deliveries: &mut Vec<Delivery>,
    ) {
        // A pulse as long as the step ends where the next begins: the raster is the level.
        let level = match op.kernel {
            Kernel::Input(Some((SpikeForm::Pulse, area))) => {
                (area - self.step).abs() <= tolerance(self.step)
            }
            Kernel::Input(Some((SpikeForm::Impulse, _))) => false,
            _ => true,
        };
        let spikes = matches!(op.kernel, Kernel::Input(Some(_)));
        let mut before = vec![0.0; self.widths[op.slot]];
        for (step, row) in input.outer_iter().enumerate() {
            let time = grid.start(step);
            for (element, (value, before)) in row.iter().zip(&mut before).enumerate() {
                let value = f64::from(*value);
                if !level {
                    if value != 0.0 {
                        enter(op, element, time, value, deliveries);
                    }
                    continue;
                }
                let counts = spikes && value != 0.0;
                if value != *before || counts {
                    deliveries.push(Delivery {
                        time,
                        slot: op.slot,
                        element,
                        value: Value::Set(value),
                        impulse: 0.0,
                        spikes: if counts { value } else { 0.0 },
                    });
                }
                *before = value;
            }
        }
    }
}

impl Simulator for Simulation {
    fn inputs(&self) -> Vec<(&str, usize)> {
        self.inputs
            .iter()
            .map(|(name, slot)| (name.as_str(), self.widths[*slot]))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        names(&self.ops, |kernel| matches!(kernel, Kernel::Neuron(_)))
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.ops.iter().filter_map(|op| match &op.kernel {
            Kernel::Neuron(population) => {
                let spiking = population.spiking.as_ref()?;
                Some((op.name.clone(), spiking.threshold.clone()))
            }
            _ => None,
        });
        each.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        let grid = Grid {
            step: self.step,
            steps,
        };
        let mut deliveries = Vec::new();
        for (op, input) in self.input_ops().zip(inputs) {
            if input.iter().any(|x| !x.is_finite()) {
                return Err(Finding::error(
                    "run-input",
                    "inputs are finite numbers",
                    "the input has values that are not",
                )
                .at(&op.name)
                .into());
            }
            self.enter_raster(op, input, &grid, &mut deliveries);
        }
        let (recording, _) =
            Engine::new(self, grid, grid.start(steps), deliveries, record).run()?;
        Ok(recording)
    }
}

/// What one event makes happen at an input.
fn enter(
    op: &Prepared<Kernel>,
    element: usize,
    time: f64,
    value: f64,
    deliveries: &mut Vec<Delivery>,
) {
    let mut push = |time: f64, change: Value, impulse: f64, spikes: f64| {
        deliveries.push(Delivery {
            time,
            slot: op.slot,
            element,
            value: change,
            impulse,
            spikes,
        });
    };
    match op.kernel {
        Kernel::Input(Some((SpikeForm::Pulse, area))) => {
            push(time, Value::Add(value), 0.0, value);
            push(time + area, Value::Add(-value), 0.0, 0.0);
        }
        Kernel::Input(Some((SpikeForm::Impulse, area))) => {
            push(time, Value::Keep, value * area, value);
        }
        _ => push(time, Value::Set(value), 0.0, 0.0),
    }
}

/// Whether the op takes what comes at an instant before what it gives at that instant follows: a
/// neuron or a delay. Maps pass everything on at once, so a cycle of maps has no meaning.
fn holds(operation: melior::ir::OperationRef<'_, '_>) -> bool {
    use super::{Op, Op::*};
    use crate::ir::DialectOp;
    match Op::read(operation) {
        Ok(Delay { .. }) => true,
        Ok(Neuron {
            tau_syn,
            r,
            v_threshold,
            ..
        }) => tau_syn.is_some() || r.is_some() || v_threshold.is_some(),
        _ => false,
    }
}

/// The edges with a part that is not piecewise constant; finds what cannot be run because of them,
/// and impulses where they have no meaning.
fn continuous(ops: &[Prepared<Kernel>], edges: usize) -> Result<Vec<bool>, Findings> {
    let is_source =
        |op: &&Prepared<Kernel>| matches!(&op.kernel, Kernel::Neuron(p) if p.is_continuous());
    let continuous = reached(ops, edges, |op| is_source(&op), false);
    let impulsive = reached(
        ops,
        edges,
        |op| match &op.kernel {
            Kernel::Input(Some((form, _))) => *form == SpikeForm::Impulse,
            Kernel::Neuron(p) => p
                .spiking
                .as_ref()
                .is_some_and(|s| s.form == SpikeForm::Impulse),
            _ => false,
        },
        true,
    );
    let mut findings = Findings::new();
    for op in ops {
        if op.operands.is_empty() && !matches!(op.kernel, Kernel::Input(_)) {
            findings.push(
                Finding::error(
                    "ir-shape",
                    "an op's operands are results of ops",
                    "they are not",
                )
                .at(&op.name),
            );
        }
        let takes = |edges: &[bool]| op.operands.iter().any(|edge| edges[*edge]);
        let what = match &op.kernel {
            Kernel::Neuron(_) => "the potential of a neuron without threshold drives this neuron",
            Kernel::Delay(_) => "the potential of a neuron without threshold is delayed",
            _ => continue,
        };
        if takes(&continuous) {
            findings.push(
                Finding::error(
                    "ct-run-continuous-input",
                    "the exact solution is for inputs that are piecewise constant, or impulses",
                    what,
                )
                .at(&op.name)
                .why("its potential would be a sum of more than two exponentials")
                .fix("run level dt, with a --dt as short as the precision asks for"),
            );
        }
        let level = matches!(&op.kernel, Kernel::Neuron(p) if matches!(p.kind, Kind::Level));
        if level && takes(&impulsive) {
            findings.push(
                Finding::error(
                    "ct-run-threshold",
                    "a threshold without membrane is 1 while its input is above it",
                    "its input has impulses, which last no time",
                )
                .at(&op.name)
                .fix("use --spike pulse, or run level dt"),
            );
        }
    }
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(continuous)
    }
}

/// The edges that what the `sources` give reaches through maps, and through delays if asked for.
fn reached(
    ops: &[Prepared<Kernel>],
    edges: usize,
    sources: impl Fn(&Prepared<Kernel>) -> bool,
    delays: bool,
) -> Vec<bool> {
    let mut reached = vec![false; edges];
    for op in ops.iter().filter(|op| sources(op)) {
        reached[op.slot] = true;
    }
    // Each turn but the last reaches a further edge.
    loop {
        let mut grown = false;
        for op in ops {
            let passes = match &op.kernel {
                Kernel::Map { .. } => true,
                Kernel::Delay(_) => delays,
                _ => false,
            };
            if passes && !reached[op.slot] && op.operands.iter().any(|edge| reached[*edge]) {
                reached[op.slot] = true;
                grown = true;
            }
        }
        if !grown {
            return reached;
        }
    }
}
