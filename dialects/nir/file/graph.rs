//! The graph that a NIR file holds, as plain data.

use std::collections::BTreeMap;

use ndarray::ArrayD;

use crate::tensor::Tensor;

/// A NIR graph: named nodes and the edges between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The nodes by name. The order of nodes in a file means nothing.
    pub nodes: BTreeMap<String, Node>,
    /// Directed edges (source, destination), in the order of the file, which means nothing either.
    pub edges: Vec<(String, String)>,
    /// Free data that no part of the compiler may depend on. That of a nested graph stands at its
    /// node.
    pub metadata: BTreeMap<String, MetadataValue>,
    /// The version string of the file; only the outermost graph has one, and files before 0.2 may
    /// lack it. Nothing may depend on it: real files state versions that they do not follow.
    pub version: Option<String>,
}

/// One node: a primitive, its metadata and its shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What the node computes.
    pub kind: Primitive,
    /// Free data that no part of the compiler may depend on.
    pub metadata: BTreeMap<String, MetadataValue>,
    /// The shape of one time step of the node's input, without a batch or time axis. Set by
    /// [`infer_shapes`](super::infer_shapes). A nested graph has the shape of its single Input, or
    /// none if it has several.
    pub input_shape: Vec<usize>,
    /// The shape of one time step of the node's output; see `input_shape`.
    pub output_shape: Vec<usize>,
}

impl From<Primitive> for Node {
    fn from(kind: Primitive) -> Self {
        Self {
            kind,
            metadata: BTreeMap::new(),
            input_shape: Vec::new(),
            output_shape: Vec::new(),
        }
    }
}

/// What a node computes: the primitives of NIR 1.0.8.
///
/// A parameter of an elementwise primitive (Scale, Delay, Threshold and the neurons) and a bias
/// has either the full shape or exactly one element, which then holds for every position.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a graph has few nodes, and a box would hide the fields of the commonest ones"
)]
pub enum Primitive {
    /// Where signals enter the graph.
    Input {
        /// The shape of one time step.
        shape: Vec<usize>,
    },
    /// Where signals leave the graph.
    Output {
        /// The shape of one time step.
        shape: Vec<usize>,
    },
    /// `y = W x + b`.
    Affine {
        /// Shape (.., out, in); leading dimensions are a batch of independent maps.
        weight: Tensor,
        /// Shape (.., out).
        bias: Tensor,
    },
    /// `y = W x`.
    Linear {
        /// Shape (.., out, in); leading dimensions are a batch of independent maps.
        weight: Tensor,
    },
    /// `y = s * x`, elementwise.
    Scale {
        /// The factors.
        scale: Tensor,
    },
    /// One-dimensional cross-correlation over (channel, length).
    Conv1d(Convolution<1>),
    /// Two-dimensional cross-correlation over (channel, height, width).
    Conv2d(Convolution<2>),
    /// Sum over windows of (channel, height, width).
    SumPool2d(Pool),
    /// Mean over windows of (channel, height, width).
    AvgPool2d(Pool),
    /// Joins neighbouring dimensions into one.
    Flatten {
        /// First dimension that is joined; dimensions count without a batch axis.
        start_dim: i64,
        /// Last dimension that is joined, inclusive; negative values count from the end.
        end_dim: i64,
        /// The input shape, where the file states it.
        input_type: Option<Vec<usize>>,
    },
    /// `y(t) = x(t - delay)`.
    Delay {
        /// Delays, not negative, in the file's unit of time.
        delay: Tensor,
    },
    /// `z = 1 if x > threshold else 0`.
    Threshold {
        /// The thresholds.
        threshold: Tensor,
    },
    /// Integrator: `v' = r i`.
    I {
        /// Resistance.
        r: Tensor,
    },
    /// Leaky integrator: `tau v' = (v_leak - v) + r i`.
    Li {
        /// Membrane time constant.
        tau: Tensor,
        /// Resistance.
        r: Tensor,
        /// Leak potential.
        v_leak: Tensor,
    },
    /// Integrate and fire: `v' = r i`; spike where `v > v_threshold`.
    If {
        /// Resistance.
        r: Tensor,
        /// Firing threshold.
        v_threshold: Tensor,
        /// Reset potential; absent in files before 1.0.6, where the rule was to subtract the
        /// threshold up to 1.0.5.
        v_reset: Option<Tensor>,
    },
    /// Leaky integrate and fire: `tau v' = (v_leak - v) + r i`; spike where `v > v_threshold`.
    Lif {
        /// Membrane time constant.
        tau: Tensor,
        /// Resistance.
        r: Tensor,
        /// Leak potential.
        v_leak: Tensor,
        /// Firing threshold.
        v_threshold: Tensor,
        /// Reset potential; see [`Primitive::If`].
        v_reset: Option<Tensor>,
    },
    /// Current-based leaky integrator: `tau_syn i' = -i + w_in s`,
    /// `tau_mem v' = (v_leak - v) + r i`.
    CubaLi {
        /// Synaptic time constant.
        tau_syn: Tensor,
        /// Membrane time constant.
        tau_mem: Tensor,
        /// Resistance.
        r: Tensor,
        /// Leak potential.
        v_leak: Tensor,
        /// Input gain; absent means 1.
        w_in: Option<Tensor>,
    },
    /// Current-based leaky integrate and fire: [`Primitive::CubaLi`] that spikes where
    /// `v > v_threshold`.
    CubaLif {
        /// Synaptic time constant.
        tau_syn: Tensor,
        /// Membrane time constant.
        tau_mem: Tensor,
        /// Resistance.
        r: Tensor,
        /// Leak potential.
        v_leak: Tensor,
        /// Firing threshold.
        v_threshold: Tensor,
        /// Reset potential; see [`Primitive::If`].
        v_reset: Option<Tensor>,
        /// Input gain; absent means 1. Files before 1.0 lost it on writing.
        w_in: Option<Tensor>,
    },
    /// A nested graph.
    Graph(Graph),
}

/// The parameters of a convolution over `N` spatial dimensions, with PyTorch's meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution<const N: usize> {
    /// Spatial input shape, where the file states it.
    pub input_shape: Option<[usize; N]>,
    /// Shape (out channels, in channels / groups, kernel ..).
    pub weight: Tensor,
    /// Shape (out channels).
    pub bias: Tensor,
    /// At least 1.
    pub stride: [usize; N],
    /// Zeros added around the input.
    pub padding: Padding<N>,
    /// At least 1.
    pub dilation: [usize; N],
    /// At least 1; divides both channel counts.
    pub groups: usize,
}

/// The zeros that a convolution adds around its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding<const N: usize> {
    /// This many on both sides of each spatial dimension.
    Explicit([usize; N]),
    /// `dilation * (kernel - 1)` in total, the smaller half first, so that a convolution of
    /// stride 1 keeps the spatial shape. With a larger stride the output is `ceil(in / stride)`.
    Same,
    /// None.
    Valid,
}

/// The parameters of a pooling layer over (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// At least 1.
    pub kernel_size: [usize; 2],
    /// At least 1.
    pub stride: [usize; 2],
    /// Zeros added on both sides.
    pub padding: [usize; 2],
}

/// One value of the free data of a node or graph.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataValue {
    /// A string, or an array of them.
    Text(ArrayD<String>),
    /// A boolean, or an array of them.
    Bool(ArrayD<bool>),
    /// A number, or an array of them.
    Number(Tensor),
    /// Named values.
    Map(BTreeMap<String, MetadataValue>),
}

impl From<&str> for MetadataValue {
    fn from(text: &str) -> Self {
        Self::Text(ndarray::arr0(text.to_owned()).into_dyn())
    }
}

/// Lists the tensors of a primitive as (name, reference) pairs. One macro serves shared and
/// exclusive access: the kind of reference follows from the kind of `$kind`.
macro_rules! parameters {
    ($kind:expr) => {{
        let all = match $kind {
            Primitive::Affine { weight, bias }
            | Primitive::Conv1d(Convolution { weight, bias, .. })
            | Primitive::Conv2d(Convolution { weight, bias, .. }) => {
                vec![("weight", Some(weight)), ("bias", Some(bias))]
            }
            Primitive::Linear { weight } => vec![("weight", Some(weight))],
            Primitive::Scale { scale } => vec![("scale", Some(scale))],
            Primitive::Delay { delay } => vec![("delay", Some(delay))],
            Primitive::Threshold { threshold } => vec![("threshold", Some(threshold))],
            Primitive::I { r } => vec![("r", Some(r))],
            Primitive::Li { tau, r, v_leak } => {
                vec![("tau", Some(tau)), ("r", Some(r)), ("v_leak", Some(v_leak))]
            }
            Primitive::If {
                r,
                v_threshold,
                v_reset,
            } => vec![
                ("r", Some(r)),
                ("v_threshold", Some(v_threshold)),
                ("v_reset", Option::from(v_reset)),
            ],
            Primitive::Lif {
                tau,
                r,
                v_leak,
                v_threshold,
                v_reset,
            } => vec![
                ("tau", Some(tau)),
                ("r", Some(r)),
                ("v_leak", Some(v_leak)),
                ("v_threshold", Some(v_threshold)),
                ("v_reset", Option::from(v_reset)),
            ],
            Primitive::CubaLi {
                tau_syn,
                tau_mem,
                r,
                v_leak,
                w_in,
            } => vec![
                ("tau_syn", Some(tau_syn)),
                ("tau_mem", Some(tau_mem)),
                ("r", Some(r)),
                ("v_leak", Some(v_leak)),
                ("w_in", Option::from(w_in)),
            ],
            Primitive::CubaLif {
                tau_syn,
                tau_mem,
                r,
                v_leak,
                v_threshold,
                v_reset,
                w_in,
            } => vec![
                ("tau_syn", Some(tau_syn)),
                ("tau_mem", Some(tau_mem)),
                ("r", Some(r)),
                ("v_leak", Some(v_leak)),
                ("v_threshold", Some(v_threshold)),
                ("v_reset", Option::from(v_reset)),
                ("w_in", Option::from(w_in)),
            ],
            Primitive::Input { .. }
            | Primitive::Output { .. }
            | Primitive::SumPool2d(_)
            | Primitive::AvgPool2d(_)
            | Primitive::Flatten { .. }
            | Primitive::Graph(_) => Vec::new(),
        };
        all.into_iter()
            .filter_map(|(name, tensor)| Some((name, tensor?)))
            .collect()
    }};
}

impl Primitive {
    /// The name of the primitive in the file's `type` field.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Input { .. } => "Input",
            Self::Output { .. } => "Output",
            Self::Affine { .. } => "Affine",
            Self::Linear { .. } => "Linear",
            Self::Scale { .. } => "Scale",
            Self::Conv1d(_) => "Conv1d",
            Self::Conv2d(_) => "Conv2d",
            Self::SumPool2d(_) => "SumPool2d",
            Self::AvgPool2d(_) => "AvgPool2d",
            Self::Flatten { .. } => "Flatten",
            Self::Delay { .. } => "Delay",
            Self::Threshold { .. } => "Threshold",
            Self::I { .. } => "I",
            Self::Li { .. } => "LI",
            Self::If { .. } => "IF",
            Self::Lif { .. } => "LIF",
            Self::CubaLi { .. } => "CubaLI",
            Self::CubaLif { .. } => "CubaLIF",
            Self::Graph(_) => "NIRGraph",
        }
    }

    /// The tensors of the node by their name in the file. What the file left out is not listed.
    pub fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        parameters!(self)
    }

    /// Exclusive access to the tensors; see [`Primitive::parameters`].
    pub fn parameters_mut(&mut self) -> Vec<(&'static str, &mut Tensor)> {
        parameters!(self)
    }

    /// Whether the node treats every position alike: Scale, Delay, Threshold and the neurons.
    pub fn is_elementwise(&self) -> bool {
        match self {
            Self::Scale { .. }
            | Self::Delay { .. }
            | Self::Threshold { .. }
            | Self::I { .. }
            | Self::Li { .. }
            | Self::If { .. }
            | Self::Lif { .. }
            | Self::CubaLi { .. }
            | Self::CubaLif { .. } => true,
            Self::Input { .. }
            | Self::Output { .. }
            | Self::Affine { .. }
            | Self::Linear { .. }
            | Self::Conv1d(_)
            | Self::Conv2d(_)
            | Self::SumPool2d(_)
            | Self::AvgPool2d(_)
            | Self::Flatten { .. }
            | Self::Graph(_) => false,
        }
    }
}
