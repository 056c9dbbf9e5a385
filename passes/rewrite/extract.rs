//! Choosing one node for each class that is needed: greedy, on the graph with its sharing.
//!
//! First each class takes the node whose tree is the cheapest, where neurons of the source count as there
//! already. Then, class by class, another node is taken if the whole program becomes cheaper by it; what
//! is shared is counted once, and what nothing needs any more is not counted. This ends when no single
//! change helps. The work is linear in the graph as long as a change reaches a few classes.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{
    candidates::{Candidate, Candidates, ClassIndex},
    cost::Cost,
    tensors::TensorId,
};

/// The most passes over all classes; a bound on work, not reached in practice.
const MOST_PASSES: usize = 32;

/// What is minimised: the target's cost, then the number of ops that are not in the source, so that what
/// cannot become cheaper stays what it is, then the number of ops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// The target's.
    pub cost: Cost,
    /// Ops that are not in the source.
    pub new: u64,
    /// Ops.
    pub ops: u64,
}

/// One node for each class that is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// The number of the node, for each class that is needed.
    pub chosen: BTreeMap<ClassIndex, usize>,
    /// What it costs.
    pub total: Total,
}

/// Chooses for the least cost.
pub fn extract(candidates: &Candidates) -> Option<Extraction> {
    let start = cheapest_trees(candidates);
    improve(candidates, &start)
}

/// The cost of a choice of a node for each class; `usize::MAX` for none. `None` if one that is needed has
/// none.
#[cfg(all(test, feature = "ilp"))]
pub fn evaluate(candidates: &Candidates, choice: &[usize]) -> Option<Extraction> {
    let mut state = State::new(candidates, choice);
    state.begin()?;
    Some(state.finish())
}

fn improve(candidates: &Candidates, start: &[usize]) -> Option<Extraction> {
    let mut state = State::new(candidates, start);
    state.begin()?;
    for _ in 0..MOST_PASSES {
        let mut better = false;
        for class in 0..candidates.nodes.len() {
            if state.uses[class] > 0 {
                better |= state.try_others(class);
            }
        }
        if !better {
            break;
        }
    }
    Some(state.finish())
}

fn own(candidate: &Candidate) -> Total {
    Total {
        cost: Cost::FREE,
        new: u64::from(candidate.new),
        ops: 1,
    }
}

impl Total {
    fn plus(self, other: Self) -> Self {
        Self {
            cost: self.cost + other.cost,
            new: self.new.saturating_add(other.new),
            ops: self.ops.saturating_add(other.ops),
        }
    }
}

/// For each class the node with the cheapest tree; `usize::MAX` for a class that nothing makes.
fn cheapest_trees(candidates: &Candidates) -> Vec<usize> {
    let count = candidates.nodes.len();
    let mut best: Vec<Option<Total>> = vec![None; count];
    let mut choice = vec![usize::MAX; count];
    let mut users: Vec<Vec<(ClassIndex, usize)>> = vec![Vec::new(); count];
    // Each node waits for its operands to be settled; classes are settled from the cheapest on, so no
    // choice is in a cycle.
    let mut waits: Vec<Vec<usize>> = Vec::with_capacity(count);
    let mut queue = BinaryHeap::new();
    for (class, nodes) in candidates.nodes.iter().enumerate() {
        let mut own_waits = Vec::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            own_waits.push(node.operands.len());
            for operand in &node.operands {
                users[*operand].push((class, number));
            }
            if node.operands.is_empty() {
                queue.push(Reverse((tree(candidates, node, &best), class, number)));
            }
        }
        waits.push(own_waits);
    }
    while let Some(Reverse((total, class, number))) = queue.pop() {
        if best[class].is_some() {
            continue;
        }
        best[class] = Some(total);
        choice[class] = number;
        for &(user, node) in &users[class] {
            waits[user][node] -= 1;
            if waits[user][node] == 0 && best[user].is_none() {
                let candidate = &candidates.nodes[user][node];
                queue.push(Reverse((tree(candidates, candidate, &best), user, node)));
            }
        }
    }
    choice
}

/// The cost of a node with the trees of its operands; neurons of the source count as there.
fn tree(candidates: &Candidates, node: &Candidate, best: &[Option<Total>]) -> Total {
    let alone = Total {
        cost: candidates.alone(node),
        ..own(node)
    };
    node.operands.iter().fold(alone, |total, operand| {
        if candidates.neuron[*operand] {
            return total;
        }
        total.plus(best[*operand].unwrap_or_default())
    })
}

/// A choice, with how often each class is used under it.
struct State<'c> {
    candidates: &'c Candidates,
    choice: Vec<usize>,
    uses: Vec<u32>,
    tables: BTreeMap<TensorId, u32>,
    missing: u128,
    amount: u128,
    new: u64,
    ops: u64,
}

impl<'c> State<'c> {
    fn new(candidates: &'c Candidates, choice: &[usize]) -> Self {
        Self {
            candidates,
            choice: choice.to_vec(),
            uses: vec![0; choice.len()],
            tables: BTreeMap::new(),
            missing: 0,
            amount: 0,
            new: 0,
            ops: 0,
        }
    }

    /// Takes up the roots; `None` if something that is needed has no node.
    fn begin(&mut self) -> Option<()> {
        let roots = self.candidates.roots.clone();
        self.acquire(&roots)
    }

    fn key(&self) -> (u128, u128, u64, u64) {
        (self.missing, self.amount, self.new, self.ops)
    }

    fn pay(&mut self, cost: Cost, sign: bool) {
        let (missing, amount) = (u128::from(cost.missing), u128::from(cost.amount));
        if sign {
            self.missing += missing;
            self.amount += amount;
        } else {
            self.missing -= missing;
            self.amount -= amount;
        }
    }

    /// Counts a node in, or out.
    fn count(&mut self, node: &Candidate, sign: bool) {
        self.pay(node.cost, sign);
        if let Some(table) = node.table {
            let uses = self.tables.entry(table).or_insert(0);
            let alone = if sign {
                *uses += 1;
                *uses == 1
            } else {
                *uses -= 1;
                *uses == 0
            };
            if alone {
                let cost = self.candidates.tables.get(&table).copied();
                self.pay(cost.unwrap_or_default(), sign);
            }
        }
        let (new, ops) = (u64::from(node.new), 1);
        if sign {
            self.new += new;
            self.ops += ops;
        } else {
            self.new -= new;
            self.ops -= ops;
        }
    }

    /// One use more of each of these classes.
    fn acquire(&mut self, classes: &[ClassIndex]) -> Option<()> {
        let mut stack = classes.to_vec();
        while let Some(class) = stack.pop() {
            self.uses[class] += 1;
            if self.uses[class] == 1 {
                let candidates = self.candidates;
                let node = candidates.nodes[class].get(self.choice[class])?;
                self.count(node, true);
                stack.extend(&node.operands);
            }
        }
        Some(())
    }

    /// One use less of each of these classes.
    fn release(&mut self, classes: &[ClassIndex]) {
        let mut stack = classes.to_vec();
        while let Some(class) = stack.pop() {
            self.uses[class] -= 1;
            if self.uses[class] == 0 {
                let candidates = self.candidates;
                if let Some(node) = candidates.nodes[class].get(self.choice[class]) {
                    self.count(node, false);
                    stack.extend(&node.operands);
                }
            }
        }
    }

    /// Makes a class that is used by another node.
    fn switch(&mut self, class: ClassIndex, to: usize) {
        let candidates = self.candidates;
        let old = &candidates.nodes[class][self.choice[class]];
        let new = &candidates.nodes[class][to];
        // Every candidate can be made, so this finds all that it needs.
        let _ = self.acquire(&new.operands);
        self.count(new, true);
        self.choice[class] = to;
        self.count(old, false);
        self.release(&old.operands);
    }

    /// Takes the best other node of a class, if it is better.
    fn try_others(&mut self, class: ClassIndex) -> bool {
        let first = self.choice[class];
        let (mut best, mut best_key) = (first, self.key());
        for number in 0..self.candidates.nodes[class].len() {
            if number == first || self.leads_back(class, number) {
                continue;
            }
            self.switch(class, number);
            if self.key() < best_key {
                (best, best_key) = (number, self.key());
            }
            self.switch(class, first);
        }
        if best != first {
            self.switch(class, best);
        }
        best != first
    }

    /// Whether a node needs its own class, as the others are chosen now.
    fn leads_back(&self, class: ClassIndex, number: usize) -> bool {
        let c = self.candidates;
        let inside = |other: &ClassIndex| c.component[*other] == c.component[class];
        let operands = &c.nodes[class][number].operands;
        let mut stack: Vec<ClassIndex> = operands.iter().copied().filter(inside).collect();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(next) = stack.pop() {
            if next == class {
                return true;
            }
            if seen.insert(next)
                && let Some(node) = c.nodes[next].get(self.choice[next])
            {
                stack.extend(node.operands.iter().copied().filter(inside));
            }
        }
        false
    }

    fn finish(self) -> Extraction {
        let narrow = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
        Extraction {
            chosen: (0..self.uses.len())
                .filter(|class| self.uses[*class] > 0)
                .map(|class| (class, self.choice[class]))
                .collect(),
            total: Total {
                cost: Cost {
                    missing: narrow(self.missing),
                    amount: narrow(self.amount),
                },
                new: self.new,
                ops: self.ops,
            },
        }
    }
}
