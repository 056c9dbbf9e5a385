//! Our files in the vendor's own tool, samna 0.7.1.0 (Xylo v1), and the Python loader.

use std::{fs, path::PathBuf};

use nirc_targets::xylo::{
    chip::CHIPS,
    json::Json,
    legal::check,
    loader::LOADER,
    registers,
    samna::{Settings, configuration},
    specification::Specification,
};

use crate::{
    corpus,
    legal::{chip, fan, legal},
    random::{self, Random},
    registers::at_the_slices,
    samna::SETTINGS,
};

/// samna reads our configurations, finds them valid, writes them back unchanged, makes our register
/// list of them; and the loader makes the same configuration from the specification.
#[test]
fn samna_takes_every_file() {
    let Some(python) = corpus::interpreter("NIRC_SAMNA_PYTHON") else {
        return;
    };
    let folder = corpus::scratch("samna");
    fs::write(folder.join("load_xylo.py"), LOADER).unwrap();
    let mut random = Random::new(6);
    let mut networks: Vec<Specification> = (0..40)
        .map(|i| {
            let largest = if i % 8 == 0 { 300 } else { 30 };
            random::specification(&mut random, chip("xylo-v1"), largest)
        })
        .collect();
    networks.extend(at_the_slices().into_iter().map(|(network, _)| network));
    let count = networks.len();
    for (i, network) in networks.into_iter().enumerate() {
        let mut json = configuration(&network, chip("xylo-v1"), &SETTINGS).unwrap();
        if let (0, Json::Object(members)) = (i % 2, &mut json) {
            // The mark of unverified files must not disturb the reader.
            members.push((
                "nirc".to_owned(),
                Json::Object(vec![("verified".to_owned(), Json::Bool(false))]),
            ));
        }
        let writes = registers::encode(&network, &SETTINGS).unwrap();
        fs::write(folder.join(format!("{i}.spec.json")), network.to_json()).unwrap();
        fs::write(folder.join(format!("{i}.samna.json")), json.write()).unwrap();
        fs::write(
            folder.join(format!("{i}.registers.json")),
            registers::write(&writes),
        )
        .unwrap();
    }
    let arguments = ["files", folder.to_str().unwrap()];
    let output = corpus::script(&python, "xylo_samna.py", &arguments, "").unwrap();
    let results: Vec<_> = output
        .lines()
        .filter(|line| line.starts_with("result: "))
        .collect();
    let bad: Vec<_> = results
        .iter()
        .filter(|line| !line.ends_with(": ok"))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(results.len(), count);
}

/// The networks that samna refuses are those that our rules refuse.
#[test]
fn samna_agrees_about_what_is_legal() {
    let Some(python) = corpus::interpreter("NIRC_SAMNA_PYTHON") else {
        return;
    };
    let folder = corpus::scratch("limits");
    fs::write(folder.join("load_xylo.py"), LOADER).unwrap();
    let mut cases: Vec<Specification> = Vec::new();
    for (inputs, hidden, readouts, synapses) in [
        (16, 4, 8, 1),
        (17, 4, 8, 1),
        (16, 4, 9, 1),
        (1, 1000, 1, 1),
        (1, 1001, 1, 1),
        (1, 999, 1, 2),
        (1, 1000, 1, 2),
    ] {
        cases.push(legal(inputs, hidden, readouts, synapses));
    }
    for sources in [507, 508] {
        let mut network = legal(2, 600, 4, 2);
        (0..sources).for_each(|source| fan(&mut network, source, 63));
        cases.push(network);
    }
    let mut change = |change: &dyn Fn(&mut Specification)| {
        let mut network = legal(2, 80, 4, 2);
        change(&mut network);
        cases.push(network);
    };
    for count in [63, 64] {
        change(&|s| fan(s, 7, count));
        change(&|s| s.weights_rec.slice_mut(ndarray::s![3, ..count, 1]).fill(2));
    }
    for value in [-129, -128, 0, 127, 128] {
        change(&|s| s.weights_in[[0, 0, 0]] = value);
        change(&|s| s.weights_rec[[0, 5, 0]] = value);
        change(&|s| s.weights_rec[[0, 5, 1]] = value);
        change(&|s| s.weights_out[[9, 1]] = value);
    }
    for value in [-32769, -32768, -1, 0, 32767, 32768] {
        change(&|s| s.threshold[9] = value);
        change(&|s| s.threshold_out.fill(value));
        change(&|s| s.threshold_out[3] = value);
    }
    for value in [-1, 0, 7, 8, 15, 16] {
        change(&|s| s.dash_mem[1] = value);
        change(&|s| s.dash_syn[2] = value);
        change(&|s| s.dash_syn_2[3] = value);
        change(&|s| s.dash_mem_out[0] = value);
        change(&|s| s.dash_syn_out[1] = value);
        change(&|s| s.weight_shift_in = value);
        change(&|s| s.weight_shift_rec = value);
        change(&|s| s.weight_shift_out = value);
    }
    for target in [-1, 0, 1, 79, 80, 1023] {
        change(&|s| s.aliases[0] = vec![target]);
    }
    change(&|s| (s.aliases[0], s.aliases[1]) = (vec![5], vec![5]));
    change(&|s| (s.aliases[0], s.aliases[1]) = (vec![5], vec![6]));
    change(&|s| s.weights_in = ndarray::Array3::ones((2, 79, 2)));
    change(&|s| s.weights_out = ndarray::Array2::ones((79, 4)));
    for (i, network) in cases.iter().enumerate() {
        fs::write(folder.join(format!("{i:03}.spec.json")), network.to_json()).unwrap();
    }
    let arguments = ["limits", folder.to_str().unwrap()];
    let output = corpus::script(&python, "xylo_samna.py", &arguments, "").unwrap();
    let results: Vec<_> = output
        .lines()
        .filter_map(|l| l.strip_prefix("result: "))
        .collect();
    assert_eq!(results.len(), cases.len());
    let (mut valid, mut invalid) = (0, 0);
    for (i, (network, result)) in cases.iter().zip(results).enumerate() {
        let findings = check(network, chip("xylo-v1"));
        let accepted = result == "valid";
        assert_eq!(
            !findings.has_errors(),
            accepted,
            "case {i}: {result}\n{findings}"
        );
        *(if accepted { &mut valid } else { &mut invalid }) += 1;
    }
    assert!(valid > 20 && invalid > 20);
}

/// For chips whose samna cannot be had: the loader, run on objects that have exactly the attributes
/// of our built-in schema, gives the file that we write from that schema.
#[test]
fn the_loader_agrees_with_the_built_in_schemas() {
    let folder = corpus::scratch("loader");
    fs::write(folder.join("load_xylo.py"), LOADER).unwrap();
    let mut random = Random::new(8);
    for chip in &CHIPS {
        let schema = format!("targets/xylo/schema/{}.json", chip.name);
        for i in 0..5 {
            let network = random::specification(&mut random, chip, 20);
            let json = configuration(&network, chip, &Settings::default()).unwrap();
            let name = |what| folder.join(format!("{}.{i}.{what}.json", chip.name));
            fs::write(name("spec"), network.to_json()).unwrap();
            fs::write(name("samna"), json.write()).unwrap();
        }
        fs::copy(
            crate_file(&schema),
            folder.join(format!("{}.schema.json", chip.name)),
        )
        .unwrap();
    }
    let arguments = [folder.to_str().unwrap()];
    let python = PathBuf::from("python3");
    if let Some(output) = corpus::script(&python, "xylo_loader.py", &arguments, "") {
        let bad: Vec<_> = output
            .lines()
            .filter(|line| !line.ends_with(": ok"))
            .collect();
        assert!(bad.is_empty(), "{bad:#?}");
        assert_eq!(output.lines().count(), 20);
    }
}

fn crate_file(path: &str) -> PathBuf {
    // The tests folder of the workspace is beside the targets folder.
    corpus::workspace()
        .join("tests")
        .canonicalize()
        .unwrap()
        .join("..")
        .join(path)
}
