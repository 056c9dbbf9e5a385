//! The equations of docs/dialects/dt.md, element by element, with nothing done for speed: what the
//! interpreter is compared with.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::{
    dt::{Compare, PoolKind, Reads, Real, Reset, ResetTiming},
    simulation::Recording,
};

/// An op with its operands by number; the values are numbered as the ops.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub operands: Vec<usize>,
    pub shape: Vec<usize>,
    pub spikes: bool,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Input,
    Output,
    Linear(Vec<f64>),
    Convolution {
        /// [out channels, in channels / groups, kernel ..]
        weight: Vec<f64>,
        kernel: Vec<usize>,
        stride: Vec<usize>,
        /// Before and after, for each dimension.
        padding: Vec<usize>,
        dilation: Vec<usize>,
        groups: usize,
    },
    Pool {
        kind: PoolKind,
        kernel: Vec<usize>,
        stride: Vec<usize>,
        padding: Vec<usize>,
    },
    Scale(Vec<f64>),
    Bias(Vec<f64>),
    Reshape,
    Sum,
    Register(Vec<usize>),
    Neuron(Box<Neuron>),
}

/// Parameters have one value, or one for each neuron.
#[derive(Clone, Debug)]
pub struct Neuron {
    pub alpha: Option<Vec<f64>>,
    pub input_gain: Option<Vec<f64>>,
    pub beta: Option<Vec<f64>>,
    pub current_gain: Option<Vec<f64>>,
    pub input_to_membrane: Option<Vec<f64>>,
    pub leak: Option<Vec<f64>>,
    pub v_threshold: Option<Vec<f64>>,
    pub v_reset: Option<Vec<f64>>,
    pub v_initial: Option<Vec<f64>>,
    pub v_min: Option<Vec<f64>>,
    pub membrane_reads: Reads,
    pub comparison_reads: Reads,
    pub compare: Compare,
    pub reset: Reset,
    pub reset_timing: ResetTiming,
    pub max_spikes: i64,
}

impl Node {
    /// Whether it gives its output before it takes its input.
    pub fn holds(&self) -> bool {
        match &self.kind {
            Kind::Register(steps) => steps.iter().all(|s| *s > 0),
            Kind::Neuron(neuron) => {
                neuron.comparison_reads == Reads::Previous && neuron.v_threshold.is_some()
            }
            _ => false,
        }
    }

    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

fn at<T: Real>(values: &[f64], n: usize) -> T {
    T::of(values[if values.len() == 1 { 0 } else { n }])
}

/// State of a neuron.
#[derive(Clone, Copy)]
struct Cell<T> {
    i: T,
    v: T,
    n_before: T,
}

impl Neuron {
    fn spikes_at<T: Real>(&self, n: usize, v: T) -> (T, T) {
        let threshold: T = at(self.v_threshold.as_ref().unwrap(), n);
        let (mut p, mut spikes) = (v, 0);
        let above = |p: T| match self.compare {
            Compare::Greater => p > threshold,
            Compare::GreaterOrEqual => p >= threshold,
        };
        while spikes < self.max_spikes && above(p) {
            spikes += 1;
            match self.reset {
                Reset::Subtract => p = p - threshold,
                Reset::Value => {
                    p = at(self.v_reset.as_ref().unwrap(), n);
                    break;
                }
                Reset::None => break,
            }
        }
        (T::of(spikes as f64), p)
    }

    fn before_spikes<T: Real>(&self, n: usize, cell: &mut Cell<T>, x: T) -> T {
        let parameter = |values: &Option<Vec<f64>>| values.as_ref().map(|v| at::<T>(v, n));
        let i_before = cell.i;
        let driven = parameter(&self.input_gain).map_or(x, |gain| gain * x);
        cell.i = parameter(&self.alpha).map_or(driven, |alpha| alpha * i_before + driven);
        let u = match self.membrane_reads {
            Reads::Updated => cell.i,
            Reads::Previous => i_before,
        };
        let mut v = match parameter(&self.current_gain) {
            Some(gain) => parameter(&self.beta).unwrap_or(T::one()) * cell.v + gain * u,
            None => u,
        };
        if let Some(direct) = parameter(&self.input_to_membrane) {
            v += direct * x;
        }
        if let Some(leak) = parameter(&self.leak) {
            v += leak;
        }
        v
    }

    /// The reset for the spikes of the step before.
    fn late<T: Real>(&self, n: usize, cell: &Cell<T>, v: T) -> T {
        match self.reset {
            Reset::Subtract => v - at::<T>(self.v_threshold.as_ref().unwrap(), n) * cell.n_before,
            Reset::Value if cell.n_before > T::zero() => at(self.v_reset.as_ref().unwrap(), n),
            Reset::Value | Reset::None => v,
        }
    }

    fn at_least<T: Real>(&self, n: usize, v: T) -> T {
        self.v_min.as_ref().map_or(v, |low| v.max(at(low, n)))
    }

    fn step<T: Real>(&self, n: usize, cell: &mut Cell<T>, x: T) -> T {
        let v_before = cell.v;
        let v = self.before_spikes(n, cell, x);
        let Some(threshold) = self.v_threshold.as_ref().map(|t| at::<T>(t, n)) else {
            cell.v = self.at_least(n, v);
            return cell.v;
        };
        let (spikes, v) = match self.reset_timing {
            ResetTiming::SameStep => self.spikes_at(n, v),
            ResetTiming::NextStep => {
                let v = self.late(n, cell, v);
                (self.spikes_at(n, v).0, v)
            }
            ResetTiming::BeforeAndAfter => {
                let above = self.spikes_at(n, v_before).0;
                let spikes = self.spikes_at(n, v - threshold * above).0;
                (spikes, v - threshold * spikes)
            }
        };
        cell.v = self.at_least(n, v);
        cell.n_before = spikes;
        spikes
    }

    fn emit<T: Real>(&self, n: usize, cell: &mut Cell<T>) -> T {
        let (spikes, after) = self.spikes_at(n, cell.v);
        if self.reset_timing == ResetTiming::SameStep {
            cell.v = after;
        }
        cell.n_before = spikes;
        spikes
    }

    fn absorb<T: Real>(&self, n: usize, cell: &mut Cell<T>, x: T) {
        let mut v = self.before_spikes(n, cell, x);
        if self.reset_timing == ResetTiming::NextStep {
            v = self.late(n, cell, v);
        }
        cell.v = self.at_least(n, v);
    }
}

/// Sum over the windows at output `out` of one channel: calls `add` with tap and input position.
fn window(
    (input, output, kernel): (&[usize], &[usize], &[usize]),
    (stride, padding, dilation): (&[usize], &[usize], &[usize]),
    out: usize,
    mut add: impl FnMut(usize, usize),
) {
    'taps: for tap in 0..kernel.iter().product() {
        let (mut o, mut k, mut position, mut size) = (out, tap, 0, 1);
        for d in (0..kernel.len()).rev() {
            let at = (o % output[d]) * stride[d] + (k % kernel[d]) * dilation[d];
            if at < padding[2 * d] || at - padding[2 * d] >= input[d] {
                continue 'taps;
            }
            position += (at - padding[2 * d]) * size;
            size *= input[d];
            (o, k) = (o / output[d], k / kernel[d]);
        }
        add(tap, position);
    }
}

/// What `node` gives of `x`, for an op without state.
fn value<T: Real>(nodes: &[Node], node: &Node, values: &[Vec<T>]) -> Vec<T> {
    let x = |index: usize| &values[node.operands[index]];
    let of = |n: usize, f: &dyn Fn(usize) -> T| (0..n).map(f).collect::<Vec<T>>();
    match &node.kind {
        Kind::Linear(weight) => {
            let (rows, columns) = (
                *node.shape.last().unwrap(),
                *nodes[node.operands[0]].shape.last().unwrap(),
            );
            of(node.count(), &|i| {
                let batch = i / rows;
                (0..columns).fold(T::zero(), |sum, j| {
                    sum + T::of(weight[i * columns + j]) * x(0)[batch * columns + j]
                })
            })
        }
        Kind::Convolution {
            weight,
            kernel,
            stride,
            padding,
            dilation,
            groups,
        } => {
            let input = &nodes[node.operands[0]].shape;
            let (pixels, pixels_in) = (
                node.shape[1..].iter().product::<usize>(),
                input[1..].iter().product::<usize>(),
            );
            let taps: usize = kernel.iter().product();
            let (in_of_group, out_of_group) = (input[0] / groups, node.shape[0] / groups);
            of(node.count(), &|n| {
                let (o, out) = (n / pixels, n % pixels);
                let mut sum = T::zero();
                for i in 0..in_of_group {
                    let channel = o / out_of_group * in_of_group + i;
                    window(
                        (&input[1..], &node.shape[1..], kernel),
                        (stride, padding, dilation),
                        out,
                        |tap, position| {
                            let weight = T::of(weight[(o * in_of_group + i) * taps + tap]);
                            sum += weight * x(0)[channel * pixels_in + position];
                        },
                    );
                }
                sum
            })
        }
        Kind::Pool {
            kind,
            kernel,
            stride,
            padding,
        } => {
            let input = &nodes[node.operands[0]].shape;
            let (pixels, pixels_in) = (
                node.shape[1..].iter().product::<usize>(),
                input[1..].iter().product::<usize>(),
            );
            let taps: usize = kernel.iter().product();
            let factor = match kind {
                PoolKind::Sum => T::one(),
                PoolKind::Average => T::one() / T::of(taps as f64),
            };
            of(node.count(), &|n| {
                let mut sum = T::zero();
                window(
                    (&input[1..], &node.shape[1..], kernel),
                    (stride, padding, &vec![1; kernel.len()]),
                    n % pixels,
                    |_, position| sum += factor * x(0)[n / pixels * pixels_in + position],
                );
                sum
            })
        }
        Kind::Scale(scale) => of(node.count(), &|n| x(0)[n] * at(scale, n)),
        Kind::Bias(bias) => of(node.count(), &|n| {
            x(0)[n] + T::of(bias[n * bias.len() / node.count()])
        }),
        Kind::Reshape => x(0).clone(),
        Kind::Sum => of(node.count(), &|n| {
            (0..node.operands.len()).fold(T::zero(), |sum, k| sum + x(k)[n])
        }),
        Kind::Input | Kind::Output | Kind::Register(_) | Kind::Neuron(_) => Vec::new(),
    }
}

/// Runs `nodes`, each of which follows the ones whose values it needs in the step. Everything is
/// recorded, under the name of the number.
pub fn run<T: Real>(nodes: &[Node], inputs: &[Array2<f32>]) -> Recording {
    let mut values: Vec<Vec<T>> = nodes.iter().map(|n| vec![T::zero(); n.count()]).collect();
    let rest = Cell {
        i: T::zero(),
        v: T::zero(),
        n_before: T::zero(),
    };
    let mut cells: Vec<Vec<Cell<T>>> = nodes.iter().map(|n| vec![rest; n.count()]).collect();
    for (cells, node) in cells.iter_mut().zip(nodes) {
        if let Kind::Neuron(neuron) = &node.kind
            && let Some(initial) = &neuron.v_initial
        {
            for (n, cell) in cells.iter_mut().enumerate() {
                cell.v = at(initial, n);
            }
        }
    }
    // Everything that a register ever took, and when.
    let mut history: Vec<Vec<Vec<T>>> = vec![Vec::new(); nodes.len()];
    let steps = inputs[0].nrows();
    let mut recording = Recording::default();
    for t in 0..steps {
        let mut given = inputs.iter();
        for holding in [true, false] {
            for (k, node) in nodes
                .iter()
                .enumerate()
                .filter(|(_, n)| n.holds() == holding)
            {
                values[k] = match &node.kind {
                    Kind::Input => {
                        let row = given.next().unwrap().row(t);
                        row.iter().map(|x| T::of(f64::from(*x))).collect()
                    }
                    Kind::Output => Vec::new(),
                    Kind::Register(steps) => (0..node.count())
                        .map(|n| match steps[if steps.len() == 1 { 0 } else { n }] {
                            0 => values[node.operands[0]][n],
                            s if s > t => T::zero(),
                            s => history[k][t - s][n],
                        })
                        .collect(),
                    Kind::Neuron(neuron) => (0..node.count())
                        .map(|n| match holding {
                            true => neuron.emit(n, &mut cells[k][n]),
                            false => neuron.step(n, &mut cells[k][n], values[node.operands[0]][n]),
                        })
                        .collect(),
                    _ => value(nodes, node, &values),
                };
            }
        }
        for (k, node) in nodes.iter().enumerate() {
            let name = format!("n{k}");
            let record = |arrays: &mut BTreeMap<String, Array2<f64>>, row: Vec<f64>| {
                let array = arrays
                    .entry(name.clone())
                    .or_insert_with(|| Array2::zeros((steps, row.len())));
                array.row_mut(t).assign(&ndarray::Array1::from(row));
            };
            let numbers = |values: &[T]| values.iter().map(|x| x.as_f64()).collect();
            match &node.kind {
                Kind::Output => record(&mut recording.outputs, numbers(&values[node.operands[0]])),
                Kind::Register(_) => history[k].push(values[node.operands[0]].clone()),
                Kind::Neuron(neuron) => {
                    if node.holds() {
                        for n in 0..node.count() {
                            neuron.absorb(n, &mut cells[k][n], values[node.operands[0]][n]);
                        }
                    }
                    let cells = &cells[k];
                    record(
                        &mut recording.v,
                        cells.iter().map(|c| c.v.as_f64()).collect(),
                    );
                    if neuron.alpha.is_some() {
                        let i_syn = cells.iter().map(|c| c.i.as_f64()).collect();
                        record(&mut recording.i_syn, i_syn);
                    }
                    if neuron.v_threshold.is_some() {
                        record(&mut recording.spikes, numbers(&values[k]));
                    }
                }
                _ => {}
            }
        }
    }
    recording
}
