//! Says what cert-manager will do to your certificates after a restore or an upgrade, before anything is touched.
//!
//! Bytes come in ([`source`]), become lean typed objects ([`object`]), are joined into a [`world`], their PKI payloads
//! decoded once ([`pki`], as Go does), judged by the policies of one release ([`release`], [`policy`], [`verdict`]) and by
//! our own rules ([`rule`]). A plan turns one world into another ([`plan`], [`simulate`]) and the same judges look at the
//! result. All of it becomes one frozen [`report::Report`]; a [`config`] and a [`baseline`] set findings apart in it, and
//! renderers only read it. A [`snapshot`] is a world written down.

pub mod baseline;
pub mod cli;
pub mod config;
pub mod coverage;
pub mod damage;
pub mod docs;
pub mod gateway_api;
mod go_base64;
mod go_quote;
mod intern;
mod naming;
pub mod object;
pub mod obstacle;
pub mod pki;
pub mod plan;
pub mod policy;
pub mod release;
pub mod renewals;
pub mod report;
pub mod rule;
mod sentence;
pub mod simulate;
pub mod snapshot;
pub mod source;
pub mod time;
pub mod upgrade;
pub mod verdict;
pub mod verify;
mod wipe;
pub mod world;
pub mod yaml_file;
