//! What the neurons of a population do in a step.

use super::{Order, Spikes};
use crate::loihi2::network::{Lif, Neuron, Population};

/// Half of the range of the current, which has 24 bits.
const HALF: i32 = 1 << 23;
/// The membrane stays within this.
const MOST_MEMBRANE: i32 = HALF - 1;
/// The sum of the synapses that << 6 keeps within 24 bits.
const MOST_SUM: u32 = 1 << 17;

/// How often numbers left their range in a run, of a population: neurons times steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overflows {
    /// The sum of the synapses was beyond 2^17.
    pub sums: u64,
    /// The current wrapped around in 24 bits.
    pub current_wraps: u64,
    /// The membrane was held at its bound.
    pub membrane_saturations: u64,
    /// The sum of a convolution wrapped around in 24 bits.
    pub convolution_wraps: u64,
}

/// What a population is.
pub(super) enum Kind {
    Input,
    Lif(Lifs),
    Relay { threshold: i32 },
}

/// LIF neurons with their parameters as the step takes them.
pub(super) struct Lifs {
    /// Of 4096.
    keeps_u: u32,
    keeps_v: u32,
    threshold: i32,
    /// Empty: none.
    bias: Vec<i32>,
    rest: [i32; 2],
}

impl Kind {
    pub fn new(population: &Population, order: &Order) -> Self {
        match &population.neuron {
            None => Self::Input,
            Some(Neuron::Relay { threshold }) => Self::Relay {
                threshold: *threshold,
            },
            Some(Neuron::Lif(lif)) => Self::Lif(Lifs::new(lif, order)),
        }
    }

    pub fn rest(&self) -> [i32; 2] {
        match self {
            Self::Lif(lif) => lif.rest,
            _ => [0, 0],
        }
    }

    /// Brings the input `a` into the state.
    pub fn integrate(&self, a: &[i32], u: &mut [i32], v: &mut [i32], overflows: &mut Overflows) {
        match self {
            Self::Lif(lif) => lif.integrate(a, u, v, overflows),
            Self::Relay { .. } => v.copy_from_slice(a),
            Self::Input => {}
        }
    }

    /// Finds who sends, and resets them.
    pub fn fire(&self, a: &[i32], v: &mut [i32], spikes: &mut Spikes) {
        match self {
            Self::Lif(lif) => fire(lif.threshold, v, &mut spikes.elements),
            Self::Relay { threshold } => {
                let sent = a.iter().enumerate();
                for (place, a) in sent.filter(|(_, a)| a.unsigned_abs() > threshold.unsigned_abs())
                {
                    spikes.elements.push(place as u32);
                    spikes.payloads.push(*a);
                }
                v.fill(0);
            }
            Self::Input => {}
        }
    }
}

impl Lifs {
    fn new(lif: &Lif, order: &Order) -> Self {
        let bias = lif.bias.as_ref().map_or(Vec::new(), |bias| {
            let nir = bias.effective(order.count());
            (0..nir.len()).map(|n| nir[order.to_nir(n)]).collect()
        });
        // `Network::check` has seen to it that none is negative.
        Self {
            keeps_u: (4096 - (i32::from(lif.du) + 1)) as u32,
            keeps_v: (4096 - i32::from(lif.dv)) as u32,
            threshold: lif.threshold << 6,
            bias,
            rest: [lif.u, lif.v],
        }
    }

    fn integrate(&self, a: &[i32], u: &mut [i32], v: &mut [i32], overflows: &mut Overflows) {
        let mut counts = [0u32; 3];
        let mut one = |a: i32, u: &mut i32, v: &mut i32, bias: i32| {
            let sum = decay(*u, self.keeps_u).wrapping_add(a.wrapping_shl(6));
            let wrapped = wrap(sum);
            let raw = decay(*v, self.keeps_v)
                .wrapping_add(wrapped)
                .wrapping_add(bias);
            let clipped = raw.clamp(-MOST_MEMBRANE, MOST_MEMBRANE);
            counts[0] += u32::from(a.unsigned_abs() >= MOST_SUM);
            counts[1] += u32::from(sum != wrapped);
            counts[2] += u32::from(raw != clipped);
            *u = wrapped;
            *v = clipped;
        };
        let neurons = a.iter().zip(u).zip(v);
        if self.bias.is_empty() {
            neurons.for_each(|((a, u), v)| one(*a, u, v, 0));
        } else {
            let neurons = neurons.zip(&self.bias);
            neurons.for_each(|(((a, u), v), bias)| one(*a, u, v, *bias));
        }
        overflows.sums += u64::from(counts[0]);
        overflows.current_wraps += u64::from(counts[1]);
        overflows.membrane_saturations += u64::from(counts[2]);
    }
}

/// x keeps / 4096, towards 0; in parts, since the product has more than 32 bits.
fn decay(x: i32, keeps: u32) -> i32 {
    let magnitude = x.unsigned_abs();
    let high = (magnitude >> 12).wrapping_mul(keeps);
    let low = ((magnitude & 4095) * keeps) >> 12;
    let kept = high.wrapping_add(low) as i32;
    if x < 0 { kept.wrapping_neg() } else { kept }
}

/// Into -2^23 < u <= 2^23 by one turn, as Lava does.
fn wrap(u: i32) -> i32 {
    if u > HALF {
        u.wrapping_sub(2 * HALF)
    } else if u <= -HALF {
        u.wrapping_add(2 * HALF)
    } else {
        u
    }
}

/// Lists who is beyond the threshold, and resets them. Most blocks have none, which is seen at once.
fn fire(threshold: i32, v: &mut [i32], spikes: &mut Vec<u32>) {
    const BLOCK: usize = 64;
    for (block, v) in v.chunks_mut(BLOCK).enumerate() {
        if !v.iter().fold(false, |any, v| any | (*v > threshold)) {
            continue;
        }
        for (place, v) in v.iter_mut().enumerate() {
            if *v > threshold {
                *v = 0;
                spikes.push((block * BLOCK + place) as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decay_is_that_of_wide_products() {
        let xs = [
            0,
            1,
            -1,
            4095,
            -4096,
            12_345_678,
            -HALF,
            HALF,
            i32::MAX,
            i32::MIN + 1,
        ];
        for keeps in [0, 1, 2048, 3933, 4095, 4096] {
            for x in xs {
                let wide = (i64::from(x).abs() * i64::from(keeps)) >> 12;
                let wide = if x < 0 { -wide } else { wide };
                assert_eq!(i64::from(decay(x, keeps)), wide, "{x} {keeps}");
            }
        }
    }

    #[test]
    fn current_wraps_above_its_half_and_at_minus_it() {
        assert_eq!(wrap(HALF), HALF);
        assert_eq!(wrap(HALF + 1), 1 - HALF);
        assert_eq!(wrap(-HALF), HALF);
        assert_eq!(wrap(1 - HALF), 1 - HALF);
    }
}
