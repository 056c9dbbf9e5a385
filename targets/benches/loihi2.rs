//! The Loihi 2 model on dense networks, a step at a time: `cargo bench -p nirc-targets --bench loihi2`.
//!
//! The same shapes in Lava (lava-nc 0.10.0) on two shared cores, ms a step, its processes over its runtime with
//! spikes alone / the same models called in one process: 10-10 0.86 / 0.085; 784-128-10 1.55 / 0.27;
//! 784-512-512-10 4.43 / 1.38; 1024-4096 8.07 / 9.86.

use nirc_targets::loihi2::{
    model::{Model, Moment, Observer, Spikes},
    network::{Connection, Delay, Lif, Network, Neuron, Population, SignMode, Synapses},
};

#[path = "../../dialects/random.rs"]
#[allow(dead_code, reason = "not all kinds of numbers are asked for")]
mod numbers;

/// One in so many inputs spikes in a step.
const SPARSITY: usize = 10;

fn main() {
    divan::main();
}

fn network(sizes: &[usize], random: &mut numbers::Random) -> Network {
    let mut network = Network::default();
    for (index, count) in sizes.iter().enumerate() {
        let lif = Lif {
            du: 4095,
            dv: 409,
            threshold: 600,
            bias: None,
            u: 0,
            v: 0,
        };
        network.populations.push(Population {
            name: format!("layer{index}"),
            shape: vec![*count],
            neuron: (index > 0).then_some(Neuron::Lif(lif)),
            part: None,
        });
        if index == 0 {
            continue;
        }
        let sources = sizes[index - 1];
        let weights = (0..count * sources).map(|_| random.between(0, 90) as i16 * 2 - 80);
        let weight = ndarray::Array2::from_shape_vec((*count, sources), weights.collect());
        network.connections.push(Connection {
            name: format!("weights{index}"),
            source: index - 1,
            target: index,
            synapses: Synapses::Dense {
                weight: weight.unwrap().into_dyn().into(),
            },
            weight_exponent: 0,
            weight_bits: 8,
            sign_mode: SignMode::Mixed,
            message_bits: 0,
            delay: Delay::Uniform(0),
        });
    }
    network
}

/// Counts spikes.
struct Count(usize);

impl Observer for Count {
    fn after_reset(&mut self, _: usize, _: usize, _: &Moment<'_>, spikes: &Spikes) {
        self.0 += spikes.elements.len();
    }
}

#[divan::bench(args = [&[10, 10][..], &[784, 128, 10], &[784, 512, 512, 10], &[1024, 4096]])]
fn steps_100(bencher: divan::Bencher<'_, '_>, sizes: &[usize]) {
    let mut random = numbers::Random(1);
    let model = Model::new(&network(sizes, &mut random)).unwrap();
    let sent: Vec<Vec<u32>> = (0..100)
        .map(|_| {
            (0..sizes[0] as u32)
                .filter(|_| random.between(1, SPARSITY) == 1)
                .collect()
        })
        .collect();
    bencher
        .counter(divan::counter::ItemsCount::new(100u32))
        .bench(|| {
            let feed = |step: usize, _: usize, spikes: &mut Spikes| {
                spikes.elements.extend_from_slice(&sent[step]);
            };
            let mut count = Count(0);
            model.run(100, feed, &mut count);
            count.0
        });
}
