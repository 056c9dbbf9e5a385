//! An axis cut into intervals.

use std::ops::Range;

/// Where an axis is cut: interval i ends before `ends[i]`, and the last ends with the axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    ends: Vec<u32>,
    /// The common length of the intervals, if all but the last have one: then finding is a division.
    step: Option<u32>,
}

impl Cuts {
    /// Cuts before each of `places`, in any order, of an axis of `length`; places outside are ignored.
    pub fn new(places: impl IntoIterator<Item = u32>, length: u32) -> Self {
        let mut ends: Vec<u32> = places
            .into_iter()
            .filter(|&place| place > 0 && place < length)
            .collect();
        ends.sort_unstable();
        ends.dedup();
        if length > 0 {
            ends.push(length);
        }
        let step = ends.first().copied();
        let regular = step.is_some_and(|step| {
            let inner = &ends[..ends.len() - 1];
            let mut inner = inner.iter().zip(1u64..);
            inner.all(|(&end, i)| u64::from(end) == i * u64::from(step))
                && u64::from(length) <= u64::from(step) * ends.len() as u64
        });
        Self {
            ends,
            step: step.filter(|_| regular),
        }
    }

    /// Cuts each `step`.
    pub fn regular(step: u32, length: u32) -> Self {
        let step = step.max(1);
        Self::new((0..length.div_ceil(step)).map(|i| i * step), length)
    }

    /// The number of intervals.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the axis has no coordinate.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The interval in which a coordinate lies.
    pub fn find(&self, coordinate: u32) -> u32 {
        match self.step {
            Some(step) => coordinate / step,
            None => self.ends.partition_point(|&end| end <= coordinate) as u32,
        }
    }

    /// The intervals that a range of coordinates touches.
    pub fn between(&self, range: Range<u32>) -> Range<u32> {
        if range.is_empty() {
            return 0..0;
        }
        self.find(range.start)..self.find(range.end - 1) + 1
    }

    /// The coordinates of an interval.
    pub fn interval(&self, index: u32) -> Range<u32> {
        let at = |i: usize| self.ends.get(i).copied().unwrap_or(0);
        let start = (index as usize).checked_sub(1).map_or(0, at);
        start..at(index as usize)
    }

    /// The end of each interval.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coordinate_is_in_the_interval_that_is_found() {
        for cuts in [
            Cuts::new([3, 1, 3, 0, 9, 12], 9),
            Cuts::regular(4, 10),
            Cuts::regular(1, 3),
            Cuts::new([], 5),
            Cuts::new([2, 4], 8),
        ] {
            let length = *cuts.ends().last().unwrap();
            for coordinate in 0..length {
                let interval = cuts.interval(cuts.find(coordinate));
                assert!(interval.contains(&coordinate), "{cuts:?} {coordinate}");
            }
            let whole: u32 = (0..cuts.len() as u32)
                .map(|i| cuts.interval(i).len() as u32)
                .sum();
            assert_eq!(whole, length);
        }
    }
}
