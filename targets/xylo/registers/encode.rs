//! From a specification to the writes.

use ndarray::{Array3, Axis};
use nirc_dialects::finding::Findings;

use super::{Space, Write};
use crate::xylo::{
    chip::CHIPS,
    legal,
    samna::{OperationMode, Settings},
    specification::Specification,
};

/// Word addresses of the memories.
mod address {
    /// Input weights, first synapse.
    pub const INPUT_WEIGHTS: u32 = 0x00100;
    /// Input weights, second synapse.
    pub const INPUT_WEIGHTS_2: u32 = 0x03F80;
    /// Decay shift of the (first) synapse: hidden neurons, then readouts.
    pub const SYNAPSE_DECAY: u32 = 0x089C8;
    /// Decay shift of the second synapse of hidden neurons.
    pub const SYNAPSE_2_DECAY: u32 = 0x08DB8;
    /// Decay shift of the membrane: hidden neurons, then readouts.
    pub const MEMBRANE_DECAY: u32 = 0x091A0;
    /// Threshold: hidden neurons, then readouts.
    pub const THRESHOLD: u32 = 0x09590;
    /// By hidden neuron: bit 1 if it is an alias source, bit 0 if it is an alias target.
    pub const ALIAS_KIND: u32 = 0x09980;
    /// By hidden neuron: its alias target.
    pub const ALIAS_TARGET: u32 = 0x09D68;
    /// By hidden neuron: its fan-out.
    pub const FAN_OUT: u32 = 0x0A538;
    /// Targets of all recurrent connections, source by source.
    pub const TARGETS: u32 = 0x0A920;
    /// Weights of all recurrent connections, first synapse, in the order of the targets.
    pub const RECURRENT_WEIGHTS: u32 = 0x12620;
    /// Weights of all recurrent connections, second synapse.
    pub const RECURRENT_WEIGHTS_2: u32 = 0x1A320;
    /// Readout weights.
    pub const READOUT_WEIGHTS: u32 = 0x22020;
}

/// Words of a memory that one power-enable bit covers.
const SLICE: usize = 2000;

/// The writes for Xylo v1, in order.
///
/// # Errors
/// The findings of [`legal::check`] and [`Settings::check`] for Xylo v1, if any is an error. A recurrent connection on the
/// second synapse only is not written, as samna 0.7.1 does not; the check warns of it.
pub fn encode(specification: &Specification, settings: &Settings) -> Result<Vec<Write>, Findings> {
    let [chip, ..] = &CHIPS;
    let mut findings = legal::check(specification, chip);
    findings.extend(settings.check(chip));
    if findings.has_errors() {
        return Err(findings);
    }
    let s = specification;
    let second = s.synapses() > 1;
    let aliasing = s.any_alias();
    let mut list = List::default();

    // Clock and power for all memories while they are written.
    list.register(1, 0x10006);
    for register in 4..8 {
        list.register(register, u32::MAX);
    }
    for register in 12..16 {
        list.register(register, 0);
    }
    list.memory(address::INPUT_WEIGHTS, plane(&s.weights_in, 0));
    if second {
        list.memory(address::INPUT_WEIGHTS_2, plane(&s.weights_in, 1));
    }
    let connections = recurrent(&mut list, s, second);
    list.memory(
        address::SYNAPSE_DECAY,
        s.dash_syn.iter().chain(&s.dash_syn_out).copied(),
    );
    if second {
        list.memory(address::SYNAPSE_2_DECAY, s.dash_syn_2.iter().copied());
    }
    list.memory(
        address::MEMBRANE_DECAY,
        s.dash_mem.iter().chain(&s.dash_mem_out).copied(),
    );
    list.memory(
        address::THRESHOLD,
        s.threshold.iter().chain(&s.threshold_out).copied(),
    );
    if aliasing {
        let mut kinds: Vec<i32> = s
            .aliases
            .iter()
            .map(|t| 2 * i32::from(!t.is_empty()))
            .collect();
        for &target in s.aliases.iter().flatten() {
            if let Some(kind) = usize::try_from(target).ok().and_then(|t| kinds.get_mut(t)) {
                *kind |= 1;
            }
        }
        let targets = s.aliases.iter().map(|t| t.first().copied().unwrap_or(0));
        list.memory(address::ALIAS_KIND, kinds.into_iter());
        list.memory(address::ALIAS_TARGET, targets);
    }
    list.memory(address::READOUT_WEIGHTS, s.weights_out.iter().copied());
    control(&mut list, s, settings, connections);
    Ok(list.0)
}

/// The weights of one synapse, row-major.
fn plane(weights: &Array3<i32>, synapse: usize) -> impl Iterator<Item = i32> {
    let plane = weights.axis_iter(Axis(2)).nth(synapse);
    plane.into_iter().flatten().copied()
}

/// Fan-outs, targets and weights of the recurrent connections, and how many there are.
fn recurrent(list: &mut List, s: &Specification, second: bool) -> usize {
    let mut fan_out = Vec::with_capacity(s.hidden_neurons());
    let [mut targets, mut weights, mut weights_2] = [const { Vec::new() }; 3];
    for row in s.weights_rec.outer_iter() {
        let before = targets.len();
        for (target, synapses) in (0..).zip(row.outer_iter()) {
            let weight = |synapse: usize| synapses.get(synapse).copied().unwrap_or_default();
            if weight(0) != 0 {
                targets.push(target);
                weights.push(weight(0));
                weights_2.push(weight(1));
            }
        }
        // At most 63, by the rules of the chip.
        fan_out.push(i32::try_from(targets.len() - before).unwrap_or(i32::MAX));
    }
    let connections = targets.len();
    list.memory(address::FAN_OUT, fan_out.into_iter());
    list.memory(address::TARGETS, targets.into_iter());
    list.memory(address::RECURRENT_WEIGHTS, weights.into_iter());
    if second {
        list.memory(address::RECURRENT_WEIGHTS_2, weights_2.into_iter());
    }
    connections
}

/// The registers that set sizes, shifts, clocks and power for running.
fn control(list: &mut List, s: &Specification, settings: &Settings, connections: usize) {
    let second = u32::from(s.synapses() > 1);
    let aliasing = u32::from(s.any_alias());
    let mode = settings.operation_mode.unwrap_or(OperationMode::Manual);
    let manual = u32::from(mode != OperationMode::RealTime);
    // All of these are small and not negative, by the rules of the chip.
    let small = |value: i32| u32::try_from(value).unwrap_or_default();
    let below = |count: usize| u32::try_from(count.saturating_sub(1)).unwrap_or_default();
    let (inputs, reached) = (s.input_channels(), s.input_expansion());
    let (hidden, readouts) = (s.hidden_neurons(), s.readout_neurons());
    list.register(
        1,
        manual
            | second << 1
            | aliasing << 2
            | small(s.weight_shift_in) << 4
            | small(s.weight_shift_rec) << 8
            | small(s.weight_shift_out) << 12,
    );
    list.register(
        2,
        below(inputs) | below(reached) << 4 | below(hidden) << 16 | below(readouts) << 28,
    );
    list.register(3, settings.time_resolution_wrap.unwrap_or(0).into());
    list.register(4, 0x7F | (0x30000 * second) | (0x300000 * aliasing));
    list.register(
        5,
        slices(inputs * reached) | slices(hidden * readouts) << 16,
    );
    list.register(6, slices(connections) | slices(connections) << 16);
    list.register(
        7,
        second * (slices(inputs * reached) | slices(connections) << 16),
    );
    list.register(8, 0x10000);
    for register in [0x18, 0x16, 0x17] {
        list.register(register, 0);
    }
}

/// One bit for each slice of memory that holds at least one of `words` words; at most 16.
fn slices(words: usize) -> u32 {
    let count = words.div_ceil(SLICE).min(16);
    (1 << count) - 1
}

#[derive(Default)]
struct List(Vec<Write>);

impl List {
    fn register(&mut self, address: u32, value: u32) {
        self.0.push(Write {
            space: Space::Register,
            address,
            value,
        });
    }

    fn memory(&mut self, first: u32, values: impl Iterator<Item = i32>) {
        self.0
            .extend((first..).zip(values).map(|(address, value)| Write {
                space: Space::Memory,
                address,
                value: value.cast_unsigned(),
            }));
    }
}
