//! From a graph to a NIR file that the Python package `nir` 1.0.8 reads.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayD, IxDyn};

use super::{
    graph::{Convolution, Graph, Node, Padding, Pool, Primitive},
    hdf5_write, metadata, node_path,
    shape::elements,
    tree::{Array, Attributes, Group, Item},
};
use crate::{
    finding::{Finding, Findings},
    tensor::Tensor,
    with_elements,
};

/// The version of the NIR file format that is written.
pub const FORMAT_VERSION: &str = "1.0.8";

/// The most elements that a parameter of one element is repeated to, since `nir` demands that all
/// parameters of a node have the same shape.
const MAX_REPEATED: usize = 1 << 28;

/// How [`write()`] writes.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// The gzip level of arrays, 0 to 9, or `None` for no compression. Default: 4, as `nir` 1.0.8.
    pub gzip: Option<u8>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { gzip: Some(4) }
    }
}

/// Writes `graph` to `path`, in place of what is there; a failed write leaves that as it was.
///
/// The same graph gives the same bytes. The graph's own version is not written but
/// [`FORMAT_VERSION`]. What the graph leaves absent (`v_reset`, `w_in`, `input_type`) stays absent,
/// except the `input_shape` of a convolution, without which `nir` 1.0.8 reads no file: it is taken
/// from the node's inferred shape. A parameter of one element is repeated to the node's shape.
///
/// # Errors
///
/// Findings for a name that HDF5 cannot hold, for a parameter that cannot be repeated, and for
/// whatever the file system or the HDF5 library refuses.
pub fn write(graph: &Graph, path: &Path, options: &WriteOptions) -> Result<(), Findings> {
    let mut findings = Findings::new();
    let tree = Group::from([
        ("version".to_owned(), Item::text(FORMAT_VERSION)),
        (
            "node".to_owned(),
            Item::Group(graph_group(graph, "", &mut findings)),
        ),
    ]);
    if findings.has_errors() {
        return Err(findings);
    }
    store(&tree, &Attributes::new(), path, options)
}

/// Writes a tree to `path`, in place of what is there; a failed write leaves that as it was.
pub(in crate::nir) fn store(
    tree: &Group,
    attributes: &Attributes,
    path: &Path,
    options: &WriteOptions,
) -> Result<(), Findings> {
    let temporary = temporary_path(path);
    let gzip = options.gzip.map(|level| level.min(9));
    let result = hdf5_write::store(tree, attributes, &temporary, gzip)
        .and_then(|()| std::fs::rename(&temporary, path).map_err(|error| failed(path, &error)));
    result.inspect_err(|_| {
        // The error at hand says more than one about the left-over file would.
        let _ = std::fs::remove_file(&temporary);
    })
}

fn failed(path: &Path, error: &std::io::Error) -> Findings {
    let what = format!("`{}`: {error}", path.display());
    Finding::error("nir-write-failed", "the file can be written", what).into()
}

/// A name beside `path`, so that renaming the finished file to `path` is one atomic step.
fn temporary_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

fn graph_group(graph: &Graph, path: &str, findings: &mut Findings) -> Group {
    let mut nodes = Group::new();
    for (name, node) in &graph.nodes {
        let path = node_path(path, name);
        let members = node_group(node, &path, findings);
        if !insert(&mut nodes, name, members) {
            findings.push(
                Finding::error(
                    "nir-node-name",
                    "a node name is a path of HDF5 groups that is free",
                    format!("the name `{name}` cannot be written"),
                )
                .at(path)
                .why("its parts between slashes must not be empty, `.`, or names in another node"),
            );
        }
    }
    let mut group = Group::from([
        ("type".to_owned(), Item::text("NIRGraph")),
        ("edges".to_owned(), edges(graph)),
        ("nodes".to_owned(), Item::Group(nodes)),
    ]);
    if !graph.metadata.is_empty() {
        group.insert("metadata".to_owned(), metadata::write(&graph.metadata));
    }
    group
}

/// Puts a node under its name, whose slashes become nested groups; `false` if that is impossible.
fn insert(nodes: &mut Group, name: &str, members: Group) -> bool {
    let mut parts: Vec<&str> = name.split('/').collect();
    let possible = |part: &&str| !part.is_empty() && *part != "." && !part.contains('\0');
    let Some(last) = parts
        .pop()
        .filter(|_| name.split('/').all(|part| possible(&part)))
    else {
        return false;
    };
    let mut group = nodes;
    for part in parts {
        let item = group
            .entry(part.to_owned())
            .or_insert_with(|| Item::Group(Group::new()));
        let Item::Group(inner) = item else {
            return false;
        };
        group = inner;
    }
    let item = group
        .entry(last.to_owned())
        .or_insert_with(|| Item::Group(Group::new()));
    let Item::Group(existing) = item else {
        return false;
    };
    let free = members.keys().all(|key| !existing.contains_key(key));
    existing.extend(members);
    free
}

fn edges(graph: &Graph) -> Item {
    if graph.edges.is_empty() {
        // What numpy makes of an empty list, and hence what nir writes.
        return Item::number(Vec::<f64>::new());
    }
    let mut names = Array2::default((graph.edges.len(), 2));
    for ((source, destination), mut row) in graph.edges.iter().zip(names.rows_mut()) {
        row[0] = source.clone();
        row[1] = destination.clone();
    }
    Item::Array(Array::Text(names.into_dyn()))
}

fn node_group(node: &Node, path: &str, findings: &mut Findings) -> Group {
    let mut group = match &node.kind {
        Primitive::Graph(graph) => graph_group(graph, path, findings),
        kind => Group::from([("type".to_owned(), Item::text(kind.type_name()))]),
    };
    let mut put = |name: &str, item: Item| group.insert(name.to_owned(), item);
    for (name, tensor) in node.kind.parameters() {
        match repeated(name, tensor, node) {
            Ok(tensor) => {
                put(name, Item::number(tensor));
            }
            Err(what) => findings.push(
                Finding::error(
                    "nir-write-repeated",
                    "a parameter of one element can be repeated to the shape of its node",
                    what,
                )
                .at(path),
            ),
        }
    }
    match &node.kind {
        Primitive::Input { shape } | Primitive::Output { shape } => {
            put("shape", sizes(shape));
        }
        Primitive::Conv1d(c) => convolution(c, node, &mut put),
        Primitive::Conv2d(c) => convolution(c, node, &mut put),
        Primitive::SumPool2d(p) | Primitive::AvgPool2d(p) => pool(p, &mut put),
        Primitive::Flatten {
            start_dim,
            end_dim,
            input_type,
        } => {
            put("start_dim", scalar(*start_dim));
            put("end_dim", scalar(*end_dim));
            if let Some(shape) = input_type {
                put("input_type", sizes(shape));
            }
        }
        _ => {}
    }
    if !node.metadata.is_empty() {
        put("metadata", metadata::write(&node.metadata));
    }
    group
}

fn convolution<const N: usize>(
    c: &Convolution<N>,
    node: &Node,
    put: &mut impl FnMut(&str, Item) -> Option<Item>,
) {
    let inferred = node.input_shape.get(1..).filter(|shape| shape.len() == N);
    let input_shape = c
        .input_shape
        .as_ref()
        .map(<[usize; N]>::as_slice)
        .or(inferred);
    if let Some(shape) = input_shape {
        put("input_shape", spatial(shape));
    }
    put("stride", spatial(&c.stride));
    put("dilation", spatial(&c.dilation));
    put("groups", scalar(c.groups as i64));
    put(
        "padding",
        match &c.padding {
            Padding::Explicit(padding) => spatial(padding),
            Padding::Same => Item::text("same"),
            Padding::Valid => Item::text("valid"),
        },
    );
}

fn pool(pool: &Pool, put: &mut impl FnMut(&str, Item) -> Option<Item>) {
    put("kernel_size", spatial(&pool.kernel_size));
    put("stride", spatial(&pool.stride));
    put("padding", spatial(&pool.padding));
}

/// One size for each spatial dimension; a scalar where there is one dimension.
fn spatial(values: &[usize]) -> Item {
    match *values {
        [value] => scalar(value as i64),
        _ => sizes(values),
    }
}

fn scalar(value: i64) -> Item {
    Item::number(ndarray::arr0(value).into_dyn())
}

fn sizes(values: &[usize]) -> Item {
    Item::number(values.iter().map(|&v| v as i64).collect::<Vec<_>>())
}

/// The parameter as `nir` 1.0.8 demands it: of the node's shape, not a single element.
fn repeated(name: &str, tensor: &Tensor, node: &Node) -> Result<Tensor, String> {
    let shape = match &node.kind {
        Primitive::Affine { .. } if name == "bias" => &node.output_shape[..],
        Primitive::Conv1d(_) | Primitive::Conv2d(_) if name == "bias" => {
            node.output_shape.get(..1).unwrap_or_default()
        }
        kind if kind.is_elementwise() => &node.input_shape[..],
        _ => return Ok(tensor.clone()),
    };
    if tensor.len() != 1 || tensor.shape() == shape {
        return Ok(tensor.clone());
    }
    let count = elements(shape)
        .filter(|&count| count <= MAX_REPEATED)
        .ok_or_else(|| format!("`{name}` would take the shape {shape:?}"))?;
    with_elements!(tensor, array => match array.first() {
        Some(&value) => ArrayD::from_shape_vec(IxDyn(shape), vec![value; count])
            .map(Tensor::from)
            .map_err(|error| format!("`{name}`: {error}")),
        None => Ok(tensor.clone()),
    })
}
