use super::helpers::*;
use crate::source::{LoadOptions, Progress, SourceSpec, load};

const YAML_LIST: &str = "apiVersion: v1
items:
- apiVersion: cert-manager.io/v1
  kind: Certificate
  metadata:
    name: web
    namespace: shop
  spec:
    secretName: web-tls
- apiVersion: v1
  data:
    token: QUJD
  kind: Secret
  metadata:
    name: web-tls
    namespace: shop
kind: List
metadata:
  resourceVersion: \"\"
";

fn both() -> Vec<String> {
    vec!["Secret shop/web-tls".to_owned(), "Certificate shop/web".to_owned()]
}

#[test]
fn every_shape_of_kubectl_output_is_read() {
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    let indented = YAML_LIST.replace("\n- ", "\n  - ").replace("\n  ", "\n    ").replace("\n    - ", "\n  - ");
    let utf16: Vec<u8> = YAML_LIST.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inputs: Vec<(&str, Vec<u8>, &str)> = vec![
        ("List", list(&[a.clone(), b.clone()]).into(), "kubectl-json"),
        ("array", format!("[{a},\n{b}]").into(), "kubectl-json"),
        ("concatenated", format!("{a}{b}").into(), "kubectl-json"),
        ("lines", format!("{a}\n{b}\n").into(), "kubectl-json"),
        ("JSON documents", format!("{a}\n---\n{b}\n").into(), "kubectl-json"),
        ("List of Lists", list(&[list(std::slice::from_ref(&a)), b.clone()]).into(), "kubectl-json"),
        ("YAML List", YAML_LIST.into(), "kubectl-yaml"),
        ("indented YAML List", indented.into(), "kubectl-yaml"),
        ("YAML List with CRLF", YAML_LIST.replace('\n', "\r\n").into(), "kubectl-yaml"),
        ("UTF-16", [&[0xff, 0xfe], &utf16[..]].concat(), "kubectl-yaml"),
        ("byte order mark", format!("\u{feff}{a}{b}").into(), "kubectl-json"),
        ("JSON in YAML documents", format!("# dump\n---\n{a}\n---\n{b}\n...\n").into(), "kubectl-yaml"),
        ("gzip", gzip(YAML_LIST.as_bytes()), "kubectl-yaml"),
        ("gzip of gzip", gzip(&gzip(YAML_LIST.as_bytes())), "kubectl-yaml"),
        ("two gzip members", [gzip(a.as_bytes()), gzip(b.as_bytes())].concat(), "kubectl-json"),
    ];
    for (name, bytes, kind) in inputs {
        let loaded = read(bytes);
        assert_eq!(names(&loaded), both(), "{name}: {:?}", problems(&loaded));
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{name}");
        assert_eq!(loaded.world.coverage.inputs[0].kind, kind, "{name}");
        assert_eq!(loaded.world.coverage.inputs[0].objects.values().sum::<usize>(), 2, "{name}");
    }
}

#[test]
fn old_api_versions_are_read_and_said() {
    let rows = [
        ("certmanager.k8s.io/v1alpha1", "organization: [Acme], keyAlgorithm: ecdsa, keySize: 256, keyEncoding: pkcs8"),
        ("cert-manager.io/v1alpha2", "organization: [Acme], keyAlgorithm: ecdsa, keySize: 256, keyEncoding: pkcs8"),
        (
            "cert-manager.io/v1alpha3",
            "subject: {organizations: [Acme]}, keyAlgorithm: ecdsa, keySize: 256, keyEncoding: pkcs8, \
             privateKey: {rotationPolicy: Always}",
        ),
        (
            "cert-manager.io/v1beta1",
            "subject: {organizations: [Acme]}, privateKey: {algorithm: ECDSA, size: 256, encoding: PKCS8}",
        ),
    ];
    for (version, spec) in rows {
        let loaded = read(format!(
            "apiVersion: {version}\nkind: Certificate\nmetadata: {{name: web, namespace: shop}}\n\
             spec: {{{spec}, uriSANs: [\"spiffe://x\"], emailSANs: [a@b.c], secretName: web-tls}}\n"
        ));
        assert_eq!(
            problems(&loaded),
            [format!(
                ". in | Certificate shop/web | old API version {version}: read as far as v1 has the same fields; no \
             cert-manager since v1.7 knows it"
            )]
        );
        let certificate = loaded.world.certificates().next().unwrap();
        let (spec, key) = (&certificate.spec, certificate.spec.private_key());
        assert_eq!(&*certificate.api_version, version);
        assert_eq!((&*key.algorithm, key.size, &*key.encoding), ("ECDSA", 256, "PKCS8"), "{version}");
        assert_eq!(&*spec.subject.as_ref().unwrap().organizations[0], "Acme", "{version}");
        assert_eq!((&*spec.uris[0], &*spec.email_addresses[0]), ("spiffe://x", "a@b.c"), "{version}");
    }
}

/// `apiVersion kind`, the rest of the object, and whether it decides anything.
const RELEVANCE: [(&str, &str, &str, bool); 17] = [
    (
        "apps/v1",
        "Deployment",
        r#","spec":{"template":{"spec":{"containers":[{"image":"x/cert-manager-controller:v1"}]}}}"#,
        true,
    ),
    (
        "apps/v1",
        "Deployment",
        r#","spec":{"template":{"spec":{"containers":[{"image":"nginx","name":"cert-manager"}]}}}"#,
        false,
    ),
    ("v1", "Pod", r#","spec":{"containers":[{"image":"x/cert-manager-webhook:v1"}]}"#, true),
    ("v1", "Pod", r#","spec":{"containers":[{"image":"nginx"}]}"#, false),
    ("v1", "Event", r#","involvedObject":{"kind":"Certificate","name":"web"}"#, true),
    ("events.k8s.io/v1", "Event", r#","regarding":{"kind":"Order","name":"web"}"#, true),
    ("v1", "Event", r#","involvedObject":{"kind":"Pod","name":"web"}"#, false),
    (
        "certificates.k8s.io/v1",
        "CertificateSigningRequest",
        r#","spec":{"signerName":"issuers.cert-manager.io/a.b"}"#,
        true,
    ),
    (
        "certificates.k8s.io/v1",
        "CertificateSigningRequest",
        r#","spec":{"signerName":"kubernetes.io/kubelet-serving"}"#,
        false,
    ),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", r#","spec":{"group":"acme.cert-manager.io"}"#, true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", r#","spec":{"group":"certmanager.k8s.io"}"#, true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", r#","spec":{"group":"gateway.networking.k8s.io"}"#, true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", r#","spec":{"group":"velero.io"}"#, false),
    ("networking.k8s.io/v1", "Ingress", "", true),
    ("gateway.networking.k8s.io/v1", "Gateway", "", true),
    ("v1", "ConfigMap", "", false),
    ("example.com/v1", "Certificate", "", false),
];

#[test]
fn only_what_decides_something_is_kept() {
    for (api_version, kind, rest, kept) in RELEVANCE {
        let loaded = read(format!(
            r#"{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"name":"x","namespace":"n"}}{rest}}}"#
        ));
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{kind} {rest}");
        assert_eq!(names(&loaded).len(), usize::from(kept), "{kind} {rest}");
    }
}

#[test]
fn typed_lists_name_the_kind_of_their_items() {
    let loaded = read(r#"{"apiVersion":"v1","kind":"SecretList","items":[{"metadata":{"name":"a","namespace":"n"}}]}"#);
    assert_eq!(names(&loaded), ["Secret n/a"]);
}

#[test]
fn an_object_without_namespace_is_in_default() {
    let loaded = read("apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web}\n");
    assert_eq!(names(&loaded), ["Certificate default/web"]);
    assert_eq!(
        problems(&loaded),
        [
            ". in | Certificate default/web | has no metadata.namespace: read as in namespace default, as kubectl would put \
         it there"
        ]
    );
    let loaded = read("apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca, namespace: x}\n");
    assert_eq!(names(&loaded), ["ClusterIssuer ca"]);
}

#[test]
fn the_same_object_twice_names_both_places() {
    let text = YAML_LIST
        .replace("v1\n  data", "cert-manager.io/v1\n  data")
        .replace("kind: Secret", "kind: Certificate")
        .replace("name: web-tls", "name: web");
    let loaded = read(text);
    assert_eq!(
        problems(&loaded),
        [". in: item 2 | Certificate shop/web | also given in in: item 1: this later one wins"]
    );
    assert!(loaded.world.certificates().next().unwrap().spec.secret_name.is_empty());
}

#[test]
fn anchors_across_items_are_followed() {
    let text = "apiVersion: v1\nitems:\n- apiVersion: cert-manager.io/v1\n  kind: Certificate\n  metadata: {name: a, namespace: shop}\n  \
                spec: &s {secretName: x}\n- apiVersion: cert-manager.io/v1\n  kind: Certificate\n  metadata: {name: b, \
                namespace: shop}\n  spec: *s\nkind: List\n";
    let loaded = read(text);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert!(loaded.world.certificates().all(|certificate| &*certificate.spec.secret_name == "x"));
    assert_eq!(names(&loaded), ["Certificate shop/a", "Certificate shop/b"]);
}

#[test]
fn namespaces_with_a_secret_count_as_read() {
    let loaded = read(list(&[certificate("shop", "web"), secret("other", "x"), certificate("third", "web")]));
    let coverage = &loaded.world.coverage;
    assert!(coverage.secrets_were_read("other") && !coverage.secrets_were_read("shop"));
    assert!(coverage.was_read(crate::object::Kind::Certificate) && !coverage.was_read(crate::object::Kind::Issuer));
}

#[test]
fn sources_are_named_as_users_name_them() {
    let rows = [
        ("-", SourceSpec::Stdin),
        ("demo", SourceSpec::Demo),
        ("./demo", SourceSpec::Path("./demo".into())),
        ("dump.yaml", SourceSpec::Path("dump.yaml".into())),
    ];
    for (text, spec) in rows {
        assert_eq!(text.parse(), Ok(spec.clone()));
        assert_eq!(spec.to_string(), text);
    }
}

#[test]
fn the_demo_has_its_own_time() {
    let loaded = load(&[SourceSpec::Demo], &LoadOptions::default());
    assert!(loaded.now.is_some());
    assert_eq!(loaded.world.coverage.inputs[0].kind, "demo");
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert!(loaded.world.iter().next().is_some());
}

#[test]
fn progress_reaches_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump.json");
    std::fs::write(&path, list(&[certificate("shop", "web"), secret("shop", "web-tls")])).unwrap();
    let seen = std::sync::Mutex::new(Vec::new());
    let note = |progress: Progress| seen.lock().unwrap().push(progress);
    let loaded = load(
        &[SourceSpec::Path(path.clone())],
        &LoadOptions { complete: true, progress: Some(&note), ..LoadOptions::default() },
    );
    let last = seen.into_inner().unwrap().pop().unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert_eq!((last.bytes_read, last.bytes_total, last.objects), (size, Some(size), 2));
    assert_eq!(last.location, path.display().to_string());
    assert!(loaded.world.coverage.complete && loaded.world.coverage.secrets_were_read("anywhere"));
}
