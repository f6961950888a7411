//! Mutations of requests: their fields, owners and revisions.

use serde_json::{Value, json};

use super::case::UID;
use super::mutation::Bench;
use super::shape::USAGES;

/// A field of the request's or the Certificate's spec.
pub(crate) fn fields(b: &mut Bench) {
    let usages = b.random.some(USAGES, 3);
    let (field, value) = match b.random.below(8) {
        0 => ("isCA", json!(b.random.one_in(2))),
        1 => (
            "duration",
            json!(b.random.pick(&[
                "2160h",
                "2160h0m0s",
                "1h",
                "3600s",
                "1h0m0s",
                "0s",
                "24h",
                "-1h",
                "1.5h",
                "1ns",
                "2562047h47m16.854775807s"
            ])),
        ),
        2 => ("duration", Value::Null),
        3 => ("usages", json!([])),
        4 => ("usages", Value::Null),
        5 => ("usages", json!(["digital signature", "key encipherment"])),
        6 => {
            let target = &mut b.case.certificate["spec"]["usages"];
            if let Some(list) = target.as_array_mut() {
                list.reverse();
            }
            return;
        }
        _ => ("usages", json!(usages)),
    };
    match (&mut b.case.request, b.random.one_in(2)) {
        (Some(request), true) => request.spec[field] = value,
        _ => b.case.certificate["spec"][field] = value,
    }
}

/// issuerRef of the Certificate or the request: another one, or defaults present and absent.
pub(crate) fn issuer_ref(b: &mut Bench) {
    let (field, value) = match b.random.below(4) {
        0 => ("name", b.random.pick(&["ca", "CA", "other", "vault", "letsencrypt"])),
        1 | 2 => ("kind", b.random.pick(&["Issuer", "", "ClusterIssuer", "issuer", "Issuer"])),
        _ => (
            "group",
            b.random.pick(&["cert-manager.io", "", "Cert-Manager.io", "awspca.cert-manager.io", "cert-manager.io"]),
        ),
    };
    let absent = b.random.one_in(3) && field != "name";
    let target = match (&mut b.case.request, b.random.one_in(2)) {
        (Some(request), true) => &mut request.spec["issuerRef"],
        _ => &mut b.case.certificate["spec"]["issuerRef"],
    };
    if let Some(map) = target.as_object_mut() {
        map.remove(field);
        if !absent {
            map.insert(field.to_owned(), value.into());
        }
    }
}

/// The owner references of the request.
pub(crate) fn owner(b: &mut Bench) {
    let other = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "x", "uid": "other"});
    let choice = b.random.below(9);
    let Some(request) = &mut b.case.request else {
        return;
    };
    let owners = &mut request.metadata["ownerReferences"];
    if owners.get(0).is_none() {
        return;
    }
    match choice {
        0 => *owners = json!([]),
        1 => *owners = Value::Null,
        2 => owners[0]["uid"] = "another-uid".into(),
        3 => owners[0]["controller"] = false.into(),
        4 => owners[0]["controller"] = Value::Null,
        5 => owners[0]["kind"] = "Deployment".into(),
        6 => owners[0]["name"] = "another".into(),
        7 => *owners = json!([other, owners[0]]),
        _ => b.case.certificate["metadata"]["uid"] = "new-uid-after-restore".into(),
    }
}

/// Revision of the status and of the annotation.
pub(crate) fn revision(b: &mut Bench) {
    if b.random.one_in(2) {
        b.case.certificate["status"]["revision"] = match b.random.below(8) {
            0 => Value::Null,
            1 => json!(0),
            2 => json!(2),
            3 => json!(-1),
            4 => json!(2_147_483_647),
            5 => json!(9_223_372_036_854_775_807_i64),
            _ => json!(1),
        };
    }
    let text = b.random.pick(&[
        "1",
        "2",
        "01",
        " 1",
        "",
        "x",
        "-1",
        "+1",
        "0",
        "2147483648",
        "9223372036854775807",
        "-9223372036854775808",
    ]);
    let absent = b.random.one_in(5);
    if let Some(request) = &mut b.case.request
        && let Some(annotations) = request.metadata["annotations"].as_object_mut()
    {
        annotations.remove("cert-manager.io/certificate-revision");
        if !absent {
            annotations.insert("cert-manager.io/certificate-revision".to_owned(), text.into());
        }
    }
}

/// A second request of the same or the next revision.
pub(crate) fn duplicates(b: &mut Bench) {
    for (name, odds) in [("web-1-twin", 1), ("web-2-a", 3), ("web-2-b", 3)] {
        if !b.random.one_in(odds) {
            continue;
        }
        let Some(mut other) = b.case.request_object(name) else {
            continue;
        };
        let revision = if name.starts_with("web-2") { "2" } else { b.random.pick(&["1", "1", "2"]) };
        other["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = revision.into();
        match b.random.below(5) {
            0 => set_owner(&mut other, "foreign"),
            1 => other["metadata"]["namespace"] = "elsewhere".into(),
            _ => {}
        }
        b.case.extra.push(other);
    }
}

fn set_owner(request: &mut Value, uid: &str) {
    if let Some(owner) = request["metadata"]["ownerReferences"].get_mut(0) {
        owner["uid"] = uid.into();
    }
}

/// The request of the next revision, which ends a back-off when it no longer fits.
pub(crate) fn next(b: &mut Bench) {
    let Some(mut other) = b.case.request_object("web-2") else {
        return;
    };
    other["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = "2".into();
    set_owner(&mut other, UID);
    match b.random.below(5) {
        0 => other["spec"]["isCA"] = json!(b.random.one_in(2)),
        1 => other["spec"]["issuerRef"]["name"] = "another".into(),
        2 => other["spec"]["request"] = "bm90aGluZw==".into(),
        _ => {}
    }
    b.case.extra.push(other);
    if b.random.one_in(2) {
        super::in_status::back_off(b);
    }
}
