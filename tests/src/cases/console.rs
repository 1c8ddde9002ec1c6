//! The console on a phone: a real browser, passkeys, two endpoints, and networks that let one down.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use outband_keys::VerifierKey;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use tempfile::TempDir;

use super::browser;
use crate::author::{Author, ORIGIN, now, sign};
use crate::host::Kind;
use crate::proof::prove;
use crate::session::Session;
use crate::tools::Tools;

/// Another endpoint, at a name of its own.
const SECOND: &str = "status.copies.example";

/// Texts that the Rust parser accepts, and the console must read and print alike.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../record/tests/vectors/text");

/// In Chromium, with passkeys, against this host and a second one.
pub(super) fn on_a_phone(session: &mut Session<'_>) -> Result<()> {
    let second = Session::start(Kind::Native, session.tools)?;
    let mut hosts = Hosts { first: session, second: Some(&second) };
    hosts.publish(&hosts.first.author.roster())?;
    hosts.publish(&site(&hosts.first.author, ""))?;
    let (home, folder) = (browser::home()?, TempDir::new()?);
    prepare(folder.path(), hosts.first, &second)?;
    let mut run = browser::script(hosts.first, "console.mjs", &home);
    drive(run.arg(folder.path()), &mut hosts, folder.path())?;
    prove(session)?;
    Ok(())
}

/// In other engines, as far as each can go.
pub(super) fn in_other_engines(tools: &Tools) -> Result<()> {
    let mut session = Session::start(Kind::Native, tools)?;
    session.set_up()?;
    let folder = TempDir::new()?;
    let mut run = Command::new(&tools.node);
    run.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/engines.mjs"))
        .arg(folder.path())
        .arg(format!("http://{}/", session.host.address()));
    drive(&mut run, &mut Hosts { first: &mut session, second: None }, folder.path())?;
    prove(&session)?;
    Ok(())
}

/// The endpoints that take notes.
struct Hosts<'h, 't, 's> {
    first: &'h mut Session<'t>,
    second: Option<&'h Session<'s>>,
}

impl Hosts<'_, '_, '_> {
    /// Has a text that the root signs accepted by all of them.
    fn publish(&self, text: &str) -> Result<()> {
        let note = sign(text, &[&self.first.author.carol])?;
        self.first.accept(&note)?;
        self.second.map_or(Ok(()), |second| second.accept(&note).map(drop))
    }
}

/// Runs a script, and does what it asks for.
fn drive(run: &mut Command, hosts: &mut Hosts<'_, '_, '_>, folder: &Path) -> Result<()> {
    let mut run = run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut answers = run.stdin.take().context("no standard input")?;
    let requests = BufReader::new(run.stdout.take().context("no standard output")?);
    let errors = BufReader::new(run.stderr.take().context("no standard error")?);
    // Read all the time, so that the script never waits for room.
    let logged = thread::spawn(move || {
        let mut logged = String::new();
        for line in errors.lines().map_while(Result::ok) {
            if env::var_os("OUTBAND_PICTURES").is_some() {
                eprintln!("{line}");
            }
            logged.push_str(&format!("{line}\n"));
        }
        logged
    });
    let mut enrolled = Enrolled::default();
    for request in requests.lines() {
        let request = request?;
        let (what, rest) = request.split_once(' ').unwrap_or((&request, ""));
        let mut answer = "done".to_owned();
        match what {
            "enrol" => answer = enrolled.enrol(hosts, rest)?,
            "remove" => {
                enrolled.keys.retain(|key| key.to_string() != rest);
                hosts.publish(&format!("{}key: {rest}\n", hosts.first.author.begin("removal", now())))?;
            }
            "site" => hosts.publish(&site(&hosts.first.author, "component: billing Billing\n"))?,
            "lang" => {
                let lang = format!("lang: {rest}\n");
                hosts.publish(&site(&hosts.first.author, "").replace("lang: en\n", &lang))?;
            }
            "qr" => answer = decoded(rest)?,
            "kill" => hosts.first.host.kill()?,
            "restart" => hosts.first.restart()?,
            other => bail!("the browser script asks for {other:?}"),
        }
        writeln!(answers, "{answer}")?;
    }
    let succeeded = run.wait()?.success();
    keep_pictures(folder)?;
    let logged = logged.join().map_err(|_| anyhow!("its log could not be read"))?;
    ensure!(succeeded, "{logged}");
    println!("{logged}");
    Ok(())
}

/// Copies pictures to the folder that `OUTBAND_PICTURES` names, to be looked at.
fn keep_pictures(folder: &Path) -> Result<()> {
    let Some(kept) = env::var_os("OUTBAND_PICTURES") else { return Ok(()) };
    fs::create_dir_all(&kept)?;
    for folder in [folder, &folder.join("pictures")] {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "png") {
                fs::copy(entry.path(), Path::new(&kept).join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

/// The keys of phones that the newest roster has.
#[derive(Default)]
struct Enrolled {
    keys: Vec<VerifierKey>,
    published: usize,
}

impl Enrolled {
    /// Publishes a roster that also has this key, and answers with its six words.
    fn enrol(&mut self, hosts: &Hosts<'_, '_, '_>, line: &str) -> Result<String> {
        let key: VerifierKey = line.parse().with_context(|| line.to_owned())?;
        let words = key.fingerprint_words();
        self.keys.push(key);
        let lines: String = self.keys.iter().map(|key| format!("operator: {key}\n")).collect();
        let text = hosts.first.author.roster_with(&lines);
        self.published += 1;
        hosts.publish(&text.replace("number: 1\n", &format!("number: {}\n", self.published + 1)))?;
        Ok(words)
    }
}

/// The site note, with the second endpoint, and more components.
fn site(author: &Author, more: &str) -> String {
    let mirror = format!("link: https://www.example.com Main site\nmirror: https://{SECOND}\n");
    let files = "component: files Files\n";
    author
        .site()
        .replace("link: https://www.example.com Main site\n", &mirror)
        .replace(files, &format!("{files}{more}"))
}

/// Certificates for both names, the hosts behind them, and the vectors.
fn prepare(folder: &Path, first: &Session<'_>, second: &Session<'_>) -> Result<()> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new([ORIGIN.to_owned(), SECOND.to_owned()])?.self_signed(&key)?;
    fs::write(folder.join("cert.pem"), certificate.pem())?;
    fs::write(folder.join("key.pem"), key.serialize_pem())?;
    let behind = |session: &Session<'_>| format!("http://{}/", session.host.address());
    let behind = json!({ ORIGIN: behind(first), SECOND: behind(second) });
    fs::write(folder.join("hosts.json"), behind.to_string())?;
    fs::write(folder.join("vectors.json"), json!(vectors()?).to_string())?;
    Ok(())
}

/// The accepted vectors of the types that the console writes: a header with `expect: ok`, a line `---`, the text.
fn vectors() -> Result<Vec<serde_json::Value>> {
    let mut vectors = Vec::new();
    for kind in ["update", "removal"] {
        for file in fs::read_dir(Path::new(VECTORS).join(kind))? {
            let path = file?.path();
            let Ok(content) = fs::read_to_string(&path) else { continue };
            if let Some((header, text)) = content.split_once("---\n")
                && header.lines().any(|line| line == "expect: ok")
            {
                vectors.push(json!({ "name": path.display().to_string(), "text": text }));
            }
        }
    }
    ensure!(vectors.len() > 100, "only {} texts are valid in {VECTORS}", vectors.len());
    Ok(vectors)
}

/// What a camera reads: the path's strokes of one module each, `M3 0.5h1`, drawn and decoded.
fn decoded(path: &str) -> Result<String> {
    const SCALE: usize = 4;
    const QUIET: usize = 4;
    let dark: Vec<(usize, usize)> = path
        .split('M')
        .skip(1)
        .map(|stroke| {
            let (x, y) =
                stroke.strip_suffix(".5h1").and_then(|at| at.split_once(' ')).context("no stroke")?;
            Ok((x.parse()?, y.parse()?))
        })
        .collect::<Result<_>>()?;
    let side = dark.iter().map(|(x, y)| x.max(y) + 1).max().context("an empty code")? + 2 * QUIET;
    let is_dark = |x: usize, y: usize| {
        let at = (x / SCALE).checked_sub(QUIET).zip((y / SCALE).checked_sub(QUIET));
        at.is_some_and(|at| dark.binary_search_by_key(&(at.1, at.0), |(x, y)| (*y, *x)).is_ok())
    };
    let pixel = |x, y| if is_dark(x, y) { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, pixel);
    let grids = image.detect_grids();
    let (_, content) = grids.first().context("a camera would see no code")?.decode()?;
    Ok(content)
}
