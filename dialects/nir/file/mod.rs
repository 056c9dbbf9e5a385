//! NIR files: HDF5 in, a plain [`Graph`] out, and back.
//!
//! [`read`] takes a file of any NIR version (0.1 to 1.0.8), repairs what has exactly one reading,
//! infers every shape and reports each repair and each ambiguity as a finding. [`write()`] writes a
//! graph such that the Python package `nir` 1.0.8 reads it. No MLIR is involved.
//!
//! The page `docs/nir-files.md` lists every finding code.
//!
//! The steps, one module each: `open` (is it HDF5?), `hdf5_read` (file to tree), `names` (node names with slashes), `read` (tree to graph), `edges`
//! (structure), `parameter` (values), `shape` (inference), `write` (graph to tree), `hdf5_write`
//! (tree to file).

use std::path::Path;

use crate::finding::{Finding, Findings};

mod boundary;
pub mod container;
mod convolution;
mod edges;
mod fields;
mod graph;
pub(in crate::nir) mod hdf5_read;
pub(in crate::nir) mod hdf5_write;
mod metadata;
mod names;
mod node;
pub(in crate::nir) mod open;
mod parameter;
mod primitive;
mod read;
mod repair;
mod shape;
#[cfg(test)]
mod tests;
pub(in crate::nir) mod tree;
pub(in crate::nir) mod write;

pub use graph::{Convolution, Graph, MetadataValue, Node, Padding, Pool, Primitive};
pub use shape::{MAX_SHAPE_ELEMENTS, infer_shapes};
pub use write::{FORMAT_VERSION, WriteOptions, write};

/// What happens to a file that needs a repair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A repair is an error: the file is refused.
    #[default]
    Strict,
    /// A repair with exactly one reading is made, and is a warning.
    Lenient,
}

impl Mode {
    /// The finding of a repair: an error in strict mode, a warning in lenient mode.
    fn repair(self, code: &'static str, rule: &'static str, what: impl Into<String>) -> Finding {
        match self {
            Self::Strict => Finding::error(code, rule, what),
            Self::Lenient => Finding::warning(code, rule, what),
        }
    }
}

/// How [`read`] reads.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What happens to a file that needs a repair.
    pub mode: Mode,
    /// The most bytes that the file may have, and that all its arrays together may take in memory.
    /// It bounds what a hostile file can make the reader allocate. Default: 4 GiB.
    pub max_bytes: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            max_bytes: 4 << 30,
        }
    }
}

impl ReadOptions {
    /// Default options in lenient mode.
    pub fn lenient() -> Self {
        Self {
            mode: Mode::Lenient,
            ..Self::default()
        }
    }
}

/// Reads the NIR file at `path`, with shapes inferred.
///
/// The graph is `None` exactly if a finding is an error. All findings are reported, not only the
/// first. The elements of an array are copied once, from the file's bytes into the memory that the
/// graph's tensors keep.
pub fn read(path: &Path, options: &ReadOptions) -> (Option<Graph>, Findings) {
    let mut findings = Findings::new();
    let tree = match open::bytes(path, options.max_bytes)
        .and_then(|bytes| hdf5_read::load(bytes, path, options.max_bytes))
    {
        Ok(tree) => tree,
        Err(findings) => return (None, findings),
    };
    let graph = read::graph(tree, options.mode, &mut findings).map(|mut graph| {
        shape::infer(&mut graph, options.mode, &mut findings);
        graph.graph
    });
    match graph {
        Some(graph) if !findings.has_errors() => (Some(graph), findings),
        _ => (None, findings),
    }
}

/// The path of node `name` inside the graph at `path`, as findings name it.
fn node_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

/// The finding about the node at `path`, or about the whole model where `path` is empty.
fn at(finding: Finding, path: &str) -> Finding {
    if path.is_empty() {
        finding
    } else {
        finding.at(path)
    }
}
