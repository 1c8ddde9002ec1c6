//! The frame around the content of every page: the verdict band at the top, and how to subscribe and verify at the
//! bottom.

use std::fmt::Write as _;

use askama::{DynTemplate, Template};
use outband_record::text::{Host, Site, Url};
use outband_record::time::Time;
use outband_record::timeline::LoggedUpdate;
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

use crate::feeds::Announced;
use crate::messages::Messages;
use crate::template::{self, RenderError};
use crate::words::{Appearance, Fragment, Locale, Phrase};
use crate::{Rendered, View, paths};

/// The frame of one page.
pub(super) struct Frame<'a> {
    site: &'a str,
    site_lang: Option<String>,
    /// The provider's logo and colour.
    logo: Option<&'a str>,
    accent: Option<&'a str>,
    base: &'a str,
    path: String,
    title: String,
    description: String,
    /// The path of the picture that chats show with a link.
    card: String,
    band: Band,
    feeds: Vec<Announced>,
    /// Ways to subscribe.
    ways: Vec<Way>,
    /// The lines of the footer.
    foot: Vec<Phrase>,
    /// The page's address as a QR code, for printouts.
    qr: Option<Qr>,
}

/// The band across the top: an appearance, a word, and the sentence that is the page's heading.
#[derive(Clone)]
pub(crate) struct Band {
    pub(crate) appearance: Drawn,
    /// The verdict in a word; empty if the headline is enough.
    pub(crate) word: &'static str,
    pub(crate) headline: Phrase,
    pub(crate) lines: Vec<Phrase>,
    /// The time of the newest update, while scripts are to say how long ago that was.
    since: Option<String>,
    /// The heading as one sentence: `Outage: Mail is down`.
    pub(crate) sentence: String,
}

#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) class: &'static str,
    pub(crate) solid: &'static str,
    pub(crate) mark: &'static str,
    /// The silhouette and the symbol for the browser tab's icon, which every page has, without spaces, since they are in an address.
    icon: String,
    icon_mark: String,
    /// Its colour as six hexadecimal digits, since a favicon cannot use the style sheet.
    pub(crate) icon_colour: &'static str,
}

impl Band {
    /// A band without a word.
    pub(super) fn new(appearance: Appearance, headline: Phrase, lines: Vec<Phrase>) -> Self {
        let sentence = headline.to_string();
        Self { appearance: Drawn::new(appearance), word: "", headline, lines, since: None, sentence }
    }

    /// Adds the verdict in a word before the heading.
    pub(super) fn under(self, locale: &Locale<'_>, word: &'static str) -> Self {
        let sentence = locale.labelled(Phrase::plain(word), self.headline.clone()).to_string();
        Self { word, sentence, ..self }
    }

    /// Has scripts say how long ago the newest update was.
    pub(super) fn since(self, time: Time) -> Self {
        Self { since: Some(time.to_string()), ..self }
    }

    /// Replaces the lines below the heading.
    pub(super) fn with_lines(self, lines: Vec<Phrase>) -> Self {
        Self { lines, ..self }
    }

    /// The verdict in plain text, which search engines and chat apps show below the title.
    pub(crate) fn description(&self) -> String {
        let lines = self.lines.iter().map(ToString::to_string);
        let sentences: Vec<_> = std::iter::once(self.sentence.clone()).chain(lines).collect();
        sentences.iter().map(|sentence| closed(sentence)).collect::<Vec<_>>().join(" ")
    }
}

impl Drawn {
    fn new(appearance: Appearance) -> Self {
        Self {
            class: appearance.class(),
            solid: appearance.solid(),
            mark: appearance.mark(),
            icon: appearance.icon().replace(' ', ","),
            icon_mark: appearance.mark().replace(' ', ","),
            icon_colour: appearance.icon_colour(),
        }
    }
}

/// Adds a full stop unless it already ends with punctuation.
pub(crate) fn closed(sentence: &str) -> String {
    let is_closed = sentence.ends_with(['.', '!', '?', '؟', '…']);
    if is_closed { sentence.to_owned() } else { format!("{sentence}.") }
}

impl<'a> Frame<'a> {
    pub(super) fn new(view: &View<'a>, path: impl Into<String>, band: Band) -> Self {
        let (site, locale, base) = (view.site, Locale::page(view.site), base(view));
        let feed = |(path, format)| Announced::new(path, Announced::updates(site, format));
        let path = path.into();
        let qr = paths::is_on_paper(&path).then(|| Qr::of(&url(view, &path))).flatten();
        Self {
            site: site.name.as_str(),
            site_lang: locale.foreign(None),
            logo: site.logo.as_ref().map(|logo| logo.as_str()),
            accent: site.accent.as_ref().map(|accent| accent.as_str()),
            base,
            path,
            title: format!("{} · {}", band.sentence.trim_end_matches('.'), site.name),
            description: band.description(),
            card: paths::card(band.appearance.class),
            band,
            feeds: FEEDS.map(feed).into(),
            ways: ways(&locale, site, base),
            foot: foot(&locale, site, base),
            qr,
        }
    }

    /// Says in the title how many other incidents are open: tabs and search results show little more than that.
    pub(super) fn counting(mut self, others: usize) -> Self {
        if others > 0 {
            let title = self.band.sentence.trim_end_matches('.');
            self.title = format!("{title} (+{others}) · {}", self.site);
        }
        self
    }

    /// Puts ways to subscribe to this page's subject before the others: what each is called, and its address.
    pub(super) fn subscribing(mut self, ways: impl IntoIterator<Item = (String, String)>) -> Self {
        self.ways.splice(..0, ways.into_iter().map(|(name, href)| Way { name, href }));
        self
    }

    /// Also announces feeds of parts of the site.
    pub(super) fn announcing(mut self, feeds: impl IntoIterator<Item = Announced>) -> Self {
        self.feeds.extend(feeds);
        self
    }
}

/// The feeds that every page announces.
const FEEDS: [(&str, &str); 3] =
    [(paths::ATOM, "Atom"), (paths::RSS, "RSS"), (paths::JSON_FEED, "JSON Feed")];

/// A way to subscribe.
struct Way {
    name: String,
    href: String,
}

fn ways(locale: &Locale<'_>, site: &Site, base: &str) -> Vec<Way> {
    let messages = locale.messages();
    let at = |name: String, path: &str| Way { name, href: path.to_owned() };
    let feeds = FEEDS.map(|(path, format)| at(Announced::updates(site, format), path));
    let webcal = webcal(base, paths::MAINTENANCE_ICS);
    let others = [
        at(messages.text("subscribe_calendar").to_owned(), &webcal),
        at(messages.text("subscribe_text").to_owned(), paths::STATUS_TXT),
        at(messages.text("subscribe_embed").to_owned(), paths::EMBED_HELP),
    ];
    feeds.into_iter().chain(others).collect()
}

/// The address with which programs subscribe to a calendar of the site at `base`.
pub(super) fn webcal(base: &str, path: &str) -> String {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    format!("webcal://{host}{path}")
}

/// How to contact the provider, find related links and mirrors, verify, and post; and what this page never asks for.
fn foot(locale: &Locale<'_>, site: &Site, base: &str) -> Vec<Phrase> {
    let link = |text: &str, href: &str| Phrase::default().link(text, href);
    let contacts = locale.list(site.contact.iter().map(|contact| locale.contact(contact).into()));
    let copies = site.front.iter().map(Host::as_str).chain(site.mirror.iter().map(Url::host));
    let own = std::iter::once(site.url.host()).chain(copies);
    let own = locale.list(own.map(|host| locale.name(host)));
    let links = locale.list(site.link.iter().map(|to| link(to.name.as_str(), to.url.as_str())));
    let mirrors = locale.list(site.mirror.iter().map(|url| link(url.host(), url.as_str())));
    let log = link(locale.text("foot_log_name"), paths::CHECKPOINT);
    let command = Fragment::Code { text: format!("outband verify {base}/") }.into();
    let lines = [
        (!contacts.is_empty()).then(|| locale.fill("foot_contacts", [("contacts", contacts)])),
        (!links.is_empty()).then(|| locale.fill("foot_links", [("links", links)])),
        (!mirrors.is_empty()).then(|| locale.fill("foot_mirrors", [("mirrors", mirrors)])),
        Some(locale.fill("foot_genuine", [("addresses", own)])),
        Some(locale.fill("foot_log", [("log", log), ("command", command)])),
        Some(link(locale.text("help_headline"), paths::HELP)),
    ];
    lines.into_iter().flatten().collect()
}

/// The prefix that turns a path into an absolute URL.
pub(crate) fn base<'a>(view: &View<'a>) -> &'a str {
    view.site.url.as_str().trim_end_matches('/')
}

/// The absolute URL of a path.
pub(crate) fn url(view: &View<'_>, path: &str) -> String {
    format!("{}{path}", base(view))
}

/// A page: its frame, and what is in it.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'p> {
    t: &'static Messages,
    frame: &'p Frame<'p>,
    style: &'static str,
    /// As HTML.
    main: &'p str,
}

/// Renders a page.
pub(super) fn page(
    view: &View<'_>,
    frame: &Frame<'_>,
    main: &dyn DynTemplate,
) -> Result<Rendered, RenderError> {
    let main = template::render(&frame.path, main)?;
    let page = Page { t: Messages::of(&view.site.lang), frame, style: template::STYLE, main: &main };
    Ok(Rendered::text(frame.path.as_str(), template::render(&frame.path, &page)?))
}

/// The line below a headline: the stage, and when it was posted.
pub(super) fn stage(locale: &Locale<'_>, words: impl Into<String>, logged: &LoggedUpdate) -> Phrase {
    let time = locale.full(logged.effective_time()).into();
    locale.fill("stage_as_of", [("stage", Phrase::plain(words)), ("time", time)])
}

/// The same with the signers, by their public roles. Signers whose signature is flagged are not named.
pub(super) fn signed_stage(
    view: &View<'_>,
    words: impl Into<String>,
    logged: &LoggedUpdate,
    when: Fragment,
) -> Phrase {
    let locale = Locale::page(view.site);
    if logged.signers.is_empty() {
        return locale.fill("stage_as_of", [("stage", Phrase::plain(words)), ("time", when.into())]);
    }
    let mut people: Vec<&str> = Vec::new();
    for signer in &logged.signers {
        let is_flagged = view.authority.is_flagged(&signer.fingerprint, logged.index);
        if !is_flagged && !people.contains(&signer.person.as_str()) {
            people.push(&signer.person);
        }
    }
    let (stage, time) = (Phrase::plain(words), Phrase::from(when));
    if people.is_empty() {
        let warning = Phrase::default().warn(locale.text("stage_flagged_why"));
        return locale.fill("stage_flagged", [("stage", stage), ("time", time), ("warning", warning)]);
    }
    let people =
        people.into_iter().map(|person| Fragment::Quoted { text: person.to_owned(), lang: None }.into());
    let signers = locale.list(people);
    locale.fill("stage_signed", [("stage", stage), ("time", time), ("signers", signers)])
}

/// An address as a QR code for printouts: it leads from paper to the live page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Qr {
    /// Modules per side, including the quiet zone.
    side: i32,
    /// The dark modules, row by row, as horizontal strokes of width 1: an SVG path.
    path: String,
}

/// Light modules on every side, which scanners need to find the code.
const QUIET: i32 = 4;

/// The same mask for all: trying all eight takes longer than rendering the rest of the page.
const MASK: u8 = 0;

impl Qr {
    /// Uses the lowest error correction: paper is rarely damaged, and every page carries the code. `None` if the
    /// address is too long for a QR code.
    fn of(address: &str) -> Option<Self> {
        let (text, level) = (QrSegment::make_segments(address), QrCodeEcc::Low);
        let (least, most, mask) = (Version::MIN, Version::MAX, Some(Mask::new(MASK)));
        let code = QrCode::encode_segments_advanced(&text, level, least, most, mask, false).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            strokes(&mut path, y, &code);
        }
        Some(Self { side: code.size() + 2 * QUIET, path })
    }
}

/// `M0 5h7m2 0h1`: the first stroke of a row is absolute, each following one relative to the one before.
fn strokes(path: &mut String, y: i32, code: &QrCode) {
    let row: Vec<bool> = (0..code.size()).map(|x| code.get_module(x, y)).collect();
    let mut x = 0;
    let mut end = None;
    for run in row.chunk_by(|a, b| a == b) {
        if run.contains(&true) {
            // Writing to a string cannot fail.
            let _ = match end {
                None => write!(path, "M{x} {y}h{}", run.len()),
                Some(end) => write!(path, "m{} 0h{}", x - end, run.len()),
            };
            end = Some(x + run.len());
        }
        x += run.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera sees: the path's strokes, row by row, inside the quiet zone.
    fn seen(qr: &Qr) -> Vec<Vec<bool>> {
        let (side, quiet) = (usize::try_from(qr.side).unwrap(), usize::try_from(QUIET).unwrap());
        let mut image = vec![vec![false; side]; side];
        for row in qr.path.split('M').skip(1) {
            let (start, strokes) = row.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for stroke in strokes.split('h') {
                let (length, gap) = stroke.split_once('m').unwrap_or((stroke, "0 0"));
                let end = x + length.parse::<usize>().unwrap();
                image[y + quiet][x + quiet..end + quiet].fill(true);
                x = end + gap.trim_end_matches(" 0").parse::<usize>().unwrap();
            }
        }
        image
    }

    #[test]
    fn a_scanner_reads_the_address() {
        const SCALE: usize = 4;
        for length in (0..200).step_by(11) {
            let address =
                format!("https://status.mail.example/incidents/2013-09-03-{}", "long".repeat(length));
            let image = seen(&Qr::of(&address).unwrap());
            let side = image.len() * SCALE;
            let grey = |x: usize, y: usize| if image[y / SCALE][x / SCALE] { 0 } else { 255 };
            let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey);
            let grids = prepared.detect_grids();
            assert_eq!(grids.len(), 1, "{address}");
            assert_eq!(grids[0].decode().unwrap().1, address);
        }
    }

    #[test]
    fn an_address_too_long_for_a_code_has_none() {
        assert_eq!(Qr::of(&"a".repeat(3000)), None);
    }
}
