//! The command `reissue-audit`.

use std::process::ExitCode;

/// Millions of small objects come and go on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    reissue_audit::cli::main(std::env::args_os())
}
