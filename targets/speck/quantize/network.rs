//! The inputs, populations and outputs of a module of level `dt`.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    dt::{Op, PoolKind, Signal},
    finding::{Finding, Findings},
    ir::{ValueId, node_name},
};

use super::map::map_shape;

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An input of the model, by index.
    Input(usize),
    /// A population, by index.
    Population(usize),
}

/// An input of the model.
pub struct Input<'c> {
    /// The NIR node.
    pub name: String,
    /// The node as a location.
    pub location: Location<'c>,
    /// The shape of its signal.
    pub shape: Vec<usize>,
}

/// Neurons of one NIR node.
pub struct Population<'c> {
    /// The NIR node.
    pub name: String,
    /// The node as a location.
    pub location: Location<'c>,
    /// Channels, rows, columns.
    pub map: [usize; 3],
    /// The op.
    pub neuron: Op<'c>,
}

/// What leaves the model.
pub struct Output<'c> {
    /// The node as a location.
    pub location: Location<'c>,
    /// The population whose spikes leave.
    pub population: usize,
    /// Rows and columns that are summed first.
    pub pool: [usize; 2],
    /// The shape of the signal.
    pub shape: Vec<usize>,
}

/// Inputs, populations and outputs, in the order of the module.
pub struct Network<'c> {
    /// The inputs.
    pub inputs: Vec<Input<'c>>,
    /// The populations.
    pub populations: Vec<Population<'c>>,
    /// The outputs.
    pub outputs: Vec<Output<'c>>,
}

/// Where the values of a module come from.
pub struct Values {
    /// The op that makes a value, by index.
    pub makers: BTreeMap<ValueId, usize>,
    /// The values that carry events of a source.
    pub sources: BTreeMap<ValueId, Source>,
}

impl Network<'_> {
    /// The NIR node of a source.
    pub fn source_name(&self, source: Source) -> &str {
        match source {
            Source::Input(input) => &self.inputs[input].name,
            Source::Population(population) => &self.populations[population].name,
        }
    }
}

/// The shape of a value.
pub fn shape(value: Value<'_, '_>) -> Vec<usize> {
    Signal::of(value.r#type()).map_or_else(Vec::new, |signal| signal.shape)
}

/// Reads inputs, populations and outputs off the ops of a module.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    findings: &mut Findings,
) -> (Network<'c>, Values) {
    let mut network = Network {
        inputs: Vec::new(),
        populations: Vec::new(),
        outputs: Vec::new(),
    };
    let mut values = Values {
        makers: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    for (index, (operation, op)) in ops.iter().enumerate() {
        let Ok(result) = operation.result(0) else {
            continue;
        };
        let result = Value::from(result);
        let value = ValueId::from(result);
        values.makers.insert(value, index);
        let (name, location, shape) = (node_name(*operation), operation.location(), shape(result));
        match op {
            Op::Input {} => {
                let source = Source::Input(network.inputs.len());
                values.sources.insert(value, source);
                network.inputs.push(Input {
                    name,
                    location,
                    shape,
                });
            }
            Op::Neuron { .. } => {
                let source = Source::Population(network.populations.len());
                values.sources.insert(value, source);
                let map = map_shape(&shape).unwrap_or_else(|| {
                    findings.push(dimensions(&name, &shape));
                    [shape.iter().product(), 1, 1]
                });
                network.populations.push(Population {
                    name,
                    location,
                    map,
                    neuron: op.clone(),
                });
            }
            _ => {}
        }
    }
    for (operation, op) in ops {
        if matches!(op, Op::Output {}) {
            for operand in operation.operands() {
                match output(*operation, operand, ops, &values, &network) {
                    Some(output) => network.outputs.push(output),
                    None => findings.push(no_output(&node_name(*operation))),
                }
            }
        }
    }
    (network, values)
}

/// The finding for a signal that has no place on a map.
pub fn dimensions(node: &str, shape: &[usize]) -> Finding {
    Finding::error(
        "speck-dimensions",
        "a signal has one to three dimensions",
        format!("it has shape {shape:?}"),
    )
    .at(node)
    .why("a neuron's address is channel, row and column")
    .fix("flatten the layer")
}

fn no_output(node: &str) -> Finding {
    Finding::error(
        "speck-output",
        "every output takes the spikes of one population, as they are or pooled",
        "this output takes something else",
    )
    .at(node)
    .why("only spikes leave the chip")
    .fix("end the model with a layer of spiking neurons")
}

/// Follows an output back to the population that it takes; `None` if it takes none.
fn output<'c>(
    operation: OperationRef<'c, '_>,
    value: Value<'c, '_>,
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    values: &Values,
    network: &Network<'c>,
) -> Option<Output<'c>> {
    let mut output = Output {
        location: operation.location(),
        population: 0,
        pool: [1, 1],
        shape: shape(value),
    };
    let mut id = ValueId::from(value);
    // At most all ops are passed, unless they are a cycle.
    for _ in 0..=ops.len() {
        match values.sources.get(&id) {
            Some(Source::Population(population)) => {
                output.population = *population;
                // A reshape may have come before the pool.
                let [channels, rows, columns] = network.populations[*population].map;
                let pooled = [channels, rows / output.pool[0], columns / output.pool[1]];
                let fits =
                    pooled.iter().product::<usize>() == output.shape.iter().product::<usize>();
                return fits.then_some(output);
            }
            Some(Source::Input(_)) => return None,
            None => {}
        }
        let (operation, op) = &ops[*values.makers.get(&id)?];
        match op {
            Op::Reshape {} => {}
            Op::Pool {
                kind: PoolKind::Sum,
                kernel_size,
                stride,
                padding,
            } if kernel_size == stride
                && padding.iter().all(|p| *p == 0)
                && kernel_size.len() <= 2 =>
            {
                for (axis, side) in kernel_size.iter().rev().enumerate() {
                    output.pool[1 - axis] *= usize::try_from(*side).ok()?;
                }
            }
            _ => return None,
        }
        id = ValueId::from(operation.operand(0).ok()?);
    }
    None
}
