//! A list of entries in any order of classes, made shorter by merging two entries of a class.
//!
//! Every atom has an *owner*, an entry that contains it. No entry of another class before the owner
//! meets the atom, so all of its keys go where they should. Two entries of a class are replaced by one
//! that owns the atoms of both, as late in the list as these atoms allow: just before the first later
//! entry of another class that meets one of them. There it may meet whatever earlier entries own, but
//! no atom of another class whose owner comes later. This is more than merging class after class can
//! do: an entry may go below the exceptions to it, and above what it is an exception to.

use super::{
    super::table::KeyMask,
    blocks::Blocks,
    placed::{END, GONE, Placed, shift, wildcards},
    problem::Problem,
    unused::Guard,
};

/// No further atom.
const NONE: u32 = u32::MAX;
/// A blocker that has to be looked for: the one before is gone.
const UNKNOWN: u32 = GONE;

/// The most entries of a class that one is paired with, those of nearest numbers.
const PARTNERS: usize = 256;

/// How many merges may still be tried. Each is compared with all atoms, so this keeps the work for a
/// table within bounds: 16 for each atom, and enough for any table of up to a thousand.
pub struct Budget(usize);

impl Budget {
    /// For one way of merging.
    pub fn new(problem: &Problem) -> Self {
        Self(16 * problem.atoms.len() + (1 << 17))
    }

    fn spend(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

/// A list with the owner of every atom.
#[derive(Clone)]
pub struct List {
    /// Entries in no order; each is as small as its atoms allow.
    entries: Placed,
    /// Of each entry, the place of the first later entry of another class that meets an atom of it.
    blocker: Vec<u32>,
    /// Of each entry, its first and its last atom.
    first: Vec<u32>,
    last: Vec<u32>,
    /// Atoms, with the place of their owner; those that no entry owns are at [`END`].
    atoms: Placed,
    /// Of each atom, the entry that owns it, and the next atom of the same owner.
    owner: Vec<u32>,
    next: Vec<u32>,
    /// The entries of each class.
    members: Vec<Vec<u32>>,
    /// How many entries are in the list.
    len: usize,
    /// Room for a search.
    met: Vec<u32>,
}

impl List {
    /// The list of these entries, first match first. Each owns the atoms of its class that it
    /// contains and no earlier one does; one that owns none is left out.
    pub fn new(problem: &Problem, entries: &Blocks) -> Self {
        let mut list = Self::empty(problem);
        let mut free: Vec<Vec<u32>> = vec![Vec::new(); problem.routes.len()];
        for atom in 0..list.atoms.len() {
            free[list.atoms.class(atom) as usize].push(atom as u32);
        }
        let mut own = Vec::new();
        for (keys, class) in entries.iter() {
            own.clear();
            free[class as usize].retain(|atom| {
                let owned = keys.contains(list.atoms.keys(*atom as usize));
                if owned {
                    own.push(*atom);
                }
                !owned
            });
            list.append(&own, class);
        }
        list
    }

    /// The list in which every atom that needs an entry is one.
    pub fn of_atoms(problem: &Problem) -> Self {
        let mut list = Self::empty(problem);
        for atom in 0..problem.atoms.len() {
            list.append(&[atom as u32], problem.atoms.class(atom));
        }
        list
    }

    /// The same list with the entries of these classes taken apart: each of their atoms that needs an
    /// entry is one, before all others.
    pub fn taken_apart(&self, problem: &Problem, classes: &[usize]) -> Self {
        let mut list = Self::empty(problem);
        for &class in classes {
            for atom in problem.starts[class]..problem.starts[class + 1] {
                list.append(&[atom as u32], class as u32);
            }
        }
        let mut own = Vec::new();
        for entry in self.in_order() {
            let class = self.entries.class(entry);
            if !classes.contains(&(class as usize)) {
                own.clear();
                own.extend(self.atoms_of(entry).map(|atom| atom as u32));
                list.append(&own, class);
            }
        }
        list
    }

    fn empty(problem: &Problem) -> Self {
        let (needed, others) = (problem.atoms.len(), problem.dispensable.len());
        let mut atoms = Placed::with_capacity(needed + others);
        for (keys, class) in problem.atoms.iter().chain(problem.dispensable.iter()) {
            atoms.push(keys, class, END);
        }
        Self {
            next: vec![NONE; atoms.len()],
            owner: vec![NONE; atoms.len()],
            atoms,
            entries: Placed::with_capacity(needed),
            blocker: Vec::with_capacity(needed),
            first: Vec::with_capacity(needed),
            last: Vec::with_capacity(needed),
            members: vec![Vec::new(); problem.routes.len()],
            len: 0,
            met: Vec::new(),
        }
    }

    fn append(&mut self, own: &[u32], class: u32) {
        let keys = own.iter().map(|atom| self.atoms.keys(*atom as usize));
        let Some(keys) = keys.reduce(KeyMask::join) else {
            return;
        };
        let (id, place) = (self.entries.len() as u32, self.len as u32);
        self.entries.push(keys, class, place);
        self.blocker.push(UNKNOWN);
        self.first.push(own[0]);
        self.last.push(own[own.len() - 1]);
        for pair in own.windows(2) {
            self.next[pair[0] as usize] = pair[1];
        }
        for atom in own {
            self.atoms.place[*atom as usize] = place;
            self.owner[*atom as usize] = id;
        }
        self.members[class as usize].push(id);
        self.len += 1;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The entries, first match first.
    pub fn entries(&self) -> Blocks {
        let mut blocks = Blocks::default();
        for entry in self.in_order() {
            blocks.push(self.entries.keys(entry), self.entries.class(entry));
        }
        blocks
    }

    fn in_order(&self) -> Vec<usize> {
        let mut order = vec![0; self.len];
        for (entry, place) in self.entries.place.iter().enumerate() {
            if *place != GONE {
                order[*place as usize] = entry;
            }
        }
        order
    }

    fn atoms_of(&self, entry: usize) -> impl Iterator<Item = usize> {
        let some = |atom: u32| (atom != NONE).then_some(atom);
        let first = some(self.first[entry]);
        std::iter::successors(first, move |atom| some(self.next[*atom as usize]))
            .map(|atom| atom as usize)
    }

    /// The place of the first later entry of another class that meets an atom of this one.
    fn blocker(&mut self, entry: usize) -> u32 {
        if self.blocker[entry] == UNKNOWN {
            let (keys, class) = (self.entries.keys(entry), self.entries.class(entry));
            let from = self.entries.place[entry] + 1;
            // Few later entries meet even the whole entry.
            let mut found = self.entries.first_foreign(keys, class, from);
            if found < END && self.first[entry] != self.last[entry] {
                let of_atom = |atom| {
                    let keys = self.atoms.keys(atom);
                    self.entries.first_foreign(keys, class, found)
                };
                found = self.atoms_of(entry).map(of_atom).fold(END, u32::min);
            }
            self.blocker[entry] = found;
        }
        self.blocker[entry]
    }

    /// Replaces two entries of a class by one, if that keeps all routes; it takes the number of `a`.
    fn try_merge(&mut self, a: usize, b: usize, guard: &Guard<'_>) -> bool {
        let class = self.entries.class(a);
        let keys = self.entries.keys(a).join(self.entries.keys(b));
        let place = self.blocker(a).min(self.blocker(b));
        if self.atoms.meets_foreign(keys, class, place) {
            return false;
        }
        let places = &self.atoms.place;
        if !guard.allows(keys, |atom, of| of == class || places[atom] < place) {
            return false;
        }
        self.replace(a, b, place, keys);
        true
    }

    /// Puts an entry before `place`, instead of entries `a` and `b`.
    fn replace(&mut self, a: usize, b: usize, place: u32, keys: KeyMask) {
        let class = self.entries.class(a);
        let gone = [self.entries.place[a], self.entries.place[b]];
        let limit = place.min(self.len as u32);
        let new = limit - gone.iter().filter(|gone| **gone < limit).count() as u32;
        for places in [
            &mut self.entries.place,
            &mut self.atoms.place,
            &mut self.blocker,
        ] {
            shift(places, gone, place);
        }

        self.next[self.last[a] as usize] = self.first[b];
        self.last[a] = self.last[b];
        self.entries.set_keys(a, keys);
        self.entries.place[a] = new;
        self.entries.place[b] = GONE;
        let mut atom = self.first[a];
        while atom != NONE {
            self.atoms.place[atom as usize] = new;
            self.owner[atom as usize] = a as u32;
            atom = self.next[atom as usize];
        }
        self.len -= 1;
        let members = &mut self.members[class as usize];
        let at = members.partition_point(|member| (*member as usize) < b);
        members.remove(at);

        // What was first to block one of the two blocks the new one. Whoever owns an atom that the
        // new one meets comes before it, and is blocked by it.
        self.blocker[a] = if place < END { new + 1 } else { END };
        self.met.clear();
        self.atoms.foreign_before(keys, class, new, &mut self.met);
        for atom in &self.met {
            let blocker = &mut self.blocker[self.owner[*atom as usize] as usize];
            if *blocker != UNKNOWN {
                *blocker = new.min(*blocker);
            }
        }
    }

    /// Merges two entries of a class wherever that is possible, until it is nowhere.
    pub fn merge_all(&mut self, guard: &Guard<'_>, budget: &mut Budget) {
        loop {
            let before = self.len;
            for class in 0..self.members.len() {
                self.merge_class(class, guard, budget);
            }
            if self.len == before {
                return;
            }
        }
    }

    fn merge_class(&mut self, class: usize, guard: &Guard<'_>, budget: &mut Budget) {
        let mut i = 0;
        while i + 1 < self.members[class].len() {
            let mut j = i + 1;
            while j < self.members[class].len() {
                if !budget.spend() {
                    return;
                }
                let (a, b) = (self.members[class][i], self.members[class][j]);
                if self.try_merge(a as usize, b as usize, guard) {
                    j = i + 1;
                } else {
                    j += 1;
                }
            }
            i += 1;
        }
    }

    /// Merges two entries of a class, of all pairs the one first that together matches the fewest
    /// keys: blocks grow from the inside out.
    pub fn merge_smallest_first(&mut self, guard: &Guard<'_>, budget: &mut Budget) {
        let classes: Vec<usize> = (0..self.members.len()).collect();
        self.merge_smallest_first_of(&classes, guard, budget);
    }

    /// The same for some classes.
    pub fn merge_smallest_first_of(
        &mut self,
        classes: &[usize],
        guard: &Guard<'_>,
        budget: &mut Budget,
    ) {
        let mut pairs = Pairs::new(self.entries.len());
        for class in classes {
            for (i, a) in self.members[*class].iter().enumerate() {
                let others = &self.members[*class][i + 1..];
                pairs.push(&self.entries, *a, &others[..others.len().min(PARTNERS)]);
            }
        }
        while let Some((a, b)) = pairs.pop() {
            if !budget.spend() {
                return;
            }
            if self.try_merge(a as usize, b as usize, guard) {
                pairs.merged(a, b);
                // Members are in the order of their numbers.
                let members = &self.members[self.entries.class(a as usize) as usize];
                let at = members.partition_point(|member| *member < a);
                let low = at.saturating_sub(PARTNERS);
                pairs.push(&self.entries, a, &members[low..at]);
                let others = &members[at + 1..];
                pairs.push(&self.entries, a, &others[..others.len().min(PARTNERS)]);
            }
        }
    }
}

/// Pairs of entries, those first whose common block has the fewest wildcards, then those first that
/// came first. A pair is forgotten when one of its entries has changed.
struct Pairs {
    pairs: Vec<Pair>,
    /// Of each number of wildcards, the first and the last pair.
    first: [u32; 33],
    last: [u32; 33],
    /// The number of wildcards that it is at.
    wildcards: usize,
    /// How often each entry has changed.
    changes: Vec<u32>,
    /// Room for a list.
    found: Vec<u32>,
}

struct Pair {
    entries: [u32; 2],
    /// How often they had changed.
    changes: [u32; 2],
    next: u32,
}

impl Pairs {
    fn new(entries: usize) -> Self {
        Self {
            pairs: Vec::new(),
            first: [NONE; 33],
            last: [NONE; 33],
            wildcards: 0,
            changes: vec![0; entries],
            found: Vec::new(),
        }
    }

    fn push(&mut self, entries: &Placed, a: u32, others: &[u32]) {
        self.found.clear();
        wildcards(entries.keys(a as usize), entries, others, &mut self.found);
        for (b, wildcards) in others.iter().zip(&self.found) {
            let wildcards = (*wildcards as usize).max(self.wildcards);
            let new = self.pairs.len() as u32;
            self.pairs.push(Pair {
                entries: [a, *b],
                changes: [self.changes[a as usize], self.changes[*b as usize]],
                next: NONE,
            });
            match self.last[wildcards] {
                NONE => self.first[wildcards] = new,
                last => self.pairs[last as usize].next = new,
            }
            self.last[wildcards] = new;
        }
    }

    fn pop(&mut self) -> Option<(u32, u32)> {
        while self.wildcards < self.first.len() {
            let at = self.first[self.wildcards];
            if at == NONE {
                self.wildcards += 1;
                continue;
            }
            let pair = &self.pairs[at as usize];
            self.first[self.wildcards] = pair.next;
            if pair.next == NONE {
                self.last[self.wildcards] = NONE;
            }
            let [a, b] = pair.entries;
            if pair.changes == [self.changes[a as usize], self.changes[b as usize]] {
                return Some((a, b));
            }
        }
        None
    }

    fn merged(&mut self, a: u32, b: u32) {
        self.changes[a as usize] += 1;
        self.changes[b as usize] += 1;
    }
}
