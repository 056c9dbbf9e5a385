//! How the neurons of one population reach those of another.

use std::sync::{Arc, OnceLock};

use super::{
    axis::Axis,
    tile::{Extent, Tile, coordinates, volume},
};

/// The most connections that are written out when two structures are joined.
const MAX_WRITTEN_OUT: usize = 1 << 28;

/// Which source neurons reach which target neurons.
#[derive(Clone, Debug)]
pub enum Structure {
    /// A product of one relation each for channels, rows and columns.
    Separable([Axis; 3]),
    /// Any connections, written out.
    Sparse(Arc<Sparse>),
}

/// Connections written out by source, in the order of the neurons' numbers.
#[derive(Debug, Default)]
pub struct Sparse {
    offsets: Vec<u64>,
    targets: Vec<u32>,
    target_count: u32,
    reverse: OnceLock<(Vec<u64>, Vec<u32>)>,
}

/// Taps of a convolution or a pool along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taps {
    /// Taps.
    pub kernel: u32,
    /// Steps of the source for one of the target.
    pub stride: u32,
    /// Zeros before the first source coordinate.
    pub padding: u32,
    /// Steps of the source from tap to tap.
    pub dilation: u32,
}

impl Sparse {
    /// From the targets of every source: source i has `targets[offsets[i]..offsets[i + 1]]`, sorted and
    /// free of repetitions, all below `target_count`. None if that does not hold.
    pub fn new(offsets: Vec<u64>, targets: Vec<u32>, target_count: u32) -> Option<Self> {
        let ordered = offsets.first() == Some(&0)
            && offsets.windows(2).all(|w| w[0] <= w[1])
            && offsets.last() == Some(&(targets.len() as u64));
        let sparse = Self {
            offsets,
            targets,
            target_count,
            reverse: OnceLock::new(),
        };
        let sound = ordered
            && (0..sparse.sources()).all(|source| {
                let list = sparse.targets_of(source);
                list.windows(2).all(|w| w[0] < w[1])
                    && list.last().is_none_or(|&last| last < target_count)
            });
        sound.then_some(sparse)
    }

    /// From pairs of source and target, in any order and with repetitions.
    pub fn from_pairs(mut pairs: Vec<(u32, u32)>, sources: u32, target_count: u32) -> Option<Self> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0u64; sources as usize + 1];
        for &(source, _) in &pairs {
            *offsets.get_mut(source as usize + 1)? += 1;
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let targets = pairs.into_iter().map(|p| p.1).collect();
        Self::new(offsets, targets, target_count)
    }

    /// The number of sources.
    pub fn sources(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }

    /// The number of targets.
    pub fn target_count(&self) -> u32 {
        self.target_count
    }

    /// The number of connections.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no connection.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The targets of a source, sorted.
    pub fn targets_of(&self, source: u32) -> &[u32] {
        slice(&self.offsets, &self.targets, source)
    }

    /// The sources of a target, sorted. The first call turns all connections round.
    pub fn sources_of(&self, target: u32) -> &[u32] {
        let (offsets, sources) = self.reverse.get_or_init(|| self.turned());
        slice(offsets, sources, target)
    }

    fn turned(&self) -> (Vec<u64>, Vec<u32>) {
        let mut offsets = vec![0u64; self.target_count as usize + 1];
        for &target in &self.targets {
            offsets[target as usize + 1] += 1;
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let mut next = offsets.clone();
        let mut sources = vec![0u32; self.targets.len()];
        for source in 0..self.sources() {
            for &target in self.targets_of(source) {
                let place = &mut next[target as usize];
                sources[*place as usize] = source;
                *place += 1;
            }
        }
        (offsets, sources)
    }
}

fn slice<'s>(offsets: &[u64], items: &'s [u32], index: u32) -> &'s [u32] {
    let at = |i: usize| offsets.get(i).copied().unwrap_or(0) as usize;
    let range = at(index as usize)..at(index as usize + 1);
    items.get(range).unwrap_or_default()
}

impl Structure {
    /// Every source to every target.
    pub fn dense(source: Extent, target: Extent) -> Self {
        Self::Separable([0, 1, 2].map(|axis| Axis::all(target[axis], source[axis])))
    }

    /// Each source to the target of the same coordinates.
    pub fn one_to_one(extent: Extent) -> Self {
        Self::Separable(extent.map(Axis::identity))
    }

    /// A convolution: channels in `groups`, and taps along rows and columns. None if the channels do not
    /// divide by the groups.
    pub fn convolution(
        source: Extent,
        target: Extent,
        groups: u32,
        rows: Taps,
        columns: Taps,
    ) -> Option<Self> {
        if groups == 0 || !source[0].is_multiple_of(groups) || !target[0].is_multiple_of(groups) {
            return None;
        }
        let channels = Axis::Blocks {
            blocks: groups,
            targets: target[0] / groups,
            sources: source[0] / groups,
        };
        Some(Self::Separable([
            channels,
            rows.axis(target[1], source[1]),
            columns.axis(target[2], source[2]),
        ]))
    }

    /// A pool: each channel by itself.
    pub fn pool(source: Extent, target: Extent, rows: Taps, columns: Taps) -> Self {
        Self::Separable([
            Axis::identity(source[0]),
            rows.axis(target[1], source[1]),
            columns.axis(target[2], source[2]),
        ])
    }

    /// The number of connections.
    pub fn synapses(&self) -> u64 {
        match self {
            Self::Separable(axes) => axes.iter().map(|a| a.pairs(0..a.targets())).product(),
            Self::Sparse(sparse) => sparse.len() as u64,
        }
    }

    /// The number of connections into a tile of the target.
    pub fn synapses_into(&self, tile: &Tile, target: Extent) -> u64 {
        match self {
            Self::Separable(axes) => (0..3).map(|i| axes[i].pairs(tile.along(i))).product(),
            Self::Sparse(sparse) => tile
                .indices(target)
                .map(|t| sparse.sources_of(t as u32).len() as u64)
                .sum(),
        }
    }

    /// The number of connections from a tile of the source into a tile of the target.
    pub fn synapses_between(
        &self,
        (from, source): (&Tile, Extent),
        (to, target): (&Tile, Extent),
    ) -> u64 {
        match self {
            Self::Separable(axes) => (0..3)
                .map(|i| axes[i].pairs_between(to.along(i), &from.along(i)))
                .product(),
            Self::Sparse(sparse) => {
                let inside = |s: u32| {
                    let at = coordinates(u64::from(s), source);
                    (0..3).all(|i| from.along(i).contains(&at[i]))
                };
                to.indices(target)
                    .flat_map(|t| sparse.sources_of(t as u32))
                    .filter(|s| inside(**s))
                    .count() as u64
            }
        }
    }

    /// The largest number of connections into one neuron from the sources.
    pub fn max_fan_in(&self) -> u64 {
        match self {
            Self::Separable(axes) => axes
                .iter()
                .map(|a| {
                    let most = match a {
                        // Equal for all targets.
                        Axis::All { .. } | Axis::Blocks { .. } => a.fan_in(0),
                        _ => (0..a.targets()).map(|t| a.fan_in(t)).max().unwrap_or(0),
                    };
                    u64::from(most)
                })
                .product(),
            Self::Sparse(sparse) => (0..sparse.target_count())
                .map(|t| sparse.sources_of(t).len() as u64)
                .max()
                .unwrap_or(0),
        }
    }

    /// Whether every source reaches every target.
    pub fn is_dense(&self) -> bool {
        matches!(self, Self::Separable(axes) if axes.iter().all(Axis::is_all))
    }

    /// Whether one set of weights serves all rows and columns: a convolution or a pool.
    pub fn shares_weights(&self) -> bool {
        match self {
            Self::Separable([_, rows, columns]) => [rows, columns]
                .iter()
                .any(|axis| matches!(axis, Axis::Window { .. } | Axis::Table(_))),
            Self::Sparse(_) => false,
        }
    }

    /// `first`, then `self`; `target` is the extent of the result and `middle` that of what `self` reads,
    /// which may be another shape of what `first` gives. None if it is too large to write out.
    pub fn after(
        &self,
        first: &Self,
        source: Extent,
        middle: Extent,
        target: Extent,
    ) -> Option<Self> {
        if let (Self::Separable(second), Self::Separable(first)) = (self, first) {
            let given = [0, 1, 2].map(|i| first[i].targets());
            if second.iter().all(Axis::is_all) {
                // Whatever the shape between, all that reaches it reaches every target.
                let axes = [0, 1, 2].map(|i| Axis::all(target[i], given[i]).after(&first[i]));
                let [Some(a), Some(b), Some(c)] = axes else {
                    return None;
                };
                return Some(Self::Separable([a, b, c]));
            }
            if given == middle {
                let axes = [0, 1, 2].map(|i| second[i].after(&first[i]));
                let [Some(a), Some(b), Some(c)] = axes else {
                    return None;
                };
                return Some(Self::Separable([a, b, c]));
            }
        }
        let mut pairs = Vec::new();
        let mut between = Vec::new();
        for from in 0..volume(source) {
            between.clear();
            let given = first.extent_of_targets(volume(middle));
            first.for_targets(from, source, given, |m| between.push(m));
            for &m in &between {
                self.for_targets(m, middle, target, |t| pairs.push((from as u32, t as u32)));
            }
            if pairs.len() > MAX_WRITTEN_OUT {
                return None;
            }
        }
        let (sources, targets) = (volume(source) as u32, volume(target) as u32);
        Sparse::from_pairs(pairs, sources, targets).map(|s| Self::Sparse(Arc::new(s)))
    }

    fn extent_of_targets(&self, count: u64) -> Extent {
        match self {
            Self::Separable(axes) => [0, 1, 2].map(|i| axes[i].targets()),
            Self::Sparse(_) => [count as u32, 1, 1],
        }
    }

    /// Calls `each` with the number of every target of a source neuron.
    pub fn for_targets(
        &self,
        from: u64,
        source: Extent,
        target: Extent,
        mut each: impl FnMut(u64),
    ) {
        match self {
            Self::Separable([channels, rows, columns]) => {
                let [c, h, w] = coordinates(from, source);
                let [_, height, width] = target.map(u64::from);
                channels.for_targets(c, |c| {
                    rows.for_targets(h, |h| {
                        columns.for_targets(w, |w| {
                            each((u64::from(c) * height + u64::from(h)) * width + u64::from(w));
                        });
                    });
                });
            }
            Self::Sparse(sparse) => sparse
                .targets_of(from as u32)
                .iter()
                .for_each(|t| each(u64::from(*t))),
        }
    }

    /// Whether it fits populations of these extents.
    pub fn fits(&self, source: Extent, target: Extent) -> bool {
        match self {
            Self::Separable(axes) => {
                (0..3).all(|i| axes[i].sources() == source[i] && axes[i].targets() == target[i])
            }
            Self::Sparse(sparse) => {
                u64::from(sparse.sources()) == volume(source)
                    && u64::from(sparse.target_count()) == volume(target)
            }
        }
    }

    /// Of `channels` target channels, how many at most share their sources: those of a group.
    pub fn channels_in_group(&self, channels: u64) -> u64 {
        match self {
            Self::Separable([Axis::Blocks { targets, .. }, ..]) => {
                channels.min(u64::from(*targets))
            }
            _ => channels,
        }
    }

    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sparse(_) => "sparse",
            Self::Separable(axes) if axes.iter().all(Axis::is_all) => "dense",
            Self::Separable(axes) if axes.iter().all(Axis::is_identity) => "one-to-one",
            Self::Separable([channels, ..]) if self.shares_weights() => {
                if channels.is_identity() && channels.targets() > 1 {
                    "pool"
                } else {
                    "convolution"
                }
            }
            Self::Separable(_) => "blocks",
        }
    }
}

impl Taps {
    /// Taps side by side, each source coordinate read once.
    pub fn plain(kernel: u32, stride: u32, padding: u32) -> Self {
        Self {
            kernel,
            stride,
            padding,
            dilation: 1,
        }
    }

    /// The one tap of an axis that is not there.
    pub const NONE: Self = Self {
        kernel: 1,
        stride: 1,
        padding: 0,
        dilation: 1,
    };

    fn axis(self, targets: u32, sources: u32) -> Axis {
        let plain = self == Self::NONE && targets == sources;
        if plain && targets == 1 {
            return Axis::identity(1);
        }
        Axis::Window {
            targets,
            sources,
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        }
    }
}
