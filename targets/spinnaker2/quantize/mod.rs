//! `dt-to-quant` for SpiNNaker2.

mod build;
mod delay;
mod importer;
mod input;
mod integers;
mod neuron;
mod scale;

use nirc_dialects::{dt, finding::Finding, ir};
use nirc_passes::{
    Lowering, QuantizeOptions, Quantizer,
    connections::{self, Codes, timing},
    read_all,
};

/// The codes of findings about connections.
const CODES: Codes = Codes {
    op: "s2-op",
    output: "s2-output",
    latency: "s2-latency",
    cycle: "s2-cycle",
};

/// The quantisers that the target has.
pub const QUANTIZERS: &[Quantizer] = &[
    Quantizer::Channel,
    Quantizer::Global,
    Quantizer::PySpinnaker2,
];

/// Rewrites the module from `dt` to `quant`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn quantize(
    lowering: &mut Lowering<'_, '_, '_>,
    options: &QuantizeOptions,
) -> Result<(), Finding> {
    let old = ir::operations(lowering.module);
    let ops = read_all::<dt::Op<'_>>(lowering.module, lowering.findings);
    let network = connections::read(&ops, &CODES, lowering);
    let mut analysed = Vec::new();
    for population in &network.populations {
        analysed.extend(neuron::analyse(population, lowering));
    }
    let counts = input::most_spikes(&network, options, lowering);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let is_late: Vec<bool> = analysed.iter().map(|a| a.is_late).collect();
    let timing = timing(&network, &is_late, &[], &CODES, lowering.findings);
    delay::check(&network, &timing, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let mut populations = Vec::new();
    for (index, analysed) in analysed.iter().enumerate() {
        populations.extend(integers::population(
            &network, index, analysed, &timing, &counts, &ops, options, lowering,
        ));
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    build::build(&network, &populations, &timing, &counts, lowering)?;
    ir::erase(&old);
    Ok(())
}
