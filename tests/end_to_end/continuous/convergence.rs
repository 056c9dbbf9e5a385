//! Level `dt` comes to level `ct` as its step goes to 0, on random networks.

use ndarray::Array2;
use nirc_dialects::dt::Integration;

use super::text::{Text, by_neuron, current, neuron, of_raster, repeated, spikes};
use crate::random::Random;

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
        Array2::from_shape_simple_fn((rows, columns), || random.within(low, high))
    };
    text.linear(
        &weight(HIDDEN, inputs, 0.2, 2.0),
        ("in", &current(inputs)),
        "fc0",
    );
    let mut source = "fc0";
    let reset = if case.is_multiple_of(2) {
        "subtract"
    } else {
        "value"
    };
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
        if (case / 2 + layer as u64).is_multiple_of(2) {
            let mut fed = lif;
            if case.is_multiple_of(3) {
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
    Array2::from_shape_simple_fn((steps, 3), || random.within(-0.2, 1.0) as f32)
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
