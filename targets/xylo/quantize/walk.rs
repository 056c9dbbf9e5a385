//! The way back from a population to its sources: which linear map, bias and delay the ops between
//! amount to.
//!
//! Ops are passed in the reverse of the order in which they run, and each once: what several paths
//! from an op lead to is summed before it goes on. So the work is linear in the ops between two
//! populations, however many paths there are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::Array2;
use nirc_dialects::{
    dt::{Op, Reads, Signal},
    finding::Finding,
    ir::{DenseTensor, ValueId, node_name},
};
use nirc_passes::{Lowering, Parameter};

use super::{
    map::{Map, Maps, Matrix},
    network::{Connection, Network, Source, Values, count},
};

/// More delays than these between two populations are not told apart; the chip has one.
const MOST_DELAYS: usize = 16;
/// How many nodes a message lists.
const LISTED: usize = 5;

/// Adds the connections and biases of all populations to `network`. Each op that the chip has no form
/// for is an error in the lowering's findings, once. Where `fits` is false no table is made, since
/// the layers are too large for one.
pub fn connect<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    values: &Values,
    fits: bool,
    network: &mut Network<'c>,
    lowering: &mut Lowering<'c, '_, '_>,
) {
    let mut walk = Walk {
        ops,
        values,
        fits,
        lowering,
        refused: BTreeSet::new(),
    };
    let neurons = ops.iter().filter(|(_, op)| matches!(op, Op::Neuron { .. }));
    for (target, (operation, _)) in neurons.enumerate() {
        let count = network.populations[target].count;
        let (reached, bias) = walk.back(*operation, count);
        network.populations[target].bias = bias;
        for ((source, steps), (map, sources)) in reached {
            network.connections.push(Connection {
                source,
                target,
                steps,
                weights: map.matrix.into_table(count, sources, fits),
                locations: map.ops.iter().map(|op| ops[*op].0.location()).collect(),
            });
        }
    }
}

/// The maps from each source to a population by delay, with the number of the source's elements.
type Reached = BTreeMap<(Source, usize), (Map, usize)>;

struct Walk<'c, 'a, 'm, 'o, 'l, 's> {
    ops: &'o [(OperationRef<'c, 'a>, Op<'c>)],
    values: &'o Values,
    fits: bool,
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
                "the chip's synapses carry spikes only",
            );
            return None;
        }
        let sources = count(value);
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
                None => drop(reached.insert((*source, steps), (map, sources))),
                Some((mut known, _)) => {
                    known.merge(map, targets);
                    reached.insert((*source, steps), (known, sources));
                }
            }
        }
        None
    }

    /// The maps of what an op takes, from the maps of what it gives.
    fn pass(&mut self, index: usize, mut maps: Maps, targets: usize, bias: &mut Vec<f64>) -> Maps {
        let (operation, op) = &self.ops[index];
        match op {
            Op::Input {} | Op::Output {} | Op::Neuron { .. } | Op::Sum {} | Op::Reshape {} => {}
            Op::Register { steps } => {
                let Some(steps) = self.parameter(index, *steps) else {
                    return maps;
                };
                match steps.shared() {
                    Some(steps) if steps < 0.0 || steps.fract() != 0.0 => self.refuse(
                        index,
                        &format!("it is a delay of {steps} steps"),
                        "a delay is a whole number of steps",
                    ),
                    Some(steps) if maps.len() <= MOST_DELAYS => {
                        return maps
                            .into_iter()
                            .map(|(before, map)| (before.saturating_add(steps as usize), map))
                            .collect();
                    }
                    Some(_) => self.refuse(
                        index,
                        &format!("paths of more than {MOST_DELAYS} delays meet here"),
                        "the chip has no delay lines",
                    ),
                    None => self.refuse(
                        index,
                        "delays differ within a layer",
                        "the chip has no delay lines",
                    ),
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
                if let Some(own) = self.parameter(index, *own)
                    && self.fits
                {
                    bias.resize(targets, 0.0);
                    let elements = operation.result(0).map_or(0, |r| count(r.into()));
                    for map in maps.values() {
                        map.matrix.add_bias(&own, elements, bias);
                    }
                }
            }
            Op::Linear { weight } => {
                let mut table = match self.table(index, *weight) {
                    Ok(table) => table,
                    Err(finding) => {
                        self.push(index, finding);
                        None
                    }
                };
                let mut left = maps.len();
                for map in maps.values_mut() {
                    left -= 1;
                    map.ops.insert(index);
                    if matches!(map.matrix, Matrix::Table(_)) {
                        self.refuse(
                            index,
                            "two linear maps follow each other",
                            "the chip has one weight table between two populations",
                        );
                    }
                    // The weights are copied only if paths of several delays meet here.
                    let table = if left == 0 {
                        table.take()
                    } else {
                        table.clone()
                    };
                    map.matrix.follow(table);
                }
            }
            Op::Convolution { .. } => self.refuse_map(index, "a convolution", &mut maps),
            Op::Pool { .. } => self.refuse_map(index, "a pool", &mut maps),
        }
        maps
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

    /// The weights of a linear op [target, source]; `None` after a finding, or if they are not needed.
    fn table(
        &mut self,
        index: usize,
        weight: DenseTensor<'c>,
    ) -> Result<Option<Array2<f64>>, Finding> {
        let tensor = self.lowering.tensors.resolve(weight)?;
        if !tensor.is_finite() {
            return Err(Finding::error(
                "ir-not-finite",
                "weights are finite numbers",
                "a weight is not a number or infinite",
            ));
        }
        let [rows, columns] = *tensor.shape() else {
            self.refuse(
                index,
                "its weight has a batch",
                "the chip has one weight table between two populations",
            );
            return Ok(None);
        };
        if !self.fits {
            return Ok(None);
        }
        Ok(Array2::from_shape_vec((rows, columns), tensor.to_f64()).ok())
    }

    fn refuse_map(&mut self, index: usize, thing: &str, maps: &mut Maps) {
        let operation = self.ops[index].0;
        let (sources, targets) = (
            operation.operand(0).map_or(0, count),
            operation.result(0).map_or(0, |r| count(r.into())),
        );
        self.refuse(
            index,
            &format!("it is {thing} from {sources} to {targets} elements"),
            "the chip has dense weight tables only, and few neurons",
        );
        maps.values_mut()
            .for_each(|map| map.matrix = Matrix::Unknown);
    }

    /// Refuses a cycle among the ops that still wait for one that uses them.
    fn refuse_cycle(&mut self, waits: &BTreeMap<usize, usize>) {
        // Each op that waits has a user that waits, so a walk along users ends in a cycle.
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
        let mut seen = BTreeSet::new();
        while seen.insert(index) {
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
        self.push(
            first,
            op_finding(format!(
                "it is in a cycle without a neuron: {}{more}",
                names.join(", ")
            ))
            .why("the state of a filter needs a neuron on the chip, and none of them is linear")
            .fix("put the filter's time constant into a neuron, as tau_syn or tau_mem"),
        );
    }

    fn refuse(&mut self, index: usize, what: &str, why: &'static str) {
        let finding = op_finding(what)
            .why(why)
            .fix("train the model with fully connected layers between spiking neurons");
        self.push(index, finding);
    }

    /// Adds a finding, the first for each op.
    fn push(&mut self, index: usize, finding: Finding) {
        if self.refused.insert(index) {
            let finding = finding.at(node_name(self.ops[index].0));
            self.lowering.findings.push(finding);
        }
    }
}

fn op_finding(what: impl Into<String>) -> Finding {
    Finding::error("xylo-op", "every op has a form on the chip", what)
}
