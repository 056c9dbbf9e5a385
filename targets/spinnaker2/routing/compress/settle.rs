//! Classes that one entry is enough for, whatever is done with the others.
//!
//! If the smallest block with all atoms of a class meets no other atom, then it makes an entry before
//! all others: a class never needs fewer, and with its atoms matched, the rest has more freedom. Nothing
//! is lost by that, so it goes on with the rest until no such class is left. Most classes of a typical
//! table have a single atom and are settled at once.

use super::{super::table::KeyMask, blocks::Blocks, problem::Problem};

/// Takes the classes that can be settled out of the problem; their entries, first match first.
pub fn settle(problem: &mut Problem) -> Blocks {
    let mut settled = Blocks::with_capacity(problem.routes.len());
    // Atoms are disjoint, so one alone needs no search.
    take(problem, &mut settled, |problem, class, _| {
        problem.starts[class + 1] - problem.starts[class] == 1
    });
    while take(problem, &mut settled, is_clear) {}
    settled
}

fn is_clear(problem: &Problem, class: usize, keys: KeyMask) -> bool {
    let class = class as u32;
    problem.atoms.first_foreign(0, keys, class).is_none()
        && problem.dispensable.first_foreign(0, keys, class).is_none()
}

/// Takes out the classes for which `settles` holds of the block of all atoms; whether there was one.
fn take(
    problem: &mut Problem,
    settled: &mut Blocks,
    settles: impl Fn(&Problem, usize, KeyMask) -> bool,
) -> bool {
    let mut rest = Blocks::with_capacity(problem.atoms.len());
    let mut starts = Vec::with_capacity(problem.starts.len());
    for class in 0..problem.routes.len() {
        starts.push(rest.len());
        let range = problem.starts[class]..problem.starts[class + 1];
        let keys = range.clone().map(|i| problem.atoms.keys(i));
        match keys.reduce(KeyMask::join) {
            Some(keys) if settles(problem, class, keys) => settled.push(keys, class as u32),
            _ => rest.extend(&problem.atoms, range),
        }
    }
    starts.push(rest.len());
    let found = rest.len() < problem.atoms.len();
    (problem.atoms, problem.starts) = (rest, starts);
    found
}
