//! Partitioners and placers on random networks.

use super::networks::network;
use crate::map::{
    Hypergraph, PARTITIONERS, PLACERS, PlaceProblem, Problem, Silent, StatedCost, Terms,
    WeightMemory, built_in, partition, place, random::Random,
};

/// A core with several capacities, some of which bind.
fn cost(random: &mut Random) -> StatedCost {
    let resource = |name: &str, capacity: usize| crate::map::Resource {
        name: name.into(),
        capacity: capacity as u64,
        unit: "units".into(),
        source: "chosen".into(),
    };
    let sharing = match random.below(2) {
        0 => crate::map::Sharing::Shared,
        _ => crate::map::Sharing::Exclusive,
    };
    let one = Terms::default();
    let weights = WeightMemory {
        word: 16,
        index: 3,
        header: 5,
        widths: vec![4, 8],
        shared_kernel: random.below(2) == 0,
    };
    let mut resources = vec![
        (
            resource("neurons", 3 + random.below(20)),
            Terms {
                neuron: 1,
                ..one.clone()
            },
        ),
        (
            resource("axons", 20 + random.below(200)),
            Terms {
                axon: 1,
                ..one.clone()
            },
        ),
        (
            resource("words", 50 + random.below(400)),
            Terms {
                weights: Some(weights),
                ..one.clone()
            },
        ),
    ];
    let total = resources
        .iter()
        .map(|(r, _)| r.capacity as usize)
        .sum::<usize>();
    resources.push((
        resource("total", total / 2 + 30),
        Terms {
            sum: vec![0, 1, 2],
            ..one
        },
    ));
    StatedCost::new(resources, sharing)
}

#[test]
fn partitions_are_complete_within_the_capacities_and_repeatable() {
    let (mut made, mut refused) = (0, 0);
    for seed in 0..150 {
        let random = &mut Random::new(seed);
        let network = network(random);
        let cost = cost(random);
        let mut architecture = built_in("mesh", &[]).unwrap().unwrap();
        architecture.mesh.width = 40;
        architecture.mesh.usable_cores = 320;
        for partitioner in PARTITIONERS {
            let problem = Problem {
                network: &network,
                architecture: &architecture,
                cost: &cost,
                cores: architecture.mesh.cores(),
                seed,
                progress: &Silent,
            };
            // `partition` checks completeness and capacities, and refuses what breaks them.
            let first = partition(partitioner, &problem);
            let name = partitioner.name();
            match &first {
                Ok(_) => made += 1,
                Err(findings) => {
                    let excused = findings.contains("map-neuron") || findings.contains("map-cores");
                    assert!(excused, "{name}, seed {seed}: {findings}");
                    refused += 1;
                }
            }
            assert_eq!(
                first,
                partition(partitioner, &problem),
                "{name}, seed {seed}"
            );
            let Ok(first) = first else { continue };
            let grids = first.grids(&network);
            let graph = Hypergraph::new(&network, &grids, first.cores.len());
            // Annealing takes its time, whatever is placed.
            if seed % 10 > 0 || name != "refined" {
                continue;
            }
            for placer in PLACERS {
                let problem = PlaceProblem {
                    graph: &graph,
                    architecture: &architecture,
                    objective: &architecture.objective,
                    seed,
                    progress: &Silent,
                };
                let placement = place(placer, &problem).unwrap();
                assert_eq!(
                    placement,
                    place(placer, &problem).unwrap(),
                    "{}",
                    placer.name()
                );
            }
        }
    }
    assert!(made > 200 && refused > 10, "{made} made, {refused} refused");
}
