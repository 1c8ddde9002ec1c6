//! Calls the station when time alone changes something.

use std::sync::Arc;
use std::time::Duration;

use outband_station::TICK_AGAIN_SECONDS;
use tokio::sync::watch;

use crate::host::Host;
use crate::journal;

/// The clock is read at least this often: it may have been set, or the machine may have slept.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Ticks for ever: at once, then at the time that the latest tick or note asked for.
pub(crate) async fn run(host: Arc<Host>) {
    let mut due = host.due.subscribe();
    loop {
        let ticking = host.clone();
        match tokio::task::spawn_blocking(move || ticking.tick()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => retry(&host, &error),
            Err(panic) => retry(&host, &panic),
        }
        wait(&host, &mut due).await;
    }
}

fn retry(host: &Host, why: &dyn std::fmt::Display) {
    journal::say(&format_args!(
        "scheduled changes failed ({why}); retrying in {TICK_AGAIN_SECONDS} seconds. Published pages are still being served"
    ));
    host.due.send_replace(host.clock.now().saturating_add(TICK_AGAIN_SECONDS));
}

async fn wait(host: &Host, due: &mut watch::Receiver<u64>) {
    loop {
        let next = *due.borrow_and_update();
        if next <= host.clock.now() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(host.clock.until(next, LONGEST_WAIT)) => {}
            _ = due.changed() => {}
        }
    }
}
