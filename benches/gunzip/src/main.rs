//! `gunzip FILE`: reads a file through flate2 with zlib-rs, throws the bytes away, and prints the seconds.

use std::fs::File;
use std::io::{self, Read as _};
use std::time::Instant;

use flate2::read::GzDecoder;

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: gunzip FILE"))?;
    let start = Instant::now();
    let mut decoder = GzDecoder::new(File::open(path)?);
    let mut buffer = vec![0; 128 * 1024];
    while std::hint::black_box(decoder.read(&mut buffer)?) > 0 {}
    println!("{}", start.elapsed().as_secs_f64());
    Ok(())
}
