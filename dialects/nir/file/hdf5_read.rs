//! HDF5 files to trees, with the pure Rust crate `hdf5-reader`.
//!
//! A file is untrusted, and libhdf5 crashes or hangs on damaged ones; this crate does not, and its
//! errors are values. What a file declares is bounded before memory is asked for, and no other
//! file is opened.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use hdf5_reader::{
    Dataset, Datatype, H5Type, Hdf5File, OpenOptions, StringSize, VarLenKind,
    global_heap::GlobalHeapCollection, group,
};
use ndarray::ArrayD;

use super::{
    node_path,
    tree::{Array, Attribute, Attributes, Group, Item},
};
use crate::{
    finding::{Finding, Findings},
    tensor::Tensor,
};

/// The deepest nesting of groups that is read. A nested NIR graph takes two levels.
const MAX_DEPTH: usize = 64;

/// Deflate, the strongest filter of HDF5, packs at most 1032 bytes into one
/// (<https://zlib.net/zlib_tech.html>). Data that would need more was never written.
const MAX_COMPRESSION: u64 = 1032;

/// Why something cannot be read.
type Reason = String;
type Result<T> = std::result::Result<T, Reason>;

/// The datasets of one file, and what may still be read of them: a hostile file can link to the
/// same object many times.
struct Loader {
    file: Hdf5File,
    size: u64,
    bytes_left: u64,
    objects_left: u64,
    /// The addresses of the groups that are being read, outermost first.
    open_groups: Vec<u64>,
    /// The attributes of groups, where they are asked for.
    attributes: Option<Attributes>,
    /// The bytes of variable-length strings, by the address of their block and their index in it.
    heaps: BTreeMap<u64, BTreeMap<u64, Vec<u8>>>,
}

/// The contents of the HDF5 file `bytes`, which come from `path`. Datasets that cannot be read
/// become [`Item::Unreadable`], so that the caller can name the node that they belong to.
///
/// All arrays together may take `max_bytes`.
pub(super) fn load(
    bytes: Vec<u8>,
    path: &Path,
    max_bytes: u64,
) -> std::result::Result<Group, Findings> {
    load_parts(bytes, path, max_bytes, None).map(|(group, _)| group)
}

/// As [`load`], with the attributes of all groups that are a single number or string.
pub(in crate::nir) fn load_with_attributes(
    bytes: Vec<u8>,
    path: &Path,
    max_bytes: u64,
) -> std::result::Result<(Group, Attributes), Findings> {
    load_parts(bytes, path, max_bytes, Some(Attributes::new()))
}

fn load_parts(
    bytes: Vec<u8>,
    path: &Path,
    max_bytes: u64,
    attributes: Option<Attributes>,
) -> std::result::Result<(Group, Attributes), Findings> {
    let size = bytes.len() as u64;
    let read = || -> Result<(Group, Attributes)> {
        let options = OpenOptions::default(); // which resolves no link to another file
        let file = Hdf5File::from_vec_with_options(bytes, options).map_err(reason)?;
        let root = file.root_group().map_err(reason)?;
        let mut loader = Loader {
            file,
            size,
            bytes_left: max_bytes,
            // The smallest link in an HDF5 file takes more than eight bytes.
            objects_left: size / 8,
            open_groups: Vec::new(),
            attributes,
            heaps: BTreeMap::new(),
        };
        let group = loader.group(&root, "")?;
        Ok((group, loader.attributes.unwrap_or_default()))
    };
    // The crate returns errors; should a damaged file yet find a panic in it, that is caught here.
    let what = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(parts)) => return Ok(parts),
        Ok(Err(reason)) => reason,
        Err(_) => "the HDF5 reader failed".to_owned(),
    };
    Err(Finding::error(
        "nir-file-corrupt",
        "a NIR file is a readable HDF5 file",
        format!("`{}`: {what}", path.display()),
    )
    .why("the file begins as HDF5 but is truncated or damaged")
    .fix("fetch or export the file again")
    .into())
}

fn reason(error: hdf5_reader::error::Error) -> Reason {
    error.to_string()
}

impl Loader {
    fn group(&mut self, group: &group::Group, path: &str) -> Result<Group> {
        self.open_groups.push(group.address());
        let members = self.members(group, path);
        self.open_groups.pop();
        members
    }

    fn members(&mut self, group: &group::Group, path: &str) -> Result<Group> {
        if let Some(attributes) = &mut self.attributes {
            let read = group.attributes().map_err(reason)?;
            let read = read.iter().filter_map(attribute).collect();
            attributes.insert(path.to_owned(), read);
        }
        let (groups, datasets) = group.members().map_err(reason)?;
        let mut items = Group::new();
        for dataset in datasets {
            self.count_object()?;
            let item = self.array(&dataset);
            let item = item.map_or_else(Item::Unreadable, Item::Array);
            items.insert(dataset.name().to_owned(), item);
        }
        for group in groups {
            self.count_object()?;
            let item = if self.open_groups.contains(&group.address()) {
                Err("a group that contains itself".to_owned())
            } else if self.open_groups.len() >= MAX_DEPTH {
                Err(format!("groups nested deeper than {MAX_DEPTH}"))
            } else {
                self.group(&group, &node_path(path, group.name()))
            };
            let item = item.map_or_else(Item::Unreadable, Item::Group);
            items.insert(group.name().to_owned(), item);
        }
        Ok(items)
    }

    fn count_object(&mut self) -> Result<()> {
        let left = self.objects_left.checked_sub(1);
        self.objects_left =
            left.ok_or_else(|| "more objects than a file of this size can hold".to_owned())?;
        Ok(())
    }

    fn array(&mut self, dataset: &Dataset) -> Result<Array> {
        let shape = dataset.shape();
        let too_large = || format!("shape {shape:?} exceeds the memory that reading may take");
        let element = match dataset.raw_element_size().map_err(reason)? {
            0..4 => 8, // may be widened
            size => size as u64,
        };
        let bytes = shape
            .iter()
            .try_fold(element, |product, &extent| product.checked_mul(extent))
            .ok_or_else(too_large)?;
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or_else(too_large)?;
        if bytes / MAX_COMPRESSION > self.size {
            return Err(format!("shape {shape:?} has no data behind it"));
        }
        let shape: Option<Vec<usize>> = shape.iter().map(|&e| usize::try_from(e).ok()).collect();
        self.elements(dataset, &shape.ok_or_else(too_large)?)
    }

    /// Reads the elements in the type that the file has, widened only where [`Tensor`] lacks it.
    fn elements(&mut self, dataset: &Dataset, shape: &[usize]) -> Result<Array> {
        match dataset.dtype() {
            Datatype::FloatingPoint { size: 4, .. } => numbers::<f32>(dataset),
            Datatype::FloatingPoint { size: 8, .. } => numbers::<f64>(dataset),
            Datatype::FixedPoint { size, signed, .. } => match (size, signed) {
                (8, true) => numbers::<i64>(dataset),
                (4, true) => numbers::<i32>(dataset),
                (2, true) => numbers::<i16>(dataset),
                (1, true) => numbers::<i8>(dataset),
                (1, false) => widened(dataset, "u8", |x: u8| Some(i16::from(x))),
                (2, false) => widened(dataset, "u16", |x: u16| Some(i32::from(x))),
                (4, false) => widened(dataset, "u32", |x: u32| Some(i64::from(x))),
                (8, false) => widened(dataset, "u64", |x: u64| i64::try_from(x).ok()),
                _ => Err(unsupported(dataset)),
            },
            Datatype::Enum { members, .. } => {
                let names = members
                    .iter()
                    .map(|m| (m.name.as_str(), m.value.as_slice()));
                if !names.eq([("FALSE", &[0_u8][..]), ("TRUE", &[1])]) {
                    return Err(unsupported(dataset));
                }
                let bytes = dataset.read_raw_bytes().map_err(reason)?;
                let bools = bytes.iter().map(|&byte| byte != 0).collect();
                Ok(Array::Bool(shaped(shape, bools)?))
            }
            Datatype::String {
                size: StringSize::Fixed(_),
                ..
            } => Ok(Array::Text(shaped(
                shape,
                dataset.read_strings().map_err(reason)?,
            )?)),
            Datatype::String {
                size: StringSize::Variable,
                ..
            }
            | Datatype::VarLen {
                kind: VarLenKind::String,
                ..
            } => {
                let strings = self.strings(dataset)?;
                Ok(Array::Text(shaped(shape, strings)?))
            }
            _ => Err(unsupported(dataset)),
        }
    }

    /// Strings of variable length. Each is a reference of (length in 4 bytes, address of a global
    /// heap collection, index in 4 bytes); source: HDF5 File Format Specification 3.0, III.E and
    /// VIII.A. The crate would parse the collection again for every string.
    fn strings(&mut self, dataset: &Dataset) -> Result<Vec<String>> {
        let references = dataset.read_raw_bytes().map_err(reason)?;
        let width = dataset.vlen_reference_size();
        references
            .chunks_exact(width)
            .map(|reference| self.string(reference))
            .collect()
    }

    fn string(&mut self, reference: &[u8]) -> Result<String> {
        let number = |bytes: &[u8]| {
            let place = |value: u64, &byte: &u8| value.checked_mul(256)?.checked_add(byte.into());
            bytes.iter().rev().try_fold(0, place)
        };
        let damaged = || "a string refers to nothing".to_owned();
        let (length, rest) = reference.split_at_checked(4).ok_or_else(damaged)?;
        let split = rest.len().saturating_sub(4);
        let (address, index) = rest.split_at_checked(split).ok_or_else(damaged)?;
        let parts = (number(length), number(address), number(index));
        let (Some(length), Some(address), Some(index)) = parts else {
            return Err(damaged());
        };
        if index == 0 && length == 0 {
            return Ok(String::new());
        }
        let left = self.bytes_left.checked_sub(length);
        self.bytes_left =
            left.ok_or_else(|| "strings exceed the memory that reading may take".to_owned())?;
        let heap = match self.heaps.entry(address) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let (file, block) = (&self.file, self.file.superblock());
                let (offset_size, length_size) = (block.offset_size, block.length_size);
                let collection = GlobalHeapCollection::parse_at_storage(
                    file.storage(),
                    address,
                    offset_size,
                    length_size,
                )
                .map_err(reason)?;
                let objects = collection.objects.into_iter();
                entry.insert(objects.map(|o| (u64::from(o.index), o.data)).collect())
            }
        };
        let length = usize::try_from(length).map_err(|_| damaged())?;
        let bytes = heap.get(&index).and_then(|data| data.get(..length));
        let bytes = bytes.ok_or_else(damaged)?;
        // A writer may count the terminating zero byte.
        let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8(bytes.to_vec()).map_err(|_| "a string is not UTF-8".to_owned())
    }
}

/// The name and value of an attribute; `None` for any but a single number or string.
fn attribute(attribute: &hdf5_reader::Attribute) -> Option<(String, Attribute)> {
    let value = match &attribute.datatype {
        Datatype::FixedPoint { .. } => Attribute::Integer(attribute.read_as_f64().ok()? as i64),
        Datatype::FloatingPoint { .. } => Attribute::Float(attribute.read_as_f64().ok()?),
        _ => Attribute::Text(attribute.read_string().ok()?),
    };
    Some((attribute.name.clone(), value))
}

fn unsupported(dataset: &Dataset) -> Reason {
    let name = match dataset.dtype() {
        Datatype::FloatingPoint { size, .. } => format!("float of {size} bytes"),
        Datatype::FixedPoint { size, .. } => format!("integer of {size} bytes"),
        Datatype::Compound { .. } => "compound (as complex numbers are)".to_owned(),
        Datatype::Enum { .. } => "enumeration other than booleans".to_owned(),
        Datatype::Array { .. } => "array".to_owned(),
        Datatype::VarLen { .. } => "variable-length list".to_owned(),
        Datatype::Opaque { .. } => "opaque".to_owned(),
        _ => "reference or bit field".to_owned(),
    };
    format!("elements of an unsupported type: {name}")
}

fn shaped<T>(shape: &[usize], elements: Vec<T>) -> Result<ArrayD<T>> {
    ArrayD::from_shape_vec(shape, elements).map_err(|error| error.to_string())
}

/// Copies the elements once, from the file's bytes into the memory that the tensor keeps.
fn numbers<T: H5Type>(dataset: &Dataset) -> Result<Array>
where
    Tensor: From<ArrayD<T>>,
{
    Ok(Array::Number {
        tensor: dataset.read_array::<T>().map_err(reason)?.into(),
        widened_from: None,
    })
}

fn widened<T: H5Type + Copy, U>(
    dataset: &Dataset,
    from: &'static str,
    widen: impl Fn(T) -> Option<U>,
) -> Result<Array>
where
    Tensor: From<ArrayD<U>>,
{
    let narrow = dataset.read_array::<T>().map_err(reason)?;
    let shape = narrow.raw_dim();
    let wide: Option<Vec<U>> = narrow.into_iter().map(widen).collect();
    let wide = wide.ok_or_else(|| format!("a {from} too large for i64"))?;
    let array = ArrayD::from_shape_vec(shape, wide).map_err(|error| error.to_string())?;
    Ok(Array::Number {
        tensor: array.into(),
        widened_from: Some(from),
    })
}
