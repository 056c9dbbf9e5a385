//! Scales chosen on samples: what the quantiser measures is what the chip's model does.

use ndarray::Array2;
use nirc_dialects::{distance, finding::Findings};
use nirc_passes::{Calibration, QuantizeOptions, Quantizer, SampleReader};

use crate::{
    lower::{Levels, Wanted, errors, levels, lower, record},
    random::{self, Random},
    text::{Convolution, Neuron, Text},
};

const STEPS: usize = 25;

/// Samples of a seed, which is the source's name.
struct Seeded;

fn samples(seed: u64, elements: usize) -> Vec<Array2<f32>> {
    let mut random = Random(seed);
    let event = |random: &mut Random| f32::from(u8::from(random::once_in(random, 6)));
    (0..3)
        .map(|_| Array2::from_shape_simple_fn((STEPS, elements), || event(&mut random)))
        .collect()
}

impl SampleReader for Seeded {
    fn read(
        &self,
        source: &str,
        inputs: &[(&str, usize)],
        step: Option<f64>,
    ) -> Result<Vec<Vec<Array2<f32>>>, Findings> {
        assert_eq!((inputs.len(), step), (1, Some(1e-3)));
        let all = samples(source.parse().unwrap(), inputs[0].1);
        Ok(all.into_iter().map(|sample| vec![sample]).collect())
    }
}

/// Two convolutions with a pool between, and a fully connected layer; trained weights are no whole numbers.
fn network(random: &mut Random) -> (String, usize) {
    let shape = [2, 8, 8];
    let mut weights = |count: usize, mean: f64| -> Vec<f64> {
        let own: Vec<f64> = (0..count).map(|_| mean + random.unit() - 0.5).collect();
        own
    };
    let mut text = Text::new();
    let input = text.input(&shape, "in");
    let c = Convolution::square(4, 2, 3, 1, 1);
    let x = text.convolution(&input, &c, &weights(72, 0.05), "conv1");
    let x = text.bias(&x, &crate::text::dense(&[4], &weights(4, 0.0)), "bias");
    let a = text.neuron(&x, &Neuron::of(&x.shape, 1.0), "if1");
    let x = text.pool(&a, "average", 2, 2, "pool");
    let c = Convolution::square(6, 4, 3, 1, 1);
    let x = text.convolution(&x, &c, &weights(216, 0.1), "conv2");
    let b = text.neuron(&x, &Neuron::of(&x.shape, 0.7), "if2");
    let flat = text.reshape(&b, &[96], "flatten");
    let x = text.linear(&flat, 5, &weights(480, 0.02), "fc");
    let last = text.neuron(&x, &Neuron::of(&x.shape, 2.0), "if3");
    text.output(&last, "out");
    (text.finish(), shape.iter().product())
}

fn calibrated(source: &str, quantizer: Quantizer) -> Wanted {
    Wanted {
        quantize: QuantizeOptions {
            quantizer,
            calibration: Some(Calibration {
                source: source.to_owned(),
                reader: &Seeded,
            }),
            ..QuantizeOptions::default()
        },
        ..Wanted::default()
    }
}

/// The distance of the chip's spikes from those of level dt over all samples, relative to silence.
fn relative(made: &Levels, node: &str, samples: &[Array2<f32>]) -> f64 {
    let chip = made.model("speck2f", "events");
    let (mut apart, mut silence) = (0.0, 0.0);
    for sample in samples {
        let (own, expected) = (record(&*chip, sample), record(&*made.dt, sample));
        let (own, expected) = (&own.spikes[node], &expected.spikes[node]);
        for (own, expected) in own.columns().into_iter().zip(expected.columns()) {
            let none = ndarray::Array1::zeros(STEPS);
            apart += distance::squared(own, expected, 10.0);
            silence += distance::squared(none.view(), expected, 10.0);
        }
    }
    (apart / silence).sqrt()
}

#[test]
fn what_is_measured_is_what_the_chip_does() {
    let (mut better, mut moved) = (0, 0);
    for seed in 0..6 {
        let (text, elements) = network(&mut Random(seed));
        let source = (seed + 100).to_string();
        let wanted = calibrated(&source, Quantizer::Channel);
        let made = levels(&text, "speck2f", &wanted).unwrap();
        let samples = samples(seed + 100, elements);
        let plain = levels(&text, "speck2f", &Wanted::default()).unwrap();
        let notes: Vec<_> = (made.findings.iter())
            .filter(|finding| finding.code == "speck-calibrated")
            .collect();
        assert_eq!(notes.len(), 3);
        for note in notes {
            // Layers follow each other, so each has the events that the chip's model gives it.
            let node = note.node.as_deref().unwrap();
            let said = note.what.split("a distance of ").nth(1).unwrap();
            let said: f64 = said[..6].parse().unwrap();
            let found = relative(&made, node, &samples);
            assert!(
                (said - found).abs() < 1e-4,
                "seed {seed}, {node}: {said}, {found}"
            );
            moved += usize::from(note.what.contains("least rounding error,"));
            if node == "if1" {
                let before = relative(&plain, node, &samples);
                assert!(
                    found <= before + 1e-9,
                    "seed {seed}: {found} after {before}"
                );
                better += usize::from(found < before);
            }
        }
        let again = levels(&text, "speck2f", &wanted).unwrap();
        assert_eq!(made.files, again.files);
    }
    assert!(moved > 6 && better > 2, "{moved} moved, {better} better");
}

#[test]
fn a_quantiser_without_search_takes_no_samples() {
    let (text, _) = network(&mut Random(1));
    let wanted = calibrated("1", Quantizer::Sinabs);
    let (findings, _) = lower(&text, "speck2f", &["dt-to-quant"], &wanted);
    let codes: Vec<_> = errors(&findings)
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(codes, ["speck-calibrate"]);
}
