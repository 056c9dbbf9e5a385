//! The chips of a machine and the links between them.

use super::{limits::CORES, route::Link};

/// A chip, by its coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chip {
    /// From 0, to the east.
    pub x: u16,
    /// From 0, to the north.
    pub y: u16,
}

impl Chip {
    /// The chip at (x, y).
    pub const fn new(x: u16, y: u16) -> Self {
        Self { x, y }
    }
}

/// A core of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Core {
    /// Its chip.
    pub chip: Chip,
    /// Its number on the chip, 0 to 151.
    pub core: u16,
}

/// Chips on a hexagonal mesh, six links each, that may wrap around to a torus. Chips, links and cores
/// can be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    width: u16,
    height: u16,
    wraps: bool,
    /// By row: which of its links each chip has; `None` for no chip.
    chips: Vec<Option<[bool; 6]>>,
    dead_cores: Vec<Core>,
}

impl Machine {
    /// A single chip. Its links lead nowhere.
    pub fn chip() -> Self {
        Self::mesh(1, 1)
    }

    /// The board of 48 chips, which is a hexagon in a square of 8 by 8 (SpiNNMachine, version 248;
    /// the same as that of SpiNNaker 1).
    pub fn board() -> Self {
        let mut board = Self::mesh(8, 8);
        for y in 0..8u16 {
            for x in 0..8u16 {
                if x > y + 4 || y > x + 3 {
                    board = board.without_chip(Chip::new(x, y));
                }
            }
        }
        board
    }

    /// A rectangle of chips without links beyond its edges; width and height from 1.
    pub fn mesh(width: u16, height: u16) -> Self {
        Self::rectangle(width, height, false)
    }

    /// A rectangle whose edges meet.
    pub fn torus(width: u16, height: u16) -> Self {
        Self::rectangle(width, height, true)
    }

    fn rectangle(width: u16, height: u16, wraps: bool) -> Self {
        let chips = usize::from(width) * usize::from(height);
        Self {
            width,
            height,
            wraps,
            chips: vec![Some([true; 6]); chips],
            dead_cores: Vec::new(),
        }
    }

    /// The same machine without a chip.
    #[must_use]
    pub fn without_chip(mut self, chip: Chip) -> Self {
        if let Some(index) = self.index(chip) {
            self.chips[index] = None;
        }
        self
    }

    /// The same machine without a link, in both directions.
    #[must_use]
    pub fn without_link(mut self, chip: Chip, link: Link) -> Self {
        let other = self.beyond(chip, link);
        for (chip, link) in [(Some(chip), link), (other, link.opposite())] {
            let index = chip.and_then(|chip| self.index(chip));
            if let Some(links) = index.and_then(|index| self.chips[index].as_mut()) {
                links[link.number()] = false;
            }
        }
        self
    }

    /// The same machine without a core.
    #[must_use]
    pub fn without_core(mut self, core: Core) -> Self {
        self.dead_cores.push(core);
        self
    }

    /// Columns.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Rows.
    pub const fn height(&self) -> u16 {
        self.height
    }

    /// Whether the edges meet.
    pub const fn wraps(&self) -> bool {
        self.wraps
    }

    /// The number of places for chips: width times height.
    pub const fn places(&self) -> usize {
        self.chips.len()
    }

    /// The place of a chip, by row; `None` outside of the rectangle.
    pub fn index(&self, chip: Chip) -> Option<usize> {
        let inside = chip.x < self.width && chip.y < self.height;
        inside.then(|| usize::from(chip.y) * usize::from(self.width) + usize::from(chip.x))
    }

    /// The chip at a place.
    pub fn at(&self, index: usize) -> Chip {
        let width = usize::from(self.width);
        Chip::new((index % width) as u16, (index / width) as u16)
    }

    /// Whether the machine has this chip.
    pub fn has(&self, chip: Chip) -> bool {
        self.index(chip).is_some_and(|i| self.chips[i].is_some())
    }

    /// Whether the machine has this core.
    pub fn has_core(&self, core: Core) -> bool {
        self.has(core.chip) && usize::from(core.core) < CORES && !self.dead_cores.contains(&core)
    }

    /// The chips, row by row.
    pub fn chips(&self) -> impl Iterator<Item = Chip> {
        let all = (0..self.chips.len()).filter(|i| self.chips[*i].is_some());
        all.map(|i| self.at(i))
    }

    /// The cores that are missing on chips that are not.
    pub fn dead_cores(&self) -> &[Core] {
        &self.dead_cores
    }

    /// The chip at the other end of a link; `None` if there is no chip or the link is missing.
    pub fn neighbour(&self, chip: Chip, link: Link) -> Option<Chip> {
        let links = self.chips[self.index(chip)?].as_ref()?;
        let other = links[link.number()].then(|| self.beyond(chip, link))??;
        self.has(other).then_some(other)
    }

    /// The place that a link of a place leads to, whatever is there.
    fn beyond(&self, chip: Chip, link: Link) -> Option<Chip> {
        let (dx, dy) = link.step();
        let go = |at: u16, step: i32, size: u16| {
            let to = i32::from(at) + step;
            let to = if self.wraps {
                to.rem_euclid(i32::from(size))
            } else {
                to
            };
            u16::try_from(to).ok().filter(|to| *to < size)
        };
        Some(Chip::new(
            go(chip.x, dx, self.width)?,
            go(chip.y, dy, self.height)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_is_that_of_spinnmachine() {
        let board = Machine::board();
        let rows: Vec<(u16, u16)> = (0..8)
            .map(|y| {
                let row: Vec<Chip> = board.chips().filter(|chip| chip.y == y).collect();
                (row[0].x, row[row.len() - 1].x)
            })
            .collect();
        // First and last column of each row of version_248.py's map of chips.
        let expected = [
            (0, 4),
            (0, 5),
            (0, 6),
            (0, 7),
            (1, 7),
            (2, 7),
            (3, 7),
            (4, 7),
        ];
        assert_eq!(rows, expected);
        assert_eq!(board.chips().count(), 48);
    }

    #[test]
    fn every_link_leads_back() {
        let dead = Machine::torus(4, 3)
            .without_chip(Chip::new(1, 1))
            .without_link(Chip::new(3, 2), Link::NorthEast);
        for machine in [Machine::board(), Machine::torus(5, 2), dead] {
            for chip in machine.chips() {
                for link in Link::ALL {
                    if let Some(other) = machine.neighbour(chip, link) {
                        assert_eq!(machine.neighbour(other, link.opposite()), Some(chip));
                    }
                }
            }
        }
        let wrapped = Machine::torus(4, 3).neighbour(Chip::new(3, 2), Link::NorthEast);
        assert_eq!(wrapped, Some(Chip::new(0, 0)));
        assert_eq!(
            Machine::mesh(4, 3).neighbour(Chip::new(3, 2), Link::East),
            None
        );
        let without = Machine::torus(4, 3).without_link(Chip::new(0, 0), Link::SouthWest);
        assert_eq!(without.neighbour(Chip::new(3, 2), Link::NorthEast), None);
    }
}
