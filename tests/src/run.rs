//! Runs the cases like cargo's own test runner, a few at a time.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::cases::{Case, Job};
use crate::host::Kind;
use crate::session::Session;
use crate::tools::Tools;

/// Concurrent cases. Most of them wait for a host, so two processors suffice for this many.
const AT_ONCE: usize = 4;

/// How many lines of a host's log a failed case shows.
const LINES_OF_LOG: usize = 30;

/// How many of the slowest cases are listed at the end.
const SLOWEST: usize = 8;

/// How long each case took, with its name.
type Times = Arc<Mutex<Vec<(Duration, String)>>>;

/// Runs the jobs selected on the command line, and prints a summary.
pub fn main(jobs: Vec<Job>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let tools = match Tools::from_env() {
        Ok(tools) => Some(Arc::new(tools)),
        Err(_) if arguments.list => None,
        Err(error) => {
            eprintln!("nothing was tested: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let times = Times::default();
    let mut trials = vec![Trial::test("both hosts have the same cases", {
        let [native, edge] = ["native", "edge"].map(|group| names(&jobs, group));
        move || if native == edge { Ok(()) } else { Err(format!("{native:?}\n{edge:?}").into()) }
    })];
    trials.extend(jobs.into_iter().map(|job| trial(job, tools.clone(), times.clone())));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    times.sort_unstable();
    for (took, name) in times.iter().rev().take(SLOWEST) {
        println!("{:>6.1} s  {name}", took.as_secs_f64());
    }
    if conclusion.num_passed == 0 && !arguments.list {
        eprintln!("no case has that name; nothing was tested");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// The names of a group's cases: if these are equal for both hosts, so are the counts.
fn names(jobs: &[Job], group: &str) -> Vec<&'static str> {
    jobs.iter().filter(|job| job.group == group).map(|job| job.name).collect()
}

fn trial(job: Job, tools: Option<Arc<Tools>>, times: Times) -> Trial {
    let name = format!("{}: {}", job.group, job.name);
    Trial::test(name.clone(), move || {
        let tools = tools.ok_or("the tools are missing")?;
        let start = Instant::now();
        let result = match job.case {
            Case::On(kind, case) => on_a_host(kind, case, &tools),
            Case::Alone(case) => case(&tools),
        };
        times.lock().unwrap_or_else(PoisonError::into_inner).push((start.elapsed(), name));
        result.map_err(|error| Failed::from(format!("{error:#}")))
    })
}

fn on_a_host(kind: Kind, case: fn(&mut Session<'_>) -> Result<()>, tools: &Tools) -> Result<()> {
    let mut session = Session::start(kind, tools)?;
    let result = case(&mut session);
    result.map_err(|error| {
        let log = session.host.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(LINES_OF_LOG)..).unwrap_or_default();
        anyhow!("{error:#}\n  the host's log:\n    {}", tail.join("\n    "))
    })
}
