//! The class of each sample.

use std::path::Path;

use nirc_dialects::finding::Finding;

use super::{file, npy};

/// One class number for each sample: an `.npy` of whole numbers.
///
/// # Errors
///
/// A finding if the file cannot be read, or has anything but class numbers.
pub fn labels(path: &Path) -> Result<Vec<usize>, Finding> {
    let name = path.display().to_string();
    npy::read(&file::bytes(path)?, &name)?
        .iter()
        .map(|x| {
            (*x >= 0.0 && x.fract() == 0.0)
                .then_some(*x as usize)
                .ok_or_else(|| {
                    Finding::error(
                        "run-labels",
                        "labels are class numbers",
                        format!("`{name}` has {x}"),
                    )
                })
        })
        .collect()
}
