//! The passes.

use std::{collections::BTreeSet, fmt, str::FromStr};

use nirc_dialects::{
    ct, dt,
    finding::{Finding, Findings},
    ir,
};

use super::{
    candidates::Candidates,
    common::Level,
    cost::{CostModel, GenericCost},
    dump, explain,
    export::{Export, Written},
    extract,
    import::{self, Observe},
    report::{Report, ReportSink},
    rules::{self, Rule},
    saturate::{Bounds, saturate},
};
use crate::{Lowering, Options, Pass, Target};

/// Options of both passes.
#[derive(Clone, Default)]
pub struct RewriteOptions {
    /// Whose cost is minimised; without it, the generic one.
    pub target: Option<&'static dyn Target>,
    /// How far saturation goes.
    pub bounds: Bounds,
    /// Which spikes must stay to be seen.
    pub observe: Observe,
    /// The rules that are left out.
    pub without: Without,
    /// Whether the report says why what was made is equal.
    pub explain: bool,
    /// Whether the report has the whole graph.
    pub dump: bool,
    /// Where the report goes.
    pub reports: ReportSink,
}

impl RewriteOptions {
    /// The options in a pipeline; `target` reads its name.
    ///
    /// # Errors
    ///
    /// All options that are wrong or unknown.
    pub fn from_options(
        mut options: Options,
        target: impl Fn(&str) -> Option<&'static dyn Target>,
        names: &str,
    ) -> Result<Self, Findings> {
        let mut this = Self {
            target: options.take_with("target", names, target),
            ..Self::default()
        };
        this.bounds.nodes = options.take("max-nodes", "a number of nodes");
        if let Some(iterations) = options.take("max-iterations", "a number of rounds") {
            this.bounds.iterations = iterations;
        }
        let observe = options.take_with("observe", "outputs, all or names of nodes", |text| {
            Some(Observe::from_words(text))
        });
        this.observe = observe.unwrap_or_default();
        let without = options.take_with("without", "names of rules", |text| text.parse().ok());
        this.without = without.unwrap_or_default();
        options.finish()?;
        Ok(this)
    }

    fn cost(&self) -> Box<dyn CostModel> {
        match self.target {
            Some(target) => target.cost(),
            None => Box::new(GenericCost),
        }
    }
}

/// The options as a pipeline has them.
impl fmt::Display for RewriteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        if let Some(target) = self.target {
            words.push(format!("target={}", target.name()));
        }
        let default = Bounds::default();
        if let Some(nodes) = self.bounds.nodes {
            words.push(format!("max-nodes={nodes}"));
        }
        if self.bounds.iterations != default.iterations {
            words.push(format!("max-iterations={}", self.bounds.iterations));
        }
        match &self.observe {
            Observe::Outputs => {}
            Observe::All => words.push("observe=all".to_owned()),
            Observe::Named(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                words.push(format!("observe={}", names.join(",")));
            }
        }
        if !self.without.0.is_empty() {
            words.push(format!("without={}", self.without));
        }
        match words.as_slice() {
            [] => Ok(()),
            words => write!(f, "{{{}}}", words.join(" ")),
        }
    }
}

/// Rules that are left out, by name: to see what a rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Without(pub BTreeSet<String>);

impl FromStr for Without {
    type Err = String;

    /// Reads names with commas between.
    fn from_str(text: &str) -> Result<Self, String> {
        let names: BTreeSet<String> = text.split(',').map(str::to_owned).collect();
        match names.iter().find(|n| !rules::all().any(|r| r.name == **n)) {
            Some(unknown) => Err(format!(
                "there is no rule `{unknown}`, see docs/rewriting.md"
            )),
            None => Ok(Self(names)),
        }
    }
}

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        f.write_str(&names.join(","))
    }
}

/// The pass `ct-rewrite`.
#[derive(Clone, Default)]
pub struct CtRewrite(pub RewriteOptions);

/// The pass `dt-rewrite`.
#[derive(Clone, Default)]
pub struct DtRewrite(pub RewriteOptions);

impl Pass for CtRewrite {
    fn name(&self) -> &'static str {
        "ct-rewrite"
    }

    fn description(&self) -> &'static str {
        "the cheapest equal program in continuous time, by equality saturation"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        run(self.name(), Level::Ct, &self.0, lowering)
    }
}

impl Pass for DtRewrite {
    fn name(&self) -> &'static str {
        "dt-rewrite"
    }

    fn description(&self) -> &'static str {
        "the cheapest equal program in discrete time, by equality saturation"
    }

    fn run(&self, lowering: &mut Lowering<'_, '_, '_>) -> Result<(), Finding> {
        run(self.name(), Level::Dt, &self.0, lowering)
    }
}

fn run(
    pass: &'static str,
    level: Level,
    options: &RewriteOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<(), Finding> {
    if ir::operations(lowering.module).is_empty() {
        return Ok(());
    }
    let cost = options.cost();
    let mut rules = rules::at(level);
    rules.retain(|rule| !options.without.0.contains(rule.name));
    match rewrite(pass, &rules, cost.as_ref(), options, lowering)? {
        Some(report) => {
            note(pass, &report, lowering.findings);
            if report.changed() {
                let text = report.json().to_string();
                let name = match level {
                    Level::Ct => ct::REWRITE,
                    Level::Dt => dt::REWRITE,
                };
                ir::set_module_attribute(lowering.module, lowering.context, name, &text);
            }
            options.reports.push(report);
            Ok(())
        }
        None => Ok(()),
    }
}

/// Rewrites a module of level ct or dt by `rules`, as far as `cost` gains. `None` after findings that were
/// added to the lowering.
///
/// # Errors
///
/// A finding if the module cannot be written.
pub fn rewrite(
    pass: &'static str,
    rules: &[Rule],
    cost: &dyn CostModel,
    options: &RewriteOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Result<Option<Report>, Finding> {
    let level = match pass {
        "ct-rewrite" => Level::Ct,
        _ => Level::Dt,
    };
    let imported = import::import(
        lowering.module,
        level,
        lowering.tensors,
        &options.observe,
        options.explain,
    );
    let mut imported = match imported {
        Ok(imported) => imported,
        Err(findings) => {
            lowering.findings.extend(findings);
            return Ok(None);
        }
    };
    let unable = || {
        Finding::error(
            "rewrite-extract",
            "a program can be taken from the terms that it was made to",
            "some value of it cannot be made",
        )
        .why("this is a bug of nirc")
    };
    let before = extract::extract(&Candidates::new(&imported, cost)).ok_or_else(unable)?;
    let bounds = &options.bounds;
    let saturation = saturate(
        &mut imported.graph,
        rules,
        level,
        &cost.limits(),
        bounds,
        None,
    );
    if imported.graph.analysis.conflict.is_some() {
        return Err(Finding::error(
            "rewrite-conflict",
            "what is said to be equal is of one shape and kind",
            "two terms were made one that differ",
        )
        .why("this is a bug of nirc"));
    }
    let candidates = Candidates::new(&imported, cost);
    let extraction = extract::extract(&candidates).ok_or_else(unable)?;
    let explanation = if options.explain {
        explain::explain(&mut imported, &candidates, &extraction)
    } else {
        Vec::new()
    };
    let dump = options.dump.then(|| dump::json(&imported, &candidates));
    let export = Export::new(&imported, &candidates, &extraction);
    let ops = imported.ops.len();
    let written = if export.is_source() {
        Written::default()
    } else {
        export.write(lowering)?
    };
    Ok(Some(Report {
        pass,
        cost: cost.name().to_owned(),
        saturation,
        before: before.total.cost,
        after: extraction.total.cost,
        ops: (ops, ir::operations(lowering.module).len()),
        written,
        explanation,
        dump,
    }))
}

/// Says what became of nodes that a user may look for.
fn note(pass: &'static str, report: &Report, findings: &mut Findings) {
    let name = |what: &str| format!("{pass}: {what}");
    for node in &report.written.removed {
        findings.push(
            Finding::note(
                "rewrite-removed",
                "what nothing depends on is left out",
                name("nothing that leaves the model depends on it"),
            )
            .at(node)
            .fix("`observe=all` in the pass's options keeps every population"),
        );
    }
    for (node, into) in &report.written.merged {
        findings.push(
            Finding::note(
                "rewrite-merged",
                "two populations that always do the same are one",
                name(&format!("it does what `{into}` does")),
            )
            .at(node)
            .fix("`observe=all` in the pass's options keeps every population"),
        );
    }
}
