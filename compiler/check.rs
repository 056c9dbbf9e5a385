//! `nirc check`: what is wrong with a file, and what would fail on a chip.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use nirc_dialects::{
    finding::{Findings, Severity},
    ir::IrContext,
    nir::file::Mode,
};
use nirc_passes::{RunOptions, run};
use nirc_targets::ChipTarget;
use serde_json::json;

use crate::{
    arguments::{self, Lowering},
    load::load,
    output,
    pipeline::Settings,
};

/// Arguments of `nirc check`.
#[derive(Args)]
pub struct Arguments {
    /// NIR files, IR files, or folders of them.
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// Chips to check against; may be given several times.
    #[arg(long, value_parser = arguments::target)]
    target: Vec<&'static dyn ChipTarget>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Print one line for each file: read or refused, in strict and in lenient mode.
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    reading: arguments::Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// Reads a file, and lowers it for each target.
fn check(
    path: &Path,
    mode: Mode,
    settings: &Settings,
    targets: &[&'static dyn ChipTarget],
) -> Vec<(String, Findings)> {
    let read = |context: &IrContext| load(context, path, mode).map(|program| program.findings);
    let findings = IrContext::new().and_then(|context| read(&context));
    let findings = findings.unwrap_or_else(|findings| findings);
    let refused = findings.has_errors();
    let known = findings.0.len();
    let mut results = vec![("read".to_owned(), findings)];
    if refused {
        return results;
    }
    for target in targets {
        // A context holds one program, so each target starts anew.
        let lowered = IrContext::new().and_then(|context| {
            let mut program = load(&context, path, mode)?;
            let level = program.level().unwrap_or_default();
            let steps = settings.steps(&level, "hw", Some(*target))?;
            run(&context, &mut program, &steps, &RunOptions::default())?;
            Ok(program.findings)
        });
        let Findings(mut findings) = lowered.unwrap_or_else(|findings| findings);
        // What reading found stands above.
        findings.drain(..known.min(findings.len()));
        results.push((target.name().to_owned(), Findings(findings)));
    }
    results
}

/// The files that `paths` name: themselves, or what stands in a folder, in order of names.
fn files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        let Ok(entries) = std::fs::read_dir(path) else {
            found.push(path.clone());
            continue;
        };
        let mut inside: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        inside.sort();
        for path in inside {
            let is_model = path
                .extension()
                .is_some_and(|e| ["nir", "mlir", "net", "h5"].iter().any(|x| e == *x));
            if path.is_dir() {
                found.extend(files(&[path]));
            } else if is_model {
                found.push(path);
            }
        }
    }
    found
}

/// `read` or `refused`, and the codes of the findings that matter, with their number.
fn summary(findings: &Findings) -> String {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.severity != Severity::Note) {
        *codes.entry(&finding.code).or_default() += 1;
    }
    let codes: Vec<_> = codes
        .iter()
        .map(|(code, count)| {
            if *count > 1 {
                format!("{code} x{count}")
            } else {
                (*code).to_owned()
            }
        })
        .collect();
    let state = if findings.has_errors() {
        "refused"
    } else {
        "read"
    };
    if codes.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {}", codes.join(", "))
    }
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    let settings = arguments.lowering.settings();
    let mode = arguments.reading.mode();
    let mut refused = false;
    let (mut text, mut list) = (String::new(), Vec::new());
    if arguments.table {
        text += "| file | strict | lenient |\n| --- | --- | --- |\n";
    }
    for path in files(&arguments.models) {
        let name = path.display();
        if arguments.table {
            let mut row = format!("| {name} |");
            for mode in [Mode::Strict, Mode::Lenient] {
                for (_, findings) in check(&path, mode, &settings, &[]) {
                    refused |= mode == Mode::Lenient && findings.has_errors();
                    let _ = write!(row, " {} |", summary(&findings));
                }
            }
            text += &row;
            text.push('\n');
            continue;
        }
        for (stage, findings) in check(&path, mode, &settings, &arguments.target) {
            refused |= findings.has_errors();
            if arguments.json {
                list.push(json!({
                    "file": path.to_string_lossy(), "stage": stage,
                    "ok": !findings.has_errors(), "findings": findings,
                }));
                continue;
            }
            let state = if findings.has_errors() {
                "refused"
            } else {
                "ok"
            };
            let _ = writeln!(text, "{name}: {stage}: {state}");
            if !findings.0.is_empty() {
                let _ = writeln!(text, "{findings}\n");
            }
        }
    }
    if arguments.json {
        text = format!("{:#}\n", serde_json::Value::Array(list));
    }
    output::print(&text);
    if refused {
        ExitCode::from(output::REFUSED)
    } else {
        ExitCode::SUCCESS
    }
}
