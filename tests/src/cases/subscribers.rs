//! Programs that subscribe: a feed reader that polls a growing feed, and a calendar.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use outband_site::paths;
use rusqlite::Connection;
use tempfile::TempDir;

use super::readers::python;
use crate::author::{ORIGIN, in_seconds, now, sign};
use crate::session::Session;

/// In newsboat, which keeps edited entries marked as read, each update is unread exactly once, a correction is a new
/// item, and renaming the site, which rewrites everything, makes nothing unread again.
pub(super) fn newsboat(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let reader = Newsboat::of(&format!("http://{}{}", session.host.address(), paths::ATOM))?;
    let says = |title: &str, more: &str| {
        let next = in_seconds(1800);
        session.author.update(
            "outage",
            &format!("phase: identified\ntitle: {title}\nnext-update: {next}\n{more}\nWords.\n"),
        )
    };
    let first = says("One", "");
    let id = first.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).context("no id")?.to_owned();
    session.publish(&first)?;
    session.publish(&says("Two <b>& \"three\"</b>", ""))?;
    reader.shows(&["[Identified] One", "[Identified] Two <b>& \"three\"</b>"])?;
    reader.shows(&[])?;

    session.publish(&says("Not one", &format!("corrects: {id}\n")))?;
    reader.shows(&["[Correction] Not one"])?;

    let site = session.author.site().replace("name: Example Mail", "name: Another Mail");
    session.accept(&sign(&site, &[&session.author.carol])?)?;
    ensure!(session.text(paths::ATOM)?.contains("Another Mail"), "the feed was not rewritten");
    reader.shows(&[])?;

    // More updates than a feed holds, polled now and then.
    for n in 0..60 {
        session.publish(&session.author.past(&format!("short-{n}"), &format!("Short {n}")))?;
        if n % 20 == 19 {
            let expected: Vec<_> = (n - 19..=n).map(|n| format!("[Notice] Short {n}")).collect();
            reader.shows(&expected.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
    }
    ensure!(reader.items()?.len() == 63, "{:?}", reader.items()?);
    let archive = feed_rs::parser::parse(session.get("/updates/archive/1.atom")?.body.as_slice())?;
    ensure!(archive.entries.len() == 50, "{} entries in the archive", archive.entries.len());
    Ok(())
}

/// A newsboat with its own home folder.
struct Newsboat {
    home: TempDir,
}

impl Newsboat {
    fn of(feed: &str) -> Result<Self> {
        let home = TempDir::new()?;
        fs::write(home.path().join("urls"), format!("{feed}\n"))?;
        fs::write(home.path().join("config"), "reload-threads 1\n")?;
        Ok(Self { home })
    }

    /// Checks that exactly these titles are new.
    fn shows(&self, expected: &[&str]) -> Result<()> {
        let news = self.news()?;
        ensure!(news == expected, "{news:?} instead of {expected:?}; it has {:?}", self.items()?);
        // Its library treats a change within the same second as none, despite the ETag.
        thread::sleep(Duration::from_millis(1100));
        Ok(())
    }

    /// Polls the feed, and marks the new items as read. Returns their titles in the order of publication.
    fn news(&self) -> Result<Vec<String>> {
        let file = |name: &str| self.home.path().join(name);
        let reload = Command::new("newsboat")
            .args(["--quiet", "--execute=reload"])
            .arg(format!("--config-file={}", file("config").display()))
            .arg(format!("--url-file={}", file("urls").display()))
            .arg(format!("--cache-file={}", file("cache.db").display()))
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("no_proxy", "*")
            .output()
            .context("newsboat")?;
        ensure!(reload.status.success(), "{}", String::from_utf8_lossy(&reload.stderr));
        let items = self.items()?;
        self.cache()?.execute("UPDATE rss_item SET unread = 0", [])?;
        Ok(items.into_iter().filter(|(_, unread)| *unread).map(|(title, _)| title).collect())
    }

    /// Every item it has, and whether it is unread; items of the same second in the order of the feed.
    fn items(&self) -> Result<Vec<(String, bool)>> {
        let cache = self.cache()?;
        let mut items = cache.prepare("SELECT title, unread FROM rss_item WHERE deleted = 0 ORDER BY id")?;
        let items = items.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(items.collect::<Result<_, _>>()?)
    }

    fn cache(&self) -> Result<Connection> {
        Ok(Connection::open(self.home.path().join("cache.db"))?)
    }
}

/// Reads a calendar from standard input, and writes an array of events.
const SCRIPT: &str = "
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
if calendar.errors:
    sys.exit(str(calendar.errors))
def event(e):
    if e.errors:
        sys.exit(str(e.errors))
    times = [int(e.decoded(name).timestamp()) for name in ('DTSTART', 'DTEND', 'DTSTAMP', 'LAST-MODIFIED')]
    return [str(e['UID']), int(e['SEQUENCE']), str(e['STATUS']), str(e['SUMMARY']), str(e['DESCRIPTION']), str(e['URL']), times]
print(json.dumps([event(e) for e in calendar.walk('VEVENT')]))
";

type Event = (String, u64, String, String, String, String, [u64; 4]);

/// Python's icalendar reads planned, moved and cancelled maintenance, word for word.
pub(super) fn calendar(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let read = || -> Result<Vec<Event>> {
        let calendar = session.get(paths::MAINTENANCE_ICS)?;
        Ok(serde_json::from_slice(&python(session, SCRIPT, &calendar.body)?)?)
    };
    ensure!(read()?.is_empty(), "an event, though nothing is planned");
    let (start, logged) = (in_seconds(86_400), now());
    let title = "Switches; routers, \\n and “more” 🥊";
    let body = format!(
        "{}\n\n- one, two; three\n- BEGIN:VEVENT",
        "Grüße an die Nachtschicht. ".repeat(9).trim_end()
    );
    let plan = |start: outband_record::time::Time| {
        let lines = format!(
            "phase: scheduled\ntitle: {title}\naffects: voice maintenance\nwindow: {start}/{}\nnext-update: {start}\n\n{body}\n",
            start.plus(3600)
        );
        session.author.update_at(logged, "switches", &lines)
    };
    session.publish(&plan(start))?;
    session.publish(&plan(start.plus(7200)))?;
    session.publish(&session.author.update(
        "routers",
        &format!(
            "phase: scheduled\ntitle: Routers\nwindow: {start}/{}\nnext-update: {start}\n",
            start.plus(60)
        ),
    ))?;
    session.publish(&session.author.update("routers", "phase: cancelled\ntitle: Routers\n"))?;
    let events = read()?;
    let [routers, switches] = events.as_slice() else { anyhow::bail!("expected two events: {events:?}") };
    ensure!((routers.1, routers.2.as_str()) == (1, "CANCELLED"), "{routers:?}");
    let (uid, sequence, status, summary, description, url, times) = switches;
    ensure!(*uid == format!("switches@{ORIGIN}") && *sequence == 1 && status == "CONFIRMED", "{switches:?}");
    ensure!(
        summary == title && description.ends_with(&body) && description.contains("Voice"),
        "{switches:?}"
    );
    ensure!(*url == format!("https://{ORIGIN}/incidents/switches"), "{url}");
    let [begin, end, stamp, modified] = *times;
    ensure!((begin, end) == (start.plus(7200).posix(), start.plus(10_800).posix()), "{switches:?}");
    ensure!(stamp == logged.posix() && modified >= stamp, "{switches:?}");
    Ok(())
}
