//! Golden vectors: whatever lies in the two folders.

use std::{fs, path::Path};

use nirc_targets::speck::{
    chip::{self, Chip},
    configuration::{Configuration, Core, Destination, Dimensions, Pair, Shape, Tensor},
    model::{Model, Observer, Options, Stepped},
};
use serde_json::Value;

use crate::{corpus, files};

/// Spikes in the order in which they happen, as [step, feature, row, column], by core.
struct Order {
    step: usize,
    spikes: Vec<Vec<[usize; 4]>>,
}

impl Observer for Order {
    fn spike(&mut self, core: usize, feature: usize, row: usize, column: usize) {
        self.spikes[core].push([self.step, feature, row, column]);
    }
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The events of each step: [feature, row, column].
fn events(vector: &Value) -> Vec<Vec<[usize; 3]>> {
    let all = vector["input_events_tcyx"].as_array().unwrap();
    let last = all
        .iter()
        .map(|event| count(&event[0]) + 1)
        .max()
        .unwrap_or(0);
    let steps = vector["n_steps"].as_u64().map_or(last, |n| n as usize);
    let mut steps = vec![Vec::new(); steps];
    for event in all {
        let [t, c, y, x] = [0, 1, 2, 3].map(|i| count(&event[i]));
        steps[t].push([c, y, x]);
    }
    steps
}

/// The chip of a vector.
fn chip_of(vector: &Value) -> &'static Chip {
    chip::lookup(vector["chip"].as_str().unwrap_or("speck2f")).unwrap()
}

/// The cores that the host's events go to.
fn entries(vector: &Value) -> Vec<usize> {
    let given = vector["entry_layers"].as_array();
    given.map_or(vec![0], |entries| entries.iter().map(count).collect())
}

/// Runs the chip's model; the potentials of each core as [feature][row][column] are asked of it.
fn run(vector: &Value, configuration: &Configuration, options: Options) -> (Model, Order) {
    let mut model = Model::new(configuration, chip_of(vector), options).unwrap();
    let mut order = Order {
        step: 0,
        spikes: vec![Vec::new(); 9],
    };
    let entries = entries(vector);
    for (step, events) in events(vector).iter().enumerate() {
        order.step = step;
        if model.leaks() {
            model.tick(&mut order);
        }
        for [c, y, x] in events {
            for entry in &entries {
                model.inject(*entry, *c, *y, *x, &mut order);
            }
        }
    }
    (model, order)
}

/// [feature][row][column], from a function of these.
fn map<T: Into<Value>>([f, y, x]: [usize; 3], at: impl Fn(usize, usize, usize) -> T) -> Value {
    let row = |f, y| (0..x).map(|x| at(f, y, x).into()).collect::<Vec<Value>>();
    let map = |f| (0..y).map(|y| row(f, y)).collect::<Vec<_>>();
    (0..f).map(map).collect::<Vec<_>>().into()
}

/// What differs from the event-driven reference.
fn check_events(vector: &Value, configuration: &Configuration) {
    let name = vector["name"].as_str().unwrap_or("a vector");
    let expected = &vector["event_driven_model"];
    let (model, order) = run(vector, configuration, Options::default());
    let cores = expected["counts_per_layer"].as_object().unwrap();
    assert!(!cores.is_empty());
    for (core, spikes) in cores {
        let index: usize = core.parse().unwrap();
        assert_eq!(
            model.work(index).spikes,
            spikes.as_u64().unwrap(),
            "{name}: core {core}"
        );
        assert_eq!(order.spikes[index].len(), count(spikes));
        let theirs = &expected["spike_order_tfyx"][core];
        assert!(
            theirs.is_null() || serde_json::to_value(&order.spikes[index]).unwrap() == *theirs,
            "{name}: order of spikes of core {core}"
        );
        let v = map(model.neurons(index), |f, y, x| model.v(index, f, y, x));
        let potentials = &expected["v_final_fyx"][core];
        assert!(
            potentials.is_null() || v == *potentials,
            "{name}: potentials of core {core}"
        );
        let work = model.work(index);
        if let Some(operations) = expected["synops"][core].as_u64() {
            assert_eq!(
                work.synaptic_operations + work.leak_operations,
                operations,
                "{name}: synaptic operations of core {core}"
            );
        }
    }
    // The reference counts with other orders too.
    let others = expected["counts_other_orders"].as_object();
    for (words, counts) in others.into_iter().flatten() {
        let ours = match words.as_str() {
            "fyx/depth" => "feature-row-column,depth-first",
            "fyx/breadth" => "feature-row-column,breadth-first",
            "yxf/depth" => "row-column-feature,depth-first",
            "yxf/breadth" => "row-column-feature,breadth-first",
            // The reference has orders of its own.
            _ => continue,
        };
        let (model, _) = run(vector, configuration, Options::parse(ours).unwrap());
        let ours: Vec<u64> = (cores.keys())
            .map(|core| model.work(core.parse().unwrap()).spikes)
            .collect();
        assert_eq!(
            serde_json::to_value(ours).unwrap(),
            *counts,
            "{name}: {words}"
        );
    }
}

/// Likewise from sinabs' own simulation.
fn check_steps(vector: &Value, configuration: &Configuration) {
    let name = vector["name"].as_str().unwrap_or("a vector");
    let expected = &vector["sinabs_discretised"];
    let mut stepped = Stepped::new(configuration, chip_of(vector)).unwrap();
    let cores: Vec<usize> = (expected["counts_per_layer"].as_object().unwrap().keys())
        .map(|core| core.parse().unwrap())
        .collect();
    let mut spikes = vec![Vec::new(); 9];
    for (step, events) in events(vector).iter().enumerate() {
        for [c, y, x] in events {
            for entry in entries(vector) {
                stepped.inject(entry, *c, *y, *x, 1);
            }
        }
        stepped.step();
        for core in &cores {
            let [features, rows, columns] = stepped.neurons(*core);
            for f in 0..features {
                for y in 0..rows {
                    for x in 0..columns {
                        let n = stepped.spikes(*core, f, y, x) as usize;
                        if n > 0 {
                            spikes[*core].push([step, f, y, x, n]);
                        }
                    }
                }
            }
        }
    }
    for core in cores {
        let key = core.to_string();
        let total: usize = spikes[core].iter().map(|s| s[4]).sum();
        assert_eq!(
            total,
            count(&expected["counts_per_layer"][&key]),
            "{name}: core {core}"
        );
        let theirs = &expected["spikes_tfyxn"][&key];
        if !theirs.is_null() {
            let mut theirs: Vec<[usize; 5]> = serde_json::from_value(theirs.clone()).unwrap();
            theirs.sort_unstable();
            assert!(spikes[core] == theirs, "{name}: spikes of core {core}");
        }
        let v = map(stepped.neurons(core), |f, y, x| stepped.v(core, f, y, x));
        let theirs = &expected["v_final_fyx"][&key];
        assert!(
            theirs.is_null() || v == flat_map(theirs, stepped.neurons(core)),
            "{name}: potentials of core {core}"
        );
    }
}

/// A linear layer's potentials may be given without their map of 1 x 1.
fn flat_map(v: &Value, [features, rows, columns]: [usize; 3]) -> Value {
    let flat = v[0].is_i64() && rows * columns == 1;
    if flat {
        map([features, rows, columns], |f, _, _| v[f].clone())
    } else {
        v.clone()
    }
}

/// A whole number of a vector.
fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// The configuration that a vector's `layers` describe, for one that comes without a file of it.
fn described(vector: &Value) -> Configuration {
    let mut configuration = Configuration::silent();
    for layer in vector["layers"].as_array().unwrap() {
        let shape = |name: &str| {
            let [features, y, x] = [0, 1, 2].map(|axis| number(&layer[name][axis]));
            let size = Pair::new(x, y);
            Shape { size, features }
        };
        let pair = |name: &str| Pair::new(number(&layer[name][1]), number(&layer[name][0]));
        let weights: Vec<Vec<Vec<Vec<i32>>>> =
            serde_json::from_value(layer["weight_fcyx"].clone()).unwrap();
        let (input, output) = (shape("in_shape_chw"), shape("out_shape_chw"));
        let [f, c, k] = [weights.len(), weights[0].len(), weights[0][0].len()];
        let [x, y] = [output.size.x, output.size.y].map(|n| n as usize);
        let mut core = Core {
            dimensions: Dimensions {
                padding: pair("padding_yx"),
                stride: pair("stride_yx"),
                kernel_size: k as i64,
                input,
                output,
            },
            weights: Tensor::zeros(&[f, c, k, k]),
            biases: Tensor::zeros(&[f]),
            neurons_initial_value: Tensor::zeros(&[f, x, y]),
            threshold_high: number(&layer["threshold_high"]),
            threshold_low: number(&layer["threshold_low"]),
            return_to_zero: layer["return_to_zero"].as_bool().unwrap(),
            ..Core::silent()
        };
        for (i, weight) in core.weights.values.iter_mut().enumerate() {
            *weight = weights[i / (c * k * k)][i / (k * k) % c][i % k][i / k % k];
        }
        if let Some(biases) = layer["bias"].as_array() {
            core.biases.values = biases.iter().map(|b| number(b) as i32).collect();
            core.leak_enable = core.biases.values.iter().any(|b| *b != 0);
        }
        let targets = layer["destinations"].as_array().unwrap();
        let targets = targets
            .iter()
            .map(number)
            .zip(layer["pool"].as_array().unwrap());
        for (destination, (target, pool)) in core.destinations.iter_mut().zip(targets) {
            // Below 0 is the host.
            if target >= 0 {
                *destination = Destination {
                    layer: target,
                    enable: true,
                    feature_shift: 0,
                    pooling: number(&pool[0]),
                };
            }
        }
        configuration.cores[count(&layer["core"])] = core;
    }
    configuration
}

/// Runs all vectors of a folder; how many there were.
fn walk(folder: &Path, check: impl Fn(&Value, &Configuration)) -> usize {
    let mut found = 0;
    for path in corpus::files(folder, "json") {
        let vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        if vector["input_events_tcyx"].is_null() {
            continue;
        }
        let named = vector["config_file"].as_str().map(|file| folder.join(file));
        let file = named.unwrap_or(path.with_extension("speck2f.json"));
        let configuration = if file.exists() {
            files::properties(&file)
        } else {
            described(&vector)
        };
        check(&vector, &configuration);
        found += 1;
    }
    found
}

/// Whichever of the two references a vector has.
fn both(vector: &Value, configuration: &Configuration) {
    let has = |name: &str| vector[name].is_object();
    assert!(has("event_driven_model") || has("sinabs_discretised"));
    if has("event_driven_model") {
        check_events(vector, configuration);
    }
    if has("sinabs_discretised") {
        check_steps(vector, configuration);
    }
}

/// What `layers` says is what the file says.
#[test]
fn a_vector_describes_its_configuration() {
    let same = |vector: &Value, configuration: &Configuration| {
        if vector["layers"].is_null() {
            return;
        }
        let mut theirs = configuration.clone();
        // What the host listens to is not described.
        theirs
            .cores
            .iter_mut()
            .for_each(|core| core.monitor_enable = false);
        let ours = described(vector);
        for (core, theirs) in theirs.cores.iter().enumerate() {
            assert!(
                ours.cores[core] == *theirs,
                "{}: core {core}",
                vector["name"]
            );
        }
    };
    assert!(walk(&corpus::workspace().join("tests/golden/speck"), same) >= 7);
}

#[test]
fn vectors_of_the_repository() {
    assert!(walk(&corpus::workspace().join("tests/golden/speck"), both) >= 7);
}

#[test]
fn vectors_of_the_corpus() {
    if let Some(folder) = corpus::outside("oracle/speck/golden") {
        assert!(walk(&folder, both) > 0);
    }
}
