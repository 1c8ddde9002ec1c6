//! Round trips: a printed value parses back to itself, and a parsed text prints the same bytes.

use std::fmt::Debug;
use std::sync::LazyLock;

use outband_record::text::{
    Affects, Cause, Certainty, ComponentPath, Condition, Contact, Credit, DataKind, DataStatement,
    DataStatus, Eta, EtaConfidence, Fault, Id, Impact, IncidentKind, Lang, Phase, Report, Seen, SingleLine,
    Slug, Text, Update, Url, Value, Window, Yes,
};
use outband_record::time::{Date, Time};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::text::accepted_vectors;

/// Read once for all cases.
pub(crate) static VECTORS: LazyLock<Vec<String>> = LazyLock::new(accepted_vectors);

proptest! {
    #[test]
    fn an_update_prints_and_parses_to_itself(update in update()) {
        let text = update.print();
        prop_assert_eq!(Text::parse(&text), Ok(Text::Update(Box::new(update))), "{}", text);
    }

    #[test]
    fn any_text_is_refused_or_prints_identically(text in any::<String>()) {
        refused_or_identical(&text)?;
        refused_or_identical(&format!("outband update v1\n{text}\n"))?;
    }

    #[test]
    fn an_altered_text_is_refused_or_prints_identically(
        which in any::<Index>(), edits in vec(edit(), 1..4)
    ) {
        let mut text = VECTORS[which.index(VECTORS.len())].clone();
        for edit in &edits {
            text = edit.apply(&text);
            refused_or_identical(&text)?;
        }
    }
}

fn refused_or_identical(text: &str) -> Result<(), TestCaseError> {
    match Text::parse(text) {
        Ok(parsed) => prop_assert_eq!(parsed.print(), text),
        Err(error) => prop_assert!(
            (1..=text.lines().count() + 1).contains(&error.line),
            "line {} of {text:?}",
            error.line
        ),
    }
    Ok(())
}

/// Changes that editors, mail programs and attackers make to a text.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, char),
    Delete(Index),
    Replace(Index, char),
    SwapLines(Index, Index),
    RepeatLine(Index, Index),
    DeleteLine(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let character = || {
        prop_oneof![
            any::<char>(),
            select(vec!['\n', '\r', ' ', ':', '0', '+', '=', '/', '-', '—', '\u{a0}', '\u{202e}'])
        ]
    };
    let index = any::<Index>;
    prop_oneof![
        (index(), character()).prop_map(|(at, c)| Edit::Insert(at, c)),
        index().prop_map(Edit::Delete),
        (index(), character()).prop_map(|(at, c)| Edit::Replace(at, c)),
        (index(), index()).prop_map(|(a, b)| Edit::SwapLines(a, b)),
        (index(), index()).prop_map(|(from, to)| Edit::RepeatLine(from, to)),
        index().prop_map(Edit::DeleteLine),
    ]
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        if lines.is_empty() {
            return text.to_owned();
        }
        match self {
            Self::Insert(at, c) => characters.insert(at.index(characters.len() + 1), *c),
            Self::Delete(at) => drop(characters.remove(at.index(characters.len()))),
            Self::Replace(at, c) => {
                let at = at.index(characters.len());
                characters[at] = *c;
            }
            Self::SwapLines(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
                return lines.concat();
            }
            Self::RepeatLine(from, to) => {
                lines.insert(to.index(lines.len() + 1), lines[from.index(lines.len())]);
                return lines.concat();
            }
            Self::DeleteLine(at) => {
                lines.remove(at.index(lines.len()));
                return lines.concat();
            }
        }
        characters.into_iter().collect()
    }
}

fn update() -> impl Strategy<Value = Update> {
    let head = (value(hexadecimal()), time(), value(slug()), word(Phase::ALL), line::<120>());
    let bare = head.prop_map(|(id, time, incident, phase, title)| {
        Update::new(Value::parse("status.example.net").unwrap(), id, time, incident, phase, title)
    });
    (bare, logged(), states(), promises(), links(), of(body())).prop_map(
        |(mut update, logged, states, promises, links, body)| {
            (
                update.submit_by,
                update.seen,
                update.summary,
                update.symptom,
                update.scope,
                update.workaround,
            ) = logged;
            (update.impact, update.affects, update.unaffected, update.fault, update.cause, update.data) =
                states;
            (update.started, update.ended, update.window, update.next_update, update.eta) = promises.0;
            (update.report, update.credit) = promises.1;
            (update.evidence, update.reply, update.contact) = links.0;
            (update.recurrence_of, update.continues_in, update.corrects, update.retracts) = links.1;
            (update.lang, update.translates, update.drill) = links.2;
            update.body = body;
            obey(update)
        },
    )
}

/// Removes lines that rules on several lines forbid, and adds those that they require.
fn obey(mut update: Update) -> Update {
    let later = |time: &Time| *time > update.time;
    if update.translates.is_some() {
        let words =
            Update::new(update.origin, update.id, update.time, update.incident, update.phase, update.title);
        return Update {
            summary: update.summary,
            symptom: update.symptom,
            scope: update.scope,
            workaround: update.workaround,
            lang: update.lang.or(Lang::parse("de")),
            translates: update.translates,
            body: update.body,
            ..words
        };
    }
    update.submit_by = update.submit_by.filter(later);
    update.next_update = update.next_update.filter(later);
    if update.phase.needs_next_update() && update.next_update.is_none() {
        update.next_update = Some(update.time.plus(1800));
    }
    if update.phase.kind() != IncidentKind::Maintenance {
        update.window = None;
    } else if update.phase == Phase::Scheduled && update.window.is_none() {
        update.window = Some(Window { start: update.time, end: update.time.plus(3600) });
    }
    update.ended = update.ended.filter(|ended| update.started.is_none_or(|started| started <= *ended));
    update.unaffected.retain(|path| update.affects.iter().all(|affects| affects.component != *path));
    update.retracts = update.retracts.filter(|_| update.corrects.is_none());
    update.recurrence_of = update.recurrence_of.filter(|slug| *slug != update.incident);
    update.continues_in = update.continues_in.filter(|slug| *slug != update.incident);
    if update.report == Some(Report::Delivered(None)) && update.body.is_none() {
        update.body = Some("What happened.\n".to_owned());
    }
    update
}

type LoggedUpdate = (
    Option<Time>,
    Option<Seen>,
    Option<SingleLine<200>>,
    Vec<SingleLine<120>>,
    Option<SingleLine<120>>,
    Option<SingleLine<200>>,
);

fn logged() -> impl Strategy<Value = LoggedUpdate> {
    let seen = (any::<u64>(), any::<[u8; 32]>()).prop_map(|(size, root)| Seen { size, root });
    let symptom = distinct(vec(line(), 0..4), |symptom: &SingleLine<120>| symptom.clone());
    (of(time()), of(seen), of(line()), symptom, of(line()), of(line()))
}

type States =
    (Option<Impact>, Vec<Affects>, Vec<ComponentPath>, Option<Fault>, Option<Cause>, Vec<DataStatement>);

fn states() -> impl Strategy<Value = States> {
    let path = || value::<ComponentPath>(vec(slug(), 1..4).prop_map(|parts| parts.join("/")));
    let affects =
        (path(), word(Condition::ALL)).prop_map(|(component, condition)| Affects { component, condition });
    let fault = prop_oneof![
        Just(Fault::Unknown),
        word(Certainty::ALL).prop_map(Fault::Ours),
        word(Certainty::ALL).prop_map(Fault::Customer),
        (line(), word(Certainty::ALL)).prop_map(|(name, certainty)| Fault::Upstream(name, certainty)),
    ];
    let statement = |kind| move |status| DataStatement::parse(&format!("{kind} {status}"));
    let statements = DataKind::ALL.iter().flat_map(|kind| DataStatus::ALL.iter().filter_map(statement(kind)));
    let data = select(statements.collect::<Vec<_>>());
    (
        of(word(Impact::ALL)),
        distinct(vec(affects, 0..5), |affects: &Affects| affects.component.clone()),
        distinct(vec(path(), 0..3), ComponentPath::clone),
        of(fault),
        of(word(Cause::ALL)),
        distinct(vec(data, 0..4), |data: &DataStatement| data.kind),
    )
}

type Promises = (
    (Option<Time>, Option<Time>, Option<Window>, Option<Time>, Option<Eta>),
    (Option<Report>, Option<Credit>),
);

fn promises() -> impl Strategy<Value = Promises> {
    let span = || {
        (time(), 1..u64::from(u32::MAX))
            .prop_map(|(start, long)| (start.minus(long), start))
            .prop_filter("not empty", |(a, b)| a < b)
    };
    let window = span().prop_map(|(start, end)| Window { start, end });
    let confidence = || word(EtaConfidence::ALL);
    let eta = prop_oneof![
        line().prop_map(Eta::Unknown),
        (time(), confidence()).prop_map(|(by, confidence)| Eta::By(by, confidence)),
        (span(), confidence()).prop_map(|((from, to), confidence)| Eta::Between(from, to, confidence)),
    ];
    let report = prop_oneof![date().prop_map(Report::Promised), of(url()).prop_map(Report::Delivered)];
    let credit = prop_oneof![
        Just(Credit::None),
        date().prop_map(Credit::NotAssessed),
        (date(), line()).prop_map(|(by, what)| Credit::Automatic(by, what)),
        (date(), url(), line()).prop_map(|(by, at, what)| Credit::Claim(by, at, what)),
    ];
    ((of(time()), of(time()), of(window), of(time()), of(eta)), (of(report), of(credit)))
}

type Links = (
    (Vec<Url>, Vec<Url>, Vec<Contact>),
    (Option<Slug>, Option<Slug>, Option<Id>, Option<Id>),
    (Option<Lang>, Option<Id>, Option<Yes>),
);

fn links() -> impl Strategy<Value = Links> {
    let urls = || distinct(vec(url(), 0..3), Url::clone);
    let contact = prop_oneof![
        url().prop_map(|url| url.to_string()),
        any::<u32>().prop_map(|number| format!("tel:{number}")),
        any::<u32>().prop_map(|name| format!("mailto:{name}@example.org")),
    ];
    let contacts = distinct(vec(value::<Contact>(contact), 0..3), Contact::clone);
    let id = || value::<Id>(hexadecimal());
    let lang = value(select(vec!["en", "pt-BR", "cmn-Hans-CN", "de"]).prop_map(str::to_owned));
    (
        (urls(), urls(), contacts),
        (of(value(slug())), of(value(slug())), of(id()), of(id())),
        (of(lang), prop_oneof![4 => Just(None), 1 => id().prop_map(Some)], of(Just(Yes::Yes))),
    )
}

/// A value, parsed from its text.
fn value<T: Value + Debug>(text: impl Strategy<Value = String>) -> impl Strategy<Value = T> {
    text.prop_map(|text| T::parse(&text).unwrap_or_else(|| panic!("{text:?} is not {}", T::EXPECTED)))
}

fn word<T: Copy + Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    select(all)
}

fn distinct<T: Debug, K: Ord>(
    values: impl Strategy<Value = Vec<T>>,
    key: impl Fn(&T) -> K,
) -> impl Strategy<Value = Vec<T>> {
    values.prop_map(move |values| {
        let mut keys = std::collections::BTreeSet::new();
        values.into_iter().filter(|value| keys.insert(key(value))).collect()
    })
}

fn hexadecimal() -> impl Strategy<Value = String> {
    any::<u128>().prop_map(|number| format!("{number:032x}"))
}

fn slug() -> impl Strategy<Value = String> {
    vec(select((b'a'..=b'z').chain(b'0'..=b'9').chain([b'-']).map(char::from).collect::<Vec<_>>()), 1..12)
        .prop_map(String::from_iter)
}

fn time() -> impl Strategy<Value = Time> {
    any::<u64>().prop_map(|seconds| Time::from_posix(seconds % 253_402_207_201))
}

fn date() -> impl Strategy<Value = Date> {
    time().prop_map(Time::date)
}

fn url() -> impl Strategy<Value = Url> {
    let path = vec(select(('!'..='~').filter(|c| !"\"<>\\`".contains(*c)).collect::<Vec<_>>()), 0..20);
    value((any::<Option<u16>>(), path).prop_map(|(port, path)| {
        let port = port.filter(|port| *port > 0).map(|port| format!(":{port}")).unwrap_or_default();
        format!("https://example.net{port}/{}", String::from_iter(path))
    }))
}

/// Any characters allowed in a line.
fn line<const MAX: usize>() -> impl Strategy<Value = SingleLine<MAX>> {
    vec(any::<char>(), 1..MAX).prop_filter_map("a line", |characters| {
        let allowed: String = characters
            .into_iter()
            .filter(|c| SingleLine::<MAX>::parse(&format!("a{c}a")).is_some())
            .collect();
        SingleLine::parse(allowed.trim())
    })
}

fn body() -> impl Strategy<Value = String> {
    let paragraph = vec(line::<200>(), 1..4)
        .prop_map(|lines| lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    vec(paragraph, 1..4).prop_map(|paragraphs| paragraphs.join("\n")).prop_filter("no signature", |body| {
        !body.lines().any(|line| line.starts_with("— ") || line.starts_with("-----BEGIN"))
    })
}
