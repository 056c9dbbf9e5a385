//! The way back from a population to its sources: which linear map, constant and delay the ops between
//! amount to.
//!
//! Ops are passed in the reverse of the order in which they run, and each once: what several paths
//! from an op lead to is summed before it goes on. So the work is linear in the ops between two
//! populations, however many paths there are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::{Array2, Array4};
use nirc_dialects::{
    dt::{Op, PoolKind, Reads, Signal},
    finding::Finding,
    ir::{DenseTensor, ValueId, node_name},
};
use nirc_passes::{Lowering, Parameter};

use super::{
    kernel::{Kernel, Window},
    map::{Map, Refusal, map_shape},
    network::{Source, Values, dimensions, shape},
};

/// More delays than these between two populations are not told apart.
const MOST_DELAYS: usize = 16;
/// The largest side of a kernel that holes are filled for.
const MOST_SIDE: usize = 16;
/// How many nodes a message lists.
const LISTED: usize = 5;

/// A way from a source to a population.
pub struct Path {
    /// Where events come from.
    pub source: Source,
    /// How late they arrive, in steps.
    pub steps: usize,
    /// What they become.
    pub map: Map,
}

/// The paths to a population, and the constant that its input has.
pub struct Reached {
    /// By source and delay.
    pub paths: Vec<Path>,
    /// Added to the input of each neuron in each step; [channels, rows, columns].
    pub constant: Parameter,
    /// Whether an op on the way was refused, so that paths are missing.
    pub broken: bool,
}

/// Maps by delay.
type Maps = BTreeMap<usize, Map>;

/// Goes back from populations.
pub struct Walk<'c, 'a, 'm, 'o, 'l, 's> {
    /// All ops.
    pub ops: &'o [(OperationRef<'c, 'a>, Op<'c>)],
    /// Where values come from.
    pub values: &'o Values,
    /// Where findings go.
    pub lowering: &'l mut Lowering<'c, 'm, 's>,
    /// The ops that have a finding.
    pub refused: BTreeSet<usize>,
}

impl<'c, 'a> Walk<'c, 'a, '_, '_, '_, '_> {
    /// What a neuron op takes. Each op that the chip has no form for is an error, once.
    pub fn back(&mut self, neuron: OperationRef<'c, 'a>, target: [usize; 3]) -> Reached {
        let mut waits = self.uses(neuron);
        let passed: Vec<usize> = waits.keys().copied().collect();
        let mut maps: BTreeMap<usize, Maps> = BTreeMap::new();
        let mut reached: BTreeMap<(Source, usize), Map> = BTreeMap::new();
        let mut constant = Parameter::uniform(0.0);
        let mut ready = VecDeque::new();
        let mut next = Some((neuron, Maps::from([(0, Map::identity(target))])));
        while let Some((operation, mut map)) = next {
            let operands: Vec<_> = operation.operands().collect();
            let mut left = operands.len();
            for operand in operands {
                left -= 1;
                let map = match left {
                    0 => std::mem::take(&mut map),
                    _ => map.clone(),
                };
                let Some(index) = self.arrive(operand, map, &mut maps, &mut reached) else {
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
                (self.ops[index].0, self.pass(index, map, &mut constant))
            });
        }
        self.refuse_cycle(&waits);
        let paths = reached
            .into_iter()
            .map(|((source, steps), map)| Path { source, steps, map });
        Reached {
            paths: paths.collect(),
            constant,
            broken: passed.iter().any(|op| self.refused.contains(op)),
        }
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
        arriving: Maps,
        maps: &mut BTreeMap<usize, Maps>,
        reached: &mut BTreeMap<(Source, usize), Map>,
    ) -> Option<usize> {
        let id = ValueId::from(value);
        let index = *self.values.makers.get(&id)?;
        let Some(source) = self.values.sources.get(&id).copied() else {
            let known = maps.entry(index).or_default();
            let mut refusals = Vec::new();
            for (steps, map) in arriving {
                match known.remove(&steps) {
                    None => drop(known.insert(steps, map)),
                    Some(mut sum) => {
                        refusals.extend(sum.add(map).err());
                        known.insert(steps, sum);
                    }
                }
            }
            refusals.into_iter().for_each(|r| self.refuse(index, r));
            return Some(index);
        };
        if !Signal::of(value.r#type()).is_some_and(|s| s.spikes) {
            let finding = Finding::error(
                "speck-input",
                "what enters a core is spikes",
                "it takes a current",
            )
            .why("an event on the chip has an address and no amplitude")
            .fix("encode the input as spikes, and leave --input-signal at spikes");
            self.push(index, finding);
            return None;
        }
        // Spikes of the potential before are those of this step, a step later.
        let later = match self.ops[index].1 {
            Op::Neuron {
                comparison_reads, ..
            } => usize::from(comparison_reads == Reads::Previous),
            _ => 0,
        };
        for (steps, map) in arriving {
            if let Source::Population(_) = source
                && let Err(refusal) = map.check_population()
            {
                self.refuse(index, refusal);
            }
            let key = (source, steps.saturating_add(later));
            match reached.remove(&key) {
                None => drop(reached.insert(key, map)),
                Some(mut sum) => {
                    if let Err(refusal) = sum.add(map) {
                        self.refuse(index, refusal);
                    }
                    reached.insert(key, sum);
                }
            }
        }
        None
    }

    /// The maps of what an op takes, from the maps of what it gives.
    fn pass(&mut self, index: usize, mut maps: Maps, constant: &mut Parameter) -> Maps {
        let (operation, op) = &self.ops[index];
        if let Op::Register { steps } = op {
            return self.delay(index, *steps, maps);
        }
        let input = operation.operand(0).ok().map(shape).unwrap_or_default();
        let output = operation
            .result(0)
            .map(|r| shape(r.into()))
            .unwrap_or_default();
        let shapes = (map_shape(&input), map_shape(&output));
        let (Some(input_map), Some(output_map)) = shapes else {
            let wrong = if shapes.0.is_none() { input } else { output };
            let finding = dimensions(&node_name(*operation), &wrong);
            self.push(index, finding);
            return Maps::new();
        };
        let step = match self.step(index, input_map, output_map) {
            Ok(step) => step,
            Err(Some(finding)) => {
                self.push(index, finding);
                return Maps::new();
            }
            Err(None) => return Maps::new(),
        };
        let mut left = maps.len();
        let mut step = Some(step);
        for map in maps.values_mut() {
            left -= 1;
            // Weights are copied only if paths of several delays meet here.
            let step = if left == 0 { step.take() } else { step.clone() };
            let Some(step) = step else { break };
            if step.has_weights() {
                map.ops.insert(index);
            }
            let passed = match step {
                Step::Nothing => Ok(()),
                Step::Scale(factors) => map.scale(&factors),
                Step::Linear(table) => map.follow_linear(&table),
                Step::Kernel(kernel) => map.follow_kernel(kernel, input_map),
                Step::Pool(window, factor) => map.follow_pool(&window, factor, input_map),
                Step::Reshape => map.follow_reshape(input_map),
                Step::Bias(bias) => map.apply(&bias).map(|added| {
                    *constant = constant.zip(&added, |a, b| a + b);
                }),
            };
            if let Err(refusal) = passed {
                self.refuse(index, refusal);
                return Maps::new();
            }
        }
        maps
    }

    /// What an op does to a map; `None` for an op that cannot stand here.
    fn step(
        &mut self,
        index: usize,
        input: [usize; 3],
        output: [usize; 3],
    ) -> Result<Step, Option<Finding>> {
        let op = &self.ops[index].1;
        Ok(match op {
            Op::Input {} | Op::Output {} | Op::Neuron { .. } | Op::Register { .. } => {
                return Err(None);
            }
            Op::Sum {} => Step::Nothing,
            Op::Reshape {} => Step::Reshape,
            Op::Scale { scale } => Step::Scale(self.parameter(*scale)?),
            Op::Bias { bias } => {
                let bias = self.parameter(*bias)?;
                let pixels = output[1] * output[2];
                Step::Bias(match bias.values().len() {
                    n if n == output[0] && pixels > 1 => Parameter::each(
                        (0..output[0] * pixels)
                            .map(|i| bias.get(i / pixels))
                            .collect(),
                    ),
                    _ => bias,
                })
            }
            Op::Linear { weight } => {
                let tensor = self.weights(*weight)?;
                let [rows, columns] = *tensor.0.as_slice() else {
                    return Err(Some(refusal_finding(BATCH)));
                };
                let table = Array2::from_shape_vec((rows, columns), tensor.1);
                Step::Linear(table.map_err(|_| None)?)
            }
            Op::Convolution {
                weight,
                stride,
                padding,
                dilation,
                groups,
            } => {
                let (shape, values) = self.weights(*weight)?;
                let kernel = convolution(&shape, values, *groups, stride, padding);
                let kernel = kernel.ok_or(None)?;
                let holes = pair(dilation, 1).ok_or(None)?;
                Step::Kernel(match holes {
                    [1, 1] => kernel,
                    _ => kernel
                        .filled(holes, MOST_SIDE)
                        .map_err(|sides| Some(dilated(dilation, sides)))?,
                })
            }
            Op::Pool {
                kind,
                kernel_size,
                stride,
                padding,
            } => {
                let side = pair(kernel_size, 1).ok_or(None)?;
                let window = Window {
                    side,
                    stride: pair(stride, 1).ok_or(None)?,
                    before: before(padding).ok_or(None)?,
                };
                let factor = match kind {
                    PoolKind::Sum => 1.0,
                    PoolKind::Average => 1.0 / (side[0] * side[1]) as f64,
                };
                let _ = input;
                Step::Pool(window, factor)
            }
        })
    }

    fn delay(&mut self, index: usize, steps: DenseTensor<'c>, maps: Maps) -> Maps {
        let refuse = |what: String| {
            Finding::error(
                "speck-delay",
                "a delay is a whole number of steps, one for a layer",
                what,
            )
            .why("the chip has no delays: events are worked on as they come")
            .fix("leave the delay out, or delay the input")
        };
        let steps = match self.parameter(steps) {
            Ok(steps) => steps,
            Err(finding) => {
                finding.into_iter().for_each(|f| self.push(index, f));
                return Maps::new();
            }
        };
        let finding = match steps.shared() {
            Some(steps) if steps < 0.0 || steps.fract() != 0.0 => {
                refuse(format!("it is a delay of {steps} steps"))
            }
            Some(steps) if maps.len() <= MOST_DELAYS => {
                return maps
                    .into_iter()
                    .map(|(before, map)| (before.saturating_add(steps as usize), map))
                    .collect();
            }
            Some(_) => refuse(format!("paths of more than {MOST_DELAYS} delays meet here")),
            None => refuse("delays differ within a layer".to_owned()),
        };
        self.push(index, finding);
        Maps::new()
    }

    /// A parameter that is finite.
    fn parameter(&self, tensor: DenseTensor<'c>) -> Result<Parameter, Option<Finding>> {
        Parameter::read(self.lowering.tensors, tensor).map_err(Some)
    }

    /// Weights that are finite, with their shape.
    fn weights(&self, tensor: DenseTensor<'c>) -> Result<(Vec<usize>, Vec<f64>), Option<Finding>> {
        let tensor = self.lowering.tensors.resolve(tensor).map_err(Some)?;
        if tensor.is_finite() {
            return Ok((tensor.shape().to_vec(), tensor.to_f64()));
        }
        Err(Some(Finding::error(
            "ir-not-finite",
            "weights are finite numbers",
            "a weight is not a number or infinite",
        )))
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
        let what = format!(
            "it is in a cycle without a neuron: {}{more}",
            names.join(", ")
        );
        let rule = "layers follow each other without a cycle";
        let finding = Finding::error("speck-recurrence", rule, what)
            .why("a core keeps nothing but its neurons' potentials")
            .fix("leave the filter out, or compute it before the chip");
        self.push(first, finding);
    }

    fn refuse(&mut self, index: usize, refusal: Refusal) {
        self.push(index, refusal_finding(refusal));
    }

    /// Adds a finding, the first for each op.
    fn push(&mut self, index: usize, finding: Finding) {
        if self.refused.insert(index) {
            let finding = finding.at(node_name(self.ops[index].0));
            self.lowering.findings.push(finding);
        }
    }
}

const BATCH: Refusal = Refusal {
    code: "speck-batch",
    what: "its weight has a batch",
    why: "the neurons of a fully connected layer are the channels of one place",
    fix: "flatten the layer",
};

/// What an op does to a map.
#[derive(Clone)]
enum Step {
    Nothing,
    Scale(Parameter),
    Bias(Parameter),
    Linear(Array2<f64>),
    Kernel(Kernel),
    Pool(Window, f64),
    Reshape,
}

impl Step {
    /// Whether a finding about weights should name the op.
    const fn has_weights(&self) -> bool {
        matches!(self, Self::Scale(_) | Self::Linear(_) | Self::Kernel(_))
    }
}

fn refusal_finding(refusal: Refusal) -> Finding {
    let rule = "what stands between two populations is one convolution behind a pool";
    Finding::error(refusal.code, rule, refusal.what)
        .why(refusal.why)
        .fix(refusal.fix)
}

/// The finding for a kernel with holes that is too large without them.
fn dilated(dilation: &[i64], sides: [usize; 2]) -> Finding {
    let what = format!(
        "its kernel is dilated by {dilation:?}; with zeros between its weights it has sides of {sides:?}"
    );
    Finding::error("speck-dilation", "a kernel has no holes", what)
        .why("a core has no field for dilation, and kernels of up to 16")
        .fix("train with less dilation, or a smaller kernel")
}

/// Two numbers, for rows and columns; of one dimension the rows get `one`.
fn pair(values: &[i64], one: usize) -> Option<[usize; 2]> {
    let number = |value: i64| usize::try_from(value).ok();
    match *values {
        [columns] => Some([one, number(columns)?]),
        [rows, columns] => Some([number(rows)?, number(columns)?]),
        _ => None,
    }
}

/// The padding before, of padding before and after for each dimension.
fn before(padding: &[i64]) -> Option<[usize; 2]> {
    let before: Vec<i64> = padding.iter().copied().step_by(2).collect();
    pair(&before, 0)
}

/// A convolution's kernel with a weight for all pairs of channels, whatever its groups.
fn convolution(
    shape: &[usize],
    values: Vec<f64>,
    groups: i64,
    stride: &[i64],
    padding: &[i64],
) -> Option<Kernel> {
    let (outputs, inputs, rows, columns) = match *shape {
        [f, c, k] => (f, c, 1, k),
        [f, c, h, w] => (f, c, h, w),
        _ => return None,
    };
    let own = Array4::from_shape_vec((outputs, inputs, rows, columns), values).ok()?;
    let groups = usize::try_from(groups).ok().filter(|g| *g > 0)?;
    let weights = if groups == 1 {
        own
    } else {
        let group = |f: usize| f / (outputs / groups);
        Array4::from_shape_fn((outputs, inputs * groups, rows, columns), |(f, c, i, j)| {
            if c / inputs == group(f) {
                own[[f, c % inputs, i, j]]
            } else {
                0.0
            }
        })
    };
    Some(Kernel {
        weights,
        stride: pair(stride, 1)?,
        before: before(padding)?,
    })
}
