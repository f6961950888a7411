//! Which proxy stands between here and the API server, as client-go decides it.
//!
//! `proxy-url` of the kubeconfig always holds. Else `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` do, which never speak of this
//! machine itself (Go's `net/http.ProxyFromEnvironment`). kube 5.0 compares `NO_PROXY` with the proxy instead of the API server.

use std::env;
use std::net::IpAddr;

use http::Uri;
use http::uri::InvalidUri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::config::Kubeconfig;

/// The proxy for a cluster of a kubeconfig.
///
/// # Errors
/// When the proxy is no URL.
pub(super) fn proxy(target: &Uri, file: Option<(&Kubeconfig, &str)>) -> Result<Option<Uri>, InvalidUri> {
    let cluster = file.and_then(|(file, name)| file.clusters.iter().find(|cluster| cluster.name == name));
    let own = cluster.and_then(|cluster| cluster.cluster.as_ref()?.proxy_url.clone()).filter(|url| !url.is_empty());
    match own {
        Some(own) => with_scheme(&own).map(Some),
        None => from_environment(target),
    }
}

fn from_environment(target: &Uri) -> Result<Option<Uri>, InvalidUri> {
    let Some(found) = target.host().filter(|host| !is_this_machine(host)).and(Matcher::from_env().intercept(target))
    else {
        return Ok(None);
    };
    // As it was written, since a user and a password may stand in it.
    let names = if target.scheme_str() == Some("https") {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let written = names.into_iter().find_map(|name| env::var(name).ok()).filter(|text| !text.is_empty());
    written.map_or_else(|| Ok(Some(found.uri().clone())), |text| with_scheme(&text).map(Some))
}

fn with_scheme(text: &str) -> Result<Uri, InvalidUri> {
    if text.contains("://") { text.parse() } else { format!("http://{text}").parse() }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
