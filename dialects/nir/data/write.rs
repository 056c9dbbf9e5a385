//! From [`GraphData`] to a file that the Python package `nir` 1.0.8 reads.

use std::{collections::BTreeMap, path::Path};

use super::{Events, GraphData, Grid, Observable};
use crate::{
    finding::{Finding, Findings},
    nir::file::{
        WriteOptions,
        tree::{Array, Attribute, Attributes, Group, Item},
        write::store,
    },
};

/// Writes `data` to `path`, in place of what is there; a failed write leaves that as it was. The
/// same data gives the same bytes.
///
/// A slash in a node's name makes nested graphs (`NIRGraphData`), since `nir` 1.0.8 cannot read
/// groups without a kind.
///
/// # Errors
///
/// `nir-data-name` for each name that HDF5 cannot hold or that is both a node and a graph, and
/// whatever the file system or the HDF5 library refuses.
pub fn write(data: &GraphData, path: &Path, options: &WriteOptions) -> Result<(), Findings> {
    let mut writer = Writer {
        attributes: Attributes::new(),
        findings: Findings::new(),
    };
    writer.kind("", "NIRGraphData");
    let mut root = Group::from([("nodes".to_owned(), Item::Group(Group::new()))]);
    for (name, observables) in &data.nodes {
        writer.node(&mut root, name, observables);
    }
    if writer.findings.has_errors() {
        return Err(writer.findings);
    }
    store(&root, &writer.attributes, path, options)
}

struct Writer {
    attributes: Attributes,
    findings: Findings,
}

impl Writer {
    /// Gives the group at `path` its kind; `false` if it has another.
    fn kind(&mut self, path: &str, kind: &str) -> bool {
        let attributes = self.attributes.entry(path.to_owned()).or_default();
        let kind = Attribute::Text(kind.to_owned());
        *attributes
            .entry("__type__".to_owned())
            .or_insert(kind.clone())
            == kind
    }

    /// Puts a node into the graph `root`.
    fn node(&mut self, root: &mut Group, name: &str, observables: &BTreeMap<String, Observable>) {
        let parts: Vec<&str> = name.split('/').collect();
        let (mut group, mut path) = (root, String::new());
        for (position, part) in parts.iter().enumerate() {
            let last = position + 1 == parts.len();
            path = if path.is_empty() {
                format!("nodes/{part}")
            } else {
                format!("{path}/nodes/{part}")
            };
            let kind = if last { "NIRNodeData" } else { "NIRGraphData" };
            let possible = possible(part) && self.kind(&path, kind);
            match member(group, "nodes").and_then(|nodes| member(nodes, part)) {
                Some(inner) if possible => group = inner,
                _ => {
                    let what = format!("the name `{name}` cannot be written");
                    self.findings.push(refused(what).at(name));
                    return;
                }
            }
        }
        let mut written = Group::new();
        for (observable, data) in observables {
            if possible(observable) && !observable.contains('/') {
                let path = format!("{path}/observables/{observable}");
                let group = self.observable(data, &path);
                written.insert(observable.clone(), Item::Group(group));
            } else {
                let what = format!("the observable `{observable}` cannot be written");
                self.findings.push(refused(what).at(name));
            }
        }
        group.insert("observables".to_owned(), Item::Group(written));
    }

    fn observable(&mut self, observable: &Observable, path: &str) -> Group {
        let mut put = |name: &str, value: Attribute| {
            let attributes = self.attributes.entry(path.to_owned()).or_default();
            attributes.insert(name.to_owned(), value);
        };
        match observable {
            Observable::Gridded { values, dt } => {
                put("__type__", Attribute::Text("TimeGriddedData".to_owned()));
                put("dt", Attribute::Float(*dt));
                let data = match values {
                    Grid::Spikes(spikes) => Item::Array(Array::Bool(spikes.clone().into_dyn())),
                    Grid::Numbers(tensor) => Item::number(tensor.clone()),
                };
                Group::from([("data".to_owned(), data)])
            }
            Observable::Events(events) => {
                let Events {
                    n_neurons, t_max, ..
                } = events;
                let kind = match events.value {
                    Some(_) => "ValuedEventData",
                    None => "EventData",
                };
                put("__type__", Attribute::Text(kind.to_owned()));
                put("n_neurons", Attribute::Integer(*n_neurons as i64));
                put("t_max", Attribute::Float(*t_max));
                let mut group = Group::from([
                    (
                        "idx".to_owned(),
                        Item::number(events.idx.clone().into_dyn()),
                    ),
                    (
                        "time".to_owned(),
                        Item::number(events.time.clone().into_dyn()),
                    ),
                ]);
                if let Some(value) = &events.value {
                    let value = Item::number(value.clone().into_dyn());
                    group.insert("value".to_owned(), value);
                }
                group
            }
        }
    }
}

/// The group of this name inside `group`, made if need be.
fn member<'g>(group: &'g mut Group, name: &str) -> Option<&'g mut Group> {
    let item = group
        .entry(name.to_owned())
        .or_insert_with(|| Item::Group(Group::new()));
    match item {
        Item::Group(group) => Some(group),
        _ => None,
    }
}

/// Whether HDF5 can hold the name.
fn possible(part: &str) -> bool {
    !part.is_empty() && part != "." && !part.contains('\0')
}

fn refused(what: String) -> Finding {
    Finding::error(
        "nir-data-name",
        "the parts of a name between slashes are names of HDF5 groups, and a node is no graph",
        what,
    )
}
