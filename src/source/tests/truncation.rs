//! What stands before the end of a truncated source is read, and what lies across it is not taken for whole.

use super::helpers::*;

#[test]
fn what_stands_before_a_truncation_is_read() {
    let items: Vec<String> = (0..2000).map(|i| certificate("shop", &format!("c{i:04}"))).collect();
    let json = list(&items);
    let mut archive = tar::Builder::new(Vec::new());
    for (i, item) in items.iter().enumerate() {
        let mut header = tar::Header::new_ustar();
        header.set_size(item.len() as u64);
        let path = format!("resources/certificates.cert-manager.io/namespaces/shop/c{i:04}.json");
        archive.append_data(&mut header, path, item.as_bytes()).unwrap();
    }
    for bytes in [json.clone().into_bytes(), archive.into_inner().unwrap()] {
        let whole = gzip(&bytes);
        let loaded = read(&whole[..whole.len() * 3 / 4]);
        let names = names(&loaded);
        assert!(names.len() > 900 && names.len() < 1999, "{}", names.len());
        let problems = problems(&loaded);
        let first = "! in | the compressed data ends early: what came before was read, what follows is missing";
        assert!(problems.contains(&first.to_owned()), "{problems:?}");
        assert!(!loaded.world.coverage.is_whole());
    }
    let cut = json.find("c1000").unwrap() + 60;
    let loaded = read(&json[..cut]);
    assert_eq!(names(&loaded).len(), 1001);
    assert_eq!(
        problems(&loaded),
        [
            format!(
                "! in: item 1001 | not valid JSON: the text ends early, at byte {cut}; what came before was read, what \
             follows is missing"
            ),
            format!(
                "! in: item 1001 | Certificate shop/c1000 | not valid JSON: EOF while parsing a string at line 1 column {}",
                cut - json[..cut].rfind("{\"apiVersion").unwrap()
            ),
        ]
    );
}

#[test]
fn half_an_object_of_yaml_is_not_taken_for_a_whole_one() {
    let item = |name: &str| {
        format!(
            "- apiVersion: cert-manager.io/v1\n  kind: Certificate\n  metadata:\n    name: {name}\n    namespace: shop\n"
        )
    };
    let items: String = (0..2000).map(|i| item(&format!("c{i}"))).collect();
    let whole = gzip(format!("apiVersion: v1\nitems:\n{items}kind: List\n").as_bytes());
    let loaded = read(&whole[..whole.len() / 2]);
    let read = names(&loaded).len();
    assert!(read > 500 && read < 1500, "{read}");
    assert_eq!(
        problems(&loaded),
        [
            "! in | the compressed data ends early: what came before was read, what follows is missing".to_owned(),
            format!(
                "! in: item {} | the text ends inside this part, which begins at line {}: it was not read",
                read + 1,
                read * 5 + 3
            ),
        ]
    );
}
