//! `explain`: what a policy, a rule, a verdict or one of cert-manager's reasons means.

use std::io::Write as _;

use super::docs::first_sentence;
use super::exit::{Exit, UsageError};
use super::reasons::REASONS;
use crate::docs::{doc_comment, section, title};
use crate::release::closest;
use crate::report::wording::{VERDICT_WORDS, VerdictWords};
use crate::report::wrap;
use crate::{policy, rule};

/// How wide the text is.
const WIDTH: usize = 96;

/// Prints what is known of a word, or says which one may have been meant.
pub(super) fn explain(id: &str) -> anyhow::Result<Exit> {
    let text = documentation(id).or_else(|| verdict(id)).or_else(|| reason(id)).ok_or_else(|| unknown(id))?;
    writeln!(anstream::stdout().lock(), "{}", text.trim_end())?;
    Ok(Exit::Success)
}

fn unknown(id: &str) -> UsageError {
    let meant = closest(id, known().into_iter());
    let hint = meant.map_or_else(
        || "reissue-audit rules lists policies and rules".to_owned(),
        |meant| format!("did you mean {meant}?"),
    );
    UsageError(format!("there is no policy, rule, verdict or reason {id:?}; {hint}"))
}

/// Every word that is explained.
fn known() -> Vec<&'static str> {
    let policies = policy::policies().into_iter().map(|policy| policy.id);
    let rules = rule::TABLE.iter().map(|rule| rule.id);
    let verdicts = VERDICT_WORDS.iter().map(|words| words.name);
    policies.chain(rules).chain(verdicts).chain(REASONS.iter().map(|(name, _)| *name)).collect()
}

/// The documentation of a policy or a rule. `drift` is a rule and a verdict: both are told.
fn documentation(id: &str) -> Option<String> {
    let policy = policy::policies().into_iter().find(|policy| policy.id.eq_ignore_ascii_case(id));
    let rule = rule::TABLE.iter().find(|rule| rule.id.eq_ignore_ascii_case(id));
    let (id, source) = policy.map(|p| (p.id, p.source)).or_else(|| rule.map(|rule| (rule.id, rule.source)))?;
    let doc = doc_comment(source);
    // Checks that share a file share its text, which then bears the chain's name.
    let lead = if doc.contains(id) { String::new() } else { format!("{id} is part of the following.\n\n") };
    let also = verdict(id).map_or_else(String::new, |verdict| format!("{verdict}\n\n"));
    Some(format!("{also}{lead}{doc}"))
}

/// A verdict: what it means and what to do.
fn verdict(id: &str) -> Option<String> {
    let rank = VERDICT_WORDS.iter().position(|words| words.name.eq_ignore_ascii_case(id))?;
    let VerdictWords { name, symbol, meaning, advice } = VERDICT_WORDS.get(rank)?;
    let worse: Vec<&str> = VERDICT_WORDS.iter().take(rank).map(|words| words.name).collect();
    let fail = match worse.as_slice() {
        [] => format!("`--fail-on {name}` ends with 10 where a Certificate has it; no verdict ranks higher."),
        worse => {
            format!("`--fail-on {name}` ends with 10 where a Certificate has it or a higher one: {}.", worse.join(", "))
        }
    };
    let parts = [("What", *meaning), ("Fix", *advice), ("Exit code", &*fail)];
    Some(page(&format!("{name}: a verdict, shown as {symbol}"), &parts))
}

/// A reason of cert-manager's: what it means, and which checks give it.
fn reason(id: &str) -> Option<String> {
    let (name, meaning) = REASONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(id))?;
    let mut text = page(&format!("{name}: a reason that cert-manager gives"), &[("What", meaning)]);
    let mentions: Vec<String> = mentions(name).collect();
    if !mentions.is_empty() {
        text.push_str("\n\n## More\n");
        text.push_str(&mentions.join("\n"));
    }
    Some(text)
}

/// The policies and rules whose documentation speaks of a reason, each with its first sentence.
fn mentions(reason: &str) -> impl Iterator<Item = String> {
    let policies = policy::policies().into_iter().map(|policy| (policy.id, policy.source));
    let rules = rule::TABLE.iter().map(|rule| (rule.id, rule.source));
    policies.chain(rules).filter_map(move |(id, source)| {
        let doc = doc_comment(source);
        // What stands for several checks at once would list them all.
        let told = speaks_of(&doc, reason) && title(&doc).starts_with(id);
        let what = first_sentence(section(&doc, "What").unwrap_or_default()).replace('\n', " ");
        let lines = wrap(&what, WIDTH - 4).join("\n    ");
        told.then(|| format!("  reissue-audit explain {id}\n    {lines}"))
    })
}

/// Whether a word stands in a text, not as part of a longer one.
fn speaks_of(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|found| found == word)
}

fn page(heading: &str, parts: &[(&str, &str)]) -> String {
    let mut text = format!("# {heading}");
    for (name, body) in parts {
        text.push_str(&format!("\n\n## {name}\n{}", wrap(body, WIDTH).join("\n")));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_explained_whatever_its_case() {
        for word in known() {
            for spelled in [word.to_owned(), word.to_uppercase(), word.to_lowercase()] {
                let text = documentation(&spelled).or_else(|| verdict(&spelled)).or_else(|| reason(&spelled));
                let text = text.unwrap_or_else(|| panic!("{spelled} is not explained"));
                assert!(text.contains(word) && text.contains("## "), "{spelled}: {text}");
            }
        }
        assert!(VERDICT_WORDS.iter().all(|words| verdict(words.name).is_some()));
    }

    /// Every reason that a check gives is in the table: they stand as the first CamelCase text after `violated(`.
    #[test]
    fn no_reason_of_a_check_is_left_out() {
        let mut reasons = BTreeSet::new();
        for policy in policy::policies() {
            for given in policy.source.split("violated(").skip(1) {
                let texts = given.split('"').skip(1).step_by(2).take(2);
                let camel = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic());
                let Some(reason) = texts.filter(camel).find(|text| policy::policies().iter().all(|p| p.id != *text))
                else {
                    continue;
                };
                assert!(REASONS.iter().any(|(name, _)| *name == reason), "{}: {reason}", policy.id);
                reasons.insert(reason);
            }
        }
        // Fewer would mean that this test does not find them any more.
        assert!(reasons.len() >= 15, "{reasons:?}");
    }

    /// A word with a mistake, what is offered.
    const MISTAKES: [(&str, Option<&str>); 6] = [
        ("IncorectIssuer", Some("IncorrectIssuer")),
        ("secretmismatch", None),
        ("blockd", Some("blocked")),
        ("reissue_now", Some("reissue-now")),
        ("blocked-at-renewals", Some("blocked-at-renewal")),
        ("SecretDoesNotExists", Some("SecretDoesNotExist")),
    ];

    #[test]
    fn mistakes_are_answered_with_what_was_meant() {
        for (word, meant) in MISTAKES {
            match meant {
                Some(meant) => {
                    let text = unknown(word).to_string();
                    assert!(text.contains(&format!("did you mean {meant}?")), "{word}: {text}");
                }
                None => assert!(reason(word).is_some(), "{word}"),
            }
        }
        assert!(unknown("xyz").to_string().contains("reissue-audit rules"));
    }
}
