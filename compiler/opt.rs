//! `nirc opt`: passes on IR, with the flags of `mlir-opt`.

use std::{ffi::OsString, path::PathBuf, process::ExitCode, rc::Rc};

use clap::{ArgAction, Args};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{IrContext, PrintOptions, Program},
    nir::{self, file::WriteOptions},
};
use nirc_passes::{PrintIr, RunOptions, Step, parse_pipeline, rewrite::RewriteOptions, run};

use crate::{
    arguments::Reading,
    load::{self, Source, load},
    output,
    pipeline::{self, PASSES, UPSTREAM},
};

/// Arguments of `nirc opt`. A pass can also be given by its name, as in `mlir-opt`:
/// `--nir-to-ct=dt=1e-4 --ct-to-dt`.
#[derive(Args)]
pub struct Arguments {
    /// IR of any level, a NIR file, or `-` for IR from standard input.
    #[arg(default_value = "-")]
    input: PathBuf,
    /// The passes, e.g. `builtin.module(nir-to-ct{dt=1e-4},ct-to-dt)`.
    #[arg(long, value_name = "PIPELINE")]
    pass_pipeline: Option<String>,
    /// Passes given by name; see [`passes_by_name`].
    #[arg(long = "pass", value_name = "PASS", hide = true)]
    passes: Vec<String>,
    /// The file for the result; a NIR file if its name ends in `.nir` and the result is of level
    /// nir.
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Write the weights too, so that the result can be compiled further.
    #[arg(long)]
    print_weights: bool,
    /// Leave the names of the nodes out.
    #[arg(long)]
    no_names: bool,
    /// Treat the input as several modules, split at lines of `// -----`.
    #[arg(long)]
    split_input_file: bool,
    /// Verify after each pass.
    #[arg(long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    verify_each: bool,
    /// Print the IR before these passes.
    #[arg(long, value_delimiter = ',', value_name = "PASS")]
    mlir_print_ir_before: Vec<String>,
    /// Print the IR after these passes.
    #[arg(long, value_delimiter = ',', value_name = "PASS")]
    mlir_print_ir_after: Vec<String>,
    /// Print the IR before each pass.
    #[arg(long)]
    mlir_print_ir_before_all: bool,
    /// Print the IR after each pass.
    #[arg(long)]
    mlir_print_ir_after_all: bool,
    /// With --mlir-print-ir-after-all, print only what a pass changed.
    #[arg(long, requires = "mlir_print_ir_after_all")]
    mlir_print_ir_after_change: bool,
    /// Print the IR after a pass that failed.
    #[arg(long)]
    mlir_print_ir_after_failure: bool,
    /// A folder for the printed IR, a file for each pass.
    #[arg(long, value_name = "DIR")]
    mlir_print_ir_tree_dir: Option<PathBuf>,
    /// Say how long each pass took.
    #[arg(long)]
    mlir_timing: bool,
    /// Leave out the elements of `dense<...>` with more elements than this.
    #[arg(long, value_name = "N")]
    mlir_elide_elementsattrs_if_larger: Option<usize>,
    /// Write all equal programs that the last rewriting pass found to a file, in the JSON of
    /// egraph-serialize.
    #[arg(long, value_name = "FILE")]
    dump_egraph: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// Makes `--NAME` and `--NAME=OPTIONS`, for the name of a pass, one option that keeps its place among
/// the others.
pub fn passes_by_name(arguments: Vec<OsString>) -> Vec<OsString> {
    let command = arguments
        .iter()
        .skip(1)
        .find(|argument| !argument.to_string_lossy().starts_with('-'));
    if command.is_none_or(|command| command != "opt") {
        return arguments;
    }
    let named = |argument: OsString| -> OsString {
        let Some(text) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            return argument;
        };
        let (name, options) = text.split_once('=').unwrap_or((text, ""));
        if PASSES.contains(&name) || UPSTREAM.contains(&name) {
            return format!("--pass={name}{{{options}}}").into();
        }
        argument
    };
    arguments.into_iter().map(named).collect()
}

/// The parts of a file between lines of `// -----`.
fn split(text: &str) -> Vec<&str> {
    const LINE: &str = "// -----";
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == LINE {
            parts.push(&text[start..at]);
            start = at + line.len();
        }
        at += line.len();
    }
    parts.push(&text[start..]);
    parts
}

impl Arguments {
    fn steps(&self, rewrite: &RewriteOptions) -> Result<Vec<Step>, Findings> {
        let mut elements = Vec::new();
        for text in self.pass_pipeline.iter().chain(&self.passes) {
            elements.extend(parse_pipeline(text)?);
        }
        let mut steps = Vec::new();
        let mut findings = Findings::new();
        for element in &elements {
            match pipeline::step(element, rewrite) {
                Ok(step) => steps.push(step),
                Err(more) => findings.extend(more),
            }
        }
        for name in self
            .mlir_print_ir_before
            .iter()
            .chain(&self.mlir_print_ir_after)
        {
            if !steps.iter().any(|step| step.name() == name) {
                findings.push(Finding::error(
                    "pass-unknown",
                    "IR is printed around passes that run",
                    format!("no pass of this run is named `{name}`"),
                ));
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(steps)
        }
    }

    fn print(&self) -> PrintOptions {
        PrintOptions {
            weights: self.print_weights,
            elide_elements_larger_than: self.mlir_elide_elementsattrs_if_larger,
            names: !self.no_names,
        }
    }

    fn run_options(&self) -> RunOptions {
        RunOptions {
            print_ir: PrintIr {
                before_all: self.mlir_print_ir_before_all,
                after_all: self.mlir_print_ir_after_all,
                before: self.mlir_print_ir_before.clone(),
                after: self.mlir_print_ir_after.clone(),
                only_on_change: self.mlir_print_ir_after_change,
                only_on_failure: self.mlir_print_ir_after_failure,
                tree_directory: self.mlir_print_ir_tree_dir.clone(),
            },
            print: self.print(),
            timing: self.mlir_timing,
            verify_each: self.verify_each,
            sink: Rc::new(|heading, text| eprintln!("// -----// {heading} //----- //\n{text}")),
        }
    }

    /// Runs the passes on each module of the input; returns the text and the findings.
    fn run(&self) -> Result<(String, Findings), Findings> {
        let rewrite = RewriteOptions {
            dump: self.dump_egraph.is_some(),
            ..RewriteOptions::default()
        };
        let steps = self.steps(&rewrite)?;
        let result = self.run_steps(&steps);
        if let Some(path) = &self.dump_egraph {
            let reports = rewrite.reports.take();
            let dump = reports
                .last()
                .and_then(|r| r.dump.as_deref())
                .ok_or_else(|| {
                    Finding::error(
                        "pass-option",
                        "a graph of equal programs comes from a pass that rewrites",
                        "no such pass ran",
                    )
                    .fix("name ct-rewrite or dt-rewrite in the pipeline")
                })?;
            output::write(path, dump)?;
        }
        result
    }

    fn run_steps(&self, steps: &[Step]) -> Result<(String, Findings), Findings> {
        if Source::of(&self.input) == Source::Nir {
            let context = IrContext::new()?;
            let mut program = load(&context, &self.input, self.reading.mode())?;
            return self.one(&context, &mut program, steps);
        }
        let text = load::text(&self.input)?;
        let parts: Vec<&str> = if self.split_input_file {
            split(&text)
        } else {
            vec![&text]
        };
        let (mut results, mut findings, mut failed) = (Vec::new(), Findings::new(), false);
        let mut lines = 0;
        for part in parts {
            let context = IrContext::new()?;
            // Blank lines before a part keep the numbers of lines those of the file.
            let text = "\n".repeat(lines) + part;
            lines += part.lines().count() + 1;
            let result = Program::parse(&context, &text)
                .and_then(|mut program| self.one(&context, &mut program, steps));
            match result {
                Ok((text, more)) => {
                    results.push(text);
                    findings.extend(more);
                }
                Err(more) => {
                    failed = true;
                    findings.extend(more);
                }
            }
        }
        if failed {
            Err(findings)
        } else {
            Ok((results.join("// -----\n"), findings))
        }
    }

    fn one<'c>(
        &self,
        context: &'c IrContext,
        program: &mut Program<'c>,
        steps: &[Step],
    ) -> Result<(String, Findings), Findings> {
        run(context, program, steps, &self.run_options())?;
        if self.output.extension().is_some_and(|e| e == "nir") {
            let graph = nir::export(program)?;
            nir::file::write(&graph, &self.output, &WriteOptions::default())?;
            return Ok((String::new(), program.findings.clone()));
        }
        Ok((program.print(&self.print())?, program.findings.clone()))
    }
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    match arguments.run() {
        // A NIR file has been written already.
        Ok((text, findings)) if text.is_empty() => output::finish(&findings),
        Ok((text, findings)) => match output::write(&arguments.output, &text) {
            Ok(()) => output::finish(&findings),
            Err(finding) => output::finish(&finding.into()),
        },
        Err(findings) => output::finish(&findings),
    }
}
