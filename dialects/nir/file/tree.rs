//! The contents of an HDF5 file as a tree in memory, independent of any HDF5 library.

use std::collections::BTreeMap;

use ndarray::ArrayD;

use crate::tensor::Tensor;

/// A group: its members by name.
pub type Group = BTreeMap<String, Item>;

/// The attributes of groups: by the group's path from the root (empty for the root, its parts
/// joined with `/`), then by name.
pub(in crate::nir) type Attributes = BTreeMap<String, BTreeMap<String, Attribute>>;

/// An attribute with one value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::nir) enum Attribute {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
}

/// A member of a group.
#[derive(Clone, Debug)]
pub enum Item {
    /// A group of further members.
    Group(Group),
    /// A dataset.
    Array(Array),
    /// What could not be read, and why.
    Unreadable(String),
}

/// A dataset's contents.
#[derive(Clone, Debug)]
pub enum Array {
    /// Numbers.
    Number {
        /// The elements.
        tensor: Tensor,
        /// The element type of the file, where [`Tensor`] has none for it and holds a wider one.
        widened_from: Option<&'static str>,
    },
    /// Strings.
    Text(ArrayD<String>),
    /// Booleans.
    Bool(ArrayD<bool>),
}

impl Array {
    /// What the array is, for a finding: `f32 of shape [3, 2]`.
    pub fn describe(&self) -> String {
        let (element, shape) = match self {
            Self::Number {
                tensor,
                widened_from,
            } => (
                widened_from.unwrap_or(tensor.element_type()),
                tensor.shape(),
            ),
            Self::Text(text) => ("string", text.shape()),
            Self::Bool(bools) => ("bool", bools.shape()),
        };
        format!("{element} of shape {shape:?}")
    }
}

impl Item {
    /// What the item is, for a finding.
    pub fn describe(&self) -> String {
        match self {
            Self::Group(_) => "a group".to_owned(),
            Self::Array(array) => array.describe(),
            Self::Unreadable(why) => format!("unreadable ({why})"),
        }
    }

    /// A scalar string.
    pub fn text(text: &str) -> Self {
        Self::Array(Array::Text(ndarray::arr0(text.to_owned()).into_dyn()))
    }

    /// Numbers, in the element type that they have.
    pub fn number(tensor: impl Into<Tensor>) -> Self {
        Self::Array(Array::Number {
            tensor: tensor.into(),
            widened_from: None,
        })
    }
}
