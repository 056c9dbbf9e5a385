//! The network that a module of level `quant` says, as far as the chip has a form for it.

use std::collections::{BTreeMap, BTreeSet};

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::Role,
    ir::{ValueId, node_name},
    quant::{Compare, Decay, EventTiming, MembraneOverflow, Op, Overflow, Reset, Signal},
};

use crate::xylo::chip::{
    Arithmetic, Chip, MAX_HIDDEN_EVENTS, MAX_INPUT_EVENTS, MAX_READOUT_EVENTS, STATE_RANGE,
};

/// An op with its typed view.
pub type Typed<'c, 'a> = (OperationRef<'c, 'a>, Op<'c>);

/// An input or a population on the chip.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// What it is: input, hidden or readout.
    pub role: Role,
    /// Its first channel or neuron id.
    pub first: usize,
    /// The number of ids.
    pub count: usize,
}

/// Spikes on their way: what made them, and how long they have been held.
#[derive(Clone, Copy)]
struct Spikes {
    maker: usize,
    steps: i64,
}

/// What each op of a module is on the chip.
pub struct Network {
    /// Inputs and populations, by op.
    pub places: BTreeMap<usize, Place>,
    /// The ops of the tables to a population with the sources of each, by op of the population.
    pub tables: BTreeMap<usize, Vec<(usize, Place)>>,
}

/// Gives ids to inputs and neurons in the order of the ops, and finds the tables between them.
///
/// # Errors
///
/// All that the module says and the chip does not do.
pub fn read(ops: &[Typed<'_, '_>], chip: &Chip) -> Result<Network, Findings> {
    let mut makers = BTreeMap::new();
    for (index, (operation, _)) in ops.iter().enumerate() {
        if let Ok(result) = operation.result(0) {
            makers.insert(ValueId::from(Value::from(result)), index);
        }
    }
    let mut reader = Reader {
        ops,
        makers,
        spikes: BTreeMap::new(),
        findings: Findings::new(),
    };
    let places = reader.places(chip);
    let tables = reader.tables(&places);
    if reader.findings.has_errors() {
        return Err(reader.findings);
    }
    Ok(Network { places, tables })
}

struct Reader<'c, 'a, 'o> {
    ops: &'o [Typed<'c, 'a>],
    makers: BTreeMap<ValueId, usize>,
    /// The spikes that ops give, as far as they are known; `None` for no spikes.
    spikes: BTreeMap<usize, Option<Spikes>>,
    findings: Findings,
}

impl Reader<'_, '_, '_> {
    /// What made the spikes of `value`. Each op is passed once, whatever the number of questions.
    fn spikes(&mut self, value: Value<'_, '_>) -> Option<Spikes> {
        let mut passed = Vec::new();
        let mut next = self.makers.get(&ValueId::from(value)).copied();
        let mut found = loop {
            let Some(index) = next else { break None };
            if let Some(known) = self.spikes.get(&index) {
                break *known;
            }
            // Until it is known: a cycle of registers carries no spikes.
            self.spikes.insert(index, None);
            let (operation, op) = &self.ops[index];
            match op {
                Op::Input { .. } | Op::Neuron { .. } => {
                    let spikes = Spikes {
                        maker: index,
                        steps: 0,
                    };
                    self.spikes.insert(index, Some(spikes));
                    break Some(spikes);
                }
                Op::Reshape {} => passed.push((index, 0)),
                Op::Register { steps } => passed.push((index, *steps)),
                Op::Linear { .. }
                | Op::Convolution { .. }
                | Op::Pool { .. }
                | Op::FloatNeuron { .. }
                | Op::Output {} => {
                    break None;
                }
            }
            next = operation
                .operand(0)
                .ok()
                .and_then(|v| self.makers.get(&ValueId::from(v)).copied());
        };
        for (index, steps) in passed.into_iter().rev() {
            if let Some(spikes) = &mut found {
                spikes.steps = spikes.steps.saturating_add(steps);
            }
            self.spikes.insert(index, found);
        }
        found
    }

    fn places(&mut self, chip: &Chip) -> BTreeMap<usize, Place> {
        let mut readouts = BTreeSet::new();
        for (operation, op) in self.ops {
            if !matches!(op, Op::Output {}) {
                continue;
            }
            for operand in operation.operands() {
                let spikes = self.spikes(operand);
                let population =
                    spikes.filter(|s| matches!(self.ops[s.maker].1, Op::Neuron { .. }));
                readouts.extend(population.map(|s| s.maker));
                if population.is_some_and(|s| s.steps == 0) {
                    continue;
                }
                self.findings.push(
                    Finding::error(
                        "xylo-output",
                        "every output takes the spikes of one population, at once",
                        match population {
                            Some(late) => format!(
                                "it takes those of `{}`, {} steps later",
                                node_name(self.ops[late.maker].0),
                                late.steps
                            ),
                            None => "it takes something else".to_owned(),
                        },
                    )
                    .at(node_name(*operation))
                    .why("only readout neurons leave the chip, in the step of the spike"),
                );
            }
        }
        let [mut inputs, mut hidden, mut outputs] = [0usize; 3];
        let mut places = BTreeMap::new();
        for (index, (operation, op)) in self.ops.iter().enumerate() {
            let (role, total) = match op {
                Op::Input { .. } => (Role::Input, &mut inputs),
                Op::Neuron { .. } if readouts.contains(&index) => (Role::Readout, &mut outputs),
                Op::Neuron { .. } => (Role::Hidden, &mut hidden),
                _ => continue,
            };
            let count = operation.result(0).map_or(0, |r| count(r.into()));
            let first = *total;
            *total = total.saturating_add(count);
            places.insert(index, Place { role, first, count });
            let differences = differences(op, role, chip);
            if !differences.is_empty() {
                self.findings.push(
                    Finding::error(
                        "xylo-arithmetic",
                        "the module says what the chip computes",
                        differences.join("; "),
                    )
                    .at(node_name(*operation))
                    .why("these are fixed on the chip, so it would compute something else")
                    .fix("run dt-to-quant for this chip"),
                );
            }
        }
        places
    }

    fn tables(&mut self, places: &BTreeMap<usize, Place>) -> BTreeMap<usize, Vec<(usize, Place)>> {
        let mut tables = BTreeMap::new();
        for (&index, &target) in places {
            let (operation, op) = &self.ops[index];
            if !matches!(op, Op::Neuron { .. }) {
                continue;
            }
            let mut own: Vec<(usize, Place)> = Vec::new();
            for operand in operation.operands() {
                let Some((table, source)) = self.table(operand, index, target, places) else {
                    continue;
                };
                let rank = |place: &Place| (place.role != Role::Input, place.first);
                if own
                    .last()
                    .is_some_and(|(_, last)| rank(last) >= rank(&source))
                {
                    self.findings.push(
                        Finding::error(
                            "xylo-order",
                            "a neuron takes one table from each source: inputs first, then populations, by id",
                            format!("table `{}` comes after one from the same or a later source", node_name(self.ops[table].0)),
                        )
                        .at(node_name(*operation))
                        .why("the chip adds events in this order, and each addition saturates"),
                    );
                }
                own.push((table, source));
            }
            tables.insert(index, own);
        }
        tables
    }

    /// The table that makes `events` for a population, with its source; `None` after a finding.
    fn table(
        &mut self,
        events: Value<'_, '_>,
        population: usize,
        target: Place,
        places: &BTreeMap<usize, Place>,
    ) -> Option<(usize, Place)> {
        let maker = self.makers.get(&ValueId::from(events)).copied();
        let Some((index, (operation, Op::Linear { weight, .. }))) =
            maker.map(|index| (index, &self.ops[index]))
        else {
            let name = maker.map_or("?".to_owned(), |index| node_name(self.ops[index].0));
            self.findings.push(
                Finding::error(
                    "xylo-events",
                    "a neuron takes the events of weight tables",
                    format!("it takes those of `{name}`, which is no table"),
                )
                .at(node_name(self.ops[population].0)),
            );
            return None;
        };
        let at = |finding: Finding| finding.at(node_name(*operation));
        let spikes = operation.operand(0).ok().and_then(|v| self.spikes(v));
        let Some((spikes, source)) = spikes.and_then(|s| Some((s, *places.get(&s.maker)?))) else {
            self.findings.push(at(Finding::error(
                "xylo-events",
                "a weight table takes the spikes of an input or a population",
                "it takes something else",
            )));
            return None;
        };
        let (from, to) = (&self.ops[spikes.maker].0, &self.ops[population].0);
        let (from, to) = (node_name(*from), node_name(*to));
        let shape = weight.shape();
        let mut faults = Vec::new();
        if shape != [target.count, source.count] {
            faults.push(Finding::error(
                "xylo-table",
                "a table fits the ids that it is for",
                format!(
                    "a weight of shape {shape:?} from {} to {} elements",
                    source.count, target.count
                ),
            ));
        }
        let steps = i64::from(source.role != Role::Input);
        if spikes.steps != steps {
            faults.push(
                Finding::error(
                    "xylo-delay",
                    "events of inputs arrive in the same step, spikes of neurons one step later",
                    format!("those of `{from}` arrive {} steps later", spikes.steps),
                )
                .why("the chip has no delay lines")
                .fix("put registers of 1 step in all behind populations, and none behind inputs"),
            );
        }
        match (source.role, target.role) {
            (Role::Input, Role::Readout) => faults.push(
                Finding::error(
                    "xylo-no-hidden-layer",
                    "inputs reach the readouts through a hidden layer",
                    format!("`{from}` feeds the readout population `{to}` directly"),
                )
                .why("no chip of the family has a connection from inputs to readouts")
                .fix("add a layer of neurons between the input and the output"),
            ),
            (Role::Readout, _) => faults.push(
                Finding::error(
                    "xylo-readout-recurrent",
                    "readout neurons feed no neuron",
                    format!("`{from}` feeds `{to}` and an output"),
                )
                .why("readout neurons have no synapses to other neurons on the chip")
                .fix("add a layer that only feeds the output"),
            ),
            _ => {}
        }
        let fits = faults.is_empty();
        self.findings.extend(faults.into_iter().map(at));
        fits.then_some((index, source))
    }
}

/// The number of elements of a value.
fn count(value: Value<'_, '_>) -> usize {
    Signal::of(value.r#type()).map_or(0, |signal| {
        let extents = signal.shape().iter().copied();
        extents.fold(1, usize::saturating_mul)
    })
}

/// Where an input or a neuron is not computed as on the chip.
fn differences(op: &Op<'_>, role: Role, chip: &Chip) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |name: &str, own: String, chip: String| {
        if own != chip {
            differences.push(format!("{name} is {own}, on the chip {chip}"));
        }
    };
    match op {
        Op::Input { max_spikes } => {
            compare(
                "max_spikes",
                max_spikes.to_string(),
                MAX_INPUT_EVENTS.to_string(),
            );
        }
        Op::Neuron {
            event_timing,
            decay,
            current_range,
            current_overflow,
            membrane_range,
            membrane_overflow: own_overflow,
            compare: own_compare,
            reset,
            max_spikes,
            ..
        } => {
            let most = most_spikes(role == Role::Readout);
            let range = format!("{STATE_RANGE:?}");
            let words = [
                (
                    "event_timing",
                    event_timing.word(),
                    EventTiming::BeforeDecay.word(),
                ),
                ("decay", decay.word(), Decay::BitShift.word()),
                (
                    "current_overflow",
                    current_overflow.word(),
                    Overflow::Saturate.word(),
                ),
                (
                    "membrane_overflow",
                    own_overflow.word(),
                    membrane_overflow(chip).word(),
                ),
                (
                    "compare",
                    own_compare.word(),
                    Compare::GreaterOrEqual.word(),
                ),
                ("reset", reset.word(), Reset::Subtract.word()),
            ];
            for (name, own, of_chip) in words {
                compare(name, own.to_owned(), of_chip.to_owned());
            }
            compare("current_range", format!("{current_range:?}"), range.clone());
            compare("membrane_range", format!("{membrane_range:?}"), range);
            compare("max_spikes", max_spikes.to_string(), most.to_string());
        }
        _ => {}
    }
    differences
}

/// What the chip clamps when it updates a membrane.
pub fn membrane_overflow(chip: &Chip) -> MembraneOverflow {
    match chip.arithmetic.value {
        Arithmetic::V1 => MembraneOverflow::Saturate,
        Arithmetic::V2 => MembraneOverflow::SaturateIncrement,
    }
}

/// Most spikes of a neuron in a step.
pub fn most_spikes(is_readout: bool) -> u32 {
    if is_readout {
        MAX_READOUT_EVENTS
    } else {
        MAX_HIDDEN_EVENTS
    }
}
