//! The resource section of MLIR text: the weights, in hexadecimal, and nirc's findings, as JSON,
//! after the module.
//!
//! ```text
//! {-#
//!   dialect_resources: {
//!     builtin: {
//!       fc1.weight: "0x04000000CDCCCC3D..."
//!     }
//!   },
//!   external_resources: {
//!     nirc: {
//!       findings: "[...]"
//!     }
//!   }
//! #-}
//! ```
//! The first four bytes of a blob are its alignment, the rest is its data, all little endian. MLIR
//! would format every blob even where it is then elided, so nirc writes and reads the section itself.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::finding::Finding;

const OPEN: &str = "{-#";
const CLOSE: &str = "#-}";

/// Whose external resource the findings are, and its key.
const TOOL: &str = "nirc";
const FINDINGS: &str = "findings";

/// A tensor's key as MLIR prints it: bare where it is a keyword, else quoted.
pub(super) fn quote_key(key: &str) -> String {
    let mut characters = key.chars();
    let bare = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.'));
    if bare { key.to_owned() } else { quote(key) }
}

/// A string as MLIR prints it.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for &byte in text.as_bytes() {
        match byte {
            b'\\' => quoted.push_str("\\\\"),
            b'"' | 0..=0x1f | 0x7f.. => {
                let _ = write!(quoted, "\\{byte:02X}");
            }
            _ => quoted.push(byte as char),
        }
    }
    quoted.push('"');
    quoted
}

/// Reads a key, bare or quoted, and what follows it.
pub(super) fn parse_key(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.')))
            .unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let bytes = quoted.as_bytes();
    let mut key = Vec::new();
    let mut i = 0;
    loop {
        match *bytes.get(i)? {
            b'"' => return Some((String::from_utf8(key).ok()?, quoted.get(i + 1..)?)),
            b'\\' => match *bytes.get(i + 1)? {
                escaped @ (b'\\' | b'"') => {
                    key.push(escaped);
                    i += 2;
                }
                b'n' => {
                    key.push(b'\n');
                    i += 2;
                }
                b't' => {
                    key.push(b'\t');
                    i += 2;
                }
                _ => {
                    key.push(u8::from_str_radix(quoted.get(i + 1..i + 3)?, 16).ok()?);
                    i += 3;
                }
            },
            byte => {
                key.push(byte);
                i += 1;
            }
        }
    }
}

/// Splits MLIR text into the module and the resource section, if there is one. Comments may follow the
/// section.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    // A newline inside a string is escaped in MLIR text, so a line that opens a section is one.
    let start = if text.starts_with(OPEN) {
        Some(0)
    } else {
        text.rfind("\n{-#").map(|at| at + 1)
    };
    let section = start.and_then(|start| {
        let end = text.rfind(CLOSE)? + CLOSE.len();
        let only_comments = text[end..]
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with("//"));
        (end > start && only_comments).then(|| (&text[..start], &text[start..end]))
    });
    match section {
        Some((module, section)) => (module, Some(section)),
        None => (text, None),
    }
}

/// What the resource section holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// The data of each tensor by key, without its alignment.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// The findings, as JSON.
    pub findings: Option<String>,
}

/// Writes the section for `blobs` (key, alignment in bytes, data) and `findings`, unless both are
/// empty.
pub(super) fn write<'a>(
    out: &mut String,
    blobs: impl Iterator<Item = (&'a str, u32, Vec<u8>)>,
    findings: Option<&str>,
) {
    let start = out.len();
    let mut separator = "\n{-#\n  dialect_resources: {\n    builtin: {\n";
    for (key, alignment, data) in blobs {
        out.push_str(separator);
        separator = ",\n";
        let _ = write!(out, "      {}: \"0x", quote_key(key));
        out.push_str(&hex::encode_upper(alignment.to_le_bytes()));
        out.push_str(&hex::encode_upper(&data));
        out.push('"');
    }
    let has_blobs = out.len() > start;
    if has_blobs {
        out.push_str("\n    }\n  }");
    }
    if let Some(findings) = findings {
        out.push_str(if has_blobs { ",\n" } else { "\n{-#\n" });
        let _ = write!(
            out,
            "  external_resources: {{\n    {TOOL}: {{\n      {FINDINGS}: {}\n    }}\n  }}",
            quote(findings)
        );
    }
    if out.len() > start {
        out.push_str("\n#-}\n");
    }
}

/// Reads a section.
///
/// # Errors
///
/// A finding if the section is malformed.
pub(super) fn parse(text: &str) -> Result<Section, Finding> {
    let malformed = |what: &str| {
        Finding::error(
            "ir-resources",
            "the resource section of the file is well formed",
            format!("the section `{{-# ... #-}}` is malformed: {what}"),
        )
        .fix("write the IR again; a file cut short has no usable weights")
    };
    let mut scanner = Scanner {
        rest: text
            .trim_end()
            .strip_prefix(OPEN)
            .and_then(|s| s.strip_suffix(CLOSE))
            .ok_or_else(|| malformed("it does not end in `#-}`"))?,
    };
    let mut section = Section::default();
    while !scanner.at_end() {
        let kind = scanner
            .key()
            .ok_or_else(|| malformed("a name is missing"))?;
        scanner
            .expect(":{")
            .ok_or_else(|| malformed("`: {` is missing"))?;
        while !scanner.take('}') {
            let owner = scanner
                .key()
                .ok_or_else(|| malformed("a name is missing"))?;
            scanner
                .expect(":{")
                .ok_or_else(|| malformed("`: {` is missing"))?;
            while !scanner.take('}') {
                let key = scanner.key().ok_or_else(|| malformed("a key is missing"))?;
                scanner
                    .expect(":")
                    .ok_or_else(|| malformed("`:` is missing"))?;
                if kind == "dialect_resources" && owner == "builtin" {
                    let digits = scanner
                        .plain_string()
                        .and_then(|value| value.strip_prefix("0x"))
                        .ok_or_else(|| {
                            malformed("a value is not a string of hexadecimal digits")
                        })?;
                    let mut data = hex::decode(digits)
                        .map_err(|e| malformed(&format!("the value of `{key}`: {e}")))?;
                    if data.len() < 4 {
                        return Err(malformed(&format!("the value of `{key}` is too short")));
                    }
                    data.drain(..4);
                    section.blobs.insert(key, data);
                } else {
                    let value = scanner
                        .value()
                        .ok_or_else(|| malformed("a value is missing"))?;
                    if (kind.as_str(), owner.as_str(), key.as_str())
                        == ("external_resources", TOOL, FINDINGS)
                    {
                        section.findings = Some(value);
                    }
                }
                scanner.take(',');
            }
            scanner.take(',');
        }
        scanner.take(',');
    }
    Ok(section)
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn at_end(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty()
    }

    fn take(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, characters: &str) -> Option<()> {
        characters.chars().all(|c| self.take(c)).then_some(())
    }

    /// A bare or quoted name.
    fn key(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let (key, rest) = parse_key(self.rest)?;
        self.rest = rest;
        Some(key)
    }

    /// A string, or a word such as `true`.
    fn value(&mut self) -> Option<String> {
        self.key()
    }

    /// A string without escapes, which may be many megabytes long.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let (value, rest) = self.rest.strip_prefix('"')?.split_once('"')?;
        self.rest = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_quoting() {
        for key in ["fc1.weight", "lif1.lif/w rec", "a\"b\\c\n", "µ", "0", "a-b"] {
            let text = quote_key(key) + " rest";
            assert_eq!(parse_key(&text), Some((key.to_owned(), " rest")), "{key}");
        }
    }

    #[test]
    fn a_section_survives_writing() {
        let section = Section {
            blobs: [
                ("a.b".to_owned(), vec![1u8, 2, 255]),
                ("x y".to_owned(), vec![]),
            ]
            .into(),
            findings: Some("[{\"what\": \"#-} {-# \\ µ\"}]".to_owned()),
        };
        for (blobs, findings) in [(true, true), (true, false), (false, true)] {
            let mut given = section.clone();
            if !blobs {
                given.blobs.clear();
            }
            if !findings {
                given.findings = None;
            }
            let mut text = String::from("module {\n}\n");
            let list = given.blobs.iter().map(|(k, d)| (k.as_str(), 4, d.clone()));
            write(&mut text, list, given.findings.as_deref());
            text.push_str("// a comment\n");
            let (module, rest) = split(&text);
            assert_eq!(module.trim_end(), "module {\n}");
            assert_eq!(parse(rest.unwrap_or_default()).unwrap(), given);
        }
    }

    #[test]
    fn a_section_cut_short_is_a_finding() {
        let texts = [
            "{-#\n dialect_resources: { builtin: { a: \"0x04\" } } #-}",
            "{-# a #-}",
            "{-# a: { b: { c: #-}",
        ];
        for text in texts {
            assert_eq!(parse(text).unwrap_err().code, "ir-resources", "{text}");
        }
    }
}
