//! Arrays of numpy, of any numeric type, as 32-bit floats.

use std::panic::catch_unwind;

use half::f16;
use ndarray::{ArrayD, ShapeBuilder};
use nirc_dialects::finding::Finding;
use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};

use super::file::unreadable;

/// The most brackets in the header of an array of numbers, which has two: the header's parser
/// recurses, and a hostile header must not exhaust the stack.
const MAX_BRACKETS: usize = 64;

/// The array in the bytes of an `.npy`, row-major. `name` is how findings call it.
///
/// # Errors
///
/// `run-npy` if it is no array of numbers, damaged or too short; `run-input` if a value is not
/// finite or an integer that 32-bit floats do not hold.
pub fn read(bytes: &[u8], name: &str) -> Result<ArrayD<f32>, Finding> {
    let refuse = |what: &str| unreadable(name, what);
    let brackets = |text: &[u8]| text.iter().filter(|byte| b"([{".contains(byte)).count();
    if brackets(header_text(bytes)) > MAX_BRACKETS {
        return Err(refuse("it is no array of numbers"));
    }
    // The parser multiplies the extents, which overflows if they are hostile.
    let file = catch_unwind(|| NpyFile::new(bytes))
        .map_err(|_| refuse("the shape in its header is impossible"))?
        .map_err(|e| refuse(e.to_string().lines().next().unwrap_or_default()))?;
    let dtype = file.dtype();
    let unsupported = || refuse(&format!("it has elements of type {}", dtype.descr()));
    let DType::Plain(element) = &dtype else {
        return Err(unsupported());
    };
    let size = element.num_bytes().filter(|size| *size > 0);
    let shape: Option<Vec<usize>> = file
        .shape()
        .iter()
        .map(|extent| usize::try_from(*extent).ok())
        .collect();
    let count = |shape: &[usize]| {
        let multiply = |product: usize, extent: &usize| product.checked_mul(*extent);
        shape.iter().try_fold(1, multiply)
    };
    let fits = |shape: &Vec<usize>| {
        let needed = count(shape).and_then(|count| count.checked_mul(size?));
        needed.is_some_and(|needed| needed <= bytes.len())
    };
    let Some(shape) = shape.filter(fits) else {
        return Err(match size {
            Some(_) => refuse("it is shorter than its header says"),
            None => unsupported(),
        });
    };
    let order = file.order();
    let values = match (element.type_char(), size) {
        (TypeChar::Bool, _) => floats(file, |x: bool| Some(f32::from(u8::from(x)))),
        (TypeChar::Uint, Some(1)) => floats(file, |x: u8| Some(f32::from(x))),
        (TypeChar::Uint, Some(2)) => floats(file, |x: u16| Some(f32::from(x))),
        (TypeChar::Uint, Some(4)) => floats(file, |x: u32| exact(x.into())),
        (TypeChar::Uint, Some(8)) => floats(file, |x: u64| exact(x.into())),
        (TypeChar::Int, Some(1)) => floats(file, |x: i8| Some(f32::from(x))),
        (TypeChar::Int, Some(2)) => floats(file, |x: i16| Some(f32::from(x))),
        (TypeChar::Int, Some(4)) => floats(file, |x: i32| exact(x.into())),
        (TypeChar::Int, Some(8)) => floats(file, |x: i64| exact(x.into())),
        (TypeChar::Float, Some(2)) => floats(file, |x: f16| finite(x.to_f64())),
        (TypeChar::Float, Some(4)) => floats(file, |x: f32| finite(x.into())),
        (TypeChar::Float, Some(8)) => floats(file, finite),
        _ => return Err(unsupported()),
    };
    let values = values.map_err(|why| match why {
        Refused::Read(what) => refuse(&what),
        Refused::Value(index) => values_finding(name, &format!("element {index}")),
    })?;
    let fortran = order == Order::Fortran;
    let array =
        ArrayD::from_shape_vec(shape.set_f(fortran), values).map_err(|e| refuse(&e.to_string()))?;
    Ok(if fortran {
        array.as_standard_layout().into_owned()
    } else {
        array
    })
}

/// The text of a header: behind the version its length in 2 bytes, from version 2 on in 4.
/// Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
fn header_text(bytes: &[u8]) -> &[u8] {
    let (begin, length) = match bytes {
        [_, _, _, _, _, _, 1, _, a, b, ..] => (10, u32::from_le_bytes([*a, *b, 0, 0])),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => (12, u32::from_le_bytes([*a, *b, *c, *d])),
        _ => return &[],
    };
    let end = (begin + length as usize).min(bytes.len());
    bytes.get(begin..end).unwrap_or_default()
}

/// Values that input cannot have; `place` says which.
pub fn values_finding(name: &str, place: &str) -> Finding {
    Finding::error(
        "run-input",
        "input is finite, and 32-bit floats hold its integers",
        format!("`{name}`: {place} is not finite, or too large"),
    )
}

/// The integer, if a 32-bit float holds it exactly.
pub fn exact(x: i128) -> Option<f32> {
    let float = x as f32;
    (float as i128 == x).then_some(float)
}

/// The nearest 32-bit float, if it is finite.
pub fn finite(x: f64) -> Option<f32> {
    Some(x as f32).filter(|x| x.is_finite())
}

enum Refused {
    Read(String),
    Value(usize),
}

fn floats<T: Deserialize>(
    file: NpyFile<&[u8]>,
    convert: impl Fn(T) -> Option<f32>,
) -> Result<Vec<f32>, Refused> {
    let data = file.data::<T>().map_err(|e| Refused::Read(e.to_string()))?;
    let mut values = Vec::with_capacity(usize::try_from(data.len()).unwrap_or(0));
    for (index, value) in data.enumerate() {
        let value = value.map_err(|e| Refused::Read(e.to_string()))?;
        values.push(convert(value).ok_or(Refused::Value(index))?);
    }
    Ok(values)
}
