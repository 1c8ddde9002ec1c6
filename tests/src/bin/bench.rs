//! What a publication costs, on both hosts, as the log grows: `cargo xtask bench`.
//!
//! Every figure that stands for a promise is a ratio within one run, so that the machine's own speed and noise cancel.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_tests::author::{now, sign};
use outband_tests::host::Kind;
use outband_tests::session::Session;
use outband_tests::tools::Tools;

/// Publications that are timed together: the newest tile grows from empty to full over them, so that their mean does
/// not depend on where in a tile they begin.
const WINDOW: u64 = 256;

/// Entries in the small and in the large log.
const SMALL: u64 = 256;
const LARGE: u64 = 10_000;

/// Past incidents are this far apart: about 90 a month.
const APART_SECONDS: u64 = 8 * 60 * 60;

fn main() -> Result<()> {
    let tools = Tools::from_env()?;
    for (name, kind) in [("native", Kind::Native), ("edge (workerd)", Kind::Edge)] {
        let session = Session::start(kind, &tools)?;
        session.set_up()?;
        let mut size = 2;
        fill(&session, &mut size, SMALL)?;
        let small = window(&session, &mut size)?;
        fill(&session, &mut size, LARGE)?;
        let large = window(&session, &mut size)?;
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        println!(
            "{name}: a publication takes {:.2} ms from {SMALL} entries, {:.2} ms from {LARGE} (signed note in, receipt out, committed to disk)",
            milliseconds(small),
            milliseconds(large)
        );
        println!("{name}: ratio {ratio:.2}, at most 1.5 is promised\n");
        if kind == Kind::Native {
            against_a_generator(large);
            pages(&session)?;
            verify(&session, &tools, size)?;
        }
    }
    Ok(())
}

/// Publishes past incidents until the log has `target` entries.
fn fill(session: &Session<'_>, size: &mut u64, target: u64) -> Result<()> {
    let start = Instant::now();
    while *size < target {
        session.accept(&past(session, *size)?)?;
        *size += 1;
        if size.is_multiple_of(1000) {
            eprintln!("  {size} of {target} entries after {:.0} s", start.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

/// The mean time of the next publications.
fn window(session: &Session<'_>, size: &mut u64) -> Result<Duration> {
    let notes: Vec<String> = (*size..*size + WINDOW).map(|n| past(session, n)).collect::<Result<_>>()?;
    let start = Instant::now();
    for note in &notes {
        session.accept(note)?;
    }
    *size += WINDOW;
    Ok(start.elapsed() / u32::try_from(WINDOW)?)
}

/// The `n`th past incident, told in one update.
fn past(session: &Session<'_>, n: u64) -> Result<String> {
    let ended = now().minus((LARGE + 2 * WINDOW - n) * APART_SECONDS);
    let started = ended.minus(1800);
    let lines = format!(
        "phase: resolved\ntitle: Mail was slow in US East\nimpact: minor\nstarted: {started}\nended: {ended}\n\n\
         A storage controller was replaced. No mail was lost.\n"
    );
    let text = session.author.update_at(ended, &format!("{}-{n}", ended.date()), &lines);
    sign(&text, &[&session.author.alice])
}

/// What the best static peer needs for the same, from the measurements that the project began with.
fn against_a_generator(ours: Duration) {
    println!(
        "a static generator (Hugo) rebuilding the whole site took 0.6 s at 100 past incidents, 13 s or more at"
    );
    println!(
        "1,000, and did not finish in 200 s at {LARGE}: at least {:.0} × ours at {LARGE}\n",
        200.0 / ours.as_secs_f64()
    );
}

/// The sizes of what readers load.
fn pages(session: &Session<'_>) -> Result<()> {
    let open = session.author.investigating("2013-09-03-core-network");
    session.publish(&open)?;
    for path in ["/", "/incidents/2013-09-03-core-network", "/updates.atom", "/status.txt"] {
        let body = session.get(path)?.body;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&body)?;
        println!("{path}: {} bytes, {} gzip'd", body.len(), gzip.finish()?.len());
    }
    println!();
    Ok(())
}

/// The whole of it, recomputed and compared by the command, over HTTP.
fn verify(session: &Session<'_>, tools: &Tools, size: u64) -> Result<()> {
    let start = Instant::now();
    let url = format!("http://{}", session.host.address());
    let output = Command::new(&tools.outband).args(["verify", &url]).output().context("outband verify")?;
    let took = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("outband verify of {size} entries and every file, over HTTP: {took:.1} s\n");
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
