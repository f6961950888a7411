//! From kubectl's flags and files to a client.

use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::LiveOptions;
use super::proxy::proxy;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// The kubeconfig cannot be used.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(#[source] kube::config::KubeconfigError),
    /// Neither a kubeconfig nor a service account.
    #[error("no cluster is known: {0}")]
    Nothing(#[source] kube::config::KubeconfigError),
    /// The proxy is no URL.
    #[error("the proxy cannot be used: {0}")]
    Proxy(#[source] http::uri::InvalidUri),
    /// No client can be made of it.
    #[error("the kubeconfig cannot be used: {0}")]
    Client(#[source] kube::Error),
}

/// A cluster, and what to call it.
pub(super) struct Connected {
    /// The client.
    pub(super) client: Client,
    /// Context and address, for people.
    pub(super) name: String,
    /// The namespace of the context.
    pub(super) namespace: String,
}

/// Finds the cluster as kubectl does: `--kubeconfig`, `KUBECONFIG`, `~/.kube/config`; inside a Pod its service account.
pub(super) async fn connect(options: &LiveOptions) -> Result<Connected, ClientError> {
    let (mut config, context) = configuration(options).await?;
    config.connect_timeout = Some(CONNECT);
    // Requests are made again by `exchange`, which counts and tells.
    config.default_retry = false;
    if let Some(user) = &options.impersonate {
        config.auth_info.impersonate = Some(user.clone());
    }
    if !options.impersonate_groups.is_empty() {
        config.auth_info.impersonate_groups = Some(options.impersonate_groups.clone());
    }
    let address = config.cluster_url.to_string();
    let address = address.trim_end_matches('/');
    let name = match context {
        Some(context) => format!("live (context {context}, {address})"),
        None => format!("live ({address})"),
    };
    let namespace = config.default_namespace.clone();
    let client = Client::try_from(config).map_err(ClientError::Client)?;
    Ok(Connected { client, name, namespace })
}

async fn configuration(options: &LiveOptions) -> Result<(Config, Option<String>), ClientError> {
    let wanted = KubeConfigOptions { context: options.context.clone(), cluster: options.cluster.clone(), user: None };
    let asked = options.kubeconfig.is_some() || wanted.context.is_some() || wanted.cluster.is_some();
    let read = match &options.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = match read {
        Ok(file) => file,
        Err(error) if asked => return Err(ClientError::Kubeconfig(error)),
        Err(error) => {
            let mut config = Config::incluster().map_err(|_| ClientError::Nothing(error))?;
            config.proxy_url = proxy(&config.cluster_url, None).map_err(ClientError::Proxy)?;
            return Ok((config, None));
        }
    };
    let context =
        options.context.clone().or_else(|| file.current_context.clone()).filter(|context| !context.is_empty());
    let named = file.contexts.iter().find(|named| Some(&named.name) == context.as_ref());
    let of_context = named.and_then(|named| Some(named.context.as_ref()?.cluster.clone()));
    let cluster = options.cluster.clone().or(of_context).unwrap_or_default();
    let loaded = Config::from_custom_kubeconfig(file.clone(), &wanted).await;
    let mut config = loaded.map_err(ClientError::Kubeconfig)?;
    config.proxy_url = proxy(&config.cluster_url, Some((&file, &cluster))).map_err(ClientError::Proxy)?;
    Ok((config, context))
}
