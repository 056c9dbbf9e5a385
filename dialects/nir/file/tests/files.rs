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
    assert_eq!(write("torch.nir", b"PK\x03\x04archive/data.pkl"), ["error not-hdf5 -"]);
    assert_eq!(write("signature.nir", b"\x89HDF\r\n\x1a\n"), ["error file-corrupt -"]);
    let (_, findings) = read(&folder.file("torch.nir"), &ReadOptions::default());
    assert!(findings.iter().any(|f| f.why.contains("torch.save")));
}

#[test]
fn hdf5_without_a_graph_is_a_finding() {
    for (name, why) in [("layer", "Lava"), ("nodes", "NIRData"), ("other", "")] {
        let tree = Group::from([(name.to_owned(), Item::Group(Group::new()))]);
        let (_, findings) = read_tree(&tree, Mode::Lenient);
        assert_eq!(summary(&findings), ["note missing-version -", "error no-graph -"]);
        assert!(findings.iter().any(|f| f.why.contains(why)));
    }
}

/// Every cut of a file is refused, without a crash.
#[test]
fn truncated_files_are_refused() {
    let folder = Folder::new();
    let path = folder.file("whole.nir");
    hdf5::store(&base(), &path, Some(4)).unwrap();
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
    hdf5::store(&base(), &path, Some(4)).unwrap();
    let options = ReadOptions { max_bytes: 100, ..ReadOptions::default() };
    let (graph, findings) = read(&path, &options);
    assert!(graph.is_none() && findings.contains("nir-unreadable-dataset"), "{findings}");
}

/// Data sets of 2^40 elements of which nothing is stored, links out of the file, links in circles.
#[test]
fn hostile_files_are_refused() {
    let folder = Folder::new();
    let path = folder.file("hostile.nir");
    hdf5::store(&base(), &path, Some(4)).unwrap();
    ::hdf5::silence_errors(true);
    {
        let file = ::hdf5::File::open_rw(&path).unwrap();
        let nodes = file.group("node/nodes").unwrap();
        let lif = nodes.group("lif").unwrap();
        lif.unlink("tau").unwrap();
        lif.new_dataset::<f64>().chunk([1 << 10]).shape([1_usize << 24]).create("tau").unwrap();
        lif.unlink("r").unwrap();
        lif.link_external("/etc/passwd", "/r", "r").unwrap();
        nodes.group("fc").unwrap().unlink("bias").unwrap();
        nodes.link_soft("/node/nodes/lif/v_leak", "fc/bias").unwrap();
        nodes.link_hard("/node", "circle").unwrap();
    }
    let (graph, findings) = read(&path, &ReadOptions::lenient());
    assert!(graph.is_none());
    let text = findings.to_string();
    for expected in ["has no data behind it", "a link to another file", "a soft link", "nested deeper"] {
        assert!(text.contains(expected), "`{expected}` is not in:\n{text}");
    }
}

#[test]
fn element_types_that_tensors_lack_are_widened() {
    let folder = Folder::new();
    let path = folder.file("types.nir");
    hdf5::store(&base(), &path, None).unwrap();
    {
        let file = ::hdf5::File::open_rw(&path).unwrap();
        let lif = file.group("node/nodes/lif").unwrap();
        for name in ["tau", "r", "v_leak", "v_threshold"] {
            lif.unlink(name).unwrap();
        }
        lif.new_dataset_builder().with_data(&[1_u8, 200, 3]).create("tau").unwrap();
        lif.new_dataset_builder().with_data(&[1_u64, 2, 3]).create("r").unwrap();
        lif.new_dataset_builder().with_data(&[true, false, true]).create("v_leak").unwrap();
        lif.new_dataset_builder().with_data(&[1_i8, 2, 3]).create("v_threshold").unwrap();
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
