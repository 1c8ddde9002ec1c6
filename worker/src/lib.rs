//! The edge host: a Cloudflare Worker in front of one Durable Object, which keeps the station's files in SQLite.
//!
//! `entry.js` is the runtime's entry point, and `front.js` answers what needs no object. The scripts wait (for
//! bodies, time limits and alarms) and call the functions here, none of which awaits anything. So a panic is an
//! exception that reaches exactly the request that caused it: no other request is inside the instance at that time,
//! and the next one gets a fresh instance. All decisions about notes, files and responses are made in
//! `outband-station`.

#[cfg(feature = "panic-routes")]
pub mod panic_routes;
mod store;

use outband_station::{
    ConfigError, Enrolled, HOT, HostError, MAX_BODY, Outcome, ProblemType, Request, Response, Station,
    TICK_AGAIN_SECONDS,
};
use store::SqlStore;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::{DurableObjectState, web_sys};
use worker::{Date, Env, Headers, ResponseBuilder, State, console_error};

/// The one object: the station with its store. `entry.js` creates a new one after the instance was replaced.
#[wasm_bindgen]
pub struct StationObject {
    station: Result<Station, ConfigError>,
    store: SqlStore,
    due: Option<u64>,
}

#[wasm_bindgen]
impl StationObject {
    /// Reads the configuration once. An error in it is stated in every response, since nobody watches a worker's
    /// console.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let station = station(&env);
        Self { station, store: SqlStore::new(State::from(state).storage()), due: None }
    }

    /// Answers one request. `headers` holds names and values alternately.
    pub fn handle(
        &mut self,
        method: String,
        path: String,
        headers: Vec<String>,
        body: Vec<u8>,
    ) -> web_sys::Response {
        let request = Request { method, path, headers: pairs(headers), body };
        #[cfg(feature = "panic-routes")]
        if let Some(response) = panic_routes::answer(&request, &mut self.store) {
            return to_edge(response);
        }
        match &self.station {
            Ok(station) => {
                let handled = station.handle(&mut self.store, &request, now());
                self.due = handled.due.or(self.due);
                to_edge(handled.response)
            }
            Err(error) => to_edge(HostError::Settings(error).response(&request.method)),
        }
    }

    /// Does the work that is due. A station that is not set up has nothing to do until the next deployment.
    pub fn tick(&mut self) {
        let now = now();
        let next = match &self.station {
            Ok(station) => station.tick(&mut self.store, now),
            Err(_) => Ok(now.saturating_add(TICK_AGAIN_SECONDS)),
        };
        self.due = Some(next.unwrap_or_else(|error| {
            console_error!("tick: {error}");
            now.saturating_add(TICK_AGAIN_SECONDS)
        }));
    }

    /// When `tick` must be called, in milliseconds since 1970, according to the last call that changed anything; `None`
    /// until it is known.
    #[wasm_bindgen(getter)]
    pub fn due(&self) -> Option<f64> {
        self.due.map(|seconds| seconds as f64 * 1000.0)
    }
}

/// The station with the environment's settings.
fn station(env: &Env) -> Result<Station, ConfigError> {
    let var = |name| env.var(name).ok().map(|value| value.to_string());
    let secret = |name| env.secret(name).ok().map(|value| value.to_string());
    Station::new(
        var("ORIGIN").as_deref(),
        var("ROOT_KEYS").as_deref(),
        secret("LOG_KEY").as_deref(),
        secret("STATION_KEY").as_deref(),
    )
}

/// What the worker answers without the object: everything but reads and genuine notes. It is not given any reads.
#[wasm_bindgen]
pub struct Screen {
    station: Result<Station, ConfigError>,
    enrolled: Enrolled,
    is_by_unknown: bool,
}

#[wasm_bindgen]
impl Screen {
    /// With the keys in this document. If it cannot be read, the object judges every note.
    #[wasm_bindgen(constructor)]
    pub fn new(env: Env, document: Vec<u8>) -> Self {
        let enrolled = Enrolled::parse(&document).unwrap_or_default();
        Self { station: station(&env), enrolled, is_by_unknown: false }
    }

    /// The answer; `None` if the object must give it. Of the header fields, only `accept` can matter.
    pub fn answer(
        &mut self,
        method: String,
        path: String,
        accept: Option<String>,
        body: Vec<u8>,
    ) -> Option<web_sys::Response> {
        let headers = accept.into_iter().map(|accept| ("accept".to_owned(), accept)).collect();
        let request = Request { method, path, headers, body };
        let handled = self.station.as_ref().ok()?.screen(&self.enrolled, &request).err();
        let unknown = Outcome::Refused(ProblemType::UnknownSigner);
        self.is_by_unknown = handled.as_ref().is_some_and(|handled| handled.outcome == Some(unknown));
        handled.map(|handled| to_edge(handled.response))
    }

    /// Whether the last note was refused because its keys are unknown.
    #[wasm_bindgen(getter)]
    pub fn is_by_unknown(&self) -> bool {
        self.is_by_unknown
    }
}

/// Whether the client that sent these header fields has the file of a response with those.
#[wasm_bindgen]
pub fn has_file(asked: Vec<String>, answered: Vec<String>) -> bool {
    let request = Request { headers: pairs(asked), ..Request::default() };
    request.has_file_of(&Response { status: 200, headers: pairs(answered), body: Vec::new() })
}

/// The paths that readers look at first.
#[wasm_bindgen]
pub fn hot_paths() -> Vec<String> {
    HOT.iter().map(ToString::to_string).collect()
}

/// The path of the document with the keys that make a note genuine.
#[wasm_bindgen]
pub fn enrolled_path() -> String {
    Enrolled::PATH.to_owned()
}

/// The number of bytes of a request's body after which reading may stop.
#[wasm_bindgen]
pub fn max_body() -> usize {
    MAX_BODY
}

/// The response to a request with this method to which the object gave none: status, body, then names and values of
/// header fields alternately.
#[wasm_bindgen]
pub fn no_answer(method: &str) -> Vec<String> {
    let Response { status, headers, body } = HostError::NoAnswer.response(method);
    let fields = headers.into_iter().flat_map(<[String; 2]>::from);
    [status.to_string(), String::from_utf8_lossy(&body).into_owned()].into_iter().chain(fields).collect()
}

/// The current time in POSIX seconds.
fn now() -> u64 {
    Date::now().as_millis() / 1000
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((name, value));
    }
    pairs
}

fn to_edge(response: Response) -> web_sys::Response {
    let headers = Headers::new();
    for (name, value) in &response.headers {
        if let Err(error) = headers.append(name, value) {
            console_error!("header {name} was left out: {error}");
        }
    }
    let builder = ResponseBuilder::new().with_status(response.status).with_headers(headers);
    // The runtime refuses any body, even an empty one, with 204 and 304.
    if response.body.is_empty() { builder.empty() } else { builder.fixed(response.body) }.into()
}
