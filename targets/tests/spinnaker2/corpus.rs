//! Where test data from outside the repository is.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of the data outside the repository, if it is there; says so if not.
pub fn outside(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("NIRC_CORPUS");
    let root = root.map_or_else(|| workspace().join("../shared"), PathBuf::from);
    let found = root.join(folder);
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("skipped: {} is absent", found.display());
    None
}

/// All files of a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
