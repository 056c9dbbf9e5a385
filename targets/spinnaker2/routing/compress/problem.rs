//! What a compression has to keep: which keys are in use, and where their packets go.

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{
    super::{
        route::Route,
        table::{Entry, KeyMask},
    },
    blocks::Blocks,
};

/// The most blocks that one entry may fall into where earlier entries cut it.
const PIECES: usize = 4096;

/// Distinct routes that there is room for from the start.
const ROUTES: usize = 256;

/// The keys in use, as disjoint blocks ("atoms"), by route ("class").
///
/// Classes are numbered by the number of their atoms, fewest first: 0 is the class that is easiest
/// to do without, the last class is the one that a single entry for all other keys serves best.
pub struct Problem {
    /// The route of each class.
    pub routes: Vec<Route>,
    /// Atoms that need an entry, by class, then by key.
    pub atoms: Blocks,
    /// Where the atoms of each class begin, and the number of all.
    pub starts: Vec<usize>,
    /// Atoms that the router forwards as wanted if no entry matches.
    pub dispensable: Blocks,
    /// The class of each entry of the table.
    pub given: Vec<u32>,
    /// Of each class, how many classes the table names before it.
    pub seen: Vec<u32>,
    /// Whether no two entries of the table have a key in common.
    pub disjoint: bool,
}

/// An entry that earlier ones cut into too many pieces.
pub struct TooManyPieces {
    /// Its place in the table.
    pub entry: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Atom {
    keys: KeyMask,
    class: u32,
    dispensable: bool,
}

impl Problem {
    /// The keys of a table, first match first. `dispensable[i]` says of entry i that the router
    /// forwards its packets in the same way on its own; the rest is not.
    pub fn new(entries: &[Entry], dispensable: &[bool]) -> Result<Self, TooManyPieces> {
        let (routes, classes) = intern(entries);
        let atoms = entries.iter().zip(&classes).enumerate();
        let mut atoms: Vec<Atom> = atoms
            .map(|(i, (entry, &class))| Atom {
                keys: entry.keys,
                class,
                dispensable: dispensable.get(i).is_some_and(|d| *d),
            })
            .collect();
        let disjoint = !meets_another(&atoms);
        if !disjoint {
            atoms = cut(&atoms)?;
        }
        if !atoms.is_sorted() {
            atoms.sort_unstable();
        }
        let mut problem = Self::group(routes, &coalesce(atoms));
        let mut rank = vec![0; problem.seen.len()];
        for (class, seen) in problem.seen.iter().enumerate() {
            rank[*seen as usize] = class as u32;
        }
        problem.given = classes.iter().map(|seen| rank[*seen as usize]).collect();
        problem.disjoint = disjoint;
        Ok(problem)
    }

    fn group(routes: Vec<Route>, atoms: &[Atom]) -> Self {
        let mut counts = vec![0; routes.len()];
        for atom in atoms.iter().filter(|atom| !atom.dispensable) {
            counts[atom.class as usize] += 1;
        }
        let mut order: Vec<u32> = (0..routes.len() as u32).collect();
        // Stable, so equal counts stay in the order of the table.
        order.sort_by_key(|class| counts[*class as usize]);
        let mut rank = vec![0; routes.len()];
        let mut starts = vec![0; routes.len() + 1];
        for (i, class) in order.iter().enumerate() {
            rank[*class as usize] = i as u32;
            starts[i + 1] = starts[i] + counts[*class as usize];
        }
        let mut next = starts.clone();
        let needed = starts.last().copied().unwrap_or(0);
        let mut grouped = vec![(KeyMask::new(0, 0), 0); needed];
        let mut dispensable = Blocks::default();
        for atom in atoms {
            let class = rank[atom.class as usize];
            if atom.dispensable {
                dispensable.push(atom.keys, class);
            } else {
                grouped[next[class as usize]] = (atom.keys, class);
                next[class as usize] += 1;
            }
        }
        let mut blocks = Blocks::with_capacity(needed);
        for (keys, class) in grouped {
            blocks.push(keys, class);
        }
        Self {
            routes: order.iter().map(|class| routes[*class as usize]).collect(),
            atoms: blocks,
            starts,
            dispensable,
            given: Vec::new(),
            seen: order,
            disjoint: true,
        }
    }

    /// How many classes need an entry; no table is shorter.
    pub fn needed_classes(&self) -> usize {
        self.starts.windows(2).filter(|w| w[0] < w[1]).count()
    }

    /// The table that a list of blocks makes.
    pub fn entries(&self, list: &Blocks) -> Vec<Entry> {
        let entry = |(keys, class): (KeyMask, u32)| Entry {
            keys,
            route: self.routes[class as usize],
        };
        list.iter().map(entry).collect()
    }
}

/// The distinct routes, and which of them each entry has.
fn intern(entries: &[Entry]) -> (Vec<Route>, Vec<u32>) {
    let room = entries.len().min(ROUTES);
    let mut ids: FxHashMap<Route, u32> = FxHashMap::with_capacity_and_hasher(room, FxBuildHasher);
    let mut routes: Vec<Route> = Vec::with_capacity(room);
    let mut last: Option<(Route, u32)> = None;
    let mut class = |entry: &Entry| match last {
        Some((route, id)) if route == entry.route => id,
        _ => {
            let id = *ids.entry(entry.route).or_insert_with(|| {
                routes.push(entry.route);
                routes.len() as u32 - 1
            });
            last = Some((entry.route, id));
            id
        }
    };
    let classes = entries.iter().map(&mut class).collect();
    (routes, classes)
}

/// Whether two atoms have a key in common.
fn meets_another(atoms: &[Atom]) -> bool {
    // Blocks of consecutive keys in order need a look at their neighbours only.
    let consecutive = |atom: &Atom| atom.keys.mask.leading_ones() == atom.keys.mask.count_ones();
    if atoms.iter().all(consecutive) {
        let overlap = |a: KeyMask, b: KeyMask| a.last() >= b.first();
        if atoms.is_sorted_by_key(|atom| atom.keys.key) {
            return atoms.windows(2).any(|w| overlap(w[0].keys, w[1].keys));
        }
        let mut keys: Vec<KeyMask> = atoms.iter().map(|atom| atom.keys).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|w| overlap(w[0], w[1]));
    }
    let mut blocks = Blocks::default();
    for (i, atom) in atoms.iter().enumerate() {
        blocks.push(atom.keys, i as u32);
    }
    (0..atoms.len()).any(|i| {
        blocks
            .first_foreign(i + 1, atoms[i].keys, i as u32)
            .is_some()
    })
}

/// The same first matches as disjoint atoms.
fn cut(atoms: &[Atom]) -> Result<Vec<Atom>, TooManyPieces> {
    let mut cut: Vec<Atom> = Vec::new();
    for (i, atom) in atoms.iter().enumerate() {
        let mut pieces = vec![atom.keys];
        for earlier in &atoms[..i] {
            if pieces.iter().any(|piece| piece.meets(earlier.keys)) {
                pieces = pieces
                    .iter()
                    .flat_map(|piece| piece.without(earlier.keys))
                    .collect();
                if pieces.len() > PIECES {
                    return Err(TooManyPieces { entry: i });
                }
            }
        }
        cut.extend(pieces.into_iter().map(|keys| Atom { keys, ..*atom }));
    }
    Ok(cut)
}

/// Neighbours that together are one block, made one; the keys stay the same.
fn coalesce(atoms: Vec<Atom>) -> Vec<Atom> {
    let mut done: Vec<Atom> = Vec::with_capacity(atoms.len());
    for atom in atoms {
        done.push(atom);
        while let [.., a, b] = done.as_slice() {
            let same = (a.class, a.dispensable, a.keys.mask)
                == (b.class, b.dispensable, b.keys.mask)
                && (a.keys.key ^ b.keys.key).is_power_of_two();
            if !same {
                break;
            }
            let keys = a.keys.join(b.keys);
            done.pop();
            if let Some(last) = done.last_mut() {
                last.keys = keys;
            }
        }
    }
    done
}
