//! SynSense Speck: chip data, legality, quantiser, mapper, files and models of the three chips of the
//! family. See `docs/targets/speck.md`.

pub mod chip;
mod chip_data;
pub mod configuration;
mod cost;
pub mod emit;
pub mod format;
pub mod legal;
pub mod loader;
pub mod map;
pub mod memory;
pub mod model;
pub mod placement;
pub mod program;
mod quantize;
mod report;
mod simulate;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};
use nirc_passes::{
    Lowering, MapOptions, QuantizeOptions, Quantizer, Target, rewrite::cost::CostModel,
};
use serde_json::Value;

use self::{
    chip::Chip,
    model::{Model, Options, Stepped},
    placement::Placement,
};
use crate::{ChipTarget, File};

/// A chip of the family as a target of the passes.
pub struct Speck(&'static Chip);

/// The chips, oldest first.
pub static TARGETS: [Speck; 3] = [
    Speck(&chip_data::CHIPS[0]),
    Speck(&chip_data::CHIPS[1]),
    Speck(&chip_data::CHIPS[2]),
];

/// The chip working on events.
const EVENTS: &str = "events";
/// The vendor's simulation in steps.
const SINABS: &str = "sinabs";

impl Target for Speck {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn cost(&self) -> Box<dyn CostModel> {
        Box::new(cost::cost(self.0))
    }

    fn quantizers(&self) -> &'static [Quantizer] {
        &[Quantizer::Channel, Quantizer::Global, Quantizer::Sinabs]
    }

    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding> {
        quantize::quantize(self.0, lowering, options)
    }

    fn map(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &MapOptions,
    ) -> Result<(), Finding> {
        map::map(self.0, lowering, options)
    }
}

impl ChipTarget for Speck {
    fn part_number(&self) -> &'static str {
        self.0.part_number
    }

    fn limits(&self) -> Vec<(&'static str, usize)> {
        let chip = self.0;
        let number = |value: i64| usize::try_from(value).unwrap_or(0);
        let total = |of: fn(&chip::Memory) -> u64| -> usize {
            chip.memory.value.iter().map(of).sum::<u64>() as usize
        };
        vec![
            ("cores", chip::CORES),
            ("kernel words", total(|m| m.kernel)),
            ("neurons", total(|m| m.neuron)),
            ("channels of a core", number(chip.features.value.high)),
            ("side of a kernel", number(chip.kernel_size.value.high)),
            ("rows of a map", number(chip.output_size.value.high)),
            ("destinations of a core", chip::DESTINATIONS),
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
        report::report(module, self.0)
    }

    /// The last ones are the model on events with one of its options.
    fn models(&self) -> &'static [&'static str] {
        &[
            EVENTS,
            SINABS,
            "breadth-first",
            "round-robin",
            "row-column-feature",
            "wrap",
            "leak-silent",
        ]
    }

    /// The integers of level `quant` are added up step by step, the chip works event by event.
    fn is_exact(&self, _variant: &str) -> bool {
        false
    }

    fn model(&self, files: &[File], variant: &str) -> Result<Box<dyn Simulator>, Findings> {
        let named = |name: &str| files.iter().find(|file| file.name == name);
        let file = named(emit::CONFIGURATION).ok_or_else(|| {
            Finding::error(
                "speck-no-configuration",
                "the model is loaded with a configuration",
                format!("no file is named `{}`", emit::CONFIGURATION),
            )
        })?;
        let (configuration, _) = format::read(file.as_text()?, emit::format(self.0))?;
        let placement = match named(emit::PLACEMENT) {
            Some(file) => Placement::read(file.as_text()?)?,
            None => Placement::of(&configuration, self.0),
        };
        if variant == SINABS {
            let model = Stepped::new(&configuration, self.0)?;
            return Ok(Box::new(simulate::Board::steps(
                model,
                &configuration,
                placement,
            )));
        }
        let words = if variant == EVENTS { "" } else { variant };
        let options = Options::parse(words).ok_or_else(|| {
            Finding::error(
                "speck-model",
                "the model is one of the chip's",
                format!("there is no model `{variant}`"),
            )
            .fix(format!("its models are: {}", self.models().join(", ")))
        })?;
        let model = Model::new(&configuration, self.0, options)?;
        Ok(Box::new(simulate::Board::events(
            model,
            &configuration,
            placement,
        )))
    }
}
