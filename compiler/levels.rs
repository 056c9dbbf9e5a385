//! From a model to what runs it at each level.

use std::path::Path;

use clap::ValueEnum;
use nirc_dialects::{
    ct, dt,
    finding::{Finding, Findings},
    ir::{self, IrContext, Program},
    nir::file::Mode,
    quant,
    simulation::Simulator,
};
use nirc_passes::{Convention, RunOptions, Target, run};
use nirc_targets::ChipTarget;

use crate::{
    artefact,
    load::load,
    pipeline::{LEVELS, Settings},
};

/// A level that runs, from the mathematics to the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// Differential equations, solved exactly.
    Ct,
    /// Difference equations in floating point.
    Dt,
    /// Integers.
    Quant,
    /// The chip's model, loaded with the emitted configuration.
    Chip,
}

impl Level {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ct => "ct",
            Self::Dt => "dt",
            Self::Quant => "quant",
            Self::Chip => "chip",
        }
    }

    /// The dialect that it is made from.
    fn dialect(self) -> &'static str {
        match self {
            Self::Chip => "hw",
            other => other.name(),
        }
    }

    /// The level of a dialect that runs.
    fn of(dialect: &str) -> Option<Self> {
        let all = [Self::Ct, Self::Dt, Self::Quant, Self::Chip];
        all.into_iter().find(|level| level.dialect() == dialect)
    }
}

/// What is to be run.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// A NIR file, IR, or what `nirc compile` made.
    pub model: &'r Path,
    /// How a NIR file is read.
    pub mode: Mode,
    /// The options of every pass.
    pub settings: &'r Settings,
    /// The simulator whose arithmetic it is.
    pub convention: Option<&'static Convention>,
    /// The chip.
    pub chip: Option<&'static dyn ChipTarget>,
    /// Whether level dt computes in 64 bits.
    pub double: bool,
    /// Which of the chip's models is level chip; without it, the usual one.
    pub model_variant: Option<&'r str>,
}

/// What runs, by level, and what was found on the way.
#[derive(Default)]
pub struct Levels {
    /// The wanted levels that run, in order.
    pub simulators: Vec<(Level, Box<dyn Simulator>)>,
    /// Wanted levels that exist but cannot run, and why.
    pub refused: Vec<(Level, Findings)>,
    /// What stopped the lowering, if something did; the levels above run all the same.
    pub stopped: Findings,
    /// What a step stands for, in seconds, if the model says it.
    pub step: Option<f64>,
    /// Warnings and notes of reading and lowering.
    pub findings: Findings,
}

impl Request<'_> {
    /// Who makes integers: the chip, or else the convention's arithmetic.
    pub fn integers(&self) -> Option<&'static dyn Target> {
        match (self.chip, self.convention.and_then(|c| c.integers)) {
            (Some(chip), _) => Some(chip),
            (None, Some(name)) => nirc_targets::arithmetic(name),
            (None, None) => None,
        }
    }

    /// The level that is run if none is asked for, of a model that begins at `first`.
    pub fn default_level(&self, first: Level) -> Level {
        let usual = match self.convention.and_then(|c| c.integers) {
            Some(_) => Level::Quant,
            None => Level::Dt,
        };
        match first {
            Level::Ct => usual,
            lower => lower,
        }
    }

    /// Makes levels ready to run: those that `wanted` names, given the first of the model's.
    ///
    /// # Errors
    ///
    /// All findings, if the model cannot be read.
    pub fn levels(&self, wanted: impl FnOnce(Level) -> Vec<Level>) -> Result<Levels, Findings> {
        if artefact::is_one(self.model) {
            return self.artefact(&wanted(Level::Chip));
        }
        let context = IrContext::new()?;
        let mut program = load(&context, self.model, self.mode)?;
        let mut levels = Levels::default();
        let mut dialect = program.level().unwrap_or_default();
        let wanted = wanted(Level::of(&dialect).unwrap_or(Level::Ct));
        loop {
            let module = program.module.as_operation();
            if let Some(convention) = self.convention.filter(|_| dialect == LEVELS[1]) {
                program
                    .findings
                    .extend(convention.report(module, &program.tensors));
            }
            let step = [ct::STEP, dt::STEP, quant::STEP, nirc_dialects::hw::STEP];
            let step = step
                .iter()
                .find_map(|name| ir::module_attribute::<f64>(module, name));
            levels.step = step.or(levels.step);
            if let Some(level) = Level::of(&dialect).filter(|level| wanted.contains(level)) {
                match self.simulator(level, &program) {
                    Ok(simulator) => levels.simulators.push((level, simulator)),
                    Err(findings) => levels.refused.push((level, findings)),
                }
            }
            let Some(next) = next(&dialect, &wanted) else {
                break;
            };
            let lowered = self
                .settings
                .steps(&dialect, next, self.integers())
                .map_err(Findings::from)
                .and_then(|steps| run(&context, &mut program, &steps, &RunOptions::default()));
            if let Err(findings) = lowered {
                levels.stopped = findings;
                return Ok(levels);
            }
            next.clone_into(&mut dialect);
        }
        levels.findings = std::mem::take(&mut program.findings);
        let above = |level: &&Level| {
            let made = levels.simulators.iter().map(|(l, _)| l);
            !made
                .chain(levels.refused.iter().map(|(l, _)| l))
                .any(|l| l == *level)
        };
        if let Some(level) = wanted.iter().find(above) {
            levels.stopped.push(above_the_file(*level, &dialect));
        }
        Ok(levels)
    }

    fn simulator(
        &self,
        level: Level,
        program: &Program<'_>,
    ) -> Result<Box<dyn Simulator>, Findings> {
        let _span = tracing::info_span!("prepare", level = level.name()).entered();
        Ok(match level {
            Level::Ct => Box::new(ct::Simulation::new(program)?),
            Level::Dt if self.double => Box::new(dt::Simulation::<f64>::new(program)?),
            Level::Dt => Box::new(dt::Simulation::<f32>::new(program)?),
            Level::Quant => Box::new(quant::Simulation::new(program)?),
            Level::Chip => {
                let module = program.module.as_operation();
                let chip = nirc_targets::of(module)?;
                self.chip_model(chip, &chip.emit(module, &program.tensors, None)?)?
            }
        })
    }

    fn chip_model(
        &self,
        chip: &dyn ChipTarget,
        files: &[nirc_targets::File],
    ) -> Result<Box<dyn Simulator>, Findings> {
        let known = chip.models();
        match self.model_variant {
            Some(variant) if !known.contains(&variant) => Err(Finding::error(
                "model",
                "level chip is one of the chip's models",
                format!("{} has no model `{variant}`", chip.name()),
            )
            .fix(format!("its models are {}", known.join(", ")))
            .into()),
            variant => chip.model(
                files,
                variant.or(known.first().copied()).unwrap_or_default(),
            ),
        }
    }

    fn artefact(&self, wanted: &[Level]) -> Result<Levels, Findings> {
        let (chip, files) = artefact::read(self.model, self.chip)?;
        let mut levels = Levels {
            step: artefact::step(&files),
            ..Levels::default()
        };
        for level in wanted {
            match level {
                Level::Chip => levels
                    .simulators
                    .push((*level, self.chip_model(chip, &files)?)),
                other => levels.stopped.push(above_the_file(*other, "chip")),
            }
        }
        Ok(levels)
    }
}

/// The dialect below `dialect`, if a wanted level lies below.
fn next(dialect: &str, wanted: &[Level]) -> Option<&'static str> {
    let index = |name: &str| LEVELS.iter().position(|level| *level == name);
    let deepest = wanted
        .iter()
        .filter_map(|level| index(level.dialect()))
        .max()?;
    let next = index(dialect)? + 1;
    (next <= deepest).then(|| LEVELS[next])
}

fn above_the_file(level: Level, found: &str) -> Finding {
    Finding::error(
        "ir-level",
        "lowering goes down",
        format!(
            "level {} lies above the file, which is of level {found}",
            level.name()
        ),
    )
    .fix("run the levels from the file's own down, or begin with the NIR file")
}
