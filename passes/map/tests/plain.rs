//! The metrics restated neuron by neuron, from their definitions.

use std::collections::{BTreeMap, BTreeSet};

use crate::map::{Architecture, Direction, Network, Partition, Placement, Rate, Structure};

/// Population and number.
type Neuron = (usize, u64);

/// A network with every connection written out.
pub struct Plain {
    /// Projection, source, target.
    pub synapses: Vec<(usize, Neuron, Neuron)>,
    pub core: BTreeMap<Neuron, u32>,
    pub rate: BTreeMap<Neuron, f64>,
}

impl Plain {
    pub fn new(network: &Network, partition: &Partition) -> Self {
        let mut plain = Self {
            synapses: Vec::new(),
            core: BTreeMap::new(),
            rate: BTreeMap::new(),
        };
        for (index, projection) in network.projections.iter().enumerate() {
            let [source, target] =
                [projection.source, projection.target].map(|i| network.populations[i].extent);
            for from in 0..network.populations[projection.source].neurons() {
                for to in targets(&projection.structure, from, source, target) {
                    let ends = ((projection.source, from), (projection.target, to));
                    plain.synapses.push((index, ends.0, ends.1));
                }
            }
        }
        for (core, parts) in partition.cores.iter().enumerate() {
            for part in parts {
                let extent = network.populations[part.population].extent;
                for neuron in part.tile.indices(extent) {
                    let before = plain.core.insert((part.population, neuron), core as u32);
                    assert_eq!(before, None, "a neuron stands on one core");
                }
            }
        }
        for (index, population) in network.populations.iter().enumerate() {
            for neuron in 0..population.neurons() {
                let rate = match &population.rate {
                    Rate::Uniform(rate) => *rate,
                    Rate::Each(rates) => f64::from(rates[neuron as usize]),
                };
                plain.rate.insert((index, neuron), rate);
            }
        }
        plain
    }

    /// For each neuron the cores that it reaches.
    pub fn reached(&self) -> BTreeMap<Neuron, BTreeSet<u32>> {
        let mut reached: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
        for (_, from, to) in &self.synapses {
            reached.entry(*from).or_default().insert(self.core[to]);
        }
        reached
    }

    /// Packets to other cores, packets with local ones, packets from outside.
    pub fn packets(&self) -> [f64; 3] {
        let mut packets = [0.0; 3];
        for (neuron, cores) in self.reached() {
            let rate = self.rate[&neuron];
            match self.core.get(&neuron) {
                None => packets[2] += rate * cores.len() as f64,
                Some(own) => {
                    let remote = cores.iter().filter(|core| *core != own).count();
                    packets[0] += rate * remote as f64;
                    packets[1] += rate * cores.len() as f64;
                }
            }
        }
        packets
    }

    pub fn cut_synapses(&self) -> u64 {
        let cut = |(_, from, to): &&(usize, _, _)| self.core.get(from) != self.core.get(to);
        self.synapses.iter().filter(cut).count() as u64
    }

    /// For each core its different sources.
    pub fn axons(&self, cores: usize) -> Vec<u64> {
        let mut axons = vec![BTreeSet::new(); cores];
        for (_, from, to) in &self.synapses {
            axons[self.core[to] as usize].insert(*from);
        }
        axons.iter().map(|sources| sources.len() as u64).collect()
    }

    /// The load of each link: walks every path step by step.
    pub fn links(
        &self,
        architecture: &Architecture,
        placement: &Placement,
        multicast: bool,
    ) -> BTreeMap<([u32; 2], u8), f64> {
        let mesh = &architecture.mesh;
        let mut loads: BTreeMap<([u32; 2], u8), f64> = BTreeMap::new();
        for (neuron, cores) in self.reached() {
            let Some(own) = self.core.get(&neuron) else {
                continue;
            };
            let mut used = BTreeSet::new();
            for core in cores.iter().filter(|core| *core != own) {
                let mut at = mesh.tile_of(placement.core[*own as usize]);
                let to = mesh.tile_of(placement.core[*core as usize]);
                while at != to {
                    let (direction, next) = if at[0] < to[0] {
                        (Direction::East, [at[0] + 1, at[1]])
                    } else if at[0] > to[0] {
                        (Direction::West, [at[0] - 1, at[1]])
                    } else if at[1] < to[1] {
                        (Direction::North, [at[0], at[1] + 1])
                    } else {
                        (Direction::South, [at[0], at[1] - 1])
                    };
                    let link = (at, direction as u8);
                    if multicast {
                        used.insert(link);
                    } else {
                        *loads.entry(link).or_default() += self.rate[&neuron];
                    }
                    at = next;
                }
            }
            for link in used {
                *loads.entry(link).or_default() += self.rate[&neuron];
            }
        }
        loads
    }
}

/// The targets of a neuron, by the definition of its projection.
fn targets(structure: &Structure, from: u64, source: [u32; 3], target: [u32; 3]) -> Vec<u64> {
    match structure {
        Structure::Sparse(sparse) => {
            let targets = sparse.targets_of(from as u32).iter();
            targets.map(|&t| u64::from(t)).collect()
        }
        Structure::Separable(axes) => {
            let [_, height, width] = source.map(u64::from);
            let at = [from / (height * width), from / width % height, from % width];
            let mut targets = Vec::new();
            for c in 0..target[0] {
                for h in 0..target[1] {
                    for w in 0..target[2] {
                        let all = [c, h, w].iter().zip(axes).zip(at).all(|((&t, axis), s)| {
                            let mut takes = false;
                            axis.for_sources(t, |source| takes |= u64::from(source) == s);
                            takes
                        });
                        if all {
                            let row = u64::from(c) * u64::from(target[1]) + u64::from(h);
                            targets.push(row * u64::from(target[2]) + u64::from(w));
                        }
                    }
                }
            }
            targets
        }
    }
}
