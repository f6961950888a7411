//! A finding: an observation with evidence and remediation.

use crate::object::{Kind, NamespacedName, ObjectRef};

/// How much it hurts; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// cert-manager itself stops working.
    Critical,
    /// A certificate will be lost, or cannot be had.
    High,
    /// Something changes that people depend on.
    Medium,
    /// Worth knowing before it happens.
    Low,
    /// For the record.
    Info,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The spelling of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    /// Reads the spelling of the contract.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// One compared value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was compared.
    pub what: String,
    /// What was to be expected.
    pub expected: String,
    /// What is there.
    pub actual: String,
}

/// What a remediation does to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing that matters.
    Safe,
    /// Causes an issuance.
    Issues,
    /// Deletes something.
    Deletes,
}

impl Effect {
    /// The spelling of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Issues => "issues",
            Self::Deletes => "deletes",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remediation {
    /// What and why.
    pub text: String,
    /// A command to paste.
    pub command: Option<String>,
    /// What it does.
    pub effect: Effect,
}

/// An observation beyond cert-manager's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule; filled in by the table.
    pub rule: &'static str,
    /// The severity, where it differs from the rule's.
    pub severity: Option<Severity>,
    /// What it is about.
    pub subject: ObjectRef,
    /// Tells findings of one rule about one object apart; part of the id.
    pub part: String,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub detail: String,
    /// The values compared.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remediation: Vec<Remediation>,
    /// Certificates that it concerns, apart from the subject.
    pub concerns: Vec<NamespacedName>,
}

impl Finding {
    /// A finding about an object.
    #[must_use]
    pub fn about(kind: Kind, key: &NamespacedName, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            rule: "",
            severity: None,
            subject: ObjectRef::new(kind, key.clone()),
            part: String::new(),
            title: title.into(),
            detail: detail.into(),
            evidence: Vec::new(),
            remediation: Vec::new(),
            concerns: Vec::new(),
        }
    }

    /// Another severity than the rule's.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Tells it apart from other findings of the rule about the same object.
    #[must_use]
    pub fn part(mut self, part: impl Into<String>) -> Self {
        self.part = part.into();
        self
    }

    /// Adds a compared value.
    #[must_use]
    pub fn evidence(mut self, what: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        self.evidence.push(Evidence { what: what.into(), expected: expected.into(), actual: actual.into() });
        self
    }

    /// Adds an advice without a command.
    #[must_use]
    pub fn advice(mut self, effect: Effect, text: impl Into<String>) -> Self {
        self.remediation.push(Remediation { text: text.into(), command: None, effect });
        self
    }

    /// Adds a command to paste.
    #[must_use]
    pub fn command(mut self, effect: Effect, text: impl Into<String>, command: impl Into<String>) -> Self {
        self.remediation.push(Remediation { text: text.into(), command: Some(command.into()), effect });
        self
    }

    /// Names a Certificate that it concerns.
    #[must_use]
    pub fn concerning(mut self, certificate: &NamespacedName) -> Self {
        self.concerns.push(certificate.clone());
        self
    }

    /// Stable over runs, independent of every text.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = format!("{}/{}/{}", self.rule, self.subject.kind, self.subject.key);
        if !self.part.is_empty() {
            id.push('#');
            id.push_str(&self.part);
        }
        id
    }
}

/// Quotes a name for a POSIX shell, where it needs it.
#[must_use]
pub(crate) fn shell(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/:=@,".contains(&b));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
