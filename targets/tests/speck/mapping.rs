//! Layers to cores: against an exhaustive search, and what is split, relayed and joined.

use std::collections::BTreeMap;

use nirc_targets::speck::{
    chip::{self, CORES, Chip},
    configuration::{Configuration, Core},
    format::{Format, read},
    legal::{Nodes, check},
    map::{Need, Unit, Work, place},
    model::{Model, Observer, Options},
    placement::Placement,
};

use crate::{
    lower::{Levels, Wanted, errors, levels, record},
    lowering::{events, same},
    plain::Plain,
    random::{self, Random},
    samna::ask_valid,
    text::{Convolution, Neuron, Text},
};

fn speck2f() -> &'static Chip {
    chip::lookup("speck2f").unwrap()
}

/// A random chain of layers, some of them too large for most cores.
fn layers(random: &mut Random, count: usize) -> Vec<Work> {
    (0..count)
        .map(|layer| {
            let size = random::pick(random, &[1, 4, 16, 32, 64]);
            let channels = random::pick(random, &[1, 4, 10, 16, 40, 128]);
            let inputs = random::pick(random, &[1, 8, 64, 128, 200]);
            Work {
                name: format!("l{layer}"),
                channels,
                need: Need {
                    inputs,
                    side: random::pick(random, &[1, 3, 5]),
                    rows: size,
                    columns: size,
                    step: 1,
                },
                load: random.between(1, 9) as f64,
                sources: if layer == 0 {
                    Vec::new()
                } else {
                    vec![layer - 1]
                },
                senses: false,
                to_readout: false,
                whole: false,
                relay: Need {
                    inputs: channels,
                    side: 1,
                    rows: size,
                    columns: size,
                    step: 1,
                },
            }
        })
        .collect()
}

/// All ways to stand units on cores, one after the other: the least serial load, if there is a way.
fn search(units: &[Unit], work: &[Work], taken: u16, chip: &Chip) -> Option<f64> {
    let Some((unit, rest)) = units.split_first() else {
        return Some(0.0);
    };
    let words = unit.words(work);
    let mut best: Option<f64> = None;
    for core in (0..CORES).filter(|core| taken >> core & 1 == 0) {
        let has = chip.memory.value[core];
        if words.kernel > has.kernel || words.neuron > has.neuron || words.bias > has.bias {
            continue;
        }
        if let Some(below) = search(rest, work, taken | 1 << core, chip) {
            let own = if core < 2 { 0.0 } else { unit.load(work) };
            best = Some(best.map_or(below + own, |best: f64| best.min(below + own)));
        }
    }
    best
}

/// All ways to split layers into equal parts or parts of 2^n, and all ways to place those: the fewest cores,
/// then the least serial load.
fn exhaustive(work: &[Work], chip: &Chip) -> Option<(usize, f64)> {
    fn sizes(channels: u64, parts: u64) -> Vec<Vec<u64>> {
        let equal: Vec<u64> = (0..parts)
            .map(|p| channels / parts + u64::from(p < channels % parts))
            .collect();
        let mut power = 1;
        while power * parts < channels {
            power *= 2;
        }
        let mut rounded = Vec::new();
        let mut left = channels;
        while left > 0 {
            rounded.push(power.min(left));
            left -= power.min(left);
        }
        let mut all = vec![equal];
        if rounded.len() as u64 == parts && rounded != all[0] {
            all.push(rounded);
        }
        all
    }
    fn ways(
        work: &[Work],
        layer: usize,
        units: &mut Vec<Unit>,
        parts: &mut Vec<usize>,
        found: &mut dyn FnMut(&[Unit], &[usize]),
    ) {
        if layer == work.len() {
            found(units, parts);
            return;
        }
        for count in 1..=work[layer].channels.min(9) {
            if units.len() + count as usize + work.len() - layer - 1 > CORES {
                break;
            }
            for sizes in sizes(work[layer].channels, count) {
                let before = units.len();
                let mut first = 0;
                for count in sizes {
                    units.push(Unit::Part {
                        layer,
                        first,
                        count,
                    });
                    first += count;
                }
                parts.push(count as usize);
                ways(work, layer + 1, units, parts, found);
                parts.pop();
                units.truncate(before);
            }
        }
    }
    let mut best: Option<(usize, f64)> = None;
    ways(
        work,
        0,
        &mut Vec::new(),
        &mut Vec::new(),
        &mut |units, parts| {
            // In a chain a layer sends to all parts of the next, and a relay is needed for each beyond two.
            let mut all = units.to_vec();
            for (layer, parts) in parts.iter().enumerate().skip(1) {
                for number in 0..parts.saturating_sub(2) {
                    let layer = layer - 1;
                    all.push(Unit::Relay { layer, number });
                }
            }
            let more = best.as_ref().is_some_and(|best| all.len() > best.0);
            if all.len() > CORES || more {
                return;
            }
            if let Some(serial) = search(&all, work, 0, chip) {
                let cost = (all.len(), serial);
                if best.as_ref().is_none_or(|best| cost < *best) {
                    best = Some(cost);
                }
            }
        },
    );
    best
}

#[test]
fn placements_are_the_best_of_all() {
    let (mut placed, mut refused, mut split) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random(seed);
        let count = random.between(1, 5);
        let work = layers(&mut random, count);
        let ours = place(&work, speck2f(), false);
        match (ours, exhaustive(&work, speck2f())) {
            (Ok(ours), Some((cores, serial))) => {
                assert_eq!(
                    (ours.cost.cores, ours.cost.serial),
                    (cores, serial),
                    "seed {seed}"
                );
                placed += 1;
                split += usize::from(cores > count);
                let mut used = [false; CORES];
                for (unit, core) in &ours.units {
                    assert!(unit.words(&work).fits(&speck2f().memory.value[*core]));
                    assert!(!std::mem::replace(&mut used[*core], true));
                }
            }
            (Err(findings), None) => {
                assert!(findings.has_errors());
                refused += 1;
            }
            (ours, theirs) => panic!("seed {seed}: {ours:?}, {theirs:?}"),
        }
    }
    eprintln!("{placed} placed, {split} of them split, {refused} refused");
    assert!(placed > 40 && split > 10 && refused > 20);
}

/// A chain of convolutions from `input`, each [channels, side, stride, padding].
fn chain(input: &[usize], layers: &[[usize; 4]], seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = Text::new();
    let mut x = text.input(input, "in");
    for (i, [channels, side, stride, padding]) in layers.iter().enumerate() {
        let c = Convolution::square(
            *channels,
            x.shape[0],
            *side,
            *stride as i64,
            *padding as i64,
        );
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count)
            .map(|_| random::integer(&mut random, -20, 40) as f64)
            .collect();
        let current = text.convolution(&x, &c, &weights, &format!("c{i}"));
        let threshold = 60.0 + 10.0 * (side * side) as f64;
        x = text.neuron(
            &current,
            &Neuron::of(&current.shape, threshold),
            &format!("p{i}"),
        );
    }
    text.output(&x, "out");
    text.finish()
}

fn parts(levels: &Levels, node: &str) -> Vec<(usize, usize)> {
    let placement = Placement::read(levels.file("placement.json")).unwrap();
    let population = placement
        .populations
        .iter()
        .find(|p| p.node == node)
        .unwrap();
    let parts = population.parts.iter().map(|p| (p.core, p.count));
    parts.collect()
}

/// Where parts of a layer are put together again: one core for each population, whatever its size.
fn unsplit(levels: &Levels) -> (Configuration, BTreeMap<String, usize>) {
    let (split, _) = read(levels.file("config.json"), Format::Properties).unwrap();
    let placement = Placement::read(levels.file("placement.json")).unwrap();
    let mut whole = Configuration::silent();
    let mut names = BTreeMap::new();
    for (index, population) in placement.populations.iter().enumerate() {
        names.insert(population.node.clone(), index);
        let mut core: Option<Core> = None;
        for part in &population.parts {
            let own = split.cores[part.core].clone();
            let Some(core) = &mut core else {
                core = Some(own);
                continue;
            };
            core.dimensions.output.features += own.dimensions.output.features;
            for (all, own) in [
                (&mut core.weights, own.weights),
                (&mut core.biases, own.biases),
                (&mut core.neurons_initial_value, own.neurons_initial_value),
            ] {
                all.shape[0] += own.shape[0];
                all.values.extend(own.values);
            }
        }
        whole.cores[index] = core.unwrap();
    }
    // The parts of a population sent to those of the next; now one core sends to one.
    let core_of = |core: i64| {
        let holds = |p: &nirc_targets::speck::placement::PopulationPlace| {
            p.parts.iter().any(|part| part.core as i64 == core)
        };
        placement.populations.iter().position(holds)
    };
    for core in &mut whole.cores {
        for destination in core.destinations.iter_mut().filter(|d| d.enable) {
            // A relay sends on to parts of the same population, as here, the first of its targets.
            while placement.relays.contains(&(destination.layer as usize)) {
                destination.layer = split.cores[destination.layer as usize].destinations[0].layer;
            }
            destination.layer = core_of(destination.layer).unwrap() as i64;
        }
        if core.destinations[0] == core.destinations[1] {
            core.destinations[1].enable = false;
        }
    }
    (whole, names)
}

struct Spikes(Vec<Vec<[usize; 3]>>);

impl Observer for Spikes {
    fn spike(&mut self, core: usize, feature: usize, row: usize, column: usize) {
        self.0[core].push([feature, row, column]);
    }
}

/// Runs the split network in the chip's model and the unsplit one, which no chip holds, in the plain one:
/// the same spikes of each population. The orders are the same too if no part waits for another.
fn same_as_unsplit(levels: &Levels, input: &[usize], count: usize) -> usize {
    let (configuration, findings) = read(levels.file("config.json"), Format::Properties).unwrap();
    assert!(findings.0.is_empty());
    let legal = check(&configuration, speck2f(), &Nodes::default());
    assert!(!legal.has_errors(), "{legal}");
    let placement = Placement::read(levels.file("placement.json")).unwrap();
    let (whole, names) = unsplit(levels);
    let mut plain = Plain::new(&whole, true, false, true);
    let mut model = Model::new(&configuration, speck2f(), Options::default()).unwrap();
    let mut spikes = Spikes(vec![Vec::new(); CORES]);
    let mut random = Random(count as u64);
    for _ in 0..count {
        // A corner of the map, so that events meet.
        let event = [0, 1, 2].map(|i| random.between(0, (input[i] - 1).min(11)));
        for entry in &placement.inputs[0].host {
            model.inject(entry.core, event[0], event[1], event[2], &mut spikes);
        }
        let first = &placement.populations.iter().find(|p| {
            p.parts
                .iter()
                .any(|part| part.core == placement.inputs[0].host[0].core)
        });
        plain.event_at(names[&first.unwrap().node], event);
    }
    let mut total = 0;
    for population in &placement.populations {
        let index = names[&population.node];
        let mut ours: Vec<[usize; 3]> = Vec::new();
        for part in &population.parts {
            let own = &spikes.0[part.core];
            ours.extend(own.iter().map(|[f, y, x]| [f + part.first, *y, *x]));
        }
        let mut theirs = plain.spikes[index].clone();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert!(
            ours == theirs,
            "`{}`: {} and {}",
            population.node,
            ours.len(),
            theirs.len()
        );
        total += ours.len();
        for part in &population.parts {
            for f in 0..part.count {
                for y in 0..population.map[1] {
                    for x in 0..population.map[2] {
                        let v = i64::from(model.v(part.core, f, y, x));
                        assert_eq!(v, plain.v[index][part.first + f][y][x]);
                    }
                }
            }
        }
    }
    total
}

/// That the real validator of speck2b takes what we write for it.
fn valid_for_samna(text: &str) {
    let made = levels(text, "speck2b", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    ask_valid(&[made.file("config.json")]);
}

/// 512 channels of 3 x 3 from 16: 16 2^(4 + 9) = 128 Ki words, twice what the largest cores have.
#[test]
fn a_layer_of_twice_the_kernel_memory() {
    let text = chain(&[16, 4, 4], &[[512, 3, 1, 0], [8, 1, 1, 0]], 1);
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let mut cores = parts(&made, "p0");
    cores.sort_unstable();
    assert_eq!(cores, [(5, 256), (6, 256)]);
    assert!(same_as_unsplit(&made, &[16, 4, 4], 60) > 1000);
    valid_for_samna(&text);
}

/// 32 channels of 64 x 64: 128 Ki words, twice what the largest cores have. Behind a layer, and before one.
#[test]
fn a_layer_of_twice_the_neuron_memory() {
    let text = chain(
        &[1, 64, 64],
        &[[2, 1, 1, 0], [32, 3, 1, 1], [4, 3, 2, 0]],
        2,
    );
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let cores = parts(&made, "p1");
    assert_eq!(cores.iter().map(|c| c.1).collect::<Vec<_>>(), [16, 16]);
    assert!(cores.iter().all(|(core, _)| *core < 3), "{cores:?}");
    assert!(same_as_unsplit(&made, &[1, 64, 64], 1500) > 1000);
    valid_for_samna(&text);
}

/// Four parts behind one core: two relays.
#[test]
fn more_parts_than_destinations() {
    let text = chain(&[2, 6, 6], &[[32, 1, 1, 0], [512, 5, 1, 2]], 3);
    let made = levels(&text, "speck2f", &Wanted::default());
    // 32 2^(5 + 9) = 512 Ki words: no way to split them finds room.
    assert_eq!(
        errors(&made.err().unwrap()),
        [("speck-cores".to_owned(), String::new())]
    );

    let mut text = Text::new();
    let input = text.input(&[2, 6, 6], "in");
    let conv = |text: &mut Text, x: &_, f: usize, side: usize, node: &str| {
        let c = Convolution::square(f, 2, side, 1, (side / 2) as i64);
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count).map(|i| ((i * 7) % 23) as f64 - 3.0).collect();
        let current = text.convolution(x, &c, &weights, &format!("{node}.c"));
        text.neuron(&current, &Neuron::of(&current.shape, 64.0), node)
    };
    let first = conv(&mut text, &input, 2, 1, "first");
    for branch in 0..4 {
        let spikes = conv(&mut text, &first, 3 + branch, 3, &format!("b{branch}"));
        text.output(&spikes, &format!("out{branch}"));
    }
    let text = text.finish();
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let placement = Placement::read(made.file("placement.json")).unwrap();
    assert_eq!(placement.relays.len(), 2);
    let input = events(&mut Random(4), 20, 72);
    assert!(same(&made, ["quant", "sinabs"], &input, "fan-out of four") > 200.0);
    valid_for_samna(&text);
}

/// Two sources of one layer: added up by the chip where it can and the weights are the same, else with
/// channels and weights of their own.
fn residual() -> String {
    let mut text = Text::new();
    let input = text.input(&[2, 8, 8], "in");
    let layer = |text: &mut Text, x: &_, f: usize, node: &str, seed: usize| {
        let c = Convolution::square(f, 2, 3, 1, 1);
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count).map(|i| ((i * seed) % 31) as f64 - 8.0).collect();
        text.convolution(x, &c, &weights, &format!("{node}.c"))
    };
    let a = layer(&mut text, &input, 2, "a", 5);
    let a = text.neuron(&a, &Neuron::of(&a.shape, 50.0), "a");
    let b = layer(&mut text, &a, 2, "b", 7);
    let b = text.neuron(&b, &Neuron::of(&b.shape, 60.0), "b");
    let sum = text.sum(&[&a, &b], "add");
    let c = layer(&mut text, &sum, 3, "c", 11);
    let c = text.neuron(&c, &Neuron::of(&c.shape, 70.0), "c");
    text.output(&c, "out");
    text.finish()
}

#[test]
fn residual_edges_are_kept() {
    let text = residual();
    for (chip, features) in [("speck2f", 2), ("speck2b", 4)] {
        let made = levels(&text, chip, &Wanted::default())
            .map_err(|f| f.to_string())
            .unwrap();
        let format = if chip == "speck2b" {
            Format::Cereal
        } else {
            Format::Properties
        };
        let (configuration, _) = read(made.file("config.json"), format).unwrap();
        let placement = Placement::read(made.file("placement.json")).unwrap();
        let core = placement
            .populations
            .iter()
            .find(|p| p.node == "c")
            .unwrap()
            .parts[0]
            .core;
        assert_eq!(
            configuration.cores[core].dimensions.input.features, features,
            "{chip}"
        );
        let input = events(&mut Random(9), 30, 128);
        let (quant, chip_model) = (
            record(&*made.quant, &input),
            record(&*made.model(chip, "sinabs"), &input),
        );
        assert_eq!(quant.spikes, chip_model.spikes, "{chip}");
        assert!(quant.spikes["c"].sum() > 100.0);
    }
    valid_for_samna(&text);
}

/// Sources of other weights are channels side by side, on every chip.
#[test]
fn other_weights_are_other_channels() {
    let mut text = Text::new();
    let input = text.input(&[2, 6, 6], "in");
    let layer = |text: &mut Text, x: &_, f: usize, side: usize, node: &str, seed: usize| {
        let c = Convolution::square(f, 2, side, 1, (side / 2) as i64);
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count).map(|i| ((i * seed) % 31) as f64 - 8.0).collect();
        text.convolution(x, &c, &weights, &format!("{node}.c"))
    };
    let a = layer(&mut text, &input, 2, 3, "a", 5);
    let a = text.neuron(&a, &Neuron::of(&a.shape, 50.0), "a");
    // Kernels of 1 and 3 for one layer.
    let x = layer(&mut text, &a, 3, 1, "x", 7);
    let y = layer(&mut text, &input, 3, 3, "y", 11);
    let sum = text.sum(&[&x, &y], "add");
    let b = text.neuron(&sum, &Neuron::of(&sum.shape, 60.0), "b");
    text.output(&b, "out");
    let text = text.finish();
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let input = events(&mut Random(9), 30, 72);
    assert!(same(&made, ["dt", "quant"], &input, "two kernels") > 100.0);
    assert!(same(&made, ["quant", "sinabs"], &input, "two kernels") > 100.0);
}

fn wanted(options: &[(&'static str, &'static str)]) -> Wanted {
    Wanted {
        map: options.to_vec(),
        ..Wanted::default()
    }
}

#[test]
fn the_readout_gets_every_fourth_channel() {
    let text = chain(&[2, 4, 4], &[[4, 3, 1, 1], [10, 4, 1, 0]], 5);
    let plain = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let options = wanted(&[("readout", "maximum"), ("readout-threshold", "3")]);
    let made = levels(&text, "speck2f", &options)
        .map_err(|f| f.to_string())
        .unwrap();
    let (configuration, _) = read(made.file("config.json"), Format::Properties).unwrap();
    let placement = Placement::read(made.file("placement.json")).unwrap();
    let part = placement.populations[1].parts[0];
    assert_eq!((part.count, part.step), (10, 4));
    let core = &configuration.cores[part.core];
    assert_eq!(core.dimensions.output.features, 37);
    assert_eq!(
        (core.destinations[0].layer, core.destinations[0].enable),
        (12, true)
    );
    let readout = &configuration.readout;
    assert_eq!(
        (readout.enable, readout.output_mode_sel, readout.threshold),
        (true, 3, 3)
    );
    let input = events(&mut Random(6), 30, 32);
    let (with, without) = (
        record(&*made.model("speck2f", "events"), &input),
        record(&*plain.model("speck2f", "events"), &input),
    );
    assert_eq!(with.outputs, without.outputs);
    assert!(with.outputs["out"].sum() > 10.0);
    let refused = levels(&text, "speck2b", &options).err().unwrap();
    assert_eq!(errors(&refused)[0].0, "speck-map-option");
}

/// The sensor as input gives the events that the host would send, for every crop, mirror and pool.
#[test]
fn the_sensor_sends_what_the_host_would() {
    let mut text = Text::new();
    let input = text.input(&[2, 16, 16], "in");
    let pooled = text.pool(&input, "sum", 2, 2, "pool");
    let c = Convolution::square(3, 2, 3, 1, 1);
    let weights: Vec<f64> = (0..54).map(|i| ((i * 7) % 23) as f64 - 3.0).collect();
    let current = text.convolution(&pooled, &c, &weights, "conv");
    let spikes = text.neuron(&current, &Neuron::of(&current.shape, 60.0), "if");
    text.output(&spikes, "out");
    let text = text.finish();
    let host = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let input = events(&mut Random(7), 20, 512);
    // The network pools pixels, so the sensor's model gets one pixel of each square; the host sends all.
    let pooled = |levels: &Levels, chip: &str| {
        let model = levels.model(chip, "events");
        let elements = model.inputs()[0].1;
        let mut events = ndarray::Array2::zeros((20, elements));
        for ((t, i), count) in input.indexed_iter() {
            let (c, y, x) = (i / 256, i / 16 % 16, i % 16);
            let at = if elements == 512 {
                i
            } else {
                (c * 8 + y / 2) * 8 + x / 2
            };
            events[[t, at]] += count;
        }
        // One event an element, so that orders are the same.
        events.mapv_inplace(|n: f32| n.min(1.0));
        if elements == 512 {
            let all = events.clone();
            events.fill(0.0);
            for ((t, i), count) in all.indexed_iter() {
                let (c, y, x) = (i / 256, i / 16 % 16, i % 16);
                if *count > 0.0 {
                    events[[t, (c * 16 + y / 2 * 2) * 16 + x / 2 * 2]] = 1.0;
                }
            }
        }
        record(&*model, &events)
    };
    let expected = pooled(&host, "speck2f");
    assert!(expected.outputs["out"].sum() > 50.0);
    for chip in ["speck2b", "speck2e", "speck2f"] {
        for options in [
            vec![("input", "sensor")],
            vec![("input", "sensor"), ("sensor-origin", "4:20")],
            vec![
                ("input", "sensor"),
                ("sensor-pooling", "2"),
                ("sensor-mirror", "both"),
            ],
            vec![
                ("input", "sensor"),
                ("sensor-swap", "yes"),
                ("sensor-mirror", "columns"),
            ],
        ] {
            let made = levels(&text, chip, &wanted(&options)).map_err(|f| f.to_string());
            let made = made.unwrap_or_else(|f| panic!("{chip} {options:?}: {f}"));
            assert_eq!(
                pooled(&made, chip).outputs,
                expected.outputs,
                "{chip}, {options:?}"
            );
        }
    }
    let refused = |options: &[(&'static str, &'static str)]| {
        let findings = levels(&text, "speck2f", &wanted(options)).err().unwrap();
        errors(&findings)[0].0.clone()
    };
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-pooling", "4")]),
        "speck-sensor-pooling"
    );
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-origin", "3:0")]),
        "speck-sensor-input"
    );
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-origin", "120:0")]),
        "speck-sensor-crop"
    );
    assert_eq!(refused(&[("sensor-swap", "yes")]), "speck-map-option");
    assert_eq!(refused(&[("colour", "red")]), "speck-map-option");
}

#[test]
fn spare_cores_take_parts_of_the_busiest() {
    let text = chain(&[2, 16, 16], &[[16, 3, 1, 1], [4, 3, 1, 1]], 8);
    let made = levels(&text, "speck2f", &wanted(&[("spread", "yes")])).map_err(|f| f.to_string());
    let made = made.unwrap();
    assert!(parts(&made, "p0").len() > 1, "{:?}", parts(&made, "p0"));
    let input = events(&mut Random(8), 20, 512);
    assert!(same(&made, ["quant", "sinabs"], &input, "spread") > 500.0);
    assert!(same_as_unsplit(&made, &[2, 16, 16], 300) > 200);
}

#[test]
fn ten_layers_and_layers_that_no_core_holds() {
    let ten = chain(&[1, 4, 4], &[[3, 1, 1, 0]; 10], 9);
    let findings = levels(&ten, "speck2f", &Wanted::default()).err().unwrap();
    assert_eq!(
        errors(&findings),
        [("speck-cores".to_owned(), String::new())]
    );
    // 1024 2^8 words for one channel.
    let mut text = Text::new();
    let input = text.input(&[1024, 16, 16], "in");
    let c = Convolution::square(1, 1024, 16, 1, 0);
    let current = text.convolution(&input, &c, &vec![1.0; 1 << 18], "c");
    let spikes = text.neuron(&current, &Neuron::of(&current.shape, 1.0), "big");
    text.output(&spikes, "out");
    let findings = levels(&text.finish(), "speck2f", &Wanted::default())
        .err()
        .unwrap();
    assert_eq!(
        errors(&findings),
        [("speck-layer-too-large".to_owned(), "big".to_owned())]
    );
}

/// The load of each core, against a limit that the user gives.
#[test]
fn a_core_that_would_stall_is_named() {
    let text = chain(&[2, 8, 8], &[[4, 3, 1, 1], [2, 1, 1, 0]], 3);
    let input = events(&mut Random(3), 20, 128);
    let codes = |options: &[(&'static str, &'static str)]| {
        let made = levels(&text, "speck2f", &wanted(options)).map_err(|f| f.to_string());
        let model = made.unwrap().model("speck2f", "events");
        let recording = record(&*model, &input);
        let operations = recording.operations.clone();
        let codes: Vec<_> = (model.remarks(&[recording]).iter())
            .map(|f| (f.code.to_string(), f.node.clone().unwrap_or_default()))
            .collect();
        (codes, operations)
    };
    let code = |code: &str, node: &str| (code.to_owned(), node.to_owned());
    let (without, operations) = codes(&[]);
    assert_eq!(without, [code("speck-synaptic-operations", "")]);
    // An event in the middle of the map meets 9 places of 4 channels; a step stands for 1 ms.
    let busiest = operations["core 0"].iter().copied().fold(0.0, f64::max);
    assert!(busiest > 36.0 && busiest < 36.0 * 2.0 * 128.0, "{busiest}");
    let (high, _) = codes(&[("synaptic-operations", "1e9")]);
    assert_eq!(high, [code("speck-synaptic-operations", "")]);
    let (low, _) = codes(&[("synaptic-operations", "1e5")]);
    assert!(low.contains(&code("speck-stall", "p0")), "{low:?}");
}
