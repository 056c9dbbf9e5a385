//! From the graph of a file to a program of level `nir`.

use std::collections::{BTreeMap, BTreeSet};

use melior::{
    Context,
    ir::{OperationRef, Type, operation::OperationLike},
};

use super::{
    METADATA, Op, Padding, VERSION,
    file::{self, Convolution, Graph, Node, Pool, Primitive},
    metadata, signal_type,
};
use crate::{
    finding::{Finding, Findings},
    ir::{
        Builder, DenseTensor, IrContext, Program, Symbol, body, node_location, set_module_attribute,
    },
    tensor::{Tensor, TensorStore},
};

/// Builds the program for `graph`, whose shapes have been inferred. The graph's tensors move into
/// the program's store; none is copied.
///
/// # Errors
///
/// What MLIR's verifier says; a graph that [`file::read`] accepted has no such finding.
pub fn import<'c>(context: &'c IrContext, graph: Graph) -> Result<Program<'c>, Findings> {
    let _span = tracing::info_span!("import").entered();
    let mut program = Program::new(context.mlir());
    let mut importer = Importer {
        context: context.mlir(),
        tensors: &mut program.tensors,
    };
    importer.graph(program.module.as_operation(), graph, "")?;
    if !program.module.as_operation().verify() {
        return Err(context.take_diagnostics());
    }
    Ok(program)
}

struct Importer<'c, 't> {
    context: &'c Context,
    tensors: &'t mut TensorStore,
}

impl<'c> Importer<'c, '_> {
    fn graph(
        &mut self,
        module: OperationRef<'c, '_>,
        graph: Graph,
        path: &str,
    ) -> Result<(), Finding> {
        let context = self.context;
        if let Some(version) = graph.version.clone() {
            set_module_attribute(module, context, VERSION, &version);
        }
        let metadata = metadata::to_attribute(context, &graph.metadata);
        set_module_attribute(module, context, METADATA, &metadata);

        let block = body(module)
            .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
        let order = order(&graph);
        let mut sources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (source, target) in &graph.edges {
            sources.entry(target).or_default().push(source);
        }
        let shapes: BTreeMap<&str, &[usize]> = graph
            .nodes
            .iter()
            .map(|(name, node)| (name.as_str(), node.output_shape.as_slice()))
            .collect();
        // Operands need types before their ops exist, so these are read off before nodes move.
        let mut operands: BTreeMap<String, Vec<(String, Type<'c>)>> = BTreeMap::new();
        for name in &order {
            let mut list = Vec::new();
            for source in sources.get(name.as_str()).into_iter().flatten() {
                let shape = shapes.get(source).copied().unwrap_or_default();
                list.push(((*source).to_owned(), self.signal(shape)?));
            }
            operands.insert(name.clone(), list);
        }
        let mut builder: Builder<'c, '_, String> = Builder::new(context, block);
        let mut nodes = graph.nodes;
        for name in order {
            let Some(node) = nodes.remove(&name) else {
                continue;
            };
            let mut values = Vec::new();
            for (source, r#type) in operands.remove(&name).unwrap_or_default() {
                values.push(builder.lookup(&source, r#type)?);
            }
            self.node(&mut builder, &name, node, &values, path)?;
        }
        Ok(())
    }

    fn node<'a>(
        &mut self,
        builder: &mut Builder<'c, 'a, String>,
        name: &str,
        node: Node,
        operands: &[melior::ir::Value<'c, 'a>],
        path: &str,
    ) -> Result<(), Finding> {
        let context = self.context;
        let path = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}/{name}")
        };
        let location = node_location(context, &path);
        let result = self.signal(&node.output_shape)?;
        let is_output = matches!(node.kind, Primitive::Output { .. });
        if let Primitive::Graph(inner) = node.kind {
            let metadata = metadata::to_attribute(context, &node.metadata);
            let module = builder.nested_module(name, location)?;
            self.graph(module, inner, &path)?;
            let op = Op::Graph {
                callee: Symbol(name.to_owned()),
                metadata,
            };
            let value = builder.value(&op, operands, result, location)?;
            builder.define(name.to_owned(), value);
            return Ok(());
        }
        let op = self.op(node, &path)?;
        if is_output {
            builder.emit(&op, operands, &[], location)?;
        } else {
            let value = builder.value(&op, operands, result, location)?;
            builder.define(name.to_owned(), value);
        }
        Ok(())
    }

    fn signal(&self, shape: &[usize]) -> Result<Type<'c>, Finding> {
        signal_type(self.context, shape).ok_or_else(|| {
            Finding::error(
                "ir-type",
                "a signal type can be built",
                format!("shape {shape:?}"),
            )
        })
    }

    fn op(&mut self, node: Node, path: &str) -> Result<Op<'c>, Finding> {
        let metadata = metadata::to_attribute(self.context, &node.metadata);
        let shape = node.input_shape;
        // Elementwise parameters have the node's shape; one element stands for all of them.
        let mut element = |name: &str, tensor: Tensor| self.parameter(path, name, tensor, &shape);
        Ok(match node.kind {
            Primitive::Input { .. } => Op::Input { metadata },
            Primitive::Output { .. } => Op::Output { metadata },
            Primitive::Scale { scale } => Op::Scale {
                scale: element("scale", scale),
                metadata,
            },
            Primitive::Delay { delay } => Op::Delay {
                delay: element("delay", delay),
                metadata,
            },
            Primitive::Threshold { threshold } => Op::Threshold {
                threshold: element("threshold", threshold),
                metadata,
            },
            Primitive::I { r } => Op::I {
                r: element("r", r),
                metadata,
            },
            Primitive::Li { tau, r, v_leak } => Op::Li {
                tau: element("tau", tau),
                r: element("r", r),
                v_leak: element("v_leak", v_leak),
                metadata,
            },
            Primitive::If {
                r,
                v_threshold,
                v_reset,
            } => Op::If {
                r: element("r", r),
                v_threshold: element("v_threshold", v_threshold),
                v_reset: v_reset.map(|t| element("v_reset", t)),
                metadata,
            },
            Primitive::Lif {
                tau,
                r,
                v_leak,
                v_threshold,
                v_reset,
            } => Op::Lif {
                tau: element("tau", tau),
                r: element("r", r),
                v_leak: element("v_leak", v_leak),
                v_threshold: element("v_threshold", v_threshold),
                v_reset: v_reset.map(|t| element("v_reset", t)),
                metadata,
            },
            Primitive::CubaLi {
                tau_syn,
                tau_mem,
                r,
                v_leak,
                w_in,
            } => Op::CubaLi {
                tau_syn: element("tau_syn", tau_syn),
                tau_mem: element("tau_mem", tau_mem),
                r: element("r", r),
                v_leak: element("v_leak", v_leak),
                w_in: w_in.map(|t| element("w_in", t)),
                metadata,
            },
            Primitive::CubaLif {
                tau_syn,
                tau_mem,
                r,
                v_leak,
                v_threshold,
                v_reset,
                w_in,
            } => Op::CubaLif {
                tau_syn: element("tau_syn", tau_syn),
                tau_mem: element("tau_mem", tau_mem),
                r: element("r", r),
                v_leak: element("v_leak", v_leak),
                v_threshold: element("v_threshold", v_threshold),
                v_reset: v_reset.map(|t| element("v_reset", t)),
                w_in: w_in.map(|t| element("w_in", t)),
                metadata,
            },
            Primitive::Affine { weight, bias } => {
                let shape = node.output_shape;
                Op::Affine {
                    weight: self.tensor(path, "weight", weight),
                    bias: self.parameter(path, "bias", bias, &shape),
                    metadata,
                }
            }
            Primitive::Linear { weight } => Op::Linear {
                weight: self.tensor(path, "weight", weight),
                metadata,
            },
            Primitive::Conv1d(conv) => {
                let (weight, bias) = self.kernel(path, conv.weight.clone(), conv.bias.clone());
                let (stride, padding, dilation, groups, input_shape) = geometry(&conv);
                Op::Conv1d {
                    weight,
                    bias,
                    stride,
                    padding,
                    dilation,
                    groups,
                    input_shape,
                    metadata,
                }
            }
            Primitive::Conv2d(conv) => {
                let (weight, bias) = self.kernel(path, conv.weight.clone(), conv.bias.clone());
                let (stride, padding, dilation, groups, input_shape) = geometry(&conv);
                Op::Conv2d {
                    weight,
                    bias,
                    stride,
                    padding,
                    dilation,
                    groups,
                    input_shape,
                    metadata,
                }
            }
            Primitive::SumPool2d(pool) => {
                let (kernel_size, stride, padding) = window(&pool);
                Op::SumPool2d {
                    kernel_size,
                    stride,
                    padding,
                    metadata,
                }
            }
            Primitive::AvgPool2d(pool) => {
                let (kernel_size, stride, padding) = window(&pool);
                Op::AvgPool2d {
                    kernel_size,
                    stride,
                    padding,
                    metadata,
                }
            }
            Primitive::Flatten {
                start_dim,
                end_dim,
                input_type,
            } => Op::Flatten {
                start_dim,
                end_dim,
                input_type: input_type.map(|t| integers(&t)),
                metadata,
            },
            Primitive::Graph(_) => {
                let rule = "a nested graph is a module";
                return Err(Finding::error("ir-module", rule, "it was taken for an op").at(path));
            }
        })
    }

    fn tensor(&mut self, path: &str, name: &str, tensor: Tensor) -> DenseTensor<'c> {
        self.tensors
            .attribute(self.context, &format!("nir.{path}.{name}"), tensor)
    }

    fn parameter(
        &mut self,
        path: &str,
        name: &str,
        tensor: Tensor,
        shape: &[usize],
    ) -> DenseTensor<'c> {
        if tensor.splat().is_some()
            && let Some(uniform) = DenseTensor::inline(self.context, &tensor, shape)
        {
            return uniform;
        }
        self.tensor(path, name, tensor)
    }

    fn kernel(
        &mut self,
        path: &str,
        weight: Tensor,
        bias: Tensor,
    ) -> (DenseTensor<'c>, DenseTensor<'c>) {
        let channels = [weight.shape().first().copied().unwrap_or_default()];
        (
            self.tensor(path, "weight", weight),
            self.parameter(path, "bias", bias, &channels),
        )
    }
}

fn integers(values: &[usize]) -> Vec<i64> {
    values.iter().map(|&v| v as i64).collect()
}

type Geometry = (Vec<i64>, Padding, Vec<i64>, i64, Option<Vec<i64>>);

fn geometry<const N: usize>(conv: &Convolution<N>) -> Geometry {
    let padding = match conv.padding {
        file::Padding::Explicit(padding) => Padding::Explicit(integers(&padding)),
        file::Padding::Same => Padding::Same,
        file::Padding::Valid => Padding::Valid,
    };
    (
        integers(&conv.stride),
        padding,
        integers(&conv.dilation),
        conv.groups as i64,
        conv.input_shape.map(|shape| integers(&shape)),
    )
}

fn window(pool: &Pool) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    (
        integers(&pool.kernel_size),
        integers(&pool.stride),
        integers(&pool.padding),
    )
}

/// The nodes in an order that reads from inputs to outputs: sources first, feedback aside; ties by
/// name. It depends on names and edges only, not on the order in the file.
fn order(graph: &Graph) -> Vec<String> {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, target) in &graph.edges {
        targets.entry(source).or_default().insert(target);
    }
    let mut seen = BTreeSet::new();
    let mut reversed = Vec::new();
    let inputs = graph
        .nodes
        .iter()
        .filter(|(_, node)| matches!(node.kind, Primitive::Input { .. }))
        .map(|(name, _)| name.as_str());
    let roots: Vec<&str> = inputs
        .chain(graph.nodes.keys().map(String::as_str))
        .collect();
    // Depth first; a node is placed when all that it leads to is. Targets are taken in descending
    // order of names, so that the reverse has them ascending.
    for root in roots {
        if !seen.insert(root) {
            continue;
        }
        let mut part = Vec::new();
        let mut stack = vec![(root, next_targets(&targets, root))];
        while let Some((node, rest)) = stack.last_mut() {
            match rest.pop() {
                Some(target) if seen.insert(target) => {
                    stack.push((target, next_targets(&targets, target)));
                }
                Some(_) => {}
                None => {
                    part.push(*node);
                    stack.pop();
                }
            }
        }
        reversed.push(part);
    }
    reversed
        .into_iter()
        .flat_map(|part| part.into_iter().rev())
        .map(str::to_owned)
        .collect()
}

/// What `node` leads to, so that `pop` gives the last name first.
fn next_targets<'g>(targets: &BTreeMap<&'g str, BTreeSet<&'g str>>, node: &str) -> Vec<&'g str> {
    targets
        .get(node)
        .map(|set| set.iter().copied().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (source, target) in edges {
            for name in [source, target] {
                let kind = match *name {
                    "in" => Primitive::Input { shape: vec![1] },
                    "out" => Primitive::Output { shape: vec![1] },
                    _ => Primitive::I {
                        r: vec![1.0f32].into(),
                    },
                };
                graph.nodes.insert((*name).to_owned(), kind.into());
            }
            graph
                .edges
                .push(((*source).to_owned(), (*target).to_owned()));
        }
        graph
    }

    #[test]
    fn order_follows_edges_and_not_the_file() {
        let edges = [
            ("in", "z"),
            ("z", "a"),
            ("a", "out"),
            ("a", "rec"),
            ("rec", "z"),
        ];
        let expected = ["in", "z", "a", "out", "rec"];
        assert_eq!(order(&graph(&edges)), expected);
        let mut reversed = edges;
        reversed.reverse();
        assert_eq!(order(&graph(&reversed)), expected);
    }
}
