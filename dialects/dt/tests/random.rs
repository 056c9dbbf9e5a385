//! Random programs of all ops and conventions.

use melior::ir::ValueLike;
use ndarray::{Array2, ArrayD, IxDyn};

use super::plain::{Kind, Neuron, Node};
use crate::{
    dt::{Compare, Integration, Op, PoolKind, Reads, Reset, ResetTiming, Signal},
    ir::{Builder, DenseTensor, IrContext, Program, body, node_location},
    random::Random,
};

impl Random {
    fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    fn pick<V: Copy>(&mut self, values: &[V]) -> V {
        values[self.between(0, values.len() - 1)]
    }

    fn numbers(&mut self, count: usize, low: f64, high: f64) -> Vec<f64> {
        (0..count)
            .map(|_| low + (high - low) * self.unit())
            .collect()
    }

    /// One for all, the same for each, or one for each.
    fn parameter(&mut self, count: usize, low: f64, high: f64) -> Vec<f64> {
        match self.between(0, 2) {
            0 => self.numbers(1, low, high),
            1 => vec![self.numbers(1, low, high)[0]; count],
            _ => self.numbers(count, low, high),
        }
    }

    fn neuron(&mut self, count: usize, spikes: bool, holds: bool) -> Neuron {
        let mut maybe = |chance: f64, low, high| {
            self.chance(chance)
                .then(|| self.parameter(count, low, high))
        };
        let (alpha, input_gain, beta) = (
            maybe(0.5, 0.3, 0.9),
            maybe(0.5, 0.2, 1.5),
            maybe(0.7, 0.3, 1.0),
        );
        let (current_gain, leak) = (maybe(0.8, 0.2, 1.2), maybe(0.3, -0.1, 0.1));
        let (input_to_membrane, v_min) = (maybe(0.3, -0.2, 0.4), maybe(0.3, -0.6, -0.1));
        let mut v_threshold = spikes.then(|| self.parameter(count, 0.2, 1.2));
        let reset = match spikes {
            true => self.pick(Reset::ALL),
            false => Reset::None,
        };
        let comparison_reads = match holds {
            true => Reads::Previous,
            false => Reads::Updated,
        };
        let timings: &[ResetTiming] = match (reset, holds) {
            (Reset::Subtract, false) => ResetTiming::ALL,
            (Reset::Subtract, true) | (Reset::Value, _) => {
                &[ResetTiming::SameStep, ResetTiming::NextStep]
            }
            _ => &[ResetTiming::SameStep],
        };
        let max_spikes = self.pick(&[1, 1, 2, 7, 1000]);
        if reset == Reset::Subtract && self.chance(0.1) {
            // Thresholds that no subtraction reaches.
            v_threshold = spikes.then(|| vec![self.pick(&[0.0, 1e-30])]);
        }
        Neuron {
            alpha,
            input_gain,
            beta,
            current_gain,
            input_to_membrane,
            leak,
            v_threshold,
            v_reset: (reset == Reset::Value).then(|| self.parameter(count, -0.3, 0.1)),
            v_initial: self.chance(0.2).then(|| self.parameter(count, -0.5, 1.5)),
            v_min,
            membrane_reads: self.pick(Reads::ALL),
            comparison_reads,
            compare: self.pick(Compare::ALL),
            reset,
            reset_timing: self.pick(timings),
            max_spikes,
        }
    }

    /// Kernel, stride, padding, dilation and the output of a window over `input`.
    fn window(&mut self, input: &[usize], dilated: bool) -> [Vec<usize>; 5] {
        let mut all: [Vec<usize>; 5] = Default::default();
        for &extent in input {
            loop {
                let (kernel, stride) = (self.between(1, 4), self.between(1, 3));
                let padding = [self.between(0, 2), self.between(0, 2)];
                let dilation = if dilated { self.between(1, 3) } else { 1 };
                let reach = dilation * (kernel - 1) + 1;
                let padded = extent + padding[0] + padding[1];
                if padded >= reach {
                    all[0].push(kernel);
                    all[1].push(stride);
                    all[2].extend(padding);
                    all[3].push(dilation);
                    all[4].push((padded - reach) / stride + 1);
                    break;
                }
            }
        }
        all
    }

    /// A map without state of the value `from`.
    fn map(&mut self, nodes: &[Node], from: usize) -> Node {
        let shape = nodes[from].shape.clone();
        let count = nodes[from].count();
        let node = |kind, shape| Node {
            kind,
            operands: vec![from],
            shape,
            spikes: false,
        };
        let images = shape.len() > 1 && shape[1..].iter().all(|e| *e > 1);
        match self.between(0, if images { 6 } else { 4 }) {
            0 => node(Kind::Scale(self.parameter(count, -1.0, 1.5)), shape),
            1 => {
                let biases = self.pick(&[1, shape[0], count]);
                node(Kind::Bias(self.numbers(biases, -0.2, 0.3)), shape)
            }
            2 => Node {
                spikes: nodes[from].spikes,
                ..node(Kind::Reshape, vec![count])
            },
            3 => {
                let steps = match self.between(0, 2) {
                    0 => vec![self.between(0, 4)],
                    1 => vec![self.between(0, 2); count],
                    _ => (0..count).map(|_| self.between(0, 5)).collect(),
                };
                Node {
                    spikes: nodes[from].spikes,
                    ..node(Kind::Register(steps), shape)
                }
            }
            4 => {
                let mut shape = shape;
                let columns = std::mem::replace(shape.last_mut().unwrap(), self.between(1, 20));
                let weights = shape.iter().product::<usize>() * columns;
                let reach = (4.0 / columns as f64).min(1.0);
                node(
                    Kind::Linear(self.numbers(weights, -reach, 1.5 * reach)),
                    shape,
                )
            }
            5 => {
                let [kernel, stride, padding, dilation, output] = self.window(&shape[1..], true);
                let groups = self.pick(&[1, shape[0]]);
                let channels = groups * self.between(1, 9 / groups.min(9));
                let weights = channels * (shape[0] / groups) * kernel.iter().product::<usize>();
                let weight = self.numbers(weights, -0.4, 0.6);
                let kind = Kind::Convolution {
                    weight,
                    kernel,
                    stride,
                    padding,
                    dilation,
                    groups,
                };
                node(kind, [vec![channels], output].concat())
            }
            _ => {
                let [kernel, stride, padding, _, output] = self.window(&shape[1..], false);
                let kind = Kind::Pool {
                    kind: self.pick(PoolKind::ALL),
                    kernel,
                    stride,
                    padding,
                };
                node(kind, [vec![shape[0]], output].concat())
            }
        }
    }

    /// Ops in an order in which they can run, with cycles through registers and through neurons.
    pub fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..self.between(1, 2) {
            let shape = match self.between(0, 2) {
                0 => vec![self.between(1, 600)],
                1 => vec![self.between(1, 3), self.between(3, 40)],
                _ => vec![self.between(1, 4), self.between(3, 11), self.between(3, 12)],
            };
            nodes.push(Node {
                kind: Kind::Input,
                operands: vec![],
                shape,
                spikes: true,
            });
        }
        for _ in 0..self.between(4, 10) {
            let from = match self.chance(0.7) {
                true => nodes.len() - 1,
                false => self.between(0, nodes.len() - 1),
            };
            if self.chance(0.5) {
                let map = self.map(&nodes, from);
                nodes.push(map);
                continue;
            }
            // A population, and with a chance its feedback.
            let (shape, count) = (nodes[from].shape.clone(), nodes[from].count());
            let (first, feedback) = (nodes.len(), self.chance(0.4));
            let (spikes, holds) = (self.chance(0.85), self.chance(0.3));
            let mut add = |kind, operands: Vec<usize>, spikes| {
                nodes.push(Node {
                    kind,
                    operands,
                    shape: shape.clone(),
                    spikes,
                });
            };
            let neuron = self.neuron(count, spikes, holds);
            if feedback {
                // Scaled to a current, summed, and held back by a register after the neuron.
                let scale = self.parameter(count, -0.5, 0.5);
                add(
                    Kind::Scale(self.parameter(count, 0.5, 1.0)),
                    vec![from],
                    false,
                );
                add(Kind::Scale(scale), vec![first + 4], false);
                add(Kind::Sum, vec![first, first + 1, first], false);
                add(Kind::Neuron(Box::new(neuron)), vec![first + 2], spikes);
                let steps = vec![self.between(1, 3)];
                add(Kind::Register(steps), vec![first + 3], spikes);
            } else if self.chance(0.4) {
                // A cycle that the neuron itself holds back.
                let neuron = self.neuron(count, true, true);
                let scale = self.parameter(count, -0.5, 0.5);
                add(
                    Kind::Scale(self.parameter(count, 0.5, 1.0)),
                    vec![from],
                    false,
                );
                add(Kind::Scale(scale), vec![first + 3], false);
                add(Kind::Sum, vec![first + 1, first], false);
                add(Kind::Neuron(Box::new(neuron)), vec![first + 2], true);
            } else {
                add(Kind::Neuron(Box::new(neuron)), vec![from], spikes);
            }
        }
        for from in [nodes.len() - 1, self.between(0, nodes.len() - 1)] {
            nodes.push(Node {
                kind: Kind::Output,
                operands: vec![from],
                shape: vec![],
                spikes: false,
            });
        }
        nodes
    }

    /// Counts or real numbers, at a random activity in each step.
    pub fn inputs(&mut self, nodes: &[Node], steps: usize) -> Vec<Array2<f32>> {
        let inputs = nodes.iter().filter(|n| matches!(n.kind, Kind::Input));
        inputs
            .map(|node| {
                let counts = self.chance(0.6);
                let mut array = Array2::zeros((steps, node.count()));
                for mut row in array.rows_mut() {
                    let activity = self.pick(&[0.0, 0.02, 0.2, 1.0]);
                    for x in &mut row {
                        if self.chance(activity) {
                            *x = match counts {
                                true => self.between(1, 2) as f32,
                                false => self.unit() as f32 - 0.3,
                            };
                        }
                    }
                }
                array
            })
            .collect()
    }
}

/// `nodes` as a program of level dt; each op comes from a node of its number.
pub fn program<'c>(context: &'c IrContext, nodes: &[Node]) -> Program<'c> {
    let mlir = context.mlir();
    let mut program = Program::new(mlir);
    let mut builder: Builder<'_, '_, usize> =
        Builder::new(mlir, body(program.module.as_operation()).unwrap());
    for (k, node) in nodes.iter().enumerate() {
        let mut tensor = |name: &str, values: &[f64], shape: &[usize]| {
            let array = ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()).unwrap();
            let key = format!("n{k}.{name}");
            program.tensors.attribute(mlir, &key, array.into())
        };
        let whole = |values: &[usize]| values.iter().map(|v| *v as i64).collect::<Vec<_>>();
        let op = match &node.kind {
            Kind::Input => Op::Input {},
            Kind::Output => Op::Output {},
            Kind::Reshape => Op::Reshape {},
            Kind::Sum => Op::Sum {},
            Kind::Linear(weight) => {
                let (last, batch) = node.shape.split_last().unwrap();
                let columns = *nodes[node.operands[0]].shape.last().unwrap();
                let shape = [batch, &[*last, columns]].concat();
                Op::Linear {
                    weight: tensor("weight", weight, &shape),
                }
            }
            Kind::Convolution {
                weight,
                kernel,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let in_channels = nodes[node.operands[0]].shape[0] / groups;
                let shape = [&[node.shape[0], in_channels], kernel.as_slice()].concat();
                Op::Convolution {
                    weight: tensor("weight", weight, &shape),
                    stride: whole(stride),
                    padding: whole(padding),
                    dilation: whole(dilation),
                    groups: *groups as i64,
                }
            }
            Kind::Pool {
                kind,
                kernel,
                stride,
                padding,
            } => Op::Pool {
                kind: *kind,
                kernel_size: whole(kernel),
                stride: whole(stride),
                padding: whole(padding),
            },
            Kind::Scale(scale) => Op::Scale {
                scale: tensor("scale", scale, &[scale.len()]),
            },
            Kind::Bias(bias) => Op::Bias {
                bias: tensor("bias", bias, &[bias.len()]),
            },
            Kind::Register(steps) => {
                let steps: Vec<f64> = steps.iter().map(|s| *s as f64).collect();
                Op::Register {
                    steps: tensor("steps", &steps, &[steps.len()]),
                }
            }
            Kind::Neuron(neuron) => {
                let mut each = |name: &str, values: &Option<Vec<f64>>| -> Option<DenseTensor<'c>> {
                    values.as_ref().map(|v| tensor(name, v, &[v.len()]))
                };
                Op::Neuron {
                    integration: Integration::Euler,
                    alpha: each("alpha", &neuron.alpha),
                    input_gain: each("input_gain", &neuron.input_gain),
                    beta: each("beta", &neuron.beta),
                    current_gain: each("current_gain", &neuron.current_gain),
                    input_to_membrane: each("input_to_membrane", &neuron.input_to_membrane),
                    leak: each("leak", &neuron.leak),
                    v_threshold: each("v_threshold", &neuron.v_threshold),
                    v_reset: each("v_reset", &neuron.v_reset),
                    v_initial: each("v_initial", &neuron.v_initial),
                    v_min: each("v_min", &neuron.v_min),
                    membrane_reads: neuron.membrane_reads,
                    comparison_reads: neuron.comparison_reads,
                    compare: neuron.compare,
                    reset: neuron.reset,
                    reset_timing: neuron.reset_timing,
                    max_spikes: neuron.max_spikes,
                }
            }
        };
        let r#type = |node: &Node| {
            let (spikes, shape) = (node.spikes, node.shape.clone());
            Signal { spikes, shape }.to_type(mlir).unwrap()
        };
        let operands: Vec<_> = node
            .operands
            .iter()
            .map(|from| builder.lookup(from, r#type(&nodes[*from])).unwrap())
            .collect();
        let location = node_location(mlir, &format!("n{k}"));
        if let Kind::Output = node.kind {
            builder.emit(&op, &operands, &[], location).unwrap();
        } else {
            let value = builder
                .value(&op, &operands, r#type(node), location)
                .unwrap();
            assert_eq!(value.r#type(), r#type(node));
            builder.define(k, value);
        }
    }
    program
}
