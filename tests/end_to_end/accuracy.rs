//! The models of the repository, at every level that runs, on their held-out samples.

use std::path::Path;

use serde_json::Value;

use crate::support::{model, npy, succeed};

/// What `nirc run` says of one level.
struct Level {
    correct: u64,
    counts: Vec<Vec<f64>>,
}

fn run(name: &str, levels: &str, options: &[&str]) -> Vec<Level> {
    let path = |file: &str| model(&format!("{name}/{file}"));
    let (file, input, labels) = (
        path(&format!("{name}.nir")),
        path("test_inputs.npy"),
        path("test_labels.npy"),
    );
    let fixed = [
        Path::new("run"),
        &file,
        Path::new("--level"),
        Path::new(levels),
        Path::new("--input"),
        &input,
        Path::new("--labels"),
        &labels,
        Path::new("--json"),
        Path::new("--reset"),
        Path::new("subtract"),
    ];
    let text = succeed(fixed.into_iter().chain(options.iter().map(Path::new)));
    let value: Value = serde_json::from_str(&text).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let row = |row: &Value| row.as_array().unwrap().iter().map(number).collect();
    let level = |level: &Value| Level {
        correct: level["correct"].as_u64().unwrap(),
        counts: level["counts"]
            .as_array()
            .unwrap()
            .iter()
            .map(row)
            .collect(),
    };
    value.as_array().unwrap().iter().map(level).collect()
}

/// The spike counts that the framework gave for the stored inputs.
fn expected_counts(name: &str) -> Vec<Vec<f64>> {
    let array = npy(&model(&format!("{name}/expected_counts.npy")));
    array
        .outer_iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

/// snnTorch resets in the step after a spike, so in its convention level `dt` gives its counts.
#[test]
fn motions_at_level_dt_is_what_the_framework_ran() {
    for double in [&[][..], &["--double"]] {
        let options = [&["--dt", "1e-4", "--reset-timing", "next-step"], double].concat();
        let levels = run("motions", "dt", &options);
        assert_eq!(levels[0].correct, 40);
        assert_eq!(levels[0].counts, expected_counts("motions"));
    }
}

/// What is given beside a convention overrides its part: the model was trained without a lower bound,
/// which Sinabs's importer would add.
#[test]
fn digits_at_level_dt_is_what_the_framework_ran() {
    let convention = ["--convention", "sinabs", "--dt", "1"];
    let options = [&convention[..], &["--lower-bound", "none"]].concat();
    let levels = run("digits", "dt", &options);
    assert_eq!(levels[0].correct, 194);
    assert_eq!(levels[0].counts, expected_counts("digits"));
    let bounded = run("digits", "dt", &convention);
    assert_ne!(bounded[0].counts, expected_counts("digits"));
}

#[test]
fn motions_keeps_its_accuracy_on_every_chip() {
    for target in ["xylo-v1", "xylo-audio-2", "xylo-audio-3", "xylo-imu"] {
        let options = [
            "--dt",
            "1e-4",
            "--reset-timing",
            "next-step",
            "--target",
            target,
        ];
        let levels = run("motions", "dt,quant,chip", &options);
        let [dt, quant, chip] = &levels[..] else {
            panic!("three levels were asked for")
        };
        assert_eq!(
            quant.counts, chip.counts,
            "{target}: the integer program is not the chip's"
        );
        assert!(
            chip.correct >= 38,
            "{target}: {} of 40, {} at level dt",
            chip.correct,
            dt.correct
        );
    }
}
