//! Samples from a file of any format.

use std::{fs, path::Path};

use nirc_dialects::finding::{Finding, Findings};

use super::{
    Column, Input, InputArray, array, csv, nirdata, npy, npz,
    source::{File, Format},
};

/// Reads the samples of those of the `wanted` inputs that the file has data for.
///
/// # Errors
///
/// What cannot be read, or does not fit the input that it is for.
pub fn read(
    file: &File,
    wanted: &[(usize, Input<'_>)],
    step: Option<f64>,
    findings: &mut Findings,
) -> Result<Vec<Column>, Findings> {
    match file.format {
        Format::Npy => {
            let input = only(file, wanted)?;
            let array = npy::read(&bytes(&file.path)?, &file.path.display().to_string())?;
            columns(vec![(input, array)], file, findings)
        }
        Format::Npz => columns(npz::read(file, wanted)?, file, findings),
        Format::Csv => csv::read(file, wanted, step, findings),
        Format::NirData => nirdata::read(file, wanted, step),
    }
}

/// What the file holds.
///
/// # Errors
///
/// The finding `run-npy` with what the system said.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Finding> {
    fs::read(path).map_err(|e| unreadable(&path.display().to_string(), &e.to_string()))
}

/// The finding about an array or file that cannot be read.
pub fn unreadable(name: &str, what: &str) -> Finding {
    Finding::error(
        "run-npy",
        "the arrays of a file can be read",
        format!("`{name}`: {what}"),
    )
}

/// The one input of a file that has no names in it.
///
/// # Errors
///
/// A finding if there are several.
pub fn only<'a>(file: &File, wanted: &[(usize, Input<'a>)]) -> Result<(usize, Input<'a>), Finding> {
    match wanted {
        [input] => Ok(*input),
        _ => Err(Finding::error(
            "run-input",
            "each input of the model has data from one source",
            format!(
                "`{}` has no names of inputs, the model has {} inputs",
                file.path.display(),
                wanted.len()
            ),
        )
        .fix("name the input that it is for, INPUT=FILE, or give an .npz with all of them")),
    }
}

/// Arrays as samples of their inputs.
fn columns(
    arrays: Vec<InputArray<'_>>,
    file: &File,
    findings: &mut Findings,
) -> Result<Vec<Column>, Findings> {
    let mut refused = Findings::new();
    let mut columns = Vec::new();
    for ((index, input), array) in arrays {
        match array::samples(array, input, &file.path, findings) {
            Ok(samples) => columns.push((index, samples)),
            Err(finding) => refused.push(finding),
        }
    }
    if refused.has_errors() {
        return Err(refused);
    }
    Ok(columns)
}
