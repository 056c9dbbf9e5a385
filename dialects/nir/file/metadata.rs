//! The free data of nodes and graphs.

use std::collections::BTreeMap;

use super::{
    Mode, at,
    graph::MetadataValue,
    tree::{Array, Group, Item},
};
use crate::finding::Findings;

/// The metadata in `group`; what has no place in [`MetadataValue`] is reported and left out.
pub(super) fn read(
    group: Group,
    path: &str,
    mode: Mode,
    findings: &mut Findings,
) -> BTreeMap<String, MetadataValue> {
    let mut metadata = BTreeMap::new();
    for (name, item) in group {
        let value = match item {
            Item::Array(Array::Text(text)) => MetadataValue::Text(text),
            Item::Array(Array::Bool(bools)) => MetadataValue::Bool(bools),
            Item::Array(Array::Number { tensor, .. }) => MetadataValue::Number(tensor),
            Item::Group(group) => MetadataValue::Map(read(group, path, mode, findings)),
            Item::Unreadable(why) => {
                let finding = mode.repair(
                    "nir-metadata-dropped",
                    "metadata are strings, numbers, booleans, arrays of them, or groups",
                    format!("metadata `{name}` is left out: {why}"),
                );
                findings.push(at(finding, path));
                continue;
            }
        };
        metadata.insert(name, value);
    }
    metadata
}

/// The tree of `metadata`; see [`read`].
pub(super) fn write(metadata: &BTreeMap<String, MetadataValue>) -> Item {
    let group = metadata.iter().map(|(name, value)| {
        let item = match value {
            MetadataValue::Text(text) => Item::Array(Array::Text(text.clone())),
            MetadataValue::Bool(bools) => Item::Array(Array::Bool(bools.clone())),
            MetadataValue::Number(tensor) => Item::number(tensor.clone()),
            MetadataValue::Map(map) => write(map),
        };
        (name.clone(), item)
    });
    Item::Group(group.collect())
}
