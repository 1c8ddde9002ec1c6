//! Going on elsewhere. `continues-in` alone ends nothing: only where the named incident takes it over is an incident
//! over, so that no outage leaves the page because two named each other, or one named what was over.

use crate::text::Slug;
use crate::time::Time;

/// What must be known of an incident by whatever goes on in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Since when it is over by its own words; of a notice, when that is or will be.
    pub over: Option<Time>,
    /// In which other one it goes on by its own words, and when that was said.
    pub goes_on: Option<(Slug, Time)>,
}

/// Whether another incident takes `slug` over: the one that it says it goes on in was not over when that was said.
/// Where that one goes on elsewhere itself, the one at the chain's end counts; a circle has no end, and nothing in it
/// is taken over. `course` finds an incident; nothing takes over what goes on in one that is not there.
///
/// By moments that were said, not by `now` nor by places in the log, so that neither time nor the order of arrival
/// changes the answer.
pub fn is_taken_over<E>(
    slug: &Slug,
    mut course: impl FnMut(&Slug) -> Result<Option<Course>, E>,
) -> Result<bool, E> {
    let mut chain: Vec<(Slug, Course)> = Vec::new();
    let mut next = Some(slug.clone());
    let mut circle = None;
    while let Some(slug) = next.take() {
        circle = chain.iter().position(|(known, _)| *known == slug);
        let Some(course) = course(&slug)?.filter(|_| circle.is_none()) else { break };
        next = course.goes_on.as_ref().map(|(slug, _)| slug.clone());
        chain.push((slug, course));
    }
    let mut taken_over = false;
    let mut after: Option<Ends> = None;
    for (place, (_, course)) in chain.iter().enumerate().rev() {
        let goes_on = course.goes_on.as_ref().filter(|_| circle.is_none_or(|circle| place < circle));
        let taker = goes_on.zip(after).filter(|((_, logged), ends)| ends.0.is_none_or(|end| end > *logged));
        taken_over = taker.is_some();
        after = Some(taker.map_or(Ends(course.over), |(_, ends)| ends));
    }
    Ok(taken_over)
}

/// When an incident is over, be it in another one.
#[derive(Clone, Copy)]
struct Ends(Option<Time>);
