//! The table of rules in `docs/rewriting.md`.

use std::{fmt::Write, path::PathBuf};

use super::{
    check::levels,
    rules::{CASES, wrongs},
};
use crate::rewrite::rules;

const BEGIN: &str = "<!-- rules: begin -->\n";
const END: &str = "<!-- rules: end -->";

fn table() -> String {
    let mut text = String::from(
        "\n| rule | what holds | levels | test cases | broken on purpose |\n| --- | --- | --- | --- | --- |\n",
    );
    let mut sums = [0; 3];
    for rule in rules::all() {
        let levels = levels(rule).len();
        let (cases, faults) = (CASES as usize * levels, wrongs(rule.name).len() * levels);
        let set = rule.set.name();
        let _ = writeln!(
            text,
            "| `{}` | {} | {set} | {cases} | {faults} |",
            rule.name,
            rule.law.replace('|', "\\|")
        );
        for (sum, count) in sums.iter_mut().zip([1, cases, faults]) {
            *sum += count;
        }
    }
    let [rules, cases, faults] = sums;
    let _ = writeln!(
        text,
        "\n{rules} rules, {cases} test cases, {faults} faults.\n"
    );
    text
}

/// `NIRC_UPDATE=1` writes the page anew.
#[test]
fn the_rewriting_page_has_all_rules() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/rewriting.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page
        .split_once(BEGIN)
        .expect("the page has a table of rules");
    let (_, behind) = rest.split_once(END).expect("the table ends");
    let fresh = format!("{before}{BEGIN}{}{END}{behind}", table());
    if std::env::var_os("NIRC_UPDATE").is_some() {
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    assert!(
        page == fresh,
        "docs/rewriting.md is stale: run this test with NIRC_UPDATE=1"
    );
}
