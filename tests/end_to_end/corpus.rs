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
            let repairs_are_named = mode.is_some() || !text.contains("was repaired");
            assert!(repairs_are_named, "{name}: repaired in strict mode\n{text}");
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
