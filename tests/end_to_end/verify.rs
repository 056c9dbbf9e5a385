//! `nirc verify`: every level on the same samples.

use serde_json::Value;

use crate::support::{model, nirc, succeed};

fn verify(options: &[&str]) -> Value {
    let (path, input, labels) = (
        model("motions/motions.nir"),
        model("motions/test_inputs.npy"),
        model("motions/test_labels.npy"),
    );
    let mut arguments = vec!["verify", path.to_str().unwrap(), "--json", "--dt", "1e-4"];
    arguments.extend(["--reset", "subtract", "--input", input.to_str().unwrap()]);
    arguments.extend(["--labels", labels.to_str().unwrap()]);
    arguments.extend(options);
    serde_json::from_str(&succeed(arguments)).unwrap()
}

fn node<'v>(report: &'v Value, lowering: &str, node: &str) -> &'v Value {
    let lowerings = report["lowerings"].as_array().unwrap();
    let found = lowerings
        .iter()
        .find(|l| l["lowering"] == lowering)
        .unwrap();
    let nodes = found["nodes"].as_array().unwrap();
    nodes.iter().find(|n| n["node"] == node).unwrap()
}

#[test]
fn every_level_is_compared_with_the_next() {
    let report = verify(&["--target", "xylo-audio-2", "--no-advice"]);
    let levels: Vec<_> = report["levels"].as_array().unwrap().iter().collect();
    let names: Vec<_> = levels
        .iter()
        .map(|l| l["level"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ct", "dt", "quant", "chip"]);
    assert!(levels.iter().all(|l| l["correct"] == 40), "{levels:?}");
    for population in ["lif1.lif", "lif2"] {
        let chip = node(&report, "quant-to-hw", population);
        assert_eq!(chip["mismatching_entries"], 0);
        assert_eq!(chip["v_rmse_in_thresholds"], 0.0);
        for lowering in ["ct-to-dt", "dt-to-quant"] {
            let changed = node(&report, lowering, population);
            assert!(
                changed["mismatching_entries"].as_u64() > Some(0),
                "{changed}"
            );
            assert!(changed["first_difference"].is_object(), "{changed}");
        }
    }
    // The chip's readout takes the spikes of the step before.
    assert_eq!(node(&report, "dt-to-quant", "lif2")["later_by_steps"], 1);
    assert_eq!(
        node(&report, "dt-to-quant", "lif1.lif")["later_by_steps"],
        0
    );
}

/// The advice is what a run with the option gives.
#[test]
fn the_option_that_is_named_does_what_is_said() {
    let options = ["--target", "xylo-v1", "--reset-timing", "next-step"];
    let report = verify(&options);
    let worst = report["worst"].as_str().unwrap();
    let tried = report["tried"].as_array().unwrap();
    assert!(tried.len() >= 2, "{tried:?}");
    let best = tried
        .iter()
        .min_by(|a, b| {
            let distance = |v: &Value| v["relative_distance"].as_f64().unwrap();
            distance(a).total_cmp(&distance(b))
        })
        .unwrap();
    let option = best["option"].as_str().unwrap();
    assert!(
        report["summary"].as_str().unwrap().contains(option),
        "{report}"
    );
    let (flag, value) = option.split_once(' ').unwrap();
    let again = match flag {
        "--reset-timing" => verify(&["--target", "xylo-v1", "--no-advice"]),
        _ => {
            let rest = [&options[..], &["--no-advice", flag, value]].concat();
            verify(&rest)
        }
    };
    let lowerings = again["lowerings"].as_array().unwrap();
    let same = lowerings.iter().find(|l| l["lowering"] == worst).unwrap();
    assert_eq!(same["relative_distance"], best["relative_distance"]);
}

#[test]
fn without_a_second_level_there_is_nothing_to_compare() {
    let folder = tempfile::tempdir().unwrap();
    let chip = folder.path().join("chip");
    let path = model("motions/motions.nir");
    let input = model("motions/test_inputs.npy");
    let chip = chip.to_str().unwrap();
    let compile = [
        "compile",
        path.to_str().unwrap(),
        "--target",
        "xylo-v1",
        "--dt",
        "1e-4",
    ];
    succeed([&compile[..], &["--reset", "subtract", "-o", chip]].concat());
    let output = nirc(["verify", chip, "--input", input.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("error[verify-levels]"), "{errors}");
}

/// IR is compared from its own level down, with the same result.
#[test]
fn ir_of_a_lower_level_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (path, input) = (
        model("motions/motions.nir"),
        model("motions/test_inputs.npy"),
    );
    let options = [
        "--nir-to-ct=dt=1e-4 reset=subtract",
        "--ct-to-dt",
        "--print-weights",
    ];
    let program = folder.path().join("dt.mlir");
    let opt = [
        "opt",
        path.to_str().unwrap(),
        "-o",
        program.to_str().unwrap(),
    ];
    succeed([&opt[..], &options[..]].concat());
    let target = ["--target", "xylo-v1", "--no-advice", "--json"];
    let run = [
        "verify",
        program.to_str().unwrap(),
        "--input",
        input.to_str().unwrap(),
    ];
    let text = succeed([&run[..], &target[..]].concat());
    let report: Value = serde_json::from_str(&text).unwrap();
    let whole = verify(&["--target", "xylo-v1", "--no-advice"]);
    let lowerings = |report: &Value| report["lowerings"].as_array().unwrap().clone();
    assert_eq!(lowerings(&report), lowerings(&whole)[1..]);
}

/// What was compiled runs as the model does at level chip, under the names of the nodes.
#[test]
fn an_output_folder_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = model("motions/motions.nir");
    let (path, input) = (path.to_str().unwrap(), model("motions/test_inputs.npy"));
    let input = input.to_str().unwrap();
    let chip = folder.path().join("chip");
    let chip = chip.to_str().unwrap();
    let options = [
        "--dt",
        "1e-4",
        "--reset",
        "subtract",
        "--target",
        "xylo-audio-2",
    ];
    succeed([&["compile", path, "-o", chip], &options[..]].concat());
    let run = |model: &str, options: &[&str], file: &str| {
        let file = folder.path().join(file);
        let output = [
            "run",
            model,
            "--json",
            "--input",
            input,
            "-o",
            file.to_str().unwrap(),
        ];
        let text = succeed([&output[..], options].concat());
        (text, std::fs::read(file).unwrap())
    };
    let from_folder = run(chip, &[], "folder.npz");
    let from_model = run(
        path,
        &[&["--level", "chip"], &options[..]].concat(),
        "model.npz",
    );
    assert_eq!(from_folder.0, from_model.0);
    assert!(from_folder.1 == from_model.1, "the recordings differ");
}

/// Equal rasters of no spikes are no agreement.
#[test]
fn silence_is_said() {
    let path = model("motions/motions.nir");
    let input = "poisson:rate=0,steps=20,seed=1";
    let text = succeed([
        "verify",
        path.to_str().unwrap(),
        "--dt",
        "1e-4",
        "--input",
        input,
    ]);
    assert!(
        text.contains("No population spikes on this input"),
        "{text}"
    );
}
