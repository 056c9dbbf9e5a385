//! The quantisers that imitate rockpool give its integers.

use std::path::Path;

use serde_json::Value;

use crate::support::{corpus, succeed};

#[test]
fn the_integers_are_those_that_rockpool_made() {
    let Some(corpus) = corpus("the_integers_are_those_that_rockpool_made") else {
        return;
    };
    let model = corpus.join("data/paper/03_rnn/braille_noDelay_noBias_subtract.nir");
    let cases = [
        (
            "rockpool-channel",
            "xylo-audio-2",
            "cfg_a2_braille_noDelay_noBias_subtract.json",
        ),
        (
            "rockpool-global",
            "xylo-audio-2",
            "cfg_a2_braille_global.json",
        ),
        ("rockpool-global", "xylo-v1", "cfg_v1_braille_global.json"),
    ];
    for (quantizer, target, file) in cases {
        let folder = tempfile::tempdir().unwrap();
        let options = [
            "--quantizer",
            quantizer,
            "--target",
            target,
            "--reset",
            "subtract",
            "-o",
        ]
        .map(Path::new);
        succeed(
            [Path::new("compile"), &model]
                .into_iter()
                .chain(options)
                .chain([folder.path()]),
        );
        let name = if target == "xylo-v1" {
            "config.json"
        } else {
            "config.unverified.json"
        };
        let read = |path: &Path| -> Value {
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
        };
        let (ours, theirs) = (
            read(&folder.path().join(name)),
            read(&corpus.join("oracle/xylo").join(file)),
        );
        for layer in ["input", "reservoir", "readout"] {
            let part = |config: &Value| config["value0"][layer].clone();
            for key in ["weights", "weight_bit_shift", "neurons"] {
                assert_eq!(
                    part(&ours)[key],
                    part(&theirs)[key],
                    "{file}: {layer}.{key}"
                );
            }
        }
    }
}
