//! Measures how many readers both hosts can serve, beside a web server with a precompressed file and beside a worker that
//! does nothing else: `cargo xtask bench`. Each pair is measured in turn in one run, so that the machine's own speed and
//! noise cancel out.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use outband_tests::host::Kind;
use outband_tests::nginx::Nginx;
use outband_tests::place;
use outband_tests::session::Session;
use outband_tests::tools::Tools;
use outband_tests::workerd::Workerd;

/// Connections that ask again as soon as they have an answer.
const CLIENTS: usize = 8;
/// How long each of a pair is asked at a time, and how often.
const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 4;

fn main() -> Result<()> {
    let tools = Tools::from_env()?;
    for (name, kind, promised) in [("native", Kind::Native, 0.8), ("edge (workerd)", Kind::Edge, 0.85)] {
        let session = Session::start(kind, &tools)?;
        session.set_up()?;
        session.publish(&session.author.investigating("outage"))?;
        let (plain, packed) = (page(session.host.address(), "")?, page(session.host.address(), GZIP)?);
        println!("{name}: the index has {} bytes, {} as sent", plain.len(), packed.len());
        let (what, [ours, theirs]) = match kind {
            Kind::Native => {
                let folder = place::folder()?;
                fs::write(folder.path().join("index.html"), &plain)?;
                fs::write(folder.path().join("index.html.gz"), &packed)?;
                let nginx = Nginx::start(|address, _| {
                    let root = folder.path().display();
                    format!(
                        "keepalive_requests 100000000; server {{ listen {address}; root {root}; gzip_static on; gzip_vary on; }}"
                    )
                })?;
                (
                    "nginx with the same file, compressed before",
                    compare(session.host.address(), nginx.address(), GZIP)?,
                )
            }
            Kind::Edge | Kind::EdgeWithPanics => {
                let bundle = place::folder()?;
                let body = serde_json::to_string(&String::from_utf8(plain)?)?;
                let worker = format!(
                    "const body = {body};\nexport default {{ fetch: () => new Response(body, {{ headers: {{ \"content-type\": \"text/html; charset=utf-8\" }} }}) }};\nexport class StationObject {{}}\n"
                );
                fs::write(bundle.path().join("index.js"), worker)?;
                let constant = Workerd::start(&tools.workerd, bundle.path(), &[])?;
                ("a worker that does nothing else", compare(session.host.address(), constant.address(), "")?)
            }
        };
        let ratio = ours / theirs;
        println!(
            "{name}: {ours:.0} answers a second; {what}: {theirs:.0}; ratio {ratio:.2}, {promised} is aimed at\n"
        );
    }
    Ok(())
}

const GZIP: &str = "accept-encoding: gzip\r\n";

/// Answers a second of both, asked in turn.
fn compare(one: SocketAddr, other: SocketAddr, headers: &'static str) -> Result<[f64; 2]> {
    let mut counts = [0.0; 2];
    for _ in 0..TURNS {
        for (count, address) in counts.iter_mut().zip([one, other]) {
            *count += count_answers(address, headers)?;
        }
    }
    let seconds = TURN.as_secs_f64() * f64::from(u32::try_from(TURNS)?);
    Ok(counts.map(|count| count / seconds))
}

fn count_answers(address: SocketAddr, headers: &'static str) -> Result<f64> {
    let is_over = AtomicBool::new(false);
    let ask = || -> Result<u32> {
        let mut connection = BufReader::new(connect(address)?);
        let mut count = 0;
        while !is_over.load(Ordering::Relaxed) {
            ensure!(!answer(&mut connection, headers)?.is_empty());
            count += 1;
        }
        Ok(count)
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        thread::sleep(TURN);
        is_over.store(true, Ordering::Relaxed);
        let counts = clients.into_iter().map(|client| client.join().ok().context("a client panicked")?);
        Ok(f64::from(counts.sum::<Result<u32>>()?))
    })
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(connection)
}

fn page(address: SocketAddr, headers: &str) -> Result<Vec<u8>> {
    answer(&mut BufReader::new(connect(address)?), headers)
}

/// Asks for the index, and reads the answer's body.
fn answer(connection: &mut BufReader<TcpStream>, headers: &str) -> Result<Vec<u8>> {
    write!(connection.get_mut(), "GET / HTTP/1.1\r\nhost: status.example.net\r\n{headers}\r\n")?;
    let (mut length, mut is_chunked, mut line) = (0, false, String::new());
    connection.read_line(&mut line)?;
    ensure!(line.starts_with("HTTP/1.1 200 "), "{line}");
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let lower = line.trim_end().to_ascii_lowercase();
        if lower.is_empty() {
            break;
        }
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse()?;
        }
        is_chunked |= lower == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if !is_chunked {
        body.resize(length, 0);
        connection.read_exact(&mut body)?;
        return Ok(body);
    }
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim_end(), 16)?;
        let begin = body.len();
        body.resize(begin + size + 2, 0);
        connection.read_exact(body.get_mut(begin..).context("a chunk")?)?;
        body.truncate(begin + size);
        if size == 0 {
            return Ok(body);
        }
    }
}
