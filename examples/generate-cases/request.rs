//! Cases of the checks that look at the current CertificateRequest, or at the names when there is none.

use anyhow::Result;
use serde_json::{Value, json};

use crate::case::{ALL, BARE_ERRORS, Case, ERA_A, SINCE_1_13, WRAPPED_ERRORS, case, fires, quiet, unchanged};
use crate::pki::base64;
use crate::shop::{Order, Shop, WISH, issue, utf8_common_name};
use crate::wish::Wish;

const KEY: &str = "SecretPublicKeyDiffersFromCurrentCertificateRequest";
const OLD: &str = "CurrentCertificateRequestNotValidForSpec";
const NEW: &str = "CurrentCertificateRequestMismatchesSpec";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = keys();
    all.extend(fields());
    all.extend(eras());
    all.extend(names());
    all
}

fn with_request(text: &str) -> Result<Shop> {
    Shop::healthy()?.with(|shop| {
        shop.request()?["spec"]["request"] = json!(base64(text));
        Ok(())
    })
}

fn keys() -> Vec<Case> {
    let invalid = "InvalidCertificateRequest";
    vec![
        case(
            "secret-public-key-differs-from-current-certificate-request/older-secret",
            "The Secret of the revision before was put back beside the newer request.",
            || with_request(&issue(&Order::default())?.request),
            [
                unchanged(ERA_A),
                fires(
                    SINCE_1_13,
                    KEY,
                    "SecretMismatch",
                    "Secret contains a private key that does not match the current CertificateRequest",
                ),
            ],
        ),
        case(
            "secret-public-key-differs-from-current-certificate-request/no-request-in-it",
            "What does not decode is no violation up to 1.12.",
            || with_request("no request\n"),
            [
                unchanged(ERA_A),
                fires(
                    BARE_ERRORS,
                    KEY,
                    invalid,
                    "Failed to decode current CertificateRequest: error decoding certificate request PEM block",
                ),
                fires(
                    WRAPPED_ERRORS,
                    KEY,
                    invalid,
                    "Failed to decode current CertificateRequest: error decoding certificate request PEM block: no PEM data was found in given input",
                ),
            ],
        ),
        case(
            "secret-public-key-differs-from-current-certificate-request/request-over-6500-bytes",
            "Requests of many names: an endless loop in the patches with the low limit.",
            || {
                let issued = issue(&Order::default())?;
                with_request(&format!("{}{}", "# a long comment before the request\n".repeat(190), issued.request))?
                    .with(|shop| {
                        shop.store("tls.crt", &issued.certificate)?;
                        shop.store("tls.key", &issued.key)
                    })
            },
            [
                unchanged(&["v1.8.2", "v1.12.13", "v1.12.14", "v1.12.17", "v1.13.6", "v1.14.7", "v1.15.3", "v1.16.1"]),
                fires(
                    &["v1.15.4", "v1.15.5", "v1.16.2", "v1.17.4", "v1.18.2"],
                    KEY,
                    invalid,
                    "Failed to decode current CertificateRequest: error decoding certificate request PEM block",
                ),
                unchanged(WRAPPED_ERRORS),
            ],
        ),
        case(
            "secret-public-key-differs-from-current-certificate-request/not-owned",
            "A request without the Certificate's uid as its controller is not the current one.",
            || {
                with_request(&issue(&Order::default())?.request)?.with(|shop| {
                    Shop::drop_field(shop.request()?, "/metadata", "ownerReferences");
                    Ok(())
                })
            },
            [unchanged(ALL)],
        ),
    ]
}

fn fields() -> Vec<Case> {
    vec![
        case(
            "current-certificate-request-mismatches-spec/name-added",
            "A name was added after issuance.",
            || Shop::healthy()?.spec("dnsNames", json!(["web.example.com", "www.example.com"])),
            [
                fires(
                    ERA_A,
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                ),
                fires(
                    SINCE_1_13,
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                ),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/order-and-spelling",
            "Lists are compared without order, durations by value.",
            || {
                let wish =
                    Wish { dns_names: &["web.example.com", "www.example.com"], duration_hours: Some(2160), ..WISH };
                Shop::from(&Order { wish, ..Order::default() })?
                    .spec("dnsNames", json!(["www.example.com", "web.example.com"]))?
                    .spec("duration", json!("129600m"))
            },
            [unchanged(ALL)],
        ),
        case(
            "current-certificate-request-mismatches-spec/duration",
            "A duration on both sides is compared.",
            || {
                let wish = Wish { duration_hours: Some(2160), ..WISH };
                Shop::from(&Order { wish, ..Order::default() })?.spec("duration", json!("720h"))
            },
            [
                fires(
                    ERA_A,
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.duration]",
                ),
                fires(
                    SINCE_1_13,
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.duration]",
                ),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/usages-without-defaults",
            "No default stands for an absent list, and `signing` is not `digital signature`.",
            || Shop::healthy()?.spec("usages", json!(["signing", "key encipherment"])),
            [
                fires(
                    ERA_A,
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.usages]",
                ),
                fires(
                    SINCE_1_13,
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.usages]",
                ),
            ],
        ),
    ]
}

fn eras() -> Vec<Case> {
    vec![
        case(
            "current-certificate-request-mismatches-spec/issuer-ref-spelled-out",
            "Kind and group in the spec, none in the request: equal only where defaults are applied.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.request()?["spec"]["issuerRef"] = json!({"name": "vault"});
                    Ok(())
                })
            },
            [
                fires(
                    &["v1.8.2", "v1.12.17"],
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.issuerRef]",
                ),
                fires(
                    &["v1.13.0", "v1.17.4", "v1.18.2", "v1.19.0"],
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.issuerRef]",
                ),
                unchanged(&["v1.18.3", "v1.18.6", "v1.19.1", "v1.19.6", "v1.20.0", "v1.21.2"]),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/address-spelling",
            "2001:0db8::1 never matches as text; from 1.12.4 on addresses are compared by value.",
            || {
                let wish = Wish { ip_addresses: &["2001:0db8::1"], ..WISH };
                Shop::from(&Order { wish, ..Order::default() })
            },
            [
                fires(
                    &["v1.8.2", "v1.11.5", "v1.12.3"],
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.ipAddresses]",
                ),
                unchanged(&["v1.12.4", "v1.12.17", "v1.13.0", "v1.21.2"]),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/province-label",
            "Provinces were reported as postCodes up to 1.19.",
            || Shop::healthy()?.spec("subject", json!({"provinces": ["Bavaria"]})),
            [
                fires(
                    &["v1.8.2", "v1.12.17"],
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.subject.postCodes]",
                ),
                fires(
                    &["v1.13.0", "v1.19.6"],
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.subject.postCodes]",
                ),
                fires(
                    &["v1.20.0", "v1.21.2"],
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.subject.provinces]",
                ),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/other-names-added",
            "otherNames are compared from 1.14 on.",
            || {
                Shop::healthy()?
                    .spec("otherNames", json!([{"oid": "1.3.6.1.4.1.311.20.2.3", "utf8Value": "web@example.com"}]))
            },
            [fires(
                &["v1.14.0", "v1.17.4", "v1.21.2"],
                NEW,
                "RequestChanged",
                "Fields on existing CertificateRequest resource not up to date: [spec.otherNames]",
            )],
        ),
        case(
            "current-certificate-request-mismatches-spec/literal-subject-string-type",
            "The decoded subject is the same; its DER is not what Go writes.",
            || {
                let wish = Wish { common_name: "web", ..WISH };
                Shop::from(&Order { wish, tweak: utf8_common_name, ..Order::default() })?
                    .spec("literalSubject", json!("CN=web"))
            },
            [
                unchanged(&["v1.9.2", "v1.12.17", "v1.13.0", "v1.14.7"]),
                fires(
                    &["v1.15.0", "v1.17.4", "v1.21.2"],
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.literalSubject]",
                ),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/literal-subject-hides-names",
            "From 1.9 to 1.11 a literalSubject is compared alone: an added name is not noticed, and the request proves it.",
            || {
                let wish = Wish { common_name: "web", ..WISH };
                Shop::from(&Order { wish, ..Order::default() })?
                    .spec("literalSubject", json!("CN=web"))?
                    .spec("dnsNames", json!(["web.example.com", "www.example.com"]))
            },
            [
                quiet(&["v1.9.2", "v1.11.5"], "drift"),
                fires(
                    &["v1.12.0", "v1.12.17"],
                    OLD,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                ),
                fires(
                    &["v1.13.0", "v1.21.2"],
                    NEW,
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                ),
            ],
        ),
    ]
}

/// Without `status.revision` there is no current request.
fn forget_revision(shop: Shop) -> Result<Shop> {
    shop.with(|shop| {
        shop.certificate()?["status"]["revision"] = Value::Null;
        Shop::drop_field(shop.request()?, "/metadata", "ownerReferences");
        let request = shop.request()?;
        request["metadata"]["name"] = json!("web-7");
        request["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("7");
        Ok(())
    })
}

fn names() -> Vec<Case> {
    vec![
        case(
            "current-certificate-request-mismatches-spec/restored-and-name-added",
            "Without a current request the names in the certificate are compared.",
            || forget_revision(Shop::healthy()?.spec("dnsNames", json!(["web.example.com", "www.example.com"]))?),
            [
                fires(
                    ERA_A,
                    OLD,
                    "SecretMismatch",
                    "Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                ),
                fires(
                    SINCE_1_13,
                    NEW,
                    "SecretMismatch",
                    "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                ),
            ],
        ),
        case(
            "current-certificate-request-mismatches-spec/restored-and-untouched",
            "The same names, and the common name among them.",
            || forget_revision(Shop::healthy()?),
            [unchanged(ALL)],
        ),
        case(
            "current-certificate-request-mismatches-spec/literal-subject-trap",
            "A literalSubject is no commonName: its CN, in no name of the spec, looks like a surplus one.",
            || {
                let wish = Wish { common_name: "web", ..WISH };
                forget_revision(
                    Shop::from(&Order { wish, ..Order::default() })?.spec("literalSubject", json!("CN=web"))?,
                )
            },
            [
                fires(
                    &["v1.9.2", "v1.12.17"],
                    OLD,
                    "SecretMismatch",
                    "Existing issued Secret is not up to date for spec: [spec.commonName]",
                ),
                fires(
                    SINCE_1_13,
                    NEW,
                    "SecretMismatch",
                    "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.commonName]",
                ),
            ],
        ),
    ]
}
