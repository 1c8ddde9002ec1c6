//! Renders pages of a stage, and extracts the text that a person reads.

use outband_site::pages;

use super::Stage;

pub(crate) fn index(stage: &Stage) -> String {
    let page = pages::index(&stage.view(), &stage.outlook(), &stage.open(), &stage.recent(), &stage.uptime())
        .expect("rendered");
    assert_eq!(page.path, "/");
    String::from_utf8(page.body).expect("UTF-8")
}

pub(crate) fn status_txt(stage: &Stage) -> String {
    let page = pages::status_txt(&stage.view(), &stage.outlook(), &stage.open()).expect("rendered");
    String::from_utf8(page.body).expect("UTF-8")
}

/// The page of the stage's first incident.
pub(crate) fn story(stage: &Stage) -> String {
    let page = pages::incident(&stage.view(), &stage.incidents[0])
        .expect("rendered")
        .expect("an incident with updates");
    String::from_utf8(page.body).expect("UTF-8")
}

/// The text of a page as a person reads it, without markup.
pub(crate) fn words(page: &str) -> String {
    let body = page.split_once("<body").expect("a body").1;
    let text: String =
        body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    text.replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
