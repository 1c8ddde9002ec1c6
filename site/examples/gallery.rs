//! Writes sample sites in every state that a reader can meet to a directory, for viewing and for checks:
//! `cargo xtask gallery`, or `cargo run -p outband-site --example gallery -- <directory>`.
//!
//! Each site has its own folder. `gallery.json` lists their files, and the pages worth looking at.

#![allow(clippy::disallowed_methods, reason = "rendering does no I/O, but a gallery consists of files")]

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, process};

use outband_record::timeline::Incident;
use outband_site::data::{Card, Month};
use outband_site::feeds::{Channel, Feeds};
use outband_site::{Rendered, calendar, embed, pages, paths};
use serde_json::{Value, json};

#[path = "../tests/samples/mod.rs"]
mod samples;

use samples::Stage;
use samples::crowd;
use samples::scenarios::{self, A, A_END, A_WORST, B, B_END, B_WORST, C, C_END, C_WORST, D, D_END, D_WORST};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let Some(directory) = env::args_os().nth(1) else {
        eprintln!("usage: gallery <directory>");
        process::exit(2);
    };
    let directory = Path::new(&directory);
    let mut sites = Vec::new();
    for (name, stage, look) in stages() {
        let files = files(&stage)?;
        sites.push(write_site(directory, name, &stage.now.to_string(), &files, look)?);
    }
    let nothing = pages::not_set_up("status.mail.example")?;
    sites.push(write_site(directory, "not-set-up", scenarios::A_WORST, &[nothing], &["/"])?);
    fs::write(directory.join("gallery.json"), json!({ "sites": sites }).to_string())?;
    Ok(())
}

/// Sites at some point in time, each with the pages that show a state no other page shows.
fn stages() -> Vec<(&'static str, Stage, &'static [&'static str])> {
    use samples::{
        ARABIC, CORRECTION, DRILL, EVERY_LINE, GERMAN, HOSTILE, MAINTENANCE, OUTAGE, RECOVERING, RESOLVED,
    };
    let flagged = Stage::at("2013-10-01T13:42:00Z", &[CORRECTION]).without("bob/laptop", 21);
    let redacted = Stage::at("2013-10-01T13:42:00Z", &[CORRECTION]).redacted(22, true);
    vec![
        ("silent", Stage::at(A_WORST, &[]), &["/", "/history", "/drill"]),
        (
            "calm",
            Stage::at("2013-09-05T12:00:00Z", &[RESOLVED]),
            &["/", "/404", "/history", "/history/2013-09", "/incidents/2013-09-03-core-network"],
        ),
        (
            "outage",
            scenarios::stage(A, A_WORST),
            &[
                "/",
                "/embed",
                "/embed/plain",
                "/embed/help",
                "/help",
                "/incidents/2013-09-03-core-network",
                "/incidents/2013-09-03-core-network/say",
            ],
        ),
        (
            "several",
            samples::several(),
            &[
                "/",
                "/embed",
                "/history",
                "/incidents/2013-09-03-calls",
                "/incidents/2013-09-07-archive",
                "/incidents/2013-09-03-mail-of-others",
            ],
        ),
        ("withdrawn", samples::withdrawn(), &["/", "/history/2013-10", "/incidents/2013-10-01-voice"]),
        ("overdue", Stage::at("2013-09-03T20:10:00Z", &[OUTAGE]), &["/", "/components/exchange"]),
        ("recovering", Stage::at("2013-09-03T19:40:00Z", &[RECOVERING]), &["/"]),
        (
            "over",
            scenarios::stage(A, A_END),
            &["/", "/history", "/history/2013-09", "/incidents/2013-09-03-core-network"],
        ),
        (
            "report-overdue",
            Stage::at("2013-09-18T12:00:00Z", &[RESOLVED]),
            &["/incidents/2013-09-03-core-network"],
        ),
        ("unknown-extent", scenarios::stage(B, "2013-09-17T09:55:00Z"), &["/"]),
        ("queues", scenarios::stage(B, B_WORST), &["/", "/incidents/2013-09-17-mail-flow"]),
        ("queues-over", scenarios::stage(B, B_END), &["/incidents/2013-09-17-mail-flow"]),
        ("dispute", scenarios::stage(C, C_WORST), &["/", "/incidents/2009-04-13-calls"]),
        ("dispute-over", scenarios::stage(C, C_END), &["/", "/incidents/2009-04-13-calls"]),
        ("partial", scenarios::stage(C, "2009-04-16T14:50:00Z"), &["/"]),
        ("degraded", scenarios::stage(D, "2012-11-08T19:00:00Z"), &["/"]),
        ("scheduled", scenarios::stage(D, "2012-11-10T12:00:00Z"), &["/", "/incidents/2012-11-13-move"]),
        ("under-way", scenarios::stage(D, "2012-11-13T17:10:00Z"), &["/", "/incidents/2012-11-13-move"]),
        (
            "end-not-confirmed",
            Stage::at("2013-09-08T06:01:00Z", &[MAINTENANCE]),
            &["/", "/incidents/2013-09-07-core-software"],
        ),
        ("unknown", scenarios::stage(D, "2012-11-13T18:37:00Z"), &["/"]),
        ("gray", scenarios::stage(D, D_WORST), &["/", "/incidents/2012-11-13-mail"]),
        (
            "notice",
            scenarios::stage(D, D_END),
            &["/", "/incidents/2012-11-13-mail", "/incidents/2012-11-30-credit"],
        ),
        (
            "corrected",
            Stage::at("2013-10-01T13:42:00Z", &[CORRECTION]),
            &["/", "/incidents/2013-10-01-voice"],
        ),
        ("flagged", flagged, &["/", "/incidents/2013-10-01-voice"]),
        ("redacted", redacted, &["/history", "/incidents/2013-10-01-voice"]),
        (
            "every-line",
            Stage::at("2014-05-06T08:00:00Z", &[EVERY_LINE]),
            &["/", "/incidents/2014-05-06-files"],
        ),
        ("autumn", Stage::autumn("2013-11-05T12:00:00Z"), &["/", "/components/voice", "/history/2013-10"]),
        ("drill", Stage::at("2014-06-01T08:00:20Z", &[DRILL]), &["/drill", "/drill/2014-06-01-practice"]),
        (
            "german",
            Stage::at("2014-03-04T08:55:00Z", &[GERMAN]).in_language("de"),
            &["/", "/help", "/incidents/2014-03-04-post"],
        ),
        (
            "arabic",
            Stage::at("2014-03-04T08:55:00Z", &[ARABIC]).in_language("ar"),
            &["/", "/help", "/history/2014-03", "/incidents/2014-03-04-mail"],
        ),
        ("hostile", Stage::at("2014-07-01T08:11:00Z", &[HOSTILE]), &["/", "/incidents/2014-07-01-hostile"]),
        ("crowded", crowd::many_incidents(), &["/", "/history", "/history/2014-02"]),
        ("long", crowd::many_updates(), &["/", "/incidents/2014-02-03-long"]),
    ]
}

/// All files of the site for people and feed readers.
fn files(stage: &Stage) -> Outcome<Vec<Rendered>> {
    let (view, outlook, open) = (stage.view(), stage.outlook(), stage.open());
    let (drills, real): (Vec<&Incident>, Vec<&Incident>) =
        stage.incidents.iter().partition(|incident| incident.is_drill());
    let mut by_month = BTreeMap::<String, Vec<Card>>::new();
    for card in real.iter().filter_map(|incident| incident.state()).map(|state| Card::of(&state)) {
        by_month.entry(card.month()).or_default().push(card);
    }
    let months: Vec<_> =
        by_month.iter().rev().map(|(month, cards)| (month.as_str(), cards.as_slice())).collect();
    let (listed, before) = months.split_at(months.len().min(pages::LISTED_MONTHS));
    let before: Vec<_> = before
        .iter()
        .map(|(month, cards)| Month { month: (*month).to_owned(), count: cards.len() as u64 })
        .collect();
    let mut files = vec![
        pages::index(&view, &outlook, &open, &stage.recent(), &stage.uptime())?,
        pages::status_txt(&view, &outlook, &open)?,
        pages::drill(&view, &drills)?,
        pages::not_found(&view)?,
        pages::history(&view, listed, &before)?,
        pages::embed_help(&view)?,
        pages::help(&view)?,
        calendar::maintenance(&view, &stage.incidents.iter().collect::<Vec<_>>()),
    ];
    for (month, cards) in &by_month {
        files.push(pages::month(&view, month, cards, stage.month(month).as_ref())?);
    }
    let feeds = Feeds::new(&view);
    let cards: Vec<&Card> = by_month.values().rev().flatten().collect();
    files.extend(feeds.updates(&stage.listed(), 0)?);
    files.extend(feeds.history(&real)?);
    for channel in &stage.channels {
        files.extend(feeds.channel(channel, &stage.listed_in(channel), 0)?);
        if let Channel::Component(path) = channel {
            files.extend(pages::component(&view, path, &outlook, &stage.uptime(), &cards)?);
            files.push(calendar::of_component(&view, path, &real));
        }
    }
    files.extend(embed::files(&view, &outlook)?);
    for incident in &stage.incidents {
        files.extend(pages::incident(&view, incident)?);
        files.extend(pages::say(&view, incident)?);
        files.extend(feeds.incident(incident)?);
    }
    Ok(files)
}

/// Writes a site, and describes it: its time, the pages to look at, and the path, media type and policy of each file.
fn write_site(directory: &Path, name: &str, now: &str, files: &[Rendered], look: &[&str]) -> Outcome<Value> {
    let mut listed = Vec::new();
    for file in files {
        let place = format!("{name}/{}", paths::in_directory(&file.path));
        let whole = directory.join(&place);
        if let Some(parent) = whole.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(whole, &file.body)?;
        let media_type = paths::media_type(&file.path);
        let policy = pages::policy(&file.path);
        listed.push(json!({"path": file.path, "file": place, "type": media_type, "policy": policy}));
    }
    if let Some(path) = look.iter().find(|path| files.iter().all(|file| file.path != **path)) {
        return Err(format!("the site {name} has no page {path}").into());
    }
    Ok(json!({"name": name, "now": now, "look": look, "files": listed}))
}
