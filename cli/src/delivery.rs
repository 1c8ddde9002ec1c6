//! Sending one note to every endpoint at once, and telling what became of it.

use std::time::{Duration, Instant};

use anyhow::Result;
use outband_keys::Note;

use crate::endpoint::{Accepted, Answer, Endpoint};

/// What became of a note, over all endpoints.
pub(crate) struct Delivery {
    /// The answers, in the order of the endpoints.
    pub(crate) answers: Vec<(String, Answer)>,
    /// After how long readers could see it, where that was awaited.
    pub(crate) visible: Option<Duration>,
}

/// Readers' copies are asked this long whether they have the note.
const VISIBLE_TIME: Duration = Duration::from_secs(20);
const VISIBLE_STEP: Duration = Duration::from_millis(100);

impl Delivery {
    /// Sends `note` to all of `endpoints` in parallel.
    pub(crate) fn send(endpoints: &[Endpoint], note: &[u8]) -> Self {
        let answers = std::thread::scope(|scope| {
            let sending: Vec<_> = endpoints
                .iter()
                .map(|endpoint| {
                    let waiting = |time: Duration| {
                        let seconds = time.as_secs();
                        anstream::eprintln!("{}: asks to come again in {seconds} s; waiting", endpoint.url());
                    };
                    (endpoint, scope.spawn(move || endpoint.send(note, waiting)))
                })
                .collect();
            let ended = |(endpoint, thread): (&Endpoint, std::thread::ScopedJoinHandle<'_, Answer>)| {
                let answer = thread.join();
                let answer =
                    answer.unwrap_or_else(|_| Answer::Failed("sending failed on this side".to_owned()));
                (endpoint.url().to_owned(), answer)
            };
            sending.into_iter().map(ended).collect()
        });
        Self { answers, visible: None }
    }

    /// Waits until the entry can be read where it was accepted.
    pub(crate) fn await_visible(&mut self, endpoints: &[Endpoint], note: &[u8]) {
        let Some((endpoint, accepted)) = self.accepted_by(endpoints) else { return };
        let Ok(text) = Note::parse(note).map(|note| note.text().to_owned()) else { return };
        let path = format!("/log/{}.note", accepted.index);
        let begun = Instant::now();
        while begun.elapsed() < VISIBLE_TIME {
            let found = endpoint.get(&path, false).ok().flatten();
            let page =
                accepted.page.as_ref().is_none_or(|page| matches!(endpoint.get(page, false), Ok(Some(_))));
            if page && found.is_some_and(|file| file.body.starts_with(text.as_bytes())) {
                self.visible = Some(begun.elapsed());
                return;
            }
            std::thread::sleep(VISIBLE_STEP);
        }
    }

    /// Whether at least one endpoint has it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted().next().is_some()
    }

    /// Whether a station said that it will never accept the note as it is.
    pub(crate) fn is_refused(&self) -> bool {
        self.answers.iter().any(|(_, answer)| matches!(answer, Answer::Refused(_)))
    }

    fn accepted(&self) -> impl Iterator<Item = (&str, &Accepted)> {
        self.answers.iter().filter_map(|(url, answer)| match answer {
            Answer::Accepted(accepted) => Some((url.as_str(), accepted)),
            Answer::Refused(_) | Answer::Failed(_) => None,
        })
    }

    fn accepted_by<'e>(&self, endpoints: &'e [Endpoint]) -> Option<(&'e Endpoint, &Accepted)> {
        let (url, accepted) = self.accepted().next()?;
        Some((endpoints.iter().find(|endpoint| endpoint.url() == url)?, accepted))
    }

    /// Tells it: one line an endpoint where there are several or something went wrong, then the sum.
    pub(crate) fn report(&self) {
        let (good, bad) = (crate::colour::GOOD, crate::colour::BAD);
        for (url, answer) in &self.answers {
            match answer {
                Answer::Accepted(accepted) => {
                    if self.answers.len() > 1 {
                        anstream::println!("{good}{url}{good:#}: accepted as entry {}", accepted.index);
                    }
                    if let Some(page) = &accepted.page {
                        anstream::println!("{url}{page}");
                    }
                    if let Some(remark) = &accepted.remark {
                        anstream::println!("{url}: {remark}");
                    }
                }
                Answer::Refused(problem) => anstream::eprintln!("{bad}{url}{bad:#}: {}", problem.explain()),
                Answer::Failed(why) => anstream::eprintln!("{bad}{url}{bad:#}: {why}"),
            }
        }
        let Some((_, first)) = self.accepted().next() else { return };
        let (taken, all) = (self.accepted().count(), self.answers.len());
        let visible = self.visible.map(|time| format!(" · visible after {:.1} s", time.as_secs_f64()));
        let visible = visible.unwrap_or_default();
        anstream::println!(
            "{good}accepted as entry {}{good:#} · {taken} of {all} endpoint{}{visible}",
            first.index,
            if all == 1 { "" } else { "s" }
        );
    }

    /// The same as one JSON object.
    pub(crate) fn json(&self) -> serde_json::Value {
        let answer = |(url, answer): &(String, Answer)| match answer {
            Answer::Accepted(a) => {
                serde_json::json!({"endpoint": url, "accepted": true, "index": a.index, "page": a.page, "remark": a.remark})
            }
            Answer::Refused(p) => serde_json::json!({"endpoint": url, "accepted": false, "why": p.explain()}),
            Answer::Failed(why) => serde_json::json!({"endpoint": url, "accepted": false, "why": why}),
        };
        let visible = self.visible.map(|time| time.as_secs_f64());
        serde_json::json!({"endpoints": self.answers.iter().map(answer).collect::<Vec<_>>(), "visible_after_seconds": visible})
    }
}

/// The endpoints to use: those given, or else those of the settings.
pub(crate) fn endpoints(given: &[String], settings: &[String]) -> Result<Vec<Endpoint>> {
    let urls = if given.is_empty() { settings } else { given };
    if urls.is_empty() {
        anyhow::bail!(
            "no endpoint is known; nothing was sent. Name one with --to https://…, or write it into outband.toml"
        );
    }
    urls.iter().map(|url| Endpoint::new(url)).collect()
}
