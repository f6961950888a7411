//! Templates: the built-in ones, and a user's files of the same name in front of them.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use super::render::RenderError;
use super::text;

/// The built-in templates by file name. `report.css` and `report.js` are put into the page as they are.
const BUILT_IN: [(&str, &str); 12] = [
    ("report.html", include_str!("../../templates/report.html")),
    ("certificates.html", include_str!("../../templates/certificates.html")),
    ("findings.html", include_str!("../../templates/findings.html")),
    ("triage.html", include_str!("../../templates/triage.html")),
    ("plan.html", include_str!("../../templates/plan.html")),
    ("upgrade.html", include_str!("../../templates/upgrade.html")),
    ("renewals.html", include_str!("../../templates/renewals.html")),
    ("coverage.html", include_str!("../../templates/coverage.html")),
    ("macros.html", include_str!("../../templates/macros.html")),
    ("report.css", include_str!("../../templates/report.css")),
    ("report.js", include_str!("../../templates/report.js")),
    ("report.md", include_str!("../../templates/report.md")),
];

/// The mode in which every printed value becomes text of Markdown.
const MARKDOWN: &str = "markdown";

/// Where templates come from.
pub(super) struct Templates {
    dir: Option<PathBuf>,
    environment: Environment<'static>,
}

impl Templates {
    /// The built-in templates, behind those of `dir`.
    pub(super) fn new(dir: Option<&Path>) -> Result<Self, RenderError> {
        if let Some(dir) = dir {
            std::fs::read_dir(dir)
                .map_err(|error| RenderError::TemplateDir { path: dir.to_owned(), message: error.to_string() })?;
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| RenderError::Template {
            file: "(syntax)".to_owned(),
            line: 0,
            message: error.to_string(),
        })?);
        environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
            Some("md") => AutoEscape::Custom(Cow::Borrowed(MARKDOWN)),
            Some("css" | "js") => AutoEscape::None,
            _ => AutoEscape::Html,
        });
        environment.set_formatter(print);
        environment.add_filter("code", |value: &Value| Value::from_safe_string(text::markdown_code(&shown(value))));
        environment.add_filter("block", |value: &Value, language: &str| {
            Value::from_safe_string(text::markdown_block(&shown(value), language))
        });
        environment.add_filter("clip", |value: &Value, limit: usize| text::clip(&shown(value), limit).into_owned());
        environment.add_filter("thousands", super::wording::thousands);
        let from = dir.map(Path::to_owned);
        environment.set_loader(move |name| load(from.as_deref(), name));
        Ok(Self { dir: dir.map(Path::to_owned), environment })
    }

    /// The text of a file that is used as it is.
    pub(super) fn source(&self, name: &str) -> Result<String, RenderError> {
        match load(self.dir.as_deref(), name) {
            Ok(source) => Ok(source.unwrap_or_default()),
            Err(error) => Err(self.error(name, &error)),
        }
    }

    /// A name that a template may use besides the report.
    pub(super) fn add(&mut self, name: &'static str, value: String) {
        self.environment.add_global(name, Value::from_safe_string(value));
    }

    /// Renders a template with a report.
    pub(super) fn render(&self, name: &str, view: &impl Serialize) -> Result<String, RenderError> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Value::from(Serde(view))))
            .map_err(|error| self.error(name, &error))
    }

    /// The innermost place that the engine knows, since an error in an included file is reported through all of them.
    fn error(&self, name: &str, error: &Error) -> RenderError {
        let mut at = error;
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(inner) = source {
            if let Some(inner) = inner.downcast_ref::<Error>().filter(|inner| inner.line().is_some()) {
                at = inner;
            }
            source = inner.source();
        }
        let file = at.name().unwrap_or(name);
        let path = self.dir.as_ref().map(|dir| dir.join(file)).filter(|path| path.exists());
        RenderError::Template {
            file: path.map_or_else(|| file.to_owned(), |path| path.display().to_string()),
            line: at.line().unwrap_or(0),
            message: at.detail().map_or_else(|| at.kind().to_string(), |detail| format!("{}: {detail}", at.kind())),
        }
    }
}

/// A file of the user, or the built-in of that name. Names that leave the directory are not looked up there.
fn load(dir: Option<&Path>, name: &str) -> Result<Option<String>, Error> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if let Some(path) = dir.filter(|_| inside).map(|dir| dir.join(name)) {
        match std::fs::read_to_string(&path) {
            Ok(source) => return Ok(Some(source)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::new(ErrorKind::InvalidOperation, error.to_string())),
        }
    }
    Ok(BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, source)| (*source).to_owned()))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Prints a value into a template: what is not marked as safe is escaped for the kind of file, without exception.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let text = match value.as_str() {
        Some(text) if value.is_safe() || text.is_empty() => return Ok(out.write_str(text)?),
        Some(text) => Cow::Borrowed(text),
        None if value.is_undefined() || value.is_none() => return Ok(()),
        None => Cow::Owned(value.to_string()),
    };
    match state.auto_escape() {
        AutoEscape::None => out.write_str(&text)?,
        AutoEscape::Custom(name) if name == MARKDOWN => out.write_str(&text::markdown(&text))?,
        _ => out.write_str(&text::html(&text))?,
    }
    Ok(())
}
