//! HDF5 files as trees, for formats of others that are HDF5 too.

use std::path::Path;

use super::{hdf5_read, hdf5_write, tree::Attributes};
use crate::finding::{Finding, Findings};

pub use super::tree::{Array, Group, Item};

/// The contents of the HDF5 file `bytes`, named `name` in findings. Arrays may take `max_bytes`.
///
/// # Errors
///
/// That it is no HDF5 file, or a damaged one.
pub fn read(bytes: Vec<u8>, name: &str, max_bytes: u64) -> Result<Group, Findings> {
    hdf5_read::load(bytes, Path::new(name), max_bytes)
}

/// `tree` as an HDF5 file, without attributes and not packed. The same tree gives the same bytes.
///
/// # Errors
///
/// That libhdf5 could not write it.
pub fn write(tree: &Group) -> Result<Vec<u8>, Findings> {
    let failed = |error: std::io::Error| {
        Finding::error(
            "hdf5-write-failed",
            "a temporary file can be written",
            error.to_string(),
        )
    };
    let file = tempfile::Builder::new().suffix(".h5").tempfile();
    let path = file.map_err(failed)?.into_temp_path();
    hdf5_write::store(tree, &Attributes::new(), &path, None)?;
    let bytes = std::fs::read(&path).map_err(failed)?;
    Ok(bytes)
}
