//! Text to fields.

use std::borrow::Cow;

use nirc_dialects::finding::{Finding, Findings};
use serde_json::{Map, Value};

use super::{Format, fields::Fields};
use crate::speck::configuration::Tensor;

/// Takes fields from a tree of JSON, and says what is wrong with it.
pub(super) struct Reader<'v> {
    format: Format,
    /// The objects that lead to the present one, with the keys of each that were asked for.
    objects: Vec<(&'v Map<String, Value>, Vec<String>)>,
    path: Vec<String>,
    findings: Findings,
}

impl<'v> Reader<'v> {
    pub fn new(root: &'v Value, format: Format) -> Self {
        let mut reader = Self {
            format,
            objects: Vec::new(),
            path: Vec::new(),
            findings: Findings::new(),
        };
        match root {
            Value::Object(object) => reader.objects.push((object, Vec::new())),
            _ => reader.refuse("speck-field", "the text is not an object"),
        }
        reader
    }

    pub fn finish(mut self) -> Findings {
        self.leave();
        self.findings
    }

    fn refuse(&mut self, code: &'static str, what: impl Into<String>) {
        let mut what = what.into();
        if !self.path.is_empty() {
            what = format!("`{}`: {what}", self.path.join("."));
        }
        let rule = "a configuration has samna's fields, each of its type";
        self.findings.push(Finding::error(code, rule, what));
    }

    /// The value of a field; a finding if there is none.
    fn value(&mut self, key: &str) -> Option<&'v Value> {
        // After a finding about the object there is nothing to look for in it.
        let (object, asked) = self.objects.last_mut()?;
        asked.push(key.to_owned());
        let value = object.get(key);
        self.path.push(key.to_owned());
        if value.is_none() {
            self.refuse(
                "speck-field",
                "the field is missing; samna would not load it",
            );
            self.path.pop();
        }
        value
    }

    /// Reads an object below the present one.
    fn enter(&mut self, value: &'v Value, body: impl FnOnce(&mut Self)) {
        match value {
            Value::Object(object) => {
                self.objects.push((object, Vec::new()));
                body(self);
                self.leave();
            }
            _ => self.refuse("speck-field", "it is not an object"),
        }
    }

    /// Leaves an object, and says what of it nobody asked for.
    fn leave(&mut self) {
        let Some((object, asked)) = self.objects.pop() else {
            return;
        };
        // Both are short, and mostly in one order.
        for (i, key) in object.keys().enumerate() {
            if asked.get(i) == Some(key) || asked.contains(key) {
                continue;
            }
            let path = self.path.join(".");
            self.findings.push(
                Finding::warning(
                    "speck-unknown-field",
                    "a configuration has samna's fields and no others",
                    format!("`{path}` has a field `{key}` that is not known"),
                )
                .why("samna ignores it, and so does the chip's model"),
            );
        }
    }

    fn number(&mut self, value: &Value) -> Option<i64> {
        let number = value.as_i64();
        if number.is_none() {
            let what = format!("{} is not a whole number of 64 bits", short(value));
            self.refuse("speck-field", what);
        }
        number
    }

    /// An element of an array.
    fn element(&mut self, value: &Value) -> Option<i32> {
        let number = value.as_i64().and_then(|v| i32::try_from(v).ok());
        if number.is_none() {
            let what = format!("element {} is not a whole number of 32 bits", short(value));
            self.refuse("speck-field", what);
        }
        number
    }

    /// The shape of lists of lists, and their elements in order. `None` after a finding.
    fn nested(&mut self, value: &Value, axes: usize) -> Option<Tensor> {
        let mut shape = Vec::with_capacity(axes);
        let mut first = Some(value);
        while let Some(Value::Array(items)) = first {
            shape.push(items.len());
            first = items.first();
        }
        if shape.len() > axes || (shape.len() < axes && !shape.contains(&0)) {
            let what = format!("it has {} axes, not {axes}", shape.len());
            self.refuse("speck-tensor-axes", what);
            return None;
        }
        // A list that is empty hides the extents below it.
        shape.resize(axes, 0);
        let mut values = Vec::new();
        self.flatten(value, &shape, &mut values)?;
        Some(Tensor { shape, values })
    }

    fn flatten(&mut self, value: &Value, shape: &[usize], values: &mut Vec<i32>) -> Option<()> {
        let Some((extent, below)) = shape.split_first() else {
            values.push(self.element(value)?);
            return Some(());
        };
        match value {
            Value::Array(items) if items.len() == *extent => items
                .iter()
                .try_for_each(|item| self.flatten(item, below, values)),
            _ => {
                self.refuse("speck-tensor-ragged", "its lists have different lengths");
                None
            }
        }
    }

    /// `dimensions`, `offsets` and `values` of an array.
    fn archive(&mut self, value: &'v Value, axes: usize) -> Option<(Vec<usize>, &'v [Value])> {
        let mut extents = [Vec::new(), Vec::new()];
        let mut values: Option<&'v [Value]> = None;
        self.enter(value, |reader| {
            for (key, extents) in ["dimensions", "offsets"].into_iter().zip(&mut extents) {
                reader.group(key, |reader| {
                    for axis in 0..axes {
                        let mut extent = -1;
                        reader.integer(&format!("value{axis}"), &mut extent);
                        extents.extend(usize::try_from(extent));
                    }
                });
            }
            if let Some(found) = reader.value("values") {
                match found {
                    Value::Array(items) => values = Some(items),
                    _ => reader.refuse("speck-field", "it is not a list"),
                }
                reader.path.pop();
            }
        });
        let [shape, offsets] = extents;
        let values = values?;
        if shape.len() != axes || offsets.len() != axes {
            let what = "an extent or offset is no whole number from 0";
            self.refuse("speck-field", what);
            return None;
        }
        let mut size = Some(1_usize);
        let row_major = shape.iter().zip(&offsets).rev().all(|(extent, offset)| {
            let fits = size == Some(*offset) || *extent <= 1;
            size = size.and_then(|size| size.checked_mul(*extent));
            fits
        });
        if !row_major {
            self.refuse("speck-tensor-offsets", "its elements are not in row order");
            return None;
        }
        Some((shape, values))
    }
}

/// The beginning of a value as text.
fn short(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        other => other
            .to_string()
            .chars()
            .take(40)
            .collect::<String>()
            .into(),
    }
}

impl Fields for Reader<'_> {
    fn group(&mut self, key: &str, body: impl FnOnce(&mut Self)) {
        if let Some(value) = self.value(key) {
            self.enter(value, body);
            self.path.pop();
        }
    }

    fn list<T>(&mut self, key: &str, items: &mut [T], mut item: impl FnMut(&mut Self, &mut T)) {
        let Some(value) = self.value(key) else {
            return;
        };
        match (self.format, value) {
            (Format::Properties, Value::Array(values)) => {
                if values.len() != items.len() {
                    let what = format!("it has {} entries, not {}", values.len(), items.len());
                    self.refuse("speck-field", what);
                }
                for (i, (value, target)) in values.iter().zip(items).enumerate() {
                    self.path.push(i.to_string());
                    self.enter(value, |reader| item(reader, target));
                    self.path.pop();
                }
            }
            (Format::Properties, _) => self.refuse("speck-field", "it is not a list"),
            (Format::Cereal, value) => self.enter(value, |reader| {
                for (i, target) in items.iter_mut().enumerate() {
                    reader.group(&format!("value{i}"), |reader| item(reader, target));
                }
            }),
        }
        self.path.pop();
    }

    fn integer(&mut self, key: &str, target: &mut i64) {
        if let Some(value) = self.value(key) {
            if let Some(number) = self.number(value) {
                *target = number;
            }
            self.path.pop();
        }
    }

    fn flag(&mut self, key: &str, target: &mut bool) {
        if let Some(value) = self.value(key) {
            match value.as_bool() {
                Some(flag) => *target = flag,
                None => self.refuse("speck-field", "it is neither true nor false"),
            }
            self.path.pop();
        }
    }

    fn tensor(&mut self, key: &str, target: &mut Tensor, axes: usize) {
        let Some(value) = self.value(key) else {
            return;
        };
        let read = match self.format {
            Format::Properties => self.nested(value, axes),
            Format::Cereal => self.archive(value, axes).and_then(|(shape, items)| {
                let values = items.iter().map(|item| self.element(item));
                let values = values.collect::<Option<Vec<_>>>()?;
                Some(Tensor { shape, values })
            }),
        };
        if let Some(tensor) = read {
            *target = tensor;
        }
        self.path.pop();
    }

    fn unset_flags(&mut self, key: &str, like: &Tensor) {
        let Some(value) = self.value(key) else {
            return;
        };
        if let Some((shape, items)) = self.archive(value, like.shape.len()) {
            if shape != like.shape || items.len() != like.values.len() {
                let what = "it has another shape than the array that it is for";
                self.refuse("speck-kill-bits", what);
            } else if let Some(set) = items.iter().position(|item| *item != Value::Bool(false)) {
                let what = format!("element {set} is not false");
                self.refuse("speck-kill-bits", what);
            }
        }
        self.path.pop();
    }

    fn constant(&mut self, key: &str, text: &str) {
        let Some(value) = self.value(key) else {
            return;
        };
        if serde_json::from_str::<Value>(text).is_ok_and(|constant| constant != *value) {
            let finding = Finding::warning(
                "speck-factory",
                "the factory's settings are those of samna's default",
                format!("`{}` differs from samna's default", self.path.join(".")),
            );
            self.findings
                .push(finding.why("memory timing and test modes are not modelled, nor kept"));
        }
        self.path.pop();
    }
}
