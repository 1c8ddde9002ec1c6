//! The Statuspage-compatible documents: snapshots, schemas, and claims they must never make.

use std::collections::BTreeMap;

use crate::samples;
use crate::samples::Stage;
use crate::schemas::{ANSWERS, Shapes};
use outband_record::sorted::Map;
use outband_record::text::{ComponentPath, IncidentKind, Slug, Update};
use outband_record::timeline::Incident;
use outband_site::pages::RenderError;
use outband_site::statuspage::{self, Dates, Listing, Object, Source};
use outband_site::{Rendered, paths};
use serde_json::{Value as Json, json};

/// What a log with all of it would list.
struct Listed<'s> {
    incidents: Vec<&'s Slug>,
    maintenances: Vec<&'s Slug>,
    components: Map<ComponentPath, Dates>,
}

impl<'s> Listed<'s> {
    fn of(stage: &'s Stage) -> Self {
        let incidents = || stage.incidents.iter().filter(|incident| !incident.is_drill());
        let newest_first = |kind: IncidentKind| {
            let states = incidents().filter_map(Incident::state).filter(|state| state.kind == kind);
            let mut begun: Vec<_> = states.map(|state| (state.started, state.slug)).collect();
            begun.sort_by(|a, b| b.cmp(a));
            begun.into_iter().map(|(_, slug)| slug).collect()
        };
        let named = |path: &ComponentPath| {
            let naming = incidents().flat_map(|incident| {
                let state = incident.state().expect("an update that is not a translation");
                let is_affected = state.affected.contains_key(path);
                let updates = incident.updates().iter().filter(|logged| logged.update.translates.is_none());
                updates.filter(move |logged| is_affected || names(&logged.update, path))
            });
            naming.map(|logged| logged.received).max()
        };
        let since = stage.site.time;
        let dates = |path: &ComponentPath| Dates { since, named: named(path).unwrap_or(since).max(since) };
        let paths = stage.site.component.iter().map(|component| component.path.clone());
        Self {
            incidents: newest_first(IncidentKind::Incident),
            maintenances: newest_first(IncidentKind::Maintenance),
            components: paths.map(|path| (path.clone(), dates(&path))).collect(),
        }
    }

    fn listing(&self) -> Listing<'_> {
        Listing {
            incidents: self.incidents.clone(),
            maintenances: self.maintenances.clone(),
            components: &self.components,
        }
    }
}

fn names(update: &Update, path: &ComponentPath) -> bool {
    update.affects.iter().any(|affects| affects.component == *path) || update.unaffected.contains(path)
}

/// Rendered from updates, or from `published` responses where there is the same incident.
fn rendered(stage: &Stage, published: &Map<String, Object>) -> Result<Vec<Rendered>, RenderError> {
    let find = |slug: &Slug| match published.get(&statuspage::incident_id(&stage.site.origin, slug)) {
        Some(object) => Some(Source::Published(object)),
        None => stage.incidents.iter().find(|i| i.slug() == Some(slug)).map(Source::Updates),
    };
    statuspage::answers(&stage.view(), &stage.outlook(), &Listed::of(stage).listing(), find)
}

/// The documents by path, each checked against its schema.
fn answers(stage: &Stage) -> BTreeMap<String, Json> {
    let shapes = Shapes::load();
    let rendered = rendered(stage, &Map::new()).expect("rendered");
    assert_eq!(rendered.len(), ANSWERS.len());
    let read = |file: Rendered| {
        let answer = serde_json::from_slice(&file.body).expect("JSON");
        assert_eq!(shapes.fault(&file.path, &answer), None);
        (file.path, answer)
    };
    rendered.into_iter().map(read).collect()
}

fn summary(stage: &Stage) -> Json {
    answers(stage)[paths::API_SUMMARY].clone()
}

/// The indicator and the description.
fn status(stage: &Stage) -> (String, String) {
    let answers = answers(stage);
    let status = &answers[paths::API_STATUS]["status"];
    assert_eq!(*status, answers[paths::API_SUMMARY]["status"]);
    let text = |name: &str| status[name].as_str().expect("a string").to_owned();
    (text("indicator"), text("description"))
}

fn component<'a>(answer: &'a Json, name: &str) -> &'a Json {
    let components = answer["components"].as_array().expect("components");
    components.iter().find(|component| component["name"] == name).expect("a component of this name")
}

/// A sample of one incident, with the time and the lines from `phase` on of each update.
fn logged(slug: &str, updates: &[(&str, &str)]) -> String {
    let entry = |(nth, (time, lines)): (usize, &(&str, &str))| {
        let index = 100 + nth;
        format!(
            "==== {index} {time} alice/phone\noutband update v1\norigin: status.mail.example\nid: {index:032x}\n\
             time: {time}\nincident: {slug}\n{lines}\n"
        )
    };
    updates.iter().enumerate().map(entry).collect()
}

const CALM: (&str, &str) = ("none", "All Systems Operational");
const MINOR: (&str, &str) = ("minor", "Partially Degraded Service");

#[track_caller]
fn reads(stage: &Stage, (indicator, description): (&str, &str)) {
    assert_eq!(status(stage), (indicator.to_owned(), description.to_owned()));
}

#[test]
fn documents_match_their_snapshots() {
    for (name, stage) in [
        ("calm", Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED])),
        ("outage", Stage::at("2013-09-03T14:00:00Z", &[samples::OUTAGE])),
        ("scheduled", Stage::at("2013-09-05T12:00:00Z", &[samples::MAINTENANCE])),
        ("hostile", Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE])),
        ("every-line", Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE])),
    ] {
        insta::assert_snapshot!(format!("summary-{name}"), format!("{:#}", summary(&stage)));
    }
    for (name, stage) in [
        ("resolved", Stage::at("2013-09-09T12:00:00Z", &[samples::RESOLVED])),
        ("correction", Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION])),
    ] {
        insta::assert_snapshot!(
            format!("incidents-{name}"),
            format!("{:#}", answers(&stage)[paths::API_INCIDENTS])
        );
    }
}

#[test]
fn a_calm_site_is_operational_and_a_drill_changes_nothing() {
    let at = "2014-06-01T08:01:00Z";
    let stage = Stage::at(at, &[samples::RESOLVED]);
    reads(&stage, CALM);
    let calm = answers(&stage);
    for path in [paths::API_UNRESOLVED, paths::API_SUMMARY] {
        assert_eq!(calm[path]["incidents"], json!([]));
    }
    assert_eq!(component(&calm[paths::API_COMPONENTS], "VoIP phones")["status"], "operational");
    assert_eq!(answers(&Stage::at(at, &[samples::RESOLVED, samples::DRILL])), calm);
}

/// The absence of reports is no report that everything works.
#[test]
fn before_the_first_update_nothing_is_operational() {
    let stage = Stage::at("2014-06-01T08:01:00Z", &[samples::DRILL]);
    reads(&stage, MINOR);
    let answer = summary(&stage);
    assert_eq!(component(&answer, "VoIP phones")["status"], "degraded_performance");
    assert_eq!(component(&answer, "VoIP phones")["description"], "Status unknown");
}

/// A schema must refuse a document that lacks a member, has an unknown value or an extra member; otherwise it proves
/// nothing.
#[test]
fn the_schemas_are_strict() {
    let shapes = Shapes::load();
    let stage = Stage::at("2013-09-05T12:00:00Z", &[samples::OUTAGE, samples::MAINTENANCE]);
    let mut broken = 0;
    for (path, answer) in answers(&stage) {
        for (pointer, member) in members(&answer, "") {
            let with = |change: &dyn Fn(&mut serde_json::Map<String, Json>)| {
                let mut changed = answer.clone();
                change(changed.pointer_mut(&pointer).unwrap().as_object_mut().unwrap());
                shapes.fault(&path, &changed).is_some()
            };
            assert!(with(&|object| drop(object.remove(&member))), "{path} {pointer} without {member}");
            assert!(
                with(&|object| drop(object.insert(member.clone(), json!({})))),
                "{path} {pointer} {member}"
            );
            assert!(with(&|object| drop(object.insert("more".into(), Json::Null))), "{path} {pointer} more");
            if member.ends_with("status") || matches!(member.as_str(), "impact" | "indicator") {
                assert!(
                    with(&|object| drop(object.insert(member.clone(), json!("unknown")))),
                    "{path} {member}"
                );
            }
            broken += 3;
        }
    }
    assert!(broken > 1000, "{broken}");
}

/// Every member of every object: the object's JSON pointer, and the member's name.
fn members(value: &Json, pointer: &str) -> Vec<(String, String)> {
    match value {
        Json::Object(object) => {
            let deeper = object.iter().flat_map(|(name, value)| members(value, &format!("{pointer}/{name}")));
            let own = object.keys().map(|name| (pointer.to_owned(), name.clone()));
            own.chain(deeper).collect()
        }
        Json::Array(items) => {
            let deeper =
                items.iter().enumerate().map(|(nth, item)| members(item, &format!("{pointer}/{nth}")));
            deeper.flatten().collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_indicator_is_the_worst_of_the_open_incidents() {
    let next = "next-update: 2013-09-03T15:00:00Z";
    let at = "2013-09-03T14:00:00Z";
    let open = |lines: &str| {
        logged("open", &[(at, &format!("phase: investigating\ntitle: Something\n{lines}{next}"))])
    };
    for (lines, expected) in [
        ("", MINOR),
        ("impact: none\n", ("none", "Open Incident Without Impact")),
        ("impact: none\naffects: voice partial\n", MINOR),
        ("affects: voice unknown\n", MINOR),
        ("affects: voice degraded\n", MINOR),
        ("affects: voice partial\n", ("major", "Partial System Outage")),
        ("affects: voice outage\n", ("critical", "Major System Outage")),
        ("impact: minor\naffects: voice outage\n", MINOR),
        ("impact: major\n", ("major", "Partial System Outage")),
        ("impact: critical\n", ("critical", "Major System Outage")),
    ] {
        reads(&Stage::at(at, &[&open(lines)]), expected);
    }
    let notice = logged("news", &[(at, "phase: notice\ntitle: We have moved")]);
    reads(&Stage::at(at, &[&notice]), CALM);
    reads(
        &Stage::at(at, &[&notice, &open("impact: major\n"), samples::OUTAGE]),
        ("critical", "Major System Outage"),
    );
}

#[test]
fn an_unknown_condition_is_not_operational() {
    let lines = "phase: investigating\ntitle: Odd\naffects: exchange/us-east unknown\nnext-update: 2013-09-03T15:00:00Z";
    let answer =
        summary(&Stage::at("2013-09-03T14:00:00Z", &[&logged("odd", &[("2013-09-03T14:00:00Z", lines)])]));
    let east = component(&answer, "US East");
    assert_eq!(east["status"], "degraded_performance");
    assert_eq!(east["description"], "Status unknown · server names beginning with exe");
    assert_eq!(
        component(&answer, "Exchange mail")["status"],
        "degraded_performance",
        "a parent shows the worst condition of its parts"
    );
    assert_eq!(component(&answer, "US West")["status"], "operational");
    assert_eq!(component(&answer, "US West")["description"], "server names beginning with exw");
    let update = &answer["incidents"][0]["incident_updates"][0];
    let affected = &update["affected_components"][0];
    assert_eq!((&affected["name"], &affected["new_status"]), (&east["name"], &east["status"]));
}

#[test]
fn a_group_has_all_its_descendants() {
    let mut stage = Stage::at("2013-09-05T12:00:00Z", &[]);
    let deep = "component: exchange/us-east/web Web access\ncomponent: exchange/us-east/web/login Sign-on\n";
    let text = stage.site.print().replacen("component: messenger", &format!("{deep}component: messenger"), 1);
    stage.site = outband_record::text::Site::parse(&text).unwrap();
    let answer = summary(&stage);
    let group = component(&answer, "Exchange mail");
    let under = ["US East", "US West", "US East / Web access", "US East / Web access / Sign-on"];
    let ids: Vec<_> = under.iter().map(|name| component(&answer, name)["id"].clone()).collect();
    assert_eq!((&group["group"], &group["components"]), (&json!(true), &json!(ids)));
    for name in under {
        let part = component(&answer, name);
        assert_eq!((&part["group"], &part["group_id"]), (&json!(false), &group["id"]));
    }
    let places: Vec<_> =
        answer["components"].as_array().unwrap().iter().map(|c| c["position"].clone()).collect();
    assert_eq!(places, (1..=11).map(|place| json!(place)).collect::<Vec<_>>());
}

/// The lists that contain a maintenance, at each of its stages.
#[test]
fn a_maintenance_passes_through_its_stages() {
    let window = "window: 2013-09-08T02:00:00Z/2013-09-08T06:00:00Z\n";
    let announced = format!(
        "phase: scheduled\ntitle: New software\naffects: voice maintenance\n{window}next-update: 2013-09-08T02:00:00Z"
    );
    let begun = "phase: in-progress\ntitle: New software\nnext-update: 2013-09-08T04:00:00Z";
    let checked = "phase: verifying\ntitle: New software\nnext-update: 2013-09-08T05:00:00Z";
    let over = "phase: completed\ntitle: New software";
    let course = [
        ("2013-09-04T14:00:00Z", announced.as_str()),
        ("2013-09-08T02:05:00Z", begun),
        ("2013-09-08T04:00:00Z", checked),
        ("2013-09-08T04:30:00Z", over),
    ];
    let at = |now: &str, updates: usize| {
        let stage = Stage::at(now, &[&logged("software", &course[..updates])]);
        let answers = answers(&stage);
        let count = |path: &str| answers[path]["scheduled_maintenances"].as_array().unwrap().len();
        let voice = component(&answers[paths::API_COMPONENTS], "VoIP phones")["status"].clone();
        let all = &answers[paths::API_MAINTENANCES]["scheduled_maintenances"];
        assert_eq!(all[0]["components"][0]["name"], "VoIP phones");
        let newest = all[0]["incident_updates"][0]["affected_components"][0]["new_status"].clone();
        (
            status(&stage).0,
            [count(paths::API_UPCOMING), count(paths::API_ACTIVE)],
            [all[0]["status"].clone(), voice, newest].map(|text| text.as_str().unwrap_or("-").to_owned()),
        )
    };
    let expect =
        |indicator: &str, lists, words: [&str; 3]| (indicator.to_owned(), lists, words.map(str::to_owned));
    let well = "operational";
    let at_work = "under_maintenance";
    assert_eq!(at("2013-09-05T12:00:00Z", 1), expect("none", [1, 0], ["scheduled", well, well]));
    // The window opens without an update, but its end does not mean that the work is done.
    assert_eq!(at("2013-09-08T02:01:00Z", 1), expect("maintenance", [0, 1], ["in_progress", at_work, well]));
    assert_eq!(at("2013-09-08T06:01:00Z", 1), expect("maintenance", [0, 1], ["in_progress", at_work, well]));
    assert_eq!(
        at("2013-09-08T02:06:00Z", 2),
        expect("maintenance", [0, 1], ["in_progress", at_work, at_work])
    );
    assert_eq!(at("2013-09-08T04:01:00Z", 3), expect("maintenance", [0, 1], ["verifying", at_work, "-"]));
    assert_eq!(at("2013-09-08T04:31:00Z", 4), expect("none", [0, 0], ["completed", well, well]));
}

#[test]
fn a_cancelled_maintenance_is_over_and_marked_as_cancelled() {
    let stage = Stage::at(
        "2013-09-06T12:00:00Z",
        &[&logged(
            "software",
            &[
                (
                    "2013-09-04T14:00:00Z",
                    "phase: scheduled\ntitle: New software\nwindow: 2013-09-08T02:00:00Z/2013-09-08T06:00:00Z\nnext-update: 2013-09-08T02:00:00Z",
                ),
                (
                    "2013-09-05T14:00:00Z",
                    "phase: cancelled\ntitle: New software\nsummary: The makers withdrew it.",
                ),
            ],
        )],
    );
    let answers = answers(&stage);
    let maintenance = &answers[paths::API_MAINTENANCES]["scheduled_maintenances"][0];
    assert_eq!(maintenance["status"], "completed");
    assert_eq!(maintenance["resolved_at"], "2013-09-05T14:00:00.000Z");
    assert_eq!(maintenance["scheduled_for"], "2013-09-08T02:00:00.000Z");
    assert_eq!(
        maintenance["incident_updates"][0]["body"],
        "Cancelled, will not take place: The makers withdrew it."
    );
    assert_eq!(answers[paths::API_UPCOMING]["scheduled_maintenances"], json!([]));
}

/// In Statuspage every maintenance has a planned end, so without a window the best other time is used.
#[test]
fn a_maintenance_without_a_window_still_has_an_end() {
    let lines = "phase: in-progress\ntitle: At once\nnext-update: 2013-09-05T13:00:00Z";
    for (eta, until) in [
        ("", "13:00"),
        ("\neta: 2013-09-05T15:00:00Z likely", "15:00"),
        ("\neta: unknown it is large", "13:00"),
    ] {
        let logged = logged("at-once", &[("2013-09-05T12:00:00Z", &format!("{lines}{eta}"))]);
        let answer = summary(&Stage::at("2013-09-05T12:00:00Z", &[&logged]));
        let maintenance = &answer["scheduled_maintenances"][0];
        assert_eq!(maintenance["scheduled_for"], "2013-09-05T12:00:00.000Z");
        assert_eq!(maintenance["scheduled_until"], format!("2013-09-05T{until}:00.000Z"));
    }
}

#[test]
fn an_incident_that_continues_elsewhere_is_over() {
    let first =
        "phase: identified\ntitle: Voice is down\naffects: voice outage\nnext-update: 2013-09-03T15:00:00Z";
    let then = format!("{first}\ncontinues-in: 2013-09-03-core-network");
    let mut stage = Stage::at(
        "2013-09-03T14:00:00Z",
        &[&logged("voice", &[("2013-09-03T11:00:00Z", first), ("2013-09-03T11:20:00Z", &then)])],
    );
    stage.incidents[0].set_taken_over(false);
    reads(&stage, ("critical", "Major System Outage"));
    assert!(stage.incidents[0].set_taken_over(true));
    reads(&stage, CALM);
    let answers = answers(&stage);
    let incident = &answers[paths::API_INCIDENTS]["incidents"][0];
    assert_eq!(
        (&incident["status"], &incident["resolved_at"]),
        (&json!("resolved"), &json!("2013-09-03T11:20:00.000Z"))
    );
    let newest = &incident["incident_updates"][0];
    assert_eq!(newest["affected_components"][0]["new_status"], "operational");
    let link = "https://status.mail.example/incidents/2013-09-03-core-network";
    assert_eq!(newest["body"], format!("Voice is down\n\nThis continues at {link}"));
}

#[test]
fn a_correction_replaces_the_update_it_corrects() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let answers = answers(&stage);
    let updates = answers[paths::API_INCIDENTS]["incidents"][0]["incident_updates"].as_array().unwrap();
    assert_eq!(updates.len(), 2, "neither the corrected nor the retracted update");
    let begins = |update: &Json, words: &str| update["body"].as_str().unwrap().starts_with(words);
    assert!(begins(&updates[0], "Retraction: That was said of another system."), "{:#}", updates[0]);
    assert!(begins(&updates[1], "Correction: We do not know yet"), "{:#}", updates[1]);
    assert_eq!(updates[1]["display_at"], "2013-10-01T13:00:00.000Z");
    assert_eq!(updates[1]["updated_at"], "2013-10-01T13:20:10.000Z");
}

#[test]
fn texts_are_passed_on_verbatim() {
    let stage = Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE]);
    let answers = answers(&stage);
    let updates = &answers[paths::API_INCIDENTS]["incidents"][0]["incident_updates"];
    for (nth, logged) in stage.updates().into_iter().enumerate() {
        let body = updates[nth]["body"].as_str().unwrap();
        let summary = logged.update.summary.as_ref().map(|line| line.as_str());
        assert!(
            summary
                .into_iter()
                .chain(logged.update.body.as_deref())
                .all(|words| body.contains(words.trim_end()))
        );
    }
    assert_eq!(updates[0]["body"], updates.pointer("/0/body").unwrap().as_str().unwrap());
    assert_eq!(
        updates[0]["body"],
        answers[paths::API_INCIDENTS]["incidents"][0]["name"],
        "at least the title"
    );
}

#[test]
fn incidents_are_in_the_order_of_the_listing() {
    let resolved = |nth: usize| {
        let time = format!("2013-09-{:02}T{:02}:00:00Z", 1 + nth / 24, nth % 24);
        logged(&format!("short-{nth}"), &[(&time, "phase: resolved\ntitle: Short\naffects: voice outage")])
    };
    for many in [1, 50] {
        let logged: Vec<_> = (0..many).map(resolved).collect();
        let stage = Stage::at("2013-09-09T00:00:00Z", &logged.iter().map(String::as_str).collect::<Vec<_>>());
        let incidents = answers(&stage)[paths::API_INCIDENTS]["incidents"].clone();
        let incidents = incidents.as_array().unwrap();
        assert_eq!(incidents.len(), many);
        let starts: Vec<_> =
            incidents.iter().map(|incident| incident["started_at"].as_str().unwrap()).collect();
        assert!(starts.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
        let newest = format!("https://status.mail.example/incidents/short-{}", many - 1);
        assert_eq!(incidents[0]["shortlink"], newest);
    }
}

#[test]
fn of_a_thousand_updates_the_fifty_newest_are_shown() {
    let minute = |nth: usize| format!("2013-09-03T{:02}:{:02}:00Z", nth / 60, nth % 60);
    let lines = "phase: investigating\ntitle: Long\naffects: voice outage\nnext-update: 2013-09-04T15:00:00Z";
    let times: Vec<_> = (0..1000).map(minute).collect();
    let updates: Vec<_> = times.iter().map(|time| (time.as_str(), lines)).collect();
    let incident =
        summary(&Stage::at("2013-09-03T23:00:00Z", &[&logged("long", &updates)]))["incidents"][0].clone();
    let shown = incident["incident_updates"].as_array().unwrap();
    assert_eq!(shown.len(), 50);
    assert_eq!(shown[0]["display_at"], "2013-09-03T16:39:00.000Z");
    assert_eq!(incident["created_at"], "2013-09-03T00:00:00.000Z");
}

/// A closed incident that was published need not be read again.
#[test]
fn a_published_incident_is_the_same_as_one_from_its_updates() {
    let both = [samples::RESOLVED, samples::MAINTENANCE, samples::CORRECTION];
    let before = Stage::at("2013-09-12T12:00:00Z", &both[..1]);
    let after = Stage::at("2013-10-01T13:42:00Z", &both);
    let mut published = Map::new();
    for file in rendered(&before, &Map::new()).expect("rendered") {
        if [paths::API_INCIDENTS, paths::API_MAINTENANCES].contains(&file.path.as_str()) {
            published.extend(statuspage::published(&file.body));
        }
    }
    assert!(!published.is_empty());
    assert_eq!(rendered(&after, &published), rendered(&after, &Map::new()));
    assert_eq!(statuspage::published(b"no response"), Map::new());
}

#[test]
fn a_listed_incident_that_is_not_found_is_an_error() {
    let stage = Stage::at("2013-09-12T12:00:00Z", &[samples::RESOLVED]);
    let listed = Listed::of(&stage);
    let error = statuspage::answers(&stage.view(), &stage.outlook(), &listed.listing(), |_| None);
    let error = error.expect_err("neither updates nor a response");
    assert!(error.to_string().contains("2013-09-03-core-network"), "{error}");
}
