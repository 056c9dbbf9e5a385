//! Large programs: work in proportion to size, the same bytes in each run. `benches/rewrite.rs` has the times.

#[path = "../../benches/graphs.rs"]
pub mod graphs;

use nirc_dialects::ir::{IrContext, PrintOptions, Program};

use super::programs::rewrite_program;
use crate::rewrite::{Bounds, Report, RewriteOptions, common::Level, cost::GenericCost};

fn rewritten(ops: usize) -> (Report, String) {
    let context = IrContext::new().unwrap();
    let mut program =
        Program::parse(&context, &graphs::program(ops)).unwrap_or_else(|f| panic!("{f}"));
    let options = RewriteOptions {
        bounds: Bounds {
            // The least that a program may have for itself would hide the growth.
            nodes: Some(40 * ops),
            ..Bounds::default()
        },
        ..RewriteOptions::default()
    };
    let report = rewrite_program(Level::Dt, &context, &mut program, &GenericCost, &options);
    let text = program.print(&PrintOptions::WHOLE).unwrap();
    (report, text)
}

#[test]
fn terms_grow_with_the_program_and_bytes_stay() {
    let (small, _) = rewritten(100);
    let (large, first) = rewritten(400);
    let per_op = |report: &Report| report.saturation.nodes as f64 / report.ops.0 as f64;
    assert!(per_op(&large) < 1.25 * per_op(&small), "{small}\n{large}");
    assert_eq!(
        small.saturation.stop, large.saturation.stop,
        "{small}\n{large}"
    );
    assert!(large.after < large.before, "{large}");
    for _ in 0..2 {
        assert!(rewritten(400).1 == first, "runs differ");
    }
}
