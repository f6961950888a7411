//! YAML files that users write: plans, configurations.

use serde::Deserialize;

/// A mistake in a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// Reads one document; `file` is what a mistake calls it.
///
/// # Errors
/// The first [`Mistake`].
pub(crate) fn parse<'de, T: Deserialize<'de>>(file: &str, text: &'de str) -> Result<T, Mistake> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location();
        let message = error.without_snippet().to_string();
        Mistake {
            file: file.to_owned(),
            line: place.map_or(1, |place| place.line()),
            column: place.map_or(1, |place| place.column()),
            message: without_place(&message).to_owned(),
        }
    })
}

/// The place stands before the message.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
}
