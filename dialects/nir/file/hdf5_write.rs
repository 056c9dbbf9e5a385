//! Trees to HDF5 files, with libhdf5. The only module that knows that library: it is never given
//! a file of someone else's, see `hdf5_read`.

use std::{path::Path, str::FromStr};

use hdf5::{Group as Hdf5Group, H5Type, types::VarLenUnicode};
use ndarray::{ArrayD, ArrayViewD};

use super::{
    node_path,
    tree::{Array, Attribute, Attributes, Group, Item},
};
use crate::{
    finding::{Finding, Findings},
    with_elements,
};

/// The most elements of one chunk that [`store`] writes; larger arrays are split along their
/// leading dimensions, so that a reader can inflate one piece at a time.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// Writes `tree`, with attributes of its groups, as an HDF5 file at `path`, in place of what is
/// there.
///
/// Arrays of numbers and booleans are packed with gzip at level `gzip`, where it is given. The same
/// tree gives the same bytes: objects carry no time stamps.
pub(super) fn store(
    tree: &Group,
    attributes: &Attributes,
    path: &Path,
    gzip: Option<u8>,
) -> Result<(), Findings> {
    let failed = |error: hdf5::Error| -> Findings {
        Finding::error(
            "nir-write-failed",
            "the file can be written",
            format!("`{}`: {}", path.display(), message(&error)),
        )
        .into()
    };
    let file = hdf5::File::create(path).map_err(failed)?;
    let writer = Writer { attributes, gzip };
    writer.group(&file, tree, "").map_err(failed)?;
    file.close().map_err(failed)
}

struct Writer<'a> {
    attributes: &'a Attributes,
    gzip: Option<u8>,
}

impl Writer<'_> {
    /// Writes the members and attributes of the group at `path`.
    fn group(&self, group: &Hdf5Group, items: &Group, path: &str) -> hdf5::Result<()> {
        for (name, attribute) in self.attributes.get(path).into_iter().flatten() {
            store_attribute(group, name, attribute)?;
        }
        let gzip = self.gzip;
        for (name, item) in items {
            match item {
                Item::Group(members) => {
                    self.group(&group.create_group(name)?, members, &node_path(path, name))?;
                }
                Item::Array(Array::Number { tensor, .. }) => with_elements!(tensor, array => {
                    store_array(group, name, array.view(), gzip)?;
                }),
                Item::Array(Array::Bool(bools)) => store_array(group, name, bools.view(), gzip)?,
                Item::Array(Array::Text(texts)) => {
                    let shape = texts.raw_dim();
                    let texts: hdf5::Result<Vec<_>> =
                        texts.iter().map(|text| var_len(text)).collect();
                    let texts = ArrayD::from_shape_vec(shape, texts?)?;
                    store_array(group, name, texts.view(), None)?;
                }
                Item::Unreadable(why) => {
                    return Err(format!("`{name}` was never read: {why}").into());
                }
            }
        }
        Ok(())
    }
}

fn var_len(text: &str) -> hdf5::Result<VarLenUnicode> {
    VarLenUnicode::from_str(text).map_err(|_| hdf5::Error::from("a string contains a NUL"))
}

fn store_attribute(group: &Hdf5Group, name: &str, attribute: &Attribute) -> hdf5::Result<()> {
    match attribute {
        Attribute::Text(text) => {
            let attribute = group.new_attr::<VarLenUnicode>().create(name)?;
            attribute.write_scalar(&var_len(text)?)
        }
        Attribute::Integer(value) => group.new_attr::<i64>().create(name)?.write_scalar(value),
        Attribute::Float(value) => group.new_attr::<f64>().create(name)?.write_scalar(value),
    }
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
