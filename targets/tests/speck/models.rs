//! Models that others trained, from their NIR files.

use std::{path::Path, rc::Rc};

use nirc_dialects::{
    finding::Findings,
    ir::{IrContext, PrintOptions, Program},
    nir::{self, file::ReadOptions},
};
use nirc_passes::{Convention, NirToCt, QuantizeOptions, Quantizer, RunOptions, Step, run};
use nirc_targets::speck::{
    configuration::{Configuration, Core},
    format::{Format, read},
    placement::Placement,
};

use crate::{
    corpus, files,
    lower::{Levels, Wanted, levels},
    lowering, samna,
};

/// A NIR file as text of level `dt`, in the arithmetic of sinabs with a step of 1.
pub fn dt(path: &Path) -> String {
    let context = IrContext::new().unwrap();
    let (graph, findings) = nir::file::read(path, &ReadOptions::default());
    let mut program: Program<'_> = nir::import(&context, graph.unwrap()).unwrap();
    program.findings = findings;
    let sinabs = Convention::lookup("sinabs").unwrap();
    let steps = [
        Step::Pass(Rc::new(NirToCt {
            step: Some(1.0),
            ..sinabs.nir_to_ct.clone()
        })),
        Step::Pass(Rc::new(sinabs.ct_to_dt.clone())),
    ];
    let ran: Result<(), Findings> = run(&context, &mut program, &steps, &RunOptions::default());
    ran.unwrap();
    program.print(&PrintOptions::WHOLE).unwrap()
}

/// The convolutional network of the NIR paper, if it is there.
fn paper() -> Option<String> {
    let folder = corpus::outside("data/paper/02_cnn")?;
    Some(dt(&folder.join("cnn_sinabs.nir")))
}

fn digits() -> String {
    dt(&corpus::workspace().join("tests/models/digits/digits.nir"))
}

fn made(text: &str, chip: &str, quantizer: Quantizer) -> Levels {
    let wanted = Wanted {
        quantize: QuantizeOptions {
            quantizer,
            ..QuantizeOptions::default()
        },
        ..Wanted::default()
    };
    levels(text, chip, &wanted).unwrap_or_else(|findings| panic!("{findings}"))
}

/// The cores of a network in the order of its populations.
fn cores(levels: &Levels) -> Vec<Core> {
    let (configuration, _) = read(levels.file("config.json"), Format::Properties).unwrap();
    let placement = Placement::read(levels.file("placement.json")).unwrap();
    let cores = placement.populations.iter();
    cores
        .map(|p| configuration.cores[p.parts[0].core].clone())
        .collect()
}

/// The cores in use of a configuration, by number.
fn used(configuration: &Configuration) -> Vec<Core> {
    let used = configuration.cores.iter().filter(|core| !core.is_unused());
    used.cloned().collect()
}

/// What a core is, but for where its spikes go: the placement's business.
fn apart(mut core: Core) -> (Core, Vec<(i64, i64)>) {
    let on = core.destinations.iter().filter(|d| d.enable);
    let pools = on.map(|d| (d.pooling, d.feature_shift)).collect();
    core.destinations = Core::silent().destinations;
    (core, pools)
}

#[test]
fn the_quantiser_sinabs_makes_what_sinabs_makes() {
    let (Some(text), Some(folder)) = (paper(), corpus::outside("oracle/speck")) else {
        return;
    };
    let theirs = used(&files::properties(&folder.join("cnn_speck2f_sinabs.json")));
    let ours = cores(&made(&text, "speck2f", Quantizer::Sinabs));
    assert_eq!(ours.len(), 5);
    for (layer, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
        assert!(apart(ours) == apart(theirs), "layer {layer}");
    }
}

#[test]
fn the_papers_network_stands_on_cores_0_to_4() {
    let Some(text) = paper() else { return };
    for chip in ["speck2b", "speck2e", "speck2f"] {
        let made = made(&text, chip, Quantizer::Channel);
        let placement = Placement::read(made.file("placement.json")).unwrap();
        let parts = placement.populations.iter().flat_map(|p| &p.parts);
        let mut cores: Vec<usize> = parts.map(|part| part.core).collect();
        // The busiest two are on the cores that work in parallel.
        assert_eq!(cores[1..3], [0, 1], "{chip}");
        cores.sort_unstable();
        assert_eq!(cores, [0, 1, 2, 3, 4], "{chip}");
    }
}

/// samna's verdict and words for what was compiled: the paper's network, `digits`, and random ones.
#[test]
fn samna_takes_what_was_compiled_and_sends_the_same_words() {
    if corpus::interpreter("NIRC_SAMNA_PYTHON").is_none() {
        return;
    }
    let mut compiled = lowering::compiled(samna::cases(100, 500));
    let named = [("paper", paper()), ("digits", Some(digits()))];
    for (name, text) in named {
        let Some(text) = text else { continue };
        for quantizer in [Quantizer::Channel, Quantizer::Sinabs] {
            let made = made(&text, "speck2b", quantizer);
            let file = |name: &str| made.file(name).to_owned();
            compiled.push((
                format!("{name}, {quantizer}"),
                file("config.json"),
                file("program.json"),
            ));
        }
    }
    eprintln!("{} archives that were compiled", compiled.len());
    samna::check_compiled(&compiled);
}
