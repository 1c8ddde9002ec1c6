//! The templates, compiled in, and the style sheet that every page carries.

use std::fmt;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, context};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::messages::Messages;
use crate::paths::{self, Reach};

/// A template or a document that cannot be rendered: a bug in this crate, never in a posted note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not render {file}: {what}")]
pub struct RenderError {
    file: String,
    what: String,
}

impl RenderError {
    /// For a template, or for the document at a path.
    pub(crate) fn new(file: &str, what: impl ToString) -> Self {
        Self { file: file.to_owned(), what: what.to_string() }
    }
}

/// Renders `model` with the template `name`, with everything escaped for both HTML and XML. The messages are the
/// members of `t`.
pub(crate) fn render(
    name: &'static str,
    messages: &Arc<Messages>,
    model: &impl Serialize,
) -> Result<String, RenderError> {
    render_value(name, messages, Value::from(Serde(model)))
}

/// Apart from [`render`], so that it is compiled once, not for each model.
fn render_value(name: &'static str, messages: &Arc<Messages>, model: Value) -> Result<String, RenderError> {
    let failed = |error: Error| RenderError::new(name, format!("{error:#}"));
    let templates = TEMPLATES.as_ref().map_err(Clone::clone)?;
    let template = templates.get_template(name).map_err(failed)?;
    let t = Value::from_dyn_object(Arc::clone(messages));
    template.render(context! { t, ..model }).map_err(failed)
}

macro_rules! sources {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../templates/", $name)))),+] };
}

const SOURCES: &[(&str, &str)] = sources![
    "components.html",
    "parts.html",
    "page.html",
    "uptime.html",
    "index.html",
    "incident.html",
    "month.html",
    "history.html",
    "drill.html",
    "not_found.html",
    "not_set_up.html",
    "item.html",
    "story.html",
    "feed.atom",
    "entry.atom",
    "feed.rss",
    "embed.html",
    "help.html",
    "say.html",
    "badge.svg",
    "console.html",
];

static TEMPLATES: LazyLock<Result<Environment<'static>, RenderError>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    let tidy = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(tidy.map_err(|error| RenderError::new("the template syntax", error))?);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_escaped);
    environment.add_global("style", Value::from_safe_string(STYLE.to_owned()));
    environment.add_global("console_style", Value::from_safe_string(CONSOLE_STYLE.to_owned()));
    environment.add_global("embed_style", Value::from_safe_string(EMBED_STYLE.to_owned()));
    for (name, source) in SOURCES {
        environment
            .add_template(name, source)
            .map_err(|error| RenderError::new(name, format!("{error:#}")))?;
    }
    Ok(environment)
});

fn write_escaped(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if value.is_safe() => out.write_str(text)?,
        Some(text) => escape(out, text)?,
        None => write!(out, "{value}")?,
    }
    Ok(())
}

/// Escapes text for HTML and XML. The engine's own escaping also escapes `/`, which would bloat every link. The two
/// characters that XML does not allow in any form (XML 1.0, 2.2) become the replacement character.
fn escape(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
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
const STYLE: &str = bare!("templates/style.css");

/// The style sheet of embeds.
const EMBED_STYLE: &str = bare!("templates/embed.css");

/// The style sheet of the console.
const CONSOLE_STYLE: &str = bare!("templates/console.css");

/// The `content-security-policy` of pages. Only scripts from this host run, nothing is loaded from elsewhere, and the
/// only inline style is allowed by its hash.
pub fn content_security_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        format!(
            "default-src 'none'; style-src '{}'; img-src 'self' data:; script-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            hash(STYLE)
        )
    });
    &POLICY
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
    match paths::reach(path) {
        Reach::Own if path == paths::CONSOLE => &CONSOLE,
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
