//! The text that names a source of samples.

use std::path::PathBuf;

use nirc_dialects::finding::{Finding, Findings};

use super::Input;

/// Where samples come from, and for which input.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The position of the input that is named; `None` for every input that there is data for.
    pub input: Option<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a source is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A file.
    File(File),
}

/// A file, and what of it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// The options behind the name.
    pub options: Options,
}

/// The format of a file, which the end of its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An array of numpy.
    Npy,
    /// Several arrays of numpy.
    Npz,
}

/// The ends of names, each with its format.
const ENDINGS: [(&str, Format); 2] = [(".npy", Format::Npy), (".npz", Format::Npz)];

/// The options behind a file's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The name of an array in an `.npz`.
    pub array: Option<String>,
}

impl Source {
    /// Reads the text of a source. A name before a `=` is an input if the model has it; any other
    /// text before a `=` belongs to the file's name.
    ///
    /// # Errors
    ///
    /// A finding for every option that is unknown or does not fit the format.
    pub fn parse(text: &str, inputs: &[Input<'_>]) -> Result<Self, Findings> {
        let named = inputs.iter().enumerate().find_map(|(index, input)| {
            let rest = text.strip_prefix(input.name)?.strip_prefix('=')?;
            Some((index, rest))
        });
        let (input, rest) = named.map_or((None, text), |(index, rest)| (Some(index), rest));
        Ok(Self {
            input,
            kind: Kind::File(file(rest, inputs)?),
        })
    }
}

/// `FILE[:OPTION,...]`. The name ends at the last known ending that a `:` or the text's end follows.
fn file(text: &str, inputs: &[Input<'_>]) -> Result<File, Findings> {
    let lower = text.to_ascii_lowercase();
    let split = ENDINGS
        .iter()
        .filter_map(|&(ending, format)| {
            let end = if lower.ends_with(ending) {
                text.len()
            } else {
                lower.rfind(&format!("{ending}:"))? + ending.len()
            };
            Some((end, format))
        })
        .max_by_key(|(end, _)| *end);
    let Some((end, format)) = split else {
        let endings = ENDINGS.map(|(ending, _)| ending).join(", ");
        let names: Vec<_> = inputs.iter().map(|i| format!("`{}`", i.name)).collect();
        return Err(Finding::error(
            "run-source",
            "input is a file of a known format, or a generator",
            format!("`{text}` has none of the endings {endings}"),
        )
        .why(format!("the model's inputs are {}", names.join(", ")))
        .into());
    };
    let (path, options) = text.split_at_checked(end).unwrap_or((text, ""));
    Ok(File {
        path: path.into(),
        format,
        options: parse_options(text, options.trim_start_matches(':'), format)?,
    })
}

fn parse_options(text: &str, options: &str, format: Format) -> Result<Options, Findings> {
    let (mut read, mut findings) = (Options::default(), Findings::new());
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match (option.split_once('='), format) {
            (Some(("array", name)), Format::Npz) => read.array = Some(name.to_owned()),
            _ => findings.push(Finding::error(
                "run-source",
                "an option behind a file's name is one of its format's",
                format!("`{text}` has the option `{option}`"),
            )),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(read)
}
