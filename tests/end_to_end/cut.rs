//! A compilation can be cut after any pass: print, parse in a fresh process, go on.

use std::{fs, path::Path};

use crate::support::{corpus, model, succeed};

const PASSES: [&str; 4] = [
    "nir-to-ct{dt=1e-4 reset=subtract}",
    "ct-to-dt{reset-timing=next-step}",
    "dt-to-quant{target=TARGET}",
    "quant-to-hw",
];

/// The files that must not depend on where the compilation was cut.
fn artefacts(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("manifest.json"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn check(model: &Path, target: &str) {
    let folder = tempfile::tempdir().unwrap();
    let options = [
        "--dt",
        "1e-4",
        "--reset",
        "subtract",
        "--reset-timing",
        "next-step",
    ];
    let compile = |input: &Path, output: &Path| {
        let paths = [
            input,
            Path::new("--target"),
            Path::new(target),
            Path::new("-o"),
            output,
        ];
        let arguments = [Path::new("compile")]
            .into_iter()
            .chain(paths)
            .chain(options.map(Path::new));
        succeed(arguments);
        artefacts(output)
    };
    let whole = compile(model, &folder.path().join("whole"));
    assert!(whole.len() >= 4, "{} files", whole.len());

    let mut input = model.to_owned();
    for (index, pass) in PASSES.iter().enumerate() {
        let cut = folder.path().join(format!("{index}.mlir"));
        let pipeline = format!(
            "--pass-pipeline=builtin.module({})",
            pass.replace("TARGET", target)
        );
        let arguments = [
            Path::new("opt"),
            &input,
            Path::new(&pipeline),
            Path::new("--print-weights"),
            Path::new("-o"),
            &cut,
        ];
        succeed(arguments);
        let rest = compile(&cut, &folder.path().join(format!("rest{index}")));
        for ((name, expected), (_, found)) in whole.iter().zip(&rest) {
            assert!(
                expected == found,
                "{target}: `{name}` differs when cut after {pass}"
            );
        }
        assert_eq!(whole.len(), rest.len());
        input = cut;
    }
}

#[test]
fn motions_can_be_cut_after_each_pass() {
    for target in ["xylo-v1", "xylo-audio-2"] {
        check(&model("motions/motions.nir"), target);
    }
}

#[test]
fn braille_can_be_cut_after_each_pass() {
    let Some(corpus) = corpus("braille_can_be_cut_after_each_pass") else {
        return;
    };
    for target in ["xylo-v1", "xylo-audio-2"] {
        check(
            &corpus.join("data/paper/03_rnn/braille_noDelay_noBias_subtract.nir"),
            target,
        );
    }
}

#[test]
fn elided_weights_are_a_named_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("elided.mlir");
    succeed([
        Path::new("opt"),
        &model("motions/motions.nir"),
        Path::new("-o"),
        &cut,
    ]);
    let output = crate::support::nirc([
        Path::new("compile"),
        &cut,
        Path::new("--target"),
        Path::new("xylo-v1"),
    ]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("ir-weights-missing") && text.contains("--print-weights"),
        "{text}"
    );
}
