//! Steps of the machine's clock: which are believed.
//!
//! A station's time never goes back, since readers have seen it signed. So a clock that jumps ahead by a day, for
//! seconds, would make every page of that day say that it comes from the future. A step ahead is believed only once it
//! has lasted; until then the host's time goes on as the machine's uptime does.

use std::fmt;
use std::time::Duration;

/// Larger steps ahead are not believed at once. A note's time may be ahead by as much.
const SMALL: Duration = Duration::from_secs(10 * 60);

/// A step ahead is believed after it has lasted so long: a clock that was wrong when the machine started has been set.
const LASTING: Duration = Duration::from_secs(5 * 60);

/// While the machine has been up for less than this, its clock is still being set, and every step is believed.
const SETTING: Duration = Duration::from_secs(10 * 60);

/// The machine's clock, compared with its uptime.
#[derive(Debug)]
pub(super) struct Steps {
    /// The clock when it was last believed, in milliseconds since 1970, and the uptime then.
    believed: (u64, Duration),
    /// The uptime at which the clock stepped ahead.
    ahead_since: Option<Duration>,
}

/// What the host's owner must hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The clock stepped ahead by so much.
    Ahead(Duration),
    /// It still is ahead, and is believed now.
    Believed(Duration),
    /// It was set back while it was not believed.
    Back,
    /// It was set back by so much.
    Behind(Duration),
}

impl Steps {
    pub(super) fn begin(clock: u64, uptime: Duration) -> Self {
        Self { believed: (clock, uptime), ahead_since: None }
    }

    /// The time to go by, in milliseconds since 1970.
    pub(super) fn believe(&mut self, clock: u64, uptime: Duration) -> (u64, Option<News>) {
        let (believed, then) = self.believed;
        let passed = u64::try_from(uptime.saturating_sub(then).as_millis()).unwrap_or(u64::MAX);
        let expected = believed.saturating_add(passed);
        if uptime < SETTING {
            *self = Self::begin(clock, uptime);
            return (clock, None);
        }
        let ahead = Duration::from_millis(clock.saturating_sub(expected));
        let behind = Duration::from_millis(expected.saturating_sub(clock));
        let news = match self.ahead_since {
            None if ahead > SMALL => {
                self.ahead_since = Some(uptime);
                return (expected, Some(News::Ahead(ahead)));
            }
            Some(since) if ahead > SMALL && uptime.saturating_sub(since) < LASTING => {
                return (expected, None);
            }
            Some(_) if ahead > SMALL => Some(News::Believed(ahead)),
            Some(_) => Some(News::Back),
            None if behind > SMALL => Some(News::Behind(behind)),
            None => None,
        };
        *self = Self::begin(clock, uptime);
        (clock, news)
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = LASTING.as_secs() / 60;
        match self {
            Self::Ahead(step) => write!(
                f,
                "THE MACHINE'S CLOCK HAS JUMPED AHEAD by {} s. That is ignored until it has lasted {minutes} minutes; until then this host counts on from the last trusted time. Check the clock and its source",
                step.as_secs()
            ),
            Self::Believed(step) => write!(
                f,
                "the machine's clock has been {} s ahead for {minutes} minutes and is trusted from here on. Pages carry this time, and can never carry an earlier one",
                step.as_secs()
            ),
            Self::Back => f.write_str("the machine's clock has been set back and is trusted again"),
            Self::Behind(step) => write!(
                f,
                "the machine's clock has been set back by {} s. Pages keep the time that they had until the clock reaches it again",
                step.as_secs()
            ),
        }
    }
}

/// Time since the machine started, including time asleep.
#[cfg(target_os = "linux")]
pub(super) fn uptime() -> Duration {
    let uptime = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(uptime).unwrap_or_default()
}

/// Time since this was first called. A machine that slept seems to step ahead.
#[cfg(not(target_os = "linux"))]
pub(super) fn uptime() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;
    const START: u64 = 20_000 * DAY;

    fn after(seconds: u64) -> Duration {
        Duration::from_secs(10_000 + seconds)
    }

    fn clock(seconds: u64) -> u64 {
        START + seconds * 1000
    }

    #[test]
    fn a_clock_a_day_ahead_for_seconds_is_not_believed() {
        let mut steps = Steps::begin(START, after(0));
        assert_eq!(steps.believe(clock(1), after(1)), (clock(1), None));
        assert_eq!(
            steps.believe(clock(2) + DAY, after(2)),
            (clock(2), Some(News::Ahead(Duration::from_millis(DAY))))
        );
        for second in 3..6 {
            assert_eq!(steps.believe(clock(second) + DAY, after(second)), (clock(second), None));
        }
        assert_eq!(steps.believe(clock(6), after(6)), (clock(6), Some(News::Back)));
        assert_eq!(steps.believe(clock(7), after(7)), (clock(7), None));
    }

    #[test]
    fn a_step_that_lasts_is_believed() {
        let mut steps = Steps::begin(START, after(0));
        let lasting = LASTING.as_secs();
        assert!(steps.believe(clock(1) + DAY, after(1)).1.is_some());
        assert_eq!(steps.believe(clock(lasting) + DAY, after(lasting)), (clock(lasting), None));
        let (now, news) = steps.believe(clock(lasting + 1) + DAY, after(lasting + 1));
        assert_eq!((now, news), (clock(lasting + 1) + DAY, Some(News::Believed(Duration::from_millis(DAY)))));
        assert_eq!(steps.believe(clock(lasting + 2) + DAY, after(lasting + 2)).1, None);
    }

    #[test]
    fn small_steps_and_steps_back_are_believed_at_once() {
        let mut steps = Steps::begin(START, after(0));
        let small = u64::try_from(SMALL.as_millis()).unwrap();
        assert_eq!(steps.believe(clock(1) + small, after(1)), (clock(1) + small, None));
        let (now, news) = steps.believe(clock(1), after(1));
        assert_eq!((now, news), (clock(1), None));
        let (now, news) = steps.believe(clock(2) - DAY, after(2));
        assert_eq!((now, news), (clock(2) - DAY, Some(News::Behind(Duration::from_millis(DAY)))));
    }

    #[test]
    fn time_asleep_is_no_step() {
        let mut steps = Steps::begin(START, after(0));
        assert_eq!(steps.believe(clock(7 * 3600), after(7 * 3600)), (clock(7 * 3600), None));
    }

    #[test]
    fn a_clock_that_is_set_after_the_machine_started_is_believed_at_once() {
        let mut steps = Steps::begin(START, Duration::from_secs(20));
        assert_eq!(steps.believe(START + DAY, Duration::from_secs(60)), (START + DAY, None));
    }

    #[test]
    fn uptime_passes() {
        let before = uptime();
        std::thread::sleep(Duration::from_millis(2));
        assert!(uptime() > before);
    }
}
