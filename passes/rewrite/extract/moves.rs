//! The changes that make a choice cheaper.

use std::collections::{BTreeMap, BTreeSet};

use super::{Total, choice::Choice, trees::Trees};
use crate::rewrite::{candidates::ClassIndex, tensors::TensorId};

/// Classes in a cycle that are made anew for a change of one of them. More are not: the work for each of
/// them would grow with their number.
const LARGEST_CYCLE: usize = 64;

/// A node of a class.
type User = (ClassIndex, usize);

/// What is paid once by all that use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shared {
    Class(ClassIndex),
    Table(TensorId),
}

impl Choice<'_> {
    /// Takes the best other node of a class that is used, if it is better. Whether it was.
    pub fn try_others(&mut self, class: ClassIndex, trees: &Trees) -> bool {
        if !self.used(class) {
            return false;
        }
        let cycle = match self.candidates.cycle(class) {
            cycle if (2..=LARGEST_CYCLE).contains(&cycle.len()) => cycle,
            _ => &[],
        };
        let before: Vec<usize> = cycle.iter().map(|other| self.node(*other)).collect();
        self.make_without(class, cycle, trees);
        let first = self.node(class);
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
            return true;
        }
        // What is not used is cheaper with this class than without it.
        for (other, node) in cycle.iter().zip(before) {
            if !self.used(*other) {
                self.would_have(*other, node);
            }
        }
        false
    }

    /// Brings in what is not used and what several classes could share, one after the other, if the whole
    /// becomes cheaper with it. Whether any was.
    pub fn try_to_share(&mut self) -> bool {
        let nodes = &self.candidates.nodes;
        let mut uses: Vec<(Shared, User)> = Vec::new();
        for class in (0..nodes.len()).filter(|class| self.used(*class)) {
            for (number, node) in nodes[class].iter().enumerate() {
                let user = (class, number);
                let operands = node.operands.iter().filter(|operand| !self.used(**operand));
                uses.extend(operands.map(|operand| (Shared::Class(*operand), user)));
                let table = node.table.filter(|table| !self.has(*table));
                uses.extend(table.map(|table| (Shared::Table(table), user)));
            }
        }
        uses.sort_unstable();
        let mut better = false;
        for users in uses.chunk_by(|a, b| a.0 == b.0) {
            let (shared, (first, _)) = users[0];
            // With one user, this is a change of that user.
            if users.iter().any(|(_, (user, _))| *user != first) {
                better |= self.share(shared, users.iter().map(|(_, user)| *user));
            }
        }
        better
    }

    /// Uses what is not used, with all that can use it to advantage, if the whole becomes cheaper. Whether it
    /// did.
    fn share(&mut self, shared: Shared, users: impl Iterator<Item = User>) -> bool {
        let unused = match shared {
            Shared::Class(class) => !self.used(class),
            Shared::Table(table) => !self.has(table),
        };
        if !unused {
            return false;
        }
        let before = self.key();
        self.hold(shared);
        let mut changed = Vec::new();
        for (user, number) in users {
            let old = self.node(user);
            if !self.used(user) || old == number || self.leads_back(user, number) {
                continue;
            }
            let key = self.key();
            self.switch(user, number);
            if self.key() < key {
                changed.push((user, old));
            } else {
                self.switch(user, old);
            }
        }
        // Now it is held by its users alone.
        self.let_go(shared);
        let better = self.key() < before;
        if !better {
            self.hold(shared);
            for (user, old) in changed.into_iter().rev() {
                self.switch(user, old);
            }
            self.let_go(shared);
        }
        better
    }

    fn hold(&mut self, shared: Shared) {
        match shared {
            Shared::Class(class) => {
                self.acquire(&[class]);
            }
            Shared::Table(table) => self.count_table(table, true),
        }
    }

    fn let_go(&mut self, shared: Shared) {
        match shared {
            Shared::Class(class) => self.release(&[class]),
            Shared::Table(table) => self.count_table(table, false),
        }
    }

    /// Gives the classes of a cycle with `class` that are not used the cheapest tree that does not need
    /// `class`.
    fn make_without(&mut self, class: ClassIndex, cycle: &[ClassIndex], trees: &Trees) {
        let candidates = self.candidates;
        let mut totals: BTreeMap<ClassIndex, Total> = cycle
            .iter()
            .filter(|other| self.used(**other) && !self.needs(**other, class))
            .map(|other| (*other, Total::default()))
            .collect();
        loop {
            let mut changed = false;
            for &other in cycle {
                if self.used(other) {
                    continue;
                }
                for (number, node) in candidates.nodes[other].iter().enumerate() {
                    let start = Some(Total::of(node, self.price(node)));
                    let total = node.operands.iter().fold(start, |total, operand| {
                        let inside = candidates.component[*operand] == candidates.component[class];
                        let own = match inside {
                            true => totals.get(operand).copied(),
                            false => trees.total[*operand],
                        };
                        Some(total?.plus(own?))
                    });
                    // Each op adds to the total, so this is never a cycle and comes to an end.
                    if let Some(total) = total
                        && totals.get(&other).is_none_or(|least| total < *least)
                    {
                        totals.insert(other, total);
                        self.would_have(other, number);
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// Whether a node needs its own class, as the others are chosen now.
    fn leads_back(&self, class: ClassIndex, number: usize) -> bool {
        let operands = &self.candidates.nodes[class][number].operands;
        operands.iter().any(|operand| self.needs(*operand, class))
    }

    /// Whether a class needs another, or is it, as the nodes are chosen now.
    fn needs(&self, class: ClassIndex, other: ClassIndex) -> bool {
        let c = self.candidates;
        let mut stack = vec![class];
        let mut seen = BTreeSet::new();
        while let Some(next) = stack.pop() {
            if next == other {
                return true;
            }
            if c.component[next] == c.component[other]
                && seen.insert(next)
                && let Some(node) = c.nodes[next].get(self.node(next))
            {
                stack.extend(&node.operands);
            }
        }
        false
    }
}
