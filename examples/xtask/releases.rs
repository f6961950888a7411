//! Which releases are compared.

/// A release of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
}

/// Why it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The newest patch release of its minor that can be had as a Go module.
    Newest,
    /// Beside a change of a parameter between two patch releases.
    Boundary,
}

const fn newest(name: &'static str) -> Compared {
    Compared { name, role: Role::Newest }
}

const fn boundary(name: &'static str) -> Compared {
    Compared { name, role: Role::Boundary }
}

/// Oldest first. For a new minor: one line, and the line of the minor before it may become a boundary.
pub(crate) const RELEASES: [Compared; 37] = [
    newest("v1.8.2"),
    newest("v1.9.2"),
    newest("v1.10.2"),
    newest("v1.11.5"),
    boundary("v1.12.3"),
    boundary("v1.12.4"),
    boundary("v1.12.7"),
    newest("v1.12.14"),
    boundary("v1.13.1"),
    boundary("v1.13.2"),
    boundary("v1.13.3"),
    boundary("v1.13.4"),
    newest("v1.13.6"),
    boundary("v1.14.2"),
    boundary("v1.14.3"),
    newest("v1.14.7"),
    boundary("v1.15.3"),
    boundary("v1.15.4"),
    newest("v1.15.5"),
    boundary("v1.16.0"),
    boundary("v1.16.2"),
    boundary("v1.16.3"),
    newest("v1.16.5"),
    boundary("v1.17.0"),
    newest("v1.17.4"),
    boundary("v1.18.2"),
    boundary("v1.18.3"),
    boundary("v1.18.5"),
    newest("v1.18.6"),
    boundary("v1.19.0"),
    boundary("v1.19.1"),
    newest("v1.19.5"),
    boundary("v1.20.0"),
    newest("v1.20.3"),
    boundary("v1.21.0"),
    boundary("v1.21.1"),
    newest("v1.21.2"),
];

/// The newest release and two others; each newest patch release has its turn within a week or two.
pub(crate) fn of_day(day: usize) -> Vec<&'static str> {
    let newest = |compared: &&Compared| compared.role == Role::Newest;
    let mut all: Vec<&str> = RELEASES.iter().filter(newest).map(|compared| compared.name).collect();
    let last = all.pop();
    let two = [2 * day, 2 * day + 1].map(|turn| all[turn % all.len()]);
    last.into_iter().chain(two).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reissue_audit::release::{Version, find_text, newest};

    use super::*;

    #[test]
    fn the_table_names_releases_in_order_and_one_newest_of_each_minor() {
        let versions: Vec<Version> = RELEASES.iter().map(|row| Version::parse(row.name).unwrap()).collect();
        assert!(versions.is_sorted());
        for row in RELEASES {
            assert_eq!(find_text(row.name).unwrap().release.version.to_string(), row.name);
        }
        let newest_of: Vec<u16> = RELEASES
            .iter()
            .zip(&versions)
            .filter(|(row, _)| row.role == Role::Newest)
            .map(|(_, version)| version.minor)
            .collect();
        assert_eq!(newest_of, (8..=newest().version.minor).collect::<Vec<_>>());
    }

    #[test]
    fn every_minor_has_its_day() {
        let seen: BTreeSet<&str> = (0..14).flat_map(of_day).collect();
        assert_eq!(seen.len(), RELEASES.iter().filter(|row| row.role == Role::Newest).count());
        assert!((0..14).all(|day| of_day(day).iter().collect::<BTreeSet<_>>().len() == 3));
    }
}
