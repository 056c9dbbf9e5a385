//! Layers on several cores: the same spikes as on one core that does not exist.

use std::collections::BTreeMap;

use nirc_targets::speck::{
    chip::CORES,
    configuration::{Configuration, Core},
    format::{Format, read},
    legal::{Nodes, check},
    model::{Model, Observer, Options},
    placement::{Placement, PopulationPlace},
};

use crate::{
    joins::wanted,
    lower::{Levels, Wanted, errors, levels, record},
    lowering::{events, same},
    mapping::speck2f,
    plain::Plain,
    random::{self, Random},
    samna::ask_valid,
    text::{Convolution, Neuron, Text},
};

/// A chain of convolutions from `input`, each [channels, side, stride, padding].
pub fn chain(input: &[usize], layers: &[[usize; 4]], seed: u64) -> String {
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
        let holds = |p: &PopulationPlace| p.parts.iter().any(|part| part.core as i64 == core);
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
pub fn valid_for_samna(text: &str) {
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

/// The second layer's one channel takes 64 Ki words, and so one of the two cores that have as many. The first
/// takes 128 Ki, on the other of these and on those that have 32 Ki: in unequal parts.
#[test]
fn parts_as_large_as_their_cores() {
    let text = chain(&[8, 4, 4], &[[1024, 3, 1, 1], [1, 8, 1, 2]], 11);
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let mut first = parts(&made, "p0");
    first.sort_unstable();
    assert_eq!(
        first.iter().map(|p| p.1).collect::<Vec<_>>(),
        [256, 256, 512]
    );
    assert_eq!(parts(&made, "p1").len(), 1);
    assert!(same_as_unsplit(&made, &[8, 4, 4], 60) > 1000);
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
