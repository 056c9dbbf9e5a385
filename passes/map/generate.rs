//! Generated networks of any size: to measure the engine with, and to try algorithms on.

use std::sync::Arc;

use super::{
    network::{Network, Population, Projection},
    random::Random,
    structure::{Sparse, Structure, Taps},
    tile::Extent,
};

/// The kinds of generated networks, each with what it is.
pub const GENERATED: [(&str, &str); 5] = [
    (
        "dense",
        "a chain of layers of up to 4,096 neurons, each fully connected to the next",
    ),
    (
        "convolution",
        "a chain of layers of 16 channels, 3 x 3 kernels; blocks of four end in a pool of 2 x 2 that is made up \
         for by twice the side",
    ),
    (
        "small-world",
        "blocks of up to 1,024 neurons on a ring, each connected to itself and two neighbours on either \
         side; one in ten connections leads anywhere (Watts and Strogatz 1998)",
    ),
    (
        "sparse",
        "one population on a ring, each neuron connected to its 10 neighbours, one connection in ten \
         leads anywhere; numbers are shuffled",
    ),
    (
        "mixed",
        "half convolution, three tenths dense, the rest small-world and sparse, one behind the other",
    ),
];

/// A network of about `neurons` neurons (at least 64) of this kind; none if the kind is unknown.
pub fn generate(kind: &str, neurons: u64, seed: u64) -> Option<Network> {
    let mut builder = Builder {
        network: Network::default(),
        random: Random::new(seed),
    };
    let neurons = neurons.max(64);
    match kind {
        "dense" => builder.dense(neurons, None),
        "convolution" => builder.convolution(neurons),
        "small-world" => builder.small_world(neurons, None),
        "sparse" => builder.sparse(neurons, None),
        "mixed" => {
            let part = |tenths: u64| (neurons * tenths / 10).max(64);
            let last = builder.convolution(part(5));
            let last = builder.dense(part(3), Some(last));
            let last = builder.small_world(part(1), Some(last));
            builder.sparse(part(1), Some(last))
        }
        _ => return None,
    };
    Some(builder.network)
}

struct Builder {
    network: Network,
    random: Random,
}

impl Builder {
    fn population(&mut self, kind: &str, extent: Extent) -> usize {
        let index = self.network.populations.len();
        let population = Population::new(format!("{kind}{index}"), extent);
        self.network.populations.push(population);
        index
    }

    fn project(&mut self, source: usize, target: usize, structure: Structure) {
        let name = format!("{source}to{target}");
        let projection = Projection::new(name, source, target, structure, 8);
        self.network.projections.push(projection);
    }

    fn project_dense(&mut self, source: usize, target: usize) {
        let [from, to] = [source, target].map(|i| self.network.populations[i].extent);
        self.project(source, target, Structure::dense(from, to));
    }

    fn dense(&mut self, neurons: u64, before: Option<usize>) -> usize {
        let width = (neurons / 4).clamp(16, 4096) as u32;
        let mut last = before;
        for _ in 0..neurons.div_ceil(u64::from(width)) {
            let layer = self.population("dense", [width, 1, 1]);
            if let Some(last) = last {
                self.project_dense(last, layer);
            }
            last = Some(layer);
        }
        last.unwrap_or(0)
    }

    fn convolution(&mut self, neurons: u64) -> usize {
        const CHANNELS: u32 = 16;
        // Eight layers at least, none larger than 64 x 64.
        let side = ((neurons as f64 / f64::from(8 * CHANNELS)).sqrt() as u32).clamp(2, 64) / 2 * 2;
        let extent = [CHANNELS, side, side];
        let layers = neurons.div_ceil(super::tile::volume(extent)).max(2);
        let taps = Taps::plain(3, 1, 1);
        let mut last = None;
        for layer in 0..layers {
            let index = self.population("convolution", extent);
            if let Some(last) = last {
                let plain = Structure::convolution(extent, extent, 1, taps, taps);
                let half = Taps::plain(2, 2, 0);
                let small = [CHANNELS, side / 2, side / 2];
                // A pool, and a kernel that gives two rows and columns for each.
                let pooled = Structure::pool(extent, small, half, half);
                let spread = Structure::Separable([
                    super::axis::Axis::all(CHANNELS, CHANNELS),
                    super::axis::Axis::Blocks {
                        blocks: side / 2,
                        targets: 2,
                        sources: 1,
                    },
                    super::axis::Axis::Blocks {
                        blocks: side / 2,
                        targets: 2,
                        sources: 1,
                    },
                ]);
                let structure = match layer % 4 {
                    0 => spread.after(&pooled, extent, small, extent),
                    _ => plain,
                };
                if let Some(structure) = structure {
                    self.project(last, index, structure);
                }
            }
            last = Some(index);
        }
        last.unwrap_or(0)
    }

    fn small_world(&mut self, neurons: u64, before: Option<usize>) -> usize {
        let size = (neurons / 16).clamp(4, 1024) as u32;
        let count = neurons.div_ceil(u64::from(size)) as usize;
        let first = self.network.populations.len();
        for _ in 0..count {
            self.population("block", [size, 1, 1]);
        }
        if let Some(before) = before {
            self.project_dense(before, first);
        }
        for block in 0..count {
            self.project_dense(first + block, first + block);
            for step in [1, 2, count - 1, count - 2] {
                let target = match self.random.below(10) {
                    0 => self.random.below(count),
                    _ => (block + step) % count,
                };
                self.project_dense(first + block, first + target);
            }
        }
        first + count - 1
    }

    fn sparse(&mut self, neurons: u64, before: Option<usize>) -> usize {
        let count = neurons.min(u64::from(u32::MAX)) as u32;
        let index = self.population("sparse", [count, 1, 1]);
        if let Some(before) = before {
            // Each neuron from one of those before.
            let from = self.network.populations[before].extent;
            let sources = super::tile::volume(from) as u32;
            let pairs = (0..count).map(|t| (t % sources, t)).collect();
            if let Some(sparse) = Sparse::from_pairs(pairs, sources, count) {
                self.project(before, index, Structure::Sparse(Arc::new(sparse)));
            }
        }
        let mut number: Vec<u32> = (0..count).collect();
        self.random.shuffle(&mut number);
        let mut offsets = vec![0u64];
        let mut targets = Vec::with_capacity(count as usize * 10);
        let mut place = vec![0u32; count as usize];
        for (at, &n) in number.iter().enumerate() {
            place[n as usize] = at as u32;
        }
        let mut own = Vec::new();
        for source in 0..count {
            own.clear();
            for step in (1..=5).flat_map(|d| [d, count - d.min(count)]) {
                let target = match self.random.below(10) {
                    0 => self.random.below(count as usize) as u32,
                    _ => {
                        let at = u64::from(place[source as usize]) + u64::from(step);
                        number[(at % u64::from(count)) as usize]
                    }
                };
                own.push(target);
            }
            own.sort_unstable();
            own.dedup();
            targets.extend(&own);
            offsets.push(targets.len() as u64);
        }
        if let Some(sparse) = Sparse::new(offsets, targets, count) {
            self.project(index, index, Structure::Sparse(Arc::new(sparse)));
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_networks_are_sound_and_about_as_large_as_asked_for() {
        for (kind, _) in GENERATED {
            for neurons in [64, 1000, 30_000, 300_000] {
                let network = generate(kind, neurons, 1).unwrap();
                network.check().unwrap();
                let made = network.neurons();
                let near = made >= neurons / 2 && made <= 2 * neurons + 300;
                assert!(near, "{kind}: {made} for {neurons}");
                assert!(network.synapses() > made, "{kind}");
            }
        }
        assert!(generate("ring", 100, 0).is_none());
    }
}
