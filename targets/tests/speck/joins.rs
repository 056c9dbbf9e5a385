//! Sources of one layer, the sensor as input, and the readout.

use nirc_targets::speck::{
    format::{Format, read},
    placement::Placement,
};

use crate::{
    lower::{Levels, Wanted, errors, levels, record},
    lowering::{events, same},
    random::Random,
    splits::{chain, valid_for_samna},
    text::{Convolution, Neuron, Text},
};

/// Two sources of one layer: added up by the chip where it can and the weights are the same, else with
/// channels and weights of their own.
fn residual() -> String {
    let mut text = Text::new();
    let input = text.input(&[2, 8, 8], "in");
    let layer = |text: &mut Text, x: &_, f: usize, node: &str, seed: usize| {
        let c = Convolution::square(f, 2, 3, 1, 1);
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count).map(|i| ((i * seed) % 31) as f64 - 8.0).collect();
        text.convolution(x, &c, &weights, &format!("{node}.c"))
    };
    let a = layer(&mut text, &input, 2, "a", 5);
    let a = text.neuron(&a, &Neuron::of(&a.shape, 50.0), "a");
    let b = layer(&mut text, &a, 2, "b", 7);
    let b = text.neuron(&b, &Neuron::of(&b.shape, 60.0), "b");
    let sum = text.sum(&[&a, &b], "add");
    let c = layer(&mut text, &sum, 3, "c", 11);
    let c = text.neuron(&c, &Neuron::of(&c.shape, 70.0), "c");
    text.output(&c, "out");
    text.finish()
}

#[test]
fn residual_edges_are_kept() {
    let text = residual();
    for (chip, features) in [("speck2f", 2), ("speck2b", 4)] {
        let made = levels(&text, chip, &Wanted::default())
            .map_err(|f| f.to_string())
            .unwrap();
        let format = if chip == "speck2b" {
            Format::Cereal
        } else {
            Format::Properties
        };
        let (configuration, _) = read(made.file("config.json"), format).unwrap();
        let placement = Placement::read(made.file("placement.json")).unwrap();
        let core = placement
            .populations
            .iter()
            .find(|p| p.node == "c")
            .unwrap()
            .parts[0]
            .core;
        assert_eq!(
            configuration.cores[core].dimensions.input.features, features,
            "{chip}"
        );
        let input = events(&mut Random(9), 30, 128);
        let (quant, chip_model) = (
            record(&*made.quant, &input),
            record(&*made.model(chip, "sinabs"), &input),
        );
        assert_eq!(quant.spikes, chip_model.spikes, "{chip}");
        assert!(quant.spikes["c"].sum() > 100.0);
    }
    valid_for_samna(&text);
}

/// Sources of other weights are channels side by side, on every chip.
#[test]
fn other_weights_are_other_channels() {
    let mut text = Text::new();
    let input = text.input(&[2, 6, 6], "in");
    let layer = |text: &mut Text, x: &_, f: usize, side: usize, node: &str, seed: usize| {
        let c = Convolution::square(f, 2, side, 1, (side / 2) as i64);
        let count = c.shape.iter().product();
        let weights: Vec<f64> = (0..count).map(|i| ((i * seed) % 31) as f64 - 8.0).collect();
        text.convolution(x, &c, &weights, &format!("{node}.c"))
    };
    let a = layer(&mut text, &input, 2, 3, "a", 5);
    let a = text.neuron(&a, &Neuron::of(&a.shape, 50.0), "a");
    // Kernels of 1 and 3 for one layer.
    let x = layer(&mut text, &a, 3, 1, "x", 7);
    let y = layer(&mut text, &input, 3, 3, "y", 11);
    let sum = text.sum(&[&x, &y], "add");
    let b = text.neuron(&sum, &Neuron::of(&sum.shape, 60.0), "b");
    text.output(&b, "out");
    let text = text.finish();
    let made = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let input = events(&mut Random(9), 30, 72);
    assert!(same(&made, ["dt", "quant"], &input, "two kernels") > 100.0);
    assert!(same(&made, ["quant", "sinabs"], &input, "two kernels") > 100.0);
}

pub fn wanted(options: &[(&'static str, &'static str)]) -> Wanted {
    Wanted {
        map: options.to_vec(),
        ..Wanted::default()
    }
}

#[test]
fn the_readout_gets_every_fourth_channel() {
    let text = chain(&[2, 4, 4], &[[4, 3, 1, 1], [10, 4, 1, 0]], 5);
    let plain = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let options = wanted(&[("readout", "maximum"), ("readout-threshold", "3")]);
    let made = levels(&text, "speck2f", &options)
        .map_err(|f| f.to_string())
        .unwrap();
    let (configuration, _) = read(made.file("config.json"), Format::Properties).unwrap();
    let placement = Placement::read(made.file("placement.json")).unwrap();
    let part = placement.populations[1].parts[0];
    assert_eq!((part.count, part.step), (10, 4));
    let core = &configuration.cores[part.core];
    assert_eq!(core.dimensions.output.features, 37);
    assert_eq!(
        (core.destinations[0].layer, core.destinations[0].enable),
        (12, true)
    );
    let readout = &configuration.readout;
    assert_eq!(
        (readout.enable, readout.output_mode_sel, readout.threshold),
        (true, 3, 3)
    );
    let input = events(&mut Random(6), 30, 32);
    let (with, without) = (
        record(&*made.model("speck2f", "events"), &input),
        record(&*plain.model("speck2f", "events"), &input),
    );
    assert_eq!(with.outputs, without.outputs);
    assert!(with.outputs["out"].sum() > 10.0);
    let refused = levels(&text, "speck2b", &options).err().unwrap();
    assert_eq!(errors(&refused)[0].0, "speck-map-option");
}

/// The sensor as input gives the events that the host would send, for every crop, mirror and pool.
#[test]
fn the_sensor_sends_what_the_host_would() {
    let mut text = Text::new();
    let input = text.input(&[2, 16, 16], "in");
    let pooled = text.pool(&input, "sum", 2, 2, "pool");
    let c = Convolution::square(3, 2, 3, 1, 1);
    let weights: Vec<f64> = (0..54).map(|i| ((i * 7) % 23) as f64 - 3.0).collect();
    let current = text.convolution(&pooled, &c, &weights, "conv");
    let spikes = text.neuron(&current, &Neuron::of(&current.shape, 60.0), "if");
    text.output(&spikes, "out");
    let text = text.finish();
    let host = levels(&text, "speck2f", &Wanted::default())
        .map_err(|f| f.to_string())
        .unwrap();
    let input = events(&mut Random(7), 20, 512);
    // The network pools pixels, so the sensor's model gets one pixel of each square; the host sends all.
    let pooled = |levels: &Levels, chip: &str| {
        let model = levels.model(chip, "events");
        let elements = model.inputs()[0].1;
        let mut events = ndarray::Array2::zeros((20, elements));
        for ((t, i), count) in input.indexed_iter() {
            let (c, y, x) = (i / 256, i / 16 % 16, i % 16);
            let at = if elements == 512 {
                i
            } else {
                (c * 8 + y / 2) * 8 + x / 2
            };
            events[[t, at]] += count;
        }
        // One event an element, so that orders are the same.
        events.mapv_inplace(|n: f32| n.min(1.0));
        if elements == 512 {
            let all = events.clone();
            events.fill(0.0);
            for ((t, i), count) in all.indexed_iter() {
                let (c, y, x) = (i / 256, i / 16 % 16, i % 16);
                if *count > 0.0 {
                    events[[t, (c * 16 + y / 2 * 2) * 16 + x / 2 * 2]] = 1.0;
                }
            }
        }
        record(&*model, &events)
    };
    let expected = pooled(&host, "speck2f");
    assert!(expected.outputs["out"].sum() > 50.0);
    for chip in ["speck2b", "speck2e", "speck2f"] {
        for options in [
            vec![("input", "sensor")],
            vec![("input", "sensor"), ("sensor-origin", "4:20")],
            vec![
                ("input", "sensor"),
                ("sensor-pooling", "2"),
                ("sensor-mirror", "both"),
            ],
            vec![
                ("input", "sensor"),
                ("sensor-swap", "yes"),
                ("sensor-mirror", "columns"),
            ],
        ] {
            let made = levels(&text, chip, &wanted(&options)).map_err(|f| f.to_string());
            let made = made.unwrap_or_else(|f| panic!("{chip} {options:?}: {f}"));
            assert_eq!(
                pooled(&made, chip).outputs,
                expected.outputs,
                "{chip}, {options:?}"
            );
        }
    }
    let refused = |options: &[(&'static str, &'static str)]| {
        let findings = levels(&text, "speck2f", &wanted(options)).err().unwrap();
        errors(&findings)[0].0.clone()
    };
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-pooling", "4")]),
        "speck-sensor-pooling"
    );
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-origin", "3:0")]),
        "speck-sensor-input"
    );
    assert_eq!(
        refused(&[("input", "sensor"), ("sensor-origin", "120:0")]),
        "speck-sensor-crop"
    );
    assert_eq!(refused(&[("sensor-swap", "yes")]), "speck-map-option");
    assert_eq!(refused(&[("colour", "red")]), "speck-map-option");
}
