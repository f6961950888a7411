//! A live cluster, read through its API server with nothing but GET and LIST.
//!
//! Lists come page by page, and each page is cut up and decoded like a dump while the next one is on its way. What was
//! refused, cut off or came from something else than an API server is a problem of the coverage by name; no list is
//! ever shorter than the cluster in silence. Which Secrets are asked for stands in [`secrets`], what happens when objects
//! change meanwhile in [`recheck`].

mod client;
mod collection;
mod detection;
mod discovery;
mod events;
mod exchange;
mod failure;
mod intake;
mod list;
mod page;
mod patience;
mod proxy;
mod reader;
mod recheck;
mod secrets;

use std::path::PathBuf;
use std::time::Duration;

pub use patience::Patience;

use super::collector::Collector;
use crate::coverage::Impact;
use crate::object::Kind;
use client::connect;
use exchange::Exchange;
use reader::Reader;

const CERT_MANAGER: &str = "cert-manager.io";
const ACME: &str = "acme.cert-manager.io";
const GATEWAY: &str = "gateway.networking.k8s.io";

/// What is read before the Certificates, in this order; of several groups the first that is served.
const AROUND: [(Kind, &[&str]); 7] = [
    (Kind::Issuer, &[CERT_MANAGER]),
    (Kind::ClusterIssuer, &[CERT_MANAGER]),
    (Kind::Order, &[ACME]),
    (Kind::Challenge, &[ACME]),
    (Kind::Ingress, &["networking.k8s.io", "extensions"]),
    (Kind::Gateway, &[GATEWAY]),
    (Kind::ListenerSet, &[GATEWAY, "gateway.networking.x-k8s.io"]),
];

/// Which cluster is read, and how (kubectl's own flags).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// `--kubeconfig`; `KUBECONFIG`, `~/.kube/config` or the service account of the Pod if not given.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`
    pub context: Option<String>,
    /// `--cluster`
    pub cluster: Option<String>,
    /// `--as`
    pub impersonate: Option<String>,
    /// `--as-group`
    pub impersonate_groups: Vec<String>,
    /// `-n`; all namespaces if empty.
    pub namespaces: Vec<String>,
    /// `-l`: which Certificates are read; all if empty.
    pub selector: String,
    /// `--request-timeout`: the longest that one try of a request may take.
    pub request_timeout: Option<Duration>,
    /// `--chunk-size`: objects on a page; 0 for all on one.
    pub chunk_size: u32,
    /// `--no-secrets`
    pub no_secrets: bool,
    /// Whether Events about Certificates and their requests are read.
    pub events: bool,
    /// Where ClusterIssuers have their Secrets, if the user says so; else as the controller's Deployment tells.
    pub cluster_resource_namespace: Option<String>,
    /// How long a cluster is waited for.
    pub patience: Patience,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            cluster: None,
            impersonate: None,
            impersonate_groups: Vec::new(),
            namespaces: Vec::new(),
            selector: String::new(),
            request_timeout: None,
            chunk_size: 500,
            no_secrets: false,
            events: false,
            cluster_resource_namespace: None,
            patience: Patience::default(),
        }
    }
}

/// Reads a cluster.
pub(super) fn read(options: &LiveOptions, collector: &mut Collector<'_>) {
    let fails = |collector: &mut Collector<'_>, message: String| {
        collector.problem("live".to_owned(), message, Impact::Missing);
    };
    // The connection is served by a thread of its own, so that a page comes in while the one before is cut up.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fails(collector, format!("cannot begin: {error}")),
    };
    // A client starts tasks of its own.
    let _guard = runtime.enter();
    let connected = match runtime.block_on(connect(options)) {
        Ok(connected) => connected,
        Err(error) => return fails(collector, error.to_string()),
    };
    collector.located(&connected.name);
    let exchange = Exchange::new(connected.client, options.patience, options.request_timeout);
    let mut reader = Reader::new(&runtime, &exchange, options, collector);
    reader.run(&connected.namespace);
    collector.went_over_the_wire(exchange.traffic());
}
