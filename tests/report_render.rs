//! What every format owes its readers, on reports that no analysis made.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rendered.rs"]
mod rendered;
mod report_sample;

use proptest::prelude::*;
use reissue_audit::report::wording::headline;
use reissue_audit::report::{Format, RenderError, RenderOptions, render};
use rendered::{rendered, rendered_with};
use report_sample as sample;
use serde_json::Value;

/// The tags of a page, whatever text stands between them; `script` and `style` are skipped over.
fn tags(page: &str) -> Vec<&str> {
    let mut tags = vec![];
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quote = None;
        let end = rest
            .char_indices()
            .find(|&(_, c)| match quote {
                Some(open) => {
                    if c == open {
                        quote = None;
                    }
                    false
                }
                None if c == '"' || c == '\'' => {
                    quote = Some(c);
                    false
                }
                None => c == '>',
            })
            .map_or(rest.len(), |(i, _)| i + 1);
        let tag = &rest[..end];
        tags.push(tag);
        rest = &rest[end..];
        for name in ["script", "style"] {
            if tag.strip_prefix('<') == Some(&format!("{name}>")) {
                rest = &rest[rest.find(&format!("</{name}>")).unwrap()..];
            }
        }
    }
    tags
}

#[test]
fn the_table_of_the_company() {
    let options = RenderOptions { width: Some(100), ..RenderOptions::default() };
    insta::assert_snapshot!(rendered_with(&sample::company_plan(), Format::Table, &options));
}

#[test]
fn the_markdown_of_the_company() {
    insta::assert_snapshot!(rendered(&sample::company_plan(), Format::Markdown));
}

/// What is missing stands under coverage, or with the Certificates that need it.
#[test]
fn the_reader_is_led_to_what_is_missing() {
    let mut report = sample::company_plan();
    report.coverage.complete = false;
    for impact in ["missing", "note"] {
        report.coverage.inputs.iter_mut().flat_map(|input| &mut input.problems).for_each(|p| p.impact = impact);
        let (cause, link) = match impact {
            "missing" => ("partial: not everything could be read; see", "#coverage"),
            _ => ("partial: 1 certificate needs what was not read; see", "#certificates"),
        };
        for format in [Format::Table, Format::Markdown, Format::Html] {
            let text = rendered(&report, format).replace("</b>", "");
            assert!(text.contains(cause), "{format}: {cause}");
            assert!(format != Format::Html || text.contains(&format!("see <a href=\"{link}\">")), "{link}");
        }
    }
}

#[test]
fn nothing_read_is_said() {
    for format in [Format::Table, Format::Markdown, Format::Html] {
        assert!(rendered(&sample::empty(), format).contains("No Certificate was read"), "{format}");
    }
}

const HEADLINES: [(&str, &[&str], &str); 8] = [
    ("audit", &[], "No Certificate was read, so nothing can be said; see under coverage what was read."),
    ("audit", &["unchanged"], "The one certificate would not be re-issued now; nothing needs to be done."),
    ("audit", &["unchanged", "unchanged"], "None of 2 certificates would be re-issued now; nothing needs to be done."),
    (
        "audit",
        &["reissue-now"],
        "The one certificate would be re-issued now; check the CA's limits and pinned keys first.",
    ),
    (
        "plan",
        &["reissue-now", "reissue-now"],
        "All 2 certificates would be re-issued during the plan; check the CA's limits and pinned keys before you restore.",
    ),
    (
        "audit",
        &["reissue-now", "unchanged", "blocked", "blocked", "drift"],
        "1 of 5 certificates would be re-issued now, 2 are blocked and 1 has drifted from its spec; clear what blocks \
         issuance, check the CA's limits and pinned keys first and renew by hand what has drifted.",
    ),
    (
        "audit",
        &["unknown", "unchanged", "unchanged"],
        "None of the 2 certificates that could be judged would be re-issued now, 1 cannot be judged; add what is missing to the input.",
    ),
    (
        "audit",
        &["unknown"],
        "1 certificate cannot be judged, so nothing can be said; add what is missing to the input.",
    ),
];

#[test]
fn the_headline_answers_the_question() {
    for (command, verdicts, sentence) in HEADLINES {
        let mut report = sample::empty();
        report.command = command;
        for &verdict in verdicts {
            report
                .certificates
                .push(reissue_audit::report::model::Certificate { verdict, ..sample::certificate("a", "b", 9) });
        }
        let report = sample::summarise(report);
        assert_eq!(headline(&report).to_string(), sentence);
    }
}

#[test]
fn every_renderer_for_people_gives_the_same_answer() {
    let report = sample::company();
    let words = headline(&report);
    for format in [Format::Table, Format::Markdown, Format::Html] {
        let text = rendered(&report, format).replace("&#39;", "'");
        for part in [&words.answer, &words.others, &words.action] {
            assert!(text.contains(part.as_str()), "{format} lacks {part:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strings_of_the_cluster_never_become_markup(text in "[<>\"'&`|\\\\/=!\n\r\t\u{202e}\u{5d0}{}%a-z #-]{1,60}") {
        let harmless = rendered(&sample::with_strings(&["x"]), Format::Html);
        let page = rendered(&sample::with_strings(&[&text]), Format::Html);
        prop_assert!(tags(&page) == tags(&harmless));
    }

    #[test]
    fn yaml_says_what_json_says(text in "\\PC{0,40}|[\\x00-\\x7f]{0,20}|[ \t\n:#>|'\"~!&*-]{0,20}") {
        let report = sample::with_strings(&[&text, "yes", "0x1f", "2026-06-15", ""]);
        let yaml: Value = serde_saphyr::from_str(&rendered(&report, Format::Yaml)).unwrap();
        let json: Value = serde_json::from_str(&rendered(&report, Format::Json)).unwrap();
        prop_assert_eq!(yaml, json);
    }

    #[test]
    fn lines_fit_the_terminal(width in 60usize..160, text in "[ -~日本語אבגéß]{1,120}") {
        let options = RenderOptions { width: Some(width), ..RenderOptions::default() };
        let table = rendered_with(&sample::with_strings(&[&text]), Format::Table, &options);
        // Commands, which stand furthest in, are never wrapped.
        for line in table.lines().filter(|line| !line.starts_with("      ")) {
            let used = unicode_width::UnicodeWidthStr::width(line);
            prop_assert!(used <= width, "{used} columns: {line}");
        }
    }
}

#[test]
fn hostile_strings_are_harmless_in_html() {
    let harmless = rendered(&sample::with_strings(&["x"]), Format::Html);
    for text in sample::HOSTILE {
        let page = rendered(&sample::with_strings(&[text]), Format::Html);
        assert!(tags(&page) == tags(&harmless), "{text}");
    }
    let page = rendered(&sample::hostile(), Format::Html);
    assert!(!page.contains(['\u{202e}', '\u{1b}', '\0']));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn the_page_fetches_nothing_and_runs_nothing_but_its_own() {
    use base64::Engine as _;
    let page = rendered(&sample::hostile(), Format::Html);
    let csp =
        page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(csp.starts_with("default-src 'none'; "), "{csp}");
    assert!(!csp.contains("unsafe"), "{csp}");
    for name in ["style", "script"] {
        let text =
            page.split(&format!("<{name}>")).nth(1).and_then(|rest| rest.split(&format!("</{name}>")).next()).unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        assert!(csp.contains(&format!("{name}-src 'sha256-{hash}'")), "{name}");
    }
    for tag in tags(&page) {
        for attribute in [" style=", " src=", " onclick=", " onload=", " onerror=", "http:", "https:", "url("] {
            assert!(!tag.contains(attribute), "{tag}");
        }
        assert!(!tag.contains(" href=") || tag.contains(" href=#") || tag.contains(" href=\"#"), "{tag}");
    }
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    for report in [sample::company_plan(), sample::large(600, false), sample::large(600, true)] {
        let page = rendered(&report, Format::Html);
        let of = |name: &str| -> Vec<String> {
            let key = format!(" {name}=");
            let values = tags(&page).into_iter().filter_map(|tag| tag.split(&key).nth(1).map(str::to_owned));
            values.map(|rest| rest.trim_start_matches('"').split(['"', ' ', '>']).next().unwrap().to_owned()).collect()
        };
        let ids = of("id");
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id occurs twice");
        for link in of("href") {
            assert!(unique.contains(&link.trim_start_matches('#').to_owned()), "{link}");
        }
    }
}

#[test]
fn five_thousand_certificates_fit_two_megabytes() {
    for plan in [false, true] {
        let report = sample::large(5_000, plan);
        let page = rendered(&report, Format::Html);
        assert!(page.len() <= 2_000_000, "{} bytes", page.len());
        let names = page.split("<tr class=v").filter_map(|row| row.split("<td>").nth(2)?.split("</b><small>").next());
        let shown: std::collections::BTreeSet<_> = names.map(|name| name.replace("<b>", "")).collect();
        let missing = report.certificates.iter().filter(|c| !shown.contains(&format!("{}/{}", c.namespace, c.name)));
        assert_eq!(missing.count(), 0, "of {}", shown.len());
        assert_eq!(page, rendered(&report, Format::Html), "the same report gives the same bytes");
    }
}

#[test]
fn markdown_fits_a_comment_and_says_what_it_leaves_out() {
    let report = sample::large(20_000, true);
    let text = rendered(&report, Format::Markdown);
    assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
    assert!(text.chars().count() > 20_000, "room is left unused: {}", text.chars().count());
    assert!(text.contains("more, less severe than these"));
    assert!(text.contains("more findings, less severe than these"));
    assert!(text.contains("unchanged, not listed"));
    let first = text.lines().find(|line| line.starts_with("| ✕") || line.starts_with("| ↻")).unwrap();
    assert!(first.starts_with("| ✕ lost"), "{first}");
    assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
}

#[test]
fn hostile_strings_are_harmless_in_markdown() {
    let text = rendered(&sample::hostile(), Format::Markdown);
    let mut outside = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|&c| c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && line.trim_matches('`').is_empty() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 && line.ends_with("sh") => fence = Some(ticks),
            None => outside.push_str(&without_code(line)),
        }
        if fence.is_none() {
            outside.push('\n');
        }
    }
    assert!(fence.is_none());
    let outside = outside.replace("\\]", "");
    for word in ["<script", "<img", "<!--", "@everyone", "#1 ", "https://", "www.evil", "](", "\u{202e}", "\u{1b}"] {
        assert!(!outside.contains(word), "{word} in\n{outside}");
    }
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows(&text), rows(&rendered(&sample::with_strings(&["x"]), Format::Markdown)), "a row broke");
}

/// A line of Markdown without its code spans (CommonMark 6.1: a span ends at an equally long run of backticks).
fn without_code(line: &str) -> String {
    let (mut kept, mut rest) = (String::new(), line);
    while let Some(start) = rest.find('`') {
        if rest[..start].ends_with('\\') {
            kept.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        kept.push_str(&rest[..start]);
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let body = &rest[start + run..];
        let mut at = 0;
        let end = loop {
            let Some(next) = body[at..].find('`').map(|i| i + at) else { break None };
            let length = body[next..].len() - body[next..].trim_start_matches('`').len();
            if length == run {
                break Some(next + length);
            }
            at = next + length;
        };
        match end {
            Some(end) => rest = &body[end..],
            None => {
                kept.push_str(&rest[start..start + run]);
                rest = body;
            }
        }
    }
    kept + rest
}

#[test]
fn colour_adds_nothing_but_colour() {
    let plain = rendered(&sample::hostile(), Format::Table);
    assert!(!plain.contains(['\u{1b}', '\u{7}', '\0', '\u{202e}']));
    let options = RenderOptions { color: true, ..RenderOptions::default() };
    let colored = rendered_with(&sample::hostile(), Format::Table, &options);
    assert!(colored.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn many_unchanged_certificates_are_counted_not_listed() {
    let table = rendered(&sample::large(900, false), Format::Table);
    assert!(table.contains("unchanged, not listed"));
    assert!(!table.contains("\n✓ unchanged "));
}

#[test]
fn a_template_of_the_user_stands_before_the_built_in_one() {
    let dir = tempfile::tempdir().unwrap();
    let options = RenderOptions { template_dir: Some(dir.path().to_owned()), ..RenderOptions::default() };
    let built_in = rendered(&sample::company(), Format::Html);
    assert_eq!(rendered_with(&sample::company(), Format::Html, &options), built_in);

    std::fs::write(dir.path().join("report.md"), "{{ headline.answer }} {% include 'own.md' %}").unwrap();
    std::fs::write(dir.path().join("own.md"), "{{ certificates.shown[0].name }}").unwrap();
    let text = rendered_with(&sample::company(), Format::Markdown, &options);
    assert_eq!(text, "2 of 19 certificates would be re-issued now intranet");

    std::fs::write(dir.path().join("report.css"), "body{margin:0}").unwrap();
    let page = rendered_with(&sample::company(), Format::Html, &options);
    assert!(page.contains("<style>body{margin:0}</style>"));
    assert_ne!(page, built_in);
}

#[test]
fn an_error_in_a_template_names_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let options = RenderOptions { template_dir: Some(dir.path().to_owned()), ..RenderOptions::default() };
    for (file, source, line, words) in [
        ("report.md", "a\nb {{ nothing.here }}\n", 2, "undefined"),
        ("report.md", "a\n\n{% for %}\n", 3, "syntax"),
        ("coverage.html", "\n\n\n{{ coverage.inputs|nope }}", 4, "nope"),
    ] {
        let path = dir.path().join(file);
        std::fs::write(&path, source).unwrap();
        let format = if file == "report.md" { Format::Markdown } else { Format::Html };
        let error = render(&sample::company(), format, &options, &mut vec![]).unwrap_err();
        let RenderError::Template { file, line: at, message } = &error else { panic!("{error}") };
        assert_eq!((file.as_str(), *at), (path.to_str().unwrap(), line), "{error}");
        assert!(message.contains(words), "{error}");
    }
    let options = RenderOptions { template_dir: Some(dir.path().join("none")), ..RenderOptions::default() };
    let error = render(&sample::company(), Format::Html, &options, &mut vec![]).unwrap_err();
    assert!(matches!(error, RenderError::TemplateDir { .. }), "{error}");
}

#[test]
fn a_reader_that_goes_away_is_told_from_a_failure() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let error = render(&sample::large(300, true), format, &RenderOptions::default(), &mut Closed).unwrap_err();
        assert!(error.is_broken_pipe(), "{format}: {error}");
    }
}
