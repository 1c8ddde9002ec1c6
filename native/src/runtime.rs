//! The threads that serve, and the signals that end serving.

use std::io;
use std::num::NonZero;

use tokio::runtime::{Builder, Runtime};

/// The minimum number of serving threads: more than there are processors, because some may be waiting for the disk.
const THREADS: usize = 8;

/// A runtime whose threads read files. Commits run on separate threads for blocking work.
pub fn runtime() -> io::Result<Runtime> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread().worker_threads(THREADS.max(2 * processors)).enable_all().build()
}

/// Completes on SIGINT, SIGTERM or SIGHUP (the terminal was closed). From this call on, not only from the first poll,
/// these signals no longer terminate the process by themselves.
#[cfg(unix)]
pub fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    })
}

/// Completes on Ctrl-C, Ctrl-Break or when the console is closed. From this call on, not only from the first poll,
/// these events no longer terminate the process by themselves.
#[cfg(windows)]
pub fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
    let mut interrupted = ctrl_c()?;
    let mut broken = ctrl_break()?;
    let mut closed = ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = broken.recv() => {}
            _ = closed.recv() => {}
        }
    })
}
