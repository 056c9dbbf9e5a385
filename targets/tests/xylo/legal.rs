//! Every rule, on a network that breaks it and nothing else.

use nirc_dialects::finding::{Finding, Severity};
use nirc_targets::xylo::{
    chip::{Chip, lookup},
    legal::check,
    specification::{NodeRange, Role, Specification},
};

pub fn chip(name: &str) -> &'static Chip {
    lookup(name).unwrap()
}

/// A network without a finding on any chip: each hidden neuron is driven and read.
pub fn legal(inputs: usize, hidden: usize, readouts: usize, synapses: usize) -> Specification {
    let mut s = Specification::silent(inputs, hidden, readouts, synapses);
    s.weights_in.fill(1);
    s.weights_out.fill(1);
    for dash in [
        &mut s.dash_mem,
        &mut s.dash_syn,
        &mut s.dash_syn_2,
        &mut s.dash_mem_out,
        &mut s.dash_syn_out,
    ] {
        dash.fill(4);
    }
    let half = hidden / 2;
    s.nodes = vec![
        NodeRange {
            node: "in".into(),
            role: Role::Input,
            first: 0,
            count: inputs,
        },
        NodeRange {
            node: "lif1".into(),
            role: Role::Hidden,
            first: 0,
            count: half,
        },
        NodeRange {
            node: "lif2".into(),
            role: Role::Hidden,
            first: half,
            count: hidden - half,
        },
        NodeRange {
            node: "out".into(),
            role: Role::Readout,
            first: 0,
            count: readouts,
        },
    ];
    s
}

/// Gives hidden neuron `source` recurrent weights to `count` targets.
pub fn fan(s: &mut Specification, source: usize, count: usize) {
    for target in 0..count {
        s.weights_rec[[source, target, 0]] = 1;
    }
}

/// Checks that `change` makes exactly these findings: (code, node).
pub fn finds(
    name: &str,
    mut s: Specification,
    change: impl FnOnce(&mut Specification),
    expected: &[(&str, Option<&str>)],
) -> Vec<Finding> {
    change(&mut s);
    let findings = check(&s, chip(name));
    let found: Vec<_> = findings
        .iter()
        .map(|f| (f.code.as_ref(), f.node.as_deref()))
        .collect();
    assert_eq!(found, expected, "{name}: {findings}");
    findings.0
}

#[test]
fn networks_at_the_limits_are_legal() {
    for (name, inputs, hidden, readouts, synapses) in [
        ("xylo-v1", 16, 1000, 8, 1),
        ("xylo-v1", 16, 999, 8, 2),
        ("xylo-audio-2", 16, 1000, 8, 1),
        ("xylo-audio-2", 16, 999, 8, 2),
        ("xylo-audio-3", 16, 128, 16, 1),
        ("xylo-imu", 16, 128, 16, 1),
        ("xylo-v1", 1, 1, 1, 1),
        ("xylo-imu", 1, 1, 1, 1),
    ] {
        let full = |s: &mut Specification| {
            for source in 0..hidden.min(500) {
                fan(s, source, chip(name).fan_out.value.min(hidden));
            }
            s.weights_in[[0, 0, 0]] = -128;
            s.threshold[0] = 1;
            s.dash_mem.fill(15);
            s.weight_shift_out = 7;
        };
        finds(name, legal(inputs, hidden, readouts, synapses), full, &[]);
    }
    // The largest of the later chips: inputs reach the first, readouts read the last 128.
    for (name, hidden, readouts) in [("xylo-audio-3", 992, 16), ("xylo-imu", 496, 16)] {
        let mut s = legal(16, hidden, readouts, 1);
        s.weights_in = s.weights_in.slice_move(ndarray::s![.., ..128, ..]);
        s.weights_out = s.weights_out.slice_move(ndarray::s![..128, ..]);
        let chain = |s: &mut Specification| {
            for source in 0..hidden - 1 {
                s.weights_rec[[source, source + 1, 0]] = 1;
            }
        };
        finds(name, s, chain, &[]);
    }
}

#[test]
fn counts() {
    for (name, inputs, hidden, readouts, synapses, code, node) in [
        ("xylo-v1", 17, 4, 2, 1, "xylo-input-channels", Some("in")),
        ("xylo-imu", 0, 4, 2, 1, "xylo-input-channels", None),
        (
            "xylo-v1",
            2,
            1001,
            2,
            1,
            "xylo-hidden-neurons",
            Some("lif2"),
        ),
        (
            "xylo-v1",
            2,
            1000,
            2,
            2,
            "xylo-hidden-neurons",
            Some("lif2"),
        ),
        (
            "xylo-audio-2",
            2,
            1000,
            2,
            2,
            "xylo-hidden-neurons",
            Some("lif2"),
        ),
        ("xylo-v1", 2, 4, 9, 1, "xylo-readout-neurons", Some("out")),
        (
            "xylo-audio-3",
            2,
            4,
            33,
            1,
            "xylo-readout-neurons",
            Some("out"),
        ),
        ("xylo-imu", 2, 4, 17, 1, "xylo-readout-neurons", Some("out")),
        (
            "xylo-audio-3",
            2,
            4,
            32,
            1,
            "xylo-readout-neurons-advised",
            Some("out"),
        ),
        ("xylo-imu", 2, 4, 2, 2, "xylo-synapse-2", Some("lif1")),
        ("xylo-audio-3", 2, 4, 2, 2, "xylo-audio-3-synapse-2", None),
    ] {
        let s = legal(inputs, hidden, readouts, synapses);
        let findings = check(&s, chip(name));
        let found = findings.iter().find(|f| f.code == code);
        assert_eq!(
            found.map(|f| f.node.as_deref()),
            Some(node),
            "{name} {code}: {findings}"
        );
        let others = findings
            .iter()
            .filter(|f| f.code != code && f.code != "xylo-unused");
        assert_eq!(others.count(), 0, "{findings}");
    }
    finds(
        "xylo-v1",
        legal(1, 0, 1, 1),
        |_| {},
        &[("xylo-no-hidden-layer", None)],
    );
}

#[test]
fn expansions() {
    let wide = |reached: usize, read: usize| {
        let mut s = legal(2, 300, 2, 1);
        s.weights_in = s.weights_in.slice_move(ndarray::s![.., ..reached, ..]);
        s.weights_out = s.weights_out.slice_move(ndarray::s![..read, ..]);
        for source in 0..299 {
            s.weights_rec[[source, source + 1, 0]] = 1;
        }
        s
    };
    let input = ("xylo-input-expansion", Some("lif1"));
    let readout = ("xylo-readout-expansion", Some("lif2"));
    for name in ["xylo-audio-3", "xylo-imu"] {
        finds(name, wide(129, 128), |_| {}, &[input]);
        finds(name, wide(128, 129), |_| {}, &[readout]);
        finds(name, wide(128, 128), |_| {}, &[]);
    }
    for name in ["xylo-v1", "xylo-audio-2"] {
        finds(
            name,
            wide(129, 299),
            |_| {},
            &[("xylo-readout-expansion", None)],
        );
        finds(name, wide(129, 300), |_| {}, &[]);
    }
}

#[test]
fn one_finding_names_the_worst_of_many_neurons() {
    let crowd = |s: &mut Specification| {
        for source in 0..17 {
            fan(s, source, 64 + source);
        }
        fan(s, 90, 70);
    };
    let both = [
        ("xylo-fan-out", Some("lif1")),
        ("xylo-fan-out", Some("lif2")),
    ];
    let findings = finds("xylo-v1", legal(2, 100, 2, 1), crowd, &both);
    let expected = "17 hidden neurons (ids 0, 1, 2, 3, 4, ...) send to more than 63 hidden neurons; \
                    the worst is id 16 with 80, xylo-v1 has 63";
    assert_eq!(findings[0].what, expected);
    assert!(findings[0].why.contains("verified") && !findings[0].fix.is_empty());
}

#[test]
fn connections() {
    let full = |s: &mut Specification| (0..508).for_each(|source| fan(s, source, 63));
    finds(
        "xylo-audio-2",
        legal(2, 600, 2, 1),
        full,
        &[("xylo-connections", None)],
    );
    // Both synapses of a connection share a place; a weight on the second alone takes one on the
    // later chips, and is dropped by the tool of the first.
    let second = |s: &mut Specification| {
        fan(s, 0, 63);
        s.weights_rec[[0, 0, 1]] = 1;
        s.weights_rec[[0, 63, 1]] = 1;
    };
    let dropped = ("xylo-synapse-2-only", Some("lif1"));
    finds("xylo-v1", legal(2, 80, 2, 2), second, &[dropped]);
    let over = [("xylo-fan-out", Some("lif1")), dropped];
    finds("xylo-audio-2", legal(2, 80, 2, 2), second, &over);
}

#[test]
fn values() {
    let one = |name, change: fn(&mut Specification), code, node| {
        finds(name, legal(2, 4, 4, 1), change, &[(code, Some(node))]);
    };
    for name in ["xylo-v1", "xylo-audio-2", "xylo-audio-3", "xylo-imu"] {
        one(
            name,
            |s| s.weights_in[[0, 1, 0]] = 128,
            "xylo-weight-range",
            "lif1",
        );
        one(
            name,
            |s| s.weights_rec[[0, 3, 0]] = -129,
            "xylo-weight-range",
            "lif2",
        );
        one(
            name,
            |s| s.weights_out[[0, 0]] = 4000,
            "xylo-weight-range",
            "out",
        );
        one(
            name,
            |s| s.threshold[2] = 32768,
            "xylo-threshold-range",
            "lif2",
        );
        one(
            name,
            |s| s.threshold_out.fill(40000),
            "xylo-threshold-range",
            "out",
        );
        one(name, |s| s.dash_mem[0] = 16, "xylo-dash-range", "lif1");
        one(name, |s| s.dash_syn_out[3] = -1, "xylo-dash-range", "out");
        let shift = |s: &mut Specification| s.weight_shift_in = 8;
        finds(
            name,
            legal(2, 4, 4, 1),
            shift,
            &[("xylo-weight-shift-range", None)],
        );
    }
    one(
        "xylo-audio-2",
        |s| s.bias[1] = 128,
        "xylo-bias-range",
        "lif1",
    );
    one(
        "xylo-imu",
        |s| s.bias_out[1] = -129,
        "xylo-bias-range",
        "out",
    );
    one("xylo-v1", |s| s.bias[1] = 1, "xylo-bias-absent", "lif1");
    one(
        "xylo-v1",
        |s| s.threshold_out[3] = 9,
        "xylo-readout-threshold-pairs",
        "out",
    );
    finds(
        "xylo-audio-2",
        legal(2, 4, 4, 1),
        |s| s.threshold_out[3] = 9,
        &[],
    );
    finds("xylo-audio-2", legal(2, 4, 4, 1), |s| s.bias[1] = -128, &[]);
    let circuit = |s: &mut Specification| s.has_bias = Some(true);
    finds(
        "xylo-v1",
        legal(2, 4, 4, 1),
        circuit,
        &[("xylo-bias-absent", None)],
    );
    let off = |s: &mut Specification| (s.has_bias, s.bias[0]) = (Some(false), 1);
    finds(
        "xylo-audio-2",
        legal(2, 4, 4, 1),
        off,
        &[("xylo-bias-disabled", None)],
    );
}

#[test]
fn aliases() {
    let one = |change: fn(&mut Specification), code| {
        finds(
            "xylo-audio-2",
            legal(2, 4, 2, 1),
            change,
            &[(code, Some("lif1"))],
        );
    };
    one(|s| s.aliases[0] = vec![1, 2], "xylo-alias-count");
    one(|s| s.aliases[0] = vec![4], "xylo-alias-range");
    one(|s| s.aliases[1] = vec![-1], "xylo-alias-range");
    one(|s| s.aliases[1] = vec![1], "xylo-alias-itself");
    let shared = |s: &mut Specification| (s.aliases[0], s.aliases[2]) = (vec![3], vec![3]);
    let expected = [("xylo-alias-shared", Some("lif2"))];
    finds("xylo-v1", legal(2, 4, 2, 1), shared, &expected);
    let chain = |s: &mut Specification| (s.aliases[0], s.aliases[1]) = (vec![1], vec![2]);
    finds("xylo-v1", legal(2, 4, 2, 1), chain, &[]);
}

#[test]
fn all_violations_are_named_at_once() {
    let mut s = legal(17, 4, 9, 2);
    s.weights_in[[0, 0, 1]] = 300;
    s.threshold[1] = 40000;
    s.dash_mem_out[0] = 16;
    s.aliases[0] = vec![0];
    s.weight_shift_rec = -1;
    let findings = check(&s, chip("xylo-imu"));
    let codes: Vec<_> = findings.iter().map(|f| f.code.as_ref()).collect();
    let expected = [
        "xylo-input-channels",
        "xylo-synapse-2",
        "xylo-weight-range",
        "xylo-threshold-range",
        "xylo-dash-range",
        "xylo-weight-shift-range",
        "xylo-alias-itself",
    ];
    assert_eq!(codes, expected);
    assert!(
        findings
            .iter()
            .all(|f| f.severity == Severity::Error && !f.fix.is_empty())
    );
}
