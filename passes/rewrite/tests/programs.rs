//! Whole programs, with all rules at once.

use std::collections::BTreeSet;

use melior::ir::{Location, operation::OperationLike};
use nirc_dialects::{
    dt::{self, Integration},
    ir::{self, IrContext, PrintOptions, Program},
    simulation::{Record, Simulator},
};
use rayon::prelude::*;

use super::{
    draft::{Draft, Neuron, Random, window},
    random_programs::program,
    run::{Outputs, run, spikes},
};
use crate::{
    Lowering,
    rewrite::{
        Bounds, Observe, Report, RewriteOptions,
        common::Level,
        cost::{CostModel, GenericCost},
        event_chip::{CONVOLUTIONAL_EVENT_CHIP, ChipOps},
        pass::rewrite,
        rules,
    },
};

/// Rewrites a draft for a cost.
pub fn rewritten<'c>(
    draft: &Draft,
    context: &'c IrContext,
    cost: &dyn CostModel,
    options: &RewriteOptions,
) -> (Program<'c>, Report) {
    let mut program = draft.program(context);
    let report = rewrite_program(draft.level, context, &mut program, cost, options);
    (program, report)
}

pub fn rewrite_program<'c>(
    level: Level,
    context: &'c IrContext,
    program: &mut Program<'c>,
    cost: &dyn CostModel,
    options: &RewriteOptions,
) -> Report {
    let mut lowering = Lowering {
        context: context.mlir(),
        module: program.module.as_operation(),
        tensors: &mut program.tensors,
        findings: &mut program.findings,
    };
    let pass = match level {
        Level::Ct => "ct-rewrite",
        Level::Dt => "dt-rewrite",
    };
    let report = rewrite(pass, &rules::at(level), cost, options, &mut lowering)
        .unwrap_or_else(|f| panic!("{f}"));
    assert!(program.module.as_operation().verify());
    report.unwrap_or_else(|| panic!("{}", program.findings))
}

/// A chip that has dense layers of spikes and nothing else.
pub const DENSE_CHIP: ChipOps = ChipOps {
    name: "dense-chip",
    linear: Some(crate::rewrite::event_chip::LinearOps {
        inputs: 1000,
        outputs: 1000,
    }),
    convolution: None,
    sum_pool: &[],
    delay: Some(100),
    neuron: crate::rewrite::event_chip::NeuronOps {
        decay: Some(crate::rewrite::event_chip::Spread::Element),
        synapse: Some(crate::rewrite::event_chip::Spread::Element),
        ..CONVOLUTIONAL_EVENT_CHIP.neuron
    },
    limits: crate::rewrite::cost::Limits {
        matrix: 1 << 16,
        ..crate::rewrite::cost::Limits::NONE
    },
    ..CONVOLUTIONAL_EVENT_CHIP
};

fn costs() -> [&'static dyn CostModel; 3] {
    [&GenericCost, &CONVOLUTIONAL_EVENT_CHIP, &DENSE_CHIP]
}

/// A graph that is small enough for a test.
fn small() -> RewriteOptions {
    RewriteOptions {
        bounds: Bounds {
            nodes: Some(4000),
            ..Bounds::default()
        },
        ..RewriteOptions::default()
    }
}

/// All NIR names in the locations of a module.
fn names(program: &Program<'_>) -> BTreeSet<String> {
    fn add(location: Location<'_>, names: &mut BTreeSet<String>) {
        if location.is_name() {
            let name = location.name_value();
            names.extend(name.as_string_ref().as_str().ok().map(str::to_owned));
            add(location.name_child_location(), names);
        } else if location.is_fused() {
            for i in 0..location.fused_num_locations() {
                add(location.fused_location(i), names);
            }
        }
    }
    let mut all = BTreeSet::new();
    for operation in ir::operations(program.module.as_operation()) {
        add(operation.location(), &mut all);
    }
    all
}

#[test]
fn spikes_of_whole_programs_stay_and_costs_do_not_rise() {
    let (gains, active): (Vec<usize>, Vec<usize>) = (0..20u64)
        .into_par_iter()
        .map(|seed| {
            let mut r = Random(seed * 31 + 7);
            let level = r.pick(&[Level::Ct, Level::Dt]);
            let draft = program(level, &mut r);
            let input = spikes(&draft, 40, &mut r);
            let integration = r.pick(&[Integration::Euler, Integration::Exact]);
            let context = IrContext::new().unwrap();
            let mut source = draft.program(&context);
            let named = names(&source);
            let before = run(&context, &mut source, level, integration, &input);
            let mut gains = 0;
            for cost in costs() {
                let options = small();
                let (mut program, report) = rewritten(&draft, &context, cost, &options);
                assert!(report.after <= report.before, "{seed}: {report}");
                assert_eq!(report.saturation.misfits, 0, "{seed}: {report}");
                gains += usize::from(report.after < report.before);
                let left = names(&program);
                for name in &named {
                    let removed = report.written.removed.contains(name);
                    assert!(removed != left.contains(name), "{seed}: {name}\n{report}");
                }
                let text = program.print(&PrintOptions::default()).unwrap();
                let after = run(&context, &mut program, level, integration, &input);
                assert!(
                    same(&before, &after),
                    "{seed} for {}\n{report}\n{text}",
                    cost.name()
                );
            }
            let spikes = before.iter().flatten().filter(|x| **x != 0.0).count();
            (gains, usize::from(spikes > 0))
        })
        .unzip();
    assert!(gains.iter().sum::<usize>() > 20, "{gains:?}");
    assert!(active.iter().sum::<usize>() > 6, "{active:?}");
}

fn same(a: &Outputs, b: &Outputs) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

#[test]
fn observed_spikes_stay_each_under_its_name() {
    let mut compared = 0.0;
    for seed in 0..12 {
        let mut r = Random(seed * 17 + 3);
        let draft = program(Level::Dt, &mut r);
        let input = spikes(&draft, 40, &mut r);
        let views: Vec<_> = input.iter().map(|x| x.view()).collect();
        let options = RewriteOptions {
            observe: Observe::All,
            ..small()
        };
        let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
        let source = draft.program(&contexts[0]);
        let (after, report) = rewritten(&draft, &contexts[1], &CONVOLUTIONAL_EVENT_CHIP, &options);
        let record = |program: &Program<'_>| {
            let simulation = dt::Simulation::<f64>::new(program).unwrap();
            simulation.run(&views, &Record::EVERYTHING).unwrap().spikes
        };
        let (a, b) = (record(&source), record(&after));
        assert_eq!(a, b, "{seed}: {report}");
        compared += a.values().map(|raster| raster.sum()).sum::<f64>();
    }
    assert!(compared > 1000.0, "{compared} spikes");
}

/// Two branches of the same neurons on the same current, with one change in the second.
fn twins(change: impl Fn(Neuron) -> Neuron) -> Draft {
    let mut r = Random(5);
    let mut d = Draft::new(Level::Dt);
    let x = d.input(&[4]);
    let x = d.dense(x, 5, &mut r);
    let neuron = Neuron::random(&mut r, Level::Dt, 5);
    let (a, b) = (d.neuron(x, neuron.clone()), d.neuron(x, change(neuron)));
    let (a, b) = (d.dense(a, 3, &mut r), d.dense(b, 3, &mut r));
    let y = d.sum(&[a, b]);
    let y = d.lif(y, &mut r);
    d.output(y);
    d
}

#[test]
fn two_populations_are_one_only_if_they_agree_in_everything() {
    let merged = |draft: &Draft, observe: Observe| {
        let context = IrContext::new().unwrap();
        let options = RewriteOptions { observe, ..small() };
        let (_, report) = rewritten(draft, &context, &GenericCost, &options);
        report.written.merged
    };
    let same = twins(|neuron| neuron);
    let pair = ("neuron4".to_owned(), "neuron3".to_owned());
    assert_eq!(merged(&same, Observe::Outputs), [pair]);
    assert!(merged(&same, Observe::All).is_empty());
    let named = Observe::Named(["neuron4".to_owned()].into());
    assert!(merged(&same, named).is_empty());
    for (name, value) in [
        ("v_initial", 0.31),
        ("v_threshold", 0.77),
        ("beta", 0.5),
        ("v_min", -3.0),
    ] {
        let other = twins(|neuron| neuron.with(name, vec![value]));
        assert!(merged(&other, Observe::Outputs).is_empty(), "{name}");
    }
}

#[test]
fn a_program_that_cannot_become_cheaper_stays_as_it_is() {
    let mut r = Random(11);
    let mut d = Draft::new(Level::Dt);
    let x = d.input(&[2, 6, 6]);
    let x = d.conv(x, 4, &window(&[(3, 1, 1); 2]), &mut r);
    let x = d.lif(x, &mut r);
    let x = d.flatten(x);
    let x = d.dense(x, 5, &mut r);
    let x = d.lif(x, &mut r);
    d.output(x);
    let contexts = [IrContext::new().unwrap(), IrContext::new().unwrap()];
    let options = RewriteOptions::default();
    let (after, report) = rewritten(&d, &contexts[1], &GenericCost, &options);
    assert!(!report.changed(), "{report}");
    let text = |p: &Program<'_>| p.print(&PrintOptions::WHOLE).unwrap();
    assert_eq!(text(&d.program(&contexts[0])), text(&after));
}

#[test]
fn what_was_rewritten_is_not_rewritten_again() {
    for seed in 0..6 {
        let mut r = Random(seed * 13 + 1);
        let draft = program(Level::Dt, &mut r);
        let context = IrContext::new().unwrap();
        let options = small();
        let cost = costs()[seed as usize % 3];
        let (mut program, first) = rewritten(&draft, &context, cost, &options);
        let again = rewrite_program(Level::Dt, &context, &mut program, cost, &options);
        assert_eq!(again.before, first.after, "{seed}");
        assert!(again.after <= first.after, "{seed}");
    }
}
