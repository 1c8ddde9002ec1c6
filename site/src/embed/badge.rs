use serde::Serialize;

use crate::messages::Messages;
use crate::pages::Band;
use crate::template::{self, RenderError};
use crate::{Rendered, View, paths};

/// Two boxes side by side: what this is, and the verdict in a word.
#[derive(Serialize)]
struct Badge<'b> {
    title: String,
    description: String,
    label: &'static str,
    value: String,
    /// Where the words begin, and how wide they are made, since nobody knows the reader's fonts.
    label_width: usize,
    value_at: usize,
    value_width: usize,
    split: usize,
    width: usize,
    colour: &'b str,
    ink: &'static str,
}

/// A picture cannot tell its age: that nothing is known to be wrong is not green here.
const NEUTRAL: &str = "57606a";

/// Space at either side of the words.
const MARGIN: usize = 7;

/// `/badge.svg`. It says in words what its colour says.
pub(super) fn svg(view: &View<'_>, band: &Band) -> Result<Rendered, RenderError> {
    let words = Messages::of(&view.site.lang);
    let headline = band.headline.to_string();
    let value = if band.word.is_empty() { headline.trim_end_matches('.') } else { band.word };
    let label = words.text("embed_badge");
    let (label_width, value_width) = (width(label), width(value));
    let split = label_width + 2 * MARGIN;
    let badge = Badge {
        title: format!("{}: {}", view.site.name, band.sentence),
        description: band.description(),
        label,
        value: value.to_owned(),
        label_width,
        value_at: split + MARGIN,
        value_width,
        split,
        width: split + value_width + 2 * MARGIN,
        colour: if band.appearance.class == "calm" { NEUTRAL } else { band.appearance.icon_colour },
        // White on the yellow of what is degraded would not be read.
        ink: if band.appearance.class == "degraded" { "000" } else { "fff" },
    };
    let body = template::render("badge.svg", words, &badge)?.into_bytes();
    Ok(Rendered { path: paths::BADGE.to_owned(), body })
}

/// Pixels that words of 11 pixels' height want, roughly; the badge says that they take as many.
fn width(words: &str) -> usize {
    words.chars().map(|c| if c < '\u{1100}' { 7 } else { 12 }).sum()
}
