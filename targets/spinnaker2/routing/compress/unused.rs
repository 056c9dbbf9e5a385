//! What may become of keys that no entry is for.

use super::{super::table::KeyMask, blocks::Blocks, problem::Problem};

/// Keeps blocks off unused keys, if that is asked for.
pub struct Guard<'a> {
    atoms: Option<(&'a Blocks, &'a Blocks)>,
}

impl<'a> Guard<'a> {
    /// With `strict`, a block may hold keys in use only.
    pub fn new(problem: &'a Problem, strict: bool) -> Self {
        Self {
            atoms: strict.then_some((&problem.atoms, &problem.dispensable)),
        }
    }

    /// Whether every key of `keys` is in an atom that `counts`, which is given the number of the atom
    /// (those that need an entry come first) and its class. Atoms are disjoint, so their shares can
    /// be added.
    pub fn allows(&self, keys: KeyMask, counts: impl Fn(usize, u32) -> bool) -> bool {
        let Some((needed, others)) = self.atoms else {
            return true;
        };
        let share = |(i, (atom, class)): (usize, (KeyMask, u32))| {
            if atom.meets(keys) && counts(i, class) {
                KeyMask::new(0, atom.mask | keys.mask).size()
            } else {
                0
            }
        };
        let atoms = needed.iter().chain(others.iter());
        atoms.enumerate().map(share).sum::<u64>() == keys.size()
    }
}
