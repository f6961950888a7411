//! Tells from a cluster's objects which cert-manager runs there, and with which flags.

use super::{ControllerFlags, Version};
use crate::object::cluster::Container;
use crate::object::{Kind, ObjectRef, Workload};
use crate::world::World;

/// The cert-manager of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// Its version.
    pub version: Version,
    /// The version as it was written, with a pre-release suffix if there is one.
    pub text: String,
    /// The controller's flags; the defaults when only CRDs were there.
    pub flags: ControllerFlags,
    /// The controller's Deployment or Pod, if it was there.
    pub object: Option<ObjectRef>,
    /// The object that told, e.g. `Deployment cert-manager/cert-manager`.
    pub from: String,
    /// What could not be understood, one sentence each.
    pub notes: Vec<String>,
}

/// Finds cert-manager's controller among Deployments, else among Pods, else the version label of its CRDs.
///
/// The chart and the static manifests set the label `app.kubernetes.io/version` on CRDs
/// (`deploy/crds` at every tag since v1.8).
#[must_use]
pub fn detect(world: &World) -> Option<Detected> {
    let deployments = world.deployments().map(|object| (Kind::Deployment, object));
    let pods = world.pods().map(|object| (Kind::Pod, object));
    let running = deployments.chain(pods).filter_map(|(kind, object)| from_workload(kind, object));
    // A Deployment scaled to zero does not run; the first in order of names wins among equals.
    let mut candidates: Vec<(bool, Detected)> = running.collect();
    candidates.sort_by_key(|(idle, _)| *idle);
    let mut found = candidates.into_iter().map(|(_, detected)| detected);
    let Some(mut first) = found.next() else {
        return from_crds(world);
    };
    if let Some(other) = found.find(|other| other.text != first.text) {
        first.notes.push(format!("{} says {}, {} says {}", first.from, first.text, other.from, other.text));
    }
    Some(first)
}

fn from_workload(kind: Kind, object: &Workload) -> Option<(bool, Detected)> {
    let (container, text) = object.containers().iter().find_map(|c| Some((c, controller_version(c)?)))?;
    let version = Version::parse(text).ok()?;
    let mut flags = ControllerFlags::default();
    let refused = flags.set_all(container.args.iter().map(|arg| &**arg));
    let from = format!("{kind} {}", object.metadata.key());
    let notes = refused.into_iter().map(|error| format!("{from}: {error}")).collect();
    // Without the flag cert-manager takes kube-system (rules section 9).
    if !flags.given.contains_key("cluster-resource-namespace") {
        "kube-system".clone_into(&mut flags.cluster_resource_namespace);
    }
    // The chart passes `$(POD_NAMESPACE)`, which the kubelet replaces.
    if flags.cluster_resource_namespace == "$(POD_NAMESPACE)" {
        flags.cluster_resource_namespace = object.metadata.namespace.to_string();
    }
    let idle = object.spec.replicas == Some(0);
    let object = Some(ObjectRef::new(kind, object.metadata.key()));
    Some((idle, Detected { version, text: text.to_owned(), flags, object, from, notes }))
}

/// Whether a Deployment or a Pod runs cert-manager's controller.
#[must_use]
pub fn is_controller(object: &Workload) -> bool {
    object.containers().iter().any(is_controller_container)
}

/// Whether a container runs cert-manager's controller.
#[must_use]
pub fn is_controller_container(container: &Container) -> bool {
    controller_version(container).is_some()
}

/// The tag of an image `…/cert-manager-controller:v1.17.4[@sha256:…]`.
fn controller_version(container: &Container) -> Option<&str> {
    let image = container.image.split('@').next()?;
    let (name, tag) = image.rsplit('/').next()?.split_once(':')?;
    let is_controller = name == "cert-manager-controller" || name.starts_with("cert-manager-controller-");
    is_controller.then_some(tag)
}

fn from_crds(world: &World) -> Option<Detected> {
    world.crds().filter(|crd| &*crd.spec.group == "cert-manager.io").find_map(|crd| {
        let text = crd.metadata.labels.get("app.kubernetes.io/version")?;
        Some(Detected {
            version: Version::parse(text).ok()?,
            text: text.to_owned(),
            flags: ControllerFlags::default(),
            object: None,
            from: format!("CustomResourceDefinition {}", crd.metadata.name),
            notes: vec![
                "The controller itself was not in the input: its flags are assumed to be the defaults.".to_owned(),
            ],
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::object::{CustomResourceDefinition, Object};

    fn deployment(name: &str, replicas: i64, image: &str, args: &[&str]) -> Object {
        let container = serde_json::json!({"name": "c", "image": image, "args": args});
        let spec = serde_json::json!({"replicas": replicas, "template": {"spec": {"containers": [container]}}});
        let json = serde_json::json!({"metadata": {"namespace": "pki", "name": name}, "spec": spec});
        Object::Deployment(Arc::new(serde_json::from_value(json).unwrap()))
    }

    fn world(objects: Vec<Object>) -> World {
        let mut world = World::default();
        for object in objects {
            world.insert(object);
        }
        world
    }

    type Numbers = (u16, u16);

    /// Image, whether it is the controller's, version.
    const IMAGES: [(&str, bool, Option<Numbers>); 8] = [
        ("quay.io/jetstack/cert-manager-controller:v1.17.4", true, Some((17, 4))),
        ("quay.io/jetstack/cert-manager-controller:v1.17.4@sha256:0123", true, Some((17, 4))),
        ("registry:5000/mirror/cert-manager-controller:1.17.4", true, Some((17, 4))),
        ("quay.io/jetstack/cert-manager-controller-arm64:v1.8.2", true, Some((8, 2))),
        ("quay.io/jetstack/cert-manager-webhook:v1.17.4", false, None),
        ("quay.io/jetstack/cert-manager-controller@sha256:0123", false, None),
        ("quay.io/jetstack/cert-manager-controller:latest", true, None),
        ("", false, None),
    ];

    #[test]
    fn the_image_of_the_controller_tells_the_version() {
        for (image, controller, want) in IMAGES {
            let world = world(vec![deployment("cert-manager", 1, image, &[])]);
            assert_eq!(world.deployments().all(is_controller), controller, "{image}");
            let found = detect(&world);
            assert_eq!(found.map(|f| f.version), want.map(|(minor, patch)| Version::v1(minor, patch)), "{image}");
        }
    }

    #[test]
    fn flags_are_read_and_a_running_controller_wins() {
        let args = [
            "--enable-certificate-owner-ref=true",
            "--cluster-resource-namespace=$(POD_NAMESPACE)",
            "--max-certificate-size=x",
        ];
        let objects = vec![
            deployment("a-old", 0, "x/cert-manager-controller:v1.12.3", &[]),
            deployment("b-new", 1, "x/cert-manager-controller:v1.20.3", &args),
        ];
        let found = detect(&world(objects)).unwrap();
        assert_eq!((found.version, &*found.from), (Version::v1(20, 3), "Deployment pki/b-new"));
        assert!(found.flags.certificate_owner_ref);
        assert_eq!(found.flags.cluster_resource_namespace, "pki");
        assert_eq!(found.notes.len(), 2, "the refused flag and the other version: {:?}", found.notes);
    }

    #[test]
    fn crds_tell_the_version_when_nothing_else_does() {
        let json = serde_json::json!({
            "metadata": {"name": "certificates.cert-manager.io", "labels": {"app.kubernetes.io/version": "v1.14.7"}},
            "spec": {"group": "cert-manager.io"},
        });
        let crd: CustomResourceDefinition = serde_json::from_value(json).unwrap();
        let found = detect(&world(vec![Object::Crd(Arc::new(crd))])).unwrap();
        assert_eq!(found.version, Version::v1(14, 7));
        assert_eq!(detect(&World::default()), None);
    }
}
