//! Partitioners and placers on random networks.

use super::networks::network;
use crate::map::{
    Hypergraph, Objective, PARTITIONERS, PLACERS, Partition, PlaceProblem, Placed, Problem, Silent,
    StatedCost, Terms, WeightMemory, built_in, check, partition, place, random::Random, refine,
    refine_placed,
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
            let mut placements = Vec::new();
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
                placements.push(placement);
            }
            let problem = Problem {
                network: &network,
                architecture: &architecture,
                cost: &cost,
                cores: architecture.mesh.cores(),
                seed,
                progress: &Silent,
            };
            for placement in placements {
                let value = |partition: &Partition| {
                    let grids = partition.grids(&network);
                    let graph = Hypergraph::new(&network, &grids, partition.cores.len());
                    let cores = placement.core.clone();
                    let mesh = &architecture.mesh;
                    let placed = Placed::new(&graph, mesh, architecture.multicast, cores);
                    architecture.objective.value(placed.traffic())
                };
                let objective = &architecture.objective;
                let refined = refine_placed(&problem, objective, &first, &placement);
                check(&refined, &problem).unwrap();
                assert!(value(&refined) <= value(&first) + 1e-6, "seed {seed}");
            }
        }
    }
    assert!(made > 200 && refused > 10, "{made} made, {refused} refused");
}

#[test]
fn refinement_saves_packets_within_the_capacities() {
    let mut saved = 0;
    for seed in 0..60 {
        let random = &mut Random::new(seed);
        let network = network(random);
        let cost = cost(random);
        let mut architecture = built_in("mesh", &[]).unwrap().unwrap();
        architecture.mesh.width = 40;
        architecture.mesh.usable_cores = 320;
        architecture.local_packet = [0.0, 1.0][random.below(2)];
        let problem = Problem {
            network: &network,
            architecture: &architecture,
            cost: &cost,
            cores: architecture.mesh.cores(),
            seed,
            progress: &Silent,
        };
        for partitioner in PARTITIONERS {
            let Ok(before) = partition(partitioner, &problem) else {
                continue;
            };
            let after = refine(&problem, before.clone());
            check(&after, &problem).unwrap();
            let packets = |partition: &Partition| {
                let grids = partition.grids(&network);
                let graph = Hypergraph::new(&network, &grids, partition.cores.len());
                let mut packets = 0.0;
                for set in graph.sets() {
                    for source in set.sources {
                        let own = set.pins.contains(&source.vertex);
                        let local = f64::from(u8::from(own)) * (1.0 - architecture.local_packet);
                        packets += source.spikes * (set.pins.len() as f64 - local);
                    }
                }
                packets
            };
            let (before, after) = (packets(&before), packets(&after));
            let name = partitioner.name();
            assert!(
                after <= before + 1e-6,
                "{name}, seed {seed}: {before} {after}"
            );
            saved += u32::from(after < before - 1e-6);
        }
    }
    assert!(saved > 20, "{saved}");
}
