//! Which outputs of a convolution or a pool an input element reaches.

/// The extents of a convolution or pool along its spatial dimensions.
#[derive(Clone, Debug)]
pub struct Window {
    /// Spatial extents of the input, the kernel and the output; none is empty.
    pub input: Vec<usize>,
    /// See `input`.
    pub kernel: Vec<usize>,
    /// See `input`.
    pub output: Vec<usize>,
    /// At least 1.
    pub stride: Vec<usize>,
    /// At least 1.
    pub dilation: Vec<usize>,
    /// Zeros before the first element, for each dimension.
    pub before: Vec<usize>,
}

/// Outputs in a row that an input reaches through weights in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first of the outputs, and of the taps as they are packed.
    pub output: usize,
    pub tap: usize,
    pub length: usize,
}

/// What each input position reaches: rows are the positions of all dimensions but the last.
pub(crate) struct Reach {
    /// For each input row: the output row, times its width, and the row of the kernel.
    pub rows: Vec<Vec<(usize, usize)>>,
    /// For each input column.
    pub columns: Vec<Vec<Run>>,
    /// Where each tap of a kernel row is packed; empty if the taps are equal.
    pub packed: Vec<usize>,
    /// Input columns.
    pub width: usize,
}

impl Window {
    /// The window of an op from `input` to `output`, both [channels, ...], with padding before and
    /// after for each dimension; `None` if their ranks differ or the kernel is empty.
    pub fn new(
        input: &[usize],
        output: &[usize],
        kernel: &[usize],
        stride: &[i64],
        padding: &[i64],
        dilation: &[i64],
    ) -> Option<Self> {
        let positive = |values: &[i64]| values.iter().map(|v| (*v).max(1) as usize).collect();
        let rank = kernel.len();
        let fits = rank > 0
            && input.len() == rank + 1
            && output.len() == rank + 1
            && stride.len() == rank
            && dilation.len() == rank
            && padding.len() == 2 * rank
            && kernel.iter().all(|k| *k > 0);
        fits.then(|| Self {
            input: input[1..].to_vec(),
            output: output[1..].to_vec(),
            kernel: kernel.to_vec(),
            stride: positive(stride),
            dilation: positive(dilation),
            before: padding
                .iter()
                .step_by(2)
                .map(|p| (*p).max(0) as usize)
                .collect(),
        })
    }

    /// The positions of the input and of the output.
    pub fn pixels(&self) -> (usize, usize) {
        (self.input.iter().product(), self.output.iter().product())
    }

    /// Calls `visit(output position, kernel position)` for every window that input `position` is in.
    pub fn each(&self, position: usize, mut visit: impl FnMut(usize, usize)) {
        let taps: usize = self.kernel.iter().product();
        'kernel: for tap in 0..taps {
            let (mut p, mut k, mut out, mut step) = (position, tap, 0, 1);
            for d in (0..self.input.len()).rev() {
                let shifted = p % self.input[d] + self.before[d];
                let Some(at) = shifted
                    .checked_sub(k % self.kernel[d] * self.dilation[d])
                    .filter(|at| at.is_multiple_of(self.stride[d]))
                    .map(|at| at / self.stride[d])
                    .filter(|at| *at < self.output[d])
                else {
                    continue 'kernel;
                };
                out += at * step;
                step *= self.output[d];
                p /= self.input[d];
                k /= self.kernel[d];
            }
            visit(out, tap);
        }
    }

    /// What each position reaches. Taps that an input column reaches are packed side by side, in
    /// the order of the outputs; with `equal` taps all of them are tap 0.
    pub(crate) fn reach(&self, equal: bool) -> Reach {
        let last = self.input.len() - 1;
        let packed = if equal {
            Vec::new()
        } else {
            self.packing(last)
        };
        let place = |tap: usize| packed.get(tap).copied().unwrap_or(0);
        let columns = (0..self.input[last])
            .map(|at| {
                let mut runs: Vec<Run> = Vec::new();
                for (output, tap) in self.hits(last, at) {
                    let tap = place(tap);
                    match runs.last_mut() {
                        Some(run)
                            if output == run.output + run.length
                                && (equal || tap == run.tap + run.length) =>
                        {
                            run.length += 1;
                        }
                        _ => runs.push(Run {
                            output,
                            tap,
                            length: 1,
                        }),
                    }
                }
                runs
            })
            .collect();
        let mut rows = vec![vec![(0, 0)]];
        for d in 0..last {
            let hits: Vec<Vec<_>> = (0..self.input[d])
                .map(|at| self.hits(d, at).collect())
                .collect();
            let below = |row: &Vec<(usize, usize)>, hits: &Vec<(usize, usize)>| {
                let pairs = row
                    .iter()
                    .flat_map(|row| hits.iter().map(move |h| (row, h)));
                let join = |((output, tap), (o, k)): (&(usize, usize), &(usize, usize))| {
                    let tap = if equal { 0 } else { tap * self.kernel[d] + k };
                    (output * self.output[d] + o, tap)
                };
                pairs.map(join).collect()
            };
            rows = rows
                .iter()
                .flat_map(|row| hits.iter().map(move |hits| below(row, hits)))
                .collect();
        }
        for (output, _) in rows.iter_mut().flatten() {
            *output *= self.output[last];
        }
        Reach {
            rows,
            columns,
            packed,
            width: self.input[last],
        }
    }

    /// The outputs along dimension `d` that the input at `at` reaches, ascending, each with its tap.
    fn hits(&self, d: usize, at: usize) -> impl Iterator<Item = (usize, usize)> {
        let (stride, dilation, kernel) = (self.stride[d], self.dilation[d], self.kernel[d]);
        let at = at + self.before[d];
        let first = at.saturating_sub((kernel - 1) * dilation).div_ceil(stride);
        let end = (at / stride + 1).min(self.output[d]);
        (first..end).filter_map(move |output| {
            let distance = at - output * stride;
            distance
                .is_multiple_of(dilation)
                .then_some((output, distance / dilation))
        })
    }

    /// The place of each tap along dimension `d`: first by the input columns that it meets, those of
    /// equal remainder, then descending, which is the order of the outputs.
    fn packing(&self, d: usize) -> Vec<usize> {
        let (stride, dilation) = (self.stride[d], self.dilation[d]);
        let mut taps: Vec<usize> = (0..self.kernel[d]).collect();
        taps.sort_by_key(|&tap| (tap * dilation % stride, std::cmp::Reverse(tap)));
        let mut packed = vec![0; taps.len()];
        for (place, tap) in taps.into_iter().enumerate() {
            packed[tap] = place;
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packing is for speed alone, so no result shows whether it holds.
    #[test]
    fn an_input_column_reaches_its_outputs_in_one_run() {
        for (stride, kernel) in (1..=4).flat_map(|s| (1..=5).map(move |k| (s, k))) {
            let (input, before) = (12, kernel / 2);
            let window = Window {
                input: vec![input],
                kernel: vec![kernel],
                output: vec![(input + 2 * before - kernel) / stride + 1],
                stride: vec![stride],
                dilation: vec![1],
                before: vec![before],
            };
            for (at, runs) in window.reach(false).columns.iter().enumerate() {
                assert!(
                    runs.len() <= 1,
                    "stride {stride}, kernel {kernel}, column {at}: {runs:?}"
                );
            }
        }
    }
}
