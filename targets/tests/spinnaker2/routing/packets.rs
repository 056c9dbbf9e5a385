//! Random networks on random machines.

use std::collections::BTreeMap;

use nirc_targets::spinnaker2::routing::{
    Chip, Effort, Mesh, Options, Order, Summary, Table, Unused, exact, plan,
};

use crate::random::{Random, machine, populations};

const OPTIONS: [Options; 4] = [
    Options {
        order: Order::FirstMatch,
        unused: Unused::Anywhere,
        effort: Effort::Fast,
    },
    Options {
        order: Order::FirstMatch,
        unused: Unused::Anywhere,
        effort: Effort::Thorough,
    },
    Options {
        order: Order::FirstMatch,
        unused: Unused::Unmatched,
        effort: Effort::Fast,
    },
    Options {
        order: Order::Any,
        unused: Unused::Anywhere,
        effort: Effort::Fast,
    },
];

/// Follows the packets of whole blocks, and one by one those of some neurons.
#[test]
fn packets_reach_exactly_their_targets() {
    let mut seen = Summary::default();
    let mut dropped = 0;
    for seed in 0..60 {
        let mut random = Random(seed);
        let machine = machine(&mut random);
        let populations = populations(&mut random, &machine, 40);
        let plan = plan(&machine, &populations).unwrap();
        let mut all = vec![plan.tables.clone()];
        all.extend(OPTIONS.map(|options| plan.compress(options).unwrap()));
        let first = Mesh::new(&machine, &plan.tables).check(&populations, &plan.keys);
        let first = first.unwrap();
        for tables in &all {
            let mesh = Mesh::new(&machine, tables);
            assert_eq!(mesh.check(&populations, &plan.keys), Ok(first), "{seed}");
        }
        for (population, keys) in populations.iter().zip(&plan.keys) {
            for (slice, block) in population.slices.iter().zip(&keys.slices) {
                let neuron = random.between(0, slice.atoms as usize - 1) as u32;
                for tables in &all {
                    let mesh = Mesh::new(&machine, tables);
                    let sent = mesh.send(slice.core.chip, block.first() + neuron);
                    assert_eq!(sent.cores, slice.targets, "{seed} {}", population.name);
                    assert!(sent.lost.is_empty() && sent.fallen.is_empty() && !sent.returned);
                }
                dropped += usize::from(slice.targets.is_empty());
            }
        }
        seen.packets += first.packets;
        seen.crossings += first.crossings;
        seen.hops = seen.hops.max(first.hops);
    }
    assert!(seen.hops > 5 && seen.crossings > seen.packets && dropped > 20);
}

/// The mesh sees each way in which tables can be wrong.
#[test]
fn broken_tables_are_found() {
    let mut found = BTreeMap::new();
    for seed in 0..30 {
        let mut random = Random(seed);
        let machine = machine(&mut random);
        let populations = populations(&mut random, &machine, 20);
        let plan = plan(&machine, &populations).unwrap();
        for (chip, table) in &plan.tables {
            let at = random.between(0, table.entries.len() - 1);
            let mut broken: BTreeMap<Chip, Table> = plan.tables.clone();
            let entries = &mut broken.get_mut(chip).unwrap().entries;
            let what = random.between(0, 2);
            let route = entries[at].route;
            match what {
                0 => drop(entries.remove(at)),
                1 => {
                    let core = random.between(0, 151);
                    entries[at].route = route.with_core(core).unwrap();
                }
                _ => {
                    entries[at].route =
                        route.with_link(nirc_targets::spinnaker2::routing::Link::East)
                }
            }
            if broken[chip].entries.get(at).map(|entry| entry.route) == Some(route) && what > 0 {
                continue;
            }
            let mesh = Mesh::new(&machine, &broken);
            let findings = mesh.check(&populations, &plan.keys).unwrap_err();
            assert!(findings.contains("s2-route-wrong"), "{seed}");
            for finding in findings {
                let words = [
                    "miss",
                    "reach",
                    "match no entry",
                    "leave the machine",
                    "twice",
                ];
                for word in words.iter().filter(|word| finding.what.contains(**word)) {
                    *found.entry(*word).or_insert(0) += 1;
                }
            }
        }
    }
    assert_eq!(found.len(), 5, "{found:?}");
}

/// Every chip's tables, one by one: equal on all keys in use, and what the options promise.
#[test]
fn compressed_tables_are_equal_on_all_keys_in_use() {
    let mut fewer = 0;
    for seed in 100..130 {
        let mut random = Random(seed);
        let machine = machine(&mut random);
        let populations = populations(&mut random, &machine, 60);
        let plan = plan(&machine, &populations).unwrap();
        for options in OPTIONS {
            let short = plan.compress(options).unwrap();
            for (chip, table) in &plan.tables {
                let short = &short[chip];
                assert_eq!(exact::difference(table, short), None, "{seed} {options:?}");
                assert!(short.entries.len() <= table.entries.len());
                fewer += table.entries.len() - short.entries.len();
                if options.unused == Unused::Unmatched {
                    assert_eq!(exact::extra(table, short), None);
                }
                if options.order == Order::Any {
                    assert_eq!(exact::ambiguous(table, short), None);
                }
            }
        }
    }
    assert!(fewer > 1000, "{fewer}");
}
