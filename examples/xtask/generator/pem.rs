//! PEM as cert-manager writes it, and as others damage it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::random::Random;

/// A block with lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let base64 = STANDARD.encode(der);
    let mut all = format!("-----BEGIN {label}-----\n").into_bytes();
    for line in base64.as_bytes().chunks(64) {
        all.extend(line);
        all.push(b'\n');
    }
    all.extend(format!("-----END {label}-----\n").as_bytes());
    all
}

/// What may stand before a block.
const BEFORE: &[&[u8]] = &[
    b"\n",
    b"  ",
    b"some text\n",
    b"-----BEGIN ",
    b"-----BEGIN X-----\n",
    b"\xef\xbb\xbf",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    b"-----BEGIN FOO-----\nAAAA\n-----END BAR-----\n",
    b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
    b"\r\n",
    b"junk without end",
    b"-----BEGIN -----\nAAAA\n-----END -----\n",
    b"-----BEGIN X-----\n\n-----END X-----\n",
    b"Subject: CN = web\n\n",
    b"-----BEGIN CERTIFICATE-----\nkey: value\n-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n",
];

/// What may stand after a block.
const AFTER: &[&[u8]] = &[
    b"\n\n",
    b"trailing text",
    b"-----BEGIN CERTIFICATE-----\n",
    b"\0",
    b"   \t\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
    b"-----BEGIN FOO-----\nAAAA\n-----END BAR-----\n",
    b"x-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----x\n",
    b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
    b"-----BEGIN A-----\n\n-----END A-----\n",
];

/// Lines that may follow the first.
const HEADERS: &[&str] = &[
    "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0011\n\n",
    "Comment: hello\n\n",
    "Comment: hello\n",
    "a:b\n",
    ":\n",
    "\n",
    "\n\n",
    "Key : value \n c\n\n",
    "Comment hello\n\n",
    "Bag Attributes\n",
    " \n",
    "\t\n",
    "Proc-Type:\n\n",
];

/// Changes the text of a block, or what surrounds it.
pub(crate) fn damage(text: &[u8], random: &mut Random) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|octet| *octet == b'\n').collect();
    let head = lines.first().map_or(0, |line| line.len());
    let tail = text.len() - lines.last().map_or(0, |line| line.len());
    let mut all = text.to_vec();
    let whole = String::from_utf8_lossy(text).into_owned();
    match random.below(22) {
        0 | 1 => [random.pick(BEFORE), text].concat(),
        2 | 3 => [text, random.pick(AFTER)].concat(),
        4 | 5 => [&text[..head], random.pick(HEADERS).as_bytes(), &text[head..]].concat(),
        6 => whole.replace('\n', "\r\n").into_bytes(),
        7 => whole.replacen('\n', " \n", 1 + random.below(3)).into_bytes(),
        8 => text.strip_suffix(b"\n").unwrap_or(text).to_vec(),
        9 => whole
            .replacen("-----END", random.pick(&["----END", "\n-----END", " -----END", "x-----END", "=-----END"]), 1)
            .into_bytes(),
        10 => whole
            .replacen("-----\n", random.pick(&["----\n", "------\n", "-----", "----- \n", "-----\t\n", "-----x\n"]), 1)
            .into_bytes(),
        11 => {
            let end = whole.trim_end_matches('\n');
            format!(
                "{}{}",
                end.strip_suffix("-----").unwrap_or(end),
                random.pick(&["", "----", "-----  ", "-----\t\n", "-----x\n", "------\n"])
            )
            .into_bytes()
        }
        12 => {
            let joined: Vec<u8> = text[head..tail].iter().copied().filter(|octet| *octet != b'\n').collect();
            [&text[..head], &joined, b"\n", &text[tail..]].concat()
        }
        13 => {
            let spread = String::from_utf8_lossy(&text[head..tail])
                .replace('A', random.pick(&["A ", "A\n", "A\t", "\r\nA", "A\n\n"]));
            [&text[..head], spread.as_bytes(), &text[tail..]].concat()
        }
        14 => {
            let at = head + random.below(tail.saturating_sub(head));
            if at < all.len() {
                all[at] = random.choose(b"!-=A \x00\xff_+/\n:");
            }
            all
        }
        15 => {
            all.truncate(random.below(all.len()));
            all
        }
        16 => {
            let from = random.pick(&["CERTIFICATE", "PRIVATE KEY", "CERTIFICATE REQUEST", "BEGIN", "END"]);
            let to = random.pick(&[
                "TRUSTED CERTIFICATE",
                "X509 CERTIFICATE",
                "ANY PRIVATE KEY",
                "certificate",
                "PRIVATE KEY",
                "NEW CERTIFICATE REQUEST",
                "RSA PRIVATE KEY",
                "EC PRIVATE KEY",
                "ENCRYPTED PRIVATE KEY",
                "CERTIFICATE",
                "",
                "DSA PRIVATE KEY",
                "OPENSSH PRIVATE KEY",
            ]);
            whole.replacen(from, to, if random.one_in(4) { 1 } else { 2 }).into_bytes()
        }
        17 => whole
            .replacen("=\n-----END", random.pick(&["\n-----END", "==\n-----END", "=A\n-----END", "A\n-----END"]), 1)
            .into_bytes(),
        18 => [text, text].concat(),
        19 => Vec::new(),
        20 => whole.to_lowercase().into_bytes(),
        _ => format!(" {}", whole.replace('\n', "\n ")).into_bytes(),
    }
}
