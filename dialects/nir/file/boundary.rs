//! Where signals enter and leave one graph: roots that are no Input, leaves that are no Output.

use std::collections::BTreeSet;

use super::{
    Mode, at,
    edges::Lost,
    graph::{Graph, Node, Primitive},
    node_path,
};
use crate::finding::{Finding, Findings};

/// Gives every root that is no Input an Input `input_<name>`, as nir 1.0.8 does on reading, where
/// `shape_of` knows the shape that the root takes. Returns whether every node now has a way to be
/// reached from an Input.
pub(super) fn add_inputs(
    graph: &mut Graph,
    path: &str,
    lost: &Lost,
    mode: Mode,
    shape_of: impl Fn(&Node) -> Option<Vec<usize>>,
    findings: &mut Findings,
) -> bool {
    let alone = if lost.is_empty() {
        Vec::new()
    } else {
        isolated(graph)
    };
    let edges = graph.edges.iter().map(|(_, to)| to);
    let fed: BTreeSet<&String> = edges.chain(&lost.incoming).chain(&alone).collect();
    let roots: Vec<(String, Option<Vec<usize>>)> = graph
        .nodes
        .iter()
        .filter(|(name, node)| !fed.contains(name) && !matches!(node.kind, Primitive::Input { .. }))
        .map(|(name, node)| (name.clone(), shape_of(node)))
        .collect();
    let has_input = |node: &Node| matches!(node.kind, Primitive::Input { .. });
    let mut complete = roots.is_empty() || mode == Mode::Lenient;
    if roots.is_empty() && lost.is_empty() && !graph.nodes.values().any(has_input) {
        complete = false;
        findings.push(nowhere(
            path,
            "nir-no-input",
            "the graph has no Input, and every node has an incoming edge",
        ));
    }
    for (root, shape) in roots {
        let root_path = node_path(path, &root);
        let Some(shape) = shape else {
            complete = false;
            findings.push(
                Finding::error(
                    "nir-root-without-input",
                    "every node without incoming edges is an Input",
                    "nothing leads into this node, and its input shape is not known",
                )
                .at(root_path)
                .fix("add an Input with the shape of the data"),
            );
            continue;
        };
        let input = unused_name(graph, format!("input_{root}"));
        findings.push(
            mode.repair(
                "nir-root-without-input",
                "every node without incoming edges is an Input",
                format!(
                    "nothing leads into this node; the Input `{input}` of shape {shape:?} is added"
                ),
            )
            .at(root_path)
            .why("nir 1.0.8 adds the same node on reading"),
        );
        if mode == Mode::Lenient {
            graph.edges.push((input.clone(), root));
            graph.nodes.insert(input, Primitive::Input { shape }.into());
        }
    }
    complete
}

/// The nodes that no edge names.
fn isolated(graph: &Graph) -> Vec<String> {
    let named: BTreeSet<&String> = graph.edges.iter().flat_map(|(a, b)| [a, b]).collect();
    let alone = graph.nodes.keys().filter(|name| !named.contains(name));
    alone.cloned().collect()
}

/// Gives every leaf that is no Output an Output `output_<name>`, as nir 1.0.8 does on reading.
/// Leaves in `failed` have no output shape, and a finding says why.
pub(super) fn add_outputs(
    graph: &mut Graph,
    path: &str,
    lost: &Lost,
    failed: &BTreeSet<String>,
    mode: Mode,
    findings: &mut Findings,
) {
    let alone = if lost.is_empty() {
        Vec::new()
    } else {
        isolated(graph)
    };
    let used: BTreeSet<&String> = graph
        .edges
        .iter()
        .map(|(from, _)| from)
        .chain(&lost.outgoing)
        .chain(failed)
        .chain(&alone)
        .collect();
    let leaves: Vec<(String, Vec<usize>)> = graph
        .nodes
        .iter()
        .filter(|(name, node)| {
            !used.contains(name) && !matches!(node.kind, Primitive::Output { .. })
        })
        .map(|(name, node)| (name.clone(), node.output_shape.clone()))
        .collect();
    let has_output = |node: &Node| matches!(node.kind, Primitive::Output { .. });
    let unknown = !lost.outgoing.is_empty() || !failed.is_empty();
    if leaves.is_empty() && !unknown && !graph.nodes.values().any(has_output) {
        findings.push(nowhere(
            path,
            "nir-no-output",
            "the graph has no Output, and every node has an outgoing edge",
        ));
    }
    for (leaf, shape) in leaves {
        let output = unused_name(graph, format!("output_{leaf}"));
        findings.push(
            mode.repair(
                "nir-leaf-without-output",
                "every node without outgoing edges is an Output",
                format!(
                    "nothing follows this node; the Output `{output}` of shape {shape:?} is added"
                ),
            )
            .at(node_path(path, &leaf))
            .why("nir 1.0.8 adds the same node on reading"),
        );
        if mode == Mode::Lenient {
            let mut node = Node::from(Primitive::Output {
                shape: shape.clone(),
            });
            (node.input_shape, node.output_shape) = (shape.clone(), shape);
            graph.edges.push((leaf, output.clone()));
            graph.nodes.insert(output, node);
        }
    }
}

/// A graph without a boundary that nothing says where to add.
fn nowhere(path: &str, code: &'static str, what: &str) -> Finding {
    let finding = Finding::error(code, "a graph has an Input and an Output", what);
    at(finding.fix("add the node to the graph"), path)
}

fn unused_name(graph: &Graph, name: String) -> String {
    if !graph.nodes.contains_key(&name) {
        return name;
    }
    (0..)
        .map(|i: usize| format!("{name}_{i}"))
        .find(|name| !graph.nodes.contains_key(name))
        .unwrap_or(name)
}
