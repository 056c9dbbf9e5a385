//! Random tables.

use nirc_targets::spinnaker2::routing::{
    Effort, Options, Order, Table, Unused,
    compress::{compress, compress_defaultable},
    exact,
};

use crate::random::{Random, table};

fn all_options() -> Vec<Options> {
    let mut all = Vec::new();
    for order in [Order::FirstMatch, Order::Any] {
        for unused in [Unused::Anywhere, Unused::Unmatched] {
            for effort in [Effort::Fast, Effort::Thorough] {
                all.push(Options {
                    order,
                    unused,
                    effort,
                });
            }
        }
    }
    all
}

/// Small key spaces, every key looked up.
#[test]
fn every_key_in_use_takes_the_same_route() {
    let mut fewer = 0;
    for seed in 0..400 {
        let mut random = Random(seed);
        let bits = random.between(2, 8) as u32;
        let table = table(&mut random, bits, 40);
        for options in all_options() {
            let short = compress(&table, options).unwrap();
            for key in 0..1 << 13 {
                let (before, after) = (table.route(key), short.route(key));
                if before.is_some() || options.unused == Unused::Unmatched {
                    assert_eq!(before, after, "{seed} {options:?} {key:#x}");
                }
                if before.is_some() && options.order == Order::Any {
                    let matching = short.entries.iter().filter(|e| e.keys.matches(key));
                    for entry in matching {
                        assert_eq!(Some(entry.route), before, "{seed} {options:?} {key:#x}");
                    }
                }
            }
            fewer += table.entries.len() - short.entries.len().min(table.entries.len());
        }
    }
    assert!(fewer > 10_000, "{fewer}");
}

/// Larger tables, proved block by block.
#[test]
fn large_tables_are_equal_on_all_keys_in_use() {
    for seed in 0..20 {
        let mut random = Random(1000 + seed);
        let bits = random.between(8, 16) as u32;
        let table = table(&mut random, bits, 250);
        for options in all_options() {
            let short = compress(&table, options).unwrap();
            assert_eq!(
                exact::difference(&table, &short),
                None,
                "{seed} {options:?}"
            );
            if options.unused == Unused::Unmatched {
                assert_eq!(exact::extra(&table, &short), None, "{seed} {options:?}");
            }
            if options.order == Order::Any {
                assert_eq!(exact::ambiguous(&table, &short), None, "{seed} {options:?}");
            }
        }
    }
}

/// With default routing, packets of entries that say what it does may match nothing.
#[test]
fn entries_that_default_routing_stands_for_may_go() {
    let (mut gone, mut kept) = (0, 0);
    for seed in 0..300 {
        let mut random = Random(5000 + seed);
        let bits = random.between(2, 8) as u32;
        let table = table(&mut random, bits, 40);
        let defaultable: Vec<bool> = table.entries.iter().map(|_| random.once_in(2)).collect();
        for options in all_options() {
            let short = compress_defaultable(&table, &defaultable, options).unwrap();
            for key in 0..1 << 13 {
                let first = table.entries.iter().position(|e| e.keys.matches(key));
                let Some(first) = first else {
                    continue;
                };
                let (before, after) = (Some(table.entries[first].route), short.route(key));
                let may_go = defaultable[first] && after.is_none();
                assert!(before == after || may_go, "{seed} {options:?} {key:#x}");
                gone += usize::from(may_go);
                kept += usize::from(!may_go);
            }
        }
    }
    assert!(gone > 1000 && kept > 1000);
}

/// Never more entries than pair merging or ordered covering as published.
#[test]
fn no_table_is_longer_than_by_the_published_ways() {
    let (mut pair_sum, mut covering_sum, mut ours_sum) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random(9000 + seed);
        let bits = random.between(3, 10) as u32;
        let table = table(&mut random, bits, 120);
        let disjoint = |table: &Table| {
            let mut pairs = table.entries.iter().enumerate();
            pairs.all(|(i, a)| table.entries[..i].iter().all(|b| !a.keys.meets(b.keys)))
        };
        // Both are for tables in which no order matters.
        if !disjoint(&table) {
            continue;
        }
        let pair = crate::published::pair_merging(&table);
        let covering = crate::published::ordered_covering(&table);
        assert_eq!(exact::difference(&table, &pair), None);
        assert_eq!(exact::difference(&table, &covering), None);
        let ours = compress(&table, Options::default()).unwrap().entries.len();
        assert!(
            ours <= pair.entries.len(),
            "{seed}: {ours} {}",
            pair.entries.len()
        );
        assert!(
            ours <= covering.entries.len(),
            "{seed}: {ours} {}",
            covering.entries.len()
        );
        pair_sum += pair.entries.len();
        covering_sum += covering.entries.len();
        ours_sum += ours;
    }
    eprintln!("entries: pair merging {pair_sum}, ordered covering {covering_sum}, ours {ours_sum}");
    assert!(ours_sum < pair_sum && ours_sum < covering_sum);
}
