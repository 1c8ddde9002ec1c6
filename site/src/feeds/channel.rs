use outband_record::sorted::Set;
use outband_record::text::{ComponentPath, Lang, Site, Update, Value};

use super::NEWEST;
use crate::messages::{Messages, languages};
use crate::paths;

/// A feed of some of the updates. Its list of updates is kept in a document of its own, so that no publication has to
/// search for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Everything about a component: updates that name it, one of its ancestors or one of its descendants.
    Component(ComponentPath),
    /// Updates in a language other than the site's: translations, and updates written in it.
    Language(Lang),
    /// Fifty updates that were once the newest, numbered from 1 (RFC 5005).
    Archive(u64),
}

/// A feed as announced by a page in `<link rel="alternate">`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The feed's path.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its title.
    pub title: String,
    /// The language, if the feed is in one particular language.
    pub hreflang: Option<String>,
}

/// A component's feed carries this many of the newest updates.
const OF_A_COMPONENT: usize = 20;

impl Channel {
    /// The channels an update belongs to, except archives, which take every update in turn.
    pub fn of(site: &Site, update: &Update) -> Set<Self> {
        let mut channels = Set::new();
        channels.extend(Self::language_of(site, update));
        let components = site.component.iter().map(|component| Self::Component(component.path.clone()));
        channels.extend(components.filter(|channel| channel.takes(update)));
        channels
    }

    /// Languages whose feeds exist from the beginning, since the program speaks them: readers can subscribe before the
    /// first update in them.
    pub fn supported(site: &Site) -> Vec<Self> {
        let own = Messages::of(&site.lang);
        let languages = languages().into_iter().filter_map(Lang::parse);
        languages.filter(|lang| !own.speaks(lang)).map(Self::Language).collect()
    }

    /// Whether it may list an update. Archives take every one in turn.
    pub fn takes(&self, update: &Update) -> bool {
        match self {
            Self::Component(path) => {
                // A translation is about the same components as its original, which is already listed there.
                update.translates.is_none() && update.components().any(|named| path.concerns(named))
            }
            Self::Language(own) => {
                update.lang.as_ref().is_some_and(|lang| lang.as_str().eq_ignore_ascii_case(own.as_str()))
            }
            Self::Archive(_) => true,
        }
    }

    /// The channel of the language an update is written in, if it is not the site's.
    pub(crate) fn language_of(site: &Site, update: &Update) -> Option<Self> {
        let is_foreign = |lang: &&Lang| !lang.as_str().eq_ignore_ascii_case(site.lang.as_str());
        update.lang.as_ref().filter(is_foreign).and_then(Self::language)
    }

    /// The channel of a language, whatever the case of its tag.
    fn language(lang: &Lang) -> Option<Self> {
        Lang::parse(&lang.as_str().to_ascii_lowercase()).map(Self::Language)
    }

    /// The path of the feed.
    pub fn path(&self) -> String {
        match self {
            Self::Component(path) => paths::component_atom(path),
            Self::Language(lang) => paths::language_atom(lang),
            Self::Archive(number) => paths::archive_atom(*number),
        }
    }

    /// The path of the document that lists its updates.
    pub fn document(&self) -> String {
        match self {
            Self::Component(path) => paths::component_json(path),
            Self::Language(lang) => paths::language_json(lang),
            Self::Archive(number) => paths::archive_json(*number),
        }
    }

    /// The maximum number of updates it carries.
    pub fn limit(&self) -> usize {
        match self {
            Self::Component(_) => OF_A_COMPONENT,
            Self::Language(_) | Self::Archive(_) => NEWEST,
        }
    }

    /// Its title.
    pub(super) fn title(&self, site: &Site, messages: &Messages) -> String {
        let name = ("name", site.name.as_str());
        match self {
            Self::Component(path) => {
                messages.fill("feed_component", &[name, ("component", site.component_name(path))])
            }
            Self::Language(lang) => messages.fill("feed_language", &[name, ("lang", lang.as_str())]),
            Self::Archive(_) => messages.fill("feed_title", &[name]),
        }
    }

    /// How pages of this site announce it: briefly, since lynx shows these titles above the page.
    pub fn announced(&self, site: &Site) -> Announced {
        let (title, hreflang) = match self {
            Self::Component(path) => (site.component_name(path).to_owned(), None),
            Self::Language(lang) => (Announced::updates(site, lang.as_str()), Some(lang.to_string())),
            Self::Archive(_) => (self.title(site, Messages::of(&site.lang)), None),
        };
        Announced { hreflang, ..Announced::new(self.path(), title) }
    }
}

impl Announced {
    /// The title of a feed of updates: `kind` is its format or its language.
    pub(crate) fn updates(site: &Site, kind: &str) -> String {
        Messages::of(&site.lang).fill("frame_feed", &[("format", kind)])
    }

    /// A feed that is not tied to one language.
    pub(crate) fn new(path: impl Into<String>, title: String) -> Self {
        let path = path.into();
        let media_type = paths::media_type(&path).split(';').next().unwrap_or_default();
        Self { path, media_type, title, hreflang: None }
    }
}
