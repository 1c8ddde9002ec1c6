//! The page in a real browser, at the worst moment of a real outage.

use anyhow::{Result, bail};

use crate::tools::Tools;

pub(super) fn the_first_screen(_: &Tools) -> Result<()> {
    bail!("not written yet")
}
