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
        f64::from(compared) > 0.9 * all as f64,
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
