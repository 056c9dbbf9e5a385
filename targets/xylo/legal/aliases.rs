//! Aliases: one target each, unique, in range, not the neuron itself.

use nirc_dialects::finding::{Finding, Findings};

use super::{
    because,
    owners::{Fault, Owners, at, plural},
};
use crate::xylo::{
    chip::Chip,
    specification::{Role, Specification},
};

pub(super) fn check(
    findings: &mut Findings,
    owners: &Owners<'_>,
    specification: &Specification,
    chip: &Chip,
) {
    let hidden = specification.hidden_neurons();
    let mut sources = vec![0_usize; hidden];
    let [mut many, mut outside, mut itself, mut shared] = [const { Vec::new() }; 4];
    for (id, targets) in specification.aliases.iter().enumerate() {
        if targets.len() > chip.alias_targets.value {
            let count = targets.len();
            let value = i64::try_from(count).unwrap_or(i64::MAX);
            many.push(Fault {
                id,
                value,
                badness: count as u64,
            });
        }
        for &target in targets {
            let fault = Fault {
                id,
                value: target.into(),
                badness: 0,
            };
            match usize::try_from(target)
                .ok()
                .and_then(|t| Some((t, sources.get_mut(t)?)))
            {
                None => outside.push(fault),
                Some((t, _)) if t == id => itself.push(fault),
                Some((_, count)) => {
                    *count += 1;
                    if *count > 1 {
                        shared.push(fault);
                    }
                }
            }
        }
    }
    let last = hidden.saturating_sub(1);
    let mut report = |faults: Vec<Fault>, code, rule, text: &str, why: String, fix| {
        for group in owners.gather(Role::Hidden, faults.into_iter()) {
            let who = plural(group.count, "hidden neuron");
            let (id, value, ids) = (group.worst.id, group.worst.value, group.ids());
            let what = format!("{who} (ids {ids}) {text}; id {id} has {value}");
            let finding = Finding::error(code, rule, what).why(why.clone()).fix(fix);
            findings.push(at(finding, group.node));
        }
    };
    report(
        many,
        "xylo-alias-count",
        "a hidden neuron has at most one alias target",
        "have several alias targets",
        because(&chip.alias_targets),
        "chain the aliases: a to b, b to c",
    );
    report(
        outside,
        "xylo-alias-range",
        "an alias target is a hidden neuron",
        &format!("have an alias target outside 0 to {last}"),
        String::new(),
        "name an existing hidden neuron",
    );
    report(
        itself,
        "xylo-alias-itself",
        "a hidden neuron is not its own alias",
        "are their own alias target",
        String::new(),
        "use a recurrent weight instead",
    );
    report(
        shared,
        "xylo-alias-shared",
        "no two hidden neurons have the same alias target",
        "have an alias target that another neuron already has",
        "the chip keeps one alias source a target".to_owned(),
        "use a recurrent weight for all but one of the sources",
    );
}
