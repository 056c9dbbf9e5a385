//! Golden vectors: whatever lies in the two folders.

use std::{fs, path::Path};

use nirc_targets::speck::{
    chip::{self, Chip},
    configuration::Configuration,
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

/// Runs all vectors of a folder; how many there were.
fn walk(folder: &Path, check: impl Fn(&Value, &Configuration)) -> usize {
    let mut found = 0;
    for path in corpus::files(folder, "json") {
        let vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        if vector["input_events_tcyx"].is_null() {
            continue;
        }
        let named = vector["config_file"].as_str().map(|file| folder.join(file));
        let beside = path.with_extension("speck2f.json");
        check(&vector, &files::properties(&named.unwrap_or(beside)));
        found += 1;
    }
    found
}

fn both(vector: &Value, configuration: &Configuration) {
    check_events(vector, configuration);
    check_steps(vector, configuration);
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
