//! In which order Velero restores resources, and the flag of its server that changes it.

use super::discovery::resolve;
use super::release::VeleroRelease;
use crate::object::Kind;

/// What stands between the resources that come first and those that come last.
const SEPARATOR: &str = "-";

/// The resources that are restored before and behind all others, as far as objects of these kinds are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreOrder {
    high: Vec<String>,
    low: Vec<String>,
}

impl RestoreOrder {
    /// The order of a release whose server has no flag.
    #[must_use]
    pub fn of(velero: VeleroRelease) -> Self {
        Self { high: velero.high_priorities().iter().map(|&name| name.to_owned()).collect(), low: Vec::new() }
    }

    /// The order under `--restore-resource-priorities`: the flag replaces the sides that it names (Velero
    /// `pkg/types/priority.go@v1.18.1`). The default low list holds no kind that is read here.
    ///
    /// # Errors
    /// Velero's words for a second separator.
    pub fn parse(velero: VeleroRelease, flag: &str) -> Result<Self, String> {
        let mut order = Self::of(velero);
        if flag.is_empty() {
            return Ok(order);
        }
        let names: Vec<&str> = flag.split(',').collect();
        let resolved = |names: &[&str]| names.iter().map(|name| resolve(name, |_| true).text().to_owned()).collect();
        if !velero.has_low_priorities() {
            order.high = resolved(&names);
            return Ok(order);
        }
        let mut parts = names.split(|name| *name == SEPARATOR);
        let (high, low) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if parts.next().is_some() {
            return Err(format!("multiple priority separator {SEPARATOR:?} found"));
        }
        if !high.is_empty() {
            order.high = resolved(high);
        }
        order.low = resolved(low);
        Ok(order)
    }

    /// Where a kind stands in a restore by this release: CRDs first wherever they have a pass of their own, then the
    /// high list, byte order of `plural.group`, and the low list.
    #[must_use]
    pub fn rank(&self, velero: VeleroRelease, kind: Kind) -> (u8, usize, String) {
        let resource = kind.resource();
        let place = |list: &[String]| list.iter().position(|name| *name == resource);
        let (part, place) = match (place(&self.high), place(&self.low)) {
            _ if kind == Kind::Crd && velero.restores_crds_first() => (0, 0),
            (Some(place), _) => (1, place),
            (None, Some(place)) => (3, place),
            (None, None) => (2, 0),
        };
        (part, place, resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds that show the order; in byte order Certificates come before Secrets, and Ingresses before Issuers.
    const KINDS: [Kind; 4] = [Kind::Certificate, Kind::Crd, Kind::Ingress, Kind::Secret];

    #[test]
    fn r53_the_flag_says_what_comes_first_and_last() {
        use Kind::{Certificate, Crd, Ingress, Secret};
        const ROWS: [(&str, Option<&str>, [Kind; 4]); 11] = [
            ("v1.18.1", None, [Crd, Secret, Certificate, Ingress]),
            ("v1.18.1", Some("ingresses"), [Crd, Ingress, Certificate, Secret]),
            ("v1.18.1", Some("ing,cert"), [Crd, Ingress, Certificate, Secret]),
            // A name with a blank is no name.
            ("v1.18.1", Some("ing, secrets"), [Crd, Ingress, Certificate, Secret]),
            ("v1.18.1", Some("secrets,-,certificates.cert-manager.io"), [Crd, Secret, Ingress, Certificate]),
            ("v1.18.1", Some("-,certificates"), [Crd, Secret, Ingress, Certificate]),
            ("v1.18.1", Some("ingresses,-"), [Crd, Ingress, Certificate, Secret]),
            ("v1.18.1", Some(""), [Crd, Secret, Certificate, Ingress]),
            ("v1.9.7", Some("secrets,certificates"), [Crd, Secret, Certificate, Ingress]),
            ("v1.6.3", Some("secrets,customresourcedefinitions"), [Secret, Crd, Certificate, Ingress]),
            ("v1.6.3", Some("secrets"), [Secret, Certificate, Crd, Ingress]),
        ];
        for (velero, flag, expected) in ROWS {
            let velero = VeleroRelease::parse(velero).unwrap();
            let order =
                flag.map_or_else(|| RestoreOrder::of(velero), |flag| RestoreOrder::parse(velero, flag).unwrap());
            let mut sorted = KINDS;
            sorted.sort_by_key(|kind| order.rank(velero, *kind));
            assert_eq!(sorted, expected, "{velero} {flag:?}");
        }
        let twice = RestoreOrder::parse(VeleroRelease::default(), "a,-,b,-");
        assert_eq!(twice.unwrap_err(), "multiple priority separator \"-\" found");
    }
}
