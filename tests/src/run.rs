//! Runs the cases, a few at a time, and says what came of each.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Result, anyhow};

use crate::cases::{Case, Job};
use crate::host::Kind;
use crate::session::Session;
use crate::tools::Tools;

/// Cases that run at once. Most of them wait for a host, and two processors have room for this many.
const AT_ONCE: usize = 4;

/// The last lines of what a host wrote, for a case that failed.
const LINES_OF_LOG: usize = 30;

/// Runs every job whose name contains all of the command line's words, and sums up.
pub fn main(mut jobs: Vec<Job>) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    jobs.retain(|job| words.iter().all(|word| format!("{} {}", job.group, job.name).contains(word)));
    if env::args().any(|argument| argument == "--list") {
        jobs.iter().for_each(|job| println!("{}: {}", job.group, job.name));
        return ExitCode::SUCCESS;
    }
    let tools = match Tools::from_env() {
        Ok(tools) => tools,
        Err(error) => {
            eprintln!("nothing was tested: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let start = Instant::now();
    let outcomes = run_all(jobs, &tools);
    sum_up(&outcomes, start.elapsed(), words.is_empty())
}

struct Outcome {
    group: &'static str,
    name: &'static str,
    failure: Option<String>,
}

fn run_all(jobs: Vec<Job>, tools: &Tools) -> Vec<Outcome> {
    // Taken from the end.
    let waiting = Mutex::new(jobs.into_iter().rev().collect::<Vec<_>>());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(job) = take(&waiting) {
                    let outcome = run(&job, tools);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn take(waiting: &Mutex<Vec<Job>>) -> Option<Job> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn run(job: &Job, tools: &Tools) -> Outcome {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| match job.case {
        Case::On(kind, case) => on_a_host(kind, case, tools),
        Case::Alone(case) => case(tools),
    }));
    let result = result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(anyhow!("it panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default()))
    });
    let word = if result.is_ok() { "ok    " } else { "FAILED" };
    println!("{word} {:>5.1} s  {:<8} {}", start.elapsed().as_secs_f64(), job.group, job.name);
    let failure = result.err().map(|error| format!("{error:#}"));
    Outcome { group: job.group, name: job.name, failure }
}

fn on_a_host(kind: Kind, case: fn(&mut Session<'_>) -> Result<()>, tools: &Tools) -> Result<()> {
    let mut session = Session::start(kind, tools)?;
    let result = case(&mut session);
    result.map_err(|error| {
        let log = session.host.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(LINES_OF_LOG)..).unwrap_or_default();
        anyhow!("{error:#}\n  the host wrote:\n    {}", tail.join("\n    "))
    })
}

/// `whole`: every case ran, so that both hosts must have passed the same ones.
fn sum_up(outcomes: &[Outcome], took: Duration, whole: bool) -> ExitCode {
    let mut passed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in outcomes {
        let names = passed.entry(outcome.group).or_default();
        names.extend(outcome.failure.is_none().then_some(outcome.name));
    }
    let mut failed = 0;
    for Outcome { group, name, failure } in outcomes {
        if let Some(failure) = failure {
            failed += 1;
            println!("\n── {group}: {name}\n  {failure}");
        }
    }
    println!();
    for (group, names) in &passed {
        println!("{group}: {} passed", names.len());
    }
    let [native, edge] = ["native", "edge"].map(|group| {
        let mut names = passed.get(group).cloned().unwrap_or_default();
        names.sort_unstable();
        names
    });
    let same = !whole || native == edge;
    if !same {
        println!("the hosts did not pass the same cases");
    }
    let ok = failed == 0 && same && !outcomes.is_empty();
    let total: usize = passed.values().map(Vec::len).sum();
    let word = if ok { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {total} passed; {failed} failed; finished in {:.1} s",
        took.as_secs_f64()
    );
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
