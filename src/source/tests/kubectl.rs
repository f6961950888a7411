use super::helpers::*;

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
