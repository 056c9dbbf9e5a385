//! From a program of level `nir` to the graph of a file.

use std::collections::BTreeMap;

use melior::ir::{OperationRef, ValueLike, operation::OperationLike};

use super::{
    METADATA, Op, Padding, VERSION,
    file::{self, Convolution, Graph, Node, Pool, Primitive},
    metadata, signal_shape,
};
use crate::{
    finding::{Finding, Findings},
    ir::{
        DenseTensor, DialectOp, Program, SYMBOL_NAME, ValueId, module_attribute, node_name,
        operations,
    },
    tensor::{Tensor, TensorStore},
};

/// The graph that the program holds. Tensors are shared, not copied.
///
/// # Errors
///
/// All ops that are not of level `nir`, and tensors whose weights are not there.
pub fn export(program: &Program<'_>) -> Result<Graph, Findings> {
    let mut findings = Findings::new();
    let graph = graph(
        program.module.as_operation(),
        &program.tensors,
        "",
        &mut findings,
    );
    if findings.has_errors() {
        Err(findings)
    } else {
        Ok(graph)
    }
}

fn graph(
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
    path: &str,
    findings: &mut Findings,
) -> Graph {
    let mut graph = Graph {
        version: module_attribute(module, VERSION),
        metadata: metadata::from_attribute(module_attribute(module, METADATA)),
        ..Graph::default()
    };
    let list = operations(module);
    let modules: BTreeMap<String, OperationRef<'_, '_>> = list
        .iter()
        .filter_map(|op| Some((module_attribute::<String>(*op, SYMBOL_NAME)?, *op)))
        .collect();
    let mut names = BTreeMap::new();
    for op in list.iter().filter(|op| !is_module(**op)) {
        let full = node_name(*op);
        let name = full
            .strip_prefix(path)
            .map(|rest| rest.strip_prefix('/').unwrap_or(rest))
            .unwrap_or(&full)
            .to_owned();
        for result in op.results() {
            names.insert(ValueId::from(melior::ir::Value::from(result)), name.clone());
        }
        let shape = |index: usize| -> Vec<usize> {
            op.operand(index)
                .ok()
                .and_then(|value| signal_shape(value.r#type()))
                .unwrap_or_default()
        };
        let result_shape = op.result(0).ok().and_then(|r| signal_shape(r.r#type()));
        let output_shape = result_shape.clone().unwrap_or_else(|| shape(0));
        let input_shape = if op.operand_count() > 0 {
            shape(0)
        } else {
            output_shape.clone()
        };
        match node(*op, tensors, &modules, &full, &output_shape, findings) {
            Ok((kind, metadata)) => {
                let node = Node {
                    kind,
                    metadata,
                    input_shape,
                    output_shape,
                };
                if graph.nodes.insert(name.clone(), node).is_some() {
                    findings.push(
                        Finding::error(
                            "nir-name",
                            "node names are unique",
                            format!("two ops are named `{name}`"),
                        )
                        .at(full),
                    );
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    for op in list.iter().filter(|op| !is_module(**op)) {
        let full = node_name(*op);
        let target = full
            .strip_prefix(path)
            .map(|rest| rest.strip_prefix('/').unwrap_or(rest))
            .unwrap_or(&full);
        for operand in op.operands() {
            if let Some(source) = names.get(&ValueId::from(operand)) {
                graph.edges.push((source.clone(), target.to_owned()));
            }
        }
    }
    graph
}

fn is_module(op: OperationRef<'_, '_>) -> bool {
    op.region_count() > 0
}

type Exported = (Primitive, BTreeMap<String, file::MetadataValue>);

fn node(
    operation: OperationRef<'_, '_>,
    tensors: &TensorStore,
    modules: &BTreeMap<String, OperationRef<'_, '_>>,
    path: &str,
    output_shape: &[usize],
    findings: &mut Findings,
) -> Result<Exported, Finding> {
    let get = |tensor: DenseTensor<'_>| -> Result<Tensor, Finding> {
        tensors.resolve(tensor).map_err(|finding| finding.at(path))
    };
    let optional = |tensor: Option<DenseTensor<'_>>| tensor.map(get).transpose();
    let shape = output_shape.to_vec();
    let (kind, data) = match Op::read(operation)? {
        Op::Input { metadata } => (Primitive::Input { shape }, metadata),
        Op::Output { metadata } => (Primitive::Output { shape }, metadata),
        Op::Affine {
            weight,
            bias,
            metadata,
        } => (
            Primitive::Affine {
                weight: get(weight)?,
                bias: get(bias)?,
            },
            metadata,
        ),
        Op::Linear { weight, metadata } => (
            Primitive::Linear {
                weight: get(weight)?,
            },
            metadata,
        ),
        Op::Scale { scale, metadata } => (Primitive::Scale { scale: get(scale)? }, metadata),
        Op::Conv1d {
            weight,
            bias,
            stride,
            padding,
            dilation,
            groups,
            input_shape,
            metadata,
        } => (
            Primitive::Conv1d(Convolution {
                weight: get(weight)?,
                bias: get(bias)?,
                stride: extents(&stride, path)?,
                padding: self::padding(&padding, path)?,
                dilation: extents(&dilation, path)?,
                groups: count(groups, path)?,
                input_shape: input_shape.map(|s| extents(&s, path)).transpose()?,
            }),
            metadata,
        ),
        Op::Conv2d {
            weight,
            bias,
            stride,
            padding,
            dilation,
            groups,
            input_shape,
            metadata,
        } => (
            Primitive::Conv2d(Convolution {
                weight: get(weight)?,
                bias: get(bias)?,
                stride: extents(&stride, path)?,
                padding: self::padding(&padding, path)?,
                dilation: extents(&dilation, path)?,
                groups: count(groups, path)?,
                input_shape: input_shape.map(|s| extents(&s, path)).transpose()?,
            }),
            metadata,
        ),
        Op::SumPool2d {
            kernel_size,
            stride,
            padding,
            metadata,
        } => (
            Primitive::SumPool2d(pool(&kernel_size, &stride, &padding, path)?),
            metadata,
        ),
        Op::AvgPool2d {
            kernel_size,
            stride,
            padding,
            metadata,
        } => (
            Primitive::AvgPool2d(pool(&kernel_size, &stride, &padding, path)?),
            metadata,
        ),
        Op::Flatten {
            start_dim,
            end_dim,
            input_type,
            metadata,
        } => {
            let input_type = input_type
                .map(|t| t.iter().map(|&n| count(n, path)).collect())
                .transpose()?;
            (
                Primitive::Flatten {
                    start_dim,
                    end_dim,
                    input_type,
                },
                metadata,
            )
        }
        Op::Delay { delay, metadata } => (Primitive::Delay { delay: get(delay)? }, metadata),
        Op::Threshold {
            threshold,
            metadata,
        } => (
            Primitive::Threshold {
                threshold: get(threshold)?,
            },
            metadata,
        ),
        Op::I { r, metadata } => (Primitive::I { r: get(r)? }, metadata),
        Op::Li {
            tau,
            r,
            v_leak,
            metadata,
        } => (
            Primitive::Li {
                tau: get(tau)?,
                r: get(r)?,
                v_leak: get(v_leak)?,
            },
            metadata,
        ),
        Op::If {
            r,
            v_threshold,
            v_reset,
            metadata,
        } => (
            Primitive::If {
                r: get(r)?,
                v_threshold: get(v_threshold)?,
                v_reset: optional(v_reset)?,
            },
            metadata,
        ),
        Op::Lif {
            tau,
            r,
            v_leak,
            v_threshold,
            v_reset,
            metadata,
        } => (
            Primitive::Lif {
                tau: get(tau)?,
                r: get(r)?,
                v_leak: get(v_leak)?,
                v_threshold: get(v_threshold)?,
                v_reset: optional(v_reset)?,
            },
            metadata,
        ),
        Op::CubaLi {
            tau_syn,
            tau_mem,
            r,
            v_leak,
            w_in,
            metadata,
        } => (
            Primitive::CubaLi {
                tau_syn: get(tau_syn)?,
                tau_mem: get(tau_mem)?,
                r: get(r)?,
                v_leak: get(v_leak)?,
                w_in: optional(w_in)?,
            },
            metadata,
        ),
        Op::CubaLif {
            tau_syn,
            tau_mem,
            r,
            v_leak,
            v_threshold,
            v_reset,
            w_in,
            metadata,
        } => (
            Primitive::CubaLif {
                tau_syn: get(tau_syn)?,
                tau_mem: get(tau_mem)?,
                r: get(r)?,
                v_leak: get(v_leak)?,
                v_threshold: get(v_threshold)?,
                v_reset: optional(v_reset)?,
                w_in: optional(w_in)?,
            },
            metadata,
        ),
        Op::Graph { callee, metadata } => {
            let module = modules.get(&callee.0).ok_or_else(|| {
                Finding::error(
                    "nir-callee",
                    "a nested graph's module stands beside it",
                    format!("there is no module `@{}`", callee.0),
                )
                .at(path)
            })?;
            (
                Primitive::Graph(graph(*module, tensors, path, findings)),
                metadata,
            )
        }
    };
    Ok((kind, metadata::from_attribute(data)))
}

fn count(value: i64, path: &str) -> Result<usize, Finding> {
    usize::try_from(value).map_err(|_| {
        Finding::error(
            "nir-negative",
            "a count is not negative",
            format!("found {value}"),
        )
        .at(path)
    })
}

fn extents<const N: usize>(values: &[i64], path: &str) -> Result<[usize; N], Finding> {
    let counts = values
        .iter()
        .map(|&v| count(v, path))
        .collect::<Result<Vec<_>, _>>()?;
    <[usize; N]>::try_from(counts).map_err(|found| {
        Finding::error(
            "nir-rank",
            "an attribute has one number for each spatial dimension",
            format!("found {} numbers, expected {N}", found.len()),
        )
        .at(path)
    })
}

fn padding<const N: usize>(padding: &Padding, path: &str) -> Result<file::Padding<N>, Finding> {
    Ok(match padding {
        Padding::Same => file::Padding::Same,
        Padding::Valid => file::Padding::Valid,
        Padding::Explicit(values) => file::Padding::Explicit(extents(values, path)?),
    })
}

fn pool(kernel_size: &[i64], stride: &[i64], padding: &[i64], path: &str) -> Result<Pool, Finding> {
    Ok(Pool {
        kernel_size: extents(kernel_size, path)?,
        stride: extents(stride, path)?,
        padding: extents(padding, path)?,
    })
}
