//! Plans: what is refused, and what does not change.

use nirc_targets::spinnaker2::routing::{
    Chip, Core, Machine, Mesh, Options, Population, Slice, limits, plan,
};

use crate::random::{Random, machine, populations};

fn core(x: u16, y: u16, core: u16) -> Core {
    Core {
        chip: Chip::new(x, y),
        core,
    }
}

fn population(name: &str, core: Core, atoms: u32, targets: &[Core]) -> Population {
    Population {
        name: name.to_owned(),
        slices: vec![Slice {
            core,
            atoms,
            targets: targets.to_vec(),
        }],
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for seed in 0..10 {
        let mut random = Random(seed);
        let machine = machine(&mut random);
        let populations = populations(&mut random, &machine, 30);
        let one = plan(&machine, &populations).unwrap();
        let other = plan(&machine, &populations).unwrap();
        assert_eq!(one, other);
        let options = Options::default();
        assert_eq!(one.compress(options), other.compress(options));
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let machine = Machine::mesh(2, 1).without_core(core(1, 0, 3));
    let populations = [
        population("empty", core(0, 0, 0), 0, &[]),
        population("dead core", core(1, 0, 3), 1, &[core(0, 0, 1)]),
        population("no chip", core(0, 0, 2), 1, &[core(2, 0, 1)]),
        population("no core", core(0, 0, 2), 1, &[core(0, 0, 152)]),
    ];
    let findings = plan(&machine, &populations).unwrap_err();
    let nodes: Vec<_> = findings.iter().filter_map(|f| f.node.as_deref()).collect();
    assert_eq!(nodes, ["empty", "dead core", "no chip", "no core"]);
    assert!(findings.contains("s2-route-empty"));
    assert!(findings.contains("s2-route-core"));
}

#[test]
fn a_target_that_no_link_leads_to_is_refused() {
    let machine = Machine::mesh(3, 1).without_chip(Chip::new(1, 0));
    let populations = [population("far", core(0, 0, 0), 1, &[core(2, 0, 0)])];
    let findings = plan(&machine, &populations).unwrap_err();
    assert!(findings.contains("s2-route-path"));
}

#[test]
fn keys_beyond_32_bits_are_refused() {
    let machine = Machine::chip();
    let large = |i: u16| population("large", core(0, 0, i), 1 << 31, &[core(0, 0, 9)]);
    assert!(plan(&machine, &[large(0), large(1)]).is_ok());
    let findings = plan(&machine, &[large(0), large(1), large(2)]).unwrap_err();
    assert!(findings.contains("s2-route-keys"));
}

/// More distinct routes than entries, on a chip where nothing can be merged.
#[test]
fn a_router_that_is_full_is_refused() {
    let machine = Machine::chip();
    let pair = |i: usize| {
        // All sets of two and three of 64 cores.
        let (a, b, c) = (i % 64, i / 64 % 64, 64 + i / 4096);
        let mut cores: Vec<Core> = [a, b, c].map(|c| core(0, 0, c as u16)).to_vec();
        cores.sort_unstable();
        cores.dedup();
        population("many", core(0, 0, 150), 1, &cores)
    };
    let distinct: Vec<Population> = (0..64 * 64 * 9)
        .filter(|i| i % 64 < i / 64 % 64)
        .map(pair)
        .collect();
    assert!(distinct.len() > limits::ENTRIES);
    let full = plan(&machine, &distinct).unwrap();
    let findings = full.compress(Options::default()).unwrap_err();
    assert!(findings.contains("s2-router-full"));
    let fits = plan(&machine, &distinct[..limits::ENTRIES]).unwrap();
    assert!(fits.compress(Options::default()).is_ok());
}

/// One population on many cores to one core: one entry on every chip that is crossed.
#[test]
fn slices_that_go_the_same_way_are_one_entry() {
    let machine = Machine::board();
    let target = core(7, 7, 9);
    let slice = |i| Slice {
        core: core(0, 0, i),
        atoms: 100,
        targets: vec![target],
    };
    let populations = [Population {
        name: "all".to_owned(),
        slices: (0..11).map(slice).collect(),
    }];
    let plan = plan(&machine, &populations).unwrap();
    assert_eq!(plan.tables.len(), 8);
    assert!(plan.tables.values().all(|table| table.entries.len() == 1));
    let summary = Mesh::new(&machine, &plan.tables).check(&populations, &plan.keys);
    let summary = summary.unwrap();
    assert_eq!((summary.packets, summary.hops), (1100, 7));
    assert_eq!(summary.crossings, 7700);
}
