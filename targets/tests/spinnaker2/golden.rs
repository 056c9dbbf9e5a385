//! The model against spikes that were recorded on a chip: every network of the folder.

use std::{collections::BTreeMap, fs, path::Path};

use ndarray::Array2;
use nirc_dialects::simulation::{Nodes, Record, Simulator};
use nirc_targets::spinnaker2::{
    application::{Application, Reset},
    model::Model,
    network::{Network, Population, Projection, Synapses},
    rows::Rows,
    word::Synapse,
};
use serde_json::Value;

use crate::corpus;

fn number(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

/// A parameter's values: one for all neurons, or one for each.
fn values(value: Option<&Value>) -> Vec<f32> {
    match value {
        Some(Value::Array(each)) => each.iter().map(number).collect(),
        Some(one) => vec![number(one)],
        None => vec![0.0],
    }
}

fn population(value: &Value) -> Population {
    let application = Application::from_word(value["model"].as_str().unwrap()).unwrap();
    let given = &value["params"];
    let reset = given["reset"].as_str().and_then(Reset::from_word);
    Population {
        name: value["name"].as_str().unwrap().to_owned(),
        count: value["size"].as_u64().unwrap() as usize,
        copies: 1,
        application,
        parameters: (application.row().parameters.iter())
            .map(|parameter| values(given.get(parameter.word())))
            .collect(),
        reset: reset.unwrap_or(Reset::BySubtraction),
    }
}

/// The network of a golden file, with its input.
fn read(net: &Value) -> (Network, Vec<Array2<f32>>) {
    let populations: Vec<Population> = net["pops"]
        .as_array()
        .unwrap()
        .iter()
        .map(population)
        .collect();
    let index = |name: &Value| {
        let name = name.as_str().unwrap();
        populations.iter().position(|p| p.name == name).unwrap()
    };
    let projections = net["proj"].as_array().unwrap().iter().map(|projection| {
        let source = index(&projection["pre"]);
        let connections = projection["conns"].as_array().unwrap().iter().map(|c| {
            let at = |i: usize| c[i].as_i64().unwrap();
            let synapse = Synapse {
                target: at(1) as u32,
                weight: at(2) as i16,
                delay: at(3) as u8,
            };
            (at(0) as u32, synapse)
        });
        let list: Vec<_> = connections.collect();
        Projection {
            source,
            target: index(&projection["post"]),
            synapses: Synapses::Rows(Rows::sorted(populations[source].count, &list)),
        }
    });
    let projections = projections.collect();
    let ticks = net["T"].as_u64().unwrap() as usize;
    let lists = net["pops"].as_array().unwrap().iter();
    let lists = lists.filter(|p| p["model"] == "spike_list");
    let inputs = lists.map(|list| {
        let mut input = Array2::zeros((ticks, list["size"].as_u64().unwrap() as usize));
        for (neuron, spikes) in list["spikes"].as_object().unwrap() {
            for tick in spikes.as_array().unwrap() {
                let tick = tick.as_u64().unwrap() as usize;
                if tick < ticks {
                    input[[tick, neuron.parse::<usize>().unwrap()]] = 1.0;
                }
            }
        }
        input
    });
    let inputs = inputs.collect();
    let network = Network {
        populations,
        projections,
        outputs: Vec::new(),
    };
    (network, inputs)
}

/// Spikes that differ from those recorded, over all populations of a file, and how many were recorded.
fn mismatches(path: &Path) -> (usize, usize) {
    let golden: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (network, inputs) = read(&golden["net"]);
    let views: Vec<_> = inputs.iter().map(|input| input.view()).collect();
    let record = Record {
        spikes: Nodes::All,
        ..Record::OUTPUTS
    };
    let run = Model::new(&network).run(&views, &record).unwrap();
    let expected: BTreeMap<String, Vec<[usize; 2]>> =
        serde_json::from_value(golden["expected"].clone()).unwrap();
    let (mut different, mut recorded) = (0, 0);
    for (name, spikes) in expected {
        let mut rest = run.spikes[&name].clone();
        recorded += spikes.len();
        for [neuron, tick] in spikes {
            rest[[tick, neuron]] -= 1.0;
        }
        different += rest.iter().filter(|x| **x != 0.0).count();
    }
    (different, recorded)
}

#[test]
fn recorded_networks_have_the_same_spikes() {
    let Some(folder) = corpus::outside("oracle/spinnaker2/golden") else {
        return;
    };
    let mut seen = 0;
    for path in corpus::files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("dnf") {
            let (different, recorded) = mismatches(&path);
            println!("{name}: {recorded} spikes, {different} mismatching bits");
            assert_eq!(different, 0, "{name}");
            assert!(recorded > 0, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 0, "no network in {}", folder.display());
}
