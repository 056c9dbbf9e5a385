//! What several tests need.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ndarray::ArrayD;
use ndarray_npy::ReadNpyExt;

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of a model in the repository.
pub fn model(path: &str) -> PathBuf {
    root().join("tests/models").join(path)
}

/// The folder of data from outside the repository; `None` after saying that `test` was skipped.
pub fn corpus(test: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("NIRC_CORPUS").map_or_else(|| root().join("../shared"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(test, &format!("there is no folder `{}`", folder.display()));
    None
}

/// The Python interpreter that the variable names; `None` after saying that `test` was skipped.
pub fn python(variable: &str, test: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        skipped(
            test,
            &format!("`{variable}` names no interpreter; `./setup test` makes it"),
        );
    }
    path
}

/// Says that a test was skipped, past the test runner's capture.
pub fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}

/// Runs `nirc` in a process of its own.
#[track_caller]
pub fn nirc<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nirc"))
        .args(arguments)
        .output()
        .expect("nirc can be started")
}

/// Runs `nirc`, which must succeed, and returns what it printed.
#[track_caller]
pub fn succeed<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> String {
    let output = nirc(arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("nirc prints UTF-8")
}

/// An array of numbers, as f64.
#[track_caller]
pub fn npy(path: &Path) -> ArrayD<f64> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    numbers(&bytes).unwrap_or_else(|| panic!("{}: no array of numbers", path.display()))
}

/// The numbers of an `.npy` file, as f64.
pub fn numbers(bytes: &[u8]) -> Option<ArrayD<f64>> {
    macro_rules! attempt {
        ($($Type:ty),*) => {$(
            if let Ok(array) = ArrayD::<$Type>::read_npy(bytes) {
                return Some(array.mapv(|x| x as f64));
            }
        )*};
    }
    attempt!(u8, i8, i16, i32, i64, f32, f64);
    let array = ArrayD::<bool>::read_npy(bytes).ok()?;
    Some(array.mapv(|x| f64::from(u8::from(x))))
}

/// All files under `folder` with one of these extensions, in order of names.
pub fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, extensions)
            } else if path
                .extension()
                .is_some_and(|e| extensions.iter().any(|x| e == *x))
            {
                vec![path]
            } else {
                Vec::new()
            }
        })
        .collect()
}
