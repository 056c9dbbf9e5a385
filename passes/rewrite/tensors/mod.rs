//! Tensors as interned expressions.
//!
//! A rule never computes with weights: it makes an expression, which is a number here and is evaluated
//! once, after extraction, if the extracted program needs it ([`evaluate`]). Equal expressions are one
//! number, and expressions are kept in forms in which equal things are equal, so that rules
//! meet.
//!
//! There are two kinds. *Elements* hold one value for each element of a signal: one for all, one for
//! each channel, or one for each element; element i of n reads value i * len / n, so they need no
//! shape. *Weights* are matrices [out, in] and kernels [out, in / groups, taps ...].

mod elements;
pub mod evaluate;
mod kernels;
mod monomial;
pub mod statistics;
mod taps;
mod weights;

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use nirc_dialects::tensor::Tensor;

pub use self::monomial::Monomial;
use self::statistics::Statistics;
use super::window::Window;

/// A tensor expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub u32);

/// Positions along a first dimension, in the order in which they are taken.
pub type Positions = Arc<[usize]>;

/// How a tensor comes about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Elements: literal values, by number.
    Values(u32),
    /// Elements: a product that is not one factor alone.
    Product(Monomial),
    /// Elements: the sum of all, in ascending order.
    Plus(Vec<TensorId>),
    /// Elements: the parts at these positions of a first dimension of this extent.
    Pick(TensorId, Positions, usize),
    /// Elements: W b.
    Applied(TensorId, TensorId),
    /// Elements: the convolution of a bias map with these extents behind the channels.
    Convolved {
        /// The kernel.
        kernel: TensorId,
        /// What it looks at.
        window: Window,
        /// The bias: one for all, each channel or each element.
        bias: TensorId,
        /// The shape of the bias map.
        shape: Vec<usize>,
    },
    /// Elements: the sums over windows of a bias map of this shape.
    Pooled(TensorId, Window, Vec<usize>),

    /// Weights of the program, by number.
    Leaf(u32),
    /// The identity on this many elements.
    Identity(usize),
    /// d0 c0 d1 c1 ... dn: elements as diagonal matrices between matrices, of which one may be a kernel.
    Word {
        /// One more than cores; all but the first have no factor that is one number.
        diagonals: Vec<TensorId>,
        /// No words themselves.
        cores: Vec<TensorId>,
        /// The groups of a kernel.
        groups: usize,
    },
    /// The sum of weights, in ascending order.
    Total(Vec<TensorId>),
    /// The same weights in another shape.
    Reshaped(TensorId, Vec<usize>),
    /// The rows at these positions.
    Rows(TensorId, Positions),
    /// The columns at these positions.
    Columns(TensorId, Positions),
    /// Zeros, with the columns of the weights at these positions of this many.
    ScatterColumns(TensorId, Positions, usize),
    /// A kernel in groups as one without.
    Dense(TensorId, usize),
    /// A kernel that is zero between groups, in groups.
    Blocks(TensorId, usize),
    /// Zeros around the taps: before each dimension, and the kernel that results.
    Padded(TensorId, Vec<usize>, Vec<usize>),
    /// Zeros between the taps: the dilations.
    Dilated(TensorId, Vec<usize>),
    /// A kernel of ones for each of this many channels.
    Ones(usize, Vec<usize>),
    /// What a kernel over sums of windows is over the elements themselves.
    OfPool(TensorId, Window),
    /// One weight of each tile of a kernel.
    Corners(TensorId, Vec<usize>),
    /// A convolution as a matrix on maps with these extents.
    Toeplitz(TensorId, Window, Vec<usize>),
}

/// What is known of the signs of all elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// All are above 0.
    Positive,
    /// None is 0.
    NotZero,
    /// All are 0.
    Zero,
    /// Nothing.
    Unknown,
}

struct Entry {
    expression: Expression,
    /// Weights: their shape. Elements: how many values they hold.
    shape: Vec<usize>,
    sign: Sign,
}

struct Leaf {
    tensor: Tensor,
    name: String,
    hash: u64,
    statistics: std::sync::OnceLock<Statistics>,
}

/// All tensors of a program, and what rules made of them.
#[derive(Default)]
pub struct Tensors {
    entries: Vec<Entry>,
    known: HashMap<Expression, TensorId>,
    values: Vec<(Arc<[f64]>, String)>,
    known_values: HashMap<Vec<u64>, u32>,
    leaves: Vec<Leaf>,
    known_leaves: HashMap<(Vec<usize>, &'static str, u64), Vec<u32>>,
}

impl Tensors {
    /// How a tensor comes about.
    pub fn expression(&self, id: TensorId) -> &Expression {
        &self.entries[id.0 as usize].expression
    }

    /// The shape of weights.
    pub fn shape(&self, id: TensorId) -> &[usize] {
        &self.entries[id.0 as usize].shape
    }

    /// The number of values that elements hold, or the number of weights.
    pub fn len(&self, id: TensorId) -> usize {
        self.shape(id).iter().product()
    }

    /// What is known of the signs.
    pub fn sign(&self, id: TensorId) -> Sign {
        self.entries[id.0 as usize].sign
    }

    /// The value of elements that are one number.
    pub fn number_of(&self, id: TensorId) -> Option<f64> {
        (self.shape(id) == [1]).then(|| evaluate::elements(self, id)[0])
    }

    /// Whether elements are 1, exactly.
    pub fn is_one(&self, id: TensorId) -> bool {
        matches!(self.expression(id), Expression::Product(m) if m.is_one())
    }

    /// Whether all are known to be 0.
    pub fn is_zero(&self, id: TensorId) -> bool {
        self.sign(id) == Sign::Zero
    }

    /// Whether none is 0.
    pub fn is_nonzero(&self, id: TensorId) -> bool {
        matches!(self.sign(id), Sign::Positive | Sign::NotZero)
    }

    /// Whether elements fit each channel of `shape`: one value for all, or one a channel.
    pub fn per_channel(&self, id: TensorId, shape: &[usize]) -> bool {
        let len = self.len(id);
        len == 1 || shape.first() == Some(&len)
    }

    /// The tensor of weights that are the program's own.
    pub fn leaf(&self, id: TensorId) -> Option<&Tensor> {
        match self.expression(id) {
            Expression::Leaf(leaf) => Some(&self.leaves[*leaf as usize].tensor),
            _ => None,
        }
    }

    /// The XXH3 hash of the content of weights that are the program's own.
    pub fn content_hash(&self, id: TensorId) -> Option<u64> {
        match self.expression(id) {
            Expression::Leaf(leaf) => Some(self.leaves[*leaf as usize].hash),
            _ => None,
        }
    }

    /// The number of expressions.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// What the expression is, by the names of the program's tensors.
    pub fn text(&self, id: TensorId) -> String {
        let all = |ids: &[TensorId], by: &str| {
            let texts: Vec<_> = ids.iter().map(|id| self.text(*id)).collect();
            texts.join(by)
        };
        match self.expression(id) {
            Expression::Values(n) => {
                let (values, name) = &self.values[*n as usize];
                match (name.as_str(), &**values) {
                    (_, [number]) => number.to_string(),
                    ("", values) => format!("{} values", values.len()),
                    (name, _) => name.to_owned(),
                }
            }
            Expression::Product(monomial) => self.product_text(monomial),
            Expression::Plus(terms) => format!("({})", all(terms, " + ")),
            Expression::Pick(of, positions, _) => {
                format!("{}[{}]", self.text(*of), positions_text(positions))
            }
            Expression::Applied(weight, bias) => {
                format!("{} {}", self.text(*weight), self.text(*bias))
            }
            Expression::Convolved { kernel, bias, .. } => {
                format!("{} * {}", self.text(*kernel), self.text(*bias))
            }
            Expression::Pooled(bias, window, _) => {
                format!("sum-pool {window} of {}", self.text(*bias))
            }
            Expression::Leaf(leaf) => self.leaves[*leaf as usize].name.clone(),
            Expression::Identity(n) => format!("identity {n}"),
            Expression::Word {
                diagonals, cores, ..
            } => {
                let mut text = String::new();
                for (i, diagonal) in diagonals.iter().enumerate() {
                    if !self.is_one(*diagonal) {
                        let _ = write!(text, "diag({}) ", self.text(*diagonal));
                    }
                    if let Some(core) = cores.get(i) {
                        let _ = write!(text, "{} ", self.text(*core));
                    }
                }
                text.trim_end().to_owned()
            }
            Expression::Total(terms) => format!("({})", all(terms, " + ")),
            Expression::Reshaped(of, shape) => format!("{} as {shape:?}", self.text(*of)),
            Expression::Rows(of, positions) => {
                format!("rows {} of {}", positions_text(positions), self.text(*of))
            }
            Expression::Columns(of, positions) => {
                format!(
                    "columns {} of {}",
                    positions_text(positions),
                    self.text(*of)
                )
            }
            Expression::ScatterColumns(of, _, n) => format!("{} in {n} columns", self.text(*of)),
            Expression::Dense(of, _) => format!("{} without groups", self.text(*of)),
            Expression::Blocks(of, groups) => format!("{} in {groups} groups", self.text(*of)),
            Expression::Padded(of, _, kernel) => format!("{} in {kernel:?}", self.text(*of)),
            Expression::Dilated(of, _) => format!("{} without dilation", self.text(*of)),
            Expression::Ones(channels, kernel) => format!("{kernel:?} ones for {channels}"),
            Expression::OfPool(of, window) => format!("{} over sums of {window}", self.text(*of)),
            Expression::Corners(of, tile) => {
                format!("one of each tile {tile:?} of {}", self.text(*of))
            }
            Expression::Toeplitz(of, _, _) => format!("matrix of {}", self.text(*of)),
        }
    }

    fn product_text(&self, monomial: &Monomial) -> String {
        let mut text = String::from(if monomial.negative { "-" } else { "" });
        if monomial.two != 0 || monomial.powers.is_empty() {
            let _ = write!(text, "{}", 2f64.powi(monomial.two));
        }
        for (factor, power) in &monomial.powers {
            let separator = match text.as_str() {
                "" | "-" => "",
                _ => " ",
            };
            let _ = write!(text, "{separator}{}", self.text(*factor));
            if *power != 1 {
                let _ = write!(text, "^{power}");
            }
        }
        text
    }
}

/// Positions as ranges: `0-3,7`.
fn positions_text(positions: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &position in positions {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == position => *last = position,
            _ => ranges.push((position, position)),
        }
    }
    let more = if ranges.len() > 4 { ",..." } else { "" };
    let texts: Vec<_> = ranges
        .iter()
        .take(4)
        .map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("{a}-{b}")
            }
        })
        .collect();
    texts.join(",") + more
}
