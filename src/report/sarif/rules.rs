//! The rules of a SARIF run: verdicts and the findings' rules, with their published documentation as help.

use super::level;
use super::log::{Configuration, Descriptor, DescriptorProperties, Help, Text};
use crate::docs::{doc_comment, section, title};
use crate::report::grade::{self, Grade};
use crate::report::text::clip;
use crate::report::wording::VERDICT_WORDS;
use crate::rule;

/// What GitHub takes as a description.
const DESCRIPTION: usize = 1_024;

/// All descriptors, verdicts first, then rules by id. `drift` is both; the rule speaks for it.
pub(super) fn descriptors() -> Vec<Descriptor> {
    let verdicts = VERDICT_WORDS
        .iter()
        .filter(|words| grade::of_verdict(words.name) != Grade::Fine && rule::rule(words.name).is_none());
    let verdicts = verdicts.map(|words| {
        let text = format!("{}\n\n{}", words.meaning, words.advice);
        let short = format!("A Certificate with the verdict {}", words.name);
        descriptor(words.name, short, words.meaning, text, grade::of_verdict(words.name))
    });
    let rules = rule::TABLE.iter().map(|rule| {
        let doc = doc_comment(rule.source);
        let heading = title(&doc);
        let short = heading.split_once(": ").map_or(heading, |(_, short)| short).to_owned();
        let what = section(&doc, "What").unwrap_or_default();
        descriptor(rule.id, short, what, doc.clone(), grade::of_severity(rule.severity.as_str()))
    });
    verdicts.chain(rules).collect()
}

/// A rule of which only the id is known.
pub(super) fn bare(id: &str, grade: Grade) -> Descriptor {
    descriptor(id, id.to_owned(), id, id.to_owned(), grade)
}

fn descriptor(id: &str, short: String, full: &str, help: String, grade: Grade) -> Descriptor {
    let level = level(grade);
    Descriptor {
        id: id.to_owned(),
        short_description: Text { text: clip(&short, DESCRIPTION).into_owned() },
        full_description: Text { text: clip(full, DESCRIPTION).into_owned() },
        help: Help { text: help.clone(), markdown: help },
        default_configuration: Configuration { level },
        properties: DescriptorProperties {
            tags: ["cert-manager", "certificates"],
            problem_severity: if level == "note" { "recommendation" } else { level },
        },
    }
}
