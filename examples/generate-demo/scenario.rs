//! The vocabulary of the scenario table: what a Certificate wants, who signs it, and what has happened to it since.

use crate::json::pick;
pub(crate) use crate::wish::{Key, Wish};

/// Everything about one Certificate of the demo cluster that is not the same for all.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    /// Namespace of the Certificate.
    pub(crate) namespace: &'static str,
    /// Name of the Certificate.
    pub(crate) name: &'static str,
    /// `spec.secretName`; empty means the Certificate's name.
    pub(crate) secret: &'static str,
    /// Who `spec.issuerRef` names.
    pub(crate) signer: Signer,
    /// What `spec.privateKey` asks for.
    pub(crate) key: Key,
    /// `spec.privateKey.rotationPolicy: Never`.
    pub(crate) pinned: bool,
    /// The part of the spec that goes into the certificate.
    pub(crate) wish: Wish,
    /// The part of the spec that does not.
    pub(crate) extra: Extra,
    /// The Ingress or Gateway that the shim made it from.
    pub(crate) owner: Option<Owner>,
    /// Days since the current certificate was issued; 0 means some day of the last weeks, far from its renewal.
    pub(crate) age_days: i64,
    /// `status.revision`; 0 means any.
    pub(crate) revision: i64,
    /// The certificate authority that this Certificate's Secret feeds.
    pub(crate) feeds: Option<Signer>,
    /// What has happened since the last issuance.
    pub(crate) twist: Twist,
    /// Expected verdict of `audit`.
    pub(crate) verdict: &'static str,
    /// Expected trigger policy of `audit`, `-` for none.
    pub(crate) trigger: &'static str,
    /// Why the scenario is in the demo.
    #[expect(dead_code, reason = "documentation of the table's rows")]
    pub(crate) why: &'static str,
}

/// Wishes that never reach the issuer.
#[derive(Clone, Copy)]
pub(crate) enum Extra {
    Nothing,
    RenewBeforeHours(i64),
    RenewBeforePercentage(i64),
    /// `spec.renewal` (1.21) and the instant that follows from it.
    Window {
        cron: &'static str,
        hours: i64,
        timezone: &'static str,
        renewal: &'static str,
    },
    /// A PKCS#12 keystore with the Secret of its password.
    Pkcs12(&'static str),
    /// A JKS keystore with the Secret of its password.
    Jks(&'static str),
}

/// Issuers of the demo cluster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signer {
    Acme,
    InternalCa,
    InternalRoot,
    SelfSignedBootstrap,
    VaultPayments,
    VaultLegacy,
    IamCa,
    MetricsCa,
    OldMetricsCa,
    LegacySelfSigned,
    AwsPca,
}

impl Signer {
    /// Name, kind and group as they stand in `issuerRef`; an empty group is left out.
    pub(crate) fn reference(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Acme => ("letsencrypt", "ClusterIssuer", "cert-manager.io"),
            Self::InternalCa => ("internal-ca", "ClusterIssuer", "cert-manager.io"),
            Self::InternalRoot => ("internal-root-ca", "ClusterIssuer", "cert-manager.io"),
            Self::SelfSignedBootstrap => ("selfsigned-bootstrap", "ClusterIssuer", "cert-manager.io"),
            Self::VaultPayments => ("vault-pki", "Issuer", "cert-manager.io"),
            Self::VaultLegacy => ("vault-old", "Issuer", ""),
            Self::IamCa => ("iam-ca", "Issuer", ""),
            Self::MetricsCa => ("metrics-ca", "Issuer", ""),
            Self::OldMetricsCa => ("old-metrics-ca", "Issuer", ""),
            Self::LegacySelfSigned => ("selfsigned", "Issuer", ""),
            Self::AwsPca => ("corp-pca", "AWSPCAClusterIssuer", "awspca.cert-manager.io"),
        }
    }

    /// Whether the certificate signs itself.
    pub(crate) fn is_self(self) -> bool {
        matches!(self, Self::SelfSignedBootstrap | Self::LegacySelfSigned)
    }
}

/// What a shim-made Certificate belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    Ingress(&'static str),
    Gateway(&'static str),
}

/// What has happened to a Certificate since it was issued.
#[derive(Clone, Copy)]
pub(crate) enum Twist {
    /// Nothing: everything fits.
    Fine,
    /// Its Secret is gone.
    SecretDeleted,
    /// Its Secret was made anew from a repository that only holds the public part.
    KeyMissing,
    /// The key of another certificate was put into the Secret.
    KeyOfAnother,
    /// `issuerRef` was edited; this one had signed.
    IssuerWas(Signer),
    /// The Certificate was renamed and took a copy of the Secret along.
    RenamedFrom(&'static str),
    /// `spec.privateKey` was edited; the key in use is this one.
    KeyWas(Key),
    /// The Secret of the revision before was put back.
    OlderSecret,
    /// The last of `dnsNames` was added after issuance.
    NameAdded,
    /// `spec.duration` was edited; these hours had been asked for.
    DurationWas(Option<i64>),
    /// Restored once without status, and the spec has been edited in a way that names do not show: usages.
    RestoredUsagesWere(&'static [&'static str]),
    /// Restored once without status; the lifetime asked for was another.
    RestoredDurationWas(Option<i64>),
    /// Restored once with its request, but without status: the request is an orphan and had no organisation in it.
    RestoredWithOrphan,
    /// An issuance runs: the request waits for its issuer.
    Issuing,
    /// An issuance hangs: an un-owned request has the name that the next request wants.
    NameTaken,
    /// Two requests carry the current revision.
    DuplicateRequests,
    /// The last attempts failed; minutes since the last one, and how many.
    BackOff(i64, i64),
    /// It names the Secret of this other Certificate and has never been issued.
    SharesSecretOf(&'static str),
    /// Its namespace's Secrets are not in the dump.
    SecretsNotRead,
}

impl Scenario {
    /// `spec.secretName`.
    pub(crate) fn secret_name(&self) -> &'static str {
        if self.secret.is_empty() { self.name } else { self.secret }
    }

    /// The row with its open choices made, the same at each run.
    pub(crate) fn settled(mut self) -> Self {
        if self.age_days == 0 {
            self.age_days = 2 + pick(&format!("age/{}/{}", self.namespace, self.name), 45);
        }
        if self.revision == 0 {
            self.revision = 1 + pick(&format!("revision/{}/{}", self.namespace, self.name), 8);
        }
        self
    }

    /// Whether the Certificate came back from a backup once.
    pub(crate) fn was_restored(&self) -> bool {
        matches!(self.twist, Twist::RestoredUsagesWere(_) | Twist::RestoredDurationWas(_) | Twist::RestoredWithOrphan)
    }

    /// Whether the status holds no revision, so that no request can be the current one.
    pub(crate) fn has_no_revision(&self) -> bool {
        self.was_restored() || matches!(self.twist, Twist::RenamedFrom(_) | Twist::SharesSecretOf(_))
    }

    /// What was asked of the issuer at the last issuance.
    pub(crate) fn issued_wish(&self) -> Wish {
        let wish = self.wish;
        match self.twist {
            Twist::NameAdded => {
                Wish { dns_names: wish.dns_names.split_last().map_or(&[], |(_, before)| before), ..wish }
            }
            Twist::DurationWas(duration_hours) | Twist::RestoredDurationWas(duration_hours) => {
                Wish { duration_hours, ..wish }
            }
            Twist::RestoredUsagesWere(usages) => Wish { usages, ..wish },
            Twist::RestoredWithOrphan => Wish { organizations: &[], ..wish },
            _ => wish,
        }
    }

    /// Who signed the certificate in use.
    pub(crate) fn issued_by(&self) -> Signer {
        if let Twist::IssuerWas(signer) = self.twist { signer } else { self.signer }
    }

    /// The kind of key in use.
    pub(crate) fn issued_key(&self) -> Key {
        if let Twist::KeyWas(key) = self.twist { key } else { self.key }
    }
}
