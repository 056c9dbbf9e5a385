//! The two published ways of compressing a table, as plainly as possible, to compare with.

use nirc_targets::spinnaker2::routing::{Entry, KeyMask, Table};

fn wild(keys: KeyMask) -> u32 {
    keys.mask.count_zeros()
}

/// Pair merging: routes by frequency, rarest first; any two entries of a route become one if that
/// meets no entry of a route that comes later.
pub fn pair_merging(table: &Table) -> Table {
    let count = |entry: &Entry| {
        let same = table
            .entries
            .iter()
            .filter(|other| other.route == entry.route);
        (same.count(), entry.route)
    };
    let mut left = table.entries.clone();
    left.sort_by_key(count);
    let mut done: Vec<Entry> = Vec::new();
    while !left.is_empty() {
        let route = left[0].route;
        let later = left.iter().position(|entry| entry.route != route);
        let later = left.split_off(later.unwrap_or(left.len()));
        let mut at = 0;
        while at < left.len() {
            let merged = (at + 1..left.len()).find(|other| {
                let keys = left[at].keys.join(left[*other].keys);
                later.iter().all(|entry| !entry.keys.meets(keys))
            });
            match merged {
                Some(other) => {
                    left[at].keys = left[at].keys.join(left[other].keys);
                    left.swap_remove(other);
                }
                None => at += 1,
            }
        }
        done.append(&mut left);
        left = later;
    }
    Table { entries: done }
}

/// Ordered covering (Mundy, Heathcote, Garside, HPSR 2016): the list is in order of the number of
/// wildcards. Again and again, the largest set of entries of a route whose union can be put in its
/// place in the list is merged; a set is made valid by taking out, one by one, what stands against it.
pub fn ordered_covering(table: &Table) -> Table {
    // Each entry with the original entries that it stands for.
    let mut list: Vec<(Entry, Vec<KeyMask>)> = table
        .entries
        .iter()
        .map(|entry| (*entry, vec![entry.keys]))
        .collect();
    list.sort_by_key(|(entry, _)| wild(entry.keys));
    loop {
        let mut best: Vec<usize> = Vec::new();
        let mut seen = Vec::new();
        for i in 0..list.len() {
            let route = list[i].0.route;
            if seen.contains(&route) {
                continue;
            }
            seen.push(route);
            let all = (0..list.len()).filter(|j| list[*j].0.route == route);
            let valid = valid(&list, all.collect());
            if valid.len() > best.len() {
                best = valid;
            }
        }
        if best.len() < 2 {
            break;
        }
        let (keys, place) = union(&list, &best);
        let route = list[best[0]].0.route;
        let stands_for = best.iter().flat_map(|i| list[*i].1.clone()).collect();
        list.insert(place, (Entry { keys, route }, stands_for));
        let mut at = 0;
        list.retain(|_| {
            let old = if at < place {
                Some(at)
            } else {
                at.checked_sub(1).filter(|_| at > place)
            };
            at += 1;
            !old.is_some_and(|old| best.contains(&old))
        });
    }
    Table {
        entries: list.into_iter().map(|(entry, _)| entry).collect(),
    }
}

/// What a set of entries merges into, and where it goes: before all with as many wildcards.
fn union(list: &[(Entry, Vec<KeyMask>)], set: &[usize]) -> (KeyMask, usize) {
    let keys = set.iter().map(|i| list[*i].0.keys).reduce(KeyMask::join);
    let keys = keys.unwrap();
    let place = list
        .iter()
        .position(|(entry, _)| wild(entry.keys) >= wild(keys));
    (keys, place.unwrap_or(list.len()))
}

fn valid(list: &[(Entry, Vec<KeyMask>)], mut set: Vec<usize>) -> Vec<usize> {
    loop {
        if set.len() < 2 {
            return Vec::new();
        }
        let (keys, place) = union(list, &set);
        // What is in the set must not meet what it is moved behind.
        let hidden = set.iter().rev().position(|i| {
            let between = *i + 1..place;
            between
                .filter(|j| !set.contains(j))
                .any(|j| list[j].0.keys.meets(list[*i].0.keys))
        });
        if let Some(at) = hidden {
            set.remove(set.len() - 1 - at);
            continue;
        }
        // What comes later must not be met by the union.
        let met = (place..list.len())
            .filter(|j| !set.contains(j))
            .flat_map(|j| &list[j].1)
            .find(|keys_below| keys_below.meets(keys));
        let Some(met) = met else {
            return set;
        };
        // The bit that fewest of the set have wrong for the met keys tells which have to go.
        let bits = (0..32)
            .map(|bit| 1u32 << bit)
            .filter(|bit| met.mask & bit != 0);
        let gone = bits
            .map(|bit| {
                let stands = |i: &&usize| {
                    let own = list[**i].0.keys;
                    own.mask & bit == 0 || (own.key ^ met.key) & bit == 0
                };
                set.iter().filter(stands).copied().collect::<Vec<_>>()
            })
            .filter(|gone| !gone.is_empty())
            .min_by_key(Vec::len)
            .unwrap_or_default();
        if gone.is_empty() {
            return Vec::new();
        }
        set.retain(|i| !gone.contains(i));
    }
}
