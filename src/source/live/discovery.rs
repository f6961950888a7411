//! Which versions of which API groups the cluster serves.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::exchange::{Exchange, OBJECTS};
use super::failure::Failure;

/// The groups of a cluster, each with its versions, the preferred one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups(BTreeMap<String, Vec<String>>);

#[derive(Deserialize)]
struct GroupList {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
    #[serde(default)]
    preferred_version: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
}

impl Groups {
    /// Asks for the list of groups alone: one that is served by an aggregated API server that is down does no harm.
    pub(super) async fn discover(exchange: &Exchange) -> Result<Self, Failure> {
        exchange.get("/apis", OBJECTS, |text| Self::parse(&text)).await
    }

    fn parse(text: &[u8]) -> Result<Self, Failure> {
        let list: GroupList =
            serde_json::from_slice(text).map_err(|_| Failure::Garbage("no APIGroupList".to_owned()))?;
        let groups = list.groups.into_iter().map(|group| {
            let preferred = group.preferred_version.map(|preferred| preferred.version);
            let others = group.versions.into_iter().map(|served| served.version);
            let others: Vec<String> = others.filter(|version| Some(version) != preferred.as_ref()).collect();
            (group.name, preferred.into_iter().chain(others).collect())
        });
        Ok(Self(groups.collect()))
    }

    /// What cert-manager's and Kubernetes' current releases serve, for where discovery was refused.
    pub(super) fn assumed() -> Self {
        let groups = ["cert-manager.io", "acme.cert-manager.io", "networking.k8s.io", "apps", "apiextensions.k8s.io"];
        Self(groups.into_iter().map(|group| (group.to_owned(), vec!["v1".to_owned()])).collect())
    }

    /// The versions of a group, v1 first where it is served; none if the cluster does not have the group.
    pub(super) fn versions(&self, group: &str) -> Vec<&str> {
        if group.is_empty() {
            return vec!["v1"];
        }
        let mut versions: Vec<&str> = self.0.get(group).into_iter().flatten().map(String::as_str).collect();
        versions.sort_by_key(|version| *version != "v1");
        versions
    }
}

/// The plural of a kind, as URLs have it.
pub(super) async fn plural(
    exchange: &Exchange,
    group: &str,
    version: &str,
    kind: &str,
) -> Result<Option<String>, Failure> {
    let understand = |text: zeroize::Zeroizing<Vec<u8>>| {
        let list: Result<ResourceList, _> = serde_json::from_slice(&text);
        list.map_err(|_| Failure::Garbage("no APIResourceList".to_owned()))
    };
    let list = exchange.get(&format!("/apis/{group}/{version}"), OBJECTS, understand).await?;
    let found = list.resources.into_iter().find(|resource| resource.kind == kind && !resource.name.contains('/'));
    Ok(found.map(|resource| resource.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_comes_first_and_the_preferred_version_before_others() {
        let text = br#"{"kind":"APIGroupList","groups":[
            {"name":"a","versions":[{"groupVersion":"a/v2","version":"v2"},{"groupVersion":"a/v1","version":"v1"}],"preferredVersion":{"groupVersion":"a/v2","version":"v2"}},
            {"name":"b","versions":[{"version":"v1alpha1"},{"version":"v1beta1"}],"preferredVersion":{"version":"v1beta1"}}]}"#;
        let groups = Groups::parse(text).unwrap();
        assert_eq!(groups.versions("a"), ["v1", "v2"]);
        assert_eq!(groups.versions("b"), ["v1beta1", "v1alpha1"]);
        assert!(groups.versions("c").is_empty());
        assert_eq!(groups.versions(""), ["v1"]);
        assert!(matches!(Groups::parse(b"{}"), Err(Failure::Garbage(_))));
    }
}
