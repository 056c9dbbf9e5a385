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
use nirc_dialects::ir::fused_location;

use super::{
    analysis::Fact,
    candidates::{Candidates, ClassIndex},
    common::Op,
    extract::Extraction,
    import::Imported,
    language::Node,
};

/// What a class comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The source ops that name it, in the order of the module.
    pub named: Vec<usize>,
    /// Others that went into it and name nothing else.
    pub within: BTreeSet<usize>,
}

impl Origin {
    /// All source ops.
    pub fn all(&self) -> BTreeSet<usize> {
        let named: BTreeSet<usize> = self.named.iter().copied().collect();
        &named | &self.within
    }
}

/// What everything that is written comes from.
#[derive(Debug, Default)]
pub struct Origins {
    /// Each needed class that an op makes.
    pub classes: BTreeMap<ClassIndex, Origin>,
    /// Ops that have no term: what went into them and is in no class.
    pub kept: BTreeMap<usize, BTreeSet<usize>>,
}

/// What each needed class comes from.
pub fn origins(
    imported: &Imported<'_, '_>,
    candidates: &Candidates,
    extraction: &Extraction,
) -> Origins {
    let source = Source::new(imported, candidates, extraction);
    let mut origins: BTreeMap<ClassIndex, Origin> = BTreeMap::new();
    // What a class without makers gets from those that use it.
    let mut given: BTreeMap<ClassIndex, BTreeSet<usize>> = BTreeMap::new();
    let mut absorbed: BTreeMap<ClassIndex, BTreeSet<usize>> = BTreeMap::new();
    // Ops that gave what a source gives anyway.
    let mut idle: BTreeMap<ClassIndex, BTreeSet<usize>> = BTreeMap::new();
    // From the roots down: what a value is for comes before it.
    for class in consumers_first(candidates, extraction) {
        let Some(node) = node(candidates, extraction, class) else {
            continue;
        };
        let own = source.makers.get(&candidates.classes[class]);
        if let Node::Source(number) = node.node {
            let maker = imported.sources[number as usize];
            let others = own.into_iter().flatten().filter(|op| **op != maker);
            idle.insert(class, others.copied().collect());
            continue;
        }
        let neuron = matches!(node.node, Node::Neuron(_));
        let (named, rest) = match own {
            Some(own) => {
                let cone = source.cone(own);
                let (neurons, others): (Vec<usize>, Vec<usize>) =
                    own.iter().partition(|op| source.is_neuron(**op));
                let same = if neuron { &neurons } else { &others };
                let mut named: BTreeSet<usize> = same.iter().copied().collect();
                let mut rest = cone.clone();
                if neuron {
                    if named.is_empty() {
                        named = source.neurons_before(own);
                    }
                } else {
                    // What stands before a population goes with it.
                    named.extend(source.near(&others, &cone).0);
                    rest.extend(neurons);
                }
                if named.is_empty() {
                    named = own.iter().copied().collect();
                }
                if rest.is_empty() {
                    rest = own.iter().copied().collect();
                }
                absorbed.insert(class, &cone | &own.iter().copied().collect());
                (named, rest)
            }
            None => {
                let all = given.remove(&class).unwrap_or_default();
                let sinks = source.sinks(&all);
                let (near, neurons) = source.near(&sinks, &all);
                let (near, neurons) = source.with(&sinks, near, neurons);
                if neuron {
                    let named = if neurons.is_empty() {
                        all.clone()
                    } else {
                        neurons
                    };
                    let above: Vec<usize> = named.iter().copied().collect();
                    let rest = &source.cone(&above) & &all;
                    (named, if rest.is_empty() { all } else { rest })
                } else {
                    let named = if near.is_empty() { all.clone() } else { near };
                    (named, all)
                }
            }
        };
        let named = match observed(imported, &node.node) {
            Some(op) => vec![op],
            None => named.into_iter().collect(),
        };
        for operand in &node.operands {
            if !source.makers.contains_key(&candidates.classes[*operand]) {
                given.entry(*operand).or_default().extend(&rest);
            }
        }
        let within = BTreeSet::new();
        origins.insert(class, Origin { named, within });
    }
    // What names nothing stands within what took it in.
    let named: BTreeSet<usize> = origins.values().flat_map(|o| o.named.clone()).collect();
    for (class, all) in absorbed {
        if let Some(origin) = origins.get_mut(&class) {
            origin.within = &all - &named;
        }
    }
    // What did nothing stands within what takes the source.
    let mut kept: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (class, ops) in idle {
        let ops = &ops - &named;
        if ops.is_empty() {
            continue;
        }
        for (user, origin) in &mut origins {
            if node(candidates, extraction, *user).is_some_and(|n| n.operands.contains(&class)) {
                origin.within.extend(&ops);
            }
        }
        let id = candidates.classes[class];
        for (index, op) in imported.ops.iter().enumerate() {
            let mut operands = op.operands.iter().map(|id| imported.graph.find(*id));
            if op.term.is_none() && operands.any(|operand| operand == id) {
                kept.entry(index).or_default().extend(&ops);
            }
        }
    }
    Origins {
        classes: origins,
        kept,
    }
}

/// The op that an observed population is.
fn observed(imported: &Imported<'_, '_>, node: &Node) -> Option<usize> {
    let Node::Neuron([population, _]) = node else {
        return None;
    };
    match &imported.graph[*population].data {
        Fact::Population(id) => {
            let op = imported.graph.analysis.population(*id).observed?;
            Some(op as usize)
        }
        _ => None,
    }
}

/// The ops of the source, and which of their values are still there.
struct Source<'e, 'c, 'a> {
    imported: &'e Imported<'c, 'a>,
    makers: BTreeMap<egg::Id, Vec<usize>>,
    needed: Vec<bool>,
}

impl<'e, 'c, 'a> Source<'e, 'c, 'a> {
    fn new(
        imported: &'e Imported<'c, 'a>,
        candidates: &Candidates,
        extraction: &Extraction,
    ) -> Self {
        let chosen = extraction.chosen.keys();
        let needed: BTreeSet<egg::Id> = chosen.map(|class| candidates.classes[*class]).collect();
        let is_needed = |op: &super::import::SourceOp<'_, '_>| {
            let class = op.class.map(|class| imported.graph.find(class));
            class.is_some_and(|class| needed.contains(&class))
        };
        Self {
            imported,
            makers: imported.makers(),
            needed: imported.ops.iter().map(is_needed).collect(),
        }
    }

    fn is_neuron(&self, op: usize) -> bool {
        matches!(self.imported.ops[op].op, Op::Neuron(..))
    }

    /// The ops before `ops` whose values are not there any more.
    fn cone(&self, ops: &[usize]) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut stack = ops.to_vec();
        while let Some(op) = stack.pop() {
            for maker in &self.imported.ops[op].makers {
                if !self.needed[*maker] && all.insert(*maker) {
                    stack.push(*maker);
                }
            }
        }
        all
    }

    /// The ops of `all` that lead to `ops` without a neuron between, and the neurons that are met.
    fn near(&self, ops: &[usize], all: &BTreeSet<usize>) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let (mut near, mut neurons) = (BTreeSet::new(), BTreeSet::new());
        let mut stack = ops.to_vec();
        while let Some(op) = stack.pop() {
            for maker in self.imported.ops[op]
                .makers
                .iter()
                .filter(|m| all.contains(m))
            {
                if self.is_neuron(*maker) {
                    neurons.insert(*maker);
                } else if near.insert(*maker) {
                    stack.push(*maker);
                }
            }
        }
        (near, neurons)
    }

    /// The neurons before `ops` with none between.
    fn neurons_before(&self, ops: &[usize]) -> BTreeSet<usize> {
        let (mut seen, mut neurons) = (BTreeSet::new(), BTreeSet::new());
        let mut stack = ops.to_vec();
        while let Some(op) = stack.pop() {
            for maker in &self.imported.ops[op].makers {
                if self.is_neuron(*maker) {
                    neurons.insert(*maker);
                } else if seen.insert(*maker) {
                    stack.push(*maker);
                }
            }
        }
        neurons
    }

    /// The ops of `all` that lead to none of them.
    fn sinks(&self, all: &BTreeSet<usize>) -> Vec<usize> {
        let makers = |op: &usize| self.imported.ops[*op].makers.clone();
        let used: BTreeSet<usize> = all.iter().flat_map(makers).collect();
        all.difference(&used).copied().collect()
    }

    /// What is near, with the sinks themselves.
    fn with(
        &self,
        sinks: &[usize],
        mut near: BTreeSet<usize>,
        mut neurons: BTreeSet<usize>,
    ) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let (own, others): (Vec<usize>, Vec<usize>) =
            sinks.iter().partition(|op| self.is_neuron(**op));
        if others.is_empty() {
            // Neurons alone: what is behind them is behind the next.
            neurons = own.into_iter().collect();
            near.clear();
        } else {
            neurons.extend(own);
            near.extend(others);
        }
        (near, neurons)
    }
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

/// The location of an op that has no term, and of what it took in.
pub fn kept_location<'c>(
    context: &'c Context,
    imported: &Imported<'c, '_>,
    op: usize,
    within: &BTreeSet<usize>,
) -> Location<'c> {
    let own = imported.ops[op].operation.location();
    let others: Vec<Location<'c>> = within
        .iter()
        .map(|op| imported.ops[*op].operation.location())
        .collect();
    match others.as_slice() {
        [] => own,
        others => {
            let unit = melior::ir::Attribute::unit(context);
            let inner = Location::fused(context, others, unit);
            Location::name(context, &imported.ops[op].name, inner)
        }
    }
}

/// The location of an op. A population keeps its own name, so that it is recorded
/// under it, and what went into it stands within.
pub fn location<'c>(
    context: &'c Context,
    imported: &Imported<'c, '_>,
    origin: &Origin,
    node: &Node,
    part: Option<usize>,
) -> Location<'c> {
    let mut seen = BTreeSet::new();
    let mut locations = |ops: &mut dyn Iterator<Item = usize>| -> Vec<Location<'c>> {
        ops.filter(|op| seen.insert(imported.ops[*op].name.clone()))
            .map(|op| imported.ops[op].operation.location())
            .collect()
    };
    let fuse = |locations: Vec<Location<'c>>| {
        fused_location(context, &locations, Location::unknown(context))
    };
    if !matches!(node, Node::Neuron(_)) {
        return fuse(locations(&mut origin.all().into_iter()));
    }
    let own = locations(&mut origin.named.iter().copied());
    let others = locations(&mut origin.within.iter().copied());
    let Some(first) = origin
        .named
        .first()
        .map(|op| imported.ops[*op].name.as_str())
    else {
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
