//! Random NIR graphs whose weights integers can be, and whose states 32-bit floats hold exactly.

use std::collections::BTreeMap;

use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{
    finding::Findings,
    nir::file::{Convolution, Graph, Mode, Node, Padding, Pool, Primitive, infer_shapes},
    tensor::Tensor,
};

use crate::random::Random;

/// The step, in seconds.
pub const STEP: f64 = 1e-3;

fn tensor(shape: &[usize], mut value: impl FnMut() -> f64) -> Tensor {
    let elements = (0..shape.iter().product()).map(|_| value()).collect();
    let array: ArrayD<f64> = ArrayD::from_shape_vec(IxDyn(shape), elements).unwrap();
    array.into()
}

/// Multiples of 1/8.
fn eighths(random: &mut Random, low: i64, high: i64) -> f64 {
    random.signed(low, high) as f64 / 8.0
}

/// A graph under construction.
struct Draft<'r> {
    random: &'r mut Random,
    nodes: BTreeMap<String, Node>,
    edges: Vec<(String, String)>,
    value: bool,
}

impl Draft<'_> {
    fn add(&mut self, name: &str, kind: Primitive) {
        self.nodes.insert(name.to_owned(), kind.into());
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.push((from.to_owned(), to.to_owned()));
    }

    fn weight(&mut self, shape: &[usize]) -> Tensor {
        let random = &mut *self.random;
        tensor(shape, || match random.once_in(3) {
            true => 0.0,
            false => eighths(random, -24, 32),
        })
    }

    fn linear(&mut self, targets: usize, sources: usize, bias: bool) -> Primitive {
        let weight = self.weight(&[targets, sources]);
        match bias {
            true => Primitive::Affine {
                weight,
                bias: tensor(&[targets], || eighths(self.random, -3, 6)),
            },
            false => Primitive::Linear { weight },
        }
    }

    /// Neurons of any spiking kind; whether input goes through a current that decays.
    fn neurons(&mut self, shape: &[usize]) -> (Primitive, bool) {
        let uniform = |value: f64| tensor(shape, || value);
        // Decay to a half, and any gain.
        let tau = 2.0 * STEP;
        let gain = [0.5, 1.0, 2.0][self.random.below(3)];
        let v_threshold = tensor(shape, || eighths(self.random, 9, 60));
        let v_reset = match self.value {
            true => Some(tensor(shape, || eighths(self.random, -8, 8))),
            false => None,
        };
        let leak = [0.0, 0.0, 0.5, -0.25][self.random.below(4)];
        match self.random.below(3) {
            0 => {
                let kind = Primitive::If {
                    r: uniform(gain / STEP),
                    v_threshold,
                    v_reset,
                };
                (kind, false)
            }
            1 => {
                let kind = Primitive::Lif {
                    tau: uniform(tau),
                    r: tensor(shape, || [1.0, 2.0, 4.0][self.random.below(3)] * gain),
                    v_leak: uniform(leak),
                    v_threshold,
                    v_reset,
                };
                (kind, false)
            }
            _ => {
                let kind = Primitive::CubaLif {
                    tau_syn: uniform(tau),
                    tau_mem: uniform(tau),
                    r: uniform(2.0 * gain),
                    v_leak: uniform(leak),
                    v_threshold,
                    v_reset,
                    w_in: Some(uniform(2.0)),
                };
                (kind, true)
            }
        }
    }

    fn convolution(&mut self, channels: usize, out: usize) -> Primitive {
        let random = &mut *self.random;
        let groups = match channels.is_multiple_of(2) && out.is_multiple_of(2) && random.once_in(4)
        {
            true => 2,
            false => 1,
        };
        let kernel = [1 + random.below(3), 1 + random.below(3)];
        let stride = match random.once_in(3) {
            true => [1 + random.below(2), 1 + random.below(2)],
            false => [1; 2],
        };
        let dilation = match random.once_in(5) {
            true => [1 + random.below(2), 1],
            false => [1; 2],
        };
        let padding = Padding::Explicit([random.below(2), random.below(2)]);
        let weight = self.weight(&[out, channels / groups, kernel[0], kernel[1]]);
        let bias = match self.random.once_in(2) {
            true => tensor(&[out], || eighths(self.random, -2, 3)),
            false => tensor(&[out], || 0.0),
        };
        Primitive::Conv2d(Convolution {
            input_shape: None,
            weight,
            bias,
            stride,
            padding,
            dilation,
            groups,
        })
    }
}

/// A random graph, with resets to a value or by subtraction.
pub fn random(random: &mut Random, value: bool) -> Graph {
    let mut draft = Draft {
        random,
        nodes: BTreeMap::new(),
        edges: Vec::new(),
        value,
    };
    let mut shape = vec![
        1 + draft.random.below(2),
        4 + draft.random.below(4),
        4 + draft.random.below(3),
    ];
    let flat = draft.random.once_in(2);
    if flat {
        shape = vec![3 + draft.random.below(10)];
    }
    draft.add(
        "in",
        Primitive::Input {
            shape: shape.clone(),
        },
    );
    let mut source = "in".to_owned();
    let mut earlier: Vec<(String, usize)> = Vec::new();
    for layer in 0..2 + draft.random.below(2) {
        let grid = shape.len() == 3 && !draft.random.once_in(4);
        if !grid || !grid_layer(&mut draft, layer, &mut source, &mut shape) {
            flat_layer(&mut draft, layer, &mut source, &mut shape, &earlier);
        }
        earlier.push((source.clone(), shape.iter().product()));
    }
    draft.add("out", Primitive::Output { shape });
    let source = source.clone();
    draft.edge(&source, "out");
    finish(draft)
}

/// An input too wide for relay populations, with a delay before neurons with a synaptic current.
pub fn wide(random: &mut Random) -> Graph {
    let mut draft = Draft {
        random,
        nodes: BTreeMap::new(),
        edges: Vec::new(),
        value: false,
    };
    let width = 600;
    draft.add("in", Primitive::Input { shape: vec![width] });
    let delay = tensor(&[width], || draft.random.signed(0, 7) as f64 * STEP);
    draft.add("delay0", Primitive::Delay { delay });
    let linear = draft.linear(3, width, false);
    draft.add("fc0", linear);
    let mut neurons = draft.neurons(&[3]);
    while !neurons.1 {
        neurons = draft.neurons(&[3]);
    }
    draft.add("lif0", neurons.0);
    draft.add("out", Primitive::Output { shape: vec![3] });
    for pair in ["in", "delay0", "fc0", "lif0", "out"].windows(2) {
        draft.edge(pair[0], pair[1]);
    }
    finish(draft)
}

fn finish(draft: Draft<'_>) -> Graph {
    let mut graph = Graph {
        nodes: draft.nodes,
        edges: draft.edges,
        ..Graph::default()
    };
    let mut findings = Findings::new();
    infer_shapes(&mut graph, Mode::Strict, &mut findings);
    assert!(!findings.has_errors(), "{findings}");
    graph
}

fn window(extent: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> usize {
    let span = dilation * (kernel - 1) + 1;
    (extent + 2 * padding)
        .checked_sub(span)
        .map_or(0, |rest| rest / stride + 1)
}

/// A convolution, perhaps after a pool; nothing if none fits.
fn grid_layer(
    draft: &mut Draft<'_>,
    layer: usize,
    source: &mut String,
    shape: &mut Vec<usize>,
) -> bool {
    let mut before = source.clone();
    let mut input = shape.clone();
    let mut pooled = None;
    if layer > 0 && draft.random.once_in(2) && input[1] >= 4 && input[2] >= 4 {
        // Windows that overlap are no pool of `lif_conv2d`.
        let stride = 1 + draft.random.below(2);
        let pool = Pool {
            kernel_size: [2, 2],
            stride: [stride, stride],
            padding: [0, 0],
        };
        pooled = Some(match draft.random.once_in(2) {
            true => Primitive::SumPool2d(pool),
            false => Primitive::AvgPool2d(pool),
        });
        for extent in &mut input[1..] {
            *extent = window(*extent, 2, stride, 0, 1);
        }
    }
    let out = 1 + draft.random.below(4);
    let convolution = draft.convolution(input[0], out);
    let Primitive::Conv2d(c) = &convolution else {
        return false;
    };
    let Padding::Explicit(padding) = c.padding else {
        return false;
    };
    let kernel = c.weight.shape()[2..].to_vec();
    let extents: Vec<usize> = (0..2)
        .map(|d| {
            window(
                input[d + 1],
                kernel[d],
                c.stride[d],
                padding[d],
                c.dilation[d],
            )
        })
        .collect();
    if extents.contains(&0) {
        return false;
    }
    if let Some(pool) = pooled {
        let name = format!("pool{layer}");
        draft.add(&name, pool);
        draft.edge(&before, &name);
        before = name;
    }
    let (conv, lif) = (format!("conv{layer}"), format!("lif{layer}"));
    draft.add(&conv, convolution);
    draft.edge(&before, &conv);
    let own = vec![out, extents[0], extents[1]];
    let mut neurons = draft.neurons(&own);
    // The current of a bias builds up in steps, which the chip has not.
    while neurons.1 {
        neurons = draft.neurons(&own);
    }
    draft.add(&lif, neurons.0);
    draft.edge(&conv, &lif);
    (*source, *shape) = (lif, own);
    true
}

/// A linear map, perhaps with recurrence, a skip connection and a delay.
fn flat_layer(
    draft: &mut Draft<'_>,
    layer: usize,
    source: &mut String,
    shape: &mut Vec<usize>,
    earlier: &[(String, usize)],
) {
    let mut before = source.clone();
    if shape.len() > 1 {
        let name = format!("flat{layer}");
        draft.add(
            &name,
            Primitive::Flatten {
                start_dim: 0,
                end_dim: -1,
                input_type: Some(shape.clone()),
            },
        );
        draft.edge(&before, &name);
        before = name;
    }
    let sources: usize = shape.iter().product();
    let count = 2 + draft.random.below(12);
    let (fc, lif) = (format!("fc{layer}"), format!("lif{layer}"));
    let (neurons, filtered) = draft.neurons(&[count]);
    let bias = !filtered && draft.random.once_in(2);
    let linear = draft.linear(count, sources, bias);
    draft.add(&fc, linear);
    draft.add(&lif, neurons);
    if draft.random.once_in(3) {
        let name = format!("delay{layer}");
        let most = [1, 3, 11][draft.random.below(3)];
        let steps = match draft.random.once_in(2) {
            true => vec![draft.random.signed(1, most); sources],
            false => (0..sources).map(|_| draft.random.signed(0, most)).collect(),
        };
        let mut steps = steps.into_iter();
        let delay = tensor(&[sources], || steps.next().unwrap() as f64 * STEP);
        draft.add(&name, Primitive::Delay { delay });
        draft.edge(&before, &name);
        before = name;
    }
    draft.edge(&before, &fc);
    draft.edge(&fc, &lif);
    if draft.random.once_in(2) {
        let name = format!("rec{layer}");
        let recurrent = draft.linear(count, count, false);
        draft.add(&name, recurrent);
        draft.edge(&lif, &name);
        draft.edge(&name, &lif);
    }
    if let Some((skipped, width)) = earlier.iter().rev().nth(1)
        && draft.random.once_in(2)
    {
        let (name, flat) = (format!("skip{layer}"), format!("skipflat{layer}"));
        let skip = draft.linear(count, *width, false);
        draft.add(&name, skip);
        draft.add(
            &flat,
            Primitive::Flatten {
                start_dim: 0,
                end_dim: -1,
                input_type: None,
            },
        );
        draft.edge(skipped, &flat);
        draft.edge(&flat, &name);
        draft.edge(&name, &lif);
    }
    (*source, *shape) = (lif, vec![count]);
}
