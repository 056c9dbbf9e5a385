//! Layers: populations with one convolution from each source, in the model's units.

use std::collections::BTreeMap;

use melior::ir::Location;
use ndarray::Array4;
use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::Parameter;

use super::{
    embed::{self, Geometry},
    kernel::{AXES, Kernel},
    map::{Map, by_channel},
    network::{Network, Source},
    neuron::{Analysed, position_bias},
    walk::{Path, Reached},
};
use crate::speck::chip::Chip;

/// A population with what reaches it.
pub struct Layer<'c> {
    /// The NIR node.
    pub name: String,
    /// [channels, rows, columns] of neurons.
    pub map: [usize; 3],
    /// Kernel, strides and padding.
    pub geometry: Geometry,
    /// What reaches it.
    pub sources: Vec<Joined<'c>>,
    /// What is added to the membrane in each step, for each channel.
    pub bias: Parameter,
    /// The neuron.
    pub neuron: Analysed,
}

/// The weights from one source.
pub struct Joined<'c> {
    /// Where events come from.
    pub source: Source,
    /// Rows and columns of the source that share an address.
    pub pool: [usize; 2],
    /// [channels, rows, columns] of what arrives, pooled.
    pub input: [usize; 3],
    /// [output channel, input channel, row, column], square; not multiplied by gains.
    pub weights: Array4<f64>,
    /// The NIR nodes that they come from.
    pub locations: Vec<Location<'c>>,
}

/// The layers of a network; those that cannot be made have an error finding.
pub fn layers<'c>(
    network: &Network<'c>,
    reached: Vec<Reached>,
    neurons: Vec<Option<Analysed>>,
    location: impl Fn(usize) -> Location<'c>,
    chip: &Chip,
    findings: &mut Findings,
) -> Vec<Layer<'c>> {
    recurrence(network, &reached, findings);
    latencies(network, &reached, findings);
    let mut layers = Vec::new();
    for ((population, reached), neuron) in network.populations.iter().zip(reached).zip(neurons) {
        let (name, map) = (&population.name, population.map);
        extents(
            name,
            "map of neurons",
            map,
            chip.output_size.value.high,
            chip,
            findings,
        );
        let constant = by_channel(&reached.constant, map);
        if constant.is_none() {
            findings.push(position_bias().at(name));
        }
        let mut wrong = Vec::new();
        let broken = reached.broken;
        let sources = sources(reached.paths, &location, chip, &mut wrong);
        let geometry = match (sources.as_slice(), wrong.is_empty()) {
            (_, false) => None,
            _ if broken => None,
            ([], true) => {
                wrong.push(no_source());
                None
            }
            (_, true) => match joint(&sources, map, chip) {
                Ok(geometry) => Some(geometry),
                Err(finding) => {
                    wrong.push(finding);
                    None
                }
            },
        };
        findings.extend(wrong.into_iter().map(|finding| finding.at(name)));
        for source in &sources {
            let from = network.source_name(source.source);
            let most = chip.input_size.value.high;
            extents(
                name,
                &format!("map from `{from}`"),
                source.input,
                most,
                chip,
                findings,
            );
        }
        let (Some(geometry), Some(neuron), Some(constant)) = (geometry, neuron, constant) else {
            continue;
        };
        let bias = neuron.gain.zip(&constant, |gain, c| gain * c);
        layers.push(Layer {
            name: name.clone(),
            map,
            geometry,
            sources: sources
                .into_iter()
                .map(|source| Joined {
                    source: source.source,
                    pool: source.pool,
                    input: source.input,
                    weights: embed::embedded(&source.kernel, &geometry),
                    locations: source.locations,
                })
                .collect(),
            bias: bias.zip(&neuron.leak, |a, b| a + b),
            neuron,
        });
    }
    layers
}

/// A path with its pool and kernel apart.
struct Split<'c> {
    source: Source,
    pool: [usize; 2],
    input: [usize; 3],
    kernel: Kernel,
    locations: Vec<Location<'c>>,
}

fn sources<'c>(
    paths: Vec<Path>,
    location: impl Fn(usize) -> Location<'c>,
    chip: &Chip,
    wrong: &mut Vec<Finding>,
) -> Vec<Split<'c>> {
    let mut sources = Vec::new();
    for Path { source, map, .. } in paths {
        let locations = map.ops.iter().map(|op| location(*op)).collect();
        match split(source, map, chip) {
            Some((pool, input, kernel)) => sources.push(Split {
                source,
                pool,
                input,
                kernel,
                locations,
            }),
            None => wrong.push(
                Finding::error(
                    "speck-pool",
                    "what stands between two populations is one convolution behind a pool",
                    "its input is pooled in a way that is no convolution of a core either",
                )
                .why("a destination pools squares of 1, 2 or 4 neurons; other pools go into the kernel, unless padding stands between")
                .fix("pool by 2 or 4, or leave out the padding behind the pool"),
            ),
        }
    }
    sources
}

/// What of a pool the source's destination does, and the kernel with the rest. An input can be sent with
/// any address, so it can be pooled in any way.
fn split(source: Source, mut map: Map, chip: &Chip) -> Option<([usize; 2], [usize; 3], Kernel)> {
    if let Source::Population(_) = source {
        // speck2b has 8, which no other chip of the family has.
        let own = chip
            .pooling
            .value
            .iter()
            .map(|p| *p as usize)
            .filter(|p| *p <= 4);
        let divides = |p: &usize| map.pool.iter().all(|pool| pool.is_multiple_of(*p));
        let shared = own.filter(divides).max().unwrap_or(1);
        map.expand(map.pool.map(|pool| pool / shared)).ok()?;
    }
    Some((map.pool, map.pooled(), map.kernel()?))
}

/// One geometry for all sources.
fn joint(sources: &[Split<'_>], map: [usize; 3], chip: &Chip) -> Result<Geometry, Finding> {
    let maps: Vec<[usize; 2]> = sources.iter().map(|s| [s.input[1], s.input[2]]).collect();
    let input = maps.first().copied().unwrap_or_default();
    if maps.iter().any(|other| *other != input) {
        let what = format!("its sources have maps of different extents: {maps:?} (rows, columns)");
        let rule = "all that a core takes has one map";
        return Err(Finding::error("speck-sources-differ", rule, what)
            .why("an event's row and column say which neurons it reaches, whoever sent it")
            .fix("pool the larger one, or put a layer of spiking neurons between"));
    }
    let kernels: Vec<&Kernel> = sources.iter().map(|source| &source.kernel).collect();
    embed::geometry(&kernels, input, [map[1], map[2]], chip)
}

fn no_source() -> Finding {
    Finding::error(
        "speck-no-source",
        "every population has a source of events",
        "nothing reaches this one",
    )
    .why("a neuron changes when an event reaches it")
    .fix("leave it out, or feed its constant input as events")
}

/// The extents of a map, and its channels.
fn extents(
    node: &str,
    thing: &str,
    map: [usize; 3],
    most: i64,
    chip: &Chip,
    findings: &mut Findings,
) {
    for axis in AXES {
        let extent = map[axis + 1];
        if extent as i64 > most {
            let name = ["rows", "columns"][axis];
            let what = format!("its {thing} has {extent} {name}; {} has {most}", chip.name);
            findings.push(
                Finding::error("speck-map-size", "a map fits a core", what)
                    .at(node)
                    .why("the limit is that of an address: datasheet 2.4")
                    .fix("crop the map, use a stride, or pool before it"),
            );
        }
    }
    let channels = chip.features.value.high;
    if map[0] as i64 > channels {
        let what = format!(
            "its {thing} has {} channels; {} has {channels}",
            map[0], chip.name
        );
        let fix = if map[1..] == [1, 1] {
            "use fewer neurons, or shape them as a map"
        } else {
            "use fewer channels"
        };
        findings.push(
            Finding::error(
                "speck-channels",
                "a map has no more channels than an address",
                what,
            )
            .at(node)
            .why(chip.features.because())
            .fix(fix),
        );
    }
}

/// Refuses populations that reach each other in a circle.
fn recurrence(network: &Network<'_>, reached: &[Reached], findings: &mut Findings) {
    let count = network.populations.len();
    let mut sources: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (target, reached) in reached.iter().enumerate() {
        for path in &reached.paths {
            if let Source::Population(source) = path.source {
                sources[target].push(source);
            }
        }
    }
    // What is left when those without a source that is left are taken away.
    let mut waits: Vec<usize> = sources.iter().map(Vec::len).collect();
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (target, sources) in sources.iter().enumerate() {
        sources
            .iter()
            .for_each(|source| targets[*source].push(target));
    }
    let mut ready: Vec<usize> = (0..count).filter(|p| waits[*p] == 0).collect();
    while let Some(population) = ready.pop() {
        for target in &targets[population] {
            waits[*target] -= 1;
            if waits[*target] == 0 {
                ready.push(*target);
            }
        }
    }
    let Some(mut at) = (0..count).find(|p| waits[*p] > 0) else {
        return;
    };
    let before = |p: usize| sources[p].iter().copied().find(|s| waits[*s] > 0);
    for _ in 0..count {
        at = before(at).unwrap_or(at);
    }
    let mut circle = vec![at];
    let mut next = before(at).unwrap_or(at);
    while next != at && circle.len() < count {
        circle.push(next);
        next = before(next).unwrap_or(at);
    }
    circle.reverse();
    let names: Vec<_> = circle
        .iter()
        .map(|p| format!("`{}`", network.populations[*p].name))
        .collect();
    let what = match names.as_slice() {
        [_] => "it takes its own spikes".to_owned(),
        several => format!(
            "these take each other's spikes in a circle: {}",
            several.join(", ")
        ),
    };
    findings.push(
        Finding::error(
            "speck-recurrence",
            "layers follow each other without a cycle",
            what,
        )
        .at(network.populations[at].name.as_str())
        .why(
            "the router waits for the core that it sends to: a circle can stall the whole chip \
                 (sinabs docs/speck/faqs/available_network_arch.md:63)",
        )
        .fix("unroll it into layers, or feed the spikes back on the host"),
    );
}

/// The chip has no delays, so all that meets at a population must be equally late.
fn latencies(network: &Network<'_>, reached: &[Reached], findings: &mut Findings) {
    let mut late: BTreeMap<usize, usize> = BTreeMap::new();
    let mut latest = 0;
    // In a network without circles all are known after as many rounds as there are populations.
    for _ in 0..network.populations.len() {
        let mut changed = false;
        for (target, reached) in reached.iter().enumerate() {
            if late.contains_key(&target) {
                continue;
            }
            let arrivals: Option<Vec<usize>> = (reached.paths.iter())
                .map(|path| match path.source {
                    Source::Input(_) => Some(path.steps),
                    Source::Population(source) => Some(late.get(&source)? + path.steps),
                })
                .collect();
            let Some(arrivals) = arrivals else { continue };
            let first = arrivals.iter().copied().min().unwrap_or(0);
            let last = arrivals.iter().copied().max().unwrap_or(0);
            if first != last {
                let what = format!("its sources arrive {first} to {last} steps after the input");
                findings.push(
                    Finding::error(
                        "speck-delay",
                        "all that meets at a layer is equally late",
                        what,
                    )
                    .at(network.populations[target].name.as_str())
                    .why("the chip has no delays: events are worked on as they come")
                    .fix("leave the delays out, or make them equal"),
                );
            }
            latest = latest.max(last);
            changed = true;
            late.insert(target, last);
        }
        if !changed {
            break;
        }
    }
    if latest > 0 {
        let what = format!("the model's spikes are up to {latest} steps late; the chip's are not");
        let rule = "a delay that all paths share changes nothing but the time";
        findings.push(Finding::note("speck-latency", rule, what));
    }
}
