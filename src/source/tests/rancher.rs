use proptest::prelude::*;

use super::helpers::*;
use crate::object::Kind;

const WEB: &str = "certificates.cert-manager.io#v1/shop/web.json";
const TLS: &str = "secrets.#v1/shop/web-tls.json";
const NOTE: &str = ". in | without uids and creation times, which are taken away when such a backup is made: what belongs to an \
                    object is told by its name, as the restore does";
const UNFILTERED: &str = ". in | without filters/filters.json: what is not in it may have been left out";
const SECRETS: &str = r#"{"resourceSelectors":[{"apiVersion":"v1","kinds":["secrets"]}]}"#;

#[test]
fn a_backup_is_told_by_its_paths() {
    let (a, b) = (certificate("shop", "web"), secret("shop", "web-tls"));
    for folder in ["", "./", "backup/"] {
        let paths = [WEB, TLS, "filters/filters.json", "deployments.apps#v1/other/x.json"]
            .map(|path| format!("{folder}{path}"));
        let entries = [(&*paths[0], &*a), (&*paths[1], &*b), (&*paths[2], SECRETS), (&*paths[3], "{}")];
        let loaded = read(gzip(&tar(&entries)));
        assert_eq!(problems(&loaded), [NOTE], "{folder}");
        assert_eq!(names(&loaded)[..2], ["Secret shop/web-tls", "Certificate shop/web"]);
        let coverage = &loaded.world.coverage;
        assert_eq!(coverage.inputs[0].kind, "rancher-backup");
        assert!(coverage.secrets_were_read("shop") && coverage.secrets_were_read("other"));
        assert!(!coverage.was_read(Kind::Order), "what was not selected may exist");
    }
}

/// Paths and texts of a backup, and the problems besides that there are no uids.
type Row<'r> = (&'r str, &'r str, &'r [&'r str]);

#[test]
fn what_cannot_be_read_is_named() {
    let web = certificate("shop", "web");
    let rows: [Row<'_>; 6] = [
        (WEB, &web, &[UNFILTERED]),
        (
            WEB,
            "{",
            &[
                "! in: certificates.cert-manager.io#*/shop/web.json | Certificate shop/web | not valid JSON: EOF while parsing an object at line 1 column 1",
                UNFILTERED,
            ],
        ),
        (
            TLS,
            r#""azhzOmVuYzphZXNjYmM6djE6a2V5MTp+fn4=""#,
            &[
                "! in: secrets.#*/shop/web-tls.json | Secret shop/web-tls | encrypted at rest with aescbc, key key1: cannot be read",
                UNFILTERED,
            ],
        ),
        (
            "secrets.#v1/a/b/c.json",
            "{}",
            &[". in: secrets.#v1/a/b/c.json | not where Rancher puts objects: it was not read", UNFILTERED],
        ),
        (
            "filters/filters.json",
            "7",
            &[
                ". in: filters/filters.json | no ResourceSet: invalid type: integer `7`, expected struct ResourceSet at line 1 column 1",
                UNFILTERED,
            ],
        ),
        ("configmaps.#v1/shop/x.json", "not even looked at", &[UNFILTERED]),
    ];
    for (path, text, expected) in rows {
        let loaded = read(tar(&[(path, text)]));
        let mut found = problems(&loaded);
        found.retain(|line| line != NOTE);
        assert_eq!(found, expected, "{path}");
        assert!(!loaded.world.coverage.secrets_were_read("shop"));
    }
}

proptest! {
    #[test]
    fn a_damaged_backup_never_panics(at in 0usize..4096, byte in any::<u8>()) {
        let mut bytes = tar(&[(WEB, &certificate("shop", "web")), (TLS, "\"AAAA\""), ("filters/filters.json", SECRETS)]);
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        read(&bytes);
    }
}
