//! The single binary of the end-to-end tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    outband_tests::run::main(outband_tests::cases::all())
}
