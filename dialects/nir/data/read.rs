//! From a NIRData file to [`GraphData`].

use std::{collections::BTreeMap, path::Path};

use ndarray::{Array2, ArrayD, Ix2, Ix3};

use super::{Events, GraphData, Grid, Observable};
use crate::{
    finding::{Finding, Findings},
    nir::file::{
        hdf5_read, open,
        tree::{Array, Attribute, Attributes, Group, Item},
    },
    tensor::Tensor,
};

/// Reads the NIRData file at `path`; the file, and all its arrays together, may take `max_bytes`.
///
/// Groups without a kind that hold nothing but groups are the first parts of node names with
/// slashes, which is how `nir` 1.0.8 writes them.
///
/// # Errors
///
/// All findings: what is no HDF5 file, not NIRData, or an observable that is not as its kind
/// demands.
pub fn read(path: &Path, max_bytes: u64) -> Result<GraphData, Findings> {
    let bytes = open::bytes(path, max_bytes)?;
    let (mut root, attributes) = hdf5_read::load_with_attributes(bytes, path, max_bytes)?;
    let mut reader = Reader {
        attributes,
        nodes: BTreeMap::new(),
        findings: Findings::new(),
    };
    if reader.kind("") == Some("NIRGraphData") {
        reader.graph(&mut root, "", "");
    } else {
        let finding = Finding::error(
            "nir-data-type",
            "the root of a NIRData file has `__type__` NIRGraphData",
            format!("`{}` has not", path.display()),
        );
        reader.findings.push(if root.contains_key("node") {
            finding.why("it is a NIR graph, not data")
        } else {
            finding
        });
    }
    if reader.findings.has_errors() {
        return Err(reader.findings);
    }
    Ok(GraphData {
        nodes: reader.nodes,
    })
}

struct Reader {
    attributes: Attributes,
    nodes: BTreeMap<String, BTreeMap<String, Observable>>,
    findings: Findings,
}

impl Reader {
    fn attribute(&self, path: &str, name: &str) -> Option<&Attribute> {
        self.attributes.get(path)?.get(name)
    }

    fn kind(&self, path: &str) -> Option<&str> {
        match self.attribute(path, "__type__")? {
            Attribute::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The nodes of the graph at `path`, whose names begin with `prefix`.
    fn graph(&mut self, group: &mut Group, path: &str, prefix: &str) {
        match group.remove("nodes") {
            Some(Item::Group(nodes)) => self.nodes(nodes, &below(path, "nodes"), prefix),
            other => self.refuse(prefix, &expected("nodes", "a group", other.as_ref())),
        }
    }

    fn nodes(&mut self, nodes: Group, path: &str, prefix: &str) {
        for (name, item) in nodes {
            let (path, node) = (below(path, &name), format!("{prefix}{name}"));
            let mut group = match item {
                Item::Group(group) => group,
                other => {
                    self.refuse(&node, &expected(&name, "a group", Some(&other)));
                    continue;
                }
            };
            match self.kind(&path) {
                Some("NIRNodeData") => match group.remove("observables") {
                    Some(Item::Group(observables)) => {
                        let read = self.observables(observables, &path, &node);
                        self.nodes.insert(node, read);
                    }
                    other => {
                        let what = expected("observables", "a group", other.as_ref());
                        self.refuse(&node, &what);
                    }
                },
                Some("NIRGraphData") => self.graph(&mut group, &path, &format!("{node}/")),
                None if !group.is_empty()
                    && group.values().all(|i| matches!(i, Item::Group(_))) =>
                {
                    self.nodes(group, &path, &format!("{node}/"));
                }
                kind => {
                    let what = format!("its `__type__` is {}", kind.unwrap_or("missing"));
                    self.findings.push(
                        Finding::error(
                            "nir-data-type",
                            "the `__type__` of a node is NIRNodeData or NIRGraphData",
                            what,
                        )
                        .at(node),
                    );
                }
            }
        }
    }

    fn observables(
        &mut self,
        observables: Group,
        path: &str,
        node: &str,
    ) -> BTreeMap<String, Observable> {
        let mut read = BTreeMap::new();
        for (name, item) in observables {
            let path = below(&below(path, "observables"), &name);
            let observable = match item {
                Item::Group(group) => self.observable(group, &path),
                other => Err(expected("it", "a group", Some(&other))),
            };
            match observable {
                Ok(observable) => {
                    read.insert(name, observable);
                }
                Err(what) => self.refuse(node, &format!("observable `{name}`: {what}")),
            }
        }
        read
    }

    fn observable(&self, mut group: Group, path: &str) -> Result<Observable, String> {
        match self.kind(path) {
            Some("TimeGriddedData") => Ok(Observable::Gridded {
                dt: self.seconds(path, "dt", |dt| dt > 0.0)?,
                values: grid(group.remove("data"))?,
            }),
            Some(kind @ ("EventData" | "ValuedEventData")) => {
                let (time, epsilon) = times(group.remove("time"))?;
                let idx = indices(group.remove("idx"))?;
                let value = match kind {
                    "EventData" => None,
                    _ => Some(times(group.remove("value"))?.0),
                };
                if idx.dim() != time.dim() || value.as_ref().is_some_and(|v| v.dim() != idx.dim()) {
                    return Err("`idx`, `time` and `value` have different shapes".to_owned());
                }
                let neurons = match self.attribute(path, "n_neurons") {
                    Some(Attribute::Integer(n)) => usize::try_from(*n).ok(),
                    _ => None,
                };
                Ok(Observable::Events(Events {
                    idx,
                    time,
                    value,
                    n_neurons: neurons.ok_or("`n_neurons` is not a positive integer")?,
                    t_max: self.seconds(path, "t_max", |t| t >= 0.0)?,
                    epsilon,
                }))
            }
            kind => Err(format!(
                "its `__type__` is {}, not TimeGriddedData, EventData or ValuedEventData",
                kind.unwrap_or("missing")
            )),
        }
    }

    /// An attribute in seconds.
    fn seconds(&self, path: &str, name: &str, valid: fn(f64) -> bool) -> Result<f64, String> {
        let value = match self.attribute(path, name) {
            Some(Attribute::Float(value)) => *value,
            Some(Attribute::Integer(value)) => *value as f64,
            _ => return Err(format!("it has no `{name}`")),
        };
        if value.is_finite() && valid(value) {
            Ok(value)
        } else {
            Err(format!("its `{name}` is {value}"))
        }
    }

    fn refuse(&mut self, node: &str, what: &str) {
        let finding = Finding::error(
            "nir-data-format",
            "data has the groups, arrays and attributes of nir 1.0.8",
            what,
        );
        let node = node.trim_end_matches('/');
        self.findings.push(if node.is_empty() {
            finding
        } else {
            finding.at(node)
        });
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

fn expected(name: &str, what: &str, found: Option<&Item>) -> String {
    let found = found.map_or("missing".to_owned(), Item::describe);
    format!("`{name}` should be {what}, and is {found}")
}

/// Values of three dimensions.
fn grid(item: Option<Item>) -> Result<Grid, String> {
    let what = expected("data", "an array of three dimensions", item.as_ref());
    match item {
        Some(Item::Array(Array::Bool(spikes))) => spikes
            .into_dimensionality::<Ix3>()
            .map(Grid::Spikes)
            .map_err(|_| what),
        Some(Item::Array(Array::Number { tensor, .. })) if tensor.shape().len() == 3 => {
            Ok(Grid::Numbers(tensor))
        }
        _ => Err(what),
    }
}

/// Floats of two dimensions, and their relative error.
fn times(item: Option<Item>) -> Result<(Array2<f64>, f64), String> {
    let what = expected("time", "a float array of two dimensions", item.as_ref());
    let (values, epsilon) = match item {
        Some(Item::Array(Array::Number { tensor, .. })) => match tensor {
            Tensor::F64(values) => (values.into_owned(), f64::EPSILON),
            Tensor::F32(values) => (values.mapv(f64::from), f64::from(f32::EPSILON)),
            other => (doubles(&other)?, f64::EPSILON),
        },
        _ => return Err(what),
    };
    let values = values.into_dimensionality::<Ix2>().map_err(|_| what)?;
    Ok((values, epsilon))
}

/// Integers of two dimensions.
fn indices(item: Option<Item>) -> Result<Array2<i64>, String> {
    let what = expected("idx", "an integer array of two dimensions", item.as_ref());
    let values: ArrayD<i64> = match item {
        Some(Item::Array(Array::Number { tensor, .. })) => match tensor {
            Tensor::I64(values) => values.into_owned(),
            Tensor::I32(values) => values.mapv(i64::from),
            Tensor::I16(values) => values.mapv(i64::from),
            Tensor::I8(values) => values.mapv(i64::from),
            _ => return Err(what),
        },
        _ => return Err(what),
    };
    values.into_dimensionality::<Ix2>().map_err(|_| what)
}

fn doubles(tensor: &Tensor) -> Result<ArrayD<f64>, String> {
    ArrayD::from_shape_vec(tensor.shape(), tensor.to_f64()).map_err(|e| e.to_string())
}
