//! Level `ct`: exact spike times, and what the levels below converge to.

use std::{fmt::Write, path::Path};

use ndarray::Array2;
use nirc_dialects::{
    ct,
    dt::{self, Integration},
    finding::Findings,
    ir::{IrContext, Program},
    nir::file::Mode,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{CtToDt, NirToCt, ResetRule, RunOptions, run};

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

/// SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain); in 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// A program of level `ct`, written op by op.
struct Text(String);

impl Text {
    fn new(step: f64) -> Self {
        Self(format!(
            "module attributes {{ct.step = {step:.17e} : f64}} {{\n"
        ))
    }

    /// `%result = "ct.op"(%operands) {attributes}`, with the types of operands and result.
    fn op(&mut self, op: &str, operands: &[(&str, &str)], attributes: &str, result: (&str, &str)) {
        let names: Vec<_> = operands
            .iter()
            .map(|(name, _)| format!("%{name}"))
            .collect();
        let types: Vec<_> = operands.iter().map(|(_, r#type)| *r#type).collect();
        let (name, r#type) = result;
        let (prefix, results) = if r#type.is_empty() {
            (String::new(), "()")
        } else {
            (format!("%{name} = "), r#type)
        };
        writeln!(
            self.0,
            "{prefix}\"ct.{op}\"({}) {{{attributes}}} : ({}) -> {results} loc(\"{name}\")",
            names.join(", "),
            types.join(", ")
        )
        .unwrap();
    }

    fn linear(&mut self, weight: &Array2<f64>, operand: (&str, &str), result: &str) {
        let (rows, columns) = weight.dim();
        let text: Vec<_> = weight
            .outer_iter()
            .map(|row| {
                row.iter()
                    .map(|w| format!("{w:.17e}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .map(|row| format!("[{row}]"))
            .collect();
        let weight = format!(
            "weight = dense<[{}]> : tensor<{rows}x{columns}xf64>",
            text.join(", ")
        );
        self.op("linear", &[operand], &weight, (result, &current(rows)));
    }

    fn parse<'c>(&self, context: &'c IrContext) -> Program<'c> {
        let text = format!("{}}}", self.0);
        Program::parse(context, &text).unwrap_or_else(|f| panic!("{f}\n{text}"))
    }

    fn continuous(&self) -> Result<ct::Simulation, Findings> {
        let context = IrContext::new().unwrap();
        ct::Simulation::new(&self.parse(&context))
    }

    fn run(&self, input: &Array2<f32>) -> Recording {
        let simulation = self
            .continuous()
            .unwrap_or_else(|f| panic!("{f}\n{}", self.0));
        simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap()
    }

    /// The same at level `dt`.
    fn run_discrete(&self, integration: Integration, input: &Array2<f32>) -> Recording {
        let context = IrContext::new().unwrap();
        let mut program = self.parse(&context);
        let settings = nirc::Settings {
            ct_to_dt: CtToDt {
                integration,
                ..CtToDt::default()
            },
            ..nirc::Settings::default()
        };
        let steps = settings.steps("ct", "dt", None).unwrap();
        run(&context, &mut program, &steps, &RunOptions::default())
            .unwrap_or_else(|f| panic!("{f}"));
        let simulation = dt::Simulation::<f64>::new(&program).unwrap();
        simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap()
    }
}

fn current(count: usize) -> String {
    format!("!ct.current<[{count}]>")
}

fn spikes(count: usize, form: &str, area: f64) -> String {
    format!("!ct.spikes<[{count}], \"{form}\", {area:.17e} : f64>")
}

/// The attributes of a neuron: names and values that all neurons share.
fn neuron(count: usize, reset: &str, parameters: &[(&str, f64)]) -> String {
    let mut text = format!("reset = \"{reset}\"");
    for (name, value) in parameters {
        write!(text, ", {name} = dense<{value:.17e}> : tensor<{count}xf64>").unwrap();
    }
    text
}

/// Times of the spikes of each neuron.
fn by_neuron(list: &[(f64, usize)], count: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); count];
    for (time, neuron) in list {
        times[*neuron].push(*time);
    }
    times
}

/// Times of the spikes of each neuron of a raster, which spikes at the ends of steps.
fn of_raster(raster: &Array2<f64>, step: f64) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); raster.ncols()];
    for ((k, neuron), count) in raster.indexed_iter() {
        times[neuron].extend((0..*count as usize).map(|_| (k + 1) as f64 * step));
    }
    times
}

/// Each row so many times.
fn repeated(input: &Array2<f32>, times: usize) -> Array2<f32> {
    Array2::from_shape_fn((input.nrows() * times, input.ncols()), |(k, n)| {
        input[[k / times, n]]
    })
}

const COARSE: f64 = 2e-3;
const HIDDEN: usize = 8;

/// A random network of two spiking layers and a readout without threshold. Its spikes are impulses;
/// layers are current-based, have no synapse, or integrate; half of them are recurrent, some with
/// delays; both resets.
fn network(case: u64, threshold: f64, step: f64) -> Text {
    let mut random = Random(case);
    let mut text = Text::new(step);
    let (inputs, area) = (3, 1e-3);
    let wide = spikes(HIDDEN, "impulse", area);
    let drive = current(HIDDEN);
    text.op("input", &[], "", ("in", &current(inputs)));
    let mut weight = |rows, columns, low: f64, high: f64| {
        Array2::from_shape_simple_fn((rows, columns), || random.between(low, high))
    };
    text.linear(
        &weight(HIDDEN, inputs, 0.2, 2.0),
        ("in", &current(inputs)),
        "fc0",
    );
    let mut source = "fc0";
    let reset = if case % 2 == 0 { "subtract" } else { "value" };
    for (layer, names) in [
        ["lif0", "rec0", "late0", "sum0"],
        ["lif1", "rec1", "late1", "sum1"],
    ]
    .into_iter()
    .enumerate()
    {
        let [lif, rec, late, sum] = names;
        if layer == 1 {
            text.linear(&weight(HIDDEN, HIDDEN, -1.0, 4.0), ("lif0", &wide), "fc1");
            source = "fc1";
        }
        let mut drives = vec![(source, drive.as_str())];
        if (case / 2 + layer as u64) % 2 == 0 {
            let mut fed = lif;
            if case % 3 == 0 {
                let delay = format!("delay = dense<4.0e-3> : tensor<{HIDDEN}xf64>");
                text.op("delay", &[(lif, &wide)], &delay, (late, &wide));
                fed = late;
            }
            text.linear(&weight(HIDDEN, HIDDEN, -1.0, 0.5), (fed, &wide), rec);
            drives.push((rec, &drive));
        }
        text.op("sum", &drives, "", (sum, &drive));
        let mut parameters = vec![("v_threshold", threshold), ("v_reset", 0.1)];
        let kind = (case as usize + layer) % 3;
        match kind {
            0 => parameters.extend([("tau_syn", 4e-3), ("w_in", 1.25), ("tau_mem", 1e-2)]),
            1 => parameters.extend([("tau_mem", 8e-3), ("v_leak", 0.125)]),
            _ => {}
        }
        parameters.push(("r", if kind == 2 { 80.0 } else { 1.25 }));
        text.op(
            "neuron",
            &[(sum, &drive)],
            &neuron(HIDDEN, reset, &parameters),
            (lif, &wide),
        );
    }
    text.linear(&weight(2, HIDDEN, -1.0, 1.0), ("lif1", &wide), "fc2");
    let readout = [("tau_syn", 5e-3), ("tau_mem", 5e-3), ("r", 1.0)];
    text.op(
        "neuron",
        &[("fc2", &current(2))],
        &neuron(2, "none", &readout),
        ("li", &current(2)),
    );
    text.op("output", &[("li", &current(2))], "", ("out", ""));
    text
}

fn currents(case: u64, steps: usize) -> Array2<f32> {
    let mut random = Random(1000 + case);
    Array2::from_shape_simple_fn((steps, 3), || random.between(-0.2, 1.0) as f32)
}

/// Forward Euler's spike times come to the exact ones with the step, in the first order.
#[test]
fn spike_times_of_euler_converge_to_the_exact_ones() {
    let cases = 18;
    let (mut coarse, mut fine, mut all) = (Vec::new(), Vec::new(), 0);
    for case in 0..cases {
        let input = currents(case, 20);
        let exact = network(case, 1.0, COARSE).run(&input);
        let euler = |times: usize| {
            let step = COARSE / times as f64;
            let recording =
                network(case, 1.0, step).run_discrete(Integration::Euler, &repeated(&input, times));
            move |layer: &str| of_raster(&recording.spikes[layer], step)
        };
        let (rough, near) = (euler(128), euler(512));
        for layer in ["lif0", "lif1"] {
            let exact = by_neuron(&exact.spike_times[layer], HIDDEN);
            for ((exact, rough), near) in exact.iter().zip(rough(layer)).zip(near(layer)) {
                all += exact.len();
                if exact.len() != rough.len() || exact.len() != near.len() {
                    continue;
                }
                for ((exact, rough), near) in exact.iter().zip(rough).zip(near) {
                    coarse.push((rough - exact).abs());
                    fine.push((near - exact).abs());
                }
            }
        }
    }
    // The median: a spike that hardly reaches the threshold comes much later, or in another order.
    let median = |errors: &mut Vec<f64>| {
        errors.sort_by(f64::total_cmp);
        errors[errors.len() / 2]
    };
    let (compared, order) = (
        fine.len(),
        (median(&mut coarse) / median(&mut fine)).log(4.0),
    );
    let error = median(&mut fine) / (COARSE / 512.0);
    println!("{compared} of {all} spikes, order {order:.3}, median error {error:.2} of a step");
    assert!(all > 1000, "{all} spikes");
    assert!(
        compared as f64 > 0.95 * all as f64,
        "{compared} of {all} spikes"
    );
    assert!((0.85..1.15).contains(&order), "order {order}");
}

/// Below the threshold Euler's potentials come to the exact ones in the first order, and those of
/// exact integration are the exact ones at any step, for currents that are held for a step.
#[test]
fn potentials_converge_in_the_first_order_and_exact_integration_has_no_error() {
    let (mut order, mut worst) = ([f64::INFINITY, 0.0f64], 0.0f64);
    for case in 0..18 {
        let input = currents(case, 20);
        let exact = network(case, 1e3, COARSE).run(&input);
        let error = |integration, times: usize| {
            let discrete = network(case, 1e3, COARSE / times as f64)
                .run_discrete(integration, &repeated(&input, times));
            let ends = 0..input.nrows();
            let differences = ends.flat_map(|k| {
                let (v, exact) = (&discrete.v["lif0"], &exact.v["lif0"]);
                (0..HIDDEN).map(move |n| v[[(k + 1) * times - 1, n]] - exact[[k, n]])
            });
            differences.map(f64::abs).fold(0.0, f64::max)
        };
        let (rough, fine) = (
            error(Integration::Euler, 64),
            error(Integration::Euler, 256),
        );
        // An integrator's Euler is exact.
        if case % 3 != 2 {
            let own = (rough / fine).log(4.0);
            order = [order[0].min(own), order[1].max(own)];
        }
    }
    // Exact integration takes no impulses, so the network is one layer here.
    for (case, kind) in [
        &[
            ("tau_syn", 4e-3),
            ("w_in", 1.25),
            ("tau_mem", 1e-2),
            ("r", 1.25),
        ][..],
        &[
            ("tau_syn", 4e-3),
            ("tau_mem", 4e-3),
            ("r", 1.25),
            ("v_leak", 0.5),
        ],
        &[("tau_syn", 4e-3), ("tau_mem", 4.000000001e-3), ("r", 1.25)],
        &[("tau_syn", 4e-3), ("r", 80.0)],
        &[("tau_mem", 8e-3), ("r", 1.25), ("v_leak", 0.125)],
        &[("r", 80.0)],
    ]
    .into_iter()
    .enumerate()
    {
        let input = currents(case as u64, 200);
        let mut text = Text::new(COARSE);
        text.op("input", &[], "", ("in", &current(3)));
        text.op(
            "neuron",
            &[("in", &current(3))],
            &neuron(3, "none", kind),
            ("li", &current(3)),
        );
        text.op("output", &[("li", &current(3))], "", ("out", ""));
        let (exact, held) = (
            text.run(&input),
            text.run_discrete(Integration::Exact, &input),
        );
        assert_eq!(exact.outputs["out"], exact.v["li"]);
        for (exact, held) in exact.v["li"].iter().zip(&held.v["li"]) {
            worst = worst.max((exact - held).abs() / held.abs().max(1.0));
        }
    }
    println!("orders {order:?}, exact integration differs by {worst:e}");
    assert!(order[0] > 0.95 && order[1] < 1.05, "orders {order:?}");
    assert!(worst < 1e-12, "{worst:e}");
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
        spikes: nirc_dialects::simulation::Nodes::All,
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

/// One neuron behind one input; both of one element.
fn single(input: &str, attributes: &str, result: &str) -> Text {
    let mut text = Text::new(1e-3);
    text.op("input", &[], "", ("in", input));
    text.op("neuron", &[("in", input)], attributes, ("lif", result));
    text.op("output", &[("lif", result)], "", ("out", ""));
    text
}

fn column(values: &[f32]) -> Array2<f32> {
    Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
}

/// The potential is exactly at the threshold when the pulse ends: it does not exceed it, so there is a
/// spike only where the next pulse follows, and it belongs to that step. This holds at any time,
/// though k * step is rounded.
#[test]
fn a_potential_that_touches_the_threshold_does_not_spike() {
    let pulse = spikes(1, "pulse", 1e-3);
    let integrator = [("r", 1e3), ("v_threshold", 1.0)];
    let text = single(&pulse, &neuron(1, "subtract", &integrator), &pulse);
    for lead in [0, 1, 2, 3, 6, 7, 11, 19, 100, 1234] {
        let mut input = vec![0.0; lead + 7];
        (input[lead], input[lead + 3], input[lead + 4]) = (1.0, 1.0, 1.0);
        let recording = text.run(&column(&input));
        let spikes = &recording.spikes["lif"];
        let at: Vec<usize> = (0..input.len())
            .filter(|k| spikes[[*k, 0]] != 0.0)
            .collect();
        // v is 1 after the first pulse, exceeds it from the second pulse on, and is then 0 to 1
        // again: 1 at the end of the second, exceeded by the third.
        assert_eq!(at, [lead + 3, lead + 4], "{:?}", recording.spike_times);
        let v = &recording.v["lif"];
        assert!((v[[lead, 0]] - 1.0).abs() < 1e-9 && (v[[lead + 6, 0]] - 1.0).abs() < 1e-9);
    }
}

/// An impulse lifts the potential at once: by subtraction it spikes until it is not above any more.
#[test]
fn an_impulse_spikes_as_often_as_it_exceeds_the_threshold() {
    let impulse = spikes(1, "impulse", 1.0);
    let parameters = |reset| {
        neuron(
            1,
            reset,
            &[("r", 1.0), ("v_threshold", 1.0), ("v_reset", 0.25)],
        )
    };
    // (reset, spikes, potential after): 3 leaves 1, which is not above 1.
    for (reset, count, after) in [("subtract", 2.0, 1.0), ("value", 1.0, 0.25)] {
        let recording =
            single(&impulse, &parameters(reset), &impulse).run(&column(&[0.0, 3.0, 0.0]));
        assert_eq!(
            recording.spikes["lif"],
            ndarray::array![[0.0], [count], [0.0]]
        );
        assert_eq!(recording.v["lif"], ndarray::array![[0.0], [after], [after]]);
        assert_eq!(recording.outputs["out"], recording.spikes["lif"]);
        assert_eq!(recording.spike_times["lif"].len(), count as usize);
        assert!(recording.spike_times["lif"].iter().all(|s| *s == (1e-3, 0)));
    }
}

/// A threshold without membrane is a level, which counts once for each time of a spike that it lasts.
#[test]
fn a_threshold_without_membrane_is_a_level() {
    let pulse = spikes(1, "pulse", 1e-3);
    let text = single(
        &current(1),
        &neuron(1, "none", &[("v_threshold", 0.5)]),
        &pulse,
    );
    let input = column(&[0.0, 0.6, 0.9, 0.5, 0.7, 0.0]);
    let recording = text.run(&input);
    let expected = ndarray::array![[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]];
    assert_eq!(recording.spikes["lif"], expected);
    assert_eq!(recording.outputs["out"], expected);
    assert_eq!(recording.v["lif"], input.mapv(f64::from));
    assert_eq!(
        text.run_discrete(Integration::Exact, &input).spikes["lif"],
        expected
    );
    let given = vec![vec![(0.5e-3, 0, 1.0), (2.0e-3, 0, 0.0)]];
    let simulation = text.continuous().unwrap();
    let (recording, _) = simulation
        .run_events(&given, 4e-3, &Record::EVERYTHING)
        .unwrap();
    assert_eq!(recording.spike_times["lif"], [(0.5e-3, 0), (1.5e-3, 0)]);
}

#[test]
fn what_has_no_exact_solution_is_refused_by_name() {
    let (pulse, impulse) = (spikes(1, "pulse", 1e-3), spikes(1, "impulse", 1e-3));
    let code = |text: &Text| match text.continuous() {
        Ok(_) => panic!("it is accepted: {}", text.0),
        Err(findings) => findings.0[0].code.to_string(),
    };
    let level = neuron(1, "none", &[("v_threshold", 0.5)]);
    assert_eq!(code(&single(&impulse, &level, &pulse)), "ct-run-threshold");
    assert_eq!(code(&single(&pulse, &level, &impulse)), "ct-run-threshold");
    let leaky = [("tau_mem", 1e-3), ("r", 1.0), ("v_threshold", 1.0)];
    assert_eq!(
        code(&single(&pulse, &neuron(1, "subtract", &leaky), &current(1))),
        "ct-type"
    );
    let wrong = [("tau_mem", -1e-3), ("r", 1.0), ("v_threshold", 1.0)];
    assert_eq!(
        code(&single(&pulse, &neuron(1, "subtract", &wrong), &pulse)),
        "ct-tau"
    );
    let mut chain = Text::new(1e-3);
    chain.op("input", &[], "", ("in", &current(1)));
    let li = neuron(1, "none", &leaky[..2]);
    chain.op("neuron", &[("in", &current(1))], &li, ("li", &current(1)));
    chain.linear(&Array2::ones((1, 1)), ("li", &current(1)), "fc");
    chain.op("neuron", &[("fc", &current(1))], &li, ("next", &current(1)));
    chain.op("output", &[("next", &current(1))], "", ("out", ""));
    assert_eq!(code(&chain), "ct-run-continuous-input");
}

/// Impulses that cause more impulses at the same instant are no endless loop.
#[test]
fn a_runaway_is_a_finding() {
    let mut text = Text::new(1e-3);
    let impulse = spikes(1, "impulse", 1.0);
    text.op("input", &[], "", ("in", &current(1)));
    text.linear(&Array2::from_elem((1, 1), 1.5), ("lif", &impulse), "rec");
    text.op(
        "sum",
        &[("in", &current(1)), ("rec", &current(1))],
        "",
        ("sum", &current(1)),
    );
    let parameters = neuron(1, "subtract", &[("r", 1.0), ("v_threshold", 1.0)]);
    text.op(
        "neuron",
        &[("sum", &current(1))],
        &parameters,
        ("lif", &impulse),
    );
    text.op("output", &[("lif", &impulse)], "", ("out", ""));
    let simulation = text.continuous().unwrap();
    let start = |value: f64| vec![vec![(0.0, 0, value)]];
    assert!(
        simulation
            .run_events(&start(0.5), 1.0, &Record::OUTPUTS)
            .is_ok()
    );
    let error = simulation
        .run_events(&start(2.0), 1.0, &Record::OUTPUTS)
        .unwrap_err();
    assert_eq!(error.0[0].code, "ct-run-runaway");
    assert_eq!(error.0[0].node.as_deref(), Some("lif"));
    for bad in [
        (f64::NAN, 0, 1.0),
        (-1.0, 0, 1.0),
        (0.0, 1, 1.0),
        (0.0, 0, f64::INFINITY),
    ] {
        let error = simulation.run_events(&[vec![bad]], 1.0, &Record::OUTPUTS);
        assert_eq!(error.unwrap_err().0[0].code, "run-input");
    }
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
            .map(|_| format!("{:.9e}", random.between(-1.0, 1.0)))
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
    let input = Array2::from_shape_simple_fn((40, 84), || f32::from(u8::from(random.next() < 0.2)));
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
