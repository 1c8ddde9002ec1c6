//! The command's answers, word for word: one case a file in `tests/cmd`.

#[test]
fn what_the_command_says() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
