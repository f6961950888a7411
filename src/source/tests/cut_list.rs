//! Lists that lost their end or hold something that is not YAML: the other items are read.

use super::helpers::*;

const CUT: &str = "! in | the document seems to be cut off: its `kind: List` is missing";

fn item(name: &str) -> String {
    format!(
        "- apiVersion: cert-manager.io/v1\n  kind: Certificate\n  metadata:\n    name: {name}\n    namespace: shop\n  \
         spec:\n    dnsNames:\n    - {name}.example\n    secretName: {name}-tls\n"
    )
}

fn yaml_list(items: &[String]) -> String {
    format!("apiVersion: v1\nitems:\n{}kind: List\nmetadata:\n  resourceVersion: \"\"\n", items.concat())
}

fn abc() -> String {
    yaml_list(&["a", "b", "c"].map(item))
}

/// The same List as people indent it.
fn indented(text: &str) -> String {
    let (head, rest) = text.split_once("items:\n").unwrap();
    let (items, tail) = rest.split_once("kind: List").unwrap();
    let items: String = items.lines().map(|line| format!("  {line}\n")).collect();
    format!("{head}items:\n{items}kind: List{tail}")
}

#[test]
fn a_list_that_is_cut_in_an_item_keeps_the_others() {
    for text in [abc(), indented(&abc()), abc().replace('\n', "\r\n")] {
        let loaded = read(&text[..text.find("c.example").unwrap() + 3]);
        assert_eq!(names(&loaded), ["Certificate shop/a", "Certificate shop/b", "broken Certificate shop/c"]);
        let half = "! in: item 3 | Certificate shop/c | the text may end inside this item, which begins at line 21: it was \
                    not read";
        assert_eq!(problems(&loaded), [CUT, half]);
    }
}

#[test]
fn a_name_that_is_cut_is_not_taken_for_a_name() {
    let text = yaml_list(&["a", "b", "charlie"].map(item));
    let cuts = [text.find("name: charlie").unwrap() + 9, text.rfind("    namespace: shop").unwrap() + 18];
    for cut in cuts {
        let loaded = read(&text[..cut]);
        assert_eq!(names(&loaded), ["Certificate shop/a", "Certificate shop/b"]);
        let half =
            "! in: item 3 | Certificate | the text may end inside this item, which begins at line 21: it was not read";
        assert_eq!(problems(&loaded), [CUT, half]);
    }
}

#[test]
fn a_list_that_is_cut_between_items_keeps_them() {
    let text = abc();
    let loaded = read(&text[..text.find(&item("c")).unwrap()]);
    assert_eq!(names(&loaded), ["Certificate shop/a", "broken Certificate shop/b"]);
    let half = "! in: item 2 | Certificate shop/b | the text may end inside this item, which begins at line 12: it was not read";
    assert_eq!(problems(&loaded), [CUT, half]);
    // Behind the last item, all items are whole.
    for end in ["k", "kind", "kind:", "kind: ", "kind: Lis"] {
        let loaded = read(format!("{}{end}", &text[..text.find("kind: List").unwrap()]));
        assert_eq!(names(&loaded), ["Certificate shop/a", "Certificate shop/b", "Certificate shop/c"], "{end}");
        assert_eq!(problems(&loaded), [CUT], "{end}");
    }
}

#[test]
fn every_cut_of_a_list_is_said() {
    let text = abc();
    let items_begin = text.find("items:").unwrap() + "items:".len();
    for end in items_begin..text.find("kind: List").unwrap() + "kind: Lis".len() {
        let loaded = read(&text[..end]);
        assert_eq!(problems(&loaded).first().map(String::as_str), Some(CUT), "{end}");
        let whole = text[..end].matches("\n- ").count().saturating_sub(1);
        let read = loaded.world.certificates().count();
        assert!(read >= whole && read <= whole + 1, "{end}: {read} of {whole}");
    }
}

#[test]
fn an_item_that_is_not_yaml_does_not_lose_its_neighbours() {
    let bad = ["    labels: [\n", "    a: b: c\n", "<<<<<<< HEAD\n", "    x: \"\n"];
    for insert in bad {
        let broken = item("b").replace("  spec:\n", &format!("{insert}  spec:\n"));
        let text = yaml_list(&[item("a"), broken, item("c")]);
        for text in [text.clone(), indented(&text)] {
            let loaded = read(&text);
            assert_eq!(names(&loaded), ["Certificate shop/a", "Certificate shop/c"], "{text}");
            let problems = problems(&loaded);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with("! in: item 2 | not valid YAML, at line "), "{problems:?}");
        }
    }
}

#[test]
fn a_fault_around_the_items_is_said() {
    let text = abc();
    let loaded = read(&text[..text.len() - 2]);
    assert_eq!(names(&loaded).len(), 3);
    let problems = problems(&loaded);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("! in | not valid YAML, at line "), "{problems:?}");
}

#[test]
fn secrets_that_were_cut_off_do_not_count_as_missing() {
    let yaml = yaml_list(
        &["a", "b"].map(|name| item(name).replace("cert-manager.io/v1", "v1").replace("Certificate", "Secret")),
    );
    let json = list(&["a", "b"].map(|name| secret("shop", name)));
    for text in [yaml, json] {
        let whole = read(&text);
        assert!(names(&whole).len() == 2 && whole.world.coverage.secrets_were_read("shop"), "{text}");
        let cut = read(&text[..text.rfind("name: b").or(text.rfind("\"name\":\"b")).unwrap()]);
        assert_eq!(names(&cut), ["Secret shop/a"], "{text}");
        assert!(!cut.world.coverage.secrets_were_read("shop"), "{text}");
    }
}

#[test]
fn json_that_is_cut_says_so() {
    let text = list(&[certificate("shop", "a")]);
    for end in [10, 20, 30, text.find("kind").unwrap(), text.rfind("kind").unwrap()] {
        let problems = problems(&read(&text[..end]));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(&format!("the text ends early, at byte {end};")), "{problems:?}");
    }
}

#[test]
fn what_is_no_list_stays_what_it_is() {
    let loaded = read("apiVersion: example.com/v1\nitems:\n- name: x\n");
    assert_eq!(problems(&loaded), ["! in | has no kind"]);
    let loaded = read("apiVersion: v1\nkind: ConfigMap\nitems:\n- a: [\n");
    assert!(problems(&loaded)[0].starts_with("! in | not valid YAML"), "{:?}", problems(&loaded));
}
