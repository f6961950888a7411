//! # controller-cannot-start: cert-manager exits instead of running
//!
//! ## What
//!
//! The controller is told to follow Gateways or ListenerSets while their CRDs are missing, or it is given a flag or a
//! feature gate that its release does not have.
//!
//! ## Why
//!
//! It exits, and the kubelet starts it again and again. Until that ends nothing is issued and nothing renewed, and no
//! condition on any Certificate says so. A plan that starts cert-manager before the step that brings the CRDs has
//! everything restored without it.
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
//! Install the CRDs first, or take the flag away.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/context.go`, `cmd/controller/app/options/options.go`; corrections-restores B6.

use crate::gateway_api::{MissingApi, missing};
use crate::object::{Kind, NamespacedName, ObjectRef};
use crate::release;
use crate::simulate::ControllerDown;

use super::View;
use super::finding::{Effect, Finding, Severity};

pub(super) const ID: &str = "controller-cannot-start";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if let Some(simulation) = view.simulation {
        found.extend(simulation.controller_down.iter().map(in_plan));
        return;
    }
    let scene = view.scene;
    let detected = release::detect(scene.world);
    let controller = detected.as_ref().and_then(|detected| detected.object.clone());
    let is_proven = all_crds_were_read(view) && scene.world.gateways().next().is_none();
    if let Some(api) = missing(scene.world, scene.release, scene.flags).filter(|_| is_proven) {
        found.push(without_api(controller.as_ref(), api));
    }
    let Some((controller, detected)) = controller.zip(detected) else { return };
    // Another release than the one that runs is only asked about; what it lacks is said under assumptions.
    if detected.version == scene.release.version {
        let unknown = detected.flags.unknown_to(detected.version).into_iter();
        found.extend(unknown.map(|(name, text)| unknown_flag(&controller, name, &text)));
    }
}

/// Whether a CRD that is not there does not exist: Velero saves those of kinds without objects only when asked.
fn all_crds_were_read(view: &View<'_>) -> bool {
    let coverage = &view.scene.world.coverage;
    let is_backup = coverage.inputs.iter().any(|input| input.kind.starts_with("velero"));
    let asked = view.backup.is_some_and(|(backup, _)| backup.filters.holds_all(Kind::Crd));
    coverage.was_read(Kind::Crd) && (coverage.complete || !is_backup || asked)
}

fn without_api(controller: Option<&ObjectRef>, api: MissingApi) -> Finding {
    let crd = ObjectRef::new(Kind::Crd, NamespacedName::cluster(api.crd()));
    let subject = controller.unwrap_or(&crd);
    let detail = format!(
        "{} is on, and no CRD that was read serves {} of the Gateway API. The controller then exits with: {}",
        api.flag,
        api.version,
        api.message()
    );
    Finding::about(subject.kind, &subject.key, "cert-manager exits: the Gateway API is missing", detail)
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

fn in_plan(down: &ControllerDown) -> Finding {
    let (severity, until) = match down.until {
        Some(step) => (Severity::Medium, format!("It runs only after step {step}, which brings them.")),
        None => (Severity::Critical, "No step of the plan brings them: it never runs, and nothing is issued.".to_owned()),
    };
    let detail = format!(
        "Step {} starts cert-manager with {} while no CRD serves {} of the Gateway API. It exits with: {} {until}",
        down.step,
        down.api.flag,
        down.api.version,
        down.api.message()
    );
    let crd = NamespacedName::cluster(down.api.crd());
    Finding::about(Kind::Crd, &crd, "cert-manager exits until the Gateway API is there", detail)
        .severity(severity)
        .advice(Effect::Safe, "Install the Gateway API's CRDs before cert-manager.")
}
