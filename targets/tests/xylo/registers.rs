//! The register and memory writes against the encoder that samna 0.7.1 has confirmed.

use std::path::PathBuf;

use nirc_targets::xylo::{
    registers::{Space, encode, write},
    samna::{OperationMode, Settings},
    specification::Specification,
};
use serde_json::Value;

use crate::{
    corpus,
    legal::{fan, legal},
};

#[test]
fn random_networks_match_the_reference() {
    let Some(folder) = corpus::outside("oracle/xylo") else {
        return;
    };
    let folder = folder.display().to_string();
    let python = PathBuf::from("python3");
    let arguments = [folder.as_str(), "200"];
    let Some(output) = corpus::script(&python, "xylo_registers.py", &arguments, "") else {
        return;
    };
    for (i, line) in output.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let specification = Specification::from_json(&case["spec"].to_string()).unwrap();
        let manual = case["manual"] == 1;
        let settings = Settings {
            operation_mode: Some(if manual {
                OperationMode::AcceleratedTime
            } else {
                OperationMode::RealTime
            }),
            time_resolution_wrap: Some(case["wrap"].as_u64().unwrap().try_into().unwrap()),
            hibernation: None,
        };
        let writes = encode(&specification, &settings).unwrap();
        let ours: Value = serde_json::from_str(&write(&writes)).unwrap();
        assert_eq!(ours["chip"], "SYNS61300");
        assert_eq!(ours["writes"], case["writes"], "random network {i}");
    }
    assert_eq!(output.lines().count(), 200);
}

/// As many writes as samna 0.7.1 makes of its default configuration, which has one neuron of each
/// kind and no recurrent connection.
#[test]
fn the_smallest_network() {
    let mut network = legal(1, 1, 1, 1);
    network.weights_in[[0, 0, 0]] = -2;
    let writes = encode(&network, &Settings::default()).unwrap();
    assert_eq!(writes.len(), 29);
    let memory = |address| {
        let mut found = writes
            .iter()
            .filter(|w| w.space == Space::Memory && w.address == address);
        found.next().map(|w| w.value)
    };
    assert_eq!(memory(0x100), Some(0xFFFF_FFFE), "two's complement");
    assert_eq!(
        (memory(0x89C8), memory(0x89C9), memory(0x9590)),
        (Some(4), Some(4), Some(32767))
    );
    let last = |register| {
        let mut found = writes
            .iter()
            .rev()
            .filter(|w| w.space == Space::Register && w.address == register);
        found.next().map(|w| w.value)
    };
    assert_eq!(
        [1, 2, 4, 5, 6, 7, 8].map(last).map(Option::unwrap),
        [1, 0, 0x7F, 0x10001, 0, 0, 0x10000]
    );
}

/// Networks whose memories end at, and one word beyond, a slice of 2000 words: the size registers
/// 5 and 6 that samna 0.7.1 gives them.
pub fn at_the_slices() -> Vec<(Specification, [u32; 2])> {
    let connected = |inputs, hidden, readouts, connections: usize| {
        let mut network = legal(inputs, hidden, readouts, 1);
        for i in 0..connections {
            fan(&mut network, i / 50, i % 50 + 1);
        }
        network
    };
    vec![
        (connected(10, 200, 1, 2000), [0x0001_0001, 0x0001_0001]),
        (connected(3, 667, 3, 2001), [0x0003_0003, 0x0003_0003]),
        (connected(1, 500, 4, 4001), [0x0001_0001, 0x0007_0007]),
    ]
}

#[test]
fn memories_that_end_at_a_slice() {
    for (network, expected) in at_the_slices() {
        let writes = encode(&network, &Settings::default()).unwrap();
        let found = [5, 6].map(|register| {
            let mut found = writes.iter().rev();
            found
                .find(|w| (w.space, w.address) == (Space::Register, register))
                .unwrap()
                .value
        });
        assert_eq!(found, expected);
    }
}

#[test]
fn illegal_networks_are_not_encoded() {
    let mut network = legal(1, 2, 2, 1);
    network.bias[0] = 1;
    network.threshold_out[1] = 5;
    let findings = encode(&network, &Settings::default()).unwrap_err();
    assert!(findings.contains("xylo-bias-absent"));
    assert!(findings.contains("xylo-readout-threshold-pairs"));
}
