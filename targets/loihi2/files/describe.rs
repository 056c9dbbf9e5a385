//! A network to its description and arrays.

use std::collections::BTreeMap;

use nirc_dialects::tensor::Tensor;
use serde_json::{Value, json};

use super::{Form, kind};
use crate::loihi2::network::{
    Connection, Delay, Network, Neuron, Population, SignMode, Signal, Sparse, Synapses,
};

/// The format's name and version.
pub const FORMAT: &str = "nirc Loihi 2 network 1";

/// The description as text.
pub fn describe(network: &Network, form: Form) -> String {
    let arrays = match form {
        Form::Netx => super::NETX,
        Form::Lava => super::ARRAYS,
    };
    let populations: Vec<Value> = network.populations.iter().map(population).collect();
    let connections: Vec<Value> = network.connections.iter().map(connection).collect();
    let inputs = network.inputs.iter();
    let inputs = inputs.map(|i| json!({"node": i.node, "population": i.population}));
    let outputs = network.outputs.iter().map(|o| {
        let signal = match o.signal {
            Signal::Spikes => "spikes",
            Signal::Membrane => "membrane",
        };
        json!({"node": o.node, "populations": o.populations, "signal": signal})
    });
    let description = json!({
        "format": FORMAT,
        "arrays": arrays,
        "populations": populations,
        "connections": connections,
        "inputs": inputs.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
    });
    // One line for each population and connection: short, and to be read.
    let mut text = String::from("{\n");
    let fields = description.as_object().into_iter().flatten().enumerate();
    for (index, (key, value)) in fields {
        let comma = if index > 0 { ",\n" } else { "" };
        text.push_str(&format!("{comma}\"{key}\": "));
        match value {
            Value::Array(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| format!("\n  {row}")).collect();
                text.push_str(&format!("[{}\n]", rows.join(",")));
            }
            value => text.push_str(&value.to_string()),
        }
    }
    text.push_str("\n}\n");
    text
}

fn population(population: &Population) -> Value {
    let mut value = json!({
        "name": population.name,
        "kind": kind(population.neuron.as_ref()),
        "shape": population.shape,
    });
    match &population.neuron {
        Some(Neuron::Lif(lif)) => {
            value["du"] = lif.du.into();
            value["dv"] = lif.dv.into();
            value["threshold"] = lif.threshold.into();
            if lif.u != 0 || lif.v != 0 {
                value["u"] = lif.u.into();
                value["v"] = lif.v.into();
            }
            if lif.bias.is_some() {
                value["bias"] = true.into();
            }
        }
        Some(Neuron::Relay { threshold }) => value["threshold"] = (*threshold).into(),
        None => {}
    }
    if let Some(part) = &population.part {
        value["node"] = part.node.as_str().into();
        value["node_count"] = part.count.into();
    }
    value
}

fn connection(connection: &Connection) -> Value {
    let sign_mode = match connection.sign_mode {
        SignMode::Mixed => "mixed",
        SignMode::Excitatory => "excitatory",
        SignMode::Inhibitory => "inhibitory",
    };
    let mut value = json!({
        "name": connection.name,
        "source": connection.source,
        "target": connection.target,
        "kind": match connection.synapses {
            Synapses::Dense { .. } => "dense",
            Synapses::Convolution(_) => "convolution",
            Synapses::Sparse(_) => "sparse",
        },
        "weight_exponent": connection.weight_exponent,
        "weight_bits": connection.weight_bits,
        "sign_mode": sign_mode,
        "message_bits": connection.message_bits,
        "delay": match connection.delay {
            Delay::Uniform(steps) => json!(steps),
            Delay::Each(_) => json!("each"),
        },
    });
    if let Synapses::Convolution(convolution) = &connection.synapses {
        value["stride"] = json!(convolution.stride);
        value["padding"] = json!(convolution.padding);
        value["dilation"] = json!(convolution.dilation);
        value["groups"] = convolution.groups.into();
    }
    value
}

/// The arrays by name: `population.N.` and `connection.N.` with their numbers.
pub fn arrays(network: &Network) -> BTreeMap<String, Tensor> {
    let mut arrays = BTreeMap::new();
    for (index, population) in network.populations.iter().enumerate() {
        let mut add = |name: &str, tensor: Tensor| {
            arrays.insert(format!("population.{index}.{name}"), tensor);
        };
        if let Some(bias) = population.lif().and_then(|lif| lif.bias.as_ref()) {
            add("bias_mantissa", bias.mantissa.to_vec().into());
            add("bias_exponent", bias.exponent.to_vec().into());
        }
        if let Some(part) = &population.part {
            add("elements", indices(&part.elements));
        }
    }
    for (index, connection) in network.connections.iter().enumerate() {
        let mut add = |name: &str, tensor: Tensor| {
            arrays.insert(format!("connection.{index}.{name}"), tensor);
        };
        match &connection.synapses {
            Synapses::Dense { weight } => add("weight", weight.clone()),
            Synapses::Convolution(convolution) => add("weight", convolution.weight.clone()),
            Synapses::Sparse(Sparse {
                starts,
                targets,
                weights,
            }) => {
                add("starts", indices(starts));
                add("targets", indices(targets));
                add("weight", weights.to_vec().into());
            }
        }
        if let Delay::Each(delays) = &connection.delay {
            // A delay has 6 bits.
            add(
                "delay",
                delays.iter().map(|d| *d as i8).collect::<Vec<i8>>().into(),
            );
        }
    }
    arrays
}

fn indices(indices: &[u32]) -> Tensor {
    indices
        .iter()
        .map(|i| i64::from(*i))
        .collect::<Vec<i64>>()
        .into()
}
