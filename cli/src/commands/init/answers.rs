//! The input of `init`: from options, otherwise from questions, otherwise an error that names every missing option.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use outband_keys::{VerifierKey, quoted};
use outband_record::text::{
    Component, Contact, Hint, Host, Lang, Link, Origin, SingleLine, Url, Value, Zone,
};

use super::Init;
use crate::client::endpoint::Endpoint;
use crate::signers::keys;
use crate::signers::signer::Signer;
use crate::terminal::{self, option_value, shown};
use crate::zone;

/// The data for the roster, the site note and the settings.
pub(crate) struct Answers {
    pub(crate) origin: Origin,
    /// The provider's own domain; `None` if unknown.
    pub(crate) provider: Option<Host>,
    pub(crate) name: SingleLine<80>,
    pub(crate) components: Vec<Component>,
    pub(crate) person: String,
    pub(crate) device: String,
    /// The SSH key with which the operator signs, by its file.
    pub(crate) ssh_key: Option<(PathBuf, VerifierKey)>,
    pub(crate) shown: Option<SingleLine<80>>,
    pub(crate) colleagues: Vec<VerifierKey>,
    /// Roots besides the new one.
    pub(crate) roots: Vec<VerifierKey>,
    pub(crate) root_threshold: u64,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) links: Vec<Link>,
    pub(crate) hints: Vec<Hint>,
    pub(crate) zone: Zone,
    pub(crate) lang: Lang,
    pub(crate) url: Url,
    pub(crate) endpoints: Vec<String>,
}

/// The components that customers of most providers ask about. Support is one of them because it goes down too, and
/// customers need to know that it can't take calls.
const SUGGESTED: [&str; 5] = [
    "mail Mail",
    "voice Voice",
    "files Files",
    "portal Customer portal",
    "support Support: phone and tickets",
];

impl Answers {
    /// Takes the options, and asks for missing ones on a terminal.
    pub(super) fn collect(mut given: Init) -> Result<Self> {
        if terminal::can_ask() {
            ask_for_missing(&mut given)?;
        }
        let missing = missing(&given);
        if !missing.is_empty() {
            bail!("not running interactively, so these options are required: {}", missing.join(", "));
        }
        let origin: Origin = option_value("--origin", given.origin.as_deref().unwrap_or_default())?;
        let person = given.person.unwrap_or_default();
        keys::check_part("--person", &person)?;
        keys::check_part("--device", &given.device)?;
        let ssh_key = given.ssh_key.map(|file| ssh_key(&origin, &person, file)).transpose()?;
        let url = format!("https://{origin}");
        let endpoints = if given.endpoint.is_empty() { vec![url.clone()] } else { given.endpoint };
        for endpoint in &endpoints {
            Endpoint::new(endpoint).context("--endpoint")?;
        }
        Ok(Self {
            colleagues: colleagues(&origin, "--operator", &given.operator)?,
            roots: colleagues(&origin, "--root", &given.root)?,
            root_threshold: given.root_threshold,
            provider: given.provider.as_deref().map(|text| option_value("--provider", text)).transpose()?,
            name: option_value("--name", given.name.as_deref().unwrap_or_default())?,
            components: each("--component", &given.component)?,
            contacts: each("--contact", &given.contact)?,
            shown: given.shown.as_deref().map(|text| option_value("--shown", text)).transpose()?,
            zone: zone::zone(given.zone.as_deref().unwrap_or("UTC")).context("--zone")?,
            lang: option_value("--lang", given.lang.as_deref().unwrap_or("en"))?,
            url: option_value("--origin", &url)?,
            device: given.device,
            ssh_key,
            links: Vec::new(),
            hints: Vec::new(),
            origin,
            person,
            endpoints,
        })
    }

    /// A warning if the page is under the provider's own domain.
    pub(super) fn warning(&self) -> Option<String> {
        warning((self.origin.as_str(), self.provider.as_ref()?.as_str()))
    }
}

/// A warning about a page under the provider's own domain, where it would go down with the domain's name servers or
/// registrar account.
fn warning((origin, provider): (&str, &str)) -> Option<String> {
    let within = origin == provider || origin.strip_suffix(provider).is_some_and(|rest| rest.ends_with('.'));
    within.then(|| {
        format!("{origin} is under {provider}: if that domain's name servers, registrar account or certificates fail, so does this page. Use a name under another domain, at another registrar; the origin cannot be changed later")
    })
}

/// The SSH key in this file, and the file's absolute path: the settings are read from other directories.
fn ssh_key(origin: &Origin, person: &str, file: PathBuf) -> Result<(PathBuf, VerifierKey)> {
    let key = keys::of_colleague(origin, person, &file.display().to_string()).context("--ssh-key")?;
    let file = file.canonicalize().with_context(|| format!("cannot find {}", shown(&file)))?;
    Ok((file, key))
}

fn colleagues(origin: &Origin, option: &str, given: &[String]) -> Result<Vec<VerifierKey>> {
    given.iter().map(|given| colleague(origin, option, given)).collect()
}

/// `bob=bob.pub`
fn colleague(origin: &Origin, option: &str, given: &str) -> Result<VerifierKey> {
    let (person, source) = given
        .split_once('=')
        .with_context(|| format!("{option} {}: it must be PERSON=FILE.pub", quoted(given)))?;
    keys::check_part(option, person)?;
    keys::of_colleague(origin, person, source)
}

fn ask_for_missing(given: &mut Init) -> Result<()> {
    if given.origin.is_none() {
        given.origin = Some(terminal::ask::<Origin>("Host name of the status page (permanent)")?.to_string());
    }
    if given.provider.is_none() {
        let question = "Your own main domain (the one that may go down)";
        given.provider = Some(terminal::ask::<Host>(question)?.to_string());
    }
    if let Some(warning) = given.origin.as_deref().zip(given.provider.as_deref()).and_then(warning) {
        terminal::warn(&warning);
        if !terminal::confirm("Use it nevertheless?")? {
            bail!("cancelled: choose a host name under another domain");
        }
    }
    if given.name.is_none() {
        given.name = Some(terminal::ask::<SingleLine<80>>("Whose status page is it?")?.to_string());
    }
    if given.person.is_none() {
        let question = "Your name in public key names, which everybody sees (a-z, 0-9 and -)";
        given.person = Some(terminal::ask_for(question, |text| keys::check_part("your name", text))?);
    }
    if given.component.is_empty() {
        ask_for_components(given)?;
    }
    if given.ssh_key.is_none() {
        ask_for_ssh_key(given)?;
    }
    if given.zone.is_none() {
        let check = |text: &str| zone::zone(text).map(drop);
        let here = zone::here();
        let answer = terminal::ask_text("Time zone of the page (Enter for UTC)", here.as_deref(), check)?;
        given.zone = answer;
    }
    if given.lang.is_none() {
        let languages = outband_site::languages();
        let chosen = terminal::choose("Language of the page", &languages, 0)?;
        given.lang = languages.get(chosen).map(|lang| (*lang).to_owned());
    }
    if given.contact.is_empty() {
        let question = "How can customers reach you when everything else is down? tel:, mailto: or https: (Enter to finish)";
        while let Some(contact) = terminal::ask_optional::<Contact>(question)? {
            given.contact.push(contact.to_string());
        }
    }
    if given.operator.is_empty() {
        let origin: Origin = option_value("--origin", given.origin.as_deref().unwrap_or_default())?;
        let question =
            "A colleague who may publish, with their SSH key, e.g. `bob=bob.pub` (Enter to finish)";
        while let Some(operator) =
            terminal::ask_text(question, None, |text| colleague(&origin, "--operator", text).map(drop))?
        {
            given.operator.push(operator);
        }
    }
    Ok(())
}

/// Asks which key signs updates, if this person has SSH keys.
fn ask_for_ssh_key(given: &mut Init) -> Result<()> {
    let Some(folder) = std::env::home_dir().map(|home| home.join(".ssh")) else { return Ok(()) };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let is_public = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "pub");
    let mut found: Vec<PathBuf> = files.filter(is_public).filter(|file| Signer::open(file).is_ok()).collect();
    found.sort();
    if found.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = found.iter().map(|file| shown(file)).collect();
    let choices: Vec<&str> = std::iter::once("a new key").chain(names.iter().map(String::as_str)).collect();
    let chosen = terminal::choose("With which key do you sign updates?", &choices, 0)?;
    given.ssh_key = chosen.checked_sub(1).and_then(|at| found.into_iter().nth(at));
    Ok(())
}

fn ask_for_components(given: &mut Init) -> Result<()> {
    anstream::eprintln!("Suggested components:");
    for component in SUGGESTED {
        anstream::eprintln!("  {component}");
    }
    if terminal::confirm("Use these five?")? {
        given.component = SUGGESTED.map(str::to_owned).to_vec();
    }
    while let Some(component) =
        terminal::ask_optional::<Component>("Another component, e.g. `billing Billing` (Enter to finish)")?
    {
        given.component.push(component.to_string());
    }
    Ok(())
}

fn missing(given: &Init) -> Vec<&'static str> {
    let options = [
        ("--origin", given.origin.is_none()),
        ("--provider", given.provider.is_none()),
        ("--name", given.name.is_none()),
        ("--person", given.person.is_none()),
        ("--component", given.component.is_empty()),
        ("--passphrase-file (or --no-passphrase)", !given.passphrase.is_given() && !terminal::can_ask()),
    ];
    options.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect()
}

fn each<T: Value>(option: &str, texts: &[String]) -> Result<Vec<T>> {
    texts.iter().map(|text| option_value(option, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_components_are_valid() {
        let components = each::<Component>("--component", &SUGGESTED.map(str::to_owned)).unwrap();
        assert_eq!(components.iter().map(ToString::to_string).collect::<Vec<_>>(), SUGGESTED);
    }
}
