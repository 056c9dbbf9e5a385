//! `nirc verify`: which lowering changes which spike, and by how much.

mod advice;
mod compare;
mod comparison;
mod report;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use nirc_dialects::finding::{Finding, Findings, Severity};
use nirc_targets::ChipTarget;

use crate::{
    arguments::{self, Lowering, Reading},
    execute::Input,
    levels::{Level, Request},
    output,
};
use comparison::Comparison;

/// Arguments of `nirc verify`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, or IR of any level (`.mlir`, written with its weights).
    model: PathBuf,
    /// The chip; without it, the levels that need none are compared.
    #[arg(long, value_parser = arguments::target)]
    target: Option<&'static dyn ChipTarget>,
    #[command(flatten)]
    input: Input,
    /// The time constant of the van Rossum distance, in steps.
    #[arg(long, value_name = "STEPS", default_value_t = 10.0, value_parser = arguments::positive)]
    tau: f64,
    /// Compute level dt in 64 bits.
    #[arg(long)]
    double: bool,
    /// Which of the chip's models level chip is, if the chip has several; its page says which.
    #[arg(long = "model", value_name = "NAME")]
    model_variant: Option<String>,
    /// Do not try which option would change the lowering that costs most.
    #[arg(long)]
    no_advice: bool,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    match execute(arguments) {
        Ok((text, findings, broken)) => {
            output::print(&text);
            let code = output::finish(&findings);
            if broken && !findings.has_errors() {
                return ExitCode::from(output::FAILED);
            }
            code
        }
        Err(findings) => output::finish(&findings),
    }
}

/// The text, all findings, and whether a promise is broken: that the chip's model does what the
/// integers do.
fn execute(arguments: &Arguments) -> Result<(String, Findings, bool), Findings> {
    let settings = arguments.lowering.settings();
    let request = Request {
        model: &arguments.model,
        mode: arguments.reading.mode(),
        settings: &settings,
        convention: arguments.lowering.convention,
        chip: arguments.target,
        double: arguments.double,
        model_variant: arguments.model_variant.as_deref(),
    };
    let mut wanted = vec![Level::Ct, Level::Dt];
    if arguments.target.is_some() {
        wanted.extend([Level::Quant, Level::Chip]);
    } else if request.convention.is_some_and(|c| c.integers.is_some()) {
        wanted.push(Level::Quant);
    }
    let levels = request.levels(|first| {
        wanted.retain(|level| *level >= first);
        wanted
    })?;
    let mut findings = levels.findings.clone();
    findings.extend(levels.stopped.clone());
    for (level, refused) in &levels.refused {
        findings.extend(refused.iter().map(|finding| left_out(*level, finding)));
    }
    if levels.simulators.len() < 2 {
        if !findings.has_errors() {
            findings.push(Finding::error(
                "verify-levels",
                "at least two levels are compared",
                format!("{} of the model's levels run", levels.simulators.len()),
            ));
        }
        return Err(findings);
    }
    let samples = arguments.input.read(&levels)?;
    findings.extend(samples.findings.clone());
    let comparison = Comparison::new(&levels, &samples, arguments.tau)?;
    let advice = match arguments.no_advice {
        true => None,
        false => advice::find(&request, &comparison, &samples, arguments.tau),
    };
    let exact = match (arguments.target, request.model_variant) {
        (Some(chip), variant) => chip.is_exact(
            variant
                .or(chip.models().first().copied())
                .unwrap_or_default(),
        ),
        (None, _) => true,
    };
    let broken = exact && comparison.chip_differs();
    if broken {
        findings.push(
            Finding::warning(
                "verify-chip",
                "the chip's model does what the integers do",
                "it does not; this is a bug of nirc",
            )
            .fix("please report it with the model"),
        );
    }
    let text = if arguments.json {
        format!("{:#}\n", report::json(&comparison, advice.as_ref()))
    } else {
        report::text(&comparison, advice.as_ref())
    };
    Ok((text, findings, broken))
}

/// A level that cannot run is left out of the comparison, and said.
fn left_out(level: Level, finding: &Finding) -> Finding {
    Finding {
        severity: Severity::Warning,
        what: format!("level {} is left out: {}", level.name(), finding.what),
        ..finding.clone()
    }
}
