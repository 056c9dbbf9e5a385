//! JSON trees whose integer arrays are held flat.
//!
//! A Xylo configuration is mostly matrices of small integers. A tree that spends a node on every
//! number would take more memory than the network by two orders of magnitude; here an array of
//! integers, or of equally shaped arrays of integers, is one shape and one run of numbers. Object
//! keys keep their order, and nothing that was read is lost on writing.

use std::fmt::{self, Write};

use nirc_dialects::finding::{Finding, Findings};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// One JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits signed.
    Integer(i64),
    /// Any other number: a fraction, an exponent, a larger integer.
    Number(serde_json::Number),
    /// A string.
    String(String),
    /// An array of integers, or of equally shaped arrays of integers (and the empty array).
    Integers(Integers),
    /// Any other array.
    Array(Vec<Json>),
    /// An object, in the order of the text.
    Object(Vec<(String, Json)>),
}

/// A rectangular array of integers of any rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integers {
    /// The extent of each dimension, outermost first; at least one.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub values: Vec<i64>,
}

impl Integers {
    /// One dimension.
    pub fn row(values: Vec<i64>) -> Self {
        Self {
            shape: vec![values.len()],
            values,
        }
    }

    /// The outermost elements as values of their own.
    fn split(self) -> Vec<Json> {
        let Some((&count, inner)) = self.shape.split_first() else {
            return Vec::new();
        };
        if inner.is_empty() {
            return self.values.into_iter().map(Json::Integer).collect();
        }
        let size: usize = inner.iter().product();
        (0..count)
            .map(|i| {
                let values = self.values.get(i * size..(i + 1) * size).unwrap_or(&[]);
                Json::Integers(Self {
                    shape: inner.to_vec(),
                    values: values.to_vec(),
                })
            })
            .collect()
    }
}

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// A text that is not JSON, that repeats a key in one object (which value counts would depend
    /// on the reader), or that nests more than 128 levels.
    pub fn read(text: &str) -> Result<Self, Findings> {
        serde_json::from_str(text).map_err(|error| {
            let rule = "the file is JSON, without repeated keys";
            Finding::error("xylo-json", rule, error.to_string())
                .fix("write the file again with the tool that made it")
                .into()
        })
    }

    /// The value of `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of `key` for change, if this is an object that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// What this is, for a message: `an integer`, `a list`, ...
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Number(_) => "a number that is not a 64-bit integer",
            Self::String(_) => "a string",
            Self::Integers(_) => "a list of integers",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Writes the tree with an indent of four spaces, as samna does, but each innermost row of
    /// integers on one line.
    pub fn write(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text, 0);
        text.push('\n');
        text
    }

    fn write_to(&self, text: &mut String, indent: usize) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Integer(value) => write_integer(text, *value),
            Self::Number(value) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "{value}");
            }
            Self::String(value) => write_string(text, value),
            Self::Integers(array) => write_integers(text, &array.shape, &array.values, indent),
            Self::Array(items) => {
                write_items(text, ('[', ']'), items, indent, |text, item, indent| {
                    item.write_to(text, indent);
                });
            }
            Self::Object(members) => {
                let write = |text: &mut String, (key, value): &(String, Self), indent: usize| {
                    write_string(text, key);
                    text.push_str(": ");
                    value.write_to(text, indent);
                };
                write_items(text, ('{', '}'), members, indent, write);
            }
        }
    }
}

fn line(text: &mut String, indent: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', 4 * indent));
}

fn write_items<T>(
    text: &mut String,
    (open, close): (char, char),
    items: &[T],
    indent: usize,
    write: impl Fn(&mut String, &T, usize),
) {
    text.push(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        line(text, indent + 1);
        write(text, item, indent + 1);
    }
    if !items.is_empty() {
        line(text, indent);
    }
    text.push(close);
}

fn write_integer(text: &mut String, value: i64) {
    // Most weights of a large network are zero, and formatting would be most of the time of writing.
    if value == 0 {
        text.push('0');
    } else {
        // Writing to a string cannot fail.
        let _ = write!(text, "{value}");
    }
}

/// Each innermost row stands on one line; so does a row of pairs, which is how the weights of both
/// synapses of each target are written.
fn write_integers(text: &mut String, shape: &[usize], values: &[i64], indent: usize) {
    let (rows, inner) = match shape {
        [] | [_] => return write_row(text, values),
        [rows, inner @ ..] => (*rows, inner),
    };
    let size: usize = inner.iter().product();
    let ranges: Vec<_> = (0..rows).map(|i| i * size..(i + 1) * size).collect();
    write_items(text, ('[', ']'), &ranges, indent, |text, range, indent| {
        let row = values.get(range.clone()).unwrap_or(&[]);
        match *inner {
            [columns, synapses @ 1..=2] => write_pairs(text, columns, synapses, row),
            _ => write_integers(text, inner, row, indent),
        }
    });
}

fn write_pairs(text: &mut String, columns: usize, synapses: usize, values: &[i64]) {
    text.push('[');
    for i in 0..columns {
        text.push_str(if i > 0 { ", " } else { "" });
        let pair = i * synapses..(i + 1) * synapses;
        write_row(text, values.get(pair).unwrap_or(&[]));
    }
    text.push(']');
}

fn write_row(text: &mut String, values: &[i64]) {
    text.push('[');
    for (i, &value) in values.iter().enumerate() {
        text.push_str(if i > 0 { ", " } else { "" });
        write_integer(text, value);
    }
    text.push(']');
}

fn write_string(text: &mut String, value: &str) {
    // A JSON string is what serde_json makes of it; writing a string cannot fail.
    if let Ok(quoted) = serde_json::to_string(value) {
        text.push_str(&quoted);
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or_else(|_| Json::Number(value.into()), Json::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Items::Empty;
        while let Some(item) = sequence.next_element::<Json>()? {
            items = items.push(item);
        }
        Ok(match items {
            Items::Empty => Json::Integers(Integers::row(Vec::new())),
            Items::Flat {
                count,
                inner,
                values,
            } => {
                let mut shape = vec![count];
                shape.extend(inner);
                Json::Integers(Integers { shape, values })
            }
            Items::Mixed(items) => Json::Array(items),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            members.push((key, value));
        }
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(&[key, _]) = keys.array_windows::<2>().find(|[a, b]| a == b) {
            return Err(de::Error::custom(format!("the key `{key}` is repeated")));
        }
        Ok(Json::Object(members))
    }
}

/// An array as it is read: flat for as long as its items are integers of one shape.
enum Items {
    Empty,
    Flat {
        count: usize,
        inner: Vec<usize>,
        values: Vec<i64>,
    },
    Mixed(Vec<Json>),
}

impl Items {
    fn push(self, item: Json) -> Self {
        match (self, item) {
            (Self::Empty, Json::Integer(value)) => Self::Flat {
                count: 1,
                inner: Vec::new(),
                values: vec![value],
            },
            (Self::Empty, Json::Integers(array)) => Self::Flat {
                count: 1,
                inner: array.shape,
                values: array.values,
            },
            (Self::Empty, item) => Self::Mixed(vec![item]),
            (
                Self::Flat {
                    count,
                    inner,
                    mut values,
                },
                Json::Integer(value),
            ) if inner.is_empty() => {
                values.push(value);
                let count = count + 1;
                Self::Flat {
                    count,
                    inner,
                    values,
                }
            }
            (
                Self::Flat {
                    count,
                    inner,
                    mut values,
                },
                Json::Integers(array),
            ) if inner == array.shape => {
                values.extend(array.values);
                let count = count + 1;
                Self::Flat {
                    count,
                    inner,
                    values,
                }
            }
            (
                Self::Flat {
                    count,
                    inner,
                    values,
                },
                item,
            ) => {
                let mut shape = vec![count];
                shape.extend(inner);
                let mut items = Integers { shape, values }.split();
                items.push(item);
                Self::Mixed(items)
            }
            (Self::Mixed(mut items), item) => {
                items.push(item);
                Self::Mixed(items)
            }
        }
    }
}
