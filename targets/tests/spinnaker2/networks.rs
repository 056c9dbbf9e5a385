//! Random networks from NIR to the chip: what each lowering promises.

use std::{collections::BTreeSet, rc::Rc};

use ndarray::{Array2, s};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{self, DialectOp, IrContext, Program},
    nir,
    nir::file::Graph,
    quant,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{
    CtToDt, DtToQuant, MapOptions, NirToCt, QuantToHw, QuantizeOptions, Quantizer, ResetRule,
    RunOptions, Step, Target, run,
};
use nirc_targets::{ChipTarget, File};

use crate::{
    graphs::{self, STEP},
    pacman::check_emitted,
    random::Random,
};

fn target() -> &'static dyn ChipTarget {
    nirc_targets::lookup("spinnaker2").unwrap()
}

/// The passes to `level`.
fn steps(
    level: &str,
    reset: ResetRule,
    quantizer: Quantizer,
    options: &[(&str, &str)],
) -> Vec<Step> {
    let options = options.iter();
    let options = options.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let all: Vec<(&str, Step)> = vec![
        (
            "ct",
            Step::Pass(Rc::new(NirToCt {
                step: Some(STEP),
                reset,
                ..NirToCt::default()
            })),
        ),
        ("dt", Step::Pass(Rc::new(CtToDt::default()))),
        (
            "quant",
            Step::Pass(Rc::new(DtToQuant {
                target: target(),
                options: QuantizeOptions {
                    quantizer,
                    ..QuantizeOptions::default()
                },
            })),
        ),
        (
            "hw",
            Step::Pass(Rc::new(QuantToHw {
                targets: vec![target() as &dyn Target],
                options: MapOptions(options.collect()),
            })),
        ),
    ];
    let last = all.iter().position(|(name, _)| *name == level).unwrap();
    all.into_iter()
        .take(last + 1)
        .map(|(_, step)| step)
        .collect()
}

struct Case {
    graph: Graph,
    reset: ResetRule,
    quantizer: Quantizer,
    options: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn lowered<'c>(&self, context: &'c IrContext, level: &str) -> Result<Program<'c>, Findings> {
        let mut program = nir::import(context, self.graph.clone())?;
        let steps = steps(level, self.reset, self.quantizer, &self.options);
        run(context, &mut program, &steps, &RunOptions::default())?;
        Ok(program)
    }
}

fn files(program: &Program<'_>) -> Vec<File> {
    let module = program.module.as_operation();
    target()
        .emit(module, &program.tensors, None)
        .unwrap_or_else(|f| panic!("{f}"))
}

fn raster(random: &mut Random, steps: usize, width: usize, most: usize) -> Array2<f32> {
    Array2::from_shape_fn((steps, width), |_| match random.once_in(3) {
        true => random.signed(1, most as i64) as f32,
        false => 0.0,
    })
}

fn case(random: &mut Random, index: usize) -> Case {
    let value = random.once_in(2);
    let rows = [("convolution", "rows"), ("over-allocated", "no")];
    let wide = index % 50 == 49;
    Case {
        graph: match wide {
            true => graphs::wide(random),
            false => graphs::random(random, value),
        },
        reset: match value && !wide {
            true => ResetRule::Value,
            false => ResetRule::Subtract,
        },
        quantizer: match index % 3 {
            0 => Quantizer::Global,
            _ => Quantizer::Channel,
        },
        options: match index % 2 {
            0 => Vec::new(),
            _ => rows.to_vec(),
        },
    }
}

fn compare(names: &BTreeSet<String>, ours: &Recording, theirs: &Recording, what: &str) {
    for name in names {
        assert_eq!(
            ours.spikes[name], theirs.spikes[name],
            "{what}: spikes of {name}"
        );
        assert_eq!(ours.v[name], theirs.v[name], "{what}: potentials of {name}");
        assert_eq!(
            ours.i_syn[name], theirs.i_syn[name],
            "{what}: currents of {name}"
        );
    }
    assert_eq!(ours.outputs, theirs.outputs, "{what}: outputs");
}

/// Integers, the network file and, where every application has a public layout, the memory images with
/// their routing tables agree in every spike and state.
#[test]
fn integers_run_as_on_the_chip() {
    let mut random = Random(11);
    let (mut spikes, mut with_images, mut applications) = (0.0, 0, BTreeSet::new());
    for index in 0..200 {
        let case = case(&mut random, index);
        let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
        let integers = case
            .lowered(&contexts[0], "quant")
            .unwrap_or_else(|f| panic!("{f}"));
        let placed = case
            .lowered(&contexts[1], "hw")
            .unwrap_or_else(|f| panic!("{f}"));
        let simulation = quant::Simulation::new(&integers).unwrap_or_else(|f| panic!("{f}"));
        let width = simulation.inputs()[0].1;
        let most = (250 / width).clamp(1, 15) + 2;
        let input = raster(&mut random, 30, width, most);
        let record = Record::EVERYTHING;
        let expected = simulation.run(&[input.view()], &record).unwrap();
        let files = files(&placed);
        check_emitted(&files);
        let model = target()
            .model(&files, "network")
            .unwrap_or_else(|f| panic!("{f}"));
        let found = model.run(&[input.view()], &record).unwrap();
        let names: BTreeSet<String> = simulation
            .populations()
            .into_iter()
            .map(str::to_owned)
            .collect();
        compare(&names, &found, &expected, "network");
        spikes += expected.spikes.values().map(|s| s.sum()).sum::<f64>();
        let network = files
            .iter()
            .find(|file| file.name == "network.json")
            .unwrap();
        let network: serde_json::Value = serde_json::from_slice(&network.content).unwrap();
        for population in network["populations"].as_array().unwrap() {
            applications.insert(population["model"].as_str().unwrap().to_owned());
        }
        match target().model(&files, "images") {
            Ok(model) => {
                let found = model.run(&[input.view()], &record).unwrap();
                compare(&names, &found, &expected, "images");
                with_images += 1;
            }
            Err(findings) => assert!(findings.contains("s2-no-image"), "{findings}"),
        }
    }
    println!("{spikes} spikes; {with_images} of 200 with images; {applications:?}");
    assert!(spikes > 10_000.0 && with_images > 100);
    assert_eq!(applications.len(), 6, "{applications:?}");
}

/// With weights that integers can be and states that 32-bit floats hold, the chip's spikes are those of
/// the difference equations, each population's a whole number of ticks later.
#[test]
fn exact_networks_spike_as_the_model_does() {
    const STEPS: usize = 10;
    const LATER: usize = 40;
    let mut random = Random(12);
    let (mut spikes, mut compared, mut latest) = (0.0, 0, 0);
    let (mut early, mut rounded) = (0, 0);
    for index in 0..200 {
        let case = Case {
            quantizer: Quantizer::Channel,
            ..case(&mut random, index)
        };
        let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
        let model = case
            .lowered(&contexts[0], "dt")
            .unwrap_or_else(|f| panic!("{f}"));
        let integers = case
            .lowered(&contexts[1], "quant")
            .unwrap_or_else(|f| panic!("{f}"));
        if integers.findings.contains("s2-bias-early") {
            early += 1;
            continue;
        }
        if !is_exact(&integers) {
            rounded += 1;
            continue;
        }
        let model = dt::Simulation::<f64>::new(&model).unwrap();
        let chip = quant::Simulation::new(&integers).unwrap();
        let width = model.inputs()[0].1;
        let mut input = Array2::zeros((STEPS + LATER, width));
        let most = (250 / width).clamp(1, 3);
        input
            .slice_mut(s![..STEPS, ..])
            .assign(&raster(&mut random, STEPS, width, most));
        let record = Record::EVERYTHING;
        let short = input.slice(s![..STEPS, ..]);
        let expected = model.run(&[short], &record).unwrap();
        let found = chip.run(&[input.view()], &record).unwrap();
        for (name, expected) in &expected.spikes {
            let found = &found.spikes[name];
            let late =
                (0..LATER).find(|late| found.slice(s![*late..*late + STEPS, ..]) == expected);
            let Some(late) = late else {
                panic!(
                    "case {index}, {name}:\n{expected}\n{found}\n{}",
                    integers.findings
                );
            };
            latest = latest.max(late);
            spikes += expected.sum();
        }
        compared += 1;
    }
    println!(
        "{compared} networks, {spikes} spikes, up to {latest} ticks late; in {early} a bias begins early, \
         {rounded} have too many delays for wide weights"
    );
    assert!(spikes > 5_000.0 && compared > 120);
}

/// Whether all weights were integers already, but for their scale.
fn is_exact(program: &Program<'_>) -> bool {
    let ops = ir::operations(program.module.as_operation());
    ops.into_iter()
        .all(|operation| match quant::Op::read(operation) {
            Ok(
                quant::Op::Linear { relative_error, .. }
                | quant::Op::Convolution { relative_error, .. },
            ) => relative_error == 0.0,
            _ => true,
        })
}
