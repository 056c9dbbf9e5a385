//! The synapse word: 16 bits for a synapse. Source: `SynapseWordSpec` of NESTML's pe_config.
//!
//! From the highest bit: magnitude of the weight, delay, type (0 excitatory, 1 inhibitory), index of
//! the target neuron.

/// How the bits of a word are divided; one more is the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynapseWord {
    /// Bits of the magnitude.
    pub weight: u32,
    /// Bits of the delay.
    pub delay: u32,
    /// Bits of the target.
    pub target: u32,
}

/// The word of applications with delays.
pub const WORD: SynapseWord = SynapseWord {
    weight: 4,
    delay: 3,
    target: 8,
};

/// The word of applications without delays.
pub const WORD_WITHOUT_DELAY: SynapseWord = SynapseWord {
    weight: 7,
    delay: 0,
    target: 8,
};

/// A synapse of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Synapse {
    /// The neuron that it leads to: of the population, or of the processing element.
    pub target: u32,
    /// In integers; negative is inhibitory.
    pub weight: i16,
    /// A spike acts one tick after it was sent, and this much later.
    pub delay: u8,
}

impl SynapseWord {
    /// The largest magnitude of a weight.
    pub const fn largest_weight(self) -> i64 {
        (1 << self.weight) - 1
    }

    /// The largest delay.
    pub const fn largest_delay(self) -> usize {
        (1 << self.delay) - 1
    }

    /// How many targets have an index.
    pub const fn targets(self) -> usize {
        1 << self.target
    }

    /// The word of `synapse`; `None` if a field does not hold its number.
    pub fn encode(self, synapse: Synapse) -> Option<u16> {
        let magnitude = u32::from(synapse.weight.unsigned_abs());
        let delay = u32::from(synapse.delay);
        if i64::from(magnitude) > self.largest_weight()
            || delay as usize > self.largest_delay()
            || synapse.target as usize >= self.targets()
        {
            return None;
        }
        let inhibitory = u32::from(synapse.weight < 0);
        let word = ((magnitude << self.delay | delay) << 1 | inhibitory) << self.target;
        u16::try_from(word | synapse.target).ok()
    }

    /// The synapse of a word.
    pub fn decode(self, word: u16) -> Synapse {
        let word = u32::from(word);
        let take = |shift: u32, bits: u32| word >> shift & ((1 << bits) - 1);
        let magnitude = take(self.target + 1 + self.delay, self.weight) as i16;
        let inhibitory = take(self.target, 1) == 1;
        Synapse {
            target: take(0, self.target),
            weight: if inhibitory { -magnitude } else { magnitude },
            delay: take(self.target + 1, self.delay) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synapse(target: u32, weight: i16, delay: u8) -> Synapse {
        Synapse {
            target,
            weight,
            delay,
        }
    }

    #[test]
    fn fields_stand_where_the_layout_has_them() {
        assert_eq!(WORD.encode(synapse(3, 5, 2)), Some(0x5403));
        assert_eq!(WORD.encode(synapse(255, -15, 7)), Some(0xFFFF));
        assert_eq!(WORD_WITHOUT_DELAY.encode(synapse(4, -100, 0)), Some(0xC904));
    }

    #[test]
    fn every_word_is_read_back() {
        for word in [WORD, WORD_WITHOUT_DELAY] {
            for bits in 0..=u16::MAX {
                let synapse = word.decode(bits);
                // Minus nothing is nothing: the type of a weight of 0 is not kept.
                if synapse.weight != 0 {
                    assert_eq!(word.encode(synapse), Some(bits));
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_has_no_word() {
        assert_eq!(WORD.encode(synapse(0, 16, 0)), None);
        assert_eq!(WORD.encode(synapse(0, -16, 0)), None);
        assert_eq!(WORD.encode(synapse(0, 1, 8)), None);
        assert_eq!(WORD.encode(synapse(256, 1, 0)), None);
        assert_eq!(WORD_WITHOUT_DELAY.encode(synapse(0, 1, 1)), None);
        assert_eq!(WORD_WITHOUT_DELAY.encode(synapse(0, i16::MIN, 0)), None);
    }
}
