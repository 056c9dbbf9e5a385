//! Arithmetic on weights, row-major [out, in / groups, taps ...], in 64 bits.

use crate::rewrite::window::Window;

/// d0 c0 d1 c1 ... dn. The order of multiplication is that with the fewer operations of the two from one
/// end.
pub fn word(
    diagonals: &[&[f64]],
    cores: Vec<Vec<f64>>,
    shapes: &[&[usize]],
    groups: usize,
) -> Vec<f64> {
    let scaled: Vec<Vec<f64>> = cores
        .into_iter()
        .enumerate()
        .map(|(i, mut core)| {
            let one: &[f64] = &[1.0];
            let left = diagonals[i];
            // The last core takes the factors behind it, too.
            let right = if i + 1 == shapes.len() {
                diagonals[i + 1]
            } else {
                one
            };
            scale(&mut core, shapes[i], left, right, groups);
            core
        })
        .collect();
    let part = |(i, values): (usize, Vec<f64>)| Part {
        rows: shapes[i][0],
        columns: shapes[i][1],
        taps: shapes[i][2..].iter().product(),
        values,
    };
    let rows = |i: usize| shapes[i][0];
    let columns = |i: usize| shapes[i][1];
    let n = scaled.len();
    let from_left: usize = (1..n).map(|i| rows(0) * rows(i) * columns(i)).sum();
    let from_right: usize = (1..n)
        .map(|i| rows(i - 1) * columns(i - 1) * columns(n - 1))
        .sum();
    let parts = scaled.into_iter().enumerate().map(part);
    let product = if from_left <= from_right {
        parts.reduce(|a, b| a.times(&b))
    } else {
        let parts: Vec<Part> = parts.collect();
        parts.into_iter().rev().reduce(|b, a| a.times(&b))
    };
    product.map(|p| p.values).unwrap_or_default()
}

/// Weights [rows, columns, taps].
struct Part {
    rows: usize,
    columns: usize,
    taps: usize,
    values: Vec<f64>,
}

impl Part {
    /// The product with weights of which one has a single tap.
    fn times(&self, other: &Self) -> Self {
        let (rows, inner, columns) = (self.rows, self.columns, other.columns);
        let taps = self.taps.max(other.taps);
        let values = if self.taps == 1 {
            // All taps of the other are columns.
            multiply(&self.values, &other.values, rows, inner, columns * taps)
        } else {
            let mut values = vec![0.0; rows * columns * taps];
            for row in 0..rows {
                for middle in 0..inner {
                    let from = &self.values[(row * inner + middle) * taps..][..taps];
                    for column in 0..columns {
                        let factor = other.values[middle * columns + column];
                        let to = &mut values[(row * columns + column) * taps..][..taps];
                        for (to, from) in to.iter_mut().zip(from) {
                            *to += from * factor;
                        }
                    }
                }
            }
            values
        };
        Self {
            rows,
            columns,
            taps,
            values,
        }
    }
}

/// a [rows, inner] times b [inner, columns].
fn multiply(a: &[f64], b: &[f64], rows: usize, inner: usize, columns: usize) -> Vec<f64> {
    let view = |m, shape| ndarray::ArrayView2::from_shape(shape, m);
    match (view(a, (rows, inner)), view(b, (inner, columns))) {
        (Ok(a), Ok(b)) => {
            let product = a.dot(&b);
            product.as_standard_layout().iter().copied().collect()
        }
        _ => Vec::new(),
    }
}

fn factor(values: &[f64], i: usize, count: usize) -> f64 {
    match values {
        [one] => *one,
        _ => values[i * values.len() / count.max(1)],
    }
}

/// A factor for each output and each input channel.
fn scale(weights: &mut [f64], shape: &[usize], left: &[f64], right: &[f64], groups: usize) {
    let (rows, columns) = (shape[0], shape[1]);
    let taps: usize = shape[2..].iter().product();
    for row in 0..rows {
        let before = factor(left, row, rows);
        let group = row / (rows / groups).max(1);
        for column in 0..columns {
            let behind = factor(right, group * columns + column, columns * groups);
            let start = (row * columns + column) * taps;
            for weight in &mut weights[start..start + taps] {
                *weight *= before * behind;
            }
        }
    }
}

/// For each position of a kernel without groups, the one that it has in groups.
pub fn dense(shape: &[usize], groups: usize) -> Vec<Option<usize>> {
    let (rows, columns) = (shape[0], shape[1]);
    let taps: usize = shape[2..].iter().product();
    let mut taken = vec![None; rows * columns * groups * taps];
    for row in 0..rows {
        let group = row / (rows / groups).max(1);
        for column in 0..columns {
            for tap in 0..taps {
                let to = (row * columns * groups + group * columns + column) * taps + tap;
                taken[to] = Some((row * columns + column) * taps + tap);
            }
        }
    }
    taken
}

/// For each position of a kernel in groups, the one that it has without.
pub fn blocks(shape: &[usize], groups: usize) -> Vec<Option<usize>> {
    let (rows, all) = (shape[0], shape[1]);
    let columns = all / groups;
    let taps: usize = shape[2..].iter().product();
    let mut taken = Vec::with_capacity(rows * columns * taps);
    for row in 0..rows {
        let group = row / (rows / groups).max(1);
        for column in 0..columns {
            for tap in 0..taps {
                taken.push(Some((row * all + group * columns + column) * taps + tap));
            }
        }
    }
    taken
}

/// For each position of the kernel `to`, that of the tap of `from` that stands there, with so many zeros
/// before each dimension and steps from tap to tap.
pub fn spread_taps(
    from: &[usize],
    before: &[usize],
    steps: &[usize],
    to: &[usize],
) -> Vec<Option<usize>> {
    let (old, new): (usize, usize) = (from[2..].iter().product(), to[2..].iter().product());
    let mut taken = vec![None; to.iter().product()];
    for pair in 0..from[0] * from[1] {
        for tap in 0..old {
            let place = place(tap, &from[2..]);
            let at = place.iter().zip(before).zip(steps);
            let at: Vec<_> = at.map(|((p, b), s)| p * s + b).collect();
            taken[pair * new + position(&at, &to[2..])] = Some(pair * old + tap);
        }
    }
    taken
}

/// The place of a number in row-major order.
fn place(mut number: usize, extents: &[usize]) -> Vec<usize> {
    let mut place = vec![0; extents.len()];
    for (at, extent) in place.iter_mut().zip(extents).rev() {
        *at = number % extent;
        number /= extent;
    }
    place
}

/// The number of a place in row-major order.
fn position(place: &[usize], extents: &[usize]) -> usize {
    place.iter().zip(extents).fold(0, |n, (p, e)| n * e + p)
}

/// The element that tap `tap` of output `output` reads along an axis; `None` for a zero around.
fn reads(
    axis: &crate::rewrite::window::Axis,
    output: usize,
    tap: usize,
    extent: usize,
) -> Option<usize> {
    (output * axis.stride + tap * axis.dilation)
        .checked_sub(axis.padding[0])
        .filter(|at| *at < extent)
}

/// Calls `visit` with the numbers of output, tap and input, within a map, for all that meet.
fn meetings(window: &Window, extents: &[usize], mut visit: impl FnMut(usize, usize, usize)) {
    let Some(outputs) = window.outputs(extents) else {
        return;
    };
    let kernel = window.kernel();
    for output in 0..outputs.iter().product() {
        let o = place(output, &outputs);
        for tap in 0..window.taps() {
            let t = place(tap, &kernel);
            let at: Option<Vec<usize>> = (0..extents.len())
                .map(|d| reads(&window.axes[d], o[d], t[d], extents[d]))
                .collect();
            if let Some(at) = at {
                visit(output, tap, position(&at, extents));
            }
        }
    }
}

/// A convolution of a map [channels, ...]; the result [out channels, ...].
pub fn convolve(
    kernel: &[f64],
    shape: &[usize],
    window: &Window,
    map: &[f64],
    input: &[usize],
) -> Vec<f64> {
    let (rows, columns) = (shape[0], shape[1]);
    let taps: usize = shape[2..].iter().product();
    let inputs: usize = input[1..].iter().product();
    let outputs: usize = window
        .outputs(&input[1..])
        .map_or(0, |o| o.iter().product());
    let mut result = vec![0.0; rows * outputs];
    meetings(window, &input[1..], |o, t, i| {
        for row in 0..rows {
            let group = row / (rows / window.groups).max(1);
            for column in 0..columns {
                let channel = group * columns + column;
                result[row * outputs + o] +=
                    kernel[(row * columns + column) * taps + t] * map[channel * inputs + i];
            }
        }
    });
    result
}

/// The sums over windows of a map [channels, ...].
pub fn sum_pool(window: &Window, map: &[f64], input: &[usize]) -> Vec<f64> {
    let inputs: usize = input[1..].iter().product();
    let outputs: usize = window
        .outputs(&input[1..])
        .map_or(0, |o| o.iter().product());
    let mut result = vec![0.0; input[0] * outputs];
    meetings(window, &input[1..], |o, _, i| {
        for channel in 0..input[0] {
            result[channel * outputs + o] += map[channel * inputs + i];
        }
    });
    result
}

/// A convolution as a matrix.
pub fn toeplitz(kernel: &[f64], shape: &[usize], window: &Window, input: &[usize]) -> Vec<f64> {
    let (rows, columns) = (shape[0], shape[1]);
    let taps: usize = shape[2..].iter().product();
    let inputs: usize = input[1..].iter().product();
    let outputs: usize = window
        .outputs(&input[1..])
        .map_or(0, |o| o.iter().product());
    let width = input[0] * inputs;
    let mut matrix = vec![0.0; rows * outputs * width];
    meetings(window, &input[1..], |o, t, i| {
        for row in 0..rows {
            let group = row / (rows / window.groups).max(1);
            for column in 0..columns {
                let channel = group * columns + column;
                matrix[(row * outputs + o) * width + channel * inputs + i] +=
                    kernel[(row * columns + column) * taps + t];
            }
        }
    });
    matrix
}

/// Where the first tap of each tile is, in `shape`.
pub fn corners(shape: &[usize], tile: &[usize], to: &[usize]) -> Vec<Option<usize>> {
    let (old, new): (usize, usize) = (shape[2..].iter().product(), to[2..].iter().product());
    (0..shape[0] * shape[1] * new)
        .map(|i| {
            let at = place(i % new, &to[2..]);
            let at: Vec<_> = at
                .iter()
                .zip(tile)
                .map(|(at, extent)| at * extent)
                .collect();
            Some(i / new * old + position(&at, &shape[2..]))
        })
        .collect()
}

/// What a kernel over the sums of `pool` is over the elements: each tap becomes the pool's own taps.
pub fn of_pool(kernel: &[f64], shape: &[usize], pool: &Window, to: &[usize]) -> Vec<f64> {
    let (old, new): (usize, usize) = (shape[2..].iter().product(), to[2..].iter().product());
    let own = pool.kernel();
    let mut result = vec![0.0; to.iter().product()];
    for pair in 0..shape[0] * shape[1] {
        for tap in 0..old {
            let corner = place(tap, &shape[2..]);
            for inner in 0..pool.taps() {
                let inner = place(inner, &own);
                let at: Vec<_> = (0..corner.len())
                    .map(|d| corner[d] * pool.axes[d].stride + inner[d])
                    .collect();
                result[pair * new + position(&at, &to[2..])] += kernel[pair * old + tap];
            }
        }
    }
    result
}
