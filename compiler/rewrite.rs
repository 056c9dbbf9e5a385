//! `nirc rewrite`: what the rewriting passes do with a model, and why.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{IrContext, PrintOptions},
};
use nirc_passes::{
    RunOptions, Step,
    rewrite::{Bounds, CtRewrite, DtRewrite, Report, ReportSink, RewriteOptions},
    run,
};
use nirc_targets::ChipTarget;
use serde_json::json;

use crate::{
    arguments::{self, Lowering, Reading},
    load::load,
    output,
};

/// Arguments of `nirc rewrite`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, or IR of level nir, ct or dt (`.mlir`, written with its weights).
    model: PathBuf,
    /// The chip whose cost is minimised; without it, words of memory and ops of a machine that has them all.
    #[arg(long, value_parser = arguments::target)]
    target: Option<&'static dyn ChipTarget>,
    /// The level at which the model is rewritten last.
    #[arg(long, value_enum, default_value_t = Until::Dt)]
    level: Until,
    /// Say for each op that is made which rules, in which order, make it of what was there.
    #[arg(long)]
    explain: bool,
    /// Write all equal programs to a file, in the JSON of egraph-serialize; of the last level.
    #[arg(long, value_name = "FILE")]
    dump_egraph: Option<PathBuf>,
    /// Print the reports as JSON.
    #[arg(long)]
    json: bool,
    /// Write the rewritten module, with its weights.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The most nodes of the graph of equal programs; without it, in proportion to the model.
    #[arg(long, value_name = "N")]
    max_nodes: Option<usize>,
    /// The most rounds in which all rules are applied.
    #[arg(long, value_name = "N", default_value_t = Bounds::default().iterations)]
    max_iterations: usize,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// The last level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    /// Continuous time.
    Ct,
    /// Difference equations.
    Dt,
}

/// What the passes did.
struct Rewritten {
    reports: Vec<Report>,
    findings: Findings,
    text: String,
}

impl Arguments {
    fn run(&self) -> Result<Rewritten, Findings> {
        let context = IrContext::new()?;
        let mut program = load(&context, &self.model, self.reading.mode())?;
        let settings = self.lowering.settings();
        let reports = ReportSink::default();
        let options = RewriteOptions {
            target: self.target.map(|chip| chip as &dyn nirc_passes::Target),
            bounds: Bounds {
                nodes: self.max_nodes,
                iterations: self.max_iterations,
            },
            observe: settings.rewrite.observe.clone(),
            without: settings.rewrite.without.clone(),
            explain: self.explain,
            dump: self.dump_egraph.is_some(),
            reports: reports.clone(),
        };
        let mut steps: Vec<Step> = Vec::new();
        let pass = |pass: std::rc::Rc<dyn nirc_passes::Pass>| Step::Pass(pass);
        let level = program.level().unwrap_or_default();
        if level == "nir" {
            steps.push(pass(std::rc::Rc::new(settings.nir_to_ct.clone())));
        }
        if level == "nir" || level == "ct" {
            steps.push(pass(std::rc::Rc::new(CtRewrite(options.clone()))));
        }
        if self.level == Until::Dt {
            if level == "nir" || level == "ct" {
                steps.push(pass(std::rc::Rc::new(settings.ct_to_dt.clone())));
            }
            steps.push(pass(std::rc::Rc::new(DtRewrite(options))));
        }
        run(&context, &mut program, &steps, &RunOptions::default())?;
        let text = match self.output {
            Some(_) => program.print(&PrintOptions::WHOLE)?,
            None => String::new(),
        };
        Ok(Rewritten {
            reports: reports.take(),
            findings: std::mem::take(&mut program.findings),
            text,
        })
    }

    fn files(&self, rewritten: &Rewritten) -> Result<(), Finding> {
        if let Some(path) = &self.output {
            output::write(path, &rewritten.text)?;
        }
        let dump = rewritten.reports.last().and_then(|r| r.dump.as_deref());
        match (&self.dump_egraph, dump) {
            (Some(path), Some(dump)) => output::write(path, dump),
            _ => Ok(()),
        }
    }
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    let rewritten = match arguments.run() {
        Ok(rewritten) => rewritten,
        Err(findings) => return output::finish(&findings),
    };
    if let Err(finding) = arguments.files(&rewritten) {
        return output::finish(&finding.into());
    }
    if arguments.json {
        let reports: Vec<_> = rewritten.reports.iter().map(Report::json).collect();
        output::print(&format!("{:#}\n", json!(reports)));
    } else {
        let reports: Vec<_> = rewritten.reports.iter().map(Report::to_string).collect();
        output::print(&reports.join("\n"));
    }
    output::finish(&rewritten.findings)
}
