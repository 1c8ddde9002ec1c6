//! The page as it will be, before anything is signed. It is rendered by the station's own code, from what an endpoint
//! publishes and the update on top of that.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use outband_keys::{VerifierKey, printable};
use outband_record::text::Update;
use outband_site::paths;
use outband_station::{File, Preview, StationError, Store, StoreError, preview};

use crate::client::endpoint::Endpoint;
use crate::client::network::variable;
use crate::signers::signing;
use crate::terminal::{self, QUIET, shown};

/// How a preview is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// In a browser; as text if none can be opened
    Browser,
    /// As text
    Text,
}

/// The pages as they will be, with this update signed by `key`, by what the endpoint publishes.
pub(super) fn of(endpoint: &Endpoint, update: &Update, key: Option<&VerifierKey>) -> Result<Preview> {
    preview(&Published(endpoint), update, key, signing::now()).map_err(|error| match error {
        StationError::Store(StoreError(why)) => anyhow!(why),
        StationError::Document { path, .. } => anyhow!("{}{path} is missing or damaged", endpoint.url()),
        error => error.into(),
    })
}

/// What an endpoint publishes, each file read when it is needed.
struct Published<'e>(&'e Endpoint);

impl Store for Published<'_> {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        let file = self.0.get(path, true).map_err(|error| StoreError(format!("{error:#}")))?;
        Ok(file.map(|file| File::new(path.to_owned(), file.body, 0)))
    }

    fn commit(&mut self, _: &[File]) -> Result<(), StoreError> {
        Err(StoreError("a preview writes nothing".to_owned()))
    }
}

/// Shows a preview of the page at the URL `base`.
pub(super) fn show(preview: &Preview, base: &str, form: Form) {
    if form == Form::Browser
        && let Some(file) = terminal::or_warn(write(preview, base))
    {
        let is_open = open(&file);
        let opened = if is_open { "opened in the browser" } else { "which no browser could open" };
        anstream::eprintln!("{QUIET}Preview, {opened}:{QUIET:#} {}", shown(&file));
        if is_open {
            return;
        }
    }
    print(preview, base);
}

fn print(preview: &Preview, base: &str) {
    let page = preview.pages.first().map_or(paths::INDEX, |page| &page.path);
    anstream::eprintln!("{QUIET}Preview of {}{page}:{QUIET:#}\n", printable(base));
    anstream::eprintln!("{}", terminal::text(&preview.text));
    if let Some(first) = preview.status.as_deref().and_then(|status| status.lines().next()) {
        anstream::eprintln!("{QUIET}Preview of {}/:{QUIET:#} {}\n", printable(base), printable(first));
    }
}

/// Writes the pages into a new folder that is kept for the browser; returns the first.
fn write(preview: &Preview, base: &str) -> Result<PathBuf> {
    let unwritable = "the preview cannot be written";
    let folder = tempfile::Builder::new().prefix("outband-preview-").tempdir().context(unwritable)?.keep();
    let names: Vec<_> = preview.pages.iter().map(|page| (page.path.as_str(), name(&page.path))).collect();
    for (page, (_, name)) in preview.pages.iter().zip(&names) {
        let html = local(&String::from_utf8_lossy(&page.body), &names, base);
        std::fs::write(folder.join(name), html).context(unwritable)?;
    }
    Ok(folder.join(names.first().map_or(INDEX, |(_, name)| name)))
}

const INDEX: &str = "index.html";

fn name(path: &str) -> &'static str {
    if path == paths::INDEX { INDEX } else { "update.html" }
}

/// A page that works as a file: its links lead to the other files, and beyond those to the page itself. Its script would
/// look for a newer copy.
fn local(html: &str, names: &[(&str, &str)], base: &str) -> String {
    let mut html = html.replace(&format!("<script src=\"{}\" defer></script>\n", paths::PAGE_JS), "");
    for (path, name) in names {
        for end in ["\"", "#"] {
            html = html.replace(&format!("href=\"{path}{end}"), &format!("href=\"{name}{end}"));
        }
    }
    html.replace("href=\"/", &format!("href=\"{}/", base.trim_end_matches('/')))
}

/// Opens a file in the browser; whether there is one.
fn open(file: &Path) -> bool {
    let Some(mut command) = browser() else { return false };
    let started = command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = started else { return false };
    // One that cannot be opened says so at once; another may run until its window is closed.
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(100));
        if let Ok(Some(status)) = child.try_wait() {
            return status.success();
        }
    }
    true
}

fn browser() -> Option<Command> {
    let has_display = || ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(|name| variable(name).is_some());
    match std::env::consts::OS {
        "windows" => {
            let mut command = Command::new("cmd");
            command.args(["/C", "start", ""]);
            Some(command)
        }
        "macos" => Some(Command::new("open")),
        _ => has_display().then(|| Command::new("xdg-open")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_files_or_to_the_page() {
        let html = "<script src=\"/page.js\" defer></script>\n<a href=\"/\">1</a><a href=\"/incidents/mail#u-1\">2</a><a href=\"/incidents/mail-2\">3</a><a href=\"#u-1\">4</a><a href=\"https://other.example/\">5</a>";
        let names = [("/incidents/mail", "update.html"), ("/", "index.html")];
        assert_eq!(
            local(html, &names, "https://status.example.net"),
            "<a href=\"index.html\">1</a><a href=\"update.html#u-1\">2</a><a href=\"https://status.example.net/incidents/mail-2\">3</a><a href=\"#u-1\">4</a><a href=\"https://other.example/\">5</a>"
        );
    }
}
