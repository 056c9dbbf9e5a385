//! `dt-to-quant` on modules written by hand: what the chip has no form for is refused by name, and
//! everything that is wrong is said at once.

use std::rc::Rc;

use nirc_dialects::{
    finding::Findings,
    ir::{IrContext, PrintOptions, Program},
};
use nirc_passes::{
    DtToQuant, MapOptions, QuantToHw, QuantizeOptions, Quantizer, RunOptions, Step, Target, run,
};

/// Parses `text` and runs dt-to-quant, quant-to-hw or both: the findings, and the text after.
pub fn lower(
    text: &str,
    chip: &str,
    passes: &[&str],
    options: QuantizeOptions,
) -> (Findings, String) {
    let context = IrContext::new().unwrap();
    let mut program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}\n{text}"));
    let step = |pass: &&str| match *pass {
        "dt-to-quant" => Step::Pass(Rc::new(DtToQuant {
            target: nirc_targets::lookup(chip).unwrap(),
            options: options.clone(),
        })),
        _ => Step::Pass(Rc::new(QuantToHw {
            targets: nirc_targets::all()
                .into_iter()
                .map(|chip| chip as &dyn Target)
                .collect(),
            options: MapOptions::default(),
        })),
    };
    let steps: Vec<Step> = passes.iter().map(step).collect();
    let result = run(&context, &mut program, &steps, &RunOptions::default());
    let text = program.print(&PrintOptions::WHOLE).unwrap();
    (result.err().unwrap_or(program.findings), text)
}

pub fn quantize(text: &str, chip: &str) -> (Findings, String) {
    lower(text, chip, &["dt-to-quant"], QuantizeOptions::default())
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
pub fn refused(found: &Findings, expected: &[(&str, &str)]) {
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

pub fn linear(result: &str, operand: &str, node: &str) -> String {
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
        ("comparison_reads", "\"updated\""),
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
pub fn model(before: &str, x: &str, changes: &[(&str, &str)]) -> String {
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
        let bias = format!("bias = dense<[{bias:.9}, 0.0]> : tensor<2xf32>");
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
