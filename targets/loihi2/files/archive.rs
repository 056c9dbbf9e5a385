//! Arrays of integers in numpy's archive.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read, Write},
};

use ndarray::ArrayD;
use nirc_dialects::tensor::Tensor;
use npyz::{AutoSerialize, Deserialize, NpyFile, WriterBuilder};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// What an array may take in memory.
const MOST_BYTES: u64 = 4 << 30;

/// The archive of arrays, in the order of their names, without time stamps.
pub fn write(arrays: &BTreeMap<String, Tensor>) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, tensor) in arrays {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(tensor.len() as u64 >= u64::from(u32::MAX) / 8);
        archive.start_file(format!("{name}.npy"), options)?;
        let shape: Vec<u64> = tensor.shape().iter().map(|extent| *extent as u64).collect();
        match tensor {
            Tensor::I8(array) => add(&mut archive, &shape, array.iter().copied())?,
            Tensor::I16(array) => add(&mut archive, &shape, array.iter().copied())?,
            Tensor::I32(array) => add(&mut archive, &shape, array.iter().copied())?,
            Tensor::I64(array) => add(&mut archive, &shape, array.iter().copied())?,
            _ => return Err(io::Error::other(format!("`{name}` is not of integers"))),
        }
    }
    Ok(archive.finish()?.into_inner())
}

fn add<T: AutoSerialize>(
    archive: impl Write,
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> io::Result<()> {
    let mut buffer = io::BufWriter::new(archive);
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut array = options.writer(&mut buffer).begin_nd()?;
    array.extend(values)?;
    array.finish()?;
    buffer.flush()
}

/// The arrays of an archive.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    let mut arrays = BTreeMap::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|e| e.to_string())?;
        let name = file.name().to_owned();
        let tensor = array(file).map_err(|e| format!("`{name}`: {e}"))?;
        let name = name.strip_suffix(".npy").unwrap_or(&name);
        arrays.insert(name.to_owned(), tensor);
    }
    Ok(arrays)
}

fn array(file: impl Read) -> Result<Tensor, String> {
    let file = NpyFile::new(io::BufReader::new(file)).map_err(|e| e.to_string())?;
    let too_large = || "it is too large".to_owned();
    let shape: Option<Vec<usize>> = file
        .shape()
        .iter()
        .map(|e| usize::try_from(*e).ok())
        .collect();
    let shape = shape.ok_or_else(too_large)?;
    let bytes = file
        .shape()
        .iter()
        .try_fold(8u64, |bytes, e| bytes.checked_mul(*e));
    bytes
        .filter(|bytes| *bytes <= MOST_BYTES)
        .ok_or_else(too_large)?;
    if file.order() != npyz::Order::C {
        return Err("it is not row-major".to_owned());
    }
    fn shaped<T>(values: io::Result<Vec<T>>, shape: Vec<usize>) -> Result<Tensor, String>
    where
        Tensor: From<ArrayD<T>>,
    {
        let array = ArrayD::from_shape_vec(shape, values.map_err(|e| e.to_string())?);
        Ok(array.map_err(|e| e.to_string())?.into())
    }
    fn elements<T: Deserialize>(file: NpyFile<impl Read>) -> io::Result<Vec<T>> {
        file.into_vec()
    }
    match file.dtype().descr().as_str() {
        "'|i1'" => shaped(elements::<i8>(file), shape),
        "'<i2'" => shaped(elements::<i16>(file), shape),
        "'<i4'" => shaped(elements::<i32>(file), shape),
        "'<i8'" => shaped(elements::<i64>(file), shape),
        other => Err(format!("its elements are {other}")),
    }
}
