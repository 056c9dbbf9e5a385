//! From a tree to a graph: types, parameters and edges, as the file states them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Mode, at, edges,
    fields::{Fields, Reported, unreadable},
    graph::{Graph, MetadataValue, Node, Primitive},
    metadata, names, node_path,
    primitive::{self, NodeError},
    tree::{Array, Group, Item},
};
use crate::finding::{Finding, Findings};

/// A graph, and the paths of nodes that are missing in it because they could not be read. Findings
/// name them already, so what follows from their absence is not reported again.
pub(super) struct Incomplete {
    pub(super) graph: Graph,
    pub(super) unreadable: BTreeSet<String>,
}

struct Reader<'a> {
    mode: Mode,
    findings: &'a mut Findings,
    unreadable: BTreeSet<String>,
}

/// The graph in `file`, or `None` if there is none.
pub(super) fn graph(mut file: Group, mode: Mode, findings: &mut Findings) -> Option<Incomplete> {
    let version = version(file.remove("version"), mode, findings);
    let Some(Item::Group(root)) = file.remove("node") else {
        let finding = Finding::error(
            "nir-no-graph",
            "a NIR file has a group `node` that holds the graph",
            "the file is HDF5 but has no group `node`",
        );
        findings.push(if file.contains_key("layer") {
            finding.why("it looks like a Lava netx file")
        } else if file.contains_key("nodes") {
            finding.why("it looks like NIRData: recorded activity, not a graph")
        } else {
            finding
        });
        return None;
    };
    for name in file.keys() {
        findings.push(Finding::note(
            "nir-extra-object",
            "a NIR file holds `version` and `node`",
            format!("`/{name}` is ignored, as nir does"),
        ));
    }
    let mut reader = Reader {
        mode,
        findings,
        unreadable: BTreeSet::new(),
    };
    let node = reader.node(root, "").ok()?;
    let mut graph = match node.kind {
        Primitive::Graph(graph) => Graph {
            metadata: node.metadata,
            ..graph
        },
        kind => reader.wrapped(Node { kind, ..node }),
    };
    graph.version = version;
    Some(Incomplete {
        graph,
        unreadable: reader.unreadable,
    })
}

fn version(item: Option<Item>, mode: Mode, findings: &mut Findings) -> Option<String> {
    const RULE: &str = "a NIR file states its version";
    let finding = match item {
        Some(Item::Array(Array::Text(text))) if text.ndim() == 0 => {
            return text.first().cloned();
        }
        None => Finding::note(
            "nir-missing-version",
            RULE,
            "the file states none, as before version 0.2",
        ),
        Some(Item::Unreadable(why)) => unreadable("version", &why),
        Some(item) => mode.repair(
            "nir-version-type",
            RULE,
            format!("`version` should be a string, but is {}", item.describe()),
        ),
    };
    findings.push(finding);
    None
}

impl Reader<'_> {
    /// A graph around the only node of a file: its name is its type in lower case, as
    /// `nir.NIRGraph.from_list` gives it.
    fn wrapped(&mut self, node: Node) -> Graph {
        let kind = node.kind.type_name();
        self.findings.push(self.mode.repair(
            "nir-not-a-graph",
            "the outermost node of a file is a NIRGraph",
            format!("the file holds a single {kind}, which becomes the only node of a graph"),
        ));
        Graph {
            nodes: BTreeMap::from([(kind.to_lowercase(), node)]),
            ..Graph::default()
        }
    }

    /// The node in `members`; `path` is empty for the outermost graph.
    fn node(&mut self, mut members: Group, path: &str) -> Result<Node, Reported> {
        let metadata = self.metadata(members.remove("metadata"), path);
        let kind = self.node_type(members.remove("type"), path)?;
        let kind = if kind == "NIRGraph" {
            Primitive::Graph(self.nested(members, path)?)
        } else {
            let mut fields = Fields {
                path,
                kind: &kind,
                mode: self.mode,
                members,
                findings: self.findings,
            };
            let primitive = primitive::read(&mut fields);
            // Parameters of an unknown type are not judged one by one.
            if !matches!(primitive, Err(NodeError::UnknownType)) {
                fields.finish();
            }
            primitive.map_err(|_| Reported)?
        };
        Ok(Node {
            metadata,
            ..Node::from(kind)
        })
    }

    fn metadata(&mut self, item: Option<Item>, path: &str) -> BTreeMap<String, MetadataValue> {
        match item {
            None => BTreeMap::new(),
            Some(Item::Group(group)) => metadata::read(group, path, self.mode, self.findings),
            // One item that is not a group is reported like a value that cannot be read.
            Some(other) => {
                let unreadable = Item::Unreadable(format!("it is {}", other.describe()));
                let group = Group::from([("metadata".to_owned(), unreadable)]);
                metadata::read(group, path, self.mode, self.findings)
            }
        }
    }

    fn node_type(&mut self, item: Option<Item>, path: &str) -> Result<String, Reported> {
        let finding = match item {
            Some(Item::Array(Array::Text(text))) if text.len() == 1 => {
                return Ok(text.into_iter().next().unwrap_or_default());
            }
            None => Finding::error(
                "nir-missing-type",
                "every node has a `type`",
                "there is no `type`",
            ),
            Some(Item::Unreadable(why)) => unreadable("type", &why),
            Some(item) => Finding::error(
                "nir-type-not-string",
                "the `type` of a node is a string",
                format!("`type` is {}", item.describe()),
            ),
        };
        self.findings.push(at(finding, path));
        Err(Reported)
    }

    fn nested(&mut self, mut members: Group, path: &str) -> Result<Graph, Reported> {
        let nodes = match members.remove("nodes") {
            Some(Item::Group(nodes)) => Ok(nodes),
            other => {
                let found = other.map_or("missing".to_owned(), |item| item.describe());
                let finding = Finding::error(
                    "nir-missing-nodes",
                    "a NIRGraph has a group `nodes`",
                    format!("`nodes` is {found}"),
                );
                self.findings.push(at(finding, path));
                Err(Reported)
            }
        };
        let edges = edges::read(members.remove("edges"), path, self.findings);
        Fields {
            path,
            kind: "NIRGraph",
            mode: self.mode,
            members,
            findings: self.findings,
        }
        .finish();
        let mut graph = Graph {
            edges: edges?,
            ..Graph::default()
        };
        for (name, members) in names::nodes(nodes?, path, self.findings) {
            let path = node_path(path, &name);
            match self.node(members, &path) {
                Ok(node) => {
                    graph.nodes.insert(name, node);
                }
                Err(Reported) => {
                    self.unreadable.insert(path);
                }
            }
        }
        Ok(graph)
    }
}
