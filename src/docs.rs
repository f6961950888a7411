//! Published documentation: the doc comment at the head of a policy's or rule's own source file.
//!
//! A table entry holds `include_str!` of its file; `rules` and `explain` print what [`doc_comment`] finds there, so that
//! the documentation cannot stand apart from the code.

/// The `//!` lines at the head of a source file, as Markdown.
#[must_use]
pub fn doc_comment(source: &str) -> String {
    let lines = source.lines().skip_while(|line| line.trim().is_empty());
    let lines = lines.map_while(|line| line.strip_prefix("//!"));
    let text: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    text.join("\n").trim().to_owned()
}

/// The text of one `## section` of a doc comment; `None` when it has none.
#[must_use]
pub fn section<'a>(doc: &'a str, title: &str) -> Option<&'a str> {
    doc.split("\n## ").skip(1).find_map(|part| {
        let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
        (heading.trim() == title).then(|| body.trim())
    })
}

/// The title of a doc comment: the text of its first `# heading`.
#[must_use]
pub fn title(doc: &str) -> &str {
    doc.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or("").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "//! # Name\n//!\n//! ## What\n//! One line,\n//! another.\n//!\n//! ## Why\n//!\n\nuse a;\n//! no\n";

    #[test]
    fn the_head_of_a_file_is_its_documentation() {
        let doc = doc_comment(SOURCE);
        assert_eq!(doc, "# Name\n\n## What\nOne line,\nanother.\n\n## Why");
        assert_eq!(title(&doc), "Name");
        assert_eq!(section(&doc, "What"), Some("One line,\nanother."));
        assert_eq!(section(&doc, "Why"), Some(""));
        assert_eq!(section(&doc, "Fix"), None);
        assert_eq!(doc_comment("fn main() {}"), "");
    }
}
