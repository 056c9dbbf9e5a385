//! Choosing one node for each class that is needed: greedy, on the graph with its sharing.
//!
//! The search starts from the source, and from the cheapest tree of each class; the better result of the two
//! is taken. From there the program is made cheaper by one change at a time, where what is shared is counted once and what nothing needs any more is not counted:
//!
//! - a class that is used takes another node, with the cheapest tree of what that needs beside what is there
//!   already. Where the new node would lead back to its own class (a row and a map of one pixel are each a
//!   reshape of the other), the classes of that cycle are made without it;
//! - a class or a table of weights that is not used comes in, and all that can use it do, if that is
//!   cheaper as a whole.
//!
//! This ends when no such change helps. The work is linear in the graph as long as a change reaches a few
//! classes. `tests/ilp.rs` compares what comes out with the optimum.

mod choice;
mod moves;
#[cfg(test)]
mod tests;
mod trees;

use std::collections::BTreeMap;

use self::{
    choice::Choice,
    trees::{Of, cheapest_trees},
};
use super::{
    candidates::{Candidate, Candidates, ClassIndex},
    cost::Cost,
};

/// The most passes over all classes; a bound on work, not reached in practice.
const MOST_PASSES: usize = 32;

/// What is minimised: the target's cost, then the number of ops that are not in the source, so that what
/// cannot become cheaper stays what it is, then the number of ops, then that of weights that are not the
/// source's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// The target's.
    pub cost: Cost,
    /// Ops that are not in the source.
    pub new: u64,
    /// Ops.
    pub ops: u64,
    /// Ops whose weights must be computed.
    pub computed: u64,
}

/// One node for each class that is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// The number of the node, for each class that is needed.
    pub chosen: BTreeMap<ClassIndex, usize>,
    /// What it costs.
    pub total: Total,
}

/// Chooses for the least cost. It is never more than that of the source.
pub fn extract(candidates: &Candidates) -> Option<Extraction> {
    let starts = [Of::Source, Of::AllBehindNeurons];
    let found = starts.map(|start| improved(candidates, start));
    found.into_iter().flatten().min_by_key(|found| found.total)
}

fn improved(candidates: &Candidates, start: Of) -> Option<Extraction> {
    let mut choice = Choice::new(candidates, &vec![usize::MAX; candidates.nodes.len()]);
    choice.take(&cheapest_trees(&choice, start));
    choice.begin()?;
    for _ in 0..MOST_PASSES {
        let trees = cheapest_trees(&choice, Of::All);
        choice.take(&trees);
        let mut better = false;
        for class in 0..candidates.nodes.len() {
            better |= choice.try_others(class, &trees);
        }
        if !(better || choice.try_to_share()) {
            break;
        }
    }
    Some(choice.finish())
}

/// The cost of a choice of a node for each class; `usize::MAX` for none. `None` if one that is needed has
/// none.
#[cfg(all(test, feature = "ilp"))]
pub fn evaluate(candidates: &Candidates, nodes: &[usize]) -> Option<Extraction> {
    let mut choice = Choice::new(candidates, nodes);
    choice.begin()?;
    Some(choice.finish())
}

impl Total {
    fn plus(self, other: Self) -> Self {
        Self {
            cost: self.cost + other.cost,
            new: self.new.saturating_add(other.new),
            ops: self.ops.saturating_add(other.ops),
            computed: self.computed.saturating_add(other.computed),
        }
    }

    /// Of an op alone.
    fn of(candidate: &Candidate, cost: Cost) -> Self {
        Self {
            cost,
            new: u64::from(candidate.new),
            ops: 1,
            computed: u64::from(candidate.computed),
        }
    }
}
