//! The end of a simulation: what the target looks like at quiet, and what became of each Certificate.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::garbage::owner_key;
use super::outcome::{LostClusterIssuers, Simulation, origins};
use super::run::Run;
use crate::coverage::Coverage;
use crate::object::ObjectRef;
use crate::object::kind::KINDS;
use crate::object::meta::Condition;
use crate::object::{Certificate, Kind, NamespacedName, Object};
use crate::obstacle::ObstacleReason;
use crate::plan::Plan;

impl Run<'_> {
    /// Takes stock.
    pub(super) fn finish(mut self, plan: &Plan) -> Simulation {
        self.close_issuances();
        self.find_lost();
        self.find_orphaned();
        self.look_ahead();
        self.set_issuer_conditions();
        let phantom = self.phantoms();
        let notes = self.assumptions(plan);
        let lost_cluster_issuers = self.lost_cluster_issuers();
        self.target.coverage = self.coverage();
        Simulation {
            world: self.target,
            fates: self.fates,
            moved: self.moved,
            steps: self.steps,
            phantom,
            controller_down: self.down,
            lost_cluster_issuers,
            new_accounts: self.new_accounts,
            stand_ins: self.stand_ins,
            too_early: self.too_early,
            notes,
        }
    }

    /// ClusterIssuers that a backup step leaves out, or that a finished backup does not hold (A2).
    fn lost_cluster_issuers(&self) -> LostClusterIssuers {
        if self.setting.backup.is_some() {
            let coverage = &self.source.coverage;
            let none = coverage.is_whole() && !coverage.kinds.contains(&Kind::ClusterIssuer);
            return if none { LostClusterIssuers::All } else { LostClusterIssuers::None };
        }
        let left_out = self.tarballs.values().flat_map(|tarball| tarball.left_out.keys());
        let issuers = left_out.filter(|object| object.kind == Kind::ClusterIssuer).map(|object| object.key.clone());
        LostClusterIssuers::Some(issuers.collect())
    }

    /// What no step created does not exist (design 2), except where a step brings objects of the source that were not
    /// read there.
    fn coverage(&self) -> Coverage {
        let whole_backup = self.setting.backup.is_some() && self.source.coverage.is_whole();
        let target = self.setting.target.map(|target| &target.coverage);
        let in_target = |kind: Kind| target.is_none_or(|target| target.was_read(kind));
        let in_source =
            |kind: Kind| whole_backup || !self.brought.contains(&kind) || self.source.coverage.was_read(kind);
        let read = |kind: &Kind| in_target(*kind) && in_source(*kind);
        let kinds: BTreeSet<Kind> = KINDS.iter().map(|row| row.kind).filter(read).collect();
        let resource_namespace = Arc::from(&*self.setting.flags.cluster_resource_namespace);
        let namespaces: BTreeSet<Arc<str>> =
            self.target.inhabited_namespaces().cloned().chain([resource_namespace]).collect();
        let unread = if whole_backup { BTreeSet::new() } else { self.unread(&namespaces) };
        let secret_namespaces = namespaces
            .into_iter()
            .filter(|namespace| {
                let origin = self.origins.get(namespace).unwrap_or(namespace);
                let in_source = whole_backup
                    || !self.brought.contains(&Kind::Secret)
                    || self.source.coverage.secrets_were_read(origin);
                in_source && target.is_none_or(|target| target.secrets_were_read(namespace))
            })
            .collect();
        let brought = !whole_backup && self.brought.contains(&Kind::Secret);
        let only_labelled_secrets = brought && self.source.coverage.only_labelled_secrets;
        Coverage { secret_namespaces, only_labelled_secrets, kinds, unread, ..Coverage::default() }
    }

    /// Where kinds were not read in the source, or in a target that held something, as namespaces of the target.
    fn unread(&self, namespaces: &BTreeSet<Arc<str>>) -> BTreeSet<(Kind, Arc<str>)> {
        let target = self.setting.target.map(|target| &target.coverage.unread);
        let sources = [Some(&self.source.coverage.unread), target];
        let mut unread: BTreeSet<(Kind, Arc<str>)> = sources.into_iter().flatten().flatten().cloned().collect();
        for namespace in namespaces {
            let origin = self.origins.get(namespace).unwrap_or(namespace);
            let there = self.source.coverage.unread.iter().filter(|(_, unread)| unread == origin);
            unread.extend(there.map(|(kind, _)| (*kind, namespace.clone())));
        }
        unread
    }

    fn close_issuances(&mut self) {
        for (key, issuance) in std::mem::take(&mut self.open) {
            let Some(obstacle) = issuance.obstacle.or(issuance.refused) else { continue };
            let event = self.next_event();
            let pending = obstacle.reason == ObstacleReason::ExternalIssuer && self.external_issuers;
            self.tell(&key, event, format!("{}: {}", if pending { "pending" } else { "blocked" }, obstacle.why));
            let fate = self.fates.entry(key).or_default();
            // A restore of everything brings the external issuer along; a kubectl dump of cert-manager's kinds does not.
            *(if pending { &mut fate.pending } else { &mut fate.blocked }) = Some(obstacle);
        }
    }

    fn find_lost(&mut self) {
        // what went on elsewhere is not lost.
        let arrived: BTreeSet<&NamespacedName> = self.moved.values().collect();
        let gone = self.moved.keys().filter(|key| self.target.certificate(key).is_none() && !arrived.contains(key));
        for key in gone {
            self.fates.remove(key);
        }
        for (key, fate) in &mut self.fates {
            let there =
                self.target.certificate(key).is_some() || self.target.broken_object(Kind::Certificate, key).is_some();
            if there {
                continue;
            }
            let absence = self.absent.remove(key);
            fate.lost_line = absence.as_ref().map(|absence| absence.told);
            let why = absence.map_or_else(|| "no step of the plan creates it".to_owned(), |absence| absence.why);
            fate.lost = Some(why);
            fate.blocked = None;
            fate.pending = None;
        }
    }

    /// Rules 6.5: a Certificate that belonged to an Ingress, a Gateway or a ListenerSet and now belongs to nobody.
    fn find_orphaned(&mut self) {
        let (source, origins) = (self.source, origins(&self.moved));
        let orphan = |certificate: &Certificate| {
            let key = certificate.metadata.key();
            let origin = origins.get(&key).copied().unwrap_or(&key);
            let owner = source.certificate(origin)?.metadata.controller()?;
            let kind = Kind::of(&owner.api_version, &owner.kind)?;
            let is_left = matches!(kind, Kind::Ingress | Kind::Gateway | Kind::ListenerSet)
                && certificate.metadata.controller().is_none();
            let owner = is_left.then(|| ObjectRef::new(kind, owner_key(kind, owner, &key.namespace)))?;
            Some((key, owner))
        };
        let certificates: Vec<&Certificate> = self.target.certificates().collect();
        let orphans: Vec<_> = certificates.into_par_iter().filter_map(orphan).collect();
        for (key, owner) in orphans {
            if let Some(fate) = self.fates.get_mut(&key) {
                fate.orphaned_from = Some(owner);
            }
        }
    }

    /// An issuer's status is never restored and always found again (restore rules 9.3).
    fn set_issuer_conditions(&mut self) {
        if !self.running {
            return;
        }
        let conditions: Vec<(Kind, NamespacedName, Condition)> = [Kind::Issuer, Kind::ClusterIssuer]
            .into_iter()
            .flat_map(|kind| self.target.of_kind(kind).map(ObjectRef::of))
            .filter_map(|reference| {
                let issuer = self.issuer(&reference)?;
                let missing = self.ask(|around| around.missing_secret(&reference, issuer));
                let condition = Condition {
                    type_: "Ready".into(),
                    status: if missing.is_none() { "True" } else { "False" }.into(),
                    message: missing.map(|(secret, _)| format!("{secret} is missing").into()).unwrap_or_default(),
                    last_transition_time: Some(self.setting.now),
                    ..Condition::default()
                };
                Some((reference.kind, reference.key, condition))
            })
            .collect();
        for (kind, key, condition) in conditions {
            if let Some(Object::Issuer(issuer) | Object::ClusterIssuer(issuer)) = self.target.get_mut(kind, &key) {
                Arc::make_mut(issuer).status.conditions = vec![condition];
            }
        }
    }
}
