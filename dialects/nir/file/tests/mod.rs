//! Tests of the NIR reader and writer. Files are made in a temporary folder with the module that
//! writes HDF5, so that every test goes through a real file.

mod corpus;
mod files;
mod graphs;
mod oddities;
mod refusals;
mod round_trip;
mod shapes;

use std::path::PathBuf;

use ndarray::{Array2, ArrayD, IxDyn};

use super::{
    Graph, Mode, ReadOptions, hdf5_write, read,
    tree::{Array, Group, Item},
};
use crate::{
    finding::{Findings, Severity},
    tensor::Tensor,
};

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nirc-nir-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// f64 elements 1, 1, 1, .. of a shape.
fn ones(shape: &[usize]) -> Item {
    Item::number(ArrayD::from_elem(IxDyn(shape), 1.0))
}

/// f64 elements of a list.
fn floats(values: &[f64]) -> Item {
    Item::number(values.to_vec())
}

/// i64 elements of a list.
fn ints(values: &[i64]) -> Item {
    Item::number(values.to_vec())
}

/// An i64 scalar.
fn int(value: i64) -> Item {
    Item::number(ndarray::arr0(value).into_dyn())
}

/// An f64 scalar.
fn float(value: f64) -> Item {
    Item::number(ndarray::arr0(value).into_dyn())
}

/// A node of a type with datasets.
fn node(kind: &str, datasets: &[(&str, Item)]) -> Item {
    let datasets = datasets
        .iter()
        .cloned()
        .map(|(name, item)| (name.to_owned(), item));
    let mut group: Group = datasets.collect();
    group.insert("type".to_owned(), Item::text(kind));
    Item::Group(group)
}

fn input(shape: &[i64]) -> Item {
    node("Input", &[("shape", ints(shape))])
}

fn output(shape: &[i64]) -> Item {
    node("Output", &[("shape", ints(shape))])
}

fn affine(out: usize, input: usize) -> Item {
    node(
        "Affine",
        &[("weight", ones(&[out, input])), ("bias", ones(&[out]))],
    )
}

fn linear(out: usize, input: usize) -> Item {
    node("Linear", &[("weight", ones(&[out, input]))])
}

fn lif(shape: &[usize]) -> Item {
    let names = ["tau", "r", "v_leak", "v_threshold", "v_reset"];
    node("LIF", &names.map(|name| (name, ones(shape))))
}

fn edge_list(edges: &[(&str, &str)]) -> Item {
    if edges.is_empty() {
        return Item::number(Vec::<f64>::new());
    }
    let names = edges
        .iter()
        .flat_map(|(a, b)| [a.to_string(), b.to_string()]);
    let names = Array2::from_shape_vec((edges.len(), 2), names.collect()).unwrap();
    Item::Array(Array::Text(names.into_dyn()))
}

fn graph(nodes: &[(&str, Item)], edges: &[(&str, &str)]) -> Item {
    let nodes = nodes
        .iter()
        .cloned()
        .map(|(name, item)| (name.to_owned(), item));
    node(
        "NIRGraph",
        &[
            ("nodes", Item::Group(nodes.collect())),
            ("edges", edge_list(edges)),
        ],
    )
}

/// A file with this outermost node.
fn file(node: Item) -> Group {
    Group::from([
        ("version".to_owned(), Item::text("1.0.8")),
        ("node".to_owned(), node),
    ])
}

/// input [2] -> fc -> lif -> output [3].
fn base() -> Group {
    file(graph(
        &[
            ("input", input(&[2])),
            ("fc", affine(3, 2)),
            ("lif", lif(&[3])),
            ("output", output(&[3])),
        ],
        BASE_EDGES,
    ))
}

const BASE_EDGES: &[(&str, &str)] = &[("input", "fc"), ("fc", "lif"), ("lif", "output")];

/// The group at a path below the root.
fn at<'a>(tree: &'a mut Group, path: &str) -> &'a mut Group {
    path.split('/')
        .fold(tree, |group, name| match group.get_mut(name) {
            Some(Item::Group(inner)) => inner,
            other => panic!("no group `{name}` of `{path}`: {other:?}"),
        })
}

/// Sets (or removes) the dataset `name` of the node at `path` below the outermost nodes.
fn set(tree: &mut Group, node: &str, name: &str, item: impl Into<Option<Item>>) {
    let group = at(tree, &format!("node/nodes/{node}"));
    match item.into() {
        Some(item) => group.insert(name.to_owned(), item),
        None => group.remove(name),
    };
}

/// Sets or adds an outermost node.
fn put(tree: &mut Group, name: &str, node: Item) {
    at(tree, "node/nodes").insert(name.to_owned(), node);
}

fn set_edges(tree: &mut Group, edges: &[(&str, &str)]) {
    at(tree, "node").insert("edges".to_owned(), edge_list(edges));
}

/// Writes the tree to a file and reads the file.
fn read_tree(tree: &Group, mode: Mode) -> (Option<Graph>, Findings) {
    let folder = Folder::new();
    let path = folder.file("test.nir");
    hdf5_write::store(tree, &Default::default(), &path, Some(4)).unwrap();
    let options = ReadOptions {
        mode,
        ..ReadOptions::default()
    };
    let (graph, findings) = read(&path, &options);
    assert_eq!(graph.is_none(), findings.has_errors(), "{findings}");
    (graph, findings)
}

/// The graph of a tree that is read in lenient mode.
fn lenient(tree: &Group) -> Graph {
    let (graph, findings) = read_tree(tree, Mode::Lenient);
    graph.unwrap_or_else(|| panic!("refused: {findings}"))
}

/// `severity code node`, for each finding, in order.
fn summary(findings: &Findings) -> Vec<String> {
    let line = |f: &crate::finding::Finding| {
        let severity = match f.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let code = f.code.strip_prefix("nir-").unwrap_or("CODE WITHOUT PREFIX");
        format!("{severity} {code} {}", f.node.as_deref().unwrap_or("-"))
    };
    findings.iter().map(line).collect()
}

fn tensor<'a>(graph: &'a Graph, node: &str, name: &str) -> &'a Tensor {
    let parameters = graph.nodes[node].kind.parameters();
    parameters.into_iter().find(|(n, _)| *n == name).unwrap().1
}
