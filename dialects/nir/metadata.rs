//! Metadata of a file as attributes, and back.

use std::collections::BTreeMap;

use melior::{
    Context,
    ir::{
        Attribute, Identifier,
        attribute::{ArrayAttribute, BoolAttribute, DictionaryAttribute, StringAttribute},
    },
};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use super::file::MetadataValue;
use crate::{
    ir::{AttributeValue, DenseTensor, MetadataAttribute},
    tensor::TensorStore,
};

type Metadata = BTreeMap<String, MetadataValue>;

/// The dictionary for `metadata`; `None` if there is none.
pub(super) fn to_attribute<'c>(
    context: &'c Context,
    metadata: &Metadata,
) -> Option<MetadataAttribute<'c>> {
    (!metadata.is_empty()).then(|| MetadataAttribute(dictionary(context, metadata)))
}

/// The metadata that a dictionary holds.
pub(super) fn from_attribute(attribute: Option<MetadataAttribute<'_>>) -> Metadata {
    attribute.and_then(|a| read_map(a.0)).unwrap_or_default()
}

fn dictionary<'c>(context: &'c Context, metadata: &Metadata) -> Attribute<'c> {
    let entries: Vec<_> = metadata
        .iter()
        .map(|(name, value)| (Identifier::new(context, name), write_value(context, value)))
        .collect();
    DictionaryAttribute::new(context, &entries).into()
}

fn write_value<'c>(context: &'c Context, value: &MetadataValue) -> Attribute<'c> {
    match value {
        MetadataValue::Map(map) => dictionary(context, map),
        MetadataValue::Text(text) => nested(context, text.view(), &|s| {
            StringAttribute::new(context, s).into()
        }),
        MetadataValue::Bool(flags) => nested(context, flags.view(), &|b| {
            BoolAttribute::new(context, *b).into()
        }),
        MetadataValue::Number(tensor) => match DenseTensor::inline(context, tensor, tensor.shape())
        {
            Some(dense) => dense.attribute(),
            None => Attribute::unit(context),
        },
    }
}

fn nested<'c, T>(
    context: &'c Context,
    values: ArrayViewD<'_, T>,
    leaf: &dyn Fn(&T) -> Attribute<'c>,
) -> Attribute<'c> {
    match values.ndim() {
        0 => values
            .first()
            .map_or_else(|| Attribute::unit(context), leaf),
        _ => {
            let list: Vec<_> = values
                .axis_iter(Axis(0))
                .map(|part| nested(context, part, leaf))
                .collect();
            ArrayAttribute::new(context, &list).into()
        }
    }
}

fn read_map(attribute: Attribute<'_>) -> Option<Metadata> {
    let dictionary = DictionaryAttribute::try_from(attribute).ok()?;
    let mut map = Metadata::new();
    for i in 0..dictionary.len() {
        let (name, value) = dictionary.element(i).ok()?;
        if let Some(value) = read_value(value) {
            map.insert(name.as_string_ref().as_str().ok()?.to_owned(), value);
        }
    }
    Some(map)
}

fn read_value(attribute: Attribute<'_>) -> Option<MetadataValue> {
    if let Some(map) = read_map(attribute) {
        return Some(MetadataValue::Map(map));
    }
    if let Some(dense) = DenseTensor::read(Some(attribute)) {
        return TensorStore::new()
            .resolve(dense)
            .ok()
            .map(MetadataValue::Number);
    }
    let (shape, leaves) = flatten(attribute);
    let texts: Option<Vec<String>> = leaves.iter().map(|a| String::read(Some(*a))).collect();
    if let Some(texts) = texts {
        return ArrayD::from_shape_vec(IxDyn(&shape), texts)
            .ok()
            .map(MetadataValue::Text);
    }
    let flags: Option<Vec<bool>> = leaves.iter().map(|a| bool::read(Some(*a))).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), flags?)
        .ok()
        .map(MetadataValue::Bool)
}

/// The shape and leaves of nested arrays of equal lengths.
fn flatten<'c>(attribute: Attribute<'c>) -> (Vec<usize>, Vec<Attribute<'c>>) {
    let Ok(array) = ArrayAttribute::try_from(attribute) else {
        return (Vec::new(), vec![attribute]);
    };
    let mut shape = vec![array.len()];
    let mut leaves = Vec::new();
    for (i, element) in (0..array.len())
        .filter_map(|i| array.element(i).ok())
        .enumerate()
    {
        let (inner, values) = flatten(element);
        if i == 0 {
            shape.extend(inner);
        }
        leaves.extend(values);
    }
    (shape, leaves)
}
