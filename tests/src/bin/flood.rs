//! Measures both hosts under floods: `cargo xtask flood`.
//!
//! Publications and reads are compared with those in calm within one run, so that the machine's speed cancels out. The
//! flood runs on the same processors as the host.

use std::time::Duration;

use anyhow::{Result, ensure};
use outband_tests::flood::{Flood, MAX_PEAK, Report, measure, set_up};
use outband_tests::host::Kind;
use outband_tests::session::Session;
use outband_tests::tools::Tools;

/// How long each flood lasts.
const LASTING: Duration = Duration::from_secs(5);

/// How much longer than in calm a publication may take.
const MAX_RATIO: f64 = 3.0;

fn main() -> Result<()> {
    let tools = Tools::from_env()?;
    let mut broken = Vec::new();
    for (name, kind) in [("native", Kind::Native), ("edge (workerd)", Kind::Edge)] {
        let session = Session::start(kind, &tools)?;
        set_up(&session)?;
        measure(&session, None, LASTING)?;
        let calm = measure(&session, None, LASTING)?;
        println!(
            "\n{name:<36}{:>10}{:>12}{:>24}{:>22}{:>9}",
            "answers/s", "CPU/answer", "publication: median", "worst", "reader"
        );
        print("in calm", &calm, &calm);
        for flood in Flood::ALL {
            let report = measure(&session, Some(flood), LASTING)?;
            print(flood.name(), &report, &calm);
            let ratio = ratio(&report.publications, &calm.publications);
            if ratio > MAX_RATIO {
                broken.push(format!("{name}, {}: a publication takes {ratio:.1} × as long", flood.name()));
            }
            if kind == Kind::Native && report.peak > MAX_PEAK {
                broken.push(format!("{name}, {}: {} MB", flood.name(), report.peak >> 20));
            }
        }
    }
    ensure!(broken.is_empty(), "{}", broken.join("\n"));
    Ok(())
}

fn print(name: &str, report: &Report, calm: &Report) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let answers = report.answers as f64;
    let (rate, each) = match report.answers {
        0 => ("–".to_owned(), "–".to_owned()),
        _ => (
            format!("{:.0}", answers / report.lasted.as_secs_f64()),
            format!("{:.0} µs", report.used.as_secs_f64() * 1e6 / answers),
        ),
    };
    println!(
        "{name:<36}{rate:>10}{each:>12}{:>13.1} ms (×{:.1}){:>11.1} ms{:>11.1} ms (×{:.1}){:>6} MB",
        milliseconds(Report::median(&report.publications)),
        ratio(&report.publications, &calm.publications),
        milliseconds(Report::worst(&report.publications)),
        milliseconds(Report::median(&report.reads)),
        ratio(&report.reads, &calm.reads),
        report.peak >> 20,
    );
}

/// The ratio of the medians.
fn ratio(times: &[Duration], calm: &[Duration]) -> f64 {
    Report::median(times).as_secs_f64() / Report::median(calm).as_secs_f64()
}
