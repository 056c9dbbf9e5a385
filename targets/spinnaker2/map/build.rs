//! The ops of level `hw`.

use std::collections::BTreeMap;

use melior::ir::Location;
use ndarray::{Array2, ArrayD, IxDyn};
use nirc_dialects::{
    finding::Finding,
    hw::Op,
    ir::{Builder, DenseTensor, body, node_location},
    tensor::Tensor,
};
use nirc_passes::Lowering;

use super::{
    applications::Assigned,
    options::{self, Options},
    partition::Slice,
    place::Place,
};
use crate::spinnaker2::{
    application::Application,
    chip::System,
    network::{Population, Synapses},
    routing::{Chip, Table},
    rows::Rows,
};

type Ops<'c, 'a> = Builder<'c, 'a, ()>;

/// Appends the ops to the module, beside the old ones.
#[allow(clippy::too_many_arguments)]
pub fn build<'c>(
    system: &System,
    assigned: &Assigned<'c>,
    slices: &[Slice],
    places: &[Place],
    keys: &[u32],
    tables: &BTreeMap<Chip, Table>,
    options: &Options,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Ops<'c, '_> = Builder::new(lowering.context, block);
    let whole = Location::unknown(lowering.context);
    let mut emit =
        |op: &Op<'c>, location: Location<'c>| builder.emit(op, &[], &[], location).map(drop);
    emit(
        &Op::Chip {
            part: system.name.to_owned(),
        },
        whole,
    )?;
    let record = |records| match options::words(records).as_slice() {
        [] => "none".to_owned(),
        words => words.join(","),
    };
    emit(
        &Op::Run {
            ticks: options.ticks as i64,
            tick: i64::from(options.tick),
            record: record(options.record),
            record_hidden: record(options.record_hidden),
            over_allocated: options.over_allocated,
        },
        whole,
    )?;
    let network = &assigned.network;
    for (id, population) in network.populations.iter().enumerate() {
        let is_list = population.application == Application::SpikeList;
        let location = match id < assigned.first_relay {
            true => assigned.locations[id],
            false => node_location(lowering.context, &population.name),
        };
        let op = Op::Population {
            id: id as i64,
            application: population.application.word().to_owned(),
            count: population.count as i64,
            copies: population.copies as i64,
            reset: (!is_list).then(|| population.reset.word().to_owned()),
            parameters: parameters(population, lowering),
            scale: assigned.scales[id],
        };
        emit(&op, location)?;
    }
    for (projection, (location, error)) in network.projections.iter().zip(&assigned.projections) {
        let [source, target] = [projection.source, projection.target];
        let names = [source, target].map(|p| network.populations[p].name.as_str());
        let key = format!("hw.{}.{}", names[1], names[0]);
        let op = match &projection.synapses {
            Synapses::Rows(rows) => {
                let [first, neuron, weight] = tensors(&key, rows, lowering);
                Op::Rows {
                    source: source as i64,
                    target: target as i64,
                    first,
                    neuron,
                    weight,
                    delay: rows.synapses().first().map_or(0, |s| i64::from(s.delay)),
                    relative_error: *error,
                }
            }
            Synapses::Convolution(convolution) => {
                let weight = Tensor::from(convolution.weight.clone().into_dyn());
                let numbers = |values: &[usize]| values.iter().map(|v| *v as i64).collect();
                Op::Kernel {
                    source: source as i64,
                    target: target as i64,
                    weight: attribute(&format!("{key}.weight"), weight, lowering),
                    input: numbers(&convolution.input),
                    pool: numbers(&convolution.pool),
                    stride: numbers(&convolution.stride),
                    padding: numbers(&convolution.padding),
                    relative_error: *error,
                }
            }
        };
        emit(&op, *location)?;
    }
    for (location, population) in &assigned.outputs {
        let op = Op::Recorded {
            population: *population as i64,
        };
        emit(&op, *location)?;
    }
    for ((slice, (chip, core)), key) in slices.iter().zip(places).zip(keys) {
        let op = Op::Slice {
            population: slice.population as i64,
            first: slice.first as i64,
            count: slice.count as i64,
            chip: vec![i64::from(chip.x), i64::from(chip.y)],
            core: *core as i64,
            key: i64::from(*key),
            bytes: match network.populations[slice.population].application {
                Application::SpikeList => 0,
                _ => slice.counts.bytes() as i64,
            },
        };
        emit(&op, assigned.locations[slice.population])?;
    }
    for (chip, table) in tables {
        let keys = table.entries.iter();
        let keys: Vec<i64> = keys
            .flat_map(|e| [i64::from(e.keys.key), i64::from(e.keys.mask)])
            .collect();
        let routes = table.entries.iter();
        let routes: Vec<i64> = routes
            .flat_map(|e| e.route.words().map(|word| word as i64))
            .collect();
        let name = format!("hw.chip{}-{}", chip.x, chip.y);
        let entries = table.entries.len();
        let op = Op::RoutingTable {
            chip: vec![i64::from(chip.x), i64::from(chip.y)],
            keys: attribute(&format!("{name}.keys"), in_rows(keys, entries), lowering),
            routes: attribute(
                &format!("{name}.routes"),
                in_rows(routes, entries),
                lowering,
            ),
        };
        emit(&op, whole)?;
    }
    Ok(())
}

fn in_rows(values: Vec<i64>, rows: usize) -> Tensor {
    let columns = values.len() / rows.max(1);
    match ArrayD::from_shape_vec(IxDyn(&[rows, columns]), values.clone()) {
        Ok(array) => array.into(),
        Err(_) => values.into(),
    }
}

fn attribute<'c>(
    key: &str,
    tensor: Tensor,
    lowering: &mut Lowering<'c, '_, '_>,
) -> DenseTensor<'c> {
    lowering.tensors.attribute(lowering.context, key, tensor)
}

/// The parameters of a population [parameter, neuron], with one column if all neurons are equal.
fn parameters<'c>(
    population: &Population,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Option<DenseTensor<'c>> {
    if population.parameters.is_empty() {
        return None;
    }
    let columns = population
        .parameters
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(1);
    let shape = (population.parameters.len(), columns);
    let table = Array2::from_shape_fn(shape, |(parameter, neuron)| {
        let values = &population.parameters[parameter];
        *values.get(neuron).or(values.first()).unwrap_or(&0.0)
    });
    let key = format!("hw.{}.parameters", population.name);
    Some(attribute(&key, table.into_dyn().into(), lowering))
}

/// Where rows begin, their neurons, their weights.
fn tensors<'c>(
    key: &str,
    rows: &Rows,
    lowering: &mut Lowering<'c, '_, '_>,
) -> [DenseTensor<'c>; 3] {
    let mut first = vec![0i32];
    let ends = (0..rows.sources()).scan(0, |end, source| {
        *end += rows.row(source).len() as i32;
        Some(*end)
    });
    first.extend(ends);
    let neuron: Vec<i32> = rows.synapses().iter().map(|s| s.target as i32).collect();
    let weight: Vec<i8> = rows.synapses().iter().map(|s| s.weight as i8).collect();
    [
        attribute(&format!("{key}.first"), first.into(), lowering),
        attribute(&format!("{key}.neuron"), neuron.into(), lowering),
        attribute(&format!("{key}.weight"), weight.into(), lowering),
    ]
}
