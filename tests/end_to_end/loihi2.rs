//! Loihi 2: random networks at all levels.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayD, IxDyn, s};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{IrContext, Program},
    nir::{
        self,
        file::{Convolution, Graph, Mode, Node, Padding, Pool, Primitive, infer_shapes},
    },
    quant,
    simulation::{Record, Recording, Simulator},
    tensor::Tensor,
};
use nirc_passes::{CtToDt, NirToCt, ResetRule, RunOptions, run};
use nirc_targets::ChipTarget;

use crate::random::Random;

const STEP: f64 = 1e-3;

fn target() -> &'static dyn ChipTarget {
    nirc_targets::lookup("loihi2").unwrap()
}

fn tensor(shape: &[usize], mut value: impl FnMut() -> f64) -> Tensor {
    let elements = (0..shape.iter().product())
        .map(|_| value() as f32)
        .collect();
    ArrayD::from_shape_vec(IxDyn(shape), elements)
        .unwrap()
        .into()
}

/// Which networks are made.
#[derive(Clone, Copy)]
struct Kind {
    /// Whole weights and thresholds, neurons without leak: integers hold them as they are.
    whole: bool,
    reset: ResetRule,
}

fn neuron(random: &mut Random, kind: Kind, shape: &[usize]) -> Primitive {
    let uniform = |value: f64| tensor(shape, || value);
    let channel: usize = shape.iter().skip(1).product();
    // One for each channel, in some layers different ones.
    let several = random.unit() < 0.4;
    let each: Vec<f64> = (0..shape[0])
        .map(|c| match (c == 0 || several, kind.whole) {
            (false, _) => f64::NAN,
            // One mantissa serves both exactly.
            (true, true) => [8.0, 16.0][random.between(0, 1)],
            (true, false) => random.within(0.5, 1.5),
        })
        .collect();
    let mut n = 0;
    let v_threshold = tensor(shape, || {
        let of = each[n / channel];
        n += 1;
        if of.is_nan() { each[0] } else { of }
    });
    let form = match kind.whole {
        true => 0,
        false => random.between(0, if kind.reset == ResetRule::Zero { 2 } else { 1 }),
    };
    let (alpha, beta) = (random.within(0.0, 0.9), random.within(0.2, 0.99));
    let (tau_syn, tau_mem) = (STEP / (1.0 - alpha), STEP / (1.0 - beta));
    match form {
        0 => Primitive::If {
            r: uniform(1.0 / STEP),
            v_threshold,
            v_reset: None,
        },
        1 => Primitive::Lif {
            tau: uniform(tau_mem),
            r: uniform(tau_mem / STEP),
            v_leak: uniform(0.0),
            v_threshold,
            v_reset: None,
        },
        _ => Primitive::CubaLif {
            tau_syn: uniform(tau_syn),
            tau_mem: uniform(tau_mem),
            r: uniform(tau_mem / STEP),
            v_leak: uniform(0.0),
            v_threshold,
            v_reset: None,
            w_in: Some(uniform(tau_syn / STEP)),
        },
    }
}

fn weight(random: &mut Random, kind: Kind) -> f64 {
    match kind.whole {
        true => random.between(0, 12) as f64 - 5.0,
        false => (random.unit() - 0.4) * 1.2,
    }
}

fn dense(
    random: &mut Random,
    kind: Kind,
    targets: usize,
    sources: usize,
    biased: bool,
) -> Primitive {
    let weight = tensor(&[targets, sources], || weight(random, kind));
    if !biased {
        return Primitive::Linear { weight };
    }
    let bias = tensor(&[targets], || match kind.whole {
        true => random.between(0, 3) as f64 - 1.0,
        false => random.within(-0.1, 0.2),
    });
    Primitive::Affine { weight, bias }
}

/// Convolutions with pools, then fully connected layers, some of them recurrent.
fn network(random: &mut Random, kind: Kind) -> Graph {
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut edges: Vec<(String, String)> = Vec::new();
    let mut shape = vec![
        random.between(1, 2),
        random.between(5, 9),
        random.between(5, 9),
    ];
    let mut at = "in".to_owned();
    nodes.insert(
        at.clone(),
        Primitive::Input {
            shape: shape.clone(),
        }
        .into(),
    );
    let add = |name: String, primitive: Primitive, nodes: &mut BTreeMap<String, Node>| {
        nodes.insert(name, primitive.into());
    };
    for k in 0..random.between(0, 2) {
        if random.unit() < 0.4 && shape[1] >= 4 && shape[2] >= 4 {
            let name = format!("pool{k}");
            let pool = Primitive::SumPool2d(Pool {
                kernel_size: [2, 2],
                stride: [2, 2],
                padding: [0, 0],
            });
            add(name.clone(), pool, &mut nodes);
            edges.push((at, name.clone()));
            at = name;
            shape = vec![shape[0], shape[1] / 2, shape[2] / 2];
        }
        let (channels, size, padding) = (
            random.between(1, 4),
            random.between(1, 2),
            random.between(0, 1),
        );
        let weight = tensor(&[channels, shape[0], size, size], || weight(random, kind));
        let bias = tensor(&[channels], || match (kind.whole, k) {
            (true, 1) => 1.0,
            _ => 0.0,
        });
        let (name, neurons) = (format!("conv{k}"), format!("s{k}"));
        let convolution = Primitive::Conv2d(Convolution {
            input_shape: Some([shape[1], shape[2]]),
            weight,
            stride: [1, 1],
            padding: Padding::Explicit([padding; 2]),
            dilation: [1, 1],
            groups: 1,
            bias,
        });
        add(name.clone(), convolution, &mut nodes);
        let extent = |n: usize| n + 2 * padding - size + 1;
        shape = vec![channels, extent(shape[1]), extent(shape[2])];
        add(neurons.clone(), neuron(random, kind, &shape), &mut nodes);
        edges.extend([(at, name.clone()), (name, neurons.clone())]);
        at = neurons;
    }
    let flatten = Primitive::Flatten {
        start_dim: 0,
        end_dim: -1,
        input_type: Some(shape.clone()),
    };
    add("flat".to_owned(), flatten, &mut nodes);
    edges.push((at, "flat".to_owned()));
    at = "flat".to_owned();
    let mut width: usize = shape.iter().product();
    for k in 0..random.between(1, 2) {
        let count = random.between(2, 12);
        let (fc, neurons) = (format!("fc{k}"), format!("t{k}"));
        let biased = random.unit() < 0.5;
        add(
            fc.clone(),
            dense(random, kind, count, width, biased),
            &mut nodes,
        );
        add(neurons.clone(), neuron(random, kind, &[count]), &mut nodes);
        edges.extend([(at, fc.clone()), (fc, neurons.clone())]);
        if random.unit() < 0.5 {
            let back = format!("back{k}");
            add(
                back.clone(),
                dense(random, kind, count, count, false),
                &mut nodes,
            );
            edges.extend([(neurons.clone(), back.clone()), (back, neurons.clone())]);
        }
        (at, width) = (neurons, count);
    }
    add(
        "out".to_owned(),
        Primitive::Output { shape: vec![width] },
        &mut nodes,
    );
    edges.push((at, "out".to_owned()));
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

fn lowered<'c>(context: &'c IrContext, graph: &Graph, level: &str, kind: Kind) -> Program<'c> {
    let mut settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(STEP),
            reset: kind.reset,
            ..NirToCt::default()
        },
        ct_to_dt: CtToDt::default(),
        ..nirc::Settings::default()
    };
    // All populations of the file are compared.
    settings.rewrite.enabled = false;
    let mut program = nir::import(context, graph.clone()).unwrap();
    let steps = settings.steps("nir", level, Some(target())).unwrap();
    run(context, &mut program, &steps, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    program
}

fn chip(graph: &Graph, kind: Kind) -> Box<dyn Simulator> {
    let context = IrContext::new().unwrap();
    let placed = lowered(&context, graph, "hw", kind);
    let module = placed.module.as_operation();
    let files = target().emit(module, &placed.tensors, None);
    let files = files.unwrap_or_else(|f| panic!("{f}"));
    target().model(&files, "").unwrap_or_else(|f| panic!("{f}"))
}

fn all(simulator: &dyn Simulator, input: &Array2<f32>) -> Recording {
    let recorded = simulator.run(&[input.view()], &Record::EVERYTHING);
    recorded.unwrap_or_else(|f| panic!("{f}"))
}

const RESETS: [ResetRule; 2] = [ResetRule::Zero, ResetRule::Subtract];

/// The integer program and the model that loads the emitted files agree in every spike and state.
#[test]
fn integers_run_as_on_the_chip() {
    let mut random = Random(61);
    let mut spikes = 0.0;
    for case in 0..60 {
        let kind = Kind {
            whole: case % 3 == 0,
            reset: RESETS[case % 2],
        };
        let graph = network(&mut random, kind);
        let context = IrContext::new().unwrap();
        let integers = lowered(&context, &graph, "quant", kind);
        let integers = quant::Simulation::new(&integers).unwrap();
        let chip = chip(&graph, kind);
        let width = integers.inputs()[0].1;
        let input = Array2::from_shape_fn((50, width), |_| match random.unit() {
            x if x < 0.8 => 0.0,
            x if x < 0.98 => 1.0,
            _ => random.between(1, 3) as f32,
        });
        // Where a spike carries no count, more than one is refused and not counted as one.
        let counts = chip.run(&[input.view()], &Record::OUTPUTS).is_ok();
        let input = if counts {
            input
        } else {
            input.mapv(|x| x.min(1.0))
        };
        let (own, placed) = (all(&integers, &input), all(&*chip, &input));
        assert_eq!(own.outputs["out"], placed.outputs["out"], "case {case}");
        for (name, of_chip) in &placed.spikes {
            assert_eq!(&own.spikes[name], of_chip, "case {case}: spikes of {name}");
            assert_eq!(own.v[name], placed.v[name], "case {case}: v of {name}");
            spikes += of_chip.sum();
        }
        assert!(!placed.spikes.is_empty());
        for (name, of_chip) in &placed.i_syn {
            assert_eq!(&own.i_syn[name], of_chip, "case {case}: u of {name}");
        }
    }
    assert!(spikes > 5000.0, "the networks are not silent: {spikes}");
}

/// Where integers can be the model's numbers they are: pools within convolutions, resets by subtraction,
/// biases, channels of different thresholds and recurrence give the spikes of level `dt`, each layer as
/// much later as it says.
#[test]
fn whole_numbers_are_exact() {
    let mut random = Random(62);
    let mut spikes = 0.0;
    for case in 0..40 {
        let kind = Kind {
            whole: true,
            reset: RESETS[case % 2],
        };
        let graph = network(&mut random, kind);
        let context = IrContext::new().unwrap();
        let real = lowered(&context, &graph, "dt", kind);
        let real = dt::Simulation::<f64>::new(&real).unwrap();
        let width = real.inputs()[0].1;
        let input =
            Array2::from_shape_fn((60, width), |_| f32::from(u8::from(random.unit() < 0.1)));
        let context = IrContext::new().unwrap();
        let integers = lowered(&context, &graph, "quant", kind);
        let integers = quant::Simulation::new(&integers).unwrap();
        let (real, own) = (all(&real, &input), all(&integers, &input));
        for (name, of_model) in &real.spikes {
            let of_chip = &own.spikes[name];
            let steps = of_model.nrows();
            let equal = |late: &usize| {
                of_model.slice(s![..steps - late, ..]) == of_chip.slice(s![*late.., ..])
            };
            let late = (1..=6).find(equal);
            assert!(late.is_some(), "case {case}: {name}");
            spikes += of_model.sum();
        }
    }
    assert!(spikes > 5000.0, "the networks are not silent: {spikes}");
}

/// More inputs than any core takes: relays add them up in parts, and the spikes are the model's.
#[test]
fn a_fan_in_that_no_core_takes_goes_over_relays() {
    const INPUTS: usize = 10_500;
    let mut random = Random(64);
    let kind = Kind {
        whole: true,
        reset: ResetRule::Zero,
    };
    let nodes: [(&str, Primitive); 4] = [
        (
            "in",
            Primitive::Input {
                shape: vec![INPUTS],
            },
        ),
        ("fc", dense(&mut random, kind, 3, INPUTS, false)),
        (
            "if",
            Primitive::If {
                r: tensor(&[3], || 1.0 / STEP),
                v_threshold: tensor(&[3], || 1000.0),
                v_reset: None,
            },
        ),
        ("out", Primitive::Output { shape: vec![3] }),
    ];
    let edges = [("in", "fc"), ("fc", "if"), ("if", "out")];
    let mut graph = Graph {
        nodes: nodes
            .into_iter()
            .map(|(name, node)| (name.to_owned(), node.into()))
            .collect(),
        edges: edges
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into_iter()
            .collect(),
        ..Graph::default()
    };
    let mut findings = Findings::new();
    infer_shapes(&mut graph, Mode::Strict, &mut findings);
    let input = Array2::from_shape_fn((40, INPUTS), |_| f32::from(u8::from(random.unit() < 0.02)));
    let context = IrContext::new().unwrap();
    let integers = lowered(&context, &graph, "quant", kind);
    let integers = quant::Simulation::new(&integers).unwrap();
    let (own, placed) = (all(&integers, &input), all(&*chip(&graph, kind), &input));
    let spikes = own.outputs["out"].sum();
    assert!((10.0..110.0).contains(&spikes), "{spikes}");
    assert_eq!(own.outputs["out"], placed.outputs["out"]);
    assert_eq!(own.v["if"], placed.v["if"]);
}
