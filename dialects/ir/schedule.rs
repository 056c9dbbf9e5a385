//! The order in which the ops of one step run, and where their values are kept.

use std::collections::{BTreeMap, BTreeSet};

use melior::ir::{OperationRef, Type, Value, ValueLike, operation::OperationLike};

use super::{ValueId, node_name};
use crate::finding::{Finding, Findings};

/// The ops of a step in the order in which they run. Each value has a slot.
pub struct Schedule<'c, 'a> {
    /// The type of the value in each slot.
    pub slots: Vec<Type<'c>>,
    steps: Vec<(OperationRef<'c, 'a>, Vec<usize>, usize)>,
}

/// An op made ready to run by `kernel`.
pub struct Prepared<Kernel> {
    /// What runs it.
    pub kernel: Kernel,
    /// The NIR node that it comes from.
    pub name: String,
    /// The slots of its operands.
    pub operands: Vec<usize>,
    /// The slot of its result; of its first operand, if it has none.
    pub slot: usize,
}

impl<'c, 'a> Schedule<'c, 'a> {
    /// Orders `operations` so that each follows the ops that make its operands. An op for which
    /// `holds` is true gives what it took in an earlier step, so it waits for nothing.
    ///
    /// # Errors
    ///
    /// A finding that names the nodes of a cycle in which no op holds anything back.
    pub fn new(
        operations: &[OperationRef<'c, 'a>],
        holds: impl Fn(OperationRef<'c, 'a>) -> bool,
    ) -> Result<Self, Findings> {
        let mut slots = Vec::new();
        let mut slot_of = BTreeMap::new();
        for operation in operations {
            for result in operation.results() {
                slot_of.insert(ValueId::from(Value::from(result)), slots.len());
                slots.push(result.r#type());
            }
        }
        let steps = order(operations, holds)?
            .into_iter()
            .map(|operation| {
                let operands: Vec<usize> = operation
                    .operands()
                    .filter_map(|value| slot_of.get(&ValueId::from(value)).copied())
                    .collect();
                let own = operation.result(0).ok().map(Value::from);
                let slot = own
                    .and_then(|value| slot_of.get(&ValueId::from(value)).copied())
                    .or(operands.first().copied())
                    .unwrap_or_default();
                (operation, operands, slot)
            })
            .collect();
        Ok(Self { slots, steps })
    }

    /// Makes every op ready to run.
    ///
    /// # Errors
    ///
    /// All findings of `make`.
    pub fn prepare<Kernel>(
        self,
        make: impl Fn(OperationRef<'c, 'a>) -> Result<Kernel, Finding>,
    ) -> Result<Vec<Prepared<Kernel>>, Findings> {
        let (mut prepared, mut findings) = (Vec::new(), Findings::new());
        for (operation, operands, slot) in self.steps {
            match make(operation) {
                Ok(kernel) => prepared.push(Prepared {
                    kernel,
                    name: node_name(operation),
                    operands,
                    slot,
                }),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(prepared)
        }
    }
}

/// The names of the ops that `wanted` picks, in the order in which they run.
pub fn names<Kernel>(ops: &[Prepared<Kernel>], wanted: impl Fn(&Kernel) -> bool) -> Vec<&str> {
    let picked = ops.iter().filter(|op| wanted(&op.kernel));
    picked.map(|op| op.name.as_str()).collect()
}

/// The names and slots of the ops that `wanted` picks, in the order in which they run.
pub fn named<Kernel>(
    ops: &[Prepared<Kernel>],
    wanted: impl Fn(&Kernel) -> bool,
) -> Vec<(String, usize)> {
    ops.iter()
        .filter(|op| wanted(&op.kernel))
        .map(|op| (op.name.clone(), op.slot))
        .collect()
}

fn order<'c, 'a>(
    operations: &[OperationRef<'c, 'a>],
    holds: impl Fn(OperationRef<'c, 'a>) -> bool,
) -> Result<Vec<OperationRef<'c, 'a>>, Findings> {
    let mut maker = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        for result in operation.results() {
            maker.insert(ValueId::from(Value::from(result)), index);
        }
    }
    let mut users = vec![Vec::new(); operations.len()];
    let mut waits = vec![0usize; operations.len()];
    for (index, operation) in operations.iter().enumerate() {
        if holds(*operation) {
            continue;
        }
        for operand in operation.operands() {
            if let Some(&source) = maker.get(&ValueId::from(operand)) {
                users[source].push(index);
                waits[index] += 1;
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..operations.len()).filter(|&i| waits[i] == 0).collect();
    let mut order = Vec::with_capacity(operations.len());
    while let Some(index) = ready.pop_first() {
        order.push(operations[index]);
        for &user in &users[index] {
            waits[user] -= 1;
            if waits[user] == 0 {
                ready.insert(user);
            }
        }
    }
    if order.len() == operations.len() {
        return Ok(order);
    }
    let stuck: Vec<_> = (0..operations.len())
        .filter(|&i| waits[i] > 0)
        .map(|i| format!("`{}`", node_name(operations[i])))
        .collect();
    Err(Finding::error(
        "ir-cycle",
        "every cycle holds its signal back by a step",
        format!("{} wait for each other", stuck.join(", ")),
    )
    .into())
}
