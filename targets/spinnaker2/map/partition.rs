//! How many neurons of each population stand on a processing element: as many as fit, to the byte.
//!
//! All elements of a population but the last have the same number, which is what py-spinnaker2 can be
//! told. It is the largest that fits, then evened out: n neurons on k elements are ceil(n / k) each, and
//! k is the smallest number with which every element's data fit its memory.

use std::{borrow::Cow, collections::BTreeSet};

use nirc_dialects::finding::{Finding, Findings};

use super::options::Options;
use crate::spinnaker2::{
    application::Application,
    chip_data::MEMORY,
    image::{
        layout::MOST_ROW_WORDS,
        size::{Counts, row_words},
    },
    network::{Network, Synapses},
    rows::Rows,
};

/// Neurons of a population on a processing element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The population, by index.
    pub population: usize,
    /// The first neuron.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// What its data depend on. What is not known of an application without a public layout is left
    /// out: [`exact`] says for which it is complete.
    pub counts: Counts,
    /// For each population that sends here, how many synapses its spikes have here, all of them once.
    pub synapses: usize,
}

/// The slices of all populations, in order.
///
/// A population that no number of elements holds, and more than `most` elements in all, are error
/// findings.
pub fn partition(
    network: &Network,
    outputs: &[usize],
    options: &Options,
    most: usize,
    findings: &mut Findings,
) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    let mut elements = Vec::new();
    for index in 0..network.populations.len() {
        let own = Population::new(network, index, outputs.contains(&index), options);
        match own.split(most) {
            Ok(own) => {
                elements.push((own.len(), index));
                slices.extend(own);
            }
            Err(finding) => findings.push(finding.at(&network.populations[index].name)),
        }
    }
    if slices.len() > most {
        elements.sort_by_key(|(count, index)| (std::cmp::Reverse(*count), *index));
        let largest = elements.iter().take(5);
        let largest: Vec<_> = largest
            .map(|(count, index)| format!("`{}` {count}", network.populations[*index].name))
            .collect();
        findings.push(
            Finding::error(
                "s2-elements",
                "a network fits the processing elements",
                format!(
                    "it takes {} of {most}: {}",
                    slices.len(),
                    largest.join(", ")
                ),
            )
            .fix("use a larger board, fewer synapses, or kernels for convolutions"),
        );
    }
    slices
}

/// For each slice, the slices that its neurons have a synapse to, in order. Slices are in the order of
/// populations and neurons, all of a population but the last equally large.
pub fn reached(network: &Network, slices: &[Slice]) -> Vec<BTreeSet<usize>> {
    let mut of_population: Vec<(usize, usize)> = vec![(0, 1); network.populations.len()];
    for (index, slice) in slices.iter().enumerate().rev() {
        if slice.first == 0 {
            of_population[slice.population] = (index, slice.count.max(1));
        }
    }
    let at = |population: usize, neuron: usize| {
        let (first, atoms) = of_population[population];
        first + neuron / atoms
    };
    let mut reached = vec![BTreeSet::new(); slices.len()];
    for projection in &network.projections {
        let count = network.populations[projection.source].count;
        let rows = projection.synapses.rows(count);
        for source in 0..count {
            let mut last = None;
            for synapse in rows.row(source) {
                let slice = at(projection.target, synapse.target as usize);
                // Neurons come in order, mostly.
                if last != Some(slice) {
                    reached[at(projection.source, source)].insert(slice);
                    last = Some(slice);
                }
            }
        }
    }
    reached
}

/// A population, and what sends to it.
struct Population<'n> {
    index: usize,
    count: usize,
    application: Application,
    /// What does not depend on the synapses.
    counts: Counts,
    atoms: usize,
    /// The synapses of all projections from one population, by population.
    sources: Vec<Vec<Cow<'n, Rows>>>,
    /// Words of kernels.
    kernels: usize,
}

impl<'n> Population<'n> {
    fn new(network: &'n Network, index: usize, is_output: bool, options: &Options) -> Self {
        let population = &network.populations[index];
        let row = population.application.row();
        let mut sources: Vec<Vec<Cow<'n, Rows>>> = vec![Vec::new(); network.populations.len()];
        let mut kernels = 0;
        for projection in network.projections.iter().filter(|p| p.target == index) {
            match &projection.synapses {
                Synapses::Rows(rows) => sources[projection.source].push(Cow::Borrowed(rows)),
                Synapses::Convolution(convolution) => {
                    kernels += convolution.weights().div_ceil(4);
                }
            }
        }
        sources.retain(|rows| !rows.is_empty());
        let record = match is_output {
            true => options.record,
            false => options.record_hidden,
        };
        Self {
            index,
            count: population.count,
            application: population.application,
            counts: Counts {
                parameters: row.parameters.len(),
                ticks: options.ticks,
                record,
                over_allocated: options.over_allocated,
                ..Counts::default()
            },
            atoms: row
                .atoms
                .value
                .min(options.atoms.unwrap_or(usize::MAX))
                .max(1),
            sources,
            kernels,
        }
    }

    /// The slices with the smallest number of elements that fit, up to `most`.
    fn split(&self, most: usize) -> Result<Vec<Slice>, Finding> {
        let synapses: usize = self.sources.iter().flatten().map(|rows| rows.len()).sum();
        // Every synapse takes two bytes somewhere.
        let least = (2 * synapses).div_ceil(MEMORY.budget());
        let mut elements = self.count.div_ceil(self.atoms).max(least).max(1);
        loop {
            let atoms = self.count.div_ceil(elements).max(1);
            let slices = self.slices(atoms);
            let worst = slices
                .iter()
                .map(|slice| slice.counts.bytes())
                .max()
                .unwrap_or(0);
            let longest = self.longest_row(atoms);
            if worst <= MEMORY.budget() && longest <= MOST_ROW_WORDS {
                return Ok(slices);
            }
            if atoms == 1 || elements > most {
                return Err(Finding::error(
                    "s2-memory",
                    "a processing element's data fit its memory",
                    match worst > MEMORY.budget() {
                        true => format!(
                            "with {atoms} neurons on each of {elements} elements they take {worst} \
                             bytes, there are {}",
                            MEMORY.budget()
                        ),
                        false => format!("a row of synapses has {longest} words, {MOST_ROW_WORDS} fit"),
                    },
                )
                .why("each source neuron takes an entry and a row on every element that it reaches, and recordings take memory for each tick")
                .fix("record less, run fewer ticks (--map ticks=N), or lower the fan-in"));
            }
            // The next number of elements that makes the slices smaller.
            elements = self.count.div_ceil(atoms - 1).max(elements + 1);
        }
    }

    /// The slices with so many neurons each.
    fn slices(&self, atoms: usize) -> Vec<Slice> {
        let slices = self.count.div_ceil(atoms);
        let mut counts = vec![(0usize, 0usize, 0usize); slices];
        self.each_row(atoms, |slice, synapses| {
            let (sources, words, total) = &mut counts[slice];
            *sources += 1;
            *words += row_words(synapses);
            *total += synapses;
        });
        let slice = |(index, (sources, words, synapses)): (usize, (usize, usize, usize))| {
            let first = index * atoms;
            let count = atoms.min(self.count - first);
            Slice {
                population: self.index,
                first,
                count,
                counts: Counts {
                    neurons: count,
                    sources,
                    row_words: words + self.kernels,
                    ..self.counts
                },
                synapses,
            }
        };
        let slices: Vec<Slice> = counts.into_iter().enumerate().map(slice).collect();
        match self.application {
            // Their data are not public, so nothing is counted.
            Application::SpikeList => slices
                .into_iter()
                .map(|slice| Slice {
                    counts: Counts::default(),
                    ..slice
                })
                .collect(),
            _ => slices,
        }
    }

    fn longest_row(&self, atoms: usize) -> usize {
        let mut longest = 0;
        self.each_row(atoms, |_, synapses| {
            longest = longest.max(row_words(synapses))
        });
        longest
    }

    /// Calls `each` with slice and number of synapses of every row that is not empty.
    fn each_row(&self, atoms: usize, mut each: impl FnMut(usize, usize)) {
        let mut counts = vec![0usize; self.count.div_ceil(atoms)];
        let mut reached = Vec::new();
        for rows in &self.sources {
            let sources = rows.iter().map(|rows| rows.sources()).max().unwrap_or(0);
            for source in 0..sources {
                for synapse in rows.iter().flat_map(|rows| rows.row(source)) {
                    let slice = synapse.target as usize / atoms;
                    if let Some(count) = counts.get_mut(slice) {
                        if *count == 0 {
                            reached.push(slice);
                        }
                        *count += 1;
                    }
                }
                for slice in reached.drain(..) {
                    each(slice, std::mem::take(&mut counts[slice]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spinnaker2::{
        application::Reset,
        image::Records,
        network::{self, Projection},
        word::Synapse,
    };

    fn population(name: &str, count: usize, application: Application) -> network::Population {
        network::Population {
            name: name.to_owned(),
            count,
            copies: 1,
            application,
            parameters: vec![vec![0.0]; application.row().parameters.len()],
            reset: Reset::BySubtraction,
        }
    }

    /// Every one of `sources` to every one of `targets`.
    fn dense(sources: usize, targets: usize) -> Network {
        let synapse = |target| Synapse {
            target: target as u32,
            weight: 1,
            delay: 0,
        };
        let rows = Rows::new((0..sources).map(|_| (0..targets).map(synapse)));
        Network {
            populations: vec![
                population("in", sources, Application::SpikeList),
                population("out", targets, Application::LifNoDelay),
            ],
            projections: vec![Projection {
                source: 0,
                target: 1,
                synapses: Synapses::Rows(rows),
            }],
            outputs: Vec::new(),
        }
    }

    fn options(over_allocated: bool) -> Options {
        Options {
            ticks: 300,
            record_hidden: Records {
                spikes: true,
                ..Records::default()
            },
            over_allocated,
            ..Options::default()
        }
    }

    /// Layer 10 of the NIR paper's network: 512 sources, 256 neurons, 300 ticks recorded.
    #[test]
    fn layers_are_cut_where_they_stop_fitting() {
        let network = dense(512, 256);
        for (over_allocated, expected) in [(true, 9), (false, 6)] {
            let mut findings = Findings::new();
            let slices = partition(&network, &[], &options(over_allocated), 148, &mut findings);
            let own: Vec<&Slice> = slices.iter().filter(|s| s.population == 1).collect();
            assert_eq!(own.len(), expected, "{findings}");
            assert!(own.iter().all(|s| s.counts.fits()));
            assert_eq!(own.iter().map(|s| s.count).sum::<usize>(), 256);
            // One element fewer would not do.
            let own = Population::new(&network, 1, false, &options(over_allocated));
            let fewer = own.slices(256usize.div_ceil(expected - 1));
            assert!(fewer.iter().any(|slice| !slice.counts.fits()));
        }
    }

    #[test]
    fn what_fits_no_element_is_refused() {
        let network = dense(6000, 4);
        let mut findings = Findings::new();
        partition(&network, &[], &options(true), 148, &mut findings);
        assert!(findings.contains("s2-memory"), "{findings}");
        let mut findings = Findings::new();
        partition(&dense(512, 256), &[], &options(true), 5, &mut findings);
        assert!(findings.contains("s2-memory") || findings.contains("s2-elements"));
    }
}
