//! A choice of nodes, with what is used under it and what that takes.

use std::collections::BTreeMap;

use super::{Extraction, Total, trees::Trees};
use crate::rewrite::{
    candidates::{Candidate, Candidates, ClassIndex},
    cost::Cost,
    tensors::TensorId,
};

/// A choice, with how often each class is used under it.
pub struct Choice<'c> {
    /// What is chosen from.
    pub candidates: &'c Candidates,
    /// The node of each class. What is not used has the node that it would have.
    node: Vec<usize>,
    uses: Vec<u32>,
    tables: BTreeMap<TensorId, u32>,
    missing: u128,
    amount: u128,
    new: u64,
    ops: u64,
    computed: u64,
}

impl<'c> Choice<'c> {
    /// A node for each class, `usize::MAX` for none, of which nothing is used yet.
    pub fn new(candidates: &'c Candidates, node: &[usize]) -> Self {
        Self {
            candidates,
            node: node.to_vec(),
            uses: vec![0; node.len()],
            tables: BTreeMap::new(),
            missing: 0,
            amount: 0,
            new: 0,
            ops: 0,
            computed: 0,
        }
    }

    /// Takes up the roots; `None` if something that is needed has no node.
    pub fn begin(&mut self) -> Option<()> {
        let roots = self.candidates.roots.clone();
        self.acquire(&roots)
    }

    /// Whether a class is used.
    pub fn used(&self, class: ClassIndex) -> bool {
        self.uses[class] > 0
    }

    /// Whether a table is used.
    pub fn has(&self, table: TensorId) -> bool {
        self.tables.get(&table).is_some_and(|uses| *uses > 0)
    }

    /// What a node takes beside the tables that are there.
    pub fn price(&self, candidate: &Candidate) -> Cost {
        match candidate.table {
            Some(table) if self.has(table) => candidate.cost,
            _ => self.candidates.alone(candidate),
        }
    }

    /// The node of a class; `usize::MAX` for none.
    pub fn node(&self, class: ClassIndex) -> usize {
        self.node[class]
    }

    /// What is not used would have the nodes of these trees.
    pub fn take(&mut self, trees: &Trees) {
        for (class, node) in trees.node.iter().enumerate() {
            if *node != usize::MAX && !self.used(class) {
                self.node[class] = *node;
            }
        }
    }

    /// A class that is not used would have this node.
    pub fn would_have(&mut self, class: ClassIndex, node: usize) {
        debug_assert!(!self.used(class), "a used class is switched");
        self.node[class] = node;
    }

    /// What all takes, in the order in which it is minimised.
    pub fn key(&self) -> (u128, u128, u64, u64, u64) {
        (self.missing, self.amount, self.new, self.ops, self.computed)
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
            self.count_table(table, sign);
        }
        let one = |counter: &mut u64, counts: bool| match sign {
            true => *counter += u64::from(counts),
            false => *counter -= u64::from(counts),
        };
        one(&mut self.new, node.new);
        one(&mut self.ops, true);
        one(&mut self.computed, node.computed);
    }

    /// Counts a use of a table in, or out.
    pub fn count_table(&mut self, table: TensorId, sign: bool) {
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

    /// One use more of each of these classes.
    pub fn acquire(&mut self, classes: &[ClassIndex]) -> Option<()> {
        let mut stack = classes.to_vec();
        while let Some(class) = stack.pop() {
            self.uses[class] += 1;
            if self.uses[class] == 1 {
                let candidates = self.candidates;
                let node = candidates.nodes[class].get(self.node[class])?;
                self.count(node, true);
                stack.extend(&node.operands);
            }
        }
        Some(())
    }

    /// One use less of each of these classes.
    pub fn release(&mut self, classes: &[ClassIndex]) {
        let mut stack = classes.to_vec();
        while let Some(class) = stack.pop() {
            self.uses[class] -= 1;
            if self.uses[class] == 0 {
                let candidates = self.candidates;
                if let Some(node) = candidates.nodes[class].get(self.node[class]) {
                    self.count(node, false);
                    stack.extend(&node.operands);
                }
            }
        }
    }

    /// Makes a class that is used by another node.
    pub fn switch(&mut self, class: ClassIndex, to: usize) {
        let candidates = self.candidates;
        let old = &candidates.nodes[class][self.node[class]];
        let new = &candidates.nodes[class][to];
        // Every candidate can be made, so this finds all that it needs.
        let _ = self.acquire(&new.operands);
        self.count(new, true);
        self.node[class] = to;
        self.count(old, false);
        self.release(&old.operands);
    }

    /// What is used, and what it takes.
    pub fn finish(self) -> Extraction {
        let narrow = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
        Extraction {
            chosen: (0..self.uses.len())
                .filter(|class| self.uses[*class] > 0)
                .map(|class| (class, self.node[class]))
                .collect(),
            total: Total {
                cost: Cost {
                    missing: narrow(self.missing),
                    amount: narrow(self.amount),
                },
                new: self.new,
                ops: self.ops,
                computed: self.computed,
            },
        }
    }
}
