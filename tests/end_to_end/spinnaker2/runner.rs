//! `run_spinnaker2.py` on a stand-in for py-spinnaker2 (`tests/spinnaker2_runner.py`), which refuses what
//! py-spinnaker2 does not take: what it builds gives the spikes of the chip model.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{model, python, succeed};

/// What the stand-in saw, and how many output spikes differ from those of the chip model.
struct Ran {
    log: Value,
    spikes: u64,
    differing: u64,
}

/// Compiles `file`, runs the script on `arguments` and compares with the chip model's run of `input`.
fn ran(python: &Path, file: &Path, input: &str, options: &[&str], arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (made, recorded) = (folder.path().join("made"), folder.path().join("chip.npz"));
    let target = ["--target", "spinnaker2"];
    let options = target.iter().chain(options).map(Path::new);
    let compile = [Path::new("compile"), file].into_iter();
    succeed(
        compile
            .chain(options.clone())
            .chain([Path::new("-o"), &made]),
    );
    let run = [Path::new("run"), &made].into_iter();
    let words = ["--input", input, "-o"].map(Path::new);
    succeed(run.chain(words).chain([recorded.as_path()]));
    let output = std::process::Command::new(python)
        .arg("-B")
        .arg(model("../spinnaker2_runner.py"))
        .args([Path::new("--against"), &recorded, &made])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let log: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    Ran {
        spikes: log["spikes"].as_u64().unwrap(),
        differing: log["differing"].as_u64().unwrap(),
        log,
    }
}

fn models_of(log: &Value) -> Vec<String> {
    let populations = log["populations"].as_object().unwrap().values();
    let mut models: Vec<String> = populations
        .map(|p| p["model"].as_str().unwrap().to_owned())
        .collect();
    models.sort();
    models
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn files(name: &str) -> (PathBuf, PathBuf) {
    let path = |file: &str| model(&format!("{name}/{file}"));
    (path(&format!("{name}.nir")), path("test_inputs.npy"))
}

/// Convolution, pool and a dense layer; one sample on the default board.
#[test]
fn digits_runs_as_on_the_chip_model() {
    let Some(python) = python("NIRC_PYTHON", "digits_runs_as_on_the_chip_model") else {
        return;
    };
    let (file, input) = files("digits");
    let options = [
        &["--convention", "sinabs", "--lower-bound", "none"][..],
        &["--dt", "1", "--map", "ticks=20"],
    ]
    .concat();
    let ran = ran(
        &python,
        &file,
        text(&input),
        &options,
        &[text(&input), "--sample", "7"],
    );
    assert!(ran.spikes > 5);
    assert_eq!(ran.differing, 0);
    let expected = ["lif_conv2d", "lif_conv2d", "lif_no_delay", "spike_list"];
    assert_eq!(models_of(&ran.log), expected);
    assert_eq!(ran.log["backends"][0][0], "SpiNNaker2Chip");
    assert_eq!(ran.log["runs"][0][0], 20);
}

/// Recurrence, synaptic currents and an input with several spikes a step, on a board by its address.
#[test]
fn motions_runs_as_on_the_chip_model() {
    let Some(python) = python("NIRC_PYTHON", "motions_runs_as_on_the_chip_model") else {
        return;
    };
    let (file, input) = files("motions");
    let options = [
        "--dt",
        "1e-4",
        "--reset",
        "subtract",
        "--calibrate",
        text(&input),
    ];
    let arguments = [text(&input), "--sample", "3", "--stm-ip", "192.168.1.2"];
    let ran = ran(&python, &file, text(&input), &options, &arguments);
    assert!(ran.spikes > 20);
    assert_eq!(ran.differing, 0);
    let expected = [
        "lif_curr_exp_no_delay",
        "lif_curr_exp_no_delay",
        "spike_list",
    ];
    assert_eq!(models_of(&ran.log), expected);
    assert_eq!(ran.log["backends"][0][0], "SpiNNcloud48NodeBoard");
    assert_eq!(ran.log["backends"][0][1]["stm_ip"], "192.168.1.2");
}

/// All samples one after the other, each with a backend of its own.
#[test]
fn pixels_runs_all_samples() {
    let Some(python) = python("NIRC_PYTHON", "pixels_runs_all_samples") else {
        return;
    };
    let (file, _) = files("pixels");
    let folder = tempfile::tempdir().unwrap();
    let few = folder.path().join("few.npy");
    let (_, all) = files("pixels");
    let all = ndarray_npy::read_npy::<_, ndarray::Array3<u8>>(all).unwrap();
    ndarray_npy::write_npy(&few, &all.slice(ndarray::s![..4, .., ..])).unwrap();
    let options = ["--dt", "1e-3", "--reset", "subtract"];
    let ran = ran(
        &python,
        &file,
        text(&few),
        &options,
        &[text(&few), "--all", "--brian2"],
    );
    assert!(ran.spikes > 20);
    assert_eq!(ran.differing, 0);
    assert_eq!(ran.log["backends"].as_array().unwrap().len(), 4);
    assert_eq!(ran.log["resets"], 3);
}

/// Delays in synapses, and delays of relay populations.
#[test]
fn delays_run_as_on_the_chip_model() {
    let Some(python) = python("NIRC_PYTHON", "delays_run_as_on_the_chip_model") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (count, delay, relayed) in [(6, 3, true), (600, 4, false), (6, 21, true)] {
        let file = folder.path().join(format!("delay{count}-{delay}.mlir"));
        std::fs::write(&file, delayed(count, delay)).unwrap();
        let input = folder.path().join(format!("input{count}.npy"));
        let raster = ndarray::Array2::from_shape_fn((40, count), |(t, n)| {
            u8::from((t * 7 + n * 3) % 5 == 0)
        });
        ndarray_npy::write_npy(&input, &raster).unwrap();
        let ran = ran(&python, &file, text(&input), &[], &[text(&input)]);
        assert!(ran.spikes > 5, "{count} {delay}");
        assert_eq!(ran.differing, 0, "{count} {delay}");
        let models = models_of(&ran.log);
        let relays = models.iter().filter(|m| *m == "lif").count();
        let expected = if relayed { delay.div_ceil(8) } else { 1 };
        assert_eq!(relays, expected, "{models:?}");
    }
}

/// `count` inputs that reach two neurons at once, and `delay` steps later with the other sign.
fn delayed(count: usize, delay: usize) -> String {
    format!(
        r#"module attributes {{dt.step = 1.0e-3 : f64}} {{
  %in = "dt.input"() : () -> !dt.spikes<[{count}]> loc("in")
  %now = "dt.linear"(%in) {{weight = dense<2.0> : tensor<2x{count}xf64>}} : (!dt.spikes<[{count}]>) -> !dt.current<[2]> loc("now")
  %old = "dt.register"(%in) {{steps = dense<{delay}.0> : tensor<{count}xf64>}} : (!dt.spikes<[{count}]>) -> !dt.spikes<[{count}]> loc("old")
  %then = "dt.linear"(%old) {{weight = dense<-1.0> : tensor<2x{count}xf64>}} : (!dt.spikes<[{count}]>) -> !dt.current<[2]> loc("then")
  %sum = "dt.sum"(%now, %then) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("sum")
  %lif = "dt.neuron"(%sum) {{
    beta = dense<0.875> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<[3.0, 5.0]> : tensor<2xf64>, integration = "euler", membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  }} : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%lif) : (!dt.spikes<[2]>) -> () loc("out")
}}
"#
    )
}
