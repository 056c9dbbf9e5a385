//! The model against the vendor's simulator and the reference in Python, and what it refuses.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use nirc_targets::xylo::{
    chip::{Arithmetic, CHIPS},
    model::{Model, Recording},
    specification::Specification,
};
use serde_json::Value;

use crate::{
    corpus, golden,
    random::{self, Random},
};

/// Random networks of `tests/xylo_reference.py`, run by `python` with its xylosim or by the
/// reference in a folder.
fn compare(python: &Path, reference: Option<&Path>) {
    let folder = reference.map(|path| path.display().to_string());
    let mut arguments = vec!["random", "--count", "150"];
    if let Some(folder) = &folder {
        arguments.extend(["--reference", folder]);
    }
    let Some(output) = corpus::script(python, "xylo_reference.py", &arguments, "") else {
        return;
    };
    let mut spikes = 0;
    for (i, line) in output.lines().enumerate() {
        let vector: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            golden::difference(&vector),
            None,
            "random network {i}: {}",
            vector["spec"]
        );
        spikes += line.matches("31").count();
    }
    assert_eq!(output.lines().count(), 150);
    assert!(spikes > 0, "the networks are not idle");
}

#[test]
fn random_networks_match_xylosim() {
    if let Some(python) = corpus::interpreter("NIRC_XYLOSIM_PYTHON") {
        compare(&python, None);
    }
}

#[test]
fn random_networks_match_the_reference() {
    if let Some(folder) = corpus::outside("oracle/xylo") {
        compare(&PathBuf::from("python3"), Some(&folder));
    }
}

/// What is recorded does not change what is computed, and a reset forgets everything.
#[test]
fn recording_and_reset_change_nothing() {
    let mut random = Random::new(3);
    let network = random::specification(&mut random, &CHIPS[1], 40);
    let raster = Array2::from_shape_fn((50, network.input_channels()), |_| {
        random.integer(0, 20) as u32
    });
    let mut model = Model::new(&network, Arithmetic::V2).unwrap();
    let full = model.run(raster.view(), Recording::Everything).unwrap();
    assert!(
        full.clipped_input_events > 0,
        "some channels have more than 15 events"
    );
    let again = model.run(raster.view(), Recording::Everything).unwrap();
    assert_ne!(full, again, "the state is kept between runs");
    model.reset();
    assert_eq!(
        full,
        model.run(raster.view(), Recording::Everything).unwrap()
    );
    model.reset();
    let spikes = model.run(raster.view(), Recording::Spikes).unwrap();
    assert_eq!(
        (&spikes.spikes, &spikes.spikes_out),
        (&full.spikes, &full.spikes_out)
    );
    assert_eq!(spikes.vmem.nrows(), 0);
    model.reset();
    for (row, expected) in raster.outer_iter().zip(full.spikes.outer_iter()) {
        model.step(row.as_slice().unwrap()).unwrap();
        assert_eq!(model.spikes(), expected.as_slice().unwrap());
    }
}

#[test]
fn inputs_of_another_width_are_refused() {
    let mut model = Model::new(&Specification::silent(2, 1, 1, 1), Arithmetic::V2).unwrap();
    assert!(model.step(&[0]).unwrap_err().contains("xylo-input-shape"));
    let raster = Array2::zeros((4, 3));
    let findings = model.run(raster.view(), Recording::Readouts).unwrap_err();
    assert!(findings.contains("xylo-input-shape"));
}

#[test]
fn memories_that_do_not_fit_are_refused() {
    let refused = |change: fn(&mut Specification), code: &str| {
        let mut network = Specification::silent(1, 2, 1, 1);
        change(&mut network);
        let findings = Model::new(&network, Arithmetic::V1).unwrap_err();
        assert!(findings.contains(code), "{findings}");
    };
    refused(|s| s.weights_in[[0, 0, 0]] = 128, "xylo-weight-range");
    refused(|s| s.threshold[1] = 32768, "xylo-threshold-range");
    refused(|s| s.dash_mem[0] = 16, "xylo-dash-range");
    refused(|s| s.dash_syn_2[0] = -1, "xylo-dash-range");
    refused(|s| s.weight_shift_rec = 8, "xylo-weight-shift-range");
    refused(|s| s.aliases[0] = vec![2], "xylo-alias-range");
    refused(|s| s.aliases[0] = vec![-1], "xylo-alias-range");
    refused(|s| s.bias[0] = 1, "xylo-bias-absent");
    refused(|s| _ = s.dash_syn.pop(), "xylo-specification-shape");
}
