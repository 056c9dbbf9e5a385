//! The chip's part of `report.json`.

use melior::ir::OperationRef;
use nirc_dialects::tensor::TensorStore;
use serde_json::{Value, json};

use super::{
    application::Application, chip::System, chip_data::MEMORY, map::options::words,
    network::Synapses, placed::Placed,
};

/// Resources, populations and weight tables of a module of level `hw`.
pub fn report(system: &System, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Value {
    let Ok(placed) = Placed::read(module, tensors) else {
        return json!({});
    };
    let network = &placed.network;
    let used = |used: usize, limit: usize| json!({ "used": used, "limit": limit });
    let entries = placed.tables.iter().map(|(_, table)| table.entries.len());
    let bytes = placed.slices.iter().map(|slice| slice.bytes);
    let mut chips: Vec<_> = placed.slices.iter().map(|slice| slice.chip).collect();
    chips.sort_unstable();
    chips.dedup();
    let populations = network
        .populations
        .iter()
        .enumerate()
        .map(|(index, population)| {
            let bytes = placed.slices_of(index).map(|slice| slice.bytes).max();
            json!({
                "node": population.name,
                "model": population.application.word(),
                "count": population.count,
                "elements": placed.slices_of(index).count(),
                "max_atoms_per_core": placed.atoms(index),
                "largest_bytes": bytes,
                "bytes_are": match population.application {
                    Application::SpikeList => "not known",
                    other if other.row().word.is_some() => "exact",
                    _ => "an estimate: the layout is not public",
                },
                "record": match population.application {
                    Application::SpikeList => Vec::new(),
                    _ => words(placed.records(index)),
                },
            })
        });
    let populations: Vec<Value> = populations.collect();
    let tables = network
        .projections
        .iter()
        .zip(&placed.errors)
        .zip(&placed.nodes);
    let tables = tables.map(|((projection, error), node)| {
        let (kind, weights) = match &projection.synapses {
            Synapses::Rows(rows) => ("synapses", rows.len()),
            Synapses::Convolution(convolution) => ("kernels", convolution.weights()),
        };
        json!({
            "node": node,
            "source": network.populations[projection.source].name,
            "target": network.populations[projection.target].name,
            "kind": kind,
            "weights": weights,
            "relative_weight_error": error,
        })
    });
    json!({
        "resources": {
            "chips": used(chips.len(), system.chips.value),
            "processing_elements": used(
                placed.slices.len(),
                system.chips.value * system.usable_elements.value,
            ),
            "largest_element_bytes": used(bytes.max().unwrap_or(0), MEMORY.budget()),
            "largest_routing_table": used(entries.max().unwrap_or(0), system.router_entries.value),
        },
        "ticks": placed.run.ticks,
        "tick_microseconds": placed.run.tick,
        "populations": populations,
        "weight_tables": tables.collect::<Vec<_>>(),
    })
}
