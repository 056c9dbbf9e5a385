//! Shape inference: every node's input and output shape, from its parameters and its neighbours.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Mode, at, boundary, edges,
    graph::{Convolution, Graph, Node, Primitive},
    node_path, parameter,
    read::Incomplete,
    repair,
};
use crate::finding::{Finding, Findings};

/// The most elements that one node may take or give in a time step. Far above what any chip holds,
/// and low enough that products of extents do not overflow.
pub const MAX_SHAPE_ELEMENTS: usize = 1 << 32;

/// An input shape of which some extents are open.
pub(super) type Pattern = Vec<Option<usize>>;

/// The number of elements of `shape`, if it is not above [`MAX_SHAPE_ELEMENTS`].
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |product, &extent| product.checked_mul(extent))
        .filter(|&elements| elements <= MAX_SHAPE_ELEMENTS)
}

/// Whether `shape` has the extents that `pattern` fixes.
pub(super) fn fits(pattern: &[Option<usize>], shape: &[usize]) -> bool {
    pattern.len() == shape.len()
        && pattern
            .iter()
            .zip(shape)
            .all(|(wanted, extent)| wanted.is_none_or(|w| w == *extent))
}

/// Checks the structure and the parameters of `graph`, sets the input and output shape of every
/// node, and reports everything that does not fit. In lenient mode it makes the repairs that have
/// exactly one reading.
///
/// Shapes follow PyTorch, also where nir 1.0.8 computes others: grouped convolutions, kernels that
/// are not square, and `same` padding with a stride. Feedback is allowed: a node takes the first
/// shape that reaches it, and afterwards both ends of every edge must agree.
pub fn infer_shapes(graph: &mut Graph, mode: Mode, findings: &mut Findings) {
    Inference::new(mode, &BTreeSet::new(), findings).graph(graph, "", None);
}

/// [`infer_shapes`] of a graph that lacks nodes for which there are findings already.
pub(super) fn infer(incomplete: &mut Incomplete, mode: Mode, findings: &mut Findings) {
    let Incomplete { graph, unreadable } = incomplete;
    Inference::new(mode, unreadable, findings).graph(graph, "", None);
}

/// The inference of one file's graphs.
pub(super) struct Inference<'a> {
    pub(super) mode: Mode,
    unreadable: &'a BTreeSet<String>,
    pub(super) findings: &'a mut Findings,
    /// Output shapes of convolutions, each with the shape that nir 1.0.8 computes instead.
    pub(super) differing: Vec<(Vec<usize>, Vec<usize>)>,
}

/// A finding says why a node has no shapes.
pub(super) struct Failed;

/// The input shape that a node takes by its own parameters, with open extents; `None` if it takes
/// any.
pub(super) fn accepted(kind: &Primitive) -> Option<Pattern> {
    let fixed = |shape: &[usize]| Some(shape.iter().copied().map(Some).collect());
    match kind {
        Primitive::Input { shape } | Primitive::Output { shape } => fixed(shape),
        Primitive::Affine { weight, .. } | Primitive::Linear { weight } => match weight.shape() {
            [batch @ .., _, input] => fixed(&[batch, &[*input]].concat()),
            _ => None,
        },
        Primitive::Conv1d(c) => accepted_by_convolution(c),
        Primitive::Conv2d(c) => accepted_by_convolution(c),
        Primitive::SumPool2d(_) | Primitive::AvgPool2d(_) => Some(vec![None; 3]),
        Primitive::Flatten { .. } => None,
        Primitive::Graph(graph) => fixed(single(graph, true)?),
        elementwise => {
            let parameters = elementwise.parameters();
            let (_, tensor) = parameters.iter().find(|(_, t)| t.len() > 1)?;
            fixed(tensor.shape())
        }
    }
}

fn accepted_by_convolution<const N: usize>(convolution: &Convolution<N>) -> Option<Pattern> {
    let (_, channels) = convolution.channels()?;
    let spatial = match convolution.input_shape {
        Some(shape) => shape.map(Some),
        None => [None; N],
    };
    Some([&[Some(channels)], spatial.as_slice()].concat())
}

/// The shape of the only Input, or of the only Output, of a graph.
pub(super) fn single(graph: &Graph, input: bool) -> Option<&[usize]> {
    let mut shapes = graph.nodes.values().filter_map(|node| match &node.kind {
        Primitive::Input { shape } if input => Some(shape.as_slice()),
        Primitive::Output { shape } if !input => Some(shape.as_slice()),
        _ => None,
    });
    shapes.next().filter(|_| shapes.next().is_none())
}

/// The input shape that a node states itself, in full.
pub(super) fn stated(kind: &Primitive) -> Option<Vec<usize>> {
    match kind {
        Primitive::Flatten { input_type, .. } => {
            input_type.clone().filter(|shape| !shape.contains(&0))
        }
        kind if kind.is_elementwise() => {
            let parameters = kind.parameters();
            let (_, tensor) = parameters
                .iter()
                .max_by_key(|(_, t)| (t.len() > 1, t.shape().len()))?;
            Some(tensor.shape().to_vec())
        }
        kind => accepted(kind)?.into_iter().collect(),
    }
}

impl<'a> Inference<'a> {
    fn new(mode: Mode, unreadable: &'a BTreeSet<String>, findings: &'a mut Findings) -> Self {
        Self {
            mode,
            unreadable,
            findings,
            differing: Vec::new(),
        }
    }

    /// Infers one graph; `arriving` is the shape that leads into a nested one.
    pub(super) fn graph(&mut self, graph: &mut Graph, path: &str, arriving: Option<&[usize]>) {
        if graph.nodes.is_empty() {
            let finding =
                Finding::error("nir-empty-graph", "a graph has nodes", "there is no node");
            self.findings.push(at(finding, path));
            return;
        }
        let mode = self.mode;
        let lost = edges::check(graph, path, self.unreadable, mode, self.findings);
        let mut failed = BTreeSet::new();
        for (name, node) in &graph.nodes {
            if !parameter::check(&node.kind, &node_path(path, name), mode, self.findings) {
                failed.insert(name.clone());
            }
        }
        let shape_of = |node: &Node| stated(&node.kind);
        let reachable = boundary::add_inputs(graph, path, &lost, mode, shape_of, self.findings);
        if mode == Mode::Lenient {
            let consumers = consumers(graph);
            let consumers = |name: &str| consumers.get(name).cloned().unwrap_or_default();
            repair::inputs(graph, path, arriving, &consumers, self.findings);
        }
        self.propagate(graph, path, &mut failed, reachable && lost.is_empty());
        self.check_edges(graph, path, &failed);
        boundary::add_outputs(graph, path, &lost, &failed, mode, self.findings);
    }

    /// Sends shapes along the edges, from the Inputs first and then from nodes that no Input
    /// reaches but that state a shape. Nodes that end without shapes are put into `failed`. A node
    /// that nothing reaches is named where `reachable`: no other finding explains it.
    fn propagate(
        &mut self,
        graph: &mut Graph,
        path: &str,
        failed: &mut BTreeSet<String>,
        reachable: bool,
    ) {
        let consumers = consumers(graph);
        let mut successors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (source, destination) in &graph.edges {
            successors.entry(source).or_default().push(destination);
        }
        let nodes = graph.nodes.iter_mut();
        let mut waiting: BTreeMap<&str, &mut Node> = nodes
            .map(|(name, node)| (name.as_str(), node))
            .filter(|(name, _)| !failed.contains(*name))
            .collect();
        let (inputs, others): (Vec<&str>, Vec<&str>) =
            waiting.iter().map(|(name, node)| (*name, &node.kind)).fold(
                (Vec::new(), Vec::new()),
                |(mut inputs, mut others), (name, kind)| {
                    match kind {
                        Primitive::Input { .. } => inputs.push(name),
                        _ => others.push(name),
                    }
                    (inputs, others)
                },
            );
        let mut spread = |seeds: Vec<&str>, this: &mut Self, failed: &mut BTreeSet<String>| {
            for seed in seeds {
                let stated = waiting.get(seed).and_then(|node| stated(&node.kind));
                let mut queue: VecDeque<_> =
                    stated.map(|shape| (seed, shape)).into_iter().collect();
                while let Some((name, shape)) = queue.pop_front() {
                    let Some(node) = waiting.remove(name) else {
                        continue;
                    };
                    let next = consumers.get(name).map_or(&[][..], Vec::as_slice);
                    match this.node(node, &shape, next, &node_path(path, name)) {
                        Ok(()) => {
                            for successor in successors.get(name).into_iter().flatten() {
                                queue.push_back((successor, node.output_shape.clone()));
                            }
                        }
                        Err(Failed) => {
                            failed.insert(name.to_owned());
                        }
                    }
                }
            }
            waiting.keys().copied().collect::<Vec<&str>>()
        };
        let unreached = spread(inputs, self, failed);
        // Behind a node without shapes, everything is unreached for that reason.
        if reachable && failed.is_empty() {
            for name in &unreached {
                self.findings.push(
                    Finding::warning(
                        "nir-unreachable-node",
                        "every node can be reached from an Input",
                        "no path leads from an Input to this node; it is kept",
                    )
                    .at(node_path(path, name)),
                );
            }
        }
        let unknown = spread(others, self, failed);
        let explained = !reachable || !failed.is_empty();
        for name in unknown {
            if !explained {
                self.findings.push(
                    Finding::error(
                        "nir-unknown-shape",
                        "the input shape of every node is known",
                        "the node states no input shape, and none reaches it",
                    )
                    .at(node_path(path, name)),
                );
            }
            failed.insert(name.to_owned());
        }
    }

    /// Both ends of every edge must have the same shape.
    fn check_edges(&mut self, graph: &Graph, path: &str, failed: &BTreeSet<String>) {
        for (source, destination) in &graph.edges {
            if failed.contains(source) || failed.contains(destination) {
                continue;
            }
            let (Some(from), Some(to)) = (graph.nodes.get(source), graph.nodes.get(destination))
            else {
                continue;
            };
            if from.output_shape == to.input_shape {
                continue;
            }
            let mut finding = Finding::error(
                "nir-shape-mismatch",
                "both ends of an edge have the same shape",
                format!(
                    "`{source}` gives {:?}, `{destination}` takes {:?}",
                    from.output_shape, to.input_shape
                ),
            );
            if let Primitive::Linear { weight } | Primitive::Affine { weight, .. } = &to.kind
                && let [output, input] = *weight.shape()
                && from.output_shape == [output]
            {
                finding = finding.fix(format!(
                    "if the weight of shape [{output}, {input}] was stored as (in, out), store it \
                     as (out, in)"
                ));
            }
            self.findings.push(finding.at(node_path(path, destination)));
        }
    }
}

/// For each node, the input shapes that the nodes behind it take by their own parameters.
fn consumers(graph: &Graph) -> BTreeMap<String, Vec<Pattern>> {
    let mut consumers: BTreeMap<String, Vec<Pattern>> = BTreeMap::new();
    for (source, destination) in &graph.edges {
        if let Some(pattern) = graph.nodes.get(destination).and_then(|n| accepted(&n.kind)) {
            consumers.entry(source.clone()).or_default().push(pattern);
        }
    }
    consumers
}
