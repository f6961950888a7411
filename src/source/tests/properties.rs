use proptest::prelude::*;

use super::helpers::*;
use crate::source::Loaded;

/// Everything that a world holds, as text.
fn picture(loaded: &Loaded) -> String {
    let objects: Vec<String> = loaded.world.iter().map(|object| format!("{object:?}")).collect();
    let coverage = &loaded.world.coverage;
    format!("{objects:?} {:?} {:?} {:?}", coverage.kinds, coverage.secret_namespaces, coverage.inputs)
}

/// Pieces of which hostile texts are made.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\n",
    "- ",
    "---\n",
    "items:\n",
    "kind: List\n",
    "\"items\":",
    "null",
    "&a ",
    "*a",
    "'",
    "|\n",
    "\u{fffd}",
    "  ",
    "apiVersion: v1\n",
    "\"kind\":\"Secret\"",
    "\"metadata\":{\"name\":\"x\"}",
];

proptest! {
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read(&bytes);
        read(gzip(&bytes));
    }

    #[test]
    fn texts_never_panic(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        read(pieces.concat());
    }

    #[test]
    fn a_damaged_backup_never_panics(at in 0usize..4096, byte in any::<u8>()) {
        let mut bytes = tar(&[
            ("resources/certificates.cert-manager.io/namespaces/shop/web.json", &certificate("shop", "web")),
            ("resources/secrets/namespaces/shop/web-tls.json", &secret("shop", "web-tls")),
        ]);
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        read(&bytes);
    }

    #[test]
    fn a_damaged_list_loses_nothing_silently(at in 0usize..2000, byte in any::<u8>()) {
        let items: Vec<String> = (0..8).map(|i| certificate("shop", &format!("c{i}"))).collect();
        let mut text = list(&items).into_bytes();
        let at = at.min(text.len() - 1);
        text[at] = byte;
        let loaded = read(&text);
        // A changed letter may rename a kind, which is no damage; a hole in the list is always said.
        let found = names(&loaded).len();
        prop_assert!(found >= 7 || !problems(&loaded).is_empty(), "{} {:?}", found, String::from_utf8_lossy(&text));
    }

    #[test]
    fn the_order_of_objects_changes_nothing(order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle()) {
        let object = |i: usize| if i.is_multiple_of(2) { certificate("shop", &format!("c{i}")) } else { secret("shop", &format!("s{i}")) };
        let sorted: Vec<String> = (0..12).map(object).collect();
        let shuffled: Vec<String> = order.into_iter().map(object).collect();
        prop_assert_eq!(picture(&read(list(&sorted))), picture(&read(list(&shuffled))));
    }
}
