//! Integers of enough bits compute the model: random networks whose numbers are multiples of powers
//! of two give the same spikes and states at level `dt`, in f64, and at level `quant`.
//!
//! A decay of 1 - 2^-e makes e more bits behind the point in each step, so both levels are exact as
//! long as a run of T steps needs no more than 8 + T e of them: level `dt` has 53 bits in all, level
//! `quant` states of 2^40.

use std::{collections::BTreeMap, fmt::Write as _};

use ndarray::{Array1, Array2, ArrayD, IxDyn};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{IrContext, Program},
    nir::{
        self,
        file::{Graph, Mode, Node, Primitive, infer_shapes},
    },
    quant,
    simulation::{Record, Recording, Simulator},
    tensor::Tensor,
};
use nirc_passes::{CtToDt, NirToCt, ResetRule, RunOptions, run};

use crate::random::Random;

/// Weights, thresholds and biases are multiples of 1 / 2^8.
const UNIT_BITS: u32 = 8;
/// Bits behind the point of the integer states.
const SCALE_BITS: u32 = 30;

/// A layer in units of 1 / 2^8.
struct Layer {
    kind: Kind,
    weight: Array2<i32>,
    recurrent: Option<Array2<i32>>,
    bias: Option<Array1<i32>>,
    threshold: Array1<i32>,
    v_reset: Array1<i32>,
}

/// The exponents e of the decays 1 - 2^-e.
#[derive(Clone, Copy)]
enum Kind {
    If,
    Lif { mem: u32 },
    CubaLif { syn: u32, mem: u32 },
}

fn values(random: &mut Random, count: usize, low: i32, high: i32) -> Array1<i32> {
    let span = (high - low) as usize;
    Array1::from_shape_fn(count, |_| low + random.between(0, span) as i32)
}

fn table(random: &mut Random, targets: usize, sources: usize) -> Array2<i32> {
    Array2::from_shape_fn((targets, sources), |_| match random.unit() {
        x if x < 0.3 => 0,
        _ => random.between(0, 192) as i32 - 64,
    })
}

fn layer(random: &mut Random, count: usize, sources: usize, slowest: u32) -> Layer {
    let exponent = |random: &mut Random| random.between(1, slowest as usize) as u32;
    let kind = match random.between(0, 2) {
        0 => Kind::If,
        1 => Kind::Lif {
            mem: exponent(random),
        },
        _ => Kind::CubaLif {
            syn: exponent(random),
            mem: exponent(random),
        },
    };
    let recurrent = random.unit() < 0.5;
    // The integers have a bias of the membrane only.
    let biased = !matches!(kind, Kind::CubaLif { .. }) && random.unit() < 0.5;
    Layer {
        kind,
        weight: table(random, count, sources),
        recurrent: recurrent.then(|| table(random, count, count)),
        bias: biased.then(|| values(random, count, -16, 16)),
        threshold: values(random, count, 64, 512),
        v_reset: values(random, count, -32, 32),
    }
}

/// Integers as reals of the model.
fn tensor(shape: &[usize], values: impl Iterator<Item = i32>) -> Tensor {
    let unit = f64::from(1 << UNIT_BITS);
    let reals = values.map(|x| (f64::from(x) / unit) as f32).collect();
    let array: ArrayD<f32> = ArrayD::from_shape_vec(IxDyn(shape), reals).unwrap();
    array.into()
}

/// The layer as NIR nodes `fc`, `lif` and `rec`, with steps of a second.
fn nodes(index: usize, layer: &Layer, source: &str, graph: &mut Graph) -> String {
    let count = layer.threshold.len();
    let one = 1 << UNIT_BITS;
    let uniform = |value: i32| tensor(&[count], (0..count).map(|_| value));
    // A time constant of 2^e steps decays by 1 - 2^-e.
    let tau = |exponent: u32| uniform(one << exponent);
    let v_threshold = tensor(&[count], layer.threshold.iter().copied());
    let v_reset = Some(tensor(&[count], layer.v_reset.iter().copied()));
    let v_leak = uniform(0);
    let neuron = match layer.kind {
        Kind::If => Primitive::If {
            r: uniform(one),
            v_threshold,
            v_reset,
        },
        Kind::Lif { mem } => Primitive::Lif {
            tau: tau(mem),
            r: tau(mem),
            v_leak,
            v_threshold,
            v_reset,
        },
        Kind::CubaLif { syn, mem } => Primitive::CubaLif {
            tau_syn: tau(syn),
            tau_mem: tau(mem),
            r: tau(mem),
            v_leak,
            v_threshold,
            v_reset,
            w_in: Some(tau(syn)),
        },
    };
    let shape = |t: &Array2<i32>| [t.nrows(), t.ncols()];
    let weight = tensor(&shape(&layer.weight), layer.weight.iter().copied());
    let linear = match &layer.bias {
        Some(bias) => Primitive::Affine {
            weight,
            bias: tensor(&[count], bias.iter().copied()),
        },
        None => Primitive::Linear { weight },
    };
    let (fc, lif, rec) = (
        format!("fc{index}"),
        format!("lif{index}"),
        format!("rec{index}"),
    );
    let mut add = |name: &str, kind: Primitive| {
        let node: Node = kind.into();
        graph.nodes.insert(name.to_owned(), node);
    };
    add(&fc, linear);
    add(&lif, neuron);
    if let Some(table) = &layer.recurrent {
        let weight = tensor(&shape(table), table.iter().copied());
        add(&rec, Primitive::Linear { weight });
        let back = [(lif.clone(), rec.clone()), (rec, lif.clone())];
        graph.edges.extend(back);
    }
    graph
        .edges
        .extend([(source.to_owned(), fc.clone()), (fc, lif.clone())]);
    lif
}

fn graph(layers: &[Layer]) -> Graph {
    let mut graph = Graph::default();
    let shape = |count: usize| vec![count];
    let input = Primitive::Input {
        shape: shape(layers[0].weight.ncols()),
    };
    graph.nodes.insert("in".to_owned(), input.into());
    let mut source = "in".to_owned();
    for (index, layer) in layers.iter().enumerate() {
        source = nodes(index, layer, &source, &mut graph);
    }
    let output = Primitive::Output {
        shape: shape(layers[layers.len() - 1].threshold.len()),
    };
    graph.nodes.insert("out".to_owned(), output.into());
    graph.edges.push((source, "out".to_owned()));
    let mut findings = Findings::new();
    infer_shapes(&mut graph, Mode::Strict, &mut findings);
    assert!(!findings.has_errors(), "{findings}");
    graph
}

/// What is the same for all neurons of a network.
struct Convention {
    reset: ResetRule,
    compare: dt::Compare,
    max_spikes: i64,
}

fn real(layers: &[Layer], convention: &Convention, input: &Array2<f32>) -> Recording {
    let settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(1.0),
            reset: convention.reset,
            ..NirToCt::default()
        },
        ct_to_dt: CtToDt {
            compare: convention.compare,
            max_spikes: convention.max_spikes,
            ..CtToDt::default()
        },
        ..nirc::Settings::default()
    };
    let context = IrContext::new().unwrap();
    let mut program = nir::import(&context, graph(layers)).unwrap();
    let steps = settings.steps("nir", "dt", None).unwrap();
    run(&context, &mut program, &steps, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    let simulation = dt::Simulation::<f64>::new(&program).unwrap();
    simulation
        .run(&[input.view()], &Record::EVERYTHING)
        .unwrap()
}

/// Either form of decay, rounding and overflow: with enough bits they are all the same.
fn arithmetic(random: &mut Random, kind: Kind) -> String {
    let (syn, mem) = match kind {
        Kind::If => (None, None),
        Kind::Lif { mem } => (None, Some(mem)),
        Kind::CubaLif { syn, mem } => (Some(syn), Some(mem)),
    };
    let mut one_of = |words: [&'static str; 2]| words[random.between(0, 1)];
    let decay = match mem {
        Some(mem) if one_of(["shift", "factor"]) == "shift" => format!(
            // A shift of 0 keeps nothing.
            "decay = \"bit-shift\", decay_syn = dense<{}> : tensor<1xi8>, \
             decay_mem = dense<{mem}> : tensor<1xi8>",
            syn.unwrap_or(0)
        ),
        mem => {
            let kept = |e: u32| (1 << 12) - (1 << (12 - e));
            format!(
                "decay = \"multiply\", decay_bits = 12 : i64, rounding = \"{}\", \
                 decay_syn = dense<{}> : tensor<1xi16>, decay_mem = dense<{}> : tensor<1xi16>",
                one_of(["toward-zero", "down"]),
                syn.map_or(0, kept),
                mem.map_or(1 << 12, kept)
            )
        }
    };
    let range = format!("array<i64: {}, {}>", -(1i64 << 39), (1i64 << 39) - 1);
    format!(
        "event_timing = \"after-decay\", {decay}, current_range = {range}, \
         current_overflow = \"{}\", membrane_range = {range}, membrane_overflow = \"{}\"",
        one_of(["saturate", "wrap"]),
        one_of(["saturate", "saturate-increment"])
    )
}

/// The network as a module of level `quant`, with states of 2^-30.
fn integers(random: &mut Random, layers: &[Layer], convention: &Convention) -> String {
    let shift = SCALE_BITS - UNIT_BITS;
    let spikes = |count: usize| format!("!quant.spikes<[{count}]>");
    let each = |values: &Array1<i32>| {
        let scaled: Vec<i64> = values.iter().map(|x| i64::from(*x) << shift).collect();
        format!("dense<{scaled:?}> : tensor<{}xi64>", scaled.len())
    };
    let linear = |name: &str, from: &str, table: &Array2<i32>| {
        let rows: Vec<Vec<i32>> = table.outer_iter().map(|r| r.to_vec()).collect();
        let (targets, sources) = table.dim();
        format!(
            "%{name} = \"quant.linear\"(%{from}) {{weight = dense<{rows:?}> : \
             tensor<{targets}x{sources}xi16>, shift = {shift} : i64, scale = dense<1.0> : \
             tensor<1xf64>, relative_error = 0.0 : f64}} : ({}) -> !quant.events<[{targets}]>\n",
            spikes(sources)
        )
    };
    let mut text = format!(
        "%in = \"quant.input\"() {{max_spikes = 15 : i64}} : () -> {} loc(\"in\")\n",
        spikes(layers[0].weight.ncols())
    );
    let mut source = "in".to_owned();
    for (index, layer) in layers.iter().enumerate() {
        let count = layer.threshold.len();
        let (fc, rec, lif) = (
            format!("fc{index}"),
            format!("rec{index}"),
            format!("lif{index}"),
        );
        let mut operands = format!("%{fc}");
        let mut types = format!("!quant.events<[{count}]>");
        text += &linear(&fc, &source, &layer.weight);
        if let Some(table) = &layer.recurrent {
            let (late, of) = (format!("late{index}"), spikes(count));
            writeln!(
                text,
                "%{late} = \"quant.register\"(%{lif}) {{steps = 1 : i64}} : ({of}) -> {of}"
            )
            .unwrap();
            text += &linear(&rec, &late, table);
            operands += &format!(", %{rec}");
            types += &format!(", !quant.events<[{count}]>");
        }
        let mut attributes = arithmetic(random, layer.kind);
        if let Some(bias) = &layer.bias {
            attributes += &format!(", bias = {}", each(bias));
        }
        attributes += &match convention.reset {
            ResetRule::Subtract => ", reset = \"subtract\"".to_owned(),
            _ => format!(", reset = \"value\", v_reset = {}", each(&layer.v_reset)),
        };
        writeln!(
            text,
            "%{lif} = \"quant.neuron\"({operands}) {{{attributes}, compare = \"{}\", \
             threshold = {}, max_spikes = {} : i64, scale = dense<1.0> : tensor<1xf64>, \
             decay_error = 0.0 : f64}} : ({types}) -> {} loc(\"{lif}\")",
            convention.compare,
            each(&layer.threshold),
            convention.max_spikes,
            spikes(count)
        )
        .unwrap();
        source = lif;
    }
    let last = layers[layers.len() - 1].threshold.len();
    writeln!(
        text,
        "\"quant.output\"(%{source}) : ({}) -> () loc(\"out\")",
        spikes(last)
    )
    .unwrap();
    text
}

#[test]
fn integers_of_enough_bits_are_the_model() {
    let mut random = Random(5);
    let (mut spikes, mut largest) = (0.0, 0f64);
    for case in 0..60 {
        let slowest = random.between(1, 3) as u32;
        let steps = ((SCALE_BITS - UNIT_BITS) / slowest) as usize - 1;
        let width = random.between(1, 12);
        let mut layers = Vec::new();
        let mut sources = width;
        for _ in 0..random.between(1, 3) {
            let count = random.between(1, 20);
            layers.push(layer(&mut random, count, sources, slowest));
            sources = count;
        }
        let convention = Convention {
            reset: [ResetRule::Subtract, ResetRule::Value][random.between(0, 1)],
            compare: dt::Compare::ALL[random.between(0, 1)],
            max_spikes: [1, 3][random.between(0, 1)],
        };
        let input = Array2::from_shape_fn((steps, width), |_| match random.unit() {
            x if x < 0.6 => 0.0,
            x if x < 0.9 => 1.0,
            _ => 2.0,
        });
        let real = real(&layers, &convention, &input);
        let text = integers(&mut random, &layers, &convention);
        let context = IrContext::new().unwrap();
        let program = Program::parse(&context, &text).unwrap_or_else(|f| panic!("{f}\n{text}"));
        let integer = quant::Simulation::new(&program)
            .unwrap_or_else(|f| panic!("{f}\n{text}"))
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap();
        assert_eq!(real.outputs, integer.outputs, "case {case}: output");
        assert_eq!(real.spikes, integer.spikes, "case {case}: spikes");
        let units = |states: &BTreeMap<String, Array2<f64>>| -> BTreeMap<String, Array2<f64>> {
            let unit = f64::from(1 << SCALE_BITS);
            let all = states.iter();
            all.map(|(name, array)| (name.clone(), array.mapv(|x| x * unit)))
                .collect()
        };
        let v = units(&real.v);
        assert_eq!(v, integer.v, "case {case}: membranes\n{text}");
        for (name, currents) in units(&real.i_syn) {
            assert_eq!(currents, integer.i_syn[&name], "case {case}: currents");
        }
        spikes += real.spikes.values().flatten().sum::<f64>();
        let all = v.values().flatten().map(|x| x.abs());
        largest = all.fold(largest, f64::max);
    }
    assert!(spikes > 1000.0, "{spikes} spikes");
    assert!(largest < 39f64.exp2(), "no state was near its bounds");
}
