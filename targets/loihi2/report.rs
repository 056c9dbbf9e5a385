//! The chip's part of `report.json`, and the table of cores.

use melior::ir::OperationRef;
use nirc_dialects::tensor::TensorStore;
use serde_json::{Value, json};

use super::{
    chip::{NEURONS, SYNAPSE_WORDS, System, TOTAL_WORDS, USABLE_CORES},
    network::{Core, Network, Synapses, Words},
    placed::Placed,
};

/// Resources, populations and weight tables of a module of level `hw`.
pub fn report(system: &System, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Value {
    let Ok(placed) = Placed::read(module, tensors) else {
        return json!({});
    };
    let network = &placed.network;
    let used = |used: u64, limit: usize| json!({ "used": used, "limit": limit });
    let cores = cores(network);
    let most = |of: fn(&Words) -> u64| cores.iter().map(|core| of(&core.words)).max().unwrap_or(0);
    let chips = network.placement.as_ref().map_or(0, |p| p.chips);
    let populations = network.populations.iter().enumerate();
    let populations = populations.filter_map(|(index, population)| {
        let lif = population.lif()?;
        let own = cores
            .iter()
            .filter(|c| c.blocks.iter().any(|b| b.population == index));
        Some(json!({
            "node": population.node(),
            "process": population.name,
            "count": population.count(),
            "cores": own.count(),
            "du": lif.du,
            "dv": lif.dv,
            "threshold_mantissa": lif.threshold,
            "decay_error": placed.decay_errors[index],
        }))
    });
    let tables = network.connections.iter().zip(&placed.relative_errors);
    let tables = tables.map(|(connection, error)| {
        let (kind, weights) = match &connection.synapses {
            Synapses::Dense { weight } => ("dense", weight.len()),
            Synapses::Convolution(convolution) => ("convolution", convolution.weight.len()),
            Synapses::Sparse(sparse) => ("sparse", sparse.weights.len()),
        };
        json!({
            "node": connection.name,
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
    json!({
        "resources": {
            "chips": used(chips as u64, system.chips()),
            "cores": used(cores.len() as u64, system.chips() * USABLE_CORES),
            "largest_core_neurons": used(most(|w| w.neurons), NEURONS),
            "largest_core_synapse_words": used(most(|w| w.synapses), SYNAPSE_WORDS),
            "largest_core_words": used(most(Words::total), TOTAL_WORDS),
        },
        "populations": populations.collect::<Vec<_>>(),
        "weight_tables": tables.collect::<Vec<_>>(),
    })
}

fn cores(network: &Network) -> &[Core] {
    network
        .placement
        .as_ref()
        .map_or(&[], |p| p.cores.as_slice())
}

/// The cores in the columns of Intel's compiler, in words of 64 bits and in parts of what a core has.
/// Equal cores of a layer are one row.
pub fn table(network: &Network) -> String {
    let mut text = String::from(
        "| Layer | AxonIn | NeuronGr | Neurons | Synapses | AxonMap | AxonMem | Total | Cores |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut rows: Vec<(String, Words, usize)> = Vec::new();
    for core in cores(network) {
        let names: Vec<&str> = core
            .blocks
            .iter()
            .map(|block| network.populations[block.population].name.as_str())
            .collect();
        let name = names.join(", ");
        let known = rows
            .iter_mut()
            .find(|(n, w, _)| *n == name && *w == core.words);
        match known {
            Some((.., count)) => *count += 1,
            None => rows.push((name, core.words, 1)),
        }
    }
    for (name, words, count) in rows {
        // The capacities by which Intel's tables divide.
        let part =
            |used: u64, of: usize| format!("{used} ({:.2} %)", 100.0 * used as f64 / of as f64);
        let cells = [
            part(words.axon_in, SYNAPSE_WORDS),
            part(words.neuron_groups, 8),
            part(words.neurons, NEURONS),
            part(words.synapses, SYNAPSE_WORDS),
            part(words.axon_map, SYNAPSE_WORDS),
            part(words.axon_memory, SYNAPSE_WORDS),
            part(words.total(), TOTAL_WORDS),
        ];
        text += &format!("| {name} | {} | {count} |\n", cells.join(" | "));
    }
    text
}
