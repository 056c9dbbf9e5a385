//! Every file that was found in the wild, is generated odd, or hostile: read or refused, never a crash.

use crate::support::{corpus, files, nirc, succeed};

#[test]
fn every_file_is_read_or_refused() {
    let Some(corpus) = corpus("every_file_is_read_or_refused") else {
        return;
    };
    let paths = files(&corpus.join("data"), &["nir", "net", "h5"]);
    assert!(!paths.is_empty());
    for path in &paths {
        for mode in [None, Some("--lenient")] {
            let arguments = ["check".as_ref(), path.as_os_str()]
                .into_iter()
                .chain(mode.map(|m| m.as_ref()));
            let output = nirc(arguments);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let name = path.display();
            match output.status.code() {
                Some(0) => assert!(!text.contains("error["), "{name}: read with errors\n{text}"),
                Some(2) => assert!(
                    text.contains("error["),
                    "{name}: refused without a reason\n{text}"
                ),
                other => panic!(
                    "{name}: {other:?}\n{text}{}",
                    String::from_utf8_lossy(&output.stderr)
                ),
            }
        }
    }
}

/// What strict mode reads needs no repair, so lenient mode finds the same and no more.
#[test]
fn lenient_mode_changes_nothing_that_strict_mode_reads() {
    let Some(corpus) = corpus("lenient_mode_changes_nothing_that_strict_mode_reads") else {
        return;
    };
    let mut read = 0;
    for path in files(&corpus.join("data"), &["nir"]) {
        let strict = nirc(["check".as_ref(), path.as_os_str()]);
        if strict.status.success() {
            read += 1;
            let lenient = succeed(["check".as_ref(), path.as_os_str(), "--lenient".as_ref()]);
            assert_eq!(
                String::from_utf8_lossy(&strict.stdout),
                lenient,
                "{}",
                path.display()
            );
        }
    }
    assert!(read >= 8, "strict mode reads {read} files");
}

/// A repair is a refusal in strict mode, and named in both.
#[test]
fn a_repair_is_refused_or_named() {
    let Some(corpus) = corpus("a_repair_is_refused_or_named") else {
        return;
    };
    let repairs = [
        ("generated/empty_edges.nir", "nir-leaf-without-output"),
        ("generated/same_stride2.nir", "nir-boundary-shape"),
        ("paper/01_lif/lif_rockpool.nir", "nir-boundary-shape"),
        ("wild/hist_lif_norse.2b0feb3d.nir", "nir-repeated-parameter"),
        ("wild/hist_scnn_mnist.e5ac8325.nir", "nir-batch-dimension"),
    ];
    for (file, code) in repairs {
        let path = corpus.join("data").join(file);
        let strict = nirc(["check".as_ref(), path.as_os_str()]);
        let text = String::from_utf8_lossy(&strict.stdout).into_owned();
        assert_eq!(
            strict.status.code(),
            Some(2),
            "{file} in strict mode\n{text}"
        );
        assert!(text.contains(&format!("error[{code}]")), "{file}\n{text}");
        let text = succeed(["check".as_ref(), path.as_os_str(), "--lenient".as_ref()]);
        assert!(text.contains(&format!("warning[{code}]")), "{file}\n{text}");
    }
}
