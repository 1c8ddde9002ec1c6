//! Where an update is composed, shown, signed and sent.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use outband_keys::{VerifierKey, printable};
use outband_record::text::Update;

use super::Sending;
use super::context::Context;
use super::draft::Draft;
use super::preview::{self, Form};
use super::{lint, times};
use crate::client::delivery::{Delivery, Report};
use crate::client::endpoint::Endpoint;
use crate::client::last_seen::LastSeen;
use crate::client::outbox::{DraftFile, Outbox, Outcome};
use crate::client::settings::{Directory, Role};
use crate::signers::signer::Signer;
use crate::signers::signing;
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, QUIET, shown};
use crate::when::When;

/// Where an update is composed: the page's directory, and the options.
pub(super) struct Desk<'s> {
    pub(super) sending: &'s Sending,
    pub(super) directory: Directory,
    pub(super) outbox: Outbox,
    pub(super) when: When,
}

/// A valid update, and what its author should know before signing it.
pub(super) struct Composed {
    pub(super) update: Update,
    pub(super) remarks: Vec<String>,
    /// The file that it was saved in while it was written.
    pub(super) draft: Option<DraftFile>,
}

/// A signed update.
struct Signed {
    update: Update,
    note: String,
    /// Where the note is saved; `None` if it could not be.
    path: Option<PathBuf>,
}

/// An update that can be sent; `signed` is `None` for a dry run.
struct Prepared<'s> {
    desk: Desk<'s>,
    endpoints: Vec<Endpoint>,
    /// The roots of roster 1.
    roots: Vec<VerifierKey>,
    signed: Option<Signed>,
}

impl Sending {
    /// Composes, signs and sends an update. Succeeds if at least one endpoint accepted the note.
    pub(super) fn publish(
        &self,
        compose: impl FnOnce(&Desk<'_>, &mut Context<'_>) -> Result<Composed>,
    ) -> Result<()> {
        terminal::report_interruptions(Nothing::SignedOrSent);
        let prepared = self.prepare(compose).guarantee(Nothing::SignedOrSent).or_json(self.json)?;
        let Prepared { desk, endpoints, roots, signed } = prepared;
        signed.map_or(Ok(()), |signed| desk.deliver(signed, &endpoints, &roots))
    }

    fn prepare(
        &self,
        compose: impl FnOnce(&Desk<'_>, &mut Context<'_>) -> Result<Composed>,
    ) -> Result<Prepared<'_>> {
        let (directory, endpoints) = self.destination.open()?;
        let roots = directory.root_keys()?;
        let desk = Desk {
            sending: self,
            outbox: Outbox::of(&directory),
            when: When::here(signing::now()),
            directory,
        };
        let signed = desk.sign(&endpoints, compose)?;
        Ok(Prepared { desk, endpoints, roots, signed })
    }
}

impl Desk<'_> {
    /// Composes the update, shows it, and signs it; `None` for a dry run.
    fn sign(
        &self,
        endpoints: &[Endpoint],
        compose: impl FnOnce(&Self, &mut Context<'_>) -> Result<Composed>,
    ) -> Result<Option<Signed>> {
        self.remind();
        let mut context = Context::ask(endpoints, self.directory.log_key()?.as_ref());
        if let Some(site) = &context.site {
            LastSeen::keep(&self.directory.path, Some(site), &context.open);
        }
        context.check_clock(self.when.now, self.sending.trust_clock)?;
        let composed = compose(self, &mut context)?;
        let key = Signer::open(&self.directory.key_file(self.sending.key.as_deref(), Role::Operator)?)?
            .unlocked_by(&self.sending.passphrase);
        context.check_key(&key);
        let is_trial = endpoints.iter().all(|endpoint| Endpoint::is_local(endpoint.url()));
        self.show(&composed, &context, is_trial);
        let preview = |form| self.preview(&composed.update, &context, &key, form);
        self.sending.preview.into_iter().for_each(preview);
        if self.sending.dry_run {
            return Ok(None);
        }
        terminal::confirm_or_preview(self.sending.yes, "Sign and send?", || preview(Form::Browser))?;
        let Composed { update, draft, .. } = composed;
        let name = format!("{}-{}-{}", update.incident, update.phase, signing::short(&update.id));
        let note = signing::sign(&update.print(), &key)
            .with_context(|| self.keep_unsigned(&name, &update, draft.as_ref(), context.state().is_none()))?;
        let path = self.keep(&format!("{name}.note"), &note);
        draft.iter().for_each(DraftFile::remove);
        Ok(Some(Signed { update, note, path }))
    }

    /// Shows the page as it will be. Without a preview, the text can still be signed.
    fn preview(&self, update: &Update, context: &Context<'_>, key: &Signer, form: Form) {
        let preview = context.preview(update, key).context("the page cannot be previewed");
        if let Some(preview) = terminal::or_warn(preview) {
            let url = context.site.as_ref().map_or("", |site| site.url.as_str());
            preview::show(&preview, url.trim_end_matches('/'), form);
        }
    }

    /// Saves the note before it is sent, so that it can be sent later or from elsewhere. A full disk does not keep it
    /// from being sent: it is printed.
    fn keep(&self, name: &str, note: &str) -> Option<PathBuf> {
        let kept = terminal::or_warn(self.outbox.keep(name, note));
        if kept.is_none() {
            anstream::eprintln!(
                "The signed note is not saved. It is sent all the same; to keep it, copy it:\n\n{}",
                terminal::text(note)
            );
        }
        kept
    }

    /// Says where an update is kept that could not be signed. One that came from options is saved now, and gets an id and
    /// a time of its own when it is signed.
    fn keep_unsigned(&self, name: &str, update: &Update, draft: Option<&DraftFile>, is_new: bool) -> String {
        if let Some(draft) = draft {
            return format!(
                "the update is not signed; what you have written is kept in {}",
                shown(draft.path())
            );
        }
        let kept = Draft::parse(&update.print()).and_then(|mut draft| {
            ["id", "time", "seen"].into_iter().for_each(|line| draft.remove(line));
            self.outbox.keep_unsigned(&format!("{name}.txt"), &draft.print())
        });
        let Some(path) = terminal::or_warn(kept) else { return "the update is not signed".to_owned() };
        let file = terminal::word(&path.display().to_string());
        let new = if is_new { " --new" } else { "" };
        let again = self.sending.destination.command(&format!("publish --file {file}{new}"));
        format!("the update is not signed; it is kept in {} for `{again}`", shown(&path))
    }

    /// Says that notes lie unsent.
    fn remind(&self) {
        let unsent = terminal::or_warn(self.outbox.unsent()).unwrap_or_default();
        if let [first, ..] = unsent.as_slice() {
            terminal::warn(&format!(
                "not sent yet: {} ({} in all); send with `{}`",
                shown(first),
                unsent.len(),
                self.sending.destination.command("send --unsent")
            ));
        }
    }

    fn show(&self, composed: &Composed, context: &Context<'_>, is_trial: bool) {
        let (update, sending) = (&composed.update, self.sending);
        let text = update.print();
        let remarks: Vec<String> =
            composed.remarks.iter().cloned().chain(lint::remarks(update, context)).collect();
        if sending.json {
            if sending.dry_run {
                let warnings = &context.warnings;
                terminal::print_json(
                    &serde_json::json!({"signed": false, "text": text, "warnings": warnings, "remarks": remarks}),
                );
            }
        } else {
            let heading = match (sending.dry_run, sending.yes, is_trial) {
                (true, ..) => "Draft, not signed:",
                (false, true, _) => "Signing:",
                (false, false, true) => "About to sign:",
                (false, false, false) => "About to sign (public and permanent):",
            };
            anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", terminal::text(&text));
            let times = times::shown(update, &self.when);
            if !times.is_empty() {
                anstream::eprintln!("{QUIET}By your clock: {}{QUIET:#}", printable(&times.join("; ")));
            }
        }
        for warning in context.warnings.iter().cloned().chain(context.news()) {
            terminal::warn(&warning);
        }
        for remark in remarks {
            anstream::eprintln!("{QUIET}note:{QUIET:#} {}", printable(&remark));
        }
    }

    fn deliver(&self, signed: Signed, endpoints: &[Endpoint], roots: &[VerifierKey]) -> Result<()> {
        let Signed { update, note, path } = signed;
        terminal::report_interruptions(Nothing::KnownToBeSeen);
        path.iter().for_each(|path| terminal::kept(path));
        let report = Report::new(self.sending.json);
        let mut delivery = Delivery::send(endpoints, note.as_bytes(), Some(roots), report);
        if report == Report::Lines {
            delivery.await_visible(&update.id);
            delivery.say();
        }
        let outcome = match (delivery.is_accepted(), delivery.is_undecided() || delivery.is_postponed()) {
            (true, _) => delivery.is_logged().then_some(Outcome::Sent),
            (false, false) if delivery.is_refused() => Some(Outcome::Refused),
            _ => None,
        };
        let path = match (path, outcome) {
            (Some(path), Some(outcome)) => Some(self.outbox.file(path, outcome)),
            (path, _) => path,
        };
        let done = self.conclude(&delivery, path.as_deref());
        if done.is_ok() {
            LastSeen::keep_published(&self.directory.path, &update);
        }
        if report == Report::Json {
            terminal::print_json_of(delivery.json(path.as_deref()), &done);
        } else if done.is_ok() {
            delivery.say_seen();
            self.say_next(&update);
        }
        done
    }

    /// Keeps the receipts of an accepted note, or says what became of the note and what to do with it.
    fn conclude(&self, delivery: &Delivery<'_>, path: Option<&Path>) -> Result<()> {
        if delivery.is_accepted() {
            path.into_iter().for_each(|path| delivery.keep_receipts(path));
            return Ok(());
        }
        let saved = path.map_or_else(|| "shown above".to_owned(), |path| format!("saved as {}", shown(path)));
        let again = path.map_or_else(String::new, |path| {
            format!(":\n  {}", self.sending.destination.command_to_send(path))
        });
        if delivery.is_undecided() {
            return Err(anyhow!(
                "we don't know whether it got through. Don't publish it again, or readers may see it twice; send the same note again, which is {saved}{again}"
            ))
            .guarantee(Nothing::KnownToBeSeen);
        }
        let why = if delivery.is_postponed() {
            format!(
                "it was not accepted, but may be later. The signed note is {saved}; send it again in a minute{again}"
            )
        } else if delivery.is_refused() {
            format!(
                "it was refused. Fix the problem reported above and publish again; the refused note is {saved}"
            )
        } else {
            format!(
                "no endpoint could be reached. The signed note is {saved}; when you're back online, send it from any machine{again}"
            )
        };
        Err(anyhow!(why)).guarantee(Nothing::Seen)
    }

    /// The next promise, and how to keep it.
    fn say_next(&self, update: &Update) {
        let Some(next) = update.next_update else { return };
        let update = self.sending.destination.command(&format!("update {} \"…\"", update.incident));
        anstream::println!("You promised the next update by {}: {update}", self.when.show(next));
    }
}
