//! The NIR paper's single neuron. The paper's trace is of py-spinnaker2's simulator in 64 bits, not of
//! a chip: it is reproduced to the bit in its own arithmetic, and followed by the model in the chip's.

use std::fs;

use ndarray::Array2;
use nirc_dialects::simulation::{Record, Simulator};
use nirc_targets::spinnaker2::{
    application::{Application, Reset},
    model::Model,
    network::{Network, Population, Projection, Synapses},
    rows::Rows,
    word::Synapse,
};

use crate::corpus;

/// What the script multiplies the weight of 1 and the threshold of 0.1 with.
const SCALE: f64 = 102.02;
/// The weight after the importer's truncation.
const WEIGHT: i16 = 102;

/// What py-spinnaker2's simulator computes: its time constant follows from the decay, and each step is
/// a step of forward Euler.
fn simulator(input: &[bool], decay: f64, threshold: f64) -> (Vec<f64>, Vec<usize>) {
    let step = 1e-3;
    let tau = step / (1.0 - decay);
    let (mut v, mut trace, mut spikes) = (0.0, Vec::new(), Vec::new());
    for (t, input) in input.iter().enumerate() {
        v += step * (-v / tau);
        if *input {
            v += f64::from(WEIGHT);
        }
        if v >= threshold {
            v = 0.0;
            spikes.push(t);
        }
        trace.push(v / SCALE);
    }
    (trace, spikes)
}

#[test]
fn the_papers_neuron_has_its_trace_and_its_spikes() {
    let Some(folder) = corpus::outside("data/paper/01_lif") else {
        return;
    };
    let text = fs::read_to_string(folder.join("lif_spinnaker2.csv")).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .map(|line| line.split(',').map(|x| x.trim().parse().unwrap()).collect())
        .collect();
    let input: Vec<bool> = rows.iter().map(|row| row[0] != 0.0).collect();
    let recorded: Vec<usize> = (0..rows.len()).filter(|t| rows[*t][2] != 0.0).collect();
    assert_eq!(recorded, [460, 510, 710, 760]);

    let decay = 0.96f32;
    let threshold = 0.1f32 * SCALE as f32 / 0.04;
    let (trace, spikes) = simulator(&input, f64::from(decay), f64::from(threshold));
    assert_eq!(spikes, recorded);
    let off = trace
        .iter()
        .zip(&rows)
        .filter(|(v, row)| **v != row[1])
        .count();
    println!("in 64 bits: {off} of {} values differ", rows.len());
    assert_eq!(off, 0);

    let lif = |count, application, parameters| Population {
        name: "lif".to_owned(),
        count,
        copies: 1,
        application,
        parameters,
        reset: Reset::ToValue,
    };
    let parameters = [threshold, decay, 0.0, 0.0, 0.0].map(|value| vec![value]);
    let synapse = Synapse {
        target: 0,
        weight: WEIGHT,
        delay: 0,
    };
    let network = Network {
        populations: vec![
            lif(1, Application::SpikeList, Vec::new()),
            lif(1, Application::LifNoDelay, parameters.to_vec()),
        ],
        projections: vec![Projection {
            source: 0,
            target: 1,
            synapses: Synapses::Rows(Rows::new([[synapse]])),
        }],
        outputs: Vec::new(),
    };
    // The file's row t is tick t + 1: a spike takes a tick.
    let mut list = Array2::zeros((rows.len() + 1, 1));
    for (t, input) in input.iter().enumerate() {
        list[[t, 0]] = f32::from(u8::from(*input));
    }
    let run = Model::new(&network);
    let run = run.run(&[list.view()], &Record::EVERYTHING).unwrap();
    let (spikes, v) = (&run.spikes["lif"], &run.v["lif"]);
    let found: Vec<usize> = (1..=rows.len()).filter(|t| spikes[[*t, 0]] > 0.0).collect();
    let expected: Vec<usize> = recorded.iter().map(|t| t + 1).collect();
    assert_eq!(found, expected);
    let largest = (0..rows.len())
        .map(|t| (v[[t + 1, 0]] / SCALE - rows[t][1]).abs())
        .fold(0.0, f64::max);
    println!("in 32 bits: the largest difference is {largest:.2e}");
    assert!((1e-8..2.5e-7).contains(&largest), "{largest}");
}
