//! `quant-to-hw` on modules changed or written by hand: what the chip does not do is refused by name.

use nirc_dialects::finding::Findings;
use nirc_passes::QuantizeOptions;

use crate::lowering::{linear, lower, model, quantize, refused};

fn map(text: &str) -> (Findings, String) {
    let options = QuantizeOptions::default();
    lower(text, "xylo-audio-2", &["quant-to-hw"], options)
}

/// The module that the chip has a form for, from which the tests below depart.
fn placed() -> String {
    let text = model(&linear("%w", "%in", "fc"), "%w", &[]);
    let (findings, text) = quantize(&text, "xylo-audio-2");
    refused(&findings, &[]);
    text
}

#[test]
fn quant_to_hw_refuses_what_the_chip_does_not_do() {
    let original = placed();
    refused(&map(&original).0, &[]);
    let changed = |from: &str, to: &str| {
        let text = original.replacen(from, to, 1);
        assert_ne!(text, original, "`{from}` in\n{original}");
        let (findings, after) = map(&text);
        assert!(
            after.contains("quant.target"),
            "a failed pass keeps the level's attributes"
        );
        findings
    };
    refused(&changed("steps = 1", "steps = 5"), &[("xylo-delay", "fo")]);
    let hidden = [("xylo-arithmetic", "hid")];
    refused(&changed("max_spikes = 31", "max_spikes = 30"), &hidden);
    for (from, to) in [
        ("before-decay", "after-decay"),
        ("saturate-increment", "saturate"),
        (
            "current_overflow = \"saturate\"",
            "current_overflow = \"wrap\"",
        ),
        (
            "current_range = array<i64: -32768",
            "current_range = array<i64: -32767",
        ),
        (
            "membrane_range = array<i64: -32768",
            "membrane_range = array<i64: -32767",
        ),
        ("compare = \">=\"", "compare = \">\""),
        ("reset = \"subtract\"", "reset = \"none\""),
    ] {
        refused(&changed(from, to), &hidden);
    }
    refused(
        &changed("max_spikes = 15", "max_spikes = 16"),
        &[("xylo-arithmetic", "in")],
    );
    refused(
        &changed("max_spikes = 1 ", "max_spikes = 2 "),
        &[("xylo-arithmetic", "ro")],
    );
    // All at once.
    let text = original.replace("-32768, 32767", "-8388608, 8388607");
    let text = text.replace("steps = 1", "steps = 2");
    refused(
        &map(&text).0,
        &[
            ("xylo-arithmetic", "hid"),
            ("xylo-arithmetic", "ro"),
            ("xylo-delay", "fo"),
        ],
    );
}

const QUANT_SPIKES: &str = "!quant.spikes<[2]>";

fn quant_linear(result: &str, operand: &str, node: &str) -> String {
    format!(
        "{result} = \"quant.linear\"({operand}) {{weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, \
         scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64}} : ({QUANT_SPIKES}) -> \
         !quant.events<[2]> loc(\"{node}\")\n"
    )
}

fn quant_neuron(result: &str, operands: &str, most: i64, node: &str) -> String {
    let events = vec!["!quant.events<[2]>"; operands.split(',').count()].join(", ");
    let table = |name: &str, value: i64| format!("{name} = dense<{value}> : tensor<2xi16>, ");
    let tables = table("decay_syn", 2) + &table("decay_mem", 3) + &table("threshold", 100);
    let range = "array<i64: -32768, 32767>";
    format!(
        "{result} = \"quant.neuron\"({operands}) {{{tables}event_timing = \"before-decay\", \
         decay = \"bit-shift\", current_range = {range}, current_overflow = \"saturate\", \
         membrane_range = {range}, membrane_overflow = \"saturate-increment\", \
         compare = \">=\", reset = \"subtract\", max_spikes = {most} : i64, \
         scale = dense<1.0> : tensor<2xf64>, decay_error = 0.0 : f64}} : ({events}) -> \
         {QUANT_SPIKES} loc(\"{node}\")\n"
    )
}

fn quant_register(result: &str, operand: &str) -> String {
    format!(
        "{result} = \"quant.register\"({operand}) {{steps = 1 : i64}} : ({QUANT_SPIKES}) -> {QUANT_SPIKES}\n"
    )
}

/// Input `in`, population `hid` that takes `hidden`, readout `ro` that takes `readout`; both
/// populations one step later are %hr and %or.
fn quant_module(tables: &[String], hidden: &str, readout: &str) -> String {
    [
        "module attributes {quant.step = 1.0e-3 : f64, quant.target = \"xylo-audio-2\"} {\n".into(),
        format!(
            "%in = \"quant.input\"() {{max_spikes = 15 : i64}} : () -> {QUANT_SPIKES} loc(\"in\")\n"
        ),
        tables.concat(),
        quant_neuron("%h", hidden, 31, "hid"),
        quant_neuron("%o", readout, 1, "ro"),
        quant_register("%hr", "%h"),
        quant_register("%or", "%o"),
        format!("\"quant.output\"(%o) : ({QUANT_SPIKES}) -> () loc(\"out\")\n}}\n"),
    ]
    .concat()
}

#[test]
fn quant_to_hw_refuses_tables_that_the_chip_has_not() {
    let tables = [
        quant_linear("%a", "%in", "fc"),
        quant_linear("%b", "%hr", "fo"),
        quant_linear("%r", "%hr", "rec"),
        quant_linear("%direct", "%in", "direct"),
        quant_linear("%back", "%or", "back"),
        quant_linear("%slow", "%inr", "slow"),
        quant_register("%inr", "%in"),
    ];
    let found = |hidden: &str, readout: &str| map(&quant_module(&tables, hidden, readout)).0;
    refused(&found("%a, %r", "%b"), &[]);
    refused(
        &found("%a", "%b, %direct"),
        &[("xylo-no-hidden-layer", "direct")],
    );
    refused(
        &found("%a, %back", "%b"),
        &[("xylo-readout-recurrent", "back")],
    );
    refused(
        &found("%a", "%b, %back"),
        &[("xylo-readout-recurrent", "back")],
    );
    refused(&found("%slow", "%b"), &[("xylo-delay", "slow")]);
    refused(&found("%r, %a", "%b"), &[("xylo-order", "hid")]);
    refused(&found("%a, %a", "%b"), &[("xylo-order", "hid")]);
    let late = quant_module(&tables, "%a", "%b").replace("output\"(%o)", "output\"(%or)");
    refused(&map(&late).0, &[("xylo-output", "out")]);
    let input = quant_module(&tables, "%a", "%b").replace("output\"(%o)", "output\"(%in)");
    assert!(map(&input).0.contains("xylo-output"));
}

/// Registers that wait for each other carry no spikes.
#[test]
fn a_cycle_of_registers_is_refused() {
    let tables = [
        quant_linear("%a", "%in", "fc"),
        quant_linear("%b", "%x", "fo"),
        quant_register("%x", "%y"),
        quant_register("%y", "%x"),
    ];
    let (findings, _) = map(&quant_module(&tables, "%a", "%b"));
    refused(&findings, &[("xylo-events", "fo")]);
}

/// One shift for each kind of table, whichever comes first.
#[test]
fn two_shifts_of_one_kind_are_refused_in_either_order() {
    let tables = [
        format!(
            "%in2 = \"quant.input\"() {{max_spikes = 15 : i64}} : () -> {QUANT_SPIKES} loc(\"in2\")\n"
        ),
        quant_linear("%a", "%in", "fc"),
        quant_linear("%c", "%in2", "fc2"),
        quant_linear("%b", "%hr", "fo"),
    ];
    let text = quant_module(&tables, "%a, %c", "%b");
    refused(&map(&text).0, &[]);
    let shifted = |node: &str| -> String {
        let line = |l: &str| match l.contains(&format!("loc(\"{node}\")")) {
            true => l.replace("shift = 0", "shift = 3") + "\n",
            false => l.to_owned() + "\n",
        };
        text.lines().map(line).collect()
    };
    refused(&map(&shifted("fc")).0, &[("xylo-table", "fc2")]);
    refused(&map(&shifted("fc2")).0, &[("xylo-table", "fc2")]);
    // Reals are no weights of a chip, even if they are whole.
    let reals = text.replace("dense<1> : tensor<2x2xi8>", "dense<1.0> : tensor<2x2xf32>");
    assert!(map(&reals).0.contains("xylo-table"));
}
