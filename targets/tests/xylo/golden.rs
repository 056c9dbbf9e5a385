//! Golden vectors: whatever lies in the two folders.

use std::{fs, path::Path};

use ndarray::Array2;
use nirc_targets::xylo::{
    chip::Arithmetic,
    model::{Model, Record, Recording},
    specification::Specification,
};
use serde_json::Value;

use crate::corpus;

/// Runs a vector `{version, spec, raster, expected}`; the first key of `expected` that differs.
pub fn difference(vector: &Value) -> Option<String> {
    let specification = Specification::from_json(&vector["spec"].to_string()).unwrap();
    let arithmetic = match vector["version"].as_u64().unwrap() {
        1 => Arithmetic::V1,
        2 => Arithmetic::V2,
        other => panic!("version {other}"),
    };
    let rows = vector["raster"].as_array().unwrap();
    let raster = Array2::from_shape_fn((rows.len(), specification.input_channels()), |(t, c)| {
        u32::try_from(rows[t][c].as_u64().unwrap()).unwrap()
    });
    let mut model = Model::new(&specification, arithmetic).unwrap();
    let record = model.run(raster.view(), Recording::Everything).unwrap();
    let expected = vector["expected"].as_object().unwrap();
    assert!(expected.len() >= 7, "a vector expects all states");
    expected
        .iter()
        .find(|(key, value)| ours(&record, key) != **value)
        .map(|(key, _)| key.clone())
}

fn ours(record: &Record, key: &str) -> Value {
    fn rows<T: Copy + Into<i64>>(array: &Array2<T>) -> Value {
        let row = |r: ndarray::ArrayView1<'_, T>| r.iter().map(|&x| x.into()).collect::<Vec<i64>>();
        array.outer_iter().map(row).collect::<Vec<_>>().into()
    }
    match key {
        "spikes_out" => rows(&record.spikes_out),
        "spikes" => rows(&record.spikes),
        "vmem" => rows(&record.vmem),
        "isyn" => rows(&record.isyn),
        "isyn2" => rows(&record.isyn2),
        "vmem_out" => rows(&record.vmem_out),
        "isyn_out" => rows(&record.isyn_out),
        "hibernation" => record.hibernation.clone().into(),
        other => panic!("a vector expects `{other}`, which the model does not record"),
    }
}

/// Runs all vectors of a folder; how many there were.
fn run(folder: &Path) -> usize {
    let mut count = 0;
    for path in corpus::files(folder, "json") {
        let vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let difference = difference(&vector);
        assert_eq!(difference, None, "{} differs", path.display());
        count += 1;
    }
    count
}

#[test]
fn vectors_of_the_repository() {
    assert!(run(&corpus::workspace().join("tests/golden/xylo")) >= 9);
}

#[test]
fn vectors_of_the_corpus() {
    if let Some(folder) = corpus::outside("oracle/xylo/golden") {
        assert!(run(&folder) > 0);
    }
}
