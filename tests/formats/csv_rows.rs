//! CSV, read by the csv crate.

use super::*;

type Row = BTreeMap<String, String>;

/// What a spreadsheet shows: without the apostrophe that makes a text of a formula.
fn rows(report: &Report) -> Vec<Row> {
    let text = rendered(report, Format::Csv);
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn value(row: &Row, column: &str) -> String {
    let cell = &row[column];
    let formula = |text: &&str| text.trim_start().starts_with(['=', '+', '-', '@']);
    cell.strip_prefix('\'').filter(formula).unwrap_or(cell).to_owned()
}

#[test]
fn it_says_what_the_json_says() {
    for report in samples() {
        let json = json(&report);
        let rows = rows(&report);
        let of = |record: &str, columns: [&str; 3]| -> BTreeSet<_> {
            let rows = rows.iter().filter(|row| row["record"] == record);
            rows.map(|row| (value(row, columns[0]), value(row, columns[1]), value(row, columns[2]))).collect()
        };
        let flat = |set: BTreeSet<(String, String, String)>| {
            let line = |text: &str| text.replace('\n', " ");
            set.iter().map(|(a, b, c)| (line(a), line(b), line(c))).collect::<BTreeSet<_>>()
        };
        assert_eq!(flat(of("certificate", ["namespace", "name", "verdict"])), shown(&certificates(&json)));
        assert_eq!(flat(of("finding", ["id", "rule", "severity"])), shown(&findings(&json)));
        assert_eq!(rows.len(), certificates(&json).len() + findings(&json).len());
    }
}

#[test]
fn lines_end_as_rfc_4180_says_and_no_cell_is_a_formula() {
    for report in [sample::company_plan(), sample::with_strings(&["=1+1", "+1", "-1", "@a", "\t=1", "a\"b,\r\nc"])] {
        let text = rendered(&report, Format::Csv);
        assert!(text.ends_with("\r\n"));
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("record,namespace,kind,name,verdict,"), "{first}");
        for row in rows(&report) {
            for cell in row.values() {
                assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            }
        }
    }
}
