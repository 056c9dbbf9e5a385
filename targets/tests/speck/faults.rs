//! Files and modules with something wrong: all of it is said, and nothing panics.

use nirc_dialects::{
    finding::{Findings, Severity},
    ir::{IrContext, Program},
};
use nirc_targets::speck::{
    chip::CHIPS,
    configuration::Configuration,
    format::{Format, read, write},
    legal::{Nodes, check},
    placement::Placement,
};
use serde_json::{Value, json};

use crate::lower::target;

fn silent(format: Format) -> Value {
    serde_json::from_str(&write(Configuration::silent(), format)).unwrap()
}

/// The codes of the findings of a text that is read.
fn codes(value: &Value, format: Format) -> Vec<String> {
    let findings = match read(&value.to_string(), format) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    findings.iter().map(|f| f.code.to_string()).collect()
}

#[track_caller]
fn breaks(format: Format, pointer: &str, to: Option<Value>, expected: &[&str]) {
    let mut value = silent(format);
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    match (to, parent) {
        (Some(to), Value::Object(object)) => drop(object.insert(key.to_owned(), to)),
        (None, Value::Object(object)) => drop(object.shift_remove(key).unwrap()),
        (Some(to), Value::Array(list)) => list[key.parse::<usize>().unwrap()] = to,
        _ => panic!("{pointer}"),
    }
    assert_eq!(codes(&value, format), expected, "{pointer}");
}

#[test]
fn properties() {
    let of = |pointer: &str, to: Option<Value>, expected: &[&str]| {
        breaks(Format::Properties, pointer, to, expected);
    };
    assert!(codes(&silent(Format::Properties), Format::Properties).is_empty());
    of("/cnn_layers", None, &["speck-field"]);
    of("/cnn_layers", Some(json!(3)), &["speck-field"]);
    of("/cnn_layers", Some(json!([])), &["speck-field"]);
    of("/cnn_layers/4", Some(json!(null)), &["speck-field"]);
    of(
        "/cnn_layers/4/threshold_high",
        Some(json!(1.5)),
        &["speck-field"],
    );
    of(
        "/cnn_layers/4/threshold_high",
        Some(json!("7")),
        &["speck-field"],
    );
    of(
        "/cnn_layers/4/leak_enable",
        Some(json!(1)),
        &["speck-field"],
    );
    of(
        "/cnn_layers/4/weights",
        Some(json!(1)),
        &["speck-tensor-axes"],
    );
    of(
        "/cnn_layers/4/weights",
        Some(json!([[1]])),
        &["speck-tensor-axes"],
    );
    of(
        "/cnn_layers/4/weights",
        Some(json!([[[[[1]]]]])),
        &["speck-tensor-axes"],
    );
    of(
        "/cnn_layers/4/weights",
        Some(json!([[[[1, 2], [3]]]])),
        &["speck-tensor-ragged"],
    );
    of(
        "/cnn_layers/4/weights",
        Some(json!([[[[10_000_000_000_i64]]]])),
        &["speck-field"],
    );
    of("/cnn_layers/4/weights", Some(json!([])), &[]);
    of(
        "/cnn_layers/4/colour",
        Some(json!(1)),
        &["speck-unknown-field"],
    );
    of("/dvs_layer/cut/x", None, &["speck-field"]);
    // All at once.
    let mut value = silent(Format::Properties);
    value["readout"] = json!({});
    assert_eq!(codes(&value, Format::Properties).len(), 11);
    for text in ["", "{", "[]", "3", "null"] {
        assert!(read(text, Format::Properties).is_err(), "{text}");
        assert!(read(text, Format::Cereal).is_err(), "{text}");
    }
}

#[test]
fn archives() {
    let of = |pointer: &str, to: Option<Value>, expected: &[&str]| {
        breaks(Format::Cereal, pointer, to, expected);
    };
    let weights = "/value0/cnnLayers/value3/weights";
    of("/value0/cnnLayers/value8", None, &["speck-field"]);
    of(
        &format!("{weights}/dimensions/value0"),
        Some(json!(-1)),
        &["speck-field"],
    );
    of(
        &format!("{weights}/dimensions/value4"),
        Some(json!(1)),
        &["speck-unknown-field"],
    );
    of(
        &format!("{weights}/values"),
        Some(json!(0)),
        &["speck-field"],
    );
    let array = |dimensions: [u64; 4], offsets: [u64; 4], values: usize| {
        let named =
            |n: [u64; 4]| json!({"value0": n[0], "value1": n[1], "value2": n[2], "value3": n[3]});
        json!({"dimensions": named(dimensions), "offsets": named(offsets), "values": vec![1; values]})
    };
    let kill = ["speck-kill-bits"];
    of(weights, Some(array([2, 1, 1, 2], [2, 2, 2, 1], 4)), &kill);
    of(
        weights,
        Some(array([2, 1, 1, 2], [1, 2, 2, 2], 4)),
        &["speck-tensor-offsets"],
    );
    of(
        "/value0/cnnLayers/value3/biasesKillBit/values/0",
        Some(json!(true)),
        &kill,
    );
    of(
        "/value0/factoryConfig/decoderDelay",
        Some(json!(99)),
        &["speck-factory"],
    );
    // Extents whose product is beyond all bounds are read, and refused by the rules.
    let huge = 1_u64 << 40;
    let mut value = silent(Format::Cereal);
    *value.pointer_mut(weights).unwrap() = array([huge, huge, 1, 1], [huge, 1, 1, 1], 1);
    let kills = value
        .pointer_mut("/value0/cnnLayers/value3/weightsKillBit")
        .unwrap();
    *kills = array([huge, huge, 1, 1], [huge, 1, 1, 1], 1);
    kills["values"] = json!([false]);
    // A core with weights is used, so that it has thresholds too.
    let core = &mut value["value0"]["cnnLayers"]["value3"];
    core["thresholdHigh"] = json!(10);
    core["thresholdLow"] = json!(-10);
    let (configuration, _) = read(&value.to_string(), Format::Cereal).unwrap();
    let findings = check(&configuration, &CHIPS[0], &Nodes::default());
    let found: Vec<_> = findings.iter().map(|f| f.code.as_ref()).collect();
    assert_eq!(found, ["speck-array-shape", "speck-array-truncated"]);
}

/// Numbers at the ends of their types, in every field: findings, and no overflow.
#[test]
fn extreme_numbers() {
    let numbers = [i64::MIN, -1, 0, 1 << 31, i64::MAX];
    let mut checked = 0;
    fn paths(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(o) => o
                .iter()
                .for_each(|(k, v)| paths(v, format!("{at}/{k}"), found)),
            Value::Array(a) if a.first().is_some_and(Value::is_object) => {
                (a.iter().enumerate().take(2))
                    .for_each(|(i, v)| paths(v, format!("{at}/{i}"), found));
            }
            Value::Number(_) => found.push(at),
            _ => {}
        }
    }
    let whole = silent(Format::Properties);
    let mut found = Vec::new();
    paths(&whole, String::new(), &mut found);
    for path in found {
        for number in numbers {
            let mut value = whole.clone();
            // A core that is used, so that all rules look at it.
            value["cnn_layers"][0]["threshold_high"] = json!(10);
            value["cnn_layers"][0]["destinations"][0]["enable"] = json!(true);
            value["dvs_layer"]["destinations"][0]["enable"] = json!(true);
            *value.pointer_mut(&path).unwrap() = json!(number);
            let (configuration, _) = read(&value.to_string(), Format::Properties).unwrap();
            for chip in &CHIPS {
                check(&configuration, chip, &Nodes::default());
                checked += 1;
            }
        }
    }
    assert!(checked > 600, "{checked}");
}

#[test]
fn placements() {
    let good = json!({
        "chip": "speck2f", "inputs": [{"node": "in", "host": [
            {"core": 0, "channel_shift": 0, "map": [1, 2, 2], "pooling": [1, 1]}]}],
        "populations": [{"node": "p", "map": [2, 2, 2], "parts": [{"core": 0, "first": 0, "count": 2, "step": 1}]}],
        "outputs": [{"node": "out", "population": "p", "pooling": [1, 1]}],
    });
    assert!(Placement::read(&good.to_string()).is_ok());
    for (pointer, to) in [
        ("/populations/0/parts/0/core", json!(9)),
        ("/populations/0/parts/0/count", json!(3)),
        ("/populations/0/parts/0/first", json!(u64::MAX)),
        ("/populations/0/parts/0/step", json!(0)),
        ("/populations/0/map", json!([u64::MAX, 4, 4])),
        ("/inputs/0/host/0/core", json!(100)),
        ("/inputs/0/host/0/pooling", json!([0, 1])),
        ("/inputs/0/host/0/map", json!([u64::MAX, 2, 2])),
        ("/inputs/0/host", json!([])),
        ("/outputs/0/pooling", json!([1, 0])),
        ("/outputs", json!(3)),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = to;
        let findings = Placement::read(&value.to_string()).unwrap_err();
        assert!(findings.has_errors(), "{pointer}");
    }
}

/// What emission says to a module of level `hw`.
fn emitted(text: &str) -> Findings {
    let context = IrContext::new().unwrap();
    let program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}"));
    let target = target("speck2f");
    match target.emit(program.module.as_operation(), &program.tensors, None) {
        Ok(_) => Findings::new(),
        Err(findings) => findings,
    }
}

const CORE: &str = r#""hw.convolution_core"() {
  core = 3 : i64, first = 0 : i64, step = 1 : i64, input = array<i64: 1, 4, 4>, output = array<i64: 2, 2, 2>,
  stride = array<i64: 1, 1>, padding = array<i64: 0, 0>, weight = dense<7> : tensor<2x1x3x3xi8>,
  threshold = 100 : i64, threshold_low = -100 : i64, reset = "subtract", monitor = true,
  scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64, load = 0.0 : f64
} : () -> () loc("if")
"#;

#[test]
fn modules() {
    let module = |ops: &str| format!("\"hw.chip\"() {{part = \"speck2f\"}} : () -> ()\n{ops}");
    let found = |ops: &str| {
        let findings = emitted(&module(ops));
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        errors.map(|f| f.code.to_string()).collect::<Vec<_>>()
    };
    assert!(found(CORE).is_empty());
    let table = ["speck-table"];
    assert_eq!(
        found(&format!("{CORE}{CORE}")),
        table,
        "two things on a core"
    );
    assert_eq!(found(&CORE.replace("core = 3", "core = 9")), table);
    assert_eq!(found(&CORE.replace("core = 3", "core = -1")), table);
    assert_eq!(found(&CORE.replace("step = 1", "step = 0")), table);
    assert_eq!(found(&CORE.replace("2x1x3x3xi8", "2x1x3x2xi8")), table);
    assert_eq!(found(&CORE.replace("2x1x3x3xi8", "2x1x3x3xi16")), table);
    assert_eq!(found(&CORE.replace("\"subtract\"", "\"none\"")), table);
    assert_eq!(
        found(&CORE.replace(
            "monitor",
            "bias = dense<[1, 2, 3]> : tensor<3xi32>, monitor"
        )),
        table
    );
    assert_eq!(
        found(&CORE.replace("input = array<i64: 1, 4, 4>", "input = array<i64: 1, 4>")),
        ["ir-shape"]
    );
    assert_eq!(
        found(&CORE.replace("threshold = 100", "threshold = 40000")),
        ["speck-threshold-high"]
    );
    let route = "\"hw.route\"() {core = 3 : i64, target = 12 : i64, channel_shift = 0 : i64, pooling = 1 : i64} : () -> ()\n";
    assert!(found(&format!("{CORE}{route}{route}")).is_empty());
    assert_eq!(
        found(&format!("{CORE}{route}{route}{route}")),
        table,
        "three destinations"
    );
    let relay = "\"hw.relay_core\"() {core = 4 : i64, map = array<i64: 4000, 1, 1>} : () -> ()\n";
    assert_eq!(found(relay), table);
    let sensor = "\"hw.sensor\"() {targets = array<i64: 3, 3, 3>, pooling = array<i64: 1, 1>, origin = array<i64: 0, 0>, size = array<i64: 4, 4>, merge = true, on = true, off = true, mirror_columns = false, mirror_rows = false, swap = false} : () -> ()\n";
    assert_eq!(found(sensor), table);
    assert_eq!(
        found(&sensor.replace(
            "array<i64: 3, 3, 3>, pooling = array<i64: 1, 1>",
            "array<i64: 3>, pooling = array<i64: 0, 1>"
        )),
        table
    );
    let other = "\"hw.channels\"() {first = 0 : i64, count = 2 : i64} : () -> ()\n";
    assert_eq!(found(other), table, "an op for Xylo");
}
