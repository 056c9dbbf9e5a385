//! Where the processing elements of a chip stand: quads in a mesh of 7 columns and 6 rows.
//!
//! Source: SpiNNMachine's S2_HW_MAP and its quad map. The order of the four elements of a quad is
//! that of SpiNNcloud's correction 1266dab (2025-09-24); the copy on PyPI (1!7.4.1) has it the wrong
//! way round.

/// Processing elements of a quad.
pub const ELEMENTS_OF_QUAD: usize = 4;

/// The quads by number, each (column 1 to 7, row 1 to 6). Column 4 of rows 3 and 4 is the router,
/// column 7 of these rows the link to the west.
pub const QUADS: [(u8, u8); 38] = [
    (7, 6),
    (7, 5),
    (6, 6),
    (6, 5),
    (6, 4),
    (5, 4),
    (5, 6),
    (3, 6),
    (4, 6),
    (5, 5),
    (3, 5),
    (4, 5),
    (1, 6),
    (2, 6),
    (1, 5),
    (2, 5),
    (1, 4),
    (2, 4),
    (3, 4),
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (1, 3),
    (2, 3),
    (3, 3),
    (5, 1),
    (3, 1),
    (4, 1),
    (5, 2),
    (3, 2),
    (4, 2),
    (7, 1),
    (6, 1),
    (7, 2),
    (6, 2),
    (6, 3),
    (5, 3),
];

/// A processing element of a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Column of the quad, 1 to 7.
    pub x: u8,
    /// Row of the quad, 1 to 6.
    pub y: u8,
    /// Which of the quad's four, 0 to 3.
    pub pe: u8,
}

impl Element {
    /// The element with core id `id`, 1 to 152.
    pub fn of_core(id: usize) -> Option<Self> {
        let index = id.checked_sub(1)?;
        let (x, y) = *QUADS.get(index / ELEMENTS_OF_QUAD)?;
        let pe = (ELEMENTS_OF_QUAD - 1 - index % ELEMENTS_OF_QUAD) as u8;
        Some(Self { x, y, pe })
    }

    /// The core id, 1 to 152; `None` if there is no such element.
    pub fn core(self) -> Option<usize> {
        let quad = QUADS.iter().position(|quad| *quad == (self.x, self.y))?;
        let within = (ELEMENTS_OF_QUAD - 1).checked_sub(usize::from(self.pe))?;
        Some(1 + ELEMENTS_OF_QUAD * quad + within)
    }

    /// What the element's own register says of where it is: column in bits 7 to 5, row in bits 4 to
    /// 2, element in bits 1 and 0. The spike record has it.
    pub fn register(self) -> u32 {
        u32::from(self.x) << 5 | u32::from(self.y) << 2 | u32::from(self.pe)
    }

    /// Steps of the mesh between the quads of two elements; packets go along x, then along y.
    pub fn distance(self, other: Self) -> usize {
        usize::from(self.x.abs_diff(other.x)) + usize::from(self.y.abs_diff(other.y))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::spinnaker2::chip_data::SYSTEMS;

    #[test]
    fn every_element_has_one_core_id() {
        let elements: BTreeSet<Element> = (1..=152).filter_map(Element::of_core).collect();
        assert_eq!(elements.len(), SYSTEMS[0].elements.value);
        for id in 1..=152 {
            assert_eq!(Element::of_core(id).and_then(Element::core), Some(id));
        }
        assert_eq!(Element::of_core(0), None);
        assert_eq!(Element::of_core(153), None);
    }

    /// The router and the link to the west are no quads; every other place is one.
    #[test]
    fn the_mesh_is_full_but_for_router_and_link() {
        let empty = [(4, 3), (4, 4), (7, 3), (7, 4)];
        for x in 1..=7 {
            for y in 1..=6 {
                let there = QUADS.contains(&(x, y));
                assert_ne!(there, empty.contains(&(x, y)), "({x}, {y})");
            }
        }
    }

    #[test]
    fn the_first_core_of_a_quad_is_its_last_element() {
        let at = |id| Element::of_core(id).map(|e| (e.x, e.y, e.pe));
        assert_eq!(at(1), Some((7, 6, 3)));
        assert_eq!(at(4), Some((7, 6, 0)));
        assert_eq!(at(152), Some((5, 3, 0)));
        let element = Element { x: 1, y: 1, pe: 0 };
        assert_eq!(element.register(), 0x24);
        assert_eq!(element.core(), Some(1 + 4 * 19 + 3));
        assert_eq!(element.distance(Element { x: 7, y: 6, pe: 3 }), 11);
    }
}
