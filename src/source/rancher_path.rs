//! The paths inside a backup of Rancher's backup-restore-operator (restore rules 7.3; its
//! `pkg/resourcesets/collector.go`, `pkg/controllers/restore/download.go`).

/// What an entry of a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry<'p> {
    /// An object.
    Object {
        /// `plural.group`, or the plural alone for the core group.
        resource: &'p str,
        /// Empty for objects of the cluster.
        namespace: &'p str,
        /// The file's name without `.json`.
        name: &'p str,
    },
    /// `filters/filters.json`: the ResourceSet that selected the objects.
    Filters,
    /// A file where no object lies.
    Misplaced,
}

/// Reads a path; `None` for one that such a backup does not have. One folder around everything is accepted, as archives
/// that were packed by hand have it.
pub(super) fn parse(path: &str) -> Option<Entry<'_>> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let begins = |part: Option<&&str>| part.is_some_and(|part| part.contains('#') || *part == "filters");
    if !begins(parts.first()) && begins(parts.get(1)) {
        parts.remove(0);
    }
    match *parts.as_slice() {
        ["filters", "filters.json"] => Some(Entry::Filters),
        [folder, ref rest @ ..] => {
            let (resource, _version) = folder.split_once('#')?;
            // The core group has no name, and the dot before it stays.
            let resource = resource.strip_suffix('.').unwrap_or(resource);
            Some(match *rest {
                [file] => object(resource, "", file),
                [namespace, file] => object(resource, namespace, file),
                _ => Entry::Misplaced,
            })
        }
        [] => None,
    }
}

fn object<'p>(resource: &'p str, namespace: &'p str, file: &'p str) -> Entry<'p> {
    match file.strip_suffix(".json") {
        Some(name) if !name.is_empty() && !resource.is_empty() => Entry::Object { resource, namespace, name },
        _ => Entry::Misplaced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn object_at(resource: &'static str, namespace: &'static str, name: &'static str) -> Option<Entry<'static>> {
        Some(Entry::Object { resource, namespace, name })
    }

    const PATHS: [(&str, Option<Entry<'static>>); 14] = [
        ("secrets.#v1/shop/web-tls.json", object_at("secrets", "shop", "web-tls")),
        ("./secrets.#v1/shop/web-tls.json", object_at("secrets", "shop", "web-tls")),
        ("backup/secrets.#v1/shop/web-tls.json", object_at("secrets", "shop", "web-tls")),
        ("namespaces.#v1/shop.json", object_at("namespaces", "", "shop")),
        ("certificates.cert-manager.io#v1/shop/web.json", object_at("certificates.cert-manager.io", "shop", "web")),
        ("filters/filters.json", Some(Entry::Filters)),
        ("backup/filters/filters.json", Some(Entry::Filters)),
        ("secrets.#v1/shop/deeper/web-tls.json", Some(Entry::Misplaced)),
        ("secrets.#v1/shop/web-tls.yaml", Some(Entry::Misplaced)),
        ("#v1/web-tls.json", Some(Entry::Misplaced)),
        ("filters/statussubresource.json", None),
        ("resources/secrets/namespaces/shop/web.json", None),
        ("secrets.#v1/../../etc/passwd", None),
        ("", None),
    ];

    #[test]
    fn paths_are_read_as_rancher_reads_them() {
        for (path, entry) in PATHS {
            assert_eq!(parse(path), entry, "{path}");
        }
    }
}
