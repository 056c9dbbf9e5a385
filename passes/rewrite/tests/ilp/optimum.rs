//! The cheapest choice of all, as an integer linear program: a variable for each node, which is 1 if the
//! node is chosen, and one for each table of weights, which is 1 if a chosen node uses it.

use std::collections::{BTreeMap, BTreeSet};

use good_lp::{
    Expression, ProblemVariables, Solution, SolutionStatus, SolverModel, Variable, WithMipGap,
    WithTimeLimit, coin_cbc, constraint, variable,
};

use crate::rewrite::{
    candidates::{Candidate, Candidates, ClassIndex},
    cost::Cost,
    extract,
};

/// An edge of a cycle: a class, and the operand that leads on.
type Edge = (ClassIndex, ClassIndex);

/// What the program minimises.
#[derive(Clone, Copy)]
enum Minimise {
    /// Ops without a form.
    Missing,
    /// The amount, with at most so many ops without a form.
    Amount { missing: u64 },
}

/// The least cost: first the fewest ops without a form, then the least amount. `None` if it is not found in
/// so many seconds.
pub fn optimum(candidates: &Candidates, seconds: f64) -> Option<Cost> {
    let kept = undominated(candidates);
    let missing = solve(candidates, &kept, Minimise::Missing, seconds)?.missing;
    solve(candidates, &kept, Minimise::Amount { missing }, seconds)
}

/// For each class the candidates that no other one does better with what they need.
fn undominated(c: &Candidates) -> Vec<Vec<usize>> {
    let needs = |n: &Candidate| n.operands.iter().copied().collect::<BTreeSet<_>>();
    c.nodes
        .iter()
        .enumerate()
        .map(|(class, own)| {
            let sets: Vec<BTreeSet<ClassIndex>> = own.iter().map(needs).collect();
            let better = |m: usize, n: usize| {
                let (a, b) = (&own[m], &own[n]);
                let less = a.cost.missing <= b.cost.missing && a.cost.amount <= b.cost.amount;
                let same = a.cost == b.cost && sets[m] == sets[n] && a.table == b.table;
                let table = a.table.is_none() || a.table == b.table;
                less && table && sets[m].is_subset(&sets[n]) && (!same || m < n)
            };
            (0..own.len())
                .filter(|n| !sets[*n].contains(&class))
                .filter(|n| !(0..own.len()).any(|m| m != *n && better(m, *n)))
                .collect()
        })
        .collect()
}

/// Solves the program until the choice has no cycle: each that is found is forbidden.
fn solve(c: &Candidates, kept: &[Vec<usize>], what: Minimise, seconds: f64) -> Option<Cost> {
    let mut forbidden = cycles_of_two(c, kept);
    let start = std::time::Instant::now();
    loop {
        let left = seconds - start.elapsed().as_secs_f64();
        let choice = (left > 0.0).then(|| choose(c, kept, what, &forbidden, left))??;
        match cycle(c, &choice) {
            Some(found) => forbidden.push(found),
            None => return Some(extract::evaluate(c, &choice)?.total.cost),
        }
    }
}

/// A node for each class that is needed, `usize::MAX` for others.
fn choose(
    c: &Candidates,
    kept: &[Vec<usize>],
    what: Minimise,
    forbidden: &[Vec<Edge>],
    seconds: f64,
) -> Option<Vec<usize>> {
    let price = |cost: Cost| match what {
        Minimise::Missing => cost.missing as f64,
        Minimise::Amount { .. } => cost.amount as f64,
    };
    let reachable = reachable(c, kept);
    let mut variables = ProblemVariables::new();
    let mut chosen: BTreeMap<(ClassIndex, usize), Variable> = BTreeMap::new();
    let mut tables = BTreeMap::new();
    let mut objective = Expression::from(0.0);
    for &class in &reachable {
        for &number in &kept[class] {
            let candidate = &c.nodes[class][number];
            let x = variables.add(variable().binary());
            chosen.insert((class, number), x);
            objective += price(candidate.cost) * x;
            if let Some(id) = candidate.table {
                let paid = tables.entry(id).or_insert_with(|| {
                    let paid = variables.add(variable().min(0.0).max(1.0));
                    objective += price(c.tables.get(&id).copied().unwrap_or_default()) * paid;
                    (paid, Vec::new())
                });
                paid.1.push(x);
            }
        }
    }
    // Of a class, the nodes that have an operand.
    let uses = |class: ClassIndex, operand: ClassIndex| -> Expression {
        let nodes = kept[class].iter();
        nodes
            .filter(|n| c.nodes[class][**n].operands.contains(&operand))
            .map(|n| chosen[&(class, *n)])
            .sum()
    };
    let made = |class: ClassIndex| -> Expression {
        kept[class].iter().map(|n| chosen[&(class, *n)]).sum()
    };
    // CBC takes the gap as whole tenths of a thousandth at the least; the amounts are whole numbers.
    let mut model = variables.minimise(objective).using(coin_cbc);
    model = model.with_time_limit(seconds).with_mip_gap(0.0).ok()?;
    for &root in c.roots.iter().collect::<BTreeSet<_>>() {
        model.add_constraint(constraint!(made(root) >= 1.0));
    }
    for &class in &reachable {
        for operand in operands(c, kept, class) {
            model.add_constraint(constraint!(uses(class, operand) <= made(operand)));
        }
    }
    for (paid, users) in tables.values() {
        for user in users {
            model.add_constraint(constraint!(*user <= *paid));
        }
    }
    if let Minimise::Amount { missing } = what {
        let all: Expression = (chosen.iter())
            .map(|((class, n), x)| c.nodes[*class][*n].cost.missing as f64 * *x)
            .sum();
        model.add_constraint(constraint!(all <= missing as f64));
    }
    for cycle in forbidden {
        let edges: Expression = cycle.iter().map(|(class, next)| uses(*class, *next)).sum();
        model.add_constraint(constraint!(edges <= cycle.len() as f64 - 1.0));
    }
    let solution = model.solve().ok()?;
    if !matches!(solution.status(), SolutionStatus::Optimal) {
        return None;
    }
    let node = |class: ClassIndex| {
        let taken = |n: &&usize| {
            let x = chosen.get(&(class, **n));
            x.is_some_and(|x| solution.value(*x) > 0.5)
        };
        kept[class].iter().find(taken).copied()
    };
    Some(
        (0..c.nodes.len())
            .map(|class| node(class).unwrap_or(usize::MAX))
            .collect(),
    )
}

/// What the kept nodes of a class may need.
fn operands(c: &Candidates, kept: &[Vec<usize>], class: ClassIndex) -> BTreeSet<ClassIndex> {
    let nodes = kept[class].iter().map(|n| &c.nodes[class][*n]);
    nodes.flat_map(|n| n.operands.iter().copied()).collect()
}

/// All cycles of two classes; those of more are forbidden when a choice has them.
fn cycles_of_two(c: &Candidates, kept: &[Vec<usize>]) -> Vec<Vec<Edge>> {
    let all: Vec<BTreeSet<ClassIndex>> = (0..kept.len()).map(|k| operands(c, kept, k)).collect();
    let mut cycles = Vec::new();
    for (a, own) in all.iter().enumerate() {
        for b in own.range(a + 1..).filter(|b| all[**b].contains(&a)) {
            cycles.push(vec![(a, *b), (*b, a)]);
        }
    }
    cycles
}

/// The classes that roots may need.
fn reachable(c: &Candidates, kept: &[Vec<usize>]) -> BTreeSet<ClassIndex> {
    let mut seen: BTreeSet<ClassIndex> = c.roots.iter().copied().collect();
    let mut stack: Vec<ClassIndex> = c.roots.clone();
    while let Some(class) = stack.pop() {
        stack.extend(
            operands(c, kept, class)
                .into_iter()
                .filter(|o| seen.insert(*o)),
        );
    }
    seen
}

/// A cycle of a choice, as classes with the operands that lead on; `None` if there is none.
fn cycle(c: &Candidates, choice: &[usize]) -> Option<Vec<Edge>> {
    // 1: on the path; 2: done.
    let mut state = vec![0u8; choice.len()];
    for root in &c.roots {
        let mut path: Vec<(ClassIndex, usize)> = vec![(*root, 0)];
        while let Some((class, next)) = path.last().copied() {
            state[class] = 1;
            let operands = c.nodes[class]
                .get(choice[class])
                .map_or(&[][..], |n| &n.operands);
            match operands.get(next) {
                None => {
                    state[class] = 2;
                    path.pop();
                }
                Some(operand) => {
                    path.last_mut()?.1 += 1;
                    match state[*operand] {
                        0 => path.push((*operand, 0)),
                        1 => {
                            let start = path.iter().position(|(on, _)| on == operand)?;
                            let on: Vec<ClassIndex> = path[start..].iter().map(|p| p.0).collect();
                            let next = on.iter().cycle().skip(1);
                            return Some(on.iter().copied().zip(next.copied()).collect());
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    None
}
