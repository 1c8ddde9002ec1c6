//! Calls the station when time alone changes something.

use std::sync::Arc;
use std::time::Duration;

use outband_station::TICK_AGAIN_SECONDS;

use crate::host::Host;
use crate::journal;

/// At least this often the clock is looked at again: it may have been set, or this machine may have slept.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Ticks for ever: at once, then whenever the station said, and after each note, since a note can change that.
pub(crate) async fn run(host: Arc<Host>) {
    loop {
        let ticking = host.clone();
        let ticked = tokio::task::spawn_blocking(move || ticking.tick()).await;
        let next = match ticked {
            Ok(Ok(next)) => next,
            Ok(Err(fault)) => retry(&host, &fault),
            Err(panic) => retry(&host, &panic),
        };
        wait(&host, next).await;
    }
}

fn retry(host: &Host, why: &dyn std::fmt::Display) -> u64 {
    journal::say(&format_args!(
        "scheduled changes failed ({why}); retrying in {TICK_AGAIN_SECONDS} seconds. Published pages are still being served"
    ));
    host.clock.now().saturating_add(TICK_AGAIN_SECONDS)
}

async fn wait(host: &Host, next: u64) {
    while host.clock.now() < next {
        tokio::select! {
            () = tokio::time::sleep(host.clock.until(next, LONGEST_WAIT)) => {}
            () = host.committed.notified() => return,
        }
    }
}
