//! The systems as targets.

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};
use nirc_passes::{Lowering, MapOptions, QuantizeOptions, Quantizer, Target};
use serde_json::Value;

use super::{
    chip::{NEURONS, SYNAPSE_WORDS, SYSTEMS, System, TOTAL_WORDS, USABLE_CORES},
    emit, map, quantize, report,
};
use crate::{ChipTarget, File};

/// A system of chips as a target of the passes.
pub struct Loihi2(&'static System);

/// The systems, smallest first.
pub static TARGETS: [Loihi2; 3] = [
    Loihi2(&SYSTEMS[0]),
    Loihi2(&SYSTEMS[1]),
    Loihi2(&SYSTEMS[2]),
];

impl Target for Loihi2 {
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

impl ChipTarget for Loihi2 {
    fn part_number(&self) -> &'static str {
        self.0.part_number
    }

    fn limits(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("chips", self.0.chips()),
            ("cores", self.0.chips() * USABLE_CORES),
            ("neurons on a core", NEURONS),
            ("synapse words on a core", SYNAPSE_WORDS),
            ("words on a core", TOTAL_WORDS),
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
                "loihi2-template",
                "a template is a configuration of the chip",
                "there are no templates for Loihi 2",
            )
            .into());
        }
        emit::emit(self.0, module, tensors)
    }

    fn report(&self, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Value {
        report::report(self.0, module, tensors)
    }

    fn model(&self, files: &[File], _variant: &str) -> Result<Box<dyn Simulator>, Findings> {
        emit::model(files)
    }
}
