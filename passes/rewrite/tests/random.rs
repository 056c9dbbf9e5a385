//! Random numbers.

/// SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    pub fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    pub fn pick<V: Copy>(&mut self, values: &[V]) -> V {
        values[self.between(0, values.len() - 1)]
    }

    pub fn numbers(&mut self, count: usize, low: f64, high: f64) -> Vec<f64> {
        (0..count).map(|_| self.within(low, high)).collect()
    }

    /// One for all, or one for each.
    pub fn spread(&mut self, count: usize, low: f64, high: f64) -> Vec<f64> {
        let held = if self.chance(0.4) { 1 } else { count };
        self.numbers(held, low, high)
    }

    /// Numbers of either sign, none near 0.
    pub fn signed(&mut self, count: usize) -> Vec<f64> {
        (0..count)
            .map(|_| self.pick(&[-1.0, 1.0]) * self.within(0.3, 1.5))
            .collect()
    }
}
