//! Makes the demo cluster that is embedded in the binary: `testdata/demo/demo.yaml.gz`, with its instant in `now.txt` and
//! the verdict expected of every Certificate in `expected.tsv`.
//!
//! ```text
//! cargo run --example generate-demo
//! ```
//!
//! Everything but keys and signatures is the same at each run.

mod issued;
#[path = "../shared/json.rs"]
mod json;
#[path = "../shared/pki.rs"]
mod pki;
mod request;
mod scenario;
mod spec;
mod status;
mod surroundings;
mod table;
#[path = "../shared/wish.rs"]
mod wish;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::{Compression, GzBuilder};
use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::issued::Builder;
use crate::pki::KeyRing;
use crate::table::SCENARIOS;

/// The instant at which the demo cluster was dumped.
const NOW: &str = "2026-11-20T09:00:00Z";

/// What the binary may carry.
const MAX_BYTES: usize = 300 * 1024;

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo");
    let mut builder =
        Builder { now: Time::parse(NOW)?, keys: KeyRing::default(), authorities: BTreeMap::new(), objects: Vec::new() };
    builder.found_outside_authorities()?;
    for scenario in SCENARIOS {
        builder.add(&scenario.settled()).with_context(|| format!("{}/{}", scenario.namespace, scenario.name))?;
    }
    builder.add_surroundings()?;
    let compressed = compress(&yaml(builder.objects)?)?;
    ensure!(compressed.len() <= MAX_BYTES, "{} bytes are more than the binary may carry", compressed.len());
    write(&folder.join("demo.yaml.gz"), &compressed)?;
    write(&folder.join("now.txt"), format!("{NOW}\n").as_bytes())?;
    write(&folder.join("expected.tsv"), expected().as_bytes())?;
    Ok(())
}

/// One `List`, as `kubectl get KIND,… -A -o yaml` writes it: by kind in the order asked for, then by namespace and name.
fn yaml(mut objects: Vec<Value>) -> Result<String> {
    const KINDS: [&str; 13] = [
        "CustomResourceDefinition",
        "Namespace",
        "Deployment",
        "ClusterIssuer",
        "Issuer",
        "Certificate",
        "CertificateRequest",
        "Order",
        "Challenge",
        "Secret",
        "Ingress",
        "Gateway",
        "Event",
    ];
    let text = |object: &Value, path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    objects.sort_by_cached_key(|object| {
        let kind = text(object, "/kind");
        let rank = KINDS.iter().position(|known| *known == kind);
        (rank, text(object, "/metadata/namespace"), text(object, "/metadata/name"))
    });
    let list = json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}});
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    Ok(serde_saphyr::to_string_with_options(&list, options)?)
}

/// gzip without name and time, so that the header is the same at each run.
fn compress(text: &str) -> Result<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    writer.write_all(text.as_bytes())?;
    Ok(writer.finish()?)
}

fn expected() -> String {
    let mut rows: Vec<String> = SCENARIOS
        .iter()
        .map(|row| format!("{}\t{}\t{}\t{}\n", row.namespace, row.name, row.verdict, row.trigger))
        .collect();
    rows.sort();
    format!("namespace\tname\tverdict\ttrigger\n{}", rows.concat())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
