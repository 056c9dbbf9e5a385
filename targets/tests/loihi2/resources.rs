//! What Intel's compiler printed, against what the architecture file makes of the same layers.
//!
//! Source of all rows: the utilisation tables in the outputs of lava-dl's notebooks,
//! tutorials/lava/lib/dl/netx/{mnist,oxford,pilotnet_snn,pilotnet_sdnn,yolo_kp}. A word has 64 bits.

use nirc_passes::map::{
    Architecture, CoreLoad, CostModel, Network, Part, Population, Projection, Structure, Taps,
    Tile, built_in, fits, usage,
};

/// Layer, neurons on the core, weight bits, words for each axon.
const DENSE: [(&str, u32, u32, u64); 12] = [
    ("oxford layer 0", 256, 8, 81),
    ("oxford layer 1", 200, 7, 63),
    ("pilotnet_snn fc 0", 100, 3, 24),
    ("pilotnet_sdnn fc 0", 100, 4, 26),
    ("pilotnet fc 0 on 6 cores", 17, 3, 5),
    ("pilotnet_snn fc 1", 50, 4, 13),
    ("pilotnet_sdnn fc 1", 50, 6, 15),
    ("pilotnet fc 2", 10, 5, 3),
    ("pilotnet fc 3", 1, 6, 1),
    ("mnist layer 0 on 3 cores", 50, 8, 16),
    ("mnist layer 1", 64, 8, 21),
    ("mnist layer 2", 10, 8, 4),
];

/// Layer, channels, side of the kernel, channels that it makes on the core, weight bits, words.
const CONVOLUTIONS: [(&str, u32, u32, u32, u32, u64); 8] = [
    ("pilotnet_snn conv 1", 3, 3, 24, 5, 81),
    ("pilotnet_sdnn conv 1", 3, 3, 24, 6, 81),
    ("pilotnet_snn conv 2", 24, 3, 36, 4, 864),
    ("pilotnet_sdnn conv 2", 24, 3, 36, 5, 864),
    ("pilotnet conv 3", 36, 3, 48, 4, 1620),
    ("pilotnet_snn conv 4", 48, 3, 64, 4, 2160),
    ("pilotnet_sdnn conv 4", 48, 3, 64, 5, 2592),
    ("pilotnet conv 5", 64, 3, 64, 4, 2880),
];

/// Of yolo_kp, whose weights are not public: channels, side, channels on the core, words.
const YOLO: [(u32, u32, u32, u64); 9] = [
    (3, 3, 16, 54),
    (16, 3, 32, 576),
    (32, 3, 64, 1728),
    (64, 3, 128, 6336),
    (128, 3, 128, 12_672),
    (256, 3, 64, 11_520),
    (256, 3, 64, 13_824),
    (512, 1, 256, 10_752),
    (512, 1, 48, 3072),
];

/// Layer, axons, neurons on the core, weight bits; AxonIn, Neurons, SynMem, AxonMap and Total in percent.
const PERCENT: [(&str, u32, u32, u32, [f64; 5]); 3] = [
    (
        "mnist layer 0",
        784,
        50,
        8,
        [4.90, 1.22, 78.40, 0.31, 67.14],
    ),
    (
        "mnist layer 1",
        128,
        64,
        8,
        [0.80, 1.56, 16.80, 0.40, 14.72],
    ),
    ("mnist layer 2", 64, 10, 8, [0.40, 0.24, 1.60, 0.06, 1.71]),
];

fn architecture() -> Architecture {
    built_in("loihi2", &[]).unwrap().unwrap()
}

/// A layer by itself on a core.
fn layer(
    source: [u32; 3],
    target: [u32; 3],
    structure: Structure,
    bits: u32,
) -> (Network, CoreLoad) {
    let mut network = Network::default();
    let mut input = Population::new("input", source);
    input.placed = false;
    network.populations.push(input);
    network.populations.push(Population::new("layer", target));
    network
        .projections
        .push(Projection::new("weights", 0, 1, structure, bits));
    let part = Part {
        population: 1,
        tile: Tile::whole(target),
    };
    let load = CoreLoad::new(&network, &[part]);
    (network, load)
}

fn dense(axons: u32, neurons: u32, bits: u32) -> (Network, CoreLoad) {
    let (source, target) = ([axons, 1, 1], [neurons, 1, 1]);
    layer(source, target, Structure::dense(source, target), bits)
}

fn convolution(channels: u32, side: u32, made: u32, bits: u32) -> (Network, CoreLoad) {
    // Four positions: the kernel is held once for all.
    let (source, target) = ([channels, side + 1, side + 1], [made, 2, 2]);
    let taps = Taps::plain(side, 1, 0);
    let structure = Structure::convolution(source, target, 1, taps, taps).unwrap();
    layer(source, target, structure, bits)
}

fn used(
    architecture: &Architecture,
    name: &str,
    (network, load): &(Network, CoreLoad),
) -> (u64, u64) {
    let resources = architecture.cost.resources();
    let index = resources.iter().position(|r| r.name == name).unwrap();
    let used = usage(&architecture.cost, network, load)[index];
    (used, resources[index].capacity)
}

#[test]
fn published_rows_are_reproduced() {
    let architecture = architecture();
    for (name, neurons, bits, words) in DENSE {
        let (used, _) = used(&architecture, "SynMem", &dense(10, neurons, bits));
        assert_eq!(used, 10 * words, "{name}");
    }
    for (name, channels, side, made, bits, words) in CONVOLUTIONS {
        let layer = convolution(channels, side, made, bits);
        assert_eq!(used(&architecture, "SynMem", &layer).0, words, "{name}");
    }
    for (name, axons, neurons, bits, percent) in PERCENT {
        let layer = dense(axons, neurons, bits);
        let names = ["AxonIn", "Neurons", "SynMem", "AxonMap", "Total"];
        for (resource, expected) in names.into_iter().zip(percent) {
            let (used, capacity) = used(&architecture, resource, &layer);
            let printed = (used as f64 / capacity as f64 * 1e4).round() / 100.0;
            assert_eq!(printed, expected, "{name}: {resource}");
        }
    }
    // pilotnet_snn fc 0 over 12 cores: 11 of 9 neurons and one of 1, 7253.33 words each.
    let of = |neurons| used(&architecture, "SynMem", &dense(2560, neurons, 3)).0;
    assert_eq!(11 * of(9) + of(1), 87_040);
    println!(
        "{} dense rows, {} convolution rows, {} rows in percent, a layer over 12 cores",
        DENSE.len(),
        CONVOLUTIONS.len(),
        PERCENT.len()
    );
}

/// Some width of weights explains each row whose weights are not public.
#[test]
fn rows_without_weights_are_explained_by_some_width() {
    let architecture = architecture();
    for (channels, side, made, words) in YOLO {
        let of = |bits| {
            used(
                &architecture,
                "SynMem",
                &convolution(channels, side, made, bits),
            )
            .0
        };
        let widths: Vec<u32> = (1..=8).filter(|bits| of(*bits) == words).collect();
        assert!(
            !widths.is_empty(),
            "{channels} to {made} channels: {words} words"
        );
    }
}

/// Each input of a dense layer takes an axon and a word at least, so 9,999 are the most that a core can take.
/// Intel's tool gave up on 11,352 ("Partitioning could not converge", github.com/sgluege/sdnn_loihi2_compiler_test).
#[test]
fn fan_in_has_a_wall() {
    let architecture = architecture();
    let fits = |axons| {
        let (network, load) = dense(axons, 1, 8);
        fits(&architecture.cost, &network, &load)
    };
    assert!(fits(9_999));
    assert!(!fits(10_000));
    assert!(!fits(43 * 33 * 8));
}
