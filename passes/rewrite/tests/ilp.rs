//! Greedy extraction against the optimum of an integer linear program, on all models at hand.
//!
//! `cargo test -p nirc-passes --features ilp greedy -- --nocapture` prints the table.

mod optimum;

use std::path::{Path, PathBuf};

use nirc_dialects::{
    ir::{IrContext, Program},
    nir::{
        self,
        file::{ReadOptions, read},
    },
};

use self::optimum::optimum;
use super::{draft::Random, growth::graphs, random_programs::program};
use crate::{
    Convention, RunOptions, Step,
    rewrite::{
        Bounds, Observe,
        candidates::Candidates,
        common::Level,
        cost::{Cost, CostModel, GenericCost},
        event_chip::CONVOLUTIONAL_EVENT_CHIP,
        extract,
        import::import,
        rules,
        saturate::saturate,
    },
};

/// What the optimum may be below what greedy extraction finds.
const GAP: f64 = 0.01;

/// Seconds for the integer program of a model. The slowest takes 3 on a machine with nothing else to do.
const SECONDS: f64 = 120.0;

/// Programs made at random, and how many there are with `NIRC_FULL` set. Their graphs have thousands of
/// nodes, for which no optimum was proven (by CBC or by HiGHS, in a minute), so they are compared on smaller
/// ones, where it is proven in time.
const RANDOM: [u64; 2] = [3, 24];
const RANDOM_NODES: usize = 250;
const RANDOM_SECONDS: f64 = 3.0;

/// What both make of one graph.
struct Compared {
    name: String,
    /// Of a file, not made at random.
    model: bool,
    level: Level,
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
    let mut sources: Vec<(String, Source)> = models();
    let files = sources.len();
    let random = RANDOM[usize::from(std::env::var_os("NIRC_FULL").is_some())];
    sources.extend((0..random).map(|seed| (format!("random {seed}"), Source::Random(seed))));
    sources.push(("generated".into(), Source::Generated(5)));
    println!(
        "| model | level | cost model | nodes | greedy | optimum | gap | ms, greedy | ms, optimum |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    let mut all = Vec::new();
    for (name, source) in &sources {
        for level in [Level::Ct, Level::Dt] {
            for cost in costs {
                let Some(compared) = compare(name, source, level, cost) else {
                    continue;
                };
                println!("{}", row(&compared));
                all.push(compared);
            }
        }
    }
    for c in &all {
        let at = format!("{} at level {:?} for {}", c.name, c.level, c.cost);
        assert!(c.optimum.is_some() || !c.model, "{at}: not in time");
        assert!(c.gap().unwrap_or(0.0) <= GAP, "{at}");
        assert!(
            c.optimum.is_none_or(|o| c.greedy.missing <= o.missing),
            "{at}"
        );
    }
    let found = all.iter().filter(|c| c.optimum.is_some()).count();
    println!("{found} of {} optima in time", all.len());
    assert!(
        files == 0 || all.iter().any(|c| c.model),
        "no model was lowered"
    );
}

fn row(c: &Compared) -> String {
    let optimum = c
        .optimum
        .map_or("not in time".to_owned(), |cost| cost.to_string());
    let gap = c
        .gap()
        .map_or(String::new(), |gap| format!("{:.2} %", 100.0 * gap));
    format!(
        "| {} | {:?} | {} | {} | {} | {optimum} | {gap} | {:.2} | {:.0} |",
        c.name,
        c.level,
        c.cost,
        c.nodes,
        c.greedy,
        1e3 * c.seconds[0],
        1e3 * c.seconds[1],
    )
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

/// The program; `None` for a file that cannot be lowered so far.
fn load<'c>(context: &'c IrContext, source: &Source, level: Level) -> Option<Program<'c>> {
    match source {
        Source::Random(seed) => Some(program(level, &mut Random(seed * 31 + 7)).program(context)),
        Source::Generated(ops) if level == Level::Dt => {
            Program::parse(context, &graphs::program(*ops)).ok()
        }
        Source::Generated(_) => None,
        Source::File(path) => {
            let (graph, _) = read(path, &ReadOptions::lenient());
            let mut program = nir::import(context, graph?).ok()?;
            let sinabs = Convention::lookup("sinabs")?;
            let to_ct = crate::NirToCt {
                step: Some(1e-4),
                ..sinabs.nir_to_ct.clone()
            };
            let mut steps = vec![Step::Pass(std::rc::Rc::new(to_ct))];
            if level == Level::Dt {
                steps.push(Step::Pass(std::rc::Rc::new(sinabs.ct_to_dt.clone())));
            }
            crate::run(context, &mut program, &steps, &RunOptions::default()).ok()?;
            Some(program)
        }
    }
}

fn compare(name: &str, source: &Source, level: Level, cost: &dyn CostModel) -> Option<Compared> {
    let context = IrContext::new().unwrap();
    let program = load(&context, source, level)?;
    let mut imported = import(
        program.module.as_operation(),
        level,
        &program.tensors,
        &Observe::Outputs,
        false,
    )
    .unwrap();
    let model = matches!(source, Source::File(_));
    let bounds = Bounds {
        nodes: (!model).then_some(RANDOM_NODES),
        ..Bounds::default()
    };
    let rules = rules::at(level);
    let limits = cost.limits();
    let saturation = saturate(&mut imported.graph, &rules, level, &limits, &bounds, None);
    let candidates = Candidates::new(&imported, cost);
    let start = std::time::Instant::now();
    let greedy = extract::extract(&candidates).unwrap().total.cost;
    let greedy_seconds = start.elapsed().as_secs_f64();
    let start = std::time::Instant::now();
    let seconds = if model { SECONDS } else { RANDOM_SECONDS };
    let optimum = optimum(&candidates, seconds);
    Some(Compared {
        name: name.to_owned(),
        model,
        level,
        cost: cost.name().to_owned(),
        nodes: saturation.nodes,
        greedy,
        optimum,
        seconds: [greedy_seconds, start.elapsed().as_secs_f64()],
    })
}
