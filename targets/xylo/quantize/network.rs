//! The network of a `dt` module as Xylo sees it: populations, and one weight table between two.

use std::collections::{BTreeMap, BTreeSet};

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::Array2;
use nirc_dialects::{
    dt::{Op, Signal},
    finding::Finding,
    ir::{DenseTensor, ValueId, node_name},
};
use nirc_passes::{Lowering, Parameter};

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
    /// The shape of the population.
    pub shape: Vec<usize>,
    /// The neuron op.
    pub neuron: Op<'c>,
    /// Whether an output of the network takes its spikes.
    pub is_readout: bool,
    /// What is added to the input of each neuron in each step.
    pub bias: Vec<f64>,
}

impl Population<'_> {
    /// The number of neurons.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// All weights from one source to one population, and their delay.
pub struct Connection<'c> {
    /// Where events come from.
    pub source: Source,
    /// The population that they go to, by index.
    pub target: usize,
    /// The delay of the program, in steps; the chip has its own.
    pub steps: usize,
    /// Weights [target, source].
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
    /// One connection for each source, target and delay.
    pub connections: Vec<Connection<'c>>,
    /// What each output takes, with its location: the index of a population.
    pub outputs: Vec<(Location<'c>, usize)>,
}

/// Reads the network off the ops of a module.
///
/// # Errors
///
/// The finding after which nothing more can be found out. Each op that the chip has no form for is
/// an error in the lowering's findings, once.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<Network<'c>, Finding> {
    let mut network = Network {
        inputs: Vec::new(),
        populations: Vec::new(),
        connections: Vec::new(),
        outputs: Vec::new(),
    };
    let mut makers = BTreeMap::new();
    let mut sources = BTreeMap::new();
    for (index, (operation, op)) in ops.iter().enumerate() {
        let Ok(result) = operation.result(0) else {
            continue;
        };
        let value = ValueId::from(Value::from(result));
        makers.insert(value, index);
        let shape = Signal::of(result.r#type())
            .map(|s| s.shape)
            .unwrap_or_default();
        match op {
            Op::Input {} => {
                sources.insert(value, Source::Input(network.inputs.len()));
                network.inputs.push(Input {
                    name: node_name(*operation),
                    location: operation.location(),
                    count: shape.iter().product(),
                });
            }
            Op::Neuron { .. } => {
                sources.insert(value, Source::Population(network.populations.len()));
                network.populations.push(Population {
                    name: node_name(*operation),
                    location: operation.location(),
                    bias: vec![0.0; shape.iter().product()],
                    shape,
                    neuron: op.clone(),
                    is_readout: false,
                });
            }
            _ => {}
        }
    }
    let mut walk = Walk {
        ops,
        makers,
        sources,
        lowering,
        refused: BTreeSet::new(),
    };
    let mut target = 0;
    for (operation, op) in ops {
        match op {
            Op::Neuron { .. } => {
                let count = network.populations[target].count();
                let mut reached = Reached {
                    connections: Vec::new(),
                    bias: vec![0.0; count],
                };
                for operand in operation.operands() {
                    walk.back(operand, &Path::new(count), &mut reached)?;
                }
                network.populations[target].bias = reached.bias;
                merge(target, reached.connections, &mut network.connections);
                target += 1;
            }
            Op::Output {} => {
                for operand in operation.operands() {
                    walk.output(*operation, operand, &mut network);
                }
            }
            _ => {}
        }
    }
    Ok(network)
}

/// Joins the paths from one source with one delay into one table.
fn merge<'c>(target: usize, reached: Vec<Connection<'c>>, into: &mut Vec<Connection<'c>>) {
    for mut connection in reached {
        connection.target = target;
        let known = into.iter_mut().find(|c| {
            (c.source, c.target, c.steps) == (connection.source, target, connection.steps)
        });
        match known {
            Some(known) => {
                known.weights += &connection.weights;
                known.locations.extend(connection.locations);
            }
            None => into.push(connection),
        }
    }
}

/// What a walk back from a neuron found.
struct Reached<'c> {
    connections: Vec<Connection<'c>>,
    bias: Vec<f64>,
}

/// The map from a value, seen on the way back from a neuron, to the neuron's input.
#[derive(Clone)]
struct Path<'c> {
    /// Factor of each target.
    factors: Parameter,
    /// The table [target, source], once one was passed.
    weights: Option<(DenseTensor<'c>, Array2<f64>)>,
    targets: usize,
    steps: usize,
    locations: Vec<Location<'c>>,
}

impl Path<'_> {
    fn new(targets: usize) -> Self {
        Self {
            factors: Parameter::uniform(1.0),
            weights: None,
            targets,
            steps: 0,
            locations: Vec::new(),
        }
    }
}

struct Walk<'c, 'a, 'm, 'o, 'l, 's> {
    ops: &'o [(OperationRef<'c, 'a>, Op<'c>)],
    makers: BTreeMap<ValueId, usize>,
    sources: BTreeMap<ValueId, Source>,
    lowering: &'l mut Lowering<'c, 'm, 's>,
    refused: BTreeSet<usize>,
}

impl<'c, 'a> Walk<'c, 'a, '_, '_, '_, '_> {
    /// Follows `value` back to its sources.
    fn back(
        &mut self,
        value: Value<'c, '_>,
        path: &Path<'c>,
        reached: &mut Reached<'c>,
    ) -> Result<(), Finding> {
        let id = ValueId::from(value);
        let Some(&index) = self.makers.get(&id) else {
            return Ok(());
        };
        let (operation, op) = &self.ops[index];
        if let Some(source) = self.sources.get(&id) {
            if Signal::of(value.r#type()).is_some_and(|s| s.spikes) {
                reached.connections.push(connection(*source, value, path));
            } else {
                self.refuse(
                    index,
                    "a value that is not spikes reaches a neuron",
                    "the chip's synapses carry spikes only",
                );
            }
            return Ok(());
        }
        let mut path = path.clone();
        match op {
            Op::Sum {} | Op::Reshape {} => {}
            Op::Register { steps } => {
                let steps = Parameter::read(self.lowering.tensors, *steps)?;
                match steps.shared() {
                    Some(steps) => path.steps += steps as usize,
                    None => self.refuse(
                        index,
                        "delays differ within a layer",
                        "the chip has no delay lines",
                    ),
                }
            }
            Op::Scale { scale } => {
                let scale = Parameter::read(self.lowering.tensors, *scale)?;
                match &mut path.weights {
                    None => path.factors = path.factors.zip(&scale, |a, b| a * b),
                    Some((_, weights)) => {
                        for (j, mut column) in weights.columns_mut().into_iter().enumerate() {
                            column *= scale.get(j);
                        }
                    }
                }
                path.locations.push(operation.location());
            }
            Op::Bias { bias } => {
                let bias = self.lowering.tensors.resolve(*bias)?.to_f64();
                add_bias(&bias, &path, reached);
            }
            Op::Linear { weight } => {
                if path.weights.is_some() {
                    self.refuse(
                        index,
                        "two linear maps follow each other",
                        "the chip has one weight table between two populations",
                    );
                    return Ok(());
                }
                match self.table(*weight, path.targets)? {
                    Some(table) => path.weights = Some((*weight, table)),
                    None => {
                        self.refuse(
                            index,
                            "its weight has a batch",
                            "the chip has one weight table between two populations",
                        );
                        return Ok(());
                    }
                }
                path.locations.push(operation.location());
            }
            Op::Convolution { .. } => self.refuse_map(index, "a convolution"),
            Op::Pool { .. } => self.refuse_map(index, "a pool"),
            Op::Input {} | Op::Output {} | Op::Neuron { .. } => {}
        }
        for operand in operation.operands() {
            self.back(operand, &path, reached)?;
        }
        Ok(())
    }

    fn table(
        &self,
        weight: DenseTensor<'c>,
        targets: usize,
    ) -> Result<Option<Array2<f64>>, Finding> {
        let tensor = self.lowering.tensors.resolve(weight)?;
        let [rows, columns] = *tensor.shape() else {
            return Ok(None);
        };
        if rows != targets {
            return Ok(None);
        }
        Ok(Array2::from_shape_vec((rows, columns), tensor.to_f64()).ok())
    }

    fn refuse_map(&mut self, index: usize, thing: &str) {
        let extent = |value: Option<Value<'_, '_>>| {
            value
                .and_then(|v| Signal::of(v.r#type()))
                .map_or(0, |s| s.shape.iter().product::<usize>())
        };
        let operation = self.ops[index].0;
        let (sources, targets) = (
            extent(operation.operand(0).ok()),
            extent(operation.result(0).ok().map(Into::into)),
        );
        self.refuse(
            index,
            &format!("it is {thing} from {sources} to {targets} elements"),
            "the chip has dense weight tables only, and few neurons",
        );
    }

    fn refuse(&mut self, index: usize, what: &str, why: &'static str) {
        if self.refused.insert(index) {
            self.lowering.findings.push(
                Finding::error("xylo-op", "every op has a form on the chip", what)
                    .at(node_name(self.ops[index].0))
                    .why(why)
                    .fix("train the model with fully connected layers between spiking neurons"),
            );
        }
    }

    /// Follows an output back to the population that it takes.
    fn output(
        &mut self,
        operation: OperationRef<'c, 'a>,
        value: Value<'c, '_>,
        network: &mut Network<'c>,
    ) {
        let mut id = ValueId::from(value);
        for _ in 0..=self.ops.len() {
            match (self.sources.get(&id), self.makers.get(&id)) {
                (Some(Source::Population(population)), _) => {
                    network.populations[*population].is_readout = true;
                    network.outputs.push((operation.location(), *population));
                    return;
                }
                (None, Some(&index)) if matches!(self.ops[index].1, Op::Reshape {}) => {
                    match self.ops[index].0.operand(0) {
                        Ok(operand) => id = ValueId::from(operand),
                        Err(_) => break,
                    }
                }
                _ => break,
            }
        }
        self.lowering.findings.push(
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
}

fn connection<'c>(source: Source, value: Value<'c, '_>, path: &Path<'c>) -> Connection<'c> {
    let mut weights = match &path.weights {
        Some((_, table)) => table.clone(),
        None => {
            let sources = Signal::of(value.r#type()).map_or(0, |s| s.shape.iter().product());
            Array2::from_shape_fn(
                (path.targets, sources),
                |(i, j)| if i == j { 1.0 } else { 0.0 },
            )
        }
    };
    for (i, mut row) in weights.rows_mut().into_iter().enumerate() {
        let factor = path.factors.get(i);
        if factor != 1.0 {
            row *= factor;
        }
    }
    Connection {
        source,
        target: 0,
        steps: path.steps,
        weights,
        locations: path.locations.clone(),
    }
}

/// A bias on the way adds, through what follows it, a constant to each target.
fn add_bias(bias: &[f64], path: &Path<'_>, reached: &mut Reached<'_>) {
    for (i, total) in reached.bias.iter_mut().enumerate() {
        let at = |j: usize, of: usize| bias[j * bias.len() / of.max(1)];
        let here = match &path.weights {
            None => at(i, path.targets),
            Some((_, table)) => {
                let row = table.row(i);
                row.iter()
                    .enumerate()
                    .map(|(j, w)| w * at(j, row.len()))
                    .sum()
            }
        };
        *total += here * path.factors.get(i);
    }
}
