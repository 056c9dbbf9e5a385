//! The weights that Lava makes of those that it is given (`utils/weightutils.py`,
//! `truncate_weights` and `clip_weights`).

use nirc_dialects::{tensor::Tensor, with_elements};

use crate::loihi2::network::{Connection, SignMode, Sparse};

/// Clipped to 8 bits, and a ninth with both signs; bits that the connection has not are dropped.
fn effective(weight: i32, mode: SignMode, bits: u8) -> i32 {
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

/// [target, source], of a dense connection.
pub fn effective_dense(connection: &Connection, weight: &Tensor) -> Vec<i32> {
    let (mode, bits) = (connection.sign_mode, connection.weight_bits);
    // `Network::check` has seen that these are integers of 32 bits at most.
    with_elements!(weight, array => {
        array.iter().map(|w| effective(*w as i32, mode, bits)).collect()
    })
}

/// In the order of the synapses, of a sparse connection.
pub fn effective_sparse(connection: &Connection, sparse: &Sparse) -> Vec<i32> {
    let (mode, bits) = (connection.sign_mode, connection.weight_bits);
    let weights = sparse.weights.iter();
    weights
        .map(|w| effective((*w).into(), mode, bits))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_lose_what_lava_drops() {
        let mixed = |w| effective(w, SignMode::Mixed, 5);
        assert_eq!([17, -1, 300, -300].map(mixed), [16, -16, 240, -256]);
        let excitatory = |w| effective(w, SignMode::Excitatory, 8);
        assert_eq!([17, -1, 300].map(excitatory), [17, 0, 255]);
        let inhibitory = |w| effective(w, SignMode::Inhibitory, 5);
        assert_eq!([-17, 1, -300].map(inhibitory), [-16, 0, -248]);
        assert_eq!(effective(3, SignMode::Mixed, 8), 2);
        assert_eq!(effective(3, SignMode::Mixed, 9), 3);
    }
}
