//! The demo: a small cluster embedded in the program, with a time at which to look at it.

use super::collector::Collector;
use super::stream;
use crate::time::Time;

const CLUSTER: &[u8] = include_bytes!("../../testdata/demo/demo.yaml.gz");
const NOW: &str = include_str!("../../testdata/demo/now.txt");

/// Reads the embedded cluster.
pub(super) fn read(collector: &mut Collector<'_>) {
    collector.recognised("demo");
    collector.now = Time::parse(NOW.trim()).ok();
    stream::read(CLUSTER, u64::try_from(CLUSTER.len()).ok(), "demo", None, collector);
}
