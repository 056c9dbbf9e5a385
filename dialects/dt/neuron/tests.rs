//! Each choice of the neuron by itself, by hand.

use super::*;

fn neuron() -> Neuron<f64> {
    Neuron {
        count: 1,
        alpha: None,
        input_gain: None,
        beta: each(0.5),
        current_gain: each(1.0),
        input_to_membrane: None,
        leak: None,
        v_threshold: each(1.0),
        v_reset: None,
        v_initial: None,
        v_min: None,
        membrane_reads: Reads::Updated,
        comparison_reads: Reads::Updated,
        compare: Compare::Greater,
        reset: Reset::Subtract,
        reset_timing: ResetTiming::SameStep,
        max_spikes: 1,
    }
}

fn each(value: f64) -> Option<Parameter<f64>> {
    Parameter::new(vec![value], 1)
}

/// Output and potential in each step.
#[track_caller]
fn check(neuron: Neuron<f64>, input: &[f64], expected: &[(f64, f64)]) {
    let (mut state, mut out) = (neuron.rest(), [0.0]);
    for (step, (x, expected)) in input.iter().zip(expected).enumerate() {
        if neuron.holds() {
            neuron.emit(&mut state, &mut out);
            neuron.absorb(&mut state, &[*x], &out);
        } else {
            neuron.step(&mut state, &[*x], &mut out);
        }
        assert_eq!((out[0], state.v[0]), *expected, "step {step}");
    }
}

#[test]
fn the_comparison_decides_at_the_threshold() {
    check(neuron(), &[1.0], &[(0.0, 1.0)]);
    check(
        Neuron {
            compare: Compare::GreaterOrEqual,
            ..neuron()
        },
        &[1.0],
        &[(1.0, 0.0)],
    );
}

#[test]
fn resets_differ_in_what_they_leave() {
    check(neuron(), &[1.5, 0.0], &[(1.0, 0.5), (0.0, 0.25)]);
    let value = Neuron {
        reset: Reset::Value,
        v_reset: each(0.25),
        ..neuron()
    };
    check(value, &[1.5, 0.0], &[(1.0, 0.25), (0.0, 0.125)]);
    let next = Neuron {
        reset_timing: ResetTiming::NextStep,
        ..neuron()
    };
    check(next, &[1.5, 0.0], &[(1.0, 1.5), (0.0, -0.25)]);
    check(
        Neuron {
            reset: Reset::None,
            ..neuron()
        },
        &[1.5],
        &[(1.0, 1.5)],
    );
}

#[test]
fn several_spikes_take_the_threshold_off_several_times() {
    check(
        Neuron {
            max_spikes: 2,
            ..neuron()
        },
        &[3.5],
        &[(2.0, 1.5)],
    );
    check(
        Neuron {
            max_spikes: 9,
            ..neuron()
        },
        &[3.5],
        &[(3.0, 0.5)],
    );
}

#[test]
fn the_membrane_reads_the_current_that_its_op_says() {
    let synapse = || Neuron {
        alpha: each(0.5),
        v_threshold: None,
        reset: Reset::None,
        ..neuron()
    };
    check(synapse(), &[1.0, 0.0], &[(1.0, 1.0), (1.0, 1.0)]);
    let previous = Neuron {
        membrane_reads: Reads::Previous,
        input_to_membrane: each(0.25),
        leak: each(0.125),
        ..synapse()
    };
    check(previous, &[1.0, 0.0], &[(0.375, 0.375), (1.3125, 1.3125)]);
}

#[test]
fn without_membrane_the_input_is_compared() {
    let threshold = Neuron {
        beta: None,
        current_gain: None,
        reset: Reset::None,
        ..neuron()
    };
    check(threshold, &[1.5, 0.5], &[(1.0, 1.5), (0.0, 0.5)]);
}

#[test]
fn a_comparison_of_the_previous_potential_comes_a_step_later() {
    let previous = |reset_timing| Neuron {
        comparison_reads: Reads::Previous,
        reset_timing,
        ..neuron()
    };
    // The reset is before the decay in the same step, after it in the next.
    check(
        previous(ResetTiming::SameStep),
        &[1.5, 0.0, 0.0],
        &[(0.0, 1.5), (1.0, 0.25), (0.0, 0.125)],
    );
    check(
        previous(ResetTiming::NextStep),
        &[1.5, 0.0, 0.0],
        &[(0.0, 1.5), (1.0, -0.25), (0.0, -0.125)],
    );
}

#[test]
fn a_membrane_that_stays_above_the_threshold_needs_twice_the_threshold() {
    let again = || Neuron {
        reset_timing: ResetTiming::BeforeAndAfter,
        ..neuron()
    };
    // 3.5 leaves 2.5, above the threshold: 1.25 is then compared as 0.25 and stays.
    check(again(), &[3.5, 0.0], &[(1.0, 2.5), (0.0, 1.25)]);
    check(again(), &[3.5, 1.0], &[(1.0, 2.5), (1.0, 1.25)]);
    check(again(), &[1.5, 1.0], &[(1.0, 0.5), (1.0, 0.25)]);
}

#[test]
fn a_late_reset_to_a_value_takes_the_place_of_the_next_step() {
    let late = Neuron {
        reset: Reset::Value,
        v_reset: each(0.25),
        reset_timing: ResetTiming::NextStep,
        ..neuron()
    };
    // The input of the step after the spike is lost.
    check(
        late,
        &[1.5, 1.5, 0.0],
        &[(1.0, 1.5), (0.0, 0.25), (0.0, 0.125)],
    );
}

#[test]
fn the_first_step_begins_at_the_initial_potential() {
    let raised = Neuron {
        v_initial: each(1.5),
        ..neuron()
    };
    check(raised, &[0.5, 0.0], &[(1.0, 0.25), (0.0, 0.125)]);
}

#[test]
fn a_lower_bound_holds_after_the_reset() {
    let bounded = |reset_timing| Neuron {
        v_min: each(-0.125),
        reset_timing,
        ..neuron()
    };
    let same = bounded(ResetTiming::SameStep);
    check(same, &[-3.0, 1.5], &[(0.0, -0.125), (1.0, 0.4375)]);
    let next = bounded(ResetTiming::NextStep);
    check(next, &[1.5, 0.0], &[(1.0, 1.5), (0.0, -0.125)]);
}
