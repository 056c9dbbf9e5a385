//! Pair merging, class after class.
//!
//! Two blocks of a class become the smallest block that has both, if that meets no key in use of a
//! class that is still to come: keys of earlier classes have matched before. The class with the most
//! blocks comes last and is one entry.

use super::{
    super::table::{Entry, KeyMask},
    blocks::Blocks,
    problem::Problem,
    unused::Guard,
};

/// How many partners a block tries, so that the work stays linear in the blocks of a class.
const PARTNERS: usize = 1024;

/// The atoms of each class merged, in the order of the classes. With `ordered` false, blocks keep
/// clear of earlier classes too.
pub fn merge(problem: &Problem, ordered: bool, guard: &Guard<'_>) -> Blocks {
    merge_classes(&problem.atoms, &problem.starts, |keys, class, end| {
        let from = if ordered { end } else { 0 };
        problem.atoms.first_foreign(from, keys, class).is_none()
            && problem.dispensable.first_foreign(0, keys, class).is_none()
            && guard.allows(keys, |i, of| of == class || (ordered && i < from))
    })
}

/// Pair merging just as PACMAN 7.4.1 has it, of the given entries as they are. Greedy as it is, it is
/// now and then luckier with these than with atoms.
pub fn merge_as_published(problem: &Problem, given: &[Entry]) -> Blocks {
    let classes = problem.routes.len();
    let mut counts = vec![0; classes];
    for class in &problem.given {
        counts[*class as usize] += 1;
    }
    // The rarest route first; of equal ones, the one that the table names last.
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_unstable_by_key(|class| (counts[*class], u32::MAX - problem.seen[*class]));
    let (mut starts, mut next) = (vec![0], vec![0; classes]);
    let mut end = 0;
    for class in order {
        next[class] = end;
        end += counts[class];
        starts.push(end);
    }
    let mut sorted = vec![0; given.len()];
    for (i, class) in problem.given.iter().enumerate() {
        let place = &mut next[*class as usize];
        sorted[*place] = i;
        *place += 1;
    }
    let mut blocks = Blocks::with_capacity(given.len());
    for i in sorted {
        blocks.push(given[i].keys, problem.given[i]);
    }
    merge_classes(&blocks, &starts, |keys, class, end| {
        blocks.first_foreign(end, keys, class).is_none()
    })
}

/// Merges the blocks of each range. `allowed` is given the merged keys, the class and the end of its
/// range.
fn merge_classes(
    blocks: &Blocks,
    starts: &[usize],
    allowed: impl Fn(KeyMask, u32, usize) -> bool,
) -> Blocks {
    let mut list = Blocks::with_capacity(blocks.len());
    for range in starts.windows(2) {
        let (start, end) = (range[0], range[1]);
        let first = list.len();
        list.extend(blocks, start..end);
        if end - start > 1 {
            let class = blocks.class(start);
            let len = merge_class(&mut list, first, |keys| allowed(keys, class, end));
            list.truncate(len);
        }
    }
    list
}

/// Merges the blocks from `first` on; their new end.
fn merge_class(list: &mut Blocks, first: usize, allowed: impl Fn(KeyMask) -> bool) -> usize {
    let (mut left, mut end) = (first, list.len());
    while left < end {
        let keys = list.keys(left);
        let mut partners = left + 1..end.min(left + 1 + PARTNERS);
        let merged = partners.find_map(|i| {
            let join = keys.join(list.keys(i));
            allowed(join).then_some((i, join))
        });
        match merged {
            Some((i, join)) => {
                list.set(left, join);
                end -= 1;
                list.set(i, list.keys(end));
            }
            None => left += 1,
        }
    }
    end
}
