//! Random networks: each lowering's promise.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayD, IxDyn};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{IrContext, PrintOptions, Program},
    nir::{
        self,
        file::{Graph, Mode, Node, Primitive, infer_shapes},
    },
    quant,
    simulation::{self, Record, Simulator},
    tensor::Tensor,
};
use nirc_passes::{CtToDt, NirToCt, QuantizeOptions, Quantizer, ResetRule, RunOptions, run};
use nirc_targets::{
    ChipTarget,
    xylo::{
        chip,
        json::Json,
        model::{Model, Recording},
        samna,
    },
};

/// SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In a range of numbers.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }
}

const STEP: f64 = 1e-3;

fn tensor(shape: &[usize], mut value: impl FnMut() -> f64) -> Tensor {
    let elements = (0..shape.iter().product())
        .map(|_| value() as f32)
        .collect();
    ArrayD::from_shape_vec(IxDyn(shape), elements)
        .unwrap()
        .into()
}

/// A current-based layer with decays that the chip has, and with heterogeneous thresholds.
fn layer(random: &mut Random, count: usize) -> Primitive {
    let decay = |random: &mut Random, low: usize| 1.0 - 0.5f64.powi(random.between(low, 4) as i32);
    let (alpha, beta) = (decay(random, 1), decay(random, 1));
    let (tau_syn, tau_mem) = (STEP / (1.0 - alpha), STEP / (1.0 - beta));
    let uniform = |value: f64| tensor(&[count], || value);
    Primitive::CubaLif {
        tau_syn: uniform(tau_syn),
        tau_mem: uniform(tau_mem),
        r: uniform(tau_mem / STEP),
        v_leak: uniform(0.0),
        v_threshold: tensor(&[count], || 0.5 + random.unit()),
        v_reset: None,
        w_in: Some(uniform(tau_syn / STEP)),
    }
}

fn linear(random: &mut Random, targets: usize, sources: usize, density: f64) -> Primitive {
    let weight = tensor(&[targets, sources], || {
        if random.unit() < density {
            (random.unit() - 0.45) * 1.5
        } else {
            0.0
        }
    });
    Primitive::Linear { weight }
}

/// An input, one or two hidden layers with recurrence, a readout.
fn network(random: &mut Random) -> Graph {
    let (inputs, readouts) = (random.between(1, 16), random.between(1, 8));
    let hidden: Vec<usize> = (0..random.between(1, 2))
        .map(|_| random.between(2, 30))
        .collect();
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut edges = Vec::new();
    let mut add = |name: String, kind: Primitive| nodes.insert(name, kind.into());
    add(
        "in".into(),
        Primitive::Input {
            shape: vec![inputs],
        },
    );
    let (mut source, mut width) = ("in".to_owned(), inputs);
    for (k, &count) in hidden.iter().chain([&readouts]).enumerate() {
        let (fc, lif, recurrent) = (format!("fc{k}"), format!("lif{k}"), format!("rec{k}"));
        add(fc.clone(), linear(random, count, width, 0.6));
        add(lif.clone(), layer(random, count));
        edges.extend([(source.clone(), fc.clone()), (fc, lif.clone())]);
        if k < hidden.len() && random.unit() < 0.7 {
            add(recurrent.clone(), linear(random, count, count, 0.3));
            edges.extend([(lif.clone(), recurrent.clone()), (recurrent, lif.clone())]);
        }
        (source, width) = (lif, count);
    }
    add(
        "out".into(),
        Primitive::Output {
            shape: vec![readouts],
        },
    );
    edges.push((source, "out".into()));
    let mut graph = Graph {
        nodes,
        edges,
        ..Graph::default()
    };
    let mut findings = Findings::new();
    infer_shapes(&mut graph, Mode::Strict, &mut findings);
    assert!(!findings.has_errors(), "{findings}");
    graph
}

fn raster(random: &mut Random, steps: usize, width: usize) -> Array2<f32> {
    // Now and then more events than an input channel takes.
    Array2::from_shape_fn((steps, width), |_| match random.unit() {
        x if x < 0.7 => 0.0,
        x if x < 0.97 => random.between(1, 2) as f32,
        _ => random.between(3, 20) as f32,
    })
}

fn settings(quantizer: Quantizer) -> nirc::Settings {
    nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(STEP),
            reset: ResetRule::Subtract,
            ..NirToCt::default()
        },
        // As many spikes in a step as a hidden neuron of the chip has.
        ct_to_dt: CtToDt {
            max_spikes: 31,
            ..CtToDt::default()
        },
        quantize: QuantizeOptions {
            quantizer,
            ..QuantizeOptions::default()
        },
        ..nirc::Settings::default()
    }
}

fn lowered<'c>(
    context: &'c IrContext,
    graph: &Graph,
    level: &str,
    quantizer: Quantizer,
    target: &'static dyn ChipTarget,
) -> Program<'c> {
    lowered_by(context, graph, level, &settings(quantizer), target)
}

fn lowered_by<'c>(
    context: &'c IrContext,
    graph: &Graph,
    level: &str,
    settings: &nirc::Settings,
    target: &'static dyn ChipTarget,
) -> Program<'c> {
    let mut program = nir::import(context, graph.clone()).unwrap();
    let steps = settings.steps("nir", level, Some(target)).unwrap();
    run(context, &mut program, &steps, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    program
}

/// The integer program and the chip's model, loaded with the emitted configuration, agree in every
/// spike and state.
#[test]
fn integers_run_as_on_the_chip() {
    let mut random = Random(1);
    let mut spikes = 0;
    for case in 0..120 {
        let target = nirc_targets::all()[case % 4];
        let quantizer = if case % 3 == 0 {
            Quantizer::Global
        } else {
            Quantizer::Channel
        };
        let graph = network(&mut random);
        let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
        let integers = lowered(&contexts[0], &graph, "quant", quantizer, target);
        let simulation = quant::Simulation::new(&integers).unwrap();
        let input = raster(&mut random, 60, simulation.inputs()[0].1);
        let recording = simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap();

        let placed = lowered(&contexts[1], &graph, "hw", quantizer, target);
        let files = target
            .emit(placed.module.as_operation(), &placed.tensors, None)
            .unwrap();
        let file = files.iter().find(|f| f.name.starts_with("config")).unwrap();
        let chip = chip::lookup(target.name()).unwrap();
        let loaded = samna::parse(&Json::read(file.as_text().unwrap()).unwrap(), chip).unwrap();
        let mut model = Model::new(&loaded.specification, chip.arithmetic.value).unwrap();
        let record = model
            .run(input.mapv(|x| x as u32).view(), Recording::Everything)
            .unwrap();

        let hidden: Vec<&str> = recording
            .spikes
            .keys()
            .map(String::as_str)
            .filter(|n| recording.v.len() > 1 && *n != last(&recording))
            .collect();
        let joined = |arrays: &BTreeMap<String, Array2<f64>>| {
            let views: Vec<_> = hidden.iter().map(|n| arrays[*n].view()).collect();
            ndarray::concatenate(ndarray::Axis(1), &views).unwrap()
        };
        assert_eq!(
            recording.outputs["out"],
            record.spikes_out.mapv(f64::from),
            "case {case}: readout spikes"
        );
        assert_eq!(
            joined(&recording.spikes),
            record.spikes.mapv(f64::from),
            "case {case}: hidden spikes"
        );
        assert_eq!(
            joined(&recording.v),
            record.vmem.mapv(f64::from),
            "case {case}: membranes"
        );
        assert_eq!(
            joined(&recording.i_syn),
            record.isyn.mapv(f64::from),
            "case {case}: currents"
        );
        spikes += record.spikes_out.mapv(u64::from).sum();
    }
    assert!(
        spikes > 1000,
        "the networks are not silent: {spikes} readout spikes"
    );
}

/// The name of the readout population: the last layer.
fn last(recording: &simulation::Recording) -> &str {
    recording.spikes.keys().map(String::as_str).max().unwrap()
}

/// Every level of a random network prints and parses again to the same text, weights and all.
#[test]
fn every_level_survives_printing() {
    let mut random = Random(2);
    for _ in 0..10 {
        let graph = network(&mut random);
        for level in ["nir", "ct", "dt", "quant", "hw"] {
            let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
            let target = nirc_targets::all()[1];
            let program = lowered(&contexts[0], &graph, level, Quantizer::Channel, target);
            let text = program.print(&PrintOptions::WHOLE).unwrap();
            let parsed = Program::parse(&contexts[1], &text).unwrap();
            assert_eq!(parsed.print(&PrintOptions::WHOLE).unwrap(), text);
        }
    }
}

/// A graph that went through the IR is the graph that went in.
#[test]
fn a_graph_survives_the_ir() {
    let mut random = Random(3);
    for _ in 0..20 {
        let mut graph = network(&mut random);
        let context = IrContext::new().unwrap();
        let program = nir::import(&context, graph.clone()).unwrap();
        let mut back = nir::export(&program).unwrap();
        for edges in [&mut graph.edges, &mut back.edges] {
            edges.sort();
        }
        assert_eq!(back, graph);
    }
}

/// Quantising is rounding: with decays that the chip has, the neurons of the integer
/// program spike as often as those of the real one, which `dt` computes.
#[test]
fn integers_follow_the_real_network() {
    let mut random = Random(4);
    let (mut real_spikes, mut difference) = (0.0, 0.0);
    for case in 0..40 {
        let target = nirc_targets::all()[case % 4];
        let graph = network(&mut random);
        let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
        let plain = |context, level| {
            let mut settings = settings(Quantizer::Channel);
            // Neurons that nothing depends on are compared, too.
            settings.rewrite.enabled = false;
            lowered_by(context, &graph, level, &settings, target)
        };
        let real = plain(&contexts[0], "dt");
        let simulation = dt::Simulation::<f64>::new(&real).unwrap();
        let width = simulation.inputs()[0].1;
        let input =
            Array2::from_shape_fn((100, width), |_| f32::from(u8::from(random.unit() < 0.15)));
        let real = simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap();
        let integers = plain(&contexts[1], "quant");
        let integers = quant::Simulation::new(&integers)
            .unwrap()
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap();
        // The first layer, without recurrence: behind it a spike that differs makes others differ.
        let (a, b) = (&real.spikes["lif0"], &integers.spikes["lif0"]);
        if a.iter().sum::<f64>() > 0.0 && !graph.nodes.contains_key("rec0") {
            let counts = |raster: &Array2<f64>| raster.sum_axis(ndarray::Axis(0));
            real_spikes += a.sum();
            difference += (counts(a) - counts(b)).mapv(f64::abs).sum();
        }
    }
    assert!(real_spikes > 500.0, "{real_spikes} spikes");
    assert!(
        difference < 0.02 * real_spikes,
        "{difference} of {real_spikes} spikes differ"
    );
}
