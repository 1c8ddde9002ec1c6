//! Checking a text before it is signed: `POST /notes/check`. Strangers may ask, so nothing is read or stored, and no
//! signature is checked: a text is judged by itself alone.

use outband_keys::is_secret;
use outband_record::text::{Problem, Roster, Tidied, tidy};
use serde::Serialize;

use crate::Station;
use crate::admission::check_origin;
use crate::error::StationError;
use crate::http::{CHECK, ProblemType, Refusal, Request, Response};

/// The answer in JSON.
#[derive(Serialize)]
struct Checked<'t> {
    text: &'t str,
    tidied: Vec<Done<'t>>,
}

/// What was tidied.
#[derive(Serialize)]
struct Done<'t> {
    what: &'t str,
    /// The lines as they were sent, from 1; empty if it concerns the whole text.
    lines: &'t [usize],
}

impl Station {
    /// The text as it can be signed, or all its problems.
    pub(crate) fn check(&self, request: &Request) -> Response {
        self.checked(request).unwrap_or_else(|refusal| refusal.response())
    }

    /// Its problems are an answer like any other; what is refused is not even checked.
    fn checked(&self, request: &Request) -> Result<Response, Refusal> {
        let mut tidied = tidy(&request.body).map_err(|error| self.formless(error, CHECK))?;
        tidied.add_origin(&self.origin);
        let text = tidied.text();
        if is_secret(&text) {
            return Err(bad_text("the text contains a secret key; remove it, and replace that key"));
        }
        // A stranger's roster may list hundreds of keys.
        if text.lines().next() == Some(Roster::FIRST_LINE) {
            return Err(bad_text("rosters are not checked here; `outband roster` writes them"));
        }
        let mut problems: Vec<_> = tidied.problems().into_iter().map(of_text).collect();
        if let Err(refusal) = check_origin(&text, &self.origin) {
            let refusal = refusal.located(&text);
            let line = refusal.line.and_then(|line| tidied.typed(line));
            problems.insert(0, refusal.line(line));
        }
        if problems.is_empty() { answer(request, &text, &tidied) } else { Ok(all(&problems)) }
    }
}

fn bad_text(detail: &str) -> Refusal {
    Refusal::new(ProblemType::BadText, detail)
}

fn of_text((line, problem): (Option<usize>, Problem)) -> Refusal {
    Refusal::from(problem).line(line)
}

/// One problem document for all, whose detail repeats them for people.
fn all(problems: &[Refusal]) -> Response {
    let said = problems.iter().map(|problem| match problem.line {
        Some(line) => format!("line {line}: {}", problem.detail),
        None => problem.detail.clone(),
    });
    bad_text(&said.collect::<Vec<_>>().join("; ")).response_with(problems)
}

/// The text alone, to be signed as it is; or JSON for those who ask for it.
fn answer(request: &Request, text: &str, tidied: &Tidied) -> Result<Response, Refusal> {
    let is_json = request.header("accept").any(|accept| accept.contains("application/json"));
    let mut response = if is_json {
        let done = tidied.changes.iter().map(|change| Done { what: change.what, lines: &change.lines });
        let body = serde_json::to_vec(&Checked { text, tidied: done.collect() });
        let body = body.map_err(|error| StationError::document(CHECK, error))?;
        Response::new(200, "application/json; charset=utf-8", body)
    } else {
        Response::new(200, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    };
    let done: Vec<_> = tidied.changes.iter().map(|change| change.what).collect();
    if !done.is_empty() {
        response.header("tidied", &done.join("; "));
    }
    response.header("cache-control", "no-store");
    Ok(response)
}
