//! Decay, membrane and threshold of a neuron. Source: xylosim 0.1.3, XyloIAFNeuron.cpp:17-36 and
//! 97-153.

use crate::xylo::chip::{Arithmetic, STATE_MAX, STATE_MIN};

/// What a state loses in a step: `x >> shift`, rounded down, and at least one unit towards zero.
fn decay(x: i16, shift: u8) -> i16 {
    let loss = x >> shift;
    if loss == 0 { x.signum() } else { loss }
}

/// Lets all currents decay. Whether any was not zero.
pub(super) fn decay_all(currents: &mut [i16], shifts: &[u8]) -> bool {
    let mut any = 0;
    for (current, &shift) in currents.iter_mut().zip(shifts) {
        let loss = decay(*current, shift);
        any |= loss;
        // Never overflows, since the loss has the sign of the current and is no larger; the chip
        // wraps.
        *current = current.wrapping_sub(loss);
    }
    any != 0
}

fn saturate(x: i32) -> i32 {
    x.clamp(STATE_MIN, STATE_MAX)
}

/// The membranes of one population.
#[derive(Clone, Debug)]
pub(super) struct Membrane {
    /// Membrane potentials.
    pub v: Vec<i16>,
    dash: Vec<u8>,
    threshold: Vec<i16>,
    bias: Vec<i16>,
}

impl Membrane {
    /// Membranes at 0. The values have been checked to fit.
    pub fn new(dash: Vec<u8>, threshold: &[i32], bias: &[i32]) -> Self {
        let words = |values: &[i32]| values.iter().map(|&v| saturate(v) as i16).collect();
        Self {
            v: vec![0; dash.len()],
            dash,
            threshold: words(threshold),
            bias: words(bias),
        }
    }

    /// The threshold of each neuron.
    pub fn thresholds(&self) -> &[i16] {
        &self.threshold
    }

    /// One step of neuron `id` with `current` added and `spikes` already counted. The spikes, at
    /// most `most`, and whether the membrane moved before the threshold.
    pub fn update(
        &mut self,
        id: usize,
        current: i32,
        (arithmetic, bias): (Arithmetic, bool),
        spikes: u32,
        most: u32,
    ) -> (u8, bool) {
        let old = self.v[id];
        let loss = decay(old, self.dash[id]);
        let (v, moved) = match arithmetic {
            Arithmetic::V1 => (saturate(i32::from(old.wrapping_sub(loss)) + current), false),
            Arithmetic::V2 => {
                // With shift 0 and V = -32768 the negation wraps, and the membrane stays there.
                let mut change = saturate(i32::from(loss.wrapping_neg()) + current);
                if bias {
                    change = saturate(change + i32::from(self.bias[id]));
                }
                (saturate(i32::from(old) + change), change != 0)
            }
        };
        let (v, spikes) = fire(v as i16, self.threshold[id], spikes, most);
        self.v[id] = v;
        (spikes, moved)
    }
}

/// Spikes while `v >= threshold`, at most `most` in all, losing the threshold each time.
fn fire(mut v: i16, threshold: i16, mut spikes: u32, most: u32) -> (i16, u8) {
    while v >= threshold && spikes < most {
        spikes += 1;
        // A negative threshold may wrap, as on the chip.
        v = v.wrapping_sub(threshold);
    }
    (v, spikes as u8)
}
