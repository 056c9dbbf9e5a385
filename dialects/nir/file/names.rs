//! Node names as HDF5 stores them: a name with slashes becomes nested groups.

use std::collections::BTreeMap;

use super::{
    node_path,
    tree::{Array, Group, Item},
};
use crate::finding::{Finding, Findings};

/// The nodes of a `nodes` group, by their full name.
pub(super) fn nodes(
    members: Group,
    path: &str,
    findings: &mut Findings,
) -> BTreeMap<String, Group> {
    let mut nodes = BTreeMap::new();
    collect(members, "", path, &mut nodes, findings);
    for name in nodes.keys().filter(|name| name.contains('/')) {
        let finding = Finding::note(
            "nir-slash-in-name",
            "a node name has no slash",
            format!("the name `{name}` was put together from nested HDF5 groups"),
        )
        .at(node_path(path, name))
        .why("nir 1.0.8 writes such a name but cannot read it");
        findings.push(finding);
    }
    nodes
}

fn collect(
    members: Group,
    prefix: &str,
    path: &str,
    nodes: &mut BTreeMap<String, Group>,
    findings: &mut Findings,
) {
    for (name, item) in members {
        let name = format!("{prefix}{name}");
        match item {
            Item::Group(mut group) => {
                if is_prefix(&group) {
                    collect(group, &format!("{name}/"), path, nodes, findings);
                } else {
                    let inner = take_nodes_beside(&mut group);
                    collect(inner, &format!("{name}/"), path, nodes, findings);
                    nodes.insert(name, group);
                }
            }
            item => findings.push(
                Finding::error(
                    "nir-node-not-a-group",
                    "a node is an HDF5 group with a `type`",
                    format!("`{name}` is {}", item.describe()),
                )
                .at(node_path(path, &name)),
            ),
        }
    }
}

/// Whether the group is no node but the first part of the names of nodes: it holds groups only,
/// and is not a nested graph whose type is missing.
fn is_prefix(group: &Group) -> bool {
    !group.is_empty()
        && !group.contains_key("edges")
        && group.values().all(|item| matches!(item, Item::Group(_)))
}

/// Takes the groups out of a node that are nodes of their own: `a/b` lies inside `a`.
fn take_nodes_beside(node: &mut Group) -> Group {
    let is_graph = matches!(
        node.get("type"),
        Some(Item::Array(Array::Text(text))) if text.first().is_some_and(|t| t == "NIRGraph")
    );
    let names: Vec<String> = node
        .iter()
        .filter(|(name, item)| {
            let own = *name == "metadata" || (is_graph && *name == "nodes");
            !own && matches!(item, Item::Group(group) if group.contains_key("type") || is_prefix(group))
        })
        .map(|(name, _)| name.clone())
        .collect();
    names
        .into_iter()
        .filter_map(|name| node.remove_entry(&name))
        .collect()
}
