//! Pair merging, class after class.
//!
//! Two blocks of a class become the smallest block that has both, if that meets no key in use of a
//! class that is still to come: keys of earlier classes have matched before. The class with the most
//! blocks comes last and is one entry.

use super::{super::table::KeyMask, blocks::Blocks, problem::Problem, unused::Guard};

/// How many partners a block tries, so that the work stays linear in the blocks of a class.
const PARTNERS: usize = 1024;

/// The blocks of each class merged, in the order of the classes. With `ordered` false, blocks keep
/// clear of earlier classes too.
pub fn merge(problem: &Problem, ordered: bool, guard: &Guard<'_>) -> Blocks {
    let mut list = Blocks::with_capacity(problem.atoms.len());
    for (class, range) in problem.starts.windows(2).enumerate() {
        let (class, start, end) = (class as u32, range[0], range[1]);
        let first = list.len();
        list.extend(&problem.atoms, start..end);
        if end - start > 1 {
            let from = if ordered { end } else { 0 };
            let allowed = |keys: KeyMask| {
                problem.atoms.first_foreign(from, keys, class).is_none()
                    && problem.dispensable.first_foreign(0, keys, class).is_none()
                    && guard.allows(keys, |i, of| of == class || (ordered && i < from))
            };
            let len = merge_class(&mut list, first, allowed);
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
