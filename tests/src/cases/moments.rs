//! Changes caused by time alone, on the hosts' own clocks.

use std::ops::RangeInclusive;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use outband_record::time::Time;

use crate::author::{in_seconds, now};
use crate::proof::prove;
use crate::session::{Session, wait_for};

/// How late a change may appear. Hosts tick on the second; this allows for a busy machine.
const LATE: Duration = Duration::from_secs(10);

pub(super) fn an_update_becomes_overdue(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let due = before_its_moment(|due| {
        let lines =
            format!("phase: investigating\ntitle: Mail is down\naffects: mail outage\nnext-update: {due}\n");
        session.publish(&session.author.update("outage", &lines))?;
        is_overdue(session, due)
    })?;
    wait_for(LATE + until(due), "overdue everywhere", || {
        Ok(is_overdue(session, due)?.filter(|overdue| *overdue))
    })?;
    for path in ["/incidents/outage", "/", "/status.txt"] {
        ensure!(
            session.text(path)?.to_lowercase().contains("overdue"),
            "{path} does not show that it is overdue"
        );
    }
    prove(session)?;
    session.publish(&session.author.investigating("outage"))?;
    ensure!(is_overdue(session, due)? == Some(false), "still overdue after the update");
    Ok(())
}

/// Delays in seconds, tried in order: on a busy machine a short one may be over before the test has looked.
const SOON: [u64; 3] = [4, 10, 30];

/// Publishes something that takes effect soon, and checks that it does not show early. Returns that moment.
fn before_its_moment(mut shows: impl FnMut(Time) -> Result<Option<bool>>) -> Result<Time> {
    for seconds in SOON {
        let moment = in_seconds(seconds);
        let found = shows(moment)?;
        if now() < moment {
            ensure!(found == Some(false), "it shows before {moment}");
            return Ok(moment);
        }
    }
    bail!("this machine is too busy to check within {SOON:?} seconds")
}

/// Whether the update is shown as overdue everywhere (`Some(true)`), nowhere (`Some(false)`) or only in some places. It
/// must not be before its time.
fn is_overdue(session: &Session<'_>, due: Time) -> Result<Option<bool>> {
    let status = session.get("/data/status.json")?.json()?;
    let mut logged = vec![status.to_string().contains("\"overdue\":true")];
    for path in ["/", "/status.txt", "/incidents/outage"] {
        logged.push(session.text(path)?.to_lowercase().contains("overdue"));
    }
    let (any, all) = (logged.contains(&true), !logged.contains(&false));
    ensure!(!any || now() >= due, "overdue before {due}: {logged:?}");
    Ok((any == all).then_some(all))
}

pub(super) fn a_window_opens_on_time(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let is_in_maintenance = |start: Time| -> Result<bool> {
        let status = session.get("/data/status.json")?.json()?;
        let components =
            status.get("components").and_then(|list| list.as_array()).cloned().unwrap_or_default();
        let is_voice =
            |component: &&serde_json::Value| component.get("path").is_some_and(|path| path == "voice");
        let voice =
            components.iter().find(is_voice).and_then(|component| component.get("condition")).cloned();
        let in_maintenance = voice.is_some_and(|condition| condition == "maintenance");
        ensure!(!in_maintenance || now() >= start, "the window opened before {start}");
        Ok(in_maintenance)
    };
    let start = before_its_moment(|start| {
        let end = start.plus(OPEN_SECONDS);
        let lines = format!(
            "phase: scheduled\ntitle: New routers\naffects: voice maintenance\nwindow: {start}/{end}\nnext-update: {}\n",
            in_seconds(600)
        );
        session.publish(&session.author.update("routers", &lines))?;
        is_in_maintenance(start).map(Some)
    })?;
    let end = start.plus(OPEN_SECONDS);
    wait_for(LATE + until(start), "the start of the window", || Ok(is_in_maintenance(start)?.then_some(())))?;
    prove(session)?;
    wait_for(LATE + until(end), "the end of the window", || Ok((now() > end).then_some(())))?;
    ensure!(is_in_maintenance(start)?, "it ended though nobody reported it completed");
    session.publish(&session.author.update(
        "routers",
        "phase: completed
title: New routers
",
    ))?;
    ensure!(!is_in_maintenance(start)?, "it was completed but is still shown");
    prove(session)?;
    Ok(())
}

/// The length of the window: long enough to be observed on a busy machine.
const OPEN_SECONDS: u64 = 8;

/// The time left until `moment`.
fn until(moment: Time) -> Duration {
    Duration::from_secs(moment.posix().saturating_sub(now().posix()))
}

pub(super) fn a_restart_catches_up(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let due = in_seconds(3);
    let lines = format!("phase: investigating\ntitle: Mail is down\nnext-update: {due}\n");
    session.publish(&session.author.update("outage", &lines))?;
    let before = session.checkpoint()?;
    session.host.kill()?;
    while now() <= due {
        thread::sleep(Duration::from_millis(100));
    }
    session.restart()?;
    wait_for(LATE, "overdue after a restart", || Ok(is_overdue(session, due)?.filter(|overdue| *overdue)))?;
    let after = session.checkpoint()?;
    ensure!(after.tree == before.tree && after.time > before.time, "{before:?}, then {after:?}");
    prove(session)?;
    Ok(())
}

/// The hosts renew it every 60 seconds. The longer silence exposes a host that renews it only on request.
const RENEWED: RangeInclusive<u64> = 50..=64;
const SILENCE: Duration = Duration::from_secs(70);

pub(super) fn the_cosignature_is_renewed(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let index = session.get("/")?.body;
    let before = session.checkpoint()?;
    // No requests meanwhile.
    thread::sleep(SILENCE);
    let after = session.checkpoint()?;
    ensure!(after.tree == before.tree, "the log changed without a note");
    let renewed = after.time.posix() - before.time.posix();
    ensure!(RENEWED.contains(&renewed), "renewed after {renewed} seconds");
    ensure!(session.get("/")?.body == index, "the page changed though nothing happened");
    prove(session)?;
    Ok(())
}
