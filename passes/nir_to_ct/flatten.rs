//! Nested graphs joined into one list of nodes.

use std::collections::{BTreeMap, BTreeSet};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{self, DialectOp, SYMBOL_NAME, ValueId, node_name},
    nir::{self, Op},
};

/// A graph without nesting.
pub(super) struct Flat<'c> {
    /// The nodes, inner ones in the place of the graph that holds them.
    pub nodes: Vec<Node<'c>>,
}

/// A node of the flat graph.
pub(super) struct Node<'c> {
    /// The path of the node, `/` between nested graphs.
    pub path: String,
    /// What it computes; never a graph.
    pub op: Op<'c>,
    /// Its value, unless it is an output.
    pub value: Option<ValueId>,
    /// The values that it sums.
    pub sources: Vec<ValueId>,
    /// The shape of its input.
    pub input_shape: Vec<usize>,
    /// The shape of its output.
    pub output_shape: Vec<usize>,
}

/// Flattens `module`.
pub(super) fn flatten<'c>(
    module: OperationRef<'c, '_>,
    findings: &mut Findings,
) -> Result<Flat<'c>, Finding> {
    let mut flattener = Flattener {
        nodes: Vec::new(),
        stands_for: BTreeMap::new(),
        findings,
    };
    flattener.module(module, None, None);
    let Flattener {
        mut nodes,
        stands_for,
        ..
    } = flattener;
    for node in &mut nodes {
        let mut sources = Vec::new();
        for source in &node.sources {
            resolve(*source, &stands_for, &mut BTreeSet::new(), &mut sources);
        }
        node.sources = sources;
        if node.sources.is_empty() && !matches!(node.op, Op::Input { .. }) {
            findings.push(
                Finding::error(
                    "nir-no-input",
                    "every node but an input has an incoming edge",
                    "it has no incoming edge",
                )
                .at(&node.path),
            );
        }
    }
    if nodes.is_empty() && !findings.has_errors() {
        return Err(Finding::error(
            "nir-empty",
            "a graph has nodes",
            "the graph has no node",
        ));
    }
    Ok(Flat { nodes })
}

struct Flattener<'c, 'f> {
    nodes: Vec<Node<'c>>,
    /// An inner input stands for what enters its graph, a graph's value for what leaves it.
    stands_for: BTreeMap<ValueId, Vec<ValueId>>,
    findings: &'f mut Findings,
}

impl<'c> Flattener<'c, '_> {
    /// Adds the nodes of `module`, which takes `entering` and whose output is `leaving`.
    fn module(
        &mut self,
        module: OperationRef<'c, '_>,
        entering: Option<&[ValueId]>,
        leaving: Option<ValueId>,
    ) {
        let list = ir::operations(module);
        // Taken out as they are called: two calls of one module would share its state.
        let mut modules: BTreeMap<String, OperationRef<'c, '_>> = list
            .iter()
            .filter_map(|op| Some((ir::module_attribute::<String>(*op, SYMBOL_NAME)?, *op)))
            .collect();
        for operation in list.iter().copied().filter(|op| op.region_count() == 0) {
            let path = node_name(operation);
            let op = match Op::read(operation) {
                Ok(op) => op,
                Err(finding) => {
                    self.findings.push(finding);
                    continue;
                }
            };
            let value = operation
                .result(0)
                .ok()
                .map(|r| ValueId::from(Value::from(r)));
            let sources: Vec<ValueId> = operation.operands().map(ValueId::from).collect();
            let shape =
                |value: Option<Value<'_, '_>>| value.and_then(|v| nir::signal_shape(v.r#type()));
            let input = shape(operation.operand(0).ok());
            let output = shape(operation.result(0).ok().map(Into::into));
            match (&op, entering, leaving, value) {
                (Op::Input { .. }, Some(entering), _, Some(value)) => {
                    self.stands_for.insert(value, entering.to_vec());
                    continue;
                }
                (Op::Output { .. }, _, Some(leaving), _) => {
                    self.stands_for.entry(leaving).or_default().extend(&sources);
                    continue;
                }
                (Op::Graph { callee, .. }, _, _, Some(value)) => {
                    match modules.remove(&callee.0) {
                        Some(inner) => self.module(inner, Some(&sources), Some(value)),
                        None => self.findings.push(
                            Finding::error(
                                "nir-callee",
                                "a nested graph has a module of its own beside it",
                                format!(
                                    "there is no module `@{}` that no other graph has",
                                    callee.0
                                ),
                            )
                            .at(path),
                        ),
                    }
                    continue;
                }
                _ => {}
            }
            self.nodes.push(Node {
                path,
                op,
                value,
                sources,
                input_shape: input.clone().or(output.clone()).unwrap_or_default(),
                output_shape: output.or(input).unwrap_or_default(),
            });
        }
        for symbol in modules.keys() {
            self.findings.push(
                Finding::error(
                    "nir-callee",
                    "every nested module is a graph's",
                    format!("no graph names `@{symbol}`"),
                )
                .at(symbol),
            );
        }
    }
}

/// The values of real nodes that `value` is the sum of.
fn resolve(
    value: ValueId,
    stands_for: &BTreeMap<ValueId, Vec<ValueId>>,
    seen: &mut BTreeSet<ValueId>,
    into: &mut Vec<ValueId>,
) {
    match stands_for.get(&value) {
        None => into.push(value),
        // A graph that only passes its own output around adds nothing.
        Some(_) if !seen.insert(value) => {}
        Some(parts) => {
            for part in parts {
                resolve(*part, stands_for, seen, into);
            }
            seen.remove(&value);
        }
    }
}
