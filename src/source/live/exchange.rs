//! One request and its answer, made again where that can help.

use std::cell::Cell;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Client;
use kube::client::Body;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::patience::{Patience, Standing};
use crate::coverage::Traffic;
use crate::source::text::append;

/// Whole objects.
pub(super) const OBJECTS: &str = "application/json";

/// Only the metadata of objects (Kubernetes API concepts, "Metadata-only fetches").
pub(super) const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// The connection to an API server, and the books of what went over it.
pub(super) struct Exchange {
    client: Client,
    patience: Patience,
    limit: Option<Duration>,
    requests: Cell<u64>,
    bytes: Cell<u64>,
    standing: Cell<Standing>,
    waited: Cell<Duration>,
}

impl Exchange {
    pub(super) const fn new(client: Client, patience: Patience, limit: Option<Duration>) -> Self {
        let (requests, bytes) = (Cell::new(0), Cell::new(0));
        let (standing, waited) = (Cell::new(Standing::Stranger), Cell::new(Duration::ZERO));
        Self { client, patience, limit, requests, bytes, standing, waited }
    }

    /// What went over the connection so far.
    pub(super) const fn traffic(&self) -> Traffic {
        Traffic { requests: self.requests.get(), bytes: self.bytes.get() }
    }

    /// Gets a path, and makes something of the answer; what makes no sense is asked for again too.
    pub(super) async fn get<T>(
        &self,
        path: &str,
        accept: &'static str,
        understand: impl Fn(Zeroizing<Vec<u8>>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            let failure = match self.answer(path, accept).await.and_then(&understand) {
                Ok(found) => {
                    self.standing.set(Standing::Known);
                    return Ok(found);
                }
                Err(failure) => failure,
            };
            let waited = self.waited.get();
            let Some(pause) = self.patience.pause(tried, &failure, self.standing.get(), waited) else {
                let answered = !failure.is_transient();
                self.standing.set(if answered { Standing::Known } else { Standing::GivenUp });
                return Err(failure);
            };
            self.waited.set(waited + pause);
            tracing::info!(path, %failure, ?pause, "asking again");
            sleep(pause).await;
        }
    }

    async fn answer(&self, path: &str, accept: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self.limit {
            Some(limit) => timeout(limit, self.once(path, accept)).await.unwrap_or(Err(Failure::TimedOut(limit))),
            None => self.once(path, accept).await,
        }
    }

    async fn once(&self, path: &str, accept: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let request = Request::get(path)
            .header(ACCEPT, accept)
            .body(Body::empty())
            .map_err(|error| Failure::Refused { status: 0, message: error.to_string() })?;
        self.requests.set(self.requests.get() + 1);
        tracing::debug!(path, accept, "GET");
        let silence = self.patience.silence;
        let response = timeout(silence, self.client.send(request))
            .await
            .map_err(|_| Failure::TimedOut(silence))?
            .map_err(|error| Failure::Unreachable(innermost(&error)))?;
        let (head, body) = response.into_parts();
        let bytes = self.body(body).await;
        if !head.status.is_success() {
            return Err(refusal(head.status, &head.headers, bytes.as_deref().map_or(&[], Vec::as_slice)));
        }
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("untyped");
        if !content_type.starts_with("application/json") {
            return Err(Failure::NotJson(content_type.to_owned()));
        }
        bytes
    }

    async fn body(&self, mut body: Body) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let silence = self.patience.silence;
        let mut bytes = Zeroizing::new(Vec::new());
        loop {
            let frame = timeout(silence, body.frame()).await.map_err(|_| Failure::TimedOut(silence))?;
            let data = match frame {
                None => return Ok(bytes),
                Some(Err(error)) => {
                    return Err(Failure::CutOff { bytes: bytes.len(), error: innermost(&error) });
                }
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            self.bytes.set(self.bytes.get() + data.len() as u64);
            append(&mut bytes, &data)
                .map_err(|error| Failure::CutOff { bytes: bytes.len(), error: error.to_string() })?;
        }
    }
}

/// What a status that is no success means.
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let said: Option<Status> = serde_json::from_slice(body).ok();
    let message = said.and_then(|status| status.message).unwrap_or_default();
    match status {
        StatusCode::UNAUTHORIZED => Failure::Unauthorized(message),
        StatusCode::FORBIDDEN => Failure::Forbidden(message),
        StatusCode::NOT_FOUND => Failure::NotFound,
        StatusCode::GONE => Failure::Expired,
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
            let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Failure::Unwell { status: status.as_u16(), message, retry_after: seconds.map(Duration::from_secs) }
        }
        status => Failure::Refused { status: status.as_u16(), message },
    }
}

/// The cause that says most: libraries wrap it in words such as "client error (Connect)".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
