//! What a chip cannot hold is refused by name, all of it at once.

use std::path::Path;

use crate::support::{model, nirc};

fn refusal(arguments: &[&str], path: &Path) -> String {
    let output = nirc(
        [Path::new("compile"), path]
            .into_iter()
            .chain(arguments.iter().map(Path::new)),
    );
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn digits_on_xylo_is_refused_with_every_reason() {
    for target in ["xylo-v1", "xylo-audio-2", "xylo-audio-3", "xylo-imu"] {
        let text = refusal(
            &["--target", target, "--reset", "subtract"],
            &model("digits/digits.nir"),
        );
        let expected = [
            ("xylo-input-channels", "input"),
            ("xylo-synapse", "if1"),
            ("xylo-synapse", "if3"),
        ];
        for (code, node) in expected {
            assert!(
                text.contains(&format!("error[{code}] node `{node}`")),
                "{target}: {code} at {node}\n{text}"
            );
        }
    }
}

#[test]
fn reset_to_zero_is_refused_unless_it_may_be_approximated() {
    let path = model("motions/motions.nir");
    let arguments = ["--target", "xylo-v1", "--reset", "zero"];
    let text = refusal(&arguments, &path);
    assert!(
        text.contains("error[xylo-reset] node `lif1.lif`") && text.contains("--approximate reset"),
        "{text}"
    );

    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let more = ["--approximate", "reset", "-o"].map(Path::new);
    let allowed = nirc(
        [Path::new("compile"), &path]
            .into_iter()
            .chain(arguments.map(Path::new))
            .chain(more)
            .chain([output.as_path()]),
    );
    assert!(allowed.status.success());
    let report = std::fs::read_to_string(output.join("report.json")).unwrap();
    assert!(
        report.contains("xylo-reset-approximated"),
        "the approximation stands in the report"
    );
}

/// IR of level `hw` that was changed by hand is not trusted.
#[test]
fn two_populations_on_the_same_ids_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let placed = folder.path().join("hw.mlir");
    let pipeline = "--pass-pipeline=nir-to-ct{reset=subtract},ct-to-dt,dt-to-quant{target=xylo-v1},quant-to-hw";
    let options = [pipeline, "--print-weights", "-o"].map(Path::new);
    let path = model("motions/motions.nir");
    let output = nirc(
        [Path::new("opt"), &path]
            .into_iter()
            .chain(options)
            .chain([placed.as_path()]),
    );
    assert!(output.status.success());
    let text = std::fs::read_to_string(&placed).unwrap();
    let changed = text.replace("role = \"readout\", scale", "role = \"hidden\", scale");
    assert_ne!(changed, text);
    std::fs::write(&placed, changed).unwrap();
    let text = refusal(&["--target", "xylo-v1"], &placed);
    assert!(
        text.contains("error[xylo-table] node `lif2`: ids 0 to 3 are shared with `lif1.lif`"),
        "{text}"
    );
}
