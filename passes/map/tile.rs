//! A box of neurons of a population.

use std::ops::Range;

/// Channels, rows, columns. A population without rows and columns has one of each.
pub type Extent = [u32; 3];

/// The number of elements of an extent.
pub fn volume(extent: Extent) -> u64 {
    extent.iter().map(|&n| u64::from(n)).product()
}

/// A box of neurons: coordinates from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// The first channel, row and column.
    pub start: Extent,
    /// The channel, row and column behind the last.
    pub end: Extent,
}

impl Tile {
    /// The whole of a population.
    pub fn whole(extent: Extent) -> Self {
        Self {
            start: [0; 3],
            end: extent,
        }
    }

    /// The coordinates along an axis.
    pub fn along(&self, axis: usize) -> Range<u32> {
        self.start[axis]..self.end[axis]
    }

    /// Channels, rows and columns.
    pub fn size(&self) -> Extent {
        [0, 1, 2].map(|axis| self.end[axis].saturating_sub(self.start[axis]))
    }

    /// The number of neurons.
    pub fn neurons(&self) -> u64 {
        volume(self.size())
    }

    /// The numbers of the neurons in the population (channel, row, column; row-major), as runs.
    pub fn runs(self, extent: Extent) -> impl Iterator<Item = Range<u64>> {
        let [_, height, width] = extent.map(u64::from);
        let [first, last] = [u64::from(self.start[2]), u64::from(self.end[2])];
        self.along(0).flat_map(move |c| {
            self.along(1).map(move |h| {
                let row = (u64::from(c) * height + u64::from(h)) * width;
                row + first..row + last
            })
        })
    }

    /// The numbers of the neurons, as [`Tile::runs`].
    pub fn indices(self, extent: Extent) -> impl Iterator<Item = u64> {
        self.runs(extent).flatten()
    }
}

/// The coordinates of the neuron of this number.
pub fn coordinates(index: u64, extent: Extent) -> Extent {
    let [_, height, width] = extent.map(u64::from);
    let (height, width) = (height.max(1), width.max(1));
    [
        (index / (height * width)) as u32,
        (index / width % height) as u32,
        (index % width) as u32,
    ]
}

/// Cuts a stretch of neurons, counted in `order` (the axis that runs slowest first), into boxes; at
/// most five.
pub fn stretch(range: Range<u64>, extent: Extent, order: [usize; 3]) -> Vec<Tile> {
    let mut tiles = Vec::new();
    // Strides of the axes in this order.
    let sizes = order.map(|axis| u64::from(extent[axis]));
    let strides = [sizes[1] * sizes[2], sizes[2], 1];
    let mut at = range.start;
    let end = range.end.min(volume(extent));
    while at < end {
        // The slowest axis along which a whole step can be taken from here.
        let level = (0..3)
            .find(|&level| at.is_multiple_of(strides[level].max(1)) && at + strides[level] <= end)
            .unwrap_or(2);
        let stride = strides[level].max(1);
        let room = match level {
            0 => u64::MAX,
            // Up to the end of the slower axis.
            _ => strides[level - 1] - at % strides[level - 1],
        };
        let steps = ((end - at).min(room) / stride).max(1);
        let mut tile = Tile {
            start: [0; 3],
            end: extent,
        };
        for slower in 0..=level {
            let axis = order[slower];
            let coordinate = (at / strides[slower].max(1) % sizes[slower].max(1)) as u32;
            tile.start[axis] = coordinate;
            tile.end[axis] = coordinate + if slower == level { steps as u32 } else { 1 };
        }
        tiles.push(tile);
        at += steps * stride;
    }
    tiles
}

/// Sorted neuron numbers as boxes, each as large as can be seen in one pass: runs along a row, equal
/// runs of neighbouring rows, equal boxes of neighbouring channels.
pub fn boxes(sorted: &[u64], extent: Extent) -> Vec<Tile> {
    let mut rows: Vec<Tile> = Vec::new();
    for &index in sorted {
        let at = coordinates(index, extent);
        match rows.last_mut() {
            Some(row) if row.start[0] == at[0] && row.start[1] == at[1] && row.end[2] == at[2] => {
                row.end[2] += 1;
            }
            _ => rows.push(Tile {
                start: at,
                end: at.map(|x| x + 1),
            }),
        }
    }
    grow(grow(rows, 1), 0)
}

/// Boxes that share no neuron, with those joined that continue each other.
pub fn join(tiles: Vec<Tile>) -> Vec<Tile> {
    grow(grow(grow(tiles, 2), 1), 0)
}

/// Joins boxes that continue each other along an axis.
fn grow(mut tiles: Vec<Tile>, axis: usize) -> Vec<Tile> {
    let others: Vec<usize> = (0..3).filter(|&other| other != axis).collect();
    let across = |tile: &Tile| {
        let side = |&other: &usize| (tile.start[other], tile.end[other]);
        let sides: Vec<_> = others.iter().map(side).collect();
        // Rows join within a channel only; the channels come afterwards.
        (sides, tile.start[axis])
    };
    tiles.sort_by_cached_key(across);
    let mut joined: Vec<Tile> = Vec::with_capacity(tiles.len());
    for tile in tiles {
        match joined.last_mut() {
            Some(last)
                if last.end[axis] == tile.start[axis]
                    && others.iter().all(|&other| {
                        last.start[other] == tile.start[other] && last.end[other] == tile.end[other]
                    }) =>
            {
                last.end[axis] = tile.end[axis];
            }
            _ => joined.push(tile),
        }
    }
    joined.sort_unstable();
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_cut_into_the_same_neurons() {
        let extent = [3, 4, 5];
        for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
            let number = |at: Extent| {
                order.iter().fold(0u64, |number, &axis| {
                    number * u64::from(extent[axis]) + u64::from(at[axis])
                })
            };
            for start in 0..60 {
                for end in start..=60 {
                    let tiles = stretch(start..end, extent, order);
                    assert!(tiles.len() <= 5, "{tiles:?}");
                    let mut got: Vec<u64> = tiles
                        .iter()
                        .flat_map(|tile| tile.indices(extent))
                        .map(|i| number(coordinates(i, extent)))
                        .collect();
                    got.sort_unstable();
                    assert_eq!(
                        got,
                        (start..end).collect::<Vec<_>>(),
                        "{start}..{end} {order:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn boxes_hold_the_same_neurons() {
        let extent = [2, 3, 4];
        for mask in (0u64..1 << 24).step_by(4099) {
            let chosen: Vec<u64> = (0..24).filter(|i| mask >> i & 1 == 1).collect();
            let mut got: Vec<u64> = boxes(&chosen, extent)
                .into_iter()
                .flat_map(|tile| tile.indices(extent))
                .collect();
            got.sort_unstable();
            assert_eq!(got, chosen);
        }
        let whole: Vec<u64> = (0..24).collect();
        assert_eq!(boxes(&whole, extent), [Tile::whole(extent)]);
    }
}
