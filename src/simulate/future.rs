//! Which later issuance an un-owned request will block (restore rules 9.5.4).

use std::collections::HashMap;

use foldhash::quality::RandomState;
use rayon::prelude::*;

use super::outcome::{Fate, FutureBlock};
use super::phantom::is_orphan;
use super::run::Run;
use crate::naming::{request_name, request_prefix, revision_of};
use crate::object::{Certificate, NamespacedName};

impl Run<'_> {
    /// Fills in [`Fate::blocked_at`] for every Certificate with an un-owned request of a name to come.
    pub(super) fn look_ahead(&mut self) {
        if !self.release.stable_request_names {
            return;
        }
        let mut taken: HashMap<(&str, &str), Vec<u64>, RandomState> = HashMap::default();
        for request in self.target.requests().filter(|request| is_orphan(&request.metadata)) {
            if let Some((prefix, revision)) = revision_of(&request.metadata.name) {
                taken.entry((&*request.metadata.namespace, prefix)).or_default().push(revision);
            }
        }
        let certificates: Vec<&Certificate> = self.target.certificates().collect();
        let blocks: Vec<_> = certificates
            .into_par_iter()
            .filter_map(|certificate| {
                let key = certificate.metadata.key();
                let prefix = request_prefix(&key.name);
                let revisions = taken.get(&(&*key.namespace, &*prefix))?;
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

    fn future_block(&self, certificate: &Certificate, fate: &Fate, taken: &[u64]) -> Option<FutureBlock> {
        if fate.blocked.is_some() || fate.lost.is_some() {
            return None;
        }
        let issued = self.revision(&certificate.metadata.key());
        // An issuance that is still pending has its request, and its name, already.
        let first_free = issued + 1 + u64::from(fate.pending.is_some());
        let revision = *taken.iter().filter(|revision| **revision >= first_free).min()?;
        let renewals = revision - first_free + 1;
        let metadata = &certificate.metadata;
        Some(FutureBlock {
            revision,
            request: NamespacedName::new(metadata.namespace.clone(), request_name(&metadata.name, revision)),
            renewals,
        })
    }
}
