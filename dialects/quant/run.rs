//! Running a program of level `quant`: integers, one loop over steps.

use std::collections::{BTreeMap, VecDeque};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::{Array2, ArrayView2};

use super::{Op, Saturation, Signal};
use crate::{
    finding::{Finding, Findings},
    ir::{DenseTensor, DialectOp, Prepared, Program, Schedule, named, node_name, operations},
    simulation::{Nodes, Record, Recording, Simulator, check_counts, check_inputs},
};

/// A program made ready to run, with its state.
#[derive(Clone)]
pub struct Simulation {
    kernels: Vec<Prepared<Kernel>>,
    /// The kernel that makes the value in each slot.
    makers: Vec<usize>,
    /// One buffer of spike counts for each value; empty for events.
    values: Vec<Vec<i32>>,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
}

/// Bounds that keep the arithmetic of a step within 32 bits, far beyond any chip's.
const MAX_VALUE: u32 = 1 << 28;
/// See [`MAX_VALUE`].
const MAX_WEIGHT: i32 = 1 << 15;
/// See [`MAX_VALUE`].
const MAX_SHIFT: i64 = 15;
/// See [`MAX_VALUE`].
const MAX_BITS: u32 = 28;

#[derive(Clone)]
enum Kernel {
    Input(i32),
    Output,
    Reshape,
    Register(VecDeque<Vec<i32>>),
    /// The neuron op that its value feeds reads the table.
    Linear(Events),
    Neuron(Box<Neuron>),
}

/// A weight table by source: (target, weight << shift) for each weight that is not zero.
#[derive(Clone)]
struct Events {
    sources: Vec<Vec<(usize, i32)>>,
}

#[derive(Clone)]
struct Neuron {
    dash_syn: Vec<u32>,
    dash_mem: Vec<u32>,
    threshold: Vec<i32>,
    bias: Vec<i32>,
    low: i32,
    high: i32,
    saturation: Saturation,
    max_spikes: i32,
    i_syn: Vec<i32>,
    v: Vec<i32>,
}

impl Simulation {
    /// Makes `program` ready to run, with all states at zero.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `quant` or whose attributes do not fit.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let operations = operations(program.module.as_operation());
        let schedule = Schedule::new(&operations, |op| {
            matches!(Op::read(op), Ok(Op::Register { .. }))
        })?;
        let count = |r#type| match Signal::of(r#type) {
            Some(Signal::Spikes(shape)) => shape.iter().product(),
            _ => 0,
        };
        let values: Vec<Vec<i32>> = schedule
            .slots
            .iter()
            .map(|r#type| vec![0; count(*r#type)])
            .collect();
        let kernels = schedule.prepare(|operation| kernel(operation, program))?;
        let mut makers = vec![usize::MAX; values.len()];
        for (index, op) in kernels.iter().enumerate() {
            // An output has the slot of what it takes.
            if !matches!(op.kernel, Kernel::Output) {
                makers[op.slot] = index;
            }
        }
        Ok(Self {
            makers,
            inputs: named(&kernels, |kernel| matches!(kernel, Kernel::Input(_))),
            outputs: named(&kernels, |kernel| matches!(kernel, Kernel::Output)),
            kernels,
            values,
        })
    }

    fn step(&mut self, step: usize, steps: usize, wanted: &Record, recording: &mut Recording) {
        for index in 0..self.kernels.len() {
            let (done, rest) = self.kernels.split_at_mut(index);
            let Some(Prepared {
                kernel,
                name,
                operands,
                slot,
            }) = rest.first_mut()
            else {
                break;
            };
            let mut result = std::mem::take(&mut self.values[*slot]);
            match kernel {
                Kernel::Input(most) => result.iter_mut().for_each(|x| *x = (*x).min(*most)),
                Kernel::Output | Kernel::Linear(_) => {}
                Kernel::Reshape => result.copy_from_slice(&self.values[operands[0]]),
                Kernel::Register(line) => {
                    if let Some(front) = line.front() {
                        result.copy_from_slice(front);
                    }
                }
                Kernel::Neuron(neuron) => {
                    for operand in operands.iter() {
                        let made_by = done.get(self.makers[*operand]);
                        if let Some(Prepared {
                            kernel: Kernel::Linear(events),
                            operands: sources,
                            ..
                        }) = made_by
                        {
                            neuron.receive(events, &self.values[sources[0]]);
                        }
                    }
                    neuron.step(&mut result);
                    record(
                        &mut recording.spikes,
                        &wanted.spikes,
                        name,
                        step,
                        steps,
                        &result,
                    );
                    record(
                        &mut recording.v,
                        &wanted.states,
                        name,
                        step,
                        steps,
                        &neuron.v,
                    );
                    let i_syn = &neuron.i_syn;
                    record(
                        &mut recording.i_syn,
                        &wanted.states,
                        name,
                        step,
                        steps,
                        i_syn,
                    );
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
            if let Kernel::Register(line) = &mut op.kernel
                && let Some(mut oldest) = line.pop_front()
            {
                oldest.copy_from_slice(&self.values[op.operands[0]]);
                line.push_back(oldest);
            }
        }
    }
}

impl Simulator for Simulation {
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
                let thresholds = neuron.threshold.iter().map(|t| f64::from(*t)).collect();
                Some((op.name.clone(), thresholds))
            }
            _ => None,
        });
        each.collect()
    }

    /// Runs on counts of spikes.
    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&self.inputs(), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let mut this = self.clone();
        let mut recording = Recording::default();
        for step in 0..steps {
            for ((_, slot), input) in this.inputs.iter().zip(inputs) {
                for (x, given) in this.values[*slot].iter_mut().zip(input.row(step)) {
                    *x = *given as i32;
                }
            }
            this.step(step, steps, record, &mut recording);
        }
        Ok(recording)
    }
}

impl Neuron {
    /// Adds the events of `spikes`, source by source, each event saturating.
    fn receive(&mut self, events: &Events, spikes: &[i32]) {
        for (targets, &count) in events.sources.iter().zip(spikes) {
            for &(target, weight) in targets {
                // The repeats of one source have one sign, so clamping once clamps each.
                let i = &mut self.i_syn[target];
                *i = i
                    .saturating_add(weight.saturating_mul(count))
                    .clamp(self.low, self.high);
            }
        }
    }

    fn step(&mut self, out: &mut [i32]) {
        for (n, out) in out.iter_mut().enumerate() {
            let i = self.i_syn[n] - decay(self.i_syn[n], self.dash_syn[n]);
            self.i_syn[n] = i;
            let v = self.v[n];
            let clamp = |x: i32| x.clamp(self.low, self.high);
            let mut v = match self.saturation {
                Saturation::State => clamp(self.wrap(v - decay(v, self.dash_mem[n])) + i),
                Saturation::Increment => {
                    let increment = clamp(self.wrap(-decay(v, self.dash_mem[n])) + i);
                    clamp(v + clamp(increment + self.bias[n]))
                }
            };
            let mut spikes = 0;
            while v >= self.threshold[n] && spikes < self.max_spikes {
                spikes += 1;
                v = self.wrap(v - self.threshold[n]);
            }
            self.v[n] = v;
            *out = spikes;
        }
    }

    /// Two's complement wrap-around to the state's width.
    fn wrap(&self, x: i32) -> i32 {
        let span = i64::from(self.high) - i64::from(self.low) + 1;
        ((i64::from(x) - i64::from(self.low)).rem_euclid(span) + i64::from(self.low)) as i32
    }
}

/// x >> dash, but at least 1 towards 0.
fn decay(x: i32, dash: u32) -> i32 {
    match x >> dash {
        0 => x.signum(),
        amount => amount,
    }
}

fn record(
    arrays: &mut BTreeMap<String, Array2<f64>>,
    wanted: &Nodes,
    name: &str,
    step: usize,
    steps: usize,
    values: &[i32],
) {
    if !wanted.contains(name) {
        return;
    }
    if !arrays.contains_key(name) {
        arrays.insert(name.to_owned(), Array2::zeros((steps, values.len())));
    }
    if let Some(array) = arrays.get_mut(name) {
        for (cell, value) in array.row_mut(step).iter_mut().zip(values) {
            *cell = f64::from(*value);
        }
    }
}

fn kernel(operation: OperationRef<'_, '_>, program: &Program<'_>) -> Result<Kernel, Finding> {
    let name = node_name(operation);
    let misfit = |what: String| {
        Finding::error("quant-shape", "an op's attributes fit its operands", what).at(name.as_str())
    };
    let count = |value: Option<Value<'_, '_>>| -> usize {
        value
            .and_then(|v| Signal::of(v.r#type()))
            .map_or(0, |s| s.shape().iter().product())
    };
    let result = count(operation.result(0).ok().map(Into::into));
    let integers = |tensor: DenseTensor<'_>| -> Result<Vec<i32>, Finding> {
        let tensor = program
            .tensors
            .resolve(tensor)
            .map_err(|f| f.at(name.as_str()))?;
        let values: Vec<i32> = tensor.to_f64().into_iter().map(|x| x as i32).collect();
        if values.iter().any(|v| v.unsigned_abs() > MAX_VALUE) {
            return Err(misfit(format!("a table has an entry beyond {MAX_VALUE}")));
        }
        match values.len() {
            1 => Ok(vec![values[0]; result]),
            n if n == result => Ok(values),
            n => Err(misfit(format!(
                "a table has {n} entries for {result} neurons"
            ))),
        }
    };
    let shifts = |tensor: DenseTensor<'_>| -> Result<Vec<u32>, Finding> {
        integers(tensor)?
            .into_iter()
            .map(|d| u32::try_from(d).ok().filter(|&d| d < 32))
            .collect::<Option<_>>()
            .ok_or_else(|| misfit("a dash is not between 0 and 31".into()))
    };
    Ok(match Op::read(operation)? {
        Op::Input { max_spikes } => Kernel::Input(max_spikes.clamp(0, i64::from(i32::MAX)) as i32),
        Op::Output {} => Kernel::Output,
        Op::Reshape {} => Kernel::Reshape,
        Op::Register { steps } => {
            let steps = usize::try_from(steps)
                .ok()
                .filter(|&s| s > 0)
                .ok_or_else(|| misfit(format!("a register of {steps} steps")))?;
            Kernel::Register(vec![vec![0; result]; steps].into())
        }
        Op::Linear { weight, shift, .. } => {
            let weight = program
                .tensors
                .resolve(weight)
                .map_err(|f| f.at(name.as_str()))?;
            let sources = count(operation.operand(0).ok());
            if weight.shape() != [result, sources] {
                return Err(misfit(format!(
                    "weight {:?} for {sources} sources and {result} targets",
                    weight.shape()
                )));
            }
            if !(0..=MAX_SHIFT).contains(&shift) {
                return Err(misfit(format!("a shift of {shift}")));
            }
            let factor = 1 << shift;
            let values = weight.to_f64();
            if values.iter().any(|w| w.abs() > f64::from(MAX_WEIGHT)) {
                return Err(misfit(format!("a weight beyond {MAX_WEIGHT}")));
            }
            let mut table = vec![Vec::new(); sources];
            for target in 0..result {
                for (source, row) in table.iter_mut().enumerate() {
                    let weight = values[target * sources + source] as i32;
                    if weight != 0 {
                        row.push((target, weight * factor));
                    }
                }
            }
            Kernel::Linear(Events { sources: table })
        }
        Op::Neuron {
            decay: _,
            dash_syn,
            dash_mem,
            threshold,
            bias,
            scale: _,
            decay_error: _,
            state_bits,
            saturation,
            reset: _,
            max_spikes,
        } => {
            let bits = u32::try_from(state_bits)
                .ok()
                .filter(|b| (2..=MAX_BITS).contains(b))
                .ok_or_else(|| misfit(format!("a state of {state_bits} bits")))?;
            Kernel::Neuron(Box::new(Neuron {
                dash_syn: shifts(dash_syn)?,
                dash_mem: shifts(dash_mem)?,
                threshold: integers(threshold)?,
                bias: bias.map_or_else(|| Ok(vec![0; result]), integers)?,
                low: -(1 << (bits - 1)),
                high: (1 << (bits - 1)) - 1,
                saturation,
                max_spikes: max_spikes.clamp(0, i64::from(i32::MAX)) as i32,
                i_syn: vec![0; result],
                v: vec![0; result],
            }))
        }
    })
}
