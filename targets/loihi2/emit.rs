//! The files of a compilation.

mod manifest;

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Simulator,
    tensor::TensorStore,
};

use super::{chip::System, placed::Placed, report};
use crate::File;

/// Where everything stands, and what it takes.
pub const MANIFEST: &str = "manifest.json";
/// The cores in the columns of Intel's compiler.
pub const CORES: &str = "cores.md";

/// The files of a module of level `hw`.
///
/// # Errors
///
/// Ops that do not fit each other, and what no file holds.
pub fn emit(
    system: &System,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<Vec<File>, Findings> {
    let placed = Placed::read(module, tensors)?;
    Ok(vec![
        File::text(
            MANIFEST,
            manifest::write(system, &placed),
            "what stands on which core, and what it takes",
        ),
        File::text(
            CORES,
            report::table(&placed.network),
            "the cores in the columns of Intel's compiler",
        ),
    ])
}

/// The model of what files say.
///
/// # Errors
///
/// What keeps the files from being loaded.
pub fn model(files: &[File]) -> Result<Box<dyn Simulator>, Findings> {
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    Err(Finding::error(
        "loihi2-files",
        "the model is loaded with a network",
        format!("there is none in {}", names.join(", ")),
    )
    .into())
}
