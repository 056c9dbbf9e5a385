//! Golden vectors: networks as JSON, as lists of layers, to [`Network`]s, and what the model gives.

use ndarray::Array2;
use nirc_targets::loihi2::{
    model::{Model, Moment, Observer, Spikes},
    network::{Bias, Connection, Delay, Lif, Network, Neuron, Population, SignMode, Synapses},
};
use serde_json::Value;

fn integer(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("{value} is no integer"))
}

fn integers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(integer).collect()
}

fn rows(value: &Value) -> Vec<Vec<i64>> {
    value.as_array().unwrap().iter().map(integers).collect()
}

fn or(layer: &Value, key: &str, other: i64) -> i64 {
    layer.get(key).and_then(Value::as_i64).unwrap_or(other)
}

/// One value for each of `count`, of one or as many.
fn each(value: Option<&Value>, count: usize) -> Vec<i64> {
    match value {
        Some(Value::Array(_)) => integers(value.unwrap()),
        Some(value) => vec![integer(value); count],
        None => vec![0; count],
    }
}

fn narrow<T: TryFrom<i64, Error: std::fmt::Debug>>(values: Vec<i64>) -> Vec<T> {
    values
        .into_iter()
        .map(|v| T::try_from(v).unwrap())
        .collect()
}

fn connection(layer: &Value, keys: [&str; 2], source: usize, target: usize) -> Connection {
    let weights = rows(&layer[keys[0]]);
    let shape = [weights.len(), weights[0].len()];
    let flat: Vec<i32> = narrow(weights.concat());
    let (low, high) = (flat.iter().min().unwrap(), flat.iter().max().unwrap());
    let sign_mode = match or(layer, "sign_mode", 0) {
        0 => SignMode::of(i64::from(*low), i64::from(*high)),
        1 => SignMode::Mixed,
        2 => SignMode::Excitatory,
        _ => SignMode::Inhibitory,
    };
    let weight = Array2::from_shape_vec(shape, flat).unwrap().into_dyn();
    let delays = layer.get(keys[1]).filter(|delays| !delays.is_null());
    Connection {
        name: format!("{}{target}", keys[0]),
        source,
        target,
        synapses: Synapses::Dense {
            weight: weight.into(),
        },
        weight_exponent: or(layer, "weight_exp", 0) as i8,
        weight_bits: or(layer, "num_weight_bits", 8) as u8,
        sign_mode,
        message_bits: or(layer, "num_message_bits", 0) as u8,
        delay: delays.map_or(Delay::Uniform(0), |delays| {
            Delay::Each(narrow::<u8>(rows(delays).concat()).into())
        }),
    }
}

/// The network of a vector; population 0 is the input.
pub fn network(net: &Value) -> Network {
    let input = net["input"]["raster"].as_array().unwrap().len();
    let mut network = Network {
        populations: vec![Population {
            name: "input".to_owned(),
            shape: vec![input],
            neuron: None,
            part: None,
        }],
        ..Network::default()
    };
    for (index, layer) in net["layers"].as_array().unwrap().iter().enumerate() {
        let count = or(layer, "n", 0) as usize;
        let bias = Bias {
            mantissa: narrow(each(layer.get("bias_mant"), count)).into(),
            exponent: narrow(each(layer.get("bias_exp"), count)).into(),
        };
        network.populations.push(Population {
            name: format!("layer {index}"),
            shape: vec![count],
            neuron: Some(Neuron::Lif(Lif {
                du: or(layer, "du", 0) as i16,
                dv: or(layer, "dv", 0) as i16,
                threshold: or(layer, "vth", 0) as i32,
                bias: Some(bias),
                u: or(layer, "u0", 0) as i32,
                v: or(layer, "v0", 0) as i32,
            })),
            part: None,
        });
        let connections = &mut network.connections;
        connections.push(connection(layer, ["w", "delays"], index, index + 1));
        if layer.get("w_rec").is_some_and(|weights| !weights.is_null()) {
            let keys = ["w_rec", "delays_rec"];
            connections.push(connection(layer, keys, index + 1, index + 1));
        }
    }
    network
}

/// What is sent in each step: [step][element].
pub fn raster(net: &Value) -> Vec<Vec<i32>> {
    let rows = rows(&net["input"]["raster"]);
    let steps = integer(&net["steps"]) as usize;
    let at = |row: &Vec<i64>, step: usize| row.get(step).copied().unwrap_or(0) as i32;
    (0..steps)
        .map(|step| rows.iter().map(|row| at(row, step)).collect())
        .collect()
}

/// What the model gives, as the vectors have it: [population][neuron][step].
#[derive(Default)]
pub struct Trace {
    orders: Vec<Vec<usize>>,
    pub spikes: Vec<Vec<Vec<i32>>>,
    pub u: Vec<Vec<Vec<i32>>>,
    pub v: Vec<Vec<Vec<i32>>>,
    pub v_pre: Vec<Vec<Vec<i32>>>,
    pub a_in: Vec<Vec<Vec<i32>>>,
}

impl Observer for Trace {
    fn before_reset(&mut self, _step: usize, population: usize, moment: &Moment<'_>) {
        for (place, neuron) in self.orders[population].iter().enumerate() {
            self.v_pre[population][*neuron].push(moment.v[place]);
            self.a_in[population][*neuron].push(moment.a[place]);
        }
    }

    fn after_reset(
        &mut self,
        step: usize,
        population: usize,
        moment: &Moment<'_>,
        spikes: &Spikes,
    ) {
        let order = &self.orders[population];
        for (place, neuron) in order.iter().enumerate() {
            self.u[population][*neuron].push(moment.u[place]);
            self.v[population][*neuron].push(moment.v[place]);
            self.spikes[population][*neuron].push(0);
        }
        for (place, payload) in spikes.iter() {
            self.spikes[population][order[place as usize]][step] = payload;
        }
    }
}

/// Runs a network; each input is [step][element] in NIR's order.
pub fn run(network: &Network, inputs: &[(usize, Vec<Vec<i32>>)]) -> Trace {
    let model = Model::new(network).unwrap_or_else(|findings| panic!("{findings:?}"));
    let populations = network.populations.iter();
    let empty: Vec<Vec<Vec<i32>>> = populations.map(|p| vec![Vec::new(); p.count()]).collect();
    let orders = (0..network.populations.len()).map(|p| {
        let order = model.order(p);
        (0..order.count())
            .map(|place| order.to_nir(place))
            .collect()
    });
    let mut trace = Trace {
        orders: orders.collect(),
        spikes: empty.clone(),
        u: empty.clone(),
        v: empty.clone(),
        v_pre: empty.clone(),
        a_in: empty,
    };
    let steps = inputs
        .iter()
        .map(|(_, raster)| raster.len())
        .max()
        .unwrap_or(0);
    let feed = |step: usize, population: usize, spikes: &mut Spikes| {
        let order = model.order(population);
        let input = inputs.iter().find(|(p, _)| *p == population);
        for place in 0..order.count() {
            let payload = input.map_or(0, |(_, raster)| raster[step][order.to_nir(place)]);
            if payload != 0 {
                spikes.elements.push(place as u32);
                spikes.payloads.push(payload);
            }
        }
    };
    model.run(steps, feed, &mut trace);
    trace
}

/// Panics unless the trace's populations from `first` on are the layers of `expect`.
pub fn assert_same(name: &str, expect: &Value, trace: &Trace, first: usize) {
    let layers = expect["spikes"].as_array().unwrap().len();
    assert!(layers > 0, "{name}");
    assert_eq!(layers + first, trace.spikes.len(), "{name}: layers");
    for (key, given) in [
        ("a_in", &trace.a_in),
        ("u", &trace.u),
        ("v_pre", &trace.v_pre),
        ("v", &trace.v),
        ("spikes", &trace.spikes),
    ] {
        let Some(expected) = expect.get(key) else {
            continue;
        };
        for (layer, expected) in expected.as_array().unwrap().iter().enumerate() {
            let given = &given[layer + first];
            let expected = rows(expected);
            assert_eq!(
                expected.len(),
                given.len(),
                "{name}: {key} of layer {layer}"
            );
            for (neuron, (expected, given)) in expected.iter().zip(given).enumerate() {
                let given: Vec<i64> = given.iter().map(|x| i64::from(*x)).collect();
                let at = expected.iter().zip(&given).position(|(e, g)| e != g);
                assert!(
                    at.is_none() && expected.len() == given.len(),
                    "{name}: {key} of layer {layer}, neuron {neuron}, at step {at:?}"
                );
            }
        }
    }
}
