//! From populations on cores to keys and routing tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use nirc_dialects::finding::{Finding, Findings};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    compress::{Options, compress},
    keys::{Keys, allocate},
    limits::ENTRIES,
    machine::{Chip, Machine},
    route::Route,
    table::{Entry, KeyMask, Table},
    traffic::{Population, Slice, check},
    tree::{Paths, Tree},
};

/// Keys and tables for some populations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The keys of each population.
    pub keys: Vec<Keys>,
    /// The tables of all chips that packets cross, before compression: entries with disjoint keys.
    pub tables: BTreeMap<Chip, Table>,
}

/// The routes of a slice's packets, by chip.
type Routes = BTreeMap<Chip, Route>;

/// Finds paths, gives out keys and makes tables.
///
/// # Errors
///
/// All that is wrong with the populations, targets that no path leads to, and too many keys.
pub fn plan(machine: &Machine, populations: &[Population]) -> Result<Plan, Findings> {
    check(machine, populations)?;
    let routes = routes(machine, populations)?;
    let keys = allocate(populations, crossings(&routes))?;
    let mut tables: BTreeMap<Chip, Vec<Entry>> = BTreeMap::new();
    for (keys, routes) in keys.iter().zip(&routes) {
        for (chip, entries) in entries(keys, routes) {
            tables.entry(chip).or_default().extend(entries);
        }
    }
    let tables = tables.into_iter().map(|(chip, mut entries)| {
        entries.sort_unstable_by_key(|entry| entry.keys);
        (chip, Table { entries })
    });
    Ok(Plan {
        keys,
        tables: tables.collect(),
    })
}

impl Plan {
    /// The tables compressed, on all cores of the computer.
    ///
    /// # Errors
    ///
    /// A finding for each chip whose router has too few entries even so.
    pub fn compress(&self, options: Options) -> Result<BTreeMap<Chip, Table>, Findings> {
        let all: Vec<(&Chip, &Table)> = self.tables.iter().collect();
        let short = all.par_iter().map(|(_, table)| compress(table, options));
        let short: Vec<Result<Table, Finding>> = short.collect();
        let (mut tables, mut findings) = (BTreeMap::new(), Findings::new());
        for ((chip, table), short) in all.into_iter().zip(short) {
            match short {
                Ok(short) if short.entries.len() > ENTRIES => {
                    findings.push(full(*chip, table.entries.len(), short.entries.len()));
                }
                Ok(short) => _ = tables.insert(*chip, short),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(tables)
    }
}

fn full(chip: Chip, before: usize, after: usize) -> Finding {
    Finding::error(
        "s2-router-full",
        "a router has at most 16384 entries",
        format!(
            "chip ({}, {}) needs {after} entries, compressed from {before}",
            chip.x, chip.y
        ),
    )
    .fix("spread the populations over more chips, or put those with the same targets side by side")
}

/// The routes of each slice of each population.
fn routes(machine: &Machine, populations: &[Population]) -> Result<Vec<Vec<Routes>>, Findings> {
    let mut findings = Findings::new();
    let mut paths: FxHashMap<Chip, Paths<'_>> = FxHashMap::default();
    let mut trees: FxHashMap<(Chip, BTreeSet<Chip>), Rc<Tree>> = FxHashMap::default();
    let mut tree = |slice: &Slice| {
        let source = slice.core.chip;
        let chips: BTreeSet<Chip> = slice.targets.iter().map(|core| core.chip).collect();
        let key = (source, chips);
        if let Some(tree) = trees.get(&key) {
            return Ok(Rc::clone(tree));
        }
        let paths = paths
            .entry(source)
            .or_insert_with(|| Paths::new(machine, source));
        let tree = Rc::new(paths.tree(&key.1)?);
        trees.insert(key, Rc::clone(&tree));
        Ok(tree)
    };
    let mut all = Vec::with_capacity(populations.len());
    for population in populations {
        let mut of_slices = Vec::with_capacity(population.slices.len());
        for slice in &population.slices {
            match tree(slice) {
                Ok(tree) => of_slices.push(with_cores(&tree, slice)),
                Err(chip) => findings.push(unreachable(population, slice.core.chip, chip)),
            }
        }
        all.push(of_slices);
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(all)
}

fn unreachable(population: &Population, from: Chip, to: Chip) -> Finding {
    Finding::error(
        "s2-route-path",
        "links lead from every source to its targets",
        format!(
            "none lead from chip ({}, {}) to chip ({}, {})",
            from.x, from.y, to.x, to.y
        ),
    )
    .at(&population.name)
    .fix("place both on connected chips")
}

/// The tree's links and the slice's target cores.
fn with_cores(tree: &Tree, slice: &Slice) -> Routes {
    let mut routes: Routes = tree.iter().copied().collect();
    for core in &slice.targets {
        if let Some(route) = routes.get_mut(&core.chip) {
            // `check` has seen the number.
            *route = route.with_core(usize::from(core.core)).unwrap_or(*route);
        }
    }
    routes
}

/// The routes of each population as numbers, by chip.
fn crossings(routes: &[Vec<Routes>]) -> Vec<Vec<(u32, u32)>> {
    let mut chips: FxHashMap<Chip, u32> = FxHashMap::default();
    let mut numbers: FxHashMap<Route, u32> = FxHashMap::default();
    let mut one = |(chip, route): (&Chip, &Route)| {
        let next = chips.len() as u32;
        let chip = *chips.entry(*chip).or_insert(next);
        let next = numbers.len() as u32;
        (chip, *numbers.entry(*route).or_insert(next))
    };
    let of_population = |slices: &Vec<Routes>| slices.iter().flatten().map(&mut one).collect();
    routes.iter().map(of_population).collect()
}

/// The entries of a population: one for all of its keys on chips that all slices cross alike, else
/// one for each aligned block of slices that do.
fn entries(keys: &Keys, slices: &[Routes]) -> BTreeMap<Chip, Vec<Entry>> {
    let mut entries: BTreeMap<Chip, Vec<Entry>> = BTreeMap::new();
    for (keys, routes) in keys.slices.iter().zip(slices) {
        for (chip, route) in routes {
            let (keys, route) = (*keys, *route);
            entries
                .entry(*chip)
                .or_default()
                .push(Entry { keys, route });
        }
    }
    for list in entries.values_mut() {
        let whole = list.len() == slices.len() && list.iter().all(|e| e.route == list[0].route);
        *list = if whole {
            let (keys, route) = (keys.population, list[0].route);
            vec![Entry { keys, route }]
        } else {
            merge_neighbours(list)
        };
    }
    entries
}

/// Merges blocks of equal size and route that are the two halves of a block.
fn merge_neighbours(list: &[Entry]) -> Vec<Entry> {
    let mut merged: Vec<Entry> = Vec::with_capacity(list.len());
    for entry in list {
        let mut entry = *entry;
        while let Some(last) = merged.last() {
            let halves = last.route == entry.route
                && last.keys.mask == entry.keys.mask
                && last.keys.key ^ entry.keys.key == last.keys.mask & last.keys.mask.wrapping_neg();
            if !halves {
                break;
            }
            let keys: KeyMask = last.keys.join(entry.keys);
            entry.keys = keys;
            merged.pop();
        }
        merged.push(entry);
    }
    merged
}
