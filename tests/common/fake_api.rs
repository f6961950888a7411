//! An API server that exists only to be read: lists with selectors, pages and metadata-only answers, single objects,
//! discovery, and whatever a test wants to go wrong.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use reissue_audit::object::kind::KINDS;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) accept: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// How often this very request came before.
    pub(crate) before: usize,
}

impl Request {
    pub(crate) fn asks(&self, key: &str, value: &str) -> bool {
        self.query.get(key).is_some_and(|found| found == value)
    }

    pub(crate) fn continues(&self) -> bool {
        self.query.contains_key("continue")
    }

    pub(crate) fn wants_metadata(&self) -> bool {
        self.accept.contains("PartialObjectMetadataList")
    }
}

/// What goes wrong with an answer.
#[derive(Clone, Debug, Default)]
pub(crate) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// A status with a Status object, and headers.
    Status(u16, &'static [(&'static str, &'static str)]),
    /// The right answer, ended after so many bytes.
    Cut(usize),
    /// The right answer, after a while.
    Slow(Duration),
    /// Half of the right answer, and then nothing for a while.
    Stalls(Duration),
    /// Another body than the right one, with its content type.
    Body(&'static str, String),
    /// No answer at all.
    HangUp,
}

type Trouble = dyn Fn(&Request, &mut Vec<Value>) -> Fault + Send + Sync;

/// The server, its kubeconfig and the books of what it was asked.
pub(crate) struct FakeApi {
    folder: TempDir,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl FakeApi {
    /// Serves objects; `trouble` sees each request before it is answered, and may change the objects.
    pub(crate) fn start(
        objects: Vec<Value>,
        trouble: impl Fn(&Request, &mut Vec<Value>) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let state = Arc::new(State {
            objects: Mutex::new(objects.into_iter().enumerate().map(versioned).collect()),
            trouble: Box::new(trouble),
            log: Arc::clone(&log),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || state.serve(&stream));
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{address}")}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": "shop"}}],
            "users": [{"name": "fake", "user": {"token": "of no use"}}],
        });
        fs::write(folder.path().join("config"), kubeconfig.to_string()).unwrap();
        Self { folder, address, log }
    }

    /// Serves objects without trouble.
    pub(crate) fn healthy(objects: Vec<Value>) -> Self {
        Self::start(objects, |_, _| Fault::None)
    }

    /// Another kubeconfig beside the first one.
    pub(crate) fn kubeconfig_with(&self, cluster: Value, user: Value) -> PathBuf {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "other",
            "clusters": [{"name": "other", "cluster": cluster}], "users": [{"name": "other", "user": user}],
            "contexts": [{"name": "other", "context": {"cluster": "other", "user": "other"}}],
        });
        let path = self.folder.path().join("other");
        fs::write(&path, kubeconfig.to_string()).unwrap();
        path
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// The paths with their queries that were asked, in order.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// How many requests had this text in them.
    pub(crate) fn asked(&self, text: &str) -> usize {
        self.log().iter().filter(|line| line.contains(text)).count()
    }
}

fn versioned((number, mut object): (usize, Value)) -> Value {
    object["metadata"]["resourceVersion"] = json!((1000 + number).to_string());
    object
}

struct State {
    objects: Mutex<Vec<Value>>,
    trouble: Box<Trouble>,
    log: Arc<Mutex<Vec<String>>>,
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = self.request(&mut reader) {
            let mut objects = self.objects.lock().unwrap();
            let fault = (self.trouble)(&request, &mut objects);
            let (status, body) = answer(&request, &objects);
            drop(objects);
            if !respond(stream, status, &body, fault) {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    fn request(&self, reader: &mut BufReader<&TcpStream>) -> Option<Request> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let (method, target) = (line.split(' ').next()?.to_owned(), line.split(' ').nth(1)?.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        if method == "CONNECT" {
            // As a proxy it connects with itself.
            self.log.lock().unwrap().push(line.trim_end().to_owned());
            let mut stream: &TcpStream = reader.get_ref();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
            return self.request(reader);
        }
        assert_eq!(method, "GET", "only GET and LIST");
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(key, value)| (key.to_owned(), unescape(value))).collect();
        let mut log = self.log.lock().unwrap();
        let accept = headers.get("accept").cloned().unwrap_or_default();
        let line = if accept.contains("Partial") { format!("metadata of {target}") } else { target.clone() };
        let before = log.iter().filter(|earlier| **earlier == line).count();
        log.push(line);
        Some(Request { path: path.to_owned(), query, accept, headers, before })
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
                rest = after;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Sends an answer; says whether the connection can go on.
fn respond(mut stream: &TcpStream, status: u16, body: &str, fault: Fault) -> bool {
    let mut send = |status: u16, content_type: &str, more: &[(&str, &str)], body: &[u8], sent: usize| {
        let more: String = more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} x\r\ncontent-type: {content_type}\r\n{more}content-length: {length}\r\n\r\n");
        let sent = body.get(..sent).unwrap_or(body);
        stream.write_all(head.as_bytes()).is_ok() && stream.write_all(sent).is_ok()
    };
    let all = usize::MAX;
    match fault {
        Fault::None => send(status, "application/json", &[], body.as_bytes(), all),
        Fault::Status(status, headers) => {
            let body = status_object(status, "made up").to_string();
            send(status, "application/json", headers, body.as_bytes(), all)
        }
        Fault::Cut(after) => {
            send(status, "application/json", &[], body.as_bytes(), after);
            false
        }
        Fault::Slow(pause) => {
            thread::sleep(pause);
            send(status, "application/json", &[], body.as_bytes(), all)
        }
        Fault::Stalls(pause) => {
            send(status, "application/json", &[], body.as_bytes(), body.len() / 2);
            thread::sleep(pause);
            false
        }
        Fault::Body(content_type, body) => send(200, content_type, &[], body.as_bytes(), all),
        Fault::HangUp => false,
    }
}

fn status_object(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})
}

/// The right answer.
fn answer(request: &Request, objects: &[Value]) -> (u16, String) {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["apis"] => return (200, groups(objects).to_string()),
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return (404, status_object(404, "no such path").to_string()),
    };
    let (namespace, plural, name) = match rest {
        [] => return (200, resources(group, objects).to_string()),
        ["namespaces", namespace, plural] => (Some(*namespace), *plural, None),
        ["namespaces", namespace, plural, name] => (Some(*namespace), *plural, Some(*name)),
        [plural] => (None, *plural, None),
        [plural, name] => (None, *plural, Some(*name)),
        _ => return (404, status_object(404, "no such path").to_string()),
    };
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let is_known = KINDS.iter().any(|row| row.plural == plural && row.group == group);
    let is_custom = group.contains("cert-manager") || group.contains("gateway") || !group.contains('.');
    let serves =
        !is_custom || group.is_empty() || group == "apps" || objects.iter().any(|o| o["apiVersion"] == *api_version);
    if !is_known || !serves {
        return (404, "404 page not found".to_owned());
    }
    let of_kind = objects.iter().filter(|object| {
        let row = KINDS.iter().find(|row| object["kind"] == row.name && row.plural == plural && row.group == group);
        row.is_some()
            && object["apiVersion"] == *api_version
            && namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
    });
    match name {
        Some(name) => match of_kind.clone().find(|object| object["metadata"]["name"] == name) {
            Some(object) => (200, object.to_string()),
            None => (404, status_object(404, "not found").to_string()),
        },
        None => (200, list(request, of_kind, &api_version)),
    }
}

fn list<'a>(request: &Request, objects: impl Iterator<Item = &'a Value>, api_version: &str) -> String {
    let mut items: Vec<&Value> = objects.filter(|object| is_selected(request, object)).collect();
    let key = |object: &&Value| {
        (object["metadata"]["namespace"].to_string(), object["metadata"]["name"].as_str().unwrap().to_owned())
    };
    items.sort_by_key(key);
    let start: usize = request.query.get("continue").map_or(0, |token| token.parse().unwrap());
    let limit: usize = request.query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
    let end = start.saturating_add(limit).min(items.len());
    let mut metadata = json!({"resourceVersion": "5000"});
    if end < items.len() {
        metadata["continue"] = json!(end.to_string());
    }
    let page = items[start.min(end)..end].iter().map(|item| {
        let mut item = (*item).clone();
        if request.wants_metadata() {
            item = json!({"metadata": item["metadata"]});
        } else if !api_version.contains("cert-manager") {
            // Lists of built-in kinds do not repeat these.
            item.as_object_mut().unwrap().retain(|key, _| key != "kind" && key != "apiVersion");
        }
        item
    });
    let page: Vec<Value> = page.collect();
    json!({"kind": "SomeList", "apiVersion": api_version, "metadata": metadata, "items": page}).to_string()
}

fn is_selected(request: &Request, object: &Value) -> bool {
    let equals = |selector: &str, value: &dyn Fn(&str) -> Value| {
        if let Some((key, values)) = selector.split_once(" in ") {
            return values.trim_matches(['(', ')']).split(',').any(|wanted| value(key) == wanted);
        }
        selector.split(',').all(|term| match term.split_once('=') {
            Some((key, wanted)) => value(key) == wanted,
            None => !value(term).is_null(),
        })
    };
    let labels = |key: &str| object["metadata"]["labels"][key].clone();
    let field = |key: &str| object.pointer(&format!("/{}", key.replace('.', "/"))).cloned().unwrap_or_default();
    request.query.get("labelSelector").is_none_or(|selector| equals(selector, &labels))
        && request.query.get("fieldSelector").is_none_or(|selector| equals(selector, &field))
}

fn groups(objects: &[Value]) -> Value {
    let versions = objects.iter().filter_map(|object| object["apiVersion"].as_str()?.split_once('/'));
    let always =
        [("apps", "v1"), ("networking.k8s.io", "v1"), ("apiextensions.k8s.io", "v1"), ("metrics.k8s.io", "v1")];
    let defined = objects.iter().filter_map(|object| Some((object["spec"]["group"].as_str()?, "v1")));
    let versions: BTreeSet<(&str, &str)> = versions.chain(defined).chain(always).collect();
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (group, version) in versions {
        groups
            .entry(group)
            .or_default()
            .push(json!({"groupVersion": format!("{group}/{version}"), "version": version}));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(name, versions)| json!({"name": name, "preferredVersion": versions[0], "versions": versions}))
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resources(group: &str, objects: &[Value]) -> Value {
    let defined = objects.iter().filter(|object| object["spec"]["group"] == group);
    let names = defined.map(|object| &object["spec"]["names"]);
    let resources: Vec<Value> = names.map(|names| json!({"name": names["plural"], "kind": names["kind"]})).collect();
    json!({"kind": "APIResourceList", "resources": resources})
}
