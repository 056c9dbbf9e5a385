//! Level `dt` against what other simulators recorded: the NIR paper's traces.

use std::path::Path;

use ndarray::{Array2, Ix2, s};
use nirc_dialects::{
    dt::{Integration, Simulation},
    ir::IrContext,
    nir::file::Mode,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{CtToDt, Feedback, NirToCt, ResetRule, RunOptions, run};

use crate::support::{corpus, npy};

/// Runs `model` at level `dt` in single precision, as the frameworks do.
fn simulate(model: &Path, reset: ResetRule, discrete: CtToDt, input: &Array2<f64>) -> Recording {
    let context = IrContext::new().unwrap();
    let mut program = nirc::load(&context, model, Mode::Strict).unwrap();
    let settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(1e-4),
            reset,
            ..NirToCt::default()
        },
        ct_to_dt: discrete,
        ..nirc::Settings::default()
    };
    let steps = settings.steps("nir", "dt", None).unwrap();
    run(&context, &mut program, &steps, &RunOptions::default()).unwrap();
    let input = input.mapv(|x| x as f32);
    Simulation::<f32>::new(&program)
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
    let late = |raster: Array2<f64>| {
        let mut shifted = Array2::zeros(raster.dim());
        shifted
            .slice_mut(s![1.., ..])
            .assign(&raster.slice(s![..-1, ..]));
        shifted
    };
    let hidden = |model: &str, reset, feedback| {
        let path = paper.join(format!("braille_noDelay_{model}.nir"));
        let recording = simulate(
            &path,
            reset,
            CtToDt {
                feedback,
                ..CtToDt::default()
            },
            &input,
        );
        recording.spikes["lif1.lif"].clone()
    };
    let spikes = Feedback::Spikes;
    let zero = hidden("bias_zero", ResetRule::Zero, spikes);
    assert_eq!(zero, reference("bias_zero_reset-zero"));
    assert_eq!(
        zero,
        recorded("snntorch_activity_noDelay_bias_zero"),
        "snnTorch"
    );
    let path = hidden("bias_zero", ResetRule::Zero, Feedback::Path);
    assert_eq!(path, recorded("norse_activity_noDelay_bias_zero"), "Norse");
    assert_ne!(
        path, zero,
        "the bias of the feedback path matters in the first step"
    );
    assert_eq!(
        hidden("bias_zero", ResetRule::Subtract, spikes),
        reference("bias_zero_reset-subtract")
    );
    let subtract = hidden("noBias_subtract", ResetRule::Subtract, spikes);
    assert_eq!(subtract, reference("noBias_subtract_reset-subtract"));
    assert_eq!(
        late(subtract),
        recorded("spyx_activity_noDelay_noBias_subtract"),
        "Spyx, a step late"
    );
    assert_eq!(
        hidden("noBias_subtract", ResetRule::Zero, spikes),
        reference("noBias_subtract_reset-zero")
    );
}

/// The paper's single LIF neuron: 4 spikes, and the potential of two simulators.
#[test]
fn lif_is_what_the_simulators_recorded() {
    let Some(corpus) = corpus("lif_is_what_the_simulators_recorded") else {
        return;
    };
    let folder = corpus.join("data/paper/01_lif");
    // (file, integration, scale of its potential, largest difference)
    let traces = [
        ("lif_norse.csv", Integration::Euler, 1.0, 1e-6),
        ("lif_snntorch.csv", Integration::Euler, 25.0, 1e-6),
        ("lif_nengo.csv", Integration::Exact, 10.0, 1e-6),
    ];
    for (name, integration, scale, tolerance) in traces {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let rows: Vec<Vec<f64>> = text
            .lines()
            .map(|line| line.split(',').map(|x| x.trim().parse().unwrap()).collect())
            .collect();
        let column = |index: usize| Array2::from_shape_fn((rows.len(), 1), |(t, _)| rows[t][index]);
        let options = CtToDt {
            integration,
            ..CtToDt::default()
        };
        let recording = simulate(
            &folder.join("lif_norse.nir"),
            ResetRule::Zero,
            options,
            &column(0),
        );
        let spikes = &recording.spikes["1"];
        let at: Vec<usize> = (0..rows.len()).filter(|&t| spikes[[t, 0]] > 0.0).collect();
        assert_eq!(at, [460, 510, 710, 760], "{name}");
        assert_eq!(
            *spikes,
            column(2).mapv(|x| f64::from(u8::from(x != 0.0))),
            "{name}"
        );
        // Some record the potential before the reset; it differs in the steps of the spikes only.
        for t in (0..rows.len()).filter(|t| !at.contains(t)) {
            let difference = (recording.v["1"][[t, 0]] - rows[t][1] / scale).abs();
            assert!(difference < tolerance, "{name}, step {t}: {difference:e}");
        }
    }
}
