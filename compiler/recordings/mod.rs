//! Files of what runs recorded. The page `docs/inputs.md` describes them.

mod npz;
mod series;

use std::{fs, path::Path};

use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::Recording,
};

/// Writes the recordings of all samples to a file, in the format that the end of its name tells;
/// its folder is made if need be. The same recordings give the same bytes.
///
/// # Errors
///
/// An ending that is no format's, recordings that the format cannot hold, and whatever the file
/// system refuses.
///
/// `step` is the model's step in seconds, which the NIRData format needs.
pub fn write(
    path: &Path,
    recordings: &[Recording],
    step: Option<f64>,
) -> Result<Findings, Findings> {
    let _ = step;
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    let writer = match extension.to_ascii_lowercase().as_str() {
        "npz" => npz::write,
        _ => {
            return Err(Finding::error(
                "run-recording",
                "recordings are written to .npz",
                format!("`{}`", path.display()),
            )
            .into());
        }
    };
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|e| failed(parent, &e))?;
    }
    writer(path, recordings)
}

/// The finding about a file that cannot be written.
fn failed(path: &Path, error: &dyn std::fmt::Display) -> Finding {
    Finding::error(
        "output",
        "the output can be written",
        format!("`{}`: {error}", path.display()),
    )
}
