//! Making strings of a cluster harmless where people read them. Names and messages are written by whoever may write to
//! the cluster, so they are hostile until shown.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// Whether a character would do something unseen: move the cursor, reverse the text, or take no room at all.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The text with unseen characters spelled out (`\u{202e}`); line feeds stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unseen(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            c if is_unseen(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// [`visible`] on one line: a line feed becomes a blank.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        shown if shown.contains('\n') => Cow::Owned(shown.replace('\n', " ")),
        shown => shown,
    }
}

/// Escapes for element content and quoted attributes of HTML.
pub(super) fn html(text: &str) -> String {
    let shown = visible(text);
    let mut escaped = String::with_capacity(shown.len() + 16);
    for c in shown.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Stops a forge from making a link or a mention, which works on text and heeds no backslash.
const BREAK: char = '\u{200b}';

/// Escapes for running text and table cells of GitHub-flavoured Markdown: on one line, no markup, HTML, mention or link.
pub(super) fn markdown(text: &str) -> String {
    let shown = one_line(text);
    let mut escaped = String::with_capacity(shown.len() + 16);
    let mut rest = shown.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '@' | '#' if !next.is_whitespace() => {
                escaped.push(c);
                escaped.push(BREAK);
            }
            ':' if next == '/' => {
                escaped.push(c);
                escaped.push(BREAK);
            }
            '.' if escaped.len() >= 3 && escaped.to_ascii_lowercase().ends_with("www") => {
                escaped.push(BREAK);
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    // At the start of a paragraph these would begin a list, a heading or a line.
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let marks: &[char] = if digits == 0 { &['-', '+', '=', '#'] } else { &['.', ')'] };
    if escaped.get(digits..).is_some_and(|rest| rest.starts_with(marks)) {
        escaped.insert(digits, '\\');
    }
    escaped
}

/// A code span of GitHub-flavoured Markdown that also holds inside a table cell.
pub(super) fn markdown_code(text: &str) -> String {
    let shown = one_line(text);
    if shown.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", shown.replace('|', "\\|"))
}

/// A fenced block of Markdown.
pub(super) fn markdown_block(text: &str, language: &str) -> String {
    let shown = visible(text);
    let fence = "`".repeat((longest_run(&shown, '`') + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", shown.trim_end_matches('\n'))
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// At most `limit` characters; the cut is shown by an ellipsis.
pub(super) fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let mut cut: String = text.chars().take(limit.saturating_sub(1)).collect();
            let _ = cut.write_char('…');
            Cow::Owned(cut)
        }
    }
}

/// Columns on a terminal.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Breaks a text of one line into lines of at most `width` columns, at blanks and, where a word is too long, inside it.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if columns(&line) <= width {
            continue;
        }
        line.truncate(before);
        if before > 0 {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            // The width of a text is not the sum of its characters', so it has to be asked anew.
            if columns(&line) > width {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_characters_are_spelled_out() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\r\nd"), "a\\u{1b}[31mb\\u{202e}c\\u{d}\nd");
        assert_eq!(one_line("a\nb\tc"), "a b c");
        assert!(matches!(visible("plain ünïcode 日本"), Cow::Borrowed(_)));
    }

    const MARKDOWN: [(&str, &str); 13] = [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<script>", "&lt;script&gt;"),
        ("@team", "@\u{200b}team"),
        ("#12", "\\#\u{200b}12"),
        ("https://x.y", "https:\u{200b}//x.y"),
        ("WWW.x.y", "WWW\u{200b}.x.y"),
        ("[a](b)", "\\[a\\](b)"),
        ("- item", "\\- item"),
        ("12. item", "12\\. item"),
        ("a\n# b", "a # b"),
        ("2026-06-15", "2026-06-15"),
        ("*.example.com", "\\*.example.com"),
    ];

    #[test]
    fn markdown_is_text_and_nothing_else() {
        for (text, escaped) in MARKDOWN {
            assert_eq!(markdown(text), escaped, "{text}");
        }
        assert_eq!(markdown_code("a`b``c"), "```a`b``c```");
        assert_eq!(markdown_code("`a|b"), "`` `a\\|b ``");
        assert_eq!(markdown_block("x\n```\ny\n", "sh"), "````sh\nx\n```\ny\n````");
    }

    #[test]
    fn lines_never_exceed_the_width() {
        for text in ["one two three four five", &"x".repeat(100), "日本語日本語日本語日本語", "", "a  b"] {
            for width in 8..40 {
                let lines = wrap(text, width);
                assert!(lines.iter().all(|line| columns(line) <= width), "{text} at {width}: {lines:?}");
                assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            }
        }
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("日本語", 3), "日本語");
        assert_eq!(clip("日本語x", 3), "日本…");
    }
}
