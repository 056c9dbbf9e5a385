//! Where events go: destinations, pooling, and how sources share the input of a core.

use std::fmt;

use nirc_dialects::finding::Finding;

use super::Rules;
use crate::speck::{
    chip::{CORES, Chip, READOUT, Range},
    configuration::{Configuration, DvsLayer, Pair},
};

/// Which cores some source sends to.
pub(super) fn reached(configuration: &Configuration) -> [bool; CORES] {
    let cores = configuration.cores.iter();
    let cores = cores.flat_map(|core| core.destinations.iter().map(|d| (d.enable, d.layer)));
    let dvs = configuration.dvs.destinations.iter();
    let dvs = dvs.map(|d| (d.enable, d.layer));
    let mut reached = [false; CORES];
    for (enable, layer) in cores.chain(dvs) {
        if let (true, Some(core)) = (enable, core_of(layer)) {
            reached[core] = true;
        }
    }
    reached
}

/// The core of this number.
fn core_of(layer: i64) -> Option<usize> {
    usize::try_from(layer).ok().filter(|core| *core < CORES)
}

pub(super) fn check(rules: &mut Rules<'_>, configuration: &Configuration) {
    destinations(rules, configuration);
    let sources = sources(configuration, rules.chip);
    for target in 0..CORES {
        let own: Vec<_> = sources.iter().filter(|s| s.target == target).collect();
        if !own.is_empty() {
            share(rules, configuration, target, &own);
        }
    }
    cycle(rules, configuration);
}

fn destinations(rules: &mut Rules<'_>, configuration: &Configuration) {
    let chip = rules.chip;
    let known =
        |layer: i64| core_of(layer).is_some() || (layer == READOUT && chip.routes_to_readout.value);
    for (index, core) in configuration.cores.iter().enumerate() {
        for (i, destination) in core.destinations.iter().enumerate() {
            let who = Name::Core(index, i);
            if !known(destination.layer) {
                rules.push(index, unknown(&who, destination.layer, chip));
            }
            let Range { low, high } = chip.feature_shift.value;
            if !chip.feature_shift.value.contains(destination.feature_shift) {
                let shift = destination.feature_shift;
                let what = format!("{who}: feature_shift is {shift}; it is {low} to {high}");
                let rule = "a shift of features is one that a destination has";
                let finding = Finding::error("speck-feature-shift", rule, what);
                rules.push(index, finding.why(chip.feature_shift.because()));
            }
            if !chip.pooling.value.contains(&destination.pooling) {
                let what = format!(
                    "{who}: pooling is {}; {} has {:?}",
                    destination.pooling, chip.name, chip.pooling.value
                );
                let rule = "a destination's pooling is one that it has";
                let why = match destination.pooling {
                    0 => "the vendor's validator divides by it".to_owned(),
                    _ => chip.pooling.because(),
                };
                let finding = Finding::error("speck-pooling", rule, what).why(why);
                let fix = "pool by 1, 2 or 4; by more with a convolution of equal weights";
                rules.push(index, finding.fix(fix));
            } else if destination.enable {
                remainder(rules, configuration, index, i);
            }
        }
    }
    for (i, destination) in configuration.dvs.destinations.iter().enumerate() {
        if !known(destination.layer) {
            let finding = unknown(&Name::Sensor(i), destination.layer, chip);
            rules.findings.push(finding);
        }
    }
}

fn unknown(who: &Name, layer: i64, chip: &Chip) -> Finding {
    let rule = "a destination is a core, or the readout where there is one";
    let what = format!(
        "{who}: layer {layer} is none; {} has cores 0 to {}{}",
        chip.name,
        CORES - 1,
        if chip.routes_to_readout.value {
            format!(" and the readout, {READOUT}")
        } else {
            String::new()
        }
    );
    Finding::error("speck-destination", rule, what)
        .why("samna 0.7.1 aborts on such a destination if it is on")
}

/// Neurons at the edge that no pooled address has.
fn remainder(rules: &mut Rules<'_>, configuration: &Configuration, index: usize, i: usize) {
    let core = &configuration.cores[index];
    let pooling = core.destinations[i].pooling;
    for (axis, extent) in core.dimensions.output.size.named() {
        let rest = extent.checked_rem(pooling).unwrap_or(0);
        // A map that is smaller than the square has no pooled address at all, which is an error below.
        if rest != 0 && *extent > pooling {
            let what = format!(
                "{}: pooling {pooling} of {extent} neurons in {axis} leaves {rest} over",
                Name::Core(index, i)
            );
            let rule = "pooling divides the map";
            let finding = Finding::warning("speck-pooling-remainder", rule, what);
            let why = "the spikes of the last ones go nowhere";
            rules.push(index, finding.why(why).fix("pad or crop the map"));
        }
    }
}

/// Which destination: its owner, and its place there.
#[derive(Clone, Copy)]
enum Name {
    Core(usize, usize),
    Sensor(usize),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(core, i) => write!(f, "core {core}, destination {i}"),
            Self::Sensor(i) => write!(f, "the sensor, destination {i}"),
        }
    }
}

/// Events that arrive at a core.
struct Source {
    name: Name,
    target: usize,
    /// The first feature that they have there, and how many.
    first: i64,
    features: i64,
    /// The extent of the map that they have there.
    size: Pair<i64>,
}

impl Source {
    /// The last feature.
    fn last(&self) -> i64 {
        self.first.saturating_add(self.features).saturating_sub(1)
    }
}

fn sources(configuration: &Configuration, chip: &Chip) -> Vec<Source> {
    let mut sources = Vec::new();
    for (index, core) in configuration.cores.iter().enumerate() {
        for (i, destination) in core.destinations.iter().enumerate() {
            let Some(target) = core_of(destination.layer).filter(|_| destination.enable) else {
                continue;
            };
            let pooled = |extent: i64| extent.checked_div(destination.pooling).unwrap_or(0);
            let output = &core.dimensions.output;
            sources.push(Source {
                name: Name::Core(index, i),
                target,
                first: destination.feature_shift,
                features: output.features,
                size: Pair::new(pooled(output.size.x), pooled(output.size.y)),
            });
        }
    }
    let dvs = &configuration.dvs;
    for (i, destination) in dvs.destinations.iter().enumerate() {
        // With both polarities off there is nothing to merge, which is an error of its own.
        let sends = destination.enable && !(dvs.merge && !dvs.on_channel && !dvs.off_channel);
        if let Some(target) = core_of(destination.layer).filter(|_| sends) {
            sources.push(Source {
                name: Name::Sensor(i),
                target,
                first: 0,
                features: dvs.features(),
                size: sensor_size(dvs, chip),
            });
        }
    }
    sources
}

/// The map of the sensor's events. The validator does not swap the extents if the axes are swapped, and
/// neither does this: with `mirror_diagonal` both have to be equal.
fn sensor_size(dvs: &DvsLayer, chip: &Chip) -> Pair<i64> {
    let extent = |origin: i64, cut: i64, pooling: i64| {
        let cropped = cut.saturating_sub(origin).saturating_add(1);
        if chip.crop_after_pooling.value {
            cropped
        } else {
            cropped.checked_div(pooling).unwrap_or(0)
        }
    };
    Pair::new(
        extent(dvs.origin.x, dvs.cut.x, dvs.pooling.x),
        extent(dvs.origin.y, dvs.cut.y, dvs.pooling.y),
    )
}

/// How the sources of a core share its input.
fn share(rules: &mut Rules<'_>, configuration: &Configuration, target: usize, own: &[&Source]) {
    let input = configuration.cores[target].dimensions.input;
    for source in own {
        for ((axis, expected), (_, found)) in
            input.size.named().into_iter().zip(source.size.named())
        {
            if expected != found {
                let what = format!(
                    "core {target}: its input map has an extent of {expected} in {axis}; {} sends \
                     one of {found}",
                    source.name
                );
                let rule = "a core's input map is what its sources send";
                rules.push(target, Finding::error("speck-input-map", rule, what));
            }
        }
        if source.last() >= input.features {
            let what = format!(
                "core {target}: it has {} input features; {} sends features {} to {}",
                input.features,
                source.name,
                source.first,
                source.last()
            );
            let rule = "a source's features are among those of the core";
            rules.push(target, Finding::error("speck-input-features", rule, what));
        }
    }
    cover(rules, target, input.features, own);
}

/// Whether the sources have all features of a core, each once, or more often where the chip adds them.
fn cover(rules: &mut Rules<'_>, target: usize, features: i64, own: &[&Source]) {
    let mut order: Vec<_> = own.to_vec();
    order.sort_by_key(|source| source.first);
    let mut next = 0;
    let mut before: Option<&Source> = None;
    for source in order {
        if source.first > next {
            let what = format!(
                "core {target}: no source has features {next} to {}",
                source.first - 1
            );
            let rule = "the sources of a core have all of its input features";
            rules.push(target, Finding::error("speck-input-gap", rule, what));
        }
        if let Some(other) = before
            && source.first < next
            && !rules.chip.sums_sources.value
        {
            let what = format!(
                "core {target}: {} and {} both have feature {}",
                other.name, source.name, source.first
            );
            let rule = "two sources do not send to the same feature of a core";
            let finding = Finding::error("speck-input-overlap", rule, what);
            let fix = "give the sources features of their own (concatenate) and repeat the weights, \
                       or use speck2e or speck2f";
            let finding = finding.why(rules.chip.sums_sources.because()).fix(fix);
            rules.push(target, finding);
        }
        if source.last() >= next {
            next = source.last().saturating_add(1);
            before = Some(source);
        }
    }
    if next < features {
        let what = format!(
            "core {target}: no source has features {next} to {}",
            features - 1
        );
        let rule = "the sources of a core have all of its input features";
        rules.push(target, Finding::error("speck-input-gap", rule, what));
    }
}

/// The first circle of cores that send to each other.
fn cycle(rules: &mut Rules<'_>, configuration: &Configuration) {
    // A core is taken off when nobody that is left sends to it; what then remains is in or behind a circle.
    let next = |core: usize| {
        let destinations = configuration.cores[core].destinations.iter();
        destinations.filter_map(|d| core_of(d.layer).filter(|_| d.enable))
    };
    let mut left = [true; CORES];
    for _ in 0..CORES {
        let mut has_source = [false; CORES];
        for core in (0..CORES).filter(|core| left[*core]) {
            next(core).for_each(|target| has_source[target] = true);
        }
        for core in 0..CORES {
            left[core] &= has_source[core];
        }
    }
    let Some(mut core) = (0..CORES).find(|core| left[*core]) else {
        return;
    };
    // Everybody who is left has a source that is left: going back ends up in a circle.
    let before = |core: usize| (0..CORES).find(|s| left[*s] && next(*s).any(|t| t == core));
    for _ in 0..CORES {
        core = before(core).unwrap_or(core);
    }
    let mut circle = vec![core];
    let mut at = before(core).unwrap_or(core);
    while at != core && circle.len() < CORES {
        circle.push(at);
        at = before(at).unwrap_or(core);
    }
    circle.reverse();
    let names: Vec<_> = circle.iter().map(ToString::to_string).collect();
    let what = format!("cores {} send to each other in a circle", names.join(", "));
    let rule = "cores send to each other without a circle";
    let finding = Finding::error("speck-cycle", rule, what);
    let why = "the router can deadlock: sinabs docs/speck/faqs/available_network_arch.md:63";
    let fix = "unroll the recurrence, or close it on the host";
    rules.push(core, finding.why(why).fix(fix));
}
