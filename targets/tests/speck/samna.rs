//! Against the vendor's own code: samna 0.7.1.0, which knows speck2b.

use std::{collections::BTreeMap, fs};

use nirc_dialects::finding::Severity;
use nirc_targets::speck::{
    chip::{self, Chip},
    configuration::Configuration,
    format::{Format, write},
    legal::{self, Nodes, STRICTER},
    loader::LOADER,
    program,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    corpus, files,
    random::{self, Random, SMALL, Sizes},
};

/// How many random cases a test has: `few` in daily work, `all` where `NIRC_FULL` is set.
pub fn cases(few: usize, all: usize) -> usize {
    if std::env::var_os("NIRC_FULL").is_some() {
        all
    } else {
        few
    }
}

pub fn speck2b() -> &'static Chip {
    chip::lookup("speck2b").unwrap()
}

/// samna's answer to each configuration; `None` if there is no samna.
fn ask(mode: &str, configurations: &[Configuration]) -> Option<Vec<Value>> {
    let python = corpus::interpreter("NIRC_SAMNA_PYTHON")?;
    let archives = configurations.iter();
    let lines: String = archives.map(|c| write(c.clone(), Format::Cereal)).collect();
    assert_eq!(lines.lines().count(), configurations.len());
    let output = corpus::script(&python, "speck_samna.py", &[mode], &lines)?;
    let answers = output.lines().filter_map(|l| l.strip_prefix("result: "));
    Some(answers.map(|a| serde_json::from_str(a).unwrap()).collect())
}

/// That samna takes archives that were compiled, and sends the words beside them.
pub fn check_compiled(compiled: &[(String, String, String)]) {
    let Some(python) = corpus::interpreter("NIRC_SAMNA_PYTHON") else {
        return;
    };
    let archives: String = compiled
        .iter()
        .map(|(_, archive, _)| archive.as_str())
        .collect();
    let Some(output) = corpus::script(&python, "speck_samna.py", &["words"], &archives) else {
        return;
    };
    let answers = output.lines().filter_map(|l| l.strip_prefix("result: "));
    let answers: Vec<Value> = answers.map(|a| serde_json::from_str(a).unwrap()).collect();
    assert_eq!(answers.len(), compiled.len());
    for ((name, _, program), answer) in compiled.iter().zip(answers) {
        assert_eq!(answer["valid"], true, "{name}: {}", answer["message"]);
        assert_eq!(answer["same"], true, "{name}: written back differently");
        let program: Value = serde_json::from_str(program).unwrap();
        let words: Vec<u32> = serde_json::from_value(program["words"].clone()).unwrap();
        assert_eq!(answer["words"], words.len(), "{name}");
        let text: Vec<String> = words.iter().map(ToString::to_string).collect();
        let digest = hex::encode(Sha256::digest(text.join(" ")));
        assert_eq!(answer["sha256"], digest, "{name}: other words");
    }
}

/// That samna takes archives, if there is samna.
pub fn ask_valid(archives: &[&str]) {
    let Some(python) = corpus::interpreter("NIRC_SAMNA_PYTHON") else {
        return;
    };
    let Some(output) = corpus::script(&python, "speck_samna.py", &["verdicts"], &archives.concat())
    else {
        return;
    };
    let answers = output.lines().filter_map(|l| l.strip_prefix("result: "));
    let answers: Vec<Value> = answers.map(|a| serde_json::from_str(a).unwrap()).collect();
    assert_eq!(answers.len(), archives.len());
    for answer in answers {
        assert_eq!(answer["valid"], true, "{}", answer["message"]);
    }
}

/// That samna takes the archive, writes it back, and sends our words for it.
fn check_words(name: &str, configuration: &Configuration, answer: &Value) {
    let findings = legal::check(configuration, speck2b(), &Nodes::default());
    assert!(!findings.has_errors(), "{name}: {findings}");
    assert_eq!(answer["valid"], true, "{name}: {}", answer["message"]);
    assert_eq!(answer["same"], true, "{name}: written back differently");
    let words = program::words(configuration);
    assert_eq!(answer["words"], words.len(), "{name}");
    let text: Vec<String> = words.iter().map(ToString::to_string).collect();
    let digest = hex::encode(Sha256::digest(text.join(" ")));
    assert_eq!(answer["sha256"], digest, "{name}: other words");
}

#[test]
fn samna_sends_our_words_for_random_networks() {
    let networks: Vec<_> = (0..cases(100, 500) as u64)
        .map(|seed| {
            let mut random = Random(seed);
            let sizes = if seed % 50 == 0 {
                Sizes {
                    map: 40,
                    features: 40,
                    kernel: 9,
                }
            } else {
                SMALL
            };
            let mut network = random::network(&mut random, speck2b(), sizes);
            let dvs = &mut network.dvs;
            dvs.pooling.x = random::pick(&mut random, &[1, 2, 4]);
            dvs.pooling.y = random::pick(&mut random, &[1, 2, 4]);
            dvs.mirror.x = random::once_in(&mut random, 2);
            dvs.mirror_diagonal = random::once_in(&mut random, 2);
            dvs.pass_sensor_events = random::once_in(&mut random, 2);
            dvs.cut.y = random::integer(&mut random, 64, 127);
            dvs.origin.x = random::integer(&mut random, 0, 64);
            network.readout.threshold = random::integer(&mut random, 0, 65535);
            network.readout.readout_configuration_sel = random::integer(&mut random, 0, 3);
            network.filter.enable = random::once_in(&mut random, 2);
            network.filter.threshold = random::integer(&mut random, 0, 65535);
            network
        })
        .collect();
    let Some(answers) = ask("words", &networks) else {
        return;
    };
    assert_eq!(answers.len(), networks.len());
    for (seed, (network, answer)) in networks.iter().zip(&answers).enumerate() {
        check_words(&format!("seed {seed}"), network, answer);
    }
}

#[test]
fn samna_sends_our_words_for_known_networks() {
    let archives = files::oracle("cereal.json");
    let mut known = Vec::new();
    for (stem, path) in archives {
        let text = fs::read_to_string(path).unwrap();
        let read = nirc_targets::speck::format::read(&text, Format::Cereal).unwrap();
        // The example of the readout is for speck2e and speck2f, and its destination was taken out.
        known.push((stem, read.0));
    }
    let configurations: Vec<_> = known.iter().map(|(_, c)| c.clone()).collect();
    if configurations.is_empty() {
        return;
    }
    let Some(answers) = ask("words", &configurations) else {
        return;
    };
    for ((stem, configuration), answer) in known.iter().zip(&answers) {
        if answer["valid"] == true {
            check_words(stem, configuration, answer);
        } else {
            let findings = legal::check(configuration, speck2b(), &Nodes::default());
            assert!(findings.has_errors(), "{stem}: {}", answer["message"]);
        }
    }
}

#[test]
fn verdicts_are_those_of_samna() {
    let configurations: Vec<_> = (0..cases(300, 1000) as u64)
        .map(|seed| {
            let mut random = Random(seed + 10_000);
            let mut configuration = random::network(&mut random, speck2b(), SMALL);
            for _ in 0..random.between(0, 2) {
                random::spoil(&mut random, &mut configuration);
            }
            configuration
        })
        .collect();
    let Some(answers) = ask("verdicts", &configurations) else {
        return;
    };
    assert_eq!(answers.len(), configurations.len());
    let mut stricter: BTreeMap<String, usize> = BTreeMap::new();
    let (mut taken, mut refused, mut killed, mut stricter_verdicts) = (0, 0, 0, 0);
    for (seed, (configuration, answer)) in configurations.iter().zip(&answers).enumerate() {
        let findings = legal::check(configuration, speck2b(), &Nodes::default());
        let message = answer["message"].as_str().unwrap();
        let theirs = answer["valid"].as_bool().unwrap();
        if theirs != findings.has_errors() {
            taken += usize::from(theirs);
            refused += usize::from(!theirs);
            killed += usize::from(message.starts_with("killed"));
            continue;
        }
        assert!(theirs, "seed {seed}: samna refuses, {message}");
        stricter_verdicts += 1;
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        for error in errors {
            assert!(
                STRICTER.iter().any(|rule| rule.code == error.code),
                "seed {seed}: samna takes it, {error}"
            );
            *stricter.entry(error.code.to_string()).or_default() += 1;
        }
    }
    eprintln!(
        "{} configurations: {taken} taken, {refused} refused ({killed} killed samna), {stricter_verdicts} \
         refused by us alone: {stricter:?}",
        configurations.len()
    );
    assert_eq!(taken + refused + stricter_verdicts, configurations.len());
    assert!(taken > configurations.len() / 4 && refused > configurations.len() / 4);
    // Each rule of the list was seen to matter, and what kills samna is refused.
    if configurations.len() >= 1000 {
        assert!(killed > 0);
        for rule in STRICTER {
            assert!(stricter.contains_key(rule.code), "{}", rule.code);
        }
    }
}

/// The loader sets by attribute what the archive says in another way.
#[test]
fn the_loader_makes_the_archive() {
    let Some(python) = corpus::interpreter("NIRC_SAMNA_PYTHON") else {
        return;
    };
    let folder = corpus::scratch("speck-loader");
    fs::write(folder.join("load_speck.py"), LOADER).unwrap();
    for seed in 0..20 {
        let network = random::network(&mut Random(seed + 500), speck2b(), SMALL);
        let name = |kind| folder.join(format!("{seed}.{kind}.json"));
        fs::write(
            name("properties"),
            write(network.clone(), Format::Properties),
        )
        .unwrap();
        fs::write(name("archive"), write(network, Format::Cereal)).unwrap();
    }
    let folder = folder.to_str().unwrap();
    let output = corpus::script(&python, "speck_samna.py", &["files", folder, "speck2b"], "");
    let Some(output) = output else { return };
    let results: Vec<_> = (output.lines())
        .filter(|line| line.starts_with("result: "))
        .collect();
    assert_eq!(results.len(), 20);
    for result in results {
        assert!(result.contains(": same, True"), "{result}");
    }
}
