//! Incidents that continue in another one. `continues-in` alone ends nothing: an incident ends only where the one it
//! names takes it over. Two incidents that name each other, or one that names an incident already over, stay on the
//! page.

use crate::text::Slug;
use crate::time::Time;

/// What decides whether an incident can take over another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// When it ends by its own updates; for a notice, its planned end.
    pub over: Option<Time>,
    /// The incident that it continues in, and when that was published.
    pub continues_in: Option<(Slug, Time)>,
}

/// Whether another incident takes `slug` over: the one named in `continues-in` was not over when that was published.
/// Where that one continues in a further incident, the last of the chain counts; a cycle has no last one, and nothing
/// in it is taken over. `course` finds an incident; one that does not exist takes nothing over.
///
/// The effective times decide, not `now` and not places in the log: neither the passing of time nor the order of
/// arrival changes the answer.
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
        next = course.continues_in.as_ref().map(|(slug, _)| slug.clone());
        chain.push((slug, course));
    }
    let mut taken_over = false;
    let mut after: Option<Ends> = None;
    for (place, (_, course)) in chain.iter().enumerate().rev() {
        let continues_in =
            course.continues_in.as_ref().filter(|_| circle.is_none_or(|circle| place < circle));
        let taker =
            continues_in.zip(after).filter(|((_, logged), ends)| ends.0.is_none_or(|end| end > *logged));
        taken_over = taker.is_some();
        after = Some(taker.map_or(Ends(course.over), |(_, ends)| ends));
    }
    Ok(taken_over)
}

/// When an incident is over, itself or in the one that took it over.
#[derive(Clone, Copy)]
struct Ends(Option<Time>);
