//! The chips that nirc compiles to: one folder a chip family. No target knows another.
//!
//! A target is chip data, legality, a quantiser, a mapper, an emitter, and a model that runs what
//! was emitted. See `docs/targets`.

pub mod loihi2;
pub mod speck;
pub mod spinnaker2;
pub mod xylo;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    hw, ir,
    ir::DialectOp,
    simulation::Simulator,
    tensor::TensorStore,
};
use nirc_passes::Target;
use serde_json::Value;

/// A chip, with what follows the passes.
pub trait ChipTarget: Target {
    /// The vendor's part number, e.g. `SYNS61201`.
    fn part_number(&self) -> &'static str;

    /// The limits that users ask for first, by name; the family's page has all.
    fn limits(&self) -> Vec<(&'static str, usize)>;

    /// The files for the chip, from a module of level `hw` and nothing else. `template` is the text
    /// of a configuration to fill in place of the built-in one.
    ///
    /// # Errors
    ///
    /// All that keeps the module from the chip, and what a template lacks.
    fn emit(
        &self,
        module: OperationRef<'_, '_>,
        tensors: &TensorStore,
        template: Option<&str>,
    ) -> Result<Vec<File>, Findings>;

    /// What `report.json` says of the chip: resources with what is used and the limit, populations,
    /// weight tables with their errors, and what else the chip has to report. An object.
    fn report(&self, module: OperationRef<'_, '_>, tensors: &TensorStore) -> Value;

    /// The names of the chip's models, the usual first.
    fn models(&self) -> &'static [&'static str] {
        &["chip"]
    }

    /// Whether model `variant` does exactly what the integers of level `quant` do. One that does
    /// not says on the chip's page where it departs.
    fn is_exact(&self, _variant: &str) -> bool {
        true
    }

    /// The chip's model `variant`, one of [`ChipTarget::models`], loaded with emitted files.
    ///
    /// # Errors
    ///
    /// What keeps the files from being loaded.
    fn model(&self, files: &[File], variant: &str) -> Result<Box<dyn Simulator>, Findings>;
}

/// A file of a compilation's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name in the output folder.
    pub name: String,
    /// The content.
    pub content: Vec<u8>,
    /// What it is for.
    pub purpose: &'static str,
}

impl File {
    /// A file of text.
    pub fn text(name: impl Into<String>, content: String, purpose: &'static str) -> Self {
        Self {
            name: name.into(),
            content: content.into_bytes(),
            purpose,
        }
    }

    /// The content, of a file that is text.
    ///
    /// # Errors
    ///
    /// A finding if it is not UTF-8.
    pub fn as_text(&self) -> Result<&str, Finding> {
        std::str::from_utf8(&self.content).map_err(|error| {
            Finding::error(
                "file-text",
                "the file is text",
                format!("`{}`: {error}", self.name),
            )
        })
    }
}

/// All chips, by family, oldest first.
pub fn all() -> Vec<&'static dyn ChipTarget> {
    let xylo = xylo::TARGETS.iter().map(|t| t as &dyn ChipTarget);
    let speck = speck::TARGETS.iter().map(|t| t as &dyn ChipTarget);
    let spinnaker2 = spinnaker2::TARGETS.iter().map(|t| t as &dyn ChipTarget);
    let loihi2 = loihi2::TARGETS.iter().map(|t| t as &dyn ChipTarget);
    xylo.chain(speck).chain(loihi2).chain(spinnaker2).collect()
}

/// The chip of this name or part number.
pub fn lookup(name: &str) -> Option<&'static dyn ChipTarget> {
    all()
        .into_iter()
        .find(|target| target.name() == name || target.part_number().eq_ignore_ascii_case(name))
}

/// All that integers can be made for: the chips, and arithmetics without a chip.
pub fn arithmetics() -> Vec<&'static dyn Target> {
    let chips = all().into_iter().map(|chip| chip as &dyn Target);
    chips.chain([&loihi2::LavaFixed as &dyn Target]).collect()
}

/// What integers are made for: the chip of this name or part number, or the arithmetic of this name.
pub fn arithmetic(name: &str) -> Option<&'static dyn Target> {
    let chip = lookup(name).map(|chip| chip as &dyn Target);
    chip.or_else(|| {
        arithmetics()
            .into_iter()
            .find(|target| target.name() == name)
    })
}

/// The chip that a module of level `hw` is placed on.
///
/// # Errors
///
/// A finding if the module names no chip of ours.
pub fn of(module: OperationRef<'_, '_>) -> Result<&'static dyn ChipTarget, Finding> {
    let part =
        ir::operations(module)
            .into_iter()
            .find_map(|operation| match hw::Op::read(operation) {
                Ok(hw::Op::Chip { part }) => Some(part),
                _ => None,
            });
    part.as_deref().and_then(lookup).ok_or_else(|| {
        Finding::error(
            "hw-chip",
            "a module of level hw names its chip",
            match part {
                Some(part) => format!("`{part}` is no chip of ours"),
                None => "it names none".to_owned(),
            },
        )
    })
}
