//! URLs as Go's net/url parses and prints them (rules 2.1 uris, corrections 8). The input is ASCII, as in a SAN.

use std::net::Ipv6Addr;

use super::era::{Change, Era};
use crate::go_quote::quote;

/// Which part of a URL is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

/// A parsed URL: Go's `url.URL`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Url {
    scheme: String,
    opaque: String,
    /// User name and password, unescaped.
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    /// Host and port, unescaped.
    pub(crate) host: Vec<u8>,
    omit_host: bool,
    path: String,
    force_query: bool,
    query: String,
    fragment: String,
}

impl Url {
    /// Go's `url.Parse`; the error is the text of its `url.Error`.
    pub(crate) fn parse(text: &str, era: &Era) -> Result<Self, String> {
        let (main, fragment) = text.split_once('#').unwrap_or((text, ""));
        let failed = |shown: &str, error: String| format!("parse {}: {error}", quote(shown));
        let mut url = Self::parse_main(main, era).map_err(|error| failed(main, error))?;
        if !fragment.is_empty() {
            let plain = unescape(fragment, Part::Fragment).map_err(|error| failed(text, error))?;
            url.fragment = printed(fragment, &plain, Part::Fragment);
        }
        Ok(url)
    }

    fn parse_main(text: &str, era: &Era) -> Result<Self, String> {
        if text.bytes().any(|b| b < b' ' || b == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Self::default();
        if text == "*" {
            url.path = "*".to_owned();
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let rest = match rest.split_once('?') {
            Some((rest, "")) => {
                url.force_query = true;
                rest
            }
            Some((rest, query)) => {
                url.query = query.to_owned();
                rest
            }
            None => rest,
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let path = url.split_authority(rest, era)?;
        let plain = unescape(path, Part::Path)?;
        url.path = printed(path, &plain, Part::Path);
        Ok(url)
    }

    /// Reads `//user@host:port`, if it is there, and gives back the path.
    fn split_authority<'a>(&mut self, rest: &'a str, era: &Era) -> Result<&'a str, String> {
        let has_scheme = !self.scheme.is_empty();
        match rest.strip_prefix("//") {
            Some(after) if has_scheme || !after.starts_with('/') => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                self.parse_authority(authority, era)?;
                Ok(path)
            }
            _ => {
                self.omit_host = has_scheme && rest.starts_with('/') && era.has(Change::UrlOmitsHost);
                Ok(rest)
            }
        }
    }

    fn parse_authority(&mut self, authority: &str, era: &Era) -> Result<(), String> {
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        self.host = parse_host(&self.scheme, host, era)?;
        let Some(user) = user else { return Ok(()) };
        if !user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        self.user = Some(match user.split_once(':') {
            Some((name, password)) => (unescape(name, Part::User)?, Some(unescape(password, Part::User)?)),
            None => (unescape(user, Part::User)?, None),
        });
        Ok(())
    }
}

impl std::fmt::Display for Url {
    /// Go's `URL.String`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.extend([&*self.scheme, ":"]);
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut text);
        } else {
            text.push_str(&self.opaque);
        }
        if self.force_query || !self.query.is_empty() {
            text.extend(["?", &*self.query]);
        }
        if !self.fragment.is_empty() {
            text.extend(["#", &*self.fragment]);
        }
        f.write_str(&text)
    }
}

impl Url {
    fn write_hierarchy(&self, text: &mut String) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        let omitted = self.omit_host && !has_authority;
        if !omitted && (has_authority || !self.scheme.is_empty() && !self.path.is_empty()) {
            text.push_str("//");
        }
        if let Some((name, password)) = &self.user {
            text.push_str(&escape(name, Part::User));
            if let Some(password) = password {
                text.push(':');
                text.push_str(&escape(password, Part::User));
            }
            text.push('@');
        }
        text.push_str(&escape(&self.host, Part::Host));
        if !self.path.is_empty() && !self.path.starts_with('/') && !self.host.is_empty() {
            text.push('/');
        }
        if text.is_empty() && self.path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            text.push_str("./");
        }
        text.push_str(&self.path);
    }
}

/// Go's `getScheme`.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_port(port: &str) -> Result<(), String> {
    match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
        None if port.is_empty() => Ok(()),
        _ => Err(format!("invalid port {} after host", quote(port))),
    }
}

/// Go's `parseHost`.
fn parse_host(scheme: &str, host: &str, era: &Era) -> Result<Vec<u8>, String> {
    if let Some(open) = host.rfind('[') {
        if era.has(Change::IpLiterals) {
            if open > 0 && era.has(Change::LiteralAtStart) {
                return Err("invalid IP-literal".to_owned());
            }
            return parse_literal(&host[open..], era);
        }
        if host.starts_with('[') {
            return parse_old_literal(host);
        }
    }
    if let Some(first) = host.find(':') {
        let last = host.rfind(':').unwrap_or(first);
        let strict = first != last && matches!(scheme, "http" | "https") && era.has(Change::StrictColons);
        check_port(&host[if strict { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

/// `[address]:port`, `[address%25zone]:port`
fn parse_literal(host: &str, era: &Era) -> Result<Vec<u8>, String> {
    let close = host.rfind(']').ok_or("missing ']' in host")?;
    let port = &host[close + 1..];
    check_port(port)?;
    let inner = host.get(1..close).unwrap_or_default();
    let address = match inner.find("%25") {
        Some(zone) => [unescape(&inner[..zone], Part::Host)?, unescape(&inner[zone..], Part::Zone)?].concat(),
        None => unescape(inner, Part::Host)?,
    };
    let mapped = check_literal(&address)?;
    if mapped && !era.has(Change::MappedLiterals) {
        return Err("invalid IPv6 host".to_owned());
    }
    Ok([b"[", &*address, b"]", port.as_bytes()].concat())
}

/// Go's `netip.ParseAddr`, and that it is not an IPv4 address; whether it is an IPv4-mapped one.
fn check_literal(address: &[u8]) -> Result<bool, String> {
    let shown = String::from_utf8_lossy(address);
    let invalid = || format!("invalid host: ParseAddr({}): unable to parse IP", quote(&shown));
    let (plain, zone) = match shown.split_once('%') {
        Some((plain, zone)) => (plain, Some(zone)),
        None => (&*shown, None),
    };
    if zone.is_none() && plain.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    let parsed: Ipv6Addr = plain.parse().map_err(|_| invalid())?;
    if zone == Some("") { Err(invalid()) } else { Ok(parsed.to_ipv4_mapped().is_some()) }
}

/// A literal before Go 1.24.8: anything may be between the brackets.
fn parse_old_literal(host: &str) -> Result<Vec<u8>, String> {
    let close = host.rfind(']').ok_or("missing ']' in host")?;
    check_port(&host[close + 1..])?;
    match host[..close].find("%25") {
        Some(zone) => Ok([
            unescape(&host[..zone], Part::Host)?,
            unescape(&host[zone..close], Part::Zone)?,
            unescape(&host[close..], Part::Host)?,
        ]
        .concat()),
        None => unescape(host, Part::Host),
    }
}

/// Go's `shouldEscape`.
fn must_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    let plain: &[u8] = match part {
        Part::Path => b"$&+,/:;=@",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::User => b"$&+,;=",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !plain.contains(&byte)
}

fn escape(text: &[u8], part: Part) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text {
        if must_escape(byte, part) {
            escaped.push_str(&format!("%{byte:02X}"));
        } else {
            escaped.push(char::from(byte));
        }
    }
    escaped
}

/// Go's `unescape`.
fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let in_host = matches!(part, Part::Host | Part::Zone);
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            if in_host && byte < 0x80 && must_escape(byte, part) {
                return Err(format!("invalid character {} in host name", quote(&char::from(byte).to_string())));
            }
            plain.push(byte);
            continue;
        }
        let digits = after.split_first_chunk::<2>().and_then(|(digits, next)| {
            rest = next;
            let hex = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(hex(digits[0])? << 4 | hex(digits[1])?).ok()
        });
        let shown = || format!("%{}", String::from_utf8_lossy(&after[..after.len().min(2)]));
        let allowed = |value: u8| match part {
            Part::Host => value >= 0x80 || value == b'%',
            Part::Zone => matches!(value, b'%' | b' ') || !must_escape(value, Part::Host),
            _ => true,
        };
        match digits {
            Some(value) if allowed(value) => plain.push(value),
            _ => return Err(format!("invalid URL escape {}", quote(&shown()))),
        }
    }
    Ok(plain)
}

/// Go's `EscapedPath` and `EscapedFragment`: the text as it was given if it is a valid encoding.
fn printed(given: &str, plain: &[u8], part: Part) -> String {
    let escaped = escape(plain, part);
    let valid = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte) || !must_escape(byte, part);
    if given == escaped {
        // A path of nothing but an asterisk is never escaped.
        return if part == Part::Path && plain == b"*" { "*".to_owned() } else { escaped };
    }
    if given.bytes().all(valid) { given.to_owned() } else { escaped }
}
