//! The edges of one graph: which nodes they join, and which they fail to join.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Mode, at,
    fields::Reported,
    graph::{Graph, Primitive},
    node_path,
    tree::{Array, Item},
};
use crate::finding::{Finding, Findings};

/// The edges that the dataset `edges` holds.
pub(super) fn read(
    item: Option<Item>,
    path: &str,
    findings: &mut Findings,
) -> Result<Vec<(String, String)>, Reported> {
    match item {
        Some(Item::Array(Array::Text(names))) if names.ndim() == 2 && names.shape()[1] == 2 => {
            let mut names = names.into_iter();
            let pairs = std::iter::from_fn(|| Some((names.next()?, names.next()?)));
            return Ok(pairs.collect());
        }
        // An empty list of edges is what numpy makes of one: float64 without elements.
        Some(Item::Array(Array::Number { tensor, .. })) if tensor.is_empty() => {
            return Ok(Vec::new());
        }
        Some(Item::Array(Array::Text(names))) if names.is_empty() => return Ok(Vec::new()),
        _ => {}
    }
    let found = item.map_or("missing".to_owned(), |item| item.describe());
    let finding = Finding::error(
        "nir-edges",
        "`edges` is a list of pairs of node names",
        format!("`edges` is {found}"),
    );
    findings.push(at(finding, path));
    Err(Reported)
}

/// Nodes some of whose edges are not in the graph, because a finding says that their other end
/// cannot be had. What follows from the lack of those edges is not worth a second finding.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Nodes that lost an incoming edge.
    pub(super) incoming: BTreeSet<String>,
    /// Nodes that lost an outgoing edge.
    pub(super) outgoing: BTreeSet<String>,
}

impl Lost {
    /// Whether no edge is lost.
    pub(super) fn is_empty(&self) -> bool {
        self.incoming.is_empty() && self.outgoing.is_empty()
    }
}

/// Checks and repairs the edges of `graph`, which lies at `path`. Afterwards both ends of every
/// edge exist and no edge occurs twice.
pub(super) fn check(
    graph: &mut Graph,
    path: &str,
    unreadable: &BTreeSet<String>,
    mode: Mode,
    findings: &mut Findings,
) -> Lost {
    rename_dangling(graph, path, unreadable, mode, findings);
    let lost = drop_dangling(graph, path, unreadable, findings);
    drop_duplicates(graph, path, mode, findings);
    check_ends(graph, path, findings);
    note_sums(graph, path, findings);
    lost
}

/// Whether a node of this name exists or would exist if it could be read.
fn exists(graph: &Graph, path: &str, unreadable: &BTreeSet<String>, name: &str) -> bool {
    graph.nodes.contains_key(name)
        || (!unreadable.is_empty() && unreadable.contains(&node_path(path, name)))
}

/// Gives dangling ends the one name that they can mean, if there is one:
/// the same name as HDF5 spells it, or the only node that no edge names.
fn rename_dangling(
    graph: &mut Graph,
    path: &str,
    unreadable: &BTreeSet<String>,
    mode: Mode,
    findings: &mut Findings,
) {
    let mentioned: BTreeSet<&String> = graph.edges.iter().flat_map(|(a, b)| [a, b]).collect();
    let dangling: Vec<&String> = mentioned
        .iter()
        .copied()
        .filter(|name| !exists(graph, path, unreadable, name))
        .collect();
    if dangling.is_empty() {
        return;
    }
    let mut unmentioned = graph.nodes.keys().filter(|name| !mentioned.contains(name));
    let only_unmentioned = unmentioned.next().filter(|_| unmentioned.next().is_none());

    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for &name in &dangling {
        let spelled = name
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect::<Vec<_>>()
            .join("/");
        let (meant, why) = if graph.nodes.contains_key(&spelled) {
            (spelled, "HDF5 drops empty parts of a name")
        } else if let (&[_], Some(node)) = (&dangling[..], only_unmentioned)
            && (node.starts_with(name.as_str()) || name.starts_with(node.as_str()))
        {
            let why = "a guess: it is the only node that no edge names, this is the only name \
                       without a node, and one name begins with the other";
            (node.clone(), why)
        } else {
            continue;
        };
        let finding = mode
            .repair(
                "nir-dangling-edge-renamed",
                "both ends of an edge are nodes",
                format!("the edges that name `{name}`, which does not exist, mean `{meant}`"),
            )
            .why(why)
            .fix(format!("write `{meant}` in the edges"));
        findings.push(finding.at(node_path(path, &meant)));
        names.insert(name.clone(), meant);
    }
    for (source, destination) in &mut graph.edges {
        for end in [source, destination] {
            if let Some(name) = names.get(end) {
                end.clone_from(name);
            }
        }
    }
}

/// Takes out edges that miss an end, with a finding for each end that never existed.
fn drop_dangling(
    graph: &mut Graph,
    path: &str,
    unreadable: &BTreeSet<String>,
    findings: &mut Findings,
) -> Lost {
    let mut lost = Lost::default();
    let (edges, dangling): (Vec<_>, Vec<_>) = std::mem::take(&mut graph.edges)
        .into_iter()
        .partition(|(a, b)| graph.nodes.contains_key(a) && graph.nodes.contains_key(b));
    graph.edges = edges;
    for (source, destination) in dangling {
        let missing = [&source, &destination]
            .into_iter()
            .filter(|name| !exists(graph, path, unreadable, name));
        for name in missing {
            let mut finding = Finding::error(
                "nir-dangling-edge",
                "both ends of an edge are nodes",
                format!(
                    "the edge `{source}` -> `{destination}` names `{name}`, which does not exist"
                ),
            );
            if let Some((outer, inner)) = name.split_once('.')
                && matches!(
                    graph.nodes.get(outer).map(|n| &n.kind),
                    Some(Primitive::Graph(_))
                )
            {
                finding = finding
                    .why(format!(
                        "an edge to node `{inner}` inside the nested graph `{outer}` is described \
                         in NIR's documentation, but no version of nir reads it"
                    ))
                    .fix(format!("let the edge name `{outer}`"));
            } else {
                finding = finding.fix(format!("add a node `{name}` or correct the edge"));
            }
            findings.push(finding.at(node_path(path, name)));
        }
        lost.outgoing.insert(source);
        lost.incoming.insert(destination);
    }
    lost
}

fn drop_duplicates(graph: &mut Graph, path: &str, mode: Mode, findings: &mut Findings) {
    let mut count: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for edge in &graph.edges {
        *count.entry(edge).or_default() += 1;
    }
    if count.len() == graph.edges.len() {
        return;
    }
    for ((source, destination), times) in count.into_iter().filter(|(_, times)| *times > 1) {
        let finding = mode
            .repair(
                "nir-duplicate-edge",
                "an edge occurs once",
                format!("`{source}` -> `{destination}` occurs {times} times and is kept once"),
            )
            .why("nir 1.0.8 refuses it and nirtorch keeps one; its signal might be meant to count twice");
        findings.push(finding.at(node_path(path, destination)));
    }
    let mut seen = BTreeSet::new();
    let first: Vec<bool> = graph.edges.iter().map(|edge| seen.insert(edge)).collect();
    let mut first = first.into_iter();
    graph.edges.retain(|_| first.next().unwrap_or(true));
}

/// Edges from a node to itself, into an Input and out of an Output.
fn check_ends(graph: &Graph, path: &str, findings: &mut Findings) {
    let is_input = |name| matches!(kind(graph, name), Some(Primitive::Input { .. }));
    let is_output = |name| matches!(kind(graph, name), Some(Primitive::Output { .. }));
    for (source, destination) in &graph.edges {
        if source == destination {
            findings.push(
                Finding::warning(
                    "nir-self-loop",
                    "a node does not feed itself",
                    "the node feeds itself; the edge is kept",
                )
                .at(node_path(path, source))
                .why("NIR defines no delay for a feedback loop"),
            );
        }
        for (wrong, node, what) in [
            (
                is_input(destination),
                destination,
                "an edge leads into this Input",
            ),
            (
                is_output(source),
                source,
                "an edge leads out of this Output",
            ),
        ] {
            if wrong {
                findings.push(
                    Finding::error(
                        "nir-edge-at-boundary",
                        "nothing leads into an Input or out of an Output",
                        format!("{what}: `{source}` -> `{destination}`"),
                    )
                    .at(node_path(path, node))
                    .why("it is undefined how the signal joins the one from outside"),
                );
            }
        }
    }
}

fn kind<'a>(graph: &'a Graph, name: &str) -> Option<&'a Primitive> {
    graph.nodes.get(name).map(|node| &node.kind)
}

fn note_sums(graph: &Graph, path: &str, findings: &mut Findings) {
    let mut sources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (source, destination) in &graph.edges {
        sources.entry(destination).or_default().push(source);
    }
    for (destination, mut sources) in sources {
        if sources.len() > 1 {
            sources.sort_unstable();
            let finding = Finding::note(
                "nir-implicit-sum",
                "a node has one incoming edge",
                format!("its input is the sum of {}", sources.join(", ")),
            );
            findings.push(
                finding
                    .at(node_path(path, destination))
                    .why("NIR does not define several incoming edges; every reader adds them"),
            );
        }
    }
}
