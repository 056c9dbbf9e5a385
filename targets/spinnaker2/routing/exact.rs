//! Whether two tables send keys to the same places, proved for whole blocks of keys at once.

use super::{
    route::Route,
    table::{KeyMask, Table},
};

/// Keys for which two tables differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The keys.
    pub keys: KeyMask,
    /// Where one table sends them; `None` if no entry matches.
    pub one: Option<Route>,
    /// Where the other sends them.
    pub other: Option<Route>,
}

/// The disjoint parts of a block of keys that a table treats alike, with the route of each; `None` for
/// keys that no entry matches.
pub fn routes(table: &Table, keys: KeyMask) -> Vec<(KeyMask, Option<Route>)> {
    let mut parts = Vec::new();
    let mut left = vec![keys];
    for entry in &table.entries {
        if !left.iter().any(|block| block.meets(entry.keys)) {
            continue;
        }
        let mut others = Vec::new();
        for block in left {
            if block.meets(entry.keys) {
                let common = KeyMask::new(block.key | entry.keys.key, block.mask | entry.keys.mask);
                parts.push((common, Some(entry.route)));
                others.extend(block.without(entry.keys));
            } else {
                others.push(block);
            }
        }
        left = others;
        if left.is_empty() {
            break;
        }
    }
    parts.extend(left.into_iter().map(|block| (block, None)));
    parts
}

/// Some key that an entry of `table` matches and that `other` sends elsewhere. `None` proves that
/// there is none.
pub fn difference(table: &Table, other: &Table) -> Option<Difference> {
    table.entries.iter().find_map(|entry| {
        let parts = routes(table, entry.keys);
        let mut parts = parts.into_iter();
        parts.find_map(|(keys, route)| differs(keys, route, other))
    })
}

fn differs(keys: KeyMask, one: Option<Route>, other: &Table) -> Option<Difference> {
    let parts = routes(other, keys);
    let found = parts.into_iter().find(|(_, route)| *route != one);
    found.map(|(keys, route)| Difference {
        keys,
        one,
        other: route,
    })
}

/// Some key that an entry of `other` matches and none of `table`. `None` proves that there is none.
pub fn extra(table: &Table, other: &Table) -> Option<KeyMask> {
    other.entries.iter().find_map(|entry| {
        let parts = routes(table, entry.keys);
        let unmatched = parts.into_iter().find(|(_, route)| route.is_none());
        unmatched.map(|(keys, _)| keys)
    })
}

/// A key in use of `table` that two entries of `other` with different routes match. `None` proves
/// that the order of the entries of `other` does not matter to `table`.
pub fn ambiguous(table: &Table, other: &Table) -> Option<KeyMask> {
    for entry in &table.entries {
        let met = other.entries.iter().filter(|o| o.keys.meets(entry.keys));
        let met: Vec<_> = met.collect();
        for (i, a) in met.iter().enumerate() {
            for b in met[i + 1..].iter().filter(|b| b.route != a.route) {
                let key = entry.keys.key | a.keys.key | b.keys.key;
                let mask = entry.keys.mask | a.keys.mask | b.keys.mask;
                if a.keys.meets(b.keys) {
                    return Some(KeyMask::new(key, mask));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spinnaker2::routing::table::Entry;

    fn table(rows: &[(u32, u32, u64)]) -> Table {
        let entry = |&(key, mask, route): &(u32, u32, u64)| Entry {
            keys: KeyMask::new(key, mask | !7),
            route: Route::from_words([route, 0, 0]).unwrap(),
        };
        Table {
            entries: rows.iter().map(entry).collect(),
        }
    }

    /// What the proofs say is what a look at all eight keys says, for all pairs of tables of two
    /// entries over three bits.
    #[test]
    fn proofs_agree_with_a_look_at_every_key() {
        let blocks: Vec<(u32, u32)> = (0..8u32)
            .flat_map(|mask| (0..8u32).map(move |key| (key & mask, mask)))
            .collect();
        let mut random = 1u64;
        let mut pick = |n: usize| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 33) as usize % n
        };
        let mut same = 0;
        for _ in 0..20_000 {
            let mut rows = |n| -> Vec<(u32, u32, u64)> {
                let row = |_| {
                    let (key, mask) = blocks[pick(blocks.len())];
                    (key, mask, 1 + pick(2) as u64)
                };
                (0..n).map(row).collect()
            };
            let (a, b) = (table(&rows(2)), table(&rows(3)));
            let differs = (0..8).any(|k| a.route(k).is_some() && a.route(k) != b.route(k));
            assert_eq!(difference(&a, &b).is_some(), differs, "{a:?} {b:?}");
            same += usize::from(!differs);
            let more = (0..8).any(|k| a.route(k).is_none() && b.route(k).is_some());
            assert_eq!(extra(&a, &b).is_some(), more);
            let two = |k| {
                let matching = b.entries.iter().filter(|e| e.keys.matches(k));
                let mut routes: Vec<_> = matching.map(|e| e.route).collect();
                routes.dedup();
                routes.len() > 1
            };
            let unclear = (0..8).any(|k| a.route(k).is_some() && two(k));
            assert_eq!(ambiguous(&a, &b).is_some(), unclear, "{a:?} {b:?}");
        }
        assert!(same > 1000, "{same}");
    }
}
