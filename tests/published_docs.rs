//! `docs/rules` is what the doc comments of policies and rules say. After a change to one of them,
//! `UPDATE_DOCS=1 cargo test --test published_docs` writes the pages anew.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use reissue_audit::docs::{doc_comment, section, title};
use reissue_audit::policy::{self, Policy};
use reissue_audit::rule;

/// What every page has.
const SECTIONS: [&str; 6] = ["What", "Why", "Since", "Example", "Fix", "Source"];

/// Policies by the file that documents them, in the order of the chains; those of one file share a page.
fn policies() -> Vec<(String, Vec<&'static Policy>)> {
    let mut pages: Vec<(String, Vec<&Policy>)> = Vec::new();
    for policy in policy::policies() {
        let doc = policy.doc();
        match pages.iter_mut().find(|(known, _)| *known == doc) {
            Some((_, same)) => same.push(policy),
            None => pages.push((doc, vec![policy])),
        }
    }
    pages
}

/// The name of a page: its title, and in lower case where that is no identifier.
fn file(title: &str) -> String {
    let name = title.split(": ").next().unwrap();
    if name.contains(' ') { name.to_lowercase().replace(' ', "-") } else { name.to_owned() }
}

fn of_policy(doc: &str, names: &[&Policy]) -> String {
    let (heading, rest) = doc.split_once('\n').unwrap();
    let mut page = format!(
        "{heading}\n\nA check of cert-manager's own.\n\n| name | first release | until before |\n|---|---|---|\n"
    );
    for policy in names {
        let until = policy.until.map_or_else(String::new, |until| until.to_string());
        writeln!(page, "| `{}` | {} | {until} |", policy.id, policy.since).unwrap();
    }
    page + rest
}

fn of_rule(doc: &str, rule: &rule::Rule) -> String {
    let (heading, rest) = doc.split_once('\n').unwrap();
    format!(
        "{heading}\n\nA rule of reissue-audit's own, of severity {} unless a finding says otherwise.\n{rest}",
        rule.severity.as_str()
    )
}

fn first_sentence(doc: &str) -> String {
    let what = section(doc, "What").unwrap().split("\n\n").next().unwrap().replace('\n', " ");
    what.split_once(". ").map_or(what.clone(), |(first, _)| format!("{first}."))
}

/// Every page by its file name.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Policies and rules\n\nMade from the source of each; `reissue-audit explain ID` prints the same.\n\n\
         ## Policies: cert-manager's own checks, in the order of its chains\n\n| policy | what |\n|---|---|\n",
    );
    for (doc, names) in policies() {
        let name = file(title(&doc));
        writeln!(index, "| [{}]({name}.md) | {} |", title(&doc), first_sentence(&doc)).unwrap();
        pages.insert(format!("{name}.md"), of_policy(&doc, &names));
    }
    index.push_str("\n## Rules: observations beyond the chain\n\n| rule | severity | what |\n|---|---|---|\n");
    for rule in rule::TABLE {
        let doc = doc_comment(rule.source);
        let summary = title(&doc).split_once(": ").unwrap().1;
        writeln!(index, "| [{0}]({0}.md) | {1} | {summary} |", rule.id, rule.severity.as_str()).unwrap();
        pages.insert(format!("{}.md", rule.id), of_rule(&doc, rule));
    }
    pages.insert("README.md".to_owned(), index);
    pages.values_mut().for_each(|page| *page = format!("{}\n", page.trim_end()));
    pages
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
}

#[test]
fn the_pages_are_current() {
    let wanted = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        for entry in std::fs::read_dir(folder()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, page) in &wanted {
            std::fs::write(folder().join(name), page).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        found.insert(entry.file_name().into_string().unwrap(), text.replace("\r\n", "\n"));
    }
    assert!(found.keys().eq(wanted.keys()), "UPDATE_DOCS=1 cargo test --test published_docs");
    for (name, page) in wanted {
        assert!(found[&name] == page, "{name} is not current: UPDATE_DOCS=1 cargo test --test published_docs");
    }
}

#[test]
fn every_page_says_all_that_it_should() {
    let policies = policies().into_iter().map(|(doc, _)| doc);
    for doc in policies.chain(rule::TABLE.iter().map(|rule| doc_comment(rule.source))) {
        for name in SECTIONS {
            let text = section(&doc, name).unwrap_or_default();
            assert!(text.chars().count() >= 6, "{} has no {name}", title(&doc));
        }
    }
}

/// Ways to cite what a reader does not have.
#[test]
fn sources_can_be_looked_up() {
    let words =
        regex::Regex::new(r"\bR-\d|\brules? (section )?\d|\bdesign \d|corrections-|restore-semantics|demand-and-peers")
            .unwrap();
    for (name, page) in pages() {
        if let Some(found) = words.find(&page) {
            panic!("{name} cites {:?}", found.as_str());
        }
    }
}
