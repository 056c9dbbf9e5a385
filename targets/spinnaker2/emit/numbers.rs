//! JSON as text: objects on lines, lists of numbers on one.

use serde_json::Value;

/// The text of a value.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let inner = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            text.push('{');
            for (index, (name, value)) in entries.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                inner(text, depth + 1);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write(value, depth + 1, text);
            }
            inner(text, depth);
            text.push('}');
        }
        Value::Array(values) if values.iter().any(has_object) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                inner(text, depth + 1);
                write(value, depth + 1, text);
            }
            inner(text, depth);
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

fn has_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(values) => values.iter().any(has_object),
        _ => false,
    }
}

/// A number of up to 192 bits in decimal, from 64-bit words, lowest first.
pub fn decimal(words: [u64; 3]) -> String {
    let mut words = words;
    let mut digits = Vec::new();
    loop {
        let mut rest = 0u128;
        for word in words.iter_mut().rev() {
            let part = rest << 64 | u128::from(*word);
            *word = (part / 10) as u64;
            rest = part % 10;
        }
        digits.push(b'0' + rest as u8);
        if words == [0; 3] {
            break;
        }
    }
    digits.reverse();
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_stand_on_lines_and_numbers_in_one() {
        let value = json!({ "a": [1, 2], "b": [{ "c": [] }, 3], "d": {} });
        let expected = "{\n  \"a\": [1,2],\n  \"b\": [\n    {\n      \"c\": []\n    },\n    3\n  ],\n  \"d\": {}\n}\n";
        assert_eq!(text(&value), expected);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text(&value)).unwrap(),
            value
        );
    }

    #[test]
    fn long_numbers_are_written_out() {
        assert_eq!(decimal([0; 3]), "0");
        assert_eq!(decimal([u64::MAX, 0, 0]), u64::MAX.to_string());
        assert_eq!(decimal([0, 1, 0]), "18446744073709551616");
        // 2^157, the last core.
        assert_eq!(
            decimal([0, 0, 1 << 29]),
            "182687704666362864775460604089535377456991567872"
        );
    }
}
