//! Texts as sentences.

/// With a capital letter at the beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With a capital letter at the beginning and one full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    capitalised(text.trim_end_matches('.')) + "."
}
