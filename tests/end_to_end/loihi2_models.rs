//! Loihi 2: the models at hand at all levels, and what it refuses.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{corpus, model, nirc, skipped, succeed};

/// What `nirc verify` says of each level, and the distance between the integers and the chip's model.
struct Verified {
    spikes: Vec<f64>,
    correct: Vec<Value>,
    quantised: f64,
    placed: f64,
}

fn verify(file: &Path, options: &[&str]) -> Verified {
    let words = ["--target", "loihi2", "--json", "--no-advice"];
    let words = words.iter().chain(options).map(Path::new);
    let output = nirc([Path::new("verify"), file].into_iter().chain(words));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", file.display());
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |name: &str| value[name].as_array().unwrap().clone();
    let levels = list("levels");
    let distance = |lowering: &str| {
        let lowerings = list("lowerings");
        let own = lowerings.iter().find(|l| l["lowering"] == lowering);
        own.unwrap()["relative_distance"].as_f64().unwrap()
    };
    Verified {
        spikes: levels
            .iter()
            .map(|level| level["output_spikes"].as_f64().unwrap())
            .collect(),
        correct: levels
            .iter()
            .map(|level| level["correct"].clone())
            .collect(),
        quantised: distance("dt-to-quant"),
        placed: distance("quant-to-hw"),
    }
}

fn paper(path: &str, test: &str) -> Option<PathBuf> {
    let file = corpus(test)?.join("data/paper").join(path);
    if !file.exists() {
        skipped(test, &format!("there is no `{}`", file.display()));
        return None;
    }
    Some(file)
}

/// The files that stand in a folder after a compilation.
fn compiled(file: &Path, options: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--target", "loihi2"].iter().chain(options).map(Path::new);
    let said = succeed(
        [Path::new("compile"), file]
            .into_iter()
            .chain(words)
            .chain([Path::new("-o"), folder.path()]),
    );
    (folder, said)
}

#[test]
fn digits_keeps_its_accuracy() {
    let path = |name: &str| model(&format!("digits/{name}"));
    for reset in ["zero", "subtract"] {
        let options = [
            "--dt",
            "1e-3",
            "--integrator-rate",
            "step",
            "--reset",
            reset,
        ];
        let words = ["--target", "loihi2", "--json", "--level", "dt,quant,chip"];
        let said = succeed(
            [Path::new("run"), &path("digits.nir")]
                .into_iter()
                .chain([Path::new("--input"), &path("test_inputs.npy")])
                .chain([Path::new("--labels"), &path("test_labels.npy")])
                .chain(words.iter().chain(&options).map(Path::new)),
        );
        let levels: Vec<Value> = serde_json::from_str(&said).unwrap();
        let correct: Vec<u64> = levels
            .iter()
            .map(|level| level["correct"].as_u64().unwrap())
            .collect();
        println!("digits, reset {reset}: {correct:?} of 200");
        assert!(correct.iter().all(|c| *c >= 192), "{reset}: {correct:?}");
        assert_eq!(levels[1]["counts"], levels[2]["counts"], "{reset}");
        let (folder, _) = compiled(&path("digits.nir"), &options);
        // netx has no connection of a neuron to itself alone.
        assert_eq!(folder.path().join("network.net").exists(), reset == "zero");
    }
}

#[test]
fn motions_keeps_its_accuracy() {
    let (input, labels) = (
        model("motions/test_inputs.npy"),
        model("motions/test_labels.npy"),
    );
    let options = [
        "--dt",
        "1e-4",
        "--reset",
        "zero",
        "--input",
        input.to_str().unwrap(),
        "--labels",
        labels.to_str().unwrap(),
    ];
    let verified = verify(&model("motions/motions.nir"), &options);
    println!(
        "motions: {:?} of 40, distance of the integers {:.3}",
        verified.correct, verified.quantised
    );
    assert!(verified.correct.iter().all(|c| c.as_u64() >= Some(39)));
    assert_eq!(verified.placed, 0.0);
    assert!(verified.quantised < 0.3, "{}", verified.quantised);
    let (folder, _) = compiled(&model("motions/motions.nir"), &options[..4]);
    assert!(folder.path().join("network.net").exists());
}

/// The models of the NIR paper.
#[test]
fn the_papers_models_run_as_their_integers() {
    const TEST: &str = "the_papers_models_run_as_their_integers";
    let cases: [(&str, &[&str]); 4] = [
        (
            "01_lif/lif_norse.nir",
            &[
                "--dt",
                "1e-4",
                "--reset",
                "zero",
                "--input",
                "poisson:rate=1200,steps=400,samples=2,seed=1",
            ],
        ),
        (
            "02_cnn/cnn_sinabs.nir",
            &[
                "--dt",
                "1e-3",
                "--integrator-rate",
                "step",
                "--reset",
                "zero",
                "--input",
                "poisson:rate=8,steps=40,samples=1,seed=1",
            ],
        ),
        (
            "03_rnn/braille_noDelay_bias_zero.nir",
            &[
                "--reset",
                "zero",
                "--input",
                "poisson:rate=400,steps=200,samples=2,seed=1",
            ],
        ),
        (
            "03_rnn/braille_noDelay_noBias_subtract.nir",
            &[
                "--reset",
                "zero",
                "--input",
                "poisson:rate=400,steps=200,samples=2,seed=1",
            ],
        ),
    ];
    for (path, options) in cases {
        let Some(file) = paper(path, TEST) else {
            return;
        };
        let verified = verify(&file, options);
        println!(
            "{path}: spikes {:?}, distance of the integers {:.3}",
            verified.spikes, verified.quantised
        );
        assert_eq!(verified.placed, 0.0, "{path}");
        assert!(verified.spikes.iter().all(|spikes| *spikes > 5.0), "{path}");
    }
}

/// A neuron with synaptic current has no room for a membrane that keeps its rest: all of it is said at once.
#[test]
fn a_reset_by_subtraction_behind_a_current_is_refused() {
    let words = ["--target", "loihi2", "--reset", "subtract"].map(Path::new);
    let file = model("motions/motions.nir");
    let output = nirc([Path::new("compile"), &file].into_iter().chain(words));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    for node in ["lif1.lif", "lif2"] {
        assert!(
            said.contains(&format!("error[loihi2-reset] node `{node}`")),
            "{said}"
        );
    }
}
