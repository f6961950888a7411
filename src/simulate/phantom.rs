//! Requests, Orders and Challenges that were restored without owner and status (rules 7.4, restore rules 9.5).

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::outcome::{Phantom, PhantomAct};
use super::run::Run;
use crate::naming::order_prefix;
use crate::object::ObjectRef;
use crate::object::issuer::IssuerType;
use crate::object::{CertificateRequest, Kind, NamespacedName, ObjectMeta, ObjectReference};
use crate::obstacle::issuer_ref;

/// Annotation that names the temporary Secret with the key of a request.
const PRIVATE_KEY_SECRET: &str = "cert-manager.io/private-key-secret-name";

impl Run<'_> {
    /// What cert-manager does with each of them until quiet.
    pub(super) fn phantoms(&self) -> Vec<Phantom> {
        let orders: BTreeSet<NamespacedName> = self
            .target
            .orders()
            .filter_map(|order| {
                let (prefix, hash) = order.metadata.name.rsplit_once('-')?;
                let hashed = !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_digit());
                hashed.then(|| NamespacedName::new(order.metadata.namespace.clone(), prefix))
            })
            .collect();
        let requests: Vec<_> = self.target.requests().filter(|o| is_orphan(&o.metadata) && !is_settled(o)).collect();
        let of_request = |request: &CertificateRequest| {
            let (act, text) = self.request(request, &orders);
            phantom(Kind::CertificateRequest, &request.metadata, act, text)
        };
        let mut phantoms: Vec<Phantom> = requests.into_par_iter().map(of_request).collect();
        let placed = self.target.orders().filter(|o| is_orphan(&o.metadata) && !o.status.has_url).map(|order| {
            let (act, text) = match self.usable(&order.spec.issuer_ref, &order.metadata.namespace) {
                Ok(_) => (
                    PhantomAct::AsksAgain,
                    "it has no status.url any more: a new order is placed at the ACME server and finalised, and no \
                     Certificate uses the result"
                        .to_owned(),
                ),
                Err(why) => (PhantomAct::Waits, why),
            };
            phantom(Kind::Order, &order.metadata, act, text)
        });
        let challenges =
            self.target.challenges().filter(|o| is_orphan(&o.metadata) && o.status.state.is_empty()).map(|challenge| {
                let (act, text) = match self.usable(&challenge.spec.issuer_ref, &challenge.metadata.namespace) {
                    Ok(_) => (
                        PhantomAct::Scheduled,
                        "it is scheduled and asks the ACME server about its old authorization; it stays as an orphan"
                            .to_owned(),
                    ),
                    Err(why) => (PhantomAct::Waits, why),
                };
                phantom(Kind::Challenge, &challenge.metadata, act, text)
            });
        phantoms.extend(placed.chain(challenges));
        phantoms
    }

    fn request(&self, request: &CertificateRequest, orders: &BTreeSet<NamespacedName>) -> (PhantomAct, String) {
        let metadata = &request.metadata;
        let issuer = match self.usable(&request.spec.issuer_ref, &metadata.namespace) {
            Ok(issuer) => issuer,
            Err(why) => return (PhantomAct::Waits, why),
        };
        match issuer {
            IssuerType::SelfSigned if !self.has_private_key(metadata) => (
                PhantomAct::Waits,
                "a self-signed request needs the temporary Secret with its key, which is gone: it stays pending \
                 (MissingSecret)"
                    .to_owned(),
            ),
            IssuerType::Acme
                if orders.contains(&NamespacedName::new(metadata.namespace.clone(), order_prefix(&metadata.name))) =>
            {
                (
                    PhantomAct::Waits,
                    "its Order was restored too and does not belong to it: it never becomes Ready (found Order \
                     resource not owned by this CertificateRequest)"
                        .to_owned(),
                )
            }
            IssuerType::Acme => (
                PhantomAct::AsksAgain,
                "it is approved and a new ACME order is placed for it; no Certificate uses the result".to_owned(),
            ),
            _ => (PhantomAct::AsksAgain, "it is approved and signed again; no Certificate uses the result".to_owned()),
        }
    }

    fn has_private_key(&self, metadata: &ObjectMeta) -> bool {
        metadata.annotations.get(PRIVATE_KEY_SECRET).is_some_and(|name| {
            let key = NamespacedName::new(metadata.namespace.clone(), name);
            self.target.secret(&key).is_some_and(|secret| secret.has("tls.key"))
        })
    }

    /// The type of an issuer that can sign, or why it cannot.
    fn usable(&self, reference: &ObjectReference, namespace: &str) -> Result<IssuerType, String> {
        let Some(issuer_ref) = issuer_ref(reference, namespace) else {
            return Err(format!("it waits for the external issuer {}.{}", reference.kind, reference.group));
        };
        let issuer =
            self.issuer(&issuer_ref).ok_or_else(|| format!("it waits for {issuer_ref}, which does not exist"))?;
        match self.ask(|around| around.missing_secret(&issuer_ref, issuer)) {
            Some((secret, _)) => Err(format!("{issuer_ref} lacks {secret}: it waits")),
            None => Ok(issuer.issuer_type()),
        }
    }
}

/// Whether a request came with a status that says that it is done with (R-35, rules 6.1).
fn is_settled(request: &CertificateRequest) -> bool {
    request.is("Ready") || request.is("Denied") || request.is("InvalidRequest") || request.status.failure_time.is_some()
}

/// Whether nobody controls an object: Velero never restores owners.
pub(super) fn is_orphan(metadata: &ObjectMeta) -> bool {
    metadata.controller().is_none()
}

fn phantom(kind: Kind, metadata: &ObjectMeta, act: PhantomAct, text: String) -> Phantom {
    Phantom { object: ObjectRef::new(kind, metadata.key()), act, text }
}
