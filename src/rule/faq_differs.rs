//! # faq-differs: the documented rule and the code disagree here
//!
//! ## What
//!
//! A check is violated whose description in cert-manager's FAQ differs from what the code of this release does.
//!
//! ## Why
//!
//! Whoever reads the FAQ expects another outcome. The code decides.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! The FAQ mentions the common name only among the fields of a CertificateRequest; the comparison without a request
//! looks at it, too.
//!
//! ## Fix
//!
//! Nothing to do; believe the verdict.
//!
//! ## Source
//!
//! cert-manager website `content/docs/faq/README.md`, beside `internal/controller/certificates/policies/checks.go`.

use crate::object::Kind;
use crate::policy::faq::differs;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "faq-differs";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some(violation) = &judgement.trigger else { continue };
        let Some(differs) = violation.faq.filter(|faq| differs(faq)) else { continue };
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, "The FAQ and the code differ", differs)
                .part(violation.policy)
                .advice(Effect::Safe, "Nothing to do: the verdict follows the code."),
        );
    }
}
