//! The order in which the ops of one step run.

use std::collections::BTreeMap;

use melior::ir::{OperationRef, Value, operation::OperationLike};

use super::{ValueId, node_name};
use crate::finding::{Finding, Findings};

/// Orders `operations` so that each follows the ops that make its operands. An op for which
/// `holds` is true gives what it took in an earlier step, so it waits for nothing.
///
/// # Errors
///
/// A finding that names the nodes of a cycle in which no op holds anything back.
pub fn schedule<'c, 'a>(
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
    let mut ready: std::collections::BTreeSet<usize> =
        (0..operations.len()).filter(|&i| waits[i] == 0).collect();
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
