//! The network of a `dt` module: populations, and the linear maps between them.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    dt::{Op, Signal},
    finding::{Finding, Findings},
    ir::{ValueId, node_name},
};

use super::{Codes, map::Matrix};

/// Where spikes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An input, by index.
    Input(usize),
    /// A population, by index.
    Population(usize),
}

/// An input of the network.
pub struct Input<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The shape.
    pub shape: Vec<usize>,
}

/// A population of neurons.
pub struct Population<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The shape.
    pub shape: Vec<usize>,
    /// The neuron op.
    pub neuron: Op<'c>,
    /// What is added to the input of each neuron in each step; empty for zero.
    pub bias: Vec<f64>,
}

impl Population<'_> {
    /// The number of neurons.
    pub fn count(&self) -> usize {
        product(&self.shape)
    }
}

/// All weights from one source to one population, and their delay.
pub struct Connection<'c> {
    /// Where spikes come from.
    pub source: Source,
    /// The population that they go to, by index.
    pub target: usize,
    /// The delay of the program, in steps.
    pub steps: usize,
    /// The weights.
    pub matrix: Matrix,
    /// The NIR nodes that the weights come from.
    pub locations: Vec<Location<'c>>,
    /// The ops that they come from, by index.
    pub ops: Vec<usize>,
}

/// An output of the network.
pub struct Output<'c> {
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The name of the NIR node.
    pub name: String,
    /// The population that it takes.
    pub population: usize,
    /// The delay of the program, in steps.
    pub steps: usize,
    /// The shape.
    pub shape: Vec<usize>,
}

/// Populations, inputs and connections, in the order of the module.
pub struct Network<'c> {
    /// The inputs.
    pub inputs: Vec<Input<'c>>,
    /// The populations.
    pub populations: Vec<Population<'c>>,
    /// One connection for each target, source and delay, in this order.
    pub connections: Vec<Connection<'c>>,
    /// The outputs.
    pub outputs: Vec<Output<'c>>,
}

impl<'c> Network<'c> {
    /// The connections to a population.
    pub fn connections_to(&self, target: usize) -> &[Connection<'c>] {
        let first = self.connections.partition_point(|c| c.target < target);
        let end = self.connections.partition_point(|c| c.target <= target);
        self.connections.get(first..end).unwrap_or_default()
    }

    /// The NIR node of a source.
    pub fn source_name(&self, source: Source) -> &str {
        match source {
            Source::Input(input) => &self.inputs[input].name,
            Source::Population(population) => &self.populations[population].name,
        }
    }

    /// The shape of a source.
    pub fn source_shape(&self, source: Source) -> &[usize] {
        match source {
            Source::Input(input) => &self.inputs[input].shape,
            Source::Population(population) => &self.populations[population].shape,
        }
    }
}

/// Where the values of a module come from.
pub struct Values {
    /// The op that makes a value, by index.
    pub makers: BTreeMap<ValueId, usize>,
    /// The values that carry spikes of a source.
    pub sources: BTreeMap<ValueId, Source>,
}

/// Reads inputs, populations and outputs off the ops of a module; connections are for
/// [`super::walk::connect`].
///
/// An output that takes something else than a population is an error finding.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    codes: &Codes,
    findings: &mut Findings,
) -> (Network<'c>, Values) {
    let mut network = Network {
        inputs: Vec::new(),
        populations: Vec::new(),
        connections: Vec::new(),
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
        let (name, location) = (node_name(*operation), operation.location());
        match op {
            Op::Input {} => {
                let source = Source::Input(network.inputs.len());
                values.sources.insert(value, source);
                network.inputs.push(Input {
                    name,
                    location,
                    shape: shape(result),
                });
            }
            Op::Neuron { .. } => {
                let source = Source::Population(network.populations.len());
                values.sources.insert(value, source);
                network.populations.push(Population {
                    name,
                    location,
                    shape: shape(result),
                    neuron: op.clone(),
                    bias: Vec::new(),
                });
            }
            _ => {}
        }
    }
    for (operation, op) in ops {
        if matches!(op, Op::Output {}) {
            for operand in operation.operands() {
                output(
                    *operation,
                    operand,
                    ops,
                    &values,
                    &mut network,
                    codes,
                    findings,
                );
            }
        }
    }
    (network, values)
}

/// The extents of a value.
pub fn shape(value: Value<'_, '_>) -> Vec<usize> {
    Signal::of(value.r#type()).map_or_else(Vec::new, |signal| signal.shape)
}

/// The number of elements of a shape.
pub fn product(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n, extent| n.saturating_mul(*extent))
}

/// Follows an output back to the population that it takes.
fn output<'c>(
    operation: OperationRef<'c, '_>,
    value: Value<'c, '_>,
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    values: &Values,
    network: &mut Network<'c>,
    codes: &Codes,
    findings: &mut Findings,
) {
    let mut id = ValueId::from(value);
    let mut steps = 0usize;
    // At most all ops are passed, unless they are a cycle.
    for _ in 0..=ops.len() {
        let next = match (values.sources.get(&id), values.makers.get(&id)) {
            (Some(Source::Population(population)), _) => {
                network.outputs.push(Output {
                    location: operation.location(),
                    name: node_name(operation),
                    population: *population,
                    steps,
                    shape: shape(value),
                });
                return;
            }
            (None, Some(&index)) => match &ops[index].1 {
                Op::Reshape {} => Some((index, 0)),
                Op::Register { steps } => {
                    let steps = steps.splat().filter(|s| *s >= 0.0 && s.fract() == 0.0);
                    steps.map(|steps| (index, steps as usize))
                }
                _ => None,
            },
            _ => None,
        };
        let Some((index, later)) = next else { break };
        steps = steps.saturating_add(later);
        match ops[index].0.operand(0) {
            Ok(operand) => id = ValueId::from(operand),
            Err(_) => break,
        }
    }
    findings.push(
        Finding::error(
            codes.output,
            "every output takes one population",
            "this output takes something else",
        )
        .at(node_name(operation))
        .why("what leaves the chip are recorded spikes of neurons")
        .fix("end the model with a layer of spiking neurons"),
    );
}
