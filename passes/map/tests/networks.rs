//! Small random networks, partitions and placements.

use std::sync::Arc;

use crate::map::{
    Architecture, Mesh, Network, Partition, Placement, Population, Projection, Rate, Sparse,
    Structure, Taps, built_in, random::Random,
};

/// A network of a few populations of any extents, with projections of every kind, recurrent ones included.
pub fn network(random: &mut Random) -> Network {
    let mut network = Network::default();
    let count = 2 + random.below(3);
    for index in 0..count {
        let extent = match random.below(3) {
            0 => [1 + random.below(20) as u32, 1, 1],
            _ => [0, 1, 2].map(|_| 1 + random.below(5) as u32),
        };
        let mut population = Population::new(format!("p{index}"), extent);
        population.placed = index > 0 || random.below(2) == 0;
        let neurons = population.neurons();
        population.rate = match random.below(3) {
            0 => Rate::Uniform(1.0),
            1 => Rate::Uniform(random.below(4) as f64 / 4.0),
            _ => Rate::Each((0..neurons).map(|_| random.below(8) as f32 / 8.0).collect()),
        };
        network.populations.push(population);
    }
    for index in 0..count + random.below(4) {
        let source = random.below(count);
        let target = random.below(count);
        if !network.populations[target].placed {
            continue;
        }
        let structure = structure(random, &network, source, target);
        let name = format!("j{index}");
        network
            .projections
            .push(Projection::new(name, source, target, structure, 8));
    }
    network.check().unwrap();
    network
}

fn structure(random: &mut Random, network: &Network, source: usize, target: usize) -> Structure {
    let [from, to] = [source, target].map(|i| network.populations[i].extent);
    let taps = |random: &mut Random| Taps {
        kernel: 1 + random.below(3) as u32,
        stride: 1 + random.below(2) as u32,
        padding: random.below(3) as u32,
        dilation: 1 + random.below(2) as u32,
    };
    match random.below(5) {
        0 => Structure::dense(from, to),
        1 if from == to => Structure::one_to_one(from),
        2 if from[0] == to[0] => Structure::pool(from, to, taps(random), taps(random)),
        3 => {
            let groups = 1 + random.below(2) as u32;
            let rows = taps(random);
            Structure::convolution(from, to, groups, rows, taps(random))
                .unwrap_or(Structure::dense(from, to))
        }
        _ => {
            let [m, n] = [from, to].map(|e| e.iter().product::<u32>());
            let pairs = (0..random.below(3 * n as usize + 1))
                .map(|_| {
                    (
                        random.below(m as usize) as u32,
                        random.below(n as usize) as u32,
                    )
                })
                .collect();
            Structure::Sparse(Arc::new(Sparse::from_pairs(pairs, m, n).unwrap()))
        }
    }
}

/// Any core for each neuron.
pub fn partition(random: &mut Random, network: &Network, cores: usize) -> Partition {
    let neurons = network.neurons();
    let assignment: Vec<u32> = (0..neurons).map(|_| random.below(cores) as u32).collect();
    Partition::from_assignment(network, &assignment).unwrap()
}

/// A mesh with room for that many cores, and any place for each.
pub fn placement(random: &mut Random, cores: usize) -> (Architecture, Placement) {
    let mut architecture = built_in("loihi1", &[]).unwrap().unwrap();
    let per_tile = 1 + random.below(3) as u32;
    let width = 1 + random.below(4) as u32;
    let height = (cores as u32).div_ceil(width * per_tile).max(1);
    architecture.mesh = Mesh::new(width, height, per_tile);
    architecture.mesh.chips = [1 + random.below(2) as u32, 1];
    architecture.multicast = random.below(2) == 0;
    let mut slots: Vec<u32> = (0..architecture.mesh.cores() as u32).collect();
    random.shuffle(&mut slots);
    slots.truncate(cores);
    (architecture, Placement { core: slots })
}
