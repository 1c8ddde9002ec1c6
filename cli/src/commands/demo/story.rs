//! The demo's story: updates with their times, in plain text.

use anyhow::{Context as _, Result};
use outband_record::text::{Id, Origin};
use outband_record::time::{Date, Time};

use crate::commands::publish::draft::Draft;

const STORY: &str = include_str!("story.txt");

/// How far US Eastern daylight time is behind UTC.
const BEHIND_UTC_SECONDS: u64 = 4 * 60 * 60;
const DAY_SECONDS: u64 = 24 * 60 * 60;
const NOON_SECONDS: u64 = 12 * 60 * 60;

/// One update of the story.
pub(super) struct Scene {
    /// When it was published.
    pub(super) at: Time,
    /// `3 Sep 07:10 EDT`.
    pub(super) wall: String,
    /// Who signed it.
    pub(super) by: String,
    draft: String,
}

/// Every scene, in order.
pub(super) fn scenes() -> Result<Vec<Scene>> {
    let (_, scenes) = STORY.split_once("\n\n").context("the story has no beginning")?;
    scenes.split("\n--\n").map(Scene::parse).collect()
}

/// `11:40` on the story's main day.
pub(super) fn moment_of_main_day(clock: &str) -> Option<Time> {
    eastern(&format!("2013-09-03T{clock}"))
}

impl Scene {
    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.splitn(3, '\n');
        let mut header = |name: &str| {
            let line = lines.next().and_then(|line| line.strip_prefix(name));
            line.map(str::to_owned).with_context(|| format!("a scene does not begin with {name:?}"))
        };
        let (at, by) = (header("at: ")?, header("by: ")?);
        let time = eastern(&at).with_context(|| format!("{at:?} is not a time"))?;
        let draft = lines.next().unwrap_or_default().to_owned();
        Ok(Self { at: time, wall: wall(&at), by, draft })
    }

    /// The update, shifted by `later` seconds.
    pub(super) fn draft(&self, origin: &Origin, id: &Id, later: u64) -> Result<Draft> {
        let mut draft = Draft::parse(&shift(&self.draft, later))?;
        draft.add("origin", origin.as_str())?;
        draft.add("id", id.as_str())?;
        draft.add("time", &self.at.plus(later).to_string())?;
        Ok(draft)
    }

    /// The value of a header line in the story's text.
    pub(super) fn header(&self, name: &str) -> &str {
        let mut lines = self.draft.lines().take_while(|line| !line.is_empty());
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }
}

fn eastern(wall: &str) -> Option<Time> {
    Some(Time::parse(&format!("{wall}:00Z"))?.plus(BEHIND_UTC_SECONDS))
}

/// `2013-09-03T07:10` as `3 Sep 07:10 EDT`: the story has two months.
fn wall(at: &str) -> String {
    let (date, clock) = at.split_once('T').unwrap_or((at, ""));
    let day = date.rsplit('-').next().unwrap_or_default().trim_start_matches('0');
    let month = if date.contains("-08-") { "Aug" } else { "Sep" };
    format!("{day:>2} {month} {clock} EDT")
}

/// Shifts every `@2013-09-03T07:10` and `@2013-09-10` in the text by `later` seconds.
fn shift(text: &str, later: u64) -> String {
    let mut pieces = text.split('@');
    let mut shifted = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let moment = piece.split_at_checked("2013-09-03T07:10".len());
        let day = piece.split_at_checked("2013-09-03".len());
        if let Some((time, rest)) = moment.and_then(|(at, rest)| Some((eastern(at)?, rest))) {
            shifted.push_str(&format!("{}{rest}", time.plus(later)));
        } else if let Some((date, rest)) = day.and_then(|(at, rest)| Some((Date::parse(at)?, rest))) {
            let noon = Time::from_posix(date.end().posix() - DAY_SECONDS + NOON_SECONDS);
            shifted.push_str(&format!("{}{rest}", noon.plus(BEHIND_UTC_SECONDS + later).date()));
        } else {
            shifted.push('@');
            shifted.push_str(piece);
        }
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;
    use outband_record::text::Value as _;

    #[test]
    fn every_scene_is_an_update_and_they_are_in_order() {
        let scenes = scenes().unwrap();
        let origin = Origin::parse("status.example.net").unwrap();
        let id = Id::parse("6f1ed002ab5595859014ebf0951522d9").unwrap();
        assert!(scenes.len() > 10);
        assert!(scenes.is_sorted_by_key(|scene| scene.at));
        for scene in &scenes {
            let update = scene.draft(&origin, &id, 7_777_777).unwrap().update();
            let update = update.unwrap_or_else(|error| panic!("{}: {error:#}", scene.wall));
            assert_eq!(update.phase.as_str(), scene.header("phase"));
            assert_eq!(update.time, scene.at.plus(7_777_777));
            assert!(!update.print().contains("@2013"), "{}", update.print());
        }
    }

    #[test]
    fn moments_and_days_are_shifted_together() {
        let text =
            shift("eta: @2013-09-03T13:00/@2013-09-03T17:00 possible, @2013-09-10, x@y.example", 2 * 86_400);
        assert_eq!(text, "eta: 2013-09-05T17:00:00Z/2013-09-05T21:00:00Z possible, 2013-09-12, x@y.example");
        assert_eq!(moment_of_main_day("11:40").unwrap().to_string(), "2013-09-03T15:40:00Z");
        assert_eq!(wall("2013-09-03T07:10"), " 3 Sep 07:10 EDT");
    }
}
