//! Whether a path is an HDF5 file at all, decided before the HDF5 library sees it.

use std::{fs::File, io::Read, path::Path};

use crate::finding::Finding;

/// The eight bytes that begin an HDF5 superblock.
/// Source: HDF5 File Format Specification 3.0, section II.A.
const HDF5_SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

const RULE: &str = "a NIR file is a readable HDF5 file";

/// An error where `path` is missing, not a file, unreadable, empty or not HDF5.
pub(super) fn check(path: &Path) -> Result<(), Finding> {
    let name = path.display();
    let unreadable = |error: std::io::Error| {
        let (code, what) = match error.kind() {
            std::io::ErrorKind::NotFound => ("nir-file-missing", format!("`{name}` does not exist")),
            _ => (
                "nir-file-unreadable",
                format!("`{name}` cannot be read: {error}"),
            ),
        };
        Finding::error(code, RULE, what)
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        // Opening a directory succeeds and a pipe blocks, so the kind is asked for first.
        let what = format!("`{name}` is a directory or a device, not a file");
        return Err(Finding::error("nir-file-unreadable", RULE, what));
    }
    if metadata.len() == 0 {
        let what = format!("`{name}` is empty");
        return Err(Finding::error("nir-file-empty", RULE, what));
    }
    let mut start = Vec::with_capacity(HDF5_SIGNATURE.len());
    File::open(path)
        .and_then(|file| file.take(8).read_to_end(&mut start))
        .map_err(unreadable)?;
    if start == HDF5_SIGNATURE {
        return Ok(());
    }
    let finding = Finding::error(
        "nir-not-hdf5",
        RULE,
        format!("`{name}` does not begin with the HDF5 signature"),
    );
    Err(if start.starts_with(b"PK\x03\x04") {
        finding
            .why("it is a zip archive, which is what torch.save writes")
            .fix("export the model with nir.write instead of torch.save")
    } else {
        finding
    })
}
