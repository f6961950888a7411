//! Cases of the checks that look at the Secret alone.

use serde_json::json;

use crate::case::{
    ALL, BARE_ERRORS, Case, ERA_A, ERA_B, ERA_C, SINCE_1_13, WRAPPED_ERRORS, case, fires, quiet, unchanged,
};
use crate::shop::{Order, Shop, issue};
use crate::wish::Key;

const MISSING: [&str; 3] = ["SecretDoesNotExist", "DoesNotExist", "Issuing certificate as Secret does not exist"];
const KEYS: &str = "SecretPublicKeysDiffer";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = existence();
    all.extend(key_pairs());
    all.extend(annotations());
    all.extend(keys());
    all
}

fn existence() -> Vec<Case> {
    let data = "SecretIsMissingData";
    vec![
        case(
            "secret-does-not-exist/missing",
            "The Secret is gone; others of its namespace were read.",
            || Ok(Shop::healthy()?.without("Secret", "web-tls")),
            [fires(ALL, MISSING[0], MISSING[1], MISSING[2]).violations(&["SecretDoesNotExist"])],
        ),
        case("secret-does-not-exist/present", "Everything fits.", Shop::healthy, [unchanged(ALL)]),
        case(
            "secret-does-not-exist/label-hides-it",
            "With the filtered cache (1.13) a Secret whose label is there and not `true` is in neither cache.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.secret()?["metadata"]["labels"]["controller.cert-manager.io/fao"] = json!("false");
                    Ok(())
                })
            },
            [unchanged(ERA_A), fires(SINCE_1_13, MISSING[0], MISSING[1], MISSING[2])],
        ),
        case(
            "secret-is-missing-data/no-data",
            "A Secret without data.",
            || {
                Shop::healthy()?.with(|shop| {
                    Shop::drop_field(shop.secret()?, "", "data");
                    Ok(())
                })
            },
            [fires(ALL, data, "MissingData", "Issuing certificate as Secret does not contain any data")],
        ),
        case(
            "secret-is-missing-data/empty-data",
            "The API server does not tell an empty map from none.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.secret()?["data"] = json!({});
                    Ok(())
                })
            },
            [fires(ALL, data, "MissingData", "Issuing certificate as Secret does not contain any data")],
        ),
        case(
            "secret-is-missing-data/no-key",
            "Only the public part is there.",
            || {
                Shop::healthy()?.with(|shop| {
                    Shop::drop_field(shop.secret()?, "/data", "tls.key");
                    Ok(())
                })
            },
            [
                fires(ERA_A, data, "MissingData", "Issuing certificate as Secret does not contain a private key")
                    .violations(&["SecretIsMissingData", "SecretPublicKeysDiffer", "SecretPrivateKeyMatchesSpec"]),
                fires(SINCE_1_13, data, "MissingData", "Issuing certificate as Secret does not contain a private key")
                    .violations(&[
                        "SecretIsMissingData",
                        "SecretPublicKeysDiffer",
                        "SecretPrivateKeyMismatchesSpec",
                        "SecretPublicKeyDiffersFromCurrentCertificateRequest",
                    ]),
            ],
        ),
        case(
            "secret-is-missing-data/empty-certificate",
            "An empty value counts as absent.",
            || Shop::healthy()?.with(|shop| shop.store("tls.crt", "")),
            [fires(ALL, data, "MissingData", "Issuing certificate as Secret does not contain a certificate")],
        ),
        case(
            "secret-is-missing-data/other-type",
            "Type and ca.crt of the Secret are never looked at.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.secret()?["type"] = json!("Opaque");
                    Ok(())
                })
            },
            [unchanged(ALL)],
        ),
    ]
}

fn key_pairs() -> Vec<Case> {
    vec![
        case("secret-public-keys-differ/key-of-another", "The key belongs to another certificate.",
            || Shop::healthy()?.with(|shop| shop.store("tls.key", &issue(&Order::default())?.key)),
            [fires(ERA_A, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains an invalid key-pair: tls: private key does not match public key")
                .violations(&["SecretPublicKeysDiffer"]),
            fires(SINCE_1_13, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains a private key that does not match the certificate")
                .violations(&["SecretPublicKeysDiffer", "SecretPublicKeyDiffersFromCurrentCertificateRequest"])]),
        case("secret-public-keys-differ/key-is-no-pem", "The decoder's error got a tail in 1.18.3 and 1.19.0.",
            || Shop::healthy()?.with(|shop| shop.store("tls.key", "no key\n")),
            [fires(ERA_A, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains an invalid key-pair: tls: failed to find any PEM data in key input"),
            fires(BARE_ERRORS, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: error decoding private key PEM block"),
            fires(WRAPPED_ERRORS, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: error decoding private key PEM block: no PEM data was found in given input")]),
        case("secret-public-keys-differ/ec-parameters-first",
            "openssl puts a block before the key: tls.X509KeyPair skips it, cert-manager's own decoder does not.",
            || Shop::healthy()?.with(|shop| {
                let key = shop.stored("tls.key")?;
                shop.store("tls.key", &format!("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{key}"))
            }),
            [fires(ERA_A, "SecretPrivateKeyMatchesSpec", "SecretMismatch", "Existing issued Secret contains invalid private key data: unknown private key type: EC PARAMETERS"),
            fires(SINCE_1_13, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: unknown private key type: EC PARAMETERS")]),
        case("secret-public-keys-differ/key-inside-certificate",
            "Every block of tls.crt must be a certificate, except for tls.X509KeyPair; the stricter decoder is then met by the last check.",
            || Shop::healthy()?.with(|shop| {
                let issued = issue(&Order::default())?;
                let certificate = shop.stored("tls.crt")?;
                shop.store("tls.crt", &format!("{certificate}{}", issued.key))
            }),
            [fires(ERA_A, "CurrentCertificateNearingExpiry", "InvalidCertificate", "Failed to decode stored certificate: error parsing TLS certificate: x509: malformed tbs certificate"),
            fires(BARE_ERRORS, KEYS, "InvalidCertificate", "Issuing certificate as Secret contains an invalid certificate: error parsing TLS certificate: x509: malformed tbs certificate"),
            fires(WRAPPED_ERRORS, KEYS, "InvalidCertificate", "Issuing certificate as Secret contains an invalid certificate: error parsing X.509 certificate: x509: malformed tbs certificate")]),
        case("secret-public-keys-differ/pkcs8-key", "The encoding of the key is never compared.",
            || {
                let order = Order::default();
                let issued = issue(&order)?;
                Shop::healthy()?.with(|shop| {
                    shop.store("tls.key", &issued.pkcs8)?;
                    shop.store("tls.crt", &issued.certificate)?;
                    shop.request()?["spec"]["request"] = json!(crate::pki::base64(&issued.request));
                    Ok(())
                })
            },
            [unchanged(ALL)]),
        case("secret-public-keys-differ/key-over-13000-bytes", "The limits of PEM input, patch by patch.",
            || Shop::healthy()?.with(|shop| {
                let key = shop.stored("tls.key")?;
                shop.store("tls.key", &format!("{}{key}", "# a long comment before the key\n".repeat(410)))
            }),
            [unchanged(&["v1.8.2", "v1.12.13", "v1.13.6", "v1.14.7", "v1.15.3", "v1.16.1"]),
            fires(&["v1.12.14", "v1.12.17"], "SecretPrivateKeyMatchesSpec", "SecretMismatch", "Existing issued Secret contains invalid private key data: error decoding private key PEM block"),
            fires(&["v1.15.4", "v1.16.2", "v1.17.0", "v1.18.2"], KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: error decoding private key PEM block"),
            fires(WRAPPED_ERRORS, KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: error decoding private key PEM block: provided PEM data was larger than the maximum 13000B")]),
        case("secret-public-keys-differ/key-limit-as-a-flag", "From 1.20 on the limit is a flag.",
            || Shop::healthy()?.with(|shop| {
                let key = shop.stored("tls.key")?;
                shop.store("tls.key", &format!("{}{key}", "# a long comment before the key\n".repeat(410)))
            }),
            [fires(&["v1.19.6"], KEYS, "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data: error decoding private key PEM block: provided PEM data was larger than the maximum 13000B"),
            unchanged(&["v1.20.0", "v1.21.2"])])
            .flags(&[("max-private-key-size", "20000")]),
    ]
}

fn annotations() -> Vec<Case> {
    let (old, new) = ("SecretIssuerAnnotationsNotUpToDate", "SecretIssuerAnnotationsMismatch");
    vec![
        case(
            "secret-issuer-annotations-mismatch/another-issuer",
            "issuerRef was edited.",
            || Shop::healthy()?.with(|shop| shop.annotate("issuer-name", "old-vault")),
            [
                fires(
                    ERA_A,
                    old,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/old-vault",
                ),
                fires(
                    SINCE_1_13,
                    new,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by \"Issuer.cert-manager.io/old-vault\"",
                ),
            ],
        ),
        case(
            "secret-issuer-annotations-mismatch/no-annotations",
            "A hand-made Secret: strict up to 1.12, adopted from 1.13 on where the kind is Issuer.",
            || {
                Shop::healthy()?.with(|shop| {
                    Shop::drop_field(shop.secret()?, "/metadata", "annotations");
                    Ok(())
                })
            },
            [
                fires(
                    ERA_A,
                    old,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/",
                ),
                unchanged(&["v1.13.0", "v1.13.1", "v1.13.2", "v1.17.4", "v1.20.3", "v1.21.2"]),
            ],
        ),
        case(
            "secret-issuer-annotations-mismatch/no-annotations-cluster-issuer",
            "The guard for absent annotations covers the name alone: a ClusterIssuer differs in every release.",
            || {
                Shop::healthy()?.without("Issuer", "").with(|shop| {
                    shop.vault("ClusterIssuer", "", "cert-manager")?;
                    shop.certificate()?["spec"]["issuerRef"]["kind"] = json!("ClusterIssuer");
                    shop.request()?["spec"]["issuerRef"]["kind"] = json!("ClusterIssuer");
                    Shop::drop_field(shop.secret()?, "/metadata", "annotations");
                    Ok(())
                })
            },
            [
                fires(
                    ERA_A,
                    old,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/",
                ),
                fires(
                    SINCE_1_13,
                    new,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by \"Issuer.cert-manager.io/\"",
                ),
            ],
        ),
        case(
            "secret-issuer-annotations-mismatch/defaulted-kind-and-group",
            "An empty kind is Issuer and an empty group is cert-manager.io, on both sides.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.annotate("issuer-kind", "")?;
                    shop.annotate("issuer-group", "")
                })
            },
            [unchanged(ALL)],
        ),
        case(
            "secret-issuer-annotations-mismatch/order-of-checks",
            "1.13.0 put the issuer before the key; only the reported reason changes.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.certificate()?["spec"]["privateKey"]["size"] = json!(384);
                    shop.annotate("issuer-name", "old-vault")
                })
            },
            [
                fires(
                    &["v1.9.2", "v1.12.17"],
                    "SecretPrivateKeyMatchesSpec",
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.size]",
                )
                .violations(&["SecretPrivateKeyMatchesSpec", "SecretIssuerAnnotationsNotUpToDate"]),
                fires(
                    SINCE_1_13,
                    new,
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by \"Issuer.cert-manager.io/old-vault\"",
                )
                .violations(&["SecretIssuerAnnotationsMismatch", "SecretPrivateKeyMismatchesSpec"]),
            ],
        ),
        case(
            "secret-certificate-name-annotations-mismatch/renamed",
            "The Certificate was renamed and took the Secret along.",
            || Shop::healthy()?.with(|shop| shop.annotate("certificate-name", "old-web")),
            [
                unchanged(ERA_A),
                unchanged(ERA_B),
                fires(
                    ERA_C,
                    "SecretCertificateNameAnnotationsMismatch",
                    "IncorrectCertificate",
                    "Secret was issued for \"old-web\". If this message is not transient, you might have two conflicting Certificates pointing to the same secret.",
                ),
            ],
        ),
        case(
            "secret-certificate-name-annotations-mismatch/absent",
            "A Secret that names no Certificate is taken.",
            || {
                Shop::healthy()?.with(|shop| {
                    Shop::drop_field(shop.secret()?, "/metadata/annotations", "cert-manager.io/certificate-name");
                    Ok(())
                })
            },
            [unchanged(ALL)],
        ),
    ]
}

fn keys() -> Vec<Case> {
    let (old, new) = ("SecretPrivateKeyMatchesSpec", "SecretPrivateKeyMismatchesSpec");
    let size = "Existing private key is not up to date for spec: [spec.privateKey.size]";
    vec![
        case(
            "secret-private-key-mismatches-spec/size",
            "P-384 is asked for, P-256 is there.",
            || {
                Shop::healthy()?
                    .spec("privateKey", json!({"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Always"}))
            },
            [
                fires(
                    &["v1.8.2"],
                    old,
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.keySize]",
                ),
                fires(&["v1.9.2", "v1.11.5", "v1.12.17"], old, "SecretMismatch", size),
                fires(SINCE_1_13, new, "SecretMismatch", size),
            ],
        ),
        case(
            "secret-private-key-mismatches-spec/algorithm",
            "A silent spec means RSA 2048.",
            || Shop::healthy()?.spec("privateKey", json!({"rotationPolicy": "Always"})),
            [
                fires(
                    &["v1.8.2"],
                    old,
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.keyAlgorithm]",
                ),
                fires(
                    &["v1.9.2", "v1.12.17"],
                    old,
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.algorithm]",
                ),
                fires(
                    SINCE_1_13,
                    new,
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.algorithm]",
                ),
            ],
        ),
        case(
            "secret-private-key-mismatches-spec/may-not-rotate",
            "Up to 1.17 a silent rotationPolicy is Never: the issuance hangs with CannotRegenerateKey.",
            || Shop::healthy()?.spec("privateKey", json!({"algorithm": "ECDSA", "size": 384})),
            [
                fires(&["v1.9.2", "v1.12.17"], old, "SecretMismatch", size).verdict("blocked"),
                fires(&["v1.13.2", "v1.17.4"], new, "SecretMismatch", size).verdict("blocked"),
                fires(&["v1.18.0", "v1.18.6", "v1.20.3", "v1.21.2"], new, "SecretMismatch", size),
            ],
        ),
        case(
            "secret-private-key-mismatches-spec/default-rotation-gate",
            "1.18 and 1.19 go back to Never by a gate; 1.20 no longer has it.",
            || Shop::healthy()?.spec("privateKey", json!({"algorithm": "ECDSA", "size": 384})),
            [
                fires(&["v1.18.0", "v1.19.6"], new, "SecretMismatch", size).verdict("blocked"),
                fires(&["v1.20.0", "v1.21.2"], new, "SecretMismatch", size),
            ],
        )
        .flags(&[("feature-gates", "DefaultPrivateKeyRotationPolicyAlways=false")]),
        case(
            "secret-private-key-mismatches-spec/rsa-by-default",
            "RSA 2048 under a silent spec.",
            || Shop::from(&Order { key: Key::Default, ..Order::default() }),
            [unchanged(ALL)],
        ),
        case(
            "secret-private-key-mismatches-spec/unknown-algorithm",
            "Only the webhook keeps it out: 1.16 and later panic on it.",
            || Shop::healthy()?.spec("privateKey", json!({"algorithm": "ed25519", "rotationPolicy": "Always"})),
            [quiet(&["v1.16.0", "v1.17.4", "v1.18.6", "v1.21.2"], "blocked")],
        ),
    ]
}
