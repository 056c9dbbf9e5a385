//! What happens at the threshold, and what is refused.

use ndarray::Array2;
use nirc_dialects::{dt::Integration, simulation::Record};

use super::text::{Text, current, neuron, spikes};

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
