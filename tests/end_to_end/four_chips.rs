//! One model on all chip families: what it takes, what it loses. `cargo test -p nirc --test end_to_end
//! four_chips -- --nocapture` prints the table.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{model, succeed};

/// A chip of each family, with the options that the model needs there. Xylo's neurons have a synaptic current.
/// Loihi 2 joins the list with its target.
const CHIPS: [(&str, &[&str]); 4] = [
    ("xylo-audio-3", &["--approximate", "synapse"]),
    ("speck2f", &[]),
    ("loihi2", &[]),
    ("spinnaker2", &["--map", "ticks=32", "--calibrate", INPUT]),
];
/// Stands for the file of inputs.
const INPUT: &str = "test_inputs.npy";

const OPTIONS: [&str; 4] = ["--dt", "1e-3", "--reset", "subtract"];

fn file(name: &str) -> PathBuf {
    model(&format!("pixels/{name}"))
}

/// An option, or the path that it stands for.
fn option(word: &&str) -> PathBuf {
    match *word {
        INPUT => file(INPUT),
        word => PathBuf::from(word),
    }
}

/// The report of a compilation.
fn report(target: &str, options: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let words = ["compile", "--target", target];
    let words = words.iter().chain(&OPTIONS).chain(options).map(option);
    let rest = [PathBuf::from("-o"), folder.path().to_owned()];
    succeed(words.chain([file("pixels.nir")]).chain(rest));
    let text = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What `nirc verify` says of all levels.
fn verified(target: &str, options: &[&str]) -> Value {
    let words = ["verify", "--json", "--no-advice", "--target", target];
    let words = words.iter().chain(&OPTIONS).chain(options).map(option);
    let files = [
        file("pixels.nir"),
        PathBuf::from("--input"),
        file(INPUT),
        PathBuf::from("--labels"),
        file("test_labels.npy"),
    ];
    serde_json::from_str(&succeed(words.chain(files))).unwrap()
}

fn number(value: &Value) -> u64 {
    value["used"].as_u64().unwrap()
}

/// Cores, and how full the fullest one is.
fn resources(report: &Value) -> (u64, String) {
    let of = |value: &Value, unit: &str| format!("{} of {} {unit}", number(value), value["limit"]);
    let all = &report["resources"];
    let name = report["chip"]["name"].as_str().unwrap();
    if name.starts_with("xylo") {
        let tables = report["weight_tables"].as_array().unwrap().iter();
        let shapes = tables.map(|t| &t["shape"]);
        let weights: u64 = shapes
            .map(|s| s[0].as_u64().unwrap() * s[1].as_u64().unwrap())
            .sum();
        let neurons = of(&all["hidden_neurons"], "hidden neurons");
        return (1, format!("{neurons}, {weights} weights"));
    }
    if name.starts_with("speck") {
        let cores = report["cores"].as_array().unwrap().iter();
        let words = cores.map(|core| &core["memory"]["kernel_words"]);
        let fullest = words.max_by_key(|words| number(words)).unwrap();
        return (number(&all["cores"]), of(fullest, "kernel words"));
    }
    if name.starts_with("loihi") {
        let words = of(&all["largest_core_words"], "words");
        return (number(&all["cores"]), words);
    }
    let bytes = of(&all["largest_element_bytes"], "bytes");
    (number(&all["processing_elements"]), bytes)
}

#[test]
fn a_small_network_runs_on_every_family() {
    let known = succeed(["targets"]);
    println!(
        "| chip | cores | fullest core | weight error | output spikes | distance from `dt` | right of 200 |\n\
         | --- | --- | --- | --- | --- | --- | --- |"
    );
    let mut families = 0;
    for (target, options) in CHIPS {
        if !known.contains(&format!("| {target} |")) {
            println!("| {target} | not there yet |");
            continue;
        }
        let report = report(target, options);
        let (cores, memory) = resources(&report);
        let tables = report["weight_tables"].as_array().unwrap().iter();
        let errors = tables.map(|t| t["relative_weight_error"].as_f64().unwrap());
        let error = errors.fold(0.0, f64::max);
        let verified = verified(target, options);
        let level = |name: &str| {
            let levels = verified["levels"].as_array().unwrap().iter();
            let mut levels = levels.filter(|level| level["level"] == name);
            levels.next().unwrap().clone()
        };
        let (dt, chip) = (level("dt"), level("chip"));
        let lowerings = verified["lowerings"].as_array().unwrap().iter();
        let after_dt = lowerings.filter(|l| l["lowering"] != "ct-to-dt");
        let distance: f64 = after_dt
            .map(|l| l["relative_distance"].as_f64().unwrap())
            .sum();
        let spikes = chip["output_spikes"].as_f64().unwrap();
        let correct = chip["correct"].as_u64().unwrap();
        println!(
            "| {target} | {cores} | {memory} | {:.1} % | {spikes} | {distance:.3} | {correct} |",
            100.0 * error
        );
        assert!(cores >= 1 && error < 0.05, "{target}: {cores} {error}");
        assert_eq!(dt["correct"], 186);
        assert!(correct >= 180, "{target}: {correct}");
        let expected = dt["output_spikes"].as_f64().unwrap();
        assert!((spikes - expected).abs() < 0.15 * expected, "{target}");
        families += 1;
    }
    assert!(families >= 3);
}
