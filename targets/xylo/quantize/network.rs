//! The network of a `dt` module as Xylo sees it: populations, and one weight table between two.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::Array2;
use nirc_dialects::{
    dt::{Op, Signal},
    finding::{Finding, Findings},
    ir::{ValueId, node_name},
};

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The number of elements.
    pub count: usize,
}

/// A population of neurons.
pub struct Population<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The number of neurons.
    pub count: usize,
    /// The neuron op.
    pub neuron: Op<'c>,
    /// Whether an output of the network takes its spikes.
    pub is_readout: bool,
    /// What is added to the input of each neuron in each step; empty for zero.
    pub bias: Vec<f64>,
}

/// All weights from one source to one population, and their delay.
pub struct Connection<'c> {
    /// Where events come from.
    pub source: Source,
    /// The population that they go to, by index.
    pub target: usize,
    /// The delay of the program, in steps; the chip has its own.
    pub steps: usize,
    /// Weights [target, source]; empty after an error finding.
    pub weights: Array2<f64>,
    /// The NIR nodes that the weights come from.
    pub locations: Vec<Location<'c>>,
}

/// Populations, inputs and connections, in the order of the module.
pub struct Network<'c> {
    /// The inputs.
    pub inputs: Vec<Input<'c>>,
    /// The populations.
    pub populations: Vec<Population<'c>>,
    /// One connection for each target, source and delay, in this order.
    pub connections: Vec<Connection<'c>>,
    /// What each output takes, with its location: the index of a population.
    pub outputs: Vec<(Location<'c>, usize)>,
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
}

/// Where the values of a module come from.
pub struct Values {
    /// The op that makes a value, by index.
    pub makers: BTreeMap<ValueId, usize>,
    /// The values that carry events of a source.
    pub sources: BTreeMap<ValueId, Source>,
}

/// Reads inputs, populations and outputs off the ops of a module; connections are for
/// [`super::walk::connect`].
///
/// An output that takes something else than a population is an error finding.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
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
        match op {
            Op::Input {} => {
                let source = Source::Input(network.inputs.len());
                values.sources.insert(value, source);
                network.inputs.push(Input {
                    name: node_name(*operation),
                    location: operation.location(),
                    count: count(result),
                });
            }
            Op::Neuron { .. } => {
                let source = Source::Population(network.populations.len());
                values.sources.insert(value, source);
                network.populations.push(Population {
                    name: node_name(*operation),
                    location: operation.location(),
                    count: count(result),
                    neuron: op.clone(),
                    is_readout: false,
                    bias: Vec::new(),
                });
            }
            _ => {}
        }
    }
    for (operation, op) in ops {
        if matches!(op, Op::Output {}) {
            for operand in operation.operands() {
                output(*operation, operand, ops, &values, &mut network, findings);
            }
        }
    }
    (network, values)
}

/// The number of elements of a value.
pub fn count(value: Value<'_, '_>) -> usize {
    Signal::of(value.r#type()).map_or(0, |signal| {
        let extents = signal.shape.into_iter();
        extents.fold(1, usize::saturating_mul)
    })
}

/// Follows an output back to the population that it takes.
fn output<'c>(
    operation: OperationRef<'c, '_>,
    value: Value<'c, '_>,
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    values: &Values,
    network: &mut Network<'c>,
    findings: &mut Findings,
) {
    let mut id = ValueId::from(value);
    // At most all ops are passed, unless they are a cycle.
    for _ in 0..=ops.len() {
        match (values.sources.get(&id), values.makers.get(&id)) {
            (Some(Source::Population(population)), _) => {
                network.populations[*population].is_readout = true;
                network.outputs.push((operation.location(), *population));
                return;
            }
            (None, Some(&index)) if matches!(ops[index].1, Op::Reshape {}) => {
                match ops[index].0.operand(0) {
                    Ok(operand) => id = ValueId::from(operand),
                    Err(_) => break,
                }
            }
            _ => break,
        }
    }
    findings.push(
        Finding::error(
            "xylo-output",
            "every output takes the spikes of one population",
            "this output takes something else",
        )
        .at(node_name(operation))
        .why("only readout neurons leave the chip")
        .fix("end the model with a layer of spiking neurons"),
    );
}
