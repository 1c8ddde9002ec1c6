//! The index: the verdict, and whatever is going on.

use outband_record::timeline::{Incident, IncidentState, Outlook};
use serde::Serialize;

use super::article::{Article, Extent, article, listed, title};
use super::cards::{self, CardLine};
use super::components::{self, Table};
use super::frame::{Band, Frame, page, signed_stage, stage};
use super::uptime::{self, Reported};
use crate::data::Card;
use crate::feeds::{Announced, Channel};
use crate::template::RenderError;
use crate::words::{Answers, Appearance, Fact, Locale, Phrase, answers, phase, verdict_on};
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
    recent: Vec<CardLine>,
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
    let locale = Locale::page(view.site);
    let contacts = view.site.contact.iter().map(|contact| locale.contact(contact).into());
    let lead = lead(outlook);
    let (mut others, mut further) = (Vec::new(), Vec::new());
    let mut leading = None;
    for (place, (state, incident)) in outlook.open.iter().zip(open).enumerate() {
        if Some(place) == lead {
            leading = Some(whole(view, state, incident));
        } else if others.len() < WITH_ANSWERS {
            others.push(in_short(view, state, incident));
        } else {
            further.push(row(view, state));
        }
    }
    let index = Index {
        frame: Frame::new(view, paths::INDEX, signed_verdict(view, outlook)).announcing(feeds(view)),
        lead: leading,
        ask: ask(&locale, contacts),
        others,
        further,
        components: components::table(view, outlook),
        uptime: view.last_update.map(|_| uptime::recent(view, uptime)),
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
pub(super) fn ask(locale: &Locale<'_>, contacts: impl IntoIterator<Item = Phrase>) -> Option<Phrase> {
    let contacts = locale.list(contacts);
    (!contacts.is_empty()).then(|| locale.fill("index_ask", [("contacts", contacts)]))
}

/// Which open thing the verdict speaks of: the gravest, and of those the first; `None` where nothing is known to
/// be wrong.
pub(crate) fn lead(outlook: &Outlook<'_>) -> Option<usize> {
    let standings = outlook.open.iter().map(|state| verdict_on(state, outlook.now)).enumerate();
    let counting = standings.filter(|(_, verdict_on)| verdict_on.counts());
    counting
        .min_by_key(|(place, verdict_on)| (std::cmp::Reverse(verdict_on.appearance), *place))
        .map(|(place, _)| place)
}

/// The verdict on the whole site. It is fed by people, so it never says that all is well, only that nothing is
/// known to be wrong, and when they last spoke.
pub(crate) fn verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let locale = Locale::page(view.site);
    match (lead(outlook).and_then(|place| outlook.open.get(place)), view.last_update) {
        (Some(state), _) => {
            let verdict_on = verdict_on(state, outlook.now);
            let line = stage(&locale, stage_words(&locale, state), state.newest);
            let band = Band::new(verdict_on.appearance, title(&locale, state.title.by).into(), vec![line]);
            band.under(&locale, verdict_on.word(locale.messages()))
        }
        (None, Some(spoke)) => {
            let line = locale.fill("index_spoke", [("time", locale.full(spoke))]);
            Band::new(Appearance::Calm, locale.phrase("index_calm"), vec![line])
        }
        (None, None) => {
            let line = locale.phrase("index_unsaid_why");
            Band::new(Appearance::Unknown, locale.phrase("index_unsaid"), vec![line])
        }
    }
}

/// The same with who says so: on our own pages, for a page of somebody else's may not name them.
pub(super) fn signed_verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let band = verdict(view, outlook);
    let Some(state) = lead(outlook).and_then(|place| outlook.open.get(place)) else { return band };
    let words = stage_words(&Locale::page(view.site), state);
    band.with_lines(vec![signed_stage(view, words, state.newest)])
}

fn stage_words(locale: &Locale<'_>, state: &IncidentState<'_>) -> &'static str {
    if state.reopened { locale.text("stage_reopened") } else { phase(locale.messages(), state.phase) }
}

fn whole(view: &View<'_>, state: &IncidentState<'_>, incident: &Incident) -> Open {
    let above = state.title.value.as_str();
    let newest = article(view, incident, state.newest, above, Extent::Newest);
    let earlier =
        listed(incident).into_iter().filter(|logged| logged.index != state.newest.index).take(EARLIER);
    let earlier = earlier.map(|logged| article(view, incident, logged, above, Extent::Brief)).collect();
    Open { newest, earlier, ..in_short(view, state, incident) }
}

fn in_short(view: &View<'_>, state: &IncidentState<'_>, incident: &Incident) -> Open {
    let (locale, path) = (Locale::page(view.site), paths::incident(state.slug, state.drill));
    let verdict_on = verdict_on(state, view.now);
    let above = state.title.value.as_str();
    let Answers { first, more } = answers(&locale.in_short(&path), state, view.now, &view.site.contact);
    Open {
        word: verdict_on.word(locale.messages()),
        class: verdict_on.appearance.class(),
        title: title(&locale, state.title.by).into(),
        stage: signed_stage(view, stage_words(&locale, state), state.newest),
        first,
        more,
        newest: article(view, incident, state.newest, above, Extent::Brief),
        earlier: Vec::new(),
        all: locale.messages().fill("index_all", &[("count", &listed(incident).len().to_string())]),
        path,
    }
}

fn row(view: &View<'_>, state: &IncidentState<'_>) -> Row {
    let locale = Locale::page(view.site);
    let verdict_on = verdict_on(state, view.now);
    Row {
        path: paths::incident(state.slug, state.drill),
        word: verdict_on.word(locale.messages()),
        class: verdict_on.appearance.class(),
        title: title(&locale, state.title.by).into(),
        stage: stage_words(&locale, state),
    }
}
