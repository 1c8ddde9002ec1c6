//! `/help` in every language, and that its commands name this site.

use crate::samples;
use crate::samples::Stage;
use outband_site::pages;

/// What the page has to say.
fn help(tag: &str) -> String {
    let stage = Stage::at("2013-09-03T12:06:00Z", &[samples::OUTAGE]).in_language(tag);
    let page = String::from_utf8(pages::help(&stage.view()).expect("rendered").body).expect("UTF-8");
    let main = page.split_once("<main id=\"main\">").and_then(|(_, rest)| rest.split_once("</main>"));
    main.expect("its main part").0.to_owned()
}

#[test]
fn the_page_matches_its_snapshot_in_every_language() {
    for tag in ["en", "de", "ar"] {
        insta::assert_snapshot!(tag, help(tag));
    }
}

#[test]
fn every_address_in_a_command_is_of_this_site() {
    let page = help("en");
    let commands: Vec<&str> =
        page.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next()).collect();
    let addresses: Vec<&str> = commands.iter().flat_map(|code| code.split("https://").skip(1)).collect();
    assert!(addresses.len() > 4, "{commands:?}");
    for address in addresses {
        assert!(address.starts_with("status.mail.example/notes"), "{address}");
    }
    assert!(page.contains("outband roster remove status.mail.example/"), "{page}");
    assert!(page.contains("https://status-mail.copies.example/help"), "the mirrors have it too: {page}");
}
