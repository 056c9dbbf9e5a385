//! Rewriting of large generated programs, each in a process of its own: time, memory, growth with size, and
//! whether three runs write the same bytes.
//!
//! `cargo bench -p nirc-passes --bench rewrite [-- OPS ...]`

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::Command,
    time::Instant,
};

use nirc_dialects::ir::{IrContext, PrintOptions, Program};
use nirc_passes::{
    Lowering,
    rewrite::{
        Report, RewriteOptions, Rule,
        cost::{CostModel, GenericCost},
        event_chip::CONVOLUTIONAL_EVENT_CHIP,
        rewrite, rules,
    },
};

mod graphs;

const SIZES: [usize; 3] = [1_000, 3_000, 10_000];
const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one, ops, cost] = arguments.as_slice()
        && one == "--one"
    {
        let ops = ops.parse().expect("a number of ops");
        println!("{}", measured(ops, cost));
        return;
    }
    let given: Vec<usize> = arguments
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if given.is_empty() {
        SIZES.to_vec()
    } else {
        given
    };
    println!(
        "| cost model | ops | seconds | MiB, peak | µs an op | KiB an op | nodes | stop | ops after | cost | runs the same |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for cost in ["generic", "chip"] {
        for ops in &sizes {
            let runs: Vec<Vec<String>> = (0..RUNS).map(|_| process(*ops, cost)).collect();
            let seconds: Vec<f64> = runs.iter().filter_map(|run| run[0].parse().ok()).collect();
            let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
            let [_, mebibytes, real_ops, nodes, stop, after, price, bytes] = runs[0].as_slice()
            else {
                panic!("{:?}", runs[0]);
            };
            let real: f64 = real_ops.parse().expect("a number of ops");
            let memory: f64 = mebibytes.parse().expect("a number of MiB");
            println!(
                "| {cost} | {real_ops} | {least:.2} | {memory:.0} | {:.0} | {:.0} | {nodes} | {stop} | {after} | {price} | {} |",
                least * 1e6 / real,
                memory * 1024.0 / real,
                runs.iter().all(|run| run[7] == *bytes)
            );
        }
    }
}

/// Runs one size in a process of its own, so that the memory is that of this size.
fn process(ops: usize, cost: &str) -> Vec<String> {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new(this)
        .args(["--one", &ops.to_string(), cost])
        .output()
        .expect("this program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.trim().split('\t').map(str::to_owned).collect()
}

fn measured(ops: usize, cost: &str) -> String {
    let text = graphs::program(ops);
    let context = IrContext::new().expect("the definitions load");
    let mut program = Program::parse(&context, &text).unwrap_or_else(|f| panic!("{f}"));
    let cost: &dyn CostModel = match cost {
        "chip" => &CONVOLUTIONAL_EVENT_CHIP,
        _ => &GenericCost,
    };
    let all: Vec<Rule> = rules()
        .filter(|rule| rule.set != nirc_passes::rewrite::Set::Ct)
        .copied()
        .collect();
    let start = Instant::now();
    let report: Report = {
        let mut lowering = Lowering {
            context: context.mlir(),
            module: program.module.as_operation(),
            tensors: &mut program.tensors,
            findings: &mut program.findings,
        };
        rewrite(
            "dt-rewrite",
            &all,
            cost,
            &RewriteOptions::default(),
            &mut lowering,
        )
        .unwrap_or_else(|f| panic!("{f}"))
        .expect("the program is rewritten")
    };
    let seconds = start.elapsed().as_secs_f64();
    let mebibytes = peak();
    let mut hasher = DefaultHasher::new();
    program
        .print(&PrintOptions::WHOLE)
        .unwrap_or_else(|f| panic!("{f}"))
        .hash(&mut hasher);
    let saturation = &report.saturation;
    format!(
        "{seconds}\t{mebibytes}\t{}\t{}\t{} after {} rounds\t{}\t{} -> {}\t{:x}",
        report.ops.0,
        saturation.nodes,
        saturation.stop.word(),
        saturation.iterations,
        report.ops.1,
        report.before,
        report.after,
        hasher.finish()
    )
}

/// The most memory that this process had, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}
