//! `quant-to-hw` for Speck: which output channels stand on which core, and where events go.

mod build;
mod graph;
mod load;
mod options;
mod place;
mod read;
mod relay;
mod split;

use nirc_dialects::{finding::Finding, ir, quant::Op};
use nirc_passes::{Lowering, MapOptions, read_all};

pub use self::{
    graph::{Need, Unit, Work},
    place::{Assignment, Cost, matched, place},
};
use super::{chip::Chip, emit, legal};

/// Rewrites the module from `quant` to `hw`, and checks it against every limit of `chip`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn map(
    chip: &Chip,
    lowering: &mut Lowering<'_, '_, '_>,
    options: &MapOptions,
) -> Result<(), Finding> {
    let old = ir::operations(lowering.module);
    let options = match options::Settings::read(options, chip) {
        Ok(options) => options,
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    };
    let ops = read_all::<Op<'_>>(lowering.module, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let mut network = match read::read(&ops, chip, lowering.tensors) {
        Ok(network) => network,
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    };
    if options.sensor.is_none() {
        network.relay_inputs();
    }
    let assignment = match place(&network.work(&options, chip), chip, options.spread) {
        Ok(assignment) => assignment,
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    };
    build::build(&network, &assignment, &options, chip, lowering)?;
    ir::erase(&old);
    match emit::placed(chip, lowering.module, lowering.tensors) {
        Ok((configuration, placement)) => {
            let nodes = placement.nodes_by_core();
            lowering
                .findings
                .extend(legal::check(&configuration, chip, &nodes));
        }
        Err(findings) => lowering.findings.extend(findings),
    }
    Ok(())
}
