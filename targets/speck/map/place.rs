//! Units to cores: a matching with an objective, over all ways to split layers.
//!
//! There are nine cores, so all ways to split layers into parts are tried, fewest cores first, and each is
//! matched exactly by a table over sets of cores. The work is bounded by the chip, not by the model.

use std::collections::BTreeMap;

use nirc_dialects::finding::{Finding, Findings};

use super::{
    graph::{Unit, Work, relays},
    split::sizes,
};
use crate::speck::chip::{CORES, Chip};

/// Which unit stands on which core.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Units with their cores; parts by layer and channel, then relays.
    pub units: Vec<(Unit, usize)>,
    /// What was minimised.
    pub cost: Cost,
}

/// What an assignment costs; less is better, first things first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Cost {
    /// The largest load of a unit. Counted only where spare cores are to be used.
    pub largest: f64,
    /// Cores in use.
    pub cores: usize,
    /// The load on cores that do not work in parallel.
    pub serial: f64,
    /// The sum of the numbers of the cores: lower ones first.
    pub order: usize,
}

/// Places layers. With `spread`, spare cores take parts of the busiest.
///
/// # Errors
///
/// All layers that no core holds, or that there are not enough cores.
pub fn place(work: &[Work], chip: &Chip, spread: bool) -> Result<Assignment, Findings> {
    let impossible = impossible(work, chip);
    if impossible.has_errors() {
        return Err(impossible);
    }
    if work.len() > CORES {
        return Err(too_many(work, work.len()).into());
    }
    let all = splits(work);
    let mut all: Vec<_> = (all.iter())
        .filter_map(|parts| {
            let relays = relays(work, parts)?;
            let cores = parts.iter().sum::<usize>() + relays.values().sum::<usize>();
            Some((cores, parts, relays))
        })
        .collect();
    let fan_out_failed = all.is_empty();
    all.sort_by_key(|(cores, ..)| *cores);
    let mut best: Option<Assignment> = None;
    for (cores, parts, relays) in &all {
        let worse = |best: &Assignment| !spread && *cores > best.cost.cores;
        if *cores > CORES || best.as_ref().is_some_and(worse) {
            break;
        }
        for units in ways(work, parts, relays, chip) {
            if let Some(found) = matched(&units, work, chip, spread)
                && best.as_ref().is_none_or(|best| found.cost < best.cost)
            {
                best = Some(found);
            }
        }
    }
    best.ok_or_else(|| {
        if fan_out_failed {
            sensor_fan_out().into()
        } else {
            crowded(work, chip).into()
        }
    })
}

/// The parts of each layer, in all ways that so many cores allow.
fn splits(work: &[Work]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for (index, own) in work.iter().enumerate() {
        let most = if own.whole { 1 } else { own.channels as usize };
        let after = work.len() - index - 1;
        let grown = all.iter().flat_map(|parts: &Vec<usize>| {
            let free = CORES.saturating_sub(parts.iter().sum::<usize>() + after);
            (1..=free.min(most)).map(|count| [parts.as_slice(), &[count]].concat())
        });
        all = grown.collect();
    }
    all
}

/// The units for numbers of parts, in all ways to choose [`sizes`]. Relays come last.
fn ways(
    work: &[Work],
    parts: &[usize],
    relays: &BTreeMap<usize, usize>,
    chip: &Chip,
) -> Vec<Vec<Unit>> {
    let mut ways: Vec<Vec<Unit>> = vec![Vec::new()];
    for (layer, parts) in parts.iter().enumerate() {
        let choices: Vec<Vec<Unit>> = (sizes(work, layer, *parts as u64, chip).into_iter())
            .map(|sizes| units(layer, &sizes))
            .filter(|units| units.iter().all(|unit| unit.cores(work, chip) != 0))
            .collect();
        ways = ways
            .iter()
            .flat_map(|way| choices.iter().map(move |c| [way.as_slice(), c].concat()))
            .collect();
    }
    for way in &mut ways {
        for (layer, count) in relays {
            way.extend((0..*count).map(|number| Unit::Relay {
                layer: *layer,
                number,
            }));
        }
    }
    ways
}

/// Parts of a layer of these numbers of output channels.
fn units(layer: usize, sizes: &[u64]) -> Vec<Unit> {
    let mut next = 0;
    let part = |count: &u64| {
        let first = next;
        next += count;
        Unit::Part {
            layer,
            first,
            count: *count,
        }
    };
    sizes.iter().map(part).collect()
}

/// The best cores for units; `None` if there are none.
pub fn matched(units: &[Unit], work: &[Work], chip: &Chip, spread: bool) -> Option<Assignment> {
    const SETS: usize = 1 << CORES;
    let none = (f64::INFINITY, 0);
    // For each set of cores in use, the least cost of the units so far on just these, and the last core.
    let mut costs = vec![none; SETS];
    costs[0] = (0.0, 0);
    let mut choices: Vec<Vec<u8>> = Vec::with_capacity(units.len());
    for unit in units {
        let load = unit.load(work);
        let fitting = unit.cores(work, chip);
        let mut next = vec![none; SETS];
        let mut choice = vec![u8::MAX; SETS];
        for (set, cost) in costs.iter().enumerate() {
            if cost.0.is_infinite() {
                continue;
            }
            for core in (0..CORES).filter(|core| fitting >> core & 1 == 1 && set >> core & 1 == 0) {
                let parallel = chip.parallel_cores.value.contains(&core);
                let serial = if parallel { 0.0 } else { load };
                let cost = (cost.0 + serial, cost.1 + core);
                let with = set | 1 << core;
                if cost < next[with] {
                    next[with] = cost;
                    choice[with] = core as u8;
                }
            }
        }
        costs = next;
        choices.push(choice);
    }
    let finite = costs.iter().enumerate().filter(|(_, c)| c.0.is_finite());
    let (mut set, cost) =
        finite.min_by(|a, b| a.1.partial_cmp(b.1).unwrap_or(std::cmp::Ordering::Equal))?;
    let cost = *cost;
    let mut cores = vec![0; units.len()];
    for (i, choice) in choices.iter().enumerate().rev() {
        let core = usize::from(choice[set]);
        cores[i] = core;
        set &= !(1 << core);
    }
    let loads = units.iter().map(|unit| unit.load(work));
    Some(Assignment {
        units: units.iter().copied().zip(cores).collect(),
        cost: Cost {
            largest: if spread {
                loads.fold(0.0, f64::max)
            } else {
                0.0
            },
            cores: units.len(),
            serial: cost.0,
            order: cost.1,
        },
    })
}

const RULE: &str = "every layer finds cores that hold it";

/// The layers of which no core holds even one output channel, or all where they cannot be split.
fn impossible(work: &[Work], chip: &Chip) -> Findings {
    let mut findings = Findings::new();
    for (layer, own) in work.iter().enumerate() {
        let count = if own.whole { own.channels } else { 1 };
        let unit = Unit::Part {
            layer,
            first: 0,
            count,
        };
        if unit.cores(work, chip) != 0 {
            continue;
        }
        let words = unit.words(work);
        let largest = |of: fn(&crate::speck::chip::Memory) -> u64| {
            chip.memory.value.iter().map(of).max().unwrap_or(0)
        };
        let (kernel, neuron) = (largest(|m| m.kernel), largest(|m| m.neuron));
        let thing = if own.whole {
            "it takes"
        } else {
            "one output channel takes"
        };
        let what = format!(
            "{thing} {} words for weights and {} for neurons; the largest cores have {kernel} and {neuron}, \
             and none has both",
            words.kernel, words.neuron
        );
        let fix = if own.whole {
            "leave out --map readout, so that the layer can be split over cores"
        } else {
            "use fewer input channels, a smaller kernel, or a smaller map"
        };
        findings.push(
            Finding::error("speck-layer-too-large", RULE, what)
                .at(own.name.as_str())
                .why(chip.memory.because())
                .fix(fix),
        );
    }
    findings
}

fn too_many(work: &[Work], layers: usize) -> Finding {
    let names: Vec<_> = work.iter().map(|w| format!("`{}`", w.name)).collect();
    let what = format!(
        "there are {layers} layers and {CORES} cores: {}",
        names.join(", ")
    );
    Finding::error("speck-cores", RULE, what)
        .why("a core holds one layer")
        .fix("use fewer layers")
}

/// Each layer would fit, but not all at once.
fn crowded(work: &[Work], chip: &Chip) -> Finding {
    let needs: Vec<_> = work
        .iter()
        .map(|own| {
            let words = own.need.words(own.channels);
            let unit = Unit::Part {
                layer: 0,
                first: 0,
                count: own.channels,
            };
            let fitting = unit.cores(std::slice::from_ref(own), chip);
            let cores: Vec<_> = (0..CORES).filter(|c| fitting >> c & 1 == 1).collect();
            let where_ = match cores.as_slice() {
                [] => "no core as a whole".to_owned(),
                some => format!("cores {some:?}"),
            };
            format!(
                "`{}` {}+{} ({where_})",
                own.name, words.kernel, words.neuron
            )
        })
        .collect();
    let what = format!(
        "the layers do not find {CORES} cores together, however they are split; words for weights and \
         neurons: {}",
        needs.join(", ")
    );
    Finding::error("speck-cores", RULE, what)
        .why(format!(
            "{}; a core has two destinations, so what feeds more parts takes relays too",
            chip.memory.because()
        ))
        .fix("use fewer or smaller layers")
}

fn sensor_fan_out() -> Finding {
    Finding::error(
        "speck-sensor-fan-out",
        "the sensor sends to at most two cores",
        "more layers or parts of layers take its events",
    )
    .fix("let the host send the events (--map input=host), or use a smaller first layer")
}
