//! Comparing a copy's files with those expected from its log.

use std::collections::BTreeSet;

use outband_keys::printable;
use outband_record::log::{self, TileRequest};
use outband_site::{pages, paths};

use super::{Proven, Source, SourceError};
use crate::memory::{self, Renderer};

/// A file of a copy that differs from what follows from its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The public path; for an unexpected file, a slash and its name in the directory.
    pub path: String,
    /// How it differs.
    pub how: How,
    /// Which known rewriting explains it, if one alone does.
    pub cause: Option<Cause>,
}

/// How a CDN or a proxy has changed a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It hides email addresses from programs, and so from readers without scripts.
    MailAddresses,
    /// It has added a script.
    Script,
    /// It has taken out white space, or quotation marks of attributes.
    Minified,
}

impl Cause {
    /// What it is called on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MailAddresses => "mail-addresses-hidden",
            Self::Script => "script-added",
            Self::Minified => "minified",
        }
    }

    /// What was done to a page, and what to turn off.
    pub fn advice(self) -> &'static str {
        match self {
            Self::MailAddresses => {
                "a CDN has hidden its email addresses: turn off email obfuscation for this host name"
            }
            Self::Script => {
                "a script was added that is not ours, perhaps by a CDN: turn off analytics, bot detection and script loaders for this host name. If none is on, treat the page as forged"
            }
            Self::Minified => "a CDN or a proxy has minified it: turn off minification for this host name",
        }
    }

    /// The rewriting without which the page would be the expected one: nothing else is excused.
    fn of(expected: &[u8], found: &[u8]) -> Option<Self> {
        // Each of them makes a page longer or shorter.
        if expected.len() == found.len() {
            return None;
        }
        let (expected, found) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(found));
        let scripts = |page: &str| page.split("<script").skip(1).map(ToOwned::to_owned).collect::<Vec<_>>();
        let ours = scripts(&expected).into_iter().map(|script| element(&script).0.to_owned());
        let theirs = scripts(&found);
        if !ours.into_iter().all(|own| theirs.iter().any(|script| element(script).0 == own)) {
            return None;
        }
        let (expected, found) = (without_scripts(&expected), without_scripts(&found));
        let shown = with_addresses(&found);
        let bare = |page: &str| page.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>();
        if found == expected {
            Some(Self::Script)
        } else if shown == expected {
            Some(Self::MailAddresses)
        } else {
            (bare(&shown) == bare(&expected)).then_some(Self::Minified)
        }
    }
}

/// A script's element without its beginning, and what follows it.
fn element(piece: &str) -> (&str, &str) {
    piece.split_once("</script>").unwrap_or((piece, ""))
}

/// A page without its scripts.
fn without_scripts(page: &str) -> String {
    let mut pieces = page.split("<script");
    let mut rest = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        rest.push_str(element(piece).1);
    }
    rest
}

/// A page with the mail addresses that Cloudflare's Email Address Obfuscation hides.
fn with_addresses(page: &str) -> String {
    const LINK: &str = "/cdn-cgi/l/email-protection#";
    const TEXT: &str = "<span class=\"__cf_email__\" data-cfemail=\"";
    let mut links = page.split(LINK);
    let mut linked = links.next().unwrap_or_default().to_owned();
    for piece in links {
        let (hidden, after) = piece.split_once('"').unwrap_or((piece, ""));
        linked.extend(["mailto:", &revealed(hidden), "\"", after]);
    }
    let mut texts = linked.split(TEXT);
    let mut shown = texts.next().unwrap_or_default().to_owned();
    for piece in texts {
        let (hidden, after) = piece.split_once('"').unwrap_or((piece, ""));
        shown.extend([&*revealed(hidden), after.split_once("</span>").map_or("", |(_, after)| after)]);
    }
    shown
}

/// Hexadecimal bytes, each combined with the first one.
fn revealed(hidden: &str) -> String {
    let digits = hidden.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).unwrap_or_default());
    let mut bytes = digits.filter_map(|two| u8::from_str_radix(two, 16).ok());
    let key = bytes.next().unwrap_or_default();
    String::from_utf8_lossy(&bytes.map(|byte| byte ^ key).collect::<Vec<_>>()).into_owned()
}

/// How a file of a copy differs from what follows from its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is missing.
    Missing,
    /// It differs from this byte on, counted from 0.
    From(usize),
    /// It exists, but does not follow from the log.
    Unexpected,
}

/// How one file of a copy differs from the expected content; `None` if it does not.
pub fn compare(path: &str, expected: &[u8], found: Option<&[u8]>) -> Option<Difference> {
    let how = match found {
        None => How::Missing,
        Some(found) if found == expected => return None,
        Some(found) => How::From(expected.iter().zip(found).take_while(|(a, b)| a == b).count()),
    };
    let is_page = paths::media_type(path).starts_with("text/html");
    let cause = found.filter(|_| is_page).and_then(|found| Cause::of(expected, found));
    Some(Difference { path: path.to_owned(), how, cause })
}

impl Proven<'_> {
    /// The files of a copy besides those `expected`, if the copy can list them. A mirror may keep partial tiles and
    /// bundles from when the log was shorter; these are compared too.
    pub fn unexpected(
        &self,
        source: &dyn Source,
        expected: &BTreeSet<&str>,
    ) -> Result<Vec<Difference>, SourceError> {
        let mut known = BTreeSet::from([paths::in_directory(paths::CHECKPOINT)]);
        known.extend(expected.iter().map(|path| paths::in_directory(path)));
        let mut differences = Vec::new();
        for name in source.names()?.unwrap_or_default() {
            if known.contains(&name) {
                continue;
            }
            let path = format!("/{name}");
            match self.earlier(&path) {
                Some(body) => differences.extend(compare(&path, &body, source.read(&path)?.as_deref())),
                None => differences.push(Difference { path, how: How::Unexpected, cause: None }),
            }
        }
        Ok(differences)
    }

    /// A tile or bundle as it was when the log was shorter.
    fn earlier(&self, path: &str) -> Option<Vec<u8>> {
        match log::locate(path, self.tree().size)? {
            TileRequest::Whole { .. } => None,
            TileRequest::Cut { stored, bundle, width } => {
                log::cut(self.log.recomputed.tiles.get(&stored)?, bundle, width)
            }
        }
    }
}

/// Why a copy's pages cannot be compared with its log. This is the copy's own claim: whoever serves it can prevent the
/// comparison, but cannot make the pages count as proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    /// It names another renderer.
    #[error("the copy says it was written by renderer {}, this program is {}", shown(.logged), pages::RENDERER)]
    OtherRenderer {
        /// The renderer that it names.
        logged: String,
    },
    /// It names this renderer, but re-rendering is not finished.
    #[error("the copy says that its pages are being re-rendered; verify it again in a minute")]
    Unfinished,
}

/// Why the copy's pages cannot be compared; `None` if they can, or if the copy's `/data/renderer.json` is missing or
/// malformed, which is then found as a difference itself.
pub fn incomparable(source: &dyn Source) -> Result<Option<Incomparable>, SourceError> {
    let body = source.read(paths::RENDERER_JSON)?;
    let logged = body.and_then(|body| memory::parse_renderer(&body).ok());
    Ok(match logged {
        Some(Renderer { renderer, .. }) if renderer != pages::RENDERER => {
            Some(Incomparable::OtherRenderer { logged: renderer })
        }
        Some(Renderer { pending: Some(_), .. }) => Some(Incomparable::Unfinished),
        Some(_) | None => None,
    })
}

/// Escapes and shortens an untrusted name for a terminal.
fn shown(name: &str) -> String {
    printable(&name.chars().take(32).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<main>\n<p>Mail is down. <a href=\"mailto:a@b.example\">a@b.example</a></p>\n</main>\n<script src=\"/page.js\"></script>\n";
    const HIDDEN: &str = "2a4b6a48044f524b475a464f";

    fn cause(found: &str) -> Option<Cause> {
        compare("/", PAGE.as_bytes(), Some(found.as_bytes()))?.cause
    }

    #[test]
    fn a_rewriting_is_named_only_if_nothing_else_has_changed() {
        let added = PAGE.replace("</main>", "</main><script>track()</script>");
        let text =
            format!("<span class=\"__cf_email__\" data-cfemail=\"{HIDDEN}\">[email&#160;protected]</span>");
        let hidden = PAGE
            .replace("mailto:a@b.example", &format!("/cdn-cgi/l/email-protection#{HIDDEN}"))
            .replace(">a@b.example<", &format!(">{text}<"));
        assert_eq!(revealed(HIDDEN), "a@b.example");
        for (found, expected) in [
            (added.clone(), Cause::Script),
            (hidden.clone(), Cause::MailAddresses),
            (PAGE.replace('\n', ""), Cause::Minified),
        ] {
            assert_eq!(cause(&found), Some(expected), "{found}");
            // A forger is not excused by a script.
            assert_eq!(cause(&found.replace("is down", "works")), None, "{found}");
        }
        assert_eq!(cause(&PAGE.replace("is down", "works")), None);
        assert_eq!(cause(&PAGE.replace("/page.js", "/other.js")), None, "ours is gone");
        assert_eq!(cause(&PAGE.replace("<script src=\"/page.js\"></script>", "")), None, "ours is gone");
    }
}
