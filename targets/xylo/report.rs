//! What is used of the chip, and what integers cost.

use melior::ir::OperationRef;
use nirc_dialects::{
    hw::{Op, Role},
    ir::{self, DialectOp, node_name},
};
use serde_json::{Value, json};

/// The chip's part of the report on a module of level `hw`.
pub fn report(module: OperationRef<'_, '_>, limits: &[(&str, usize)]) -> Value {
    let (mut tables, mut populations) = (Vec::new(), Vec::new());
    let (mut channels, mut hidden, mut readouts) = (0, 0, 0);
    for operation in ir::operations(module) {
        let node = node_name(operation);
        match Op::read(operation) {
            Ok(Op::Channels { count, .. }) => channels += count,
            Ok(Op::Neurons {
                role,
                first,
                count,
                decay_error,
                ..
            }) => {
                *(if role == Role::Readout {
                    &mut readouts
                } else {
                    &mut hidden
                }) += count;
                populations.push(json!({
                    "node": node, "role": role.word(), "first_id": first, "count": count,
                    "decay_factor_error": decay_error,
                }));
            }
            Ok(Op::Synapses {
                role,
                weight,
                shift,
                relative_error,
                ..
            }) => tables.push(json!({
                "node": node, "role": role.word(), "shape": weight.shape(), "shift": shift,
                "relative_weight_error": relative_error,
            })),
            _ => {}
        }
    }
    let used = |used: i64, name: &str| {
        let limit = limits.iter().find(|(known, _)| *known == name);
        json!({ "used": used, "limit": limit.map(|(_, value)| value) })
    };
    json!({
        "resources": {
            "input_channels": used(channels, "input channels"),
            "hidden_neurons": used(hidden, "hidden neurons"),
            "readout_neurons": used(readouts, "readout neurons"),
        },
        "populations": populations,
        "weight_tables": tables,
    })
}
