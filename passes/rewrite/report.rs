//! What a rewriting pass did, as data and as text.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::{cost::Cost, export::Written, saturate::Saturation};

/// What a pass did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The pass.
    pub pass: &'static str,
    /// Whose cost was minimised.
    pub cost: String,
    /// The graph of equal programs.
    pub saturation: Saturation,
    /// The cost of the program as it was.
    pub before: Cost,
    /// The cost of the program as it is.
    pub after: Cost,
    /// Ops before and after.
    pub ops: (usize, usize),
    /// What was written; nothing if the program stayed what it was.
    pub written: Written,
    /// Why what was made is equal to what was there, if that was asked for.
    pub explanation: Vec<String>,
    /// The graph in the form of egraph-serialize, if that was asked for.
    pub dump: Option<String>,
}

/// Where the reports of the passes of a run are gathered.
#[derive(Clone, Debug, Default)]
pub struct ReportSink(Arc<Mutex<Vec<Report>>>);

/// Where reports go is no part of what is done.
impl PartialEq for ReportSink {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ReportSink {
    /// Adds a report.
    pub fn push(&self, report: Report) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push(report);
    }

    /// Takes all reports so far.
    pub fn take(&self) -> Vec<Report> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Report {
    /// Whether the program is another than it was.
    pub fn changed(&self) -> bool {
        self.written != Written::default() || self.ops.0 != self.ops.1
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let cost = |cost: &Cost| json!({ "amount": cost.amount, "ops_without_form": cost.missing });
        let s = &self.saturation;
        let rules = s
            .fired
            .iter()
            .map(|(name, count)| json!({ "rule": name, "fired": count }));
        let made = &self.written.made;
        let merged = &self.written.merged;
        let mut report = json!({
            "pass": self.pass,
            "cost_model": self.cost,
            "cost_before": cost(&self.before),
            "cost_after": cost(&self.after),
            "ops_before": self.ops.0,
            "ops_after": self.ops.1,
            "iterations": s.iterations,
            "nodes": s.nodes,
            "classes": s.classes,
            "stop": s.stop.word(),
            "rules": rules.collect::<Vec<_>>(),
            "made": made.iter().map(|(nodes, op)| json!({ "nodes": nodes, "op": op })).collect::<Vec<_>>(),
            "merged": merged.iter().map(|(node, into)| json!({ "node": node, "into": into })).collect::<Vec<_>>(),
            "removed": self.written.removed,
        });
        if !self.explanation.is_empty() {
            report["explanation"] = json!(self.explanation);
        }
        report
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.saturation;
        writeln!(
            f,
            "{}: cost {} -> {} ({}), {} ops -> {}",
            self.pass, self.before, self.after, self.cost, self.ops.0, self.ops.1
        )?;
        writeln!(
            f,
            "{} rounds, {} nodes in {} classes, {}",
            s.iterations,
            s.nodes,
            s.classes,
            s.stop.word()
        )?;
        if !self.written.made.is_empty() {
            writeln!(f, "\n| from | op |\n| --- | --- |")?;
            for (nodes, op) in &self.written.made {
                writeln!(f, "| {nodes} | {op} |")?;
            }
        }
        for (node, into) in &self.written.merged {
            writeln!(f, "merged: {node} into {into}")?;
        }
        for node in &self.written.removed {
            writeln!(f, "removed: {node}")?;
        }
        if !s.fired.is_empty() {
            writeln!(f, "\n| rule | fired |\n| --- | --- |")?;
            for (name, count) in &s.fired {
                writeln!(f, "| {name} | {count} |")?;
            }
        }
        if !self.explanation.is_empty() {
            writeln!(f, "\nwhy:")?;
            for line in &self.explanation {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}
