//! Writes sample pages, feeds and `/status.txt` into a directory, to be looked at:
//! `cargo run -p outband-site --example gallery -- <directory>`.

#![allow(clippy::disallowed_methods, reason = "the rendering does no I/O; a gallery is files")]

use std::path::Path;
use std::{env, fs, process};

use outband_record::timeline::Incident;
use outband_site::data::{Card, Month};
use outband_site::feeds::Feeds;
use outband_site::{Rendered, calendar, pages, paths};

#[path = "../tests/samples/mod.rs"]
mod samples;

use samples::Stage;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let Some(directory) = env::args_os().nth(1) else {
        eprintln!("usage: gallery <directory>");
        process::exit(2);
    };
    let directory = Path::new(&directory);
    for (name, stage) in stages() {
        write_stage(&directory.join(name), &stage)?;
    }
    write(&directory.join("not-set-up"), &pages::not_set_up("status.mail.example")?)
}

/// Each is a site at a moment.
fn stages() -> Vec<(&'static str, Stage)> {
    use samples::{ARABIC, CORRECTION, DRILL, EVERY_LINE, GERMAN, HOSTILE, MAINTENANCE, OUTAGE, RESOLVED};
    let silent = Stage::at("2013-09-03T12:06:00Z", &[]);
    let over = ["2013-09-05T12:00:00Z", "2013-09-18T12:00:00Z"];
    vec![
        ("silent", silent),
        ("calm", Stage::at(over[0], &[RESOLVED])),
        ("report-overdue", Stage::at(over[1], &[RESOLVED])),
        ("outage", Stage::at("2013-09-03T12:06:00Z", &[OUTAGE])),
        ("overdue", Stage::at("2013-09-03T20:10:00Z", &[OUTAGE])),
        ("scheduled", Stage::at("2013-09-05T12:00:00Z", &[RESOLVED, MAINTENANCE])),
        ("maintenance", Stage::at("2013-09-08T02:10:00Z", &[MAINTENANCE])),
        ("partial", Stage::at("2013-10-01T13:42:00Z", &[CORRECTION])),
        ("every-line", Stage::at("2014-05-06T08:00:00Z", &[EVERY_LINE])),
        ("two", Stage::at("2013-10-01T13:42:00Z", &[OUTAGE, CORRECTION])),
        ("autumn", Stage::autumn("2013-11-05T12:00:00Z")),
        ("drill", Stage::at("2014-06-01T08:00:20Z", &[DRILL])),
        ("german", Stage::at("2014-03-04T08:55:00Z", &[GERMAN]).in_language("de")),
        ("arabic", Stage::at("2014-03-04T08:55:00Z", &[ARABIC]).in_language("ar")),
        ("hostile", Stage::at("2014-07-01T08:11:00Z", &[HOSTILE])),
    ]
}

fn write_stage(directory: &Path, stage: &Stage) -> Outcome {
    let (view, outlook, open) = (stage.view(), stage.outlook(), stage.open());
    let drills: Vec<&Incident> = stage.incidents.iter().filter(|incident| incident.is_drill()).collect();
    let cards: Vec<Card> =
        stage.incidents.iter().filter_map(Incident::holding).map(|h| Card::of(&h)).collect();
    let months: Vec<Month> = cards.iter().map(|card| Month { month: card.month(), count: 1 }).collect();
    let mut files = vec![
        pages::index(&view, &outlook, &open, &stage.recent(), &stage.uptime())?,
        pages::status_txt(&view, &outlook, &open)?,
        pages::drill(&view, &drills)?,
        pages::not_found(&view)?,
        pages::history(&view, &months)?,
        pages::month(&view, "2013-09", &cards, stage.month("2013-09").as_ref())?,
        pages::month(&view, "2013-10", &cards, stage.month("2013-10").as_ref())?,
        calendar::maintenance(&view, &stage.incidents.iter().collect::<Vec<_>>()),
    ];
    let mut feeds = Feeds::new(&view);
    files.extend(feeds.updates(&stage.said(), 0)?);
    files.extend(
        feeds.history(&stage.incidents.iter().filter(|incident| !incident.is_drill()).collect::<Vec<_>>())?,
    );
    for incident in &stage.incidents {
        files.extend(pages::incident(&view, incident)?);
        files.extend(feeds.incident(incident)?);
    }
    files.iter().try_for_each(|file| write(directory, file))
}

fn write(directory: &Path, file: &Rendered) -> Outcome {
    let path = directory.join(paths::in_directory(&file.path));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, &file.body)?;
    println!("{} {}", file.body.len(), path.display());
    Ok(())
}
