//! Tests of folding, with updates given as texts.

mod continuation;
mod corrections;
mod incident;
mod order;
mod outlook;
mod over;
mod passing;
mod spans;
mod standing;
mod uptime;

use super::*;
use crate::text::{ComponentPath, Condition, Value};

/// A time on the day of the outage, `11:10`, or a full timestamp.
fn t(text: &str) -> Time {
    let whole = if text.len() == 5 { format!("2013-09-03T{text}:00Z") } else { text.to_owned() };
    Time::parse(&whole).unwrap()
}

fn path(text: &str) -> ComponentPath {
    ComponentPath::parse(text).unwrap()
}

fn id(number: usize) -> Id {
    Id::parse(&format!("{number:032x}")).unwrap()
}

/// An update of the incident `core`, with its lines in any order; title and next update are added if required.
fn update(number: usize, time: Time, lines: &str) -> Update {
    let mut lines: Vec<_> = lines.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let has = |lines: &[String], name: &str| lines.iter().any(|line| line.starts_with(name));
    if !has(&lines, "phase: ") {
        lines.push("phase: investigating".to_owned());
    }
    if !has(&lines, "title: ") {
        lines.push(format!("title: update {number}"));
    }
    let needs = ["investigating", "identified", "monitoring", "scheduled", "in-progress", "verifying"];
    if needs.iter().any(|phase| has(&lines, &format!("phase: {phase}")))
        && !has(&lines, "translates: ")
        && !has(&lines, "next-update: ")
    {
        lines.push(format!("next-update: {}", time.plus(1800)));
    }
    let order = "incident phase title summary symptom scope impact affects unaffected fault cause evidence reply data \
                 workaround started ended window next-update eta contact recurrence-of continues-in corrects retracts \
                 report credit lang translates drill";
    lines.push("incident: core".to_owned());
    lines.sort_by_key(|line| order.split(' ').position(|name| line.split(": ").next() == Some(name)));
    let lines = lines.join("\n");
    let text =
        format!("outband update v1\norigin: status.example.net\nid: {}\ntime: {time}\n{lines}\n", id(number));
    Update::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn logged(index: usize, update: Update, received: Time) -> LoggedUpdate {
    LoggedUpdate {
        index: index as u64,
        update,
        signers: Vec::new(),
        received,
        listed: received,
        names: Names::default(),
        leaf: String::new(),
        is_pending: false,
    }
}

/// An incident from updates given as time and lines, received in this order, five seconds after they were written. The
/// first one's id is 1.
fn incident(updates: &[(&str, &str)]) -> Incident {
    let logged = updates.iter().enumerate().map(|(index, (time, lines))| {
        let update = update(index + 1, t(time), lines);
        let received = update.time.plus(5);
        logged(index, update, received)
    });
    Incident::from_updates(logged.collect()).unwrap()
}

fn corrects(number: usize) -> String {
    format!("corrects: {}\n", id(number))
}

fn retracts(number: usize) -> String {
    format!("retracts: {}\n", id(number))
}

/// The current conditions, as `affects` lines.
fn conditions(incident: &Incident) -> Vec<String> {
    let state = incident.state().unwrap();
    state.conditions.iter().map(|(path, stated)| format!("{path} {}", stated.value)).collect()
}

fn title(incident: &Incident) -> &str {
    incident.state().unwrap().title.value.as_str()
}

#[track_caller]
fn condition(incident: &Incident, component: &str, now: &str) -> Option<Condition> {
    incident.state().unwrap().condition(&path(component), t(now)).map(|stated| stated.value)
}
