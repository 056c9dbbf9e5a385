//! Building the ops of level `ct`.

use std::collections::BTreeMap;

use melior::ir::{Location, Type, Value};
use nirc_dialects::{
    ct::{self, PoolKind, Signal, SpikeForm},
    finding::Finding,
    ir::{Builder, DenseTensor, ValueId, body, node_location},
    nir::{Op, both_sides},
};

use super::{
    InputSignal, NirToCt,
    flatten::{Flat, Node},
    neuron,
};
use crate::{Lowering, Parameter};

/// Appends the lowered graph to the module, beside the old ops.
pub(super) fn lower<'c>(
    graph: &Flat<'c>,
    options: &NirToCt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, ValueId> = Builder::new(lowering.context, block);
    let signals = signals(graph, options, step);
    for node in &graph.nodes {
        let location = node_location(lowering.context, &node.path);
        let Some(input) = operand(node, &signals, &mut builder, location)? else {
            // An input makes a value from nothing.
            if let (Some(value), Some(signal)) =
                (node.value, node.value.and_then(|v| signals.get(&v)))
            {
                let r#type = signal.to_type(builder.context())?;
                let made = builder.value(&ct::Op::Input {}, &[], r#type, location)?;
                builder.define(value, made);
            }
            continue;
        };
        let Some((value, signal)) = node.value.and_then(|v| Some((v, signals.get(&v)?))) else {
            builder.emit(&ct::Op::Output {}, &[input], &[], location)?;
            continue;
        };
        let result = signal.to_type(builder.context())?;
        let made = self::node(
            node,
            input,
            result,
            options,
            step,
            lowering,
            &mut builder,
            location,
        )?;
        builder.define(value, made);
    }
    Ok(())
}

/// What flows out of every node.
fn signals(graph: &Flat<'_>, options: &NirToCt, step: f64) -> BTreeMap<ValueId, Signal> {
    let makers: BTreeMap<ValueId, &Node<'_>> = graph
        .nodes
        .iter()
        .filter_map(|node| Some((node.value?, node)))
        .collect();
    // NIR's text has a spike as a Dirac impulse of integral 1.
    let area = match options.spike {
        SpikeForm::Pulse => step,
        SpikeForm::Impulse => 1.0,
    };
    makers
        .iter()
        .map(|(value, node)| {
            let shape = node.output_shape.clone();
            let signal = if is_spikes(node, &makers, options) {
                Signal::Spikes {
                    shape,
                    form: options.spike,
                    area,
                }
            } else {
                Signal::Current { shape }
            };
            (*value, signal)
        })
        .collect()
}

fn is_spikes(node: &Node<'_>, makers: &BTreeMap<ValueId, &Node<'_>>, options: &NirToCt) -> bool {
    let mut node = node;
    // A chain of reshapes and delays carries what enters it; its length bounds the walk in a cycle.
    for _ in 0..=makers.len() {
        match node.op {
            Op::Input { .. } => return options.input == InputSignal::Spikes,
            Op::If { .. } | Op::Lif { .. } | Op::CubaLif { .. } | Op::Threshold { .. } => {
                return true;
            }
            Op::Flatten { .. } | Op::Delay { .. } => match node.sources.as_slice() {
                [source] => match makers.get(source) {
                    Some(maker) => node = maker,
                    None => return false,
                },
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The value that enters `node`: its only source, or the sum of its sources.
fn operand<'c, 'a>(
    node: &Node<'c>,
    signals: &BTreeMap<ValueId, Signal>,
    builder: &mut Builder<'c, 'a, ValueId>,
    location: Location<'c>,
) -> Result<Option<Value<'c, 'a>>, Finding> {
    let current = Signal::Current {
        shape: node.input_shape.clone(),
    }
    .to_type(builder.context())?;
    let mut values = Vec::new();
    let mut types = Vec::new();
    for source in &node.sources {
        let Some(signal) = signals.get(source) else {
            continue;
        };
        let r#type = signal.to_type(builder.context())?;
        values.push(builder.lookup(source, r#type)?);
        types.push(r#type);
    }
    Ok(match values.as_slice() {
        [] => None,
        [value] => Some(*value),
        _ => {
            if types.iter().any(|t| *t != types[0]) {
                // The definition asks for operands of one type; a sum of one operand is a current.
                for (value, r#type) in values.iter_mut().zip(&types) {
                    if *r#type != current {
                        *value = builder.value(&ct::Op::Sum {}, &[*value], current, location)?;
                    }
                }
            }
            Some(builder.value(&ct::Op::Sum {}, &values, current, location)?)
        }
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site; the state of one lowering"
)]
fn node<'c, 'a>(
    node: &Node<'c>,
    input: Value<'c, 'a>,
    result: Type<'c>,
    options: &NirToCt,
    step: f64,
    lowering: &mut Lowering<'c, '_, '_>,
    builder: &mut Builder<'c, 'a, ValueId>,
    location: Location<'c>,
) -> Result<Value<'c, 'a>, Finding> {
    let linear = |weight: DenseTensor<'c>| ct::Op::Linear { weight };
    let op = match &node.op {
        Op::Linear { weight, .. } => linear(*weight),
        Op::Affine { weight, bias, .. } => {
            return biased(
                linear(*weight),
                *bias,
                input,
                result,
                lowering,
                builder,
                location,
            );
        }
        Op::Conv1d {
            weight,
            bias,
            stride,
            padding,
            dilation,
            groups,
            ..
        }
        | Op::Conv2d {
            weight,
            bias,
            stride,
            padding,
            dilation,
            groups,
            ..
        } => {
            let op = ct::Op::Convolution {
                weight: *weight,
                stride: stride.clone(),
                padding: padding.explicit(weight.shape().get(2..).unwrap_or_default(), dilation),
                dilation: dilation.clone(),
                groups: *groups,
            };
            return biased(op, *bias, input, result, lowering, builder, location);
        }
        Op::SumPool2d {
            kernel_size,
            stride,
            padding,
            ..
        } => pool(PoolKind::Sum, kernel_size, stride, padding),
        Op::AvgPool2d {
            kernel_size,
            stride,
            padding,
            ..
        } => {
            const CODE: &str = "nir-average-pool-padding";
            let known = lowering
                .findings
                .iter()
                .any(|f| f.code == CODE && f.node.as_ref() == Some(&node.path));
            // Reading a file reports it too; IR written by hand was never read from one.
            if !known && padding.iter().any(|p| *p != 0) {
                lowering.findings.push(
                    Finding::warning(
                        CODE,
                        "an AvgPool2d has no padding",
                        format!("the padding is {padding:?}; its zeros count in the mean"),
                    )
                    .at(&node.path)
                    .why("NIR does not say whether they do; this is PyTorch's default"),
                );
            }
            pool(PoolKind::Average, kernel_size, stride, padding)
        }
        Op::Flatten { .. } => ct::Op::Reshape {},
        Op::Scale { scale, .. } => ct::Op::Scale { scale: *scale },
        Op::Delay { delay, .. } => {
            let unit = options.seconds_per_unit(step);
            let seconds = Parameter::read(lowering.tensors, *delay)
                .map_err(|finding| finding.at(&node.path))?
                .map(|d| d * unit);
            if seconds.values().iter().any(|d| *d < 0.0) {
                lowering.findings.push(
                    Finding::error(
                        "nir-delay",
                        "a delay is not negative",
                        "a delay is negative",
                    )
                    .at(&node.path),
                );
            }
            ct::Op::Delay {
                delay: if unit == 1.0 {
                    *delay
                } else {
                    let key = format!("ct.{}.delay", node.path);
                    seconds.attribute(lowering.context, lowering.tensors, &key, &delay.shape())
                },
            }
        }
        _ => neuron::lower(node, options, step, lowering)?,
    };
    builder.value(&op, &[input], result, location)
}

/// `op`, and the bias after it unless it is all zero.
fn biased<'c, 'a>(
    op: ct::Op<'c>,
    bias: DenseTensor<'c>,
    input: Value<'c, 'a>,
    result: Type<'c>,
    lowering: &Lowering<'c, '_, '_>,
    builder: &mut Builder<'c, 'a, ValueId>,
    location: Location<'c>,
) -> Result<Value<'c, 'a>, Finding> {
    let value = builder.value(&op, &[input], result, location)?;
    if Parameter::read(lowering.tensors, bias)?.is_zero() {
        return Ok(value);
    }
    builder.value(&ct::Op::Bias { bias }, &[value], result, location)
}

fn pool<'c>(kind: PoolKind, kernel_size: &[i64], stride: &[i64], padding: &[i64]) -> ct::Op<'c> {
    ct::Op::Pool {
        kind,
        kernel_size: kernel_size.to_vec(),
        stride: stride.to_vec(),
        padding: both_sides(padding),
    }
}
