//! The one diagnostic type of the compiler.
//!
//! A reader, a pass or a target collects every [`Finding`] that it makes in a [`Findings`] list and
//! fails once, at its end. Nothing here prints: the driver decides how a finding is shown.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A decision that was made and changes nothing that the file says.
    Note,
    /// A repair, an ambiguity that was settled by a default, or an approximation.
    Warning,
    /// What cannot be done; compilation stops after the current step.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that a user should know: which node, which rule, what was found, why it matters and
/// what would fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identifier in kebab case, prefixed by the level or target, e.g. `nir-dangling-edge`.
    pub code: Cow<'static, str>,
    /// How much it matters.
    pub severity: Severity,
    /// The NIR node concerned, as a path (`/` between nested graphs); `None` for the whole model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node: Option<String>,
    /// The rule that was checked, as a short statement of what should hold.
    pub rule: Cow<'static, str>,
    /// What was found, with the numbers.
    pub what: String,
    /// Why it matters; empty when the rule says it all.
    #[serde(skip_serializing_if = "str::is_empty", default)]
    pub why: Cow<'static, str>,
    /// What would fix or settle it; empty when nothing needs doing.
    #[serde(skip_serializing_if = "str::is_empty", default)]
    pub fix: Cow<'static, str>,
}

impl Finding {
    /// A finding of `severity`: `code` and `rule` name the rule, `what` says what was found.
    pub fn new(
        severity: Severity,
        code: &'static str,
        rule: &'static str,
        what: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            severity,
            node: None,
            rule: rule.into(),
            what: what.into(),
            why: "".into(),
            fix: "".into(),
        }
    }

    /// An error; see [`Finding::new`].
    pub fn error(code: &'static str, rule: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, rule, what)
    }

    /// A warning; see [`Finding::new`].
    pub fn warning(code: &'static str, rule: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, rule, what)
    }

    /// A note; see [`Finding::new`].
    pub fn note(code: &'static str, rule: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, rule, what)
    }

    /// Names the NIR node concerned.
    pub fn at(mut self, node: impl Into<String>) -> Self {
        self.node = Some(node.into());
        self
    }

    /// Says why it matters.
    pub fn why(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = why.into();
        self
    }

    /// Says what would fix it.
    pub fn fix(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// `severity[code] node: what` on one line, then why and fix, indented, on lines of their own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.severity, self.code)?;
        if let Some(node) = &self.node {
            write!(f, " node `{node}`")?;
        }
        write!(f, ": {}", self.what)?;
        write!(f, "\n    rule: {}", self.rule)?;
        if !self.why.is_empty() {
            write!(f, "\n    why:  {}", self.why)?;
        }
        if !self.fix.is_empty() {
            write!(f, "\n    fix:  {}", self.fix)?;
        }
        Ok(())
    }
}

/// All findings of a step, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one finding.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|f| f.severity == Severity::Error)
    }

    /// The number of findings of `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|f| f.severity == severity).count()
    }

    /// Whether a finding with this code is present.
    pub fn contains(&self, code: &str) -> bool {
        self.0.iter().any(|f| f.code == code)
    }

    /// The findings, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, iter: T) {
        self.0.extend(iter);
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
