//! The index: the verdict, and whatever is going on.

use outband_record::timeline::{Holding, Incident, Outlook};
use serde::Serialize;

use super::article::{Article, Extent, article, listed, title};
use super::cards::{self, Line};
use super::components::{self, Table};
use super::frame::{Band, Frame, page, signed_stage, stage};
use super::uptime::{self, Reported};
use crate::data::Card;
use crate::feeds::{Announced, Channel};
use crate::template::RenderError;
use crate::words::{Answers, Fact, Look, Phrase, Voice, answers, phase, standing};
use crate::{Rendered, Uptime, View, paths};

/// So many earlier updates, so that a long day does not outgrow the first round trip.
const EARLIER: usize = 5;

/// So many open things beside the lead with their answers; further ones as a line each.
pub(super) const WITH_ANSWERS: usize = 4;

/// Up to so many components, the feed of each is announced: a reader's program lists them all to choose from.
const MOST_COMPONENT_FEEDS: usize = 12;

/// As many languages as the European Union has.
const MOST_LANGUAGE_FEEDS: usize = 24;

#[derive(Serialize)]
struct Index<'a> {
    frame: Frame<'a>,
    /// What the verdict speaks of.
    lead: Option<Open>,
    /// Whom to tell of what the page does not say.
    ask: Option<Phrase>,
    others: Vec<Open>,
    further: Vec<Row>,
    components: Table,
    /// Where nobody has spoken yet there is none: nothing reported is no good news from those who report nothing.
    uptime: Option<Reported>,
    recent: Vec<Line>,
}

/// Something that is going on, in one line.
#[derive(Serialize)]
struct Row {
    path: String,
    word: &'static str,
    class: &'static str,
    title: Phrase,
    stage: &'static str,
}

/// Something that is going on.
#[derive(Serialize)]
struct Open {
    path: String,
    word: &'static str,
    class: &'static str,
    title: Phrase,
    stage: Phrase,
    first: Vec<Fact>,
    more: Vec<Fact>,
    newest: Article,
    earlier: Vec<Article>,
    /// Where all updates are, and how many.
    all: String,
}

/// The index. `open` are the updates of what `outlook.open` holds, in the same order; `recent` is what began last
/// and is not open.
pub fn index(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    open: &[&Incident],
    recent: &[Card],
    uptime: &Uptime<'_>,
) -> Result<Rendered, RenderError> {
    let voice = Voice::page(view.site);
    let contacts = view.site.contact.iter().map(|contact| voice.contact(contact).into());
    let lead = lead(outlook);
    let (mut others, mut further) = (Vec::new(), Vec::new());
    let mut leading = None;
    for (place, (holding, incident)) in outlook.open.iter().zip(open).enumerate() {
        if Some(place) == lead {
            leading = Some(whole(view, holding, incident));
        } else if others.len() < WITH_ANSWERS {
            others.push(in_short(view, holding, incident));
        } else {
            further.push(row(view, holding));
        }
    }
    let index = Index {
        frame: Frame::new(view, paths::INDEX, signed_verdict(view, outlook)).announcing(feeds(view)),
        lead: leading,
        ask: ask(&voice, contacts),
        others,
        further,
        components: components::table(view, outlook),
        uptime: view.spoke.map(|_| uptime::recent(view, uptime)),
        recent: cards::lines(view, recent),
    };
    page(view, "index.html", paths::INDEX, &index)
}

/// The feeds of languages, and those of components where these are few.
fn feeds<'v>(view: &View<'v>) -> impl Iterator<Item = Announced> + 'v {
    let site = view.site;
    let few = site.component.len() <= MOST_COMPONENT_FEEDS;
    let components = view.channels.iter().filter(move |channel| match channel {
        Channel::Component(path) => few && site.component(path).is_some(),
        Channel::Language(_) | Channel::Archive(_) => false,
    });
    let languages = view.channels.iter().filter(|channel| matches!(channel, Channel::Language(_)));
    languages.take(MOST_LANGUAGE_FEEDS).chain(components).map(|channel| channel.announced(site))
}

/// Whom to tell, where there are `contacts`.
pub(super) fn ask(voice: &Voice<'_>, contacts: impl IntoIterator<Item = Phrase>) -> Option<Phrase> {
    let contacts = voice.list(contacts);
    (!contacts.is_empty()).then(|| voice.fill("index_ask", [("contacts", contacts)]))
}

/// Which open thing the verdict speaks of: the gravest, and of those the first; `None` where nothing is known to
/// be wrong.
pub(crate) fn lead(outlook: &Outlook<'_>) -> Option<usize> {
    let standings = outlook.open.iter().map(|holding| standing(holding, outlook.now)).enumerate();
    let counting = standings.filter(|(_, standing)| standing.counts());
    counting
        .min_by_key(|(place, standing)| (std::cmp::Reverse(standing.look), *place))
        .map(|(place, _)| place)
}

/// The verdict on the whole site. It is fed by people, so it never says that all is well, only that nothing is
/// known to be wrong, and when they last spoke.
pub(crate) fn verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let voice = Voice::page(view.site);
    match (lead(outlook).and_then(|place| outlook.open.get(place)), view.spoke) {
        (Some(holding), _) => {
            let standing = standing(holding, outlook.now);
            let line = stage(&voice, stage_words(&voice, holding), holding.newest);
            let band = Band::new(standing.look, title(&voice, holding.title.by).into(), vec![line]);
            band.under(&voice, standing.word(voice.messages()))
        }
        (None, Some(spoke)) => {
            let line = voice.fill("index_spoke", [("time", voice.full(spoke))]);
            Band::new(Look::Calm, voice.phrase("index_calm"), vec![line])
        }
        (None, None) => {
            let line = voice.phrase("index_unsaid_why");
            Band::new(Look::Unknown, voice.phrase("index_unsaid"), vec![line])
        }
    }
}

/// The same with who says so: on our own pages, for a page of somebody else's may not name them.
pub(super) fn signed_verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let band = verdict(view, outlook);
    let Some(holding) = lead(outlook).and_then(|place| outlook.open.get(place)) else { return band };
    let words = stage_words(&Voice::page(view.site), holding);
    band.with_lines(vec![signed_stage(view, words, holding.newest)])
}

fn stage_words(voice: &Voice<'_>, holding: &Holding<'_>) -> &'static str {
    if holding.reopened { voice.text("stage_reopened") } else { phase(voice.messages(), holding.phase) }
}

fn whole(view: &View<'_>, holding: &Holding<'_>, incident: &Incident) -> Open {
    let above = holding.title.value.as_str();
    let newest = article(view, incident, holding.newest, above, Extent::Newest);
    let earlier =
        listed(incident).into_iter().filter(|said| said.index != holding.newest.index).take(EARLIER);
    let earlier = earlier.map(|said| article(view, incident, said, above, Extent::Brief)).collect();
    Open { newest, earlier, ..in_short(view, holding, incident) }
}

fn in_short(view: &View<'_>, holding: &Holding<'_>, incident: &Incident) -> Open {
    let (voice, path) = (Voice::page(view.site), paths::incident(holding.slug, holding.drill));
    let standing = standing(holding, view.now);
    let above = holding.title.value.as_str();
    let Answers { first, more } = answers(&voice.in_short(&path), holding, view.now, &view.site.contact);
    Open {
        word: standing.word(voice.messages()),
        class: standing.look.class(),
        title: title(&voice, holding.title.by).into(),
        stage: signed_stage(view, stage_words(&voice, holding), holding.newest),
        first,
        more,
        newest: article(view, incident, holding.newest, above, Extent::Brief),
        earlier: Vec::new(),
        all: voice.messages().fill("index_all", &[("count", &listed(incident).len().to_string())]),
        path,
    }
}

fn row(view: &View<'_>, holding: &Holding<'_>) -> Row {
    let voice = Voice::page(view.site);
    let standing = standing(holding, view.now);
    Row {
        path: paths::incident(holding.slug, holding.drill),
        word: standing.word(voice.messages()),
        class: standing.look.class(),
        title: title(&voice, holding.title.by).into(),
        stage: stage_words(&voice, holding),
    }
}
