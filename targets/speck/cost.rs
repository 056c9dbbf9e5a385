//! What the rewriting passes minimise: the ops that a core has, as `passes::rewrite` asks for them.

use nirc_passes::rewrite::event_chip::{CONVOLUTIONAL_EVENT_CHIP, ChipOps, ConvolutionOps, Price};

use super::chip::{CORES, Chip};

/// Strides and pools as the rewriting passes count them; a test compares them with the chips'.
const STRIDES: &[usize] = &[1, 2, 4, 8];
const POOLS: &[usize] = &[1, 2, 4];

/// The ops of a chip. A layer costs a core, a share of all memory: two layers in one are worth a large
/// kernel. Layers too large for a core are split when they are placed, so they have no limits here.
pub fn cost(chip: &Chip) -> ChipOps {
    let number = |value: i64| usize::try_from(value).unwrap_or(0);
    let words: u64 = chip.memory.value.iter().map(|m| m.kernel + m.neuron).sum();
    ChipOps {
        name: chip.name,
        convolution: Some(ConvolutionOps {
            dimensions: 2,
            kernel: number(chip.kernel_size.value.high),
            square: true,
            strides: STRIDES,
            padding: number(chip.padding.value.high),
            groups: false,
            dilation: false,
            channels: number(chip.features.value.high),
            extent: number(chip.output_size.value.high),
        }),
        sum_pool: POOLS,
        price: Price {
            word: 1,
            neuron: 1,
            layer: words / CORES as u64,
        },
        ..CONVOLUTIONAL_EVENT_CHIP
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speck::chip::CHIPS;

    #[test]
    fn strides_and_pools_are_the_chips() {
        for chip in &CHIPS {
            let same = |a: &[usize], b: &[i64]| a.iter().map(|n| *n as i64).eq(b.iter().copied());
            assert!(same(STRIDES, chip.strides.value), "{}", chip.name);
            // speck2b pools by 8 too, which no other chip of the family does.
            assert!(
                POOLS
                    .iter()
                    .all(|p| chip.pooling.value.contains(&(*p as i64)))
            );
        }
    }
}
