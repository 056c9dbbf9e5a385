//! Files of what runs recorded. The page `docs/inputs.md` describes them.

mod csv;
mod nirdata;
mod npz;
mod series;

use std::{fs, path::Path};

use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Recording,
};

/// Writes the recordings of all samples to a file, in the format that the end of its name tells;
/// its folder is made if need be. The same recordings give the same bytes. What the format leaves
/// out is a warning.
///
/// `step` is the model's step in seconds, which the NIRData format needs.
///
/// # Errors
///
/// An ending that is no format's, recordings that the format cannot hold, and whatever the file
/// system refuses.
pub fn write(
    path: &Path,
    recordings: &[Recording],
    step: Option<f64>,
) -> Result<Findings, Findings> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|e| failed(parent, &e))?;
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "npz" => npz::write(path, recordings),
        "csv" => csv::write(path, recordings),
        "h5" | "hdf5" | "nirdata" => nirdata::write(path, recordings, step),
        _ => Err(refuse(format!("`{}` has none of them", path.display())).into()),
    }
}

/// The finding about recordings that cannot be written.
fn refuse(what: impl Into<String>) -> Finding {
    Finding::error(
        "run-recording",
        "recordings are written to .npz, .csv, .h5, .hdf5 or .nirdata, which can hold them",
        what,
    )
}

/// The finding about a file that cannot be written.
fn failed(path: &Path, error: &dyn std::fmt::Display) -> Finding {
    Finding::error(
        "output",
        "the output can be written",
        format!("`{}`: {error}", path.display()),
    )
}
