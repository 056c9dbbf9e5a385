//! What is used of the chip, and what integers cost.

use melior::ir::OperationRef;
use nirc_dialects::{
    hw::Op,
    ir::{self, DialectOp, node_name},
};
use serde_json::{Value, json};

use super::{
    chip::{CORES, Chip},
    memory::words,
};

/// The chip's part of the report on a module of level `hw`.
pub fn report(module: OperationRef<'_, '_>, chip: &Chip) -> Value {
    let (mut cores, mut populations, mut tables) = (Vec::new(), Vec::new(), Vec::new());
    let mut routes = Vec::new();
    let memory = |core: i64, inputs: i64, side: usize, map: &[i64]| {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let [channels, rows, columns] = [0, 1, 2].map(|i| map.get(i).copied().map_or(0, count));
        let used = words(count(inputs), channels, side as u64, columns, rows);
        let has = usize::try_from(core).ok();
        let has = has.and_then(|core| chip.memory.value.get(core));
        json!({
            "kernel_words": { "used": used.kernel, "limit": has.map(|m| m.kernel) },
            "neuron_words": { "used": used.neuron, "limit": has.map(|m| m.neuron) },
            "bias_words": { "used": used.bias, "limit": has.map(|m| m.bias) },
        })
    };
    for operation in ir::operations(module) {
        let node = node_name(operation);
        match Op::read(operation) {
            Ok(Op::ConvolutionCore {
                core,
                first,
                step,
                input,
                output,
                weight,
                relative_error,
                load,
                threshold,
                ..
            }) => {
                let side = weight.shape().last().copied().unwrap_or(0);
                let inputs = input.first().copied().unwrap_or(0);
                cores.push(json!({
                    "core": core, "node": node, "memory": memory(core, inputs, side, &output),
                    "synaptic_operations_if_all_sources_spike_once": load,
                }));
                populations.push(json!({
                    "node": node, "core": core, "first_channel": first, "channel_step": step,
                    "map": output, "threshold": threshold,
                }));
                tables.push(json!({
                    "node": node, "core": core, "shape": weight.shape(),
                    "relative_weight_error": relative_error,
                }));
            }
            Ok(Op::RelayCore { core, map }) => cores.push(json!({
                "core": core, "node": node, "relay": true,
                "memory": memory(core, map.first().copied().unwrap_or(0), 1, &map),
            })),
            Ok(Op::Route {
                core,
                target,
                channel_shift,
                pooling,
            }) => routes.push(json!({
                "core": core, "target": target, "channel_shift": channel_shift, "pooling": pooling,
            })),
            _ => {}
        }
    }
    json!({
        "resources": { "cores": { "used": cores.len(), "limit": CORES } },
        "cores": cores,
        "routes": routes,
        "populations": populations,
        "weight_tables": tables,
    })
}
