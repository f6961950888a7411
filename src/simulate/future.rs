//! Which later issuance an un-owned request will block, and when (restore rules 9.5.4).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::admission::DEFAULT_DURATION;
use super::outcome::{Fate, FutureBlock};
use super::phantom::is_orphan;
use super::run::Run;
use crate::naming::{request_name, request_prefix, revision_of};
use crate::object::{Certificate, CertificateSpec, NamespacedName};
use crate::time::{NANOS_PER_SECOND, Time};

/// 9999-12-31T23:59:59Z, the last instant that X.509 can name.
const LAST_INSTANT: i64 = 253_402_300_799;

impl Run<'_> {
    /// Fills in [`Fate::blocked_at`] for every Certificate with an un-owned request of a name to come.
    pub(super) fn look_ahead(&mut self) {
        if !self.release.stable_request_names {
            return;
        }
        let mut taken: HashMap<(Arc<str>, Box<str>), BTreeSet<u64>> = HashMap::new();
        for request in self.target.requests().filter(|request| is_orphan(&request.metadata)) {
            if let Some((prefix, revision)) = revision_of(&request.metadata.name) {
                let key = (request.metadata.namespace.clone(), prefix.into());
                taken.entry(key).or_default().insert(revision);
            }
        }
        let certificates: Vec<&Certificate> = self.target.certificates().collect();
        let blocks: Vec<_> = certificates
            .into_par_iter()
            .filter_map(|certificate| {
                let key = certificate.metadata.key();
                let prefix = request_prefix(&key.name).into();
                let revisions = taken.get(&(key.namespace.clone(), prefix))?;
                let fate = self.fates.get(&key)?;
                let block = self.future_block(certificate, fate, revisions)?;
                Some((key, block))
            })
            .collect();
        for (key, block) in blocks {
            if let Some(fate) = self.fates.get_mut(&key) {
                fate.blocked_at = Some(block);
            }
        }
    }

    fn future_block(&self, certificate: &Certificate, fate: &Fate, taken: &BTreeSet<u64>) -> Option<FutureBlock> {
        if fate.blocked.is_some() || fate.lost.is_some() {
            return None;
        }
        let issued = self.revision(&certificate.metadata.key());
        // An issuance that is still pending has its request, and its name, already.
        let first_free = issued + 1 + u64::from(fate.pending.is_some());
        let revision = *taken.range(first_free..).next()?;
        let renewals = revision - issued;
        let metadata = &certificate.metadata;
        Some(FutureBlock {
            revision,
            request: NamespacedName::new(metadata.namespace.clone(), request_name(&metadata.name, revision)),
            renewals,
            date: self.renewal_date(certificate, fate, renewals),
        })
    }

    /// The n-th renewal from now, if every certificate lives as long as the present one.
    fn renewal_date(&self, certificate: &Certificate, fate: &Fate, renewals: u64) -> Option<Time> {
        let fresh = fate.completed > 0 || fate.pending.is_some();
        let (first, period) = if fresh {
            let period = period_of(&certificate.spec);
            (self.setting.now.0.checked_add(period)?, period)
        } else {
            let judgement = self.judge_of(certificate);
            let (renewal, not_before) = (judgement.renewal?, judgement.not_before?);
            (renewal.0, renewal.0.checked_sub(not_before.0)?)
        };
        let later = i64::try_from(renewals.checked_sub(1)?).ok()?.checked_mul(period.max(0))?;
        first.checked_add(later).filter(|seconds| *seconds <= LAST_INSTANT).map(Time)
    }
}

/// Seconds between an issuance and its renewal, by the spec alone (rules 2.9.1).
fn period_of(spec: &CertificateSpec) -> i64 {
    let duration = spec.duration.unwrap_or(DEFAULT_DURATION).0;
    let percentage =
        spec.renew_before_percentage.filter(|p| (1..100).contains(p)).map(|p| duration / 100 * i64::from(p));
    let before = spec.renew_before.map(|d| d.0).filter(|d| (1..duration.max(1)).contains(d)).or(percentage);
    (duration - before.unwrap_or(duration / 3)) / NANOS_PER_SECOND
}
