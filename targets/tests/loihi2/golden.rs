//! Golden vectors: whatever lies in the two folders.

use std::{fs, path::PathBuf};

use nirc_targets::loihi2::netx;
use serde_json::Value;

use crate::{
    corpus,
    vector::{assert_same, network, raster, run},
};

/// The vectors, as (file, content).
pub fn vectors() -> Vec<(PathBuf, Value)> {
    let mut folders = vec![corpus::workspace().join("tests/golden/loihi2")];
    folders.extend(corpus::outside("oracle/loihi2/golden"));
    let mut vectors = Vec::new();
    for folder in folders {
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{}", folder.display());
        for file in files {
            let vector = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            vectors.push((file, vector));
        }
    }
    vectors
}

#[test]
fn networks_run_bit_for_bit() {
    for (file, vector) in vectors() {
        let net = &vector["net"];
        let trace = run(&network(net), &[(0, raster(net))]);
        assert_same(&file.display().to_string(), &vector["expect"], &trace, 1);
    }
}

/// The NIR paper's neuron on a real Loihi 2. The chip's register reads 128 in the step of a spike, and
/// goes on from 0.
#[test]
fn the_real_chips_spikes_are_all_there() {
    let mut seen = false;
    for (file, vector) in vectors() {
        let (Some(v), Some(spikes)) = (vector.get("hw_v"), vector.get("hw_spikes")) else {
            continue;
        };
        seen = true;
        let net = &vector["net"];
        let trace = run(&network(net), &[(0, raster(net))]);
        let chip = v.as_array().unwrap().iter().zip(spikes.as_array().unwrap());
        let model = trace.v[1][0].iter().zip(&trace.spikes[1][0]);
        let (mut same, mut steps, mut quirks) = (0, 0, 0);
        for ((chip_v, chip_spike), (v, spike)) in chip.zip(model) {
            steps += 1;
            same += usize::from(chip_spike.as_i64() == Some(i64::from(*spike)));
            if *spike == 1 && chip_v.as_i64() == Some(128) {
                quirks += 1;
            } else {
                assert_eq!(chip_v.as_i64(), Some(i64::from(*v)), "{}", file.display());
            }
        }
        println!(
            "{}: {same} of {steps} spikes equal; v reads 128 in {quirks} steps",
            file.display()
        );
        assert_eq!((same, steps), (1000, 1000), "{}", file.display());
    }
    if !seen {
        println!("skipped: no vector has a trace of a chip");
    }
}

/// The `.net` files beside the vectors: read, run, written and read again.
#[test]
fn net_files_run_bit_for_bit() {
    let mut seen = false;
    for (file, vector) in vectors() {
        let Some(name) = vector["net_file"].as_str() else {
            continue;
        };
        let path = file.with_file_name(name);
        if !path.exists() {
            continue;
        }
        seen = true;
        let name = path.display().to_string();
        let check = |bytes: Vec<u8>| {
            let network = netx::read(bytes, &name).unwrap_or_else(|f| panic!("{f:?}"));
            let trace = run(&network, &[(0, raster(&vector["net"]))]);
            assert_same(&name, &vector["expect"], &trace, 1);
            network
        };
        let network = check(fs::read(&path).unwrap());
        check(netx::write(&network).unwrap_or_else(|f| panic!("{f:?}")));
        println!("{name}: {} populations", network.populations.len());
    }
    if !seen {
        println!("skipped: no vector has a .net file");
    }
}

/// Networks that lava-dl wrote for others: read, and written as our own file they run the same.
#[test]
fn net_files_of_others_are_read() {
    let Some(folder) = corpus::outside("data/wild") else {
        return;
    };
    for path in corpus::files(&folder, "net") {
        let name = path.display().to_string();
        let read = |bytes: Vec<u8>| netx::read(bytes, &name).unwrap_or_else(|f| panic!("{f:?}"));
        let network = read(fs::read(&path).unwrap());
        let again = read(netx::write(&network).unwrap());
        let count = network.populations[0].count();
        let raster: Vec<Vec<i32>> = (0..20)
            .map(|step| (0..count).map(|n| i32::from((n + step) % 3 == 0)).collect())
            .collect();
        let trace = run(&network, &[(0, raster.clone())]);
        assert_eq!(run(&again, &[(0, raster)]).v, trace.v, "{name}");
        let moved = |p: &Vec<Vec<i32>>| p.iter().flatten().filter(|v| **v != 0).count();
        let moved: Vec<usize> = trace.v.iter().map(moved).collect();
        println!("{name}: neurons times steps with potential {moved:?}");
        assert!(moved[1] > 0, "{name}");
    }
}
