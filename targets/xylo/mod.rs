//! SynSense Xylo: chip data, legality, quantiser, mapper, emitters and a bit-exact model of the four
//! chips of the family. See `docs/targets/xylo.md`.

pub mod chip;
mod chip_data;
pub mod emit;
mod fields;
pub mod json;
pub mod legal;
pub mod loader;
mod map;
pub mod model;
mod quantize;
pub mod registers;
mod report;
pub mod samna;
mod simulate;
pub mod specification;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};
use nirc_passes::{Lowering, MapOptions, Options, QuantizeOptions, Quantizer, Target};
use serde_json::Value;

use crate::{ChipTarget, File};

use chip::Chip;
pub use chip_data::CHIPS;

/// A chip of the family as a target of the passes.
pub struct Xylo(&'static Chip);

/// The chips, oldest first.
pub static TARGETS: [Xylo; 4] = [
    Xylo(&CHIPS[0]),
    Xylo(&CHIPS[1]),
    Xylo(&CHIPS[2]),
    Xylo(&CHIPS[3]),
];

impl Target for Xylo {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding> {
        quantize::quantize(self.0, lowering, options)
    }

    fn quantizers(&self) -> &'static [Quantizer] {
        &[
            Quantizer::Channel,
            Quantizer::Global,
            Quantizer::RockpoolChannel,
            Quantizer::RockpoolGlobal,
        ]
    }

    fn map(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &MapOptions,
    ) -> Result<(), Finding> {
        if let Err(findings) = Options::of("quant-to-hw", &options.0).finish() {
            lowering.findings.extend(findings);
            return Ok(());
        }
        map::map(self.0, lowering)
    }
}

impl ChipTarget for Xylo {
    fn part_number(&self) -> &'static str {
        self.0.part_number
    }

    fn limits(&self) -> Vec<(&'static str, usize)> {
        let chip = self.0;
        let bias_bits = if chip.bias.is_some() { 8 } else { 0 };
        vec![
            ("input channels", chip.input_channels.value),
            ("hidden neurons", chip.hidden_neurons.value),
            ("readout neurons", chip.readout_neurons.value),
            ("fan-out", chip.fan_out.value),
            ("connections", chip.connections.value),
            ("bias bits", bias_bits),
        ]
    }

    fn emit(
        &self,
        module: OperationRef<'_, '_>,
        tensors: &TensorStore,
        template: Option<&str>,
    ) -> Result<Vec<File>, Findings> {
        emit::emit(self.0, module, tensors, template)
    }

    fn report(&self, module: OperationRef<'_, '_>, _tensors: &TensorStore) -> Value {
        report::report(module, &self.limits())
    }

    fn model(&self, files: &[File], _variant: &str) -> Result<Box<dyn Simulator>, Findings> {
        let configuration = files
            .iter()
            .find(|file| file.name.starts_with(emit::CONFIGURATION))
            .ok_or_else(|| {
                Finding::error(
                    "xylo-no-configuration",
                    "the model is loaded with a configuration",
                    format!("no file is named `{}...`", emit::CONFIGURATION),
                )
            })?;
        let loaded = samna::parse(&json::Json::read(configuration.as_text()?)?, self.0)?;
        let model = model::Model::new(&loaded.specification, self.0.arithmetic.value)?;
        let named = files.iter().find(|file| file.name == emit::SPECIFICATION);
        let nodes = match named {
            Some(file) => specification::Specification::from_json(file.as_text()?)?.nodes,
            None => Vec::new(),
        };
        Ok(Box::new(simulate::Core::new(model, nodes)))
    }
}
