use serde::Serialize;

use crate::messages::Messages;
use crate::pages::Band;
use crate::template::{self, RenderError};
use crate::{Rendered, View, paths};

/// Two boxes side by side: a label, and the verdict in a word.
#[derive(Serialize)]
struct Badge<'b> {
    title: String,
    description: String,
    label: &'static str,
    value: String,
    /// Where each text starts and how wide it is rendered; `textLength` forces the width, since the reader's fonts
    /// are unknown.
    label_width: usize,
    value_at: usize,
    value_width: usize,
    split: usize,
    width: usize,
    colour: &'b str,
    ink: &'static str,
}

/// An image cannot show how old it is, so "no known incidents" is not green here.
const NEUTRAL: &str = "57606a";

/// Space on either side of each text.
const MARGIN: usize = 7;

/// `/badge.svg`. Its text has the same meaning as its colour.
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
        // White text on the yellow of "degraded" would be unreadable.
        ink: if band.appearance.class == "degraded" { "000" } else { "fff" },
    };
    let body = template::render("badge.svg", words, &badge)?.into_bytes();
    Ok(Rendered { path: paths::BADGE.to_owned(), body })
}

/// Rough width in pixels of text 11 pixels high; `textLength` stretches the text to exactly this width.
fn width(words: &str) -> usize {
    words.chars().map(|c| if c < '\u{1100}' { 7 } else { 12 }).sum()
}
