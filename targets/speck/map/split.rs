//! How many output channels each part of a layer gets.

use std::collections::BTreeMap;

use super::graph::{Unit, Work};
use crate::speck::chip::{CORES, Chip};

/// All sizes worth a try for so many parts of layer `index`, each at least one channel:
/// equal ones; all but the last of 2^n; and, for each choice of cores that hold the layer together, as
/// equal as these cores allow. The last finds room whenever there is room on so many cores.
pub(super) fn sizes(work: &[Work], index: usize, parts: u64, chip: &Chip) -> Vec<Vec<u64>> {
    let channels = work[index].channels;
    let mut all = vec![equal(channels, parts)];
    let mut add = |sizes: Vec<u64>| {
        if sizes.len() as u64 == parts && !all.contains(&sizes) {
            all.push(sizes);
        }
    };
    add(rounded(channels, parts));
    if parts > 1 {
        // Cores that hold as many channels are alike.
        let mut alike = BTreeMap::new();
        for core in 0..CORES {
            let held = capacity(work, index, core, chip);
            if held > 0 {
                *alike.entry(held).or_insert(0_u64) += 1;
            }
        }
        let alike: Vec<_> = alike.into_iter().collect();
        chosen(&alike, parts, channels, &mut Vec::new(), &mut add);
    }
    all
}

/// As equal as can be.
fn equal(channels: u64, parts: u64) -> Vec<u64> {
    let (each, more) = (channels / parts.max(1), channels % parts.max(1));
    (0..parts)
        .map(|part| each + u64::from(part < more))
        .collect()
}

/// All but the last of 2^n: words are rounded up to powers of two, so that can take fewer.
fn rounded(channels: u64, parts: u64) -> Vec<u64> {
    let each = channels.div_ceil(parts.max(1)).next_power_of_two();
    let mut left = channels;
    let mut counts = Vec::new();
    while left > 0 {
        let count = each.min(left);
        counts.push(count);
        left -= count;
    }
    counts
}

/// The most channels of a layer that a core holds: memory grows with them.
fn capacity(work: &[Work], layer: usize, core: usize, chip: &Chip) -> u64 {
    let holds = |count: u64| {
        let first = 0;
        let unit = Unit::Part {
            layer,
            first,
            count,
        };
        unit.cores(work, chip) >> core & 1 == 1
    };
    let (mut low, mut high) = (0, work[layer].channels);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// Gives `found` the sizes for each choice of so many cores that hold the channels together. `alike` are the
/// channels that a core holds and how many such cores there are, ascending; `taken` those chosen before.
fn chosen(
    alike: &[(u64, u64)],
    parts: u64,
    channels: u64,
    taken: &mut Vec<u64>,
    found: &mut impl FnMut(Vec<u64>),
) {
    let left = parts - taken.len() as u64;
    let Some(((held, cores), rest)) = alike.split_first() else {
        if left == 0 && taken.iter().sum::<u64>() >= channels {
            found(filled(channels, taken));
        }
        return;
    };
    let before = taken.len();
    for count in 0..=left.min(*cores) {
        taken.resize(before + count as usize, *held);
        chosen(rest, parts, channels, taken, found);
    }
    taken.truncate(before);
}

/// As equal as parts can be that hold at most so many each, ascending; the largest first. What they hold
/// together is enough, and stays so: whatever takes less than its share leaves the rest to larger ones.
fn filled(channels: u64, most: &[u64]) -> Vec<u64> {
    let mut left = channels;
    let parts = most.len() as u64;
    let mut sizes: Vec<u64> = (most.iter().zip((1..=parts).rev()))
        .map(|(most, parts)| {
            let size = (*most).min(left / parts);
            left -= size;
            size
        })
        .collect();
    sizes.reverse();
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_equal_as_cores_allow() {
        assert_eq!(filled(1024, &[256, 256, 512]), [512, 256, 256]);
        assert_eq!(filled(10, &[2, 9]), [8, 2]);
        assert_eq!(filled(11, &[4, 9, 9]), equal(11, 3));
        assert_eq!(filled(16, &[5, 5, 6]), [6, 5, 5]);
    }
}
