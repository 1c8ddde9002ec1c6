//! The index: the verdict, and everything that is currently open.

use std::cmp::Reverse;

use askama::Template;
use outband_record::sort::sort_by_key;
use outband_record::text::{Component, ComponentPath, Condition, Lang};
use outband_record::timeline::{Incident, IncidentState, Outlook};

use super::article::{Article, Extent, article, listed, title};
use super::frame::{Band, Frame, page, signed_stage, stage};
use super::lists::{self, CardLine};
use super::uptime::{self, Ninety, Reported, depth};
use crate::data::Card;
use crate::feeds::{Announced, Channel};
use crate::messages::Messages;
use crate::template::RenderError;
use crate::words::{
    Answers, Appearance, Fact, Fragment, Locale, Phrase, answers, condition, phase, verdict_on,
};
use crate::{Refused, Rendered, Uptime, View, paths};

/// Maximum number of earlier updates, so that a long day still fits the first round trip.
const EARLIER: usize = 4;

/// Maximum number of other open incidents shown with their answers; the rest get one line each. Of a crowd, only one has
/// room for them.
pub(super) const fn with_answers(open: usize) -> usize {
    const CROWD: usize = 12;
    if open > CROWD { 1 } else { 3 }
}

/// Maximum number of other open incidents that the first screen lists.
const ALSO: usize = 5;

/// Above this many components, their feeds are not announced: feed readers offer all of them to choose from.
const MOST_COMPONENT_FEEDS: usize = 12;

/// As many as the European Union has official languages.
const MOST_LANGUAGE_FEEDS: usize = 24;

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    t: &'static Messages,
    /// Everything else that is open, for the first screen.
    also: Vec<Row>,
    /// How many more there are.
    also_more: Option<String>,
    /// The incident the verdict is about.
    lead: Option<Open>,
    /// Who to contact about a problem that is not listed.
    ask: Option<Phrase>,
    others: Vec<Open>,
    further: Vec<Row>,
    components: Table,
    /// Updates that the log does not take, each with the reason.
    refused: Vec<Phrase>,
    recent: Vec<CardLine>,
}

/// An open incident, maintenance or notice, in one line.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) title: Phrase,
    pub(super) stage: &'static str,
}

/// An open incident, maintenance or notice.
struct Open {
    path: String,
    anchor: String,
    word: &'static str,
    class: &'static str,
    title: Phrase,
    stage: Phrase,
    first: Vec<Fact>,
    more: Vec<Fact>,
    newest: Article,
    earlier: Vec<Article>,
    /// The text of the link to all updates.
    all: String,
}

/// The index. `open` has the incidents of `outlook.open`, in the same order; `recent` has the events that started
/// most recently and are over.
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
    let (mut also, mut others, mut further) = (Vec::new(), Vec::new(), Vec::new());
    let mut leading = None;
    for (place, (state, incident)) in outlook.open.iter().zip(open).enumerate() {
        if Some(place) == lead {
            leading = Some(whole(view, state, incident));
        } else if others.len() < with_answers(open.len()) {
            also.push(Row { path: format!("#{}", anchor(state)), ..row(view, state) });
            others.push(in_short(view, state, incident));
        } else {
            further.push(row(view, state));
        }
    }
    also.extend(further.iter().take(ALSO.saturating_sub(also.len())).cloned());
    let more = others.len() + further.len() - also.len();
    let frame = Frame::new(view, paths::INDEX, signed_verdict(view, outlook))
        .counting(leading.as_ref().map_or(0, |_| others.len() + further.len()))
        .announcing(feeds(view));
    let index = Index {
        t: locale.messages(),
        also,
        also_more: (more > 0).then(|| locale.messages().fill("index_also_more", &[("n", &more.to_string())])),
        lead: leading,
        ask: ask(&locale, contacts),
        others,
        further,
        components: components(view, outlook, uptime),
        refused: view.refused.iter().map(|refused| self::refused(&locale, refused)).collect(),
        recent: lists::list(view, recent),
    };
    page(view, &frame, &index)
}

/// The title of a refused update, and why it was refused.
fn refused(locale: &Locale<'_>, refused: &Refused) -> Phrase {
    let quoted = |text: &str, lang: Option<&Lang>| -> Phrase {
        Fragment::Quoted { text: text.to_owned(), lang: locale.foreign(lang) }.into()
    };
    let parts =
        [("title", quoted(&refused.title, refused.lang.as_ref())), ("why", quoted(&refused.why, None))];
    locale.fill("index_refused_line", parts)
}

/// The feeds of languages, and those of components if there are few.
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

/// Who to contact, if there are `contacts`.
pub(super) fn ask(locale: &Locale<'_>, contacts: impl IntoIterator<Item = Phrase>) -> Option<Phrase> {
    let contacts = locale.list(contacts);
    (!contacts.is_empty()).then(|| locale.fill("index_ask", [("contacts", contacts)]))
}

/// The index of the open incident the verdict is about: the most severe, and of those the first; `None` if there are
/// no known problems.
pub(super) fn lead(outlook: &Outlook<'_>) -> Option<usize> {
    let verdicts = outlook.open.iter().map(|state| verdict_on(state, outlook.now)).enumerate();
    let counting = verdicts.filter(|(_, verdict)| verdict.counts());
    counting.min_by_key(|(place, verdict)| (Reverse(verdict.appearance), *place)).map(|(place, _)| place)
}

/// How many other open incidents count for the verdict.
pub(crate) fn others(outlook: &Outlook<'_>) -> usize {
    let counting = outlook.open.iter().filter(|state| verdict_on(state, outlook.now).counts());
    counting.count().saturating_sub(1)
}

/// The open incident the verdict is about.
pub(crate) fn leading<'o, 'i>(outlook: &'o Outlook<'i>) -> Option<&'o IncidentState<'i>> {
    lead(outlook).and_then(|place| outlook.open.get(place))
}

/// The verdict on the whole site. It relies on people, so it never states that everything works, only that there are no
/// known incidents, and the time of the last update.
pub(crate) fn verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let locale = Locale::page(view.site);
    match (leading(outlook), view.last_update) {
        (Some(state), _) => {
            let verdict = verdict_on(state, outlook.now);
            let line = stage(&locale, stage_words(&locale, state), state.newest);
            let band = Band::new(verdict.appearance, title(&locale, state.title.by).into(), vec![line]);
            band.under(&locale, verdict.word(locale.messages())).since(state.newest.effective_time())
        }
        (None, Some(last)) => {
            let line = locale.fill("index_spoke", [("time", locale.full(last))]);
            Band::new(Appearance::Calm, locale.phrase("index_calm"), vec![line]).since(last)
        }
        (None, None) => {
            let line = locale.phrase("index_unsaid_why");
            Band::new(Appearance::Unknown, locale.phrase("index_unsaid"), vec![line])
        }
    }
}

/// The same with the signers: only on our own pages, since embeds may not name anyone.
pub(super) fn signed_verdict(view: &View<'_>, outlook: &Outlook<'_>) -> Band {
    let band = verdict(view, outlook);
    let Some(state) = leading(outlook) else { return band };
    band.with_lines(vec![signed_words(view, &Locale::page(view.site), state)])
}

fn signed_words(view: &View<'_>, locale: &Locale<'_>, state: &IncidentState<'_>) -> Phrase {
    let when = locale.present(state.newest.effective_time());
    signed_stage(view, stage_words(locale, state), state.newest, when)
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
    let verdict = verdict_on(state, view.now);
    let above = state.title.value.as_str();
    let Answers { first, more } = answers(&locale.in_short(&path), state, view.now, &view.site.contact);
    Open {
        word: verdict.word(locale.messages()),
        class: verdict.appearance.class(),
        title: title(&locale, state.title.by).into(),
        stage: signed_words(view, &locale, state),
        first,
        more,
        newest: article(view, incident, state.newest, above, Extent::Brief),
        earlier: Vec::new(),
        all: locale.messages().fill("index_all", &[("count", &listed(incident).len().to_string())]),
        anchor: anchor(state),
        path,
    }
}

/// Where the index shows it.
fn anchor(state: &IncidentState<'_>) -> String {
    format!("open-{}", state.slug)
}

pub(super) fn row(view: &View<'_>, state: &IncidentState<'_>) -> Row {
    let locale = Locale::page(view.site);
    let verdict = verdict_on(state, view.now);
    Row {
        path: paths::incident(state.slug, state.drill),
        word: verdict.word(locale.messages()),
        class: verdict.appearance.class(),
        title: title(&locale, state.title.by).into(),
        stage: stage_words(&locale, state),
    }
}

/// The components, each with its condition in words, the worst first.
struct Table {
    rows: Vec<ComponentRow>,
    /// While something is wrong: those without known problems.
    calm: Vec<ComponentRow>,
    /// How many these are.
    calm_words: String,
    /// How many components are not shown; `None` if all are.
    rest: Option<Phrase>,
    /// How the bars are to be read; `None` before there is a week of them.
    uptime: Option<Reported>,
}

pub(super) struct ComponentRow {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) lang: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) depth: usize,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) measured: Option<Ninety>,
}

impl ComponentRow {
    /// The share of time without reported problems.
    pub(super) fn uptime(&self) -> Option<&str> {
        self.measured.as_ref().and_then(|measured| measured.uptime.as_deref())
    }
}

/// Up to this many components, all are listed; if there are more, only top-level components and those with a stated
/// condition.
const ALL_UP_TO: usize = 40;

/// Maximum number of rows, worst first, so that a page with hundreds of components still fits the first round trip.
const MOST_ROWS: usize = 40;

/// Fewer components without known problems are not folded.
const FOLDED_FROM: usize = 3;

const UNSTATED: &str = "none";
const STATED_TO_WORK: &str = "operational";

/// The components, those with the worst conditions first, each before its parts. The table distinguishes components
/// without a stated condition: no known problems is not the same as working.
fn components(view: &View<'_>, outlook: &Outlook<'_>, uptime: &Uptime<'_>) -> Table {
    let all = &view.site.component;
    let locale = Locale::page(view.site);
    let is_listed = |component: &&Component| {
        let is_top = component.path.parent().is_none();
        all.len() <= ALL_UP_TO || is_top || outlook.shown(&component.path) != outlook.unstated
    };
    let mut listed: Vec<_> = all.iter().filter(is_listed).enumerate().collect();
    sort_by_key(&mut listed, |(_, component)| Reverse(outlook.shown(&component.path)));
    listed.truncate(MOST_ROWS);
    // A top-level component shows the worst of its parts, which follow it.
    let place = |path: &ComponentPath| all.iter().position(|component| component.path == *path);
    sort_by_key(&mut listed, |(number, component)| {
        let top = top(&component.path);
        (Reverse(outlook.shown(&top)), place(&top), *number)
    });
    let left_out = all.len().saturating_sub(listed.len());
    let rest = rest(&locale, left_out);
    let listed: Vec<&Component> = listed.into_iter().map(|(_, component)| component).collect();
    let is_calm = |component: &Component| outlook.shown(&component.path) == Condition::Operational;
    let calm = listed.iter().filter(|component| is_calm(component)).count();
    let is_folded = calm < listed.len() && calm >= FOLDED_FROM;
    let reported = view.last_update.and_then(|_| uptime::recent(view, uptime));
    let row = |component: &Component, name: String, depth: usize| ComponentRow {
        name,
        depth,
        measured: reported.as_ref().and_then(|_| uptime::drawn(uptime, &component.path)),
        ..component_row(view, &locale, outlook, component)
    };
    let (folded, open): (Vec<&Component>, Vec<&Component>) =
        listed.into_iter().partition(|component| is_folded && is_calm(component));
    // The parents of those folded may be above, among those with problems.
    let whole =
        |component: &Component| row(component, view.site.full_name(&component.path).unwrap_or_default(), 0);
    Table {
        rows: open.iter().map(|c| row(c, c.name.to_string(), depth(&c.path))).collect(),
        calm: folded.iter().map(|component| whole(component)).collect(),
        calm_words: locale.messages().fill("components_folded", &[("n", &calm.to_string())]),
        rest,
        uptime: reported,
    }
}

/// How many components are not shown, with a link to all of them; `None` if all are.
pub(super) fn rest(locale: &Locale<'_>, left_out: usize) -> Option<Phrase> {
    (left_out > 0).then(|| {
        let words = locale.messages().fill("components_rest", &[("n", &left_out.to_string())]);
        Phrase::default().link(words, paths::STATUS_JSON)
    })
}

/// The component above all others on the way to this one.
fn top(path: &ComponentPath) -> ComponentPath {
    std::iter::successors(Some(path.clone()), ComponentPath::parent).last().unwrap_or_else(|| path.clone())
}

/// A component's condition in words, and in the style sheet.
pub(super) fn component_words(
    view: &View<'_>,
    locale: &Locale<'_>,
    outlook: &Outlook<'_>,
    path: &ComponentPath,
) -> (&'static str, &'static str) {
    match outlook.shown(path) {
        Condition::Operational if outlook.is_stated(path) => (locale.text("component_works"), STATED_TO_WORK),
        Condition::Operational => (locale.text("component_calm"), UNSTATED),
        Condition::Unknown if view.last_update.is_none() => (locale.text("component_unsaid"), UNSTATED),
        worse => (condition(locale.messages(), worse), worse.as_str()),
    }
}

/// A component under its own name, without its days.
pub(super) fn component_row(
    view: &View<'_>,
    locale: &Locale<'_>,
    outlook: &Outlook<'_>,
    component: &Component,
) -> ComponentRow {
    let (word, class) = component_words(view, locale, outlook, &component.path);
    let hint = view.site.hint.iter().find(|hint| hint.component == component.path);
    ComponentRow {
        path: paths::component(&component.path),
        name: component.name.to_string(),
        lang: locale.foreign(None),
        hint: hint.map(|hint| hint.words.to_string()),
        depth: 0,
        word,
        class,
        measured: None,
    }
}
