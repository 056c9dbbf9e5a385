//! The architectures that come with nirc, in the format that a user writes.

use nirc_dialects::finding::Findings;

use super::Architecture;

/// The built-in architectures: name and file.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("mesh", include_str!("mesh.toml")),
    ("loihi1", include_str!("loihi1.toml")),
    ("loihi2", include_str!("loihi2.toml")),
    ("spinnaker2", include_str!("spinnaker2.toml")),
];

/// The built-in architecture of this name, with settings changed as in [`Architecture::from_toml`]; none if
/// there is none of this name.
///
/// # Errors
///
/// All that is wrong with the settings.
pub fn built_in(
    name: &str,
    settings: &[(String, String)],
) -> Option<Result<Architecture, Findings>> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Some(Architecture::from_toml(text, settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_sound_and_named_as_it_is_called() {
        for (name, _) in BUILT_IN {
            let architecture = built_in(name, &[]).unwrap().unwrap();
            assert_eq!(architecture.name, name);
            let prices = architecture.energy.all().into_iter();
            for (price, quantity) in prices.chain(architecture.latency.all()) {
                let sourced = quantity.as_ref().is_none_or(|q| !q.source.is_empty());
                assert!(sourced, "{name}: {price} has a source");
            }
        }
    }
}
