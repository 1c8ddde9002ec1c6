//! What happens because time passes, on the hosts' own clocks.

use std::ops::RangeInclusive;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use outband_record::time::Time;

use crate::author::{in_seconds, now};
use crate::proof::prove;
use crate::session::{Session, wait_for};

/// How long after its moment something may show. Hosts tick to the second; a machine that is busy has some more.
const LATE: Duration = Duration::from_secs(10);

pub(super) fn an_update_falls_overdue(session: &mut Session<'_>) -> Result<()> {
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
        ensure!(session.text(path)?.to_lowercase().contains("overdue"), "{path} does not say it");
    }
    prove(session)?;
    session.publish(&session.author.investigating("outage"))?;
    ensure!(is_overdue(session, due)? == Some(false), "still overdue after the update");
    Ok(())
}

/// A busy machine may take longer to look than there was time; then the look says nothing, and there is a new moment.
const SOON: [u64; 3] = [4, 10, 30];

/// Publishes something for a moment that comes soon, and looks before it comes: then nothing shows yet.
fn before_its_moment(mut shows: impl FnMut(Time) -> Result<Option<bool>>) -> Result<Time> {
    for seconds in SOON {
        let moment = in_seconds(seconds);
        let found = shows(moment)?;
        if now() < moment {
            ensure!(found == Some(false), "it shows before {moment}");
            return Ok(moment);
        }
    }
    bail!("this machine is too busy to look within {SOON:?} seconds")
}

/// Whether every place says that the update is overdue; nothing while some say it already and some do not. None says
/// it before the moment.
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

pub(super) fn a_window_opens_by_itself_and_work_ends_when_it_is_said_to(
    session: &mut Session<'_>,
) -> Result<()> {
    session.set_up()?;
    let is_in_maintenance = |start: Time| -> Result<bool> {
        let status = session.get("/data/status.json")?.json()?;
        let components =
            status.get("components").and_then(|list| list.as_array()).cloned().unwrap_or_default();
        let is_voice =
            |component: &&serde_json::Value| component.get("path").is_some_and(|path| path == "voice");
        let voice =
            components.iter().find(is_voice).and_then(|component| component.get("condition")).cloned();
        let under = voice.is_some_and(|condition| condition == "maintenance");
        ensure!(!under || now() >= start, "the window opened before {start}");
        Ok(under)
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
    wait_for(LATE + until(start), "the window is open", || Ok(is_in_maintenance(start)?.then_some(())))?;
    prove(session)?;
    wait_for(LATE + until(end), "the window's end", || Ok((now() > end).then_some(())))?;
    ensure!(is_in_maintenance(start)?, "nobody has said that it is done");
    session.publish(&session.author.update(
        "routers",
        "phase: completed
title: New routers
",
    ))?;
    ensure!(!is_in_maintenance(start)?, "it is done");
    prove(session)?;
    Ok(())
}

/// Long enough to be seen on a busy machine.
const OPEN_SECONDS: u64 = 8;

/// How long it is until then.
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

/// The hosts renew it each 60 seconds. One that only does so when it is asked, long after that, is found out.
const RENEWED: RangeInclusive<u64> = 50..=64;
const NOBODY_ASKS: Duration = Duration::from_secs(70);

pub(super) fn the_cosignature_is_renewed(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let index = session.get("/")?.body;
    let before = session.checkpoint()?;
    // Nobody asks meanwhile.
    thread::sleep(NOBODY_ASKS);
    let after = session.checkpoint()?;
    ensure!(after.tree == before.tree, "the log changed by itself");
    let renewed = after.time.posix() - before.time.posix();
    ensure!(RENEWED.contains(&renewed), "renewed after {renewed} seconds");
    ensure!(session.get("/")?.body == index, "the page changed though nothing was said and no moment came");
    prove(session)?;
    Ok(())
}
