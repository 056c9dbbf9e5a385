//! Reading a model: a NIR file, or IR of any level.

use std::{fs, io::Read, path::Path};

use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{IrContext, Program},
    nir::{
        self,
        file::{Mode, ReadOptions},
    },
};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A NIR file (HDF5).
    Nir,
    /// MLIR text.
    Mlir,
}

impl Source {
    /// What `path` is by its name: `.mlir` and `-` are IR, all else is NIR.
    pub fn of(path: &Path) -> Self {
        let is_ir = path == Path::new("-") || path.extension().is_some_and(|e| e == "mlir");
        if is_ir { Self::Mlir } else { Self::Nir }
    }
}

/// Reads a program; it holds the findings of reading it.
///
/// # Errors
///
/// All findings, if the file is refused.
pub fn load<'c>(context: &'c IrContext, path: &Path, mode: Mode) -> Result<Program<'c>, Findings> {
    let _span = tracing::info_span!("load", path = %path.display()).entered();
    match Source::of(path) {
        Source::Mlir => Program::parse(context, &text(path)?),
        Source::Nir => {
            let options = ReadOptions {
                mode,
                ..ReadOptions::default()
            };
            let (graph, findings) = nir::file::read(path, &options);
            let Some(graph) = graph else {
                return Err(findings);
            };
            let mut program = nir::import(context, graph)?;
            program.findings = findings;
            Ok(program)
        }
    }
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
///
/// A finding that names the file and says what the system said.
pub fn text(path: &Path) -> Result<String, Finding> {
    if path == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.map(|_| text).map_err(|error| cannot(path, &error));
    }
    fs::read_to_string(path).map_err(|error| cannot(path, &error))
}

/// The content of a file.
///
/// # Errors
///
/// As [`text`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, Finding> {
    fs::read(path).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &std::io::Error) -> Finding {
    Finding::error(
        "input",
        "the input can be read",
        format!("`{}`: {error}", path.display()),
    )
}
