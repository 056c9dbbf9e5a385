//! Running a program of level `dt`: one loop over steps.

use std::collections::BTreeMap;

use multiversion::multiversion;
use ndarray::ArrayView2;

use super::{
    Op, Reads, Real, Signal,
    convolution::Convolution,
    linear::Linear,
    neuron::{self, Neuron},
    parameter::Parameter,
    prepare::kernel,
    recorder::Recorder,
    register::{Held, Register},
};
use crate::{
    finding::Findings,
    ir::{DialectOp, Prepared, Program, Schedule, named, names, operations},
    simulation::{Record, Recording, Simulator, check_inputs},
};

/// A program made ready to run. Nothing in it changes when it runs: weights are here once, for all
/// samples that run side by side.
pub struct Simulation<T> {
    pub(super) ops: Vec<Prepared<Kernel<T>>>,
    /// The number of elements of each value.
    pub(super) counts: Vec<usize>,
    inputs: Vec<(String, usize)>,
    pub(super) outputs: Vec<(String, usize)>,
    /// The largest scratch that an op needs.
    scratch: usize,
}

/// What runs an op.
pub(super) enum Kernel<T> {
    Input,
    Output,
    Linear(Linear<T>),
    Convolution(Convolution<T>),
    Scale(Parameter<T>),
    /// The bias, and how many neighbouring elements share an entry.
    Bias(Vec<T>, usize),
    /// The result is the operand itself.
    Reshape,
    Sum,
    Register(Register),
    Neuron(Box<Neuron<T>>),
}

/// What changes in a run.
pub(super) struct State<T> {
    /// One buffer for each value.
    pub values: Vec<Vec<T>>,
    /// The state of each op.
    pub ops: Vec<OpState<T>>,
    positions: Vec<usize>,
    scratch: Vec<T>,
}

/// The state of an op.
pub(super) enum OpState<T> {
    None,
    Register(Held<T>),
    Neuron(neuron::State<T>),
}

impl<T: Real> Simulation<T> {
    /// Makes `program` ready to run.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `dt` or whose attributes do not fit.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let operations = operations(program.module.as_operation());
        let schedule = Schedule::new(&operations, |op| holds(op, program))?;
        let count = |r#type| Signal::of(r#type).map_or(0, |s| s.shape.iter().product());
        let mut counts: Vec<usize> = schedule.slots.iter().map(|t| count(*t)).collect();
        let mut ops = schedule.prepare(|operation| kernel(operation, program))?;
        share_reshaped(&mut ops, &mut counts);
        let scratch = |op: &Prepared<Kernel<T>>| match &op.kernel {
            Kernel::Convolution(convolution) => convolution.scratch(),
            _ => 0,
        };
        Ok(Self {
            inputs: named(&ops, |kernel| matches!(kernel, Kernel::Input)),
            outputs: named(&ops, |kernel| matches!(kernel, Kernel::Output)),
            scratch: ops.iter().map(scratch).max().unwrap_or(0),
            ops,
            counts,
        })
    }

    /// The state before the first step.
    fn rest(&self) -> State<T> {
        let state = |op: &Prepared<Kernel<T>>| match &op.kernel {
            Kernel::Register(register) => OpState::Register(register.rest()),
            Kernel::Neuron(neuron) => OpState::Neuron(neuron.rest()),
            _ => OpState::None,
        };
        State {
            values: self.counts.iter().map(|n| vec![T::zero(); *n]).collect(),
            ops: self.ops.iter().map(state).collect(),
            positions: vec![0; self.counts.iter().copied().max().unwrap_or(0)],
            scratch: vec![T::zero(); self.scratch],
        }
    }
}

impl<T: Real> Simulator for Simulation<T> {
    fn inputs(&self) -> Vec<(&str, usize)> {
        self.inputs
            .iter()
            .map(|(name, slot)| (name.as_str(), self.counts[*slot]))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        names(&self.ops, |kernel| matches!(kernel, Kernel::Neuron(_)))
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.ops.iter().filter_map(|op| match &op.kernel {
            Kernel::Neuron(neuron) => {
                let thresholds = neuron.v_threshold.as_ref()?;
                let thresholds = (0..neuron.count).map(|n| thresholds.at(n).as_f64());
                Some((op.name.clone(), thresholds.collect()))
            }
            _ => None,
        });
        each.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        let mut state = self.rest();
        let mut recorder = Recorder::new(self, record, steps);
        for step in 0..steps {
            for ((_, slot), input) in self.inputs.iter().zip(inputs) {
                let value = &mut state.values[*slot];
                let given = input.row(step);
                match given.as_slice() {
                    Some(given) => convert(given.iter(), value),
                    None => convert(given.iter(), value),
                }
            }
            advance(self, &mut state);
            recorder.take(step, &state);
        }
        Ok(recorder.recording())
    }
}

/// One step, with the values of the inputs in place. Compiled for each width of vector registers: what
/// it calls is inlined. The width changes no result, as no sum is over the elements of a vector.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt"))]
fn advance<T: Real>(simulation: &Simulation<T>, state: &mut State<T>) {
    let State {
        values,
        ops,
        positions,
        scratch,
    } = state;
    for (op, own) in simulation.ops.iter().zip(ops.iter_mut()) {
        // Taken out for as long as it is written, so that the operands can be read.
        let mut result = std::mem::take(&mut values[op.slot]);
        let x = |index: usize| -> &[T] { &values[op.operands[index]] };
        match (&op.kernel, own) {
            (Kernel::Linear(linear), _) => linear.run(x(0), &mut result, positions),
            (Kernel::Convolution(convolution), _) => {
                convolution.run(x(0), &mut result, positions, scratch);
            }
            (Kernel::Scale(scale), _) => scale_by(scale, x(0), &mut result),
            (Kernel::Bias(bias, share), _) => add_bias(bias, *share, x(0), &mut result),
            (Kernel::Sum, _) => {
                result.fill(T::zero());
                for operand in &op.operands {
                    for (y, x) in result.iter_mut().zip(&values[*operand]) {
                        *y += *x;
                    }
                }
            }
            (Kernel::Register(register), OpState::Register(held)) => {
                // A register that holds every element runs before its operand is there, and
                // its operand may be its own result.
                register.emit(held, x(0), &mut result);
            }
            (Kernel::Neuron(neuron), OpState::Neuron(own)) => {
                if neuron.holds() {
                    neuron.emit(own, &mut result);
                } else {
                    neuron.step(own, x(0), &mut result);
                }
            }
            _ => {}
        }
        values[op.slot] = result;
    }
    for (op, own) in simulation.ops.iter().zip(ops) {
        match (&op.kernel, own) {
            (Kernel::Register(register), OpState::Register(held)) => {
                register.absorb(held, &values[op.operands[0]]);
            }
            (Kernel::Neuron(neuron), OpState::Neuron(own)) if neuron.holds() => {
                neuron.absorb(own, &values[op.operands[0]], &values[op.slot]);
            }
            _ => {}
        }
    }
}

/// Lets every user of a reshaped value use the value itself.
fn share_reshaped<T>(ops: &mut [Prepared<Kernel<T>>], counts: &mut [usize]) {
    let mut same: Vec<usize> = (0..counts.len()).collect();
    // In the order of the program, so an operand that is itself reshaped is known.
    for op in ops.iter() {
        if let (Kernel::Reshape, Some(operand)) = (&op.kernel, op.operands.first()) {
            same[op.slot] = same[*operand];
            counts[op.slot] = 0;
        }
    }
    for op in ops {
        op.slot = same[op.slot];
        for operand in &mut op.operands {
            *operand = same[*operand];
        }
    }
}

fn convert<'a, T: Real>(given: impl Iterator<Item = &'a f32>, values: &mut [T]) {
    for (value, given) in values.iter_mut().zip(given) {
        *value = T::of(f64::from(*given));
    }
}

#[inline(always)]
fn scale_by<T: Real>(scale: &Parameter<T>, x: &[T], y: &mut [T]) {
    for block in super::parameter::blocks(x.len()) {
        let ends = y[block.clone()].iter_mut().zip(&x[block.clone()]);
        for ((y, x), scale) in ends.zip(scale.of(&block)) {
            *y = *x * *scale;
        }
    }
}

#[inline(always)]
fn add_bias<T: Real>(bias: &[T], share: usize, x: &[T], y: &mut [T]) {
    if share == 1 {
        for ((y, x), bias) in y.iter_mut().zip(x).zip(bias) {
            *y = *x + *bias;
        }
        return;
    }
    let parts = y.chunks_mut(share).zip(x.chunks(share));
    for ((y, x), bias) in parts.zip(bias) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = *x + *bias;
        }
    }
}

/// Whether the op gives its output before it takes its input: a register that holds every element for
/// a step or more, or a neuron whose comparison reads the previous potential.
fn holds(operation: melior::ir::OperationRef<'_, '_>, program: &Program<'_>) -> bool {
    match Op::read(operation) {
        Ok(Op::Register { steps }) => program
            .tensors
            .resolve(steps)
            .is_ok_and(|steps| steps.to_f64().iter().all(|s| *s >= 1.0)),
        Ok(Op::Neuron {
            comparison_reads,
            v_threshold,
            ..
        }) => comparison_reads == Reads::Previous && v_threshold.is_some(),
        _ => false,
    }
}
