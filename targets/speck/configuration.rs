//! A chip's configuration as plain data, with samna's names.
//!
//! The fields are those of samna's Python objects for speck2e and speck2f; where speck2b has another
//! name or a field of its own, that is said. Numbers are as wide as a file can hold them, so that what
//! is out of range can be reported: [`crate::speck::legal`] checks them.

mod tensor;

pub use tensor::{Tensor, shape_text};

use super::chip::{CORES, DESTINATIONS};

/// All that a chip is loaded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The convolutional cores: [`CORES`] of them.
    pub cores: Vec<Core>,
    /// The layer that takes the sensor's events.
    pub dvs: DvsLayer,
    /// The noise filter behind it.
    pub filter: DvsFilter,
    /// The readout.
    pub readout: Readout,
    /// Clock and pins, speck2e and speck2f only.
    pub factory: Factory,
}

/// A value for each axis of a map: x counts columns, y rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair<T> {
    /// Along a row.
    pub x: T,
    /// Along a column.
    pub y: T,
}

impl<T> Pair<T> {
    /// The pair of these.
    pub const fn new(x: T, y: T) -> Self {
        Self { x, y }
    }

    /// x then y, by name.
    pub fn named(&self) -> [(&'static str, &T); 2] {
        [("x", &self.x), ("y", &self.y)]
    }
}

/// Where events of a core go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The core, or the readout.
    pub layer: i64,
    /// Whether events go there.
    pub enable: bool,
    /// Added to the feature of each event.
    pub feature_shift: i64,
    /// The side of the square of neurons that share an address.
    pub pooling: i64,
}

/// A map of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Columns and rows.
    pub size: Pair<i64>,
    /// Channels.
    pub features: i64,
}

/// The geometry of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// Zeros on both sides.
    pub padding: Pair<i64>,
    /// Strides.
    pub stride: Pair<i64>,
    /// The side of the square kernel.
    pub kernel_size: i64,
    /// What events address.
    pub input: Shape,
    /// The neurons, before pooling.
    pub output: Shape,
}

/// One convolutional core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// Where its spikes go: [`DESTINATIONS`] of them.
    pub destinations: [Destination; DESTINATIONS],
    /// Its geometry.
    pub dimensions: Dimensions,
    /// [output feature, input feature, x, y].
    pub weights: Tensor,
    /// [output feature], added to every neuron in each leak tick.
    pub biases: Tensor,
    /// [output feature, x, y].
    pub neurons_initial_value: Tensor,
    /// Whether a spike sets the potential to 0; else it subtracts the threshold.
    pub return_to_zero: bool,
    /// Whether leak ticks add the biases.
    pub leak_enable: bool,
    /// Whether ticks come from the divided event clock; speck2e and speck2f only.
    pub leak_internal_slow_clk_enable: bool,
    /// A potential that reaches this spikes.
    pub threshold_high: i64,
    /// No potential goes below this.
    pub threshold_low: i64,
    /// Whether the host sees its spikes.
    pub monitor_enable: bool,
    /// Whether events are dropped while the core is busy; speck2e and speck2f only.
    pub input_congestion_balancer_enable: bool,
    /// Whether one in so many spikes goes on; speck2e and speck2f only.
    pub output_decimator_enable: bool,
    /// Which number that is, see [`Core::decimation`].
    pub output_decimator_interval: i64,
}

/// Where the sensor's events go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DvsDestination {
    /// The core.
    pub layer: i64,
    /// Whether events go there.
    pub enable: bool,
}

/// The layer of the sensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DvsLayer {
    /// Where its events go.
    pub destinations: [DvsDestination; DESTINATIONS],
    /// Whether both polarities are one channel.
    pub merge: bool,
    /// Whether columns, and rows, are counted from the other end.
    pub mirror: Pair<bool>,
    /// Whether columns and rows are swapped, last of all.
    pub mirror_diagonal: bool,
    /// Whether the host sees its events.
    pub monitor_enable: bool,
    /// Whether the host sees the sensor's own events; `monitor_sensor_enable` on speck2b.
    pub raw_monitor_enable: bool,
    /// Whether events of rising light pass.
    pub on_channel: bool,
    /// Whether events of falling light pass.
    pub off_channel: bool,
    /// The first column and row that pass.
    pub origin: Pair<i64>,
    /// The last column and row that pass.
    pub cut: Pair<i64>,
    /// Columns and rows that share an address.
    pub pooling: Pair<i64>,
    /// Whether the chip's sensor is the source; else the host alone.
    pub pass_sensor_events: bool,
}

/// The filter of the sensor's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DvsFilter {
    /// Whether it filters; `filter_bypass` on speck2b says the opposite.
    pub enable: bool,
    /// The neighbourhood that it looks at.
    pub filter_size: Pair<i64>,
    /// Whether it drops pixels that never rest; speck2e and speck2f only.
    pub hot_pixel_filter_enable: bool,
    /// Whether its clock is the divided event clock; speck2e and speck2f only.
    pub internal_slow_clk: bool,
    /// Whether it is a low-pass filter; speck2e and speck2f only.
    pub low_pass_mode_enable: bool,
    /// Slow clocks; `threashold` on speck2b.
    pub threshold: i64,
}

/// The readout, which counts classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readout {
    /// Whether it works; speck2e and speck2f only.
    pub enable: bool,
    /// Whether its clock is the divided event clock; speck2e and speck2f only.
    pub internal_slow_clk: bool,
    /// Whether it averages over 32 slow clocks, else 16.
    pub low_pass_filter32_not16: bool,
    /// Whether it does not average.
    pub low_pass_filter_disable: bool,
    /// Whether the host sees it; speck2e and speck2f only.
    pub monitor_enable: bool,
    /// Off, threshold, selected or most active; speck2e and speck2f only.
    pub output_mode_sel: i64,
    /// The class that `output_mode_sel` 2 shows; speck2e and speck2f only.
    pub output_neuron_num: i64,
    /// speck2e and speck2f only.
    pub override_threshold_max: bool,
    /// How addresses are classes; `input_address_interpretation` on speck2b.
    pub readout_configuration_sel: i64,
    /// Whether its pins are driven; speck2e and speck2f only.
    pub readout_pin_monitor_enable: bool,
    /// Spikes of a class in the average.
    pub threshold: i64,
    /// speck2b only.
    pub bypass_enable: bool,
    /// speck2b only.
    pub p2s_input_selection: i64,
}

/// What sinabs writes of the chip's factory configuration; speck2e and speck2f only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factory {
    /// The divided event clock ticks once in 2^this events.
    pub internal_slow_clk_divider: i64,
    /// What the pins show.
    pub io_sel: i64,
}

impl Configuration {
    /// A chip on which nothing runs: samna's default, but that the host is the only source of events.
    pub fn silent() -> Self {
        Self {
            cores: (0..CORES).map(|_| Core::silent()).collect(),
            dvs: DvsLayer {
                destinations: [DvsDestination::default(); DESTINATIONS],
                merge: false,
                mirror: Pair::default(),
                mirror_diagonal: false,
                monitor_enable: false,
                raw_monitor_enable: false,
                on_channel: true,
                off_channel: true,
                origin: Pair::new(0, 0),
                cut: Pair::new(127, 127),
                pooling: Pair::new(1, 1),
                pass_sensor_events: false,
            },
            filter: DvsFilter {
                enable: false,
                filter_size: Pair::new(1, 1),
                hot_pixel_filter_enable: false,
                internal_slow_clk: false,
                low_pass_mode_enable: false,
                threshold: 5,
            },
            readout: Readout {
                enable: false,
                internal_slow_clk: false,
                low_pass_filter32_not16: true,
                low_pass_filter_disable: false,
                monitor_enable: false,
                output_mode_sel: 0,
                output_neuron_num: 0,
                override_threshold_max: false,
                readout_configuration_sel: 0,
                readout_pin_monitor_enable: false,
                threshold: 0,
                bypass_enable: false,
                p2s_input_selection: 0,
            },
            factory: Factory {
                internal_slow_clk_divider: 14,
                io_sel: 0,
            },
        }
    }
}

impl Core {
    /// A core with one neuron that no event reaches.
    pub fn silent() -> Self {
        let one = Shape {
            size: Pair::new(1, 1),
            features: 1,
        };
        Self {
            destinations: [Destination::off(); DESTINATIONS],
            dimensions: Dimensions {
                padding: Pair::new(0, 0),
                stride: Pair::new(1, 1),
                kernel_size: 1,
                input: one,
                output: one,
            },
            weights: Tensor::zeros(&[1, 1, 1, 1]),
            biases: Tensor::zeros(&[1]),
            neurons_initial_value: Tensor::zeros(&[1, 1, 1]),
            return_to_zero: false,
            leak_enable: false,
            leak_internal_slow_clk_enable: false,
            threshold_high: 0,
            threshold_low: 0,
            monitor_enable: false,
            input_congestion_balancer_enable: false,
            output_decimator_enable: false,
            output_decimator_interval: 0,
        }
    }

    /// Whether it is as it was before anything was placed on it, but for what reaches it from others.
    pub fn is_unused(&self) -> bool {
        let Dimensions { input, output, .. } = &self.dimensions;
        let single = |shape: &Shape| shape.features == 1 && shape.size == Pair::new(1, 1);
        single(input)
            && single(output)
            && self.threshold_high == 0
            && !self.monitor_enable
            && !self.destinations.iter().any(|d| d.enable)
            && self.weights.values.iter().all(|w| *w == 0)
    }

    /// One in so many of its spikes goes on; 1 if all do. `None` if the interval is none of the chip's.
    /// Source: datasheet table 4, which has no 64.
    pub fn decimation(&self) -> Option<u32> {
        const KEPT: [u32; 8] = [2, 4, 8, 16, 32, 128, 256, 512];
        if !self.output_decimator_enable {
            return Some(1);
        }
        let interval = usize::try_from(self.output_decimator_interval).ok()?;
        KEPT.get(interval).copied()
    }
}

impl Destination {
    /// None.
    pub const fn off() -> Self {
        Self {
            layer: 0,
            enable: false,
            feature_shift: 0,
            pooling: 1,
        }
    }
}

impl DvsLayer {
    /// The channels of its events.
    pub const fn features(&self) -> i64 {
        if self.merge { 1 } else { 2 }
    }
}
