//! Decay, membrane and threshold of neurons. Source: xylosim 0.1.3, XyloIAFNeuron.cpp:17-36 and
//! 97-153. Loops over all neurons have no branches, so that they become vector instructions.

use crate::xylo::chip::{Arithmetic, STATE_MAX, STATE_MIN};

/// Neurons that are looked at together for whether any of them spikes.
const CHUNK: usize = 16;

/// -2^(15 - shift), by which [`loss`] multiplies: a vector has no shift of its own for each lane.
pub(super) fn factor(shift: u8) -> i16 {
    (-(1i32 << (15 - u32::from(shift.min(15))))) as i16
}

/// What a state loses in a step: `x >> shift`, rounded down, and at least one unit towards zero.
///
/// x * factor is -x 2^15 / 2^shift; the next whole number above its 2^15th part is the shifted -x.
#[inline(always)]
fn loss(x: i16, factor: i16) -> i16 {
    let product = i32::from(x) * i32::from(factor);
    let shifted = -((product + 0x7FFF) >> 15);
    // A negative x loses at least one by rounding down.
    shifted as i16 + i16::from(shifted == 0 && x > 0)
}

/// Lets all currents decay. Whether any was not zero.
pub(super) fn decay_all(currents: &mut [i16], factors: &[i16]) -> bool {
    let mut any = 0;
    for (current, &factor) in currents.iter_mut().zip(factors) {
        let loss = loss(*current, factor);
        any |= loss;
        // Never overflows, since the loss has the sign of the current and is no larger; the chip
        // wraps.
        *current = current.wrapping_sub(loss);
    }
    any != 0
}

#[inline(always)]
fn saturate(x: i32) -> i32 {
    x.clamp(STATE_MIN, STATE_MAX)
}

/// The parameters of the membranes of one population.
#[derive(Debug)]
pub(super) struct Membrane {
    factor: Vec<i16>,
    threshold: Vec<i16>,
    bias: Vec<i16>,
}

impl Membrane {
    /// Decay shifts, thresholds and biases, which have been checked to fit.
    pub fn new(dash: &[u8], threshold: &[i32], bias: &[i32]) -> Self {
        let words = |values: &[i32]| values.iter().map(|&v| saturate(v) as i16).collect();
        Self {
            factor: dash.iter().map(|&d| factor(d)).collect(),
            threshold: words(threshold),
            bias: words(bias),
        }
    }

    /// The threshold of each neuron.
    pub fn thresholds(&self) -> &[i16] {
        &self.threshold
    }

    /// Lets all membranes `v` decay and add the currents of the `first` and, if there is one, the
    /// `second` synapse. Whether any membrane moved.
    pub fn integrate(
        &self,
        v: &mut [i16],
        (first, second): (&[i16], &[i16]),
        (arithmetic, bias): (Arithmetic, bool),
    ) -> bool {
        let old = |old: i16, loss: i16, current: i32, _: i16| {
            (saturate(i32::from(old.wrapping_sub(loss)) + current), 0)
        };
        // With shift 0 and V = -32768 the negation wraps, and the membrane stays there.
        let new = |old: i16, loss: i16, current: i32, _: i16| {
            let change = saturate(i32::from(loss.wrapping_neg()) + current);
            (saturate(i32::from(old) + change), change)
        };
        let biased = |old: i16, loss: i16, current: i32, bias: i16| {
            let change = saturate(i32::from(loss.wrapping_neg()) + current);
            let change = saturate(change + i32::from(bias));
            (saturate(i32::from(old) + change), change)
        };
        match (arithmetic, bias) {
            (Arithmetic::V1, _) => self.each(v, first, second, old),
            (Arithmetic::V2, false) => self.each(v, first, second, new),
            (Arithmetic::V2, true) => self.each(v, first, second, biased),
        }
    }

    /// `update` of each membrane, its loss, current and bias: the membrane, and its change.
    #[inline(always)]
    fn each(
        &self,
        v: &mut [i16],
        first: &[i16],
        second: &[i16],
        update: impl Fn(i16, i16, i32, i16) -> (i32, i32),
    ) -> bool {
        let mut moved = 0;
        let parameters = self.factor.iter().zip(&self.bias);
        if second.is_empty() {
            for ((v, (&factor, &bias)), &i) in v.iter_mut().zip(parameters).zip(first) {
                let (next, change) = update(*v, loss(*v, factor), i.into(), bias);
                (*v, moved) = (next as i16, moved | change);
            }
        } else {
            let currents = first.iter().zip(second);
            for ((v, (&factor, &bias)), (&i, &j)) in v.iter_mut().zip(parameters).zip(currents) {
                let current = i32::from(i) + i32::from(j);
                let (next, change) = update(*v, loss(*v, factor), current, bias);
                (*v, moved) = (next as i16, moved | change);
            }
        }
        moved != 0
    }

    /// The spikes of all neurons, at most `most` each, to `spikes`.
    pub fn fire_all(&self, v: &mut [i16], spikes: &mut [u8], most: u32) {
        let chunks = v.chunks_mut(CHUNK).zip(spikes.chunks_mut(CHUNK));
        for ((v, spikes), thresholds) in chunks.zip(self.threshold.chunks(CHUNK)) {
            spikes.fill(0);
            let over = v.iter().zip(thresholds).map(|(v, t)| i16::from(v >= t));
            if over.fold(0, |any, over| any | over) == 0 {
                continue;
            }
            for ((v, spikes), &threshold) in v.iter_mut().zip(spikes).zip(thresholds) {
                (*v, *spikes) = fire(*v, threshold, 0, most);
            }
        }
    }

    /// The spikes of neuron `id`, of which `spikes` are already counted, at most `most` in all.
    pub fn fire(&self, v: &mut i16, id: usize, spikes: u8, most: u32) -> u8 {
        let (after, spikes) = fire(*v, self.threshold[id], spikes.into(), most);
        *v = after;
        spikes
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

#[cfg(test)]
mod tests {
    use super::*;

    /// All states and all shifts.
    #[test]
    fn multiplying_loses_what_shifting_does() {
        for shift in 0..16u8 {
            for x in i16::MIN..=i16::MAX {
                let expected = match x >> shift {
                    0 => x.signum(),
                    loss => loss,
                };
                assert_eq!(loss(x, factor(shift)), expected, "{x} by {shift}");
            }
        }
    }
}
