//! Configuration files: read, written, and the words for the chip.

use std::{fs, path::Path};

use nirc_targets::speck::{
    configuration::Configuration,
    format::{Format, read, write},
    program,
};
use serde_json::Value;

use crate::corpus;

pub fn properties(path: &Path) -> Configuration {
    let read = read(&fs::read_to_string(path).unwrap(), Format::Properties);
    let (configuration, findings) = read.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(findings.0.is_empty(), "{}: {findings}", path.display());
    configuration
}

/// All files of the oracle with such an end, as pairs of stem and path.
pub fn oracle(ending: &str) -> Vec<(String, std::path::PathBuf)> {
    let Some(folder) = corpus::outside("oracle/speck") else {
        return Vec::new();
    };
    let files = corpus::files(&folder, "json");
    let named = files.into_iter().filter_map(|path| {
        let stem = path.to_str()?.strip_suffix(ending)?.to_owned();
        Some((stem, path))
    });
    let named: Vec<_> = named.collect();
    assert!(!named.is_empty(), "no file ends in {ending}");
    named
}

/// What samna 0.7.1 wrote for the same network.
#[test]
fn known_archives_are_read_and_written_again() {
    for (stem, path) in oracle("cereal.json") {
        let text = fs::read_to_string(&path).unwrap();
        let (configuration, findings) = read(&text, Format::Cereal).unwrap();
        assert!(findings.0.is_empty(), "{stem}: {findings}");
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let ours = write(configuration.clone(), Format::Cereal);
        assert_eq!(
            serde_json::from_str::<Value>(&ours).unwrap().to_string(),
            theirs.to_string(),
            "{stem}: values or their order"
        );
        assert_eq!(read(&ours, Format::Cereal).unwrap().0, configuration);
    }
}

/// As [`properties`], for what sinabs wrote.
#[test]
fn known_properties_are_read_and_written_again() {
    let mut paths = oracle(".speck2f.json");
    paths.extend(oracle("_sinabs.json"));
    for (stem, path) in paths {
        let configuration = properties(&path);
        let theirs: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let ours = write(configuration, Format::Properties);
        assert_eq!(
            serde_json::from_str::<Value>(&ours).unwrap(),
            theirs,
            "{stem}"
        );
    }
}

#[test]
fn words_are_those_of_samna() {
    for (stem, path) in oracle(".speck2b_program.json") {
        let theirs: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let theirs: Vec<u32> = serde_json::from_value(theirs["words"].clone()).unwrap();
        let archive = fs::read_to_string(format!("{stem}.speck2b_cereal.json")).unwrap();
        let (configuration, _) = read(&archive, Format::Cereal).unwrap();
        let ours = program::words(&configuration);
        let first = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert_eq!((ours.len(), first), (theirs.len(), None), "{stem}");
    }
}
