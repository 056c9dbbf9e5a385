//! What a step of level `dt` costs: by activity, by what is recorded, and for samples side by side.
//! The baselines are of the same run: a dense matrix-vector product of the same size, and the same
//! network without input.

use std::collections::BTreeMap;

use divan::{Bencher, black_box, counter::ItemsCount};
use ndarray::{Array1, Array2, ArrayD, IxDyn};
use nirc_dialects::{
    dt::Simulation,
    finding::Findings,
    ir::IrContext,
    nir::{
        self,
        file::{Convolution, Graph, Mode, Node, Padding, Pool, Primitive, infer_shapes},
    },
    simulation::{Record, Simulator, run_samples},
    tensor::Tensor,
};
use nirc_passes::{NirToCt, ResetRule, RunOptions};

const STEPS: usize = 100;

fn main() {
    divan::main();
}

/// Numbers spread evenly over 0 to 1, always the same.
fn spread(n: usize) -> f64 {
    (n as f64 * 0.618_033_988_75).fract()
}

fn tensor(shape: &[usize], low: f64, high: f64) -> Tensor {
    let count = shape.iter().product();
    let elements = (0..count).map(|n| (low + (high - low) * spread(n)) as f32);
    ArrayD::from_shape_vec(IxDyn(shape), elements.collect())
        .expect("the elements fill the shape")
        .into()
}

fn affine(targets: usize, sources: usize) -> Primitive {
    let weight = tensor(&[targets, sources], -0.3, 0.4);
    let bias = tensor(&[targets], 0.0, 0.01);
    Primitive::Affine { weight, bias }
}

fn convolution(weight: [usize; 4], input: usize, stride: usize) -> Primitive {
    Primitive::Conv2d(Convolution {
        input_shape: Some([input; 2]),
        weight: tensor(&weight, -0.3, 0.4),
        bias: tensor(&[weight[0]], 0.0, 0.01),
        stride: [stride; 2],
        padding: Padding::Explicit([1; 2]),
        dilation: [1; 2],
        groups: 1,
    })
}

fn integrate_and_fire(shape: &[usize]) -> Primitive {
    Primitive::If {
        r: tensor(shape, 1.0, 1.0),
        v_threshold: tensor(shape, 1.0, 1.0),
        v_reset: None,
    }
}

fn current_based(count: usize) -> Primitive {
    let uniform = |value: f64| tensor(&[count], value, value);
    Primitive::CubaLif {
        tau_syn: uniform(4e-4),
        tau_mem: uniform(1.6e-3),
        r: uniform(16.0),
        v_leak: uniform(0.0),
        v_threshold: uniform(1.0),
        v_reset: None,
        w_in: Some(uniform(4.0)),
    }
}

/// The nodes in a row, and edges beside.
fn graph(nodes: Vec<(&str, Primitive)>, beside: &[(&str, &str)]) -> Graph {
    let names: Vec<String> = nodes.iter().map(|(name, _)| (*name).to_owned()).collect();
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    let mut graph = Graph {
        edges: names
            .windows(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .chain(beside.iter().map(owned))
            .collect(),
        nodes: BTreeMap::new(),
        ..Graph::default()
    };
    for (name, (_, kind)) in names.into_iter().zip(nodes) {
        graph.nodes.insert(name, Node::from(kind));
    }
    for (from, to) in beside {
        if *from == "lif1" {
            graph.nodes.insert((*to).to_owned(), affine(38, 38).into());
            graph.edges.push(((*to).to_owned(), "lif1".to_owned()));
        }
    }
    let mut findings = Findings::new();
    infer_shapes(&mut graph, Mode::Strict, &mut findings);
    assert!(!findings.has_errors(), "{findings}");
    graph
}

/// The recurrent network of the NIR paper: 12 inputs, 38 hidden neurons, 7 readouts.
fn braille() -> Graph {
    graph(
        vec![
            ("in", Primitive::Input { shape: vec![12] }),
            ("fc1", affine(38, 12)),
            ("lif1", current_based(38)),
            ("fc2", affine(7, 38)),
            ("lif2", current_based(7)),
            ("out", Primitive::Output { shape: vec![7] }),
        ],
        &[("lif1", "recurrent")],
    )
}

/// The convolutional network of the NIR paper, by its shapes.
fn cnn() -> Graph {
    let pool = || {
        Primitive::SumPool2d(Pool {
            kernel_size: [2; 2],
            stride: [2; 2],
            padding: [0; 2],
        })
    };
    let flatten = Primitive::Flatten {
        start_dim: 0,
        end_dim: -1,
        input_type: Some(vec![8, 4, 4]),
    };
    graph(
        vec![
            (
                "in",
                Primitive::Input {
                    shape: vec![2, 34, 34],
                },
            ),
            ("conv1", convolution([16, 2, 5, 5], 34, 2)),
            ("if1", integrate_and_fire(&[16, 16, 16])),
            ("conv2", convolution([16, 16, 3, 3], 16, 1)),
            ("if2", integrate_and_fire(&[16, 16, 16])),
            ("pool1", pool()),
            ("conv3", convolution([8, 16, 3, 3], 8, 1)),
            ("if3", integrate_and_fire(&[8, 8, 8])),
            ("pool2", pool()),
            ("flat", flatten),
            ("fc1", affine(256, 128)),
            ("if4", integrate_and_fire(&[256])),
            ("fc2", affine(10, 256)),
            ("if5", integrate_and_fire(&[10])),
            ("out", Primitive::Output { shape: vec![10] }),
        ],
        &[],
    )
}

fn lowered(graph: Graph) -> Simulation<f32> {
    let context = IrContext::new().expect("the definitions load");
    let mut program = nir::import(&context, graph).expect("the graph is a program");
    let settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(1e-4),
            reset: ResetRule::Subtract,
            ..NirToCt::default()
        },
        ..nirc::Settings::default()
    };
    let steps = settings.steps("nir", "dt", None).expect("levels in order");
    nirc_passes::run(&context, &mut program, &steps, &RunOptions::default())
        .expect("the graph is lowered");
    Simulation::new(&program).expect("the program runs")
}

/// Spikes spread evenly over time and channels.
fn raster(simulation: &Simulation<f32>, activity: f64) -> Array2<f32> {
    let width = simulation.inputs()[0].1;
    Array2::from_shape_fn((STEPS, width), |(t, i)| {
        f32::from(u8::from(spread(t * width + i) < activity))
    })
}

fn hundred_steps(bencher: Bencher, graph: Graph, activity: f64, record: &Record) {
    let simulation = lowered(graph);
    let input = raster(&simulation, activity);
    bencher
        .counter(ItemsCount::new(STEPS))
        .bench_local(|| simulation.run(black_box(&[input.view()]), record));
}

#[divan::bench(args = [0.0, 0.02, 0.2, 1.0])]
fn braille_at_activity(bencher: Bencher, activity: f64) {
    hundred_steps(bencher, braille(), activity, &Record::OUTPUTS);
}

#[divan::bench(args = [0.0, 0.02, 0.2, 1.0])]
fn cnn_at_activity(bencher: Bencher, activity: f64) {
    hundred_steps(bencher, cnn(), activity, &Record::OUTPUTS);
}

#[divan::bench]
fn cnn_recording_everything(bencher: Bencher) {
    hundred_steps(bencher, cnn(), 0.02, &Record::EVERYTHING);
}

#[divan::bench(args = [1, 8])]
fn cnn_samples_side_by_side(bencher: Bencher, samples: usize) {
    let simulation = lowered(cnn());
    let input = raster(&simulation, 0.02);
    let samples = vec![vec![input.view()]; samples];
    bencher
        .counter(ItemsCount::new(STEPS * samples.len()))
        .bench_local(|| run_samples(&simulation, black_box(&samples), &Record::OUTPUTS, &|| {}));
}

/// A linear map of 1024 to 1024 and nothing else; beside it, what a dense product takes.
#[divan::bench(args = [0.0, 0.02, 0.2, 1.0])]
fn linear_at_activity(bencher: Bencher, activity: f64) {
    let network = graph(
        vec![
            ("in", Primitive::Input { shape: vec![1024] }),
            (
                "fc",
                Primitive::Linear {
                    weight: tensor(&[1024, 1024], -1.0, 1.0),
                },
            ),
            ("out", Primitive::Output { shape: vec![1024] }),
        ],
        &[],
    );
    hundred_steps(bencher, network, activity, &Record::OUTPUTS);
}

#[divan::bench]
fn baseline_dense_products(bencher: Bencher) {
    let weight = Array2::from_shape_fn((1024, 1024), |(i, j)| spread(i * 1024 + j) as f32);
    let x = Array1::from_shape_fn(1024, |i| spread(i) as f32);
    bencher
        .counter(ItemsCount::new(STEPS))
        .bench_local(|| (0..STEPS).fold(0.0, |sum, _| sum + weight.dot(black_box(&x))[0]));
}
