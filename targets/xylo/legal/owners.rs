//! Which NIR node owns an id, and faults gathered by node.

use std::{collections::BTreeMap, fmt::Write};

use super::Sizes;
use crate::xylo::specification::{NodeRange, Role, Specification};

/// How many ids a message lists before it only counts.
const LISTED: usize = 5;

/// The owner of every id of a specification.
pub(super) struct Owners<'s> {
    nodes: Vec<&'s str>,
    inputs: Vec<Option<usize>>,
    hidden: Vec<Option<usize>>,
    readouts: Vec<Option<usize>>,
}

/// One thing that is wrong with one id.
pub(super) struct Fault {
    /// The id.
    pub id: usize,
    /// The value that is wrong.
    pub value: i64,
    /// How wrong it is; the largest is named.
    pub badness: u64,
}

/// The faults of one rule at one node.
pub(super) struct Group<'s> {
    /// The NIR node, if the specification names it.
    pub node: Option<&'s str>,
    /// How many faults there are.
    pub count: usize,
    /// The first few ids.
    ids: Vec<usize>,
    /// Whether there are more ids than listed.
    more: bool,
    /// The fault that is named.
    pub worst: Fault,
}

impl Group<'_> {
    /// `3, 7, 9, ...`
    pub fn ids(&self) -> String {
        let mut text = String::new();
        for (i, id) in self.ids.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{id}", if i > 0 { ", " } else { "" });
        }
        if self.more {
            text.push_str(", ...");
        }
        text
    }
}

impl<'s> Owners<'s> {
    /// Indexes the node ranges. The first range that lists an id owns it.
    pub fn new(specification: &'s Specification) -> Self {
        Self::of_nodes(&specification.nodes, &Sizes::of(specification))
    }

    /// As [`Owners::new`], for a network of which only the sizes are known.
    pub fn of_nodes(nodes: &'s [NodeRange], sizes: &Sizes) -> Self {
        let mut owners = Self {
            nodes: nodes.iter().map(|range| range.node.as_str()).collect(),
            inputs: vec![None; sizes.inputs],
            hidden: vec![None; sizes.hidden],
            readouts: vec![None; sizes.readouts],
        };
        for (i, range) in nodes.iter().enumerate() {
            let ids = match range.role {
                Role::Input => &mut owners.inputs,
                Role::Hidden => &mut owners.hidden,
                Role::Readout => &mut owners.readouts,
            };
            for owner in ids.iter_mut().skip(range.first).take(range.count) {
                owner.get_or_insert(i);
            }
        }
        owners
    }

    /// The node that owns an id.
    pub fn of(&self, role: Role, id: usize) -> Option<&'s str> {
        self.nodes.get(self.index(role, id)?).copied()
    }

    fn index(&self, role: Role, id: usize) -> Option<usize> {
        let ids = match role {
            Role::Input => &self.inputs,
            Role::Hidden => &self.hidden,
            Role::Readout => &self.readouts,
        };
        ids.get(id).copied().flatten()
    }

    /// Gathers faults by node, in the order of the node list; ids without an owner come first.
    pub fn gather(&self, role: Role, faults: impl Iterator<Item = Fault>) -> Vec<Group<'s>> {
        let mut groups: BTreeMap<Option<usize>, Group<'s>> = BTreeMap::new();
        for fault in faults {
            let owner = self.index(role, fault.id);
            let Some(group) = groups.get_mut(&owner) else {
                let group = Group {
                    node: owner.and_then(|i| self.nodes.get(i).copied()),
                    count: 1,
                    ids: vec![fault.id],
                    more: false,
                    worst: fault,
                };
                groups.insert(owner, group);
                continue;
            };
            group.count += 1;
            if !group.ids.contains(&fault.id) {
                if group.ids.len() < LISTED {
                    group.ids.push(fault.id);
                } else {
                    group.more = true;
                }
            }
            if fault.badness > group.worst.badness {
                group.worst = fault;
            }
        }
        groups.into_values().collect()
    }
}

/// Puts the node on a finding, if there is one.
pub(super) fn at(
    finding: nirc_dialects::finding::Finding,
    node: Option<&str>,
) -> nirc_dialects::finding::Finding {
    match node {
        Some(node) => finding.at(node),
        None => finding,
    }
}

/// `1 neuron`, `2 neurons`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
