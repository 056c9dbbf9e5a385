//! Pass pipelines and pass options as text, in MLIR's syntax:
//! `builtin.module(nir-to-ct{dt=1e-4 reset=subtract},cse)`.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use nirc_dialects::finding::{Finding, Findings};

/// A pass's options, taken one by one; what is left over is unknown to the pass.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pass: String,
    values: BTreeMap<String, String>,
    known: Vec<&'static str>,
    findings: Findings,
}

impl Options {
    /// The options in `text`: `name=value`, separated by spaces.
    pub fn parse(pass: &str, text: &str) -> Self {
        let mut this = Self {
            pass: pass.to_owned(),
            ..Self::default()
        };
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some((name, value)) => {
                    if this
                        .values
                        .insert(name.to_owned(), value.to_owned())
                        .is_some()
                    {
                        this.findings
                            .push(refuse(pass, format!("option `{name}` is given twice")));
                    }
                }
                None => this.findings.push(refuse(
                    pass,
                    format!("`{word}` is not of the form name=value"),
                )),
            }
        }
        this
    }

    /// Options that have been read as names and values.
    pub fn of(pass: &str, values: &BTreeMap<String, String>) -> Self {
        Self {
            pass: pass.to_owned(),
            values: values.clone(),
            ..Self::default()
        }
    }

    /// All options, for a pass that hands them on.
    ///
    /// # Errors
    ///
    /// Words that are no option.
    pub fn into_values(self) -> Result<BTreeMap<String, String>, Findings> {
        if self.findings.0.is_empty() {
            Ok(self.values)
        } else {
            Err(self.findings)
        }
    }

    /// Takes option `name`, read by `read`; `expected` says what it should be.
    pub fn take_with<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let text = self.values.remove(name)?;
        let value = read(&text);
        if value.is_none() {
            self.findings.push(refuse(
                &self.pass,
                format!("option `{name}` is `{text}`, it should be {expected}"),
            ));
        }
        value
    }

    /// Takes option `name`, read as Rust reads a `T`.
    pub fn take<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        self.take_with(name, expected, |text| text.parse().ok())
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// All values that could not be read, and all options that the pass does not have.
    pub fn finish(mut self) -> Result<(), Findings> {
        for name in self.values.keys() {
            self.findings.push(
                refuse(&self.pass, format!("there is no option `{name}`")).fix(
                    match self.known.as_slice() {
                        [] => "it has no options".to_owned(),
                        known => format!("its options are: {}", known.join(", ")),
                    },
                ),
            );
        }
        if self.findings.0.is_empty() {
            Ok(())
        } else {
            Err(self.findings)
        }
    }
}

fn refuse(pass: &str, what: impl Display) -> Finding {
    Finding::error(
        "pass-option",
        "a pass's options are among those that it has",
        format!("pass `{pass}`: {what}"),
    )
}

/// A pass in a pipeline, with the text of its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineElement {
    /// The pass's name.
    pub name: String,
    /// What stands between its braces.
    pub options: String,
}

/// The passes of `builtin.module(...)`; the anchor may be left out.
///
/// # Errors
///
/// A finding that says where the text is not a pipeline.
pub fn parse_pipeline(text: &str) -> Result<Vec<PipelineElement>, Finding> {
    let malformed = |what: String| {
        Finding::error("pass-pipeline", "a pipeline is a list of passes", what)
            .fix("write for example `builtin.module(nir-to-ct{dt=1e-4},ct-to-dt)`")
    };
    let text = text.trim();
    let list = match text.strip_prefix("builtin.module(") {
        Some(rest) => rest
            .strip_suffix(')')
            .ok_or_else(|| malformed("the closing parenthesis is missing".into()))?,
        None => text,
    };
    let mut elements = Vec::new();
    let (mut name, mut options, mut depth) = (String::new(), String::new(), 0usize);
    let mut push = |name: &mut String, options: &mut String| {
        let (name, options) = (std::mem::take(name), std::mem::take(options));
        match name.trim() {
            "" => Err(malformed("the name of a pass is missing".into())),
            name if name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) =>
            {
                elements.push(PipelineElement {
                    name: name.to_owned(),
                    options,
                });
                Ok(())
            }
            name => Err(malformed(format!("`{name}` is not the name of a pass"))),
        }
    };
    for c in list.chars() {
        match c {
            '{' if depth == 0 => depth = 1,
            '{' => {
                depth += 1;
                options.push(c);
            }
            '}' if depth == 0 => return Err(malformed("a `}` has no `{`".into())),
            '}' => {
                depth -= 1;
                if depth > 0 {
                    options.push(c);
                }
            }
            ',' if depth == 0 => push(&mut name, &mut options)?,
            _ if depth > 0 => options.push(c),
            _ => name.push(c),
        }
    }
    if depth > 0 {
        return Err(malformed("a `{` is not closed".into()));
    }
    if !list.trim().is_empty() {
        push(&mut name, &mut options)?;
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_are_read_with_or_without_their_anchor() {
        let element = |name: &str, options: &str| PipelineElement {
            name: name.into(),
            options: options.into(),
        };
        let cases: [(&str, Vec<PipelineElement>); 4] = [
            ("", vec![]),
            ("cse", vec![element("cse", "")]),
            (
                "builtin.module(nir-to-ct{dt=1e-4 reset=zero}, cse)",
                vec![
                    element("nir-to-ct", "dt=1e-4 reset=zero"),
                    element("cse", ""),
                ],
            ),
            ("a{b={c=1,d}}", vec![element("a", "b={c=1,d}")]),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_pipeline(text).unwrap(), expected, "{text}");
        }
        for text in ["builtin.module(a", "a{b", "a}", ",", "a b"] {
            assert_eq!(
                parse_pipeline(text).unwrap_err().code,
                "pass-pipeline",
                "{text}"
            );
        }
    }

    #[test]
    fn every_wrong_option_is_named() {
        let mut options = Options::parse("p", "dt=x steps=3 other");
        assert_eq!(options.take::<f64>("dt", "a number"), None);
        let findings = options.finish().unwrap_err();
        assert_eq!(findings.0.len(), 3, "{findings}");
        assert!(findings.to_string().contains("there is no option `steps`"));
    }
}
