//! Running a program of level `dt`: one loop over steps.

use std::collections::{BTreeMap, VecDeque};

use ndarray::{Array2, ArrayD, ArrayView2};

pub use super::maps::Real;
use super::{
    Op, PoolKind, Reads, Signal,
    maps::{self, Window},
    neuron::Neuron,
    prepare::kernel,
};
use crate::{
    finding::Findings,
    ir::{DialectOp, Prepared, Program, Schedule, named, operations},
    simulation::{Nodes, Record, Recording, Simulator, check_inputs},
};

/// A program made ready to run, with its state.
#[derive(Clone)]
pub struct Simulation<T> {
    kernels: Vec<Prepared<Kernel<T>>>,
    /// One buffer for each value.
    values: Vec<Vec<T>>,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
}

#[derive(Clone)]
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

    fn step(&mut self, step: usize, steps: usize, wanted: &Record, recording: &mut Recording) {
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
                    if neuron.holds() {
                        neuron.emit(&mut result);
                    } else {
                        neuron.step(x(0), &mut result);
                    }
                    if neuron.v_threshold.is_some() {
                        record(
                            &mut recording.spikes,
                            &wanted.spikes,
                            name,
                            step,
                            steps,
                            &result,
                        );
                    }
                }
            }
            self.values[*slot] = result;
        }
        for (name, slot) in &self.outputs {
            record(
                &mut recording.outputs,
                &Nodes::All,
                name,
                step,
                steps,
                &self.values[*slot],
            );
        }
        for op in &mut self.kernels {
            match &mut op.kernel {
                Kernel::Register(lines) => {
                    for (line, x) in lines.iter_mut().zip(&self.values[op.operands[0]]) {
                        if line.pop_front().is_some() {
                            line.push_back(*x);
                        }
                    }
                }
                Kernel::Neuron(neuron) => {
                    if neuron.holds() {
                        neuron.absorb(&self.values[op.operands[0]]);
                    }
                    record(
                        &mut recording.v,
                        &wanted.states,
                        &op.name,
                        step,
                        steps,
                        &neuron.v,
                    );
                    if neuron.alpha.is_some() {
                        let i_syn = &neuron.i_syn;
                        record(
                            &mut recording.i_syn,
                            &wanted.states,
                            &op.name,
                            step,
                            steps,
                            i_syn,
                        );
                    }
                }
                _ => {}
            }
        }
    }
}

impl<T: Real> Simulator for Simulation<T> {
    fn inputs(&self) -> Vec<(&str, usize)> {
        self.inputs
            .iter()
            .map(|(name, slot)| (name.as_str(), self.values[*slot].len()))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let neurons = self.kernels.iter();
        neurons
            .filter(|op| matches!(op.kernel, Kernel::Neuron(_)))
            .map(|op| op.name.as_str())
            .collect()
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let each = self.kernels.iter().filter_map(|op| match &op.kernel {
            Kernel::Neuron(neuron) => {
                let thresholds = neuron.v_threshold.as_ref()?;
                let thresholds = thresholds.iter().map(|t| t.as_f64()).collect();
                Some((op.name.clone(), thresholds))
            }
            _ => None,
        });
        each.collect()
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        let mut this = self.clone();
        let mut recording = Recording::default();
        for step in 0..steps {
            for ((_, slot), input) in this.inputs.iter().zip(inputs) {
                for (x, given) in this.values[*slot].iter_mut().zip(input.row(step)) {
                    *x = T::of(f64::from(*given));
                }
            }
            this.step(step, steps, record, &mut recording);
        }
        Ok(recording)
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

fn record<T: Real>(
    arrays: &mut BTreeMap<String, Array2<f64>>,
    wanted: &Nodes,
    name: &str,
    step: usize,
    steps: usize,
    values: &[T],
) {
    if !wanted.contains(name) {
        return;
    }
    if !arrays.contains_key(name) {
        arrays.insert(name.to_owned(), Array2::zeros((steps, values.len())));
    }
    if let Some(array) = arrays.get_mut(name) {
        for (cell, value) in array.row_mut(step).iter_mut().zip(values) {
            *cell = value.as_f64();
        }
    }
}
