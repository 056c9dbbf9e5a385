//! The graph of equal programs in the JSON of egraph-serialize, which e-graph viewers and the extraction
//! gym read.

use std::collections::BTreeMap;

use egg::{Id, Language};
use egraph_serialize::{ClassData, ClassId, EGraph, Node as SerialNode, NodeId};

use super::{candidates::Candidates, import::Imported, language::Node, text};

/// The price of a node that is no op of the target, as a number.
const MISSING: f64 = 1e9;

/// The graph as JSON. Attributes are part of the name of their op; a class that is a value of the source has
/// the names of its NIR nodes as its type.
pub fn json(imported: &Imported<'_, '_>, candidates: &Candidates) -> String {
    let graph = &imported.graph;
    let mut out = EGraph::default();
    let mut names: BTreeMap<Id, Vec<&str>> = BTreeMap::new();
    for op in &imported.ops {
        if let Some(class) = op.class {
            let own = names.entry(graph.find(class)).or_default();
            if !own.contains(&op.name.as_str()) {
                own.push(&op.name);
            }
        }
    }
    let mut costs = BTreeMap::new();
    for (class, nodes) in candidates.classes.iter().zip(&candidates.nodes) {
        for candidate in nodes {
            costs.insert(
                (*class, candidate.node.clone()),
                candidates.alone(candidate),
            );
        }
    }
    let mut classes: Vec<Id> = graph.classes().map(|class| class.id).collect();
    classes.sort_unstable();
    let id = |class: Id, number: usize| NodeId::from(format!("{class}.{number}"));
    let class_id = |class: Id| ClassId::from(class.to_string());
    for class in classes {
        let signals: Vec<&Node> = graph[class].nodes.iter().filter(|n| is_signal(n)).collect();
        if signals.is_empty() {
            continue;
        }
        for (number, node) in signals.into_iter().enumerate() {
            let canonical = node.clone().map_children(|id| graph.find(id));
            let cost = costs.get(&(class, canonical.clone()));
            let cost = cost.map_or(MISSING, |c| c.amount as f64 + c.missing as f64 * MISSING);
            let op = match node {
                Node::Source(source) => {
                    let maker = imported.sources[*source as usize];
                    imported.ops[maker].name.clone()
                }
                node => text::head(graph, node),
            };
            let children = canonical.operands().iter().map(|child| id(*child, 0));
            out.add_node(
                id(class, number),
                SerialNode {
                    op,
                    children: children.collect(),
                    eclass: class_id(class),
                    cost: egraph_serialize::Cost::new(cost).unwrap_or_default(),
                    subsumed: false,
                },
            );
        }
        if let Some(names) = names.get(&class) {
            out.class_data.insert(
                class_id(class),
                ClassData {
                    typ: Some(names.join(" + ")),
                    extra: Default::default(),
                },
            );
        }
    }
    let roots = imported
        .roots()
        .into_iter()
        .map(|id| class_id(graph.find(id)));
    out.root_eclasses = roots.collect();
    serde_json::to_string_pretty(&out).unwrap_or_default() + "\n"
}

fn is_signal(node: &Node) -> bool {
    matches!(node, Node::Source(_)) || node.op().is_some()
}
