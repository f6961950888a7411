//! Go's formatting verbs, as far as cert-manager's messages use them.

use crate::time::Time;

/// `%v` of a list of strings: `[a b]`.
#[must_use]
pub fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.into_iter().collect();
    format!("[{}]", items.join(" "))
}

/// `%s` of a `*metav1.Time`: the time in UTC, or `<nil>`.
#[must_use]
pub fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "<nil>".to_owned(), Time::go_string)
}

/// A list for people: `a, b`, or `none`.
#[must_use]
pub fn shown<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.into_iter().collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// A text for people: itself, or `none` when empty.
#[must_use]
pub fn shown_text(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [(&[&str], &str); 4] =
        [(&[], "[]"), (&["a"], "[a]"), (&["a", "b"], "[a b]"), (&["a b", ""], "[a b ]")];

    #[test]
    fn texts_are_printed_as_go_prints_them() {
        for (items, want) in LISTS {
            assert_eq!(list(items.iter().copied()), want);
        }
        assert_eq!((shown_text("").as_str(), shown_text("a").as_str()), ("none", "a"));
        assert_eq!(time(None), "<nil>");
        assert_eq!(time(Some(Time(0))), "1970-01-01 00:00:00 +0000 UTC");
    }
}
