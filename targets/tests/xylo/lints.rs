//! Every warning, on a network that deserves it and nothing else.

use nirc_dialects::finding::Severity;
use nirc_targets::xylo::specification::Specification;

use crate::legal::{finds, legal};

#[test]
fn lints_are_warnings() {
    let one = |change: fn(&mut Specification), code, node| {
        let s = legal(2, 4, 2, 2);
        let findings = finds("xylo-audio-2", s, change, &[(code, Some(node))]);
        assert_eq!(findings[0].severity, Severity::Warning);
    };
    one(|s| s.dash_syn[0] = 0, "xylo-dead-synapse", "lif1");
    one(|s| s.dash_syn_2[3] = 0, "xylo-dead-synapse", "lif2");
    one(|s| s.dash_syn_out[1] = 0, "xylo-dead-synapse", "out");
    one(
        |s| s.threshold[0] = 0,
        "xylo-threshold-not-positive",
        "lif1",
    );
    one(
        |s| s.threshold_out.fill(-3),
        "xylo-threshold-not-positive",
        "out",
    );
    one(
        |s| s.weights_rec[[2, 1, 1]] = 5,
        "xylo-synapse-2-only",
        "lif2",
    );
    one(
        |s| s.weights_in.index_axis_mut(ndarray::Axis(0), 1).fill(0),
        "xylo-unused",
        "in",
    );
    one(
        |s| s.weights_in.index_axis_mut(ndarray::Axis(1), 3).fill(0),
        "xylo-unused",
        "lif2",
    );
    one(|s| s.weights_out.row_mut(0).fill(0), "xylo-unused", "lif1");
    one(
        |s| s.weights_out.column_mut(1).fill(0),
        "xylo-unused",
        "out",
    );
    // A synapse without weights may have any decay, a neuron with a bias needs no input.
    let quiet = |s: &mut Specification| {
        s.weights_in.index_axis_mut(ndarray::Axis(2), 1).fill(0);
        s.dash_syn_2.fill(0);
        s.weights_in.index_axis_mut(ndarray::Axis(1), 3).fill(0);
        s.bias[3] = 1;
    };
    finds("xylo-audio-2", legal(2, 4, 2, 2), quiet, &[]);
}
