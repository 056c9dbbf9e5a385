//! The network as JSON, in the words of py-spinnaker2.

use serde_json::{Map, Value, json};

use crate::spinnaker2::{
    application::{Application, Parameter},
    chip::System,
    convolution::Convolution,
    map::options::words,
    network::{Population, Synapses},
    placed::Placed,
    rows::Rows,
};

/// What the file is.
pub const FORMAT: &str = "nirc-spinnaker2-network-1";

/// The network file.
pub fn network(system: &System, placed: &Placed) -> String {
    let network = &placed.network;
    let populations = network.populations.iter().enumerate();
    let populations: Vec<Value> = populations
        .map(|(index, population)| {
            let mut entry = Map::new();
            entry.insert("name".into(), json!(population.name));
            entry.insert("size".into(), json!(population.count));
            entry.insert("model".into(), json!(population.application.word()));
            if population.application == Application::SpikeList {
                entry.insert("copies".into(), json!(population.copies));
            } else {
                entry.insert("params".into(), parameters(population));
                entry.insert("record".into(), json!(words(placed.records(index))));
            }
            entry.insert("max_atoms_per_core".into(), json!(placed.atoms(index)));
            entry.into()
        })
        .collect();
    let projections = network
        .projections
        .iter()
        .zip(&placed.errors)
        .zip(&placed.nodes);
    let projections: Vec<Value> = projections
        .map(|((projection, error), node)| {
            let name = |p: usize| network.populations[p].name.as_str();
            let mut entry = Map::new();
            entry.insert("pre".into(), json!(name(projection.source)));
            entry.insert("post".into(), json!(name(projection.target)));
            entry.insert("node".into(), json!(node));
            entry.insert("relative_weight_error".into(), json!(error));
            match &projection.synapses {
                Synapses::Rows(rows) => {
                    entry.insert("connections".into(), connections(rows));
                }
                Synapses::Convolution(convolution) => {
                    entry.insert("weights".into(), kernels(convolution));
                    entry.insert("conv_params".into(), convolution_parameters(convolution));
                }
            }
            entry.into()
        })
        .collect();
    let outputs = network.outputs.iter();
    let outputs: Vec<Value> = outputs
        .map(|(name, p)| json!({ "name": name, "population": network.populations[*p].name }))
        .collect();
    let file = json!({
        "format": FORMAT,
        "nirc": env!("CARGO_PKG_VERSION"),
        "system": system.name,
        "step_seconds": placed.step,
        "ticks": placed.run.ticks,
        "sys_tick_in_s": f64::from(placed.run.tick) * 1e-6,
        "populations": populations,
        "projections": projections,
        "outputs": outputs,
    });
    super::numbers::text(&file)
}

/// Parameters as py-spinnaker2 takes them: a number for all neurons, or a list.
fn parameters(population: &Population) -> Value {
    let mut parameters = Map::new();
    let row = population.application.row();
    for (parameter, values) in row.parameters.iter().zip(&population.parameters) {
        let value = match (parameter, values.as_slice()) {
            (Parameter::Refractory, [ticks]) => json!(*ticks as i64),
            (_, [one]) => json!(f64::from(*one)),
            (_, each) => json!(each.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()),
        };
        parameters.insert(parameter.word().into(), value);
    }
    parameters.insert("reset".into(), json!(population.reset.word()));
    parameters.into()
}

/// [source, target, weight, delay] of every synapse.
fn connections(rows: &Rows) -> Value {
    let of = |source: usize| {
        let row = rows.row(source).iter();
        row.map(move |s| {
            Value::from(vec![
                source as i64,
                i64::from(s.target),
                i64::from(s.weight),
                i64::from(s.delay),
            ])
        })
    };
    (0..rows.sources()).flat_map(of).collect()
}

/// Weights [input channel][output channel][row][column].
fn kernels(convolution: &Convolution) -> Value {
    let of_row = |row: ndarray::ArrayView1<'_, i8>| Value::from(row.to_vec());
    let outer = convolution.weight.outer_iter().map(|inputs| {
        let outputs = inputs.outer_iter().map(|kernel| {
            let rows = kernel.outer_iter().map(of_row).collect::<Vec<_>>();
            Value::from(rows)
        });
        Value::from(outputs.collect::<Vec<_>>())
    });
    Value::from(outer.collect::<Vec<_>>())
}

fn convolution_parameters(convolution: &Convolution) -> Value {
    let [top, bottom, left, right] = convolution.padding;
    json!({
        "in_height": convolution.input[0],
        "in_width": convolution.input[1],
        "stride_x": convolution.stride[0],
        "stride_y": convolution.stride[1],
        "pool_x": convolution.pool[0],
        "pool_y": convolution.pool[1],
        "pad_top": top,
        "pad_bottom": bottom,
        "pad_left": left,
        "pad_right": right,
    })
}
