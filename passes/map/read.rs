//! From a module of level `dt` to the network that is mapped. The one file of the engine that knows MLIR.

use std::{collections::BTreeMap, sync::Arc};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    dt::{Op, Signal},
    finding::{Finding, Findings},
    ir::{self, DialectOp, Program, ValueId, node_name},
    tensor::{SharedArray, Tensor},
    with_elements,
};

use super::{
    network::{Network, Population, Projection},
    structure::{Sparse, Structure, Taps},
    tile::{Extent, volume},
};

/// How a module is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadOptions {
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Spikes of a neuron in a step.
    pub rate: f64,
    /// Below this part of weights that are not 0, a matrix is a list of synapses.
    pub dense_from: f64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            weight_bits: 8,
            rate: 1.0,
            dense_from: 0.5,
        }
    }
}

/// The network of a module: a population for each neuron op and each input; pools, scales, biases, delays and
/// reshapes are folded into the projections between them.
///
/// # Errors
///
/// Each op that is none of level `dt`, and each projection that is too large to write out.
pub fn read(program: &Program<'_>, options: &ReadOptions) -> Result<(Network, Findings), Findings> {
    let module = program.module.as_operation();
    let mut reader = Reader {
        program,
        options,
        makers: BTreeMap::new(),
        populations: BTreeMap::new(),
        network: Network::default(),
        findings: Findings::new(),
    };
    let mut ops = Vec::new();
    for operation in ir::operations(module) {
        match Op::read(operation) {
            Ok(op) => ops.push((operation, op)),
            Err(finding) => reader.findings.push(finding),
        }
    }
    if reader.findings.has_errors() {
        return Err(reader.findings);
    }
    for (operation, op) in &ops {
        let Ok(result) = operation.result(0) else {
            continue;
        };
        let value: Value = result.into();
        reader.makers.insert(ValueId::from(value), *operation);
        let placed = match op {
            Op::Neuron { .. } => true,
            Op::Input {} => false,
            _ => continue,
        };
        let index = reader.network.populations.len();
        reader.populations.insert(ValueId::from(value), index);
        let mut population = Population::new(node_name(*operation), extent(value));
        population.placed = placed;
        population.rate = super::network::Rate::Uniform(options.rate);
        reader.network.populations.push(population);
    }
    let mut target = 0;
    for (operation, op) in &ops {
        match op {
            Op::Neuron { .. } => {
                if let Ok(input) = operation.operand(0) {
                    // Inputs come into the list in the order of the ops as well.
                    while !reader.network.populations[target].placed {
                        target += 1;
                    }
                    let to = (target, reader.network.populations[target].extent);
                    reader.follow(input, None, to, &mut Vec::new());
                    target += 1;
                }
            }
            Op::Output {} => {
                if let Ok(input) = operation.operand(0) {
                    reader.check_output(*operation, input);
                }
            }
            _ => {}
        }
    }
    if reader.findings.has_errors() {
        return Err(reader.findings);
    }
    let (network, findings) = (in_order(reader.network), reader.findings);
    network.check()?;
    Ok((network, findings))
}

/// Puts populations in the order of the signal: each behind those that feed it, as far as cycles allow.
fn in_order(network: Network) -> Network {
    let count = network.populations.len();
    let mut feeds = vec![Vec::new(); count];
    for projection in &network.projections {
        feeds[projection.target].push(projection.source);
    }
    let mut order = Vec::with_capacity(count);
    let mut begun = vec![false; count];
    for root in 0..count {
        // Depth first: (population, sources that were followed).
        let mut stack = vec![(root, 0)];
        if std::mem::replace(&mut begun[root], true) {
            continue;
        }
        while let Some((population, at)) = stack.pop() {
            match feeds[population].get(at) {
                Some(&source) => {
                    stack.push((population, at + 1));
                    if !std::mem::replace(&mut begun[source], true) {
                        stack.push((source, 0));
                    }
                }
                None => order.push(population),
            }
        }
    }
    let mut place = vec![0; count];
    for (at, &population) in order.iter().enumerate() {
        place[population] = at;
    }
    let mut projections = network.projections;
    for projection in &mut projections {
        projection.source = place[projection.source];
        projection.target = place[projection.target];
    }
    projections.sort_by_key(|p| (p.target, p.source));
    let populations = order.into_iter().map(|i| network.populations[i].clone());
    Network::new(populations.collect(), projections)
}

struct Reader<'r, 'c, 'a> {
    program: &'r Program<'c>,
    options: &'r ReadOptions,
    makers: BTreeMap<ValueId, OperationRef<'c, 'a>>,
    populations: BTreeMap<ValueId, usize>,
    network: Network,
    findings: Findings,
}

/// What lies between a value and the population that is being followed back: connections, and the extent
/// in which they read the value.
type Way = Option<(Structure, Extent)>;

impl<'c, 'a> Reader<'_, 'c, 'a> {
    /// Goes back from `value` to every population that feeds it; `names` are the ops on the way.
    fn follow(
        &mut self,
        value: Value<'c, 'a>,
        way: Way,
        to: (usize, Extent),
        names: &mut Vec<String>,
    ) {
        let id = ValueId::from(value);
        if let Some(&source) = self.populations.get(&id) {
            self.connect(source, way, to, names);
            return;
        }
        let Some(&operation) = self.makers.get(&id) else {
            return;
        };
        let name = node_name(operation);
        // A chain of ops is no longer than the ops there are, unless it goes in circles.
        if names.len() > self.makers.len() {
            self.findings.push(
                Finding::error(
                    "map-read",
                    "every cycle passes a neuron",
                    "a signal feeds itself without a neuron between",
                )
                .at(name),
            );
            return;
        }
        let op = match Op::read(operation) {
            Ok(op) => op,
            Err(finding) => return self.findings.push(finding),
        };
        let operands: Vec<Value<'c, 'a>> = operation.operands().collect();
        let way = match op {
            Op::Sum {} | Op::Scale { .. } | Op::Bias { .. } | Op::Register { .. } => way,
            Op::Reshape {} => {
                // The same numbers in another extent; whoever reads them next says in which.
                way.or_else(|| {
                    let read = extent(value);
                    Some((Structure::one_to_one(read), read))
                })
            }
            _ => {
                let Some(first) = operands.first() else {
                    return;
                };
                let (from, middle) = (extent(*first), extent(value));
                let own = match self.structure(operation, &op, from, middle) {
                    Ok(own) => own,
                    Err(finding) => return self.findings.push(finding.at(name)),
                };
                let joined = match &way {
                    None => Some(own),
                    Some((way, read)) => way.after(&own, from, *read, to.1),
                };
                match joined {
                    Some(joined) => Some((joined, from)),
                    None => return self.too_large(&name),
                }
            }
        };
        names.push(name);
        for operand in operands {
            self.follow(operand, way.clone(), to, names);
        }
        names.pop();
    }

    /// A projection from a population to the one that was followed back.
    fn connect(&mut self, source: usize, way: Way, to: (usize, Extent), names: &[String]) {
        let from = self.network.populations[source].extent;
        let own = Structure::one_to_one(from);
        let structure = match way {
            None if from == to.1 => Some(own),
            None => Structure::one_to_one(to.1).after(&own, from, to.1, to.1),
            Some((way, read)) if read == from => Some(way),
            Some((way, read)) => way.after(&own, from, read, to.1),
        };
        let mut parts: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        parts.dedup();
        let name = match parts.as_slice() {
            [] => self.network.populations[source].name.clone(),
            parts => parts.join("+"),
        };
        match structure {
            Some(structure) => {
                let bits = self.options.weight_bits;
                let projection = Projection::new(name, source, to.0, structure, bits);
                self.network.projections.push(projection);
            }
            None => self.too_large(&name),
        }
    }

    fn too_large(&mut self, name: &str) {
        self.findings.push(
            Finding::error(
                "map-read",
                "connections that are no product of axes can be written out",
                "the ops before and after a reshape make more than 2^28 connections",
            )
            .at(name),
        );
    }

    /// Connections of one op.
    fn structure(
        &self,
        operation: OperationRef<'c, 'a>,
        op: &Op<'_>,
        from: Extent,
        to: Extent,
    ) -> Result<Structure, Finding> {
        let misfit = || {
            Finding::error(
                "map-read",
                "an op of level dt has the attributes of its kind",
                format!("from {from:?} to {to:?}"),
            )
        };
        match op {
            Op::Linear { weight } => {
                let weight = self.program.tensors.resolve(*weight)?;
                self.linear(&weight, from, to).ok_or_else(misfit)
            }
            Op::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let shape = weight.shape();
                let kernel: Vec<u32> = shape.iter().skip(2).map(|&k| k as u32).collect();
                let [rows, columns] = taps(&kernel, stride, padding, dilation);
                let groups = u32::try_from(*groups).unwrap_or(0);
                Structure::convolution(from, to, groups, rows, columns).ok_or_else(misfit)
            }
            Op::Pool {
                kernel_size,
                stride,
                padding,
                ..
            } => {
                let kernel: Vec<u32> = kernel_size.iter().map(|&k| k.max(0) as u32).collect();
                let [rows, columns] = taps(&kernel, stride, padding, &[1, 1]);
                Ok(Structure::pool(from, to, rows, columns))
            }
            _ => Err(Finding::error(
                "map-read",
                "a signal comes from an input or a neuron",
                format!("`{}` makes one", node_name(operation)),
            )),
        }
    }

    /// A matrix for each row of leading dimensions: [..., outputs, inputs].
    fn linear(&self, weight: &Tensor, from: Extent, to: Extent) -> Option<Structure> {
        let shape = weight.shape();
        let (inputs, outputs) = (*shape.last()?, *shape.get(shape.len().checked_sub(2)?)?);
        let matrices = weight.len() / (inputs * outputs).max(1);
        let present = with_elements!(weight, a => present(a));
        if (present.len() as f64) < self.options.dense_from * weight.len() as f64 {
            let pair = |index: usize| {
                let matrix = index / (inputs * outputs);
                let (row, column) = (index / inputs % outputs, index % inputs);
                (
                    (matrix * inputs + column) as u32,
                    (matrix * outputs + row) as u32,
                )
            };
            let pairs = present.into_iter().map(pair).collect();
            let sparse = Sparse::from_pairs(pairs, volume(from) as u32, volume(to) as u32)?;
            return Some(Structure::Sparse(Arc::new(sparse)));
        }
        if matrices == 1 {
            return Some(Structure::dense(from, to));
        }
        // Leading dimensions are channels and rows, the matrices' own the columns.
        let axis = |i: usize| match i {
            2 => super::axis::Axis::all(to[i], from[i]),
            _ => super::axis::Axis::identity(from[i]),
        };
        Some(Structure::Separable([axis(0), axis(1), axis(2)]))
    }

    fn check_output(&mut self, operation: OperationRef<'c, 'a>, input: Value<'c, 'a>) {
        let mut value = input;
        while !self.populations.contains_key(&ValueId::from(value)) {
            let Some(&maker) = self.makers.get(&ValueId::from(value)) else {
                return;
            };
            let plain = matches!(Op::read(maker), Ok(Op::Reshape {} | Op::Register { .. }));
            match maker.operand(0) {
                Ok(operand) if plain => value = operand,
                _ => {
                    self.findings.push(
                        Finding::warning(
                            "map-output",
                            "what leaves a network comes from neurons",
                            format!("`{}` makes it", node_name(maker)),
                        )
                        .at(node_name(operation))
                        .why("connections into an output stand on no core; they are left out of the map")
                        .fix("end the network with neurons, e.g. leaky integrators"),
                    );
                    return;
                }
            }
        }
    }
}

/// The places of the elements that are not 0.
fn present<T: Copy + Default + PartialEq<T>>(array: &SharedArray<T>) -> Vec<usize> {
    let elements = array.iter().enumerate();
    let present = elements.filter(|(_, x)| **x != T::default());
    present.map(|(index, _)| index).collect()
}

/// Taps along rows and columns from attributes that have one entry for each dimension.
fn taps(kernel: &[u32], stride: &[i64], padding: &[i64], dilation: &[i64]) -> [Taps; 2] {
    let at = |dimension: usize| Taps {
        kernel: kernel.get(dimension).copied().unwrap_or(1),
        stride: stride.get(dimension).map_or(1, |&s| s.max(1) as u32),
        // Before and after, for each dimension.
        padding: padding.get(2 * dimension).map_or(0, |&p| p.max(0) as u32),
        dilation: dilation.get(dimension).map_or(1, |&d| d.max(1) as u32),
    };
    match kernel.len() {
        1 => [Taps::NONE, at(0)],
        _ => [at(0), at(1)],
    }
}

/// Channels, rows and columns of a value: of one dimension, all are channels; of two, there are no rows; of
/// more than three, the first ones are channels together.
pub(super) fn extent_of(shape: &[usize]) -> Extent {
    let n = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
    match shape {
        [] => [1, 1, 1],
        [c] => [n(*c), 1, 1],
        [c, w] => [n(*c), 1, n(*w)],
        [channels @ .., h, w] => [n(channels.iter().product()), n(*h), n(*w)],
    }
}

fn extent(value: Value<'_, '_>) -> Extent {
    let signal = Signal::of(value.r#type());
    extent_of(&signal.map(|s| s.shape).unwrap_or_default())
}
