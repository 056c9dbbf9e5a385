//! Level `ct`: exact spike times, and what the levels below converge to.

mod convergence;
mod rules;
mod text;

use std::path::Path;

use ndarray::Array2;
use nirc_dialects::{
    ct,
    dt::Integration,
    ir::{IrContext, Program},
    nir::file::Mode,
    simulation::{Nodes, Record, Simulator},
};
use nirc_passes::{NirToCt, ResetRule, RunOptions, run};

use self::text::{Text, current, neuron, spikes};
use crate::random::Random;
use crate::support::{corpus, model, npy};

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

/// A pulse of a neuron is what the same pulse is at an input: the second layer alone, driven by
/// current edges computed here from the first layer's spike times, spikes as in the network.
#[test]
fn pulses_begin_at_the_spike_and_last_their_time() {
    let (width, late, weight) = (3e-3, 1.7e-3, 0.75);
    let form = spikes(1, "pulse", width);
    let drive = current(1);
    let parameters = [
        ("tau_syn", 4e-3),
        ("tau_mem", 1e-2),
        ("r", 1.0),
        ("v_threshold", 0.1),
    ];
    let second = |text: &mut Text, from: &str| {
        let op = neuron(1, "subtract", &parameters);
        text.op("neuron", &[(from, &drive)], &op, ("second", &form));
        text.op("output", &[("second", &form)], "", ("out", ""));
    };
    let mut network = Text::new(1e-3);
    network.op("input", &[], "", ("in", &drive));
    let first = [("tau_mem", 2e-3), ("r", 1.0), ("v_threshold", 0.5)];
    let op = neuron(1, "subtract", &first);
    network.op("neuron", &[("in", &drive)], &op, ("first", &form));
    let delay = format!("delay = dense<{late:e}> : tensor<1xf64>");
    network.op("delay", &[("first", &form)], &delay, ("late", &form));
    network.linear(&Array2::from_elem((1, 1), weight), ("late", &form), "fc");
    second(&mut network, "fc");
    let given = vec![vec![(0.0, 0, 1.0), (0.031_234_5, 0, 0.0), (0.041, 0, 2.0)]];
    let (whole, _) = network
        .continuous()
        .unwrap()
        .run_events(&given, 0.06, &Record::EVERYTHING)
        .unwrap();

    let mut alone = Text::new(1e-3);
    alone.op("input", &[], "", ("in", &drive));
    second(&mut alone, "in");
    let mut edges: Vec<(f64, f64)> = whole.spike_times["first"]
        .iter()
        .flat_map(|(t, _)| [(t + late, weight), (t + late + width, -weight)])
        .collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut level = 0.0;
    let edges = edges.into_iter().map(|(t, change)| {
        level += change;
        (t, 0, level)
    });
    let (alone, _) = alone
        .continuous()
        .unwrap()
        .run_events(&[edges.collect()], 0.06, &Record::EVERYTHING)
        .unwrap();
    let (a, b) = (&whole.spike_times["second"], &alone.spike_times["second"]);
    assert!(
        whole.spike_times["first"].len() > 15 && a.len() > 5,
        "{a:?}"
    );
    assert_eq!(a.len(), b.len());
    for ((a, _), (b, _)) in a.iter().zip(b) {
        assert!((a - b).abs() < 1e-14, "{a} {b}");
    }
    for (a, b) in whole.v["second"].iter().zip(&alone.v["second"]) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
    assert_eq!(whole.spikes["second"], whole.outputs["out"]);
    assert_eq!(whole.outputs["out"].sum(), a.len() as f64);
}

/// Nothing is paid for a step: the same events cost the same on any grid and however long the silence
/// around them is; twice the events cost about twice as much.
#[test]
fn cost_follows_spikes_not_steps() {
    let program = |step: f64| {
        let mut text = Text::new(step);
        let form = spikes(4, "impulse", 1e-3);
        text.op("input", &[], "", ("in", &form));
        text.linear(&Array2::from_elem((20, 4), 0.5), ("in", &form), "fc");
        let parameters = [
            ("tau_syn", 4e-3),
            ("tau_mem", 1e-2),
            ("r", 9.0),
            ("v_threshold", 1.0),
        ];
        let op = neuron(20, "subtract", &parameters);
        let out = spikes(20, "impulse", 1e-3);
        text.op("neuron", &[("fc", &current(20))], &op, ("lif", &out));
        text.op("output", &[("lif", &out)], "", ("out", ""));
        text.continuous().unwrap()
    };
    let train = |count: usize| -> Vec<ct::Events> {
        vec![
            (0..count)
                .map(|k| (k as f64 * 7.3e-3 + 1e-3, k % 4, 10.0))
                .collect(),
        ]
    };
    let spikes_only = Record {
        spikes: Nodes::All,
        ..Record::OUTPUTS
    };
    let run = |step: f64, duration: f64, count: usize| {
        let simulation = program(step);
        simulation
            .run_events(&train(count), duration, &spikes_only)
            .unwrap()
    };
    let (first, cost) = run(1e-3, 1.0, 100);
    assert!(cost.spikes > 500, "{cost:?}");
    assert!(cost.instants <= 1 + 100 + cost.spikes, "{cost:?}");
    assert!(cost.updates <= 20 * (1 + 100) + cost.spikes, "{cost:?}");
    for (step, duration) in [(1e-5, 1.0), (1e-3, 50.0)] {
        let (other, same) = run(step, duration, 100);
        assert_eq!(same, cost);
        assert_eq!(
            other.spike_times["lif"].len(),
            first.spike_times["lif"].len()
        );
    }
    let (_, double) = run(1e-3, 2.0, 200);
    let ratio = double.updates as f64 / cost.updates as f64;
    assert!((1.9..2.1).contains(&ratio), "{cost:?} {double:?}");
}

/// Convolution, pool, scale and bias of pulses and of a potential: as level `dt` computes them.
#[test]
fn maps_of_pulses_and_potentials_are_those_of_level_dt() {
    let image = |count: [usize; 3]| format!("[{}, {}, {}]", count[0], count[1], count[2]);
    let mut text = Text::new(1e-3);
    let input = format!("!ct.spikes<{}, \"pulse\", 1.0e-03 : f64>", image([2, 7, 6]));
    let [hidden, pooled] = [[4, 4, 6], [4, 2, 3]].map(|c| format!("!ct.current<{}>", image(c)));
    text.op("input", &[], "", ("in", &input));
    let mut random = Random(5);
    let mut dense = |shape: &[usize]| {
        let count: usize = shape.iter().product();
        let values: Vec<_> = (0..count)
            .map(|_| format!("{:.9e}", random.within(-1.0, 1.0)))
            .collect();
        let extents: Vec<_> = shape.iter().map(usize::to_string).collect();
        // MLIR wants nested lists; a flat list reads only for one dimension.
        let mut level = values;
        for extent in shape.iter().rev() {
            level = level
                .chunks(*extent)
                .map(|row| format!("[{}]", row.join(", ")))
                .collect();
        }
        format!("dense<{}> : tensor<{}xf64>", level[0], extents.join("x"))
    };
    let convolution = format!(
        "weight = {}, stride = array<i64: 2, 1>, padding = array<i64: 1, 2, 1, 0>, \
         dilation = array<i64: 1, 1>, groups = 2 : i64",
        dense(&[4, 1, 3, 2])
    );
    text.op(
        "convolution",
        &[("in", &input)],
        &convolution,
        ("conv", &hidden),
    );
    let bias = format!("bias = {}", dense(&[4]));
    text.op("bias", &[("conv", &hidden)], &bias, ("biased", &hidden));
    let li = "reset = \"none\", r = dense<1.5> : tensor<4x4x6xf64>, tau_mem = dense<5.0e-03> : \
              tensor<4x4x6xf64>, tau_syn = dense<5.0e-03> : tensor<4x4x6xf64>";
    text.op("neuron", &[("biased", &hidden)], li, ("li", &hidden));
    let pool = "kind = \"average\", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, \
                padding = array<i64: 0, 0, 0, 0>";
    for (name, from) in [("mean", "li"), ("held", "biased")] {
        text.op("pool", &[(from, &hidden)], pool, (name, &pooled));
    }
    let scale = format!("scale = {}", dense(&[4, 2, 3]));
    text.op("scale", &[("mean", &pooled)], &scale, ("scaled", &pooled));
    text.op(
        "sum",
        &[("scaled", &pooled), ("held", &pooled)],
        "",
        ("both", &pooled),
    );
    text.op("reshape", &[("both", &pooled)], "", ("flat", &current(24)));
    text.op("output", &[("flat", &current(24))], "", ("out", ""));
    let mut random = Random(6);
    let input = Array2::from_shape_simple_fn((40, 84), || f32::from(u8::from(random.unit() < 0.2)));
    let (exact, held) = (
        text.run(&input),
        text.run_discrete(Integration::Exact, &input),
    );
    let largest = held.outputs["out"]
        .iter()
        .fold(0.0f64, |a, b| a.max(b.abs()));
    assert!(largest > 1.0);
    for ((at, exact), held) in exact.outputs["out"]
        .indexed_iter()
        .zip(&held.outputs["out"])
    {
        assert!((exact - held).abs() < 1e-12, "{at:?}: {exact} {held}");
    }
}

/// The class that spikes most, against the labels, for each held-out sample.
#[test]
fn motions_are_told_apart_without_a_step() {
    let context = IrContext::new().unwrap();
    let options = settings(1e-4, ResetRule::Subtract);
    let program = lowered(&context, &model("motions/motions.nir"), "ct", &options);
    let simulation = ct::Simulation::new(&program).unwrap();
    let inputs = npy(&model("motions/test_inputs.npy")).mapv(|x| x as f32);
    let labels = npy(&model("motions/test_labels.npy"));
    let (mut correct, mut total) = (0, 0.0);
    for (sample, label) in inputs.outer_iter().zip(&labels) {
        let sample = sample.into_dimensionality::<ndarray::Ix2>().unwrap();
        let recording = simulation.run(&[sample], &Record::OUTPUTS).unwrap();
        let counts = recording
            .outputs
            .values()
            .next()
            .unwrap()
            .sum_axis(ndarray::Axis(0));
        let most = (0..counts.len())
            .rev()
            .max_by(|a, b| counts[*a].total_cmp(&counts[*b]));
        correct += usize::from(most == Some(*label as usize));
        total += counts.sum();
    }
    println!(
        "{correct} of {} are right, {total} output spikes",
        labels.len()
    );
    assert!(correct * 10 >= labels.len() * 9, "{correct}");
}

/// Trained networks at level `ct`: the sparse ones of the NIR paper and of the repository.
#[test]
fn trained_networks_run() {
    let mut runs = Vec::new();
    let inputs = npy(&model("motions/test_inputs.npy")).mapv(|x| x as f32);
    let sample = inputs.index_axis(ndarray::Axis(0), 0).to_owned();
    runs.push((model("motions/motions.nir"), ResetRule::Subtract, sample));
    if let Some(corpus) = corpus("trained_networks_run (Braille)") {
        let input = npy(&corpus.join("data/derived/ds_test_sample0_input.npy")).mapv(|x| x as f32);
        for (name, reset) in [
            ("bias_zero", ResetRule::Zero),
            ("noBias_subtract", ResetRule::Subtract),
        ] {
            let path = format!("data/paper/03_rnn/braille_noDelay_{name}.nir");
            runs.push((corpus.join(path), reset, input.clone()));
        }
    }
    for (path, reset, input) in runs {
        let input = input.into_dimensionality::<ndarray::Ix2>().unwrap();
        let context = IrContext::new().unwrap();
        let program = lowered(&context, &path, "ct", &settings(1e-4, reset));
        let simulation = ct::Simulation::new(&program).unwrap();
        let events: ct::Events = input
            .indexed_iter()
            .filter(|(_, x)| **x != 0.0)
            .map(|((k, n), x)| (k as f64 * 1e-4, n, f64::from(*x)))
            .collect();
        let duration = input.nrows() as f64 * 1e-4;
        let begin = std::time::Instant::now();
        let (recording, activity) = simulation
            .run_events(std::slice::from_ref(&events), duration, &Record::EVERYTHING)
            .unwrap();
        println!(
            "{path:?}: {} inputs, {activity:?}, {:?}",
            events.len(),
            begin.elapsed()
        );
        for (name, raster) in &recording.spikes {
            println!("  {name}: {} spikes", raster.sum());
        }
        assert!(activity.spikes > 50, "{activity:?}");
        // Events and the raster are the same input, up to the rounding of the ends of pulses.
        let raster = simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap();
        assert_eq!(raster.spikes, recording.spikes);
    }
}
