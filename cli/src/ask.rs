//! Questions, where there is somebody to answer them.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use dialoguer::{Confirm, Input};
use outband_record::text::Value;

/// Whether somebody sits at the other end: questions are asked only then.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks until the answer is a `T`.
pub(crate) fn for_value<T: Value>(question: &str, proposal: Option<&str>) -> Result<T> {
    let check = |text: &String| match T::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("it must be {}", T::EXPECTED)),
    };
    let mut input = Input::new().with_prompt(question).validate_with(check);
    if let Some(proposal) = proposal {
        input = input.default(proposal.to_owned());
    }
    let text: String = input.interact_text().context("the question was not answered; nothing was done")?;
    T::parse(&text).with_context(|| format!("it must be {}", T::EXPECTED))
}

/// Asks for something that may be left out by pressing return.
pub(crate) fn for_optional<T: Value>(question: &str) -> Result<Option<T>> {
    let check = |text: &String| match text.is_empty() || T::parse(text).is_some() {
        true => Ok(()),
        false => Err(format!("leave it empty, or it must be {}", T::EXPECTED)),
    };
    let input = Input::new().with_prompt(question).allow_empty(true).validate_with(check);
    let text: String = input.interact_text().context("the question was not answered; nothing was done")?;
    Ok(T::parse(&text))
}

/// Yes or no; return means yes.
pub(crate) fn to_confirm(question: &str) -> Result<bool> {
    let answer = Confirm::new().with_prompt(question).default(true).interact();
    answer.context("the question was not answered; nothing was done")
}
