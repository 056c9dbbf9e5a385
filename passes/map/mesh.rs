//! Where the cores of a chip, or of a system of chips, stand.

/// A mesh of tiles, each with a router and some cores. Chips lie edge to edge in a grid, so the tiles of a
/// system are one larger mesh, some of whose links cross from chip to chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mesh {
    /// Columns of tiles of a chip.
    pub width: u32,
    /// Rows of tiles of a chip.
    pub height: u32,
    /// Cores of a tile.
    pub cores_per_tile: u32,
    /// The tiles of a chip that have cores, in the order of the cores' numbers; empty if all have,
    /// row by row.
    pub tiles: Vec<[u32; 2]>,
    /// How many cores of a chip can be used, the first ones.
    pub usable_cores: u32,
    /// Columns and rows of chips.
    pub chips: [u32; 2],
}

/// A direction in which a link leads from a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To larger x.
    East,
    /// To smaller x.
    West,
    /// To larger y.
    North,
    /// To smaller y.
    South,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::East, Self::West, Self::North, Self::South];
}

impl Mesh {
    /// One chip all of whose tiles have cores.
    pub fn new(width: u32, height: u32, cores_per_tile: u32) -> Self {
        Self {
            width,
            height,
            cores_per_tile,
            tiles: Vec::new(),
            usable_cores: width * height * cores_per_tile,
            chips: [1, 1],
        }
    }

    /// The number of chips.
    pub fn chip_count(&self) -> u32 {
        self.chips[0] * self.chips[1]
    }

    /// The number of cores that can be used.
    pub fn cores(&self) -> usize {
        self.usable_cores as usize * self.chip_count() as usize
    }

    /// Columns and rows of tiles of the whole system.
    pub fn size(&self) -> [u32; 2] {
        [self.width * self.chips[0], self.height * self.chips[1]]
    }

    /// The chip of a core.
    pub fn chip_of(&self, core: u32) -> u32 {
        core / self.usable_cores.max(1)
    }

    /// The tile of a core, in the whole system: column x, row y.
    pub fn tile_of(&self, core: u32) -> [u32; 2] {
        let chip = self.chip_of(core);
        let index = core % self.usable_cores.max(1) / self.cores_per_tile.max(1);
        let [x, y] = match self.tiles.get(index as usize) {
            Some(tile) => *tile,
            None => [index % self.width.max(1), index / self.width.max(1)],
        };
        let columns = self.chips[0].max(1);
        [
            chip % columns * self.width + x,
            chip / columns * self.height + y,
        ]
    }

    /// The number of a tile.
    pub fn tile_index(&self, [x, y]: [u32; 2]) -> usize {
        y as usize * self.size()[0] as usize + x as usize
    }

    /// The number of directed links, those that lead off the mesh included.
    pub fn links(&self) -> usize {
        let [x, y] = self.size();
        x as usize * y as usize * 4
    }

    /// The number of the link from a tile in a direction.
    pub fn link(&self, tile: [u32; 2], direction: Direction) -> usize {
        self.tile_index(tile) * 4 + direction as usize
    }

    /// Links between tiles along x and along y, one after the other, on the way between two cores.
    pub fn hops(&self, from: u32, to: u32) -> [u32; 2] {
        let (a, b) = (self.tile_of(from), self.tile_of(to));
        [a[0].abs_diff(b[0]), a[1].abs_diff(b[1])]
    }

    /// Whether the link from a tile in a direction leads to another chip.
    pub fn crosses(&self, [x, y]: [u32; 2], direction: Direction) -> bool {
        let (width, height) = (self.width.max(1), self.height.max(1));
        match direction {
            Direction::East => (x + 1).is_multiple_of(width),
            Direction::West => x.is_multiple_of(width),
            Direction::North => (y + 1).is_multiple_of(height),
            Direction::South => y.is_multiple_of(height),
        }
    }
}
