//! `/embed/help`: snippets for other people's pages.

use super::frame::{Band, Frame, base, page};
use super::help::{Block, Help, Part};
use crate::messages::Messages;
use crate::template::RenderError;
use crate::words::{Appearance, Locale};
use crate::{Rendered, View, paths};

/// `/embed/help`: complete snippets to paste.
pub fn embed_help(view: &View<'_>) -> Result<Rendered, RenderError> {
    let (words, base) = (Messages::of(&view.site.lang), base(view));
    let at = |path: &str| format!("{base}{path}");
    let link = words.fill("embed_help_link", &[("name", &escaped(view.site.name.as_str()))]);
    let title = words.text("embed_title");
    let frame = |path: &str| {
        format!(
            r#"<iframe src="{}" title="{title}" width="100%" height="150" style="border:0" loading="lazy"></iframe>"#,
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
    let locale = Locale::page(view.site);
    let snippet = |heading, about: &[&'static str], code, now: Option<Block>| {
        let about = about.iter().map(|key| Block::Words(locale.phrase(key)));
        let now = now.map(|now| [Block::Words(locale.phrase("embed_help_now")), now]);
        let blocks = about.chain([Block::Code(code)]).chain(now.into_iter().flatten());
        Part::new(words.text(heading), blocks.collect())
    };
    let parts = vec![
        snippet(
            "embed_help_frame",
            &["embed_help_frame_words"],
            frame(paths::EMBED),
            Some(Block::Embed(paths::EMBED)),
        ),
        snippet("embed_help_banner", &["embed_help_banner_words", "embed_help_banner_rights"], banner, None),
        snippet("embed_help_badge", &[], badge, Some(Block::Picture(paths::BADGE))),
        snippet(
            "embed_help_plain",
            &["embed_help_plain_words"],
            frame(paths::EMBED_PLAIN),
            Some(Block::Embed(paths::EMBED_PLAIN)),
        ),
        snippet("embed_help_policy", &["embed_help_policy_words"], policy, None),
        snippet("embed_help_program", &["embed_help_program_words"], program, None),
    ];
    let lines = vec![locale.phrase("embed_help_line")];
    let band = Band::new(Appearance::Plain, locale.phrase("embed_help_headline"), lines);
    page(view, &Frame::new(view, paths::EMBED_HELP, band), &Help { t: words, parts })
}

/// A name escaped for the snippets, which are HTML themselves.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
