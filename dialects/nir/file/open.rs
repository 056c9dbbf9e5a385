//! Whether a path is an HDF5 file at all, decided before the HDF5 library sees it.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::finding::{Finding, Findings};

/// The eight bytes that begin an HDF5 superblock.
/// Source: HDF5 File Format Specification 3.0, section II.A.
const HDF5_SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

const RULE: &str = "a NIR file is a readable HDF5 file";

/// The bytes of the file at `path`, at most `max_bytes`, or an error where it is missing, not a
/// file, unreadable, too large, empty or not HDF5.
pub(in crate::nir) fn bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Findings> {
    let name = path.display();
    let error = |code, what| Finding::error(code, RULE, what);
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => error("nir-file-missing", format!("`{name}` does not exist")),
        _ => error(
            "nir-file-unreadable",
            format!("`{name}` cannot be read: {e}"),
        ),
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        // Opening a directory succeeds and a pipe blocks, so the kind is asked for first.
        let what = format!("`{name}` is a directory or a device, not a file");
        return Err(error("nir-file-unreadable", what).into());
    }
    if metadata.len() > max_bytes {
        let what = format!(
            "`{name}` has {} bytes, more than {max_bytes}",
            metadata.len()
        );
        return Err(error("nir-file-too-large", what).into());
    }
    // The file may grow between the two calls.
    let mut file = File::open(path).map_err(unreadable)?.take(max_bytes);
    let mut bytes = Vec::new();
    let capacity = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    bytes
        .try_reserve_exact(capacity.saturating_add(1))
        .map_err(|_| {
            error(
                "nir-file-too-large",
                format!("`{name}` does not fit into memory"),
            )
        })?;
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(error("nir-file-empty", format!("`{name}` is empty")).into());
    }
    if bytes.starts_with(HDF5_SIGNATURE) {
        return Ok(bytes);
    }
    let what = format!("`{name}` does not begin with the HDF5 signature");
    let finding = error("nir-not-hdf5", what);
    Err(if bytes.starts_with(b"PK\x03\x04") {
        finding
            .why("it is a zip archive, which is what torch.save writes")
            .fix("export the model with nir.write instead of torch.save")
            .into()
    } else {
        finding.into()
    })
}
