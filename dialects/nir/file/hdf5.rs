//! HDF5 files to trees and back. The only module that knows the HDF5 library.
//!
//! A file is untrusted: what it declares is bounded before memory is asked for, links that leave
//! the file are refused, and strings and booleans are checked before they become Rust values.

use std::{path::Path, str::FromStr};

use hdf5::{
    Dataset, Datatype, Group as Hdf5Group, H5Type, IndexType, IterationOrder, LinkType,
    LocationType,
    types::{
        FixedAscii, FixedUnicode, FloatSize, IntSize, TypeDescriptor, VarLenAscii, VarLenUnicode,
    },
};
use ndarray::{ArrayD, ArrayViewD};

use super::tree::{Array, Group, Item};
use crate::{finding::Finding, tensor::Tensor, with_elements};

/// The deepest nesting of groups that is read. A nested NIR graph takes two levels.
const MAX_DEPTH: usize = 64;

/// Deflate, the strongest filter of HDF5, packs at most 1032 bytes into one
/// (<https://zlib.net/zlib_tech.html>). A dataset that claims more was never written.
const MAX_COMPRESSION: u64 = 1032;

/// Arrays this small are not worth the question how much of them is stored.
const SMALL_ARRAY: u64 = 1 << 20;

/// The most elements of one chunk that [`store`] writes; larger arrays are split along their
/// leading dimensions, so that a reader can inflate one piece at a time.
const CHUNK_ELEMENTS: usize = 1 << 20;

/// Strings of fixed length are read up to this many bytes. NIR writes none itself; they occur in
/// metadata.
const LONGEST_FIXED_STRING: usize = 1024;

/// What may still be read; a hostile file can link to the same object many times.
struct Budget {
    bytes: u64,
    objects: u64,
}

/// Reads the whole file at `path` into memory. Datasets that cannot be read become
/// [`Item::Unreadable`], so that the caller can name the node that they belong to.
///
/// All arrays together may take `max_bytes`.
pub(super) fn load(path: &Path, max_bytes: u64) -> Result<Group, Finding> {
    let cannot_open = |error: hdf5::Error| {
        Finding::error(
            "nir-file-corrupt",
            "a NIR file is a readable HDF5 file",
            format!("`{}`: {}", path.display(), message(&error)),
        )
        .why("the file begins as HDF5 but cannot be opened: it is truncated, damaged or locked")
        .fix("fetch or export the file again")
    };
    let file = hdf5::File::open(path).map_err(cannot_open)?;
    // The smallest link in an HDF5 file takes more than eight bytes.
    let mut budget = Budget {
        bytes: max_bytes,
        objects: file.size() / 8,
    };
    load_group(&file, 0, &mut budget).map_err(cannot_open)
}

/// The first line of the library's error.
fn message(error: &hdf5::Error) -> String {
    error.to_string().lines().next().unwrap_or("").to_owned()
}

fn load_group(group: &Hdf5Group, depth: usize, budget: &mut Budget) -> hdf5::Result<Group> {
    let mut items = Group::new();
    for (name, link) in group.links(IndexType::Name, IterationOrder::Native)? {
        let item = match link.link_type {
            LinkType::Hard => load_item(group, &name, depth, budget)
                .unwrap_or_else(|error| Item::Unreadable(message(&error))),
            LinkType::Soft => Item::Unreadable("a soft link".to_owned()),
            LinkType::External => Item::Unreadable("a link to another file".to_owned()),
        };
        items.insert(name, item);
    }
    Ok(items)
}

fn load_item(
    group: &Hdf5Group,
    name: &str,
    depth: usize,
    budget: &mut Budget,
) -> hdf5::Result<Item> {
    let Some(objects) = budget.objects.checked_sub(1) else {
        return Err("more objects than a file of this size can hold".into());
    };
    budget.objects = objects;
    match group.loc_type_by_name(name)? {
        LocationType::Group if depth >= MAX_DEPTH => {
            Err(format!("groups nested deeper than {MAX_DEPTH}").into())
        }
        LocationType::Group => {
            load_group(&group.group(name)?, depth + 1, budget).map(Item::Group)
        }
        LocationType::Dataset => load_array(&group.dataset(name)?, budget).map(Item::Array),
        _ => Err("neither a group nor a dataset".into()),
    }
}

fn load_array(dataset: &Dataset, budget: &mut Budget) -> hdf5::Result<Array> {
    let space = dataset.space()?;
    if space.is_null() {
        return Err("an empty dataspace".into());
    }
    let shape = space.shape();
    let dtype = dataset.dtype()?;
    // In memory a variable-length string is a pointer of the element size.
    let bytes = shape
        .iter()
        .try_fold(dtype.size(), |product, &extent| product.checked_mul(extent))
        .map_or(u64::MAX, |bytes| bytes as u64);
    let Some(left) = budget.bytes.checked_sub(bytes) else {
        return Err(format!("shape {shape:?} exceeds the memory that reading may take").into());
    };
    budget.bytes = left;
    if bytes > SMALL_ARRAY && bytes / MAX_COMPRESSION > dataset.storage_size() {
        return Err(format!("shape {shape:?} has no data behind it").into());
    }
    if dataset.offset().is_none() {
        // Only data inside this file is read: no raw external files, no virtual datasets.
        let creation = dataset.dcpl()?;
        let external = match creation.get_layout()? {
            hdf5::dataset::Layout::Virtual => true,
            hdf5::dataset::Layout::Contiguous => !creation.get_external()?.is_empty(),
            _ => false,
        };
        if external {
            return Err("its data lies in another file".into());
        }
    }
    elements(dataset, &dtype, &shape)
}

/// Reads the elements in the type that the file has, widened only where [`Tensor`] lacks it.
fn elements(dataset: &Dataset, dtype: &Datatype, shape: &[usize]) -> hdf5::Result<Array> {
    // The types that NIR files hold come first: a comparison is cheaper than a description.
    if dtype.is::<f32>() {
        numbers::<f32>(dataset, shape, None)
    } else if dtype.is::<f64>() {
        numbers::<f64>(dataset, shape, None)
    } else if dtype.is::<i64>() {
        numbers::<i64>(dataset, shape, None)
    } else if dtype.is::<VarLenUnicode>() {
        strings::<VarLenUnicode>(dataset, shape)
    } else if dtype.is::<bool>() {
        booleans(dataset, shape)
    } else if dtype.is::<VarLenAscii>() {
        strings::<VarLenAscii>(dataset, shape)
    } else if dtype.size() <= 8 {
        small_elements(dataset, dtype, shape)
    } else if dtype.size() <= LONGEST_FIXED_STRING
        && dtype.conv_to::<FixedAscii<LONGEST_FIXED_STRING>>().is_some()
    {
        fixed_strings(dataset, shape)
    } else {
        Err("an unsupported element type".into())
    }
}

/// Elements of at most 8 bytes. (The library may not be asked to describe larger ones: it copies
/// the values of an enumeration of any size into 8 bytes.)
fn small_elements(dataset: &Dataset, dtype: &Datatype, shape: &[usize]) -> hdf5::Result<Array> {
    use TypeDescriptor::{FixedAscii, FixedUnicode, Float, Integer, Unsigned};
    match dtype.to_descriptor() {
        Ok(Float(FloatSize::U4)) => numbers::<f32>(dataset, shape, None),
        Ok(Float(FloatSize::U8)) => numbers::<f64>(dataset, shape, None),
        Ok(Integer(IntSize::U1)) => numbers::<i8>(dataset, shape, None),
        Ok(Integer(IntSize::U2)) => numbers::<i16>(dataset, shape, None),
        Ok(Integer(IntSize::U4)) => numbers::<i32>(dataset, shape, None),
        Ok(Integer(IntSize::U8)) => numbers::<i64>(dataset, shape, None),
        Ok(Unsigned(IntSize::U1)) => numbers::<i16>(dataset, shape, Some("u8")),
        Ok(Unsigned(IntSize::U2)) => numbers::<i32>(dataset, shape, Some("u16")),
        Ok(Unsigned(IntSize::U4)) => numbers::<i64>(dataset, shape, Some("u32")),
        Ok(Unsigned(IntSize::U8)) => unsigned_64(dataset, shape),
        Ok(FixedAscii(_) | FixedUnicode(_)) => fixed_strings(dataset, shape),
        // A two-byte float has no description; two-byte integers and enumerations have one.
        Err(_) if dtype.size() == 2 && dtype.conv_to::<f32>().is_some() => {
            numbers::<f32>(dataset, shape, Some("f16"))
        }
        Ok(other) => Err(format!("elements of type {other}").into()),
        Err(error) => Err(error),
    }
}

/// Reads straight into the memory that the tensor keeps.
fn numbers<T: H5Type>(
    dataset: &Dataset,
    shape: &[usize],
    widened_from: Option<&'static str>,
) -> hdf5::Result<Array>
where
    Tensor: From<ArrayD<T>>,
{
    let array = ArrayD::from_shape_vec(shape, dataset.read_raw::<T>()?)?;
    Ok(Array::Number {
        tensor: array.into(),
        widened_from,
    })
}

/// 64-bit unsigned integers, which must fit 63 bits.
fn unsigned_64(dataset: &Dataset, shape: &[usize]) -> hdf5::Result<Array> {
    let elements: Result<Vec<i64>, _> = dataset
        .read_raw::<u64>()?
        .into_iter()
        .map(i64::try_from)
        .collect();
    let elements = elements.map_err(|_| hdf5::Error::from("a u64 too large for i64"))?;
    Ok(Array::Number {
        tensor: ArrayD::from_shape_vec(shape, elements)?.into(),
        widened_from: Some("u64"),
    })
}

/// A boolean as the file stores it: an enumeration whose byte may be neither 0 nor 1.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct StoredBool(i8);

// SAFETY: the HDF5 type of `bool` is an enumeration over i8, which has the layout of `StoredBool`,
// and every byte is a valid `StoredBool`.
#[expect(unsafe_code, reason = "the library's own `bool` is undefined for hostile bytes")]
unsafe impl H5Type for StoredBool {
    fn type_descriptor() -> TypeDescriptor {
        TypeDescriptor::Boolean
    }
}

fn booleans(dataset: &Dataset, shape: &[usize]) -> hdf5::Result<Array> {
    let bools: Vec<bool> = dataset
        .read_raw::<StoredBool>()?
        .into_iter()
        .map(|stored| stored.0 != 0)
        .collect();
    Ok(Array::Bool(ArrayD::from_shape_vec(shape, bools)?))
}

/// Strings of any HDF5 string type, checked to be UTF-8.
fn strings<T: H5Type + AsRef<[u8]>>(dataset: &Dataset, shape: &[usize]) -> hdf5::Result<Array> {
    let texts: Result<Vec<String>, _> = dataset
        .read_raw::<T>()?
        .iter()
        .map(|text| String::from_utf8(text.as_ref().to_vec()))
        .collect();
    let texts = texts.map_err(|_| hdf5::Error::from("a string is not UTF-8"))?;
    Ok(Array::Text(ArrayD::from_shape_vec(shape, texts)?))
}

/// Strings of fixed length. The library does not convert between its two character sets, so one
/// of the two attempts fits.
fn fixed_strings(dataset: &Dataset, shape: &[usize]) -> hdf5::Result<Array> {
    strings::<FixedAscii<LONGEST_FIXED_STRING>>(dataset, shape)
        .or_else(|_| strings::<FixedUnicode<LONGEST_FIXED_STRING>>(dataset, shape))
}

/// Writes `tree` as an HDF5 file at `path`, in place of what is there.
///
/// Arrays of numbers are packed with gzip at level `gzip`, where it is given. The same tree gives
/// the same bytes: objects carry no time stamps.
pub(super) fn store(tree: &Group, path: &Path, gzip: Option<u8>) -> Result<(), Finding> {
    let failed = |error: hdf5::Error| {
        Finding::error(
            "nir-write-failed",
            "the file can be written",
            format!("`{}`: {}", path.display(), message(&error)),
        )
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
                let texts: Result<Vec<VarLenUnicode>, _> =
                    texts.iter().map(|text| VarLenUnicode::from_str(text)).collect();
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
