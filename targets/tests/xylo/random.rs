//! Random specifications that a chip can hold.

use ndarray::{Array2, Array3};
use nirc_targets::xylo::{
    chip::Chip,
    specification::{NodeRange, Role, Specification},
};

/// A 64-bit xorshift generator (Marsaglia, 2003): the same numbers everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| _ = random.next());
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From `low` to `high`, both included.
    pub fn integer(&mut self, low: i32, high: i32) -> i32 {
        low + (self.next() >> 11).rem_euclid((high - low + 1) as u64) as i32
    }

    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.integer(low as i32, high as i32) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: i32) -> bool {
        self.integer(1, n) == 1
    }

    fn row(&mut self, count: usize, low: i32, high: i32) -> Vec<i32> {
        (0..count).map(|_| self.integer(low, high)).collect()
    }
}

/// A legal specification of random sizes and values, up to `largest` hidden neurons. No recurrent
/// connection is on the second synapse only.
pub fn specification(random: &mut Random, chip: &Chip, largest: usize) -> Specification {
    let inputs = random.size(1, chip.input_channels.value);
    let synapses = random.size(1, chip.hidden_synapses.value);
    let hidden = random.size(1, largest.min(chip.hidden_neurons_for(synapses).value));
    let readouts = random.size(1, chip.readout_neurons.value);
    let most = |limit: &Option<_>, all: usize| {
        limit
            .as_ref()
            .map_or(all, |l: &nirc_targets::xylo::chip::Limit| l.value.min(all))
    };
    let reached = random.size(1, most(&chip.input_expansion, hidden));
    let read = match &chip.readout_expansion {
        Some(limit) => random.size(1, limit.value.min(hidden)),
        None => hidden,
    };
    let mut s = Specification::silent(inputs, hidden, readouts, synapses);
    s.chip = Some(chip.name.to_owned());
    s.dt = Some(0.001);
    s.weights_in = Array3::from_shape_fn((inputs, reached, synapses), |_| weight(random));
    s.weights_out = Array2::from_shape_fn((read, readouts), |_| weight(random));
    let fan_out = (chip.connections.value / hidden)
        .min(chip.fan_out.value)
        .min(hidden);
    for source in 0..hidden {
        for _ in 0..random.size(0, fan_out) {
            let target = random.size(0, hidden - 1);
            s.weights_rec[[source, target, 0]] = 1 + random.integer(0, 126);
            if random.once_in(2) {
                s.weights_rec[[source, target, 0]] -= 129;
            }
            if synapses > 1 {
                s.weights_rec[[source, target, 1]] = weight(random);
            }
        }
    }
    for dash in [&mut s.dash_mem, &mut s.dash_syn] {
        *dash = random.row(hidden, 0, 15);
    }
    if chip.hidden_synapses.value > 1 {
        s.dash_syn_2 = random.row(hidden, 0, 15);
    }
    s.dash_mem_out = random.row(readouts, 0, 15);
    s.dash_syn_out = random.row(readouts, 0, 15);
    s.threshold = random.row(hidden, -32768, 32767);
    s.threshold_out = random.row(readouts, -32768, 32767);
    if chip.readout_threshold_pairs.value {
        s.threshold_out
            .chunks_mut(2)
            .for_each(|pair| pair.fill(pair[0]));
    }
    for shift in [
        &mut s.weight_shift_in,
        &mut s.weight_shift_rec,
        &mut s.weight_shift_out,
    ] {
        *shift = random.integer(0, 7);
    }
    if chip.bias.is_some() && random.once_in(2) {
        s.bias = random.row(hidden, -128, 127);
        s.bias_out = random.row(readouts, -128, 127);
        s.has_bias = random.once_in(4).then_some(false);
    }
    if random.once_in(2) {
        // A rotation of the ids gives every target one source.
        let turn = random.size(0, hidden - 1);
        for (id, targets) in s.aliases.iter_mut().enumerate() {
            let target = (id + turn) % hidden;
            if target != id && random.once_in(3) {
                targets.push(target as i32);
            }
        }
    }
    s.nodes = vec![
        NodeRange {
            node: "input".into(),
            role: Role::Input,
            first: 0,
            count: inputs,
        },
        NodeRange {
            node: "nested/lif".into(),
            role: Role::Hidden,
            first: 0,
            count: hidden,
        },
        NodeRange {
            node: "readout \"2\"".into(),
            role: Role::Readout,
            first: 0,
            count: readouts,
        },
    ];
    s
}

fn weight(random: &mut Random) -> i32 {
    if random.once_in(3) {
        0
    } else {
        random.integer(-128, 127)
    }
}
