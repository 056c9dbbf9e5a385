//! Programs of level ct or dt, made by hand or at random.

use melior::ir::{Value, ValueLike, operation::OperationLike};
use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{
    ct, dt,
    ir::{DenseTensor, IrContext, Program, body, node_location, set_module_attribute},
    tensor::Tensor,
};

pub use super::{neuron::Neuron, random::Random};
use crate::rewrite::{
    Axis, Kind, Window,
    analysis::Signal,
    common::{Level, Op},
};

/// Seconds; a spike is a pulse of this length.
pub const STEP: f64 = 1e-3;

#[derive(Clone)]
enum Attribute {
    Input,
    Output,
    Linear(Tensor),
    Convolution(Tensor, Window),
    Pool(ct::PoolKind, Window),
    Scale(Vec<f64>),
    Bias(Vec<f64>),
    Reshape,
    Sum,
    Delay(Vec<f64>),
    Neuron(Box<Neuron>),
}

#[derive(Clone)]
struct Node {
    attribute: Attribute,
    operands: Vec<usize>,
    signal: Option<Signal>,
    name: String,
}

/// A program before it is one.
#[derive(Clone)]
pub struct Draft {
    pub level: Level,
    nodes: Vec<Node>,
    names: usize,
}

/// A value of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct X(usize);

impl Draft {
    pub fn new(level: Level) -> Self {
        Self {
            level,
            nodes: Vec::new(),
            names: 0,
        }
    }

    pub fn shape(&self, x: X) -> Vec<usize> {
        self.signal(x).shape.to_vec()
    }

    pub fn count(&self, x: X) -> usize {
        self.signal(x).count()
    }

    fn signal(&self, x: X) -> &Signal {
        self.nodes[x.0].signal.as_ref().unwrap()
    }

    fn spikes(&self) -> Kind {
        match self.level {
            Level::Ct => Kind::Spikes(ct::SpikeForm::Pulse, STEP.to_bits()),
            Level::Dt => Kind::Counts,
        }
    }

    fn push(&mut self, attribute: Attribute, operands: &[X], shape: &[usize], kind: Kind) -> X {
        self.names += 1;
        let what = match attribute {
            Attribute::Input => "input",
            Attribute::Output => "output",
            Attribute::Linear(_) => "linear",
            Attribute::Convolution(..) => "conv",
            Attribute::Pool(..) => "pool",
            Attribute::Scale(_) => "scale",
            Attribute::Bias(_) => "bias",
            Attribute::Reshape => "reshape",
            Attribute::Sum => "sum",
            Attribute::Delay(_) => "delay",
            Attribute::Neuron(_) => "neuron",
        };
        self.nodes.push(Node {
            attribute,
            operands: operands.iter().map(|x| x.0).collect(),
            signal: Some(Signal {
                shape: shape.into(),
                kind,
                events: kind != Kind::Current,
            }),
            name: format!("{what}{}", self.names),
        });
        X(self.nodes.len() - 1)
    }

    pub fn input(&mut self, shape: &[usize]) -> X {
        let kind = self.spikes();
        self.push(Attribute::Input, &[], shape, kind)
    }

    pub fn output(&mut self, x: X) {
        let shape = self.shape(x);
        let kind = self.signal(x).kind;
        let output = self.push(Attribute::Output, &[x], &shape, kind);
        self.nodes[output.0].signal = None;
    }

    pub fn linear(&mut self, x: X, rows: usize, weights: Vec<f64>) -> X {
        let columns = self.count(x);
        let w = tensor(&[rows, columns], weights);
        self.push(Attribute::Linear(w), &[x], &[rows], Kind::Current)
    }

    /// A matrix of random weights.
    pub fn dense(&mut self, x: X, rows: usize, r: &mut Random) -> X {
        let count = rows * self.count(x);
        let reach = (4.0 / self.count(x) as f64).min(1.0);
        let weights = r.numbers(count, -0.6 * reach, reach);
        self.linear(x, rows, weights)
    }

    pub fn convolution(&mut self, x: X, rows: usize, window: &Window, weights: Vec<f64>) -> X {
        let shape = self.shape(x);
        let mut kernel = vec![rows, shape[0] / window.groups];
        kernel.extend(window.kernel());
        let mut output = vec![rows];
        output.extend(window.outputs(&shape[1..]).expect("a window that fits"));
        let k = tensor(&kernel, weights);
        self.push(
            Attribute::Convolution(k, window.clone()),
            &[x],
            &output,
            Kind::Current,
        )
    }

    /// A convolution with random weights.
    pub fn conv(&mut self, x: X, rows: usize, window: &Window, r: &mut Random) -> X {
        let columns = self.shape(x)[0] / window.groups;
        let reach = (4.0 / (columns * window.taps()) as f64).min(1.0);
        let weights = r.numbers(rows * columns * window.taps(), -0.6 * reach, reach);
        self.convolution(x, rows, window, weights)
    }

    pub fn pool(&mut self, x: X, kind: ct::PoolKind, window: &Window) -> X {
        let shape = self.shape(x);
        let mut output = vec![shape[0]];
        output.extend(window.outputs(&shape[1..]).expect("a window that fits"));
        self.push(
            Attribute::Pool(kind, window.clone()),
            &[x],
            &output,
            Kind::Current,
        )
    }

    pub fn scale(&mut self, x: X, values: Vec<f64>) -> X {
        let shape = self.shape(x);
        let values = spread(values, self.count(x));
        self.push(Attribute::Scale(values), &[x], &shape, Kind::Current)
    }

    pub fn bias(&mut self, x: X, values: Vec<f64>) -> X {
        let shape = self.shape(x);
        self.push(Attribute::Bias(values), &[x], &shape, Kind::Current)
    }

    pub fn reshape(&mut self, x: X, shape: &[usize]) -> X {
        let kind = self.signal(x).kind;
        self.push(Attribute::Reshape, &[x], shape, kind)
    }

    pub fn flatten(&mut self, x: X) -> X {
        let count = self.count(x);
        self.reshape(x, &[count])
    }

    pub fn sum(&mut self, xs: &[X]) -> X {
        let shape = self.shape(xs[0]);
        self.push(Attribute::Sum, xs, &shape, Kind::Current)
    }

    /// Whole steps.
    pub fn delay(&mut self, x: X, steps: Vec<f64>) -> X {
        let shape = self.shape(x);
        let kind = self.signal(x).kind;
        let steps = spread(steps, self.count(x));
        self.push(Attribute::Delay(steps), &[x], &shape, kind)
    }

    pub fn neuron(&mut self, x: X, mut neuron: Neuron) -> X {
        let shape = self.shape(x);
        let kind = if neuron.spikes() {
            self.spikes()
        } else {
            Kind::Current
        };
        for values in neuron.values.slots.iter_mut().flatten() {
            *values = spread(std::mem::take(values), self.count(x));
        }
        self.push(Attribute::Neuron(Box::new(neuron)), &[x], &shape, kind)
    }

    /// Random spiking neurons.
    pub fn lif(&mut self, x: X, r: &mut Random) -> X {
        let neuron = Neuron::random(r, self.level, self.count(x));
        self.neuron(x, neuron)
    }

    /// Makes a later value the `place`th operand of an earlier op: a cycle.
    pub fn feed_back(&mut self, from: X, to: X, place: usize) {
        self.nodes[to.0].operands[place] = from.0;
    }

    /// The number of elements of each input.
    pub fn inputs(&self) -> Vec<usize> {
        let inputs = self.nodes.iter();
        inputs
            .filter(|node| matches!(node.attribute, Attribute::Input))
            .map(|node| node.signal.as_ref().unwrap().count())
            .collect()
    }

    /// The program in a context of its own.
    pub fn program<'c>(&self, context: &'c IrContext) -> Program<'c> {
        let mlir = context.mlir();
        let mut program = Program::new(mlir);
        let step = match self.level {
            Level::Ct => ct::STEP,
            Level::Dt => dt::STEP,
        };
        set_module_attribute(program.module.as_operation(), mlir, step, &STEP);
        let block = body(program.module.as_operation()).unwrap();
        let mut builder: nirc_dialects::ir::Builder<'_, '_, usize> =
            nirc_dialects::ir::Builder::new(mlir, block);
        for (index, node) in self.nodes.iter().enumerate() {
            let store = &mut program.tensors;
            let name = &node.name;
            let mut elements = |values: &[f64], shape: &[usize], field: &str| {
                let tensor = match values {
                    [one] => return inline(mlir, *one, shape),
                    values if values.len() == shape.iter().product::<usize>() => {
                        tensor(shape, values.into())
                    }
                    values => Tensor::from(values.to_vec()),
                };
                store.attribute(mlir, &format!("{name}.{field}"), tensor)
            };
            let shape = node
                .signal
                .as_ref()
                .map(|s| s.shape.to_vec())
                .unwrap_or_default();
            let op = match &node.attribute {
                Attribute::Input => Op::Input,
                Attribute::Output => Op::Output,
                Attribute::Linear(w) => {
                    Op::Linear(store.attribute(mlir, &format!("{name}.weight"), w.clone()))
                }
                Attribute::Convolution(k, window) => Op::Convolution {
                    weight: store.attribute(mlir, &format!("{name}.weight"), k.clone()),
                    stride: window.stride(),
                    padding: window.padding(),
                    dilation: window.dilation(),
                    groups: window.groups as i64,
                },
                Attribute::Pool(kind, window) => Op::Pool {
                    kind: *kind,
                    kernel_size: window.kernel().iter().map(|k| *k as i64).collect(),
                    stride: window.stride(),
                    padding: window.padding(),
                },
                Attribute::Scale(values) => Op::Scale(elements(values, &shape, "scale")),
                Attribute::Bias(values) => Op::Bias(elements(values, &shape, "bias")),
                Attribute::Reshape => Op::Reshape,
                Attribute::Sum => Op::Sum,
                Attribute::Delay(steps) => Op::Delay(match self.level {
                    Level::Ct => {
                        let seconds: Vec<f64> = steps.iter().map(|s| s * STEP).collect();
                        elements(&seconds, &shape, "delay")
                    }
                    Level::Dt => {
                        let steps: Vec<i64> = steps.iter().map(|s| *s as i64).collect();
                        match *steps {
                            [one] => DenseTensor::inline(mlir, &vec![one].into(), &shape).unwrap(),
                            _ => {
                                let array = ArrayD::from_shape_vec(IxDyn(&shape), steps).unwrap();
                                store.attribute(mlir, &format!("{name}.steps"), array.into())
                            }
                        }
                    }
                }),
                Attribute::Neuron(neuron) => {
                    let slots = neuron
                        .values
                        .clone()
                        .try_map(|field, values| Ok::<_, ()>(elements(&values, &shape, field)));
                    Op::Neuron(neuron.form.clone(), Box::new(slots.unwrap()))
                }
            };
            let operands: Vec<Value<'_, '_>> = node
                .operands
                .iter()
                .map(|from| {
                    let signal = self.nodes[*from].signal.as_ref().unwrap();
                    let r#type = self.level.r#type(signal, mlir).unwrap();
                    builder.lookup(from, r#type).unwrap()
                })
                .collect();
            let (op, fields) = op.write(self.level, mlir);
            let results: Vec<_> = node
                .signal
                .iter()
                .map(|signal| self.level.r#type(signal, mlir).unwrap())
                .collect();
            let operation =
                melior::ir::operation::OperationBuilder::new(op, node_location(mlir, &node.name))
                    .add_operands(&operands)
                    .add_results(&results)
                    .add_attributes(&fields)
                    .build()
                    .unwrap();
            let operation = builder.append(operation);
            if let Ok(result) = operation.result(0) {
                let value: Value<'_, '_> = result.into();
                assert_eq!(value.r#type(), results[0]);
                builder.define(index, value);
            }
        }
        assert!(
            program.module.as_operation().verify(),
            "{}",
            program.module.as_operation()
        );
        program
    }
}

fn inline<'c>(mlir: &'c melior::Context, value: f64, shape: &[usize]) -> DenseTensor<'c> {
    DenseTensor::inline(mlir, &vec![value].into(), shape).unwrap()
}

/// One value for all stays one; values for channels become one for each element.
fn spread(values: Vec<f64>, count: usize) -> Vec<f64> {
    match values.len() {
        1 => values,
        held => (0..count).map(|i| values[i * held / count]).collect(),
    }
}

pub fn tensor(shape: &[usize], values: Vec<f64>) -> Tensor {
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap().into()
}

/// A window of axes with kernel, stride and padding.
pub fn window(axes: &[(usize, usize, usize)]) -> Window {
    Window::new(axes.iter().map(|(kernel, stride, padding)| Axis {
        padding: [*padding; 2],
        ..Axis::plain(*kernel, *stride)
    }))
}
