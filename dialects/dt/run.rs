//! Running a program of level `dt`: one loop over steps.

use std::collections::{BTreeMap, VecDeque};

use ndarray::{Array2, ArrayD, ArrayView2};

pub use super::maps::Real;
use super::{
    Op, PoolKind, Signal,
    maps::{self, Window},
    neuron::Neuron,
    prepare::kernel,
};
use crate::{
    finding::{Finding, Findings},
    ir::{DialectOp, Prepared, Program, Schedule, named, operations},
};

/// A program made ready to run, with its state.
pub struct Simulation<T> {
    kernels: Vec<Prepared<Kernel<T>>>,
    /// One buffer for each value.
    values: Vec<Vec<T>>,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
}

/// What a run gave, for each node by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// What each output received: [steps, elements].
    pub outputs: BTreeMap<String, Array2<f64>>,
    /// The output of each neuron: spikes, or the membrane potential: [steps, neurons].
    pub neurons: BTreeMap<String, Array2<f64>>,
    /// The membrane potential of each neuron after reset: [steps, neurons].
    pub v: BTreeMap<String, Array2<f64>>,
    /// The synaptic current of each neuron: [steps, neurons].
    pub i_syn: BTreeMap<String, Array2<f64>>,
}

pub(super) enum Kernel<T> {
    Input,
    Output,
    Linear(ArrayD<T>),
    Convolution(ndarray::Array3<T>, Window, usize),
    Pool(PoolKind, Window),
    Scale(Vec<T>),
    /// The bias, and how many neighbouring elements share an entry.
    Bias(Vec<T>, usize),
    Reshape,
    Sum,
    Register(Vec<VecDeque<T>>),
    Neuron(Box<Neuron<T>>),
}

impl<T: Real> Simulation<T> {
    /// Makes `program` ready to run, with all states at zero.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `dt` or whose attributes do not fit.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let operations = operations(program.module.as_operation());
        let schedule = Schedule::new(&operations, |op| holds(op, program))?;
        let count = |r#type| Signal::of(r#type).map_or(0, |s| s.shape.iter().product());
        let values = schedule
            .slots
            .iter()
            .map(|r#type| vec![T::zero(); count(*r#type)])
            .collect();
        let kernels = schedule.prepare(|operation| kernel(operation, program))?;
        Ok(Self {
            inputs: named(&kernels, |kernel| matches!(kernel, Kernel::Input)),
            outputs: named(&kernels, |kernel| matches!(kernel, Kernel::Output)),
            kernels,
            values,
        })
    }

    /// The inputs, in the order in which [`Simulation::run`] takes them, with their sizes.
    pub fn inputs(&self) -> Vec<(&str, usize)> {
        self.inputs
            .iter()
            .map(|(name, slot)| (name.as_str(), self.values[*slot].len()))
            .collect()
    }

    /// Sets all states to zero.
    pub fn reset(&mut self) {
        for op in &mut self.kernels {
            match &mut op.kernel {
                Kernel::Register(lines) => {
                    for line in lines {
                        line.iter_mut().for_each(|x| *x = T::zero());
                    }
                }
                Kernel::Neuron(neuron) => {
                    neuron.reset();
                }
                _ => {}
            }
        }
    }

    /// Runs one step for each row of the inputs, each [steps, elements].
    ///
    /// # Errors
    ///
    /// A finding if the inputs do not fit the program.
    pub fn run(&mut self, inputs: &[ArrayView2<'_, f32>]) -> Result<Recording, Finding> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        let mut recording = Recording::default();
        for step in 0..steps {
            for ((_, slot), input) in self.inputs.iter().zip(inputs) {
                for (x, given) in self.values[*slot].iter_mut().zip(input.row(step)) {
                    *x = T::of(f64::from(*given));
                }
            }
            self.step(step, steps, &mut recording);
        }
        Ok(recording)
    }

    fn step(&mut self, step: usize, steps: usize, recording: &mut Recording) {
        for Prepared {
            kernel,
            name,
            operands,
            slot,
        } in &mut self.kernels
        {
            let mut result = std::mem::take(&mut self.values[*slot]);
            let x = |index: usize| -> &[T] { &self.values[operands[index]] };
            match kernel {
                Kernel::Input | Kernel::Output => {}
                Kernel::Linear(weight) => maps::linear(&weight.view(), x(0), &mut result),
                Kernel::Convolution(weight, window, groups) => {
                    maps::convolution(weight.view(), window, *groups, x(0), &mut result);
                }
                Kernel::Pool(kind, window) => maps::pool(*kind, window, x(0), &mut result),
                Kernel::Scale(scale) => {
                    for ((y, x), s) in result.iter_mut().zip(x(0)).zip(scale.iter()) {
                        *y = *x * *s;
                    }
                }
                Kernel::Bias(bias, share) => {
                    for (i, (y, x)) in result.iter_mut().zip(x(0)).enumerate() {
                        *y = *x + bias[i / *share];
                    }
                }
                Kernel::Reshape => result.copy_from_slice(x(0)),
                Kernel::Sum => {
                    result.fill(T::zero());
                    for operand in operands.iter() {
                        for (y, x) in result.iter_mut().zip(&self.values[*operand]) {
                            *y += *x;
                        }
                    }
                }
                Kernel::Register(lines) => {
                    for (n, (y, line)) in result.iter_mut().zip(lines).enumerate() {
                        // An element that is not held back passes in the same step.
                        *y = line.front().copied().unwrap_or_else(|| x(0)[n]);
                    }
                }
                Kernel::Neuron(neuron) => {
                    neuron.step(x(0), &mut result);
                    record(&mut recording.neurons, name, step, steps, &result);
                    record(&mut recording.v, name, step, steps, &neuron.v);
                    if neuron.alpha.is_some() {
                        record(&mut recording.i_syn, name, step, steps, &neuron.i_syn);
                    }
                }
            }
            self.values[*slot] = result;
        }
        for (name, slot) in &self.outputs {
            record(
                &mut recording.outputs,
                name,
                step,
                steps,
                &self.values[*slot],
            );
        }
        for op in &mut self.kernels {
            if let Kernel::Register(lines) = &mut op.kernel {
                for (line, x) in lines.iter_mut().zip(&self.values[op.operands[0]]) {
                    if line.pop_front().is_some() {
                        line.push_back(*x);
                    }
                }
            }
        }
    }
}

/// Whether the op is a register that holds every element for a step or more.
fn holds(operation: melior::ir::OperationRef<'_, '_>, program: &Program<'_>) -> bool {
    let Ok(Op::Register { steps }) = Op::read(operation) else {
        return false;
    };
    program
        .tensors
        .resolve(steps)
        .is_ok_and(|steps| steps.to_f64().iter().all(|s| *s >= 1.0))
}

/// Checks that every input is there, with the program's width and one number of steps.
pub(crate) fn check_inputs(
    expected: &[(&str, usize)],
    given: &[ArrayView2<'_, f32>],
) -> Result<usize, Finding> {
    let refuse = |what: String| {
        Finding::error(
            "run-input",
            "the input has one column for each element of the model's input",
            what,
        )
    };
    if expected.len() != given.len() {
        return Err(refuse(format!(
            "the model has {} inputs, {} are given",
            expected.len(),
            given.len()
        )));
    }
    for ((name, width), input) in expected.iter().zip(given) {
        if input.ncols() != *width {
            return Err(refuse(format!(
                "it has {} columns, the input has {width}",
                input.ncols()
            ))
            .at(*name));
        }
    }
    let steps = given.first().map_or(0, |input| input.nrows());
    if given.iter().any(|input| input.nrows() != steps) {
        return Err(refuse("the inputs have different numbers of steps".into()));
    }
    Ok(steps)
}

fn record<T: Real>(
    arrays: &mut BTreeMap<String, Array2<f64>>,
    name: &str,
    step: usize,
    steps: usize,
    values: &[T],
) {
    if !arrays.contains_key(name) {
        arrays.insert(name.to_owned(), Array2::zeros((steps, values.len())));
    }
    if let Some(array) = arrays.get_mut(name) {
        for (cell, value) in array.row_mut(step).iter_mut().zip(values) {
            *cell = value.as_f64();
        }
    }
}
