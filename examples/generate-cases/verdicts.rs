//! Cases of what stands beside the chain: ownership, back-off, what was not read, what cannot complete, drift.

use anyhow::Result;
use rcgen::{CertificateParams, DnType, OtherNameValue, SanType};
use serde_json::{Value, json};

use crate::case::{ALL, Case, ERA_A, SINCE_1_13, case, fires, quiet, unchanged};
use crate::json::condition;
use crate::shop::{Order, Shop, WISH, issue};
use crate::wish::Wish;
use reissue_audit::time::Time;

const MISSING: [&str; 3] = ["SecretDoesNotExist", "DoesNotExist", "Issuing certificate as Secret does not exist"];

pub(crate) fn cases() -> Vec<Case> {
    let mut all = waiting();
    all.extend(stuck());
    all.extend(shared());
    all.extend(drifted());
    all.extend(unread());
    all
}

fn missing(releases: &'static [&'static str]) -> crate::case::Expect {
    fires(releases, MISSING[0], MISSING[1], MISSING[2])
}

fn without_secret() -> Result<Shop> {
    Ok(Shop::healthy()?.without("Secret", "web-tls"))
}

fn failed(at: &str, attempts: i64) -> Result<Shop> {
    without_secret()?.with(|shop| {
        let status = &mut shop.certificate()?["status"];
        status["lastFailureTime"] = json!(at);
        status["failedIssuanceAttempts"] = json!(attempts);
        Ok(())
    })
}

fn waiting() -> Vec<Case> {
    let later = |releases| missing(releases).verdict("reissue-later");
    vec![
        case(
            "verdicts/back-off",
            "One hour after the first failure, even without a Secret.",
            || failed("2026-11-20T08:00:01Z", 1),
            [later(ALL)],
        ),
        case("verdicts/back-off-over", "The hour is over.", || failed("2026-11-20T08:00:00Z", 1), [missing(ALL)]),
        case(
            "verdicts/back-off-doubles",
            "Four hours after the third failure.",
            || failed("2026-11-20T05:00:01Z", 3),
            [later(ALL)],
        ),
        case(
            "verdicts/back-off-flag",
            "The shortest delay is a flag from 1.20 on.",
            || failed("2026-11-20T08:30:00Z", 1),
            [later(&["v1.17.4", "v1.19.6"]), missing(&["v1.20.0", "v1.21.2"])],
        )
        .flags(&[("certificate-request-minimum-backoff-duration", "10m")]),
        case(
            "verdicts/deleting",
            "From 1.18 on a Certificate that is being deleted is left alone.",
            || {
                without_secret()?.with(|shop| {
                    let metadata = &mut shop.certificate()?["metadata"];
                    metadata["deletionTimestamp"] = json!("2026-11-20T08:00:00Z");
                    metadata["finalizers"] = json!(["example.com/wait"]);
                    Ok(())
                })
            },
            [
                missing(&["v1.8.2", "v1.12.17", "v1.13.2", "v1.17.4"]),
                missing(&["v1.18.0", "v1.20.3", "v1.21.2"]).verdict("unchanged"),
            ],
        ),
        case(
            "verdicts/in-progress",
            "Issuing=True stands already: no check is asked.",
            || {
                Shop::healthy()?.with(|shop| {
                    let issuing = condition(
                        "Issuing",
                        true,
                        "ManuallyTriggered",
                        "Certificate re-issuance manually triggered",
                        Time::parse("2026-11-20T08:59:00Z")?,
                    );
                    if let Some(list) = shop.certificate()?["status"]["conditions"].as_array_mut() {
                        list.push(issuing);
                    }
                    Ok(())
                })
            },
            [quiet(ALL, "in-progress")],
        ),
    ]
}

fn stuck() -> Vec<Case> {
    vec![
        case(
            "verdicts/gather-error",
            "Two requests carry the current revision: both controllers stop.",
            || {
                Shop::healthy()?.with(|shop| {
                    let mut twin = shop.request()?.clone();
                    twin["metadata"]["name"] = json!("web-1-twin");
                    twin["metadata"]["uid"] = json!("5d0f6f3e-0000-4000-a000-000000000001");
                    shop.objects.push(twin);
                    Ok(())
                })
            },
            [quiet(ALL, "blocked")],
        ),
        case(
            "verdicts/issuer-missing",
            "Issuers of the kind were read, and this one is not among them.",
            || {
                without_secret()?.with(|shop| {
                    shop.find("Issuer", "vault")?["metadata"]["name"] = json!("other");
                    Ok(())
                })
            },
            [missing(ALL).verdict("blocked")],
        ),
        case(
            "verdicts/unknown-rotation-policy",
            "The key manager logs it and makes no key.",
            || without_secret()?.spec("privateKey", json!({"algorithm": "ECDSA", "rotationPolicy": "Sometimes"})),
            [missing(ALL).verdict("blocked")],
        ),
        case(
            "verdicts/key-cannot-be-made",
            "The webhook refuses such an algorithm; where it came in all the same, no key is made.",
            || without_secret()?.spec("privateKey", json!({"algorithm": "DSA", "rotationPolicy": "Always"})),
            [missing(ALL).verdict("blocked")],
        ),
        case(
            "verdicts/request-name-taken",
            "The next request must be called web-2, and a stranger is.",
            || {
                without_secret()?.with(|shop| {
                    let mut stranger = shop.request()?.clone();
                    stranger["metadata"]["name"] = json!("web-2");
                    stranger["metadata"]["uid"] = json!("5d0f6f3e-0000-4000-a000-000000000002");
                    stranger["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("2");
                    Shop::drop_field(&mut stranger, "/metadata", "ownerReferences");
                    shop.objects.push(stranger);
                    Ok(())
                })
            },
            [missing(ERA_A), missing(SINCE_1_13).verdict("blocked")],
        ),
    ]
}

/// A second Certificate, younger, of the same Secret.
fn sharing(dns_names: &'static [&'static str]) -> Result<Shop> {
    let wish = Wish { dns_names, ..WISH };
    Shop::healthy()?.with(|shop| {
        let issued = issue(&Order { wish, ..Order::default() })?;
        shop.add("late", &wish, &issued)?;
        shop.objects.retain(|o| o["metadata"]["name"] != "late-tls");
        let key = shop.certificate()?["spec"]["privateKey"].clone();
        let late = shop.find("Certificate", "late")?;
        late["spec"]["privateKey"] = key;
        late["spec"]["secretName"] = json!("web-tls");
        late["metadata"]["creationTimestamp"] = json!("2026-03-01T08:00:00Z");
        late["status"] = json!({});
        Ok(())
    })
}

fn shared() -> Vec<Case> {
    const DEFINED: &[&str] = &["v1.13.4", "v1.14.0", "v1.17.4", "v1.20.3", "v1.21.2"];
    let annotated = |releases| {
        fires(releases, "SecretCertificateNameAnnotationsMismatch", "IncorrectCertificate", "Secret was issued for \"web\". If this message is not transient, you might have two conflicting Certificates pointing to the same secret.")
            .of("shop/late")
    };
    vec![
        case(
            "verdicts/not-owner",
            "The Secret belongs to the other Certificate and happens to fit.",
            || sharing(&["web.example.com"]),
            [
                unchanged(ALL),
                unchanged(&["v1.12.17", "v1.13.1"]).of("shop/late"),
                annotated(DEFINED).verdict("unchanged"),
            ],
        ),
        case(
            "verdicts/not-owner-and-differs",
            "It asks for another name, and will never get it.",
            || sharing(&["late.example.com"]),
            [
                unchanged(ALL),
                fires(
                    &["v1.12.17"],
                    "CurrentCertificateRequestNotValidForSpec",
                    "SecretMismatch",
                    "Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                )
                .of("shop/late"),
                fires(
                    &["v1.13.1"],
                    "CurrentCertificateRequestMismatchesSpec",
                    "SecretMismatch",
                    "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                )
                .of("shop/late"),
                annotated(DEFINED).verdict("blocked").violations(&[
                    "SecretCertificateNameAnnotationsMismatch",
                    "CurrentCertificateRequestMismatchesSpec",
                ]),
            ],
        ),
    ]
}

fn organization(params: &mut CertificateParams) {
    params.distinguished_name.push(DnType::OrganizationName, "Example Corp");
}

/// Restored without status and without requests; the issuer copies what it is asked for.
fn restored(order: &Order) -> Result<Shop> {
    Shop::from(order)?.with(|shop| {
        shop.find("Issuer", "vault")?["spec"] = json!({"selfSigned": {}});
        shop.certificate()?["status"] = json!({});
        let request = shop.request()?;
        request["metadata"]["name"] = json!("elsewhere-1");
        request["metadata"]["annotations"] =
            json!({"cert-manager.io/certificate-name": "elsewhere", "cert-manager.io/certificate-revision": "1"});
        request["metadata"]["ownerReferences"] = Value::Null;
        Ok(())
    })
}

fn drifted() -> Vec<Case> {
    vec![
        case(
            "verdicts/drift-usages",
            "A usage was added; without a request only names are compared.",
            || {
                restored(&Order::default())?
                    .spec("usages", json!(["digital signature", "key encipherment", "client auth"]))
            },
            [quiet(ALL, "drift")],
        ),
        case(
            "verdicts/drift-duration-added",
            "A duration on one side alone is not compared, and a self-signed lifetime proves it.",
            || {
                Shop::healthy()?
                    .with(|shop| {
                        shop.find("Issuer", "vault")?["spec"] = json!({"selfSigned": {}});
                        Ok(())
                    })?
                    .spec("duration", json!("4320h"))
            },
            [quiet(ALL, "drift")],
        ),
        case(
            "verdicts/drift-literal-subject",
            "The literal subject was edited, and a self-signed certificate repeats the one that was asked for.",
            || {
                restored(&Order { tweak: organization, ..Order::default() })?
                    .spec("literalSubject", json!("O=Another Corp"))
            },
            [quiet(ALL, "drift")],
        ),
        case(
            "verdicts/no-drift-literal-subject",
            "The literal subject is the certificate's. 1.8 does not know the field and finds an organisation too many.",
            || {
                restored(&Order { tweak: organization, ..Order::default() })?
                    .spec("literalSubject", json!("O=Example Corp"))
            },
            [
                quiet(&["v1.8.2"], "drift"),
                unchanged(&["v1.9.2", "v1.11.5", "v1.12.17", "v1.14.7", "v1.15.5", "v1.21.2"]),
            ],
        ),
        case(
            "verdicts/drift-other-names",
            "otherNames are a field from 1.14 on; a self-signed certificate repeats those that were asked for.",
            || {
                restored(&Order { tweak: principal, ..Order::default() })?
                    .spec("otherNames", json!([{"oid": "1.3.6.1.4.1.311.20.2.3", "utf8Value": "another@example.com"}]))
            },
            [unchanged(&["v1.8.2", "v1.12.17", "v1.13.6"]), quiet(&["v1.14.0", "v1.17.4", "v1.21.2"], "drift")],
        ),
        case(
            "verdicts/drift-by-orphan",
            "A request that nobody owns was made with the certificate's key and lacks the organisation.",
            || {
                Shop::healthy()?.spec("subject", json!({"organizations": ["Example Corp"]}))?.with(|shop| {
                    shop.certificate()?["status"] = json!({});
                    let request = shop.request()?;
                    Shop::drop_field(request, "/metadata", "ownerReferences");
                    request["metadata"]["name"] = json!("web-4");
                    request["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("4");
                    Ok(())
                })
            },
            [quiet(ALL, "drift")],
        ),
        case(
            "verdicts/no-drift-without-proof",
            "A Vault role may add an organisation; nothing proves a change.",
            || {
                Shop::from(&Order { tweak: organization, ..Order::default() })?.with(|shop| {
                    shop.certificate()?["status"] = json!({});
                    let request = shop.request()?;
                    request["metadata"]["name"] = json!("elsewhere-1");
                    request["metadata"]["ownerReferences"] = Value::Null;
                    Ok(())
                })
            },
            [unchanged(ALL)],
        ),
        case(
            "verdicts/temporary-certificate",
            "A stand-in whose issuance was forgotten: an Issuer's is kept from 1.13 on.",
            || {
                Shop::from(&Order { tweak: stand_in, signer: "cert-manager.local", ..Order::default() })?.with(|shop| {
                    shop.certificate()?["status"] = json!({});
                    let request = shop.request()?;
                    request["metadata"]["name"] = json!("elsewhere-1");
                    request["metadata"]["ownerReferences"] = Value::Null;
                    shop.secret()?["metadata"]["annotations"] = json!({"cert-manager.io/certificate-name": "web"});
                    Ok(())
                })
            },
            [
                fires(
                    ERA_A,
                    "SecretIssuerAnnotationsNotUpToDate",
                    "IncorrectIssuer",
                    "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/",
                ),
                unchanged(SINCE_1_13),
            ],
        ),
    ]
}

/// The user principal name web@example.com.
fn principal(params: &mut CertificateParams) {
    let value = OtherNameValue::Utf8String("web@example.com".to_owned());
    params.subject_alt_names.push(SanType::OtherName((vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], value)));
}

/// The subject serial number of cert-manager's temporary certificates.
fn stand_in(params: &mut CertificateParams) {
    params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), "1234567890");
}

fn unread() -> Vec<Case> {
    vec![
        case(
            "verdicts/no-requests-read",
            "Names are compared in place of the request, and that is said.",
            || Ok(Shop::healthy()?.without("CertificateRequest", "")),
            [unchanged(ALL).confidence("assumed")],
        ),
        case(
            "verdicts/no-issuers-read",
            "A certificate that stays in use needs no issuer.",
            || Ok(Shop::healthy()?.without("Issuer", "")),
            [unchanged(ALL)],
        ),
        case(
            "verdicts/no-issuers-read-and-due",
            "The issuer is assumed to exist.",
            || Ok(without_secret()?.without("Issuer", "")),
            [missing(ALL).confidence("assumed")],
        ),
        case(
            "verdicts/only-issuers-and-certificates",
            "cert-manager's own last look stands in the status, and is believed where no Secret at all was read.",
            || {
                Shop::healthy()?.without("Secret", "").without("CertificateRequest", "").with(|shop| {
                    shop.certificate()?["status"]["conditions"][0]["observedGeneration"] = json!(1);
                    Ok(())
                })
            },
            [unchanged(ALL).confidence("assumed")],
        ),
        case(
            "verdicts/another-namespace-read",
            "Secrets were read, but none of this namespace.",
            || Shop::healthy()?.without("Secret", "").with(|shop| shop.vault("ClusterIssuer", "", "cert-manager")),
            [quiet(ALL, "unknown").confidence("unknown")],
        ),
        case(
            "verdicts/only-labelled-secrets",
            "Every Secret carries cert-manager's label: the issuer's was not selected, the Certificate's own would have been by a \
             release that labels what it writes (1.11).",
            || {
                without_secret()?.with(|shop| {
                    let token = shop.find("Secret", "vault-token")?;
                    token["metadata"]["name"] = json!("another-tls");
                    token["metadata"]["labels"] = json!({"controller.cert-manager.io/fao": "true"});
                    Ok(())
                })
            },
            [
                quiet(&["v1.8.2", "v1.9.2", "v1.10.2"], "unknown").confidence("unknown"),
                missing(&["v1.11.0", "v1.11.5", "v1.12.3", "v1.12.17"]).confidence("assumed"),
                missing(SINCE_1_13).confidence("assumed"),
            ],
        ),
        case(
            "verdicts/all-there-is",
            "With --complete what is not in the input does not exist.",
            || Ok(Shop::healthy()?.without("Secret", "").without("Issuer", "")),
            [missing(ALL).verdict("blocked")],
        )
        .complete(),
        case(
            "verdicts/secret-unreadable",
            "The Secret is there, and its base64 is broken.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.secret()?["data"]["tls.crt"] = json!("LS0t*");
                    Ok(())
                })
            },
            [quiet(ALL, "unknown").confidence("unknown")],
        ),
    ]
}
