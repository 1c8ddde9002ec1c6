//! Responses of a host that has no working station.

use outband_station::{HostError, Outcome, ProblemType, Response, Station, StoreError};

use crate::texts::key;

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

#[test]
fn senders_get_a_problem_and_readers_a_text_without_claims() {
    let settings = Station::new(None, None, None, None).unwrap_err();
    let store = StoreError("disk I/O error".to_owned());
    let rows = [
        (HostError::Settings(&settings), ProblemType::NotConfigured, "ORIGIN is not set", None),
        (HostError::Store(&store), ProblemType::StationFault, "disk I/O error", Some("30")),
        (HostError::LateBody, ProblemType::LateBody, "did not arrive in time", None),
        (HostError::BrokenOff, ProblemType::BrokenOff, "cut short", None),
        (HostError::Busy, ProblemType::Busy, "more notes have come in", Some("1")),
        (HostError::NoAnswer, ProblemType::NoAnswer, "not answer", Some("10")),
    ];
    for (unable, kind, says, retry) in rows {
        for method in ["POST", "GET", "HEAD", "PUT"] {
            let response = unable.response(method);
            let body = String::from_utf8(response.body.clone()).unwrap();
            let reads = matches!(method, "GET" | "HEAD");
            // Reads do not wait for the writer.
            if reads && kind == ProblemType::Busy {
                continue;
            }
            let outcome = (!reads).then_some(Outcome::Refused(kind));
            assert_eq!(unable.handled(method).outcome, outcome, "{unable:?} {method}");
            assert_eq!(response.status, kind.status(), "{unable:?} {method}");
            assert_eq!(body.contains(says), method != "HEAD", "{unable:?} {method}: {body}");
            assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"));
            assert!(header(&response, "strict-transport-security").unwrap().starts_with("max-age=63072000"));
            assert_eq!(header(&response, "cache-control"), Some("no-store"), "{unable:?} {method}");
            assert_eq!(header(&response, "retry-after").is_some(), response.status == 503, "{unable:?}");
            let media_type = if reads { "text/plain; charset=utf-8" } else { "application/problem+json" };
            assert_eq!(header(&response, "content-type"), Some(media_type));
            assert!(!body.to_lowercase().contains("operational"), "{body}");
            if !reads {
                assert_eq!(header(&response, "retry-after"), retry, "{unable:?}");
                let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
                assert_eq!(problem["type"], format!("urn:outband:problem:{}", kind.as_str()));
                let is_known = problem["detail"].as_str().unwrap().ends_with("Nothing was stored.");
                assert_eq!(is_known, kind != ProblemType::NoAnswer, "{body}");
            }
        }
    }
}

/// A setting may hold anything, even a secret key; the answer is public.
#[test]
fn the_public_answer_names_a_wrong_setting_and_nothing_in_it() {
    let secret = key("log1").encode();
    for found in [secret.as_str(), "nonsense"] {
        let settings = Station::new(Some("status.example.net"), Some(found), None, None).unwrap_err();
        for method in ["POST", "GET"] {
            let body = String::from_utf8(HostError::Settings(&settings).response(method).body).unwrap();
            assert!(body.contains("ROOT_KEYS is wrong; it must be the verifier keys"), "{body}");
            assert!(!body.contains(found) && !body.contains("key 1"), "{body}");
        }
    }
}
