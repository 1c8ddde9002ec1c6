//! The Statuspage-compatible documents, read by clients written for Statuspage.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use outband_site::paths;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::author::in_seconds;
use crate::session::Session;

/// What the clients must report.
struct Report {
    status: [&'static str; 2],
    unwell: &'static [&'static str],
    unresolved: &'static [&'static str],
    incidents: &'static [&'static str],
    newest: Option<&'static str>,
    upcoming: &'static [&'static str],
    maintenances: &'static [&'static str],
}

const CALM: Report = Report {
    status: ["none", "All Systems Operational"],
    unwell: &[],
    unresolved: &[],
    incidents: &[],
    newest: None,
    upcoming: &[],
    maintenances: &[],
};

const OVER: Report = Report {
    incidents: &["Mail is slow: resolved, critical"],
    newest: Some("Mail is back, and all that waited was delivered."),
    ..CALM
};

pub(super) fn the_clients(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let (author, next) = (&session.author, in_seconds(1800));
    // Before the first update nothing is reported as working.
    session.publish(&author.update("moved", "phase: notice\ntitle: Our office has moved\n"))?;
    say(session, "calm", &CALM)?;

    let down = format!(
        "phase: investigating\ntitle: Mail is down\naffects: mail outage\nnext-update: {next}\n\nWe look.\n"
    );
    session.publish(&author.update("outage", &down))?;
    let report = Report {
        status: ["critical", "Major System Outage"],
        unwell: &["Exchange mail: major_outage", "US East: major_outage", "US West: major_outage"],
        unresolved: &["Mail is down: investigating, critical"],
        incidents: &["Mail is down: investigating, critical"],
        newest: Some("We look."),
        ..CALM
    };
    say(session, "an outage", &report)?;

    let slow = format!(
        "phase: monitoring\ntitle: Mail is slow\naffects: mail operational\naffects: mail/us-west degraded\nnext-update: {next}\n"
    );
    session.publish(&author.update("outage", &slow))?;
    let report = Report {
        status: ["minor", "Partially Degraded Service"],
        unwell: &["Exchange mail: degraded_performance", "US West: degraded_performance"],
        unresolved: &["Mail is slow: monitoring, minor"],
        incidents: &["Mail is slow: monitoring, minor"],
        newest: Some("Mail is slow"),
        ..CALM
    };
    say(session, "improved", &report)?;

    let over =
        "phase: resolved\ntitle: Mail is slow\nsummary: Mail is back, and all that waited was delivered.\n";
    session.publish(&author.update("outage", over))?;
    say(session, "resolved", &OVER)?;

    let window = format!("window: {}/{}", in_seconds(3600), in_seconds(7200));
    let announced = format!(
        "phase: scheduled\ntitle: New disks\naffects: files maintenance\n{window}\nnext-update: {next}\n"
    );
    session.publish(&author.update("disks", &announced))?;
    let report = Report {
        upcoming: &["New disks: scheduled, maintenance"],
        maintenances: &["New disks: scheduled, maintenance"],
        ..OVER
    };
    say(session, "maintenance announced", &report)?;

    session.publish(
        &author.update("disks", &format!("phase: in-progress\ntitle: New disks\nnext-update: {next}\n")),
    )?;
    let report = Report {
        status: ["maintenance", "Service Under Maintenance"],
        unwell: &["Files: under_maintenance"],
        maintenances: &["New disks: in_progress, maintenance"],
        ..OVER
    };
    say(session, "maintenance in progress", &report)?;

    session.publish(&author.update("disks", "phase: completed\ntitle: New disks\n"))?;
    say(session, "maintenance completed", &OVER)
}

fn say(session: &Session<'_>, when: &str, report: &Report) -> Result<()> {
    let Report { status, unwell, unresolved, incidents, newest, upcoming, maintenances } = report;
    let expected = json!({
        "client": {
            "status": status, "summary": status, "page": "Example Mail", "unwell": unwell, "unresolved": unresolved,
            "incidents": incidents, "newest": newest, "upcoming": upcoming, "maintenances": maintenances,
        },
        "widget": { "basic": status, "badge": status },
    });
    let logged = run_clients(session).with_context(|| when.to_owned())?;
    ensure!(logged == expected, "{when}: the clients report {logged:#}\nbut should report {expected:#}");
    Ok(())
}

fn run_clients(session: &Session<'_>) -> Result<Json> {
    let tools = session.tools;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/statuspage.mjs");
    let home = TempDir::new()?;
    let run = Command::new(&tools.node)
        .arg(script)
        .args([&tools.npm, &tools.chromium])
        .arg(format!("http://{}", session.host.address()))
        .env("HOME", home.path())
        // Without this, a client may use a proxy even for this machine's own address.
        .env("NO_PROXY", "*")
        .output()?;
    ensure!(run.status.success(), "{}", String::from_utf8_lossy(&[run.stdout, run.stderr].concat()));
    serde_json::from_slice(&run.stdout).with_context(|| String::from_utf8_lossy(&run.stderr).into_owned())
}

/// Clients may not follow redirects, and tell a missing path from an outage by the status alone.
pub(super) fn the_paths(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let answers = [
        paths::API_SUMMARY,
        paths::API_STATUS,
        paths::API_COMPONENTS,
        paths::API_INCIDENTS,
        paths::API_UNRESOLVED,
        paths::API_MAINTENANCES,
        paths::API_UPCOMING,
        paths::API_ACTIVE,
    ];
    for path in answers {
        for query in ["", "?", "?_=1378206000"] {
            let answer = session.get(&format!("{path}{query}"))?;
            ensure!(
                answer.header("content-type") == Some("application/json; charset=utf-8"),
                "{path}: {answer:?}"
            );
            ensure!(answer.header("access-control-allow-origin") == Some("*"), "{path}: {answer:?}");
            ensure!(answer.json()?.pointer("/page/time_zone") == Some(&json!("Etc/UTC")), "{path}");
        }
        let etag = session.get(path)?.header("etag").context("no etag")?.to_owned();
        session.client.get_with(path, &[("if-none-match", &etag)])?.expect(304).context(path)?;
    }
    for path in [
        "/api",
        "/api/",
        "/api/v2",
        "/api/v2/",
        "/api/v2/status",
        "/api/v2/status.json/",
        "/api/v2//status.json",
        "/API/v2/status.json",
        "/api/v1/status.json",
        "/api/v2/incidents",
        "/api/v2/incidents/outage.json",
        "/api/v2/scheduled-maintenances/",
        "/api/v2/subscribers.json",
    ] {
        let answer = session.client.get(path)?.expect(404).with_context(|| path.to_owned())?;
        ensure!(answer.header("location").is_none(), "{path} redirects: {answer:?}");
        if path.starts_with("/api/") {
            ensure!(answer.header("content-type") == Some("application/problem+json"), "{path}: {answer:?}");
            ensure!(answer.header("access-control-allow-origin") == Some("*"), "{path}: {answer:?}");
            ensure!(answer.json()?.get("status") == Some(&json!(404)), "{path}: {}", answer.shown());
        }
    }
    Ok(())
}
