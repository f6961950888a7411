//! Waves: CAs before what they sign, then by issuer.

use std::collections::BTreeMap;

use super::Renewal;
use crate::object::NamespacedName;
use crate::rule::shell;

/// Certificates that can be renewed at the same time.
#[derive(Clone, Debug, Default)]
pub struct Wave {
    /// By issuer, namespace and name.
    pub renewals: Vec<Renewal>,
}

/// Names on one command line.
const NAMES_PER_COMMAND: usize = 50;

/// Puts renewals in waves: each after that of its CA.
#[must_use]
pub fn waves(renewals: Vec<Renewal>, ca_of: impl Fn(&NamespacedName) -> Option<NamespacedName>) -> Vec<Wave> {
    let parents: BTreeMap<NamespacedName, Option<NamespacedName>> =
        renewals.iter().map(|renewal| (renewal.key.clone(), ca_of(&renewal.key))).collect();
    let mut waves: Vec<Wave> = Vec::new();
    for renewal in renewals {
        let level = level(&parents, &renewal.key);
        if waves.len() <= level {
            waves.resize_with(level + 1, Wave::default);
        }
        if let Some(wave) = waves.get_mut(level) {
            wave.renewals.push(renewal);
        }
    }
    for wave in &mut waves {
        wave.renewals.sort_by(|a, b| (&a.issuer, &a.key).cmp(&(&b.issuer, &b.key)));
    }
    waves.retain(|wave| !wave.renewals.is_empty());
    waves
}

/// How many CAs above a Certificate are renewed too; CAs that sign each other in a circle count once.
fn level(parents: &BTreeMap<NamespacedName, Option<NamespacedName>>, key: &NamespacedName) -> usize {
    let mut level = 0;
    let mut at = key;
    while let Some(Some(ca)) = parents.get(at) {
        if !parents.contains_key(ca) || level >= parents.len() {
            break;
        }
        level += 1;
        at = ca;
    }
    level
}

impl Wave {
    /// The commands that renew it: one per issuer and namespace.
    #[must_use]
    pub fn commands(&self) -> Vec<(String, String)> {
        let same = |a: &Renewal, b: &Renewal| a.issuer == b.issuer && a.key.namespace == b.key.namespace;
        let groups = self.renewals.chunk_by(same).flat_map(|group| group.chunks(NAMES_PER_COMMAND));
        let command = |group: &[Renewal]| {
            let first = group.first()?;
            let names: Vec<String> = group.iter().map(|renewal| shell(&renewal.key.name)).collect();
            let command = format!("cmctl renew -n {} {}", shell(&first.key.namespace), names.join(" "));
            Some((format!("By {}.", first.issuer), command))
        };
        groups.filter_map(command).collect()
    }

    /// The commands that wait for the CAs in it.
    #[must_use]
    pub fn waits(&self) -> Vec<(String, String)> {
        let wait = |renewal: &Renewal| {
            let (namespace, name) = (shell(&renewal.key.namespace), shell(&renewal.key.name));
            let command = format!(
                "kubectl -n {namespace} wait certificate {name} --for=jsonpath='{{.status.revision}}'={} --timeout=10m",
                renewal.revision
            );
            (format!("Go on when CA {} is issued.", renewal.key), command)
        };
        self.renewals.iter().filter(|renewal| renewal.is_ca).map(wait).collect()
    }
}
