//! What a layer's group holds, read as netx reads it.

use nirc_dialects::{
    nir::file::container::{Array, Group, Item},
    tensor::Tensor,
};

/// A group with its path in the file.
pub struct Fields<'g> {
    pub path: String,
    pub group: &'g Group,
}

/// Whole numbers of a dataset, cut towards 0 as numpy's `astype(int)`.
pub struct Integers {
    pub shape: Vec<usize>,
    pub values: Vec<i32>,
}

impl<'g> Fields<'g> {
    pub fn group(&self, name: &str) -> Option<Fields<'g>> {
        match self.group.get(name)? {
            Item::Group(group) => Some(Fields {
                path: format!("{}/{name}", self.path),
                group,
            }),
            _ => None,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.group.contains_key(name)
    }

    /// A string, alone or the first of a list.
    pub fn text(&self, name: &str) -> Result<&'g str, String> {
        match self.group.get(name) {
            Some(Item::Array(Array::Text(text))) => {
                let text = text.first().map(|text| text.trim_end_matches('\0'));
                text.ok_or_else(|| format!("`{name}` is empty"))
            }
            _ => Err(format!("`{name}` is no string")),
        }
    }

    fn tensor(&self, name: &str) -> Result<&'g Tensor, String> {
        match self.group.get(name) {
            Some(Item::Array(Array::Number { tensor, .. })) => Ok(tensor),
            Some(Item::Unreadable(why)) => Err(format!("`{name}`: {why}")),
            Some(_) => Err(format!("`{name}` holds no numbers")),
            None => Err(format!("it has no `{name}`")),
        }
    }

    pub fn integers(&self, name: &str) -> Result<Integers, String> {
        let tensor = self.tensor(name)?;
        if !tensor.is_finite() {
            return Err(format!("`{name}` holds numbers that are none"));
        }
        let whole = |x: f64| -> Result<i32, String> {
            let x = x.trunc();
            let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
            let fits = range.contains(&x);
            fits.then_some(x as i32)
                .ok_or_else(|| format!("`{name}` holds {x}"))
        };
        let values: Result<Vec<i32>, String> = tensor.to_f64().into_iter().map(whole).collect();
        Ok(Integers {
            shape: tensor.shape().to_vec(),
            values: values?,
        })
    }

    /// A number, alone or in a list of one.
    pub fn integer(&self, name: &str) -> Result<i32, String> {
        let integers = self.integers(name)?;
        match integers.values[..] {
            [value] => Ok(value),
            _ => Err(format!("`{name}` has {} values", integers.values.len())),
        }
    }

    fn natural(&self, name: &str, value: i32) -> Result<usize, String> {
        usize::try_from(value).map_err(|_| format!("`{name}` is {value}"))
    }

    pub fn naturals(&self, name: &str) -> Result<Vec<usize>, String> {
        let values = self.integers(name)?.values;
        values
            .into_iter()
            .map(|value| self.natural(name, value))
            .collect()
    }

    /// (rows, columns), or one number for both.
    pub fn pair(&self, name: &str) -> Result<[usize; 2], String> {
        match self.naturals(name)?[..] {
            [both] => Ok([both; 2]),
            [rows, columns] => Ok([rows, columns]),
            ref other => Err(format!("`{name}` has {} values", other.len())),
        }
    }

    pub fn one(&self, name: &str) -> Result<usize, String> {
        let value = self.integer(name)?;
        self.natural(name, value)
    }
}
