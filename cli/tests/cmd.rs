//! The command's exact output: one case per file in `tests/cmd`.

// Errors of the operating system are quoted, and each system words them differently.
#![cfg(target_os = "linux")]

#[test]
fn what_the_command_says() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
