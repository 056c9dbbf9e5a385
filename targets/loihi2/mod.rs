//! Loihi 2, as far as it is public: quantiser, mapper, emitters and a model that does what Lava's fixed-point
//! processes do; and `lava-fixed`, their arithmetic without a chip. See `docs/targets/loihi2.md`.

mod arithmetic;
mod build;
mod chip;
mod emit;
pub mod files;
mod integers;
mod map;
pub mod model;
pub mod network;
pub mod netx;
mod neuron;
mod paths;
mod placed;
mod quantize;
mod report;
mod system;

pub use system::{Loihi2, TARGETS};

use nirc_dialects::{
    dt::Op,
    finding::Finding,
    ir::{self, DialectOp, Schedule},
};
use nirc_passes::{
    Approximations, Lowering, MapOptions, QuantizeOptions, Quantizer, Target, read_all,
};

/// The arithmetic of Lava's `fixed_pt` processes (lava-nc 0.10.0), with the integers that the NIR
/// paper's importer chooses.
pub struct LavaFixed;

/// The name of [`LavaFixed`].
const NAME: &str = "lava-fixed";

impl Target for LavaFixed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn has_chip(&self) -> bool {
        false
    }

    fn quantizers(&self) -> &'static [Quantizer] {
        &[Quantizer::Channel, Quantizer::Lava]
    }

    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding> {
        if options.approximate != Approximations::NONE || options.calibration.is_some() {
            lowering.findings.push(
                Finding::error(
                    "lava-option",
                    "integers are those of the NIR paper's importer",
                    format!("`{options}` asks for others"),
                )
                .fix("leave out `approximate` and `calibrate`"),
            );
        }
        let old = ir::operations(lowering.module);
        read_all::<Op<'_>>(lowering.module, lowering.findings);
        if lowering.findings.has_errors() {
            return Ok(());
        }
        // Between neurons, a value is a sum of weighted spikes; a neuron begins a new one.
        let neuron = |op| matches!(Op::read(op), Ok(Op::Neuron { .. }));
        let ordered = Schedule::new(&old, neuron)
            .and_then(|schedule| schedule.prepare(|op| Ok((op, Op::read(op)?))));
        let ops = match ordered {
            Ok(ops) => ops,
            Err(findings) => {
                lowering.findings.extend(findings);
                return Ok(());
            }
        };
        let network = paths::read(&ops, lowering);
        if let Some(network) = network
            && build::build(&ops, &network, lowering)?
        {
            ir::erase(&old);
        }
        Ok(())
    }

    fn map(
        &self,
        _lowering: &mut Lowering<'_, '_, '_>,
        _options: &MapOptions,
    ) -> Result<(), Finding> {
        Err(Finding::error(
            "lava-no-chip",
            "a module is placed on a chip",
            format!("{NAME} is Lava's software arithmetic; it has no chip"),
        )
        .why("Intel's compiler for Loihi 2 is not public")
        .fix("run the module at level quant"))
    }
}
