//! The command `reissue-audit`.

use std::process::ExitCode;

fn main() -> ExitCode {
    reissue_audit::cli::main(std::env::args_os())
}
