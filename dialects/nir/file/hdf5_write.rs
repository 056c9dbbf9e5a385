//! Trees to HDF5 files, with libhdf5. The only module that knows that library: it is never given
//! a file of someone else's, see `hdf5_read`.

use std::{path::Path, str::FromStr};

use hdf5::{Group as Hdf5Group, H5Type, types::VarLenUnicode};
use ndarray::{ArrayD, ArrayViewD};

use super::tree::{Array, Group, Item};
use crate::{
    finding::{Finding, Findings},
    with_elements,
};

/// The most elements of one chunk that [`store`] writes; larger arrays are split along their
/// leading dimensions, so that a reader can inflate one piece at a time.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// Writes `tree` as an HDF5 file at `path`, in place of what is there.
///
/// Arrays of numbers are packed with gzip at level `gzip`, where it is given. The same tree gives
/// the same bytes: objects carry no time stamps.
pub(super) fn store(tree: &Group, path: &Path, gzip: Option<u8>) -> Result<(), Findings> {
    let failed = |error: hdf5::Error| -> Findings {
        Finding::error(
            "nir-write-failed",
            "the file can be written",
            format!("`{}`: {}", path.display(), message(&error)),
        )
        .into()
    };
    let file = hdf5::File::create(path).map_err(failed)?;
    store_group(&file, tree, gzip).map_err(failed)?;
    file.close().map_err(failed)
}

fn store_group(group: &Hdf5Group, items: &Group, gzip: Option<u8>) -> hdf5::Result<()> {
    for (name, item) in items {
        match item {
            Item::Group(members) => store_group(&group.create_group(name)?, members, gzip)?,
            Item::Array(Array::Number { tensor, .. }) => with_elements!(tensor, array => {
                store_array(group, name, array.view(), gzip)?;
            }),
            Item::Array(Array::Bool(bools)) => store_array(group, name, bools.view(), None)?,
            Item::Array(Array::Text(texts)) => {
                let shape = texts.raw_dim();
                let texts: Result<Vec<VarLenUnicode>, _> = texts
                    .iter()
                    .map(|text| VarLenUnicode::from_str(text))
                    .collect();
                let texts = texts.map_err(|_| hdf5::Error::from("a string contains a NUL"))?;
                let texts = ArrayD::from_shape_vec(shape, texts)?;
                store_array(group, name, texts.view(), None)?;
            }
            Item::Unreadable(why) => return Err(format!("`{name}` was never read: {why}").into()),
        }
    }
    Ok(())
}

fn store_array<T: H5Type + Clone>(
    group: &Hdf5Group,
    name: &str,
    array: ArrayViewD<'_, T>,
    gzip: Option<u8>,
) -> hdf5::Result<()> {
    let mut builder = group.new_dataset_builder().obj_track_times(false);
    builder = match gzip {
        // HDF5 has no chunks, and hence no filters, for scalars and for arrays without elements.
        Some(level) if array.ndim() > 0 && !array.is_empty() => {
            builder.chunk(chunk_shape(array.shape())).deflate(level)
        }
        _ => builder.no_chunk(),
    };
    // An array in another layout than row-major is copied into it; what a file gave is row-major.
    let array = array.as_standard_layout();
    builder.with_data(array.view()).create(name)?;
    Ok(())
}

/// The whole array, or a part of it along the leading dimensions.
fn chunk_shape(shape: &[usize]) -> Vec<usize> {
    let mut elements = 1_usize;
    let mut chunk = shape.to_vec();
    for extent in chunk.iter_mut().rev() {
        *extent = (CHUNK_ELEMENTS / elements).clamp(1, *extent);
        elements = elements.saturating_mul(*extent);
    }
    chunk
}

/// The first line of the library's error.
fn message(error: &hdf5::Error) -> String {
    error.to_string().lines().next().unwrap_or("").to_owned()
}
