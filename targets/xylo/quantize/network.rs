//! The network of a `dt` module as Xylo sees it: populations, and one weight table between two.

use melior::ir::Location;
use ndarray::Array2;
use nirc_dialects::{
    dt::Op,
    finding::{Finding, Findings},
};
pub use nirc_passes::connections::Source;
use nirc_passes::connections::{self, Matrix, product};

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
    /// Weights [target, source]; empty until [`Network::write_tables`], and after an error finding.
    pub weights: Array2<f64>,
    /// The NIR nodes that the weights come from.
    pub locations: Vec<Location<'c>>,
    matrix: Matrix,
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
    /// The network of what was read off a module. A delay before an output is an error finding.
    pub fn new(read: connections::Network<'c>, findings: &mut Findings) -> Self {
        let inputs = read.inputs.into_iter().map(|input| Input {
            count: product(&input.shape),
            name: input.name,
            location: input.location,
        });
        let populations = read.populations.into_iter().map(|population| Population {
            count: population.count(),
            name: population.name,
            location: population.location,
            neuron: population.neuron,
            is_readout: false,
            bias: population.bias,
        });
        let mut network = Self {
            inputs: inputs.collect(),
            populations: populations.collect(),
            connections: Vec::with_capacity(read.connections.len()),
            outputs: Vec::with_capacity(read.outputs.len()),
        };
        for connection in read.connections {
            network.connections.push(Connection {
                source: connection.source,
                target: connection.target,
                steps: connection.steps,
                weights: Array2::zeros((0, 0)),
                locations: connection.locations,
                matrix: connection.matrix,
            });
        }
        for output in read.outputs {
            network.populations[output.population].is_readout = true;
            network.outputs.push((output.location, output.population));
            if output.steps > 0 {
                findings.push(
                    Finding::error(
                        "xylo-output",
                        "spikes leave in the step in which they come",
                        format!(
                            "a delay of {} steps stands before this output",
                            output.steps
                        ),
                    )
                    .at(&output.name)
                    .why("the chip has no delay lines")
                    .fix("delay the spikes behind the chip"),
                );
            }
        }
        network
    }

    /// Writes the weight tables, which must not be too large.
    pub fn write_tables(&mut self) {
        for connection in &mut self.connections {
            let targets = self.populations[connection.target].count;
            let sources = match connection.source {
                Source::Input(input) => self.inputs[input].count,
                Source::Population(population) => self.populations[population].count,
            };
            let Some(columns) = connection.matrix.columns(targets, sources) else {
                continue;
            };
            connection.weights = Array2::zeros((targets, sources));
            for source in 0..columns.sources() {
                for (target, weight) in columns.column(source) {
                    connection.weights[[*target as usize, source]] = *weight;
                }
            }
        }
    }

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
