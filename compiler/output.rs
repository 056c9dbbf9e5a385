//! Writing to the terminal and to files.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

use indicatif::{ProgressBar, ProgressStyle};
use nirc_dialects::finding::{Finding, Findings, Severity};

/// Done, but a check failed.
pub const FAILED: u8 = 1;
/// Refused: nothing was made, or not all that was asked for.
pub const REFUSED: u8 = 2;

/// Shows findings on standard error, errors last.
pub fn show(findings: &Findings) {
    let mut stderr = io::stderr().lock();
    let colour = stderr.is_terminal();
    for severity in [Severity::Note, Severity::Warning, Severity::Error] {
        for finding in findings.iter().filter(|f| f.severity == severity) {
            let text = finding.to_string();
            let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
            let code = match (colour, severity) {
                (false, _) => None,
                (true, Severity::Note) => Some("36"),
                (true, Severity::Warning) => Some("33"),
                (true, Severity::Error) => Some("31"),
            };
            // A closed standard error leaves nobody to tell.
            let _ = match code {
                Some(code) => writeln!(stderr, "\x1b[{code}m{head}\x1b[0m"),
                None => writeln!(stderr, "{head}"),
            };
            if !rest.is_empty() {
                let _ = writeln!(stderr, "{rest}");
            }
        }
    }
}

/// Shows findings and gives the exit code that they ask for.
pub fn finish(findings: &Findings) -> ExitCode {
    show(findings);
    if findings.has_errors() {
        ExitCode::from(REFUSED)
    } else {
        ExitCode::SUCCESS
    }
}

/// A bar on standard error for `total` steps of work; nothing where that is no terminal.
pub fn progress(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} samples, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Writes to standard output. A reader that has gone away is no error.
pub fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a file, or standard output for `-`.
///
/// # Errors
///
/// A finding that names the file and says what the system said.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Finding> {
    if path == Path::new("-") {
        // As in `print`.
        let _ = io::stdout().lock().write_all(content.as_ref());
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|e| cannot(parent, &e))?;
    }
    fs::write(path, content).map_err(|e| cannot(path, &e))
}

fn cannot(path: &Path, error: &io::Error) -> Finding {
    Finding::error(
        "output",
        "the output can be written",
        format!("`{}`: {error}", path.display()),
    )
}
