//! The way back from a population to its sources: which linear map, bias and delay the ops between
//! amount to.
//!
//! Ops are passed in the reverse of the order in which they run, and each once: what several paths
//! from an op lead to is summed before it goes on. Linear maps that follow each other become one,
//! which is exact.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Codes,
    columns::Columns,
    kernel::Kernel,
    map::{MOST_WEIGHTS, Map, Maps, Matrix},
    network::{Connection, Network, Source, Values, product, shape},
};
use crate::{Lowering, Parameter};
use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    dt::{Op, PoolKind, Reads, Signal},
    finding::Finding,
    ir::{DenseTensor, ValueId, node_name},
    tensor::Tensor,
};

/// More delays than these between two populations are not told apart.
const MOST_DELAYS: usize = 64;
/// How many nodes a message lists.
const LISTED: usize = 5;

/// Adds the connections and biases of all populations to `network`. Each op that the chip has no form
/// for is an error in the lowering's findings, once.
pub fn connect<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    values: &Values,
    network: &mut Network<'c>,
    codes: &Codes,
    lowering: &mut Lowering<'c, '_, '_>,
) {
    let mut walk = Walk {
        ops,
        values,
        codes,
        lowering,
        refused: BTreeSet::new(),
    };
    let neurons = ops.iter().filter(|(_, op)| matches!(op, Op::Neuron { .. }));
    for (target, (operation, _)) in neurons.enumerate() {
        let count = network.populations[target].count();
        let (reached, bias) = walk.back(*operation, count);
        network.populations[target].bias = bias;
        for ((source, steps), map) in reached {
            network.connections.push(Connection {
                source,
                target,
                steps,
                matrix: map.matrix,
                locations: map.ops.iter().map(|op| ops[*op].0.location()).collect(),
                ops: map.ops.into_iter().collect(),
            });
        }
    }
}

/// The maps from each source to a population by delay.
type Reached = BTreeMap<(Source, usize), Map>;

struct Walk<'c, 'a, 'm, 'o, 'l, 's> {
    ops: &'o [(OperationRef<'c, 'a>, Op<'c>)],
    values: &'o Values,
    codes: &'o Codes,
    lowering: &'l mut Lowering<'c, 'm, 's>,
    refused: BTreeSet<usize>,
}

impl<'c, 'a> Walk<'c, 'a, '_, '_, '_, '_> {
    /// What a neuron op with `count` neurons takes: maps from sources, and bias.
    fn back(&mut self, neuron: OperationRef<'c, 'a>, count: usize) -> (Reached, Vec<f64>) {
        let mut waits = self.uses(neuron);
        let mut maps: BTreeMap<usize, Maps> = BTreeMap::new();
        let mut reached = Reached::new();
        let mut bias = Vec::new();
        let mut ready = VecDeque::new();
        let mut next = Some((neuron, Maps::from([(0, Map::identity())])));
        while let Some((operation, mut map)) = next {
            let operands: Vec<_> = operation.operands().collect();
            let mut left = operands.len();
            for operand in operands {
                left -= 1;
                let map = match left {
                    0 => std::mem::take(&mut map),
                    _ => map.clone(),
                };
                let Some(index) = self.arrive(operand, map, count, &mut maps, &mut reached) else {
                    continue;
                };
                if let Some(uses) = waits.get_mut(&index) {
                    *uses -= 1;
                    if *uses == 0 {
                        ready.push_back(index);
                    }
                }
            }
            next = ready.pop_front().map(|index| {
                waits.remove(&index);
                let map = maps.remove(&index).unwrap_or_default();
                (self.ops[index].0, self.pass(index, map, count, &mut bias))
            });
        }
        self.refuse_cycle(&waits);
        (reached, bias)
    }

    /// How often each op between `neuron` and its sources is used on the way to it.
    fn uses(&self, neuron: OperationRef<'c, 'a>) -> BTreeMap<usize, usize> {
        let mut uses = BTreeMap::new();
        let mut next: Vec<ValueId> = neuron.operands().map(ValueId::from).collect();
        while let Some(id) = next.pop() {
            if self.values.sources.contains_key(&id) {
                continue;
            }
            let Some(&index) = self.values.makers.get(&id) else {
                continue;
            };
            let count = uses.entry(index).or_insert(0);
            *count += 1;
            if *count == 1 {
                next.extend(self.ops[index].0.operands().map(ValueId::from));
            }
        }
        uses
    }

    /// Takes the maps of one use of `value`. Returns the op that made it if it is not a source.
    fn arrive(
        &mut self,
        value: Value<'c, '_>,
        map: Maps,
        targets: usize,
        maps: &mut BTreeMap<usize, Maps>,
        reached: &mut Reached,
    ) -> Option<usize> {
        let id = ValueId::from(value);
        let index = *self.values.makers.get(&id)?;
        let Some(source) = self.values.sources.get(&id) else {
            let known = maps.entry(index).or_default();
            for (steps, map) in map {
                Map::add(known.entry(steps), map, targets);
            }
            return Some(index);
        };
        if !Signal::of(value.r#type()).is_some_and(|s| s.spikes) {
            self.refuse(
                index,
                "a value that is not spikes reaches a neuron",
                "what reaches a neuron of the chip are spikes, which carry no number",
                "let the layer spike, or give the model spikes as input",
            );
            return None;
        }
        // Spikes of the potential before are those of this step, a step later.
        let later = match self.ops[index].1 {
            Op::Neuron {
                comparison_reads, ..
            } => usize::from(comparison_reads == Reads::Previous),
            _ => 0,
        };
        for (steps, map) in map {
            let steps = steps.saturating_add(later);
            match reached.remove(&(*source, steps)) {
                None => drop(reached.insert((*source, steps), map)),
                Some(mut known) => {
                    known.merge(map, targets);
                    reached.insert((*source, steps), known);
                }
            }
        }
        None
    }

    /// The maps of what an op takes, from the maps of what it gives.
    fn pass(&mut self, index: usize, mut maps: Maps, targets: usize, bias: &mut Vec<f64>) -> Maps {
        let known = maps.values().filter(|map| !map.matrix.is_unknown()).count();
        let (operation, op) = &self.ops[index];
        let result = operation
            .result(0)
            .map_or_else(|_| Vec::new(), |r| shape(r.into()));
        let taken = operation.operand(0).map_or_else(|_| Vec::new(), shape);
        match op {
            Op::Input {} | Op::Output {} | Op::Neuron { .. } | Op::Sum {} | Op::Reshape {} => {}
            Op::Register { steps } => {
                if let Some(steps) = self.parameter(index, *steps) {
                    maps = self.delay(index, maps, &steps, targets, product(&result));
                }
            }
            Op::Scale { scale } => {
                if let Some(scale) = self.parameter(index, *scale) {
                    for map in maps.values_mut() {
                        map.matrix.scale(&scale);
                        map.ops.insert(index);
                    }
                }
            }
            Op::Bias { bias: own } => {
                if let Some(own) = self.parameter(index, *own) {
                    bias.resize(targets, 0.0);
                    for map in maps.values() {
                        map.matrix.add_bias(&own, product(&result), bias);
                    }
                }
            }
            Op::Linear { weight } => {
                if let Some(columns) = self.linear(index, *weight) {
                    for map in maps.values_mut() {
                        map.ops.insert(index);
                        map.matrix.follow(columns.clone(), targets);
                    }
                } else {
                    unknown(&mut maps);
                }
            }
            Op::Convolution { .. } | Op::Pool { .. } => {
                for map in maps.values_mut() {
                    map.ops.insert(index);
                    self.convolve(index, &mut map.matrix, &taken, &result, targets);
                }
            }
        }
        let left = maps.values().filter(|map| !map.matrix.is_unknown()).count();
        if left < known && !self.refused.contains(&index) {
            self.refuse(
                index,
                &format!("the linear map that it is part of has more than {MOST_WEIGHTS} weights"),
                "each is a synapse of its own, since it is no single convolution",
                "put neurons between the layers, or make them smaller",
            );
        }
        maps
    }

    /// Puts a convolution or pool before a map.
    fn convolve(
        &mut self,
        index: usize,
        matrix: &mut Matrix,
        taken: &[usize],
        result: &[usize],
        targets: usize,
    ) {
        let kernel = match &self.ops[index].1 {
            Op::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let Some(tensor) = self.finite(index, *weight) else {
                    *matrix = Matrix::Unknown;
                    return;
                };
                Kernel {
                    weight: reals(&tensor),
                    groups: usize::try_from(*groups).unwrap_or(1),
                    input: taken.to_vec(),
                    output: result.to_vec(),
                    stride: stride.clone(),
                    padding: padding.clone(),
                    dilation: dilation.clone(),
                    pool: None,
                }
            }
            Op::Pool {
                kind,
                kernel_size,
                stride,
                padding,
            } => {
                let size = kernel_size.iter().fold(1.0, |n, k| n * (*k).max(1) as f64);
                let factor = match kind {
                    PoolKind::Sum => 1.0,
                    PoolKind::Average => 1.0 / size,
                };
                let tiles = kernel_size == stride && padding.iter().all(|p| *p == 0);
                if let Matrix::Kernel(after) = matrix
                    && tiles
                    && after.pool.is_none()
                    && after.input == result
                {
                    after.weight *= factor;
                    after.pool = Some((taken.to_vec(), kernel_size.clone()));
                    return;
                }
                let channels = taken.first().copied().unwrap_or(1);
                let mut shape = vec![channels, 1];
                shape.extend(kernel_size.iter().map(|k| (*k).max(1) as usize));
                Kernel {
                    weight: ndarray::ArrayD::from_elem(shape, factor),
                    groups: channels,
                    input: taken.to_vec(),
                    output: result.to_vec(),
                    stride: stride.clone(),
                    padding: padding.clone(),
                    dilation: vec![1; kernel_size.len()],
                    pool: None,
                }
            }
            _ => return,
        };
        matrix.follow_kernel(kernel, targets);
    }

    /// The maps before a register.
    fn delay(
        &mut self,
        index: usize,
        maps: Maps,
        steps: &Parameter,
        targets: usize,
        elements: usize,
    ) -> Maps {
        let outside = steps
            .values()
            .iter()
            .find(|s| **s < 0.0 || s.fract() != 0.0);
        if let Some(steps) = outside {
            self.refuse(
                index,
                &format!("it is a delay of {steps} steps"),
                "a delay is a whole number of steps",
                "give the delay in steps of the model",
            );
            return maps;
        }
        let mut before = Maps::new();
        for (after, map) in maps {
            let parts = match steps.shared() {
                Some(steps) => vec![(steps as usize, map.matrix)],
                None => map.matrix.split(steps, targets, elements),
            };
            for (own, matrix) in parts {
                let part = Map {
                    matrix,
                    ops: map.ops.clone(),
                };
                Map::add(before.entry(after.saturating_add(own)), part, targets);
            }
        }
        if before.len() > MOST_DELAYS {
            self.refuse(
                index,
                &format!("paths of more than {MOST_DELAYS} delays meet here"),
                "each is a connection of its own",
                "train with fewer delays",
            );
        }
        before
    }

    /// A parameter; a finding if it cannot be read or is not finite.
    fn parameter(&mut self, index: usize, tensor: DenseTensor<'c>) -> Option<Parameter> {
        match Parameter::read(self.lowering.tensors, tensor) {
            Ok(parameter) => Some(parameter),
            Err(finding) => {
                self.push(index, finding);
                None
            }
        }
    }

    /// A weight; a finding if it cannot be read or is not finite.
    fn finite(&mut self, index: usize, weight: DenseTensor<'c>) -> Option<Tensor> {
        match self.lowering.tensors.resolve(weight) {
            Ok(tensor) if tensor.is_finite() => return Some(tensor),
            Ok(_) => self.push(
                index,
                Finding::error(
                    "ir-not-finite",
                    "weights are finite numbers",
                    "a weight is not a number or infinite",
                ),
            ),
            Err(finding) => self.push(index, finding),
        }
        None
    }

    /// The weights of a linear op by source.
    fn linear(&mut self, index: usize, weight: DenseTensor<'c>) -> Option<Columns> {
        let table = reals(&self.finite(index, weight)?);
        match table.into_dimensionality::<ndarray::Ix2>() {
            Ok(table) => Columns::of_table(table.view()),
            Err(_) => {
                self.refuse(
                    index,
                    "its weight has a batch",
                    "a connection has one weight for each synapse",
                    "write one matrix for each layer",
                );
                None
            }
        }
    }

    /// Names a cycle among the ops that still wait for one of their uses, if there is one.
    fn refuse_cycle(&mut self, waits: &BTreeMap<usize, usize>) {
        // Every waiting op waits for a waiting user; following these ends in a cycle.
        let mut user = BTreeMap::new();
        for &index in waits.keys() {
            for operand in self.ops[index].0.operands() {
                if let Some(source) = self.values.makers.get(&ValueId::from(operand))
                    && waits.contains_key(source)
                {
                    user.entry(*source).or_insert(index);
                }
            }
        }
        let Some(mut index) = waits.keys().next().copied() else {
            return;
        };
        for _ in 0..waits.len() {
            match user.get(&index) {
                Some(next) => index = *next,
                None => return,
            }
        }
        let mut cycle = BTreeSet::new();
        while cycle.insert(index) {
            match user.get(&index) {
                Some(next) => index = *next,
                None => return,
            }
        }
        let names: BTreeSet<String> = cycle
            .iter()
            .map(|i| format!("`{}`", node_name(self.ops[*i].0)))
            .collect();
        let more = if names.len() > LISTED { ", ..." } else { "" };
        let names: Vec<String> = names.into_iter().take(LISTED).collect();
        let first = cycle.first().copied().unwrap_or(index);
        self.refuse(
            first,
            &format!(
                "it is in a cycle without a neuron: {}{more}",
                names.join(", ")
            ),
            "the state of a filter needs a neuron on the chip, and none of them is linear",
            "put the filter's time constant into a neuron, as tau_syn or tau_mem",
        );
    }

    fn refuse(&mut self, index: usize, what: &str, why: &'static str, fix: &'static str) {
        let finding = Finding::error(self.codes.op, "every op has a form on the chip", what);
        self.push(index, finding.why(why).fix(fix));
    }

    /// Adds a finding, the first for each op.
    fn push(&mut self, index: usize, finding: Finding) {
        if self.refused.insert(index) {
            let finding = finding.at(node_name(self.ops[index].0));
            self.lowering.findings.push(finding);
        }
    }
}

fn unknown(maps: &mut Maps) {
    for map in maps.values_mut() {
        map.matrix = Matrix::Unknown;
    }
}

fn reals(tensor: &Tensor) -> ndarray::ArrayD<f64> {
    let shape = ndarray::IxDyn(tensor.shape());
    let values = tensor.to_f64();
    ndarray::ArrayD::from_shape_vec(shape, values)
        .unwrap_or_else(|_| ndarray::ArrayD::zeros(ndarray::IxDyn(&[0, 0])))
}
