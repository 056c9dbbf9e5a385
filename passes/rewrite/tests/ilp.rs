//! Greedy extraction against the optimum of an integer linear program, on all models at hand.
//!
//! `cargo test -p nirc-passes --features ilp greedy -- --nocapture` prints the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use good_lp::{
    Expression, ProblemVariables, Solution, SolutionStatus, SolverModel, Variable, WithMipGap,
    WithTimeLimit, constraint, microlp, variable,
};
use nirc_dialects::{
    ir::{IrContext, Program},
    nir::{
        self,
        file::{ReadOptions, read},
    },
};
use rayon::prelude::*;

use super::{draft::Random, growth::graphs, random_programs::program};
use crate::{
    Convention, RunOptions, Step,
    rewrite::{
        Bounds, Observe,
        candidates::{Candidate, Candidates, ClassIndex},
        common::Level,
        cost::{Cost, CostModel, GenericCost},
        event_chip::CONVOLUTIONAL_EVENT_CHIP,
        extract::{self, Extraction},
        import::import,
        rules,
        saturate::saturate,
    },
};

/// Nodes of the graphs that are compared: an integer program of more takes minutes.
const NODES: usize = 500;

/// What the optimum may be below what greedy extraction finds.
const GAP: f64 = 0.01;

/// Ops without a form that greedy extraction may leave above the optimum: where two forms of one value are
/// each the cheapest way to the other, no single change gets out (see docs/rewriting.md).
const ONE: u64 = 1;

/// How far from the optimum the integer program may stop.
const SLACK: f32 = 0.001;

/// Seconds for one integer program.
const SECONDS: f64 = 6.0;

/// What both make of one graph.
struct Compared {
    name: String,
    cost: String,
    nodes: usize,
    greedy: Cost,
    /// `None` if it was not found in time.
    optimum: Option<Cost>,
    seconds: [f64; 2],
}

impl Compared {
    fn gap(&self) -> Option<f64> {
        let optimum = self.optimum?;
        let (a, b) = (self.greedy.amount as f64, optimum.amount as f64);
        Some(if a == b { 0.0 } else { a / b - 1.0 })
    }
}

#[test]
fn greedy_extraction_is_within_a_hundredth_of_the_optimum() {
    let costs: [&dyn CostModel; 2] = [&GenericCost, &CONVOLUTIONAL_EVENT_CHIP];
    let mut programs: Vec<(String, Source)> = models();
    programs.extend((0..3).map(|seed| (format!("random {seed}"), Source::Random(seed))));
    programs.push(("generated".into(), Source::Generated(40)));
    let all: Vec<(&(String, Source), &dyn CostModel)> = programs
        .iter()
        .flat_map(|program| costs.map(|cost| (program, cost)))
        .collect();
    let compared: Vec<Compared> = all
        .into_par_iter()
        .map(|((name, source), cost)| compare(name, source, cost))
        .collect();
    println!(
        "| model | cost model | nodes | greedy | optimum | gap | seconds, greedy | seconds, optimum |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for c in &compared {
        println!(
            "| {} | {} | {} | {} | {} | {:.2} % | {:.3} | {:.1} |",
            c.name,
            c.cost,
            c.nodes,
            c.greedy,
            text(c.optimum),
            100.0 * c.gap().unwrap_or(f64::NAN),
            c.seconds[0],
            c.seconds[1]
        );
    }
    for c in &compared {
        let gap = c.gap().unwrap_or(0.0);
        assert!(gap <= GAP, "{} for {}: {gap}", c.name, c.cost);
        let missing = c.optimum.map_or(c.greedy.missing, |o| o.missing);
        assert!(
            c.greedy.missing <= missing + ONE,
            "{} for {}",
            c.name,
            c.cost
        );
    }
    let found = compared.iter().filter(|c| c.optimum.is_some()).count();
    assert!(found > 15, "{found} of {} in time", compared.len());
}

fn text(cost: Option<Cost>) -> String {
    cost.map_or("not in time".to_owned(), |cost| cost.to_string())
}

/// Where a program comes from.
enum Source {
    File(PathBuf),
    Random(u64),
    Generated(usize),
}

/// The models of the repository, and of the corpus if that is there.
fn models() -> Vec<(String, Source)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let corpus =
        std::env::var_os("NIRC_CORPUS").map_or_else(|| root.join("../shared"), PathBuf::from);
    let mut found = Vec::new();
    let mut folders = vec![
        root.join("tests/models"),
        corpus.join("data/paper"),
        corpus.join("data/wild"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "nir") {
                found.push(path);
            }
        }
    }
    found.sort();
    let name = |path: &PathBuf| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    found
        .into_iter()
        .map(|path| (name(&path), Source::File(path)))
        .collect()
}

/// The program at level dt; `None` for a file that is none.
fn load<'c>(context: &'c IrContext, source: &Source) -> Option<Program<'c>> {
    match source {
        Source::Random(seed) => {
            Some(program(Level::Dt, &mut Random(seed * 31 + 7)).program(context))
        }
        Source::Generated(ops) => Program::parse(context, &graphs::program(*ops)).ok(),
        Source::File(path) => {
            let (graph, _) = read(path, &ReadOptions::lenient());
            let mut program = nir::import(context, graph?).ok()?;
            let sinabs = Convention::lookup("sinabs")?;
            let to_ct = crate::NirToCt {
                step: Some(1e-4),
                ..sinabs.nir_to_ct.clone()
            };
            let steps = [
                Step::Pass(std::rc::Rc::new(to_ct)),
                Step::Pass(std::rc::Rc::new(sinabs.ct_to_dt.clone())),
            ];
            crate::run(context, &mut program, &steps, &RunOptions::default()).ok()?;
            Some(program)
        }
    }
}

fn compare(name: &str, source: &Source, cost: &dyn CostModel) -> Compared {
    let context = IrContext::new().unwrap();
    let empty = || Compared {
        name: name.to_owned(),
        cost: "not lowered".to_owned(),
        nodes: 0,
        greedy: Cost::FREE,
        optimum: Some(Cost::FREE),
        seconds: [0.0; 2],
    };
    let Some(program) = load(&context, source) else {
        return empty();
    };
    let mut imported = import(
        program.module.as_operation(),
        Level::Dt,
        &program.tensors,
        &Observe::Outputs,
        false,
    )
    .unwrap();
    let bounds = Bounds {
        nodes: Some(NODES),
        ..Bounds::default()
    };
    let all = rules::at(Level::Dt);
    let saturation = saturate(
        &mut imported.graph,
        &all,
        Level::Dt,
        &cost.limits(),
        &bounds,
        None,
    );
    let candidates = Candidates::new(&imported, cost);
    let start = std::time::Instant::now();
    let greedy = extract::extract(&candidates).unwrap();
    let greedy_seconds = start.elapsed().as_secs_f64();
    let start = std::time::Instant::now();
    let optimum = optimum(&candidates, &greedy);
    eprintln!(
        "{name} for {}: greedy {}, optimum {}, {:.1} s",
        cost.name(),
        greedy.total.cost,
        text(optimum.as_ref().map(|o| o.total.cost)),
        start.elapsed().as_secs_f64()
    );
    Compared {
        cost: cost.name().to_owned(),
        nodes: saturation.nodes,
        greedy: greedy.total.cost,
        optimum: optimum.map(|o| o.total.cost),
        seconds: [greedy_seconds, start.elapsed().as_secs_f64()],
        ..empty()
    }
}

/// The choice of the least cost: first the fewest ops without a form, then the least amount.
fn optimum(candidates: &Candidates, greedy: &Extraction) -> Option<Extraction> {
    let mut kept = undominated(candidates);
    while prune(candidates, &mut kept, greedy) {}
    let missing = |c: &Candidate| c.cost.missing as f64;
    let table = |cost: &Cost| cost.missing as f64;
    let fewest = solve(candidates, &kept, &missing, &table, None)?;
    let scale = 1000.0 / (greedy.total.cost.amount.max(1)) as f64;
    let amount = |c: &Candidate| c.cost.amount as f64 * scale;
    let table = |cost: &Cost| cost.amount as f64 * scale;
    let least = solve(
        candidates,
        &kept,
        &amount,
        &table,
        Some(fewest.total.cost.missing as f64),
    )?;
    Some(if least.total.cost < greedy.total.cost {
        least
    } else {
        greedy.clone()
    })
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

/// What is paid, as one number.
fn whole(cost: Cost) -> u128 {
    (u128::from(cost.missing) << 64) + u128::from(cost.amount)
}

/// Drops the candidates with which no choice is as cheap as the greedy one, by the least that all classes
/// take which every choice needs. Whether any was dropped.
fn prune(c: &Candidates, kept: &mut [Vec<usize>], greedy: &Extraction) -> bool {
    let mut needed: BTreeSet<ClassIndex> = BTreeSet::new();
    let mut stack = c.roots.clone();
    while let Some(class) = stack.pop() {
        if !needed.insert(class) {
            continue;
        }
        let operands = |n: &usize| -> BTreeSet<ClassIndex> {
            c.nodes[class][*n].operands.iter().copied().collect()
        };
        let by_all = kept[class].iter().map(operands).reduce(|a, b| &a & &b);
        stack.extend(by_all.unwrap_or_default());
    }
    let least = |class: ClassIndex, kept: &[Vec<usize>]| {
        let costs = kept[class].iter().map(|n| whole(c.nodes[class][*n].cost));
        costs.min().unwrap_or(0)
    };
    let bound: u128 = needed.iter().map(|class| least(*class, kept)).sum();
    let most = whole(greedy.total.cost);
    let reachable = reachable(c, kept);
    let mut dropped = false;
    for class in 0..kept.len() {
        let own = if needed.contains(&class) {
            least(class, kept)
        } else {
            0
        };
        let before = kept[class].len();
        if !reachable.contains(&class) {
            kept[class].clear();
        }
        kept[class].retain(|n| {
            let candidate = &c.nodes[class][*n];
            bound - own + whole(c.alone(candidate)) <= most
        });
        dropped |= kept[class].len() < before;
    }
    // What needs a class that nothing makes any more cannot be chosen.
    let empty: BTreeSet<ClassIndex> = (0..kept.len()).filter(|k| kept[*k].is_empty()).collect();
    for (class, own) in kept.iter_mut().enumerate() {
        let before = own.len();
        own.retain(|n| {
            c.nodes[class][*n]
                .operands
                .iter()
                .all(|o| !empty.contains(o))
        });
        dropped |= own.len() < before;
    }
    dropped
}

/// Minimises the sum of `price` and `table`, with at most `missing` ops without a form.
fn solve(
    c: &Candidates,
    kept: &[Vec<usize>],
    price: &dyn Fn(&Candidate) -> f64,
    table: &dyn Fn(&Cost) -> f64,
    missing: Option<f64>,
) -> Option<Extraction> {
    let reachable = reachable(c, kept);
    let mut cycles = short_cycles(c, kept);
    let start = std::time::Instant::now();
    loop {
        let left = SECONDS - start.elapsed().as_secs_f64();
        if left <= 0.0 {
            return None;
        }
        let mut variables = ProblemVariables::new();
        let mut chosen: BTreeMap<(ClassIndex, usize), Variable> = BTreeMap::new();
        let mut tables = BTreeMap::new();
        let mut objective = Expression::from(0.0);
        for &class in &reachable {
            for &number in &kept[class] {
                let candidate = &c.nodes[class][number];
                let x = variables.add(variable().binary());
                chosen.insert((class, number), x);
                objective += price(candidate) * x;
                if let Some(id) = candidate.table {
                    let paid = tables.entry(id).or_insert_with(|| {
                        let paid = variables.add(variable().min(0.0).max(1.0));
                        let cost = c.tables.get(&id).copied().unwrap_or_default();
                        objective += table(&cost) * paid;
                        (paid, Vec::new())
                    });
                    paid.1.push(x);
                }
            }
        }
        let made = |class: ClassIndex| -> Expression {
            kept[class].iter().map(|n| chosen[&(class, *n)]).sum()
        };
        let mut model = variables
            .minimise(objective)
            .using(microlp)
            .with_time_limit(left);
        model = model.with_mip_gap(SLACK).ok()?;
        for &root in c.roots.iter().collect::<BTreeSet<_>>() {
            model.add_constraint(constraint!(made(root) >= 1.0));
        }
        for &class in &reachable {
            let mut users: BTreeMap<ClassIndex, Expression> = BTreeMap::new();
            for &number in &kept[class] {
                let operands: BTreeSet<ClassIndex> =
                    c.nodes[class][number].operands.iter().copied().collect();
                for operand in operands {
                    *users.entry(operand).or_default() += chosen[&(class, number)];
                }
            }
            for (operand, used) in users {
                model.add_constraint(constraint!(used <= made(operand)));
            }
        }
        for (paid, users) in tables.values() {
            for user in users {
                model.add_constraint(constraint!(*user <= *paid));
            }
        }
        if let Some(missing) = missing {
            let all: Expression = (chosen.iter())
                .map(|((class, n), x)| c.nodes[*class][*n].cost.missing as f64 * *x)
                .sum();
            model.add_constraint(constraint!(all <= missing));
        }
        for cycle in &cycles {
            let edges: Expression = cycle
                .iter()
                .map(|(class, operand)| -> Expression {
                    let uses = |n: &&usize| c.nodes[*class][**n].operands.contains(operand);
                    kept[*class]
                        .iter()
                        .filter(uses)
                        .map(|n| chosen[&(*class, *n)])
                        .sum()
                })
                .sum();
            model.add_constraint(constraint!(edges <= cycle.len() as f64 - 1.0));
        }
        let solution = model.solve().ok()?;
        if matches!(solution.status(), SolutionStatus::TimeLimit) {
            return None;
        }
        let choice: Vec<usize> = (0..c.nodes.len())
            .map(|class| {
                let taken = |n: &&usize| {
                    chosen
                        .get(&(class, **n))
                        .is_some_and(|x| solution.value(*x) > 0.5)
                };
                kept[class]
                    .iter()
                    .find(taken)
                    .copied()
                    .unwrap_or(usize::MAX)
            })
            .collect();
        match cycle(c, &choice) {
            Some(found) => cycles.push(found),
            None => return extract::evaluate(c, &choice),
        }
    }
}

/// All cycles of two classes; those of more are added when a choice has them.
fn short_cycles(c: &Candidates, kept: &[Vec<usize>]) -> Vec<Vec<(ClassIndex, ClassIndex)>> {
    let uses = |class: ClassIndex| -> BTreeSet<ClassIndex> {
        let nodes = kept[class].iter().map(|n| &c.nodes[class][*n]);
        nodes.flat_map(|n| n.operands.iter().copied()).collect()
    };
    let all: Vec<BTreeSet<ClassIndex>> = (0..kept.len()).map(uses).collect();
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
        for number in &kept[class] {
            for operand in &c.nodes[class][*number].operands {
                if seen.insert(*operand) {
                    stack.push(*operand);
                }
            }
        }
    }
    seen
}

/// A cycle of a choice, as classes with the operands that lead on; `None` if there is none.
fn cycle(c: &Candidates, choice: &[usize]) -> Option<Vec<(ClassIndex, ClassIndex)>> {
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
