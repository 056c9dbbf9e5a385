//! Compresses tables, or routes a network, and says how long it took. For `benches/against_pacman.py`.
//!
//! `spinnaker2_routing compress TABLES RUNS EFFORT ROUTING OUT`: TABLES and OUT have a line `table X Y`
//! for each chip and below it a line `KEY MASK ROUTE DEFAULTABLE` for each entry, in hexadecimal, ROUTE
//! as three words. EFFORT is `fast` or `thorough`; ROUTING is `default` if defaultable entries may go.
//!
//! `spinnaker2_routing plan NETWORK RUNS EFFORT`: NETWORK is JSON with `torus` (width and height, or
//! null for the board of 48 chips) and `populations`, each with `slices` of [x, y, core, atoms] and
//! `targets`, numbers of populations.
//!
//! Both print one JSON object. All results are checked.

use std::{collections::BTreeMap, error::Error, fmt::Write, fs, time::Instant};

use nirc_targets::spinnaker2::routing::{
    Chip, Core, Effort, Entry, KeyMask, Machine, Mesh, Options, Population, Route, Slice, Table,
    compress::compress_defaultable, exact, plan,
};
use rayon::prelude::*;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["compress", tables, runs, effort, routing, out] => compress_all(
            tables,
            runs.parse()?,
            options(effort),
            *routing == "default",
            out,
        )?,
        ["plan", network, runs, effort] => plan_all(network, runs.parse()?, options(effort))?,
        _ => return Err("see the head of the source".into()),
    };
    println!("{result}");
    Ok(())
}

fn options(effort: &str) -> Options {
    Options {
        effort: match effort {
            "thorough" => Effort::Thorough,
            _ => Effort::Fast,
        },
        ..Options::default()
    }
}

/// A table with, for each entry, whether default routing does the same.
struct Given {
    chip: String,
    table: Table,
    defaultable: Vec<bool>,
}

fn compress_all(
    tables: &str,
    runs: usize,
    options: Options,
    default: bool,
    out: &str,
) -> Result<Value> {
    let tables = read(&fs::read_to_string(tables)?)?;
    let one = |given: &Given| {
        let defaultable: &[bool] = if default { &given.defaultable } else { &[] };
        compress_defaultable(&given.table, defaultable, options)
    };
    let (mut alone, mut together, mut short) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        short = tables.iter().map(one).collect();
        alone.push(start.elapsed().as_nanos() as u64);
        let start = Instant::now();
        let again: Vec<_> = tables.par_iter().map(one).collect();
        together.push(start.elapsed().as_nanos() as u64);
        assert!(again == short, "threads changed a result");
    }
    let mut text = String::new();
    let (mut entries, mut largest) = (Vec::new(), 0);
    for (given, short) in tables.iter().zip(short) {
        let short = short.map_err(|finding| finding.to_string())?;
        check(given, &short, default)?;
        largest = largest.max(short.entries.len());
        entries.push(short.entries.len());
        writeln!(text, "table {}", given.chip)?;
        for entry in &short.entries {
            let [a, b, c] = entry.route.words();
            let KeyMask { key, mask } = entry.keys;
            writeln!(text, "{key:x} {mask:x} {a:x} {b:x} {c:x} 0")?;
        }
    }
    fs::write(out, text)?;
    Ok(json!({ "entries": entries, "largest": largest, "ns": alone, "ns_threads": together }))
}

/// The entries of each table are disjoint.
fn check(given: &Given, short: &Table, default: bool) -> Result<()> {
    for (entry, defaultable) in given.table.entries.iter().zip(&given.defaultable) {
        for (_, route) in exact::routes(short, entry.keys) {
            let right = route == Some(entry.route) || (default && *defaultable && route.is_none());
            if !right {
                return Err(format!("{}: wrong route for {entry:?}", given.chip).into());
            }
        }
    }
    Ok(())
}

fn read(text: &str) -> Result<Vec<Given>> {
    let mut tables: Vec<Given> = Vec::new();
    for line in text.lines() {
        if let Some(chip) = line.strip_prefix("table ") {
            tables.push(Given {
                chip: chip.to_owned(),
                table: Table::default(),
                defaultable: Vec::new(),
            });
            continue;
        }
        let numbers: std::result::Result<Vec<u64>, _> = line
            .split(' ')
            .map(|field| u64::from_str_radix(field, 16))
            .collect();
        let [key, mask, a, b, c, defaultable]: [u64; 6] = numbers?[..].try_into()?;
        let given = tables.last_mut().ok_or("an entry before the first table")?;
        given.table.entries.push(Entry {
            keys: KeyMask::new(u32::try_from(key)?, u32::try_from(mask)?),
            route: Route::from_words([a, b, c]).ok_or("a route to a core beyond 151")?,
        });
        given.defaultable.push(defaultable == 1);
    }
    Ok(tables)
}

fn plan_all(network: &str, runs: usize, options: Options) -> Result<Value> {
    let network: Value = serde_json::from_str(&fs::read_to_string(network)?)?;
    let machine = match network["torus"].as_array().map(Vec::as_slice) {
        Some([width, height]) => Machine::torus(number(width)?, number(height)?),
        _ => Machine::board(),
    };
    let populations = populations(&network)?;
    let (mut planned, mut compressed) = (Vec::new(), Vec::new());
    let mut result = None;
    for _ in 0..runs {
        let start = Instant::now();
        let plan = plan(&machine, &populations).map_err(|findings| findings.to_string())?;
        planned.push(start.elapsed().as_nanos() as u64);
        let start = Instant::now();
        let short = plan
            .compress(options)
            .map_err(|findings| findings.to_string())?;
        compressed.push(start.elapsed().as_nanos() as u64);
        result = Some((plan, short));
    }
    let (plan, short) = result.ok_or("no runs")?;
    let mut summaries = Vec::new();
    for tables in [&plan.tables, &short] {
        let summary = Mesh::new(&machine, tables).check(&populations, &plan.keys);
        summaries.push(summary.map_err(|findings| findings.to_string())?);
    }
    let count = |tables: &BTreeMap<Chip, Table>| -> usize {
        tables.values().map(|table| table.entries.len()).sum()
    };
    let routes = |table: &Table| {
        let routes: std::collections::BTreeSet<Route> =
            table.entries.iter().map(|entry| entry.route).collect();
        routes.len()
    };
    let largest = short.values().map(|table| table.entries.len()).max();
    Ok(json!({
        "entries": count(&plan.tables),
        "compressed": count(&short),
        "distinct_routes": plan.tables.values().map(routes).sum::<usize>(),
        "largest": largest,
        "plan_ns": planned,
        "compress_ns": compressed,
        "packets": summaries[0].packets,
        "deliveries": summaries[0].deliveries,
        "crossings": summaries[0].crossings,
        "hops": summaries[0].hops,
        "same_after": summaries[0] == summaries[1],
    }))
}

fn number(value: &Value) -> Result<u16> {
    Ok(u16::try_from(value.as_u64().ok_or("not a number")?)?)
}

fn populations(network: &Value) -> Result<Vec<Population>> {
    let list = |value: &Value| value.as_array().cloned().ok_or("not a list");
    let all = list(&network["populations"])?;
    let mut cores: Vec<Vec<(Core, u32)>> = Vec::new();
    for population in &all {
        let mut own = Vec::new();
        for slice in list(&population["slices"])? {
            let chip = Chip::new(number(&slice[0])?, number(&slice[1])?);
            let core = number(&slice[2])?;
            own.push((Core { chip, core }, u32::from(number(&slice[3])?)));
        }
        cores.push(own);
    }
    let mut populations = Vec::new();
    for (i, population) in all.iter().enumerate() {
        let mut targets: Vec<Core> = Vec::new();
        for target in list(&population["targets"])? {
            let of = cores
                .get(usize::from(number(&target)?))
                .ok_or("no such target")?;
            targets.extend(of.iter().map(|(core, _)| *core));
        }
        targets.sort_unstable();
        targets.dedup();
        let slice = |(core, atoms): &(Core, u32)| Slice {
            core: *core,
            atoms: *atoms,
            targets: targets.clone(),
        };
        populations.push(Population {
            name: i.to_string(),
            slices: cores[i].iter().map(slice).collect(),
        });
    }
    Ok(populations)
}
