//! # controller-cannot-start: cert-manager exits instead of running
//!
//! ## What
//!
//! The controller is told to follow Gateways or ListenerSets while their CRDs are missing, or it is given a flag or a
//! feature gate that its release does not have. Or a restore brings it back without its CRDs, its ServiceAccount,
//! its ClusterRoles, or the Role for its Lease.
//!
//! ## Why
//!
//! It exits, and the kubelet starts it again and again. Until that ends nothing is issued and nothing renewed, and no
//! condition on any Certificate says so. A plan that starts cert-manager before the step that brings the CRDs has
//! everything restored without it.
//!
//! Where only CRDs of cert-manager were read and the input is not said to be complete, the others may not have been asked
//! for: then this is only a possibility, and of medium severity.
//!
//! ## Since
//!
//! All releases: up to 1.14 by the gate ExperimentalGatewayAPISupport, from 1.15 on by `--enable-gateway-api`; ListenerSets
//! since 1.20.
//!
//! ## Example
//!
//! A new cluster gets cert-manager with `--enable-gateway-api` before the Gateway API's CRDs are installed: `the Gateway
//! API CRDs do not seem to be present`.
//!
//! ## Fix
//!
//! Install the CRDs first, or take the flag away. Where cert-manager itself is restored, take cluster-scoped objects and the leader-election
//! namespace along, or install it with its chart.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/context.go`, `cmd/controller/app/options/options.go`; `docs/restores.md`.

use crate::gateway_api::{MissingApi, missing};
use crate::object::kind::CERT_MANAGER_GROUPS;
use crate::object::{Kind, NamespacedName, ObjectRef};
use crate::obstacle::ObstacleReason;
use crate::release;
use crate::simulate::{ControllerDown, DownCause};

use super::View;
use super::finding::{Effect, Finding, Severity};

pub(super) const ID: &str = "controller-cannot-start";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if let Some(simulation) = view.simulation {
        found.extend(simulation.controller_down.iter().map(|down| in_plan(view, down)));
        return;
    }
    let scene = view.scene;
    let detected = release::detect(scene.world);
    let controller = detected.as_ref().and_then(|detected| detected.object.clone());
    let read = crds_read(view).filter(|_| scene.world.gateways().next().is_none());
    if let Some((api, read)) = missing(scene.world, scene.release, scene.flags).zip(read) {
        found.push(without_api(controller.as_ref(), api, read));
    }
    let Some((controller, detected)) = controller.zip(detected) else { return };
    // Another release than the one that runs is only asked about; what it lacks is said under assumptions.
    if detected.version == scene.release.version {
        let unknown = detected.flags.unknown_to(detected.version).into_iter();
        found.extend(unknown.map(|(name, text)| unknown_flag(&controller, name, &text)));
    }
}

/// How much of the cluster's CRDs was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crds {
    /// One that is not there does not exist.
    All,
    /// Some; which others were asked for is not known.
    Some,
}

/// How much of the CRDs was read; `None` where one that is not there tells nothing. Velero saves those of kinds without
/// objects only when asked. `kubectl get crd -l …` may have selected cert-manager's, so that a foreign one must be
/// there to say more.
fn crds_read(view: &View<'_>) -> Option<Crds> {
    let world = view.scene.world;
    let coverage = &world.coverage;
    let is_backup = coverage.source_of_kind("velero").is_some();
    let asked = view.backup.is_some_and(|(backup, _)| backup.filters.holds_all(Kind::Crd));
    if coverage.complete || asked && coverage.is_whole() {
        return Some(Crds::All);
    }
    if is_backup || !coverage.was_read(Kind::Crd) {
        return None;
    }
    let has_foreign = world.crds().any(|crd| !CERT_MANAGER_GROUPS.contains(&&*crd.spec.group));
    Some(if has_foreign { Crds::All } else { Crds::Some })
}

fn without_api(controller: Option<&ObjectRef>, api: MissingApi, read: Crds) -> Finding {
    let crd = ObjectRef::new(Kind::Crd, NamespacedName::cluster(api.crd()));
    let subject = controller.unwrap_or(&crd);
    let (title, severity, doubt) = match read {
        Crds::All => ("cert-manager exits: the Gateway API is missing", Severity::Critical, "The controller then"),
        Crds::Some => (
            "cert-manager may exit: no CRD of the Gateway API was read",
            Severity::Medium,
            "Only CRDs of cert-manager were read, so others may not have been asked for. If it does not exist, the controller",
        ),
    };
    let detail = format!(
        "{} is on, and no CRD that was read serves {} of the Gateway API. {doubt} exits with: {}",
        api.flag,
        api.version,
        api.message()
    );
    Finding::about(subject.kind, &subject.key, title, detail)
        .severity(severity)
        .part(api.crd())
        .evidence("CustomResourceDefinition", format!("{} ({})", api.crd(), api.version), "none")
        .advice(Effect::Safe, "Install the Gateway API's CRDs, or take the flag away.")
}

fn unknown_flag(controller: &ObjectRef, part: &str, text: &str) -> Finding {
    let detail = format!("The {text}. A controller exits on what it does not know, before it does anything.");
    Finding::about(controller.kind, &controller.key, "cert-manager exits: a flag is unknown", detail)
        .part(part)
        .advice(Effect::Safe, "Take the flag or gate away, or correct its name.")
}

fn in_plan(view: &View<'_>, down: &ControllerDown) -> Finding {
    let (severity, until) = match down.until {
        Some(step) => (Severity::Medium, format!("It runs only after step {step}, which brings what it lacks.")),
        None => {
            let never = "No step of the plan brings it: unless the target has it, cert-manager never runs, and nothing is issued.";
            (Severity::Critical, never.to_owned())
        }
    };
    let (title, detail, advice) = match &down.cause {
        DownCause::GatewayApi(api) => (
            "cert-manager exits until the Gateway API is there",
            format!(
                "Step {} starts cert-manager with {} while no CRD serves {} of the Gateway API. It exits with: {} {until}",
                down.step,
                api.flag,
                api.version,
                api.message()
            ),
            "Install the Gateway API's CRDs before cert-manager.".to_owned(),
        ),
        DownCause::Crds => (
            "cert-manager exits until its CRDs are there",
            format!("Step {} starts cert-manager while its CRDs are not installed. {until}", down.step),
            "Install the CRDs of the release before cert-manager.".to_owned(),
        ),
        DownCause::ServiceAccount { name, .. } => (
            "cert-manager comes back without its ServiceAccount",
            format!("In step {} cert-manager comes back, and {}. {until}", down.step, down.cause.why()),
            format!("Take ServiceAccount {name} along, or install cert-manager with its chart instead of restoring it."),
        ),
        DownCause::Roles { .. } => (
            "cert-manager comes back without its ClusterRoles",
            format!("In step {} cert-manager comes back, and {}. {until}", down.step, down.cause.why()),
            "Take cluster-scoped objects along (includeClusterResources: true), or install cert-manager with its chart instead of \
             restoring it."
                .to_owned(),
        ),
        DownCause::Lease { namespace } => (
            "cert-manager never becomes leader",
            format!("In step {} cert-manager comes back, and {}. {until}", down.step, down.cause.why()),
            format!("Take namespace {namespace} along, with its Roles and RoleBindings, or install cert-manager with its chart instead of restoring it."),
        ),
    };
    let missing = down.cause.object();
    let finding =
        Finding::about(missing.kind, &missing.key, title, detail).severity(severity).advice(Effect::Safe, advice);
    let stopped = view.judgements.iter().filter(|judgement| {
        judgement.obstacles.iter().any(|obstacle| obstacle.reason == ObstacleReason::ControllerDown)
    });
    stopped.fold(finding, |finding, judgement| finding.concerning(&judgement.key))
}
