//! DER put together by hand, and taken apart to be damaged.

use super::random::Random;

/// An element: tag, length in as few octets as possible, contents.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    all.extend(length(content.len()));
    all.extend(content);
    all
}

fn length(n: usize) -> Vec<u8> {
    if n < 0x80 {
        return vec![n as u8];
    }
    let octets: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    let mut all = vec![0x80 | octets.len() as u8];
    all.extend(octets);
    all
}

/// A SEQUENCE.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

/// An OBJECT IDENTIFIER from its dotted text.
pub(crate) fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').filter_map(|arc| arc.parse().ok()).collect();
    let (first, rest) = match arcs.as_slice() {
        [first, second, rest @ ..] => (first * 40 + second, rest),
        _ => (0, &[][..]),
    };
    let mut content = Vec::new();
    for arc in std::iter::once(&first).chain(rest) {
        let mut octets = vec![(arc & 0x7f) as u8];
        let mut left = arc >> 7;
        while left > 0 {
            octets.push(0x80 | (left & 0x7f) as u8);
            left >>= 7;
        }
        content.extend(octets.iter().rev());
    }
    tlv(6, &[&content])
}

/// A part of a DER text that can be changed.
#[derive(Clone)]
pub(crate) struct Node {
    tag: Vec<u8>,
    content: Content,
    /// Replaces the encoded length.
    length: Option<Vec<u8>>,
    /// Stands after the element.
    tail: Vec<u8>,
}

#[derive(Clone)]
enum Content {
    Octets(Vec<u8>),
    /// Octets that lead in (of a BIT STRING), then elements.
    Nodes(Vec<u8>, Vec<Node>),
}

/// Reads elements one after the other; `None` when they are not well formed.
fn parse(mut der: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while !der.is_empty() {
        let (&tag, rest) = der.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (size, rest) = match first {
            ..0x80 => (usize::from(first), rest),
            0x81..=0x83 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (octets.iter().fold(0, |n, octet| n << 8 | usize::from(*octet)), rest)
            }
            0x80 | 0x84.. => return None,
        };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (content, rest) = rest.split_at_checked(size)?;
        let lead = usize::from(tag == 3);
        let inner = content.get(lead..).filter(|inner| !inner.is_empty() && depth < 20);
        let nested = tag & 0x20 != 0 || matches!(tag, 3 | 4);
        let nodes_inside = inner.filter(|_| nested).and_then(|inner| parse(inner, depth + 1));
        let content = match nodes_inside {
            Some(nodes) => Content::Nodes(content[..if tag & 0x20 == 0 { lead } else { 0 }].to_vec(), nodes),
            None => Content::Octets(content.to_vec()),
        };
        nodes.push(Node { tag: vec![tag], content, length: None, tail: Vec::new() });
        der = rest;
    }
    Some(nodes)
}

impl Node {
    fn encode(&self) -> Vec<u8> {
        let content = match &self.content {
            Content::Octets(octets) => octets.clone(),
            Content::Nodes(lead, nodes) => {
                let mut all = lead.clone();
                all.extend(nodes.iter().flat_map(Self::encode));
                all
            }
        };
        let mut all = self.tag.clone();
        all.extend(self.length.clone().unwrap_or_else(|| length(content.len())));
        all.extend(content);
        all.extend(&self.tail);
        all
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Nodes(_, nodes) => 1 + nodes.iter().map(Self::size).sum::<usize>(),
            Content::Octets(_) => 1,
        }
    }
}

/// The list and the place in it of the `n`th node.
fn locate(nodes: &mut Vec<Node>, mut n: usize) -> Option<(&mut Vec<Node>, usize)> {
    let mut at = 0;
    while at < nodes.len() {
        let size = nodes[at].size();
        if n == 0 {
            return Some((nodes, at));
        }
        if n < size {
            return match &mut nodes[at].content {
                Content::Nodes(_, inner) => locate(inner, n - 1),
                Content::Octets(_) => None,
            };
        }
        n -= size;
        at += 1;
    }
    None
}

/// Damages one place of a DER text.
pub(crate) fn damage(der: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut nodes) = parse(der, 0) else {
        return der.to_vec();
    };
    let size = nodes.iter().map(Node::size).sum();
    let Some((list, at)) = locate(&mut nodes, random.below(size)) else {
        return der.to_vec();
    };
    change(list, at, random);
    nodes.iter().flat_map(Node::encode).collect()
}

const TAGS: &[u8] = &[
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1b, 0x1c, 0x1e, 0x24, 0x30,
    0x31, 0x80, 0x81, 0x82, 0x84, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x42, 0xc1,
];

fn change(list: &mut Vec<Node>, at: usize, random: &mut Random) {
    match random.below(17) {
        0 | 1 => list[at].tag = vec![random.choose(TAGS)],
        2 => list[at].tag[0] ^= 1 << random.below(8),
        3 => list[at].tag = vec![list[at].tag[0] | 0x1f, random.choose(&[0x02, 0x1e, 0x1f, 0x81, 0x80])],
        4 => {
            list.remove(at);
        }
        5 => list.insert(at, list[at].clone()),
        6 => {
            let other = random.below(list.len());
            list.swap(at, other);
        }
        7 => list[at].tail = random.pick(&[&[5u8, 0][..], &[0], &[0, 0], &[2, 1, 0], &[0x30, 0]]).to_vec(),
        8 => {
            let content = list[at].encode();
            let size = content.len().saturating_sub(2);
            list[at].length = Some(match random.below(5) {
                0 => vec![0x81, size as u8],
                1 => vec![0x82, (size >> 8) as u8, size as u8],
                2 => vec![0x80],
                3 => vec![size.wrapping_add(1) as u8 & 0x7f],
                _ => vec![size.wrapping_sub(1) as u8 & 0x7f],
            });
        }
        9 if random.one_in(2) => list[at].content = Content::Octets(Vec::new()),
        _ => {
            let mut octets = match &list[at].content {
                Content::Octets(octets) => octets.clone(),
                Content::Nodes(..) => return change_list(list, at, random),
            };
            change_octets(&mut octets, random);
            list[at].content = Content::Octets(octets);
        }
    }
}

/// An element with elements inside loses or gains one at its end.
fn change_list(list: &mut [Node], at: usize, random: &mut Random) {
    if let Content::Nodes(_, nodes) = &mut list[at].content {
        match random.below(4) {
            0 => nodes.clear(),
            1 => nodes.extend(nodes.last().cloned()),
            2 => nodes.reverse(),
            _ => {
                nodes.pop();
            }
        }
    }
}

fn change_octets(octets: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(octets.len());
    match random.below(11) {
        0 => octets.insert(0, 0),
        1 => octets.insert(0, 0xff),
        2 => octets.truncate(at),
        3 => octets.push(random.choose(b"\0aZ09+-.\xff")),
        4 => octets.extend(std::iter::repeat_n(random.choose(b"\0\x01\x80\xff0a"), random.below(24))),
        5 if !octets.is_empty() => octets[at] = random.choose(b"\0\x01\x7f\x80\xff *@&_.:/%[]\r\n0aZ"),
        6 if !octets.is_empty() => octets[0] ^= 0x80,
        7 if !octets.is_empty() => {
            octets.remove(0);
        }
        8 => {
            octets.splice(at..at, random.pick(&["é", "\u{0}", "*", "%zz", "..", " ", "@", "\\"]).bytes()).for_each(drop)
        }
        9 => {
            *octets = random.pick(&["", "0", "20300101000000Z", "300101000000Z", "3001010000Z", "300230000000Z"]).into()
        }
        _ if !octets.is_empty() => octets[at] ^= 1 << random.below(8),
        _ => octets.push(0),
    }
}

/// The contents of the first element.
pub(crate) fn inside(der: &[u8]) -> Option<&[u8]> {
    let (header, size) = header(der)?;
    der.get(header..header + size)
}

/// The first element and what follows it.
pub(crate) fn split(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, size) = header(der)?;
    der.split_at_checked(header + size)
}

/// Octets of tag and length, and the length.
fn header(der: &[u8]) -> Option<(usize, usize)> {
    let first = *der.get(1)?;
    if first < 0x80 {
        return Some((2, usize::from(first)));
    }
    let octets = der.get(2..2 + usize::from(first & 0x7f))?;
    Some((2 + octets.len(), octets.iter().fold(0, |n, octet| n << 8 | usize::from(*octet))))
}
