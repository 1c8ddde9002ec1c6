//! HTTP/1.1 on tokio, with limits on time, bytes and connections.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use outband_station::{Handled, HostError, MAX_BODY, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::MissedTickBehavior;
use tokio_io_timeout::TimeoutStream;

use crate::backlog::Backlog;
use crate::connections::{Admitted, Connections, Place};
use crate::encoding::Coding;
use crate::host::Host;

/// Time limit for a request's body: long enough for a note of 16 KiB from a slow phone.
const BODY_TIME: Duration = Duration::from_secs(20);
/// A client that reads nothing of a response for this long is disconnected: otherwise clients that never read their
/// responses could occupy every connection and make the page unreachable. A slow client that makes progress is served.
const STALLED_TIME: Duration = Duration::from_secs(30);
/// How much of an oversized body is still read, and for how long, before it is discarded: a client that is disconnected
/// while it sends gets a reset connection, and never reads the response that explains why.
const LINGER_BYTES: usize = 4 << 20;
const LINGER_TIME: Duration = Duration::from_secs(5);
/// Time limit for requests in progress after a request to stop.
const STOP_TIME: Duration = Duration::from_secs(5);
/// Limit on a connection's buffer for reading, and so on a request's head.
const MAX_BUFFER: usize = 16 << 10;

/// How often newcomers that queue are given the places that others have left.
const BACKLOG_TIME: Duration = Duration::from_millis(5);

/// Accepts connections until `stop` completes.
pub(crate) async fn serve(host: Arc<Host>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut backlog = Backlog::new(Connections::new());
    let start = |(stream, Admitted { place, closed }): (TcpStream, Admitted)| {
        let connection = graceful.watch(connect(host.clone(), stream, place));
        tokio::spawn(async move {
            // A client that disconnects is not an error of this host.
            tokio::select! {
                _ = connection => {}
                _ = closed => {}
            }
        });
    };
    let mut stop = std::pin::pin!(stop);
    let mut places = tokio::time::interval(BACKLOG_TIME);
    places.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    backlog.arrive(stream, address.ip(), Instant::now()).into_iter().for_each(start);
                }
                // Most likely there are no file descriptors left: other connections must end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            _ = places.tick(), if !backlog.is_empty() => {
                backlog.admit(Instant::now()).into_iter().for_each(start);
            }
            () = &mut stop => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_TIME, graceful.shutdown()).await;
}

fn connect(
    host: Arc<Host>,
    stream: TcpStream,
    place: Place,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Small responses are sent at once: waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    let head_time = place.head_time;
    let place = Arc::new(place);
    let service = service_fn(move |request| {
        let (host, place) = (host.clone(), place.clone());
        async move { Ok::<_, Infallible>(answer(host, request, &place).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(bounded(stream, STALLED_TIME)), service)
}

/// A stream on which writing fails after no progress for `patience`. Reading has its own limits.
fn bounded(stream: TcpStream, patience: Duration) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}

async fn answer(
    host: Arc<Host>,
    request: hyper::Request<Incoming>,
    place: &Place,
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    if is_read(&head.method) && head.uri.path() == HEALTH {
        return health(&host);
    }
    let is_logged = host.logs_notes() && !is_read(&head.method);
    let handled = respond(host.clone(), &head, body, place).await;
    if is_logged {
        host.log(&handled);
    }
    send(handled.response)
}

/// The health check for load balancers and supervisors. It belongs to this host, not to the page: stations and mirrors
/// do not have it.
const HEALTH: &str = "/healthz";

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn health(host: &Host) -> hyper::Response<Full<Bytes>> {
    let (status, body) = if host.is_healthy() { (200, "ok\n") } else { (503, "the store cannot be read\n") };
    let headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    send(Response { status, headers, body: body.into() })
}

async fn respond(host: Arc<Host>, head: &Parts, body: Incoming, place: &Place) -> Handled {
    let unable = |why: HostError<'_>| why.handled(head.method.as_str());
    let Ok(body) = tokio::time::timeout(BODY_TIME, read(body)).await else {
        return unable(HostError::LateBody);
    };
    let Some(body) = body else { return unable(HostError::BrokenOff) };
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        headers: head.headers.iter().map(header).collect(),
        body,
    };
    let coding = Coding::preferred(&request);
    place.begin();
    let mut handled = host.handle(request).await.unwrap_or_else(|| unable(HostError::NoAnswer));
    handled.response = host.encodings.encode(coding, handled.response);
    place.end(handled.response.body.len(), Instant::now());
    if (400..500).contains(&handled.response.status) && !is_read(&head.method) {
        tokio::time::sleep(place.refusal_time()).await;
    }
    handled
}

/// The body up to [`MAX_BODY`] bytes, which is enough for the station to see that it is too large; `None` if it was cut
/// short.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BODY {
        match body.frame().await {
            None => break,
            Some(Err(_)) => return None,
            Some(Ok(frame)) => {
                let mut data = frame.into_data().unwrap_or_default();
                data.truncate(MAX_BODY - bytes.len());
                bytes.extend_from_slice(&data);
            }
        }
    }
    if bytes.len() == MAX_BODY {
        tokio::spawn(tokio::time::timeout(LINGER_TIME, discard(body)));
    }
    Some(bytes)
}

async fn discard(mut body: Incoming) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(bytes) else { return };
        left = rest;
    }
}

fn send(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(response.body))).unwrap_or_else(|_| {
        // A station never sends an invalid header field.
        let mut response = hyper::Response::default();
        *response.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
        response
    })
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::{Error, ErrorKind, Read as _};
    use tokio::io::AsyncWrite as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    /// Writes to a client until `bytes` are written or it fails, while the client does `read`.
    fn written(
        bytes: usize,
        read: impl FnOnce(std::net::TcpStream) + Send + 'static,
    ) -> Result<usize, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            std::thread::spawn(move || read(client));
            let mut stream = bounded(stream, PATIENCE);
            let mut done = 0;
            while done < bytes {
                done += poll_fn(|cx| stream.as_mut().poll_write(cx, &[0; 65536])).await?;
            }
            Ok(done)
        })
    }

    #[test]
    fn a_client_that_reads_nothing_is_disconnected() {
        let begun = Instant::now();
        let error = written(64 << 20, |client| {
            std::thread::sleep(Duration::from_secs(5));
            drop(client);
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!((PATIENCE..Duration::from_secs(4)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    /// In total it takes longer than the patience, but it always makes progress within it.
    #[test]
    fn a_client_that_reads_slowly_is_served() {
        let begun = Instant::now();
        let served = written(32 << 20, |mut client| {
            let mut bytes = vec![0; 1 << 20];
            while client.read_exact(&mut bytes).is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        assert!(served.is_ok() && begun.elapsed() > PATIENCE, "{served:?} {:?}", begun.elapsed());
    }
}
