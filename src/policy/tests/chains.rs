//! What holds for the table of policies and for the chains of every release.

use super::super::{
    Policy, policies, post_issuance_chain, readiness_alone, readiness_chain, temporary_chain, trigger_chain,
};
use crate::docs::{section, title};
use crate::release::{Version, all};

#[test]
fn the_table_is_sound() {
    let policies = policies();
    assert_eq!(
        &policies[..9].iter().map(|p| p.id).collect::<Vec<_>>()[4..6],
        ["SecretCertificateNameAnnotationsMismatch", "SecretPrivateKeyMismatchesSpec"]
    );
    let mut ids: Vec<&str> = policies.iter().map(|policy| policy.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), policies.len(), "ids are unique");
    for policy in &policies {
        let doc = policy.doc();
        assert!(!title(&doc).is_empty(), "{}", policy.id);
        assert!(
            doc.contains(policy.id) || title(&doc) == "Post-issuance chain",
            "{} is not in its own text",
            policy.id
        );
        for name in ["What", "Why", "Since", "Fix", "Source", "FAQ"] {
            let text = section(&doc, name).unwrap_or_else(|| panic!("{}: no section {name}", policy.id));
            assert!(text.len() > 5, "{}: {name} is empty", policy.id);
        }
        assert!(policy.until.is_none_or(|until| policy.since < until), "{}", policy.id);
        assert!(policy.is_in(policy.since) && !policy.is_in(Version::v1(7, 9)), "{}", policy.id);
        assert!(policy.until.is_none_or(|until| !policy.is_in(until)), "{}", policy.id);
        assert_eq!(policy.is_in(Version::v1(21, 2)), policy.until.is_none(), "{}", policy.id);
    }
}

#[test]
fn every_chain_holds_only_policies_that_its_release_has() {
    for release in all() {
        for chain in [trigger_chain(&release), readiness_chain(&release), post_issuance_chain(&release)] {
            for policy in chain {
                assert!(policy.is_in(release.version), "{} in {}", policy.id, release.version);
            }
        }
        let want = match release.version.minor {
            ..=12 => 7,
            13 if release.version.patch < 2 => 8,
            _ => 9,
        };
        assert_eq!(trigger_chain(&release).len(), want, "{}", release.version);
        let first = trigger_chain(&release).iter().take(3).map(|policy| policy.id);
        assert!(temporary_chain().iter().map(|policy| policy.id).eq(first), "{}", release.version);
        let triggers = |policy: &&Policy| trigger_chain(&release).iter().any(|known| known.id == policy.id);
        let alone = readiness_chain(&release).iter().filter(|policy| !triggers(policy)).map(|policy| policy.id);
        assert!(readiness_alone().iter().map(|policy| policy.id).eq(alone), "{}", release.version);
    }
}
