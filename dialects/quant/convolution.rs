//! Convolutions and pools of integers, one active source at a time.

use crate::window::{Reach, Window};

/// The weights of one `quant.convolution`, shifted.
pub(super) struct Convolution {
    /// [in channel, out channel of its group, row of the kernel, packed tap]: the targets that a
    /// source reaches in a row of a channel take weights side by side.
    weights: Vec<i64>,
    reach: Reach,
    in_of_group: usize,
    out_of_group: usize,
    taps: usize,
    pixels_in: usize,
    pixels_out: usize,
}

impl Convolution {
    /// Of `weights` [out channels, in channels / groups, taps]; `groups` divides the out channels.
    /// `None` if there are not as many weights.
    pub fn new(
        weights: &[i64],
        [out_channels, in_of_group]: [usize; 2],
        groups: usize,
        window: &Window,
    ) -> Option<Self> {
        let out_of_group = out_channels.checked_div(groups)?;
        let reach = window.reach(false);
        let taps: usize = window.kernel.iter().product();
        let row = reach.packed.len();
        let expected = taps.checked_mul(out_channels)?.checked_mul(in_of_group)?;
        if weights.len() != expected || taps == 0 {
            return None;
        }
        let mut packed = vec![0; weights.len()];
        for (index, weight) in weights.iter().enumerate() {
            let (tap, channels) = (index % taps, index / taps);
            let (out, channel) = (channels / in_of_group, channels % in_of_group);
            let channel = out / out_of_group * in_of_group + channel;
            let tap = tap / row * row + reach.packed[tap % row];
            packed[(channel * out_of_group + out % out_of_group) * taps + tap] = *weight;
        }
        let (pixels_in, pixels_out) = window.pixels();
        Some(Self {
            weights: packed,
            reach,
            in_of_group,
            out_of_group,
            taps,
            pixels_in,
            pixels_out,
        })
    }

    /// As [`super::events::Table::deliver`]: sources in ascending order, each with all its events.
    pub fn deliver<T: Copy>(&self, spikes: &[u32], currents: &mut [T], add: impl Fn(T, i64) -> T) {
        let kernel_row = self.reach.packed.len();
        for (source, &count) in spikes.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (channel, at) = (source / self.pixels_in, source % self.pixels_in);
            let first = channel / self.in_of_group * self.out_of_group;
            let runs = &self.reach.columns[at % self.reach.width];
            for out in 0..self.out_of_group {
                let weights = &self.weights[(channel * self.out_of_group + out) * self.taps..];
                let currents = &mut currents[(first + out) * self.pixels_out..];
                for (row, tap) in &self.reach.rows[at / self.reach.width] {
                    for run in runs {
                        let weights = &weights[tap * kernel_row + run.tap..][..run.length];
                        let currents = &mut currents[row + run.output..][..run.length];
                        for (current, weight) in currents.iter_mut().zip(weights) {
                            *current = add(*current, weight * i64::from(count));
                        }
                    }
                }
            }
        }
    }
}

/// A `quant.pool`.
pub(super) struct Pool {
    reach: Reach,
    pixels_in: usize,
    pixels_out: usize,
}

impl Pool {
    pub fn new(window: &Window) -> Self {
        let (pixels_in, pixels_out) = window.pixels();
        Self {
            reach: window.reach(true),
            pixels_in,
            pixels_out,
        }
    }

    /// The spikes of each window to `out`; a count that leaves 32 bits stays at their bound.
    pub fn run(&self, spikes: &[u32], out: &mut [u32]) {
        out.fill(0);
        for (source, &count) in spikes.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (channel, at) = (source / self.pixels_in, source % self.pixels_in);
            let out = &mut out[channel * self.pixels_out..][..self.pixels_out];
            for (row, _) in &self.reach.rows[at / self.reach.width] {
                for run in &self.reach.columns[at % self.reach.width] {
                    for out in &mut out[row + run.output..][..run.length] {
                        *out = out.saturating_add(count);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(stride: i64, dilation: i64, kernel: [usize; 2]) -> Option<(Window, [usize; 2])> {
        let (input, padding) = ([6i64, 7], [1, 0, 2, 1]);
        let mut output = [0; 2];
        for d in 0..2 {
            let reach = dilation * (kernel[d] as i64 - 1) + 1;
            let padded = input[d] + padding[2 * d] + padding[2 * d + 1];
            output[d] = usize::try_from((padded - reach).div_euclid(stride) + 1).ok()?;
        }
        let window = Window::new(
            &[1, 6, 7],
            &[1, output[0], output[1]],
            &kernel,
            &[stride; 2],
            &padding,
            &[dilation; 2],
        )?;
        Some((window, output))
    }

    /// Against the definition, position by position ([`Window::each`] is tested at level ct).
    #[test]
    fn events_reach_the_targets_of_every_window() {
        for case in 0..3 * 2 * 2 * 3 {
            let (stride, dilation) = (case % 3 + 1, case / 3 % 2 + 1);
            let (groups, width) = (case as usize / 6 % 2 + 1, case as usize / 12 + 1);
            let (window, output) = window(stride, dilation, [3, width]).unwrap();
            let (in_of_group, out_channels, taps) = (2, 4, 3 * width);
            let weights: Vec<i64> = (0..(out_channels * in_of_group * taps) as i64)
                .map(|n| n * 37 % 23 - 11)
                .collect();
            let shape = [out_channels, in_of_group];
            let map = Convolution::new(&weights, shape, groups, &window).unwrap();
            let spikes: Vec<u32> = (0..groups * in_of_group * 42)
                .map(|n| [0, 2, 0, 1, 3][n % 5])
                .collect();
            let pixels = output[0] * output[1];
            let mut expected = vec![7; out_channels * pixels];
            for (source, count) in spikes.iter().enumerate() {
                let channel = source / 42;
                let group = channel / in_of_group;
                window.each(source % 42, |target, tap| {
                    for o in 0..out_channels / groups {
                        let o = group * (out_channels / groups) + o;
                        let weight =
                            weights[(o * in_of_group + channel % in_of_group) * taps + tap];
                        expected[o * pixels + target] += weight * i64::from(*count);
                    }
                });
            }
            let mut currents = vec![7; out_channels * pixels];
            map.deliver(&spikes, &mut currents, |i, event| i + event);
            assert_eq!(currents, expected, "case {case}");
        }
    }

    #[test]
    fn a_pool_counts_the_spikes_of_each_window() {
        let (window, output) = window(2, 1, [2, 3]).unwrap();
        let pixels = output[0] * output[1];
        let spikes: Vec<u32> = (0..84).map(|n| n % 4).collect();
        let mut expected = vec![0; 2 * pixels];
        for (source, count) in spikes.iter().enumerate() {
            window.each(source % 42, |target, _| {
                expected[source / 42 * pixels + target] += count;
            });
        }
        let mut out = vec![9; 2 * pixels];
        Pool::new(&window).run(&spikes, &mut out);
        assert_eq!(out, expected);
    }
}
