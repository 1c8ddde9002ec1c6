//! Sending one note to every endpoint at once, and telling what became of it.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use outband_record::text::Id;

use crate::client::endpoint::{Accepted, Answer, Endpoint};
use crate::terminal::colour;

/// What became of a note, over all endpoints.
pub(crate) struct Delivery<'e> {
    /// The answers, in the order in which they came.
    answers: Vec<(&'e Endpoint, Answer)>,
    begun: Instant,
    /// After how long readers could see it, where that was awaited.
    visible: Option<Duration>,
}

/// How a delivery is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    /// Each answer as it comes, then the sum.
    Lines,
    /// One JSON object at the end.
    Json,
}

/// Readers' copies are asked this long whether they have the note.
const VISIBLE_TIME: Duration = Duration::from_secs(20);
const VISIBLE_STEP: Duration = Duration::from_millis(100);

impl<'e> Delivery<'e> {
    /// Sends `note` to all of `endpoints` in parallel. A dead one keeps nobody waiting for what a live one said.
    pub(crate) fn send(endpoints: &'e [Endpoint], note: &[u8], tell: Tell) -> Self {
        let mut delivery = Self { answers: Vec::new(), begun: Instant::now(), visible: None };
        let (answered, answers) = mpsc::channel();
        std::thread::scope(|scope| {
            for endpoint in endpoints {
                let answered = answered.clone();
                scope.spawn(move || {
                    let waiting = |time: Duration| {
                        let seconds = time.as_secs();
                        anstream::eprintln!("{}: asks to come again in {seconds} s; waiting", endpoint.url());
                    };
                    // Nobody listens any more only where the receiving side has panicked.
                    let _ = answered.send((endpoint, endpoint.send(note, waiting)));
                });
            }
            drop(answered);
            for (endpoint, answer) in answers {
                if tell == Tell::Lines {
                    say(endpoint.url(), &answer, endpoints.len() > 1);
                }
                delivery.answers.push((endpoint, answer));
            }
        });
        delivery
    }

    /// Waits until the update can be read on its page where it was accepted first.
    pub(crate) fn await_visible(&mut self, update: &Id) {
        let Some((endpoint, Accepted { page: Some(page), .. })) = self.accepted().next() else { return };
        let mut visible = None;
        while visible.is_none() && self.begun.elapsed() < VISIBLE_TIME {
            let found = endpoint.get(page, false).ok().flatten();
            // Every update is an element of that name on its page.
            let shows =
                found.is_some_and(|file| String::from_utf8_lossy(&file.body).contains(update.as_str()));
            match shows {
                true => visible = Some(self.begun.elapsed()),
                false => std::thread::sleep(VISIBLE_STEP),
            }
        }
        self.visible = visible;
    }

    /// Whether at least one endpoint has it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted().next().is_some()
    }

    /// Whether a station said that it will never accept the note as it is.
    pub(crate) fn is_refused(&self) -> bool {
        self.answers.iter().any(|(_, answer)| matches!(answer, Answer::Refused(_)))
    }

    /// Whether a station may have it, or may take it as it is later.
    pub(crate) fn is_open(&self) -> bool {
        self.answers.iter().any(|(_, answer)| matches!(answer, Answer::Later(_)))
    }

    fn accepted(&self) -> impl Iterator<Item = (&'e Endpoint, &Accepted)> {
        self.answers.iter().filter_map(|(endpoint, answer)| match answer {
            Answer::Accepted(accepted) => Some((*endpoint, accepted)),
            Answer::Refused(_) | Answer::Later(_) | Answer::Failed(_) => None,
        })
    }

    /// Tells the sum.
    pub(crate) fn report(&self, tell: Tell) {
        if tell == Tell::Json {
            anstream::println!("{}", self.json());
            return;
        }
        let Some((_, first)) = self.accepted().next() else { return };
        let (taken, all) = (self.accepted().count(), self.answers.len());
        let visible = self.visible.map(|time| format!(" · visible after {:.1} s", time.as_secs_f64()));
        anstream::println!(
            "{good}accepted as entry {}{good:#} · {taken} of {all} endpoint{}{}",
            first.index,
            if all == 1 { "" } else { "s" },
            visible.unwrap_or_default(),
            good = colour::GOOD,
        );
    }

    fn json(&self) -> serde_json::Value {
        let answer = |(endpoint, answer): &(&Endpoint, Answer)| {
            let endpoint = endpoint.url();
            match answer {
                Answer::Accepted(a) => {
                    serde_json::json!({"endpoint": endpoint, "accepted": true, "index": a.index, "page": a.page, "remark": a.remark})
                }
                Answer::Refused(problem) => {
                    let why = problem.explain("refused");
                    serde_json::json!({"endpoint": endpoint, "accepted": false, "send_again": false, "why": why})
                }
                Answer::Later(why) | Answer::Failed(why) => {
                    serde_json::json!({"endpoint": endpoint, "accepted": false, "send_again": true, "why": why})
                }
            }
        };
        let visible = self.visible.map(|time| time.as_secs_f64());
        serde_json::json!({"endpoints": self.answers.iter().map(answer).collect::<Vec<_>>(), "visible_after_seconds": visible})
    }
}

/// One endpoint's answer, as soon as it is there.
fn say(url: &str, answer: &Answer, several: bool) {
    let (good, bad) = (colour::GOOD, colour::BAD);
    match answer {
        Answer::Accepted(accepted) => {
            if several {
                anstream::println!("{good}{url}{good:#}: accepted as entry {}", accepted.index);
            }
            if let Some(page) = &accepted.page {
                anstream::println!("{url}{page}");
            }
            if let Some(remark) = &accepted.remark {
                anstream::println!("{url}: {remark}");
            }
        }
        Answer::Refused(problem) => anstream::eprintln!("{bad}{url}{bad:#}: {}", problem.explain("refused")),
        Answer::Later(why) | Answer::Failed(why) => anstream::eprintln!("{bad}{url}{bad:#}: {why}"),
    }
}

/// The endpoints to use: those given, or else those of the settings.
pub(crate) fn endpoints(given: &[String], settings: &[String]) -> Result<Vec<Endpoint>> {
    let urls = if given.is_empty() { settings } else { given };
    if urls.is_empty() {
        anyhow::bail!(
            "no endpoint is known; nothing was sent. Name one with --to https://…, or the directory of outband.toml with --dir"
        );
    }
    urls.iter().map(|url| Endpoint::new(url)).collect()
}
