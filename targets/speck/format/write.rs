//! Fields to text.

use super::{Format, fields::Fields};
use crate::speck::configuration::Tensor;

/// Writes JSON without spaces; samna takes it as it takes its own.
pub(super) struct Writer {
    text: String,
    format: Format,
    /// Whether the next field of this object is its first.
    first: bool,
}

impl Writer {
    pub fn new(format: Format) -> Self {
        Self {
            text: "{".to_owned(),
            format,
            first: true,
        }
    }

    pub fn finish(mut self) -> String {
        self.text.push_str("}\n");
        self.text
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.text.push(',');
        }
        self.first = false;
        // Keys are our own, and have nothing to escape.
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    fn object(&mut self, body: impl FnOnce(&mut Self)) {
        self.text.push('{');
        self.first = true;
        body(self);
        self.text.push('}');
        self.first = false;
    }

    fn number(&mut self, value: i64) {
        let mut digits = [0; 20];
        let mut rest = value.unsigned_abs();
        let mut start = digits.len();
        while start > 0 {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.text.push('-');
        }
        self.text
            .extend(digits[start..].iter().map(|d| char::from(*d)));
    }

    /// Values, one after the other.
    fn row<T>(&mut self, values: &[T], mut value: impl FnMut(&mut Self, &T)) {
        self.text.push('[');
        for (i, item) in values.iter().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            value(self, item);
        }
        self.text.push(']');
    }

    /// Lists of lists.
    fn nested(&mut self, shape: &[usize], values: &[i32]) {
        match shape {
            [] | [_] => self.row(values, |w, v| w.number((*v).into())),
            [count, rest @ ..] => {
                let size: usize = rest.iter().product();
                self.text.push('[');
                for i in 0..*count {
                    if i > 0 {
                        self.text.push(',');
                    }
                    let part = values.get(i * size..(i + 1) * size).unwrap_or_default();
                    self.nested(rest, part);
                }
                self.text.push(']');
            }
        }
    }

    /// `{"dimensions":{"value0":4},"offsets":{"value0":1},"values":[0,0,0,0]}`
    fn archive(&mut self, shape: &[usize], values: impl FnOnce(&mut Self)) {
        let mut offsets: Vec<usize> = Vec::with_capacity(shape.len());
        let mut size = 1;
        for extent in shape.iter().rev() {
            offsets.push(size);
            size = size.saturating_mul(*extent);
        }
        offsets.reverse();
        self.object(|w| {
            for (key, numbers) in [("dimensions", shape), ("offsets", &offsets)] {
                w.key(key);
                w.object(|w| {
                    for (i, number) in numbers.iter().enumerate() {
                        w.key(&format!("value{i}"));
                        w.number(*number as i64);
                    }
                });
            }
            w.key("values");
            values(w);
        });
    }
}

impl Fields for Writer {
    fn group(&mut self, key: &str, body: impl FnOnce(&mut Self)) {
        self.key(key);
        self.object(body);
    }

    fn list<T>(&mut self, key: &str, items: &mut [T], mut item: impl FnMut(&mut Self, &mut T)) {
        self.key(key);
        match self.format {
            Format::Properties => {
                self.text.push('[');
                for (i, value) in items.iter_mut().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.object(|w| item(w, value));
                }
                self.text.push(']');
            }
            Format::Cereal => self.object(|w| {
                for (i, value) in items.iter_mut().enumerate() {
                    w.key(&format!("value{i}"));
                    w.object(|w| item(w, value));
                }
            }),
        }
    }

    fn integer(&mut self, key: &str, value: &mut i64) {
        self.key(key);
        self.number(*value);
    }

    fn flag(&mut self, key: &str, value: &mut bool) {
        self.key(key);
        self.text.push_str(if *value { "true" } else { "false" });
    }

    fn tensor(&mut self, key: &str, value: &mut Tensor, _: usize) {
        self.key(key);
        match self.format {
            Format::Properties => self.nested(&value.shape, &value.values),
            Format::Cereal => self.archive(&value.shape, |w| {
                w.row(&value.values, |w, v| w.number((*v).into()));
            }),
        }
    }

    fn unset_flags(&mut self, key: &str, like: &Tensor) {
        self.key(key);
        self.archive(&like.shape, |w| {
            w.row(&like.values, |w, _| w.text.push_str("false"));
        });
    }

    fn constant(&mut self, key: &str, text: &str) {
        self.key(key);
        self.text.push_str(text.trim_end());
    }
}
