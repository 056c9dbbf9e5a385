//! Where signals enter and leave one graph: roots that are no Input, leaves that are no Output.

use std::collections::BTreeSet;

use super::{
    Mode,
    edges::Lost,
    graph::{Graph, Node, Primitive},
    node_path,
};
use crate::finding::{Finding, Findings};

/// Gives every root that is no Input an Input `input_<name>`, as nir 1.0.8 does on reading, where
/// `shape_of` knows the shape that the root takes.
pub(super) fn add_inputs(
    graph: &mut Graph,
    path: &str,
    lost: &Lost,
    mode: Mode,
    shape_of: impl Fn(&Node) -> Option<Vec<usize>>,
    findings: &mut Findings,
) {
    let fed: BTreeSet<&String> = graph.edges.iter().map(|(_, to)| to).chain(&lost.incoming).collect();
    let roots: Vec<(String, Option<Vec<usize>>)> = graph
        .nodes
        .iter()
        .filter(|(name, node)| !fed.contains(name) && !matches!(node.kind, Primitive::Input { .. }))
        .map(|(name, node)| (name.clone(), shape_of(node)))
        .collect();
    let has_input = |node: &Node| matches!(node.kind, Primitive::Input { .. });
    if roots.is_empty() && lost.incoming.is_empty() && !graph.nodes.values().any(has_input) {
        findings.push(nowhere(
            path,
            "nir-no-input",
            "the graph has no Input, and every node has an incoming edge",
        ));
    }
    for (root, shape) in roots {
        let at = node_path(path, &root);
        let Some(shape) = shape else {
            findings.push(
                Finding::error(
                    "nir-root-without-input",
                    "every node without incoming edges is an Input",
                    "nothing leads into this node, and its input shape is not known",
                )
                .at(at)
                .fix("add an Input with the shape of the data"),
            );
            continue;
        };
        let input = unused_name(graph, format!("input_{root}"));
        findings.push(
            mode.repair(
                "nir-root-without-input",
                "every node without incoming edges is an Input",
                format!("nothing leads into this node; the Input `{input}` of shape {shape:?} is added"),
            )
            .at(at)
            .why("nir 1.0.8 adds the same node on reading"),
        );
        if mode == Mode::Lenient {
            graph.edges.push((input.clone(), root));
            graph.nodes.insert(input, Primitive::Input { shape }.into());
        }
    }
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
    let used: BTreeSet<&String> = graph
        .edges
        .iter()
        .map(|(from, _)| from)
        .chain(&lost.outgoing)
        .chain(failed)
        .collect();
    let leaves: Vec<(String, Vec<usize>)> = graph
        .nodes
        .iter()
        .filter(|(name, node)| !used.contains(name) && !matches!(node.kind, Primitive::Output { .. }))
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
                format!("nothing follows this node; the Output `{output}` of shape {shape:?} is added"),
            )
            .at(node_path(path, &leaf))
            .why("nir 1.0.8 adds the same node on reading"),
        );
        if mode == Mode::Lenient {
            let mut node = Node::from(Primitive::Output { shape: shape.clone() });
            (node.input_shape, node.output_shape) = (shape.clone(), shape);
            graph.edges.push((leaf, output.clone()));
            graph.nodes.insert(output, node);
        }
    }
}

/// A graph without a boundary that nothing says where to add.
fn nowhere(path: &str, code: &'static str, what: &str) -> Finding {
    let finding = Finding::error(code, "a graph has an Input and an Output", what)
        .fix("add the node to the graph");
    if path.is_empty() {
        finding
    } else {
        finding.at(path)
    }
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
