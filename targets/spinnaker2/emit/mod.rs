//! The files for the chip, from a module of level `hw` and nothing else.

pub mod bundle;
pub mod elements;
mod numbers;
mod pacman;

use melior::ir::OperationRef;
use nirc_dialects::{finding::Findings, tensor::TensorStore};

use super::{chip::System, placed::Placed};
use crate::File;

/// The network for py-spinnaker2.
pub const NETWORK: &str = "network.json";
/// What stands on which processing element.
pub const ELEMENTS: &str = "elements.json";
/// The multicast tables.
pub const TABLES: &str = "routing_tables.json";

/// The files of a module placed on `system`.
///
/// # Errors
///
/// All ops that do not fit each other, and data that do not fit an element.
pub fn emit(
    system: &System,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<Vec<File>, Findings> {
    let placed = Placed::read(module, tensors)?;
    let mut files = vec![
        File::text(
            NETWORK,
            bundle::network(system, &placed),
            "the network in integers, for run_spinnaker2.py and the chip model",
        ),
        File::text(
            "run_spinnaker2.py",
            include_str!("run_spinnaker2.py").to_owned(),
            "builds the network with py-spinnaker2 and runs it",
        ),
    ];
    files.extend(elements::files(system, &placed)?);
    files.extend(pacman::files(system, &placed)?);
    Ok(files)
}
