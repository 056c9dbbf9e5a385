//! The scale of each core by what it does to spikes on samples of input.
//!
//! Level `dt` runs the samples in floats. Then the layers are chosen one after the other, sources first:
//! each threshold that is worth trying makes the integers of a core, the core takes the events that its
//! sources sent with theirs, one at a time as the chip does, and the threshold whose spike trains are
//! closest to those of `dt` stays. Work: the samples' synaptic operations, times [`TRIED`].

mod stream;

use std::collections::BTreeMap;

use melior::ir::Module;
use ndarray::Array2;
use nirc_dialects::{
    distance, dt,
    finding::{Finding, Findings},
    ir::Program,
    simulation::{Nodes, Record, Simulator, check_counts, run_samples},
};
use nirc_passes::{Calibration, Lowering};
use rayon::prelude::*;

use self::stream::{Clock, Event, Player};
use super::{
    layer::Layer,
    network::{Network, Source},
    scale::{self, Factors},
};
use crate::speck::chip::Chip;

/// Thresholds that are tried for a layer: those with the least rounding error.
const TRIED: usize = 16;
/// The time constant of the distance between spike trains, in steps.
const TAU: f64 = 10.0;

/// Samples, and what level `dt` makes of them.
pub struct Samples {
    /// For each sample and input of the network: [steps, elements].
    inputs: Vec<Vec<Array2<f32>>>,
    /// For each sample, the spikes of each population: [neurons, steps].
    spikes: Vec<BTreeMap<String, Array2<f64>>>,
}

impl Samples {
    /// Reads the samples and runs them on the module, which is still of level `dt`.
    ///
    /// # Errors
    ///
    /// What is wrong with the source of the samples, and samples that are no counts of spikes.
    pub fn read(
        calibration: &Calibration,
        network: &Network<'_>,
        step: Option<f64>,
        lowering: &Lowering<'_, '_, '_>,
    ) -> Result<Self, Findings> {
        let module = Module::from_operation((*lowering.module).clone()).ok_or_else(|| {
            Finding::error("ir-module", "a pass runs on a module", "it runs on none")
        })?;
        let program = Program {
            module,
            tensors: lowering.tensors.clone(),
            findings: Findings::new(),
        };
        let simulation = dt::Simulation::<f32>::new(&program)?;
        let columns = simulation.inputs();
        let given = calibration
            .reader
            .read(&calibration.source, &columns, step)?;
        let views: Vec<Vec<_>> = (given.iter())
            .map(|sample| sample.iter().map(|input| input.view()).collect())
            .collect();
        views.iter().flatten().try_for_each(check_counts)?;
        let record = Record {
            spikes: Nodes::All,
            states: Nodes::None,
        };
        let recordings = run_samples(&simulation, &views, &record, &|| {})?;
        // The program's inputs may be in another order than the network's.
        let order: Vec<usize> = (network.inputs.iter())
            .filter_map(|input| columns.iter().position(|(name, _)| *name == input.name))
            .collect();
        let inputs = (views.iter())
            .map(|sample| order.iter().map(|i| sample[*i].to_owned()).collect())
            .collect();
        let trains = |spikes: Array2<f64>| spikes.reversed_axes().as_standard_layout().into_owned();
        let spikes = (recordings.into_iter())
            .map(|recording| {
                let each = recording.spikes.into_iter();
                each.map(|(name, spikes)| (name, trains(spikes))).collect()
            })
            .collect();
        Ok(Self { inputs, spikes })
    }
}

/// The threshold of each layer in integers, with a note for each on what it was and became.
pub fn thresholds(
    network: &Network<'_>,
    layers: &[Layer<'_>],
    samples: &Samples,
    chip: &Chip,
    findings: &mut Findings,
) -> Vec<i32> {
    let mut chosen = vec![1; layers.len()];
    // For each layer that is chosen and each sample.
    let mut sent: Vec<Vec<Vec<Event>>> = vec![Vec::new(); layers.len()];
    let (clocks, entered): (Vec<Clock>, Vec<Vec<Vec<Event>>>) = (samples.inputs.iter())
        .map(|inputs| stream::inputs(inputs))
        .unzip();
    for index in order(layers) {
        let layer = &layers[index];
        let factors = Factors::of(layer);
        let arriving: Vec<Vec<Event>> = (0..clocks.len())
            .map(|sample| {
                let from = |source: Source| match source {
                    Source::Input(input) => &entered[sample][input],
                    Source::Population(source) => &sent[source][sample],
                };
                stream::arriving(network, layer, from)
            })
            .collect();
        let player = |threshold: i32| {
            Player::new(
                layer,
                &scale::integers(layer, &factors, threshold, chip),
                chip,
            )
        };
        let tried = tried(layer, &factors, chip);
        // Layers have locations, which cannot go to other threads.
        let players: Vec<Player> = tried.iter().map(|threshold| player(*threshold)).collect();
        let (name, map) = (layer.name.as_str(), layer.map);
        let distances: Vec<f64> = (players.par_iter())
            .map(|player| {
                let each = clocks.iter().zip(&arriving).zip(&samples.spikes);
                each.map(|((clock, arriving), spikes)| {
                    let own = player.play(arriving, clock);
                    let expected = spikes.get(name);
                    expected.map_or(0.0, |expected| apart(map, &own, clock, expected))
                })
                .sum()
            })
            .collect();
        // The first is the one with the least rounding error, and stays at a tie.
        let best = (0..tried.len()).min_by(|a, b| distances[*a].total_cmp(&distances[*b]));
        let best = best.unwrap_or(0);
        chosen[index] = tried.get(best).copied().unwrap_or(1);
        let silence: f64 = (samples.spikes.iter())
            .filter_map(|spikes| spikes.get(&layer.name))
            .map(|spikes| from_silence(spikes))
            .sum();
        findings.push(note(layer, &tried, &distances, best, silence));
        if let Some(player) = players.get(best) {
            sent[index] = (clocks.par_iter().zip(&arriving))
                .map(|(clock, arriving)| player.play(arriving, clock))
                .collect();
        }
    }
    chosen
}

/// The thresholds with the least rounding error, that with the least of all first.
fn tried(layer: &Layer<'_>, factors: &Factors, chip: &Chip) -> Vec<i32> {
    let mut tried: Vec<(f64, i32)> = (scale::candidates(layer, factors, chip).into_iter())
        .map(|t| (scale::weight_error(layer, factors, t, chip), t))
        .collect();
    tried.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    tried.truncate(TRIED);
    tried.into_iter().map(|(_, threshold)| threshold).collect()
}

/// The layers, each after its sources. None of them is in a circle.
fn order(layers: &[Layer<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(layers.len());
    while order.len() < layers.len() {
        let known = |source: Source| match source {
            Source::Input(_) => true,
            Source::Population(source) => order.contains(&source),
        };
        let ready = |index: &usize| {
            !order.contains(index) && layers[*index].sources.iter().all(|s| known(s.source))
        };
        let Some(next) = (0..layers.len()).find(ready) else {
            break;
        };
        order.push(next);
    }
    order
}

/// The squared distance of all spike trains of a layer from those expected, [neurons, steps].
fn apart(map: [usize; 3], own: &[Event], clock: &Clock, expected: &Array2<f64>) -> f64 {
    let mut counts = Array2::<f64>::zeros(expected.dim());
    let [_, rows, columns] = map;
    let mut step = 0;
    for event in own {
        step = clock.step(event.root, step);
        let place = usize::from(event.feature) * rows + usize::from(event.row);
        let neuron = place * columns + usize::from(event.column);
        if let Some(count) = counts.get_mut((neuron, step)) {
            *count += 1.0;
        }
    }
    (counts.outer_iter().zip(expected.outer_iter()))
        .map(|(own, expected)| distance::squared(own, expected, TAU))
        .sum()
}

fn from_silence(spikes: &Array2<f64>) -> f64 {
    let silence = ndarray::Array1::zeros(spikes.ncols());
    (spikes.outer_iter())
        .map(|train| distance::squared(train, silence.view(), TAU))
        .sum()
}

fn note(layer: &Layer<'_>, tried: &[i32], distances: &[f64], best: usize, silence: f64) -> Finding {
    let relative = |index: usize| {
        let distance = distances.get(index).copied().unwrap_or(0.0);
        (distance / silence.max(f64::MIN_POSITIVE)).sqrt()
    };
    let rule = "a layer's scale is the one whose spikes are closest to level dt on the samples";
    let found = |index: usize| tried.get(index).copied().unwrap_or(1);
    let what = if silence == 0.0 {
        "no neuron spikes on the samples, so its scale is that of the least rounding error"
            .to_owned()
    } else if best == 0 {
        format!(
            "threshold {}, that of the least rounding error: a distance of {:.4}",
            found(0),
            relative(0)
        )
    } else {
        format!(
            "threshold {}: a distance of {:.4}; with {}, that of the least rounding error, {:.4}",
            found(best),
            relative(best),
            found(0),
            relative(0)
        )
    };
    Finding::note("speck-calibrated", rule, what)
        .at(layer.name.as_str())
        .why("the distance is van Rossum's with 10 steps; 0 is the same spikes, 1 is silence")
}
