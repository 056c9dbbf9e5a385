//! Speck: the models of the repository and of the NIR paper, at all levels, beside sinabs' integers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{corpus, model, nirc, skipped, succeed};

const SINABS: [&str; 4] = ["--convention", "sinabs", "--dt", "1e-3"];

/// What `nirc verify` says: of each level its output spikes, and the relative distance between the integers
/// and the chip's model.
struct Verified {
    spikes: Vec<f64>,
    chip_distance: f64,
}

fn verify(file: &Path, input: &str, options: &[&str]) -> Verified {
    let words = [
        "--target",
        "speck2f",
        "--json",
        "--no-advice",
        "--input",
        input,
    ];
    let options = words.iter().chain(&SINABS).chain(options);
    let output = nirc(
        [Path::new("verify"), file]
            .into_iter()
            .chain(options.map(Path::new)),
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |name: &str| value[name].as_array().unwrap().clone();
    let levels = list("levels");
    let spikes = levels
        .iter()
        .map(|level| level["output_spikes"].as_f64().unwrap());
    let lowerings = list("lowerings");
    let chip = lowerings.iter().find(|l| l["lowering"] == "quant-to-hw");
    Verified {
        spikes: spikes.collect(),
        chip_distance: chip.unwrap()["relative_distance"].as_f64().unwrap(),
    }
}

fn paper(test: &str) -> Option<PathBuf> {
    let file = corpus(test)?.join("data/paper/02_cnn/cnn_sinabs.nir");
    if !file.exists() {
        skipped(test, &format!("there is no `{}`", file.display()));
        return None;
    }
    Some(file)
}

/// The right answers and output spikes of levels on `digits`, and what was said.
fn digits(levels: &str, options: &[&str]) -> (Vec<(u64, Value)>, String) {
    let path = |name: &str| model(&format!("digits/{name}"));
    let words = ["--target", "speck2f", "--json", "--level", levels];
    let words = words.iter().chain(&SINABS).chain(options);
    let output = nirc(
        [Path::new("run"), &path("digits.nir")]
            .into_iter()
            .chain([Path::new("--input"), &path("test_inputs.npy")])
            .chain([Path::new("--labels"), &path("test_labels.npy")])
            .chain(words.map(Path::new)),
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let levels = value.as_array().unwrap().iter();
    let levels = levels.map(|level| (level["correct"].as_u64().unwrap(), level["counts"].clone()));
    (levels.collect(), said)
}

/// Of 200 samples sinabs itself has 194 right. The vendor's simulation is the integer program; the chip works
/// event by event and differs, but not in what it answers.
#[test]
fn digits_keeps_its_accuracy() {
    for quantizer in ["channel", "sinabs"] {
        let mut options = vec!["--quantizer", quantizer];
        let (events, said) = digits("dt,quant,chip", &options);
        let [dt, quant, chip] = &events[..] else {
            panic!("three levels run")
        };
        assert_eq!(dt.0, 194);
        assert!(
            quant.0 >= 192 && chip.0 >= 192,
            "{quantizer}: {} {}",
            quant.0,
            chip.0
        );
        assert_ne!(quant.1, chip.1, "{quantizer}");
        assert!(!said.contains("speck-calibrated"));
        options.extend(["--model", "sinabs"]);
        let (stepped, _) = digits("chip", &options);
        assert_eq!(stepped[0], *quant, "{quantizer}");
    }
    let calibrate = ["--calibrate", "poisson:rate=300,steps=20,samples=4,seed=5"];
    let (calibrated, said) = digits("chip", &calibrate);
    assert!(calibrated[0].0 >= 190, "{}", calibrated[0].0);
    assert_eq!(said.matches("note[speck-calibrated]").count(), 3);
}

/// The network of the NIR paper on random events: the vendor's simulation of the chip is the integer program.
#[test]
fn the_paper_network_on_random_events() {
    let Some(file) = paper("the_paper_network_on_random_events") else {
        return;
    };
    let input = "poisson:rate=8,steps=60,samples=2,seed=1";
    for quantizer in ["channel", "sinabs"] {
        let options = ["--quantizer", quantizer, "--model", "sinabs"];
        let stepped = verify(&file, input, &options);
        assert_eq!(stepped.chip_distance, 0.0, "{quantizer}");
        assert!(
            stepped.spikes.iter().all(|spikes| *spikes > 20.0),
            "{:?}",
            stepped.spikes
        );
    }
}

/// What each core holds, without its place: weights, biases, thresholds.
fn integers(text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).unwrap();
    let cores = value["cnn_layers"].as_array().unwrap().iter();
    let used = cores.filter(|core| core["threshold_high"] != 0);
    let fields = ["weights", "biases", "threshold_high", "threshold_low"];
    let mut all: Vec<String> = used
        .map(|core| fields.map(|field| core[field].to_string()).concat())
        .collect();
    all.sort();
    all
}

/// sinabs 3.1.3's own configuration of the paper's network, number by number. The cores may be others.
#[test]
fn the_paper_network_with_the_integers_of_sinabs() {
    const NAME: &str = "the_paper_network_with_the_integers_of_sinabs";
    let Some(file) = paper(NAME) else { return };
    let Some(expected) = corpus(NAME).map(|f| f.join("oracle/speck/cnn_speck2f_sinabs.json"))
    else {
        return;
    };
    let Ok(expected) = std::fs::read_to_string(&expected) else {
        skipped(NAME, &format!("there is no `{}`", expected.display()));
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let made = |quantizer: &str| {
        let out = folder.path().join(quantizer);
        let words = ["--target", "speck2f", "--quantizer", quantizer, "-o"];
        let options = SINABS.iter().chain(&words).map(Path::new);
        let command = [Path::new("compile"), &file].into_iter();
        succeed(command.chain(options).chain([out.as_path()]));
        out
    };
    let read = |out: &Path, name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let (sinabs, channel) = (made("sinabs"), made("channel"));
    assert_eq!(integers(&read(&sinabs, "config.json")), integers(&expected));
    assert_ne!(
        integers(&read(&channel, "config.json")),
        integers(&expected)
    );
    // Five layers on the first five cores, as sinabs has them, but the layers that work most on 0 and 1.
    let report: Value = serde_json::from_str(&read(&channel, "report.json")).unwrap();
    let mut cores: Vec<i64> = (report["cores"].as_array().unwrap().iter())
        .map(|core| core["core"].as_i64().unwrap())
        .collect();
    cores.sort_unstable();
    assert_eq!(cores, [0, 1, 2, 3, 4]);
}
