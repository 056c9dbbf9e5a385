//! What is written is read again as the same graph, and always as the same bytes.

use super::*;
use crate::nir::file::{MetadataValue, WriteOptions, write};

/// All primitives, a nested graph, metadata, and names that need care.
fn everything() -> Graph {
    let elementwise = |kind: &str, names: &[&'static str]| {
        let datasets: Vec<_> = names
            .iter()
            .map(|name| (*name, floats(&[1.0, 0.5, 2.0])))
            .collect();
        node(kind, &datasets)
    };
    let conv = |kind: &str, weight: &[usize], padding: Item| {
        let sizes = [
            ("stride", int(1)),
            ("dilation", int(1)),
            ("groups", int(1)),
            ("padding", padding),
        ];
        let arrays = [("weight", ones(weight)), ("bias", ones(&weight[..1]))];
        node(kind, &[&sizes[..], &arrays[..]].concat())
    };
    let pool = |kind: &str| {
        node(
            kind,
            &[
                ("kernel_size", int(1)),
                ("stride", int(1)),
                ("padding", int(0)),
            ],
        )
    };
    let chain: Vec<(&str, Item)> = vec![
        ("in", input(&[2])),
        ("affine", affine(3, 2)),
        ("linear", linear(3, 3)),
        ("scale", elementwise("Scale", &["scale"])),
        ("delay", elementwise("Delay", &["delay"])),
        ("threshold", elementwise("Threshold", &["threshold"])),
        ("i", elementwise("I", &["r"])),
        ("li", elementwise("LI", &["tau", "r", "v_leak"])),
        ("if", elementwise("IF", &["r", "v_threshold"])),
        ("a.b/lif", lif(&[3])),
        (
            "cubali",
            elementwise("CubaLI", &["tau_syn", "tau_mem", "r", "v_leak", "w_in"]),
        ),
        (
            "größe",
            elementwise(
                "CubaLIF",
                &[
                    "tau_syn",
                    "tau_mem",
                    "r",
                    "v_leak",
                    "v_threshold",
                    "v_reset",
                ],
            ),
        ),
        (
            "nested",
            graph(
                &[
                    ("input", input(&[3])),
                    ("lif", lif(&[3])),
                    ("output", output(&[3])),
                ],
                &[("input", "lif"), ("lif", "output"), ("lif", "lif")],
            ),
        ),
        ("out", output(&[3])),
    ];
    let image: Vec<(&str, Item)> = vec![
        ("image", input(&[1, 4, 4])),
        ("conv2d", conv("Conv2d", &[2, 1, 3, 3], Item::text("same"))),
        ("sum", pool("SumPool2d")),
        ("mean", pool("AvgPool2d")),
        (
            "flat",
            node("Flatten", &[("start_dim", int(1)), ("end_dim", int(-1))]),
        ),
        ("conv1d", conv("Conv1d", &[5, 2, 3], int(0))),
        ("image_out", output(&[5, 14])),
    ];
    let edges: Vec<(&str, &str)> = [&chain, &image]
        .iter()
        .flat_map(|chain| chain.windows(2).map(|pair| (pair[0].0, pair[1].0)))
        .collect();
    let mut tree = file(graph(&[], &edges));
    for (name, node) in chain.into_iter().chain(image) {
        match name.split_once('/') {
            Some((outer, inner)) => put(
                &mut tree,
                outer,
                Item::Group(Group::from([(inner.into(), node)])),
            ),
            None => put(&mut tree, name, node),
        }
    }
    let mut graph = lenient(&tree);
    let strings = ndarray::arr1(&["a".to_owned(), "ü".to_owned()]).into_dyn();
    graph.metadata.insert("who".into(), "me".into());
    graph.nodes.get_mut("affine").unwrap().metadata = [
        ("strings".to_owned(), MetadataValue::Text(strings)),
        (
            "flag".to_owned(),
            MetadataValue::Bool(ndarray::arr0(true).into_dyn()),
        ),
        (
            "dt".to_owned(),
            MetadataValue::Number(ndarray::arr0(1e-3).into_dyn().into()),
        ),
        (
            "inner".to_owned(),
            MetadataValue::Map([("k".to_owned(), "v".into())].into()),
        ),
    ]
    .into();
    graph
}

fn written(graph: &Graph, options: &WriteOptions) -> Vec<u8> {
    let folder = Folder::new();
    let path = folder.file("out.nir");
    write(graph, &path, options).unwrap();
    let files = std::fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(files, 1, "no temporary file is left over");
    std::fs::read(path).unwrap()
}

fn reread(graph: &Graph, mode: Mode) -> (Option<Graph>, Findings) {
    let folder = Folder::new();
    let path = folder.file("out.nir");
    write(graph, &path, &WriteOptions::default()).unwrap();
    read(
        &path,
        &ReadOptions {
            mode,
            ..ReadOptions::default()
        },
    )
}

#[test]
fn every_primitive_survives() {
    let graph = everything();
    let (again, findings) = reread(&graph, Mode::Strict);
    let mut again = again.unwrap_or_else(|| panic!("{findings}"));
    // The inferred input shape of a convolution is written, since nir demands one.
    for (name, node) in &mut again.nodes {
        node.kind = match (node.kind.clone(), name.as_str()) {
            (super::super::Primitive::Conv1d(mut c), _) => {
                assert_eq!(c.input_shape.take(), Some([16]));
                super::super::Primitive::Conv1d(c)
            }
            (super::super::Primitive::Conv2d(mut c), _) => {
                assert_eq!(c.input_shape.take(), Some([4, 4]));
                super::super::Primitive::Conv2d(c)
            }
            (kind, _) => kind,
        };
    }
    assert_eq!(again, graph);
    let kinds: std::collections::BTreeSet<_> =
        graph.nodes.values().map(|n| n.kind.type_name()).collect();
    assert_eq!(kinds.len(), 19, "every primitive of NIR 1.0.8: {kinds:?}");
}

#[test]
fn writing_is_deterministic() {
    let graph = everything();
    for options in [WriteOptions::default(), WriteOptions { gzip: None }] {
        let first = written(&graph, &options);
        // Time stamps in HDF5 count seconds.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert!(first == written(&graph, &options), "{options:?}");
    }
}

#[test]
fn large_arrays_are_written_in_pieces() {
    let mut tree = base();
    let weight = ArrayD::from_shape_fn(IxDyn(&[3, 700_000]), |i| (i[0] * 7 + i[1]) as f32);
    set(&mut tree, "input", "shape", ints(&[700_000]));
    set(&mut tree, "fc", "weight", Item::number(weight.clone()));
    let graph = lenient(&tree);
    let (again, _) = reread(&graph, Mode::Strict);
    assert_eq!(
        tensor(&again.unwrap(), "fc", "weight"),
        &Tensor::from(weight)
    );
}

#[test]
fn single_values_are_repeated_on_writing() {
    let mut tree = base();
    put(&mut tree, "lif", lif(&[]));
    set(&mut tree, "fc", "bias", int(0));
    let (again, findings) = reread(&lenient(&tree), Mode::Strict);
    assert_eq!(summary(&findings), Vec::<String>::new());
    let again = again.unwrap();
    assert_eq!(tensor(&again, "lif", "tau").shape(), [3]);
    assert_eq!(tensor(&again, "fc", "bias").to_f64(), [0.0; 3]);
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = Folder::new();
    let path = folder.file("out.nir");
    std::fs::write(&path, b"old").unwrap();
    for name in ["", ".", "a//b", "nul\0", "fc/weight", "fc/type/x"] {
        let mut graph = lenient(&base());
        let node = graph.nodes["lif"].clone();
        graph.nodes.insert(name.to_owned(), node);
        let findings = write(&graph, &path, &WriteOptions::default()).unwrap_err();
        assert!(findings.contains("nir-node-name"), "{name:?}: {findings}");
    }
    let folder_in_the_way = folder.file("folder");
    std::fs::create_dir(&folder_in_the_way).unwrap();
    let findings = write(
        &lenient(&base()),
        &folder_in_the_way,
        &WriteOptions::default(),
    )
    .unwrap_err();
    assert!(findings.contains("nir-write-failed"), "{findings}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(
        std::fs::read_dir(&folder.0).unwrap().count(),
        2,
        "nothing is left over"
    );
}
