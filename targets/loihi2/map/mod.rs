//! `quant-to-hw` for Loihi 2.

mod build;
mod cost;
mod forms;
mod options;
mod place;
mod processes;
mod read;
mod relays;

use nirc_dialects::{finding::Finding, ir, quant::Op};
use nirc_passes::{Lowering, MapOptions, read_all};

pub use forms::connection_form;
pub use relays::RELAY_BITS;

use super::chip::System;
use options::Options;

/// Rewrites the module from `quant` to `hw` for `system`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn map(
    system: &System,
    lowering: &mut Lowering<'_, '_, '_>,
    options: &MapOptions,
) -> Result<(), Finding> {
    let options = match Options::read(options) {
        Ok(options) => Some(options),
        Err(findings) => {
            lowering.findings.extend(findings);
            None
        }
    };
    let old = ir::operations(lowering.module);
    let ops = read_all::<Op<'_>>(lowering.module, lowering.findings);
    let read = read::read(&ops, lowering.tensors, lowering.findings);
    let Some(options) = options.filter(|_| !lowering.findings.has_errors()) else {
        return Ok(());
    };
    let mut processes = processes::processes(lowering.context, read, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    match place::place(system, &processes.network, &options) {
        Ok(placement) => processes.network.placement = Some(placement),
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(());
        }
    }
    build::build(system, &processes, lowering)?;
    ir::erase(&old);
    Ok(())
}
