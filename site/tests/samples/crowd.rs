//! More components, open incidents and updates than any page was designed for.

use std::fmt::Write as _;

use outband_record::text::Site;

use super::{Stage, incident, time};

const NOW: &str = "2014-02-04T12:00:00Z";

/// 200 components, the maximum of a site, and 50 incidents open at once.
pub(crate) fn many_incidents() -> Stage {
    let mut incidents: Vec<_> = (0..50_u64)
        .map(|number| {
            let conditions = ["outage", "partial", "degraded", "unknown", "maintenance"];
            let condition = conditions.get(number as usize % 5).expect("one of five");
            let affects = format!("affects: c{}/part{} {condition}\n", number % 20, number % 9);
            incident(&update(number, &format!("2014-02-03-many-{number}"), &affects))
        })
        .collect();
    incidents.reverse();
    Stage::of(site(), time(NOW), incidents)
}

/// 1,000 updates of one incident.
pub(crate) fn many_updates() -> Stage {
    let updates: String =
        (0..1000).map(|number| update(number, "2014-02-03-long", "affects: c1 partial\n")).collect();
    Stage::of(site(), time(NOW), vec![incident(&updates)])
}

fn update(number: u64, slug: &str, affects: &str) -> String {
    let (hour, minute) = (number / 60, number % 60);
    let (day, hour) = (3 + hour / 24, hour % 24);
    let moment = format!("2014-02-{day:02}T{hour:02}:{minute:02}");
    format!(
        "==== {} {moment}:10Z alice/laptop\noutband update v1\norigin: status.mail.example\nid: {number:032x}\n\
         time: {moment}:00Z\nincident: {slug}\nphase: investigating\ntitle: Part {number} does not answer\n{affects}\
         next-update: 2014-02-05T12:00:00Z\n\nIt is number {number}, and we look into it.\n",
        number + 2
    )
}

fn site() -> Site {
    let sample = include_str!("site.txt");
    let (before, _) = sample.split_once("component: ").expect("components");
    let mut text = before.to_owned();
    for parent in 0..20 {
        writeln!(text, "component: c{parent} Service number {parent}").expect("memory");
        for part in 0..9 {
            writeln!(text, "component: c{parent}/part{part} Part {part}").expect("memory");
        }
    }
    Site::parse(&text).expect("a site with many components")
}
