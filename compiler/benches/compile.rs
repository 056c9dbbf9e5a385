//! Where the time of a compilation goes. Each figure stands beside the baseline of the same run: the
//! time to read the file's bytes.

use std::path::Path;

use divan::{Bencher, black_box};
use nirc_dialects::{
    dt,
    ir::{IrContext, PrintOptions, Program},
    nir::{
        self,
        file::{Mode, ReadOptions},
    },
    simulation::{Record, Simulator},
};
use nirc_passes::RunOptions;

const MODEL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/models/motions/motions.nir"
);

fn main() {
    divan::main();
}

fn lowered<'c>(context: &'c IrContext, level: &str) -> Program<'c> {
    let mut program =
        nirc::load(context, Path::new(MODEL), Mode::Strict).expect("the model is read");
    let target = nirc_targets::lookup("xylo-v1");
    let steps = nirc::Settings::default()
        .steps("nir", level, target.map(|t| t as &dyn nirc_passes::Target))
        .expect("levels in order");
    nirc_passes::run(context, &mut program, &steps, &RunOptions::default())
        .expect("the model is lowered");
    program
}

#[divan::bench]
fn baseline_file_bytes() -> Vec<u8> {
    std::fs::read(MODEL).expect("the model is there")
}

#[divan::bench]
fn read_nir_file() {
    black_box(nir::file::read(Path::new(MODEL), &ReadOptions::default()));
}

#[divan::bench]
fn new_context_with_dialects() {
    black_box(IrContext::new().expect("the definitions load"));
}

#[divan::bench(args = ["nir", "ct", "dt"])]
fn read_and_lower_to(level: &str) {
    let context = IrContext::new().expect("the definitions load");
    black_box(lowered(&context, level).level());
}

#[divan::bench(args = [false, true])]
fn print_with_weights(bencher: Bencher, weights: bool) {
    let context = IrContext::new().expect("the definitions load");
    let program = lowered(&context, "dt");
    let options = PrintOptions {
        weights,
        ..PrintOptions::default()
    };
    bencher.bench_local(|| program.print(&options).expect("the program is printed"));
}

#[divan::bench(args = [0.0, 0.1, 1.0])]
fn hundred_steps_of_dt_at_activity(bencher: Bencher, activity: f64) {
    let context = IrContext::new().expect("the definitions load");
    let simulation =
        dt::Simulation::<f32>::new(&lowered(&context, "dt")).expect("the program runs");
    let width = simulation.inputs()[0].1;
    // Spikes spread evenly over time and channels.
    let input = ndarray::Array2::from_shape_fn((100, width), |(t, i)| {
        let phase = ((t * width + i) as f64 * 0.618_033_988_75).fract();
        f32::from(u8::from(phase < activity))
    });
    bencher.bench_local(|| {
        simulation
            .run(&[input.view()], &Record::OUTPUTS)
            .expect("the input fits")
    });
}
