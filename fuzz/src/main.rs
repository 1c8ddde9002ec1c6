//! Fuzzes for a number of minutes: `outband-fuzz <minutes> [<target>]`.

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use outband_fuzz::corpus::Input;
use outband_fuzz::random::Random;
use outband_fuzz::{TARGETS, Target, corpus, mutate};

fn main() -> ExitCode {
    match fuzz() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn fuzz() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let minutes: u64 = arguments.next().context("how many minutes?")?.parse().context("minutes")?;
    let targets = match arguments.next() {
        None => TARGETS.iter().collect(),
        Some(name) => vec![Target::named(&name).with_context(|| {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            format!("unknown target {name}; the targets are {}", names.join(", "))
        })?],
    };
    // Panics are reported below, with their input.
    panic::set_hook(Box::new(|_| {}));
    let each = Duration::from_secs(minutes * 60) / u32::try_from(targets.len()).unwrap_or(u32::MAX);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut found = 0;
    for target in targets {
        found += for_a_while(target, seed, each)?;
    }
    if found > 0 {
        bail!("{found} targets failed; the inputs are in the corpus, where the tests read them");
    }
    Ok(())
}

/// Reads mutations of mutations until the time is over or one breaks the target's property. Returns the number of
/// failures, 0 or 1.
fn for_a_while(target: &Target, seed: u64, time: Duration) -> Result<usize> {
    let mut corpus: Vec<Vec<u8>> = corpus::of(target)?.into_iter().map(|Input { bytes, .. }| bytes).collect();
    let (start, known, mut random) = (Instant::now(), corpus.len(), Random::new(seed));
    let (mut tried, mut accepted) = (0_u64, 0_u64);
    while start.elapsed() < time {
        let (one, other) = (random.pick(&corpus), random.below(corpus.len()));
        let other = corpus.get(other).map(Vec::as_slice).unwrap_or_default();
        let input = mutate::mutate(one.map(Vec::as_slice).unwrap_or_default(), other, &mut random);
        tried += 1;
        match panic::catch_unwind(AssertUnwindSafe(|| (target.read)(&input))) {
            Ok(Ok(false)) => {}
            // Accepted inputs reach more code than refused ones, so some of them are mutated again.
            Ok(Ok(true)) => {
                accepted += 1;
                let place = known + random.below(4 * known);
                match corpus.get_mut(place) {
                    Some(old) => *old = input,
                    None => corpus.push(input),
                }
            }
            Ok(Err(broken)) => return report(target, &input, &broken),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default();
                return report(target, &input, &format!("it panicked: {text}"));
            }
        }
    }
    println!("{:<12}{tried} inputs, {accepted} of them accepted", target.name);
    Ok(0)
}

fn report(target: &Target, input: &[u8], broken: &str) -> Result<usize> {
    println!("{:<12}{broken}\n  {}", target.name, corpus::keep(target, input)?.display());
    Ok(1)
}
