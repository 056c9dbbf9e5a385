//! Loihi 2: models compiled, and their files run in Intel's own Lava (lava-nc 0.10.0, lava-dl 0.6.0), where
//! `NIRC_LAVA_PYTHON` names an interpreter that has them. Spikes of all populations are those of the model.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ndarray::{ArrayViewD, Axis};
use nirc_targets::{
    File,
    loihi2::{files, network::Network},
};
use serde_json::{Value, json};

use crate::{
    random::Random,
    support::{corpus, model, npy, root, skipped, succeed},
    trace::{Trace, run},
};

const TEST: &str = "compiled_models_run_in_lava";

/// A model, and what it is run with. Lava takes 30 us for each element that is read back.
struct Case {
    name: &'static str,
    file: PathBuf,
    options: &'static [&'static str],
    netx: bool,
    steps: usize,
    input: Given,
    /// Whether u and v are compared too.
    states: bool,
}

/// What the elements of the input get.
enum Given {
    /// The first of these samples.
    Samples(PathBuf),
    /// A spike with this chance in each step.
    Chance(f64),
}

fn cases() -> Vec<Case> {
    const ZERO: &[&str] = &[
        "--reset",
        "zero",
        "--dt",
        "1e-3",
        "--integrator-rate",
        "step",
    ];
    const SUBTRACT: &[&str] = &[
        "--reset",
        "subtract",
        "--dt",
        "1e-3",
        "--integrator-rate",
        "step",
    ];
    let case = |name, file, options, netx, steps, input| Case {
        name,
        file,
        options,
        netx,
        steps,
        input,
        states: true,
    };
    let digits = || model("digits/digits.nir");
    let digits_input = || Given::Samples(model("digits/test_inputs.npy"));
    let motions_input = Given::Samples(model("motions/test_inputs.npy"));
    let motions = model("motions/motions.nir");
    let mut cases = vec![
        case("digits", digits(), ZERO, true, 20, digits_input()),
        case(
            "digits-subtract",
            digits(),
            SUBTRACT,
            false,
            20,
            digits_input(),
        ),
        case(
            "motions",
            motions,
            &["--dt", "1e-4", "--reset", "zero"],
            true,
            50,
            motions_input,
        ),
    ];
    if let Some(paper) = corpus(TEST).map(|folder| folder.join("data/paper")) {
        let braille = paper.join("03_rnn/braille_noDelay_bias_zero.nir");
        let cnn = paper.join("02_cnn/cnn_sinabs.nir");
        cases.push(case(
            "braille",
            braille,
            &["--reset", "zero"],
            true,
            24,
            Given::Chance(0.3),
        ));
        cases.push(Case {
            states: false,
            ..case("paper-cnn", cnn, ZERO, true, 16, Given::Chance(0.08))
        });
    }
    cases
}

/// [neuron][step] to [step][neuron].
fn by_step(values: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let steps = values.first().map_or(0, Vec::len);
    let row = |step: usize| values.iter().map(|neuron| neuron[step]).collect();
    (0..steps).map(row).collect()
}

/// Compiles a case into a folder, with inputs for Lava; what the model does with them.
fn compile(case: &Case, folder: &Path) -> (Network, Trace) {
    let words = ["--target", "loihi2"]
        .iter()
        .chain(case.options)
        .map(Path::new);
    let start = [Path::new("compile"), &case.file].into_iter();
    succeed(start.chain(words).chain([Path::new("-o"), folder]));
    let written: Vec<File> = [files::NETX, files::ARRAYS, files::DESCRIPTION]
        .into_iter()
        .filter_map(|name| {
            let content = fs::read(folder.join(name)).ok()?;
            Some(File {
                name: name.to_owned(),
                content,
                purpose: "",
            })
        })
        .collect();
    let netx = folder.join(files::NETX).exists();
    assert_eq!(netx, case.netx, "{}", case.name);
    let network = files::read(&written).unwrap_or_else(|f| panic!("{}: {f:?}", case.name));
    let mut random = Random(7);
    let mut inputs = Vec::new();
    let mut named: BTreeMap<&str, Value> = BTreeMap::new();
    for input in &network.inputs {
        let count = network.populations[input.population].count();
        let raster: Vec<Vec<i32>> = match &case.input {
            Given::Samples(path) => {
                let samples = npy(path);
                let first = samples.index_axis(Axis(0), 0);
                let steps = first.axis_iter(Axis(0)).take(case.steps);
                let whole = |step: ArrayViewD<'_, f64>| step.iter().map(|x| *x as i32).collect();
                steps.map(whole).collect()
            }
            Given::Chance(rate) => {
                let mut step = || {
                    (0..count)
                        .map(|_| i32::from(random.unit() < *rate))
                        .collect()
                };
                (0..case.steps).map(|_| step()).collect()
            }
        };
        named.insert(&input.node, json!(raster));
        inputs.push((input.population, raster));
    }
    let input = json!({ "states": case.states, "inputs": named });
    fs::write(folder.join("input.json"), input.to_string()).unwrap();
    let trace = run(&network, &inputs);
    (network, trace)
}

#[test]
fn compiled_models_run_in_lava() {
    let Some(python) = std::env::var_os("NIRC_LAVA_PYTHON") else {
        skipped(TEST, "NIRC_LAVA_PYTHON names no interpreter");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let cases = cases();
    let runs: Vec<_> = cases
        .iter()
        .map(|case| {
            let folder = scratch.path().join(case.name);
            let (network, trace) = compile(case, &folder);
            (folder, network, trace)
        })
        .collect();
    let output = Command::new(python)
        .arg("-B")
        .arg(root().join("tests/loihi2_lava.py"))
        .args(runs.iter().map(|(folder, ..)| folder))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for (case, (folder, network, trace)) in cases.iter().zip(&runs) {
        let output = fs::read_to_string(folder.join("output.json")).unwrap();
        let output: Value = serde_json::from_str(&output).unwrap();
        let mut spikes = Vec::new();
        for (index, population) in network.populations.iter().enumerate() {
            if population.lif().is_none() {
                continue;
            }
            let given = &output[&population.name];
            for (key, own) in [("spikes", &trace.spikes), ("u", &trace.u), ("v", &trace.v)] {
                if key == "spikes" || case.states {
                    let same = given[key] == json!(by_step(&own[index]));
                    assert!(same, "{}: {key} of {}", case.name, population.name);
                }
            }
            spikes.push(
                trace.spikes[index]
                    .iter()
                    .flatten()
                    .filter(|s| **s != 0)
                    .count(),
            );
        }
        println!(
            "{}: spikes of the populations, equal in Lava: {spikes:?}",
            case.name
        );
        assert!(
            spikes.iter().all(|count| *count > 0),
            "{}: {spikes:?}",
            case.name
        );
    }
}
