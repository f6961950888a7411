//! The names of the report formats.

use std::fmt;
use std::str::FromStr;

/// A format that a report can be written in; the names are those of `--report` (design 3, contract).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a terminal: one sentence, a table, what to do.
    Table,
    /// For a pull-request comment.
    Markdown,
    /// One offline file for a browser.
    Html,
    /// The frozen model (design 4).
    Json,
    /// The same model as YAML.
    Yaml,
    /// A row for each Certificate and each finding.
    Csv,
    /// For code scanning.
    Sarif,
    /// A test case for each Certificate and each finding.
    Junit,
    /// Annotations and a step summary of GitHub Actions.
    Github,
    /// Metrics for the textfile collector.
    Prometheus,
    /// `Report` objects of `openreports.io`.
    OpenReports,
    /// `PolicyReport` objects of `wgpolicyk8s.io`.
    PolicyReport,
}

/// A format name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format {name:?}; known are {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// The name as it was given.
    pub name: String,
}

impl Format {
    /// Every format, in the order in which help texts list them.
    pub const ALL: [Self; 12] = [
        Self::Table,
        Self::Markdown,
        Self::Html,
        Self::Json,
        Self::Yaml,
        Self::Csv,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Prometheus,
        Self::OpenReports,
        Self::PolicyReport,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Csv => "csv",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Prometheus => "prometheus",
            Self::OpenReports => "openreports",
            Self::PolicyReport => "policyreport",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_the_error_names_them_all() {
        let error = "docx".parse::<Format>().unwrap_err().to_string();
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(error.contains(format.name()), "{error}");
        }
        assert!("HTML".parse::<Format>().is_err());
    }
}
