//! What the objects tell about what was seen: cert-manager's Events, why a surprise came about, who is stuck or orphaned.

use std::collections::HashMap;

use super::{Change, Observed, Prediction, Side, fits};
use crate::object::{Certificate, Event, Kind, ObjectMeta};
use crate::policy::gather::secret_key;
use crate::time::Time;
use crate::verdict::{Judgement, Verdict};

/// An Event in cert-manager's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// When it was seen last.
    pub at: Option<Time>,
    /// `Normal` or `Warning`.
    pub kind: Box<str>,
    /// What it is about, e.g. `Certificate web`.
    pub about: String,
    /// The reason.
    pub reason: Box<str>,
    /// The sentence.
    pub message: Box<str>,
}

impl Quote {
    /// The Event in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let at = self.at.map_or_else(String::new, |at| format!(" at {at}"));
        format!("Event{at} of {}, {}: {}", self.about, self.reason, self.message)
    }
}

/// What is told about one Certificate beside what was seen of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// cert-manager's Events since it began, newest last.
    pub events: Vec<Quote>,
    /// Why it is not as foretold, as far as the objects tell; empty where it is as foretold.
    pub explained: Vec<String>,
    /// What keeps it from getting a certificate.
    pub stuck: Option<String>,
    /// The Ingress, Gateway or ListenerSet that it followed before and follows no longer.
    pub orphaned: Option<String>,
}

/// So many Events of a Certificate are quoted, the newest.
const QUOTED: usize = 8;

/// What lies between two pictures.
#[derive(Clone, Debug)]
pub struct Between<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    /// The Events since it began, by namespace, kind and name of what they are about.
    events: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Event>>,
}

impl<'a> Between<'a> {
    /// Looks at two pictures; `began` is when what lies between them began, as far as known.
    #[must_use]
    pub fn new(before: &'a Side<'a>, after: &'a Side<'a>, began: Option<Time>) -> Self {
        let is_old = |event: &Event| event.last_timestamp.zip(began).is_some_and(|(at, began)| at < began);
        let mut events: HashMap<_, Vec<&Event>> = HashMap::new();
        for event in after.world.events().filter(|event| !is_old(event)) {
            let object = &event.involved_object;
            events.entry((&*object.namespace, &*object.kind, &*object.name)).or_default().push(event);
        }
        Self { before, after, events }
    }

    /// Tells what the objects know of a Certificate.
    #[must_use]
    pub fn account(&self, judgement: &Judgement, seen: &Observed, foretold: Option<&Prediction>) -> Account {
        let key = &judgement.key;
        let (old, new) = (self.before.world.certificate(key), self.after.world.certificate(key));
        let events = self.events(old.or(new));
        let surprise = foretold.filter(|foretold| !fits(foretold.verdict, seen));
        let explained = surprise.map(|foretold| self.explain(foretold, seen, old, new, judgement)).unwrap_or_default();
        let stuck = judgement.obstacles.first().filter(|_| judgement.verdict == Verdict::Blocked);
        Account {
            events,
            explained,
            stuck: stuck.map(|obstacle| obstacle.why.clone()),
            orphaned: old.zip(new).and_then(|(old, new)| self.orphaned(&old.metadata, &new.metadata)),
        }
    }

    /// cert-manager's Events about a Certificate and its requests, since it began.
    fn events(&self, certificate: Option<&Certificate>) -> Vec<Quote> {
        let Some(certificate) = certificate else { return Vec::new() };
        let metadata = &certificate.metadata;
        let about = |kind, name| self.events.get(&(&*metadata.namespace, kind, name)).into_iter().flatten().copied();
        let mut events: Vec<&Event> = about("Certificate", &*metadata.name).collect();
        for request in self.after.world.requests_named_for(certificate) {
            events.extend(about("CertificateRequest", &*request.metadata.name));
        }
        events.sort_by_key(|event| event.last_timestamp);
        let newest = events.split_off(events.len().saturating_sub(QUOTED));
        let quote = |event: &Event| Quote {
            at: event.last_timestamp,
            kind: event.type_.clone(),
            about: format!("{} {}", event.involved_object.kind, event.involved_object.name),
            reason: event.reason.clone(),
            message: event.message.clone(),
        };
        newest.into_iter().map(quote).collect()
    }

    /// Whether the owner that the shim looks for is there, before and after (rules 6.5).
    fn orphaned(&self, old: &ObjectMeta, new: &ObjectMeta) -> Option<String> {
        let shims = [Kind::Ingress, Kind::Gateway, Kind::ListenerSet];
        let owner = old.controller().filter(|owner| shims.iter().any(|kind| *kind.row().name == *owner.kind))?;
        let name = format!("{} {}/{}", owner.kind, old.namespace, owner.name);
        match new.controller() {
            None => Some(format!("{name} owned it before; it has no owner now")),
            Some(now) => {
                let kind = shims.into_iter().find(|kind| *kind.row().name == *now.kind)?;
                let there = self.after.world.of_kind(kind).find(|object| {
                    let metadata = object.metadata();
                    metadata.namespace == new.namespace && metadata.name == now.name
                })?;
                (there.metadata().uid != now.uid)
                    .then(|| format!("{name} has another uid than the one that its owner reference names"))
            }
        }
    }

    /// Every reason that the objects give for what was not foretold.
    fn explain(
        &self,
        foretold: &Prediction,
        seen: &Observed,
        old: Option<&Certificate>,
        new: Option<&Certificate>,
        judgement: &Judgement,
    ) -> Vec<String> {
        let mut told = Vec::new();
        if let (Some(old), Some(new)) = (old, new) {
            told.extend(edited(old, new));
            if seen.change == Change::Reissued {
                told.extend(self.why_issued(old, new, seen));
            }
        }
        match (seen.change, foretold.verdict) {
            (Change::Lost, _) => told.extend(old.and_then(|old| self.why_lost(old))),
            (Change::Same, Verdict::ReissueNow | Verdict::InProgress) => told.push(why_kept(judgement)),
            (Change::Pending, _) => told.extend(why_waiting(judgement)),
            (Change::Reissued, Verdict::Blocked) => {
                told.push("What was to keep it from being issued does not stand in the way any more.".to_owned());
            }
            (_, Verdict::Lost) => {
                told.push("It was there at the end, or came back: something else than the plan made it.".to_owned())
            }
            _ => {}
        }
        told
    }

    fn why_issued(&self, old: &Certificate, new: &Certificate, seen: &Observed) -> Vec<String> {
        let mut told = Vec::new();
        let due = self.before.renewal_time(old);
        if let Some((due, at)) = due.zip(seen.at).filter(|(due, at)| at >= due) {
            told.push(format!("Its renewal fell due at {due}, and it was issued at {at}."));
        }
        let secret = self.after.world.secret(&secret_key(new)).and_then(|secret| secret.metadata.creation_timestamp);
        if let Some((secret, certificate)) = secret.zip(new.metadata.creation_timestamp).filter(|(s, c)| s > c) {
            told.push(format!(
                "Its Secret was created at {secret}, after the Certificate at {certificate}: in between cert-manager saw no Secret."
            ));
        }
        if seen.request.is_none() && seen.issued_for.is_none() {
            told.push(
                "No CertificateRequest of this Certificate has the new key: the Secret may have been written by somebody else, or \
                 the request was deleted."
                    .to_owned(),
            );
        }
        told
    }

    fn why_lost(&self, old: &Certificate) -> Option<String> {
        let owner = old.metadata.controller()?;
        let there = self.after.world.iter().any(|object| object.metadata().uid == owner.uid);
        (!there).then(|| {
            format!(
                "{} {} with the uid that its owner reference named is not there: the garbage collector may have deleted it.",
                owner.kind, owner.name
            )
        })
    }
}

/// The fields of the spec that somebody changed in between.
fn edited(old: &Certificate, new: &Certificate) -> Option<String> {
    let value = |certificate: &Certificate| serde_json::to_value(&certificate.spec).unwrap_or_default();
    let (was, is) = (value(old), value(new));
    let fields = is.as_object().into_iter().flatten().filter(|(field, value)| was.get(*field) != Some(*value));
    let fields: Vec<String> = fields.map(|(field, _)| format!("spec.{field}")).collect();
    (!fields.is_empty()).then(|| format!("Its spec was changed in between: {}.", fields.join(", ")))
}

/// A certificate that was to be replaced and is still there.
fn why_kept(judgement: &Judgement) -> String {
    match judgement.verdict {
        Verdict::ReissueNow => {
            "It is still to be re-issued: cert-manager has not looked at it, or does not run.".to_owned()
        }
        Verdict::ReissueLater => judgement.because.to_string(),
        Verdict::Blocked | Verdict::InProgress => judgement.because.to_string(),
        _ => "What was foretold to be found wrong is not wrong as things stand now.".to_owned(),
    }
}

fn why_waiting(judgement: &Judgement) -> Option<String> {
    judgement.obstacles.first().map(|obstacle| format!("It cannot get a certificate: {}.", obstacle.why))
}
