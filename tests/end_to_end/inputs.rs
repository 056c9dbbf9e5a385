//! Input files of numpy and `nir` 1.0.8, and recordings that they read.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ndarray::{Array2, Array3, Axis};
use nirc::{
    recordings,
    samples::{self, Samples},
};
use nirc_dialects::{finding::Findings, simulation::Recording};

use crate::support::{corpus, model, nirc, python, root};

const HELPER: &str = "tests/nirdata_roundtrip.py";

/// Runs the helper, which must succeed.
#[track_caller]
fn helper(python: &Path, arguments: &[&Path]) {
    let output = Command::new(python)
        .arg(root().join(HELPER))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The files that Python wrote.
fn written(test: &str) -> Option<tempfile::TempDir> {
    let python = python("NIRC_PYTHON", test)?;
    let folder = tempfile::tempdir().unwrap();
    helper(&python, &[Path::new("write"), folder.path()]);
    Some(folder)
}

fn read(source: String, inputs: &[(&str, usize)], step: f64) -> Result<Samples, Findings> {
    samples::read(&[source], inputs, Some(step))
}

/// The raster of `nirdata_roundtrip.py`, [samples, steps, elements].
fn raster() -> Array3<f32> {
    Array3::from_shape_fn((2, 7, 3), |(s, t, n)| {
        let index = (s * 7 + t) * 3 + n;
        f32::from(u8::from(index % 3 == 0 || index % 5 == 0))
    })
}

/// Samples of a model with one input.
fn single(arrays: &Array3<f32>) -> Vec<Vec<Array2<f32>>> {
    arrays.outer_iter().map(|a| vec![a.to_owned()]).collect()
}

#[test]
fn arrays_of_every_type_and_order_are_read() {
    let Some(folder) = written("arrays_of_every_type_and_order_are_read") else {
        return;
    };
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("c-") || name.starts_with("f-") {
            let samples = read(entry.path().display().to_string(), &[("input", 3)], 1e-3);
            assert_eq!(samples.unwrap().samples, single(&raster()), "{name}");
            files += 1;
        }
    }
    assert_eq!(files, 36);
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["objects", "records", "complex", "text"] {
        let findings = read(path(&format!("{name}.npy")), &[("input", 3)], 1e-3).unwrap_err();
        assert!(findings.contains("run-npy"), "{name}: {findings}");
    }
    let first = raster().index_axis(Axis(0), 0).to_owned();
    let found = read(path("single.npz"), &[("input", 3)], 1e-3).unwrap();
    assert_eq!(found.samples, [[first.clone()]]);
    let found = read(path("raster.csv"), &[("input", 3)], 1e-3).unwrap();
    assert_eq!(found.samples, [[first]]);
}

#[test]
fn arrays_find_their_inputs_by_name() {
    let Some(folder) = written("arrays_find_their_inputs_by_name") else {
        return;
    };
    let file = folder.path().join("named.npz").display().to_string();
    let found = read(file.clone(), &[("b", 1), ("a", 3)], 1e-3).unwrap();
    for (sample, expected) in found.samples.iter().zip(raster().outer_iter()) {
        let doubled = expected.select(Axis(1), &[0]) * 2.0;
        assert_eq!(*sample, [doubled, expected.to_owned()]);
    }
    // Which of the arrays is meant has to be said.
    let inputs = [("input", 3)];
    assert!(
        read(file.clone(), &inputs, 1e-3)
            .unwrap_err()
            .contains("run-input")
    );
    let found = read(format!("input={file}:array=a"), &inputs, 1e-3).unwrap();
    assert_eq!(found.samples, single(&raster()));
    let findings = read(format!("{file}:array=z"), &inputs, 1e-3).unwrap_err();
    assert!(findings.contains("run-source"), "{findings}");
    // An input that is given twice, one that is not given at all.
    let both = [file.clone(), format!("a={file}")];
    let findings = samples::read(&both, &[("a", 3), ("b", 1)], None).unwrap_err();
    assert_eq!(
        findings.iter().filter(|f| f.what.contains("twice")).count(),
        1
    );
    let findings = samples::read(&[file], &[("a", 3), ("y", 1)], None).unwrap_err();
    assert_eq!(
        findings.0.first().and_then(|f| f.node.as_deref()),
        Some("y")
    );
}

#[test]
fn data_that_nir_wrote_is_read_without_loss() {
    let Some(folder) = written("data_that_nir_wrote_is_read_without_loss") else {
        return;
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    let inputs = [("input", 3)];
    for name in ["gridded.h5", "events.h5"] {
        let found = read(path(name), &inputs, 1e-4).unwrap();
        assert_eq!(found.samples, single(&raster()), "{name}");
    }
    let voltage = read(path("gridded.h5") + ":observable=voltage", &inputs, 1e-4).unwrap();
    assert_eq!(voltage.samples, single(&(raster() / 4.0)));
    for (steps, dt) in [(29, 0.01), (1000, 1e-4)] {
        let found = read(path(&format!("every-{steps}.h5")), &[("input", 1)], dt).unwrap();
        assert_eq!(found.samples, [[Array2::<f32>::ones((steps, 1))]]);
    }
    let found = read(path("single.h5"), &[("input", 1)], 1e-4).unwrap();
    let every_fifth = |(t, _)| f32::from(u8::from(t % 5 == 0));
    assert_eq!(
        found.samples,
        [[Array2::from_shape_fn((5000, 1), every_fifth)]]
    );
    let found = read(path("valued.h5"), &inputs, 1e-4).unwrap();
    let mut sums = Array2::zeros((4, 3));
    sums[(1, 0)] = 0.75;
    sums[(3, 2)] = -1.0;
    assert_eq!(found.samples, [[sums]]);
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let Some(folder) = written("data_that_does_not_fit_is_refused") else {
        return;
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    let code = |source: String, inputs: &[(&str, usize)], step: Option<f64>| {
        let findings = samples::read(&[source], inputs, step).unwrap_err();
        findings.0.first().map(|f| f.code.to_string()).unwrap()
    };
    let inputs = [("input", 3)];
    assert_eq!(code(path("gridded.h5"), &inputs, Some(1e-3)), "run-step");
    assert_eq!(code(path("events.h5"), &inputs, None), "run-step");
    assert_eq!(
        code(path("gridded.h5"), &[("input", 4)], Some(1e-4)),
        "run-input"
    );
    assert_eq!(
        code(path("gridded.h5"), &[("other", 3)], Some(1e-4)),
        "run-input"
    );
    let missing = path("gridded.h5") + ":observable=x";
    assert_eq!(code(missing, &inputs, Some(1e-4)), "run-observable");
    let huge = path("events.h5") + ":steps=99999999999";
    assert_eq!(code(huge, &inputs, Some(1e-4)), "run-input");
    let rows = read(path("gridded.h5") + ":dt=ignore", &inputs, 1e-3).unwrap();
    assert_eq!(rows.samples, single(&raster()));
    let findings = read(path("lost.h5"), &inputs, 0.01).unwrap_err();
    let counts: Vec<_> = findings
        .iter()
        .map(|f| f.what.split(" has ").nth(1))
        .collect();
    assert_eq!(
        counts,
        [
            Some("1 events at negative times"),
            Some("1 events at or after the end of the recording"),
            Some("2 events of neurons that are not in 0 to 2"),
        ]
    );
}

/// What `expected` in `nirdata_roundtrip.py` describes.
fn recorded() -> Vec<Recording> {
    let one = |node: &str, value: &dyn Fn(f64, f64) -> f64| {
        let values = Array2::from_shape_fn((5, 3), |(t, n)| value(t as f64, n as f64));
        BTreeMap::from([(node.to_owned(), values)])
    };
    [0.0, 1.0]
        .map(|s| {
            let mut spikes = one("outer/lif.1", &|t, n| (s + t + n) % 2.0);
            spikes.extend(one("hidden", &|t, n| (t * 100.0 + n) * (1.0 + s)));
            let times: &[_] = if s == 0.0 {
                &[(0.0001, 2), (0.0042, 0)]
            } else {
                &[(0.003, 1)]
            };
            Recording {
                outputs: one("output", &|t, n| s * 70000.0 + t - n),
                spikes,
                v: one("outer/lif.1", &|t, n| s + t / 8.0 - n / 3.0),
                i_syn: one("outer/lif.1", &|t, _| t),
                spike_times: BTreeMap::from([("outer/lif.1".to_owned(), times.to_vec())]),
                ..Recording::default()
            }
        })
        .to_vec()
}

fn record(folder: &Path, name: &str, recordings: &[Recording]) -> PathBuf {
    let path = folder.join(name);
    let findings = recordings::write(&path, recordings, Some(1e-3)).unwrap();
    assert_eq!(findings.0.is_empty(), !name.ends_with("csv"), "{findings}");
    path
}

#[test]
fn numpy_and_nir_read_recordings() {
    let Some(python) = python("NIRC_PYTHON", "numpy_and_nir_read_recordings") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let npz = record(folder.path(), "made/r.npz", &recorded());
    let data = record(folder.path(), "r.h5", &recorded());
    helper(&python, &[Path::new("read"), &npz, &data]);
}

#[test]
fn recordings_are_read_back_and_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = recorded();
    let expected: Vec<Vec<Array2<f32>>> = recordings
        .iter()
        .map(|r| vec![r.spikes["hidden"].mapv(|x| x as f32)])
        .collect();
    for name in ["r.npz", "r.h5", "r.csv"] {
        let (first, second) = (
            record(folder.path(), name, &recordings),
            record(folder.path(), &format!("again-{name}"), &recordings),
        );
        assert_eq!(
            fs::read(&first).unwrap(),
            fs::read(&second).unwrap(),
            "{name}"
        );
        let found = read(first.display().to_string(), &[("hidden", 3)], 1e-3).unwrap();
        assert_eq!(found.samples, expected, "{name}");
    }
    // One sample has no leading dimension.
    let one = record(folder.path(), "one.npz", recordings.get(..1).unwrap());
    let source = format!("{}:array=outer/lif.1/v", one.display());
    let found = read(source, &[("input", 3)], 1e-3).unwrap();
    let v = recordings.first().unwrap().v["outer/lif.1"].mapv(|x| x as f32);
    assert_eq!(found.samples, [[v]]);
    // A file has one array for all samples, and NIRData a step.
    let mut different = recordings.clone();
    for values in different.last_mut().unwrap().spikes.values_mut() {
        *values = Array2::zeros((4, 3));
    }
    for name in ["d.npz", "d.h5"] {
        let path = folder.path().join(name);
        let findings = recordings::write(&path, &different, Some(1e-3)).unwrap_err();
        assert_eq!(findings.0.len(), 2, "{findings}");
        assert!(findings.contains("run-recording"));
    }
    for (name, code) in [("x.h5", "run-step"), ("x.txt", "run-recording")] {
        let findings = recordings::write(&folder.path().join(name), &recordings, None);
        assert!(findings.unwrap_err().contains(code), "{name}");
    }
}

#[test]
fn rasters_and_events_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let parse = |text: &str, options: &str, inputs: &[(&str, usize)]| {
        fs::write(&path, text).unwrap();
        read(format!("{}{options}", path.display()), inputs, 0.01)
    };
    let one = [("input", 1)];
    let found = parse("a,b\n1,2.5\n# x\n -1 , 3\n", ":b", &one).unwrap();
    assert_eq!(found.samples, [[ndarray::arr2(&[[2.5], [3.0]])]]);
    let found = parse("1,2,3\n4,5,6\n", ":2,0", &[("input", 2)]).unwrap();
    assert_eq!(found.samples, [[ndarray::arr2(&[[3.0, 1.0], [6.0, 4.0]])]]);
    // 0.29 / 0.01 is less than 29; two events in a step add up; a note says how many steps.
    let events = "neuron,time\n0,0.29\n1,0.005\n1,0.009\n";
    let found = parse(events, "", &[("input", 2)]).unwrap();
    let mut sums = Array2::zeros((30, 2));
    sums[(29, 0)] = 1.0;
    sums[(0, 1)] = 2.0;
    assert_eq!(found.samples, [[sums]]);
    assert!(found.findings.contains("run-steps"));
    let events = "sample,step,node,neuron,count\n1,2,a,0,3\n0,0,b,1,1\n0,0,c,9,1\n";
    let found = parse(events, ":steps=4", &[("a", 1), ("b", 2)]).unwrap();
    let mut sums: Vec<_> = [(); 2]
        .map(|()| vec![Array2::zeros((4, 1)), Array2::zeros((4, 2))])
        .into();
    sums[1][0][(2, 0)] = 3.0;
    sums[0][1][(0, 1)] = 1.0;
    assert_eq!(found.samples, sums);
    assert!(found.findings.0.is_empty());
    for (text, options, code) in [
        ("", "", "run-csv"),
        ("a\n", "", "run-csv"),
        ("1\nx\n", "", "run-csv"),
        ("1\n2,3\n", "", "run-csv"),
        ("1\nnan\n", "", "run-csv"),
        ("1\n1e300\n", "", "run-csv"),
        ("1,2\n", "", "run-input"),
        ("1,2\n", ":7", "run-csv"),
        ("1,2\n", ":b", "run-csv"),
        ("time,step,neuron\n", "", "run-csv"),
        ("time,neuron,colour\n", "", "run-csv"),
        ("time,neuron\n", ":0", "run-csv"),
        ("time,neuron\n", "", "run-input"),
        ("time,neuron\n0.1,0.5\n", "", "run-csv"),
        ("time,neuron\n-1,0\n", ":steps=1", "run-events"),
        ("time,neuron\nnan,0\n", ":steps=1", "run-events"),
        ("step,neuron\n0,1\n", "", "run-events"),
        ("step,neuron\n3,0\n", ":steps=3", "run-events"),
        ("step,neuron\n8e15,0\n", "", "run-input"),
        ("step,neuron,sample\n0,0,8e15\n", "", "run-input"),
        ("step,neuron,value\n0,0,inf\n", "", "run-events"),
    ] {
        let findings = parse(text, options, &one).expect_err(text);
        assert!(findings.contains(code), "{text:?}{options}: {findings}");
    }
}

#[test]
fn traces_of_the_paper_are_read_by_column() {
    let Some(corpus) = corpus("traces_of_the_paper_are_read_by_column") else {
        return;
    };
    let file = corpus.join("data/paper/01_lif/lif_norse.csv");
    let found = read(format!("{}:0", file.display()), &[("input", 1)], 1e-4).unwrap();
    let [sample] = &found.samples[..] else {
        panic!("{} samples", found.samples.len())
    };
    assert_eq!((sample[0].dim(), sample[0].sum()), ((1000, 1), 34.0));
    let whole = read(file.display().to_string(), &[("input", 1)], 1e-4).unwrap_err();
    assert!(whole.contains("run-input"));
}

#[test]
fn damaged_archives_and_arrays_are_findings() {
    let folder = tempfile::tempdir().unwrap();
    let path = record(folder.path(), "x.npz", &recorded());
    let bytes = fs::read(&path).unwrap();
    let inputs = [("hidden", 3)];
    for length in (0..bytes.len()).step_by(37) {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(
            read(path.display().to_string(), &inputs, 1e-3).is_err(),
            "{length}"
        );
    }
    for position in (0..bytes.len()).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0xff;
        fs::write(&path, damaged).unwrap();
        // Some damage is in what nobody reads; none may panic.
        let _ = read(path.display().to_string(), &inputs, 1e-3);
    }
    let path = folder.path().join("x.npy");
    let header = |dtype: &str, shape: &str| {
        let text = format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes
    };
    let nested = format!("{}1{}", "(".repeat(20_000), ",)".repeat(20_000));
    let lines = format!("\n{nested}");
    let nan = [&header("'<f4'", "(1, 1)")[..], &f32::NAN.to_le_bytes()].concat();
    let large = [&header("'<f8'", "(1, 1)")[..], &1e300_f64.to_le_bytes()].concat();
    let inexact = [
        &header("'<i4'", "(1, 1)")[..],
        &16_777_217_i32.to_le_bytes(),
    ]
    .concat();
    for (content, code) in [
        (Vec::new(), "run-npy"),
        (b"\x93NUMPY".to_vec(), "run-npy"),
        (header("'<f4'", "(1, 1)"), "run-npy"),
        (header("'<f4'", "(99999999999, 99999999)"), "run-npy"),
        (
            header("'<f4'", "(9223372036854775807, 9223372036854775807)"),
            "run-npy",
        ),
        (header("'<f4'", "(-1, 1)"), "run-npy"),
        (header("'<f4'", &nested), "run-npy"),
        (header("'<f4'", &lines), "run-npy"),
        (header("'<f4'", "(0, 1)"), "run-input"),
        (header("'<f4'", "(1000000000, 0)"), "run-input"),
        (header("'<V4'", "(1, 1)"), "run-npy"),
        (header("7", "(1, 1)"), "run-npy"),
        (nan, "run-input"),
        (large, "run-input"),
        (inexact, "run-input"),
    ] {
        fs::write(&path, content).unwrap();
        let findings = read(path.display().to_string(), &[("input", 1)], 1e-3).unwrap_err();
        assert!(findings.contains(code), "{findings}");
    }
    // Where the stack is large, the header's parser gets through, and what comes after does not.
    fs::write(&path, header("'<f4'", &nested)).unwrap();
    let motions = model("motions/motions.nir");
    let run = ["run", "--reset", "subtract", "--input"].map(Path::new);
    let output = nirc(run.into_iter().chain([&*path, &*motions]));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let missing = folder.path().join("none.npy").display().to_string();
    assert!(
        read(missing, &inputs, 1e-3)
            .unwrap_err()
            .contains("run-npy")
    );
}

#[test]
fn arrays_with_more_dimensions_are_read_as_fits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let shaped = |shape: &[usize], width: usize| {
        let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape:?}, }}\n")
            .replace('[', "(")
            .replace(']', ",)");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend((0..shape.iter().product()).map(|i: usize| i as u8));
        fs::write(&path, bytes).unwrap();
        let found = read(path.display().to_string(), &[("input", width)], 1e-3)?;
        let shape = found.samples[0][0].dim();
        Ok::<_, Findings>((found.samples.len(), shape, found.findings.0.len()))
    };
    assert_eq!(shaped(&[4, 6], 6).unwrap(), (1, (4, 6), 0));
    assert_eq!(shaped(&[2, 4, 6], 6).unwrap(), (2, (4, 6), 0));
    assert_eq!(shaped(&[2, 4, 3, 2], 6).unwrap(), (2, (4, 6), 0));
    assert_eq!(shaped(&[4, 3, 2], 6).unwrap(), (1, (4, 6), 0));
    // Both readings fit: several samples, and a warning.
    assert_eq!(shaped(&[4, 1, 6], 6).unwrap(), (4, (1, 6), 1));
    assert_eq!(shaped(&[1, 1, 6], 6).unwrap(), (1, (1, 6), 0));
    for (shape, width) in [(&[6][..], 6), (&[4, 6], 5), (&[4, 3, 2], 5), (&[0, 6], 6)] {
        assert!(
            shaped(shape, width).unwrap_err().contains("run-input"),
            "{shape:?}"
        );
    }
}
