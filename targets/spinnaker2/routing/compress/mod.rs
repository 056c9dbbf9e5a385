//! Fewer entries with the same routes.
//!
//! A key is *in use* if an entry of the given table matches it. The new table sends every key in use
//! where the old one does; [`exact::difference`](super::exact::difference) proves it. What becomes of
//! the other keys, and whether the order of the entries may matter, are [`Options`].
//!
//! Several ways are tried and the shortest table is taken; the first of equals. No clock has a say.
//! The number of merges that are tried is linear in the entries, and each is compared with all of
//! them.

mod blocks;
mod interleave;
mod pair;
mod placed;
mod problem;
mod refine;
mod settle;
mod unused;

use nirc_dialects::finding::Finding;

use super::table::Table;
use blocks::Blocks;
use interleave::{Budget, List};
use problem::Problem;
use unused::Guard;

/// Pair merging of the entries as given is tried too if they are at most this many times the atoms;
/// where they are more, it is slow, and atoms have always served better.
const GIVEN_TO_ATOMS: usize = 2;

/// What a compressed table may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether entries with different routes may match the same key in use.
    pub order: Order,
    /// Where keys may go that are not in use.
    pub unused: Unused,
    /// How long to look.
    pub effort: Effort,
}

/// How a router chooses among entries that match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The first one counts, as PACMAN takes for granted.
    #[default]
    FirstMatch,
    /// Not known: all entries that match a key in use have the same route.
    Any,
}

/// What may become of packets with keys that the given table does not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unused {
    /// Anything: nothing sends them. PACMAN's compressors do the same.
    #[default]
    Anywhere,
    /// They match no entry of the new table either.
    Unmatched,
}

/// How long to look for a shorter table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Two greedy ways.
    #[default]
    Fast,
    /// And then rounds in which classes are taken apart and merged anew.
    Thorough,
}

/// A table with at most as many entries, in which every key in use takes the same route.
///
/// # Errors
///
/// A finding if entries of the given table overlap so that the keys of one cannot be told in 4096
/// blocks.
pub fn compress(table: &Table, options: Options) -> Result<Table, Finding> {
    compress_defaultable(table, &[], options)
}

/// The same for a router that forwards a packet that no entry matches by the link opposite to the one
/// it came from. `defaultable[i]` says of entry i that this is its route; its packets may match no
/// entry. Entries beyond the end of `defaultable` are not.
///
/// # Errors
///
/// As [`compress`].
pub fn compress_defaultable(
    table: &Table,
    defaultable: &[bool],
    options: Options,
) -> Result<Table, Finding> {
    let short = compressed(table, defaultable, options)?;
    // What may match nothing must not match anything else: now and then an entry for it serves better.
    if defaultable.contains(&true) {
        let all = compressed(table, &[], options)?;
        if all.entries.len() < short.entries.len() {
            return Ok(all);
        }
    }
    Ok(short)
}

fn compressed(table: &Table, defaultable: &[bool], options: Options) -> Result<Table, Finding> {
    let mut problem = Problem::new(&table.entries, defaultable).map_err(|found| {
        Finding::error(
            "s2-router-overlap",
            "the keys of a routing entry that no earlier entry matches make at most 4096 blocks",
            format!("those of entry {} make more", found.entry),
        )
        .fix("give entries with disjoint keys")
    })?;
    let (atoms, least) = (problem.atoms.len(), problem.needed_classes());
    let mut entries = shortest(&mut problem, options);
    let free = options.order == Order::FirstMatch && options.unused == Unused::Anywhere;
    let few = table.entries.len() <= GIVEN_TO_ATOMS * atoms;
    if free && few && problem.disjoint && entries.len() > least {
        let published = pair::merge_as_published(&problem, &table.entries);
        if published.len() < entries.len() {
            entries = published;
        }
    }
    let entries = problem.entries(&entries);
    // Entries that overlap can say more than disjoint ones.
    if options.order == Order::FirstMatch && entries.len() > table.entries.len() {
        return Ok(table.clone());
    }
    Ok(Table { entries })
}

fn shortest(problem: &mut Problem, options: Options) -> Blocks {
    let ordered = options.order == Order::FirstMatch;
    let strict = options.unused == Unused::Unmatched;
    let mut entries = if ordered && !strict {
        settle::settle(problem)
    } else {
        Blocks::default()
    };
    let guard = Guard::new(problem, strict);
    let rest = if ordered {
        shortest_ordered(problem, &guard, options.effort)
    } else {
        pair::merge(problem, ordered, &guard)
    };
    entries.extend(&rest, 0..rest.len());
    entries
}

fn shortest_ordered(problem: &Problem, guard: &Guard<'_>, effort: Effort) -> Blocks {
    let paired = pair::merge(problem, true, guard);
    let least = problem.needed_classes();
    if paired.len() == least {
        return paired;
    }
    let mut best = List::new(problem, &paired);
    best.merge_all(guard, &mut Budget::new(problem));
    if best.len() > least {
        let mut grown = List::of_atoms(problem);
        let mut budget = Budget::new(problem);
        grown.merge_smallest_first(guard, &mut budget);
        grown.merge_all(guard, &mut budget);
        if effort == Effort::Thorough {
            best = refine::refine(problem, best, guard);
            grown = refine::refine(problem, grown, guard);
        }
        if grown.len() < best.len() {
            best = grown;
        }
    }
    best.entries()
}
