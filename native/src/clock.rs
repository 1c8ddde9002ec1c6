//! The native host's clock.

mod steps;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::journal;
use steps::Steps;

/// The real clock, or one that catches up with it.
///
/// The clock shows `offset` when the real clock shows `base`, runs `speed` times as fast, and stops at `hold`. The real
/// clock has base and offset 0, speed 1 and no hold.
pub struct Clock {
    pace: Mutex<Pace>,
    /// Which steps of the machine's clock are trusted.
    steps: Mutex<Steps>,
}

#[derive(Clone, Copy)]
struct Pace {
    /// Real milliseconds since 1970.
    base: u64,
    /// This clock's milliseconds since 1970.
    offset: u64,
    speed: f64,
    hold: u64,
}

const REAL: Pace = Pace { base: 0, offset: 0, speed: 1.0, hold: u64::MAX };

impl Clock {
    /// The machine's own clock.
    pub fn real() -> Self {
        Self::with(REAL)
    }

    /// A clock that is stopped at `posix` (POSIX seconds).
    pub fn standing_at(posix: u64) -> Self {
        let at = posix.saturating_mul(1000);
        Self::with(Pace { base: 0, offset: at, speed: 0.0, hold: at })
    }

    fn with(pace: Pace) -> Self {
        Self { pace: Mutex::new(pace), steps: Mutex::new(Steps::begin(machine_millis(), steps::uptime())) }
    }

    /// The current time in POSIX seconds.
    pub fn now(&self) -> u64 {
        self.pace().at(self.real_millis()) / 1000
    }

    /// Runs from the current time so that it reaches `posix` after `within`, and stops there.
    pub fn run_to(&self, posix: u64, within: Duration) {
        let base = self.real_millis();
        let offset = self.pace().at(base);
        let hold = posix.saturating_mul(1000).max(offset);
        let speed = Duration::from_millis(hold - offset).as_secs_f64() / within.as_secs_f64().max(0.001);
        self.set(Pace { base, offset, speed, hold });
    }

    /// Switches to real time.
    pub fn meet_real_time(&self) {
        self.set(REAL);
    }

    /// How long to wait until `posix`: at most `longest`, since the speed may change meanwhile.
    pub fn until(&self, posix: u64, longest: Duration) -> Duration {
        let pace = self.pace();
        let missing = posix.saturating_mul(1000).saturating_sub(pace.at(self.real_millis()));
        let real = Duration::from_millis(missing).as_secs_f64() / pace.speed;
        Duration::try_from_secs_f64(real).unwrap_or(longest).min(longest)
    }

    /// The machine's clock, as far as it is believed.
    fn real_millis(&self) -> u64 {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, news) = steps.believe(machine_millis(), steps::uptime());
        if let Some(news) = news {
            journal::say(&news);
        }
        now
    }

    fn pace(&self) -> Pace {
        // A pace is always replaced as a whole, so a panicking thread cannot leave it half-changed.
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, pace: Pace) {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = pace;
    }
}

impl Pace {
    fn at(&self, real: u64) -> u64 {
        let elapsed = Duration::from_millis(real.saturating_sub(self.base));
        let run = if self.speed == 1.0 {
            elapsed
        } else {
            Duration::try_from_secs_f64(elapsed.as_secs_f64() * self.speed).unwrap_or(Duration::MAX)
        };
        let run = u64::try_from(run.as_millis()).unwrap_or(u64::MAX);
        self.offset.saturating_add(run).min(self.hold)
    }
}

fn machine_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_the_time_that_it_runs_to() {
        let clock = Clock::standing_at(1_000);
        assert_eq!(clock.now(), 1_000);
        clock.run_to(5_000, Duration::from_millis(50));
        std::thread::sleep(Duration::from_millis(20));
        assert!((1_001..5_000).contains(&clock.now()), "on its way: {}", clock.now());
        std::thread::sleep(Duration::from_millis(60));
        assert_eq!(clock.now(), 5_000);
        clock.run_to(4_000, Duration::ZERO);
        assert_eq!(clock.now(), 5_000, "it never goes back");
    }

    #[test]
    fn the_real_clock_is_the_machines() {
        let clock = Clock::standing_at(1_000);
        clock.meet_real_time();
        assert_eq!(clock.now(), machine_millis() / 1000);
        assert_eq!(clock.until(clock.now(), Duration::from_secs(9)), Duration::ZERO);
        assert_eq!(clock.until(u64::MAX, Duration::from_secs(9)), Duration::from_secs(9));
    }
}
