use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ndarray::{Array2, Array3, arr2};

use super::*;
use crate::{
    finding::Findings,
    nir::file::{
        WriteOptions,
        tree::{Attribute, Attributes, Group, Item},
        write::store,
    },
};

const MAX: u64 = 1 << 20;

/// A file in a folder for temporary files, which is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("nirc-data-{}-{name}.h5", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn one(node: &str, observables: Vec<(&str, Observable)>) -> GraphData {
    let observables = observables
        .into_iter()
        .map(|(name, o)| (name.to_owned(), o));
    GraphData {
        nodes: BTreeMap::from([(node.to_owned(), observables.collect())]),
    }
}

fn events(idx: Array2<i64>, time: Array2<f64>) -> Events {
    Events {
        idx,
        time,
        value: None,
        n_neurons: 3,
        t_max: 0.01,
        epsilon: f64::EPSILON,
    }
}

#[test]
fn what_is_written_is_read_back_and_gives_the_same_bytes() {
    let inf = f64::INFINITY;
    let mut data = one(
        "outer/lif.1",
        vec![
            (
                "spikes",
                Observable::Gridded {
                    values: Grid::Spikes(Array3::from_shape_fn((2, 5, 3), |(s, t, n)| {
                        (s + t * n) % 2 == 1
                    })),
                    dt: 1e-4,
                },
            ),
            (
                "v",
                Observable::Gridded {
                    values: Grid::Numbers(Array3::from_elem((1, 2, 3), 0.5_f64).into_dyn().into()),
                    dt: 1e-4,
                },
            ),
            (
                "times",
                Observable::Events(events(
                    arr2(&[[0, 2], [1, -1]]),
                    arr2(&[[0.0, 0.5], [0.25, inf]]),
                )),
            ),
        ],
    );
    let mut valued = events(arr2(&[[0]]), arr2(&[[0.001]]));
    valued.value = Some(arr2(&[[-2.5]]));
    data.nodes.insert(
        "input".to_owned(),
        BTreeMap::from([("current".to_owned(), Observable::Events(valued))]),
    );
    let (first, second) = (Temporary::new("first"), Temporary::new("second"));
    write(&data, &first.0, &WriteOptions::default()).unwrap();
    write(&data, &second.0, &WriteOptions::default()).unwrap();
    assert_eq!(read(&first.0, MAX).unwrap(), data);
    assert_eq!(fs::read(&first.0).unwrap(), fs::read(&second.0).unwrap());
}

#[test]
fn names_that_hdf5_cannot_hold_are_refused_together() {
    let mut data = one("a", vec![]);
    for name in ["a/b", "", "c//d", "."] {
        data.nodes.insert(name.to_owned(), BTreeMap::new());
    }
    let path = Temporary::new("names");
    let findings = write(&data, &path.0, &WriteOptions::default()).unwrap_err();
    assert_eq!(
        findings
            .iter()
            .filter(|f| f.code == "nir-data-name")
            .count(),
        4
    );
    assert!(!path.0.exists());
}

/// Writes an observable with these members and attributes, and reads it.
fn observable(
    name: &str,
    members: Vec<(&str, Item)>,
    attributes: Vec<(&str, Attribute)>,
) -> Result<GraphData, Findings> {
    let path = Temporary::new(name);
    let group = |name: &str, group: Group| Group::from([(name.to_owned(), Item::Group(group))]);
    let members = members
        .into_iter()
        .map(|(name, item)| (name.to_owned(), item));
    let tree = group(
        "nodes",
        group("n", group("observables", group("o", members.collect()))),
    );
    let kind = |kind: &str| BTreeMap::from([("__type__".to_owned(), text(kind))]);
    let attributes = attributes.into_iter().map(|(name, a)| (name.to_owned(), a));
    let attributes = Attributes::from([
        (String::new(), kind("NIRGraphData")),
        ("nodes/n".to_owned(), kind("NIRNodeData")),
        ("nodes/n/observables/o".to_owned(), attributes.collect()),
    ]);
    store(&tree, &attributes, &path.0, &WriteOptions::default()).unwrap();
    read(&path.0, MAX)
}

fn text(text: &str) -> Attribute {
    Attribute::Text(text.to_owned())
}

#[test]
fn observables_that_are_not_as_their_kind_demands_are_refused() {
    let grid = |shape: &[usize]| Item::number(ndarray::ArrayD::<f32>::zeros(shape));
    let gridded = |dt: f64| {
        vec![
            ("__type__", text("TimeGriddedData")),
            ("dt", Attribute::Float(dt)),
        ]
    };
    assert!(observable("ok", vec![("data", grid(&[1, 2, 3]))], gridded(1e-3)).is_ok());
    let idx = |n: usize| Item::number(Array2::<i64>::zeros((1, n)).into_dyn());
    let time = |n: usize| Item::number(Array2::<f64>::zeros((1, n)).into_dyn());
    let events = |n: i64, t_max: f64| {
        vec![
            ("__type__", text("EventData")),
            ("n_neurons", Attribute::Integer(n)),
            ("t_max", Attribute::Float(t_max)),
        ]
    };
    let both = |a: usize, b: usize| vec![("idx", idx(a)), ("time", time(b))];
    assert!(observable("fine", both(2, 2), events(1, 1.0)).is_ok());
    for (name, members, attributes) in [
        ("rank", vec![("data", grid(&[2, 3]))], gridded(1e-3)),
        ("absent", vec![], gridded(1e-3)),
        ("text", vec![("data", Item::text("x"))], gridded(1e-3)),
        ("zero", vec![("data", grid(&[1, 2, 3]))], gridded(0.0)),
        ("nan", vec![("data", grid(&[1, 2, 3]))], gridded(f64::NAN)),
        (
            "kind",
            vec![("data", grid(&[1, 2, 3]))],
            vec![("__type__", text("?"))],
        ),
        ("none", vec![("data", grid(&[1, 2, 3]))], vec![]),
        ("shapes", both(2, 3), events(1, 1.0)),
        ("neurons", both(2, 2), events(-1, 1.0)),
        ("infinite", both(2, 2), events(1, f64::INFINITY)),
        (
            "floats",
            vec![("idx", time(2)), ("time", time(2))],
            events(1, 1.0),
        ),
    ] {
        let findings = observable(name, members, attributes).expect_err(name);
        assert!(findings.contains("nir-data-format"), "{name}: {findings}");
    }
}

#[test]
fn files_that_are_no_data_are_refused() {
    let path = Temporary::new("damaged");
    let spikes = Observable::Events(events(arr2(&[[0, 2, 1]]), arr2(&[[0.0, 0.5, 0.75]])));
    let data = one("a", vec![("spikes", spikes)]);
    write(&data, &path.0, &WriteOptions::default()).unwrap();
    let bytes = fs::read(&path.0).unwrap();
    for length in (0..bytes.len()).step_by(101) {
        fs::write(&path.0, bytes.get(..length).unwrap()).unwrap();
        // The end of the file may be space that nothing uses.
        assert!(
            read(&path.0, MAX).map_or(true, |read| length > 4096 && read == data),
            "{length} of {} bytes",
            bytes.len()
        );
    }
    // Any other byte: a finding or data, no panic that gets out.
    for position in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        if let Some(byte) = damaged.get_mut(position) {
            *byte ^= 0xff;
        }
        fs::write(&path.0, damaged).unwrap();
        let _ = read(&path.0, MAX);
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models/motions/motions.nir");
    let findings = read(&model, 1 << 24).unwrap_err();
    assert!(findings.contains("nir-data-type"), "{findings}");
}

#[test]
fn times_that_are_multiples_of_the_step_are_in_their_step() {
    for (steps, dt) in [
        (29_u64, 0.01),
        (1000, 1e-4),
        (100_000, 1e-3),
        (7_000_000, 1e-6),
    ] {
        assert_eq!(steps_in(steps as f64 * dt, dt), Some(steps as usize));
        for step in 0..steps {
            assert_eq!(
                step_of(step as f64 * dt, dt, f64::EPSILON),
                Some(step),
                "{step} {dt}"
            );
        }
    }
    // As 32-bit floats, these are off by more than the tolerance of exact times.
    for step in 0..10_000_u64 {
        let time = f64::from((step as f64 * 1e-4) as f32);
        assert_eq!(step_of(time, 1e-4, f32::EPSILON.into()), Some(step));
    }
    assert_eq!(step_of(0.5, 1.0, 0.0), Some(0));
    assert_eq!(step_of(-1e-9, 1.0, 0.0), Some(0));
    for time in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(step_of(time, 1.0, 0.0), None);
    }
    assert_eq!(
        step_of(1e4, 1e-4, f32::EPSILON.into()),
        None,
        "too imprecise"
    );
    assert_eq!(steps_in(1.5, 1.0), Some(2));
    assert_eq!(steps_in(f64::MAX, 1.0), None);
}

#[test]
fn events_add_up_and_those_that_are_lost_are_counted() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let idx = arr2(&[[0, 0, 2, 1, 3, -2, 1, 1, -1]]);
    let time = arr2(&[[0.001, 0.0015, 0.0, -0.5, 0.0, 0.0, 0.01, nan, inf]]);
    let raster = events(idx, time).raster(0, 10, 1e-3);
    let mut sums = Array2::zeros((10, 3));
    sums[(1, 0)] = 2.0;
    sums[(0, 2)] = 1.0;
    assert_eq!(raster.sums, sums);
    let lost = Lost {
        early: 1,
        late: 1,
        neuron: 2,
        number: 1,
    };
    assert_eq!(raster.lost, lost);
}
