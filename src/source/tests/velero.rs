use std::fs;
use std::path::Path;

use super::helpers::*;
use crate::object::Kind;
use crate::source::{LoadOptions, Loaded, SourceSpec, load};

fn secret_namespaces(loaded: &Loaded) -> Vec<&str> {
    loaded.world.coverage.secret_namespaces.iter().map(|namespace| &**namespace).collect()
}

const WEB: &str = "resources/certificates.cert-manager.io/namespaces/shop/web.json";
const WEB_PREFERRED: &str = "resources/certificates.cert-manager.io/v1-preferredversion/namespaces/shop/web.json";
const WEB_OTHER: &str = "resources/certificates.cert-manager.io/v1beta1/namespaces/shop/web.json";
const TLS: &str = "resources/secrets/namespaces/shop/web-tls.json";
const TLS_PREFERRED: &str = "resources/secrets/v1-preferredversion/namespaces/shop/web-tls.json";
const OTHER: &str = "resources/configmaps/namespaces/other/x.json";

#[test]
fn a_backup_holds_each_object_once() {
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    let bytes = gzip(&tar(&[
        ("metadata/version", "1.1.0\n"),
        (WEB, &a),
        (WEB_PREFERRED, &a),
        (TLS_PREFERRED, &b),
        (TLS, &b),
        (OTHER, "not even looked at"),
        (
            "resources/namespaces/cluster/empty.json",
            r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"empty"}}"#,
        ),
    ]));
    let loaded = read(bytes);
    assert_eq!(names(&loaded), ["Secret shop/web-tls", "Certificate shop/web", "Namespace empty"]);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let input = &loaded.world.coverage.inputs[0];
    assert_eq!(input.kind, "velero-backup");
    assert_eq!(
        input.objects.iter().map(|(kind, count)| (*kind, *count)).collect::<Vec<_>>(),
        [(Kind::Secret, 1), (Kind::Certificate, 1), (Kind::Namespace, 1)]
    );
    assert_eq!(secret_namespaces(&loaded), ["empty", "other", "shop"]);
}

type Entries<'a> = &'a [(&'a str, &'a str)];

#[test]
fn the_unversioned_copy_counts() {
    let copy = |text: &str| certificate("shop", "web").replace("web-tls", text);
    let (plain, preferred, other) = (copy("plain"), copy("preferred"), copy("other"));
    let rows: [(&str, Entries<'_>, &str); 6] = [
        ("unversioned first", &[(WEB, &plain), (WEB_PREFERRED, &preferred)], "plain"),
        ("preferred first", &[(WEB_PREFERRED, &preferred), (WEB, &plain)], "plain"),
        ("preferred alone", &[(WEB_PREFERRED, &preferred), (WEB_OTHER, &other)], "preferred"),
        ("other version first", &[(WEB_OTHER, &other), (WEB_PREFERRED, &preferred), (WEB, &plain)], "plain"),
        ("format 1", &[(WEB, &plain)], "plain"),
        (
            "one folder around it",
            &[("./nightly/resources/certificates.cert-manager.io/namespaces/shop/web.json", &plain)],
            "plain",
        ),
    ];
    for (what, entries, secret_name) in rows {
        let loaded = read(tar(entries));
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{what}");
        assert_eq!(loaded.world.coverage.inputs[0].objects[&Kind::Certificate], 1, "{what}");
        assert_eq!(&*loaded.world.certificates().next().unwrap().spec.secret_name, secret_name, "{what}");
    }
    let only_other = read(tar(&[(WEB_OTHER, &other)]));
    assert_eq!(names(&only_other), Vec::<String>::new());
}

fn backup(spec: &str, phase: &str) -> String {
    format!(
        r#"{{"apiVersion":"velero.io/v1","kind":"Backup","metadata":{{"name":"nightly","namespace":"velero"}},"spec":{spec},
        "status":{{"phase":"{phase}","version":1,"formatVersion":"1.1.0","startTimestamp":"2026-06-15T10:00:00Z",
        "completionTimestamp":"2026-06-15T10:01:00Z","errors":2}}}}"#
    )
}

#[test]
fn the_filters_of_the_backup_tell_which_secrets_were_read() {
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    let rows: [(&str, &str, bool, &[&str]); 8] = [
        ("", "", true, &["other", "shop"]),
        ("", "", false, &[]),
        ("{}", "Completed", true, &["other", "shop"]),
        ("{}", "Completed", false, &["other", "shop"]),
        (r#"{"labelSelector":{"matchLabels":{"app":"web"}}}"#, "Completed", true, &[]),
        (r#"{"excludedResources":["secrets"]}"#, "Completed", false, &[]),
        (r#"{"includedResources":["certificates"]}"#, "Completed", false, &[]),
        ("{}", "PartiallyFailed", true, &["shop"]),
    ];
    for (spec, phase, with_secret, namespaces) in rows {
        let description = backup(spec, phase);
        let mut entries = vec![(WEB, a.as_str()), (OTHER, "")];
        if with_secret {
            entries.push((TLS, &b));
        }
        if !spec.is_empty() {
            entries.push(("velero-backup.json", &description));
        }
        let loaded = read(tar(&entries));
        assert_eq!(secret_namespaces(&loaded), namespaces, "{spec} {phase} {with_secret}");
        assert_eq!(loaded.velero_backup.is_some(), !spec.is_empty());
    }
}

#[test]
fn the_backup_beside_a_tarball_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let tarball = gzip(&tar(&[("metadata/version", "1.1.0\n"), (WEB, &certificate("shop", "web"))]));
    fs::write(file("velero-backup.json"), backup("{}", "PartiallyFailed")).unwrap();
    fs::write(file("renamed.tar.gz"), &tarball).unwrap();
    let read = |path: &Path| load(&[SourceSpec::Path(path.to_owned())], &LoadOptions::default());
    let found = read(&file("renamed.tar.gz"));
    let description = found.velero_backup.as_ref().expect("the only tarball here");
    assert_eq!((&*description.name, &*description.format_version, description.errors), ("nightly", "1.1.0", 2));
    assert_eq!(
        problems(&found),
        [format!(
            "! {} | the Backup nightly ended as PartiallyFailed with 2 errors: objects may be missing from it",
            file("renamed.tar.gz").display()
        )]
    );
    fs::write(file("nightly-data.tar.gz"), &tarball).unwrap();
    assert!(read(&file("renamed.tar.gz")).velero_backup.is_none(), "of two tarballs, the other one is nightly's");
    assert!(read(&file("nightly-data.tar.gz")).velero_backup.is_some());
    let whole = read(directory.path());
    assert_eq!(names(&whole), ["Certificate shop/web"]);
    assert_eq!(whole.world.coverage.inputs[0].kind, "directory");
}

#[test]
fn an_unpacked_backup_is_read_like_the_packed_one() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    let entries =
        [("metadata/version", "1.1.0\n"), (WEB, &a), (WEB_PREFERRED, &a), (TLS, &b), (TLS_PREFERRED, &b), (OTHER, "")];
    for (path, text) in entries {
        let path = directory.path().join("nightly").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(directory.path().join("nightly/velero-backup.json"), backup("{}", "Completed")).unwrap();
    for (root, kind) in [("nightly", "velero-backup"), ("", "directory")] {
        let loaded = load(&[SourceSpec::Path(directory.path().join(root))], &LoadOptions::default());
        assert_eq!(problems(&loaded), Vec::<String>::new());
        assert_eq!(names(&loaded), ["Secret shop/web-tls", "Certificate shop/web"]);
        assert_eq!(secret_namespaces(&loaded), ["other", "shop"]);
        assert_eq!(loaded.world.coverage.inputs[0].kind, kind);
        assert_eq!(loaded.world.coverage.inputs[0].objects.values().sum::<usize>(), 2);
        assert_eq!(&*loaded.velero_backup.as_ref().unwrap().name, "nightly");
    }
}

#[test]
fn a_folder_called_resources_is_no_backup() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("resources/base")).unwrap();
    fs::write(directory.path().join("resources/base/web.json"), certificate("shop", "web")).unwrap();
    let loaded = load(&[SourceSpec::Path(directory.path().to_owned())], &LoadOptions::default());
    assert_eq!(names(&loaded), ["Certificate shop/web"]);
    assert_eq!(loaded.world.coverage.inputs[0].kind, "directory");
}

#[test]
fn the_order_is_that_of_the_archive_whatever_the_threads_do() {
    let texts: Vec<(String, String)> = (0..5000)
        .map(|i| {
            let name = format!("c{}", i % 1000);
            let path = format!("resources/certificates.cert-manager.io/namespaces/n{}/{name}.json", i / 1000);
            // Five namespaces on the paths, one in the objects: each name comes five times.
            (path, certificate("shop", &name).replace("-tls", &format!("-tls-{i}")))
        })
        .collect();
    let entries: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let loaded = read(gzip(&tar(&entries)));
    assert_eq!(loaded.world.count(Kind::Certificate), 1000);
    for certificate in loaded.world.certificates() {
        let number: usize = certificate.metadata.name[1..].parse().unwrap();
        assert_eq!(*certificate.spec.secret_name, *format!("c{number}-tls-{}", 4000 + number));
    }
    assert_eq!(problems(&loaded).len(), 4000);
}
