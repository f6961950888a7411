//! What is only large is read.

use super::helpers::*;

#[test]
fn a_large_yaml_dump_is_read() {
    // Objects of fifty nodes each: two million nodes, and above the parser's default limit even without optimisation.
    let count = if cfg!(debug_assertions) { 6_000 } else { 40_000 };
    let labels: String = (0..20).map(|i| format!("      label-{i}: \"{i}\"\n")).collect();
    let mut text = String::from("apiVersion: v1\nitems:\n");
    for i in 0..count {
        text.push_str(&format!(
            "- apiVersion: cert-manager.io/v1\n  kind: Certificate\n  metadata:\n    labels:\n{labels}    name: c{i}\n    namespace: shop\n"
        ));
    }
    text.push_str("kind: List\n");
    let loaded = read(&text);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(names(&loaded).len(), count);
}

#[test]
fn a_large_yaml_document_that_cannot_be_cut_is_read() {
    let names_of_one: String = (0..260_000).map(|i| format!("  - n{i}\n")).collect();
    let text = format!(
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web, namespace: shop}}\nspec:\n  dnsNames:\n{names_of_one}"
    );
    let loaded = read(&text);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(loaded.world.certificates().next().unwrap().spec.dns_names.len(), 260_000);
}

#[test]
fn a_large_secret_is_read() {
    let value = "QUJD".repeat(5 << 18);
    let json = format!(
        r#"{{"apiVersion":"v1","data":{{"big":"{value}"}},"kind":"Secret","metadata":{{"name":"big","namespace":"shop"}}}}"#
    );
    let entries = [("resources/secrets/namespaces/shop/big.json", json.as_str())];
    for bytes in [json.clone().into_bytes(), gzip(&tar(&entries))] {
        let loaded = read(bytes);
        assert_eq!(problems(&loaded), Vec::<String>::new());
        assert_eq!(loaded.world.secrets().next().unwrap().value_len("big"), Some(value.len() / 4 * 3));
    }
}

#[test]
fn a_certificate_with_ten_thousand_names_is_read() {
    let names: Vec<String> = (0..10_000).map(|i| format!("name-{i}.shop.example")).collect();
    let certificate = rcgen::generate_simple_self_signed(names).unwrap();
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "many", "namespace": "shop"},
        "stringData": {"tls.crt": certificate.cert.pem(), "tls.key": certificate.signing_key.serialize_pem()},
    });
    let loaded = read(object.to_string());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let secret = loaded.world.secrets().next().unwrap();
    assert_eq!(secret.value_len("tls.crt"), Some(certificate.cert.pem().len()));
    assert!(secret.certificate.is_some() && secret.key.is_some());
}
