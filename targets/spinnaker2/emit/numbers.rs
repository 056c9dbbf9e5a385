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
}
