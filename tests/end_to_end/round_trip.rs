//! What was read and written again is, for the Python package `nir` 1.0.8, the same graph.

use std::{path::Path, process::Command};

use crate::support::{corpus, files, model, nirc, python, root};

#[test]
fn nir_reads_what_was_written_as_the_same_graph() {
    const TEST: &str = "nir_reads_what_was_written_as_the_same_graph";
    let Some(python) = python("NIRC_PYTHON", TEST) else {
        return;
    };
    let mut paths = vec![model("motions/motions.nir"), model("digits/digits.nir")];
    // Without it, the models of the repository are tested all the same.
    if let Some(corpus) = corpus(TEST) {
        paths.extend(files(&corpus.join("data"), &["nir"]));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut pairs = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let written = folder.path().join(format!("{index}.nir"));
        // Through the IR and its text: file, program, text, program, file.
        let text = folder.path().join(format!("{index}.mlir"));
        let read = |mode: &[&str]| {
            let fixed = [
                Path::new("opt"),
                path,
                Path::new("--print-weights"),
                Path::new("-o"),
                &text,
            ];
            nirc(fixed.into_iter().chain(mode.iter().map(Path::new)))
                .status
                .success()
        };
        let strict = read(&[]);
        if !strict && !read(&["--lenient"]) {
            continue;
        }
        let wrote = nirc([Path::new("opt"), &text, Path::new("-o"), &written]);
        assert!(
            wrote.status.success(),
            "{}: {}",
            path.display(),
            String::from_utf8_lossy(&wrote.stderr)
        );
        // A repaired graph is another than the original, but `nir` reads it.
        pairs.extend([
            if strict {
                path.clone()
            } else {
                written.clone()
            },
            written,
        ]);
    }
    assert!(pairs.len() >= 4, "{} files were read", pairs.len() / 2);
    let output = Command::new(python)
        .arg(root().join("tests/nir_roundtrip.py"))
        .args(&pairs)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
