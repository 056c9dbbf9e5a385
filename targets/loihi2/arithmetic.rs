//! The integers of Lava's `fixed_pt` LIF and Dense processes, and how a model's numbers become such.
//!
//! Sources: lava-nc 0.10.0, `proc/lif/models.py` (PyLifModelBitAcc), `proc/dense/models.py`,
//! `utils/weightutils.py`; NIR's `paper/nir_to_lava.py` for the choice of integers.

/// The bits of a decay factor.
pub const DECAY_BITS: i64 = 12;
/// The synaptic current u wraps around in 24 bits, from just above -2^23 to 2^23.
pub const CURRENT_RANGE: [i64; 2] = [1 - (1 << 23), 1 << 23];
/// The membrane potential v stays between these.
pub const MEMBRANE_RANGE: [i64; 2] = [1 - (1 << 23), (1 << 23) - 1];
/// An event adds weight << 6 to u, a bias mantissa of exponent 6 adds mantissa << 6 to v, and v is
/// compared with the threshold's mantissa << 6.
pub const SHIFT: i64 = 6;
/// Steps of the weight and the bias for each unit of the model.
pub const WEIGHT_UNIT: f64 = 256.0;
/// The largest sum of weights that u takes in a step: then one wrap of 24 bits, which is what Lava
/// does, brings every sum back.
pub const MOST_SUM: i64 = 1 << 18;
/// The largest mantissa of a threshold, of 17 bits.
pub const MOST_THRESHOLD: f64 = 131_071.0;
/// The largest mantissa of a bias, of 13 bits with sign.
pub const MOST_BIAS: f64 = 4095.0;
/// The longest way of a spike: a step, and a synaptic delay of 6 bits.
pub const MOST_STEPS: usize = 64;

/// A number this near to a whole one, relatively, is taken for it: what the order of operations in
/// f64 changes must not change an integer.
const SAME: f64 = 1.0 / (1u64 << 40) as f64;

/// The next whole number towards 0, as Python's `int`.
fn truncate(x: f64) -> f64 {
    let whole = x.round();
    if (x - whole).abs() <= SAME * whole.abs() {
        whole
    } else {
        x.trunc()
    }
}

/// A weight of the model, with the neuron's gains, in steps; what does not fit is not clamped.
pub fn weight(weight: f64) -> f64 {
    truncate(weight * WEIGHT_UNIT)
}

/// The weights that a Dense process holds: 8 bits and, with weights of both signs, a ninth.
pub fn weight_range(negative: bool, positive: bool) -> [f64; 2] {
    match (negative, positive) {
        (true, false) => [-255.0, 0.0],
        (true, true) => [-256.0, 255.0],
        (false, _) => [0.0, 255.0],
    }
}

/// The weight as a process that has weights of both signs holds it: the last of its 9 bits is not
/// there.
pub fn mixed(weight: f64) -> f64 {
    (weight / 2.0).floor() * 2.0
}

/// What a state of decay factor `decay` keeps of 2^12: Lava's dv of `int((1 - decay) * 4095)`.
pub fn membrane_keeps(decay: f64) -> i64 {
    (1 << DECAY_BITS) - truncate((1.0 - decay) * 4095.0) as i64
}

/// As [`membrane_keeps`]; the current loses one part more, Lava's `ds_offset`.
pub fn current_keeps(decay: f64) -> i64 {
    membrane_keeps(decay) - 1
}

/// The mantissa of a threshold.
pub fn threshold(v_threshold: f64) -> f64 {
    (truncate(v_threshold * 131_071.0) / 512.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the NIR paper's LIF: tau 2.5 ms, step 0.1 ms, v_threshold 0.1.
    #[test]
    fn integers_are_those_of_the_papers_importer() {
        let rate = 1e-4 / 0.0025;
        assert_eq!(weight(rate), 10.0);
        assert_eq!(weight(-rate), -10.0);
        assert_eq!(membrane_keeps(1.0 - rate), 4096 - 163);
        assert_eq!((membrane_keeps(1.0), membrane_keeps(0.0)), (4096, 1));
        assert_eq!((current_keeps(1.0), current_keeps(0.0)), (4095, 0));
        assert_eq!(threshold(0.1), 25.0);
        // int(0.2 * 4095) = 819, whatever 1 - 0.8 is in f64.
        assert_eq!(membrane_keeps(0.8), 4096 - 819);
        assert_eq!(weight(0.999_999_999_999_999_9), 256.0);
        assert_eq!(
            (mixed(11.0), mixed(-11.0), mixed(-256.0)),
            (10.0, -12.0, -256.0)
        );
    }
}
