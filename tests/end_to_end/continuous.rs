//! Level `ct`: exact spike times, and what the levels below converge to.

use std::path::Path;

use ndarray::Array2;
use nirc_dialects::{
    ct,
    ir::{IrContext, Program},
    nir::file::Mode,
    simulation::{Record, Simulator},
};
use nirc_passes::{NirToCt, ResetRule, RunOptions, run};

use crate::support::corpus;

/// The program of `model` at `level`.
fn lowered<'c>(
    context: &'c IrContext,
    model: &Path,
    level: &str,
    settings: &nirc::Settings,
) -> Program<'c> {
    let mut program = nirc::load(context, model, Mode::Strict).unwrap();
    let steps = settings.steps("nir", level, None).unwrap();
    run(context, &mut program, &steps, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    program
}

fn settings(step: f64, reset: ResetRule) -> nirc::Settings {
    nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(step),
            reset,
            ..NirToCt::default()
        },
        ..nirc::Settings::default()
    }
}

/// The columns of a file of the NIR paper's first task: input, potential, spikes.
fn trace(path: &Path) -> Vec<[f64; 3]> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let row: Vec<f64> = line.split(',').map(|x| x.trim().parse().unwrap()).collect();
            [row[0], row[1], row[2]]
        })
        .collect()
}

/// The paper's single LIF neuron: tau = 2.5 ms, r = 1, threshold 0.1, pulses of 0.1 ms. Its file
/// `lif_exact.csv` has the potential at the ends of steps, for parameters that are not rounded to
/// single precision, as those of the model are.
#[test]
fn one_neuron_spikes_when_the_closed_solution_says() {
    let Some(corpus) = corpus("one_neuron_spikes_when_the_closed_solution_says") else {
        return;
    };
    let folder = corpus.join("data/paper/01_lif");
    let rows = trace(&folder.join("lif_exact.csv"));
    let context = IrContext::new().unwrap();
    let settings = settings(1e-4, ResetRule::Subtract);
    let program = lowered(&context, &folder.join("lif_norse.nir"), "ct", &settings);
    let input = Array2::from_shape_fn((rows.len(), 1), |(t, _)| rows[t][0] as f32);
    let recording = ct::Simulation::new(&program)
        .unwrap()
        .run(&[input.view()], &Record::EVERYTHING)
        .unwrap();

    // The same in one loop: within a pulse v tends to 1, between pulses to 0.
    let (tau, threshold) = (f64::from(0.0025f32), f64::from(0.1f32));
    let (mut v, mut expected, mut trace) = (0.0f64, Vec::new(), Vec::new());
    for (step, row) in rows.iter().enumerate() {
        let end = row[0];
        let mut left = 1e-4;
        if end > threshold && end + (v - end) * (-left / tau).exp() > threshold {
            let time = tau * ((end - v) / (end - threshold)).ln();
            expected.push(step as f64 * 1e-4 + time);
            (v, left) = (0.0, left - time);
        }
        v = end + (v - end) * (-left / tau).exp();
        trace.push(v);
    }
    let times: Vec<f64> = recording.spike_times["1"].iter().map(|(t, _)| *t).collect();
    assert_eq!(times.len(), 4);
    for ((time, expected), printed) in times
        .iter()
        .zip(&expected)
        .zip([0.046084, 0.051090, 0.071092, 0.076091])
    {
        assert!((time - expected).abs() < 1e-15, "{time} {expected}");
        assert!((time - printed).abs() < 5e-7, "{time} {printed}");
    }
    for (step, row) in rows.iter().enumerate() {
        let v = recording.v["1"][[step, 0]];
        assert!((v - trace[step]).abs() < 1e-14, "step {step}");
        assert_eq!(recording.spikes["1"][[step, 0]], row[2], "step {step}");
        assert_eq!(
            recording.outputs["output"][[step, 0]],
            row[2],
            "step {step}"
        );
        assert!((v - row[1]).abs() < 3e-9, "step {step}: {v} {}", row[1]);
    }
}
