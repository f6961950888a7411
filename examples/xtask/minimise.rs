//! The smallest case on which both sides still differ in the same way: delta debugging on its JSON and its payloads.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::compare::Comparison;
use crate::conformance::facets::{Difference, differences};
use crate::conformance::question::Question;
use crate::groups::shape;

/// Questions after which it stops.
const MOST: usize = 4_000;

/// Whether a smaller case still shows it.
trait Test: FnMut(&Value) -> Result<bool> {}
impl<T: FnMut(&Value) -> Result<bool>> Test for T {}

/// Makes a case as small as can be.
pub(crate) fn minimise(question: &Question, wanted: &Difference, comparison: &mut Comparison) -> Result<Question> {
    let texts = |found: &Difference| (shape(&found.expected), shape(&found.actual));
    let same = |found: &Difference| found.facet == wanted.facet && !found.tail && texts(found) == texts(wanted);
    let mut asked = 0;
    let mut differs = |line: &Value| -> Result<bool> {
        asked += 1;
        let Some(question) = (asked <= MOST).then(|| Question::read(line).ok()).flatten() else {
            return Ok(false);
        };
        let (expected, actual) = comparison.once(&question)?;
        Ok(differences(&expected, &actual).iter().any(same))
    };
    let mut line = question.line();
    while remove(&mut line, &mut differs)? | shorten(&mut line, &mut differs)? {}
    Question::read(&line)
}

/// The first step of a path below the line; what is not named here names the case or must be there.
const PARTS: [&str; 3] = ["flags", "objects", "payloads"];

/// Takes out members and elements, whole objects first.
fn remove(line: &mut Value, differs: &mut impl Test) -> Result<bool> {
    let mut removed = false;
    let mut paths = paths(line);
    paths.sort_by_key(|path| path.matches('/').count());
    // From the end, so that the indices of those that follow stay right.
    paths.reverse();
    paths.sort_by_key(|path| path.matches('/').count());
    for path in paths {
        let mut smaller = line.clone();
        if take(&mut smaller, &path) && differs(&smaller)? {
            *line = smaller;
            removed = true;
        }
    }
    Ok(removed)
}

fn paths(line: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for part in PARTS {
        walk(&line[part], &format!("/{part}"), &mut found);
    }
    found
}

fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (escape(key), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in members {
        let path = format!("{path}/{key}");
        walk(value, &path, found);
        found.push(path);
    }
}

/// RFC 6901, section 3.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn take(line: &mut Value, path: &str) -> bool {
    let Some((parent, key)) = path.rsplit_once('/') else {
        return false;
    };
    match line.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&key.replace("~1", "/").replace("~0", "~")).is_some(),
        Some(Value::Array(items)) => {
            let at = key.parse::<usize>().ok().filter(|&at| at < items.len());
            at.map(|at| items.remove(at)).is_some()
        }
        _ => false,
    }
}

/// Cuts pieces out of payloads and texts: halves first, then ever smaller ones.
fn shorten(line: &mut Value, differs: &mut impl Test) -> Result<bool> {
    let mut shortened = false;
    for path in paths(line) {
        let Some(text) = line.pointer(&path).and_then(Value::as_str).map(ToOwned::to_owned) else {
            continue;
        };
        let payload = STANDARD.decode(&text).ok().filter(|bytes| bytes.windows(5).any(|five| five == b"-----"));
        let encode = |bytes: &[u8]| match &payload {
            Some(_) => Some(STANDARD.encode(bytes)),
            None => String::from_utf8(bytes.to_vec()).ok(),
        };
        let mut bytes = payload.clone().unwrap_or_else(|| text.into_bytes());
        let mut width = bytes.len().div_ceil(2);
        while width > 0 && bytes.len() > 1 {
            let mut at = 0;
            while at < bytes.len() {
                let end = bytes.len().min(at + width);
                let rest = [&bytes[..at], &bytes[end..]].concat();
                let mut smaller = line.clone();
                match (smaller.pointer_mut(&path), encode(&rest)) {
                    (Some(place), Some(text)) => *place = text.into(),
                    _ => break,
                }
                if differs(&smaller)? {
                    (*line, bytes, shortened) = (smaller, rest, true);
                } else {
                    at = end;
                }
            }
            // Single letters of long payloads would take too long.
            width = if width <= bytes.len() / 64 { 0 } else { width / 2 };
        }
    }
    Ok(shortened)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_matter_is_taken_out() {
        let key = STANDARD.encode("junk\n-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n");
        let mut line = json!({
            "id": "1", "flags": {"a/b": 1}, "objects": [{"a": [1, 2, 3], "b": "xxyxx"}, {"c": 1}, {"data": {"k": key}}],
        });
        let mut differs = |line: &Value| {
            let text = line["objects"][0].to_string();
            let key = line["objects"].as_array().into_iter().flatten().find_map(|object| object["data"]["k"].as_str());
            let key = key.and_then(|key| STANDARD.decode(key).ok()).unwrap_or_default();
            Ok(text.contains('y') && text.contains('2') && key.windows(14).any(|part| part == b"-----BEGIN KEY"))
        };
        while remove(&mut line, &mut differs).unwrap() | shorten(&mut line, &mut differs).unwrap() {}
        let key = STANDARD.encode("-----BEGIN KEY");
        assert_eq!(line, json!({"id": "1", "flags": {}, "objects": [{"a": [2], "b": "y"}, {"data": {"k": key}}]}));
    }
}
