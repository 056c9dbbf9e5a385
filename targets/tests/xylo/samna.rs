//! Configuration files: written, filled, read back.

use std::fs;

use nirc_targets::xylo::{
    chip::{CHIPS, Chip},
    json::Json,
    model::{Model, Recording},
    samna::{OperationMode, Settings, configuration, fill_template, is_verified, parse},
    specification::Specification,
};
use serde_json::Value;

use crate::{
    corpus,
    legal::{chip, legal},
    random::{self, Random},
};

pub const SETTINGS: Settings = Settings {
    operation_mode: Some(OperationMode::RealTime),
    time_resolution_wrap: Some(4660),
    hibernation: None,
};

/// What a configuration can keep of a specification.
fn kept(mut s: Specification) -> Specification {
    (s.dt, s.nodes) = (None, Vec::new());
    s.has_bias = s.has_bias.filter(|on| *on != s.any_bias());
    s
}

#[test]
fn random_specifications_survive_the_round_trip() {
    let mut random = Random::new(4);
    for round in 0..200 {
        let chip = &CHIPS[round % 4];
        let network = random::specification(&mut random, chip, 60);
        let json = configuration(&network, chip, &SETTINGS).unwrap();
        let read = Json::read(&json.write()).unwrap();
        assert_eq!(read, json);
        let back = parse(&read, chip).unwrap();
        assert_eq!(back.specification, kept(network));
        assert_eq!(back.settings.operation_mode, SETTINGS.operation_mode);
        assert_eq!(
            back.settings.time_resolution_wrap,
            SETTINGS.time_resolution_wrap
        );
    }
}

/// Replaces what differs between networks: numbers by 0, flags by false, lists by their first
/// element, and the optional alias by none.
fn structure(value: &Value) -> Value {
    match value {
        Value::Number(_) => 0.into(),
        Value::Bool(_) => false.into(),
        Value::Array(items) => items.first().map(structure).into_iter().collect(),
        Value::Object(members) if members.contains_key("nullopt") => Value::Null,
        Value::Object(members) => members
            .iter()
            .map(|(k, v)| (k.clone(), structure(v)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn files_have_the_keys_and_types_of_known_files() {
    let Some(folder) = corpus::outside("oracle/xylo") else {
        return;
    };
    let mut count = 0;
    for path in corpus::files(&folder, "json") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (Some(("cfg" | "example", rest)), false) = (name.split_once('_'), name.is_empty())
        else {
            continue;
        };
        let target = match rest.split('_').next().unwrap() {
            "v1" => "xylo-v1",
            "a2" => "xylo-audio-2",
            "a3" => "xylo-audio-3",
            "imu" => "xylo-imu",
            other => panic!("{other}: no such chip"),
        };
        let text = fs::read_to_string(&path).unwrap();
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let tree = Json::read(&text).unwrap();
        let known = parse(&tree, chip(target)).unwrap();
        // The peer's channel-wise quantisation breaks a rule of v1; then there is nothing to write.
        let Ok(ours) = configuration(&known.specification, chip(target), &known.settings) else {
            assert!(name.contains("channel"), "{name}");
            continue;
        };
        let mut ours: Value = serde_json::from_str(&ours.write()).unwrap();
        if !is_verified(chip(target)) {
            assert_eq!(
                ours.as_object_mut().unwrap().shift_remove("nirc").unwrap()["verified"],
                false
            );
        }
        assert_eq!(structure(&ours), structure(&theirs), "{name}");
        // Filling the file's own network into it gives the file again, but for flags of its author.
        let filled = fill_template(
            &known.specification,
            chip(target),
            &Settings::default(),
            &tree,
        );
        let mut filled: Value = serde_json::from_str(&filled.unwrap().write()).unwrap();
        let layer = if target == "xylo-audio-3" || target == "xylo-imu" {
            "hidden"
        } else {
            "reservoir"
        };
        filled["value0"][layer]["aliasing"] = theirs["value0"][layer]["aliasing"].clone();
        let theirs_bias = theirs["value0"].get("bias_enable").cloned();
        if let Some(bias) = theirs_bias {
            assert_eq!(filled["value0"]["bias_enable"], bias, "{name}");
        }
        assert_eq!(filled, theirs, "{name}");
        count += 1;
    }
    assert!(count >= 4);
}

/// A spec in the chip model and the configuration made of it in the chip model: the same run.
#[test]
fn the_written_file_runs_like_the_specification() {
    let mut random = Random::new(5);
    for chip in &CHIPS {
        let network = random::specification(&mut random, chip, 50);
        let text = configuration(&network, chip, &Settings::default())
            .unwrap()
            .write();
        let loaded = parse(&Json::read(&text).unwrap(), chip)
            .unwrap()
            .specification;
        let raster = ndarray::Array2::from_shape_fn((40, network.input_channels()), |_| {
            random.integer(0, 3) as u32
        });
        let run = |s: &Specification| {
            let mut model = Model::new(s, chip.arithmetic.value).unwrap();
            model.run(raster.view(), Recording::Everything).unwrap()
        };
        assert_eq!(run(&network), run(&loaded), "{}", chip.name);
    }
}

fn built_in(chip: &Chip) -> Json {
    configuration(&legal(1, 1, 1, 1), chip, &Settings::default()).unwrap()
}

#[test]
fn a_template_keeps_what_the_network_does_not_decide() {
    let text = r#"{"config": {"new": {"in": [1.50, "x", null, 18446744073709551615]},
      "operation_mode": 1, "synapse2_enable": true, "time_resolution_wrap": 7,
      "input": {"weight_bit_shift": 0, "weights": [[0]], "syn2_weights": [[0]], "a": 1},
      "reservoir": {"weight_bit_shift": 0, "weights": {"dimensions": {"value0": 1, "value1": 1},
         "values": [0]}, "syn2_weights": [[0]], "aliasing": false, "neurons": [{"threshold": 0,
         "v_mem_decay": 0, "i_syn_decay": 0, "i_syn2_decay": 0, "alias_target": {"nullopt": true},
         "b": 2.5}]},
      "readout": {"weight_bit_shift": 0, "weights": [[0]], "neurons": [{"threshold": 0,
         "v_mem_decay": 0, "i_syn_decay": 0}]}}, "c": 3}"#;
    let mut network = legal(1, 2, 1, 1);
    network.aliases[0] = vec![1];
    let template = Json::read(text).unwrap();
    let filled = fill_template(&network, chip("xylo-v1"), &Settings::default(), &template).unwrap();
    let neuron = |alias: &str| {
        format!(
            r#"{{"threshold": 32767, "v_mem_decay": 4, "i_syn_decay": 4, "i_syn2_decay": 4,
             "alias_target": {alias}, "b": 2.5}}"#
        )
    };
    let expected = format!(
        r#"{{"config": {{"new": {{"in": [1.5, "x", null, 18446744073709551615]}},
      "operation_mode": 1, "synapse2_enable": false, "time_resolution_wrap": 7,
      "input": {{"weight_bit_shift": 0, "weights": [[1, 1]], "syn2_weights": [[0]], "a": 1}},
      "reservoir": {{"weight_bit_shift": 0, "weights": {{"dimensions": {{"value0": 2, "value1": 2}},
         "values": [0, 0, 0, 0]}}, "syn2_weights": [[0]], "aliasing": true, "neurons": [{}, {}]}},
      "readout": {{"weight_bit_shift": 0, "weights": [[1], [1]], "neurons": [{{"threshold": 32767,
         "v_mem_decay": 4, "i_syn_decay": 4}}]}}}}, "c": 3}}"#,
        neuron(r#"{"nullopt": false, "data": 1}"#),
        neuron(r#"{"nullopt": true}"#)
    );
    assert_eq!(filled.write(), Json::read(&expected).unwrap().write());
    let settings = Settings {
        operation_mode: Some(OperationMode::Manual),
        ..SETTINGS
    };
    let set = fill_template(&network, chip("xylo-v1"), &settings, &template).unwrap();
    let root = set.get("config").unwrap();
    assert_eq!(root.get("operation_mode"), Some(&Json::Integer(0)));
    assert_eq!(root.get("time_resolution_wrap"), Some(&Json::Integer(4660)));
}

#[test]
fn a_template_of_another_chip_is_refused() {
    let network = legal(1, 1, 1, 1);
    let fill = |template: &Json, name| {
        let settings = Settings::default();
        let findings = fill_template(&network, chip(name), &settings, template).unwrap_err();
        findings.iter().map(|f| f.what.clone()).collect::<Vec<_>>()
    };
    let v1 = built_in(chip("xylo-v1"));
    let expected = [
        "the template has no `value0.bias_enable`",
        "the template has no `value0.reservoir.neurons[0].v_mem_bias`",
        "the template has no `value0.readout.neurons[0].v_mem_bias`",
    ];
    assert_eq!(fill(&v1, "xylo-audio-2"), expected);
    let imu = built_in(chip("xylo-imu"));
    assert!(fill(&imu, "xylo-v1").contains(&"the template has no `value0.reservoir`".to_owned()));
    for text in [
        "[]",
        "{}",
        "3",
        r#"{"value0": 3}"#,
        r#"{"value0": {"readout": {"neurons": []}}}"#,
    ] {
        assert!(
            !fill(&Json::read(text).unwrap(), "xylo-imu").is_empty(),
            "{text}"
        );
    }
}

#[test]
fn illegal_networks_are_not_written() {
    let mut network = legal(1, 1, 1, 1);
    network.weights_in[[0, 0, 0]] = 315;
    for chip in &CHIPS {
        let findings = configuration(&network, chip, &Settings::default()).unwrap_err();
        assert!(findings.contains("xylo-weight-range"));
    }
}

#[test]
fn hibernation_is_written_where_there_is_any() {
    let network = legal(1, 1, 1, 1);
    let settings = Settings {
        hibernation: Some(true),
        ..SETTINGS
    };
    let [v1, later @ ..] = &CHIPS;
    let findings = configuration(&network, v1, &settings).unwrap_err();
    assert!(findings.contains("xylo-hibernation-absent"));
    for chip in later {
        let json = configuration(&network, chip, &settings).unwrap();
        assert_eq!(parse(&json, chip).unwrap().settings, settings);
    }
}

#[test]
fn all_faults_of_a_file_are_named_at_once() {
    let text = built_in(chip("xylo-v1")).write();
    let text = text
        .replacen("\"operation_mode\": 0", "\"operation_mode\": 7", 1)
        .replacen("\"synapse2_enable\": false", "\"synapse2_enable\": 0", 1)
        .replacen("\"value1\": 1", "\"value1\": 2", 1)
        .replacen("\"aliasing\"", "\"alias\"", 1)
        .replacen("\"v_mem_decay\": 4", "\"v_mem_decay\": 4.0", 1);
    let findings = parse(&Json::read(&text).unwrap(), chip("xylo-v1")).unwrap_err();
    let found: Vec<_> = findings.iter().map(|f| f.what.as_str()).collect();
    let expected = [
        "`value0.synapse2_enable` is an integer; true or false is needed",
        "`value0.operation_mode` is 7; modes are 0, 1 and 2",
        "`value0.input.weights` is declared 1 x 2 but has 1 values",
        "`value0.reservoir.aliasing` is missing",
        "`value0.reservoir.neurons[0].v_mem_decay` is a number that is not a 64-bit integer; an \
         integer is needed",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_matrix_in_another_order_is_refused() {
    let network = legal(2, 3, 1, 1);
    let json = configuration(&network, chip("xylo-v1"), &SETTINGS).unwrap();
    let text = json.write();
    let row_major = "\"value0\": 3,\n                    \"value1\": 1";
    assert_eq!(
        text.matches(row_major).count(),
        3,
        "offsets of the inputs and hidden neurons"
    );
    let column_major = text.replacen(row_major, "\"value0\": 1, \"value1\": 2", 1);
    let findings = parse(&Json::read(&column_major).unwrap(), chip("xylo-v1")).unwrap_err();
    let found: Vec<_> = findings.iter().map(|f| f.what.as_str()).collect();
    let expected = ["`value0.input.weights.offsets` is 1, 2; a row-major matrix has 3, 1"];
    assert_eq!(found, expected);
}
