//! What the rules say of a world: as it stands, after a plan, or after an upgrade.

use reissue_audit::plan::{SourceFacts, TargetFacts, preset};
use reissue_audit::policy::Index;
use reissue_audit::release::{self, ControllerFlags, Release, Version};
use reissue_audit::rule::{Finding, View, findings};
use reissue_audit::simulate::{FinishedBackup, Setting, simulate};
use reissue_audit::source::{VeleroBackup, VeleroFilters, load_bytes};
use reissue_audit::time::{GoDuration, Time};
use reissue_audit::upgrade::{Upgrade, world_after};
use reissue_audit::verdict::{Scene, judge_all, judge_plan};
use reissue_audit::world::World;
use serde_json::Value;

use crate::common::{NOW, list};

/// A world, and how it is looked at.
pub(crate) struct Run {
    pub(crate) objects: Vec<Value>,
    pub(crate) version: &'static str,
    pub(crate) flags: &'static [(&'static str, &'static str)],
    pub(crate) preset: Option<&'static str>,
    /// The world is a finished Velero backup.
    pub(crate) finished: bool,
    /// The resources that the backup leaves out.
    pub(crate) excluded: Option<&'static str>,
    /// The user says that the input is all there is.
    pub(crate) complete: bool,
    /// The release that an upgrade starts from.
    pub(crate) from: Option<&'static str>,
}

impl Run {
    pub(crate) fn on(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn flag(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        self.flags = flags;
        self
    }

    pub(crate) fn restored(mut self, preset: &'static str) -> Self {
        self.preset = Some(preset);
        self
    }

    pub(crate) fn finished(mut self) -> Self {
        self.finished = true;
        self
    }

    pub(crate) fn without(mut self, resource: &'static str) -> Self {
        self.excluded = Some(resource);
        self
    }

    /// What the rules say of an upgrade from another release.
    fn upgraded(&self, from: &str, world: &World, to: &Release, flags: &ControllerFlags) -> Vec<Finding> {
        let from = release::find(Version::parse(from).unwrap()).unwrap().release.with_flags(flags);
        let (now, horizon) = (Time::parse(NOW).unwrap(), GoDuration::hours(168));
        let (index, (after, edits)) = (Index::new(world), world_after(world, &from, to, flags));
        let before = Scene { world, index: &index, release: &from, flags, now, horizon };
        let (judged_before, index) = (judge_all(&before), Index::new(&after));
        let scene = Scene { world: &after, index: &index, release: to, ..before };
        let upgrade = Upgrade { before: &before, judged_before: &judged_before, edits: &edits, pinned: &[] };
        findings(&View::new(&scene, &judge_all(&scene), None, None).upgraded(&upgrade))
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut world = load_bytes("world.json", list(&self.objects).as_bytes()).world;
        world.coverage.complete = self.complete;
        assert!(world.coverage.is_whole(), "{:?}", world.coverage.inputs);
        let mut flags = ControllerFlags::default();
        for (name, value) in self.flags {
            flags.set(name, value).unwrap();
        }
        let release = release::find(Version::parse(self.version).unwrap()).unwrap().release.with_flags(&flags);
        let (now, horizon) = (Time::parse(NOW).unwrap(), GoDuration::hours(168));
        let backup = self.excluded.map(|resource| {
            let filters = VeleroFilters { excluded_resources: vec![resource.into()], ..VeleroFilters::default() };
            VeleroBackup { name: "nightly".into(), filters, ..VeleroBackup::default() }
        });
        let look = |world, simulation| {
            let index = Index::new(world);
            let scene = Scene { world, index: &index, release: &release, flags: &flags, now, horizon };
            let judgements = match simulation {
                None => judge_all(&scene),
                Some(simulation) => judge_plan(&scene, simulation),
            };
            let backup = backup.as_ref().map(|backup| (backup, world));
            findings(&View::new(&scene, &judgements, simulation, backup))
        };
        if let Some(from) = self.from {
            return self.upgraded(from, &world, &release, &flags);
        }
        let Some(name) = self.preset else { return look(&world, None) };
        let source = SourceFacts { location: "world.json".to_owned(), cert_manager: None };
        let plan = preset(name).unwrap().plan(source, TargetFacts::new_cluster(self.version));
        let backup = self.finished.then_some(FinishedBackup { name: "nightly" });
        let setting = Setting { backup, ..Setting::new(&release, &flags, now) };
        let simulation = simulate(&world, &plan, &setting);
        look(&simulation.world, Some(&simulation))
    }
}

/// A world as the newest release sees it.
pub(crate) fn run(objects: Vec<Value>) -> Run {
    Run {
        objects,
        version: "v1.21.2",
        flags: &[],
        preset: None,
        finished: false,
        excluded: None,
        complete: false,
        from: None,
    }
}
