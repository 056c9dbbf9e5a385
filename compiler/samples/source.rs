//! The text that names a source of samples.

use std::path::PathBuf;

use nirc_dialects::finding::{Finding, Findings};

use super::{Input, generator::Generator};

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
    /// A generator.
    Generator(Generator),
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
    /// A raster or events as text.
    Csv,
    /// NIRData in HDF5.
    NirData,
}

/// The ends of names, each with its format.
const ENDINGS: [(&str, Format); 6] = [
    (".npy", Format::Npy),
    (".npz", Format::Npz),
    (".csv", Format::Csv),
    (".h5", Format::NirData),
    (".hdf5", Format::NirData),
    (".nirdata", Format::NirData),
];

/// The options behind a file's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The name of an array in an `.npz`.
    pub array: Option<String>,
    /// The name of a node in NIRData, or in the column `node` of events as text.
    pub node: Option<String>,
    /// The name of an observable in NIRData.
    pub observable: Option<String>,
    /// The number of steps that events are put into.
    pub steps: Option<usize>,
    /// Whether rows of NIRData are steps of the model whatever their own step is.
    pub ignore_dt: bool,
    /// Columns of a raster as text; none for all.
    pub columns: Vec<Column>,
}

/// Columns of a raster as text.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// From the first to the last number, both included; the first column is 0.
    Numbers(usize, usize),
    /// A name of the header.
    Name(String),
}

impl Source {
    /// Reads the text of a source. A name before a `=` is an input if the model has it; any other
    /// text before a `=` belongs to the file's name.
    ///
    /// # Errors
    ///
    /// A finding for every option or argument that is unknown or does not fit.
    pub fn parse(text: &str, inputs: &[Input<'_>]) -> Result<Self, Findings> {
        let named = inputs.iter().enumerate().find_map(|(index, input)| {
            let rest = text.strip_prefix(input.name)?.strip_prefix('=')?;
            Some((index, rest))
        });
        let (input, rest) = named.map_or((None, text), |(index, rest)| (Some(index), rest));
        let kind = match Generator::parse(rest) {
            Some(generator) => Kind::Generator(generator?),
            None => Kind::File(file(rest, inputs)?),
        };
        Ok(Self { input, kind })
    }
}

/// `FILE[:OPTION,...]`. The name ends at the last known ending that a `:` or the text's end
/// follows.
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
        return Err(refuse(format!(
            "`{text}` is no generator, and has none of the endings {endings}"
        ))
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

/// The finding about a source's text.
pub fn refuse(what: impl Into<String>) -> Finding {
    Finding::error(
        "run-source",
        "a source is [INPUT=]FILE[:OPTION,...] or [INPUT=]GENERATOR:KEY=VALUE,...",
        what,
    )
}

fn parse_options(text: &str, options: &str, format: Format) -> Result<Options, Findings> {
    let (mut read, mut findings) = (Options::default(), Findings::new());
    for option in options.split(',').filter(|option| !option.is_empty()) {
        use Format::{Csv, NirData, Npz};
        match (option.split_once('='), format) {
            (Some(("array", name)), Npz) => read.array = Some(name.to_owned()),
            (Some(("node", name)), NirData | Csv) => read.node = Some(name.to_owned()),
            (Some(("observable", name)), NirData) => read.observable = Some(name.to_owned()),
            (Some(("dt", "ignore")), NirData) => read.ignore_dt = true,
            (Some(("steps", steps)), NirData | Csv) => match steps.parse() {
                Ok(steps) if steps > 0 => read.steps = Some(steps),
                _ => findings.push(refuse(format!("`{text}`: `{steps}` is no number of steps"))),
            },
            (None, Csv) => read.columns.push(column(option)),
            _ => findings.push(refuse(format!("`{text}` has the option `{option}`")).why(
                match format {
                    Format::Npy => "an .npy has no options",
                    Npz => "an .npz has the option array=NAME",
                    Csv => "a .csv has columns (0, 2-5, NAME), steps=N and node=NAME",
                    NirData => "NIRData has node=NAME, observable=NAME, steps=N and dt=ignore",
                },
            )),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(read)
}

/// `2`, `2-5` or a name.
fn column(text: &str) -> Column {
    let range = text.split_once('-').unwrap_or((text, text));
    match (range.0.parse(), range.1.parse()) {
        (Ok(first), Ok(last)) if first <= last => Column::Numbers(first, last),
        _ => Column::Name(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: [Input<'_>; 2] = [
        Input {
            name: "a",
            width: 1,
        },
        Input {
            name: "b/c",
            width: 1,
        },
    ];

    fn parsed(text: &str) -> (Option<usize>, String, Format, Options) {
        match Source::parse(text, &INPUTS).unwrap() {
            Source {
                input,
                kind: Kind::File(file),
            } => {
                let path = file.path.display().to_string();
                (input, path, file.format, file.options)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn inputs_files_and_options_are_told_apart() {
        let none = Options::default;
        assert_eq!(parsed("x.npy"), (None, "x.npy".into(), Format::Npy, none()));
        assert_eq!(parsed("b/c=d/x.NPZ").0, Some(1));
        assert_eq!(parsed("z=x.npy").1, "z=x.npy");
        assert_eq!(parsed("x.npz:y.csv").1, "x.npz:y.csv");
        let columns = parsed("a=x.csv:0,2-5,time,steps=9").3;
        assert_eq!(
            columns.columns,
            [
                Column::Numbers(0, 0),
                Column::Numbers(2, 5),
                Column::Name("time".into())
            ]
        );
        assert_eq!(columns.steps, Some(9));
        let data = parsed("x.h5:node=n,observable=o,dt=ignore").3;
        assert_eq!(data.node.as_deref(), Some("n"));
        assert_eq!(data.observable.as_deref(), Some("o"));
        assert!(data.ignore_dt);
    }

    #[test]
    fn every_wrong_option_is_a_finding() {
        for (text, count) in [
            ("x.txt", 1),
            ("", 1),
            ("x.npy:0,array=b", 2),
            ("x.npz:steps=3", 1),
            ("x.csv:steps=0,array=b,steps=x", 3),
            ("x.h5:dt=1,3", 2),
        ] {
            let findings = Source::parse(text, &INPUTS).unwrap_err();
            assert_eq!(findings.0.len(), count, "{text}: {findings}");
            assert!(findings.iter().all(|f| f.code == "run-source"));
        }
    }
}
