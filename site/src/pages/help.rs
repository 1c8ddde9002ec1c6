//! `/help`: how to post an update, for operators with a phone, with the command, with only a shell, and with a text of
//! their own.

use askama::Template;

use super::frame::{Band, Frame, base, page};
use crate::messages::Messages;
use crate::template::RenderError;
use crate::words::{Appearance, Fragment, Locale, Phrase};
use crate::{Rendered, View, paths};

/// A page of sections with things to copy.
#[derive(Template)]
#[template(path = "help.html")]
pub(super) struct Help {
    pub(super) t: &'static Messages,
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    heading: &'static str,
    blocks: Vec<Block>,
}

/// A paragraph, something to copy, or a list.
pub(super) enum Block {
    Words(Phrase),
    Code(String),
    /// One of our own embeds, as it looks now.
    Embed(&'static str),
    /// A picture of our own, by its path.
    Picture(&'static str),
    Facts(Vec<Meaning>),
}

/// What something in an answer means.
pub(super) struct Meaning {
    label: &'static str,
    words: [Phrase; 1],
}

impl Part {
    pub(super) fn new(heading: &'static str, blocks: Vec<Block>) -> Self {
        Self { heading, blocks }
    }
}

/// `/help`: everything an operator needs in a hurry, with this site's own addresses in each command.
pub fn help(view: &View<'_>) -> Result<Rendered, RenderError> {
    let locale = Locale::page(view.site);
    let now = Phrase::default().link(locale.text("not_found_now"), paths::INDEX);
    let lines = vec![locale.fill("help_line", [("now", now)])];
    let band = Band::new(Appearance::Plain, locale.phrase("help_headline"), lines);
    let frame = Frame::new(view, paths::HELP, band);
    let parts = vec![
        with_a_phone(view, &locale),
        with_the_command(&locale),
        with_a_shell(view, &locale),
        in_powershell(view, &locale),
        with_a_text(view, &locale),
        when_refused(&locale),
        elsewhere(view, &locale),
        keys(view, &locale),
    ];
    page(view, &frame, &Help { t: locale.messages(), parts })
}

fn with_a_phone(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let console = Phrase::default().link(format!("{}{}", base(view), paths::CONSOLE), paths::CONSOLE);
    let blocks = [locale.fill("help_phone_words", [("console", console)]), locale.phrase("help_phone_enrol")];
    Part::new(locale.text("help_phone"), blocks.map(Block::Words).into())
}

fn with_the_command(locale: &Locale<'_>) -> Part {
    let settings = code("outband.toml");
    let commands = "outband status
outband publish
outband update \"Mail flows again in Dallas; New York follows within the hour.\"
outband resolve";
    let words = locale.fill("help_command_words", [("file", settings)]);
    let blocks = vec![Block::Words(words), Block::Code(commands.into())];
    Part::new(locale.text("help_command"), blocks)
}

fn with_a_shell(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let first = format!(
        "curl -fsSO {}{}
export slug=$(date -u +%F)-mail
title='Mail is down' sh new",
        base(view),
        paths::NEW_SH
    );
    let last = "title='Mail works again' phase=resolved sh new";
    let script = Phrase::default().link("new", paths::NEW_SH);
    let blocks = vec![
        Block::Words(locale.fill("help_shell_words", [("script", script)])),
        Block::Code(first),
        Block::Words(locale.phrase("help_shell_again")),
        Block::Code(last.into()),
    ];
    Part::new(locale.text("help_shell"), blocks)
}

fn in_powershell(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let commands = format!(
        "Invoke-WebRequest {}{} -OutFile new.ps1
$slug = \"$(Get-Date -Format yyyy-MM-dd)-mail\"
$title = 'Mail is down'
powershell -ExecutionPolicy Bypass -File new.ps1 -Slug $slug -Title $title",
        base(view),
        paths::NEW_PS1
    );
    Part::new(locale.text("help_powershell"), vec![Block::Code(commands)])
}

fn with_a_text(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let base = base(view);
    // GNU and BSD name a later time in two ways.
    let typed = "cat > typed.txt <<END
outband update v1
id: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
time: $(date -u +%FT%TZ)
incident: $(date -u +%F)-phones
phase: investigating
title: Phones are down
next-update: $(date -u -d 30min +%FT%TZ 2> /dev/null || date -u -v+30M +%FT%TZ)

Calls to all numbers fail. We are looking into it.
END";
    let check = format!(
        "curl -sS --fail-with-body --data-binary @typed.txt \\
  {base}{} > note.txt || cat note.txt",
        paths::CHECK
    );
    let send = format!(
        "ssh-keygen -Y sign -n outband@v1 -f ~/.ssh/id_ed25519 note.txt
(cat note.txt; echo; cat note.txt.sig) | \\
  curl --data-binary @- {base}{}",
        paths::NOTES
    );
    let blocks = vec![
        Block::Words(locale.phrase("help_text_words")),
        Block::Code(typed.into()),
        Block::Words(locale.phrase("help_text_check")),
        Block::Code(check),
        Block::Words(locale.phrase("help_text_sign")),
        Block::Code(send),
    ];
    Part::new(locale.text("help_text"), blocks)
}

/// Refusals that an operator is likely to meet, by the name in the answer's `type`.
fn when_refused(locale: &Locale<'_>) -> Part {
    let meaning = |label, key| Meaning { label, words: [locale.phrase(key)] };
    let damaged = locale.fill("help_damaged", [("right", code("--data-binary")), ("wrong", code("-d"))]);
    let meanings = vec![
        meaning("unknown-signer", "help_unknown_signer"),
        meaning("removed-signer", "help_removed_signer"),
        meaning("bad-signature", "help_bad_signature"),
        Meaning { label: "damaged", words: [damaged] },
        meaning("bad-text", "help_bad_text"),
        meaning("unknown-incident", "help_unknown_incident"),
        meaning("time-in-future", "help_time_in_future"),
        meaning("busy", "help_busy"),
        meaning("no-answer", "help_no_answer"),
    ];
    let blocks = vec![Block::Words(locale.phrase("help_refused_words")), Block::Facts(meanings)];
    Part::new(locale.text("help_refused"), blocks)
}

/// The address that takes notes, and every copy of this page.
fn elsewhere(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let endpoint = code(format!("{}{}", base(view), paths::NOTES));
    let copy = |at: &str| {
        let address = format!("{}{}", at.trim_end_matches('/'), paths::HELP);
        Phrase::default().link(address.clone(), address)
    };
    let copies = std::iter::once(base(view)).chain(view.site.mirror.iter().map(|url| url.as_str()));
    let words = [
        locale.fill("help_elsewhere_notes", [("endpoint", endpoint)]),
        locale.fill("help_elsewhere_copies", [("copies", locale.list(copies.map(copy)))]),
    ];
    Part::new(locale.text("help_elsewhere"), words.map(Block::Words).into())
}

fn keys(view: &View<'_>, locale: &Locale<'_>) -> Part {
    let roster = Phrase::default().link(paths::ROSTER_JSON, paths::ROSTER_JSON);
    let origin = &view.site.origin;
    let commands = format!(
        "outband roster list
outband roster add --person bob --key bob.pub
outband roster remove {origin}/bob/ssh"
    );
    let blocks =
        vec![Block::Words(locale.fill("help_keys_words", [("roster", roster)])), Block::Code(commands)];
    Part::new(locale.text("help_keys"), blocks)
}

fn code(text: impl Into<String>) -> Phrase {
    Fragment::Code { text: text.into() }.into()
}
