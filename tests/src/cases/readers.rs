//! The feeds, read by other people's programs: each item must match the log.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use outband_record::text::{Text, Update};
use outband_record::time::Time;
use outband_site::paths;

use crate::author::{ORIGIN, in_seconds, now};
use crate::session::Session;

/// An item, as read from a feed or as expected from the log.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    id: String,
    published: Time,
    title: String,
    text: String,
}

/// A feed's path, and which updates it contains.
type Feed = (&'static str, fn(&Update) -> bool);

/// The XML feeds of updates.
const FEEDS: [Feed; 6] = [
    (paths::ATOM, is_news),
    (paths::RSS, is_news),
    ("/incidents/outage.atom", |update| is_news(update) && update.incident.as_str() == "outage"),
    ("/components/mail.atom", |update| is_news(update) && !update.affects.is_empty()),
    ("/components/mail/us-east.atom", |update| is_news(update) && !update.affects.is_empty()),
    ("/updates.es.atom", |update| update.lang.is_some()),
];

fn is_news(update: &Update) -> bool {
    update.translates.is_none() && !update.is_drill()
}

pub(super) fn feed_rs(session: &mut Session<'_>) -> Result<()> {
    let log = publish_items(session)?;
    for (path, is_in) in FEEDS.into_iter().chain([(paths::JSON_FEED, is_news as _)]) {
        let answer = session.get(path)?;
        let feed = feed_rs::parser::parse(answer.body.as_slice()).with_context(|| path.to_owned())?;
        let items = feed.entries.into_iter().map(|entry| {
            let html = entry.content.and_then(|content| content.body);
            Some(Item {
                id: entry.id,
                published: Time::from_posix(u64::try_from(entry.published?.timestamp()).ok()?),
                title: entry.title?.content,
                text: html.or(entry.summary.map(|summary| summary.content))?,
            })
        });
        let items: Option<Vec<_>> = items.collect();
        are_the_logs(&items.context("an item lacks its date, title or text")?, &log, is_in)
            .with_context(|| path.to_owned())?;
    }
    for path in [paths::HISTORY_ATOM, paths::HISTORY_RSS] {
        let feed = feed_rs::parser::parse(session.get(path)?.body.as_slice())?;
        is_the_history(&feed.entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>())?;
    }
    Ok(())
}

pub(super) fn feedparser(session: &mut Session<'_>) -> Result<()> {
    let log = publish_items(session)?;
    for (path, is_in) in FEEDS {
        let read = read_by_python(session, &session.get(path)?.body).with_context(|| path.to_owned())?;
        are_the_logs(&read, &log, is_in).with_context(|| path.to_owned())?;
    }
    for path in [paths::HISTORY_ATOM, paths::HISTORY_RSS] {
        let read = read_by_python(session, &session.get(path)?.body).with_context(|| path.to_owned())?;
        is_the_history(&read.into_iter().map(|item| item.id).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Checks for one item per incident or notice, newest beginning first: `news` began now, `outage` an hour ago.
fn is_the_history(ids: &[String]) -> Result<()> {
    let expected = ["news", "outage"].map(|slug| format!("https://{ORIGIN}/incidents/{slug}"));
    ensure!(ids == expected, "{ids:?} instead of {expected:?}");
    Ok(())
}

/// Reads a feed from standard input, and writes an array of items.
const SCRIPT: &str = "
import calendar, feedparser, json, sys
feed = feedparser.parse(sys.stdin.buffer.read())
if feed.bozo:
    sys.exit(f'not well-formed: {feed.bozo_exception}')
def text(entry):
    return entry.content[0].value if 'content' in entry else entry.summary
print(json.dumps([[e.id, calendar.timegm(e.published_parsed), e.title, text(e)] for e in feed.entries]))
";

fn read_by_python(session: &Session<'_>, feed: &[u8]) -> Result<Vec<Item>> {
    let items: Vec<(String, u64, String, String)> = serde_json::from_slice(&python(session, SCRIPT, feed)?)?;
    let item =
        |(id, published, title, text)| Item { id, published: Time::from_posix(published), title, text };
    Ok(items.into_iter().map(item).collect())
}

/// Runs a script on this standard input, and returns its output.
pub(super) fn python(session: &Session<'_>, script: &str, input: &[u8]) -> Result<Vec<u8>> {
    let mut python = Command::new(&session.tools.python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    python.stdin.take().context("no standard input")?.write_all(input)?;
    let read = python.wait_with_output()?;
    ensure!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    Ok(read.stdout)
}

/// Publishes all sorts of updates, and returns them with the items expected from the log, newest first.
fn publish_items(session: &Session<'_>) -> Result<Vec<(Update, Item)>> {
    session.set_up()?;
    let author = &session.author;
    let next = in_seconds(1800);
    let lines = |title: &str, body: &str| {
        format!(
            "phase: identified\ntitle: {title}\naffects: mail outage\nworkaround: Use the web\nnext-update: {next}\n\n{body}\n"
        )
    };
    let first = author.update_at(
        now().minus(3600),
        "outage",
        &lines("Mail <u>is</u> \"down\" & out", "We look: a < b && c > d.\n\n- one\n- two ]]> three"),
    );
    let id = first.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).context("no id")?.to_owned();
    let texts = [
        first,
        author.update_at(now().minus(1800), "outage", &lines("Zwölf Boxkämpfer 🥊", "Ünïcödé e\u{301} 日本語 העברית")),
        author.update_at(now().minus(2400), "outage", &lines("Said before, sent after", "Late.")),
        author.update("outage", &format!("phase: identified\ntitle: Mail is out\nnext-update: {next}\ncorrects: {id}\n\nNot down, out.\n")),
        author.update("outage", &format!("phase: identified\ntitle: Correo\nlang: es\ntranslates: {id}\n\nSin correo.\n")),
        author.update("drill", &format!("phase: investigating\ntitle: Only a drill\nnext-update: {next}\ndrill: yes\n")),
        author.update("news", "phase: notice\ntitle: News\n"),
    ];
    let mut items = Vec::new();
    let mut last = None;
    for text in texts {
        let received = session.publish(&text)?.received;
        let Ok(Text::Update(update)) = Text::parse(&text) else { bail!("not an update: {text}") };
        // Each is dated by its receipt, but later than the one before it.
        let listed = last.map_or(received, |last: Time| received.max(last.plus(1)));
        if !update.is_drill() {
            last = Some(listed);
        }
        let item = item(&update, listed);
        items.insert(0, (*update, item));
    }
    Ok(items)
}

fn item(update: &Update, listed: Time) -> Item {
    let digits = update.id.as_str();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    Item {
        id: format!("urn:uuid:{uuid}"),
        published: listed,
        title: update.title.to_string(),
        text: update.body.clone().unwrap_or_default(),
    }
}

/// Checks that the items are in the log's order, each with its id, time, title after the phase, and complete body.
fn are_the_logs(items: &[Item], log: &[(Update, Item)], is_in: fn(&Update) -> bool) -> Result<()> {
    let log: Vec<&Item> = log.iter().filter(|(update, _)| is_in(update)).map(|(_, item)| item).collect();
    let found: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
    let expected: Vec<_> = log.iter().map(|item| item.id.as_str()).collect();
    ensure!(found == expected, "{found:?} instead of {expected:?}");
    for (item, logged) in items.iter().zip(log) {
        ensure!(item.published == logged.published, "{item:?} was published at {}", logged.published);
        ensure!(item.title.starts_with('['), "no phase before the title: {item:?}");
        ensure!(
            unescaped(&item.title).replace(['\u{2068}', '\u{2069}'], "").ends_with(&logged.title),
            "{:?} instead of {:?}",
            item.title,
            logged.title
        );
        let (found, logged) = (plain(&item.text), plain_body(&logged.text));
        ensure!(found.contains(&logged), "{logged:?} is not in {found:?}");
        let marked = item.text.contains("<u>") || item.text.contains("<script");
        ensure!(!marked, "an update's text became markup: {:?}", item.text);
    }
    Ok(())
}

/// The text of an item as a reader shows it, with one space between words.
fn plain(html: &str) -> String {
    one_spaced(&unescaped(&without_tags(html)))
}

/// A body as a reader shows it: without the hyphens that mark list items.
fn plain_body(body: &str) -> String {
    let lines: Vec<&str> = body.lines().map(|line| line.strip_prefix("- ").unwrap_or(line)).collect();
    one_spaced(&lines.join("\n"))
}

fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text + rest
}

fn unescaped(html: &str) -> String {
    let mut text = html.to_owned();
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}
