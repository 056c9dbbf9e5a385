//! Findings kept in the module, as a module attribute.

use melior::{
    Context,
    ir::{
        Attribute, Identifier, OperationRef,
        attribute::{ArrayAttribute, DictionaryAttribute, StringAttribute},
        operation::{OperationLike, OperationMutLike, OperationRefMut},
    },
};

use super::program::level;
use crate::finding::{Finding, Findings, Severity};

/// The name under which a level keeps the findings made so far.
fn findings_attribute(level: &str) -> String {
    format!("{level}.findings")
}

/// Keeps `findings` in the module, so that a compilation that is cut and taken up again reports the
/// same as one that is not.
pub fn store_findings<'c>(module: OperationRef<'c, '_>, context: &'c Context, level: &str, findings: &Findings) {
    // SAFETY: as in `set_module_attribute`.
    let mut target = unsafe { OperationRefMut::from_raw(module.to_raw()) };
    let string = |text: &str| -> Attribute<'c> { StringAttribute::new(context, text).into() };
    let entries: Vec<Attribute<'c>> = findings
        .iter()
        .map(|f| {
            let severity = f.severity.to_string();
            let mut fields = vec![
                ("code", f.code.as_ref()),
                ("severity", severity.as_str()),
                ("rule", f.rule.as_ref()),
                ("what", f.what.as_str()),
            ];
            if let Some(node) = &f.node {
                fields.push(("node", node));
            }
            fields.extend([("why", f.why.as_ref()), ("fix", f.fix.as_ref())].into_iter().filter(|(_, t)| !t.is_empty()));
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, text)| (Identifier::new(context, name), string(text)))
                .collect();
            DictionaryAttribute::new(context, &fields).into()
        })
        .collect();
    let name = findings_attribute(level);
    if entries.is_empty() {
        let _ = target.remove_attribute(&name);
    } else {
        target.set_attribute(&name, ArrayAttribute::new(context, &entries).into());
    }
}

/// The findings that the passes so far kept in the module.
pub fn stored_findings(module: OperationRef<'_, '_>) -> Findings {
    let mut findings = Findings::new();
    let Some(list) = level(module)
        .and_then(|level| module.attribute(&findings_attribute(&level)).ok())
        .and_then(|attribute| ArrayAttribute::try_from(attribute).ok())
    else {
        return findings;
    };
    for i in 0..list.len() {
        let Some(entry) = list
            .element(i)
            .ok()
            .and_then(|e| DictionaryAttribute::try_from(e).ok())
        else {
            continue;
        };
        let text = |name: &str| {
            entry
                .element_by_name(name)
                .and_then(|a| StringAttribute::try_from(a).ok())
                .map(|s| s.value().to_owned())
        };
        findings.push(Finding {
            code: text("code").unwrap_or_default().into(),
            severity: match text("severity").as_deref() {
                Some("note") => Severity::Note,
                Some("warning") => Severity::Warning,
                _ => Severity::Error,
            },
            node: text("node"),
            rule: text("rule").unwrap_or_default().into(),
            what: text("what").unwrap_or_default(),
            why: text("why").unwrap_or_default().into(),
            fix: text("fix").unwrap_or_default().into(),
        });
    }
    findings
}
