//! The coordinates of a source in classes: all of a class reach the same intervals of a target.

use super::{axis::Axis, cuts::Cuts};

/// The classes, along one axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// Runs of coordinates of one class: the end of each, and its class.
    pub runs: Vec<(u32, u32)>,
    /// For each class the intervals of the target that it reaches, sorted.
    pub intervals: Vec<Vec<u32>>,
}

impl Axis {
    /// The classes of the sources with respect to the intervals between `cuts` of the target.
    pub fn classes(&self, cuts: &Cuts) -> Classes {
        let mut classes = Classes::default();
        match self {
            Self::All { sources, from, .. } => {
                let everything: Vec<u32> = (0..cuts.len() as u32).collect();
                classes.push(from.start, Vec::new());
                classes.push(from.end, everything);
                classes.push(*sources, Vec::new());
            }
            Self::Blocks {
                blocks,
                targets,
                sources,
            } => {
                for block in 0..*blocks {
                    let reached = cuts.between(block * targets..(block + 1) * targets);
                    classes.push((block + 1) * sources, reached.collect());
                }
            }
            _ => {
                let mut reached: Vec<u32> = Vec::new();
                for source in 0..self.sources() {
                    reached.clear();
                    self.for_targets(source, |target| {
                        let interval = cuts.find(target);
                        if reached.last() != Some(&interval) {
                            reached.push(interval);
                        }
                    });
                    classes.push_slice(source + 1, &reached);
                }
            }
        }
        classes
    }
}

impl Classes {
    /// Adds the coordinates up to `end`, which reach `intervals`.
    fn push(&mut self, end: u32, intervals: Vec<u32>) {
        self.push_slice(end, &intervals);
    }

    fn push_slice(&mut self, end: u32, intervals: &[u32]) {
        let start = self.runs.last().map_or(0, |run| run.0);
        if end <= start {
            return;
        }
        if let Some(run) = self.runs.last_mut()
            && self
                .intervals
                .get(run.1 as usize)
                .is_some_and(|i| i == intervals)
        {
            run.0 = end;
            return;
        }
        self.runs.push((end, self.intervals.len() as u32));
        self.intervals.push(intervals.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::{super::axis::tests::examples, *};

    #[test]
    fn classes_reach_what_their_members_reach() {
        for axis in examples() {
            let cuts = Cuts::new([1, axis.targets() / 2], axis.targets());
            let classes = axis.classes(&cuts);
            assert_eq!(classes.runs.last().map(|r| r.0), Some(axis.sources()));
            let mut start = 0;
            for &(end, class) in &classes.runs {
                for source in start..end {
                    let mut reached = Vec::new();
                    axis.for_targets(source, |t| reached.push(cuts.find(t)));
                    reached.dedup();
                    assert_eq!(reached, classes.intervals[class as usize], "{axis:?}");
                }
                start = end;
            }
        }
    }
}
