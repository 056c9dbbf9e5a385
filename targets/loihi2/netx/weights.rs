//! What the loader makes of dense weights (`utils.py`, `optimize_weight_bits`), and Lava of those.

use crate::loihi2::network::{SignMode, effective_weight};

/// Shift and width of a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Optimized {
    /// Weights are << this, and the connection's exponent is minus this.
    pub shift: u32,
    /// The connection's number of weight bits.
    pub bits: u8,
    /// What weights are clipped to before, where both signs are there.
    clip: [i32; 2],
}

/// What the loader makes of a layer's weights: those of its input, and those of its recurrence.
///
/// # Errors
///
/// What keeps the loader from it.
pub fn optimize(parts: &[&[i32]]) -> Result<Optimized, String> {
    let all = || parts.iter().flat_map(|part| part.iter().copied());
    let (Some(mut low), Some(mut high)) = (all().min(), all().max()) else {
        return Err("it has no weights".to_owned());
    };
    if (low, high) == (0, 0) {
        return Err("all weights are 0, on which the loader fails".to_owned());
    }
    let mut clip = [i32::MIN, i32::MAX];
    if (high > 254 && low < 0) || (low < -256 && high > 0) {
        clip = [-256, 254];
        (low, high) = (low.max(-256), high.min(254));
    }
    let signed = high >= 0 && low < 0;
    // A quotient by 0 is infinite and the smaller one is taken, as in numpy.
    let scale = if signed {
        (127.0 / f64::from(high)).min(-128.0 / f64::from(low))
    } else if high < 0 {
        -256.0 / f64::from(low)
    } else {
        255.0 / f64::from(high)
    };
    let sign = i32::from(signed);
    let scale_bits = scale.log2().floor() as i32 + sign;
    let Ok(shift) = u32::try_from(scale_bits) else {
        return Err(format!(
            "its weights go from {low} to {high}, beyond 8 bits"
        ));
    };
    // How many of the last 8 bits all weights have 0; 0 if the last is needed, as the loader counts.
    let used = all()
        .map(|w| w.clamp(clip[0], clip[1]))
        .fold(0, |bits, w| bits | w);
    let zeros = used.trailing_zeros().min(8) as i32;
    let bits = 8 - scale_bits - (zeros - sign);
    let bits = u8::try_from(bits).map_err(|_| format!("its weights would have {bits} bits"))?;
    Ok(Optimized { shift, bits, clip })
}

impl Optimized {
    /// The weight that is given to Lava.
    pub fn given(&self, weight: i32) -> i32 {
        weight.clamp(self.clip[0], self.clip[1]) << self.shift
    }

    /// A weight that Lava would change, with what it would be, if there is one. Each part has the sign
    /// mode of its own.
    pub fn changed(&self, part: &[i32]) -> Option<(i32, f64)> {
        let mode = sign_mode(part);
        let made = |w: i32| effective_weight(self.given(w), mode, self.bits);
        let wrong = part.iter().find(|w| made(**w) != **w << self.shift)?;
        Some((*wrong, f64::from(made(*wrong)) / f64::from(1 << self.shift)))
    }
}

/// The mode that Lava gives weights by itself: the loader passes none.
pub fn sign_mode(part: &[i32]) -> SignMode {
    let low = part.iter().min().copied().unwrap_or(0);
    let high = part.iter().max().copied().unwrap_or(0);
    SignMode::of(low.into(), high.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that lava-dl 0.6.0 gave.
    #[test]
    fn weights_are_what_the_loader_makes() {
        let made = |weights: &[i32]| {
            let o = optimize(&[weights]).unwrap();
            (o.shift, o.bits)
        };
        assert_eq!(made(&[-256, 254]), (0, 8));
        assert_eq!(made(&[-198, 198, 2]), (0, 8));
        assert_eq!(made(&[-114, 92, 2]), (1, 7));
        assert_eq!(made(&[2, -2]), (6, 2));
        assert_eq!(made(&[254, 0]), (0, 7));
        assert!(optimize(&[&[0, 0]]).is_err());
        assert!(optimize(&[&[256, 0]]).is_err());
    }

    #[test]
    fn what_lava_changes_is_found() {
        let changed = |weights: &[i32]| optimize(&[weights]).unwrap().changed(weights);
        assert_eq!(changed(&[-256, 254, 2]), None);
        assert_eq!(changed(&[-2, 0]), Some((-2, -1.0)));
        assert_eq!(changed(&[-2, -4]), Some((-4, -2.0)));
        assert_eq!(changed(&[-256, 0]), Some((-256, -128.0)));
        assert_eq!(changed(&[-3, 255]), Some((255, 254.0)));
        // A recurrence of one sign beside weights of both.
        let both = optimize(&[&[100, -2], &[-128, 0]]).unwrap();
        assert_eq!(both.changed(&[100, -2]), None);
        assert!(both.changed(&[-128, 0]).is_some());
    }
}
