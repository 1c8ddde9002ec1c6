//! What scripts add to the page and to other people's pages, including while their own host is down.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};

use super::browser;
use crate::host::Kind;
use crate::session::Session;
use crate::tools::Tools;

pub(super) fn scripts_and_embeds(tools: &Tools) -> Result<()> {
    let mut session = Session::start(Kind::Native, tools)?;
    session.set_up()?;
    session.publish(&session.author.past("earlier", "Mail was down"))?;
    let home = browser::home()?;
    let mut run = browser::node(&session, "added.mjs", &home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut done = run.stdin.take().context("no standard input")?;
    let requests = BufReader::new(run.stdout.take().context("no standard output")?);
    let mut titles = ["Mail is down", "Mail is slow"].into_iter();
    for request in requests.lines() {
        match request?.as_str() {
            "publish" => {
                let title = titles.next().context("no more updates to publish")?;
                let update = session.author.investigating("outage").replace("Mail is down", title);
                session.publish(&update.replace("affects: ", "impact: critical\naffects: "))?;
            }
            "kill" => session.host.kill()?,
            "restart" => session.restart()?,
            other => bail!("the browser script asks for {other:?}"),
        }
        writeln!(done, "done")?;
    }
    let mut logged = String::new();
    run.stderr.take().context("no standard error")?.read_to_string(&mut logged)?;
    ensure!(run.wait()?.success(), "{logged}");
    Ok(())
}
