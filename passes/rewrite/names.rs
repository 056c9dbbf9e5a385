//! Which NIR nodes an op of the extracted program comes from.
//!
//! An op that makes a value of the source stands for the op that made it, and for all ops between that
//! and the values which are still there. An op that makes a value which the source has not stands for what
//! the value that it is for stands for. So every node that the program still needs is in some location.

use std::collections::{BTreeMap, BTreeSet};

use melior::{
    Context,
    ir::{Location, operation::OperationLike},
};

use super::{
    candidates::{Candidates, ClassIndex},
    common::Op,
    extract::Extraction,
    import::Imported,
    language::Node,
};

/// The source ops that each needed class stands for, in the order of the module.
pub fn origins(
    imported: &Imported<'_, '_>,
    candidates: &Candidates,
    extraction: &Extraction,
) -> BTreeMap<ClassIndex, BTreeSet<usize>> {
    let makers = imported.makers();
    let graph = &imported.graph;
    let index: BTreeMap<_, _> = candidates
        .classes
        .iter()
        .enumerate()
        .map(|(i, c)| (*c, i))
        .collect();
    let needed = |op: usize| {
        let class = imported.ops[op].class.map(|class| graph.find(class));
        class
            .and_then(|class| index.get(&class))
            .is_some_and(|class| extraction.chosen.contains_key(class))
    };
    let mut origins: BTreeMap<ClassIndex, BTreeSet<usize>> = BTreeMap::new();
    // From the roots down: what a value is for comes before it.
    for class in consumers_first(candidates, extraction) {
        let own = makers.get(&candidates.classes[class]);
        if let Some(own) = own {
            let mut all: BTreeSet<usize> = own.iter().copied().collect();
            let mut stack: Vec<usize> = own.clone();
            while let Some(op) = stack.pop() {
                for maker in &imported.ops[op].makers {
                    if !needed(*maker) && all.insert(*maker) {
                        stack.push(*maker);
                    }
                }
            }
            origins.insert(class, all);
        }
        let all = origins.get(&class).cloned().unwrap_or_default();
        let Some(node) = node(candidates, extraction, class) else {
            continue;
        };
        for operand in &node.operands {
            if !makers.contains_key(&candidates.classes[*operand]) {
                origins.entry(*operand).or_default().extend(&all);
            }
        }
    }
    origins
}

fn node<'c>(
    candidates: &'c Candidates,
    extraction: &Extraction,
    class: ClassIndex,
) -> Option<&'c super::candidates::Candidate> {
    candidates.nodes[class].get(*extraction.chosen.get(&class)?)
}

/// The needed classes, each after all that use it.
pub fn consumers_first(candidates: &Candidates, extraction: &Extraction) -> Vec<ClassIndex> {
    let mut waits: BTreeMap<ClassIndex, usize> =
        extraction.chosen.keys().map(|class| (*class, 0)).collect();
    for class in extraction.chosen.keys() {
        for operand in node(candidates, extraction, *class)
            .iter()
            .flat_map(|n| &n.operands)
        {
            *waits.entry(*operand).or_default() += 1;
        }
    }
    let mut ready: Vec<ClassIndex> = waits
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(c, _)| *c)
        .collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(class) = ready.pop() {
        order.push(class);
        for operand in node(candidates, extraction, class)
            .iter()
            .flat_map(|n| &n.operands)
        {
            if let Some(waiting) = waits.get_mut(operand) {
                *waiting -= 1;
                if *waiting == 0 {
                    ready.push(*operand);
                }
            }
        }
    }
    order
}

/// The ops of `all` that name an op of kind `node`: a neuron is named by neurons, another op by what is
/// no neuron, if there are such.
pub fn naming(imported: &Imported<'_, '_>, all: &BTreeSet<usize>, node: &Node) -> Vec<usize> {
    let neuron = matches!(node, Node::Neuron(_));
    let of_kind = |op: &&usize| matches!(imported.ops[**op].op, Op::Neuron(..)) == neuron;
    let named: Vec<usize> = all.iter().filter(of_kind).copied().collect();
    if named.is_empty() {
        all.iter().copied().collect()
    } else {
        named
    }
}

/// The location of an op that comes from `ops`. A population keeps its own name, so that it is recorded
/// under it, and what went into it stands within.
pub fn location<'c>(
    context: &'c Context,
    imported: &Imported<'c, '_>,
    ops: &[usize],
    within: &BTreeSet<usize>,
    node: &Node,
    part: Option<usize>,
) -> Location<'c> {
    let mut seen = BTreeSet::new();
    let mut locations = |ops: &mut dyn Iterator<Item = usize>| -> Vec<Location<'c>> {
        ops.filter(|op| seen.insert(imported.ops[*op].name.clone()))
            .map(|op| imported.ops[op].operation.location())
            .collect()
    };
    let fuse = |mut locations: Vec<Location<'c>>| match locations.len() {
        0 => Location::unknown(context),
        1 => locations.remove(0),
        _ => Location::fused(context, &locations, melior::ir::Attribute::unit(context)),
    };
    if !matches!(node, Node::Neuron(_)) {
        return fuse(locations(&mut ops.iter().copied()));
    }
    let own = locations(&mut ops.iter().copied());
    let others = locations(&mut within.iter().copied().filter(|op| !ops.contains(op)));
    let Some(first) = ops.first().map(|op| imported.ops[*op].name.as_str()) else {
        return fuse(own);
    };
    let name = match part {
        Some(part) => format!("{first}[{part}]"),
        None => first.to_owned(),
    };
    if part.is_none() && others.is_empty() && own.len() == 1 {
        return own[0];
    }
    let inner: Vec<Location<'c>> = match part {
        Some(_) => own.into_iter().chain(others).collect(),
        None => own.into_iter().skip(1).chain(others).collect(),
    };
    Location::name(context, &name, fuse(inner))
}
