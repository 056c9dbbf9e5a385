//! Applying rules until nothing new comes, or a limit is reached. No clock is read.

use std::collections::HashSet;

use super::{
    analysis::Graph,
    common::Level,
    cost::Limits,
    fault::Fault,
    matcher::{Compiled, Match},
    rules::{Given, Rule},
};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most nodes of the graph; `None`: in proportion to the program.
    pub nodes: Option<usize>,
    /// The most rounds in which all rules are applied.
    pub iterations: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            nodes: None,
            iterations: 16,
        }
    }
}

/// Nodes in proportion to the nodes of the program, and for any program.
const NODES: (usize, usize) = (40, 20_000);

/// New matches of a rule in a round, in proportion to the nodes of the program, and for any program.
/// The others wait for the next round, so that no rule starves another.
const MATCHES: (usize, usize) = (2, 2_000);

/// Why saturation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No rule says anything new.
    Saturated,
    /// The most nodes.
    Nodes,
    /// The most rounds.
    Iterations,
}

impl Stop {
    /// As it stands in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Saturated => "saturated",
            Self::Nodes => "node limit",
            Self::Iterations => "iteration limit",
        }
    }
}

/// What saturation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saturation {
    /// For each rule that held somewhere new, how often.
    pub fired: Vec<(&'static str, usize)>,
    /// Nodes of the graph.
    pub nodes: usize,
    /// Classes of the graph.
    pub classes: usize,
    /// Rounds.
    pub iterations: usize,
    /// Why it ended.
    pub stop: Stop,
    /// Right sides that were no terms, which no rule should make.
    pub misfits: usize,
}

/// Applies `rules` at `level`. A fault breaks the rule of a name on purpose.
pub fn saturate(
    graph: &mut Graph,
    rules: &[Rule],
    level: Level,
    limits: &Limits,
    bounds: &Bounds,
    fault: Option<&(&str, Fault)>,
) -> Saturation {
    let rules: Vec<Compiled> = rules.iter().filter_map(Compiled::new).collect();
    let source = graph.total_size();
    let most_nodes = bounds.nodes.unwrap_or(NODES.0 * source + NODES.1);
    let most_matches = MATCHES.0 * source + MATCHES.1;
    let mut fired = vec![0; rules.len()];
    let mut seen: Vec<HashSet<u64>> = vec![HashSet::new(); rules.len()];
    let mut misfits = 0;
    let (mut iterations, mut stop) = (0, Stop::Iterations);
    'rounds: while iterations < bounds.iterations {
        iterations += 1;
        let mut waiting = false;
        let found: Vec<Vec<Match>> = rules
            .iter()
            .zip(&seen)
            .map(|(rule, seen)| {
                let mut matches = rule.search(graph);
                matches.retain(|m| !seen.contains(&m.key(rule)));
                waiting |= matches.len() > most_matches;
                matches.truncate(most_matches);
                matches
            })
            .collect();
        let before = graph.total_size();
        let mut changed = false;
        for (number, (rule, matches)) in rules.iter().zip(found).enumerate() {
            for mut found in matches {
                seen[number].insert(found.key(rule));
                found.canonical(graph);
                let fault = fault.filter(|(name, _)| *name == rule.rule.name);
                let fault = fault.map(|(_, fault)| fault);
                match try_match(graph, rule, found, level, limits, fault) {
                    Outcome::New => {
                        fired[number] += 1;
                        changed = true;
                    }
                    Outcome::Known => {}
                    Outcome::Misfit => misfits += 1,
                }
            }
            if graph.total_size() > most_nodes {
                stop = Stop::Nodes;
                graph.rebuild();
                break 'rounds;
            }
        }
        graph.rebuild();
        if !changed && !waiting && graph.total_size() == before {
            stop = Stop::Saturated;
            break;
        }
    }
    Saturation {
        fired: rules
            .iter()
            .zip(fired)
            .filter(|(_, count)| *count > 0)
            .map(|(rule, count)| (rule.rule.name, count))
            .collect(),
        nodes: graph.total_number_of_nodes(),
        classes: graph.number_of_classes(),
        iterations,
        stop,
        misfits,
    }
}

enum Outcome {
    New,
    Known,
    Misfit,
}

fn try_match(
    graph: &mut Graph,
    rule: &Compiled,
    mut found: Match,
    level: Level,
    limits: &Limits,
    fault: Option<&Fault>,
) -> Outcome {
    let every = std::mem::take(&mut found.every);
    let mut given = Given {
        graph,
        bindings: std::mem::take(&mut found.bindings),
        every: every.as_deref().unwrap_or_default(),
        class: found.class,
        limits,
        level,
        fault,
    };
    let holds = (rule.rule.given)(&mut given).is_some();
    let bindings = std::mem::take(&mut given.bindings);
    (found.bindings, found.every) = (bindings, every);
    if fault == Some(&Fault::Forgotten)
        && let Some(every) = &mut found.every
    {
        every.pop();
    }
    if !holds {
        return Outcome::Known;
    }
    match rule.apply(graph, &found) {
        Some(true) => Outcome::New,
        Some(false) => Outcome::Known,
        None => Outcome::Misfit,
    }
}
