//! The page with an incident's ready-made messages, and the page with snippets for other people's pages.

use outband_record::timeline::Incident;
use serde::Serialize;

use super::frame::{Band, Frame, base, page};
use crate::messages::Messages;
use crate::say::{self, sayings};
use crate::template::RenderError;
use crate::words::{Appearance, Locale};
use crate::{Rendered, View, paths};

#[derive(Serialize)]
struct Say<'a> {
    frame: Frame<'a>,
    parts: Vec<Channel>,
    back: String,
}

#[derive(Serialize)]
struct Channel {
    heading: &'static str,
    /// How much of the channel's limit is used.
    hint: Option<String>,
    list: bool,
    lines: Vec<String>,
}

/// Ready-made messages for an incident, maintenance or notice; `None` for a drill, which nobody should announce, and
/// if there are no updates.
pub fn say(view: &View<'_>, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
    let Some(state) = incident.state().filter(|state| !state.drill) else { return Ok(None) };
    let words = Messages::of(&view.site.lang);
    let logged = sayings(view, &state);
    let used = |key, used: usize| Some(words.fill(key, &[("used", &used.to_string())]));
    let one = |key, hint, line| Channel { heading: words.text(key), hint, list: false, lines: vec![line] };
    let parts = vec![
        one("say_message", used("say_message_hint", say::septets(&logged.message)), logged.message),
        one("say_social", used("say_social_hint", say::weight(&logged.social)), logged.social),
        one("say_mail_subject", None, logged.subject),
        one("say_mail", None, logged.mail),
        one("say_phone", used("say_phone_hint", say::words(&logged.phone)), logged.phone),
        Channel { heading: words.text("say_staff"), hint: None, list: true, lines: logged.staff },
        one("say_resellers", None, logged.resellers),
    ];
    let path = paths::say(state.slug);
    let locale = Locale::page(view.site);
    let title = locale.quoted(state.title.value.as_str(), state.title.by.update.lang.as_ref());
    let lines = vec![title.into(), locale.phrase("say_line")];
    let band = Band::new(Appearance::Plain, locale.phrase("say_headline"), lines);
    let model =
        Say { frame: Frame::new(view, path.as_str(), band), parts, back: paths::incident(state.slug, false) };
    page(view, "say.html", &path, &model).map(Some)
}

#[derive(Serialize)]
struct Help<'a> {
    frame: Frame<'a>,
    parts: Vec<Snippet>,
}

#[derive(Serialize)]
struct Snippet {
    heading: &'static str,
    words: Vec<&'static str>,
    code: String,
}

/// `/embed/help`: complete snippets to paste.
pub fn embed_help(view: &View<'_>) -> Result<Rendered, RenderError> {
    let (words, base) = (Messages::of(&view.site.lang), base(view));
    let at = |path: &str| format!("{base}{path}");
    let link = words.fill("embed_help_link", &[("name", &escaped(view.site.name.as_str()))]);
    let title = words.text("embed_title");
    let frame = |path: &str| {
        format!(
            r#"<iframe src="{}" title="{title}" width="100%" height="130" loading="lazy"></iframe>"#,
            at(path)
        )
    };
    let banner = format!(
        "<div data-outband><a href=\"{}\">{link}</a></div>\n<script async src=\"{}\"></script>",
        at(paths::INDEX),
        at(paths::EMBED_JS)
    );
    let badge =
        format!(r#"<a href="{}"><img src="{}" alt="{link}"></a>"#, at(paths::INDEX), at(paths::BADGE));
    let policy = format!("script-src {base}; connect-src {base}; frame-src {base}; img-src {base}");
    let program = format!("{}\n{}", at(paths::BANNER_JSON), at(paths::CHECKPOINT));
    let snippet = |heading, about: &[&'static str], code| Snippet {
        heading: words.text(heading),
        words: about.iter().map(|key| words.text(key)).collect(),
        code,
    };
    let parts = vec![
        snippet("embed_help_banner", &["embed_help_banner_words"], banner),
        snippet("embed_help_frame", &["embed_help_frame_words"], frame(paths::EMBED)),
        snippet("embed_help_badge", &[], badge),
        snippet("embed_help_plain", &["embed_help_plain_words"], frame(paths::EMBED_PLAIN)),
        snippet("embed_help_policy", &["embed_help_policy_words"], policy),
        snippet("embed_help_program", &["embed_help_program_words"], program),
    ];
    let locale = Locale::page(view.site);
    let lines = vec![locale.phrase("embed_help_line")];
    let band = Band::new(Appearance::Plain, locale.phrase("embed_help_headline"), lines);
    page(
        view,
        "embed_help.html",
        paths::EMBED_HELP,
        &Help { frame: Frame::new(view, paths::EMBED_HELP, band), parts },
    )
}

/// A name escaped for the snippets, which are HTML themselves.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
