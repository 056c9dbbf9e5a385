//! Level `dt` against what other simulators recorded: the NIR paper's traces.

use std::path::Path;

use ndarray::{Array2, Ix2, s};
use nirc_dialects::{
    dt::{Real, Simulation},
    ir::IrContext,
    nir::file::Mode,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{Convention, CtToDt, NirToCt, ResetRule, RunOptions, run};

use crate::support::{corpus, files, npy};

/// Runs `model` at level `dt` in the arithmetic of a convention, with a step of 1e-4 s.
fn simulate<T: Real>(
    model: &Path,
    convention: &Convention,
    change: impl FnOnce(&mut nirc::Settings),
    input: &Array2<f64>,
) -> Recording {
    let context = IrContext::new().unwrap();
    let mut program = nirc::load(&context, model, Mode::Strict).unwrap();
    let mut settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(1e-4),
            ..convention.nir_to_ct.clone()
        },
        ct_to_dt: convention.ct_to_dt.clone(),
        ..nirc::Settings::default()
    };
    change(&mut settings);
    let steps = settings.steps("nir", "dt", None).unwrap();
    run(&context, &mut program, &steps, &RunOptions::default()).unwrap();
    let input = input.mapv(|x| x as f32);
    Simulation::<T>::new(&program)
        .unwrap()
        .run(&[input.view()], &Record::EVERYTHING)
        .unwrap()
}

fn matrix(path: &Path) -> Array2<f64> {
    npy(path).into_dimensionality::<Ix2>().unwrap()
}

/// The recurrent hidden layer of the paper's Braille networks, spike for spike.
#[test]
fn braille_is_what_the_simulators_recorded() {
    let Some(corpus) = corpus("braille_is_what_the_simulators_recorded") else {
        return;
    };
    let (paper, derived) = (
        corpus.join("data/paper/03_rnn"),
        corpus.join("data/derived"),
    );
    let input = matrix(&derived.join("ds_test_sample0_input.npy"));
    let reference =
        |name: &str| matrix(&derived.join(format!("euler_ref_noDelay_{name}_hidden.npy")));
    let recorded = |name: &str| matrix(&paper.join(format!("{name}.npy")));
    let hidden = |model: &str, convention: &str, reset| {
        let path = paper.join(format!("braille_noDelay_{model}.nir"));
        let convention = Convention::lookup(convention).unwrap();
        let change = |settings: &mut nirc::Settings| settings.nir_to_ct.reset = reset;
        simulate::<f32>(&path, convention, change, &input).spikes["lif1.lif"].clone()
    };
    let (zero, subtract) = (ResetRule::Zero, ResetRule::Subtract);
    let models = ["bias_zero", "noBias_subtract"];
    // What the paper's scripts did, which is not always what the file's name says: Norse reset to zero
    // in both models, Spyx by subtraction in both.
    let recipes = [
        ("snntorch", [zero, subtract]),
        ("norse", [zero, zero]),
        ("spyx", [subtract, subtract]),
    ];
    let mut compared = 0;
    for (platform, resets) in recipes {
        for (model, reset) in models.iter().zip(resets) {
            let file = format!("{platform}_activity_noDelay_{model}");
            // Some are kept back.
            if !paper.join(format!("{file}.npy")).exists() {
                continue;
            }
            compared += 1;
            assert_eq!(hidden(model, platform, reset), recorded(&file), "{file}");
        }
    }
    assert!(compared >= 4, "{compared} recordings");
    // Plain Euler, computed apart from nirc.
    for model in models {
        for (word, reset) in [("zero", zero), ("subtract", subtract)] {
            let plain = |s: &mut nirc::Settings| {
                s.nir_to_ct.reset = reset;
                s.ct_to_dt = CtToDt::default();
            };
            let path = paper.join(format!("braille_noDelay_{model}.nir"));
            let norse = Convention::lookup("norse").unwrap();
            let raster = simulate::<f32>(&path, norse, plain, &input).spikes["lif1.lif"].clone();
            assert_eq!(
                raster,
                reference(&format!("{model}_reset-{word}")),
                "{model} {word}"
            );
        }
    }
    // Spyx: the same a step later, for the file of the paper that may be kept back too.
    for model in models {
        let plain = reference(&format!("{model}_reset-subtract"));
        let spyx = hidden(model, "spyx", subtract);
        let steps = plain.nrows();
        assert!(spyx.row(0).iter().all(|x| *x == 0.0));
        assert_eq!(
            spyx.slice(s![1.., ..]),
            plain.slice(s![..steps - 1, ..]),
            "{model}"
        );
    }
    assert_ne!(
        hidden("bias_zero", "snntorch", zero),
        hidden("bias_zero", "norse", zero),
        "the bias of the feedback path matters in the first step"
    );
}

/// A recorded trace of the paper's LIF neuron: the convention that makes it, the factor of its
/// potential against ours, the largest error of the potential in our unit, and whether it shows the
/// potential before the reset in the steps of the spikes.
struct Trace {
    name: &'static str,
    convention: &'static str,
    scale: f64,
    tolerance: f64,
}

const fn trace(name: &'static str, convention: &'static str, scale: f64, tolerance: f64) -> Trace {
    Trace {
        name,
        convention,
        scale,
        tolerance,
    }
}

/// The simulators of the paper. Lava's integers are in `fixed_point.rs`, the exact solution in
/// `continuous.rs`. Tolerances: a little above what was measured (docs/conventions.md).
const TRACES: [Trace; 9] = [
    trace("lava_cpu_float", "lava-float", 1.0, 5e-8),
    trace("nengo", "nengo", 10.0, 2e-8),
    trace("norse", "norse", 1.0, 3e-8),
    trace("rockpool", "rockpool", 1.0, 3e-8),
    trace("sinabs", "sinabs", 1.0, 3e-8),
    trace("snntorch", "snntorch", 25.0, 5e-8),
    // The weight 102.02 is an integer there.
    trace("spinnaker2", "brian2", 25.0 * 102.0 / 102.02, 5e-8),
    trace("spikingjelly", "spikingjelly", 1.0, 1e-7),
    trace("spyx", "spyx", 1.0, 1e-7),
];

/// Traces that other tests are about.
const ELSEWHERE: [&str; 3] = ["exact", "lava_cpu_fixed", "lava_loihi_fixed"];

/// Every trace in the folder: no spike in another step, and the potential.
#[test]
fn lif_is_what_the_simulators_recorded() {
    let Some(corpus) = corpus("lif_is_what_the_simulators_recorded") else {
        return;
    };
    let folder = corpus.join("data/paper/01_lif");
    let mut wrong = Vec::new();
    for path in files(&folder, &["csv"]) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let name = name.strip_prefix("lif_").unwrap_or(name);
        if ELSEWHERE.contains(&name) {
            continue;
        }
        let Some(trace) = TRACES.iter().find(|trace| trace.name == name) else {
            wrong.push(format!("{name}: no convention is known"));
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<Vec<f64>> = text
            .lines()
            .map(|line| line.split(',').map(|x| x.trim().parse().unwrap()).collect())
            .collect();
        let column = |index: usize| Array2::from_shape_fn((rows.len(), 1), |(t, _)| rows[t][index]);
        // Sinabs was given its input times the gain.
        let input = column(0).mapv(|x| f64::from(u8::from(x != 0.0)));
        let convention = Convention::lookup(trace.convention).unwrap();
        let model = folder.join("lif_norse.nir");
        let recording = simulate::<f64>(&model, convention, |_| {}, &input);
        let spikes = &recording.spikes["1"];
        let recorded = column(2).mapv(|x| f64::from(u8::from(x != 0.0)));
        let mismatches = spikes.iter().zip(&recorded).filter(|(a, b)| a != b).count();
        let error = (0..rows.len())
            .map(|t| (recording.v["1"][[t, 0]] - rows[t][1] / trace.scale).abs())
            .fold(0.0, f64::max);
        let line = format!("{name}: {mismatches} mismatches, error {error:.2e}");
        eprintln!("{line}");
        if mismatches > 0 || error > trace.tolerance {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
