//! `nirc compile`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{IrContext, PrintOptions},
    nir::file::Mode,
};
use nirc_passes::{RunOptions, rewrite::Report, run};
use nirc_targets::{ChipTarget, File};
use sha2::{Digest, Sha256};

use crate::{
    arguments::{self, Lowering, Reading},
    load::{self, load},
    output,
    pipeline::Settings,
    report,
};

/// Arguments of `nirc compile`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, or IR of any level (`.mlir`, written with its weights).
    model: PathBuf,
    /// The chip; `nirc targets` lists them.
    #[arg(long, value_parser = arguments::target)]
    target: &'static dyn ChipTarget,
    /// The folder for the output; it is made if need be.
    #[arg(short, long, default_value = "out")]
    output: PathBuf,
    /// A samna configuration that your own samna wrote (`print(XyloConfiguration().to_json())`); the
    /// network is filled in and every other key kept.
    #[arg(long, value_name = "JSON")]
    template: Option<PathBuf>,
    /// Write weights into the IR files, so that `nirc` can go on from each of them.
    #[arg(long)]
    full_ir: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// What a compilation made.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// All files, the chip's and our own, by name.
    pub files: Vec<File>,
    /// All findings.
    pub findings: Findings,
}

/// What is compiled, and how.
pub struct Request<'r> {
    /// A NIR file or IR.
    pub model: &'r Path,
    /// How a NIR file is read.
    pub mode: Mode,
    /// The options of every pass.
    pub settings: &'r Settings,
    /// The chip.
    pub target: &'static dyn ChipTarget,
    /// The text of a configuration to fill, in place of the built-in one.
    pub template: Option<&'r str>,
    /// Whether IR files hold the weights.
    pub full_ir: bool,
}

/// Compiles a model.
///
/// # Errors
///
/// All findings, if the model is refused.
pub fn compile(request: &Request<'_>) -> Result<Compilation, Findings> {
    let context = IrContext::new()?;
    let mut program = load(&context, request.model, request.mode)?;
    let level = program.level().unwrap_or_default();
    let print = if request.full_ir {
        PrintOptions::WHOLE
    } else {
        PrintOptions::default()
    };
    let mut files = vec![ir_file(&program, &level, "", &print)?];
    for step in request.settings.steps(&level, "hw", Some(request.target))? {
        let rewrites = step.name().ends_with("-rewrite");
        run(&context, &mut program, &[step], &RunOptions::default())?;
        let reports = request.settings.rewrite.reports.take();
        let level = program.level().unwrap_or_default();
        match (rewrites, reports.iter().any(Report::changed)) {
            (false, _) => files.push(ir_file(&program, &level, "", &print)?),
            (true, true) => files.push(ir_file(&program, &level, "-rewritten", &print)?),
            (true, false) => {}
        }
    }
    let module = program.module.as_operation();
    let chip = nirc_targets::of(module)?;
    if chip.name() != request.target.name() {
        return Err(Finding::error(
            "target",
            "IR is compiled for the chip that its integers were made for",
            format!(
                "the file is for {}, the target is {}",
                chip.name(),
                request.target.name()
            ),
        )
        .into());
    }
    let mut all = {
        let _span = tracing::info_span!("emit").entered();
        chip.emit(module, &program.tensors, request.template)?
    };
    all.push(File::text(
        "report.json",
        report::json(&program, chip),
        "findings, resources and errors",
    ));
    all.extend(files);
    let manifest = manifest(request, &all);
    all.push(manifest);
    Ok(Compilation {
        files: all,
        findings: program.findings,
    })
}

fn ir_file(
    program: &nirc_dialects::ir::Program<'_>,
    level: &str,
    suffix: &str,
    print: &PrintOptions,
) -> Result<File, Finding> {
    let index = crate::pipeline::LEVELS
        .iter()
        .position(|l| *l == level)
        .map_or(0, |i| i + 1);
    Ok(File::text(
        format!("ir/{index}-{level}{suffix}.mlir"),
        program.print(print)?,
        "the IR of a level",
    ))
}

/// Names, sizes and hashes of all files. It holds no path, clock or machine, so the same input and
/// options give the same bytes.
fn manifest(request: &Request<'_>, files: &[File]) -> File {
    let entries: Vec<_> = files
        .iter()
        .map(|file| {
            serde_json::json!({
                "name": file.name,
                "purpose": file.purpose,
                "bytes": file.content.len(),
                "sha256": hash(&file.content),
            })
        })
        .collect();
    let manifest = serde_json::json!({
        "nirc": env!("CARGO_PKG_VERSION"),
        "model": request.model.file_name().map(|n| n.to_string_lossy()),
        "target": request.target.name(),
        "pipeline": request.settings.pipeline(request.target),
        "files": entries,
    });
    File::text("manifest.json", format!("{manifest:#}\n"), "what was made")
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    let template = match arguments.template.as_deref().map(load::text).transpose() {
        Ok(template) => template,
        Err(finding) => return output::finish(&finding.into()),
    };
    let request = Request {
        model: &arguments.model,
        mode: arguments.reading.mode(),
        settings: &arguments.lowering.settings(),
        target: arguments.target,
        template: template.as_deref(),
        full_ir: arguments.full_ir,
    };
    let compilation = match compile(&request) {
        Ok(compilation) => compilation,
        Err(findings) => return output::finish(&findings),
    };
    for file in &compilation.files {
        if let Err(finding) = output::write(&arguments.output.join(&file.name), &file.content) {
            return output::finish(&finding.into());
        }
    }
    let code = output::finish(&compilation.findings);
    let mut text = format!(
        "{} for {}:\n",
        arguments.model.display(),
        arguments.target.name()
    );
    for file in compilation
        .files
        .iter()
        .filter(|f| !f.name.starts_with("ir/"))
    {
        text += &format!(
            "  {:<26} {}\n",
            arguments.output.join(&file.name).display().to_string(),
            file.purpose
        );
    }
    output::print(&text);
    code
}
