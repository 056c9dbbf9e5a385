//! The weights that Lava makes of those that it is given (`utils/weightutils.py`,
//! `truncate_weights` and `clip_weights`).

use nirc_dialects::tensor::Tensor;

use super::{Connection, SignMode, Synapses};

/// A weight as a connection of this mode and number of bits holds it: clipped to 8 bits, and a ninth
/// with both signs; what it has no bits for is dropped, toward minus infinity in magnitude and sign of
/// the mode.
pub fn effective_weight(weight: i32, mode: SignMode, bits: u8) -> i32 {
    let mixed = mode == SignMode::Mixed;
    let inhibitory = mode == SignMode::Inhibitory;
    let weight = if inhibitory {
        weight.wrapping_neg()
    } else {
        weight
    };
    let weight = weight.clamp(if mixed { -256 } else { 0 }, 255);
    let dropped = (8 + u32::from(mixed)).saturating_sub(bits.into());
    let weight = (weight >> dropped) << dropped;
    if inhibitory { -weight } else { weight }
}

/// The elements of a tensor of integers of 32 bits at most, in row-major order; none of another's.
pub fn integers(tensor: &Tensor) -> Vec<i32> {
    match tensor {
        Tensor::I8(array) => array.iter().map(|w| i32::from(*w)).collect(),
        Tensor::I16(array) => array.iter().map(|w| i32::from(*w)).collect(),
        Tensor::I32(array) => array.iter().copied().collect(),
        _ => Vec::new(),
    }
}

impl Connection {
    /// The weights as Lava holds them, before the exponent, in the order of [`Synapses`].
    pub fn effective_weights(&self) -> Vec<i32> {
        let mut weights = match &self.synapses {
            Synapses::Dense { weight } => integers(weight),
            Synapses::Sparse(sparse) => sparse.weights.iter().map(|w| i32::from(*w)).collect(),
            Synapses::Convolution(convolution) => return integers(&convolution.weight),
        };
        for weight in &mut weights {
            *weight = effective_weight(*weight, self.sign_mode, self.weight_bits);
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_lose_what_lava_drops() {
        let mixed = |w| effective_weight(w, SignMode::Mixed, 5);
        assert_eq!([17, -1, 300, -300].map(mixed), [16, -16, 240, -256]);
        let excitatory = |w| effective_weight(w, SignMode::Excitatory, 8);
        assert_eq!([17, -1, 300].map(excitatory), [17, 0, 255]);
        let inhibitory = |w| effective_weight(w, SignMode::Inhibitory, 5);
        assert_eq!([-17, 1, -300].map(inhibitory), [-16, 0, -248]);
        assert_eq!(effective_weight(3, SignMode::Mixed, 8), 2);
        assert_eq!(effective_weight(3, SignMode::Mixed, 9), 3);
    }
}
