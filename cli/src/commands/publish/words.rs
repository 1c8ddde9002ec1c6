//! What can be said on the command line: one option for each line of an update.

use anyhow::{Result, bail};

use crate::commands::publish::draft::Draft;

/// One option a line. Values are as the text has them, with `=` for the first space where that is handier
/// (`--affects exchange=outage`); moments may be durations from now (`--next-update 45m`).
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Lines of the update")]
pub(super) struct Words {
    /// The incident to go on with, by its name in URLs; a new one without it
    #[arg(long, value_name = "SLUG")]
    incident: Option<String>,
    /// investigating, identified, monitoring, resolved, postmortem; scheduled, …; notice
    #[arg(long)]
    phase: Option<String>,
    /// What users cannot do, at most 120 characters
    #[arg(long)]
    title: Option<String>,
    /// One line that a manager can repeat
    #[arg(long)]
    summary: Option<String>,
    /// What you see if this is it
    #[arg(long)]
    symptom: Vec<String>,
    /// Who and how many, with "as of"
    #[arg(long)]
    scope: Option<String>,
    /// none, minor, major or critical; follows from the components without it
    #[arg(long)]
    impact: Option<String>,
    /// Component and condition, such as exchange/us-east=outage
    #[arg(long, value_name = "COMPONENT=CONDITION")]
    affects: Vec<String>,
    /// A component that works, said on purpose
    #[arg(long, value_name = "COMPONENT")]
    unaffected: Vec<String>,
    /// Is it you or us: "ours confirmed", "upstream NAME suspected", unknown
    #[arg(long)]
    fault: Option<String>,
    /// Whether the cause is known: unknown, suspected or confirmed
    #[arg(long)]
    cause: Option<String>,
    /// Link to what proves it
    #[arg(long, value_name = "URL")]
    evidence: Vec<String>,
    /// Link to the named party's own statement
    #[arg(long, value_name = "URL")]
    reply: Vec<String>,
    /// loss=none, breach=investigating, delay=queued, …
    #[arg(long, value_name = "KIND=STATUS")]
    data: Vec<String>,
    /// What users can do meanwhile
    #[arg(long)]
    workaround: Option<String>,
    /// When it began, UTC
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// When it ended, UTC
    #[arg(long, value_name = "TIME")]
    ended: Option<String>,
    /// A maintenance's window, START/END
    #[arg(long)]
    window: Option<String>,
    /// When readers hear more: 45m, 2h or a UTC time
    #[arg(long, value_name = "WHEN")]
    next_update: Option<String>,
    /// "2h likely", "unknown WHY", or UTC times
    #[arg(long)]
    eta: Option<String>,
    /// How to reach you by means that are not down: tel:, mailto: or https:
    #[arg(long)]
    contact: Vec<String>,
    /// The earlier incident of which this is a recurrence
    #[arg(long, value_name = "SLUG")]
    recurrence_of: Option<String>,
    /// The incident in which this one goes on
    #[arg(long, value_name = "SLUG")]
    continues_in: Option<String>,
    /// Id of an update that this one stands in place of
    #[arg(long, value_name = "ID")]
    corrects: Option<String>,
    /// Id of an update that this one takes back
    #[arg(long, value_name = "ID")]
    retracts: Option<String>,
    /// "promised DATE", "delivered URL", delivered
    #[arg(long)]
    report: Option<String>,
    /// none, "not-assessed until DATE", "automatic by DATE, WHAT", …
    #[arg(long)]
    credit: Option<String>,
    /// Language, where it is not the site's
    #[arg(long)]
    lang: Option<String>,
    /// Id of the update of which this is a translation
    #[arg(long, value_name = "ID")]
    translates: Option<String>,
    /// Only practice: shown under /drill alone
    #[arg(long)]
    drill: bool,
    /// Refused by stations after this: 2h or a UTC time
    #[arg(long, value_name = "WHEN")]
    submit_by: Option<String>,
    /// Paragraphs of plain text
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
}

/// Lines whose two parts may be joined by `=`.
const PAIRS: [&str; 2] = ["affects", "data"];

impl Words {
    /// Puts what was said into `draft`; what is there already must not be said twice.
    pub(super) fn put_into(&self, draft: &mut Draft) -> Result<()> {
        for (name, value) in self.single() {
            let Some(value) = value else { continue };
            if draft.value(name).is_some() {
                bail!("{name} is said twice: in the file, and with --{name}; nothing was signed");
            }
            draft.add(name, value)?;
        }
        let many = [
            ("symptom", &self.symptom),
            ("affects", &self.affects),
            ("unaffected", &self.unaffected),
            ("evidence", &self.evidence),
            ("reply", &self.reply),
            ("data", &self.data),
            ("contact", &self.contact),
        ];
        for (name, values) in many {
            for value in values {
                let value = if PAIRS.contains(&name) { value.replacen('=', " ", 1) } else { value.clone() };
                draft.add(name, &value)?;
            }
        }
        if let Some(body) = &self.body {
            draft.set_body(body);
        }
        Ok(())
    }

    /// Whether anything was said.
    pub(super) fn are_any(&self) -> bool {
        let mut draft = Draft::default();
        self.put_into(&mut draft).is_err() || draft != Draft::default()
    }

    fn single(&self) -> [(&'static str, Option<&str>); 24] {
        [
            ("incident", self.incident.as_deref()),
            ("phase", self.phase.as_deref()),
            ("title", self.title.as_deref()),
            ("summary", self.summary.as_deref()),
            ("scope", self.scope.as_deref()),
            ("impact", self.impact.as_deref()),
            ("fault", self.fault.as_deref()),
            ("cause", self.cause.as_deref()),
            ("workaround", self.workaround.as_deref()),
            ("started", self.started.as_deref()),
            ("ended", self.ended.as_deref()),
            ("window", self.window.as_deref()),
            ("next-update", self.next_update.as_deref()),
            ("eta", self.eta.as_deref()),
            ("recurrence-of", self.recurrence_of.as_deref()),
            ("continues-in", self.continues_in.as_deref()),
            ("corrects", self.corrects.as_deref()),
            ("retracts", self.retracts.as_deref()),
            ("report", self.report.as_deref()),
            ("credit", self.credit.as_deref()),
            ("lang", self.lang.as_deref()),
            ("translates", self.translates.as_deref()),
            ("submit-by", self.submit_by.as_deref()),
            ("drill", self.drill.then_some("yes")),
        ]
    }
}
