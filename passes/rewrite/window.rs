//! What a convolution or a pool looks at.

use std::fmt;

/// The most dimensions of a window.
pub const MOST_DIMENSIONS: usize = 2;

/// One dimension of a window; all in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Axis {
    /// The number of taps.
    pub kernel: usize,
    /// From one output to the next.
    pub stride: usize,
    /// Zeros before and after.
    pub padding: [usize; 2],
    /// From one tap to the next.
    pub dilation: usize,
}

impl Axis {
    /// A tap at each of `kernel` neighbours, without padding.
    pub fn plain(kernel: usize, stride: usize) -> Self {
        Self {
            kernel,
            stride,
            padding: [0, 0],
            dilation: 1,
        }
    }

    /// How far the taps reach.
    pub fn reach(self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// The number of outputs over `extent` inputs; `None` if there is none.
    pub fn output(self, extent: usize) -> Option<usize> {
        let padded = extent + self.padding[0] + self.padding[1];
        Some(padded.checked_sub(self.reach())? / self.stride + 1)
    }

    /// Whether there are no zeros before and after.
    pub fn unpadded(self) -> bool {
        self.padding == [0, 0]
    }
}

/// A window over the dimensions behind the first, which is that of the channels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// One for each dimension.
    pub axes: Box<[Axis]>,
    /// The groups of a convolution; 1 for a pool.
    pub groups: usize,
}

impl Window {
    /// A window in one group.
    pub fn new(axes: impl IntoIterator<Item = Axis>) -> Self {
        Self {
            axes: axes.into_iter().collect(),
            groups: 1,
        }
    }

    /// The window of an op's attributes; `None` if they do not make one.
    pub fn read(
        kernel: &[usize],
        stride: &[i64],
        padding: &[i64],
        dilation: &[i64],
        groups: i64,
    ) -> Option<Self> {
        let number = |values: &[i64], i: usize| usize::try_from(*values.get(i)?).ok();
        let axes: Option<Box<[Axis]>> = (0..kernel.len())
            .map(|d| {
                Some(Axis {
                    kernel: kernel[d],
                    stride: number(stride, d)?,
                    padding: [number(padding, 2 * d)?, number(padding, 2 * d + 1)?],
                    dilation: number(dilation, d)?,
                })
            })
            .collect();
        let groups = usize::try_from(groups).ok()?;
        axes.map(|axes| Self { axes, groups }).filter(|window| {
            let whole = |a: &Axis| a.kernel > 0 && a.stride > 0 && a.dilation > 0;
            window.groups > 0
                && (1..=MOST_DIMENSIONS).contains(&window.axes.len())
                && window.axes.iter().all(whole)
        })
    }

    /// The extents of the result behind the channels.
    pub fn outputs(&self, extents: &[usize]) -> Option<Vec<usize>> {
        if extents.len() != self.axes.len() {
            return None;
        }
        let axes = self.axes.iter().zip(extents);
        axes.map(|(axis, extent)| axis.output(*extent)).collect()
    }

    /// The number of taps.
    pub fn taps(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// The number of taps in each dimension.
    pub fn kernel(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.kernel).collect()
    }

    /// Whether there are no zeros around.
    pub fn unpadded(&self) -> bool {
        self.axes.iter().all(|axis| axis.unpadded())
    }

    /// Whether no tap is left out.
    pub fn undilated(&self) -> bool {
        self.axes.iter().all(|axis| axis.dilation == 1)
    }

    /// Whether the kernel has the same extent in every dimension.
    pub fn square(&self) -> bool {
        self.axes.iter().all(|a| a.kernel == self.axes[0].kernel)
    }

    /// Whether the windows lie side by side: the stride is the kernel.
    pub fn tiles(&self) -> bool {
        self.unpadded() && self.axes.iter().all(|a| a.stride == a.kernel)
    }

    /// The strides, as an op has them.
    pub fn stride(&self) -> Vec<i64> {
        self.axes.iter().map(|axis| axis.stride as i64).collect()
    }

    /// The padding, as an op has it.
    pub fn padding(&self) -> Vec<i64> {
        let padding = self.axes.iter().flat_map(|axis| axis.padding);
        padding.map(|zeros| zeros as i64).collect()
    }

    /// The dilations, as an op has them.
    pub fn dilation(&self) -> Vec<i64> {
        self.axes.iter().map(|axis| axis.dilation as i64).collect()
    }
}

/// `3x3/2+1` is a kernel of 3 by 3 with stride 2 and padding 1.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kernel: Vec<_> = self.axes.iter().map(|a| a.kernel.to_string()).collect();
        f.write_str(&kernel.join("x"))?;
        for axis in &self.axes {
            write!(f, "/{}", axis.stride)?;
            match axis.padding {
                [0, 0] => {}
                [a, b] if a == b => write!(f, "+{a}")?,
                [a, b] => write!(f, "+{a}.{b}")?,
            }
            if axis.dilation > 1 {
                write!(f, "*{}", axis.dilation)?;
            }
        }
        if self.groups > 1 {
            write!(f, "g{}", self.groups)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_those_of_the_dialects() {
        let window = Window::read(&[3, 2], &[2, 1], &[1, 1, 0, 2], &[1, 2], 1).unwrap();
        assert_eq!(window.outputs(&[8, 5]), Some(vec![4, 5]));
        assert_eq!(window.outputs(&[8]), None);
        assert_eq!(
            Window::new([Axis::plain(4, 1)]).outputs(&[3]),
            None,
            "the kernel does not fit"
        );
        assert_eq!(window.to_string(), "3x2/2+1/1+0.2*2");
        assert!(Window::read(&[3], &[0], &[0, 0], &[1], 0).is_none());
    }
}
