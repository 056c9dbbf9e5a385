//! What `nirc compile` made, read back to be run.

use std::{fs, path::Path};

use nirc_dialects::finding::{Finding, Findings};
use nirc_targets::{ChipTarget, File};
use serde_json::Value;

use crate::load;

const MANIFEST: &str = "manifest.json";
const REPORT: &str = "report.json";

/// Whether `path` is an output folder or a chip's file, by its form: a folder, or a name in `.json`.
pub fn is_one(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|e| e == "json")
}

/// The chip and the files of an output folder, or of the one file at `path`, which needs `chip`.
///
/// # Errors
///
/// What cannot be read, and that it is not known which chip it is for.
pub fn read(
    path: &Path,
    chip: Option<&'static dyn ChipTarget>,
) -> Result<(&'static dyn ChipTarget, Vec<File>), Findings> {
    let files = if path.is_dir() {
        folder(path)?
    } else {
        vec![file(path)?]
    };
    let manifest = json(&files, MANIFEST);
    let named = manifest.as_ref().and_then(|m| m.get("target")?.as_str());
    let own = named.and_then(nirc_targets::lookup);
    match (own, chip) {
        (Some(own), Some(chip)) if own.name() != chip.name() => Err(Finding::error(
            "target",
            "a configuration runs on the model of its own chip",
            format!("it is for {}, the target is {}", own.name(), chip.name()),
        )
        .into()),
        (Some(chip), _) | (None, Some(chip)) => Ok((chip, files)),
        (None, None) => Err(Finding::error(
            "target",
            "it is known which chip a configuration is for",
            match named {
                Some(name) => format!("{MANIFEST} says `{name}`, which is no chip of ours"),
                None => format!("there is no {MANIFEST} that says it"),
            },
        )
        .fix("give the chip with --target")
        .into()),
    }
}

/// What a step stands for, in seconds, if the folder's report says it.
pub fn step(files: &[File]) -> Option<f64> {
    json(files, REPORT)?.get("step_seconds")?.as_f64()
}

fn json(files: &[File], name: &str) -> Option<Value> {
    let file = files.iter().find(|file| file.name == name)?;
    serde_json::from_slice(&file.content).ok()
}

fn folder(path: &Path) -> Result<Vec<File>, Finding> {
    let entries = fs::read_dir(path).map_err(|error| {
        let what = format!("`{}`: {error}", path.display());
        Finding::error("input", "the input can be read", what)
    })?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.is_file())
        .map(|path| file(path))
        .collect()
}

fn file(path: &Path) -> Result<File, Finding> {
    let name = path.file_name().unwrap_or_default();
    Ok(File {
        name: name.to_string_lossy().into_owned(),
        content: load::bytes(path)?,
        purpose: "",
    })
}
