//! Addresses as people, chats and programs mangle them.

use outband_site::paths;
use percent_encoding::percent_decode_str;

/// What follows an address in a sentence, in Markdown or in a mail.
const AFTER: &[char] = &[
    '/', '.', ',', ';', ':', '!', '?', ')', ']', '}', '>', '"', '\'', '*', '_', '~', '`', '»', '”', '’', '…',
    ' ',
];

/// How file names of pages end elsewhere.
const ENDINGS: &[&str] = &["/index.html", "/index.htm", "/index.php", ".html", ".htm"];

/// What other status pages, and other sites, call the same.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/atom", paths::ATOM),
    ("/atom.xml", paths::ATOM),
    ("/feed", paths::ATOM),
    ("/feed.atom", paths::ATOM),
    ("/feed.json", paths::JSON_FEED),
    ("/feed.rss", paths::RSS),
    ("/feed.xml", paths::ATOM),
    ("/feeds", paths::ATOM),
    ("/home", paths::INDEX),
    ("/incidents", paths::HISTORY),
    ("/index", paths::INDEX),
    ("/index.xml", paths::ATOM),
    ("/rss", paths::RSS),
    ("/rss.xml", paths::RSS),
    ("/security.txt", paths::SECURITY),
    ("/status", paths::INDEX),
    ("/status.json", paths::STATUS_JSON),
    ("/updates", paths::INDEX),
];

/// The paths that may have been meant by one at which there is nothing, the likeliest first. Each begins with one slash,
/// and so stays on this site.
pub(super) fn meant(path: &str) -> Vec<String> {
    let plain = plain(path);
    // Clients of the API get what they asked for, or a problem.
    if plain.starts_with("/api/") {
        return Vec::new();
    }
    let page = ENDINGS.iter().find_map(|ending| plain.strip_suffix(ending)).unwrap_or(&plain);
    let page = if page.is_empty() { paths::INDEX } else { page };
    let theirs = ELSEWHERE.iter().find(|(theirs, _)| *theirs == page).map(|(_, ours)| *ours);
    let mut meant: Vec<String> = [&plain, page].into_iter().chain(theirs).map(str::to_owned).collect();
    meant.dedup();
    meant
}

/// Decoded, in small letters, with single slashes, without a query and without what follows an address in a sentence.
fn plain(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy().to_ascii_lowercase();
    let address = decoded.split(['?', '#', '&']).next().unwrap_or_default();
    let names = address.split(['/', '\\']).filter(|name| !name.is_empty());
    let joined: String = names.flat_map(|name| ["/", name]).collect();
    match joined.trim_end_matches(AFTER) {
        "" => paths::INDEX.to_owned(),
        plain => plain.to_owned(),
    }
}
