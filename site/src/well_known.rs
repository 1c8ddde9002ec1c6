//! Files that programs look for on any site: `/robots.txt` (RFC 9309) for crawlers, `/.well-known/security.txt` (RFC 9116)
//! for people who report vulnerabilities, and icons for feed readers, chats and home screens.

use crate::pages::url;
use crate::{Rendered, View, paths};

/// Days until `security.txt` must be fetched again. It is rewritten every day.
const VALID_DAYS: u64 = 90;

/// Search engines may show all pages; they have no use for the log or for operators' pages.
pub fn robots() -> Rendered {
    let folders = [paths::CONSOLE, paths::NOTES, "/log/"];
    let lines: String = folders.iter().flat_map(|folder| ["Disallow: ", folder, "\n"]).collect();
    Rendered::text(paths::ROBOTS, format!("User-agent: *\n{lines}"))
}

/// The icons, which show no state, since programs keep them for weeks; and for each state the picture that chats show
/// with a link.
pub fn pictures() -> Vec<Rendered> {
    let picture = |path: String, picture: &[u8]| Rendered { path, body: picture.to_vec() };
    let icons = [
        picture(paths::FAVICON.to_owned(), include_bytes!("../static/favicon.ico")),
        picture(paths::TOUCH_ICON.to_owned(), include_bytes!("../static/apple-touch-icon.png")),
    ];
    icons.into_iter().chain(CARDS.iter().map(|(class, card)| picture(paths::card(class), card))).collect()
}

macro_rules! cards {
    ($($class:literal),+ $(,)?) => {
        [$(($class, include_bytes!(concat!("../static/card/", $class, ".png")))),+]
    };
}

/// A picture for each appearance, by its name in the style sheet.
const CARDS: &[(&str, &[u8])] = &cards![
    "plain",
    "drill",
    "scheduled",
    "withdrawn",
    "calm",
    "over",
    "maintenance",
    "recovering",
    "unknown",
    "degraded",
    "partial",
    "outage",
];

/// How to report a vulnerability: by the contacts of the site note, or from the page if it has none.
pub fn security(view: &View<'_>) -> Rendered {
    let contacts: Vec<String> = match view.site.contact.as_slice() {
        [] => vec![url(view, paths::INDEX)],
        contacts => contacts.iter().map(ToString::to_string).collect(),
    };
    let contacts: String = contacts.iter().flat_map(|contact| ["Contact: ", contact, "\n"]).collect();
    let expires = view.now.date().start().plus(VALID_DAYS * 24 * 60 * 60);
    let (own, lang) = (url(view, paths::SECURITY), &view.site.lang);
    let rest = format!("Expires: {expires}\nPreferred-Languages: {lang}\nCanonical: {own}\n");
    Rendered::text(paths::SECURITY, contacts + &rest)
}
