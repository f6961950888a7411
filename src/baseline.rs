//! `--baseline`: what is new, fixed or unchanged since an earlier report.
//!
//! Findings are compared by their ids, which do not depend on texts. Where one of the reports could not tell of a finding,
//! because what it is about was not read there, it is neither new nor fixed but not comparable.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::intern::intern;
use crate::report::model::{self, Gone, ObjectId, Report, SCHEMA_VERSION};
use crate::report::wording::{SEVERITIES, severity_rank};
use crate::time::Time;

/// Why an earlier report cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("{path}: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is not a report.
    #[error("{path} is not a report that `--report json` wrote: {error}", path = .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// It has a schema that this program does not know.
    #[error("{path} has schema version {version:?}; known is {SCHEMA_VERSION:?}", path = .path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
}

/// What is read of an earlier report (design 4).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    schema_version: String,
    command: String,
    evaluated_at: Time,
    coverage: Coverage,
    certificates: Vec<Certificate>,
    findings: Vec<Finding>,
    #[serde(default)]
    suppressed: Vec<Suppressed>,
}

#[derive(Clone, Debug, Deserialize)]
struct Coverage {
    inputs: Vec<Input>,
}

#[derive(Clone, Debug, Deserialize)]
struct Input {
    objects: BTreeMap<String, usize>,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug, Deserialize)]
struct Problem {
    impact: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Certificate {
    namespace: String,
    name: String,
    verdict: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Finding {
    id: String,
    rule: String,
    severity: String,
    object: Object,
    title: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Suppressed {
    finding: Finding,
}

#[derive(Clone, Debug, Deserialize)]
struct Object {
    kind: String,
    namespace: String,
    name: String,
}

/// Reads an earlier report.
///
/// # Errors
/// [`BaselineError`] when the file cannot be read or is no report of a known schema.
pub fn read(path: &Path) -> Result<Baseline, BaselineError> {
    let bytes = std::fs::read(path).map_err(|error| BaselineError::Unreadable { path: path.to_owned(), error })?;
    let baseline: Baseline =
        serde_json::from_slice(&bytes).map_err(|error| BaselineError::Malformed { path: path.to_owned(), error })?;
    if baseline.schema_version == SCHEMA_VERSION {
        Ok(baseline)
    } else {
        Err(BaselineError::Schema { path: path.to_owned(), version: baseline.schema_version })
    }
}

/// Gives every finding its class, and adds those of the earlier report that are gone.
pub fn compare(report: &mut Report, earlier: &Baseline) {
    let (now, then) = (Sight::of_report(report), Sight::of_baseline(earlier));
    let same_command = report.command == earlier.command;
    let mut notes = BTreeSet::new();
    if !same_command {
        notes.insert(format!("The earlier report is one of `{}`, this one of `{}`.", earlier.command, report.command));
    }
    let ignored_then = earlier.suppressed.iter().map(|suppressed| suppressed.finding.id.as_str());
    let known: BTreeSet<&str> =
        earlier.findings.iter().map(|finding| finding.id.as_str()).chain(ignored_then).collect();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for finding in &mut report.findings {
        let about = (&*finding.object.kind, &*finding.object.namespace, &*finding.object.name);
        let class = if same_command && known.contains(finding.id.as_str()) {
            "unchanged"
        } else {
            class(same_command, "new", then.told_of(about, &now, "then"), &mut notes)
        };
        finding.class = Some(class);
        *counts.entry(class).or_default() += 1;
    }
    let gone = gone(report, earlier, |finding| {
        let about = (&*finding.object.kind, &*finding.object.namespace, &*finding.object.name);
        class(same_command, "fixed", now.told_of(about, &then, "now"), &mut notes)
    });
    for finding in &gone {
        *counts.entry(finding.class).or_default() += 1;
    }
    let of = |class: &str| counts.get(class).copied().unwrap_or(0);
    report.baseline = Some(model::Baseline {
        evaluated_at: earlier.evaluated_at,
        new: of("new"),
        fixed: of("fixed"),
        unchanged: of("unchanged"),
        not_comparable: of("not-comparable"),
        gone,
        notes: notes.into_iter().collect(),
    });
}

fn class(
    same_command: bool,
    changed: &'static str,
    told: Result<(), String>,
    notes: &mut BTreeSet<String>,
) -> &'static str {
    match told {
        _ if !same_command => "not-comparable",
        Ok(()) => changed,
        Err(note) => {
            notes.insert(note);
            "not-comparable"
        }
    }
}

/// The findings of the earlier report that are not in this one, worst first; what is ignored now is not gone.
fn gone(report: &Report, earlier: &Baseline, mut class: impl FnMut(&Finding) -> &'static str) -> Vec<Gone> {
    let ignored = report.suppressed.iter().map(|suppressed| suppressed.finding.id.as_str());
    let still: BTreeSet<&str> = report.findings.iter().map(|finding| finding.id.as_str()).chain(ignored).collect();
    let of = |finding: &Finding| Gone {
        class: class(finding),
        id: finding.id.clone(),
        rule: finding.rule.clone(),
        severity: SEVERITIES.into_iter().find(|known| *known == finding.severity).unwrap_or("info"),
        object: ObjectId {
            kind: intern(&finding.object.kind),
            namespace: intern(&finding.object.namespace),
            name: intern(&finding.object.name),
        },
        title: finding.title.clone(),
    };
    let mut gone: Vec<Gone> = earlier.findings.iter().filter(|f| !still.contains(f.id.as_str())).map(of).collect();
    gone.sort_by(|a, b| (severity_rank(a.severity), &a.rule, &a.id).cmp(&(severity_rank(b.severity), &b.rule, &b.id)));
    gone
}

/// What a report could see.
struct Sight {
    /// Kinds of which objects were read.
    kinds: BTreeSet<String>,
    /// Something was there and could not be read.
    partial: bool,
    /// Every Certificate, and whether it could be judged.
    certificates: HashMap<(String, String), bool>,
}

impl Sight {
    fn of_report(report: &Report) -> Self {
        let inputs = &report.coverage.inputs;
        let objects = inputs.iter().flat_map(|input| &input.objects);
        let impacts = inputs.iter().flat_map(|input| &input.problems).map(|problem| problem.impact);
        let certificates = report.certificates.iter();
        Self::new(objects, impacts, certificates.map(|c| (&*c.namespace, &*c.name, c.verdict)))
    }

    fn of_baseline(baseline: &Baseline) -> Self {
        let inputs = &baseline.coverage.inputs;
        let objects = inputs.iter().flat_map(|input| &input.objects);
        let impacts = inputs.iter().flat_map(|input| &input.problems).map(|problem| problem.impact.as_str());
        let certificates = baseline.certificates.iter();
        Self::new(objects, impacts, certificates.map(|c| (&*c.namespace, &*c.name, &*c.verdict)))
    }

    fn new<'a>(
        objects: impl Iterator<Item = (&'a String, &'a usize)>,
        mut impacts: impl Iterator<Item = &'a str>,
        certificates: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Self {
        let judged = |(namespace, name, verdict): (&str, &str, &str)| {
            ((namespace.to_owned(), name.to_owned()), verdict != "unknown")
        };
        Self {
            kinds: objects.filter(|(_, count)| **count > 0).map(|(kind, _)| kind.clone()).collect(),
            partial: impacts.any(|impact| impact == "missing"),
            certificates: certificates.map(judged).collect(),
        }
    }

    /// Whether this report would have told of a finding about an object, had there been one; or why it may not have.
    /// A kind that neither report read makes no difference between them.
    fn told_of(&self, (kind, namespace, name): (&str, &str, &str), other: &Self, when: &str) -> Result<(), String> {
        if kind == "Certificate" {
            match self.certificates.get(&(namespace.to_owned(), name.to_owned())) {
                Some(true) => return Ok(()),
                Some(false) => return Err(format!("Some Certificates could not be judged {when}.")),
                None => {}
            }
        }
        if !self.kinds.contains(kind) && other.kinds.contains(kind) {
            return Err(format!("No {kind} was read {when}."));
        }
        if self.partial { Err(format!("Something could not be read {when}.")) } else { Ok(()) }
    }
}
