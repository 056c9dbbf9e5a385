//! SpiNNaker2: chip data, quantiser, mapper, emitters and a model of what the applications of
//! py-spinnaker2 compute. See `docs/targets/spinnaker2.md`.

pub mod application;
mod bundle;
pub mod chip;
pub mod chip_data;
pub mod convolution;
mod emit;
pub mod grid;
pub mod image;
mod images;
mod map;
pub mod model;
pub mod network;
mod placed;
mod quantize;
mod report;
pub mod routing;
pub mod rows;
pub mod word;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};
use nirc_passes::{Lowering, MapOptions, QuantizeOptions, Quantizer, Target};
use serde_json::Value;

use crate::{ChipTarget, File};

use chip::System;
use chip_data::{MEMORY, SYSTEMS};

/// A board as a target of the passes.
pub struct Spinnaker2(&'static System);

/// The boards, smallest first.
pub static TARGETS: [Spinnaker2; 2] = [Spinnaker2(&SYSTEMS[0]), Spinnaker2(&SYSTEMS[1])];

/// The model that runs the network file, the usual one.
const NETWORK: &str = "network";
/// The model that runs memory images and routing tables.
const IMAGES: &str = "images";

impl Target for Spinnaker2 {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn quantizers(&self) -> &'static [Quantizer] {
        quantize::QUANTIZERS
    }

    fn quantize(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &QuantizeOptions,
    ) -> Result<(), Finding> {
        quantize::quantize(lowering, options)
    }

    fn map(
        &self,
        lowering: &mut Lowering<'_, '_, '_>,
        options: &MapOptions,
    ) -> Result<(), Finding> {
        map::map(self.0, lowering, options)
    }
}

impl ChipTarget for Spinnaker2 {
    fn part_number(&self) -> &'static str {
        self.0.part_number
    }

    fn limits(&self) -> Vec<(&'static str, usize)> {
        let system = self.0;
        vec![
            ("chips", system.chips.value),
            (
                "processing elements",
                system.chips.value * system.usable_elements.value,
            ),
            (
                "neurons on an element",
                application::Application::Lif.row().atoms.value,
            ),
            ("bytes on an element", MEMORY.budget()),
            ("router entries of a chip", system.router_entries.value),
        ]
    }

    fn emit(
        &self,
        module: OperationRef<'_, '_>,
        tensors: &TensorStore,
        template: Option<&str>,
    ) -> Result<Vec<File>, Findings> {
        if template.is_some() {
            return Err(Finding::error(
                "s2-template",
                "a template is a configuration of the chip",
                "there are no templates for SpiNNaker2",
            )
            .into());
        }
        emit::emit(self.0, module, tensors)
    }

    fn report(&self, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Value {
        report::report(self.0, module, tensors)
    }

    fn models(&self) -> &'static [&'static str] {
        &[NETWORK, IMAGES]
    }

    fn model(&self, files: &[File], variant: &str) -> Result<Box<dyn Simulator>, Findings> {
        if variant == IMAGES {
            return Ok(Box::new(model::Machines::load(files)?));
        }
        let file = files.iter().find(|file| file.name == emit::NETWORK);
        let file = file.ok_or_else(|| {
            Finding::error(
                "s2-network",
                "the model is loaded with a network file",
                format!("no file is named `{}`", emit::NETWORK),
            )
        })?;
        let network = bundle::read(file.as_text()?)?;
        Ok(Box::new(model::Model::new(&network)))
    }
}
