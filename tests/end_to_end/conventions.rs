//! Named conventions against vectors that the simulators' own packages gave (`tests/conventions`).

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use ndarray::{Array2, ArrayD};
use nirc_dialects::{
    dt::{ResetTiming, Simulation},
    ir::IrContext,
    nir::{
        self,
        file::{Graph, Primitive, ReadOptions},
    },
    simulation::{Record, Recording, Simulator},
    tensor::Tensor,
};
use nirc_passes::{CONVENTIONS, Convention, LowerBound, NirToCt, ResetRule, RunOptions, run};
use serde_json::Value;

use crate::support::{files, numbers, root};

/// Numbers of one case by name: `input` [steps, elements], `dt`, `spikes.NODE` and `v.NODE`
/// [steps, neurons].
fn arrays(path: &Path) -> BTreeMap<String, ArrayD<f64>> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut read = |index: usize| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let name = entry.name().trim_end_matches(".npy").to_owned();
        (name, numbers(&bytes).unwrap())
    };
    (0..zip::ZipArchive::new(File::open(path).unwrap())
        .unwrap()
        .len())
        .map(&mut read)
        .collect()
}

fn matrix(array: &ArrayD<f64>) -> Array2<f64> {
    array.clone().into_dimensionality().unwrap()
}

/// Sets the parameters that an importer replaces, so that the file says what the simulator computed.
fn replace(graph: &mut Graph, dt: f64, replacements: &Value) {
    let Some(replacements) = replacements.as_object() else {
        return;
    };
    let value = |name: &str, tau: Option<f64>| -> Option<f64> {
        match replacements.get(name)? {
            Value::String(text) => {
                let tau = tau.unwrap_or(1.0);
                match text.as_str() {
                    "tau / dt" => Some(tau / dt),
                    "decayed" => Some(tau / dt * (-dt / tau).exp()),
                    other => panic!("`{other}`"),
                }
            }
            Value::Object(steps) => Some(steps["steps"].as_f64().unwrap() * dt),
            number => number.as_f64(),
        }
    };
    let set = |tensor: &mut Tensor, value: &dyn Fn(usize) -> Option<f64>| {
        let old = tensor.to_f64();
        let new: Vec<f64> = (0..old.len()).map(|n| value(n).unwrap_or(old[n])).collect();
        *tensor = ArrayD::from_shape_vec(tensor.shape(), new).unwrap().into();
    };
    for node in graph.nodes.values_mut() {
        match &mut node.kind {
            Primitive::Lif {
                tau,
                r,
                v_leak,
                v_reset,
                ..
            } => {
                let taus = tau.to_f64();
                set(r, &|n| value("r", taus.get(n).copied()));
                set(v_leak, &|_| value("v_leak", None));
                if let Some(v_reset) = v_reset {
                    set(v_reset, &|_| value("v_reset", None));
                }
            }
            Primitive::CubaLif {
                tau_syn,
                tau_mem,
                r,
                v_leak,
                v_reset,
                w_in,
                ..
            } => {
                let (syn, mem) = (tau_syn.to_f64(), tau_mem.to_f64());
                set(r, &|n| value("r", mem.get(n).copied()));
                set(v_leak, &|_| value("v_leak", None));
                if let Some(v_reset) = v_reset {
                    set(v_reset, &|_| value("v_reset", None));
                }
                if let Some(w_in) = w_in {
                    set(w_in, &|n| value("w_in", syn.get(n).copied()));
                }
            }
            // An integrator that drops r adds its input in each step, which these conventions say.
            Primitive::If { r, v_reset, .. } => {
                set(r, &|_| replacements.contains_key("r").then_some(1.0));
                if let Some(v_reset) = v_reset {
                    set(v_reset, &|_| value("v_reset", None));
                }
            }
            _ => {}
        }
    }
}

/// The recurrent Affine as the importer leaves it.
fn recurrent(graph: &mut Graph, kept: &Value) {
    for (name, node) in &mut graph.nodes {
        if let (Primitive::Affine { weight, bias }, true) =
            (&mut node.kind, name.ends_with("w_rec"))
        {
            let zero = |tensor: &mut Tensor| {
                *tensor = ArrayD::<f64>::zeros(tensor.shape()).into();
            };
            match kept.as_str() {
                Some("absent") => {
                    zero(weight);
                    zero(bias);
                }
                Some("without bias") => zero(bias),
                _ => {}
            }
        }
    }
}

/// What the passes are asked for beside the convention, and whether the case can be had at all.
fn settings(convention: &Convention, dt: f64, case: &Value, all: &Value) -> nirc::Settings {
    let mut settings = nirc::Settings {
        nir_to_ct: NirToCt {
            step: Some(dt),
            ..convention.nir_to_ct.clone()
        },
        ct_to_dt: convention.ct_to_dt.clone(),
        ..nirc::Settings::default()
    };
    // A user says how the model was trained.
    if let Some(reset) = case
        .get("reset")
        .or(all.get("reset"))
        .and_then(Value::as_str)
    {
        settings.nir_to_ct.reset = match reset {
            "subtract" => ResetRule::Subtract,
            "value" => ResetRule::Value,
            other => panic!("reset `{other}`"),
        };
    }
    // A recording from the first step on; the convention of Brian2 has it taken out.
    if convention.name == "brian2" {
        settings.ct_to_dt.input_delay = 1;
    }
    if case.get("v_min").is_some_and(Value::is_null) {
        settings.ct_to_dt.lower_bound = LowerBound::None;
    }
    if let Some(timing) = case.get("reset_timing").and_then(Value::as_str) {
        settings.ct_to_dt.reset_timing = ResetTiming::from_word(timing).unwrap();
        settings.ct_to_dt.cuba_reset_timing = None;
    }
    settings
}

fn simulate(mut graph: Graph, settings: &nirc::Settings, input: &Array2<f64>) -> Recording {
    let context = IrContext::new().unwrap();
    let mut findings = nirc_dialects::finding::Findings::new();
    nir::file::infer_shapes(&mut graph, nir::file::Mode::Strict, &mut findings);
    let mut program = nir::import(&context, graph).unwrap();
    let steps = settings.steps("nir", "dt", None).unwrap();
    run(&context, &mut program, &steps, &RunOptions::default()).unwrap();
    let input = input.mapv(|x| x as f32);
    let simulation = Simulation::<f32>::new(&program).unwrap();
    simulation
        .run(&[input.view()], &Record::EVERYTHING)
        .unwrap()
}

/// Cases in which an importer makes another neuron of the one in the file: IF becomes a leaky neuron.
const OTHER_NEURONS: [(&str, &str); 4] = [
    ("snntorch", "if_negative"),
    // v_leak is added in each step as it is.
    ("rockpool", "cuba_v_leak"),
    // The synapse is solved exactly; the paper's scripts changed it to Euler's, as the convention.
    ("nengo", "cuba_exact"),
    // The synapse holds the cycle back, so the bias of the path is late too.
    ("nengo", "recurrent_cuba"),
];

/// Every vector in the folder, with the convention of its folder's name: no spike in another step.
#[test]
fn conventions_are_what_the_packages_compute() {
    let folder = root().join("tests/conventions");
    let text = std::fs::read_to_string(folder.join("conventions.json")).unwrap();
    let known: Value = serde_json::from_str(&text).unwrap();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files(&folder.join("vectors"), &["npz"]) {
        let platform = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let name_of = if platform == "lava" {
            "lava-float"
        } else {
            platform
        };
        let convention = Convention::lookup(name_of).unwrap_or_else(|| panic!("{platform}"));
        let all = &known[platform]["all"];
        let case = &known[platform]["cases"][name];
        let listed = known[platform]["cases"].as_object().unwrap();
        if listed.get(name).is_some_and(Value::is_null) || OTHER_NEURONS.contains(&(platform, name))
        {
            // No setting of a neuron of level dt does what this one does; docs/conventions.md has why.
            continue;
        }
        let data = arrays(&path);
        let dt = data["dt"].first().copied().unwrap();
        let (graph, findings) =
            nir::file::read(&path.with_extension("nir"), &ReadOptions::default());
        let mut graph = graph.unwrap_or_else(|| panic!("{platform}/{name}: {findings}"));
        let replacements = case.get("replace").unwrap_or(&all["replace"]);
        replace(&mut graph, dt, replacements);
        recurrent(
            &mut graph,
            case.get("recurrent").unwrap_or(&all["recurrent"]),
        );
        let settings = settings(convention, dt, case, all);
        let recording = simulate(graph, &settings, &matrix(&data["input"]));
        let mut mismatches = 0;
        for (key, expected) in &data {
            if let Some(node) = key.strip_prefix("spikes.") {
                let expected = matrix(expected);
                let pairs = recording.spikes[node].iter().zip(&expected);
                mismatches += pairs.filter(|(a, b)| a != b).count();
            }
        }
        *compared.entry(platform.to_owned()).or_default() += 1;
        if mismatches > 0 {
            wrong.push(format!("{platform}/{name}: {mismatches} mismatches"));
        }
    }
    eprintln!("{compared:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared.len() >= 5 && compared.len() <= CONVENTIONS.len());
    assert!(compared.values().all(|count| *count >= 4), "{compared:?}");
}
