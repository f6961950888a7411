//! No secret component of a key, no keystore password and no last-applied configuration of a Secret is in any output.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{NOW, command, data, healthy, issue, list};
use memchr::memmem;
use rcgen::KeyPair;
use serde_json::{Value, json};

/// Length of a run that would be a leak, in bytes.
const RUN: usize = 16;

/// Whether octets are a SEQUENCE or an OCTET STRING and nothing more, as a random scalar hardly ever is.
fn is_one_element(octets: &[u8]) -> bool {
    match octets {
        [0x30 | 0x04, 0x81, length, rest @ ..] => usize::from(*length) == rest.len(),
        [0x30 | 0x04, 0x82, high, low, rest @ ..] => usize::from(u16::from_be_bytes([*high, *low])) == rest.len(),
        [0x30 | 0x04, length @ ..=0x7f, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

/// All integers and octet strings of 16 bytes and more in a DER structure.
fn components(der: &[u8], found: &mut Vec<Vec<u8>>) {
    let mut rest = der;
    while rest.len() >= 2 {
        let tag = rest[0];
        let (length, header) = match rest[1] {
            n if n < 0x80 => (usize::from(n), 2),
            n => {
                let count = usize::from(n & 0x7f);
                (rest[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
            }
        };
        let contents = &rest[header..header + length];
        match tag {
            0x30 | 0xa0 => components(contents, found),
            // A key inside PKCS#8, the seed inside Ed25519's PKCS#8, or a scalar.
            0x04 if is_one_element(contents) && contents.len() > 33 => {
                components(contents, found);
            }
            0x04 if contents.len() == 34 && contents[0] == 0x04 => found.push(contents[2..].to_vec()),
            0x02 | 0x04 if length >= RUN => found.push(contents.to_vec()),
            _ => {}
        }
        rest = &rest[header + length..];
    }
}

/// The secret components of a private key in PKCS#8. The public ones of RSA are n and e; n comes first.
fn secrets(pem: &str) -> Vec<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).unwrap();
    let mut found = Vec::new();
    components(&der, &mut found);
    if found.len() > 2 {
        found.remove(0);
    }
    found
}

/// Every form in which a run of a secret could appear.
fn needles(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    for run in secret.windows(RUN) {
        needles.push(run.to_vec());
        let hex: String = run.iter().map(|byte| format!("{byte:02x}")).collect();
        needles.push(hex.to_uppercase().into_bytes());
        needles.push(hex.into_bytes());
        // base64 depends on the alignment of the run; the edges that depend on neighbours are cut off.
        for shift in 0..3 {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(run);
            let text = STANDARD.encode(&shifted);
            let from = [0, 2, 3][shift];
            let until = shifted.len() / 3 * 4;
            needles.push(text.as_bytes()[from..until].to_vec());
        }
    }
    needles
}

fn assert_clean(what: &str, output: &[u8], needles: &[Vec<u8>]) {
    for needle in needles {
        assert!(
            memmem::find(output, needle).is_none(),
            "{what} holds a secret run: {}",
            String::from_utf8_lossy(needle)
        );
    }
}

fn canaries() -> (String, Vec<Vec<u8>>) {
    let rsa = std::fs::read_to_string("testdata/demo/keys/rsa-2048-01.pem").unwrap();
    let keys = [
        KeyPair::from_pem(&rsa).unwrap(),
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
        KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
    ];
    let mut objects = healthy("vault", "other");
    let mut hidden = Vec::new();
    for (index, key) in keys.into_iter().enumerate() {
        let name = format!("canary-{index}");
        let issued = issue(key, &["canary.example.com"]);
        let parts = secrets(&issued.key_pem);
        assert!(!parts.is_empty() && parts.iter().all(|part| part.len() >= RUN));
        hidden.extend(parts.iter().flat_map(|part| needles(part)));
        // The PEM text itself, and once more as base64 of the Secret's data.
        let body = issued.key_pem.lines().nth(1).unwrap();
        hidden.extend(body.as_bytes().windows(22).map(<[u8]>::to_vec));
        hidden.extend(data(&issued.key_pem).as_bytes().windows(32).skip(80).step_by(4).map(<[u8]>::to_vec));
        let mut secret = common::secret("shop", &name, &issued);
        secret["data"]["password"] = json!(data("correct-horse-battery-staple"));
        secret["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
            json!(secret.to_string());
        objects.push(secret);
        // Half of them broken on purpose, so that error texts are looked at, too.
        let mut certificate = common::certificate("shop", &name, &["canary.example.com"]);
        if index % 2 == 1 {
            certificate["spec"]["privateKey"] = json!({"algorithm": "RSA", "size": 4096, "rotationPolicy": "Never"});
        }
        objects.push(certificate);
    }
    // The same Secrets once more, with a type error, a truncated key and broken base64.
    let mut damaged: Vec<_> = objects.iter().filter(|object| object["kind"] == "Secret").cloned().collect();
    for (index, secret) in damaged.iter_mut().enumerate() {
        secret["metadata"]["namespace"] = json!("damaged");
        match index % 3 {
            0 => secret["metadata"]["labels"] = json!({"a": true}),
            1 => secret["stringData"] = json!({"tls.key": 5}),
            _ => {
                let text = secret["data"]["tls.key"].as_str().map(|text| format!("{}*", &text[..text.len() / 2]));
                secret["data"]["tls.key"] = json!(text);
            }
        }
    }
    objects.extend(damaged);
    hidden.push(b"correct-horse".to_vec());
    hidden.push(data("correct-horse").trim_end_matches('=').as_bytes()[..16].to_vec());
    hidden.push(b"last-applied-configuration".to_vec());
    (list(&objects), hidden)
}

#[test]
fn needles_find_what_they_stand_for() {
    let secret: Vec<u8> = (0..48).collect();
    let needles = needles(&secret);
    for offset in 0..3 {
        let mut leak = vec![0xff; offset];
        leak.extend_from_slice(&secret[5..30]);
        let text = STANDARD.encode(&leak);
        assert!(needles.iter().any(|needle| memmem::find(text.as_bytes(), needle).is_some()), "offset {offset}");
    }
}

/// The input with keys and passwords in places where they have no business: pasted into certificates, into annotations of
/// every kind, into the specs of issuers, and into what tools remember of a Secret.
fn misplaced(input: &str) -> (String, Vec<Vec<u8>>) {
    let mut list: Value = serde_json::from_str(input).unwrap();
    let objects = list["items"].as_array_mut().unwrap();
    let key = |object: &Value| object["data"]["tls.key"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let keys: Vec<String> = objects.iter().filter_map(key).map(|key| String::from_utf8(key).unwrap()).collect();
    for (index, key) in keys.iter().enumerate() {
        let copy = objects.iter().find(|object| object["data"]["tls.key"] == data(key)).unwrap().clone();
        let certificate =
            String::from_utf8(STANDARD.decode(copy["data"]["tls.crt"].as_str().unwrap()).unwrap()).unwrap();
        let places = [
            json!({"tls.crt": data(&format!("{certificate}{key}")), "tls.key": data(key)}),
            json!({"tls.crt": data(&format!("{key}{certificate}")), "ca.crt": data(key)}),
            json!({"tls.crt": data(&key.replace("PRIVATE KEY", "CERTIFICATE")), "ca.crt": data(&format!("\n{key}"))}),
            json!({"tls.crt": data(&certificate), "key.pem": data(key), "tls.key": data(&format!("x{key}"))}),
        ];
        for (place, payloads) in places.into_iter().enumerate() {
            let mut secret = copy.clone();
            secret["metadata"]["name"] = json!(format!("misplaced-{index}-{place}"));
            secret["metadata"]["annotations"]["kapp.k14s.io/original"] = json!(copy.to_string());
            secret["metadata"]["annotations"]["example.com/note"] = json!("correct-horse-battery-staple");
            secret["data"] = payloads;
            objects.push(secret);
        }
        let annotations = json!({
            "example.com/key": key, "example.com/key64": data(key), "kapp.k14s.io/original": copy.to_string(),
            "objectset.rio.cattle.io/applied": "correct-horse-battery-staple",
        });
        objects.push(json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
            "metadata": {"namespace": "shop", "name": format!("odd-{index}"), "annotations": annotations},
            "spec": {"vault": {"server": "https://me:correct-horse-battery-staple@vault", "caBundle": data(key), "path": "p",
                "auth": {"appRole": {"roleId": "correct-horse-battery-staple", "path": "approle",
                    "secretRef": {"name": "vault-token"}}}},
                "acme": {"solvers": [{"dns01": {"webhook": {"config": {"token": "correct-horse-battery-staple", "key": key}}}}]}},
        }));
        let mut odd = common::certificate("shop", &format!("odd-{index}"), &["odd.example.com"]);
        odd["metadata"]["annotations"] = annotations;
        odd["spec"]["secretTemplate"] = json!({"annotations": {"example.com/key": key}});
        odd["spec"]["keystores"] = json!({"jks": {"create": true, "password": "correct-horse-battery-staple"}});
        objects.push(odd);
        objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "pki", "name": format!("hook-{index}")},
            "spec": {"template": {"spec": {"containers": [
                {"name": "a", "image": "x/cert-manager-webhook-dns:1", "args": ["--token=correct-horse-battery-staple", key]},
                {"name": "b", "image": "x/cert-manager-controller:v1.17.0", "args": ["--odd=correct-horse-battery-staple"]},
            ]}}},
        }));
    }
    (list.to_string(), vec![b"PRIVATE KEY-----".to_vec()])
}

#[test]
fn no_snapshot_holds_a_secret() {
    let (input, mut hidden) = canaries();
    // What a certificate has in common with a key, such as the names of algorithms, is public.
    let list: Value = serde_json::from_str(&input).unwrap();
    let certificates = list["items"].as_array().unwrap().iter().filter_map(|object| object["data"]["tls.crt"].as_str());
    let public = certificates.flat_map(|text| STANDARD.decode(text).unwrap()).collect::<Vec<u8>>();
    hidden.retain(|needle| memmem::find(&public, needle).is_none());
    let (misplaced, more) = misplaced(&input);
    hidden.extend(more);
    for input in [&input, &misplaced] {
        let run = |input: &[u8]| {
            let output = command().args(["snapshot", "-", "-o", "-"]).write_stdin(input.to_vec()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_clean("stderr", &output.stderr, &hidden);
            output.stdout
        };
        let packed = run(input.as_bytes());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_clean("the snapshot", &unpacked, &hidden);
        assert!(run(&packed) == packed, "a snapshot of a snapshot is the same");
        for release in ["v1.8.0", "v1.12.0", "v1.18.0", "v1.21.0"] {
            let arguments = ["audit", "-", "--now", NOW, "--cert-manager", release, "--report", "json"];
            let report = |input: &[u8]| {
                let output = command().args(arguments).write_stdin(input.to_vec()).output().unwrap();
                let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
                report["coverage"].as_object_mut().unwrap().remove("inputs");
                report
            };
            assert_eq!(report(input.as_bytes()), report(&packed), "{release}");
        }
    }
}

#[test]
fn no_output_holds_a_secret() {
    let (input, hidden) = canaries();
    let folder = tempfile::tempdir().unwrap();
    for subject in [&["audit", "-"][..], &["plan", "--preset", "velero-everything", "--backup", "-"]] {
        for verbosity in ["-q", "-v", "-vv", "-vvvv"] {
            let mut arguments: Vec<String> = subject.iter().map(|a| (*a).to_owned()).collect();
            arguments.extend([verbosity.to_owned(), "--now".to_owned(), NOW.to_owned()]);
            let formats = ["table", "markdown", "html", "json", "yaml"];
            for format in formats {
                arguments.extend(["--report".to_owned(), format!("{format}:{}", folder.path().join(format).display())]);
            }
            arguments.extend(["--report".to_owned(), "table".to_owned()]);
            let output = command().args(&arguments).write_stdin(input.clone()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_clean("stdout", &output.stdout, &hidden);
            assert_clean("stderr", &output.stderr, &hidden);
            for format in formats {
                assert_clean(format, &std::fs::read(folder.path().join(format)).unwrap(), &hidden);
            }
        }
    }
}
