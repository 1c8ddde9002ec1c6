//! Measures the cost of a publication on both hosts as the log grows: `cargo xtask bench`.
//!
//! The growth is a ratio within one run, so that the machine's own speed and noise cancel out.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_record::log::{entry_hash, hash_text};
use outband_tests::author::{ORIGIN, now, sign};
use outband_tests::host::Kind;
use outband_tests::session::Session;
use outband_tests::tools::Tools;
use outband_tests::{place, scenario};

/// Publications timed together: they fill one tile from empty to full, so that their mean does not depend on where in a
/// tile they begin.
const WINDOW: u64 = 256;

/// The sizes of the small and the large log.
const SMALL: u64 = 256;
const LARGE: u64 = 10_000;

/// The time between past incidents: about 90 of them a month.
const APART_SECONDS: u64 = 8 * 60 * 60;

fn main() -> Result<()> {
    let tools = Tools::from_env()?;
    let mut broken = Broken::default();
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
            "{name}: a publication takes {:.2} ms from {SMALL} entries, {:.2} ms from {LARGE} (from signed note to receipt, committed to disk)",
            milliseconds(small),
            milliseconds(large)
        );
        println!("{name}: ratio {ratio:.2}; at most {MAX_RATIO} is promised\n");
        broken
            .promise(ratio <= MAX_RATIO, || format!("{name}: the cost of a publication grows with the log"));
        if kind == Kind::Native {
            broken.promise(large <= MAX_PUBLICATION, || {
                format!("a publication takes {large:?}; {MAX_PUBLICATION:?} is promised")
            });
            against_a_generator(large);
            let took = verify(&session, &tools, size)?;
            broken.promise(took <= MAX_VERIFY, || {
                format!("outband verify takes {took:?}; {MAX_VERIFY:?} is promised")
            });
        }
        redact(&session, name, size)?;
        sizes(&tools, name, kind)?;
    }
    pages(&tools, &mut broken)?;
    from_a_cold_shell(&tools)?;
    ensure!(broken.0.is_empty(), "{}", broken.0.join("\n"));
    Ok(())
}

/// Broken promises, reported at the end so that one does not hide the other figures.
#[derive(Default)]
struct Broken(Vec<String>);

impl Broken {
    fn promise(&mut self, is_kept: bool, otherwise: impl Fn() -> String) {
        self.0.extend((!is_kept).then(otherwise));
    }
}

/// Measures a redaction. The edge may run out of time; then the status shows it.
fn redact(session: &Session<'_>, name: &str, size: u64) -> Result<()> {
    const ENTRY: u64 = 100;
    let leaf = session.get(&format!("/log/{ENTRY}.note"))?.body;
    let text = String::from_utf8_lossy(&leaf).into_owned();
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).context("no id")?;
    let begin = session.author.begin("redaction", now());
    let hash = hash_text(&entry_hash(&leaf));
    let redaction = format!("{begin}entry: {ENTRY}\nhash: {hash}\nupdate: {id}\nreason: named a customer\n");
    let note = sign(&redaction, &[&session.author.carol])?;
    let start = Instant::now();
    let answer = session.client.post("/notes", note.as_bytes())?;
    let took = start.elapsed().as_secs_f64();
    println!("{name}: a redaction among {size} entries: status {} after {took:.1} s", answer.status);
    Ok(())
}

/// Measures publications on sites with large pages.
fn sizes(tools: &Tools, name: &str, kind: Kind) -> Result<()> {
    let calm = Session::start(kind, tools)?;
    calm.set_up()?;
    print_mean(name, "in calm", &calm, |n| past(&calm, n))?;
    let worst = Session::start(kind, tools)?;
    scenario::set_up(&worst)?;
    let further = |_| sign(&worst.author.investigating_of(scenario::OPEN, "voice"), &[&worst.author.alice]);
    print_mean(name, "in the worst hour of an outage", &worst, further)?;
    let crowd = Session::start(kind, tools)?;
    scenario::crowd(&crowd)?;
    let further = |n| sign(&scenario::one_of_the_crowd(&crowd, n), &[&crowd.author.alice]);
    print_mean(name, "with 50 open incidents and 200 components", &crowd, further)?;
    println!();
    Ok(())
}

/// Publications over which the mean is taken.
const FEW: u64 = 32;

fn print_mean(
    name: &str,
    when: &str,
    session: &Session<'_>,
    note: impl Fn(u64) -> Result<String>,
) -> Result<()> {
    let notes: Vec<String> = (0..FEW).map(note).collect::<Result<_>>()?;
    let start = Instant::now();
    for note in &notes {
        session.accept(note)?;
    }
    let mean = start.elapsed() / u32::try_from(FEW)?;
    println!("{name}: a publication takes {:.2} ms {when}", milliseconds(mean));
    Ok(())
}

/// The promises, for an idle machine.
const MAX_RATIO: f64 = 1.5;
const MAX_PUBLICATION: Duration = Duration::from_millis(50);
const MAX_VERIFY: Duration = Duration::from_secs(10);
const MAX_INDEX_GZIP: usize = 14_000;

/// The size of the best peer's index page, which needs seven more requests to be complete.
const PEER_GZIP: usize = 10_400;

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

/// The mean time of the next [`WINDOW`] publications.
fn window(session: &Session<'_>, size: &mut u64) -> Result<Duration> {
    let notes: Vec<String> = (*size..*size + WINDOW).map(|n| past(session, n)).collect::<Result<_>>()?;
    let start = Instant::now();
    for note in &notes {
        session.accept(note)?;
    }
    *size += WINDOW;
    Ok(start.elapsed() / u32::try_from(WINDOW)?)
}

/// The `n`th update about the past. Each incident has two: one opens it, the next one ends it.
fn past(session: &Session<'_>, n: u64) -> Result<String> {
    let ended = now().minus((LARGE + 2 * WINDOW - n / 2 * 2) * APART_SECONDS);
    let started = ended.minus(1800);
    let title = "title: Mail was slow in US East\nimpact: minor";
    let (time, lines) = if n.is_multiple_of(2) {
        let lines =
            format!("phase: investigating\n{title}\nnext-update: {ended}\n\nWe are looking into it.\n");
        (started, lines)
    } else {
        let body = "A storage controller was replaced. No mail was lost.";
        (ended, format!("phase: resolved\n{title}\nstarted: {started}\nended: {ended}\n\n{body}\n"))
    };
    let text = session.author.update_at(time, &format!("past-incident-{}", n / 2), &lines);
    sign(&text, &[&session.author.alice])
}

/// Compares with the best static generator, as measured when the project began.
fn against_a_generator(ours: Duration) {
    println!(
        "a static generator (Hugo) rebuilding the whole site took 0.6 s at 100 past incidents, 13 s or more at"
    );
    println!(
        "1,000, and did not finish in 200 s at {LARGE}: at least {:.0} × ours at {LARGE}\n",
        200.0 / ours.as_secs_f64()
    );
}

/// Measures what readers load in the worst hour of a real outage.
fn pages(tools: &Tools, broken: &mut Broken) -> Result<()> {
    let session = Session::start(Kind::Native, tools)?;
    scenario::set_up(&session)?;
    let incident = format!("/incidents/{}", scenario::OPEN);
    for path in ["/", &incident, "/updates.atom", "/status.txt"] {
        let body = session.get(path)?.body;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&body)?;
        let gzip = gzip.finish()?.len();
        println!("{path}: {} bytes, {gzip} gzipped, in one request", body.len());
        if path == "/" {
            println!("  (the best peer's index: {PEER_GZIP} gzipped, and 7 more requests)");
            broken.promise(gzip <= MAX_INDEX_GZIP, || {
                format!("the index has {gzip} bytes gzipped; at most {MAX_INDEX_GZIP} are promised")
            });
        }
    }
    Ok(())
}

/// Measures a full verification by the command, over HTTP.
fn verify(session: &Session<'_>, tools: &Tools, size: u64) -> Result<Duration> {
    let start = Instant::now();
    let url = format!("http://{}", session.host.address());
    let output = Command::new(&tools.outband).args(["verify", &url]).output().context("outband verify")?;
    let took = start.elapsed();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("outband verify of {size} entries and every file, over HTTP: {:.1} s\n", took.as_secs_f64());
    Ok(took)
}

/// Measures the command from its start to its end, which is when it says that readers see the update. The key's
/// passphrase takes long to check, as it should.
fn from_a_cold_shell(tools: &Tools) -> Result<()> {
    const PAGE: [&str; 2] = ["--dir", ORIGIN];
    const SIGN: [&str; 2] = ["--passphrase-file", "words"];
    let folder = place::folder()?;
    let words = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.path().join("words"));
    words?.write_all(b"correct horse battery\n")?;
    let run = |args: &[&[&str]]| -> Result<Duration> {
        let mut command = Command::new(&tools.outband);
        command
            .args(args.concat())
            .current_dir(folder.path())
            .env("OUTBAND_STATE", folder.path().join("known"));
        let start = Instant::now();
        let output = command.output()?;
        let took = start.elapsed();
        ensure!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(took)
    };
    let page =
        ["--origin", ORIGIN, "--provider", "example.com", "--name", "Mail", "--component", "mail Mail"];
    run(&[&["init", "--person", "alice"], &page, &SIGN])?;
    let mut serve = place::command(&tools.outband);
    serve.arg("serve").args(PAGE).args(["--listen", "127.0.0.1:0"]).current_dir(folder.path());
    let mut serve = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut line = String::new();
    BufReader::new(serve.stdout.take().context("no output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ").context("the host did not start")?;
    let [roster, site] = ["roster", "site"].map(|text| format!("{ORIGIN}/{text}-1.note"));
    run(&[&["send", "--to", url, &roster, &site]])?;
    let sent = [&PAGE[..], &SIGN, &["--yes", "--to", url]].concat();
    let quick = run(&[&["publish", "--quick", "Mail is down", "--affects", "mail=down"], &sent])?;
    let resolve = run(&[&["resolve", "--title", "Mail works"], &sent])?;
    serve.kill()?;
    serve.wait()?;
    println!(
        "from a cold shell until readers see it, passphrase included: publish --quick {:.2} s, resolve {:.2} s",
        quick.as_secs_f64(),
        resolve.as_secs_f64()
    );
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
