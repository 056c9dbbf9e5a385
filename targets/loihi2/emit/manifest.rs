//! The manifest: populations, connections, and what stands on each core.

use nirc_dialects::finding::{Finding, Findings};
use serde_json::{Value, json};

use crate::loihi2::{
    chip::System,
    network::{Connection, Core, Input, Network, Output, Signal, Synapses, Words},
    placed::Placed,
};

/// The manifest as text; `refused` is why there is no netx file.
pub fn write(system: &System, placed: &Placed, refused: &[Finding]) -> String {
    let network = &placed.network;
    let populations = network.populations.iter().enumerate().map(|(index, p)| {
        let mut value = json!({
            "name": p.name,
            "node": p.node(),
            "shape": p.shape,
            "kind": if p.neuron.is_some() { "lif" } else { "input" },
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

/// Gives the populations, inputs and outputs of a network that was read from a file without names those of
/// the manifest.
///
/// # Errors
///
/// A manifest of another network.
pub fn name(network: &mut Network, text: &str) -> Result<(), Findings> {
    let refuse = |what: String| {
        Findings::from(Finding::error(
            "loihi2-manifest",
            "the manifest and the network belong together",
            what,
        ))
    };
    let manifest: Value = serde_json::from_str(text).map_err(|e| refuse(e.to_string()))?;
    let list = |of: &Value, key: &str| -> Result<Vec<Value>, Findings> {
        let list = of[key].as_array().cloned();
        list.ok_or_else(|| refuse(format!("it has no list `{key}`")))
    };
    let word = |of: &Value, key: &str| -> Result<String, Findings> {
        let word = of[key].as_str().map(str::to_owned);
        word.ok_or_else(|| refuse(format!("an entry has no `{key}`")))
    };
    let populations = list(&manifest, "populations")?;
    if populations.len() != network.populations.len() {
        return Err(refuse(format!(
            "the manifest has {} populations, the network {}",
            populations.len(),
            network.populations.len()
        )));
    }
    for (population, entry) in network.populations.iter_mut().zip(&populations) {
        population.name = word(entry, "name")?;
    }
    for connection in &mut network.connections {
        let bits = populations[connection.source]["message_bits"].as_u64();
        connection.message_bits = bits.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(0);
    }
    let numbers = |entry: &Value| -> Result<Vec<usize>, Findings> {
        let names = list(entry, "populations")?;
        let place = |name: &Value| {
            let mut named = network.populations.iter();
            let place = named.position(|p| Some(p.name.as_str()) == name.as_str());
            place.ok_or_else(|| refuse(format!("there is no population {name}")))
        };
        names.iter().map(place).collect()
    };
    let mut inputs = Vec::new();
    for entry in list(&manifest, "inputs")? {
        let [population] = numbers(&entry)?[..] else {
            return Err(refuse("an input has one population".to_owned()));
        };
        inputs.push(Input {
            node: word(&entry, "node")?,
            population,
        });
    }
    let mut outputs = Vec::new();
    for entry in list(&manifest, "outputs")? {
        outputs.push(Output {
            node: word(&entry, "node")?,
            populations: numbers(&entry)?,
            signal: match word(&entry, "signal")?.as_str() {
                "membrane" => Signal::Membrane,
                _ => Signal::Spikes,
            },
        });
    }
    (network.inputs, network.outputs) = (inputs, outputs);
    Ok(())
}
