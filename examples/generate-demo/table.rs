//! The scenario table: one row a Certificate of the demo cluster.

use crate::scenario::{Extra, Key, Owner, Scenario, Signer, Twist, Wish};

const SERVER: &[&str] = &["digital signature", "key encipherment", "server auth"];
const MUTUAL: &[&str] = &["digital signature", "key encipherment", "server auth", "client auth"];
const SHIM: &[&str] = &["digital signature", "key encipherment"];
const CA: &[&str] = &["cert sign", "crl sign", "digital signature"];

const WISH: Wish = Wish {
    common_name: "",
    organizations: &[],
    literal_subject: &[],
    dns_names: &[],
    ip_addresses: &[],
    uris: &[],
    emails: &[],
    usages: &[],
    is_ca: false,
    duration_hours: None,
};

const BASE: Scenario = Scenario {
    namespace: "",
    name: "",
    secret: "",
    signer: Signer::InternalCa,
    key: Key::P256,
    pinned: false,
    wish: WISH,
    extra: Extra::Nothing,
    owner: None,
    age_days: 0,
    revision: 0,
    feeds: None,
    twist: Twist::Fine,
    verdict: "unchanged",
    trigger: "-",
    why: "",
};

const fn ingress(name: &'static str, dns_names: &'static [&'static str], owner: &'static str) -> Scenario {
    Scenario {
        name,
        signer: Signer::Acme,
        key: Key::Default,
        wish: Wish { dns_names, usages: SHIM, ..WISH },
        owner: Some(Owner::Ingress(owner)),
        ..BASE
    }
}

const fn gateway(name: &'static str, dns_names: &'static [&'static str]) -> Scenario {
    Scenario { owner: Some(Owner::Gateway("edge")), namespace: "platform", ..ingress(name, dns_names, "") }
}

const fn service(namespace: &'static str, name: &'static str, dns_names: &'static [&'static str]) -> Scenario {
    Scenario { namespace, name, wish: Wish { dns_names, usages: SERVER, ..WISH }, ..BASE }
}

const fn authority(namespace: &'static str, name: &'static str, common_name: &'static str, hours: i64) -> Scenario {
    Scenario {
        namespace,
        name,
        key: Key::P384,
        wish: Wish {
            common_name,
            organizations: &["Example Corp"],
            usages: CA,
            is_ca: true,
            duration_hours: Some(hours),
            ..WISH
        },
        revision: 1,
        ..BASE
    }
}

/// All Certificates; an authority stands before the rows that it signs.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        signer: Signer::SelfSignedBootstrap,
        feeds: Some(Signer::InternalRoot),
        age_days: 700,
        why: "the root of the company's own chain",
        ..authority("cert-manager", "internal-root-ca", "Example Corp Internal Root CA", 87_600)
    },
    Scenario {
        signer: Signer::InternalRoot,
        feeds: Some(Signer::InternalCa),
        age_days: 200,
        why: "intermediate whose Secret the ClusterIssuer internal-ca signs with",
        ..authority("cert-manager", "internal-intermediate-ca", "Example Corp Internal Issuing CA 2", 26_280)
    },
    Scenario {
        feeds: Some(Signer::IamCa),
        age_days: 120,
        why: "third link of the chain, in a namespace of its own",
        ..authority("iam", "iam-ca", "Example Corp IAM CA", 17_520)
    },
    Scenario {
        key: Key::Rsa(2048),
        wish: Wish {
            // The common name is not one of the DNS names: without a current request that counts as a difference.
            literal_subject: &[("C", "DE"), ("O", "Example Corp"), ("OU", "Directory"), ("CN", "Example Directory")],
            dns_names: &["ldap.iam.internal"],
            usages: SERVER,
            ..WISH
        },
        why: "literalSubject: re-issued after every restore without status",
        ..service("iam", "ldap", &[])
    },
    Scenario {
        signer: Signer::IamCa,
        key: Key::Ed25519,
        wish: Wish {
            common_name: "sso-signing",
            uris: &["spiffe://iam.internal/ns/iam/sa/sso"],
            usages: &["digital signature"],
            ..WISH
        },
        why: "Ed25519 leaf below three authorities",
        ..service("iam", "sso-signing", &[])
    },
    Scenario {
        key: Key::P384,
        twist: Twist::KeyWas(Key::Default),
        verdict: "reissue-now",
        trigger: "SecretPrivateKeyMismatchesSpec",
        why: "moved from RSA to ECDSA, the Secret still has the RSA key",
        ..service("iam", "keycloak", &["keycloak.iam.internal", "login.example.com"])
    },
    Scenario {
        twist: Twist::RenamedFrom("scim-proxy"),
        verdict: "reissue-now",
        trigger: "SecretCertificateNameAnnotationsMismatch",
        why: "renamed, with a copy of the old Secret",
        ..service("iam", "scim-bridge", &["scim.iam.internal"])
    },
    Scenario {
        wish: Wish {
            common_name: "vpn-gateway",
            dns_names: &["vpn.example.org"],
            emails: &["vpn-admins@example.org"],
            usages: MUTUAL,
            ..WISH
        },
        extra: Extra::Pkcs12("vpn-keystore-password"),
        why: "keystore whose password Secret is there",
        ..service("iam", "vpn-gateway", &[])
    },
    Scenario {
        signer: Signer::AwsPca,
        key: Key::Rsa(2048),
        revision: 7,
        why: "external issuer whose resource definitions are not in the dump",
        ..service("legacy", "crm", &["crm.legacy.internal", "crm.example.com"])
    },
    Scenario {
        signer: Signer::LegacySelfSigned,
        wish: Wish {
            common_name: "erp.legacy.internal",
            dns_names: &["erp.legacy.internal"],
            usages: SERVER,
            duration_hours: Some(8_760),
            ..WISH
        },
        age_days: 30,
        twist: Twist::RestoredDurationWas(None),
        verdict: "drift",
        why: "a year is asked for, the self-signed certificate lives 90 days, and without a request nobody notices",
        ..service("legacy", "erp-frontend", &[])
    },
    Scenario {
        age_days: 92,
        verdict: "reissue-now",
        trigger: "CurrentCertificateNearingExpiry",
        why: "renewal missed, the certificate has expired",
        ..service("legacy", "fax-gateway", &["fax.legacy.internal"])
    },
    Scenario {
        wish: Wish { dns_names: &["intranet.legacy.internal"], usages: SERVER, duration_hours: Some(1_440), ..WISH },
        twist: Twist::DurationWas(Some(2_160)),
        verdict: "reissue-now",
        trigger: "CurrentCertificateRequestMismatchesSpec",
        why: "edited duration: noticed here, but not after a restore without status",
        ..service("legacy", "intranet", &[])
    },
    Scenario {
        extra: Extra::Jks("mainframe-keystore-password"),
        why: "keystore whose password Secret is missing: the next issuance cannot be stored",
        ..service("legacy", "mainframe-bridge", &["bridge.legacy.internal"])
    },
    Scenario {
        signer: Signer::VaultLegacy,
        wish: Wish { organizations: &["Example Corp"], dns_names: &["print.legacy.internal"], usages: SHIM, ..WISH },
        age_days: 30,
        twist: Twist::RestoredWithOrphan,
        verdict: "drift",
        why: "restored once: no owner, no revision, and the orphan request proves that the subject was edited",
        ..service("legacy", "print-tls", &[])
    },
    Scenario {
        signer: Signer::OldMetricsCa,
        age_days: 70,
        twist: Twist::Fine,
        verdict: "blocked",
        trigger: "CurrentCertificateNearingExpiry",
        why: "due for renewal, and its Issuer was deleted",
        ..service("monitoring", "alertmanager", &["alertmanager.monitoring.internal"])
    },
    Scenario {
        namespace: "monitoring",
        why: "plain shim Certificate",
        ..ingress("grafana-tls", &["grafana.example.com"], "grafana")
    },
    Scenario {
        wish: Wish { dns_names: &["node-exporter.monitoring.internal"], usages: MUTUAL, ..WISH },
        age_days: 30,
        twist: Twist::RestoredUsagesWere(SERVER),
        verdict: "drift",
        why: "client auth was added to the spec, the CA's certificate has only server auth, no request is left",
        ..service("monitoring", "node-exporter", &[])
    },
    Scenario {
        signer: Signer::MetricsCa,
        why: "its issuer's Secret is gone: the renewal will be blocked",
        ..service("monitoring", "prometheus", &["prometheus.monitoring.internal", "prometheus.monitoring.svc"])
    },
    Scenario {
        twist: Twist::KeyOfAnother,
        verdict: "reissue-now",
        trigger: "SecretPublicKeysDiffer",
        why: "somebody pasted the key of another certificate",
        ..service("monitoring", "thanos-query", &["thanos.monitoring.internal"])
    },
    Scenario {
        twist: Twist::SecretsNotRead,
        verdict: "unknown",
        why: "no Secret of this namespace was read",
        ..service("partner", "edi-gateway", &["edi.partner.example.org"])
    },
    Scenario {
        twist: Twist::SecretsNotRead,
        verdict: "unknown",
        why: "no Secret of this namespace was read",
        ..service("partner", "supplier-portal", &["suppliers.example.org"])
    },
    Scenario {
        signer: Signer::VaultPayments,
        key: Key::P384,
        pinned: true,
        why: "a partner pins this key: rotationPolicy Never",
        ..service("payments", "card-vault", &["card-vault.payments.internal"])
    },
    Scenario {
        signer: Signer::VaultPayments,
        revision: 3,
        twist: Twist::OlderSecret,
        verdict: "reissue-now",
        trigger: "SecretPublicKeyDiffersFromCurrentCertificateRequest",
        why: "the Secret of an older revision was put back",
        ..service("payments", "fraud-scoring", &["fraud.payments.internal"])
    },
    Scenario {
        signer: Signer::VaultPayments,
        wish: Wish {
            dns_names: &["api.payments.internal", "api.payments.svc.cluster.local"],
            usages: MUTUAL,
            duration_hours: Some(720),
            ..WISH
        },
        extra: Extra::RenewBeforePercentage(40),
        age_days: 6,
        revision: 21,
        why: "short lifetime, renewed by percentage",
        ..service("payments", "gateway-api", &[])
    },
    Scenario {
        key: Key::Rsa(4096),
        pinned: true,
        twist: Twist::KeyWas(Key::Rsa(2048)),
        verdict: "blocked",
        trigger: "SecretPrivateKeyMismatchesSpec",
        why: "RSA 4096 is asked for, but rotationPolicy Never forbids a new key",
        ..service("payments", "ledger", &["ledger.payments.internal"])
    },
    Scenario {
        signer: Signer::VaultPayments,
        twist: Twist::IssuerWas(Signer::InternalCa),
        verdict: "reissue-now",
        trigger: "SecretIssuerAnnotationsMismatch",
        why: "moved from the internal CA to Vault",
        ..service("payments", "settlement", &["settlement.payments.internal"])
    },
    Scenario {
        namespace: "payments",
        age_days: 60,
        revision: 5,
        twist: Twist::BackOff(20, 3),
        verdict: "reissue-later",
        trigger: "CurrentCertificateNearingExpiry",
        why: "due, and held by back-off after three failures",
        ..ingress("webhooks-tls", &["webhooks.payments.example.com"], "webhooks")
    },
    Scenario {
        namespace: "platform",
        signer: Signer::Acme,
        key: Key::Default,
        age_days: 61,
        revision: 7,
        twist: Twist::Issuing,
        verdict: "in-progress",
        trigger: "CurrentCertificateNearingExpiry",
        why: "an ACME order is pending",
        ..service("platform", "argocd", &["argocd.example.com"])
    },
    Scenario {
        age_days: 62,
        revision: 4,
        twist: Twist::NameTaken,
        verdict: "blocked",
        trigger: "CurrentCertificateNearingExpiry",
        why: "a restored request without owner has the name of the next request",
        ..service("platform", "build-cache", &["cache.platform.internal"])
    },
    Scenario { why: "first listener of the Gateway", ..gateway("git-tls", &["git.example.com"]) },
    Scenario {
        wish: Wish {
            common_name: "node-agent",
            dns_names: &["node-agent.platform.internal"],
            ip_addresses: &["10.20.0.5"],
            usages: MUTUAL,
            ..WISH
        },
        extra: Extra::Window {
            cron: "0 2 * * 6",
            hours: 4,
            timezone: "Europe/Berlin",
            renewal: "2027-01-02T01:00:00Z",
        },
        age_days: 20,
        why: "renewed only in the Saturday night's window",
        ..service("platform", "node-agent", &[])
    },
    Scenario {
        why: "second listener of the Gateway",
        ..gateway("registry-tls", &["registry.example.com", "charts.example.com"])
    },
    Scenario {
        revision: 2,
        twist: Twist::DuplicateRequests,
        verdict: "blocked",
        why: "two requests for one revision: cert-manager stops until one is removed",
        ..service("platform", "webhook-serving", &["webhook.platform.svc"])
    },
    Scenario {
        twist: Twist::SecretDeleted,
        revision: 4,
        verdict: "reissue-now",
        trigger: "SecretDoesNotExist",
        why: "Secret deleted",
        ..service("shop", "cart-api", &["cart.shop.internal"])
    },
    Scenario {
        wish: Wish {
            dns_names: &["catalog.shop.internal", "catalog.shop.svc.cluster.local"],
            uris: &["spiffe://shop.internal/ns/shop/sa/catalog"],
            usages: MUTUAL,
            ..WISH
        },
        extra: Extra::RenewBeforeHours(360),
        why: "plain internal service",
        ..service("shop", "catalog-api", &[])
    },
    Scenario {
        namespace: "shop",
        twist: Twist::NameAdded,
        verdict: "reissue-now",
        trigger: "CurrentCertificateRequestMismatchesSpec",
        why: "a host was added to the Ingress",
        ..ingress("checkout-tls", &["checkout.shop.example.com", "pay.shop.example.com"], "checkout")
    },
    Scenario {
        signer: Signer::Acme,
        key: Key::Default,
        age_days: 56,
        revision: 9,
        verdict: "reissue-later",
        why: "renewal is due within the week",
        ..service("shop", "images-cdn", &["images.shop.example.com"])
    },
    Scenario {
        twist: Twist::KeyMissing,
        verdict: "reissue-now",
        trigger: "SecretIsMissingData",
        why: "Secret made anew without the key",
        ..service("shop", "search-api", &["search.shop.internal"])
    },
    Scenario {
        namespace: "shop",
        age_days: 10,
        revision: 12,
        why: "plain shim Certificate",
        ..ingress("storefront-tls", &["shop.example.com", "www.shop.example.com"], "storefront")
    },
    Scenario {
        secret: "wholesale-tls",
        why: "owner of a Secret that a second Certificate names, too",
        ..service("shop", "wholesale", &["wholesale.shop.internal"])
    },
    Scenario {
        secret: "wholesale-tls",
        twist: Twist::SharesSecretOf("wholesale"),
        verdict: "blocked",
        trigger: "SecretCertificateNameAnnotationsMismatch",
        why: "names the Secret of wholesale, which does not hold its names: never triggered",
        ..service("shop", "wholesale-eu", &["wholesale.shop.internal", "wholesale-eu.shop.internal"])
    },
];

/// What every authority outside the cluster has in its certificate.
pub(crate) const CA_WISH: Wish = Wish { usages: CA, is_ca: true, ..WISH };
