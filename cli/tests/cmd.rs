//! The command's exact output: one case per file in `tests/cmd`.

// Errors of the operating system are quoted, and each system words them differently.
#![cfg(target_os = "linux")]

#[test]
fn exact_output() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
