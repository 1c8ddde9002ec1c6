//! `/status.txt`: the verdict and the answers for curl, phone agents and terminals.

use outband_record::timeline::{Holding, Incident, Outlook};

use super::article::listed;
use super::frame::base;
use super::index::{lead, verdict};
use crate::template::RenderError;
use crate::words::{Fact, Voice, answers, excerpt, standing};
use crate::{Rendered, View, paths};

/// Characters of the newest update's body.
const BODY_CHARACTERS: usize = 1500;

/// The verdict and the answers as plain text; the first line is the verdict.
pub fn status_txt(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    open: &[&Incident],
) -> Result<Rendered, RenderError> {
    let mut text = Text(String::new());
    let band = verdict(view, outlook);
    text.line(&band.description());
    text.line(&format!("{} · {}/", view.site.name, base(view)));
    let lead = lead(outlook);
    if lead.is_none() && !view.site.contact.is_empty() {
        let contacts: Vec<_> = view.site.contact.iter().map(ToString::to_string).collect();
        text.line(&format!("Something wrong? Tell us: {}", contacts.join(", ")));
    }
    for (place, (holding, incident)) in outlook.open.iter().zip(open).enumerate() {
        text.gap();
        if Some(place) != lead {
            text.line(&format!("{}: {}", standing(holding, view.now).word, holding.title.value));
        }
        text.open(view, holding, incident);
    }
    text.gap();
    text.line(&format!("Feed: {}{}", base(view), paths::ATOM));
    text.line(&format!("Check that nothing was altered: outband verify {}/", base(view)));
    Ok(Rendered { path: paths::STATUS_TXT.to_owned(), body: text.0.into_bytes() })
}

struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn open(&mut self, view: &View<'_>, holding: &Holding<'_>, incident: &Incident) {
        let answers = answers(&Voice::page(view.site), holding, view.now, &view.site.contact);
        answers.first.iter().chain(&answers.more).for_each(|fact| self.fact(base(view), fact));
        if let Some(body) = &holding.newest.update.body {
            self.gap();
            let (body, cut) = excerpt(body, BODY_CHARACTERS);
            self.line(&body);
            if cut {
                self.line("(cut here)");
            }
        }
        let (count, path) = (listed(incident).len(), paths::incident(holding.slug, holding.drill));
        self.line(&format!("All updates ({count}): {}{path}", base(view)));
    }

    fn fact(&mut self, base: &str, fact: &Fact) {
        let said: Vec<_> = fact.said.iter().map(|phrase| phrase.clone().absolute(base).to_string()).collect();
        self.line(&format!("{} {}", fact.label, said.join("; ")));
    }
}
