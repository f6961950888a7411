//! The command `reissue-audit`.

use std::process::ExitCode;

/// Millions of small objects come and go on several threads. Version 2 of mimalloc: for most sizes, version 3 cannot tell that
/// its blocks are aligned as Rust asks, and takes larger ones by a longer way.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    reissue_audit::cli::main(std::env::args_os())
}
