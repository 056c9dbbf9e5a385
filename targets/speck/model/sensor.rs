//! What the sensor's layer does with an address.

use crate::speck::{
    chip::{CORES, Chip, DESTINATIONS},
    configuration::{DvsLayer, Pair},
};

/// Polarity, pooling and crop, mirrors, and the swap of the axes, in this order. Source: datasheet 3.2.3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sensor {
    /// The cores that events go to.
    pub targets: [Option<usize>; DESTINATIONS],
    merge: bool,
    on: bool,
    off: bool,
    pooling: Pair<i64>,
    origin: Pair<i64>,
    cut: Pair<i64>,
    mirror: Pair<bool>,
    swap: bool,
    /// Whether origin and cut count what is pooled.
    pub pool_first: bool,
}

impl Sensor {
    pub fn new(dvs: &DvsLayer, chip: &Chip) -> Self {
        let target = |i: usize| {
            let destination = dvs.destinations[i];
            let core = usize::try_from(destination.layer).ok();
            core.filter(|core| destination.enable && *core < CORES)
        };
        Self {
            targets: std::array::from_fn(target),
            merge: dvs.merge,
            on: dvs.on_channel,
            off: dvs.off_channel,
            pooling: dvs.pooling,
            origin: dvs.origin,
            cut: dvs.cut,
            mirror: dvs.mirror,
            swap: dvs.mirror_diagonal,
            pool_first: chip.crop_after_pooling.value,
        }
    }

    /// Feature, row and column that an event of the sensor has at its targets, if it passes.
    ///
    /// The channel of an event is 1 if the light rises, else 0; with both merged it is 0.
    pub fn address(
        &self,
        polarity: bool,
        row: usize,
        column: usize,
    ) -> Option<(usize, usize, usize)> {
        if !(if polarity { self.on } else { self.off }) {
            return None;
        }
        let axis = |at: usize, pooling: i64, origin: i64, cut: i64, mirror: bool| {
            let at = i64::try_from(at).ok()?;
            let pooling = pooling.max(1);
            let within = |at: i64| (origin <= at && at <= cut).then_some(at - origin);
            let (at, extent) = if self.pool_first {
                (within(at / pooling)?, cut - origin + 1)
            } else {
                (within(at)? / pooling, (cut - origin + 1) / pooling)
            };
            // What pooling leaves over at the edge has no address.
            (at < extent).then_some(if mirror { extent - 1 - at } else { at } as usize)
        };
        let (p, o, c) = (self.pooling, self.origin, self.cut);
        let x = axis(column, p.x, o.x, c.x, self.mirror.x)?;
        let y = axis(row, p.y, o.y, c.y, self.mirror.y)?;
        let (x, y) = if self.swap { (y, x) } else { (x, y) };
        let feature = usize::from(polarity && !self.merge);
        Some((feature, y, x))
    }
}
