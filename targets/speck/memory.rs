//! The words of a core's memories that a layer takes.
//!
//! Source: datasheet of August 2023, 3.2.4.1; the vendor's validator (samna 0.7.1.0) reports the same
//! numbers. Addresses are fields of bits side by side, so each extent but the first is rounded up to a
//! power of two.

use super::chip::Memory;

/// The bits that tell `count` things apart: the least b with 2^b >= count.
pub const fn bits(count: u64) -> u32 {
    if count <= 1 {
        0
    } else {
        u64::BITS - (count - 1).leading_zeros()
    }
}

/// `count` 2^`shift`, or the largest number.
const fn shifted(count: u64, shift: u32) -> u64 {
    if shift > count.leading_zeros() || shift >= u64::BITS {
        u64::MAX
    } else {
        count << shift
    }
}

/// Words of 8 bits for a kernel of side `side` between so many features.
pub const fn kernel_words(input_features: u64, output_features: u64, side: u64) -> u64 {
    shifted(
        input_features,
        bits(side.saturating_mul(side)) + bits(output_features),
    )
}

/// Words of 16 bits for the neurons of a map of `columns` and `rows`, before pooling.
pub const fn neuron_words(output_features: u64, columns: u64, rows: u64) -> u64 {
    shifted(output_features, bits(columns) + bits(rows))
}

/// What a layer takes of a core's memories.
pub const fn words(
    input_features: u64,
    output_features: u64,
    side: u64,
    columns: u64,
    rows: u64,
) -> Memory {
    Memory {
        kernel: kernel_words(input_features, output_features, side),
        neuron: neuron_words(output_features, columns, rows),
        bias: output_features,
    }
}

impl Memory {
    /// Whether all of `self` has a place in `other`.
    pub const fn fits(&self, other: &Self) -> bool {
        self.kernel <= other.kernel && self.neuron <= other.neuron && self.bias <= other.bias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_rounded_logarithm() {
        for (count, expected) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1024, 10)] {
            assert_eq!(bits(count), expected, "{count}");
        }
    }

    /// The numbers of samna's messages (16 features of 3x3 into 65, 33x33 maps, 128 to 129 features).
    #[test]
    fn words_are_those_of_the_validator() {
        assert_eq!(kernel_words(16, 65, 3), 32768);
        assert_eq!(kernel_words(128, 129, 1), 32768);
        assert_eq!(neuron_words(5, 33, 33), 20480);
        assert_eq!(neuron_words(16, 64, 33), 65536);
        assert_eq!(kernel_words(u64::MAX, 1024, 16), u64::MAX);
    }
}
