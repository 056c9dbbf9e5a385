//! Random networks.

#[path = "../../../dialects/random.rs"]
#[allow(dead_code, reason = "not all kinds of numbers are asked for")]
mod numbers;

use std::sync::Arc;

use ndarray::ArrayD;
use nirc_targets::loihi2::network::{
    Bias, Connection, Convolution, Delay, Input, Lif, Network, Neuron, Output, Part, Population,
    SignMode, Signal, Sparse, Synapses,
};

/// Numbers from a seed.
pub struct Random(numbers::Random);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(numbers::Random(seed))
    }

    /// From `low` to `high`, both included.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.0.between(0, (high - low) as usize) as i64
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.within(1, 100) <= percent
    }

    fn many<T: TryFrom<i64>>(&mut self, count: usize, low: i64, high: i64, step: i64) -> Vec<T> {
        let values = (0..count).map(|_| T::try_from(self.within(low / step, high / step) * step));
        values.map(|value| value.ok().unwrap()).collect()
    }

    /// [steps][elements] of spikes, or of payloads.
    pub fn raster(&mut self, steps: usize, elements: usize, payload: bool) -> Vec<Vec<i32>> {
        let one = |random: &mut Self| match (random.chance(25), payload) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => random.within(1, 9) as i32,
        };
        (0..steps)
            .map(|_| (0..elements).map(|_| one(self)).collect())
            .collect()
    }
}

fn tensor(shape: &[usize], values: Vec<i16>) -> nirc_dialects::tensor::Tensor {
    ArrayD::from_shape_vec(shape, values).unwrap().into()
}

/// Neurons that spike now and then.
fn lif(random: &mut Random, count: usize, channels: usize, netx: bool) -> Lif {
    let bias = random.chance(60).then(|| {
        let each = if random.chance(50) { count } else { channels };
        let exponent: Vec<i8> = match (netx, random.chance(50)) {
            (true, _) => vec![6],
            (false, true) => random.many(each, -3, 7, 1),
            (false, false) => vec![random.within(0, 6) as i8],
        };
        Bias {
            mantissa: random.many(each, -8, 15, 1).into(),
            exponent: exponent.into(),
        }
    });
    Lif {
        du: random.within(-1, 4095) as i16,
        dv: random.within(0, 4096) as i16,
        threshold: random.within(50, 600) as i32,
        bias,
        u: 0,
        v: 0,
    }
}

fn population(name: String, shape: Vec<usize>, neuron: Option<Lif>) -> Population {
    Population {
        name,
        shape,
        neuron: neuron.map(Neuron::Lif),
        part: None,
    }
}

fn connection(name: String, ends: [usize; 2], synapses: Synapses) -> Connection {
    Connection {
        name,
        source: ends[0],
        target: ends[1],
        synapses,
        weight_exponent: 0,
        weight_bits: 8,
        sign_mode: SignMode::Mixed,
        message_bits: 0,
        delay: Delay::Uniform(0),
    }
}

/// Even weights, of both signs.
fn weights(random: &mut Random, count: usize) -> Vec<i16> {
    let mut weights = random.many(count, -120, 200, 2);
    weights[0] = 102;
    weights[count - 1] = -88;
    weights
}

fn convolution(random: &mut Random, channels: usize) -> Convolution {
    let groups = if channels.is_multiple_of(2) && random.chance(40) {
        2
    } else {
        1
    };
    let made = random.within(1, 3) as usize * groups;
    let shape = [
        made,
        channels / groups,
        random.within(1, 3) as usize,
        random.within(1, 3) as usize,
    ];
    let mut pair = |low, high| {
        [
            random.within(low, high) as usize,
            random.within(low, high) as usize,
        ]
    };
    let (stride, padding, dilation) = (pair(1, 2), pair(0, 2), pair(1, 2));
    Convolution {
        weight: tensor(&shape, weights(random, shape.iter().product())),
        stride,
        padding,
        dilation,
        groups,
    }
}

/// Adds the population that a convolution makes.
fn convolve(random: &mut Random, network: &mut Network, source: usize, netx: bool) -> usize {
    let map = network.populations[source].map();
    let (convolution, made) = loop {
        let convolution = convolution(random, map[0]);
        if let Some(made) = convolution.output(map) {
            break (convolution, made);
        }
    };
    let target = network.populations.len();
    let neuron = lif(random, made.iter().product(), made[0], netx);
    network.populations.push(population(
        format!("layer{target}"),
        made.to_vec(),
        Some(neuron),
    ));
    let name = format!("kernel{}", network.connections.len());
    let own = connection(name, [source, target], Synapses::Convolution(convolution));
    network.connections.push(own);
    target
}

fn dense(random: &mut Random, network: &Network, ends: [usize; 2]) -> Connection {
    let [sources, targets] = ends.map(|p| network.populations[p].count());
    let weight = tensor(&[targets, sources], weights(random, targets * sources));
    let name = format!("dense{}", network.connections.len());
    connection(name, ends, Synapses::Dense { weight })
}

fn sparse(random: &mut Random, network: &Network, ends: [usize; 2]) -> Connection {
    let [sources, targets] = ends.map(|p| network.populations[p].count());
    let (mut starts, mut to) = (vec![0], Vec::new());
    for _ in 0..sources {
        to.extend((0..targets as u32).filter(|_| random.chance(30)));
        starts.push(to.len() as u32);
    }
    let weights: Vec<i16> = random.many(to.len(), -120, 200, 2);
    let name = format!("sparse{}", network.connections.len());
    let sparse = Sparse {
        starts: starts.into(),
        targets: to.into(),
        weights: weights.into(),
    };
    connection(name, ends, Synapses::Sparse(sparse))
}

fn steps(random: &mut Random, count: usize) -> Delay {
    match random.within(0, 3) {
        0 => Delay::Uniform(random.within(1, 9) as u8),
        1 => Delay::Each(random.many::<u8>(count, 0, 12, 1).into()),
        _ => Delay::Uniform(0),
    }
}

fn ends(network: &mut Network, inputs: usize) {
    for population in 0..inputs {
        network.inputs.push(Input {
            node: network.populations[population].name.clone(),
            population,
        });
    }
    network.outputs.push(Output {
        node: "output".to_owned(),
        populations: vec![network.populations.len() - 1],
        signal: Signal::Spikes,
    });
}

fn input_shape(random: &mut Random) -> Vec<usize> {
    if random.chance(70) {
        [2, random.within(4, 7), random.within(4, 7)]
            .map(|n| n as usize)
            .to_vec()
    } else {
        vec![random.within(4, 12) as usize]
    }
}

/// Layers one after another, as netx holds them.
pub fn sequence(random: &mut Random) -> Network {
    let mut network = Network::default();
    let shape = input_shape(random);
    let convolutions = if shape.len() == 3 {
        random.within(0, 2)
    } else {
        0
    };
    network
        .populations
        .push(population("in".to_owned(), shape, None));
    for source in 0..convolutions as usize {
        convolve(random, &mut network, source, true);
    }
    for _ in 0..random.within(1, 2) {
        let source = network.populations.len() - 1;
        let count = random.within(3, 9) as usize;
        let neuron = lif(random, count, count, true);
        network.populations.push(population(
            format!("layer{}", source + 1),
            vec![count],
            Some(neuron),
        ));
        let mut own = dense(random, &network, [source, source + 1]);
        let recurrent = random.chance(40);
        if !recurrent {
            let synapses = own.synapses.clone();
            let Synapses::Dense { weight } = synapses else {
                unreachable!()
            };
            own.delay = steps(random, weight.len());
        }
        network.connections.push(own);
        if recurrent {
            let own = dense(random, &network, [source + 1, source + 1]);
            network.connections.push(own);
        }
    }
    if random.chance(30) {
        network.connections[0].message_bits = 8;
    }
    ends(&mut network, 1);
    network.check().unwrap();
    network
}

/// Anything that Lava holds: branches, several inputs, sparse and delayed synapses, recurrent kernels,
/// exponents, one sign, relays, parts of nodes.
pub fn graph(random: &mut Random) -> Network {
    let mut network = Network::default();
    let inputs = random.within(1, 2) as usize;
    for input in 0..inputs {
        let shape = input_shape(random);
        network
            .populations
            .push(population(format!("in{input}"), shape, None));
    }
    for _ in 0..random.within(2, 4) {
        let source = random.within(0, network.populations.len() as i64 - 1) as usize;
        if network.populations[source].shape.len() == 3 && random.chance(60) {
            let target = convolve(random, &mut network, source, false);
            let own = network.connections.last_mut().unwrap();
            own.delay = Delay::Uniform(if random.chance(40) { 3 } else { 0 });
            if random.chance(40) {
                let channels = network.populations[target].map()[0];
                let kernel = Convolution {
                    weight: tensor(
                        &[channels, channels, 3, 3],
                        weights(random, channels * channels * 9),
                    ),
                    stride: [1; 2],
                    padding: [1; 2],
                    dilation: [1; 2],
                    groups: 1,
                };
                let name = format!("kernel{}", network.connections.len());
                let own = connection(name, [target; 2], Synapses::Convolution(kernel));
                network.connections.push(own);
            }
            continue;
        }
        let target = network.populations.len();
        let shape = if random.chance(30) {
            vec![2, 3, 2]
        } else {
            vec![random.within(3, 9) as usize]
        };
        let count = shape.iter().product();
        let neuron = lif(random, count, shape[0], false);
        network
            .populations
            .push(population(format!("layer{target}"), shape, Some(neuron)));
        if random.chance(25) {
            let elements: Arc<[u32]> = (0..count as u32).map(|e| 2 * e).collect();
            network.populations[target].part = Some(Part {
                node: format!("node{target}"),
                count: 2 * count,
                elements,
            });
        }
        let mut sources = vec![source];
        if random.chance(50) {
            sources.push(random.within(0, target as i64) as usize);
        }
        for source in sources {
            let ends = [source, target];
            let mut own = if random.chance(40) {
                sparse(random, &network, ends)
            } else {
                dense(random, &network, ends)
            };
            let synapses = match &mut own.synapses {
                Synapses::Dense { weight } => {
                    if random.chance(30) {
                        let weights = random.many(weight.len(), 0, 255, 1);
                        *weight = tensor(weight.shape(), weights);
                        own.sign_mode = SignMode::Excitatory;
                    }
                    weight.len()
                }
                Synapses::Sparse(sparse) => sparse.weights.len(),
                Synapses::Convolution(_) => unreachable!(),
            };
            own.weight_exponent = random.within(-3, 1) as i8;
            own.weight_bits = random.within(4, 8) as u8;
            own.message_bits = if source < inputs && random.chance(30) {
                8
            } else {
                0
            };
            own.delay = steps(random, synapses);
            network.connections.push(own);
        }
    }
    if random.chance(40) {
        let source = network.populations.len() - 1;
        let mut relay = population(format!("relay{source}"), vec![4], None);
        relay.neuron = Some(Neuron::Relay {
            threshold: random.within(0, 40) as i32,
        });
        network.populations.push(relay);
        let own = dense(random, &network, [source, source + 1]);
        network.connections.push(own);
        let neuron = lif(random, 3, 3, false);
        network
            .populations
            .push(population("after".to_owned(), vec![3], Some(neuron)));
        let mut own = dense(random, &network, [source + 1, source + 2]);
        own.message_bits = 16;
        own.weight_exponent = -5;
        network.connections.push(own);
    }
    ends(&mut network, inputs);
    network
        .check()
        .unwrap_or_else(|findings| panic!("{findings:?}"));
    network
}
