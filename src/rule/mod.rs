//! Our own observations beyond cert-manager's chain: one file per rule, one line in [`TABLE`].
//!
//! The module comment of each rule's file is its published documentation (`reissue-audit explain ID`).

mod finding;

macro_rules! rules {
    ($($module:ident: $severity:ident;)*) => {
        $(mod $module;)*

        /// Every rule, by id.
        pub const TABLE: &[Rule] = &[
            $(Rule {
                id: $module::ID,
                severity: Severity::$severity,
                source: include_str!(concat!(stringify!($module), ".rs")),
                check: $module::check,
            },)*
        ];
    };
}

rules! {
    acme_in_flight: Medium;
    admission_refuses: High;
    backup_lacks_cluster_resources: High;
    being_deleted: Info;
    blocked_at_renewal: High;
    ca_changed: High;
    ca_expires_first: Medium;
    cannot_regenerate_key: High;
    controller_cannot_start: Critical;
    controller_panics: Critical;
    crd_default_skew: High;
    drift: Medium;
    duplicate_requests: High;
    faq_differs: Info;
    gateway_shim_stops: High;
    issuer_crd_missing: Info;
    issuer_missing: High;
    issuer_secret_missing: High;
    key_will_rotate: Low;
    keystore_password_missing: High;
    loop_ends: Info;
    loop_starts: High;
    maybe_out_of_date: Info;
    new_acme_account: Medium;
    old_api_version: Medium;
    orphan_request: Medium;
    orphaned_owner: Medium;
    owner_ref_collects_secret: High;
    phantom_signing: Medium;
    release_not_advised: High;
    renewal_moves: Low;
    requests_deleted: Low;
    rotation_default_changes: Medium;
    secret_label_race: Medium;
    secret_replaced: Medium;
    selector_resolves_to_nothing: Medium;
    shared_secret: Medium;
    shared_secret_owner_war: Medium;
    shim_changes_spec: Medium;
    signature_hash_changes: Info;
    stale_owner: High;
    stored_api_version: High;
    stuck_request_ends: Low;
    temporary_certificate: High;
    venafi_renewal: Medium;
}

pub(crate) use finding::shell;
pub use finding::{Effect, Evidence, Finding, Remediation, Severity};

use rayon::prelude::*;

use crate::object::{Certificate, Secret};
use crate::pki::X509Certificate;
use crate::release::Version;
use crate::simulate::Simulation;
use crate::source::VeleroBackup;
use crate::upgrade::Upgrade;
use crate::verdict::{Judgement, Scene};
use crate::world::World;

/// One rule.
pub struct Rule {
    /// Kebab-case id (contract, design 4).
    pub id: &'static str,
    /// Severity unless a finding says otherwise.
    pub severity: Severity,
    /// The rule's own source, whose module comment is its documentation.
    pub source: &'static str,
    /// The check.
    pub check: fn(&View<'_>, &mut Vec<Finding>),
}

/// What a rule may look at.
#[derive(Clone)]
pub struct View<'a> {
    /// The world and the release that judges it.
    pub scene: &'a Scene<'a>,
    /// What was judged, by namespace and name.
    pub judgements: &'a [Judgement],
    /// What a plan did, if one was simulated.
    pub simulation: Option<&'a Simulation>,
    /// The Velero Backup that describes the source, and the source, if it is one.
    pub backup: Option<(&'a VeleroBackup, &'a World)>,
    /// The upgrade that is looked at, if one is; the scene is that of the release after.
    pub upgrade: Option<&'a Upgrade<'a>>,
    /// Every Certificate that could be read.
    certificates: Vec<Row<'a>>,
}

/// A Certificate and what many rules ask of each.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The Certificate.
    pub certificate: &'a Certificate,
    /// How it was judged.
    pub judgement: &'a Judgement,
    /// The Secret that it names.
    pub secret: Option<&'a Secret>,
    /// The certificate in that Secret, if the release decodes it.
    pub issued: Option<&'a X509Certificate>,
}

impl<'a> View<'a> {
    /// What was judged in a scene.
    #[must_use]
    pub fn new(
        scene: &'a Scene<'a>,
        judgements: &'a [Judgement],
        simulation: Option<&'a Simulation>,
        backup: Option<(&'a VeleroBackup, &'a World)>,
    ) -> Self {
        // Both are sorted, so that nothing has to be looked up.
        debug_assert!(judgements.is_sorted_by(|a, b| a.key < b.key), "a judgement out of order is passed over");
        let mut sorted = scene.world.certificates().peekable();
        let with_certificate = |judgement: &'a Judgement| {
            let order = |c: &&Certificate| c.metadata.order().cmp(&judgement.key.order());
            while sorted.next_if(|c| order(c).is_lt()).is_some() {}
            Some((sorted.next_if(|c| order(c).is_eq())?, judgement))
        };
        let judged: Vec<_> = judgements.iter().filter_map(with_certificate).collect();
        let row = |&(certificate, judgement)| {
            let secret = scene.secret(certificate);
            let issued = secret.and_then(|secret| secret.certificate.as_ref()?.decode(&scene.release.decoder).ok());
            Row { certificate, judgement, secret, issued }
        };
        let certificates = judged.par_iter().map(row).collect();
        Self { scene, judgements, simulation, backup, upgrade: None, certificates }
    }

    /// The same as the outcome of an upgrade.
    #[must_use]
    pub const fn upgraded(mut self, upgrade: &'a Upgrade<'a>) -> Self {
        self.upgrade = Some(upgrade);
        self
    }

    /// The upgrade, if it goes from below a release to it or above.
    fn crosses(&self, version: Version) -> Option<&'a Upgrade<'a>> {
        let reaches = self.scene.release.version >= version;
        self.upgrade.filter(|upgrade| reaches && upgrade.from().version < version)
    }

    /// Every Certificate that could be read, with its judgement.
    pub fn certificates(&self) -> impl Iterator<Item = (&'a Certificate, &'a Judgement)> {
        self.certificates.iter().map(|row| (row.certificate, row.judgement))
    }

    /// The same with the Secret that each names and the certificate in it, for rules that ask them of all.
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        self.certificates.iter().copied()
    }
}

/// Runs every rule; the result is sorted by severity, rule and object.
#[must_use]
pub fn findings(view: &View<'_>) -> Vec<Finding> {
    let of_rule = |rule: &Rule| {
        let mut found = Vec::new();
        (rule.check)(view, &mut found);
        for finding in &mut found {
            finding.rule = rule.id;
            finding.severity.get_or_insert(rule.severity);
        }
        found
    };
    let mut found: Vec<Finding> = TABLE.par_iter().with_max_len(1).flat_map_iter(of_rule).collect();
    found.par_sort_by(|a, b| (a.severity, a.rule, &a.subject, &a.part).cmp(&(b.severity, b.rule, &b.subject, &b.part)));
    found
}

/// Looks a rule up by id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.id == id)
}
