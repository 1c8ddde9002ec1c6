//! Threads to serve on, and the signals that end serving.

use std::num::NonZero;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// Threads that serve, at least: more than there are processors, for the disk may keep some of them waiting.
const THREADS: usize = 8;

/// A runtime whose threads read files; what waits for others too, and what commits, has threads of its own.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    builder
        .worker_threads(THREADS.max(2 * processors))
        .enable_all()
        .build()
        .context("the server's threads cannot be started")
}

/// Completes on SIGINT, SIGTERM or SIGHUP. From the call on, not from the first wait on, they end nothing by themselves.
pub fn stop_asked() -> Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("signals cannot be listened for; nothing was started");
    let mut interrupted = listen(SignalKind::interrupt())?;
    let mut terminated = listen(SignalKind::terminate())?;
    // The terminal was closed.
    let mut hung_up = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    })
}
