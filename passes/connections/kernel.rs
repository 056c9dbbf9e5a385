//! A convolution, perhaps after a pool, in the model's numbers.

use ndarray::ArrayD;
use nirc_dialects::window::Window;

use super::columns::Columns;
use crate::Parameter;

/// A convolution of spikes.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Weights [output channel, input channel of its group, ...].
    pub weight: ArrayD<f64>,
    /// Groups of channels.
    pub groups: usize,
    /// Shape of what it takes [channel, ...], behind the pool.
    pub input: Vec<usize>,
    /// Shape of what it gives.
    pub output: Vec<usize>,
    /// Steps for each dimension.
    pub stride: Vec<i64>,
    /// Zeros before and after, for each dimension.
    pub padding: Vec<i64>,
    /// Steps from tap to tap for each dimension.
    pub dilation: Vec<i64>,
    /// The pool before it: the shape that it takes, and the size of its windows, which do not overlap.
    pub pool: Option<(Vec<usize>, Vec<i64>)>,
}

fn product(shape: &[usize]) -> usize {
    shape.iter().product()
}

impl Kernel {
    /// Which outputs an input element reaches; `None` if ranks differ.
    pub fn window(&self) -> Option<Window> {
        Window::new(
            &self.input,
            &self.output,
            &self.weight.shape()[2..],
            &self.stride,
            &self.padding,
            &self.dilation,
        )
    }

    /// The shape of what it takes, before the pool.
    pub fn taken(&self) -> &[usize] {
        self.pool.as_ref().map_or(&self.input, |(shape, _)| shape)
    }

    /// Multiplies the weights of each output channel by the factor that its targets share; whether
    /// they share one.
    pub fn scale_targets(&mut self, factors: &Parameter) -> bool {
        let channels = self.weight.shape()[0];
        let Some(factors) = by_channel(factors, channels, product(&self.output)) else {
            return false;
        };
        for (mut weights, factor) in self.weight.outer_iter_mut().zip(factors) {
            weights *= factor;
        }
        true
    }

    /// Multiplies the weights of each input channel by the factor that its sources share; whether they
    /// share one.
    pub fn scale_sources(&mut self, factors: &Parameter) -> bool {
        let channels = self.taken().first().copied().unwrap_or(1);
        let Some(factors) = by_channel(factors, channels, product(self.taken())) else {
            return false;
        };
        let out_of_group = (self.weight.shape()[0] / self.groups.max(1)).max(1);
        let in_of_group = self.weight.shape()[1];
        for (out, mut weights) in self.weight.outer_iter_mut().enumerate() {
            for (channel, mut weights) in weights.outer_iter_mut().enumerate() {
                weights *= factors[out / out_of_group * in_of_group + channel];
            }
        }
        true
    }

    /// Calls `each(target, output channel, index of the weight in its channel)` for every weight of a
    /// source.
    pub fn for_each(
        &self,
        window: &Window,
        source: usize,
        mut each: impl FnMut(u32, usize, usize),
    ) {
        let (pixels, out_pixels) = window.pixels();
        let Some((channel, at)) = self.behind_pool(source) else {
            return;
        };
        let (in_of_group, taps) = (self.weight.shape()[1].max(1), product(&window.kernel));
        let out_of_group = self.weight.shape()[0] / self.groups.max(1);
        let first = channel / in_of_group * out_of_group;
        if at >= pixels {
            return;
        }
        window.each(at, |position, tap| {
            for out in first..first + out_of_group {
                let target = out * out_pixels + position;
                each(target as u32, out, channel % in_of_group * taps + tap);
            }
        });
    }

    /// The channel and position behind the pool of a source; `None` for one that fills no window.
    fn behind_pool(&self, source: usize) -> Option<(usize, usize)> {
        let pixels = product(&self.input[1..]).max(1);
        let Some((shape, size)) = &self.pool else {
            return Some((source / pixels, source % pixels));
        };
        let area = product(&shape[1..]).max(1);
        let (channel, mut rest) = (source / area, source % area);
        let (mut at, mut step) = (0, 1);
        for d in (1..shape.len()).rev() {
            let place = rest % shape[d] / (size[d - 1].max(1) as usize);
            rest /= shape[d];
            if place >= self.input[d] {
                return None;
            }
            at += place * step;
            step *= self.input[d];
        }
        Some((channel, at))
    }

    /// The same map by source; `None` if it has more than `most` weights, or its shapes do not fit.
    pub fn columns(&self, most: usize) -> Option<Columns> {
        let window = self.window()?;
        let flat: Vec<f64> = self.weight.iter().copied().collect();
        let of_channel = flat.len() / self.weight.shape()[0].max(1);
        let (targets, sources) = (product(&self.output), product(self.taken()));
        Columns::new(targets, sources, most, |source, add| {
            self.for_each(&window, source, |target, out, index| {
                add(target, flat[out * of_channel + index]);
            });
        })
    }
}

/// The value of each of `channels` channels of `elements` elements; `None` if a channel has several.
pub fn by_channel(values: &Parameter, channels: usize, elements: usize) -> Option<Vec<f64>> {
    if let Some(value) = values.shared() {
        return Some(vec![value; channels]);
    }
    let share = elements.checked_div(channels)?.max(1);
    let each = (0..channels).map(|channel| {
        let value = values.get(channel * share);
        let same = (channel * share..(channel + 1) * share).all(|n| values.get(n) == value);
        same.then_some(value)
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    fn kernel(groups: usize, pool: Option<(Vec<usize>, Vec<i64>)>) -> Kernel {
        let weight = Array4::from_shape_fn((2, 2 / groups, 2, 2), |(a, b, c, d)| {
            (8 * a + 4 * b + 2 * c + d) as f64 + 1.0
        });
        Kernel {
            weight: weight.into_dyn(),
            groups,
            input: vec![2, 3, 3],
            output: vec![2, 2, 2],
            stride: vec![1, 1],
            padding: vec![0; 4],
            dilation: vec![1, 1],
            pool,
        }
    }

    #[test]
    fn a_pool_before_it_gives_its_windows_the_same_weights() {
        let plain = kernel(1, None).columns(999).unwrap();
        let pooled = kernel(1, Some((vec![2, 7, 6], vec![2, 2])));
        let pooled = pooled.columns(999).unwrap();
        assert_eq!(pooled.sources(), 84);
        for channel in 0..2 {
            for y in 0..7 {
                for x in 0..6 {
                    let source = channel * 42 + y * 6 + x;
                    let expected: &[_] = match (y / 2, x / 2) {
                        (py, px) if py < 3 => plain.column(channel * 9 + py * 3 + px),
                        _ => &[],
                    };
                    assert_eq!(pooled.column(source), expected);
                }
            }
        }
        assert_eq!(kernel(1, None).columns(10), None);
    }

    #[test]
    fn factors_of_channels_act_on_both_sides() {
        for groups in [1, 2] {
            let plain = kernel(groups, None).columns(999).unwrap();
            let mut scaled = kernel(groups, None);
            let each = |channels: [f64; 2], n: usize| {
                Parameter::each((0..2 * n).map(|i| channels[i / n]).collect())
            };
            assert!(scaled.scale_targets(&each([2.0, 3.0], 4)));
            assert!(scaled.scale_sources(&each([5.0, 7.0], 9)));
            assert!(!scaled.scale_sources(&Parameter::each((0..18).map(f64::from).collect())));
            let mut expected = plain.clone();
            expected.scale(|target, source| [2.0, 3.0][target / 4] * [5.0, 7.0][source / 9]);
            assert_eq!(scaled.columns(999).unwrap(), expected, "{groups} groups");
        }
    }
}
