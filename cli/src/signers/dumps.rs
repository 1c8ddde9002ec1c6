//! Keeping secrets out of memory dumps.

/// Keeps this process's memory, which may hold secret keys, from being written to a core file or read by another
/// process of the same user. Linux can do both, other Unix systems the first. Windows writes no dumps unless its
/// administrator asks for them.
///
/// A refusal is ignored: the command must work wherever it runs, and the keys are as safe as in any other program.
pub(crate) fn refuse() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit};

    #[test]
    fn the_process_is_not_dumpable_and_has_no_core_file() {
        super::refuse();
        assert!(matches!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable)));
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
    }
}
