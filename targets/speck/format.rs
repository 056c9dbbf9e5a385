//! The two files that a chip's configuration is kept in, both as JSON.
//!
//! `properties` has the names of samna's Python objects for speck2e and speck2f. `cereal` is what
//! samna's own `to_json` writes and `from_json` reads for speck2b. The fields of each stand in one
//! description, which is walked to read and to write, so that the two cannot differ.

mod cereal;
mod fields;
mod properties;
mod read;
mod write;

use nirc_dialects::finding::{Finding, Findings};

use super::configuration::Configuration;
use read::Reader;
use write::Writer;

/// How a configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Python's property names; lists are lists.
    Properties,
    /// samna's archive: lists are objects with keys `value0`, `value1` and so on.
    Cereal,
}

/// The text of a configuration. Arrays must be whole, see
/// [`Tensor::is_whole`](super::configuration::Tensor::is_whole), and what the format has no field for
/// is left out: [`crate::speck::legal::check`] says both before.
pub fn write(mut configuration: Configuration, format: Format) -> String {
    let mut writer = Writer::new(format);
    match format {
        Format::Properties => properties::describe(&mut configuration, &mut writer),
        Format::Cereal => cereal::describe(&mut configuration, &mut writer),
    }
    writer.finish()
}

/// The configuration in a text, with warnings.
///
/// # Errors
///
/// Text that is not JSON, and every field that is missing, has another type, is a number of more than 32
/// bits, or is a list of lists of different lengths.
pub fn read(text: &str, format: Format) -> Result<(Configuration, Findings), Findings> {
    let root: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        Finding::error(
            "speck-json",
            "a configuration is JSON",
            format!("it cannot be parsed: {error}"),
        )
    })?;
    let mut configuration = Configuration::silent();
    let mut reader = Reader::new(&root, format);
    match format {
        Format::Properties => properties::describe(&mut configuration, &mut reader),
        Format::Cereal => cereal::describe(&mut configuration, &mut reader),
    }
    let findings = reader.finish();
    if findings.has_errors() {
        return Err(findings);
    }
    Ok((configuration, findings))
}
