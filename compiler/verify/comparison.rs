//! All levels on the same samples, each compared with the next.

use std::collections::BTreeMap;

use nirc_dialects::{
    finding::Findings,
    simulation::{Record, Recording},
};

use super::compare::{Difference, Side};
use crate::{
    accuracy,
    execute::{Samples, run_level},
    levels::{Level, Levels},
    output,
};

/// Samples that are run at all levels before the next ones, which bounds what is held.
const SAMPLES_AT_ONCE: usize = 16;

/// What each level did, and what each lowering changed.
pub struct Comparison {
    /// The levels, in order.
    pub outcomes: Vec<Outcome>,
    /// The lowerings between them.
    pub lowerings: Vec<Change>,
    /// How many samples were run.
    pub samples: usize,
}

/// What a level did on all samples.
pub struct Outcome {
    /// The level.
    pub level: Level,
    /// Spikes of the outputs.
    pub spikes: f64,
    /// Right decisions, of how many, if there are labels.
    pub accuracy: Option<(usize, usize)>,
}

/// What a lowering changed.
pub struct Change {
    /// The level before it.
    pub from: Level,
    /// The level after it.
    pub to: Level,
    /// Each spiking population that both levels have, in the order in which they run.
    pub nodes: Vec<(String, Difference)>,
}

impl Comparison {
    /// Runs all samples at all levels; `tau` of the van Rossum distance in steps.
    ///
    /// # Errors
    ///
    /// The findings of a level that the samples do not fit.
    pub fn new(levels: &Levels, samples: &Samples, tau: f64) -> Result<Self, Findings> {
        let simulators = &levels.simulators;
        let progress = output::progress(samples.len() * simulators.len());
        let thresholds: Vec<_> = simulators.iter().map(|(_, s)| s.thresholds()).collect();
        let mut counts: Vec<Vec<Vec<f64>>> = vec![Vec::new(); simulators.len()];
        let mut lowerings: Vec<Change> = simulators
            .windows(2)
            .zip(thresholds.windows(2))
            .map(|(pair, thresholds)| {
                // Neurons that nothing depends on may be gone at the lower level.
                let neurons = |of: &BTreeMap<_, Vec<f64>>, name: &str| of.get(name).map(Vec::len);
                let spiking = |name: &&str| {
                    let [upper, lower] = thresholds else {
                        return false;
                    };
                    let count = neurons(upper, name);
                    count.is_some() && count == neurons(lower, name)
                };
                let populations = pair[0].1.populations().into_iter();
                let nodes = populations.filter(spiking);
                Change {
                    from: pair[0].0,
                    to: pair[1].0,
                    nodes: nodes
                        .map(|n| (n.to_owned(), Difference::default()))
                        .collect(),
                }
            })
            .collect();
        for first in (0..samples.len()).step_by(SAMPLES_AT_ONCE) {
            let chunk = first..(first + SAMPLES_AT_ONCE).min(samples.len());
            let mut recordings = Vec::new();
            for (_, simulator) in simulators {
                recordings.push(run_level(
                    simulator.as_ref(),
                    samples,
                    chunk.clone(),
                    &Record::EVERYTHING,
                    &progress,
                )?);
            }
            for (counts, recordings) in counts.iter_mut().zip(&recordings) {
                counts.extend(recordings.iter().map(accuracy::counts));
            }
            for (index, change) in lowerings.iter_mut().enumerate() {
                let pairs = recordings[index].iter().zip(&recordings[index + 1]);
                for (offset, (a, b)) in pairs.enumerate() {
                    let before = (a, &thresholds[index]);
                    let after = (b, &thresholds[index + 1]);
                    change.add(first + offset, before, after, tau);
                }
            }
        }
        progress.finish_and_clear();
        let outcome = |((level, _), counts): (&(Level, _), &Vec<Vec<f64>>)| Outcome {
            level: *level,
            spikes: counts.iter().flatten().sum(),
            accuracy: samples
                .labels
                .as_ref()
                .map(|labels| (accuracy::correct(counts, labels), labels.len())),
        };
        Ok(Self {
            outcomes: simulators.iter().zip(&counts).map(outcome).collect(),
            lowerings,
            samples: samples.len(),
        })
    }

    /// The lowering with the largest distance, if one changes any spike.
    pub fn worst(&self) -> Option<&Change> {
        let mut worst: Option<&Change> = None;
        for change in &self.lowerings {
            if change.distance() > worst.map_or(0.0, Change::distance) {
                worst = Some(change);
            }
        }
        worst
    }

    /// Whether no population that is compared spikes at any level.
    pub fn is_silent(&self) -> bool {
        let nodes = self.lowerings.iter().flat_map(|change| &change.nodes);
        nodes.into_iter().all(|(_, d)| d.before + d.after == 0.0)
    }

    /// Whether the chip's model does not do what the integers do.
    pub fn chip_differs(&self) -> bool {
        let chip = self.lowerings.iter().filter(|c| c.to == Level::Chip);
        chip.flat_map(|c| &c.nodes)
            .any(|(_, d)| d.mismatches > 0 || d.lag.is_some_and(|lag| lag != 0))
    }
}

type Thresholds = BTreeMap<String, Vec<f64>>;

impl Change {
    /// The name of the pass between the levels.
    pub fn name(&self) -> String {
        match (self.from, self.to) {
            (Level::Quant, Level::Chip) => "quant-to-hw".to_owned(),
            (from, to) => format!("{}-to-{}", from.name(), to.name()),
        }
    }

    /// The van Rossum distance over all populations, relative to that of silence: 0 is the same
    /// raster, 1 as far from it as no spikes at all.
    pub fn distance(&self) -> f64 {
        let sum = |of: fn(&Difference) -> f64| self.nodes.iter().map(|(_, d)| of(d)).sum::<f64>();
        let silence = sum(|d| d.silence_squared);
        // Where the first level is silent, a spike too many is 1.
        let unit = if silence > 0.0 { silence } else { 1.0 };
        (sum(|d| d.van_rossum_squared) / unit).sqrt()
    }

    fn add(
        &mut self,
        sample: usize,
        (before, before_thresholds): (&Recording, &Thresholds),
        (after, after_thresholds): (&Recording, &Thresholds),
        tau: f64,
    ) {
        for (node, difference) in &mut self.nodes {
            let (Some(a), Some(b)) = (
                side(before, before_thresholds, node),
                side(after, after_thresholds, node),
            ) else {
                continue;
            };
            difference.add(sample, a, b, tau);
        }
    }
}

fn side<'r>(recording: &'r Recording, thresholds: &'r Thresholds, node: &str) -> Option<Side<'r>> {
    Some(Side {
        spikes: recording.spikes.get(node)?,
        v: recording.v.get(node),
        v_threshold: thresholds.get(node).map_or(&[], Vec::as_slice),
    })
}
