//! What all templates share: escaping, and the style sheets that pages carry.

use std::fmt;
use std::sync::LazyLock;

use askama::DynTemplate;
use askama::filters::Escaper;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::paths::{self, Reach};

/// A file that cannot be rendered: a bug in this crate, never in a posted note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not render {path}: {what}")]
pub struct RenderError {
    path: String,
    what: String,
}

impl RenderError {
    /// For the file at a path.
    pub(crate) fn new(path: &str, what: impl ToString) -> Self {
        Self { path: path.to_owned(), what: what.to_string() }
    }
}

/// Renders the file at a path.
pub(crate) fn render(path: &str, template: &dyn DynTemplate) -> Result<String, RenderError> {
    let mut text = String::new();
    template.dyn_render_into(&mut text).map_err(|error| RenderError::new(path, error))?;
    Ok(text)
}

/// Escapes everything that templates insert, for both HTML and XML.
#[derive(Clone, Copy)]
pub(crate) struct Escape;

impl Escaper for Escape {
    fn write_escaped_str<W: fmt::Write>(&self, mut to: W, text: &str) -> fmt::Result {
        escape(&mut to, text)
    }
}

/// Escapes text for HTML and XML. The two characters that XML does not allow in any form (XML 1.0, 2.2) become the
/// replacement character.
fn escape(out: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(may_be_special) {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut special = special.chars();
        match special.next() {
            Some('&') => out.write_str("&amp;")?,
            Some('<') => out.write_str("&lt;")?,
            Some('>') => out.write_str("&gt;")?,
            Some('"') => out.write_str("&quot;")?,
            Some('\'') => out.write_str("&#39;")?,
            Some('\u{fffe}' | '\u{ffff}') => out.write_char('\u{fffd}')?,
            Some(other) => out.write_char(other)?,
            None => {}
        }
        rest = special.as_str();
    }
    out.write_str(rest)
}

/// `0xef` begins the UTF-8 form of the two characters that XML does not allow, among others.
fn may_be_special(byte: u8) -> bool {
    matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'' | 0xef)
}

/// Displays escaped text.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(f, self.0)
    }
}

/// A script or a style sheet without comments and indentation, as the build writes it.
macro_rules! bare {
    ($($part:expr),+) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $($part),+))
    };
}
pub(crate) use bare;

/// The style sheet of pages.
pub(crate) const STYLE: &str = bare!("templates/style.css");

/// The style sheet of embeds.
pub(crate) const EMBED_STYLE: &str = bare!("templates/embed.css");

/// The style sheet of the console.
pub(crate) const CONSOLE_STYLE: &str = bare!("templates/console.css");

/// The `content-security-policy` of pages. Only scripts from this host run, nothing is loaded from elsewhere, and the
/// only inline style is allowed by its hash.
pub fn content_security_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| of_pages(""));
    &POLICY
}

/// `more` are further directives.
fn of_pages(more: &str) -> String {
    format!(
        "default-src 'none'; style-src '{}'; img-src 'self' data:; script-src 'self'; \
         connect-src 'self'; {more}base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        hash(STYLE)
    )
}

/// The `content-security-policy` of the file at `path`.
pub fn policy(path: &str) -> &'static str {
    static EMBEDDED: LazyLock<String> = LazyLock::new(|| {
        format!(
            "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'; frame-ancestors *",
            hash(EMBED_STYLE)
        )
    });
    // The page itself narrows `connect-src` to the places that the site note names.
    static CONSOLE: LazyLock<String> = LazyLock::new(|| {
        format!(
            "default-src 'none'; style-src '{}'; img-src 'self' data:; script-src 'self'; connect-src 'self' https:; \
             manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types console",
            hash(CONSOLE_STYLE)
        )
    });
    // It shows the embeds.
    static EMBED_HELP: LazyLock<String> = LazyLock::new(|| of_pages("frame-src 'self'; "));
    match paths::reach(path) {
        Reach::Own if path == paths::CONSOLE => &CONSOLE,
        Reach::Own if path == paths::EMBED_HELP => &EMBED_HELP,
        Reach::Own => content_security_policy(),
        Reach::Embedded => &EMBEDDED,
        // A worker's script sets the policy for its own requests.
        Reach::Anyone if matches!(path, paths::SERVICE_WORKER | paths::CONSOLE_WORKER) => {
            "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
        }
        Reach::Anyone => "default-src 'none'; frame-ancestors 'none'",
    }
}

/// The digest of a source, as in a policy or in an `integrity` attribute (W3C Subresource Integrity).
pub(crate) fn hash(source: impl AsRef<[u8]>) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source)))
}
