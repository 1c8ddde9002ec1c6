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
        Fault::Ours(Certainty::Confirmed) => voice.phrase("fault_ours_confirmed"),
        Fault::Ours(Certainty::Suspected) => voice.phrase("fault_ours_suspected"),
        Fault::Customer(Certainty::Confirmed) => voice.phrase("fault_customer_confirmed"),
        Fault::Customer(Certainty::Suspected) => voice.phrase("fault_customer_suspected"),
        Fault::Upstream(name, certainty) => {
            let message = match certainty {
                Certainty::Confirmed => "fault_supplier_confirmed",
                Certainty::Suspected => "fault_supplier_suspected",
            };
            voice.fill(message, [("name", voice.said(name.as_str(), lang))])
        }
        Fault::Unknown => voice.phrase("fault_unknown"),
    }
}

/// Is the cause known?
pub(super) fn cause(voice: &Voice<'_>, cause: Cause) -> Phrase {
    voice.phrase(match cause {
        Cause::Unknown => "cause_unknown",
        Cause::Suspected => "cause_suspected",
        Cause::Confirmed => "cause_confirmed",
    })
}

/// When will it be over?
pub(super) fn eta(voice: &Voice<'_>, eta: &Eta, lang: Option<&Lang>) -> Phrase {
    let (when, confidence) = match eta {
        Eta::Unknown(why) => return voice.fill("eta_unknown", [("why", voice.said(why.as_str(), lang))]),
        Eta::By(time, confidence) => (voice.fill("eta_by", [("time", voice.near(*time))]), confidence),
        Eta::Between(from, to, confidence) => {
            (voice.fill("eta_between", [("from", voice.near(*from)), ("to", voice.near(*to))]), confidence)
        }
    };
    let message = match confidence {
        EtaConfidence::Committed => "eta_committed",
        EtaConfidence::Likely => "eta_likely",
        EtaConfidence::Possible => "eta_possible",
    };
    voice.fill(message, [("when", when)])
}

/// From when to when is the maintenance planned?
pub(super) fn window(voice: &Voice<'_>, window: Window) -> Phrase {
    voice.fill("window", [("from", voice.full(window.start)), ("to", voice.full(window.end))])
}

/// From when, and to when, was it so?
pub(super) fn began(voice: &Voice<'_>, started: Time, ended: Option<Time>) -> Phrase {
    let from = Phrase::from(voice.full(started));
    let Some(ended) = ended else { return from };
    let duration = voice.duration(started, ended);
    voice.fill("began_ended", [("from", from), ("to", voice.full(ended).into()), ("duration", duration)])
}

/// Did data come to harm?
pub(super) fn data(voice: &Voice<'_>, statement: DataStatement) -> Phrase {
    let words = data_status(voice.messages(), statement.status);
    let is_harm = statement.status == DataStatus::Confirmed;
    let status = if is_harm { Phrase::default().warn(words) } else { Phrase::default().strong(words) };
    let kind = Phrase::plain(data_kind(voice.messages(), statement.kind));
    voice.fill("labelled", [("label", kind), ("said", status)])
}

/// Will there be a report? `delivered` stands for one that is an update's own body.
pub(super) fn report(voice: &Voice<'_>, report: &Report, delivered: Span) -> Phrase {
    match report {
        Report::Promised(date) => voice.fill("report_promised", [("date", voice.day(*date))]),
        Report::Delivered(url) => {
            let link = url.as_ref().map_or(delivered, |url| voice.url(url));
            voice.fill("report_delivered", [("report", link)])
        }
    }
}

/// What do customers get back?
pub(super) fn credit(voice: &Voice<'_>, credit: &Credit, lang: Option<&Lang>) -> Phrase {
    match credit {
        Credit::None => voice.phrase("credit_none"),
        Credit::NotAssessed(date) => voice.fill("credit_not_assessed", [("date", voice.day(*date))]),
        Credit::Automatic(date, what) => {
            let what = voice.said(what.as_str(), lang);
            voice.fill("credit_automatic", [("date", voice.day(*date)), ("what", what)])
        }
        Credit::Claim(date, at, what) => {
            let what = voice.said(what.as_str(), lang);
            voice.fill("credit_claim", [("date", voice.day(*date)), ("place", voice.url(at)), ("what", what)])
        }
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
        let word = condition(voice.messages(), state).to_owned();
        let word = Phrase::from(Span::State { text: word, class: state.as_str() });
        voice.fill("labelled", [("label", word), ("said", voice.components(paths))])
    };
    by_condition.into_iter().map(line).collect()
}
