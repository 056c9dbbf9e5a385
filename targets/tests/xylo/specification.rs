//! The neutral JSON form.

use nirc_targets::xylo::{chip::CHIPS, legal::check, specification::Specification};

use crate::random::{self, Random};

#[test]
fn random_specifications_survive_the_round_trip() {
    let mut random = Random::new(1);
    for round in 0..200 {
        let network = random::specification(&mut random, &CHIPS[round % 4], 60);
        let text = network.to_json();
        assert_eq!(Specification::from_json(&text).unwrap(), network);
        let lines = text.lines().count();
        assert!(
            lines < 100 + 5 * network.hidden_neurons(),
            "one row of weights a line"
        );
    }
}

#[test]
fn absent_optional_keys_are_zero() {
    let text = r#"{"weights_in": [[[1], [2]]], "weights_rec": [[[0], [3]], [[0], [0]]],
        "weights_out": [[4], [5]], "dash_mem": [1, 2], "dash_syn": [3, 4], "dash_mem_out": [5],
        "dash_syn_out": [6], "threshold": [7, 8], "threshold_out": [9], "bias": null}"#;
    let mut expected = Specification::silent(1, 2, 1, 1);
    expected.weights_in[[0, 0, 0]] = 1;
    expected.weights_in[[0, 1, 0]] = 2;
    expected.weights_rec[[0, 1, 0]] = 3;
    expected.weights_out[[0, 0]] = 4;
    expected.weights_out[[1, 0]] = 5;
    (expected.dash_mem, expected.dash_syn) = (vec![1, 2], vec![3, 4]);
    (expected.dash_mem_out, expected.dash_syn_out) = (vec![5], vec![6]);
    (expected.threshold, expected.threshold_out) = (vec![7, 8], vec![9]);
    assert_eq!(Specification::from_json(text).unwrap(), expected);
}

/// Sizes of zero are the legaliser's business, not the reader's.
#[test]
fn a_network_without_a_hidden_layer_is_read() {
    let text = Specification::silent(1, 0, 0, 1).to_json();
    let network = Specification::from_json(&text).unwrap();
    assert_eq!(network.hidden_neurons(), 0);
    assert!(check(&network, &CHIPS[0]).contains("xylo-no-hidden-layer"));
}

/// All faults of a text, as `code: what`.
fn faults(text: &str) -> Vec<String> {
    let findings = Specification::from_json(text).unwrap_err();
    findings
        .iter()
        .map(|f| format!("{}: {}", f.code, f.what))
        .collect()
}

#[test]
fn all_faults_of_a_file_are_named_at_once() {
    let text = r#"{"format": 2, "weights_in": [[[1], [2]], [[1]]], "weights_rec": [[[0.0]]],
        "dash_mem": [1, 99999999999], "dash_syn": "x", "dash_mem_out": [5], "dash_syn_out": 6,
        "threshold": [[7]], "threshold_out": [9, true], "weight_shift_inp": 1,
        "nodes": [{"node": "a", "role": "soma", "first": -1}]}"#;
    let expected = [
        "xylo-json-unknown-key: `weight_shift_inp` is not a key of a Xylo specification",
        "xylo-format: the file has version 2; version 1 is read",
        "xylo-json-shape: `weights_in` is ragged: element 0 is a list of shape [2, 1], element 1 is \
         a list of shape [1, 1]",
        "xylo-json-type: `weights_rec[0][0][0]` is a number that is not a 64-bit integer; an \
         integer is needed",
        "xylo-json-missing-key: `weights_out` is missing",
        "xylo-json-integer-range: `dash_mem` holds 99999999999 and 0 more such values",
        "xylo-json-type: `dash_syn` is a string; a list of integers is needed",
        "xylo-json-shape: `threshold` has 2 dimensions; 1 are needed",
        "xylo-json-type: `dash_syn_out` is an integer; a list of integers is needed",
        "xylo-json-type: `threshold_out[1]` is a boolean; an integer is needed",
        "xylo-json-missing-key: `nodes[0].count` is missing",
        "xylo-json-type: `nodes[0].role` is a string; `input`, `hidden` or `readout` is needed",
        "xylo-json-shape: `nodes[0].first` is -1; a count is never negative",
    ];
    assert_eq!(faults(text), expected);
}

#[test]
fn arrays_that_do_not_fit_each_other_are_named_at_once() {
    let mut network = Specification::silent(1, 3, 2, 1);
    network.weights_in = ndarray::Array3::zeros((1, 4, 2));
    network.weights_out = ndarray::Array2::zeros((5, 2));
    _ = network.bias.pop();
    network.threshold_out.push(1);
    let expected = [
        "xylo-specification-shape: weights_in has 2 synapses a neuron, weights_rec 1",
        "xylo-specification-shape: inputs reach 4 hidden neurons; there are 3",
        "xylo-specification-shape: readouts read 5 hidden neurons; there are 3",
        "xylo-specification-shape: bias has 2 elements; 3 are needed",
        "xylo-specification-shape: threshold_out has 3 elements; 2 are needed",
    ];
    assert_eq!(faults(&network.to_json()), expected);
}

#[test]
fn a_repeated_key_or_a_broken_text_is_refused() {
    let repeated = faults(r#"{"dt": 1, "dt": 2}"#);
    assert!(
        repeated[0].starts_with("xylo-json: the key `dt` is repeated"),
        "{repeated:?}"
    );
    for text in [
        "",
        "{",
        "[1]",
        "3",
        "{\"format\": 1e999}",
        &"[".repeat(100_000),
    ] {
        assert!(!faults(text).is_empty(), "{text}");
    }
}

/// Every text that differs by one cut or one changed byte is read or refused, never a panic.
#[test]
fn damaged_files_do_not_panic() {
    let mut random = Random::new(2);
    let text = random::specification(&mut random, &CHIPS[2], 4).to_json();
    let text = text.trim_end();
    let mut accepted = 0;
    for i in 0..text.len() {
        if text.is_char_boundary(i) {
            assert!(Specification::from_json(&text[..i]).is_err());
        }
        for byte in [b'0', b'[', b'-', b' '] {
            let mut damaged = text.as_bytes().to_vec();
            damaged[i] = byte;
            if let Ok(damaged) = String::from_utf8(damaged) {
                accepted += usize::from(Specification::from_json(&damaged).is_ok());
            }
        }
    }
    assert!(accepted > 0, "some changes leave a specification");
}
