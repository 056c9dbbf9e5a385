//! In which order the model holds the elements of a population.

use crate::loihi2::network::Population;

/// Row, column, channel for maps, so that what a convolution adds stands together. NIR's order, which
/// everything outside the model has, is channel, row, column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    map: [usize; 3],
}

impl Order {
    pub(super) fn of(population: &Population) -> Self {
        Self {
            map: population.map(),
        }
    }

    /// (channels, rows, columns).
    pub fn map(&self) -> [usize; 3] {
        self.map
    }

    /// The number of elements.
    pub fn count(&self) -> usize {
        self.map.iter().product()
    }

    /// The place in the model of an element of NIR's order.
    pub fn to_model(&self, element: usize) -> usize {
        let [channels, rows, columns] = self.map;
        let pixels = rows * columns;
        element % pixels * channels + element / pixels
    }

    /// The element of NIR's order at a place in the model.
    pub fn to_nir(&self, place: usize) -> usize {
        let [channels, rows, columns] = self.map;
        place % channels * (rows * columns) + place / channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_inverse() {
        let order = Order { map: [3, 4, 5] };
        assert_eq!(order.to_model(1), 3);
        assert!((0..60).all(|e| order.to_nir(order.to_model(e)) == e));
    }
}
