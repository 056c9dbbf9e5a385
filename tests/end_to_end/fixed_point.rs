//! Lava's fixed-point arithmetic at level `quant`: the traces of the NIR paper, one of them recorded
//! on a Loihi 2, and golden vectors of Lava's own processes.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use ndarray::Array2;
use nirc_dialects::{
    ir::{IrContext, PrintOptions, Program},
    nir::file::Mode,
    quant,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{Convention, NirToCt, RunOptions, run};
use serde_json::Value;

use crate::support::{corpus, files, root, skipped};

/// The program of level `quant` that `text` is, run on `input`.
fn simulate(text: &str, input: &Array2<f32>) -> Recording {
    let context = IrContext::new().unwrap();
    let program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}\n{text}"));
    let simulation = quant::Simulation::new(&program).unwrap_or_else(|f| panic!("{f}"));
    simulation
        .run(&[input.view()], &Record::EVERYTHING)
        .unwrap_or_else(|f| panic!("{f}"))
}

/// The paper's neuron in integers, as the convention has it.
fn paper_neuron(model: &Path) -> String {
    let context = IrContext::new().unwrap();
    let mut program = nirc::load(&context, model, Mode::Strict).unwrap();
    let convention = Convention::lookup("lava-fixed").unwrap();
    let settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(1e-4),
            ..convention.nir_to_ct.clone()
        },
        ct_to_dt: convention.ct_to_dt.clone(),
        ..nirc::Settings::default()
    };
    let integers = nirc_targets::arithmetic(convention.integers.unwrap());
    let steps = settings.steps("nir", "quant", integers).unwrap();
    run(&context, &mut program, &steps, &RunOptions::default()).unwrap_or_else(|f| panic!("{f}"));
    program.print(&PrintOptions::WHOLE).unwrap()
}

#[test]
fn the_papers_neuron_is_that_of_lava_and_of_the_chip() {
    let Some(folder) = corpus("the_papers_neuron_is_that_of_lava_and_of_the_chip") else {
        return;
    };
    let folder = folder.join("data/paper/01_lif");
    let program = paper_neuron(&folder.join("lif_norse.nir"));
    // A spike step of the chip's trace has 128 in place of the membrane potential, which a reading
    // of the register right after the reset gives; the next step goes on from 0.
    for (trace, at_spikes) in [("lif_lava_cpu_fixed", 0.0), ("lif_lava_loihi_fixed", 128.0)] {
        let text = std::fs::read_to_string(folder.join(format!("{trace}.csv"))).unwrap();
        let rows: Vec<Vec<f64>> = text
            .lines()
            .map(|line| line.split(',').map(|x| x.parse().unwrap()).collect())
            .collect();
        assert_eq!(rows.len(), 1000);
        let input = Array2::from_shape_fn((rows.len(), 1), |(t, _)| rows[t][0] as f32);
        let recording = simulate(&program, &input);
        let (name, v) = recording.v.first_key_value().unwrap();
        for (t, row) in rows.iter().enumerate() {
            let spikes = recording.spikes[name][[t, 0]];
            let shown = if spikes > 0.0 { at_spikes } else { v[[t, 0]] };
            assert_eq!((shown, spikes), (row[1], row[2]), "{trace}, step {t}");
        }
        assert_eq!(recording.spikes[name].sum(), 4.0, "{trace}");
    }
}

/// A list of numbers, or one for `count`.
fn each(value: &Value, count: usize) -> Vec<i64> {
    match value {
        Value::Array(list) => list.iter().map(|x| x.as_i64().unwrap()).collect(),
        one => vec![one.as_i64().unwrap_or(0); count],
    }
}

fn matrix(value: &Value) -> Vec<Vec<i64>> {
    let rows = value.as_array().unwrap();
    rows.iter().map(|row| each(row, 0)).collect()
}

/// The weights as a Dense process holds them, divided by 2^-exponent if the exponent is negative.
fn weights(layer: &Value, table: &[Vec<i64>], exponent: i64) -> Result<Vec<Vec<i64>>, String> {
    let all = || table.iter().flatten();
    let sign = layer["sign_mode"].as_i64().unwrap_or(
        match (all().all(|w| *w >= 0), all().all(|w| *w <= 0)) {
            (true, _) => 2,
            (_, true) => 3,
            _ => 1,
        },
    );
    let (mixed, flip) = (sign == 1, if sign == 3 { -1 } else { 1 });
    let dropped = 8 - layer["num_weight_bits"].as_i64().unwrap_or(8) + i64::from(mixed);
    let held = |w: &i64| {
        let clipped = (flip * w).clamp(if mixed { -256 } else { 0 }, 255);
        flip * (clipped >> dropped << dropped)
    };
    let down = (-exponent).max(0);
    let shifted = |row: &Vec<i64>| -> Result<Vec<i64>, String> {
        let each = row.iter().map(held).map(|w| match w % (1 << down) {
            0 => Ok(w >> down),
            _ => Err("a weight exponent cuts bits off a sum".to_owned()),
        });
        each.collect()
    };
    table.iter().map(shifted).collect()
}

/// A program under construction.
#[derive(Default)]
struct Text {
    lines: String,
    registers: BTreeSet<String>,
}

impl Text {
    /// The tables from `source`, one for each delay; their names are added to `operands`.
    fn tables(
        &mut self,
        layer: &Value,
        key: &str,
        source: (&str, usize),
        to: (&str, usize),
        operands: &mut Vec<String>,
    ) -> Result<(), String> {
        let exponent = layer["weight_exp"].as_i64().unwrap_or(0);
        let table = weights(layer, &matrix(&layer[key]), exponent)?;
        let delays = match &layer[if key == "w" { "delays" } else { "delays_rec" }] {
            Value::Null => vec![vec![0; source.1]; to.1],
            delays => matrix(delays),
        };
        let different: BTreeSet<i64> = delays.iter().flatten().copied().collect();
        for delay in different {
            // A Dense process takes a step.
            let (from, steps) = (source.0, delay + 1);
            let late = format!("%{from}_late{steps}");
            if self.registers.insert(late.clone()) {
                let spikes = format!("!quant.spikes<[{}]>", source.1);
                writeln!(
                    self.lines,
                    "{late} = \"quant.register\"(%{from}) {{steps = {steps} : i64}} : ({spikes}) -> {spikes}"
                )
                .unwrap();
            }
            let own: Vec<Vec<i64>> = (table.iter().zip(&delays))
                .map(|(row, delays)| {
                    let pairs = row.iter().zip(delays);
                    pairs
                        .map(|(w, d)| if *d == delay { *w } else { 0 })
                        .collect()
                })
                .collect();
            let name = format!("%{}_{key}_{delay}", to.0);
            writeln!(
                self.lines,
                "{name} = \"quant.linear\"({late}) {{weight = dense<{own:?}> : tensor<{}x{}xi64>, \
                 shift = {} : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64}} : \
                 (!quant.spikes<[{}]>) -> !quant.events<[{}]>",
                to.1, source.1, 6 + exponent.max(0), source.1, to.1
            )
            .unwrap();
            operands.push(name);
        }
        Ok(())
    }

    fn layer(&mut self, layer: &Value, source: (&str, usize), name: &str) -> Result<usize, String> {
        if layer["num_message_bits"].as_i64().unwrap_or(0) > 0 {
            return Err("spikes carry a signed number; at level quant they are counts".into());
        }
        if ["u0", "v0"]
            .iter()
            .any(|state| layer[*state].as_i64().unwrap_or(0) != 0)
        {
            return Err("a run at level quant begins at rest".into());
        }
        let count = layer["n"].as_u64().unwrap() as usize;
        let mut operands = Vec::new();
        self.tables(layer, "w", source, (name, count), &mut operands)?;
        if !layer["w_rec"].is_null() {
            self.tables(layer, "w_rec", (name, count), (name, count), &mut operands)?;
        }
        let mantissas = each(&layer["bias_mant"], count);
        let bias: Vec<i64> = (mantissas.iter().zip(each(&layer["bias_exp"], count)))
            .map(|(m, e)| if e >= 0 { m << e } else { m >> -e })
            .collect();
        let number = |key: &str| layer[key].as_i64().unwrap();
        let events = vec![format!("!quant.events<[{count}]>"); operands.len()].join(", ");
        writeln!(
            self.lines,
            "%{name} = \"quant.neuron\"({}) {{event_timing = \"after-decay\", decay = \"multiply\", \
             decay_bits = 12 : i64, rounding = \"toward-zero\", decay_syn = dense<{}> : tensor<1xi64>, \
             decay_mem = dense<{}> : tensor<1xi64>, current_range = array<i64: -8388607, 8388608>, \
             current_overflow = \"wrap\", membrane_range = array<i64: -8388607, 8388607>, \
             membrane_overflow = \"saturate\", bias = dense<{bias:?}> : tensor<{count}xi64>, \
             compare = \">\", threshold = dense<{}> : tensor<1xi64>, reset = \"value\", \
             v_reset = dense<0> : tensor<1xi64>, max_spikes = 1 : i64, \
             scale = dense<1.0> : tensor<1xf64>, decay_error = 0.0 : f64}} : ({events}) -> \
             !quant.spikes<[{count}]> loc(\"{name}\")",
            operands.join(", "),
            4096 - (number("du") + 1),
            4096 - number("dv"),
            number("vth") << 6,
        )
        .unwrap();
        Ok(count)
    }
}

/// The program of a vector, and its input.
fn program(net: &Value) -> Result<(String, Array2<f32>), String> {
    let raster = matrix(&net["input"]["raster"]);
    let steps = net["steps"].as_u64().unwrap() as usize;
    let input = Array2::from_shape_fn((steps, raster.len()), |(t, i)| {
        raster[i].get(t).copied().unwrap_or(0) as f32
    });
    if raster.iter().flatten().any(|x| !(0..=1).contains(x)) {
        return Err("the input is a signed number; at level quant it is counts".into());
    }
    let mut text = Text::default();
    let width = raster.len();
    writeln!(
        text.lines,
        "%in = \"quant.input\"() {{max_spikes = 1 : i64}} : () -> !quant.spikes<[{width}]> loc(\"in\")"
    )
    .unwrap();
    let mut source = ("in".to_owned(), width);
    for (index, layer) in net["layers"].as_array().unwrap().iter().enumerate() {
        let name = format!("layer{index}");
        let count = text.layer(layer, (&source.0, source.1), &name)?;
        source = (name, count);
    }
    Ok((text.lines, input))
}

/// Compares a vector; why it was skipped.
fn compare(vector: &Value, path: &Path) -> Result<(), String> {
    let (text, input) = program(&vector["net"])?;
    let recording = simulate(&text, &input);
    let expect = &vector["expect"];
    for (key, found) in [
        ("spikes", &recording.spikes),
        ("u", &recording.i_syn),
        ("v", &recording.v),
    ] {
        let layers = expect[key].as_array().unwrap();
        assert_eq!(layers.len(), found.len());
        for (index, layer) in layers.iter().enumerate() {
            let (rows, own) = (matrix(layer), &found[&format!("layer{index}")]);
            let whole = Array2::from_shape_fn(own.dim(), |(t, n)| rows[n][t] as f64);
            assert_eq!(*own, whole, "{}: {key} of layer {index}", path.display());
        }
    }
    Ok(())
}

/// Golden vectors of Lava's Dense and LIF processes, bit for bit.
#[test]
fn golden_vectors_of_lava_are_computed() {
    let mut folders = vec![root().join("tests/golden/loihi2")];
    let name = "golden_vectors_of_lava_are_computed";
    folders.extend(corpus(name).map(|folder| folder.join("oracle/loihi2/golden")));
    for folder in folders {
        let mut compared = 0;
        for path in files(&folder, &["json"]) {
            let text = std::fs::read_to_string(&path).unwrap();
            let vector: Value = serde_json::from_str(&text).unwrap();
            match compare(&vector, &path) {
                Ok(()) => compared += 1,
                Err(why) => skipped(&path.display().to_string(), &why),
            }
        }
        assert!(compared > 10, "{compared} vectors in {}", folder.display());
    }
}
