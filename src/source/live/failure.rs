//! What can become of a request.

use std::time::Duration;

/// Why a request gave nothing that can be used. No variant holds anything of an answer but the API server's own message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// 401
    #[error("the API server does not accept the credentials (401): {0}")]
    Unauthorized(String),
    /// 403
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// 404
    #[error("not found (404)")]
    NotFound,
    /// 410: the revision that a continue token speaks of has been compacted away.
    #[error("the list expired on the API server before it was read to its end (410)")]
    Expired,
    /// 429 and 5xx
    #[error("the API server answered {status}{}", after_colon(message))]
    Unwell {
        /// HTTP status.
        status: u16,
        /// The message of the Status object, if there was one.
        message: String,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// Any other status.
    #[error("the API server answered {status}{}", after_colon(message))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The message of the Status object, if there was one.
        message: String,
    },
    /// The time is up.
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The connection ended inside the answer.
    #[error("the answer was cut off after {bytes} bytes ({error})")]
    CutOff {
        /// What had arrived.
        bytes: usize,
        /// What the connection said.
        error: String,
    },
    /// Something that does not speak Kubernetes answered.
    #[error("the answer is {0}, not JSON")]
    NotJson(String),
    /// JSON that is not what was asked for.
    #[error("the answer makes no sense: {0}")]
    Garbage(String),
    /// There was no connection.
    #[error("the API server cannot be reached ({0})")]
    Unreachable(String),
}

fn after_colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl Failure {
    /// Whether asking again can help.
    pub(super) const fn is_transient(&self) -> bool {
        !matches!(
            self,
            Self::Unauthorized(_) | Self::Forbidden(_) | Self::NotFound | Self::Expired | Self::Refused { .. }
        )
    }
}
