//! Synapses by the neuron that sends.

use super::word::Synapse;

/// The synapses of each source, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The synapses of source i are those from `first[i]` to `first[i + 1]`.
    first: Vec<usize>,
    synapses: Vec<Synapse>,
}

impl Rows {
    /// The rows of sources that come one after the other.
    pub fn new<R: IntoIterator<Item = Synapse>>(rows: impl IntoIterator<Item = R>) -> Self {
        let (mut first, mut synapses) = (vec![0], Vec::new());
        for row in rows {
            synapses.extend(row);
            first.push(synapses.len());
        }
        Self { first, synapses }
    }

    /// The rows of `sources` sources from synapses in any order; those of a source stay in theirs.
    /// Synapses of other sources are left out.
    pub fn sorted(sources: usize, list: &[(u32, Synapse)]) -> Self {
        let mut first = vec![0; sources + 1];
        for (source, _) in list {
            if let Some(count) = first.get_mut(*source as usize + 1) {
                *count += 1;
            }
        }
        for index in 1..first.len() {
            first[index] += first[index - 1];
        }
        let nothing = Synapse {
            target: 0,
            weight: 0,
            delay: 0,
        };
        let mut synapses = vec![nothing; first.last().copied().unwrap_or(0)];
        let mut next = first.clone();
        for (source, synapse) in list {
            let source = *source as usize;
            if source < sources {
                synapses[next[source]] = *synapse;
                next[source] += 1;
            }
        }
        Self { first, synapses }
    }

    /// The number of sources.
    pub fn sources(&self) -> usize {
        self.first.len() - 1
    }

    /// The number of synapses.
    pub fn len(&self) -> usize {
        self.synapses.len()
    }

    /// Whether there are no synapses.
    pub fn is_empty(&self) -> bool {
        self.synapses.is_empty()
    }

    /// The synapses of a source; none past the last.
    pub fn row(&self, source: usize) -> &[Synapse] {
        match (self.first.get(source), self.first.get(source + 1)) {
            (Some(first), Some(end)) => self.synapses.get(*first..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// All synapses, source by source.
    pub fn synapses(&self) -> &[Synapse] {
        &self.synapses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_keeps_the_order_within_a_source() {
        let synapse = |target| Synapse {
            target,
            weight: 1,
            delay: 0,
        };
        let list = [
            (2, synapse(5)),
            (0, synapse(1)),
            (2, synapse(4)),
            (9, synapse(0)),
        ];
        let rows = Rows::sorted(3, &list);
        let expected: [&[u32]; 3] = [&[1], &[], &[5, 4]];
        assert_eq!((rows.sources(), rows.len()), (3, 3));
        for (source, targets) in expected.iter().enumerate() {
            let found: Vec<u32> = rows.row(source).iter().map(|s| s.target).collect();
            assert_eq!(&found, targets);
        }
        assert!(rows.row(3).is_empty());
        let again = Rows::new((0..3).map(|s| rows.row(s).to_vec()));
        assert_eq!(again, rows);
    }
}
