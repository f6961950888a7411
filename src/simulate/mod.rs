//! A plan carried out on paper: what each step keeps, drops and refuses, and what cert-manager does on the way.
//!
//! The target is a [`World`] that grows object by object, in the order in which Velero or kubectl really create them.
//! After every object the actors look at it: cert-manager's trigger controller (through a [`Judge`]), its issuing
//! controllers, the ingress- and gateway-shim, and the garbage collector. Each judgement looks up the few objects that
//! concern it, so that a plan takes time in proportion to the number of objects.

mod admission;
mod assumptions;
mod backup;
mod carry_out;
mod controller;
mod existing;
mod finish;
mod future;
mod garbage;
mod issuance;
mod judge;
mod kubectl;
mod modify;
mod outcome;
mod phantom;
mod restore;
mod rights;
mod run;
mod shim;
mod shim_update;
mod startup;
#[cfg(test)]
mod tests;
mod velero_restore;
mod whole;

pub(crate) use admission::{read_through_crds, refusal};
pub use judge::{Decision, Judge, Judgement, Policies};
pub use outcome::{
    ControllerDown, DownCause, Fate, FutureBlock, LostClusterIssuers, NewAccount, Phantom, PhantomAct, PutBack,
    SecretWriter, Simulation, TooEarly, origins,
};

pub(crate) use shim::Shim;
pub(crate) use shim_update::needs_update;

use std::collections::BTreeMap;

use crate::object::Object;
use crate::plan::velero::{RestoreOrder, VeleroRelease};
use crate::plan::{Plan, Step};
use crate::release::{ControllerFlags, Release, Version};
use crate::time::Time;
use crate::world::World;

/// The target of a plan, resolved: what the plan document only names.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The release that runs on the target.
    pub release: &'a Release,
    /// The flags of its controller.
    pub flags: &'a ControllerFlags,
    /// The release that wrote the objects, if it is known.
    pub source_version: Option<Version>,
    /// The Velero release that saves and restores.
    pub velero: VeleroRelease,
    /// The order in which it restores, where its server has `--restore-resource-priorities`.
    pub restore_order: Option<RestoreOrder>,
    /// What is in the target before the first step; `None` is an empty cluster.
    pub target: Option<&'a World>,
    /// The objects of the files that `kubectlApply` steps name, in the order of each file.
    pub files: &'a BTreeMap<String, Vec<Object>>,
    /// When the plan runs.
    pub now: Time,
    /// The source is a finished Velero backup: backup steps are skipped (design 3).
    pub backup: Option<FinishedBackup<'a>>,
}

impl<'a> Setting<'a> {
    /// An empty target with this release, and the newest known tools.
    #[must_use]
    pub fn new(release: &'a Release, flags: &'a ControllerFlags, now: Time) -> Self {
        const NO_FILES: &BTreeMap<String, Vec<Object>> = &BTreeMap::new();
        Self {
            release,
            flags,
            source_version: None,
            velero: VeleroRelease::default(),
            restore_order: None,
            target: None,
            files: NO_FILES,
            now,
            backup: None,
        }
    }
}

/// A Velero backup that was made before.
#[derive(Clone, Copy, Debug)]
pub struct FinishedBackup<'a> {
    /// Its name, for Velero's labels.
    pub name: &'a str,
}

/// Carries a plan out, judged by the policies of the target's release.
#[must_use]
pub fn simulate(source: &World, plan: &Plan, setting: &Setting<'_>) -> Simulation {
    let judge = Policies { release: setting.release, flags: setting.flags, now: setting.now };
    simulate_with(source, plan, setting, &judge)
}

/// Carries a plan out with a given [`Judge`].
#[must_use]
pub fn simulate_with(source: &World, plan: &Plan, setting: &Setting<'_>, judge: &dyn Judge) -> Simulation {
    let mut run = run::Run::new(source, setting, judge);
    run.config_maps.clone_from(&plan.config_maps);
    run.comes_along = !plan.steps.iter().any(Step::decides_who_runs);
    run.start_where_it_runs();
    for step in &plan.steps {
        run.carry_out(step);
    }
    run.finish(plan)
}
