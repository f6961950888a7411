//! Small etcd databases, whole ones and such as no etcd writes.

use ring::digest;

/// Bytes of a page.
pub(super) const PAGE: usize = 512;

const BRANCH: u16 = 1;
const LEAF: u16 = 2;

/// A record of the bucket of revisions: its main revision, the key, and the value or a deletion.
pub(super) type Record<'r> = (u64, &'r str, Option<&'r [u8]>);

pub(super) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field of bytes, text or a message.
pub(super) fn bytes(number: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [varint(number << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

/// A field of a number.
pub(super) fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A value as the API server stores Kubernetes' own kinds.
pub(super) fn stored(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let type_meta = [bytes(1, api_version), bytes(2, kind)].concat();
    [b"k8s\0".to_vec(), bytes(1, type_meta), bytes(2, message), bytes(3, ""), bytes(4, "")].concat()
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

pub(super) fn meta(number: u64, root: u64, high_water: u64, transaction: u64) -> Vec<u8> {
    let mut meta = Vec::new();
    meta.extend(0xed0c_daed_u32.to_le_bytes());
    meta.extend(2_u32.to_le_bytes());
    meta.extend((PAGE as u32).to_le_bytes());
    meta.extend(0_u32.to_le_bytes());
    [root, 0, u64::MAX, high_water, transaction].iter().for_each(|field| meta.extend(field.to_le_bytes()));
    meta.extend(fnv(&meta).to_le_bytes());
    page(number, 4, 0, &meta)
}

/// A page, with as much overflow as its contents need.
pub(super) fn page(number: u64, flags: u16, count: usize, contents: &[u8]) -> Vec<u8> {
    let length = (16 + contents.len()).next_multiple_of(PAGE);
    let mut page = number.to_le_bytes().to_vec();
    page.extend(flags.to_le_bytes());
    page.extend((count as u16).to_le_bytes());
    page.extend((length as u32 / PAGE as u32 - 1).to_le_bytes());
    page.extend(contents);
    page.resize(length, 0);
    page
}

fn leaf(number: u64, elements: &[(u32, Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let (mut heads, mut data) = (Vec::new(), Vec::new());
    for (index, (flags, key, value)) in elements.iter().enumerate() {
        let at = (elements.len() - index) * 16 + data.len();
        [*flags, at as u32, key.len() as u32, value.len() as u32].iter().for_each(|n| heads.extend(n.to_le_bytes()));
        data.extend_from_slice(key);
        data.extend_from_slice(value);
    }
    page(number, LEAF, elements.len(), &[heads, data].concat())
}

/// A branch page whose children have no keys worth reading.
pub(super) fn branch(number: u64, children: &[u64]) -> Vec<u8> {
    let mut heads = Vec::new();
    for child in children {
        heads.extend([0; 8]);
        heads.extend(child.to_le_bytes());
    }
    page(number, BRANCH, children.len(), &heads)
}

fn record((revision, key, value): &Record<'_>) -> (u32, Vec<u8>, Vec<u8>) {
    let mut name = [revision.to_be_bytes().as_slice(), b"_", &[0; 8]].concat();
    let mut message = bytes(1, key);
    match value {
        Some(value) => {
            message.extend([number(2, *revision), number(3, *revision), number(4, 1)].concat());
            message.extend(bytes(5, value));
        }
        None => name.push(b't'),
    }
    (0, name, message)
}

/// A database with these records, some on each leaf: pages 0 and 1 are its metas, 2 the bucket of buckets, 3 the branch
/// below which the records stand.
pub(super) fn database(records: &[Record<'_>], on_each_leaf: usize) -> Vec<u8> {
    let bucket = [3_u64.to_le_bytes(), 0_u64.to_le_bytes()].concat();
    let mut next = 4;
    let mut leaves: Vec<Vec<u8>> = Vec::new();
    let mut numbers = Vec::new();
    for records in records.chunks(on_each_leaf) {
        numbers.push(next);
        let page = leaf(next, &records.iter().map(record).collect::<Vec<_>>());
        next += (page.len() / PAGE) as u64;
        leaves.push(page);
    }
    let top = leaf(2, &[(1, b"key".to_vec(), bucket), (1, b"meta".to_vec(), vec![0; 16])]);
    [vec![meta(0, 2, next, 8), meta(1, 2, next, 7), top, branch(3, &numbers)], leaves].concat().concat()
}

/// A database as `etcdctl snapshot save` writes it.
pub(super) fn snapshot(mut database: Vec<u8>) -> Vec<u8> {
    let sum = digest::digest(&digest::SHA256, &database);
    database.extend_from_slice(sum.as_ref());
    database
}
