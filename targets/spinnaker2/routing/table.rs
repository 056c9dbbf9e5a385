//! Routing tables: entries of key and mask, the first that matches decides.

use super::route::Route;

/// The keys k with `k & mask == key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyMask {
    /// The bits that a key must have where the mask has ones; zero elsewhere.
    pub key: u32,
    /// The bits that are compared.
    pub mask: u32,
}

impl KeyMask {
    /// Bits of `key` outside of `mask` are dropped.
    pub const fn new(key: u32, mask: u32) -> Self {
        Self {
            key: key & mask,
            mask,
        }
    }

    /// Whether a key matches.
    pub const fn matches(self, key: u32) -> bool {
        key & self.mask == self.key
    }

    /// Whether some key matches both.
    pub const fn meets(self, other: Self) -> bool {
        (self.key ^ other.key) & self.mask & other.mask == 0
    }

    /// Whether every key of `other` matches.
    pub const fn contains(self, other: Self) -> bool {
        self.mask & !other.mask == 0 && (self.key ^ other.key) & self.mask == 0
    }

    /// The smallest block of keys that contains both.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        Self::new(self.key, self.mask & other.mask & !(self.key ^ other.key))
    }

    /// How many keys match, 1 to 2^32.
    pub const fn size(self) -> u64 {
        1 << self.mask.count_zeros()
    }

    /// The lowest key that matches.
    pub const fn first(self) -> u32 {
        self.key
    }

    /// The highest key that matches.
    pub const fn last(self) -> u32 {
        self.key | !self.mask
    }

    /// The keys of `self` that `other` has not, as disjoint blocks.
    pub fn without(self, other: Self) -> Vec<Self> {
        if !self.meets(other) {
            return vec![self];
        }
        let mut left = self;
        let mut blocks = Vec::new();
        let mut bits = other.mask & !self.mask;
        while bits != 0 {
            let bit = 1 << (31 - bits.leading_zeros());
            bits ^= bit;
            let mask = left.mask | bit;
            blocks.push(Self::new(left.key | (!other.key & bit), mask));
            left = Self::new(left.key | (other.key & bit), mask);
        }
        blocks
    }
}

/// A row of a routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The keys that it is for.
    pub keys: KeyMask,
    /// Where their packets go.
    pub route: Route,
}

/// The entries of one chip's router, first match first.
///
/// That the first match decides is so on SpiNNaker 1, and is what PACMAN 7.4.1 takes for granted on
/// SpiNNaker2 too: the tables that its compressors make for boards 201 and 248 are wrong in any
/// other order. No public document of SpiNNaker2's router says it, nor what becomes of a packet that
/// no entry matches, so nothing here relies on default routing; see
/// [`Options`](super::compress::Options) for tables in which no order matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// First match first.
    pub entries: Vec<Entry>,
}

impl Table {
    /// Where a packet goes; `None` if no entry matches.
    pub fn route(&self, key: u32) -> Option<Route> {
        let found = self.entries.iter().find(|entry| entry.keys.matches(key));
        found.map(|entry| entry.route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_leaves_exactly_the_other_keys() {
        // All pairs of blocks over three bits.
        let blocks: Vec<KeyMask> = (0..64u32)
            .map(|i| KeyMask::new(i >> 3, !7 | (i & 7)))
            .collect();
        for a in &blocks {
            for b in &blocks {
                let left = a.without(*b);
                for key in 0..8 {
                    let count = left.iter().filter(|block| block.matches(key)).count();
                    let expected = usize::from(a.matches(key) && !b.matches(key));
                    assert_eq!(count, expected, "{a:?} without {b:?}, key {key}");
                }
                let join = a.join(*b);
                assert!(join.contains(*a) && join.contains(*b));
                assert_eq!(a.meets(*b), (0..8).any(|k| a.matches(k) && b.matches(k)));
                assert_eq!(
                    a.contains(*b),
                    (0..8).all(|k| a.matches(k) || !b.matches(k))
                );
            }
        }
    }
}
