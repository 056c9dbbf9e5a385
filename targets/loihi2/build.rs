//! The ops of level `quant` for a network.

use std::collections::BTreeSet;

use melior::ir::operation::OperationLike;
use nirc_dialects::{
    dt,
    finding::{Finding, Severity},
    ir::{Builder, body, node_name},
    quant::{Op, Signal},
};
use nirc_passes::Lowering;

use super::{
    integers::population,
    paths::{Key, Network, Ops, Sum},
};

/// Appends the ops to the module, beside the old ones. Whether there was no error finding; if there
/// was, the module stays as it was.
pub fn build<'c>(
    ops: &Ops<'c, '_>,
    network: &Network,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<bool, Finding> {
    let errors = lowering.findings.count(Severity::Error);
    let mut populations = Vec::new();
    for op in ops {
        let (operation, typed) = &op.kernel;
        let taken = op
            .operands
            .first()
            .and_then(|slot| network.values.get(*slot)?.as_ref());
        match (typed, taken) {
            (dt::Op::Neuron { .. }, Some(sum)) => {
                populations.extend(population(op, sum, ops, network, lowering));
            }
            (dt::Op::Output {}, Some(sum)) if spikes(sum).is_none() => lowering.findings.push(
                Finding::error(
                    "lava-output",
                    "every output takes the spikes of one population or input",
                    "this output takes something else",
                )
                .at(node_name(*operation)),
            ),
            _ => {}
        }
    }
    if lowering.findings.count(Severity::Error) > errors {
        return Ok(false);
    }
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, Key> = Builder::new(lowering.context, block);
    let signal = |signal: Signal| signal.to_type(lowering.context);
    let count = |slot: usize| network.count(slot);
    let mut late: BTreeSet<Key> = BTreeSet::new();
    let mut populations = populations.into_iter();
    for op in ops {
        let (operation, typed) = &op.kernel;
        let location = operation.location();
        match typed {
            dt::Op::Input {} => {
                // A Dense process takes whether there is a spike.
                let input = Op::Input { max_spikes: 1 };
                let r#type = signal(Signal::Spikes(vec![count(op.slot)]))?;
                let value = builder.value(&input, &[], r#type, location)?;
                builder.define((op.slot, 0), value);
            }
            dt::Op::Neuron { .. } => {
                let Some(population) = populations.next() else {
                    continue;
                };
                let events = signal(Signal::Events(vec![count(op.slot)]))?;
                let mut operands = Vec::new();
                for (key, table, linear) in &population.tables {
                    let r#type = signal(Signal::Spikes(vec![count(key.0)]))?;
                    let taken = builder.lookup(key, r#type)?;
                    late.extend((key.1 > 0).then_some(*key));
                    let location = linear.map_or(location, |l| ops[l].kernel.0.location());
                    operands.push(builder.value(table, &[taken], events, location)?);
                }
                let r#type = signal(Signal::Spikes(vec![count(op.slot)]))?;
                let value = builder.value(&population.neuron, &operands, r#type, location)?;
                builder.define((op.slot, 0), value);
            }
            _ => {}
        }
    }
    for op in ops {
        let (operation, typed) = &op.kernel;
        let taken = op
            .operands
            .first()
            .and_then(|slot| network.values.get(*slot)?.as_ref());
        if let (dt::Op::Output {}, Some(key)) = (typed, taken.and_then(spikes)) {
            let value = builder.lookup(&key, signal(Signal::Spikes(vec![count(key.0)]))?)?;
            late.extend((key.1 > 0).then_some(key));
            builder.emit(&Op::Output {}, &[value], &[], operation.location())?;
        }
    }
    for key in late {
        let (slot, steps) = key;
        let r#type = signal(Signal::Spikes(vec![count(slot)]))?;
        let value = builder.lookup(&(slot, 0), r#type)?;
        let location = ops
            .iter()
            .find(|op| op.slot == slot && op.kernel.0.result(0).is_ok())
            .map_or_else(|| lowering.module.location(), |op| op.kernel.0.location());
        let register = Op::Register {
            steps: steps as i64,
        };
        let value = builder.value(&register, &[value], r#type, location)?;
        builder.define(key, value);
    }
    Ok(true)
}

/// The spikes that a value is, unchanged.
fn spikes(sum: &Sum) -> Option<Key> {
    let mut terms = sum.terms.iter();
    match (terms.next(), terms.next(), &sum.constant) {
        (Some((term, factor)), None, None)
            if term.table.is_none() && factor.shared() == Some(1.0) =>
        {
            Some((term.source, term.steps))
        }
        _ => None,
    }
}
