//! `dt-to-quant` and `quant-to-hw` on modules written by hand: what the chip has no form for is
//! refused by name, and everything that is wrong is said at once.

use std::rc::Rc;

use nirc_dialects::{
    finding::Findings,
    ir::{IrContext, PrintOptions, Program},
};
use nirc_passes::{DtToQuant, QuantToHw, QuantizeOptions, Quantizer, RunOptions, Step, run};

/// Parses `text` and runs dt-to-quant, quant-to-hw or both: the findings, and the text after.
fn lower(text: &str, chip: &str, passes: &[&str], options: QuantizeOptions) -> (Findings, String) {
    let context = IrContext::new().unwrap();
    let mut program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}\n{text}"));
    let step = |pass: &&str| match *pass {
        "dt-to-quant" => Step::Pass(Rc::new(DtToQuant {
            target: nirc_targets::lookup(chip).unwrap(),
            options,
        })),
        _ => Step::Pass(Rc::new(QuantToHw {
            targets: nirc_targets::all(),
        })),
    };
    let steps: Vec<Step> = passes.iter().map(step).collect();
    let result = run(&context, &mut program, &steps, &RunOptions::default());
    let text = program.print(&PrintOptions::WHOLE).unwrap();
    (result.err().unwrap_or(program.findings), text)
}

fn quantize(text: &str, chip: &str) -> (Findings, String) {
    lower(text, chip, &["dt-to-quant"], QuantizeOptions::default())
}

fn map(text: &str) -> (Findings, String) {
    let options = QuantizeOptions::default();
    lower(text, "xylo-audio-2", &["quant-to-hw"], options)
}

/// The codes of all errors, with their nodes.
fn errors(findings: &Findings) -> Vec<(String, String)> {
    let errors = findings
        .iter()
        .filter(|f| f.severity.to_string() == "error");
    errors
        .map(|f| (f.code.to_string(), f.node.clone().unwrap_or_default()))
        .collect()
}

#[track_caller]
fn refused(found: &Findings, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, node)| (code.to_string(), node.to_string()))
        .collect();
    assert_eq!(errors(found), expected, "{found}");
}

const CURRENT: &str = "!dt.current<[2]>";
const SPIKES: &str = "!dt.spikes<[2]>";

/// A `dt` op with one result of two elements.
fn op(result: &str, name: &str, operands: &str, fields: &str, kinds: &str, node: &str) -> String {
    let of = |kind: &str| if kind == "s" { SPIKES } else { CURRENT };
    let (takes, gives) = kinds.split_once('>').unwrap();
    let takes: Vec<_> = takes.split_terminator(',').map(of).collect();
    format!(
        "{result} = \"dt.{name}\"({operands}) {{{fields}}} : ({}) -> {} loc(\"{node}\")\n",
        takes.join(", "),
        of(gives)
    )
}

fn linear(result: &str, operand: &str, node: &str) -> String {
    let weight = "weight = dense<[[1.0, 0.5], [-0.5, 1.0]]> : tensor<2x2xf32>";
    op(result, "linear", operand, weight, "s>c", node)
}

/// A neuron op with `alpha = 0.75` and `beta = 0.875`, each field in `changes` in place of its own.
fn neuron(result: &str, operand: &str, node: &str, changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("alpha", "dense<0.75> : tensor<2xf64>"),
        ("input_gain", "dense<1.0> : tensor<2xf64>"),
        ("beta", "dense<0.875> : tensor<2xf64>"),
        ("current_gain", "dense<1.0> : tensor<2xf64>"),
        ("v_threshold", "dense<1.0> : tensor<2xf64>"),
        ("integration", "\"euler\""),
        ("membrane_reads", "\"updated\""),
        ("compare", "\">\""),
        ("reset", "\"subtract\""),
        ("reset_timing", "\"same-step\""),
        ("max_spikes", "1 : i64"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    op(result, "neuron", operand, &fields.join(", "), "c>s", node)
}

/// A module with input, hidden layer and readout; `before` stands between input and hidden weights
/// (values %in to %x), and `changes` are those of the hidden neuron.
fn model(before: &str, x: &str, changes: &[(&str, &str)]) -> String {
    [
        "module attributes {dt.step = 1.0e-3 : f64} {\n".to_owned(),
        op("%in", "input", "", "", ">s", "in"),
        before.to_owned(),
        neuron("%h", x, "hid", changes),
        linear("%w2", "%h", "fo"),
        neuron("%o", "%w2", "ro", &[]),
        format!("\"dt.output\"(%o) : ({SPIKES}) -> () loc(\"out\")\n}}\n"),
    ]
    .concat()
}

#[test]
fn a_cycle_without_a_neuron_is_refused() {
    let register = op(
        "%b",
        "register",
        "%a",
        "steps = dense<1> : tensor<i64>",
        "c>c",
        "held",
    );
    let sum = op("%a", "sum", "%w, %b", "", "c,c>c", "filter");
    let text = model(&(linear("%w", "%in", "fc") + &sum + &register), "%a", &[]);
    let (findings, after) = quantize(&text, "xylo-audio-2");
    refused(&findings, &[("xylo-op", "filter")]);
    assert!(
        findings
            .to_string()
            .contains("cycle without a neuron: `filter`, `held`")
    );
    // What failed keeps the attributes of its level.
    assert!(
        after.contains("dt.step") && !after.contains("quant."),
        "{after}"
    );
}

#[test]
fn neurons_that_wait_for_each_other_are_refused() {
    let text = [
        linear("%w", "%in", "fc"),
        linear("%r", "%h", "rec"),
        op("%a", "sum", "%w, %r", "", "c,c>c", "sum"),
    ];
    let (findings, _) = quantize(&model(&text.concat(), "%a", &[]), "xylo-audio-2");
    refused(&findings, &[("xylo-cycle", "")]);
}

/// A long chain, and one where each op doubles the number of paths.
#[test]
fn long_chains_and_many_paths_take_linear_time() {
    let mut text = linear("%c0", "%in", "fc");
    for k in 0..20_000 {
        let (from, to) = (format!("%c{k}"), format!("%c{}", k + 1));
        let scale = "scale = dense<1.0> : tensor<2xf64>";
        text += &op(&to, "scale", &from, scale, "c>c", "scale");
    }
    let (findings, _) = quantize(&model(&text, "%c20000", &[]), "xylo-audio-2");
    refused(&findings, &[]);

    let mut text = linear("%d0", "%in", "fc");
    for k in 0..60 {
        let (double, half) = (format!("%s{k}"), format!("%d{}", k + 1));
        text += &op(
            &double,
            "sum",
            &format!("%d{k}, %d{k}"),
            "",
            "c,c>c",
            "double",
        );
        let scale = "scale = dense<0.5> : tensor<2xf64>";
        text += &op(&half, "scale", &double, scale, "c>c", "half");
    }
    let (findings, many) = quantize(&model(&text, "%d60", &[]), "xylo-audio-2");
    refused(&findings, &[]);
    // 2^60 paths of 2^-60 are one.
    let (_, one) = quantize(
        &model(&linear("%w", "%in", "fc"), "%w", &[]),
        "xylo-audio-2",
    );
    let weights = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|l| l.contains("quant.linear"));
        let part = |l: &str| Some(l.split_once("weight = ")?.1.split_once('}')?.0.to_owned());
        lines.filter_map(part).collect()
    };
    assert_eq!(weights(&many), weights(&one));
    assert_eq!(weights(&one).len(), 2);
}

#[test]
fn numbers_that_are_none_are_refused_by_node() {
    let nan = "weight = dense<[[1.0, 0x7FC00000], [1.0, 1.0]]> : tensor<2x2xf32>";
    let text = op("%w", "linear", "%in", nan, "s>c", "fc");
    let threshold = ("v_threshold", "dense<0x7FF0000000000000> : tensor<2xf64>");
    let (findings, _) = quantize(&model(&text, "%w", &[threshold]), "xylo-audio-2");
    refused(
        &findings,
        &[("ir-not-finite", "fc"), ("ir-not-finite", "hid")],
    );
    // Finite, but not their product.
    let large = "weight = dense<1.0e300> : tensor<2x2xf64>";
    let text = op("%w", "linear", "%in", large, "s>c", "fc");
    let gain = ("input_gain", "dense<1.0e300> : tensor<2xf64>");
    let (findings, _) = quantize(&model(&text, "%w", &[gain]), "xylo-audio-2");
    refused(&findings, &[("ir-not-finite", "hid")]);
}

#[test]
fn thresholds_must_be_positive_on_the_chip() {
    let text = linear("%w", "%in", "fc");
    let with = |threshold: &'static str| {
        let changes = [("v_threshold", threshold), ("compare", "\">=\"")];
        quantize(&model(&text, "%w", &changes), "xylo-audio-2").0
    };
    refused(
        &with("dense<[1.0, -1.0]> : tensor<2xf64>"),
        &[("xylo-threshold", "hid")],
    );
    refused(
        &with("dense<0.0> : tensor<2xf64>"),
        &[("xylo-threshold", "hid")],
    );
    // Beside weights of 1 the chip has no such threshold.
    refused(
        &with("dense<[1.0, 1.0e-6]> : tensor<2xf64>"),
        &[("xylo-threshold", "hid")],
    );
    refused(&with("dense<0.01> : tensor<2xf64>"), &[]);
}

#[test]
fn decay_factors_lie_between_0_and_1() {
    let changes = [
        ("alpha", "dense<-0.5> : tensor<2xf64>"),
        ("beta", "dense<1.5> : tensor<2xf64>"),
    ];
    let (findings, _) = quantize(
        &model(&linear("%w", "%in", "fc"), "%w", &changes),
        "xylo-imu",
    );
    refused(
        &findings,
        &[("xylo-decay-range", "hid"), ("xylo-decay-range", "hid")],
    );
}

#[test]
fn a_chip_without_biases_refuses_them_and_the_others_say_what_rounding_costs() {
    let biased = |bias: f64| {
        let bias = format!("bias = dense<[{bias:?}, 0.0]> : tensor<2xf32>");
        linear("%w", "%in", "fc") + &op("%b", "bias", "%w", &bias, "c>c", "fc")
    };
    let (findings, _) = quantize(&model(&biased(0.2), "%b", &[]), "xylo-v1");
    refused(&findings, &[("xylo-bias-absent", "hid")]);
    let (findings, _) = quantize(&model(&biased(0.2), "%b", &[]), "xylo-audio-2");
    refused(&findings, &[]);
    assert!(!findings.contains("xylo-bias-rounded"), "{findings}");
    let (findings, _) = quantize(&model(&biased(1e-6), "%b", &[]), "xylo-audio-2");
    assert!(findings.contains("xylo-bias-rounded"), "{findings}");
    assert!(
        findings
            .to_string()
            .contains("1 of 2 neurons by more, 1 of them to 0")
    );
    // A quantiser of rockpool drops them, and says so.
    let options = QuantizeOptions {
        quantizer: Quantizer::RockpoolChannel,
        ..QuantizeOptions::default()
    };
    let text = model(&biased(0.2), "%b", &[]);
    let (findings, _) = lower(&text, "xylo-v1", &["dt-to-quant"], options);
    refused(&findings, &[]);
    assert!(findings.contains("xylo-rockpool") && !findings.contains("xylo-bias-folded"));
}

/// Errors and findings about decays are those of the shifts that the quantiser takes.
#[test]
fn decay_findings_are_those_of_the_quantiser() {
    // tau / step = 2.5: the nearest rate is 1/4 (decay 0.75), rockpool's shift is 1 (decay 0.5).
    let changes = [
        ("beta", "dense<0.6703200460356393> : tensor<2xf64>"),
        ("integration", "\"exact\""),
    ];
    let text = model(&linear("%w", "%in", "fc"), "%w", &changes);
    for (quantizer, chip, error) in [
        (
            Quantizer::Channel,
            "0.7500 on the chip",
            "decay_error = 0.0796",
        ),
        (
            Quantizer::RockpoolChannel,
            "0.5000 on the chip",
            "decay_error = 0.1703",
        ),
    ] {
        let options = QuantizeOptions {
            quantizer,
            ..QuantizeOptions::default()
        };
        let (findings, text) = lower(&text, "xylo-audio-2", &["dt-to-quant"], options);
        assert!(
            findings.to_string().contains(chip),
            "{quantizer}: {findings}"
        );
        assert!(text.contains(error), "{quantizer}: {text}");
    }
}

/// Populations and inputs that nothing takes compile, with a warning.
#[test]
fn idle_populations_and_inputs_are_reported() {
    let text = [
        op("%idle", "input", "", "", ">s", "nobody"),
        linear("%w", "%in", "fc"),
        linear("%w3", "%in", "fc3"),
        neuron("%dead", "%w3", "dead", &[]),
    ];
    let text = model(&text.concat(), "%w", &[]);
    let passes = ["dt-to-quant", "quant-to-hw"];
    let (findings, _) = lower(&text, "xylo-v1", &passes, QuantizeOptions::default());
    refused(&findings, &[]);
    let unused: Vec<_> = findings
        .iter()
        .filter(|f| f.code == "xylo-unused")
        .collect();
    let nodes: Vec<_> = unused.iter().filter_map(|f| f.node.as_deref()).collect();
    assert_eq!(nodes, ["nobody", "dead"], "{findings}");
}

/// A layer that no memory holds is refused before a table is made for it.
#[test]
fn a_layer_of_any_size_is_refused() {
    let text = model(&linear("%w", "%in", "fc"), "%w", &[]);
    let huge = text
        .replace("[2]", "[4000000000]")
        .replace("tensor<2xf64>", "tensor<1xf64>");
    let huge = huge.replace("\"dt.linear\"", "\"dt.scale\"").replace(
        "weight = dense<[[1.0, 0.5], [-0.5, 1.0]]> : tensor<2x2xf32>",
        "scale = dense<1.0> : tensor<1xf64>",
    );
    let (findings, _) = quantize(&huge, "xylo-audio-2");
    let codes: Vec<_> = errors(&findings).into_iter().map(|e| e.0).collect();
    for code in [
        "xylo-input-channels",
        "xylo-hidden-neurons",
        "xylo-readout-neurons",
    ] {
        assert!(codes.contains(&code.to_owned()), "{findings}");
    }
}

/// The module that the chip has a form for, from which the tests below depart.
fn placed() -> String {
    let text = model(&linear("%w", "%in", "fc"), "%w", &[]);
    let (findings, text) = quantize(&text, "xylo-audio-2");
    refused(&findings, &[]);
    // Locations as names, so that lines can be added.
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
    refused(
        &changed("saturation = \"increment\"", "saturation = \"state\""),
        &hidden,
    );
    refused(&changed("state_bits = 16", "state_bits = 24"), &hidden);
    refused(
        &changed("max_spikes = 15", "max_spikes = 16"),
        &[("xylo-arithmetic", "in")],
    );
    refused(
        &changed("max_spikes = 1 ", "max_spikes = 2 "),
        &[("xylo-arithmetic", "ro")],
    );
    // All at once.
    let text = original.replace("state_bits = 16", "state_bits = 24");
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
    let tables = table("dash_syn", 2) + &table("dash_mem", 3) + &table("threshold", 100);
    format!(
        "{result} = \"quant.neuron\"({operands}) {{{tables}decay = \"bit-shift\", scale = dense<1.0> : \
         tensor<2xf64>, decay_error = 0.0 : f64, state_bits = 16 : i64, saturation = \"increment\", \
         reset = \"subtract\", max_spikes = {most} : i64}} : ({events}) -> {QUANT_SPIKES} \
         loc(\"{node}\")\n"
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
