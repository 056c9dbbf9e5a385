//! The same input and options give the same bytes.

use std::{fs, path::Path};

use crate::support::{files, model, succeed};

#[test]
fn two_compilations_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = ["a", "b"].map(|name| folder.path().join(name));
    for output in &outputs {
        let path = model("motions/motions.nir");
        let arguments = [
            "--target",
            "xylo-v1",
            "--reset",
            "subtract",
            "--full-ir",
            "-o",
        ]
        .map(Path::new);
        succeed(
            [Path::new("compile"), &path]
                .into_iter()
                .chain(arguments)
                .chain([output.as_path()]),
        );
    }
    let list = |output: &Path| files(output, &["json", "mlir", "py"]);
    let (first, second) = (list(&outputs[0]), list(&outputs[1]));
    assert_eq!(first.len(), 11, "{first:?}");
    for (a, b) in first.iter().zip(&second) {
        assert!(
            fs::read(a).unwrap() == fs::read(b).unwrap(),
            "{} differs",
            a.display()
        );
    }
}
