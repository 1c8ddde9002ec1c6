//! `outband status`: open incidents, unsent notes, whether this machine can publish.

use anyhow::{Result, anyhow, bail};
use outband_keys::printable;
use outband_record::time::Time;
use outband_site::paths;
use outband_station::memory::{self, Newest};
use serde_json::{Value as Json, json};

use crate::client::delivery::Destination;
use crate::client::endpoint::Endpoint;
use crate::client::last_seen::LastSeen;
use crate::client::live::{self, Open};
use crate::client::outbox::Outbox;
use crate::client::settings::{Directory, Role};
use crate::signers::signer::{Form, Signer};
use crate::signers::signing;
use crate::terminal::{self, BAD, GOOD, OrJson as _, QUIET, ago};

/// Show open incidents, and whether you could publish now
///
/// Asks every endpoint for open incidents, the newest update, its clock, and whether the roster has your key; looks for notes
/// that were not sent. Nothing is verified; `outband verify` does that. Fails if no endpoint answers.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  outband status --dir status.example.net\n  outband status --json")]
pub(crate) struct StatusCommand {
    #[command(flatten)]
    destination: Destination,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

const SILENT: &str = "no endpoint answered, so open incidents are not known";

/// What one endpoint says.
struct Said {
    entries: u64,
    open: Vec<Open>,
    newest: Option<(Time, String)>,
    /// Whether the roster has the operator's key; `None` if it cannot be read.
    is_enrolled: Option<bool>,
    /// The server's clock minus this machine's, in seconds.
    clock: Option<i64>,
}

impl StatusCommand {
    pub(crate) fn run(self) -> Result<()> {
        let (directory, endpoints) = self.destination.open().or_json(self.json)?;
        let key = directory.key_file(None, Role::Operator).and_then(|file| Signer::open(&file));
        let mine = key.as_ref().ok();
        let said = live::of_each(&endpoints, |endpoint| Said::by(endpoint, mine));
        if let Some(said) = said.iter().find_map(|(_, said)| said.as_ref().ok()) {
            LastSeen::keep(&directory.path, None, &said.open);
        }
        let unsent = Outbox::of(&directory).unsent();
        let now = signing::now();
        let is_silent = said.iter().all(|(_, said)| said.is_err());
        let done = if is_silent { Err(anyhow!(SILENT)) } else { Ok(()) };
        if self.json {
            terminal::print_json_of(self.json(&said, &key, &unsent, now), &done);
        } else {
            for (endpoint, said) in &said {
                print(endpoint, said, now);
            }
            print_key(&directory, &key, &said);
            self.print_unsent(&unsent);
        }
        done
    }

    fn print_unsent(&self, unsent: &Result<Vec<std::path::PathBuf>>) {
        match unsent {
            Ok(notes) if notes.is_empty() => anstream::println!("Unsent   none"),
            Ok(notes) => {
                let command = self.destination.command("send --unsent");
                anstream::println!("Unsent   {BAD}{}{BAD:#}; send with {command}", notes.len());
            }
            Err(error) => terminal::warn(&format!("{error:#}")),
        }
    }

    fn json(
        &self,
        said: &[(&Endpoint, Result<Said>)],
        key: &Result<Signer>,
        unsent: &Result<Vec<std::path::PathBuf>>,
        now: Time,
    ) -> Json {
        let endpoints: Vec<Json> = said.iter().map(|(endpoint, said)| match said {
            Ok(said) => json!({
                "endpoint": endpoint.url(),
                "entries": said.entries,
                "open": said.open.iter().map(|open| json_of(open, now)).collect::<Vec<_>>(),
                "newest": said.newest.as_ref().map(|(time, title)| json!({"time": time.to_string(), "title": title})),
                "enrolled": said.is_enrolled,
                "clock_seconds": said.clock,
            }),
            Err(error) => json!({"endpoint": endpoint.url(), "error": format!("{error:#}")}),
        }).collect();
        let unsent = unsent
            .as_ref()
            .ok()
            .map(|notes| notes.iter().map(|note| note.display().to_string()).collect::<Vec<_>>());
        let key = key.as_ref().ok();
        json!({"endpoints": endpoints, "key": key.map(Signer::name), "key_form": key.map(Signer::form), "unsent": unsent})
    }
}

impl Said {
    fn by(endpoint: &Endpoint, key: Option<&Signer>) -> Result<Self> {
        let before = signing::now();
        let Some(shown) = live::checkpoint(endpoint)? else {
            bail!("it is not set up yet: it has no log");
        };
        let authority = live::authority(endpoint).ok().flatten();
        let is_enrolled = authority.zip(key).map(|(authority, key)| key.is_enrolled(&authority));
        let newest = endpoint.get(paths::NEWEST_JSON, true)?;
        let newest: Option<Newest> = newest.and_then(|file| memory::parse_newest(&file.body).ok());
        let newest = newest.and_then(|newest| newest.updates.into_iter().next());
        Ok(Self {
            entries: shown.checkpoint.tree.size,
            open: live::open(endpoint)?,
            newest: newest.map(|logged| (logged.effective_time(), logged.update.title.to_string())),
            is_enrolled,
            clock: shown.seconds_ahead_of(before),
        })
    }
}

fn json_of(open: &Open, now: Time) -> Json {
    json!({
        "slug": open.slug.as_str(),
        "kind": open.kind.as_str(),
        "title": open.title.as_str(),
        "phase": open.phase.as_str(),
        "started": open.started.to_string(),
        "next_update": open.next_update.map(|next| next.to_string()),
        "overdue": open.is_overdue(now),
    })
}

fn print(endpoint: &Endpoint, said: &Result<Said>, now: Time) {
    let (good, bad, url) = (GOOD, BAD, endpoint.url());
    let said = match said {
        Ok(said) => said,
        Err(error) => {
            return anstream::println!("{bad}{url}{bad:#}: {}", terminal::text(&format!("{error:#}")));
        }
    };
    let entries = said.entries;
    anstream::println!("{good}{url}{good:#}: {entries} {}", if entries == 1 { "entry" } else { "entries" });
    match &said.newest {
        Some((time, title)) => anstream::println!("Newest   {} ({})", printable(title), since(*time, now)),
        None => anstream::println!("Newest   no updates yet"),
    }
    match said.open.as_slice() {
        [] => anstream::println!("Open     nothing"),
        open => {
            for open in open {
                print_open(open, now);
            }
        }
    }
    match said.clock {
        None => anstream::println!("Clock    the server does not say what time it is"),
        Some(apart) if apart.unsigned_abs() <= live::CLOCK_SECONDS => {
            anstream::println!("Clock    this machine's agrees with the server's")
        }
        Some(apart) => {
            let way = if apart > 0 { "behind" } else { "ahead of" };
            anstream::println!(
                "Clock    {bad}this machine's is {} s {way} the server's{bad:#}",
                apart.unsigned_abs()
            );
        }
    }
}

fn print_open(open: &Open, now: Time) {
    let (quiet, bad) = (QUIET, BAD);
    anstream::println!(
        "Open     {}\n         {} {quiet}({}){quiet:#}",
        printable(open.title.as_str()),
        open.stage(now),
        open.slug,
    );
    match open.next_update {
        Some(next) if open.is_overdue(now) => {
            anstream::println!("         {bad}next update overdue by {}{bad:#}", ago(next, now));
        }
        Some(next) => anstream::println!("         next update in {}", ago(now, next)),
        None => {}
    }
}

fn since(time: Time, now: Time) -> String {
    if time <= now { format!("{} ago", ago(time, now)) } else { format!("{time}") }
}

fn print_key(directory: &Directory, key: &Result<Signer>, said: &[(&Endpoint, Result<Said>)]) {
    let key = match key {
        Ok(key) => key,
        Err(error) => {
            return anstream::println!("Key      {BAD}{}{BAD:#}", terminal::text(&format!("{error:#}")));
        }
    };
    let enrolled: Vec<bool> = said.iter().filter_map(|(_, said)| said.as_ref().ok()?.is_enrolled).collect();
    let name = match key.form() {
        Form::Ssh => key.name(),
        form => format!("{} ({})", key.name(), form.remark()),
    };
    if enrolled.is_empty() {
        anstream::println!("Key      {name}: whether it is enrolled is not known");
    } else if enrolled.contains(&false) {
        anstream::println!(
            "Key      {BAD}{name} is not in the roster of {}{BAD:#}, so its notes will be refused",
            printable(&directory.settings.origin)
        );
    } else {
        anstream::println!("Key      {name}, enrolled");
    }
}
