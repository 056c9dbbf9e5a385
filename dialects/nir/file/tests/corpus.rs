//! Every file of the corpus: read or refused, never a crash.

use std::path::Path;

use super::*;
use crate::nir::file::{WriteOptions, write};

/// The folder with data from outside the repository.
fn corpus() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("NIRC_CORPUS").map_or(default, PathBuf::from)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The distinct codes of the findings of each severity.
fn codes(findings: &Findings) -> String {
    let mut lines: Vec<String> = findings
        .iter()
        .map(|f| {
            format!(
                "{}:{}",
                &f.severity.to_string()[..1],
                f.code.trim_start_matches("nir-")
            )
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines.join(" ")
}

#[test]
fn every_file_is_read_or_refused() {
    let folder = corpus().join("data");
    let mut files = Vec::new();
    walk(&folder, &mut files);
    if files.is_empty() {
        println!(
            "skipped: there is no corpus in `{}`; set NIRC_CORPUS",
            folder.display()
        );
        return;
    }
    let out = Folder::new();
    println!("file | strict | lenient | findings in lenient mode");
    for path in &files {
        let (strict, strict_findings) = read(path, &ReadOptions::default());
        let (graph, findings) = read(path, &ReadOptions::lenient());
        let verdict = |read: bool| if read { "read" } else { "refused" };
        assert_eq!(
            strict.is_none(),
            strict_findings.has_errors(),
            "{}",
            path.display()
        );
        assert_eq!(graph.is_none(), findings.has_errors(), "{}", path.display());
        // What strict mode reads, lenient mode reads as the same graph.
        if strict.is_some() {
            assert_eq!(strict, graph, "{}", path.display());
        }
        let is_model = path
            .extension()
            .is_some_and(|e| e == "nir" || e == "net" || e == "h5");
        if is_model {
            let name = path.strip_prefix(&folder).unwrap_or(path).display();
            let (strict, lenient) = (verdict(strict.is_some()), verdict(graph.is_some()));
            println!("{name} | {strict} | {lenient} | {}", codes(&findings));
        }
        // What is written is read again, without any repair, as the same graph.
        if let Some(graph) = graph {
            let copy = out.file("copy.nir");
            write(&graph, &copy, &WriteOptions::default()).unwrap();
            let (again, findings) = read(&copy, &ReadOptions::default());
            let again = again.unwrap_or_else(|| panic!("{}: {findings}", path.display()));
            assert_eq!(again.edges, graph.edges, "{}", path.display());
            assert_eq!(again.nodes.len(), graph.nodes.len(), "{}", path.display());
        }
    }
}
