//! Ctrl-C: the terminal is left as it was found, and says what has not happened.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Nothing, shown};

/// What an interruption leaves undone, and the file with what it interrupts.
static UNDONE: Mutex<(Option<Nothing>, Option<String>)> = Mutex::new((None, None));
/// Whether another program has the terminal, so that Ctrl-C is for that program.
static IS_LENT: AtomicBool = AtomicBool::new(false);

/// The exit status of a program that Ctrl-C ends, as shells count it.
const INTERRUPTED: i32 = 130;

/// Reports an interruption from now on. `nothing` is what will then not have happened, if that is known.
pub(crate) fn report_interruptions(nothing: impl Into<Option<Nothing>>) {
    UNDONE.lock().unwrap_or_else(PoisonError::into_inner).0 = nothing.into();
    handle();
}

fn handle() {
    // This fails if it was done before. Without a handler, Ctrl-C still ends the program.
    let _ = ctrlc::set_handler(|| {
        if !IS_LENT.load(Ordering::SeqCst) {
            report();
        }
    });
}

fn report() -> ! {
    // Locked until the end, so that it is reported once.
    let undone = UNDONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A question that hides the cursor does not show it again if it is interrupted.
    anstream::eprintln!("\x1b[?25h\ncancelled");
    if let Some(file) = &undone.1 {
        anstream::eprintln!("What you have written is kept in {file}.");
    }
    if let Some(nothing) = &undone.0 {
        anstream::eprintln!("{nothing}");
    }
    std::process::exit(INTERRUPTED);
}

/// What is being written is in this file.
pub(crate) fn kept(file: &Path) {
    UNDONE.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(shown(file));
}

/// Lends the terminal to another program.
pub(crate) fn undisturbed<T>(program: impl FnOnce() -> T) -> T {
    IS_LENT.store(true, Ordering::SeqCst);
    let done = program();
    IS_LENT.store(false, Ordering::SeqCst);
    done
}

/// Runs a question that changes the terminal. It ends, and puts the terminal back, before an interruption is reported.
pub(super) fn put_back<T>(question: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
    handle();
    let answer = undisturbed(question);
    match &answer {
        Err(error) if error.kind() == ErrorKind::Interrupted => report(),
        _ => answer,
    }
}

/// Waits for the program's end if an interruption is the cause of this error: it is reported by its handler.
pub(super) fn await_report(error: &anyhow::Error) {
    let is_interruption = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref() {
        Some(dialoguer::Error::IO(io)) => io.kind() == ErrorKind::Interrupted,
        None => false,
    };
    if error.chain().any(is_interruption) {
        std::thread::sleep(Duration::from_secs(2));
    }
}
