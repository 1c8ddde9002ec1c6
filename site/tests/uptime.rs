//! Daily uptime in pictures, in tables and as data.

use std::io::Write as _;

use crate::samples;
use crate::samples::Stage;
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_record::text::{Component, Value};
use outband_site::{Rendered, data, pages};

fn text(file: Rendered) -> String {
    String::from_utf8(file.body).expect("UTF-8")
}

fn index(stage: &Stage) -> String {
    let uptime = stage.uptime();
    text(
        pages::index(&stage.view(), &stage.outlook(), &stage.open(), &stage.recent(), &uptime)
            .expect("rendered"),
    )
}

fn month(stage: &Stage, month: &str) -> String {
    text(pages::month(&stage.view(), month, &[], stage.month(month).as_ref()).expect("rendered"))
}

/// The uptime section of a month's page, or the components on the index.
fn days(page: &str) -> &str {
    let month = page.find("<section class=\"uptime\">");
    let from = month.or_else(|| page.find("<h2>Components</h2>")).expect("an uptime section");
    let (section, _) = page[from..].split_once("</section>").expect("its end");
    section
}

/// The row of a component: its text, and the kinds of marks in its picture.
fn row(page: &str, component: &str) -> (Vec<String>, Vec<String>) {
    let rows: Vec<_> = days(page).split("<tr").collect();
    let place = rows.iter().position(|row| row.contains(&format!(">{component}</bdi>"))).expect("its row");
    let named =
        ["</bdi>", "</a>", "</span>"].iter().fold(rows[place].to_owned(), |row, end| row.replace(end, ""));
    let cells = named.split("</t").filter_map(|cell| Some(cell.rsplit_once('>')?.1.replace('\u{a0}', " ")));
    let marks =
        rows[place + 1].split("<path class=\"").skip(1).map(|path| path.split('"').next().expect("a class"));
    (cells.filter(|cell| !cell.trim().is_empty()).collect(), marks.map(str::to_owned).collect())
}

#[test]
fn the_days_match_their_snapshots() {
    let autumn = Stage::autumn("2013-11-05T12:00:00Z");
    insta::assert_snapshot!("uptime-index", days(&index(&autumn)));
    insta::assert_snapshot!("uptime-month", days(&month(&autumn, "2013-10")));
    insta::assert_snapshot!("uptime-json", text(data::uptime(&autumn.uptime()).unwrap()));
    insta::assert_snapshot!("uptime-csv", text(data::uptime_csv(&autumn.uptime())).replace("\r\n", "␍\n"));
}

/// The outage of 3 September 2013: down from 07:00 to 15:30 US Eastern, then degraded until 18:30.
#[test]
fn september_2013_is_98_82_percent() {
    let exact = samples::RESOLVED.replace("2013-09-03T19:32:", "2013-09-03T19:30:");
    let page = month(&Stage::at("2013-10-02T00:00:00Z", &[&exact]), "2013-09");
    let (cells, marks) = row(&page, "Exchange mail");
    assert_eq!(cells, ["Exchange mail", "98.82 %", "1", "0", "1"]);
    assert_eq!(marks, ["outage", "nothing"]);
    assert_eq!(row(&page, "Mail archive").0[1], "100.00 %");
    assert!(
        days(&page).contains("Outage 8:30</span> <span class=\"state degraded\">Degraded 3:00</span>"),
        "{page}"
    );
}

#[test]
fn missing_data_is_stated_and_drawn_as_such() {
    let stage =
        Stage { since: samples::time("2013-09-20T00:00:00Z"), ..Stage::at("2013-10-02T00:00:00Z", &[]) };
    let page = month(&stage, "2013-09");
    assert_eq!(row(&page, "Mail archive").1, ["nothing", "nodata"]);
    assert!(page.contains("No data before 2013-09-20."));
    assert!(
        month(&stage, "2013-08").find("class=\"uptime\"").is_none(),
        "a month without data has no uptime"
    );
    // On the first day there is nothing to measure yet.
    let unstated =
        Stage { since: samples::time("2013-09-05T10:00:00Z"), ..Stage::at("2013-09-05T12:00:00Z", &[]) };
    assert!(!index(&unstated).contains("class=\"uptime\""), "without any updates there is no uptime");
    let first = Stage { last_update: Some(unstated.since), ..unstated };
    assert_eq!(row(&index(&first), "Mail archive").0, ["Mail archive", "No known problems"]);
    // Nor does a week say anything before it is over.
    let week =
        |days: u64| Stage { now: first.since.plus(days * 86_400), ..Stage::at("2013-09-05T12:00:00Z", &[]) };
    let week = |days: u64| Stage { since: first.since, last_update: first.last_update, ..week(days) };
    assert!(!index(&week(7)).contains("class=\"days\""), "six full days");
    assert_eq!(row(&index(&week(8)), "Mail archive").0, ["Mail archive", "No known problems", "100.00 %"]);
    assert!(
        text(data::uptime(&first.uptime()).unwrap())
            .contains(r#""from":"2013-09-05T00:00:00Z","to":"2013-09-05T00:00:00Z""#)
    );
}

/// Today is drawn but not counted, because its figure would change every second.
#[test]
fn today_is_drawn_with_its_worst_condition_and_not_counted() {
    let at = |now| Stage::at(now, &[samples::OUTAGE]);
    let (cells, marks) = row(&index(&at("2013-09-03T12:06:00Z")), "Mail archive");
    assert_eq!((cells[2].as_str(), marks), ("100.00 %", vec!["nothing".to_owned()]));
    let (cells, marks) = row(&index(&at("2013-09-03T12:06:00Z")), "Exchange mail");
    assert_eq!(cells[1..], ["Outage", "100.00 %"]);
    assert_eq!(marks, ["outage", "nothing"]);
    let (cells, _) = row(&index(&at("2013-09-04T00:00:00Z")), "Exchange mail");
    assert_eq!(cells[1..], ["Outage", "99.40 %"], "thirteen hours of ninety days, with today still open");
    let files =
        |now| [index(&at(now)), month(&at(now), "2013-09"), text(data::uptime(&at(now).uptime()).unwrap())];
    assert_eq!(files("2013-09-03T12:06:00Z"), files("2013-09-03T12:34:59Z"));
}

/// Everything visible is also readable: without styles and pictures, the figures are in a table.
#[test]
fn pictures_are_hidden_from_screen_readers_and_figures_are_not() {
    let page = index(&Stage::autumn("2013-11-05T12:00:00Z"));
    let pictures: Vec<_> = days(&page).split("<svg").skip(1).collect();
    assert_eq!(pictures.len(), 7 + 7, "the rows and the legend");
    assert!(
        pictures
            .iter()
            .all(|picture| picture.split('>').next().is_some_and(|tag| tag.contains("aria-hidden=\"true\"")))
    );
    assert_eq!(days(&page).matches("<tr aria-hidden=\"true\"><td colspan=\"3\"><svg").count(), 7);
    assert!(days(&page).contains("Uptime = 1 − (outage + partial ÷ 2) ÷ (all time − unknown)"));
}

/// However many components there are, the index fits into the 14 kB of a first congestion window.
#[test]
fn the_index_fits_with_two_hundred_components() {
    let mut stage = Stage::autumn("2013-11-05T12:00:00Z");
    for n in stage.site.component.len()..200 {
        let parent = if n < 40 { String::new() } else { format!("part-{}/", n % 30 + 10) };
        let component = format!("{parent}part-{n} Part {n}");
        stage.site.component.push(Component::parse(&component).expect("a component"));
    }
    let page = index(&stage);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(page.as_bytes()).expect("memory");
    let size = encoder.finish().expect("memory").len();
    println!("{} bytes, {size} gzipped", page.len());
    assert!(size <= 14 * 1024, "{size} bytes");
    assert_eq!(days(&page).matches("<tr class=\"row\"").count(), 15);
    assert!(days(&page).contains("More components (185): <a href=\"/history/2013-11\">"));
    let of_month = month(&stage, "2013-10");
    assert_eq!(days(&of_month).matches("<tr class=\"row\"").count(), 200);
}

#[test]
fn a_month_with_many_incidents_is_cut_off() {
    let mut stage = Stage::autumn("2013-11-05T12:00:00Z");
    stage.incidents.retain(|incident| incident.slug().is_some_and(|slug| slug.as_str() == "autumn-55"));
    let days_listed = |stage: &Stage| month(stage, "2013-10").matches("<time datetime=\"2013-10-").count();
    assert_eq!(days_listed(&stage), 4);
    // A hundred top-level components, all of them down for four days.
    let update = samples::update(&stage.incidents[0].updates()[0].update.print());
    let mut logged = stage.incidents[0].updates()[0].clone();
    logged.update = update;
    for n in 0..100 {
        let component = Component::parse(&format!("top-{n} Top")).expect("a component");
        let mut affects = logged.update.affects[0].clone();
        affects.component = component.path.clone();
        logged.update.affects.push(affects);
        stage.site.component.push(component);
    }
    stage.incidents = vec![outband_record::timeline::Incident::begin(logged)];
    assert_eq!(days_listed(&stage), 200);
    assert!(month(&stage, "2013-10").contains("More days in the data files"));
}
