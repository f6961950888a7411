//! Arguments (design 3, contract).

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::settings::Settings;
use crate::release::Version;
use crate::report::Format;
use crate::rule::Severity;
use crate::source::SourceSpec;
use crate::time::{GoDuration, Time};
use crate::verdict::Verdict;

const AFTER_HELP: &str = "\
SOURCE is live (the cluster of your kubeconfig, read with GET and LIST alone), a kubectl YAML or JSON dump, a directory, - \
(stdin), a Velero backup (.tar.gz or unpacked), an etcd snapshot, a backup of Rancher's backup-restore-operator, what \
`reissue-audit snapshot` wrote, or demo (a small company cluster embedded in this program). A file is recognised by its \
content, not by its name.

Exit codes: 2 wrong usage; 1 the tool failed; 3 no Certificate was read; 4 coverage was partial (with --strict); \
10 something matched --fail-on; 0 otherwise.

Installed as kubectl-reissue_audit, it is `kubectl reissue-audit`.";

/// Says what cert-manager will do to your certificates after a restore or an upgrade, before anything is touched.
#[derive(Debug, Parser)]
#[command(name = "reissue-audit", version, after_help = AFTER_HELP, propagate_version = true)]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub shared: Shared,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What would be re-issued as things stand
    Audit(AuditArguments),
    /// What a backup and restore would re-issue, lose, orphan or block
    Plan(PlanArguments),
    /// What going from one cert-manager release to another changes
    Upgrade(UpgradeArguments),
    /// What was done to the certificates, against what was foretold
    Verify(VerifyArguments),
    /// Which certificates have to be renewed by hand, and the commands in order
    Renewals(RenewalsArguments),
    /// A picture of the input without private keys or other secrets, to be read later or elsewhere
    Snapshot(SnapshotArguments),
    /// List the policies and rules
    Rules,
    /// Explain a policy, a rule, a verdict or one of cert-manager's reasons
    Explain {
        /// For example SecretDoesNotExist, blocked-at-renewal, drift or IncorrectIssuer
        id: String,
    },
    /// Print what a shell loads to complete this program's arguments
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, of the program or of one command
    Man {
        /// For example audit
        command: Option<String>,
    },
}

impl Command {
    /// The sources that it reads.
    pub(super) fn sources(&self) -> Vec<&SourceSpec> {
        match self {
            Self::Audit(AuditArguments { sources })
            | Self::Renewals(RenewalsArguments { sources })
            | Self::Upgrade(UpgradeArguments { sources, .. })
            | Self::Snapshot(SnapshotArguments { sources, .. }) => or_live(sources).iter().collect(),
            Self::Verify(VerifyArguments { before, sources, .. }) => before.iter().chain(or_live(sources)).collect(),
            Self::Plan(PlanArguments { backup, target, .. }) => backup.iter().chain(target).collect(),
            Self::Rules | Self::Explain { .. } | Self::Completions { .. } | Self::Man { .. } => Vec::new(),
        }
    }
}

/// The sources of a command; the live cluster where none is named.
pub(super) fn or_live(sources: &[SourceSpec]) -> &[SourceSpec] {
    if sources.is_empty() { &[SourceSpec::Live] } else { sources }
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArguments {
    /// What to read; several are one world [default: live]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<SourceSpec>,
}

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArguments {
    /// What to read; several are one world [default: live]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<SourceSpec>,
    /// Where to write the snapshot, - for stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// Arguments of `upgrade`.
#[derive(Debug, Args)]
pub(super) struct UpgradeArguments {
    /// The release that runs there [default: read from the input]
    #[arg(long, value_name = "VERSION", value_parser = Version::parse)]
    pub from: Option<Version>,
    /// The release to go to
    #[arg(long, value_name = "VERSION", value_parser = Version::parse)]
    pub to: Version,
    /// What to read; several are one world [default: live]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<SourceSpec>,
}

/// Arguments of `renewals`.
#[derive(Debug, Args)]
pub(super) struct RenewalsArguments {
    /// What to read; several are one world [default: live]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<SourceSpec>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The cluster as it was before (repeatable)
    #[arg(long, value_name = "SOURCE", required = true)]
    pub before: Vec<SourceSpec>,
    /// The preset that was followed: compare with what it foretells
    #[arg(long, value_name = "NAME", conflicts_with_all = ["plan", "to"])]
    pub preset: Option<String>,
    /// The plan that was followed
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub plan: Option<PathBuf>,
    /// The cert-manager release that was gone to, with nothing else changed
    #[arg(long, value_name = "VERSION", value_parser = Version::parse)]
    pub to: Option<Version>,
    /// The cluster as it is now; several are one world [default: live]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<SourceSpec>,
}

/// Arguments of `plan`.
#[derive(Debug, Default, Args)]
#[group(skip)]
pub(super) struct PlanArguments {
    /// The backup, or the cluster that a backup would be made of
    #[arg(long, value_name = "SOURCE", required_unless_present_any = ["list_presets", "show_plan"])]
    pub backup: Vec<SourceSpec>,
    /// A whole procedure, from backup to restore; see --list-presets (several with --compare)
    #[arg(long, value_name = "NAME", required_unless_present_any = ["list_presets", "plan", "compare", "suggest"])]
    pub preset: Vec<String>,
    /// A plan document, or Velero's own Backup, Restore and Schedule objects (several with --compare)
    #[arg(long, value_name = "FILE")]
    pub plan: Vec<PathBuf>,
    /// What is in the target cluster already [default: nothing, or what the plan says]
    #[arg(long, value_name = "SOURCE")]
    pub target: Vec<SourceSpec>,
    /// Compare several presets and plans, best first; without any, all presets that such a backup can be restored by, but for
    /// those that act on the cluster that it comes from
    #[arg(long, conflicts_with = "suggest")]
    pub compare: bool,
    /// Look for the plan with the least damage for this backup; tell its commands, and why it does not avoid the rest
    #[arg(long)]
    pub suggest: bool,
    /// When the restore happens, RFC 3339; beats --now
    #[arg(long, value_name = "TIME", value_parser = Time::parse)]
    pub restore_at: Option<Time>,
    /// List the presets and what each stands for
    #[arg(long)]
    pub list_presets: bool,
    /// Print the preset as a plan document instead of running it
    #[arg(long)]
    pub show_plan: bool,
}

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shared flags")]
pub(super) struct Shared {
    /// The release that judges [default: detected from the input, else the newest known; in plan it is the target's]
    #[arg(long, global = true, value_name = "VERSION", value_parser = Version::parse)]
    pub cert_manager: Option<Version>,
    /// Evaluate at this instant, RFC 3339 [default: the present]
    #[arg(long, global = true, value_name = "TIME", value_parser = Time::parse)]
    pub now: Option<Time>,
    /// How far ahead reissue-later reaches
    #[arg(long, global = true, value_name = "DURATION", default_value = "168h", value_parser = ahead)]
    pub horizon: GoDuration,
    /// A flag of the cert-manager controller, by cert-manager's own name (repeatable)
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub controller_flag: Vec<(String, String)>,
    /// Write a report, to stdout or to a file: table, markdown, html, json, yaml, csv, sarif, junit, github, prometheus,
    /// openreports or policyreport (repeatable)
    #[arg(long, global = true, value_name = "FORMAT[:PATH]", value_parser = ReportTo::parse)]
    pub report: Vec<ReportTo>,
    /// Take templates from this directory where it has them
    #[arg(long, global = true, value_name = "DIR")]
    pub template: Option<PathBuf>,
    /// Exit with 10 if a Certificate has this verdict, or a finding (with new: one that the --baseline lacks) this severity,
    /// or a worse one (repeatable)
    #[arg(long, global = true, value_name = "VERDICT|SEVERITY|new:SEVERITY", value_parser = FailOn::parse)]
    pub fail_on: Vec<FailOn>,
    /// Compare findings with an earlier report, which `--report json` wrote
    #[arg(long, global = true, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Severities and findings to ignore [default: .reissue-audit.yaml in the current directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Show the findings that the configuration ignores, with the reason
    #[arg(long, global = true)]
    pub show_suppressed: bool,
    /// The input is all there is: what is not in it does not exist
    #[arg(long, global = true)]
    pub complete: bool,
    /// Exit with 4 if something could not be read
    #[arg(long, global = true)]
    pub strict: bool,
    /// No progress, no summary on stderr
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr (repeatable)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Which cluster `live` is.
    #[command(flatten)]
    pub live: Live,
    /// What `config` and `baseline` hold; read before anything else.
    #[arg(skip)]
    pub settings: Settings,
}

/// Flags of the SOURCE `live`, named as kubectl names them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Flags of the SOURCE live")]
pub(super) struct Live {
    /// The kubeconfig file [default: KUBECONFIG, ~/.kube/config, else the Pod's service account]
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The cluster of the kubeconfig
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Act as this user
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Act as a member of this group (repeatable)
    #[arg(long, global = true, value_name = "GROUP", requires = "as_user")]
    pub as_group: Vec<String>,
    /// Only this namespace (repeatable) [default: all]
    #[arg(long, short, global = true, value_name = "NAMESPACE", conflicts_with = "all_namespaces")]
    pub namespace: Vec<String>,
    /// All namespaces, which is the default
    #[arg(long, short = 'A', global = true)]
    pub all_namespaces: bool,
    /// Only Certificates with these labels
    #[arg(long, short = 'l', global = true, value_name = "LABELS")]
    pub selector: Option<String>,
    /// How long one try of a request may take, 0 for no limit
    #[arg(long, global = true, value_name = "DURATION", default_value = "0s", value_parser = request_timeout)]
    pub request_timeout: Duration,
    /// Objects on a page of a list, 0 for all
    #[arg(long, global = true, value_name = "NUMBER", default_value_t = 500)]
    pub chunk_size: u32,
    /// Do without Secrets; what only they can tell is then unknown
    #[arg(long, global = true)]
    pub no_secrets: bool,
    /// Whether the command looks at Events.
    #[arg(skip)]
    pub(super) events: bool,
}

impl Live {
    /// The first of the flags that leave objects out, if one is given.
    pub(super) fn narrows(&self) -> Option<&'static str> {
        let flags = [
            ("--namespace", !self.namespace.is_empty()),
            ("--selector", self.selector.is_some()),
            ("--no-secrets", self.no_secrets),
        ];
        flags.into_iter().find_map(|(name, given)| given.then_some(name))
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A report and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportTo {
    /// The format.
    pub format: Format,
    /// The file; `None` is stdout.
    pub path: Option<PathBuf>,
}

impl ReportTo {
    fn parse(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once(':').map_or((text, None), |(format, path)| (format, Some(path)));
        let format: Format = format.parse().map_err(|error: crate::report::UnknownFormat| error.to_string())?;
        if path == Some("") {
            return Err("a path must follow the colon".to_owned());
        }
        Ok(Self { format, path: path.filter(|path| *path != "-").map(PathBuf::from) })
    }
}

/// What makes the run end with 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailOn {
    /// This verdict, or one of higher rank.
    Verdict(Verdict),
    /// This severity, or a worse one.
    Severity(Severity),
    /// This severity, or a worse one, of a finding that the baseline lacks.
    New(Severity),
}

impl FailOn {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(severity) = text.strip_prefix("new:").and_then(Severity::parse) {
            return Ok(Self::New(severity));
        }
        let verdict = Verdict::parse(text).map(Self::Verdict);
        verdict.or_else(|| Severity::parse(text).map(Self::Severity)).ok_or_else(|| {
            let verdicts = Verdict::ALL.map(Verdict::as_str).join(", ");
            let severities = Severity::ALL.map(Severity::as_str).join(", ");
            format!("expected a verdict ({verdicts}), a severity ({severities}) or new: with a severity")
        })
    }
}

/// A duration that does not reach into the past.
fn ahead(text: &str) -> Result<GoDuration, String> {
    let duration = GoDuration::parse(text).map_err(|error| error.to_string())?;
    if duration.0 < 0 { Err("it must not be negative".to_owned()) } else { Ok(duration) }
}

/// A duration as kubectl takes it: a plain number is seconds.
fn request_timeout(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().map(|seconds| Duration::from_secs(seconds.into()));
    seconds.or_else(|_| {
        let duration = ahead(text)?;
        Ok(Duration::from_nanos(u64::try_from(duration.0).unwrap_or_default()))
    })
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let text = text.strip_prefix("--").unwrap_or(text);
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as enable-certificate-owner-ref=true".to_owned()),
    }
}

/// How the program was called, for its help: as a kubectl plugin it is `kubectl reissue-audit`.
pub(super) fn called_as(program: Option<&OsString>) -> &'static str {
    let name = program.and_then(|path| std::path::Path::new(path).file_name()?.to_str());
    if name.is_some_and(|name| name.starts_with("kubectl-")) { "kubectl reissue-audit" } else { "reissue-audit" }
}
