//! The manifest: populations, connections, and what stands on each core.

use nirc_dialects::finding::Findings;
use serde_json::{Value, json};

use crate::loihi2::{
    chip::System,
    network::{Connection, Core, Network, Neuron, Signal, Synapses, Words},
    placed::Placed,
};

/// The manifest as text; `refused` is why there is no netx file, if there is none.
pub fn write(system: &System, placed: &Placed, refused: &Findings) -> String {
    let network = &placed.network;
    let populations = network.populations.iter().enumerate().map(|(index, p)| {
        let mut value = json!({
            "name": p.name,
            "node": p.node(),
            "shape": p.shape,
            "kind": match p.neuron {
                None => "input",
                Some(Neuron::Lif(_)) => "lif",
                Some(Neuron::Relay { .. }) => "relay",
            },
            "targets": fan_out(network, index),
        });
        if p.neuron.is_none() {
            let bits = placed.message_bits.get(&index).copied().unwrap_or(0);
            value["message_bits"] = bits.into();
        }
        if let Some(lif) = p.lif() {
            value["du"] = lif.du.into();
            value["dv"] = lif.dv.into();
            value["threshold_mantissa"] = lif.threshold.into();
            value["decay_error"] = placed.decay_errors[index].into();
        }
        value
    });
    let connections = network.connections.iter().zip(&placed.relative_errors);
    let connections = connections.map(|(connection, error)| {
        let (kind, weights) = kind(connection);
        json!({
            "name": connection.name,
            "source": network.populations[connection.source].name,
            "target": network.populations[connection.target].name,
            "kind": kind,
            "weights": weights,
            "weight_bits": connection.weight_bits,
            "weight_exponent": connection.weight_exponent,
            "delay": connection.delay.most(),
            "relative_weight_error": error,
        })
    });
    let cores = network.placement.iter().flat_map(|p| &p.cores);
    let cores = cores.map(|core| of_core(network, core));
    let named = |node: &str, populations: &[usize]| {
        let names = populations
            .iter()
            .map(|p| network.populations[*p].name.as_str());
        json!({ "node": node, "populations": names.collect::<Vec<_>>() })
    };
    let inputs = network
        .inputs
        .iter()
        .map(|i| named(&i.node, &[i.population]));
    let outputs = network.outputs.iter().map(|output| {
        let mut value = named(&output.node, &output.populations);
        value["signal"] = match output.signal {
            Signal::Spikes => "spikes",
            Signal::Membrane => "membrane",
        }
        .into();
        value
    });
    let refused = refused.iter().map(|finding| {
        let node = finding.node.as_deref().unwrap_or_default();
        json!({ "node": node, "what": finding.what })
    });
    let manifest = json!({
        "format": "nirc Loihi 2 manifest 1",
        "system": system.name,
        "chips": system.chips(),
        "step_seconds": placed.step,
        "resource_model": "inferred from the printed tables of Intel's compiler; words of 64 bits",
        "inputs": inputs.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "populations": populations.collect::<Vec<_>>(),
        "connections": connections.collect::<Vec<_>>(),
        "cores": cores.collect::<Vec<_>>(),
        "not_in_netx": refused.collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

/// The populations that one sends to.
fn fan_out(network: &Network, source: usize) -> Vec<&str> {
    let out = network.connections.iter().filter(|c| c.source == source);
    let mut targets: Vec<usize> = out.map(|c| c.target).collect();
    targets.sort_unstable();
    targets.dedup();
    let name = |target: usize| network.populations[target].name.as_str();
    targets.into_iter().map(name).collect()
}

fn kind(connection: &Connection) -> (&'static str, usize) {
    match &connection.synapses {
        Synapses::Dense { weight } => ("dense", weight.len()),
        Synapses::Convolution(convolution) => ("convolution", convolution.weight.len()),
        Synapses::Sparse(sparse) => ("sparse", sparse.weights.len()),
    }
}

fn of_core(network: &Network, core: &Core) -> Value {
    let blocks = core.blocks.iter().map(|block| {
        json!({
            "population": network.populations[block.population].name,
            "origin": block.origin,
            "size": block.size,
            "neurons": block.size.iter().product::<usize>(),
        })
    });
    let Words {
        axon_in,
        neuron_groups,
        neurons,
        synapses,
        axon_map,
        axon_memory,
    } = core.words;
    json!({
        "chip": core.chip,
        "core": core.core,
        "blocks": blocks.collect::<Vec<_>>(),
        "AxonIn": axon_in,
        "NeuronGr": neuron_groups,
        "Neurons": neurons,
        "SynMem": synapses,
        "AxonMap": axon_map,
        "AxonMem": axon_memory,
        "Total": core.words.total(),
    })
}
