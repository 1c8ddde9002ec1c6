//! Commands that are printed for people to paste.

/// How this program is run again: by its name where it was found on the path, else by where it lies.
pub(crate) fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let here = std::env::current_exe().ok().filter(|_| called.contains('/'));
    here.map_or_else(|| "outband".to_owned(), |path| word(&path.display().to_string()))
}

/// As a shell takes it.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/~@%+=:,".contains(c);
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
