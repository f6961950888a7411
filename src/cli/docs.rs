//! `rules`: the list of the documentation that stands in the policies' and rules' own files.

use std::io::Write as _;

use super::exit::Exit;
use crate::docs::{doc_comment, section, title};
use crate::report::wrap;
use crate::{policy, rule};

/// Lists every policy and rule with a line about each.
pub(super) fn rules() -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "Policies: cert-manager's own checks; those of the newest trigger chain first, in its order\n")?;
    for policy in policy::policies() {
        let until = policy.until.map_or_else(|| "on".to_owned(), |until| format!("before {until}"));
        writeln!(out, "  {}  (from {} {until})", policy.id, policy.since)?;
        let doc = doc_comment(policy.source);
        for line in wrap(&first_sentence(section(&doc, "What").unwrap_or_default()).replace('\n', " "), 100) {
            writeln!(out, "      {line}")?;
        }
    }
    writeln!(out, "\nRules: observations beyond the chain\n")?;
    let longest = rule::TABLE.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rule::TABLE {
        writeln!(out, "  {:<longest$} {:<9} {}", rule.id, rule.severity.as_str(), summary(rule.source))?;
    }
    writeln!(out, "\nreissue-audit explain ID tells more about each.")?;
    Ok(Exit::Success)
}

/// Up to the first full stop that ends a sentence.
pub(super) fn first_sentence(text: &str) -> &str {
    let text = text.split("\n\n").next().unwrap_or_default();
    let end = text.find(". ").or_else(|| text.find(".\n")).map_or(text.len(), |at| at + 1);
    &text[..end]
}

/// What follows the id in the first heading.
fn summary(source: &'static str) -> String {
    let doc = doc_comment(source);
    let heading = title(&doc);
    heading.split_once(": ").map_or(heading, |(_, summary)| summary).to_owned()
}
