//! What the comparison with cert-manager needs on both ways: for fresh cases beside the oracle, and for the committed ones without it.

pub(crate) mod corpus;
pub(crate) mod engine;
pub(crate) mod exceptions;
pub(crate) mod facets;
pub(crate) mod oracle_facets;
pub(crate) mod payloads;
pub(crate) mod question;
pub(crate) mod results;
