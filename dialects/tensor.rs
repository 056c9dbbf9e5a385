//! Tensors, and the store that holds each of them once.
//!
//! A [`Tensor`] owns its elements through a shared, reference-counted `ndarray` array: a clone is a
//! pointer. Weights read from a file go into the [`TensorStore`] in the memory that they were read
//! into; the IR refers to them by key (`dense_resource<key>`), so no pass copies them.

use std::collections::BTreeMap;

use ndarray::{ArcArray, ArrayD, Dim, IxDynImpl};

/// A shared array of any rank, row-major.
pub type SharedArray<T> = ArcArray<T, Dim<IxDynImpl>>;

/// Calls `$body` with `$array` bound to the typed array inside `$tensor`.
#[macro_export]
macro_rules! with_elements {
    ($tensor:expr, $array:ident => $body:expr) => {
        match $tensor {
            $crate::tensor::Tensor::F32($array) => $body,
            $crate::tensor::Tensor::F64($array) => $body,
            $crate::tensor::Tensor::I64($array) => $body,
            $crate::tensor::Tensor::I32($array) => $body,
            $crate::tensor::Tensor::I16($array) => $body,
            $crate::tensor::Tensor::I8($array) => $body,
        }
    };
}

/// A tensor with the element type that the file or the chip gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Tensor {
    /// 32-bit floats.
    F32(SharedArray<f32>),
    /// 64-bit floats.
    F64(SharedArray<f64>),
    /// 64-bit integers; booleans of a file are held as 0 and 1.
    I64(SharedArray<i64>),
    /// 32-bit integers.
    I32(SharedArray<i32>),
    /// 16-bit integers.
    I16(SharedArray<i16>),
    /// 8-bit integers.
    I8(SharedArray<i8>),
}

impl Tensor {
    /// The extent of each dimension; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        with_elements!(self, a => a.shape())
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        with_elements!(self, a => a.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element type's MLIR name: `f32`, `f64`, `i64`, `i32`, `i16` or `i8`.
    pub fn element_type(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::I64(_) => "i64",
            Self::I32(_) => "i32",
            Self::I16(_) => "i16",
            Self::I8(_) => "i8",
        }
    }

    /// The element at row-major position `index`, as f64 (exact for all types but large i64), or
    /// `None` past the end.
    pub fn get(&self, index: usize) -> Option<f64> {
        fn at<T: Copy>(a: &SharedArray<T>, index: usize) -> Option<T> {
            match a.as_slice() {
                Some(s) => s.get(index).copied(),
                None => a.iter().nth(index).copied(),
            }
        }
        match self {
            Self::F32(a) => at(a, index).map(f64::from),
            Self::F64(a) => at(a, index),
            Self::I64(a) => at(a, index).map(|x| x as f64),
            Self::I32(a) => at(a, index).map(f64::from),
            Self::I16(a) => at(a, index).map(f64::from),
            Self::I8(a) => at(a, index).map(f64::from),
        }
    }

    /// All elements in row-major order, converted to f64. For parameters, not for large weights.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(a) => a.iter().map(|&x| f64::from(x)).collect(),
            Self::F64(a) => a.iter().copied().collect(),
            Self::I64(a) => a.iter().map(|&x| x as f64).collect(),
            Self::I32(a) => a.iter().map(|&x| f64::from(x)).collect(),
            Self::I16(a) => a.iter().map(|&x| f64::from(x)).collect(),
            Self::I8(a) => a.iter().map(|&x| f64::from(x)).collect(),
        }
    }

    /// The value that all elements share, if they share one.
    pub fn splat(&self) -> Option<f64> {
        fn uniform<T: PartialEq + Copy>(a: &SharedArray<T>) -> Option<T> {
            let mut elements = a.iter();
            let first = *elements.next()?;
            elements.all(|x| *x == first).then_some(first)
        }
        match self {
            Self::F32(a) => uniform(a).map(f64::from),
            Self::F64(a) => uniform(a),
            Self::I64(a) => uniform(a).map(|x| x as f64),
            Self::I32(a) => uniform(a).map(f64::from),
            Self::I16(a) => uniform(a).map(f64::from),
            Self::I8(a) => uniform(a).map(f64::from),
        }
    }

    /// Whether every element is a finite number.
    pub fn is_finite(&self) -> bool {
        match self {
            Self::F32(a) => a.iter().all(|x| x.is_finite()),
            Self::F64(a) => a.iter().all(|x| x.is_finite()),
            _ => true,
        }
    }
}

macro_rules! from_array {
    ($($element:ty => $variant:ident),*) => {$(
        impl From<ArrayD<$element>> for Tensor {
            fn from(array: ArrayD<$element>) -> Self {
                Self::$variant(array.into_shared())
            }
        }
        impl From<Vec<$element>> for Tensor {
            fn from(elements: Vec<$element>) -> Self {
                Self::$variant(ndarray::Array1::from(elements).into_dyn().into_shared())
            }
        }
    )*};
}
from_array!(f32 => F32, f64 => F64, i64 => I64, i32 => I32, i16 => I16, i8 => I8);

/// The tensors of one module, by key.
#[derive(Clone, Debug, Default)]
pub struct TensorStore {
    tensors: BTreeMap<String, Tensor>,
}

impl TensorStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds `tensor` under `key`, in place of what was there.
    pub fn insert(&mut self, key: impl Into<String>, tensor: Tensor) {
        self.tensors.insert(key.into(), tensor);
    }

    /// The tensor under `key`.
    pub fn get(&self, key: &str) -> Option<&Tensor> {
        self.tensors.get(key)
    }

    /// All tensors, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(k, t)| (k.as_str(), t))
    }
}
