//! Where a packet goes: links to neighbouring chips, and cores of this chip.

use std::fmt;

use super::limits::{CORES, LINKS};

/// One of a chip's links, in the numbering of SpiNNaker: counter-clockwise from east.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Link {
    /// To (x + 1, y).
    East,
    /// To (x + 1, y + 1).
    NorthEast,
    /// To (x, y + 1).
    North,
    /// To (x - 1, y).
    West,
    /// To (x - 1, y - 1).
    SouthWest,
    /// To (x, y - 1).
    South,
}

impl Link {
    /// All links, by number.
    pub const ALL: [Self; LINKS] = [
        Self::East,
        Self::NorthEast,
        Self::North,
        Self::West,
        Self::SouthWest,
        Self::South,
    ];

    /// The number of the link, which is its bit in a route.
    pub const fn number(self) -> usize {
        self as usize
    }

    /// The link that leads back: what leaves a chip by `self` arrives at the next one by this.
    pub const fn opposite(self) -> Self {
        Self::ALL[(self as usize + LINKS / 2) % LINKS]
    }

    /// The step in x and in y that the link takes.
    pub const fn step(self) -> (i32, i32) {
        match self {
            Self::East => (1, 0),
            Self::NorthEast => (1, 1),
            Self::North => (0, 1),
            Self::West => (-1, 0),
            Self::SouthWest => (-1, -1),
            Self::South => (0, -1),
        }
    }
}

/// A set of links and cores: bit l is link l, bit 6 + c is core c of 0 to 151. The core with id i in
/// SpiNNMachine's map of the chip (1 to 152) is core i - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route([u64; 3]);

impl Route {
    /// The number of bits of a route.
    pub const BITS: usize = LINKS + CORES;

    /// To nowhere.
    pub const NONE: Self = Self([0; 3]);

    /// The route with these 64-bit words, lowest first; `None` if a bit beyond the last core is set.
    pub const fn from_words(words: [u64; 3]) -> Option<Self> {
        if words[2] >> (Self::BITS - 128) == 0 {
            Some(Self(words))
        } else {
            None
        }
    }

    /// The 158 bits as 64-bit words, lowest first.
    pub const fn words(self) -> [u64; 3] {
        self.0
    }

    /// This route and a link.
    #[must_use]
    pub const fn with_link(mut self, link: Link) -> Self {
        self.0[0] |= 1 << link.number();
        self
    }

    /// This route and a core, 0 to 151; `None` for a core that a chip has not.
    #[must_use]
    pub const fn with_core(mut self, core: usize) -> Option<Self> {
        if core >= CORES {
            return None;
        }
        let bit = LINKS + core;
        self.0[bit / 64] |= 1 << (bit % 64);
        Some(self)
    }

    /// All of this route and of another.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] | b[0], a[1] | b[1], a[2] | b[2]])
    }

    /// Whether it leads nowhere.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// The links, by number.
    pub fn links(self) -> impl Iterator<Item = Link> {
        Link::ALL
            .into_iter()
            .filter(move |link| self.0[0] >> link.number() & 1 == 1)
    }

    /// The cores, 0 to 151, in order.
    pub fn cores(self) -> impl Iterator<Item = usize> {
        let mut words = self.0;
        words[0] &= !((1 << LINKS) - 1);
        words.into_iter().enumerate().flat_map(|(i, word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
                (bit < 64).then(|| i * 64 + bit - LINKS)
            })
        })
    }

    /// The links alone.
    #[must_use]
    pub const fn only_links(self) -> Self {
        Self([self.0[0] & ((1 << LINKS) - 1), 0, 0])
    }
}

/// As one hexadecimal number.
impl fmt::LowerHex for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, middle, high] = self.0;
        match (high, middle) {
            (0, 0) => write!(f, "{low:x}"),
            (0, _) => write!(f, "{middle:x}{low:016x}"),
            _ => write!(f, "{high:x}{middle:016x}{low:016x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_read_back() {
        for core in 0..CORES {
            let route = Route::NONE.with_core(core).unwrap();
            assert_eq!(route.cores().collect::<Vec<_>>(), [core]);
            assert_eq!(route.links().count(), 0);
        }
        assert_eq!(Route::NONE.with_core(CORES), None);
        for link in Link::ALL {
            let route = Route::NONE.with_link(link);
            assert_eq!(route.links().collect::<Vec<_>>(), [link]);
            assert_eq!(route.cores().count(), 0);
            let ((x, y), (u, v)) = (link.step(), link.opposite().step());
            assert_eq!((x + u, y + v), (0, 0));
        }
    }

    #[test]
    fn hexadecimal_has_no_holes() {
        let route = Route::NONE.with_link(Link::East).with_core(151).unwrap();
        assert_eq!(format!("{route:x}"), format!("2{}1", "0".repeat(38)));
        let route = Route::NONE.with_link(Link::South).with_core(60).unwrap();
        assert_eq!(format!("{route:x}"), format!("4{}20", "0".repeat(14)));
    }

    #[test]
    fn a_bit_beyond_the_last_core_is_refused() {
        assert!(Route::from_words([0, 0, 1 << 29]).is_some());
        assert_eq!(Route::from_words([0, 0, 1 << 30]), None);
    }
}
