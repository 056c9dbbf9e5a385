//! The files of a compilation.

mod manifest;

use melior::ir::OperationRef;
use nirc_dialects::{finding::Findings, simulation::Simulator, tensor::TensorStore};

use super::{chip::System, files, model::Simulation, placed::Placed, report};
use crate::File;

/// Where everything stands, and what it takes.
pub const MANIFEST: &str = "cores.json";
/// The cores in the columns of Intel's compiler.
pub const CORES: &str = "cores.md";

/// The files of a module of level `hw`: the network as a netx file if netx can hold it, else as a script for
/// Lava with its arrays; and what stands on which core.
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
    let (mut files, why_no_netx) = files::write(&placed.network)?;
    files.push(File::text(
        MANIFEST,
        manifest::write(system, &placed, &why_no_netx),
        "what stands on which core, and what it takes",
    ));
    files.push(File::text(
        CORES,
        report::table(&placed.network),
        "the cores in the columns of Intel's compiler",
    ));
    Ok(files)
}

/// The model of what files say.
///
/// # Errors
///
/// What keeps the files from being loaded.
pub fn model(files: &[File]) -> Result<Box<dyn Simulator>, Findings> {
    Ok(Box::new(Simulation::new(files::read(files)?)?))
}
