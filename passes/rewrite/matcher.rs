//! Finding the left side of a rule, and building its right side.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use egg::{ENodeOrVar, Id, Language, PatternAst, Subst, Symbol, Var};

use super::{
    analysis::{Fact, Graph},
    language::Node,
    pattern::{Bindings, Pattern, Variable},
    rules::Rule,
};

/// A rule with its sides read.
pub struct Compiled {
    /// The rule.
    pub rule: Rule,
    left: Pattern,
    right: Pattern,
    /// All variables of the left side.
    variables: Vec<Variable>,
    /// Variables that have one value in a match, though they stand inside `(sum* ...)`.
    shared: BTreeSet<Variable>,
}

/// Where the left side of a rule is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Match {
    /// The class of the whole.
    pub class: Id,
    /// What the variables stand for.
    pub bindings: Bindings,
    /// Of `(sum a ...)`: all operands, and the places of those that the pattern names.
    some: Option<(Box<[Id]>, Vec<usize>)>,
    /// Of `(sum* a)`: what the variables inside stand for in each operand.
    pub every: Option<Vec<Bindings>>,
}

impl Match {
    /// Brings all classes to their present numbers.
    pub fn canonical(&mut self, graph: &Graph) {
        self.class = graph.find(self.class);
        self.bindings.canonical(graph);
        for each in self.every.iter_mut().flatten() {
            each.canonical(graph);
        }
        if let Some((operands, _)) = &mut self.some {
            operands.iter_mut().for_each(|id| *id = graph.find(*id));
        }
    }

    /// What tells it from other matches of its rule: a hash, since there are many. Two matches with one hash
    /// would cost a rewrite, not an equality.
    pub fn key(&self, compiled: &Compiled) -> u64 {
        let mut key = DefaultHasher::new();
        usize::from(self.class).hash(&mut key);
        for variable in &compiled.variables {
            self.bindings.get(variable).hash(&mut key);
            for each in self.every.iter().flatten() {
                each.get(variable).hash(&mut key);
            }
        }
        self.some.hash(&mut key);
        key.finish()
    }
}

impl Compiled {
    /// Reads the sides of a rule; `None` if one is malformed.
    pub fn new(rule: &Rule) -> Option<Self> {
        let (left, right) = (Pattern::parse(rule.left)?, Pattern::parse(rule.right)?);
        let shared = &left.variables(false) | &right.variables(false);
        Some(Self {
            rule: *rule,
            variables: left.variables(true).into_iter().collect(),
            left,
            right,
            shared,
        })
    }

    /// All matches, in the order of the classes.
    pub fn search(&self, graph: &Graph) -> Vec<Match> {
        let prototype = match &self.left {
            Pattern::Op(node, _) => node.clone(),
            Pattern::Some(_) | Pattern::Every(_) => Node::Sum(Box::new([])),
            Pattern::Variable(_) | Pattern::Splice(_) => return Vec::new(),
        };
        let mut matches = Vec::new();
        let Some(classes) = graph.classes_for_op(&prototype.discriminant()) else {
            return matches;
        };
        let classes: BTreeSet<Id> = classes.collect();
        for class in classes {
            let start = Match {
                class,
                ..Match::default()
            };
            matches.extend(self.at(graph, &self.left, class, start));
        }
        matches
    }

    /// The ways in which `pattern` is at `class`, given what is known.
    fn at(&self, graph: &Graph, pattern: &Pattern, class: Id, known: Match) -> Vec<Match> {
        match pattern {
            Pattern::Variable(variable) => match known.bindings.get(variable) {
                Some(bound) if bound != class => Vec::new(),
                Some(_) => vec![known],
                None => {
                    let mut known = known;
                    known.bindings.insert(variable, class);
                    vec![known]
                }
            },
            Pattern::Splice(_) => Vec::new(),
            Pattern::Op(prototype, children) => {
                let nodes = graph[class].nodes.iter();
                let nodes = nodes.filter(|node| node.matches(prototype));
                nodes
                    .flat_map(|node| {
                        let mut found = vec![known.clone()];
                        for (child, pattern) in node.children().iter().zip(children) {
                            let ways = found.into_iter();
                            found = ways
                                .flat_map(|way| self.at(graph, pattern, *child, way))
                                .collect();
                        }
                        found
                    })
                    .collect()
            }
            Pattern::Some(wanted) => {
                let sums = sums(graph, class);
                sums.flat_map(|operands| self.some(graph, wanted, operands, &known))
                    .collect()
            }
            Pattern::Every(wanted) => {
                let sums = sums(graph, class);
                sums.flat_map(|operands| self.every(graph, wanted, operands, &known))
                    .collect()
            }
        }
    }

    fn some(
        &self,
        graph: &Graph,
        wanted: &[Pattern],
        operands: &[Id],
        known: &Match,
    ) -> Vec<Match> {
        let mut found = vec![(known.clone(), Vec::<usize>::new())];
        for (number, pattern) in wanted.iter().enumerate() {
            // What the pattern could be, by what it shares with those before it.
            let before: BTreeSet<Variable> = wanted[..number]
                .iter()
                .flat_map(|p| p.variables(true))
                .collect();
            let shared = &pattern.variables(true) & &before;
            let mut by_shared: BTreeMap<Vec<Id>, Vec<(usize, Match)>> = BTreeMap::new();
            for (place, operand) in operands.iter().enumerate() {
                for way in self.at(graph, pattern, *operand, known.clone()) {
                    let key = shared.iter().filter_map(|v| way.bindings.get(v));
                    by_shared
                        .entry(key.collect())
                        .or_default()
                        .push((place, way));
                }
            }
            let mut next = Vec::new();
            for (way, places) in found {
                let key = shared.iter().filter_map(|v| way.bindings.get(v));
                let key: Vec<Id> = key.collect();
                for (place, other) in by_shared.get(&key).into_iter().flatten() {
                    if places.contains(place) {
                        continue;
                    }
                    let mut both = way.clone();
                    both.bindings = way.bindings.and(&other.bindings);
                    if other.every.is_some() {
                        both.every.clone_from(&other.every);
                    }
                    let mut places = places.clone();
                    places.push(*place);
                    next.push((both, places));
                }
            }
            found = next;
        }
        found
            .into_iter()
            .map(|(mut way, places)| {
                way.some = Some((operands.into(), places));
                way
            })
            .collect()
    }

    fn every(&self, graph: &Graph, wanted: &Pattern, operands: &[Id], known: &Match) -> Vec<Match> {
        let Some((first, rest)) = operands.split_first() else {
            return Vec::new();
        };
        let starts = self.at(graph, wanted, *first, known.clone());
        let mut found = Vec::new();
        'starts: for start in starts {
            let mut all = known.clone();
            for variable in &self.shared {
                if let Some(id) = start.bindings.get(variable) {
                    all.bindings.insert(variable, id);
                }
            }
            let mut each = vec![start.bindings];
            for operand in rest {
                match self
                    .at(graph, wanted, *operand, all.clone())
                    .into_iter()
                    .next()
                {
                    Some(way) => each.push(way.bindings),
                    None => continue 'starts,
                }
            }
            all.every = Some(each);
            found.push(all);
        }
        found
    }

    /// Builds the right side and says that it is equal. Returns whether that was new; `None` if the right
    /// side is no term, or no signal of this shape and kind.
    pub fn apply(&self, graph: &mut Graph, found: &Match) -> Option<bool> {
        let right = build(graph, &self.right, found, &found.bindings);
        let (Fact::Signal(a), Fact::Signal(b)) = (&graph[found.class].data, &graph[right].data)
        else {
            return None;
        };
        if a.shape != b.shape || a.kind != b.kind {
            return None;
        }
        if graph.are_explanations_enabled() {
            let mut terms = Terms {
                found,
                left: true,
                subst: Subst::default(),
                ast: PatternAst::default(),
            };
            terms.add(&self.left, &found.bindings);
            let from = std::mem::take(&mut terms.ast);
            terms.left = false;
            terms.add(&self.right, &found.bindings);
            let name = Symbol::from(self.rule.name);
            let (_, new) = graph.union_instantiations(&from, &terms.ast, &terms.subst, name);
            return Some(new);
        }
        Some(graph.union(found.class, right))
    }
}

/// Builds a right side.
fn build(graph: &mut Graph, side: &Pattern, found: &Match, bindings: &Bindings) -> Id {
    let node = match side {
        Pattern::Variable(variable) | Pattern::Splice(variable) => {
            return bindings.get(variable).unwrap_or_default();
        }
        Pattern::Op(prototype, children) => {
            let mut node = prototype.clone();
            for (slot, child) in node.children_mut().iter_mut().zip(children) {
                *slot = build(graph, child, found, bindings);
            }
            node
        }
        Pattern::Some(items) => {
            let mut made = Vec::new();
            for (item, bindings) in found.items(items, bindings) {
                made.push(build(graph, item, found, &bindings));
            }
            let operands = match &found.some {
                Some((operands, places)) => {
                    let others = operands.iter().copied().enumerate();
                    let others = others.filter(|(place, _)| !places.contains(place));
                    arrange(made, &others.collect(), places)
                }
                None => made,
            };
            Node::Sum(operands.into())
        }
        Pattern::Every(item) => {
            let mut operands = Vec::new();
            for each in found.every.iter().flatten() {
                operands.push(build(graph, item, found, &bindings.and(each)));
            }
            Node::Sum(operands.into())
        }
    };
    graph.add(node)
}

/// The two sides of a match as egg's explanations take them: each class a variable of its own.
struct Terms<'m> {
    found: &'m Match,
    left: bool,
    subst: Subst,
    ast: PatternAst<Node>,
}

impl Terms<'_> {
    fn class(&mut self, id: Id) -> Id {
        let variable = Var::from_u32(usize::from(id) as u32);
        self.subst.insert(variable, id);
        self.ast.add(ENodeOrVar::Var(variable))
    }

    fn add(&mut self, side: &Pattern, bindings: &Bindings) -> Id {
        let found = self.found;
        let node = match side {
            Pattern::Variable(variable) | Pattern::Splice(variable) => {
                return self.class(bindings.get(variable).unwrap_or_default());
            }
            Pattern::Op(prototype, children) => {
                let mut node = prototype.clone();
                for (slot, child) in node.children_mut().iter_mut().zip(children) {
                    *slot = self.add(child, bindings);
                }
                node
            }
            Pattern::Some(items) => {
                let mut made = Vec::new();
                if self.left {
                    for item in items {
                        made.push(self.add(item, bindings));
                    }
                } else {
                    for (item, bindings) in found.items(items, bindings) {
                        made.push(self.add(item, &bindings));
                    }
                }
                let (operands, places) = match &found.some {
                    Some((operands, places)) => (operands.to_vec(), places.clone()),
                    None => (Vec::new(), Vec::new()),
                };
                let mut others = BTreeMap::new();
                for (place, id) in operands.into_iter().enumerate() {
                    if !places.contains(&place) {
                        others.insert(place, self.class(id));
                    }
                }
                let operands: Vec<Id> = if self.left {
                    others.extend(places.into_iter().zip(made));
                    others.into_values().collect()
                } else {
                    arrange(made, &others, &places)
                };
                Node::Sum(operands.into())
            }
            Pattern::Every(item) => {
                let mut operands = Vec::new();
                for each in found.every.iter().flatten() {
                    operands.push(self.add(item, &bindings.and(each)));
                }
                Node::Sum(operands.into())
            }
        };
        self.ast.add(ENodeOrVar::ENode(node))
    }
}

impl Match {
    /// The items of `(sum a ...)` on a right side, `?x*` once for each operand.
    fn items<'p>(&self, items: &'p [Pattern], bindings: &Bindings) -> Vec<(&'p Pattern, Bindings)> {
        let each = |item: &'p Pattern| match item {
            Pattern::Splice(_) => {
                let all = self.every.iter().flatten();
                all.map(|each| (item, bindings.and(each))).collect()
            }
            _ => vec![(item, bindings.clone())],
        };
        items.iter().flat_map(each).collect()
    }
}

/// `others` by their places, with `made` at the first of `places`.
fn arrange(made: Vec<Id>, others: &BTreeMap<usize, Id>, places: &[usize]) -> Vec<Id> {
    let first = places.iter().min().copied().unwrap_or(0);
    let before = others.range(..first).map(|(_, id)| *id);
    let behind = others.range(first..).map(|(_, id)| *id);
    before.chain(made).chain(behind).collect()
}

fn sums(graph: &Graph, class: Id) -> impl Iterator<Item = &Box<[Id]>> {
    graph[class].nodes.iter().filter_map(|node| match node {
        Node::Sum(operands) => Some(operands),
        _ => None,
    })
}
