//! From pass names and options to passes.

use std::rc::Rc;

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::{
    CtToDt, DtToQuant, MapOptions, NirToCt, Options, Pass, PipelineElement, QuantToHw,
    QuantizeOptions, Step, Target,
    rewrite::{CtRewrite, DtRewrite, Observe, ReportSink, RewriteOptions, Without},
};
use nirc_targets::ChipTarget;

use crate::samples;

/// The levels, from the file's down to the chip's.
pub const LEVELS: [&str; 5] = ["nir", "ct", "dt", "quant", "hw"];

/// The passes, in the order in which a compilation runs them.
pub const PASSES: [&str; 6] = [
    "nir-to-ct",
    "ct-rewrite",
    "ct-to-dt",
    "dt-rewrite",
    "dt-to-quant",
    "quant-to-hw",
];

/// MLIR's own passes that a pipeline may name.
pub const UPSTREAM: [&str; 2] = ["canonicalize", "cse"];

/// The options of every lowering.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// What the file leaves open.
    pub nir_to_ct: NirToCt,
    /// The convention of the difference equations.
    pub ct_to_dt: CtToDt,
    /// How integers are made.
    pub quantize: QuantizeOptions,
    /// What the target is asked for where it places the network.
    pub map: MapOptions,
    /// What is rewritten for the target.
    pub rewrite: Rewrite,
}

/// What is rewritten for a target, at the levels ct and dt.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Whether anything is.
    pub enabled: bool,
    /// Which spikes must stay to be seen.
    pub observe: Observe,
    /// The rules that are left out.
    pub without: Without,
    /// Whether reports say why what was made is equal.
    pub explain: bool,
    /// Where the reports of the passes go.
    pub reports: ReportSink,
}

impl Default for Rewrite {
    fn default() -> Self {
        Self {
            enabled: true,
            observe: Observe::Outputs,
            without: Without::default(),
            explain: false,
            reports: ReportSink::default(),
        }
    }
}

impl Rewrite {
    /// The options of the passes; `None` if nothing is rewritten: no chip, no rewriting.
    fn options(&self, target: Option<&'static dyn Target>) -> Option<RewriteOptions> {
        let target = target.filter(|target| self.enabled && target.has_chip())?;
        Some(RewriteOptions {
            target: Some(target),
            observe: self.observe.clone(),
            without: self.without.clone(),
            explain: self.explain,
            reports: self.reports.clone(),
            ..RewriteOptions::default()
        })
    }
}

impl Settings {
    /// All lowerings for `target` as the text of a pipeline, with every option.
    pub fn pipeline(&self, target: &'static dyn ChipTarget) -> String {
        let map = match self.map.0.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", self.map),
        };
        let rewrite = |pass: &str| match self.rewrite.options(Some(target)) {
            Some(options) => format!("{pass}{options},"),
            None => String::new(),
        };
        format!(
            "builtin.module({},{}{},{}dt-to-quant{{target={} {}}},quant-to-hw{map})",
            self.nir_to_ct,
            rewrite("ct-rewrite"),
            self.ct_to_dt,
            rewrite("dt-rewrite"),
            target.name(),
            self.quantize
        )
    }

    /// The passes from `from` to `to`, both levels of [`LEVELS`]. Those that rewrite for the target stand
    /// before what leads to the next level.
    ///
    /// # Errors
    ///
    /// A finding if a level is unknown or `to` lies above `from`, or a target is needed and missing.
    pub fn steps(
        &self,
        from: &str,
        to: &str,
        target: Option<&'static dyn Target>,
    ) -> Result<Vec<Step>, Finding> {
        let index = |level: &str| {
            LEVELS.iter().position(|l| *l == level).ok_or_else(|| {
                Finding::error(
                    "ir-level",
                    "IR is of one of the five levels",
                    format!("`{level}` is none"),
                )
                .fix(format!("the levels are {}", LEVELS.join(", ")))
            })
        };
        let (from, to) = (index(from)?, index(to)?);
        if from > to {
            return Err(Finding::error(
                "ir-level",
                "lowering goes down",
                format!(
                    "the file is of level {}, which lies below {}",
                    LEVELS[from], LEVELS[to]
                ),
            ));
        }
        let rewrite = self.rewrite.options(target);
        let mut passes: Vec<Rc<dyn Pass>> = Vec::new();
        for level in from..to {
            match (level, &rewrite) {
                (1, Some(options)) => passes.push(Rc::new(CtRewrite(options.clone()))),
                (2, Some(options)) => passes.push(Rc::new(DtRewrite(options.clone()))),
                _ => {}
            }
            passes.push(match level {
                0 => Rc::new(self.nir_to_ct.clone()),
                1 => Rc::new(self.ct_to_dt.clone()),
                2 => Rc::new(DtToQuant {
                    target: target.ok_or_else(no_target)?,
                    options: self.quantize.clone(),
                }),
                _ => Rc::new(QuantToHw {
                    targets: nirc_targets::arithmetics(),
                    options: self.map.clone(),
                }),
            });
        }
        Ok(passes.into_iter().map(Step::Pass).collect())
    }
}

fn no_target() -> Finding {
    let chips: Vec<_> = nirc_targets::all().iter().map(|t| t.name()).collect();
    Finding::error(
        "target",
        "integers are made for a chip",
        "no target is given",
    )
    .fix(format!(
        "give one of {}; lava-fixed is integers without a chip, in a pipeline or by --convention",
        chips.join(", ")
    ))
}

/// The pass that a pipeline names. `rewrite` says what passes that rewrite report, and where.
///
/// # Errors
///
/// All options that are wrong, or that there is no such pass.
pub fn step(element: &PipelineElement, rewrite: &RewriteOptions) -> Result<Step, Findings> {
    let mut options = Options::parse(&element.name, &element.options);
    let pass: Rc<dyn Pass> = match element.name.as_str() {
        "nir-to-ct" => Rc::new(NirToCt::from_options(options)?),
        "ct-to-dt" => Rc::new(CtToDt::from_options(options)?),
        "ct-rewrite" | "dt-rewrite" => {
            let names: Vec<_> = nirc_targets::all().iter().map(|t| t.name()).collect();
            let chip = |name: &str| nirc_targets::lookup(name).map(|chip| chip as &dyn Target);
            let options = RewriteOptions {
                explain: rewrite.explain,
                dump: rewrite.dump,
                reports: rewrite.reports.clone(),
                ..RewriteOptions::from_options(options, chip, &names.join(" or "))?
            };
            match element.name.as_str() {
                "ct-rewrite" => Rc::new(CtRewrite(options)),
                _ => Rc::new(DtRewrite(options)),
            }
        }
        "dt-to-quant" => {
            let all = nirc_targets::arithmetics();
            let names: Vec<_> = all.iter().map(|t| t.name()).collect();
            let target = options.take_with("target", &names.join(" or "), nirc_targets::arithmetic);
            // Without a target the other options are looked at all the same.
            let any = all.first().copied().ok_or_else(no_target)?;
            let pass =
                DtToQuant::from_options(target.unwrap_or(any), &samples::FromCommandLine, options)?;
            target.ok_or_else(no_target)?;
            Rc::new(pass)
        }
        "quant-to-hw" => Rc::new(QuantToHw {
            targets: nirc_targets::arithmetics(),
            options: MapOptions(options.into_values()?),
        }),
        name if UPSTREAM.contains(&name) => {
            let text = match element.options.as_str() {
                "" => name.to_owned(),
                options => format!("{name}{{{options}}}"),
            };
            return Ok(Step::Upstream(text));
        }
        name => {
            return Err(Finding::error(
                "pass-unknown",
                "a pipeline names passes that exist",
                format!("there is no pass `{name}`"),
            )
            .fix(format!(
                "the passes are {}, {}",
                PASSES.join(", "),
                UPSTREAM.join(", ")
            ))
            .into());
        }
    };
    Ok(Step::Pass(pass))
}

#[cfg(test)]
mod tests {
    use nirc_passes::{Approximations, Calibration, Quantizer, ResetRule, parse_pipeline};

    use super::*;

    /// What the manifest says can be run again, and means the same.
    #[test]
    fn the_pipeline_of_settings_has_their_options() {
        let settings = Settings {
            nir_to_ct: NirToCt {
                step: Some(1e-4),
                reset: ResetRule::Subtract,
                ..NirToCt::default()
            },
            ct_to_dt: CtToDt {
                max_spikes: 31,
                ..CtToDt::default()
            },
            quantize: QuantizeOptions {
                quantizer: Quantizer::Global,
                approximate: Approximations::from_words("reset,synapse").unwrap(),
                calibration: Some(Calibration {
                    source: "poisson:steps=10,rate=5".into(),
                    reader: &samples::FromCommandLine,
                }),
            },
            map: MapOptions([("seed".to_owned(), "1".to_owned())].into()),
            rewrite: Rewrite {
                observe: Observe::Named(["a".to_owned(), "b".to_owned()].into()),
                without: "no-decay,scale-into-threshold".parse().unwrap(),
                ..Rewrite::default()
            },
        };
        let target = nirc_targets::lookup("xylo-imu").unwrap();
        let elements = parse_pipeline(&settings.pipeline(target)).unwrap();
        let options = |index: usize| Options::parse("", &elements[index].options);
        let names: Vec<&str> = elements.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, PASSES);
        assert_eq!(
            NirToCt::from_options(options(0)).unwrap(),
            settings.nir_to_ct
        );
        let chip = |name: &str| nirc_targets::lookup(name).map(|chip| chip as &dyn Target);
        for rewrite in [1, 3] {
            let read = RewriteOptions::from_options(options(rewrite), chip, "").unwrap();
            assert_eq!(read.target.map(|t| t.name()), Some("xylo-imu"));
            assert_eq!(read.observe, settings.rewrite.observe);
            assert_eq!(read.without, settings.rewrite.without);
        }
        assert_eq!(CtToDt::from_options(options(2)).unwrap(), settings.ct_to_dt);
        let mut rest = options(4);
        assert_eq!(
            rest.take::<String>("target", "").as_deref(),
            Some("xylo-imu")
        );
        let quantize = DtToQuant::from_options(target, &samples::FromCommandLine, rest).unwrap();
        assert_eq!(quantize.options, settings.quantize);
        assert_eq!(MapOptions(options(5).into_values().unwrap()), settings.map);
    }
}
