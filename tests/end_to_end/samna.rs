//! The emitted files in the vendor's own tool: samna 0.7.1.0, the last release that can be had
//! without the vendor's registry; it knows Xylo v1.

use std::{fs, path::Path, process::Command};

use crate::support::{corpus, model, python, root, succeed};

#[test]
fn samna_accepts_the_configuration_of_real_models() {
    const TEST: &str = "samna_accepts_the_configuration_of_real_models";
    let Some(python) = python("NIRC_SAMNA_PYTHON", TEST) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut models = vec![("motions", model("motions/motions.nir"))];
    if let Some(corpus) = corpus(TEST) {
        models.push((
            "braille",
            corpus.join("data/paper/03_rnn/braille_noDelay_noBias_subtract.nir"),
        ));
    }
    for (name, path) in &models {
        let output = folder.path().join(format!("{name}.out"));
        let arguments = [
            "--target", "xylo-v1", "--reset", "subtract", "--dt", "1e-4", "-o",
        ]
        .map(Path::new);
        succeed(
            [Path::new("compile"), path]
                .into_iter()
                .chain(arguments)
                .chain([output.as_path()]),
        );
        // The script takes the files of all networks from one folder.
        for (from, to) in [
            ("config.json", "samna"),
            ("registers.json", "registers"),
            ("specification.json", "spec"),
        ] {
            fs::copy(
                output.join(from),
                folder.path().join(format!("{name}.{to}.json")),
            )
            .unwrap();
        }
        fs::copy(
            output.join("load_xylo.py"),
            folder.path().join("load_xylo.py"),
        )
        .unwrap();
    }
    let output = Command::new(python)
        .arg(root().join("tests/xylo_samna.py"))
        .arg("files")
        .arg(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (name, _) in &models {
        let found = text
            .lines()
            .any(|line| line == format!("result: {name}.samna.json: ok"));
        assert!(found, "{name}\n{text}");
    }
}
