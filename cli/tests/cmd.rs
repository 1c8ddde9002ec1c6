//! The command's answers, word for word: one case a file in `tests/cmd`.

// Errors of the system are quoted, and each system words them in its own way.
#![cfg(target_os = "linux")]

#[test]
fn what_the_command_says() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
