//! Writes the golden cases under `testdata/cases/<policy>/<case>/`: `objects.yaml`, as kubectl would print it, and
//! `expect.toml`, what cert-manager's rules say about it, release by release.
//!
//! ```text
//! cargo run --example generate-cases [PART OF A PATH…]
//! ```
//!
//! Expectations stand in the tables beside this file and come from the rules of cert-manager, never from what the
//! program prints. Everything but keys and signatures is the same at each run; with arguments only the cases are written
//! whose path has one of them in it.

mod case;
mod expiry;
#[path = "../shared/json.rs"]
#[allow(dead_code, reason = "shared with the demo's generator")]
mod json;
#[path = "../shared/pki.rs"]
#[allow(dead_code, reason = "shared with the demo's generator")]
mod pki;
mod request;
mod secret;
mod shop;
mod verdicts;
#[path = "../shared/wish.rs"]
#[allow(dead_code, reason = "shared with the demo's generator")]
mod wish;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::case::Case;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let tables = [secret::cases(), request::cases(), expiry::cases(), verdicts::cases()];
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |case: &Case| wanted.is_empty() || wanted.iter().any(|part| case.path.contains(part));
    for case in tables.into_iter().flatten().filter(is_wanted) {
        write(&root, &case).with_context(|| case.path)?;
    }
    Ok(())
}

fn write(root: &Path, case: &Case) -> Result<()> {
    let folder = root.join(case.path);
    fs::create_dir_all(&folder)?;
    let list = json!({"apiVersion": "v1", "items": (case.build)()?.objects, "kind": "List"});
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    fs::write(folder.join("objects.yaml"), serde_saphyr::to_string_with_options(&list, options)?)?;
    fs::write(folder.join("expect.toml"), case.toml()?)?;
    Ok(())
}
