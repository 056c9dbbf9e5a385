//! The cheapest tree for each class, where what is used already costs nothing.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Total, choice::Choice};
use crate::rewrite::candidates::{Candidate, ClassIndex};

/// What trees are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// All nodes.
    All,
    /// All nodes; what a neuron of the source takes is not counted for what needs it. It is used in nearly
    /// any choice, and with all that is before it, it would outweigh the rest.
    AllBehindNeurons,
    /// Nodes of the source.
    Source,
}

/// What it takes to have each class, beside what is used already.
pub struct Trees {
    /// The node of the cheapest tree; `usize::MAX` for a class that is used or that nothing makes.
    pub node: Vec<usize>,
    /// What the tree takes; `None` if nothing makes the class.
    pub total: Vec<Option<Total>>,
}

/// The cheapest trees under a choice. Classes are settled from the cheapest on (Knuth 1977), so none is in
/// its own tree.
pub fn cheapest_trees(choice: &Choice<'_>, of: Of) -> Trees {
    let candidates = choice.candidates;
    let count = candidates.nodes.len();
    let mut trees = Trees {
        node: vec![usize::MAX; count],
        total: vec![None; count],
    };
    let mut users: Vec<Vec<(ClassIndex, usize)>> = vec![Vec::new(); count];
    let mut waits: Vec<Vec<usize>> = Vec::with_capacity(count);
    let mut queue = BinaryHeap::new();
    for (class, nodes) in candidates.nodes.iter().enumerate() {
        waits.push(nodes.iter().map(|node| node.operands.len()).collect());
        if choice.used(class) {
            queue.push(Reverse((Total::default(), class, usize::MAX)));
            continue;
        }
        for (number, node) in nodes.iter().enumerate() {
            if of == Of::Source && node.new {
                continue;
            }
            for operand in &node.operands {
                users[*operand].push((class, number));
            }
            if node.operands.is_empty() {
                queue.push(Reverse((trees.with(choice, node, of), class, number)));
            }
        }
    }
    while let Some(Reverse((total, class, number))) = queue.pop() {
        if trees.total[class].is_some() {
            continue;
        }
        trees.total[class] = Some(total);
        trees.node[class] = number;
        for &(user, node) in &users[class] {
            waits[user][node] -= 1;
            if waits[user][node] == 0 && trees.total[user].is_none() {
                let candidate = &candidates.nodes[user][node];
                queue.push(Reverse((trees.with(choice, candidate, of), user, node)));
            }
        }
    }
    trees
}

impl Trees {
    /// The cost of a node with the trees of its operands.
    fn with(&self, choice: &Choice<'_>, node: &Candidate, of: Of) -> Total {
        let alone = Total::of(node, choice.price(node));
        let counted = |operand: &&ClassIndex| {
            of != Of::AllBehindNeurons || !choice.candidates.neuron[**operand]
        };
        let operands = node.operands.iter().filter(counted);
        operands.fold(alone, |total, operand| {
            total.plus(self.total[*operand].unwrap_or_default())
        })
    }
}
