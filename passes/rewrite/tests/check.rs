//! A rule on random programs: the spikes before and after.

use melior::ir::operation::OperationLike;
use nirc_dialects::{dt::Integration, ir::IrContext};

use super::{
    draft::{Draft, Random},
    run::{Outputs, run, spikes},
};
use crate::{
    Lowering,
    rewrite::{
        candidates::Candidates,
        common::Level,
        cost::{Cost, CostModel, GenericCost, Limits, OpView},
        export::Export,
        extract::extract,
        fault::Fault,
        import::{Observe, import},
        rules::{self, Rule},
        saturate::{Bounds, saturate},
    },
};

/// A program that a rule holds somewhere in.
pub struct Case {
    pub draft: Draft,
    /// Rules that make what the rule looks at, or take up what it leaves.
    pub helpers: &'static [&'static str],
    pub limits: Limits,
}

impl Case {
    pub fn new(draft: Draft) -> Self {
        Self {
            draft,
            helpers: &[],
            limits: Limits::NONE,
        }
    }

    pub fn with(mut self, helpers: &'static [&'static str]) -> Self {
        self.helpers = helpers;
        self
    }
}

/// What a test saw of a rule.
#[derive(Debug, PartialEq)]
pub struct Seen {
    /// Whether the rule held somewhere.
    pub fired: bool,
    /// Whether the program is another.
    pub changed: bool,
    /// Whether the outputs are the same in every step.
    pub equal: bool,
    /// Right sides that were no terms of the shape and kind of the left.
    pub misfits: usize,
    /// Spikes, or values that are not 0, that left.
    pub activity: usize,
}

/// Rewrites a case by its rule and helpers, so that what is new is taken wherever there is a choice, and
/// compares what leaves in every step. A fault breaks the rule.
pub fn check(
    context: &IrContext,
    rule: &Rule,
    case: &Case,
    fault: Option<&Fault>,
    seed: u64,
) -> Seen {
    let mut random = Random(seed);
    let input = spikes(&case.draft, 40, &mut random);
    let integration = random.pick(&[Integration::Euler, Integration::Exact]);
    let level = case.draft.level;
    let outputs = |rewritten: Option<&mut (bool, bool, usize)>| -> Outputs {
        let mut program = case.draft.program(context);
        if let Some(seen) = rewritten {
            let mut lowering = Lowering {
                context: context.mlir(),
                module: program.module.as_operation(),
                tensors: &mut program.tensors,
                findings: &mut program.findings,
            };
            *seen = rewrite(rule, case, fault, &mut lowering);
            let text = program.module.as_operation().to_string();
            assert!(program.module.as_operation().verify(), "{text}");
        }
        run(context, &mut program, level, integration, &input)
    };
    let before = outputs(None);
    let mut seen = (false, false, 0);
    let after = outputs(Some(&mut seen));
    Seen {
        fired: seen.0,
        changed: seen.1,
        equal: same(&before, &after),
        misfits: seen.2,
        activity: before.iter().flatten().filter(|x| **x != 0.0).count(),
    }
}

fn rewrite(
    rule: &Rule,
    case: &Case,
    fault: Option<&Fault>,
    lowering: &mut Lowering<'_, '_, '_>,
) -> (bool, bool, usize) {
    let mut all: Vec<Rule> = rules::all()
        .filter(|other| case.helpers.contains(&other.name))
        .copied()
        .collect();
    assert_eq!(all.len(), case.helpers.len(), "{:?}", case.helpers);
    all.push(*rule);
    let level = case.draft.level;
    let mut imported = import(
        lowering.module,
        level,
        lowering.tensors,
        &Observe::Outputs,
        false,
    )
    .unwrap();
    let bounds = Bounds {
        iterations: if case.helpers.is_empty() { 1 } else { 8 },
        ..Bounds::default()
    };
    let fault = fault.map(|fault| (rule.name, *fault));
    let saturation = saturate(
        &mut imported.graph,
        &all,
        level,
        &case.limits,
        &bounds,
        fault.as_ref(),
    );
    assert_eq!(imported.graph.analysis.conflict, None);
    let fired = saturation.fired.iter().any(|(name, _)| *name == rule.name);
    let mut candidates = Candidates::new(&imported, &Anything);
    for candidate in candidates.nodes.iter_mut().flatten() {
        // What was there is dear.
        candidate.cost = Cost::of(if candidate.new { 1 } else { 1000 });
        candidate.table = None;
    }
    let extraction = extract(&candidates).unwrap();
    let export = Export::new(&imported, &candidates, &extraction);
    let changed = !export.is_source();
    if changed {
        export.write(lowering).unwrap_or_else(|f| panic!("{f}"));
    }
    (fired, changed, saturation.misfits)
}

/// Has all ops.
struct Anything;

impl CostModel for Anything {
    fn name(&self) -> &str {
        "anything"
    }

    fn op(&self, view: &OpView<'_>) -> Cost {
        GenericCost.op(view)
    }
}

/// Spikes are the same; values agree as far as rounding goes.
fn same(a: &Outputs, b: &Outputs) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.dim() == b.dim()
                && a.iter().zip(b).all(|(x, y)| {
                    let whole = x.fract() == 0.0 && y.fract() == 0.0;
                    x == y || !whole && (x - y).abs() <= 1e-9 * (x.abs() + y.abs() + 1.0)
                })
        })
}

/// The levels of a rule.
pub fn levels(rule: &Rule) -> Vec<Level> {
    let all = [Level::Ct, Level::Dt];
    all.into_iter()
        .filter(|level| rule.set.holds_at(*level))
        .collect()
}
