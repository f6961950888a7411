//! The paths inside a Velero backup (restore rules 1.2, R-01, R-02; Velero `pkg/archive/parser.go`).

/// What an entry of a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry<'p> {
    /// An object.
    Object {
        /// `plural.group`, or the plural alone.
        resource: &'p str,
        /// Empty for objects of the cluster.
        namespace: &'p str,
        /// The file's name without `.json`.
        name: &'p str,
        /// It lies under `<version>-preferredversion`.
        preferred: bool,
    },
    /// `metadata/version`.
    FormatVersion,
    /// `velero-backup.json`.
    Backup,
    /// An object under a version that is not the preferred one: never read by an ordinary restore.
    OtherVersion {
        /// As above.
        resource: &'p str,
        /// The API version.
        version: &'p str,
    },
    /// A file under `resources/` where Velero does not look.
    Misplaced,
    /// Anything else.
    Other,
    /// A path that points out of the archive.
    Escapes,
}

/// The longest path that is one of an object: `folder/resources/<resource>/<version>/namespaces/<namespace>/<file>`.
const DEEPEST: usize = 7;

/// Reads a path. One folder around everything is accepted, as archives that were packed by hand have it.
pub(super) fn parse(path: &str) -> Entry<'_> {
    if path.starts_with('/') {
        return Entry::Escapes;
    }
    let (mut parts, mut depth, mut rest) = ([""; DEEPEST + 1], 0, Some(path));
    while let Some(text) = rest {
        let part = match memchr::memchr(b'/', text.as_bytes()) {
            Some(slash) => {
                rest = Some(&text[slash + 1..]);
                &text[..slash]
            }
            None => rest.take().unwrap_or_default(),
        };
        match part {
            "" | "." => {}
            ".." => return Entry::Escapes,
            // What is deeper still is counted, and not looked at.
            _ => {
                parts[depth.min(DEEPEST)] = part;
                depth += 1;
            }
        }
    }
    let parts = &parts[..depth.min(DEEPEST + 1)];
    let inner = match parts {
        ["resources" | "metadata", ..] | [] | [_] => parts,
        [_, inner @ ..] => inner,
    };
    match *inner {
        ["metadata", "version"] => Entry::FormatVersion,
        ["velero-backup.json"] => Entry::Backup,
        ["resources", resource, "cluster", file] => object(resource, "", file, false),
        ["resources", resource, "namespaces", namespace, file] => object(resource, namespace, file, false),
        ["resources", resource, version, "cluster", file] => versioned(resource, version, "", file),
        ["resources", resource, version, "namespaces", namespace, file] => {
            versioned(resource, version, namespace, file)
        }
        ["resources", ..] => Entry::Misplaced,
        _ => Entry::Other,
    }
}

fn versioned<'p>(resource: &'p str, version: &'p str, namespace: &'p str, file: &'p str) -> Entry<'p> {
    if version.ends_with("-preferredversion") {
        object(resource, namespace, file, true)
    } else if matches!(version, "cluster" | "namespaces") {
        Entry::Misplaced
    } else {
        Entry::OtherVersion { resource, version }
    }
}

fn object<'p>(resource: &'p str, namespace: &'p str, file: &'p str, preferred: bool) -> Entry<'p> {
    match file.strip_suffix(".json") {
        Some(name) if !name.is_empty() => Entry::Object { resource, namespace, name, preferred },
        _ => Entry::Misplaced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secret<'p>(namespace: &'p str, name: &'p str, preferred: bool) -> Entry<'p> {
        Entry::Object { resource: "secrets", namespace, name, preferred }
    }

    const PATHS: [(&str, Entry<'static>); 22] = [
        ("resources/secrets/namespaces/shop/web.json", secret("shop", "web", false)),
        ("./resources/secrets/namespaces/shop/web.json", secret("shop", "web", false)),
        ("nightly/resources/secrets/namespaces/shop/web.json", secret("shop", "web", false)),
        ("resources/secrets/v1-preferredversion/namespaces/shop/web.json", secret("shop", "web", true)),
        ("resources/secrets/cluster/web.json", secret("", "web", false)),
        ("resources/secrets/v1-preferredversion/cluster/web.json", secret("", "web", true)),
        (
            "resources/secrets/v1beta1/namespaces/shop/web.json",
            Entry::OtherVersion { resource: "secrets", version: "v1beta1" },
        ),
        ("resources/secrets/namespaces/shop/deeper/web.json", Entry::Misplaced),
        ("resources/secrets/v1-preferredversion/namespaces/shop/deep/deeper/web.json", Entry::Misplaced),
        ("nightly/resources/secrets/v1-preferredversion/namespaces/shop/web.json", secret("shop", "web", true)),
        ("nightly/resources/secrets/v1-preferredversion/namespaces/shop/deep/deeper/and/deeper.json", Entry::Misplaced),
        ("a/b/c/d/e/f/g/h/../i", Entry::Escapes),
        ("resources/secrets/web.json", Entry::Misplaced),
        ("resources/secrets/namespaces/shop/web.yaml", Entry::Misplaced),
        ("resources/secrets/namespaces/shop/.json", Entry::Misplaced),
        ("metadata/version", Entry::FormatVersion),
        ("velero-backup.json", Entry::Backup),
        ("nightly/velero-backup.json", Entry::Backup),
        ("README", Entry::Other),
        ("/resources/secrets/cluster/web.json", Entry::Escapes),
        ("resources/secrets/cluster/../../../etc/passwd", Entry::Escapes),
        ("", Entry::Other),
    ];

    ///
    #[test]
    fn paths_are_read_as_velero_reads_them() {
        for (path, entry) in PATHS {
            assert_eq!(parse(path), entry, "{path}");
        }
    }
}
