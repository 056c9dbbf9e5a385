//! The interpreter against plain loops over the documented equations, on random programs.

mod plain;
mod random;

use std::collections::BTreeSet;

use ndarray::Array2;

use super::{Real, Simulation};
use crate::random::Random;
use crate::{
    ir::IrContext,
    simulation::{Nodes, Record, Recording, Simulator, run_samples},
};
use plain::{Kind, Node};

const STEPS: usize = 12;

fn views(inputs: &[Array2<f32>]) -> Vec<ndarray::ArrayView2<'_, f32>> {
    inputs.iter().map(|input| input.view()).collect()
}

fn simulation<T: Real>(nodes: &[Node]) -> Simulation<T> {
    let context = IrContext::new().unwrap();
    let program = random::program(&context, nodes);
    Simulation::new(&program).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Every output, spike and state of every population, to the last bit.
fn compare<T: Real>(first: u64) {
    let (mut spikes, mut kinds) = (0.0, BTreeSet::new());
    for case in first..first + 300 {
        let mut random = Random(case);
        let nodes = random.nodes();
        let inputs = random.inputs(&nodes, STEPS);
        let got = simulation::<T>(&nodes)
            .run(&views(&inputs), &Record::EVERYTHING)
            .unwrap();
        let expected = plain::run::<T>(&nodes, &inputs);
        // Name by name, so that a failure says where.
        for (got, expected) in [
            (&got.spikes, &expected.spikes),
            (&got.v, &expected.v),
            (&got.i_syn, &expected.i_syn),
            (&got.outputs, &expected.outputs),
        ] {
            assert!(got.keys().eq(expected.keys()), "case {case}");
            for (name, expected) in expected {
                assert_eq!(got[name], expected, "case {case}, {name}: {nodes:#?}");
            }
        }
        spikes += got.spikes.values().map(|raster| raster.sum()).sum::<f64>();
        kinds.extend(nodes.iter().map(|node| match &node.kind {
            Kind::Neuron(neuron) => format!("{:?} {}", neuron.reset_timing, node.holds()),
            kind => format!("{kind:?}").chars().take(4).collect(),
        }));
    }
    assert!(spikes > 1e5, "too few spikes to tell: {spikes}");
    assert_eq!(
        kinds.len(),
        10 + 5,
        "not all kinds of op were there: {kinds:?}"
    );
}

#[test]
fn random_programs_are_the_equations_in_32_bits() {
    compare::<f32>(0);
}

#[test]
fn random_programs_are_the_equations_in_64_bits() {
    compare::<f64>(1000);
}

/// One by one, in one thread and in four: the same recordings.
#[test]
fn samples_do_not_depend_on_each_other_or_on_threads() {
    for case in 0..20 {
        let mut random = Random(5000 + case);
        let nodes = random.nodes();
        let simulation = simulation::<f32>(&nodes);
        let samples: Vec<_> = (0..9).map(|_| random.inputs(&nodes, STEPS)).collect();
        let samples: Vec<_> = samples.iter().map(|inputs| views(inputs)).collect();
        let alone: Vec<Recording> = samples
            .iter()
            .map(|inputs| simulation.run(inputs, &Record::EVERYTHING).unwrap())
            .collect();
        assert!(
            alone.windows(2).any(|pair| pair[0] != pair[1]),
            "case {case}"
        );
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let together = pool
                .install(|| run_samples(&simulation, &samples, &Record::EVERYTHING, &|| {}))
                .unwrap();
            assert!(together == alone, "case {case}, {threads} threads");
        }
    }
}

#[test]
fn only_what_is_wanted_is_recorded() {
    let mut random = Random(1);
    let nodes = random.nodes();
    let inputs = random.inputs(&nodes, STEPS);
    let simulation = simulation::<f32>(&nodes);
    let run = |record: &Record| simulation.run(&views(&inputs), record).unwrap();
    let everything = run(&Record::EVERYTHING);
    let outputs = Recording {
        outputs: everything.outputs.clone(),
        ..Recording::default()
    };
    assert_eq!(run(&Record::OUTPUTS), outputs);
    let name = everything.spikes.keys().next().unwrap().clone();
    let one = Record {
        spikes: Nodes::Named(BTreeSet::from([name.clone()])),
        states: Nodes::None,
    };
    let spikes = everything.spikes[&name].clone();
    assert_eq!(
        run(&one),
        Recording {
            spikes: [(name, spikes)].into(),
            ..outputs
        }
    );
}
