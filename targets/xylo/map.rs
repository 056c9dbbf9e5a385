//! `quant-to-hw` for Xylo: ids of channels and neurons, in the order of the module.

use melior::ir::{OperationRef, Value, operation::OperationLike};
use nirc_dialects::{
    finding::Finding,
    hw::{self, Role},
    ir::{self, Builder, DialectOp, ValueId, body},
    quant::{Op, Signal},
};
use nirc_passes::{Lowering, read_all};
use std::collections::BTreeMap;

use super::{chip::Chip, emit, legal};

/// Xylo has one core.
const CORE: i64 = 0;

/// What a value of the `quant` module is on the chip.
#[derive(Clone, Copy)]
struct Placed {
    role: Role,
    first: i64,
}

/// Rewrites the module from `quant` to `hw`, and checks it against every limit of `chip`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn map(chip: &Chip, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
    let old = ir::operations(lowering.module);
    let ops = read_all::<Op<'_>>(lowering.module, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let placed = place(&ops);
    build(&ops, &placed, chip, lowering)?;
    ir::erase(&old);
    let specification = emit::specification(lowering.module, lowering.tensors);
    match specification {
        Ok(specification) => lowering.findings.extend(legal::check(&specification, chip)),
        Err(findings) => lowering.findings.extend(findings),
    }
    Ok(())
}

/// Gives ids to inputs and neurons, in the order of the ops.
fn place(ops: &[(OperationRef<'_, '_>, Op<'_>)]) -> BTreeMap<ValueId, Placed> {
    let readouts = readouts(ops);
    let mut next = BTreeMap::from([
        (Role::Input.word(), 0),
        (Role::Hidden.word(), 0),
        (Role::Readout.word(), 0),
    ]);
    let mut placed = BTreeMap::new();
    for (operation, op) in ops {
        let Ok(result) = operation.result(0) else {
            continue;
        };
        let value = ValueId::from(Value::from(result));
        let role = match op {
            Op::Input { .. } => Role::Input,
            Op::Neuron { .. } if readouts.contains(&value) => Role::Readout,
            Op::Neuron { .. } => Role::Hidden,
            _ => continue,
        };
        if let Some(first) = next.get_mut(role.word()) {
            placed.insert(
                value,
                Placed {
                    role,
                    first: *first,
                },
            );
            *first += count(Value::from(result)) as i64;
        }
    }
    // Reshapes and registers carry the ids of what they carry.
    for _ in 0..ops.len() {
        for (operation, op) in ops {
            if !matches!(op, Op::Reshape {} | Op::Register { .. }) {
                continue;
            }
            let (Ok(operand), Ok(result)) = (operation.operand(0), operation.result(0)) else {
                continue;
            };
            if let Some(source) = placed.get(&ValueId::from(operand)).copied() {
                placed.insert(ValueId::from(Value::from(result)), source);
            }
        }
    }
    placed
}

/// The values of the populations that outputs take.
fn readouts(ops: &[(OperationRef<'_, '_>, Op<'_>)]) -> Vec<ValueId> {
    let mut values: Vec<ValueId> = ops
        .iter()
        .filter(|(_, op)| matches!(op, Op::Output {}))
        .flat_map(|(operation, _)| operation.operands().map(ValueId::from).collect::<Vec<_>>())
        .collect();
    for _ in 0..ops.len() {
        for (operation, op) in ops {
            let Ok(result) = operation.result(0) else {
                continue;
            };
            if matches!(op, Op::Reshape {}) && values.contains(&ValueId::from(Value::from(result)))
            {
                let more: Vec<_> = operation
                    .operands()
                    .map(ValueId::from)
                    .filter(|v| !values.contains(v))
                    .collect();
                values.extend(more);
            }
        }
    }
    values
}

fn count(value: Value<'_, '_>) -> usize {
    use melior::ir::ValueLike as _;
    Signal::of(value.r#type()).map_or(0, |s| s.shape().iter().product())
}

fn build<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    placed: &BTreeMap<ValueId, Placed>,
    chip: &Chip,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, ValueId> = Builder::new(lowering.context, block);
    let part = hw::Op::Chip {
        part: chip.name.to_owned(),
    };
    builder.emit(
        &part,
        &[],
        &[],
        melior::ir::Location::unknown(lowering.context),
    )?;
    for (operation, op) in ops {
        let location = operation.location();
        let own = operation.result(0).ok().map(Value::from);
        let first = |value: Option<Value<'c, '_>>| {
            value
                .and_then(|v| placed.get(&ValueId::from(v)))
                .map_or(0, |p| p.first)
        };
        let size = |value: Option<Value<'c, '_>>| value.map_or(0, |v| count(v) as i64);
        match op.clone() {
            Op::Input { .. } => {
                builder.emit(
                    &hw::Op::Channels {
                        first: first(own),
                        count: size(own),
                    },
                    &[],
                    &[],
                    location,
                )?;
            }
            Op::Neuron {
                dash_syn,
                dash_mem,
                threshold,
                bias,
                scale,
                decay_error,
                ..
            } => {
                let Some(place) = own.and_then(|v| placed.get(&ValueId::from(v)).copied()) else {
                    continue;
                };
                let neurons = hw::Op::Neurons {
                    core: CORE,
                    role: place.role,
                    first: place.first,
                    count: size(own),
                    dash_syn,
                    dash_mem,
                    threshold,
                    bias,
                    scale,
                    decay_error,
                };
                builder.emit(&neurons, &[], &[], location)?;
                for operand in operation.operands() {
                    synapses(ops, placed, operand, place, &mut builder)?;
                }
            }
            Op::Linear { .. } | Op::Reshape {} | Op::Register { .. } | Op::Output {} => {}
        }
    }
    Ok(())
}

/// Places the weight table whose events are `events` on the way to `target`.
fn synapses<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    placed: &BTreeMap<ValueId, Placed>,
    events: Value<'c, '_>,
    target: Placed,
    builder: &mut Builder<'c, '_, ValueId>,
) -> Result<(), Finding> {
    let maker = ops.iter().find(|(operation, _)| {
        operation
            .result(0)
            .is_ok_and(|r| ValueId::from(Value::from(r)) == ValueId::from(events))
    });
    let Some((
        operation,
        Op::Linear {
            weight,
            shift,
            relative_error,
            ..
        },
    )) = maker
    else {
        return Err(Finding::error(
            "xylo-events",
            "a neuron takes the events of weight tables",
            format!(
                "it takes those of `{}`",
                maker.map_or("?", |(_, op)| op.name())
            ),
        ));
    };
    let source = operation
        .operand(0)
        .ok()
        .and_then(|v| placed.get(&ValueId::from(v)).copied());
    let Some(source) = source else {
        return Err(Finding::error(
            "xylo-events",
            "a weight table takes the spikes of an input or a population",
            "it takes something else",
        )
        .at(ir::node_name(*operation)));
    };
    let role = match (source.role, target.role) {
        (_, Role::Readout) => Role::Readout,
        (Role::Input, _) => Role::Input,
        _ => Role::Recurrent,
    };
    let table = hw::Op::Synapses {
        core: CORE,
        role,
        source: source.first,
        target: target.first,
        weight: *weight,
        shift: *shift,
        relative_error: *relative_error,
    };
    builder.emit(&table, &[], &[], operation.location())?;
    Ok(())
}
