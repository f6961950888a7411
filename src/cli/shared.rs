//! What every command does first: read the sources, settle the release, its flags and the instant.

use super::args::{Shared, or_live};
use super::exit::UsageError;
use super::progress::load_with_progress;
use crate::object::decode::Texts;
use crate::plan::Wishes;
use crate::policy::{Index, LABELS_SECRETS};
use crate::release::{self, ControllerFlags, Found, Known, Release, Version};
use crate::source::{LiveOptions, Loaded, SourceSpec};
use crate::time::Time;
use crate::verdict::Scene;
use crate::world::World;

/// Reads the sources; the live cluster where none is named.
pub(super) fn read(sources: &[SourceSpec], shared: &Shared) -> Loaded {
    read_with(sources, shared, Texts::Forget)
}

/// [`read`], which may keep the texts of certificates and requests.
pub(super) fn read_with(sources: &[SourceSpec], shared: &Shared, texts: Texts) -> Loaded {
    load_with_progress(or_live(sources), shared, texts)
}

/// What the flags say of the live cluster.
pub(super) fn live_options(shared: &Shared) -> LiveOptions {
    let live = &shared.live;
    let resource_namespace = shared.controller_flag.iter().rev().find(|(name, _)| name == "cluster-resource-namespace");
    LiveOptions {
        kubeconfig: live.kubeconfig.clone(),
        context: live.context.clone(),
        cluster: live.cluster.clone(),
        impersonate: live.as_user.clone(),
        impersonate_groups: live.as_group.clone(),
        namespaces: live.namespace.clone(),
        selector: live.selector.clone().unwrap_or_default(),
        request_timeout: Some(live.request_timeout).filter(|limit| !limit.is_zero()),
        chunk_size: live.chunk_size,
        no_secrets: live.no_secrets,
        events: live.events,
        cluster_resource_namespace: resource_namespace.map(|(_, value)| value.clone()),
        ..LiveOptions::default()
    }
}

/// The release that judges, and how it was found.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    /// The release, with its controller's flags applied.
    pub release: Release,
    /// The flags.
    pub flags: ControllerFlags,
    /// `flag`, `detected` or `default`.
    pub source: &'static str,
    /// What was assumed about it.
    pub assumptions: Vec<String>,
    /// The release that the input's own cluster ran, as far as it can be told.
    pub detected: Option<Version>,
}

/// Settles release and flags. In a plan, what is detected is the source's release; the target's is the flag's, what the plan
/// wishes or the newest (design 3).
pub(super) fn judge(shared: &Shared, world: &World, wishes: Option<&Wishes>) -> anyhow::Result<Judge> {
    let detected = release::detect(world);
    let wished = wishes.and_then(|wishes| wishes.cert_manager);
    let mut assumptions = Vec::new();
    let mut flags = detected.as_ref().map(|d| d.flags.clone()).unwrap_or_default();
    // What the plan file says is as good as a flag, which beats it.
    let (version, source) = match (shared.cert_manager.or(wished), &detected) {
        (Some(version), _) => (version, "flag"),
        (None, Some(detected)) if wishes.is_none() => (detected.version, "detected"),
        _ => (release::newest().version, "default"),
    };
    match (&detected, source) {
        (Some(detected), "detected") => {
            assumptions.push(format!("cert-manager {version} was read from {}.", detected.from));
        }
        (None, _) => assumptions.push(
            "No Deployment of cert-manager was read: its flags are assumed to be the defaults of the Helm chart."
                .to_owned(),
        ),
        (Some(detected), _) => {
            assumptions.push(format!("The controller's flags are those of {}, unless given.", detected.from));
        }
    }
    if source == "default" {
        assumptions.push(format!("No release was given: the newest known, {version}, judges."));
    }
    if world.coverage.only_labelled_secrets {
        // Before, cert-manager did not label what it wrote.
        let which = if version >= LABELS_SECRETS {
            "that no Certificate names (of issuers and keystores)"
        } else {
            "beside them"
        };
        assumptions.push(format!(
            "Every Secret that was read carries the label controller.cert-manager.io/fao: Secrets {which} are taken as left \
             out by that selection, not as missing. Give --complete if the input is all there is."
        ));
    }
    assumptions.extend(detected.iter().flat_map(|detected| detected.notes.iter().cloned()));
    let wished = wishes.into_iter().flat_map(|wishes| &wishes.flags).map(|(name, value)| (name.clone(), value.clone()));
    let given: Vec<(String, String)> = wished.chain(shared.controller_flag.iter().cloned()).collect();
    refuse_unknown_flags(&given, version)?;
    for (name, value) in &given {
        flags.set(name, value).map_err(|error| UsageError(error.to_string()))?;
    }
    assumptions.extend(flags.unknown_to(version).into_iter().map(|(_, unknown)| {
        format!("The controller's {unknown}: {version} would not start with it; here it changes nothing.")
    }));
    let Found { release, note, .. } = release::find(version).map_err(|error| UsageError(error.to_string()))?;
    if let Some(note) = note {
        if note.is_loud() {
            warn(note.to_string().trim_start_matches("WARNING: "));
        }
        assumptions.push(note.to_string());
    }
    Ok(Judge {
        release: release.with_flags(&flags),
        flags,
        source,
        assumptions,
        detected: wishes.and_then(|wishes| wishes.written_by).or_else(|| detected.map(|detected| detected.version)),
    })
}

/// Refuses flags and feature gates that no release has: they are mistyped. A release newer than the newest known may
/// have more of them.
fn refuse_unknown_flags(given: &[(String, String)], version: Version) -> anyhow::Result<()> {
    if version > release::newest().version {
        return Ok(());
    }
    let refuse = |what: &str, name: &str, known: Known| match known {
        Known::Never(meant) => {
            let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            Err(UsageError(format!("no release of cert-manager has the {what} {name}{meant}")))
        }
        _ => Ok(()),
    };
    for (name, value) in given {
        refuse("controller flag", name, release::flag(name, version))?;
        if name == "feature-gates" {
            for gate in value.split(',').filter_map(|gate| Some(gate.split_once('=')?.0.trim())) {
                refuse("feature gate", gate, release::feature_gate(gate, version))?;
            }
        }
    }
    Ok(())
}

/// Says something on stderr that must not be overlooked.
#[allow(clippy::print_stderr, reason = "warnings belong there")]
pub(super) fn warn(text: &str) {
    anstream::eprintln!("warning: {text}");
}

/// A world that was read, under the release that judges it, at the evaluated instant.
pub(super) fn scene<'a>(settled: &'a Judge, loaded: &'a Loaded, index: &'a Index<'a>, shared: &Shared) -> Scene<'a> {
    Scene {
        world: &loaded.world,
        index,
        release: &settled.release,
        flags: &settled.flags,
        now: instant(shared, loaded),
        horizon: shared.horizon,
    }
}

/// The evaluated instant: `--now`, the demo's own, or the present.
pub(super) fn instant(shared: &Shared, loaded: &Loaded) -> Time {
    shared.now.or(loaded.now).unwrap_or_else(|| Time(jiff::Timestamp::now().as_second()))
}
