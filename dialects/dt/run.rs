//! Running a program of level `dt`: one loop over steps.

use std::collections::{BTreeMap, VecDeque};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::{Array2, ArrayD, ArrayView2, Ix3};

pub use super::maps::Real;
use super::{
    Compare, MembraneReads, Op, PoolKind, Reset, ResetTiming, Signal,
    maps::{self, Window},
};
use crate::{
    finding::{Finding, Findings},
    ir::{DenseTensor, DialectOp, Program, ValueId, node_name, operations, schedule},
    tensor::Tensor,
};

/// A program made ready to run, with its state.
pub struct Simulation<T> {
    kernels: Vec<(Kernel<T>, Vec<usize>, usize)>,
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

enum Kernel<T> {
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
    Neuron(String, Box<Neuron<T>>),
}

struct Neuron<T> {
    alpha: Option<Vec<T>>,
    input_gain: Option<Vec<T>>,
    beta: Option<Vec<T>>,
    current_gain: Option<Vec<T>>,
    input_to_membrane: Option<Vec<T>>,
    leak: Option<Vec<T>>,
    v_threshold: Option<Vec<T>>,
    v_reset: Option<Vec<T>>,
    membrane_reads: MembraneReads,
    compare: Compare,
    reset: Reset,
    reset_timing: ResetTiming,
    max_spikes: i64,
    i_syn: Vec<T>,
    v: Vec<T>,
    /// The spikes of the step before, which a reset in the next step takes off.
    spikes: Vec<T>,
}

impl<T: Real> Simulation<T> {
    /// Makes `program` ready to run, with all states at zero.
    ///
    /// # Errors
    ///
    /// All ops that are not of level `dt` or whose attributes do not fit.
    pub fn new(program: &Program<'_>) -> Result<Self, Findings> {
        let operations = operations(program.module.as_operation());
        let order = schedule(&operations, |op| matches!(Op::read(op), Ok(Op::Register { .. })))?;
        let mut this = Self {
            kernels: Vec::new(),
            values: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        let mut slots = BTreeMap::new();
        let mut findings = Findings::new();
        for operation in &operations {
            for result in operation.results() {
                let signal = Signal::of(result.r#type());
                let count = signal.map_or(0, |s| s.shape.iter().product());
                slots.insert(ValueId::from(Value::from(result)), this.values.len());
                this.values.push(vec![T::zero(); count]);
            }
        }
        for operation in order {
            let operands: Vec<usize> = operation
                .operands()
                .filter_map(|value| slots.get(&ValueId::from(value)).copied())
                .collect();
            let slot = operation
                .result(0)
                .ok()
                .and_then(|r| slots.get(&ValueId::from(Value::from(r))).copied())
                .or(operands.first().copied())
                .unwrap_or_default();
            match kernel(operation, program) {
                Ok(kernel) => {
                    let name = node_name(operation);
                    match kernel {
                        Kernel::Input => this.inputs.push((name, slot)),
                        Kernel::Output => this.outputs.push((name, slot)),
                        _ => {}
                    }
                    this.kernels.push((kernel, operands, slot));
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.has_errors() { Err(findings) } else { Ok(this) }
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
        for (kernel, _, _) in &mut self.kernels {
            match kernel {
                Kernel::Register(lines) => {
                    for line in lines {
                        line.iter_mut().for_each(|x| *x = T::zero());
                    }
                }
                Kernel::Neuron(_, neuron) => {
                    neuron.i_syn.fill(T::zero());
                    neuron.v.fill(T::zero());
                    neuron.spikes.fill(T::zero());
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
        for (kernel, operands, slot) in &mut self.kernels {
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
                    for (y, line) in result.iter_mut().zip(lines) {
                        *y = line.front().copied().unwrap_or_else(T::zero);
                    }
                }
                Kernel::Neuron(name, neuron) => {
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
            record(&mut recording.outputs, name, step, steps, &self.values[*slot]);
        }
        for (kernel, operands, _) in &mut self.kernels {
            if let Kernel::Register(lines) = kernel {
                for (line, x) in lines.iter_mut().zip(&self.values[operands[0]]) {
                    line.push_back(*x);
                    line.pop_front();
                }
            }
        }
    }
}

impl<T: Real> Neuron<T> {
    fn step(&mut self, x: &[T], out: &mut [T]) {
        let at = |values: &Option<Vec<T>>, n: usize| values.as_ref().map(|v| v[n]);
        for n in 0..x.len() {
            let before = self.i_syn[n];
            let current = match (at(&self.alpha, n), at(&self.input_gain, n)) {
                (Some(alpha), gain) => alpha * before + gain.unwrap_or_else(T::one) * x[n],
                (None, gain) => gain.unwrap_or_else(T::one) * x[n],
            };
            self.i_syn[n] = current;
            let read = match self.membrane_reads {
                MembraneReads::Updated => current,
                MembraneReads::Previous => before,
            };
            let mut v = match at(&self.current_gain, n) {
                None => read,
                Some(gain) => at(&self.beta, n).unwrap_or_else(T::one) * self.v[n] + gain * read,
            };
            if let Some(direct) = at(&self.input_to_membrane, n) {
                v += direct * x[n];
            }
            if let Some(leak) = at(&self.leak, n) {
                v += leak;
            }
            match at(&self.v_threshold, n) {
                None => {
                    self.v[n] = v;
                    out[n] = v;
                }
                Some(threshold) => {
                    if self.reset_timing == ResetTiming::NextStep {
                        v = v - threshold * self.spikes[n];
                    }
                    let (spikes, after) = self.fire(n, v, threshold);
                    self.v[n] = match self.reset_timing {
                        ResetTiming::SameStep => after,
                        ResetTiming::NextStep => v,
                    };
                    self.spikes[n] = spikes;
                    out[n] = spikes;
                }
            }
        }
    }

    /// The spikes of neuron `n` at potential `v`, and the potential that they leave.
    fn fire(&self, n: usize, mut v: T, threshold: T) -> (T, T) {
        let mut spikes = 0;
        while spikes < self.max_spikes
            && match self.compare {
                Compare::Greater => v > threshold,
                Compare::GreaterOrEqual => v >= threshold,
            }
        {
            spikes += 1;
            match self.reset {
                Reset::Subtract => v = v - threshold,
                Reset::Value => {
                    v = self.v_reset.as_ref().map_or_else(T::zero, |v_reset| v_reset[n]);
                    break;
                }
                Reset::None => break,
            }
        }
        (T::of(spikes as f64), v)
    }
}

/// Checks that every input is there, with the program's width and one number of steps.
pub(crate) fn check_inputs(expected: &[(&str, usize)], given: &[ArrayView2<'_, f32>]) -> Result<usize, Finding> {
    let refuse = |what: String| {
        Finding::error("run-input", "the input has one column for each element of the model's input", what)
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
            return Err(refuse(format!("it has {} columns, the input has {width}", input.ncols())).at(*name));
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

fn kernel<T: Real>(operation: OperationRef<'_, '_>, program: &Program<'_>) -> Result<Kernel<T>, Finding> {
    let name = node_name(operation);
    let resolve = |tensor: DenseTensor<'_>| -> Result<Tensor, Finding> {
        program.tensors.resolve(tensor).map_err(|f| f.at(name.as_str()))
    };
    let shape = |value: Option<Value<'_, '_>>| -> Vec<usize> {
        value
            .and_then(|v| Signal::of(v.r#type()))
            .map(|s| s.shape)
            .unwrap_or_default()
    };
    let input = shape(operation.operand(0).ok());
    let output = shape(operation.result(0).ok().map(Into::into));
    let count: usize = output.iter().product();
    let each = |tensor: DenseTensor<'_>| -> Result<Vec<T>, Finding> {
        let values: Vec<T> = resolve(tensor)?.to_f64().into_iter().map(T::of).collect();
        match values.len() {
            1 => Ok(vec![values[0]; count]),
            n if n == count => Ok(values),
            n => Err(misfit(&name, format!("a parameter has {n} elements for {count} neurons"))),
        }
    };
    let optional = |tensor: Option<DenseTensor<'_>>| tensor.map(each).transpose();
    Ok(match Op::read(operation)? {
        Op::Input {} => Kernel::Input,
        Op::Output {} => Kernel::Output,
        Op::Reshape {} => Kernel::Reshape,
        Op::Sum {} => Kernel::Sum,
        Op::Scale { scale } => Kernel::Scale(each(scale)?),
        Op::Linear { weight } => {
            let weight = to_real::<T>(&resolve(weight)?);
            let rank = weight.ndim();
            let fits = rank >= 2
                && weight.len_of(ndarray::Axis(rank - 1)) == *input.last().unwrap_or(&0)
                && weight.len_of(ndarray::Axis(rank - 2)) == *output.last().unwrap_or(&0)
                && weight.shape()[..rank - 2] == input[..input.len() - 1];
            if !fits {
                return Err(misfit(
                    &name,
                    format!("weight {:?} for input {input:?} and output {output:?}", weight.shape()),
                ));
            }
            Kernel::Linear(weight)
        }
        Op::Convolution { weight, stride, padding, dilation, groups } => {
            let weight = to_real::<T>(&resolve(weight)?);
            let spatial = weight.shape().get(2..).unwrap_or_default().to_vec();
            let (out_channels, in_channels) = (weight.shape()[0], weight.shape()[1]);
            let window = window(&name, &input, &output, spatial, &stride, &padding, &dilation)?;
            let groups = usize::try_from(groups).unwrap_or(0).max(1);
            if input[0] != in_channels * groups || output[0] != out_channels || out_channels % groups != 0 {
                return Err(misfit(&name, format!("{groups} groups of {in_channels} channels for input {input:?}")));
            }
            let taps = window.kernel.iter().product();
            let weight = weight
                .into_shape_with_order((out_channels, in_channels, taps))
                .map_err(|e| misfit(&name, e.to_string()))?
                .into_dimensionality::<Ix3>()
                .map_err(|e| misfit(&name, e.to_string()))?;
            Kernel::Convolution(weight, window, groups)
        }
        Op::Pool { kind, kernel_size, stride, padding } => {
            let kernel = kernel_size.iter().map(|&k| k.max(0) as usize).collect();
            let ones = vec![1; kernel_size.len()];
            Kernel::Pool(kind, window(&name, &input, &output, kernel, &stride, &padding, &ones)?)
        }
        Op::Bias { bias } => {
            let bias: Vec<T> = resolve(bias)?.to_f64().into_iter().map(T::of).collect();
            if bias.is_empty() || !count.is_multiple_of(bias.len()) {
                return Err(misfit(&name, format!("{} biases for {count} elements", bias.len())));
            }
            let share = count / bias.len();
            Kernel::Bias(bias, share)
        }
        Op::Register { steps } => {
            let steps = each(steps)?;
            let lines = steps
                .iter()
                .map(|s| VecDeque::from(vec![T::zero(); s.as_f64().max(0.0) as usize]))
                .collect();
            Kernel::Register(lines)
        }
        Op::Neuron {
            integration: _,
            alpha,
            input_gain,
            beta,
            current_gain,
            input_to_membrane,
            leak,
            v_threshold,
            v_reset,
            membrane_reads,
            compare,
            reset,
            reset_timing,
            max_spikes,
        } => Kernel::Neuron(
            name.clone(),
            Box::new(Neuron {
                alpha: optional(alpha)?,
                input_gain: optional(input_gain)?,
                beta: optional(beta)?,
                current_gain: optional(current_gain)?,
                input_to_membrane: optional(input_to_membrane)?,
                leak: optional(leak)?,
                v_threshold: optional(v_threshold)?,
                v_reset: optional(v_reset)?,
                membrane_reads,
                compare,
                reset,
                reset_timing,
                max_spikes,
                spikes: vec![T::zero(); count],
                i_syn: vec![T::zero(); count],
                v: vec![T::zero(); count],
            }),
        ),
    })
}

fn misfit(name: &str, what: String) -> Finding {
    Finding::error("dt-shape", "an op's attributes fit its operands", what).at(name)
}

fn window(
    name: &str,
    input: &[usize],
    output: &[usize],
    kernel: Vec<usize>,
    stride: &[i64],
    padding: &[i64],
    dilation: &[i64],
) -> Result<Window, Finding> {
    let positive = |values: &[i64]| -> Vec<usize> { values.iter().map(|&v| v.max(1) as usize).collect() };
    let rank = kernel.len();
    let fits = rank > 0
        && input.len() == rank + 1
        && output.len() == rank + 1
        && stride.len() == rank
        && dilation.len() == rank
        && padding.len() == 2 * rank
        && kernel.iter().all(|&k| k > 0);
    if !fits {
        return Err(misfit(
            name,
            format!("kernel {kernel:?}, stride {stride:?}, padding {padding:?}, dilation {dilation:?} for input {input:?}"),
        ));
    }
    Ok(Window {
        input: input[1..].to_vec(),
        output: output[1..].to_vec(),
        kernel,
        stride: positive(stride),
        dilation: positive(dilation),
        before: padding.iter().step_by(2).map(|&p| p.max(0) as usize).collect(),
    })
}

fn to_real<T: Real>(tensor: &Tensor) -> ArrayD<T> {
    crate::with_elements!(tensor, array => array.mapv(|x| T::of(x as f64)))
}
