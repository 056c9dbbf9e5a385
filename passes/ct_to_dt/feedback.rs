//! Where signals are held back: on the way to a neuron, and in cycles.

use std::collections::{BTreeMap, BTreeSet};

use melior::ir::{OperationRef, Value, operation::OperationLike};
use nirc_dialects::{
    ct::Op,
    dt::Reads,
    finding::Finding,
    ir::{ValueId, node_name},
};

use super::{CtToDt, Feedback};
use crate::{Lowering, Parameter};

/// The uses of values that go through a register, with its steps: (index of the op, index of its
/// operand).
pub(super) type Registers = BTreeMap<(usize, usize), i64>;

/// Finds the uses that delays hold back, and one in every cycle that nothing else does. The walk goes depth first from the inputs, in the
/// order of the ops, which depends on names and edges only.
pub(super) fn place(
    ops: &[(OperationRef<'_, '_>, Op<'_>)],
    options: &CtToDt,
    step: f64,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<Registers, Finding> {
    let mut maker = BTreeMap::new();
    for (index, (operation, _)) in ops.iter().enumerate() {
        for result in operation.results() {
            maker.insert(ValueId::from(Value::from(result)), index);
        }
    }
    let sources: Vec<Vec<Option<usize>>> = ops
        .iter()
        .map(|(operation, _)| {
            operation
                .operands()
                .map(|value| maker.get(&ValueId::from(value)).copied())
                .collect()
        })
        .collect();
    let mut registers = Registers::new();
    for (user, operand, source) in uses_before_neurons(ops, &sources) {
        let steps = match ops[source].1 {
            Op::Input {} => options.input_delay,
            _ => options.synaptic_delay,
        };
        if steps > 0 {
            registers.insert((user, operand), steps);
        }
    }
    let mut users: Vec<Vec<(usize, usize)>> = vec![Vec::new(); ops.len()];
    let mut uses = vec![0usize; ops.len()];
    for (user, operands) in sources.iter().enumerate() {
        for source in operands.iter().flatten() {
            uses[*source] += 1;
        }
        // A delay of a step or more holds its cycle back by itself.
        if let Op::Delay { delay } = ops[user].1 {
            let delay = Parameter::read(lowering.tensors, delay)?;
            if delay.values().iter().all(|d| (d / step).round() >= 1.0) {
                continue;
            }
        }
        // So does a neuron whose spikes are those of the potential before.
        if let Op::Neuron {
            v_threshold: Some(_),
            r: Some(_),
            ..
        } = ops[user].1
            && options.comparison_reads == Reads::Previous
        {
            continue;
        }
        for (operand, source) in operands.iter().enumerate() {
            if let Some(source) = source
                && !registers.contains_key(&(user, operand))
            {
                users[*source].push((user, operand));
            }
        }
    }
    let feedback = options.feedback;
    for (user, operand) in back_edges(ops, &users) {
        let place = match feedback {
            Feedback::Path => (user, operand),
            Feedback::Spikes => match towards_neuron(ops, &sources, &uses, user, operand) {
                Some(place) => place,
                None => {
                    lowering.findings.push(
                        Finding::warning(
                            "ct-feedback",
                            "a feedback path leads straight from one neuron",
                            "this feedback path does not; it is held back by a step at its end",
                        )
                        .at(node_name(ops[user].0)),
                    );
                    (user, operand)
                }
            },
        };
        report(ops, &sources, user, operand, feedback, lowering);
        registers.insert(place, 1);
    }
    Ok(registers)
}

/// The uses of an input's or a neuron's value on the way to a neuron: user, operand and source.
fn uses_before_neurons(
    ops: &[(OperationRef<'_, '_>, Op<'_>)],
    sources: &[Vec<Option<usize>>],
) -> Vec<(usize, usize, usize)> {
    let neurons = (0..ops.len()).filter(|&i| matches!(ops[i].1, Op::Neuron { .. }));
    let mut next: Vec<usize> = neurons.collect();
    let mut seen: BTreeSet<usize> = next.iter().copied().collect();
    let mut uses = Vec::new();
    while let Some(user) = next.pop() {
        for (operand, source) in sources[user].iter().enumerate() {
            match source.map(|source| (source, &ops[source].1)) {
                Some((source, Op::Input {} | Op::Neuron { .. })) => {
                    uses.push((user, operand, source));
                }
                Some((source, _)) if seen.insert(source) => next.push(source),
                _ => {}
            }
        }
    }
    uses
}

/// The uses that lead back to an op that the walk is still inside of.
fn back_edges(
    ops: &[(OperationRef<'_, '_>, Op<'_>)],
    users: &[Vec<(usize, usize)>],
) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Not,
        Inside,
        Done,
    }
    let mut visits = vec![Visit::Not; ops.len()];
    let mut found = Vec::new();
    let inputs = (0..ops.len()).filter(|&i| matches!(ops[i].1, Op::Input {}));
    for root in inputs.chain(0..ops.len()) {
        if visits[root] != Visit::Not {
            continue;
        }
        visits[root] = Visit::Inside;
        let mut stack = vec![(root, 0)];
        while let Some((op, next)) = stack.last_mut() {
            let Some(&(user, operand)) = users[*op].get(*next) else {
                visits[*op] = Visit::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match visits[user] {
                Visit::Not => {
                    visits[user] = Visit::Inside;
                    stack.push((user, 0));
                }
                Visit::Inside => found.push((user, operand)),
                Visit::Done => {}
            }
        }
    }
    found
}

/// Follows a path back through ops of one operand to the use of a neuron's output.
fn towards_neuron(
    ops: &[(OperationRef<'_, '_>, Op<'_>)],
    sources: &[Vec<Option<usize>>],
    uses: &[usize],
    mut user: usize,
    mut operand: usize,
) -> Option<(usize, usize)> {
    for _ in 0..ops.len() {
        let source = sources[user][operand]?;
        match ops[source].1 {
            Op::Neuron { .. } => return Some((user, operand)),
            Op::Linear { .. }
            | Op::Convolution { .. }
            | Op::Pool { .. }
            | Op::Scale { .. }
            | Op::Bias { .. }
            | Op::Reshape {}
            | Op::Delay { .. }
                // A value that goes elsewhere too must not come later there.
                if sources[source].len() == 1 && uses[source] == 1 =>
            {
                (user, operand) = (source, 0);
            }
            _ => return None,
        }
    }
    None
}

fn report(
    ops: &[(OperationRef<'_, '_>, Op<'_>)],
    sources: &[Vec<Option<usize>>],
    user: usize,
    operand: usize,
    feedback: Feedback,
    lowering: &mut Lowering<'_, '_, '_>,
) {
    let Some(source) = sources[user][operand] else {
        return;
    };
    const RULE: &str = "the delay of a cycle is known";
    let has_bias = matches!(ops[source].1, Op::Bias { .. });
    let (start, other) = match feedback {
        Feedback::Spikes => ("acts from the first step on", "--feedback path"),
        Feedback::Path => ("is absent in the first step", "--feedback spikes"),
    };
    let what = format!(
        "the feedback into `{}` comes one step later",
        node_name(ops[user].0)
    );
    let finding = if has_bias {
        Finding::warning(
            "ct-feedback-delay",
            RULE,
            format!("{what}; the bias of its path {start}"),
        )
        .why("NIR gives a cycle no delay, and frameworks differ in the first step")
        .fix(format!("settle it with {other}, or keep it"))
    } else {
        Finding::note("ct-feedback-delay", RULE, what)
            .why("NIR gives a cycle no delay; every framework that runs one takes the spikes of the step before")
    };
    lowering.findings.push(finding.at(node_name(ops[source].0)));
}
