//! `quant-to-hw` for Xylo: ids of channels and neurons, in the order of the module.

mod read;

pub use read::{membrane_overflow, most_spikes};

use melior::ir::{Location, operation::OperationLike};
use nirc_dialects::{
    finding::Finding,
    hw::{self, Role},
    ir::{self, Builder, body},
    quant::Op,
};
use nirc_passes::{Lowering, read_all};

use super::{chip::Chip, emit, legal};
use read::{Network, Typed};

/// Xylo has one core.
const CORE: i64 = 0;

/// Rewrites the module from `quant` to `hw`, and checks it against every limit of `chip`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn map(chip: &Chip, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
    let old = ir::operations(lowering.module);
    let ops = read_all::<Op<'_>>(lowering.module, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let network = match read::read(&ops, chip) {
        Ok(network) => network,
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    };
    build(&ops, &network, chip, lowering)?;
    ir::erase(&old);
    let specification = emit::specification(chip, lowering.module, lowering.tensors);
    match specification {
        Ok(specification) => lowering.findings.extend(legal::check(&specification, chip)),
        Err(findings) => lowering.findings.extend(findings),
    }
    Ok(())
}

fn build<'c>(
    ops: &[Typed<'c, '_>],
    network: &Network,
    chip: &Chip,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, ()> = Builder::new(lowering.context, block);
    let part = hw::Op::Chip {
        part: chip.name.to_owned(),
    };
    builder.emit(&part, &[], &[], Location::unknown(lowering.context))?;
    for (index, place) in &network.places {
        let (operation, op) = &ops[*index];
        let (first, count) = (place.first as i64, place.count as i64);
        let placed = match op.clone() {
            Op::Neuron {
                decay_syn: dash_syn,
                decay_mem: dash_mem,
                threshold,
                bias,
                scale,
                decay_error,
                ..
            } => hw::Op::Neurons {
                core: CORE,
                role: place.role,
                first,
                count,
                dash_syn,
                dash_mem,
                threshold,
                bias,
                scale,
                decay_error,
            },
            _ => hw::Op::Channels { first, count },
        };
        builder.emit(&placed, &[], &[], operation.location())?;
        for (table, source) in network.tables.get(index).into_iter().flatten() {
            let (operation, op) = &ops[*table];
            let Op::Linear {
                weight,
                shift,
                relative_error,
                ..
            } = op
            else {
                continue;
            };
            let role = match (source.role, place.role) {
                (_, Role::Readout) => Role::Readout,
                (Role::Input, _) => Role::Input,
                _ => Role::Recurrent,
            };
            let synapses = hw::Op::Synapses {
                core: CORE,
                role,
                source: source.first as i64,
                target: first,
                weight: *weight,
                shift: *shift,
                relative_error: *relative_error,
            };
            builder.emit(&synapses, &[], &[], operation.location())?;
        }
    }
    Ok(())
}
