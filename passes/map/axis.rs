//! Which coordinates of a source reach which coordinates of a target, along one axis.
//!
//! Connections of a layer are a product of three such relations (channels, rows, columns), so a layer of
//! any size takes a few words, and questions about it are answered axis by axis.

use std::{ops::Range, sync::Arc};

/// The largest relation that is written out, in pairs.
const MAX_PAIRS: usize = 1 << 26;

/// A relation between the coordinates of a source and of a target along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Every target coordinate takes every source coordinate in a range.
    All {
        /// The number of target coordinates.
        targets: u32,
        /// The number of source coordinates.
        sources: u32,
        /// The source coordinates that are taken.
        from: Range<u32>,
    },
    /// Both sides are cut into as many equal blocks, and block takes block. Blocks of one are the identity.
    Blocks {
        /// The number of blocks.
        blocks: u32,
        /// Target coordinates in a block.
        targets: u32,
        /// Source coordinates in a block.
        sources: u32,
    },
    /// Target t takes the sources t stride - padding + k dilation for k below `kernel` that exist.
    Window {
        /// The number of target coordinates.
        targets: u32,
        /// The number of source coordinates.
        sources: u32,
        /// Taps.
        kernel: u32,
        /// Steps of the source for one of the target.
        stride: u32,
        /// Zeros before the first source coordinate.
        padding: u32,
        /// Steps of the source from tap to tap.
        dilation: u32,
    },
    /// Any relation, written out.
    Table(Arc<Table>),
}

/// A relation written out both ways; each list is sorted and free of repetitions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    of_target: Lists,
    of_source: Lists,
}

/// Lists behind each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Lists {
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn new(lists: &[Vec<u32>]) -> Self {
        let mut offsets = Vec::with_capacity(lists.len() + 1);
        let mut items = Vec::new();
        offsets.push(0);
        for list in lists {
            items.extend_from_slice(list);
            offsets.push(items.len() as u32);
        }
        Self { offsets, items }
    }

    fn len(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }

    fn get(&self, index: u32) -> &[u32] {
        let at = |i: u32| self.offsets.get(i as usize).copied().unwrap_or(0) as usize;
        self.items.get(at(index)..at(index + 1)).unwrap_or_default()
    }
}

impl Axis {
    /// The identity on `count` coordinates.
    pub fn identity(count: u32) -> Self {
        Self::Blocks {
            blocks: count,
            targets: 1,
            sources: 1,
        }
    }

    /// Every one of `targets` from every one of `sources`.
    pub fn all(targets: u32, sources: u32) -> Self {
        Self::All {
            targets,
            sources,
            from: 0..sources,
        }
    }

    /// The number of target coordinates.
    pub fn targets(&self) -> u32 {
        match self {
            Self::All { targets, .. } | Self::Window { targets, .. } => *targets,
            Self::Blocks {
                blocks, targets, ..
            } => blocks * targets,
            Self::Table(table) => table.of_target.len(),
        }
    }

    /// The number of source coordinates.
    pub fn sources(&self) -> u32 {
        match self {
            Self::All { sources, .. } | Self::Window { sources, .. } => *sources,
            Self::Blocks {
                blocks, sources, ..
            } => blocks * sources,
            Self::Table(table) => table.of_source.len(),
        }
    }

    /// Whether every target takes every source.
    pub fn is_all(&self) -> bool {
        match self {
            Self::All { sources, from, .. } => *from == (0..*sources),
            Self::Blocks { blocks, .. } => *blocks == 1,
            _ => false,
        }
    }

    /// Whether each target takes the one source of the same coordinate.
    pub fn is_identity(&self) -> bool {
        match self {
            Self::Blocks {
                targets, sources, ..
            } => *targets == 1 && *sources == 1,
            _ => self.targets() == 1 && self.sources() == 1 && self.is_all(),
        }
    }

    /// Calls `each` with every source of a target, in order.
    pub fn for_sources(&self, target: u32, mut each: impl FnMut(u32)) {
        match self {
            Self::All { from, .. } => from.clone().for_each(each),
            Self::Blocks {
                targets, sources, ..
            } => {
                let block = target / targets.max(&1);
                (block * sources..(block + 1) * sources).for_each(each);
            }
            Self::Window {
                sources,
                kernel,
                stride,
                padding,
                dilation,
                ..
            } => {
                let first = i64::from(target) * i64::from(*stride) - i64::from(*padding);
                for tap in 0..i64::from(*kernel) {
                    let source = first + tap * i64::from(*dilation);
                    if (0..i64::from(*sources)).contains(&source) {
                        each(source as u32);
                    }
                }
            }
            Self::Table(table) => table.of_target.get(target).iter().copied().for_each(each),
        }
    }

    /// Calls `each` with every target of a source, in order.
    pub fn for_targets(&self, source: u32, mut each: impl FnMut(u32)) {
        match self {
            Self::All { targets, from, .. } => {
                if from.contains(&source) {
                    (0..*targets).for_each(each);
                }
            }
            Self::Blocks {
                targets, sources, ..
            } => {
                let block = source / sources.max(&1);
                (block * targets..(block + 1) * targets).for_each(each);
            }
            Self::Window {
                targets,
                kernel,
                stride,
                padding,
                dilation,
                ..
            } => {
                // The last tap gives the first target.
                for tap in (0..i64::from(*kernel)).rev() {
                    let at = i64::from(source) + i64::from(*padding) - tap * i64::from(*dilation);
                    let stride = i64::from(*stride).max(1);
                    if at >= 0 && at % stride == 0 && at / stride < i64::from(*targets) {
                        each((at / stride) as u32);
                    }
                }
            }
            Self::Table(table) => table.of_source.get(source).iter().copied().for_each(each),
        }
    }

    /// The number of sources of a target.
    pub fn fan_in(&self, target: u32) -> u32 {
        match self {
            Self::All { from, .. } => from.end - from.start,
            Self::Blocks { sources, .. } => *sources,
            Self::Table(table) => table.of_target.get(target).len() as u32,
            Self::Window { .. } => {
                let mut count = 0;
                self.for_sources(target, |_| count += 1);
                count
            }
        }
    }

    /// The number of pairs of a target in a range with one of its sources.
    pub fn pairs(&self, targets: Range<u32>) -> u64 {
        match self {
            Self::All { .. } | Self::Blocks { .. } => {
                u64::from(targets.end - targets.start) * u64::from(self.fan_in(0))
            }
            _ => targets.map(|t| u64::from(self.fan_in(t))).sum(),
        }
    }

    /// The number of pairs of a target in a range with a source in a range.
    pub fn pairs_between(&self, targets: Range<u32>, sources: &Range<u32>) -> u64 {
        let overlap = |a: &Range<u32>| {
            let (start, end) = (a.start.max(sources.start), a.end.min(sources.end));
            u64::from(end.saturating_sub(start))
        };
        match self {
            Self::All { from, .. } => u64::from(targets.end - targets.start) * overlap(from),
            Self::Blocks {
                targets: t,
                sources: s,
                ..
            } => {
                let (t, s) = ((*t).max(1), (*s).max(1));
                let mut pairs = 0;
                let mut at = targets.start;
                while at < targets.end {
                    let block = at / t;
                    let end = targets.end.min((block + 1) * t);
                    pairs += u64::from(end - at) * overlap(&(block * s..(block + 1) * s));
                    at = end;
                }
                pairs
            }
            _ => {
                let mut pairs = 0;
                for target in targets {
                    self.for_sources(target, |s| pairs += u64::from(sources.contains(&s)));
                }
                pairs
            }
        }
    }

    /// The sources of the targets in a range, as sorted runs that do not touch.
    pub fn preimage(&self, targets: Range<u32>) -> Vec<Range<u32>> {
        if targets.is_empty() {
            return Vec::new();
        }
        match self {
            Self::All { from, .. } if from.is_empty() => Vec::new(),
            Self::All { from, .. } => vec![from.clone()],
            Self::Blocks {
                targets: t,
                sources: s,
                ..
            } => {
                let t = (*t).max(1);
                let (start, end) = (targets.start / t, (targets.end - 1) / t + 1);
                if *s == 0 {
                    Vec::new()
                } else {
                    std::iter::once(start * s..end * s).collect()
                }
            }
            _ => {
                let mut sources = Vec::new();
                for target in targets {
                    self.for_sources(target, |s| sources.push(s));
                }
                sources.sort_unstable();
                sources.dedup();
                runs(&sources)
            }
        }
    }

    /// The relation from the source of `first` to the target of `self`, with `first` before `self`; none
    /// if they do not fit or the result is too large to write out.
    pub fn after(&self, first: &Self) -> Option<Self> {
        if first.targets() != self.sources() {
            return None;
        }
        if first.is_identity() {
            return Some(self.clone());
        }
        if self.is_identity() {
            return Some(first.clone());
        }
        let (targets, sources) = (self.targets(), first.sources());
        if let Self::All { from, .. } = self {
            let reached = first.preimage(from.clone());
            let all = |from| Self::All {
                targets,
                sources,
                from,
            };
            match reached.as_slice() {
                [] => return Some(all(0..0)),
                [one] => return Some(all(one.clone())),
                _ => {}
            }
        }
        let mut lists = Vec::with_capacity(targets as usize);
        let mut pairs = 0;
        for target in 0..targets {
            let mut list = Vec::new();
            self.for_sources(target, |middle| {
                first.for_sources(middle, |source| list.push(source));
            });
            list.sort_unstable();
            list.dedup();
            pairs += list.len();
            if pairs > MAX_PAIRS {
                return None;
            }
            lists.push(list);
        }
        Some(Self::table(&lists, sources))
    }

    /// A relation from the sorted sources of every target.
    pub fn table(of_target: &[Vec<u32>], sources: u32) -> Self {
        let mut of_source = vec![Vec::new(); sources as usize];
        for (target, list) in of_target.iter().enumerate() {
            for &source in list {
                if let Some(list) = of_source.get_mut(source as usize) {
                    list.push(target as u32);
                }
            }
        }
        Self::Table(Arc::new(Table {
            of_target: Lists::new(of_target),
            of_source: Lists::new(&of_source),
        }))
    }
}

/// Sorted numbers as runs.
pub(super) fn runs(sorted: &[u32]) -> Vec<Range<u32>> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    for &item in sorted {
        match runs.last_mut() {
            Some(run) if run.end == item => run.end += 1,
            _ => runs.push(item..item + 1),
        }
    }
    runs
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every kind of relation on a few coordinates.
    pub fn examples() -> Vec<Axis> {
        let window = |targets, sources, kernel, stride, padding, dilation| Axis::Window {
            targets,
            sources,
            kernel,
            stride,
            padding,
            dilation,
        };
        let conv = window(6, 6, 3, 1, 1, 1);
        let pool = window(6, 13, 2, 2, 0, 1);
        vec![
            Axis::all(3, 5),
            Axis::All {
                targets: 2,
                sources: 7,
                from: 2..5,
            },
            Axis::identity(4),
            Axis::Blocks {
                blocks: 2,
                targets: 3,
                sources: 2,
            },
            conv.clone(),
            pool.clone(),
            window(5, 11, 3, 2, 2, 2),
            window(3, 4, 2, 3, 0, 5),
            conv.after(&pool).unwrap(),
            Axis::all(4, 6).after(&pool).unwrap(),
        ]
    }

    fn pairs(axis: &Axis) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for target in 0..axis.targets() {
            axis.for_sources(target, |source| pairs.push((target, source)));
        }
        pairs
    }

    #[test]
    fn both_directions_say_the_same() {
        for axis in examples() {
            let mut back = Vec::new();
            for source in 0..axis.sources() {
                let mut last = None;
                axis.for_targets(source, |target| {
                    assert!(last < Some(target), "{axis:?}: targets are sorted");
                    last = Some(target);
                    back.push((target, source));
                });
            }
            back.sort_unstable();
            assert_eq!(pairs(&axis), back, "{axis:?}");
        }
    }

    #[test]
    fn counts_and_preimages_are_those_of_the_pairs() {
        for axis in examples() {
            let all = pairs(&axis);
            for start in 0..axis.targets() {
                for end in start..=axis.targets() {
                    let inside = || all.iter().filter(|(t, _)| (start..end).contains(t));
                    assert_eq!(axis.pairs(start..end), inside().count() as u64, "{axis:?}");
                    let mut sources: Vec<u32> = inside().map(|p| p.1).collect();
                    sources.sort_unstable();
                    sources.dedup();
                    let got: Vec<u32> = axis.preimage(start..end).into_iter().flatten().collect();
                    assert_eq!(got, sources, "{axis:?} {start}..{end}");
                    for range in [0..1, 1..axis.sources(), 2..4] {
                        let between = inside().filter(|(_, s)| range.contains(s)).count() as u64;
                        assert_eq!(axis.pairs_between(start..end, &range), between, "{axis:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn composition_is_that_of_relations() {
        for second in examples() {
            for first in examples() {
                if first.targets() != second.sources() {
                    assert_eq!(second.after(&first), None);
                    continue;
                }
                let mut expected = Vec::new();
                for (target, middle) in pairs(&second) {
                    first.for_sources(middle, |source| expected.push((target, source)));
                }
                expected.sort_unstable();
                expected.dedup();
                assert_eq!(pairs(&second.after(&first).unwrap()), expected);
            }
        }
    }
}
