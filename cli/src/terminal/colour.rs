//! The two colours that messages have; `anstream` leaves them out where the output is no terminal.

use anstyle::{AnsiColor, Style};

/// It worked.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// It did not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What matters less.
pub(crate) const QUIET: Style = Style::new().dimmed();
