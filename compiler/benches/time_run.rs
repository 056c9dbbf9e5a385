//! Times runs of a program of level `dt`, for `benches/against_frameworks.py`:
//! `time_run PROGRAM.mlir INPUT.npy REPETITIONS`, the input [samples, steps, elements]. Prints one
//! line of JSON: the seconds of each repetition, and the spike counts of every sample.

use std::{path::Path, time::Instant};

use ndarray::{Array3, Axis};
use ndarray_npy::ReadNpyExt;
use nirc_dialects::{
    dt::Simulation,
    ir::IrContext,
    nir::file::Mode,
    simulation::{Record, run_samples},
};
use serde_json::json;

fn main() {
    // Cargo adds a flag of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [program, input, repetitions] = arguments.as_slice() else {
        eprintln!("usage: time_run PROGRAM.mlir INPUT.npy REPETITIONS");
        return;
    };
    let context = IrContext::new().expect("the definitions load");
    let program =
        nirc::load(&context, Path::new(program), Mode::Strict).expect("the program is read");
    let simulation = Simulation::<f32>::new(&program).expect("the program runs");
    let file = std::fs::File::open(input).expect("the input is there");
    let input = Array3::<f32>::read_npy(file).expect("an input of [samples, steps, elements]");
    let samples: Vec<_> = input.axis_iter(Axis(0)).map(|x| vec![x]).collect();

    let mut seconds = Vec::new();
    let mut recordings = Vec::new();
    for _ in 0..repetitions.parse().expect("a number of repetitions") {
        let start = Instant::now();
        recordings =
            run_samples(&simulation, &samples, &Record::OUTPUTS, &|| {}).expect("the input fits");
        seconds.push(start.elapsed().as_secs_f64());
    }
    let counts: Vec<Vec<f64>> = recordings
        .iter()
        .map(|recording| {
            let outputs = recording.outputs.values();
            outputs.flat_map(|a| a.sum_axis(Axis(0))).collect()
        })
        .collect();
    println!("{}", json!({ "seconds": seconds, "counts": counts }));
}
