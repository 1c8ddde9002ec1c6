//! Questions, asked only on a terminal.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail};
use dialoguer::{Confirm, Input};
use outband_record::text::Value;

const CANCELLED: &str = "cancelled";

/// Whether somebody can answer: input and output are a terminal.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks until the answer parses as a `T`.
pub(crate) fn for_value<T: Value>(question: &str, proposal: Option<&str>) -> Result<T> {
    let check = |text: &String| match T::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("it must be {}", T::EXPECTED)),
    };
    let mut input = Input::new().with_prompt(question).validate_with(check);
    if let Some(proposal) = proposal {
        input = input.default(proposal.to_owned());
    }
    let text: String = input.interact_text().context(CANCELLED)?;
    T::parse(&text).with_context(|| format!("it must be {}", T::EXPECTED))
}

/// Asks for a value that can be skipped by pressing Enter.
pub(crate) fn for_optional<T: Value>(question: &str) -> Result<Option<T>> {
    let check = |text: &String| match text.is_empty() || T::parse(text).is_some() {
        true => Ok(()),
        false => Err(format!("it must be empty, or {}", T::EXPECTED)),
    };
    let input = Input::new().with_prompt(question).allow_empty(true).validate_with(check);
    let text: String = input.interact_text().context(CANCELLED)?;
    Ok(T::parse(&text))
}

/// Asks for a text until it passes `check`; `None` if the answer is empty.
pub(crate) fn for_text(question: &str, check: impl Fn(&str) -> Result<()>) -> Result<Option<String>> {
    let check = |text: &String| match text.as_str() {
        "" => Ok(()),
        text => check(text).map_err(|error| format!("{error:#}")),
    };
    let input = Input::<String>::new().with_prompt(question).allow_empty(true).validate_with(check);
    let text = input.interact_text().context(CANCELLED)?;
    Ok((!text.is_empty()).then_some(text))
}

/// Asks yes or no; Enter means yes.
pub(crate) fn to_confirm(question: &str) -> Result<bool> {
    let answer = Confirm::new().with_prompt(question).default(true).interact();
    answer.context(CANCELLED)
}

/// Asks whether to sign and send the text shown above; `yes` skips the question.
pub(crate) fn to_sign(yes: bool, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !is_possible() {
        bail!("not a terminal, so nobody can confirm. Use --yes to sign without confirmation");
    }
    if to_confirm(question)? {
        return Ok(());
    }
    bail!(CANCELLED)
}
