//! Values of several parts, each as a phrase that says the same wherever it stands.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use outband_record::text::{
    Cause, Certainty, ComponentPath, Condition, Credit, DataStatement, DataStatus, Eta, EtaConfidence, Fault,
    Lang, Report, Window,
};
use outband_record::time::Time;

use super::vocabulary::{condition, data_kind, data_status};
use super::{Phrase, Span, Voice};

/// Is it you or us?
pub(super) fn fault(voice: &Voice<'_>, fault: &Fault, lang: Option<&Lang>) -> Phrase {
    match fault {
        Fault::Ours(Certainty::Confirmed) => Phrase::default().strong("It is us").and(", confirmed."),
        Fault::Ours(Certainty::Suspected) => {
            Phrase::default().strong("Probably us").and("; suspected, not confirmed.")
        }
        Fault::Customer(Certainty::Confirmed) => {
            Phrase::default().strong("It is on the customer’s side").and(", confirmed.")
        }
        Fault::Customer(Certainty::Suspected) => {
            Phrase::default().strong("Probably on the customer’s side").and("; suspected, not confirmed.")
        }
        Fault::Upstream(name, certainty) => {
            let (lead, tail) = match certainty {
                Certainty::Confirmed => ("It is our supplier ", ", confirmed."),
                Certainty::Suspected => ("Probably our supplier ", "; suspected, not confirmed."),
            };
            Phrase::default().strong(lead).span(voice.said(name.as_str(), lang)).and(tail)
        }
        Fault::Unknown => Phrase::default().strong("Not known yet."),
    }
}

/// Is the cause known?
pub(super) fn cause(cause: Cause) -> Phrase {
    Phrase::plain(match cause {
        Cause::Unknown => "Not known yet",
        Cause::Suspected => "Suspected, not confirmed",
        Cause::Confirmed => "Confirmed",
    })
}

/// When will it be over?
pub(super) fn eta(voice: &Voice<'_>, eta: &Eta, lang: Option<&Lang>) -> Phrase {
    let (confidence, tail) = match eta {
        Eta::Unknown(why) => {
            return Phrase::default().strong("No estimate yet: ").span(voice.said(why.as_str(), lang));
        }
        Eta::By(_, EtaConfidence::Committed) | Eta::Between(_, _, EtaConfidence::Committed) => {
            ("Committed: ", "")
        }
        Eta::By(_, EtaConfidence::Likely) | Eta::Between(_, _, EtaConfidence::Likely) => ("Likely ", ""),
        Eta::By(_, EtaConfidence::Possible) | Eta::Between(_, _, EtaConfidence::Possible) => {
            ("Possibly ", "; this is uncertain")
        }
    };
    let phrase = Phrase::default().strong(confidence);
    let phrase = match eta {
        Eta::By(time, _) => phrase.strong("by ").span(voice.near(*time)),
        Eta::Between(from, to, _) => {
            phrase.strong("between ").span(voice.near(*from)).and(" and ").span(voice.near(*to))
        }
        Eta::Unknown(_) => phrase,
    };
    if tail.is_empty() { phrase } else { phrase.and(tail) }
}

/// From when to when is the maintenance planned?
pub(super) fn window(voice: &Voice<'_>, window: Window) -> Phrase {
    Phrase::plain("From ").span(voice.full(window.start)).and(" to ").span(voice.full(window.end))
}

/// From when, and to when, was it so?
pub(super) fn began(voice: &Voice<'_>, started: Time, ended: Option<Time>) -> Phrase {
    let phrase = Phrase::default().span(voice.full(started));
    match ended {
        Some(ended) => phrase
            .and(" to ")
            .span(voice.full(ended))
            .and(format!(" ({})", super::moment::duration(started, ended))),
        None => phrase,
    }
}

/// Did data come to harm?
pub(super) fn data(statement: DataStatement) -> Phrase {
    let phrase = Phrase::plain(format!("{}: ", data_kind(statement.kind)));
    let words = data_status(statement.status);
    if statement.status == DataStatus::Confirmed { phrase.warn(words) } else { phrase.strong(words) }
}

/// Will there be a report? `here` leads to the update whose body it may be.
pub(super) fn report(voice: &Voice<'_>, report: &Report, here: &str) -> Phrase {
    match report {
        Report::Promised(date) => Phrase::plain("Promised by ").span(voice.day(*date)),
        Report::Delivered(Some(url)) => Phrase::plain("Delivered: ").span(voice.url(url)),
        Report::Delivered(None) => Phrase::plain("Delivered: ").link("this update is the report", here),
    }
}

/// What do customers get back?
pub(super) fn credit(voice: &Voice<'_>, credit: &Credit, lang: Option<&Lang>) -> Phrase {
    match credit {
        Credit::None => Phrase::plain("None"),
        Credit::NotAssessed(date) => Phrase::plain("Not assessed yet; decided by ").span(voice.day(*date)),
        Credit::Automatic(date, what) => Phrase::plain("Comes by itself by ")
            .span(voice.day(*date))
            .and(": ")
            .span(voice.said(what.as_str(), lang)),
        Credit::Claim(date, at, what) => Phrase::plain("Claim it by ")
            .span(voice.day(*date))
            .and(" at ")
            .span(voice.url(at))
            .and(": ")
            .span(voice.said(what.as_str(), lang)),
    }
}

/// One line a condition, the worst first.
pub(super) fn conditions<'c>(
    voice: &Voice<'_>,
    stated: impl IntoIterator<Item = (&'c ComponentPath, Condition)>,
) -> Vec<Phrase> {
    let mut by_condition: BTreeMap<Reverse<Condition>, Vec<&ComponentPath>> = BTreeMap::new();
    for (path, condition) in stated {
        by_condition.entry(Reverse(condition)).or_default().push(path);
    }
    let line = |(Reverse(state), paths): (Reverse<Condition>, Vec<&ComponentPath>)| {
        let word = Span::State { text: condition(state).to_owned(), class: state.as_str() };
        Phrase::from(word).and(": ").join(components(voice, paths))
    };
    by_condition.into_iter().map(line).collect()
}

/// Components, one after the other.
pub(super) fn components<'c>(
    voice: &Voice<'_>,
    paths: impl IntoIterator<Item = &'c ComponentPath>,
) -> Phrase {
    let mut phrase = Phrase::default();
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_by_key(|path| voice.place(path));
    for path in paths {
        let separated = if phrase.is_empty() { phrase } else { phrase.and(", ") };
        phrase = separated.span(voice.component(path));
    }
    phrase
}
