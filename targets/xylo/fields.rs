//! Reading typed fields out of a JSON tree, collecting every fault instead of stopping at the first.

use nirc_dialects::finding::{Finding, Findings};

use super::json::{Integers, Json};

/// Most elements of a shape that is taken from a file before anything is allocated for it.
const MAX_ELEMENTS: usize = 1 << 28;

/// An array of `i32` of a known number of dimensions.
#[derive(Debug)]
pub(crate) struct Elements {
    /// The extent of each dimension.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<i32>,
}

/// The collector: every method returns `None` after it has noted why.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// What was wrong so far.
    pub findings: Findings,
}

impl Fields {
    /// Notes a value of the wrong type.
    pub fn wrong_type(&mut self, path: &str, expected: &'static str, found: &Json) {
        let what = format!("`{path}` is {}; {expected} is needed", found.kind());
        self.findings.push(
            Finding::error(
                "xylo-json-type",
                "every field has the type of its format",
                what,
            )
            .fix("write whole numbers without a fraction, and flags as true or false"),
        );
    }

    /// Notes an array of the wrong shape.
    pub fn wrong_shape(&mut self, path: &str, what: impl std::fmt::Display) {
        self.findings.push(Finding::error(
            "xylo-json-shape",
            "every array has the shape that the network's sizes give it",
            format!("`{path}` {what}"),
        ));
    }

    /// The member `key` of `object`; its absence, or null, is a fault.
    pub fn member<'j>(&mut self, object: &'j Json, path: &str, key: &str) -> Option<&'j Json> {
        match object.get(key) {
            None | Some(Json::Null) => {
                let what = format!("`{}` is missing", join(path, key));
                self.findings.push(Finding::error(
                    "xylo-json-missing-key",
                    "every required key is present",
                    what,
                ));
                None
            }
            value => value,
        }
    }

    /// An integer that fits 32 bits.
    pub fn integer(&mut self, json: &Json, path: &str) -> Option<i32> {
        match json {
            Json::Integer(value) => self.narrow(std::slice::from_ref(value), path)?.pop(),
            other => {
                self.wrong_type(path, "an integer", other);
                None
            }
        }
    }

    /// A number of things: an integer that is not negative.
    pub fn count(&mut self, json: &Json, path: &str) -> Option<usize> {
        let value = self.integer(json, path)?;
        let count = usize::try_from(value).ok();
        if count.is_none() {
            self.wrong_shape(path, format_args!("is {value}; a count is never negative"));
        }
        count
    }

    /// A boolean.
    pub fn boolean(&mut self, json: &Json, path: &str) -> Option<bool> {
        match json {
            Json::Bool(value) => Some(*value),
            other => {
                self.wrong_type(path, "true or false", other);
                None
            }
        }
    }

    /// A string.
    pub fn string(&mut self, json: &Json, path: &str) -> Option<String> {
        match json {
            Json::String(value) => Some(value.clone()),
            other => {
                self.wrong_type(path, "a string", other);
                None
            }
        }
    }

    /// A list of integers.
    pub fn row(&mut self, json: &Json, path: &str) -> Option<Vec<i32>> {
        Some(self.elements(json, path, 1)?.values)
    }

    /// A rectangular array of integers of `rank` dimensions. An empty list stands for any shape
    /// without elements.
    pub fn elements(&mut self, json: &Json, path: &str, rank: usize) -> Option<Elements> {
        let Json::Integers(Integers { shape, values }) = json else {
            match json {
                Json::Array(items) => self.irregular(items, path),
                other => self.wrong_type(path, "a list of integers", other),
            }
            return None;
        };
        let mut shape = shape.clone();
        if values.is_empty() && shape.len() < rank {
            shape.resize(rank, 0);
        }
        if shape.len() != rank {
            let found = shape.len();
            self.wrong_shape(
                path,
                format_args!("has {found} dimensions; {rank} are needed"),
            );
            return None;
        }
        let values = self.narrow(values, path)?;
        Some(Elements { shape, values })
    }

    /// A matrix given as dimensions and a flat list, as samna writes it.
    pub fn check_size(&mut self, path: &str, dimensions: [usize; 2], found: usize) -> Option<()> {
        let [rows, columns] = dimensions;
        let size = rows.checked_mul(columns).filter(|&n| n <= MAX_ELEMENTS);
        if size != Some(found) {
            let what = format!("is declared {rows} x {columns} but has {found} values");
            self.wrong_shape(path, what);
            return None;
        }
        Some(())
    }

    fn narrow(&mut self, values: &[i64], path: &str) -> Option<Vec<i32>> {
        let narrow: Option<Vec<i32>> = values.iter().map(|&v| i32::try_from(v).ok()).collect();
        if narrow.is_none() {
            let mut wide = values.iter().filter(|v| i32::try_from(**v).is_err());
            let first = wide.next().copied().unwrap_or_default();
            let more = wide.count();
            self.findings.push(Finding::error(
                "xylo-json-integer-range",
                "every integer fits 32 bits",
                format!("`{path}` holds {first} and {more} more such values"),
            ));
        }
        narrow
    }

    fn irregular(&mut self, items: &[Json], path: &str) {
        for (i, item) in items.iter().enumerate() {
            match item {
                Json::Integer(_) | Json::Integers(_) => {}
                Json::Array(inner) => return self.irregular(inner, &format!("{path}[{i}]")),
                other => return self.wrong_type(&format!("{path}[{i}]"), "an integer", other),
            }
        }
        let shape = |json: &Json| match json {
            Json::Integers(array) => format!("a list of shape {:?}", array.shape),
            _ => "a single integer".to_owned(),
        };
        let first = items.first().map(shape).unwrap_or_default();
        let odd = items
            .iter()
            .map(shape)
            .enumerate()
            .find(|(_, s)| *s != first);
        let (i, other) = odd.unwrap_or_default();
        let what = format!("is ragged: element 0 is {first}, element {i} is {other}");
        self.wrong_shape(path, what);
    }
}

/// `path.key`, or `key` at the root.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
