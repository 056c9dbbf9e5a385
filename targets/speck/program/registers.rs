//! Registers and their bits.

use super::{DATA, REGISTER};
use crate::speck::configuration::{Configuration, Core, Destination, Pair};

/// A register of a layer: its type, its index, what it is set to.
pub(super) type Register = (u32, u32, u8);

/// The types of a core's registers.
mod kind {
    /// Neurons and destinations; of other layers, all.
    pub const NEURON: u32 = 0;
    /// Kernel and map.
    pub const KERNEL: u32 = 2;
    /// Leak.
    pub const LEAK: u32 = 3;
}

pub(super) fn write(words: &mut Vec<u32>, layer: u32, registers: &[Register]) {
    for (kind, index, data) in registers {
        words.push(REGISTER | layer | kind << 4 | index);
        words.push(DATA | u32::from(*data));
    }
}

/// The low byte; a number that is legal has no more than its field.
fn byte(value: i64) -> u8 {
    (value & 0xFF) as u8
}

/// The binary logarithm of a stride or pooling.
fn log(value: i64) -> i64 {
    i64::from(value.max(1).ilog2())
}

fn bit(flag: bool, at: u32) -> i64 {
    i64::from(flag) << at
}

/// The registers of a type, in the order of their indices.
fn numbered<const N: usize>(kind: u32, data: [i64; N]) -> impl Iterator<Item = Register> {
    let indexed = (0..).zip(data);
    indexed.map(move |(index, data)| (kind, index, byte(data)))
}

/// The registers of a core. The extents of its input map are in none.
pub(super) fn core(index: usize, core: &Core) -> Vec<Register> {
    let d = &core.dimensions;
    let (columns, rows) = (d.output.size.x - 1, d.output.size.y - 1);
    let (inputs, outputs) = (d.input.features - 1, d.output.features - 1);
    let [first, second] = &core.destinations;
    let kernel = [
        d.padding.x | d.padding.y << 3 | log(d.stride.x) << 6,
        log(d.stride.y) | (d.kernel_size - 1) << 2,
        inputs,
        inputs >> 8 | columns << 2,
        rows | outputs << 6,
        outputs >> 2,
        // Memory timing, as in samna's default.
        64,
        80,
        64,
    ];
    let leak = [
        columns | bit(core.leak_enable, 6),
        rows,
        outputs,
        outputs >> 8 | 0x80,
        // Memory timing.
        65,
        4,
    ];
    let enabled = |d: &Destination, at| bit(d.enable, at);
    let neuron = [
        log(first.pooling) | log(second.pooling) << 2 | first.layer << 4,
        first.feature_shift,
        first.feature_shift >> 8 | second.feature_shift << 2,
        second.feature_shift >> 6
            | enabled(first, 4)
            | enabled(second, 5)
            | bit(core.monitor_enable, 6),
        second.layer | (index as i64) << 4,
        columns | outputs << 6,
        outputs >> 2,
        core.threshold_high,
        core.threshold_high >> 8,
        core.threshold_low,
        core.threshold_low >> 8,
        bit(core.return_to_zero, 0),
        // Memory timing.
        65,
        64,
    ];
    numbered(kind::KERNEL, kernel)
        .chain(numbered(kind::LEAK, leak))
        .chain(numbered(kind::NEURON, neuron))
        .collect()
}

/// The registers of readout, pins, sensor and filter, in samna's order.
pub(super) fn others(configuration: &Configuration) -> [(u32, Vec<Register>); 4] {
    let readout = &configuration.readout;
    // Delays, as in samna's default.
    const DELAYS: [i64; 12] = [60, 207, 243, 60, 207, 243, 60, 207, 243, 60, 207, 243];
    let settings = [
        readout.threshold,
        readout.threshold >> 8,
        bit(readout.low_pass_filter_disable, 0)
            | bit(readout.low_pass_filter32_not16, 1)
            | readout.readout_configuration_sel << 2
            | bit(readout.bypass_enable, 4)
            | readout.p2s_input_selection << 6,
        16,
    ];
    let counted = DELAYS.into_iter().chain(settings);
    let counted = (0..).zip(counted);
    let readout = counted.map(|(index, data)| (kind::NEURON, index, byte(data)));

    let dvs = &configuration.dvs;
    let [first, second] = &dvs.destinations;
    // The two bits of a pooling's logarithm lie apart.
    let pooling = Pair::new(log(dvs.pooling.x), log(dvs.pooling.y));
    let sensor = [
        bit(!dvs.on_channel, 0)
            | bit(!dvs.off_channel, 1)
            | bit(!dvs.merge, 2)
            | bit(dvs.mirror_diagonal, 3)
            | bit(first.enable, 4)
            | bit(second.enable, 5)
            | bit(dvs.raw_monitor_enable, 6)
            | bit(dvs.monitor_enable, 7),
        (pooling.x & 1) | dvs.origin.x << 1,
        (pooling.y & 1) | dvs.origin.y << 1,
        bit(dvs.mirror.x, 0) | dvs.cut.x << 1,
        bit(dvs.mirror.y, 0) | dvs.cut.y << 1,
        first.layer | second.layer << 4,
        169,
        0,
        0,
        9 | bit(dvs.pass_sensor_events, 4) | (pooling.x >> 1) << 5 | (pooling.y >> 1) << 6,
        0,
        0,
        131,
        3,
        131,
        3,
    ];
    let filter = &configuration.filter;
    let size = filter.filter_size;
    let filter = [
        80,
        16 | bit(!filter.enable, 6),
        filter.threshold,
        filter.threshold >> 8,
        size.x | size.y << 4,
        10,
    ];
    [
        (12, readout.collect()),
        (13, numbered(kind::NEURON, [24, 88]).collect()),
        (15, numbered(kind::NEURON, sensor).collect()),
        (10, numbered(kind::NEURON, filter).collect()),
    ]
}
