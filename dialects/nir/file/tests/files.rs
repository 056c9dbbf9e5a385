//! Files that cannot be read: a finding, never a crash.

use super::*;

fn codes(path: &std::path::Path) -> Vec<String> {
    let (graph, findings) = read(path, &ReadOptions::lenient());
    assert!(graph.is_none());
    summary(&findings)
}

#[test]
fn what_is_no_nir_file_is_a_finding() {
    let folder = Folder::new();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.file(name), bytes).unwrap();
        codes(&folder.file(name))
    };
    assert_eq!(codes(&folder.file("absent.nir")), ["error file-missing -"]);
    assert_eq!(codes(&folder.0), ["error file-unreadable -"]);
    assert_eq!(write("empty.nir", b""), ["error file-empty -"]);
    assert_eq!(write("text.nir", b"nodes:\n"), ["error not-hdf5 -"]);
    assert_eq!(
        write("torch.nir", b"PK\x03\x04archive/data.pkl"),
        ["error not-hdf5 -"]
    );
    assert_eq!(
        write("signature.nir", b"\x89HDF\r\n\x1a\n"),
        ["error file-corrupt -"]
    );
    let (_, findings) = read(&folder.file("torch.nir"), &ReadOptions::default());
    assert!(findings.iter().any(|f| f.why.contains("torch.save")));
}

#[test]
fn hdf5_without_a_graph_is_a_finding() {
    for (name, why) in [("layer", "Lava"), ("nodes", "NIRData"), ("other", "")] {
        let tree = Group::from([(name.to_owned(), Item::Group(Group::new()))]);
        let (_, findings) = read_tree(&tree, Mode::Lenient);
        assert_eq!(
            summary(&findings),
            ["note missing-version -", "error no-graph -"]
        );
        assert!(findings.iter().any(|f| f.why.contains(why)));
    }
}

/// Every cut of a file is refused, without a crash.
#[test]
fn truncated_files_are_refused() {
    let folder = Folder::new();
    let path = folder.file("whole.nir");
    hdf5_write::store(&base(), &Default::default(), &path, Some(4)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let cut = folder.file("cut.nir");
    for length in (8..bytes.len()).step_by(97) {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        assert_eq!(codes(&cut), ["error file-corrupt -"], "cut to {length}");
    }
}

#[test]
fn the_budget_bounds_what_is_read() {
    let folder = Folder::new();
    let path = folder.file("test.nir");
    let mut tree = base();
    set(&mut tree, "fc", "weight", ones(&[300, 200]));
    hdf5_write::store(&tree, &Default::default(), &path, Some(4)).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 50_000, "the 480,000 bytes of ones must be packed");
    for (max_bytes, code) in [
        (100, "nir-file-too-large"),
        (size + 1000, "nir-unreadable-dataset"),
        (size + 500_000, "nir-parameter-shape"),
    ] {
        let options = ReadOptions {
            max_bytes,
            ..ReadOptions::default()
        };
        let (_, findings) = read(&path, &options);
        assert!(findings.contains(code), "{max_bytes}: {findings}");
    }
}

/// Datasets of which nothing is stored, links out of the file, links in circles.
#[test]
fn hostile_files_are_refused() {
    let folder = Folder::new();
    let path = folder.file("hostile.nir");
    hdf5_write::store(&base(), &Default::default(), &path, Some(4)).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        let nodes = file.group("node/nodes").unwrap();
        let lif = nodes.group("lif").unwrap();
        for (name, shape) in [("tau", 1_usize << 28), ("r", 1 << 40)] {
            lif.unlink(name).unwrap();
            let dataset = lif.new_dataset::<f64>().chunk([1 << 10]).shape([shape]);
            dataset.create(name).unwrap();
        }
        lif.unlink("v_leak").unwrap();
        lif.link_external("other.h5", "/v_leak", "v_leak").unwrap();
        nodes.link_hard("/node", "circle").unwrap();
    }
    let (graph, findings) = read(&path, &ReadOptions::lenient());
    assert!(graph.is_none());
    let text = findings.to_string();
    for expected in [
        "`tau`: shape [268435456] has no data behind it",
        "`r`: shape [1099511627776] exceeds the memory",
        "LIF has no `v_leak`",
        "a group that contains itself",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in:\n{text}");
    }
}

/// Files with a few bytes overwritten: no crash, no endless loop, whatever they are taken for.
#[test]
fn damaged_files_are_read_or_refused() {
    let folder = Folder::new();
    let path = folder.file("damaged.nir");
    hdf5_write::store(&base(), &Default::default(), &path, Some(4)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut state = 1_u64;
    let mut random = || {
        // xorshift64, <https://www.jstatsoft.org/article/view/v008i14>
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut refused = 0;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random() % 4 {
            // The fields of HDF5 that matter are not zero.
            let place = random() % bytes.len();
            let used = bytes[place..].iter().position(|&byte| byte != 0);
            bytes[place + used.unwrap_or(0)] = [0, 255, random() as u8][random() % 3];
        }
        std::fs::write(&path, &bytes).unwrap();
        refused += usize::from(read(&path, &ReadOptions::lenient()).0.is_none());
    }
    assert!((30..300).contains(&refused), "{refused} of 300 refused");
}

#[test]
fn element_types_that_tensors_lack_are_widened() {
    let folder = Folder::new();
    let path = folder.file("types.nir");
    hdf5_write::store(&base(), &Default::default(), &path, None).unwrap();
    {
        let file = hdf5::File::open_rw(&path).unwrap();
        let lif = file.group("node/nodes/lif").unwrap();
        for name in ["tau", "r", "v_leak", "v_threshold"] {
            lif.unlink(name).unwrap();
        }
        lif.new_dataset_builder()
            .with_data(&[1_u8, 200, 3])
            .create("tau")
            .unwrap();
        lif.new_dataset_builder()
            .with_data(&[1_u64, 2, 3])
            .create("r")
            .unwrap();
        lif.new_dataset_builder()
            .with_data(&[true, false, true])
            .create("v_leak")
            .unwrap();
        lif.new_dataset_builder()
            .with_data(&[1_i8, 2, 3])
            .create("v_threshold")
            .unwrap();
    }
    let (graph, findings) = read(&path, &ReadOptions::default());
    assert_eq!(summary(&findings), ["note element-type-widened lif"; 3]);
    let graph = graph.unwrap();
    assert_eq!(tensor(&graph, "lif", "tau").to_f64(), [1.0, 200.0, 3.0]);
    assert_eq!(tensor(&graph, "lif", "tau").element_type(), "i16");
    assert_eq!(tensor(&graph, "lif", "r").element_type(), "i64");
    assert_eq!(tensor(&graph, "lif", "v_leak").to_f64(), [1.0, 0.0, 1.0]);
    assert_eq!(tensor(&graph, "lif", "v_threshold").element_type(), "i8");
}
