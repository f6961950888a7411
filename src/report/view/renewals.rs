//! Renewals as a reader sees them.

use serde::Serialize;

use super::Limits;
use super::plan::Command;
use crate::report::model;

#[derive(Serialize)]
pub(super) struct Renewals<'a> {
    waves: Vec<Wave<'a>>,
    not_now: Vec<Waiting<'a>>,
    not_now_more: usize,
    perhaps: Vec<Perhaps<'a>>,
    perhaps_more: usize,
}

#[derive(Serialize)]
struct Wave<'a> {
    index: usize,
    why: &'a str,
    ca_calls: usize,
    keys_rotate: usize,
    certificates: Vec<Certificate<'a>>,
    more: usize,
    commands: Vec<Command<'a>>,
}

#[derive(Serialize)]
struct Certificate<'a> {
    name: String,
    issuer: &'a str,
    key: &'static str,
    why: String,
}

#[derive(Serialize)]
struct Waiting<'a> {
    name: String,
    why: &'a str,
}

#[derive(Serialize)]
struct Perhaps<'a> {
    name: String,
    fields: &'a [String],
}

impl<'a> Renewals<'a> {
    pub(super) fn new(renewals: &'a model::Renewals, limits: &Limits) -> Self {
        let full_name = |namespace: &str, name: &str| format!("{namespace}/{name}");
        let certificate = |entry: &'a model::Renewing| Certificate {
            name: full_name(&entry.namespace, &entry.name),
            issuer: &entry.issuer,
            key: entry.key,
            why: entry.reasons.iter().map(|reason| &*reason.text).collect::<Vec<_>>().join(" "),
        };
        let wave = |wave: &'a model::RenewalWave| Wave {
            index: wave.index,
            why: &wave.why,
            ca_calls: wave.ca_calls,
            keys_rotate: wave.keys_rotate,
            certificates: wave.certificates.iter().take(limits.entries).map(certificate).collect(),
            more: wave.certificates.len().saturating_sub(limits.entries),
            commands: wave.commands.iter().map(Command::new).collect(),
        };
        let waiting =
            |held: &'a model::Waiting| Waiting { name: full_name(&held.namespace, &held.name), why: &held.why };
        let perhaps = |entry: &'a model::Perhaps| Perhaps {
            name: full_name(&entry.namespace, &entry.name),
            fields: &entry.fields,
        };
        Self {
            waves: renewals.waves.iter().map(wave).collect(),
            not_now: renewals.not_now.iter().take(limits.entries).map(waiting).collect(),
            not_now_more: renewals.not_now.len().saturating_sub(limits.entries),
            perhaps: renewals.perhaps.iter().take(limits.entries).map(perhaps).collect(),
            perhaps_more: renewals.perhaps.len().saturating_sub(limits.entries),
        }
    }
}
