use super::helpers::*;

#[test]
fn a_backup_holds_each_object_once() {
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    let bytes = gzip(&tar(&[
        ("metadata/version", "1.1.0\n"),
        ("resources/certificates.cert-manager.io/namespaces/shop/web.json", &a),
        ("resources/certificates.cert-manager.io/v1-preferredversion/namespaces/shop/web.json", &a),
        ("resources/secrets/v1-preferredversion/namespaces/shop/web-tls.json", &b),
        ("resources/secrets/namespaces/shop/web-tls.json", &b),
        ("resources/configmaps/namespaces/other/x.json", "not even looked at"),
    ]));
    let loaded = read(bytes);
    assert_eq!(names(&loaded), ["Secret shop/web-tls", "Certificate shop/web"]);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let coverage = &loaded.world.coverage;
    assert_eq!(coverage.inputs[0].kind, "velero-backup");
    assert_eq!(coverage.secret_namespaces.iter().map(|n| &**n).collect::<Vec<_>>(), ["other", "shop"]);
}
