//! Files in Intel's own Lava (lava-nc 0.10.0, lava-dl 0.6.0), where `NIRC_LAVA_PYTHON` names an interpreter that
//! has them: spikes, u and v are those of the model.

use std::{collections::BTreeMap, fs, path::Path};

use nirc_targets::loihi2::{
    files::{self, Form},
    network::Network,
};
use serde_json::{Value, json};

use crate::{
    corpus,
    files::inputs,
    random::{Random, graph, sequence},
    vector::{Trace, run},
};

/// Steps of each run: what takes time in Lava is each element that is read back.
const STEPS: usize = 16;

/// [neuron][step] to [step][neuron].
fn by_step(values: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let steps = values.first().map_or(0, Vec::len);
    (0..steps)
        .map(|step| values.iter().map(|neuron| neuron[step]).collect())
        .collect()
}

fn write(folder: &Path, network: &Network, form: Form, random: &mut Random) -> Trace {
    let written = files::write_as(network, form).unwrap_or_else(|f| panic!("{f:?}"));
    fs::create_dir_all(folder).unwrap();
    for file in &written {
        fs::write(folder.join(&file.name), &file.content).unwrap();
    }
    let inputs = inputs(network, STEPS, random);
    let named: BTreeMap<&str, Value> = network
        .inputs
        .iter()
        .zip(&inputs)
        .map(|(input, (_, raster))| (input.node.as_str(), json!(raster)))
        .collect();
    let input = json!({ "states": true, "inputs": named });
    fs::write(folder.join("input.json"), input.to_string()).unwrap();
    run(&files::read(&written).unwrap(), &inputs)
}

#[test]
fn lava_runs_the_files_as_the_model_does() {
    let Some(python) = corpus::interpreter("NIRC_LAVA_PYTHON") else {
        return;
    };
    let root = corpus::scratch("loihi2_live");
    let mut runs = Vec::new();
    for seed in 0..4 {
        let mut random = Random::new(seed);
        for (form, network) in [
            (Form::Netx, sequence(&mut random)),
            (Form::Lava, graph(&mut random)),
        ] {
            let folder = root.join(format!("{form:?}{seed}"));
            let trace = write(&folder, &network, form, &mut random);
            runs.push((folder, network, trace));
        }
    }
    let folders: Vec<&str> = runs
        .iter()
        .map(|(folder, ..)| folder.to_str().unwrap())
        .collect();
    let Some(said) = corpus::script(&python, "loihi2_lava.py", &folders, "") else {
        return;
    };
    let mut spikes = 0;
    for (folder, network, trace) in &runs {
        let output = fs::read_to_string(folder.join("output.json"));
        let output = output.unwrap_or_else(|_| panic!("{}: no output; {said}", folder.display()));
        let output: Value = serde_json::from_str(&output).unwrap();
        for (index, population) in network.populations.iter().enumerate() {
            if population.neuron.is_none() {
                continue;
            }
            let given = &output[&population.name];
            for (key, own) in [("spikes", &trace.spikes), ("u", &trace.u), ("v", &trace.v)] {
                if key != "spikes" && population.lif().is_none() {
                    continue;
                }
                let own = json!(by_step(&own[index]));
                let place = format!("{}: {key} of {}", folder.display(), population.name);
                assert_eq!(given[key], own, "{place}");
            }
            spikes += trace.spikes[index]
                .iter()
                .flatten()
                .filter(|s| **s != 0)
                .count();
        }
    }
    println!(
        "{} networks in Lava: u, v and {spikes} spikes equal",
        runs.len()
    );
    assert!(spikes > 500, "{spikes}");
}
