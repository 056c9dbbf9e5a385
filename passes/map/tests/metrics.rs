//! Every metric against its definition.

use super::{
    networks::{network, partition, placement},
    plain::Plain,
};
use crate::map::{CoreLoad, Hypergraph, Map, Prices, random::Random, route};

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{a} is not {b}");
}

#[test]
fn metrics_are_those_of_the_definitions() {
    for seed in 0..400 {
        let random = &mut Random::new(seed);
        let network = network(random);
        let cores = 1 + random.below(6);
        let partition = partition(random, &network, cores);
        partition.check(&network).unwrap();
        let cores = partition.cores.len();
        let (architecture, placement) = placement(random, cores);
        let plain = Plain::new(&network, &partition);
        let map = Map {
            network: &network,
            architecture: &architecture,
            cost: &architecture.cost,
            partition: &partition,
            placement: &placement,
        };
        let graph = map.graph();
        let metrics = map.metrics(&graph);
        let [remote, packets, input] = plain.packets();
        close(metrics.remote_packets, remote);
        close(metrics.packets, packets);
        close(metrics.input_packets, input);
        assert_eq!(metrics.synapses, plain.synapses.len() as u64, "seed {seed}");
        assert_eq!(metrics.cut_synapses, plain.cut_synapses(), "seed {seed}");
        let axons = plain.axons(cores);
        assert_eq!(metrics.max_axons, axons.iter().copied().max().unwrap_or(0));
        let mesh = &architecture.mesh;
        for multicast in [true, false] {
            let expected = plain.links(&architecture, &placement, multicast);
            let routes = route(&graph, &placement, mesh, multicast);
            close(routes.hops(), expected.values().sum());
            let crossings = expected.iter().filter(|((at, direction), _)| {
                let direction = crate::map::Direction::ALL[*direction as usize];
                mesh.crosses(*at, direction)
            });
            close(routes.crossings, crossings.map(|(_, load)| load).sum());
            let used = routes.load.iter().filter(|load| **load > 0.0).count();
            let positive = expected.values().filter(|load| **load > 0.0).count();
            assert_eq!(used, positive, "seed {seed}");
            for ((at, direction), load) in &expected {
                let link = mesh.link(*at, crate::map::Direction::ALL[*direction as usize]);
                close(routes.load[link], *load);
            }
            if multicast == architecture.multicast {
                let most = expected.values().copied().fold(0.0, f64::max);
                close(metrics.max_link_load, most);
            }
        }
        let synaptic: f64 = plain
            .synapses
            .iter()
            .map(|(_, from, _)| plain.rate[from])
            .sum();
        let price = Prices::value(&architecture.energy.synapse);
        close(metrics.energy.unwrap().synapse, synaptic * price);
    }
}

#[test]
fn loads_are_counted_exactly() {
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let network = network(random);
        let partition = partition(random, &network, 4);
        let plain = Plain::new(&network, &partition);
        for (core, parts) in partition.cores.iter().enumerate() {
            let load = CoreLoad::new(&network, parts);
            let here = |neuron: &(usize, u64)| plain.core.get(neuron) == Some(&(core as u32));
            let neurons = plain.core.keys().filter(|n| here(n)).count();
            assert_eq!(load.neurons(), neurons as u64);
            for index in 0..network.projections.len() {
                let synapses: Vec<_> = plain
                    .synapses
                    .iter()
                    .filter(|(p, _, to)| *p == index && here(to))
                    .collect();
                let mut sources: Vec<_> = synapses.iter().map(|s| s.1).collect();
                sources.sort_unstable();
                sources.dedup();
                let got = load.projections.iter().find(|p| p.projection == index);
                let got = got.map_or((0, 0), |p| (p.synapses, p.axons));
                let expected = (synapses.len() as u64, sources.len() as u64);
                assert_eq!(got, expected, "seed {seed} core {core} projection {index}");
            }
        }
    }
}

#[test]
fn contraction_is_the_hypergraph_of_the_groups() {
    for seed in 0..200 {
        let random = &mut Random::new(seed);
        let network = network(random);
        let fine = partition(random, &network, 12);
        let group: Vec<u32> = fine.cores.iter().map(|_| random.below(3) as u32).collect();
        let mut cores = vec![Vec::new(); 3];
        for (parts, group) in fine.cores.iter().zip(&group) {
            cores[*group as usize].extend(parts.iter().copied());
        }
        let coarse = crate::map::Partition::new(cores);
        let graph = |p: &crate::map::Partition| {
            Hypergraph::new(&network, &p.grids(&network), p.cores.len())
        };
        let key = |graph: &Hypergraph| {
            let mut sets: Vec<_> = graph
                .sets()
                .map(|set| {
                    let sources: Vec<_> = set
                        .sources
                        .iter()
                        .map(|s| (s.vertex, s.neurons, (s.spikes * 1e6).round() as i64))
                        .collect();
                    (set.population, set.pins.to_vec(), sources)
                })
                .collect();
            sets.sort();
            sets
        };
        let contracted = graph(&fine).contract(&group, 3);
        assert_eq!(key(&contracted), key(&graph(&coarse)), "seed {seed}");
    }
}
