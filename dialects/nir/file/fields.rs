//! Typed access to the datasets of one node, with a finding for whatever does not fit.

use super::{
    Mode, at,
    shape::{MAX_SHAPE_ELEMENTS, elements},
    tree::{Array, Group, Item},
};
use crate::{
    finding::{Finding, Findings},
    tensor::Tensor,
};

/// The largest stride, padding, dilation, kernel or group count that is read; products of two of
/// them fit 64 bits.
const MAX_SIZE: i64 = i32::MAX as i64;

/// A finding says what is wrong; the value cannot be had.
#[derive(Debug)]
pub(super) struct Reported;

/// The finding about a dataset that HDF5 does not give.
pub(super) fn unreadable(name: &str, why: &str) -> Finding {
    Finding::error(
        "nir-unreadable-dataset",
        "every dataset of a graph can be read",
        format!("`{name}`: {why}"),
    )
}

/// The datasets of one node that have not been asked for yet.
pub(super) struct Fields<'a> {
    /// The path of the node.
    pub(super) path: &'a str,
    /// The NIR type of the node.
    pub(super) kind: &'a str,
    pub(super) mode: Mode,
    pub(super) members: Group,
    pub(super) findings: &'a mut Findings,
}

impl Fields<'_> {
    /// Records a finding about this node.
    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(at(finding, self.path));
    }

    fn wrong_type(&mut self, name: &str, expected: &str, found: &str) -> Reported {
        self.report(Finding::error(
            "nir-parameter-type",
            "a parameter has the element type and rank that NIR gives it",
            format!("`{name}` should be {expected}, but is {found}"),
        ));
        Reported
    }

    fn missing(&mut self, name: &str) -> Reported {
        let what = format!("{} has no `{name}`", self.kind);
        self.report(Finding::error(
            "nir-missing-parameter",
            "a node has all parameters of its type",
            what,
        ));
        Reported
    }

    /// The dataset `name`, or `None` if there is none.
    pub(super) fn array(&mut self, name: &str) -> Result<Option<Array>, Reported> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Item::Array(array)) => Ok(Some(array)),
            Some(Item::Unreadable(why)) => {
                self.report(unreadable(name, &why));
                Err(Reported)
            }
            Some(Item::Group(_)) => Err(self.wrong_type(name, "a dataset", "a group")),
        }
    }

    /// A parameter that may be absent.
    pub(super) fn optional_tensor(&mut self, name: &str) -> Result<Option<Tensor>, Reported> {
        let (tensor, stored) = match self.array(name)? {
            None => return Ok(None),
            Some(Array::Number {
                tensor,
                widened_from,
            }) => (tensor, widened_from),
            Some(Array::Bool(bools)) => (bools.mapv(i64::from).into(), Some("bool")),
            Some(text @ Array::Text(_)) => {
                return Err(self.wrong_type(name, "numbers", &text.describe()));
            }
        };
        if let Some(stored) = stored {
            self.report(Finding::note(
                "nir-element-type-widened",
                "an element type is kept as the file has it",
                format!(
                    "`{name}` is {stored} and is held as {}",
                    tensor.element_type()
                ),
            ));
        }
        Ok(Some(tensor))
    }

    /// A parameter that must be there.
    pub(super) fn tensor(&mut self, name: &str) -> Result<Tensor, Reported> {
        self.optional_tensor(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// Integers of rank 0 or 1: whether it is a scalar, and the values.
    fn integers(&mut self, name: &str) -> Result<Option<(bool, Vec<i64>)>, Reported> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let Array::Number { tensor, .. } = &array else {
            return Err(self.wrong_type(name, "integers", &array.describe()));
        };
        let scalar = tensor.shape().is_empty();
        // A shape without dimensions is an empty array, which numpy makes a float64.
        let values = match tensor {
            _ if tensor.shape() == [0] => Some(Vec::new()),
            _ if tensor.shape().len() > 1 || tensor.len() > 64 => None,
            Tensor::I64(a) => Some(a.iter().copied().collect()),
            Tensor::I32(a) => Some(a.iter().map(|&x| i64::from(x)).collect()),
            Tensor::I16(a) => Some(a.iter().map(|&x| i64::from(x)).collect()),
            Tensor::I8(a) => Some(a.iter().map(|&x| i64::from(x)).collect()),
            Tensor::F32(_) | Tensor::F64(_) => None,
        };
        match values {
            Some(values) => Ok(Some((scalar, values))),
            None => Err(self.wrong_type(
                name,
                "an integer or a short list of integers",
                &array.describe(),
            )),
        }
    }

    /// One integer, or `None` if it is absent.
    pub(super) fn optional_integer(&mut self, name: &str) -> Result<Option<i64>, Reported> {
        match self.integers(name)? {
            None => Ok(None),
            Some((_, values)) => match values[..] {
                [value] => Ok(Some(value)),
                _ => Err(self.wrong_type(name, "one integer", &format!("{values:?}"))),
            },
        }
    }

    /// `N` integers of at least `minimum`, or one that holds for all; `None` if absent.
    pub(super) fn optional_sizes<const N: usize>(
        &mut self,
        name: &str,
        minimum: i64,
    ) -> Result<Option<[usize; N]>, Reported> {
        let Some((scalar, values)) = self.integers(name)? else {
            return Ok(None);
        };
        let sizes: [i64; N] = match (scalar, values.first()) {
            (true, Some(&value)) => [value; N],
            _ => values.as_slice().try_into().map_err(|_| {
                self.wrong_type(name, &format!("{N} integers"), &format!("{values:?}"))
            })?,
        };
        if let Some(size) = sizes.iter().find(|s| !(minimum..=MAX_SIZE).contains(*s)) {
            self.report(Finding::error(
                "nir-parameter-range",
                "a parameter lies in its range",
                format!(
                    "`{name}` is {size}, but must be at least {minimum} and at most {MAX_SIZE}"
                ),
            ));
            return Err(Reported);
        }
        Ok(Some(sizes.map(|size| usize::try_from(size).unwrap_or(0))))
    }

    /// `N` integers of at least `minimum`, or one that holds for all.
    pub(super) fn sizes<const N: usize>(
        &mut self,
        name: &str,
        minimum: i64,
    ) -> Result<[usize; N], Reported> {
        self.optional_sizes(name, minimum)?
            .ok_or_else(|| self.missing(name))
    }

    /// A shape with possibly empty dimensions, or `None` if it is absent.
    pub(super) fn optional_shape(&mut self, name: &str) -> Result<Option<Vec<usize>>, Reported> {
        let Some((scalar, values)) = self.integers(name)? else {
            return Ok(None);
        };
        if scalar {
            let finding = self.mode.repair(
                "nir-scalar-shape",
                "a shape is a list of integers",
                format!("`{name}` is the scalar {values:?} and is read as a shape of rank 1"),
            );
            self.report(finding);
        }
        let shape: Option<Vec<usize>> = values.iter().map(|&v| usize::try_from(v).ok()).collect();
        match shape {
            Some(shape) if elements(&shape).is_some() => Ok(Some(shape)),
            _ => {
                self.report(Finding::error(
                    "nir-parameter-range",
                    "a parameter lies in its range",
                    format!(
                        "`{name}` is {values:?}; extents are positive and a shape has at most \
                         {MAX_SHAPE_ELEMENTS} elements"
                    ),
                ));
                Err(Reported)
            }
        }
    }

    /// A shape of positive extents.
    pub(super) fn shape(&mut self, name: &str) -> Result<Vec<usize>, Reported> {
        let shape = self
            .optional_shape(name)?
            .ok_or_else(|| self.missing(name))?;
        if shape.contains(&0) {
            self.report(Finding::error(
                "nir-parameter-range",
                "a parameter lies in its range",
                format!("`{name}` is {shape:?}; extents are positive"),
            ));
            return Err(Reported);
        }
        Ok(shape)
    }

    /// Reports what is left: NIR knows no such parameter.
    pub(super) fn finish(mut self) {
        for (name, item) in std::mem::take(&mut self.members) {
            let finding = self
                .mode
                .repair(
                    "nir-unknown-dataset",
                    "a node has the parameters of its type and no others",
                    format!(
                        "{} knows no `{name}` ({}); it is ignored",
                        self.kind,
                        item.describe()
                    ),
                )
                .why("a parameter that is not understood may change what the node computes")
                .fix("put additional data under `metadata`");
            self.report(finding);
        }
    }
}
