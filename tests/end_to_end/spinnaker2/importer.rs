//! `--quantizer py-spinnaker2` gives what py-spinnaker2's NIR importer makes: every golden network of
//! the folder, from the NIR paper's file with its populations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{corpus, files, nirc};

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Names and sizes of the populations of a golden file.
fn populations(golden: &Value) -> BTreeMap<String, u64> {
    let populations = golden["pops"].as_array().unwrap().iter();
    populations
        .map(|p| {
            (
                p["name"].as_str().unwrap().to_owned(),
                p["size"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// What nirc makes of a model with a reset; `None` if it refuses it.
fn compile(model: &Path, reset: &str, folder: &Path) -> Option<Value> {
    let options = [
        "--target",
        "spinnaker2",
        "--quantizer",
        "py-spinnaker2",
        "--dt",
        "1e-4",
        "--integrator-rate",
        "step",
        "--reset",
        reset,
        "-o",
    ];
    let arguments = [Path::new("compile"), model].into_iter();
    let arguments = arguments
        .chain(options.iter().map(Path::new))
        .chain([folder]);
    let done = nirc(arguments);
    done.status
        .success()
        .then(|| read(&folder.join("network.json")))
}

/// The value of a parameter for each of `size` neurons.
fn each(value: &Value, size: u64) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().map(|v| v.as_f64().unwrap()).collect(),
        one => vec![one.as_f64().unwrap(); size as usize],
    }
}

/// [source, target, weight, delay] of all synapses whose weight is not 0.
fn synapses(connections: &Value) -> BTreeSet<Vec<i64>> {
    let connections = connections.as_array().unwrap().iter();
    let numbers = connections.map(|c| {
        let numbers = c.as_array().unwrap().iter();
        numbers.map(|n| n.as_i64().unwrap()).collect::<Vec<_>>()
    });
    numbers.filter(|c| c[2] != 0).collect()
}

fn named<'v>(list: &'v Value, key: &str, name: &Value) -> &'v Value {
    let mut list = list.as_array().unwrap().iter();
    list.find(|entry| entry[key] == *name).unwrap()
}

/// Compares; the largest relative difference of a parameter, and the number of weights.
fn compare(golden: &Value, ours: &Value) -> (f64, usize) {
    let (mut worst, mut weights) = (0f64, 0);
    for population in golden["pops"].as_array().unwrap() {
        let own = named(&ours["populations"], "name", &population["name"]);
        let name = population["name"].as_str().unwrap();
        assert_eq!(own["size"], population["size"], "{name}");
        assert_eq!(own["model"], population["model"], "{name}");
        if own["model"] == "spike_list" {
            continue;
        }
        let size = own["size"].as_u64().unwrap();
        for (parameter, expected) in population["params"].as_object().unwrap() {
            let found = &own["params"][parameter];
            if parameter == "reset" {
                assert_eq!(found, expected, "{name}");
                continue;
            }
            // The delta models have neither.
            if found.is_null() && ["t_refrac"].contains(&parameter.as_str()) {
                continue;
            }
            let (found, expected) = (each(found, size), each(expected, size));
            for (found, expected) in found.iter().zip(&expected) {
                let scale = expected.abs().max(1e-30);
                let off = (found - f64::from(*expected as f32)).abs() / scale;
                worst = worst.max(if found == expected { 0.0 } else { off });
            }
            assert_eq!(found.len(), expected.len(), "{name}.{parameter}");
        }
    }
    for projection in golden["proj"].as_array().unwrap() {
        let (pre, post) = (&projection["pre"], &projection["post"]);
        let own = ours["projections"].as_array().unwrap().iter();
        let own: Vec<&Value> = own
            .filter(|p| p["pre"] == *pre && p["post"] == *post)
            .collect();
        let [own] = own.as_slice() else {
            panic!("{} projections from {pre} to {post}", own.len());
        };
        match projection["kind"].as_str().unwrap() {
            "dense" => {
                let expected = synapses(&projection["conns"]);
                let found = synapses(&own["connections"]);
                assert_eq!(found, expected, "{pre} to {post}");
                weights += expected.len();
            }
            "conv2d" => {
                let expected = &projection["weights_cin_cout_kh_kw"];
                assert_eq!(own["weights"], *expected, "{pre} to {post}");
                assert_eq!(own["conv_params"], projection["params"], "{pre} to {post}");
                weights += 1;
            }
            // The golden file has no weights of other chains.
            _ => assert!(own["connections"].is_array(), "{pre} to {post}"),
        }
    }
    (worst, weights)
}

#[test]
fn the_integers_are_those_of_py_spinnaker2s_importer() {
    let Some(corpus) = corpus("the_integers_are_those_of_py_spinnaker2s_importer") else {
        return;
    };
    let models: Vec<PathBuf> = files(&corpus.join("data/paper"), &["nir"]);
    let mut compared = 0;
    for path in files(&corpus.join("oracle/spinnaker2/golden"), &["json"]) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("s2_") {
            continue;
        }
        let golden = read(&path);
        let reset = golden["pops"].as_array().unwrap().iter();
        let reset = reset
            .filter_map(|p| p["params"]["reset"].as_str())
            .next()
            .unwrap();
        let reset = match reset {
            "reset_by_subtraction" => "subtract",
            _ => "zero",
        };
        let wanted = populations(&golden);
        let mut found = 0;
        for model in &models {
            let folder = tempfile::tempdir().unwrap();
            let Some(ours) = compile(model, reset, folder.path()) else {
                continue;
            };
            let own = ours["populations"].as_array().unwrap().iter();
            let own: BTreeMap<String, u64> = own
                .map(|p| {
                    (
                        p["name"].as_str().unwrap().to_owned(),
                        p["size"].as_u64().unwrap(),
                    )
                })
                .collect();
            if own != wanted {
                continue;
            }
            found += 1;
            let (worst, weights) = compare(&golden, &ours);
            println!("{name}: {weights} weights equal, parameters to {worst:.1e}");
            // One unit in the last place of a 32-bit float.
            assert!(worst < 1.2e-7, "{name}: {worst}");
        }
        assert_eq!(found, 1, "{name}: files of the paper with its populations");
        compared += 1;
    }
    assert!(compared > 0);
}

/// Ours beside the importer's: the error of the weights of each table.
#[test]
fn rounding_has_less_error_than_the_importer() {
    let Some(corpus) = corpus("rounding_has_less_error_than_the_importer") else {
        return;
    };
    let mut tables = 0;
    for model in files(&corpus.join("data/paper/03_rnn"), &["nir"]) {
        let mut errors = Vec::new();
        for quantizer in ["py-spinnaker2", "global", "channel"] {
            let folder = tempfile::tempdir().unwrap();
            let options = ["--target", "spinnaker2", "--quantizer", quantizer, "-o"];
            let options = options.iter().map(Path::new);
            let arguments = [Path::new("compile"), &model].into_iter().chain(options);
            let done = nirc(arguments.chain([folder.path()]));
            if !done.status.success() {
                break;
            }
            let report = read(&folder.path().join("report.json"));
            let of_tables = report["weight_tables"].as_array().unwrap().iter();
            let of_tables = of_tables.map(|t| {
                let name = t["node"].as_str().unwrap().to_owned();
                (name, t["relative_weight_error"].as_f64().unwrap())
            });
            errors.push(of_tables.collect::<BTreeMap<_, _>>());
        }
        let [importer, global, channel] = errors.as_slice() else {
            continue;
        };
        for (node, error) in importer {
            let name = model.file_stem().unwrap().to_string_lossy();
            println!(
                "{name} {node}: importer {error:.4}, one scale {:.4}, a scale for each neuron {:.4}",
                global[node], channel[node]
            );
            assert!(
                global[node] < *error && channel[node] < global[node],
                "{name} {node}"
            );
            tables += 1;
        }
    }
    assert!(tables > 0);
}
