//! A checker for the part of JSON Schema 2020-12 that the published schemas use. It is stricter than the
//! specification in two ways: a keyword that it does not know and a property that the schema does not describe are
//! errors, so that neither the schema nor the report can grow unnoticed.

use reissue_audit::time::Time;
use serde_json::{Map, Value};

const ANNOTATIONS: [&str; 5] = ["$schema", "$id", "$defs", "title", "description"];

/// Everything in `value` that the schema does not allow, with its path.
pub(crate) fn errors(root: &Value, value: &Value) -> Vec<String> {
    let mut errors = vec![];
    Checker { root, errors: &mut errors }.check(root, value, "$");
    errors
}

struct Checker<'a> {
    root: &'a Value,
    errors: &'a mut Vec<String>,
}

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(keywords) = schema.as_object() else { return self.fail(path, "the schema is not an object") };
        for (keyword, rule) in keywords {
            match keyword.as_str() {
                "type" => self.kind(rule, value, path),
                "const" if rule == value => {}
                "enum" if rule.as_array().is_some_and(|all| all.contains(value)) => {}
                "required" => self.required(rule, value, path),
                "properties" | "additionalProperties" => {}
                "items" => self.items(rule, value, path),
                "minimum" => {
                    if value.as_i64().zip(rule.as_i64()).is_some_and(|(value, least)| value < least) {
                        self.fail(path, "is too small");
                    }
                }
                "minProperties" | "maxProperties" => self.size(keyword, rule, value, path),
                "format" if value.as_str().is_none_or(|text| Time::parse(text).is_ok()) => {}
                "anyOf" => self.any_of(rule, value, path),
                "$ref" => {
                    let target = rule.as_str().and_then(|rule| self.root.pointer(rule.strip_prefix('#')?)).cloned();
                    match target {
                        Some(target) => self.check(&target, value, path),
                        None => self.fail(path, "a $ref leads nowhere"),
                    }
                }
                known if ANNOTATIONS.contains(&known) => {}
                _ => self.fail(path, &format!("{value} against {keyword}: {rule}")),
            }
        }
        if let Some(object) = value.as_object() {
            self.properties(keywords, object, path);
        }
    }

    fn fail(&mut self, path: &str, what: &str) {
        self.errors.push(format!("{path}: {what}"));
    }

    fn kind(&mut self, rule: &Value, value: &Value, path: &str) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if rule != kind && !rule.as_array().is_some_and(|all| all.iter().any(|one| one == kind)) {
            self.fail(path, &format!("is {kind}, not {rule}"));
        }
    }

    fn required(&mut self, rule: &Value, value: &Value, path: &str) {
        for name in rule.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                self.fail(path, &format!("{name} is missing"));
            }
        }
    }

    fn items(&mut self, rule: &Value, value: &Value, path: &str) {
        for (i, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(rule, item, &format!("{path}[{i}]"));
        }
    }

    fn size(&mut self, keyword: &str, rule: &Value, value: &Value, path: &str) {
        let size = value.as_object().map_or(0, Map::len) as u64;
        let fits =
            rule.as_u64().is_some_and(|limit| if keyword.starts_with("min") { size >= limit } else { size <= limit });
        if !fits {
            self.fail(path, &format!("has {size} properties, against {keyword} {rule}"));
        }
    }

    fn any_of(&mut self, rule: &Value, value: &Value, path: &str) {
        let mut all = vec![];
        for branch in rule.as_array().into_iter().flatten() {
            let mut errors = vec![];
            Checker { root: self.root, errors: &mut errors }.check(branch, value, path);
            if errors.is_empty() {
                return;
            }
            all.extend(errors);
        }
        self.errors.extend(all);
    }

    fn properties(&mut self, keywords: &Map<String, Value>, object: &Map<String, Value>, path: &str) {
        if keywords.get("type").is_none_or(|kind| kind != "object") {
            return;
        }
        for (name, value) in object {
            let path = format!("{path}.{name}");
            match keywords.get("properties").and_then(|known| known.get(name)).or(keywords.get("additionalProperties"))
            {
                Some(schema) => self.check(schema, value, &path),
                None => self.fail(&path, "is not described"),
            }
        }
    }
}
