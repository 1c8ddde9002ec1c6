//! The table that defines a type of text: its struct, parser, printer and every list of its lines are generated from
//! it.

use super::values::Value;

/// The properties of a header line that a program needs to read texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name before the colon.
    pub name: &'static str,
    /// How often it may appear.
    pub occurs: Occurs,
    /// Whether it stays in force after its own update.
    pub carried: Carried,
    /// Whether a translation may have it.
    pub in_translation: bool,
}

/// How often a header line may appear in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// Exactly once.
    One,
    /// Once, or not at all.
    Maybe,
    /// Any number of times.
    Many,
}

/// Whether a line stays in force when later updates of the same incident do not restate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It applies to its own update only.
    No,
    /// It stays in force until an update restates it; if it may be repeated, that update's lines replace all earlier
    /// ones.
    Last,
    /// As `Last`, separately for each subject: a component, or a kind of data.
    Merged,
}

/// The properties of a header line for writing texts. They are separate from [`Header`], so that programs that only
/// read texts do not contain the help texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The properties for reading.
    pub header: Header,
    /// [`Value::FORM`].
    pub form: Option<&'static str>,
    /// [`Value::EXPECTED`].
    pub expected: &'static str,
    /// A help text of one line without a full stop.
    pub help: &'static str,
    /// Whether the composing program fills it in, rather than a person.
    pub by_program: bool,
    /// Whether it begins with a future time, which a person may enter as a duration.
    pub ahead: bool,
}

/// The grammar of a type of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// The type's name, such as `update`.
    pub kind: &'static str,
    /// The first line of each text, such as `outband update v1`.
    pub first_line: &'static str,
    /// Its header lines, in order.
    pub lines: &'static [Line],
    /// Whether a body may follow.
    pub has_body: bool,
}

/// Constructors for the rows of a [`text_type`] table.
impl Line {
    pub(super) const fn one<T: Value>(name: &'static str) -> Self {
        Self::new::<T>(name, Occurs::One)
    }

    pub(super) const fn maybe<T: Value>(name: &'static str) -> Self {
        Self::new::<T>(name, Occurs::Maybe)
    }

    pub(super) const fn many<T: Value>(name: &'static str) -> Self {
        Self::new::<T>(name, Occurs::Many)
    }

    const fn new<T: Value>(name: &'static str, occurs: Occurs) -> Self {
        let header = Header { name, occurs, carried: Carried::No, in_translation: false };
        let (form, expected) = (T::FORM, T::EXPECTED);
        Self { header, form, expected, help: "", by_program: false, ahead: false }
    }

    /// Sets [`Line::help`] from a doc comment.
    pub(super) const fn help(mut self, doc: &'static str) -> Self {
        self.help = sentence(doc);
        self
    }

    /// [`Carried::Last`]
    pub(super) const fn carried(mut self) -> Self {
        self.header.carried = Carried::Last;
        self
    }

    /// [`Carried::Merged`]
    pub(super) const fn merged(mut self) -> Self {
        self.header.carried = Carried::Merged;
        self
    }

    /// [`Header::in_translation`]
    pub(super) const fn in_translation(mut self) -> Self {
        self.header.in_translation = true;
        self
    }

    /// [`Line::by_program`]
    pub(super) const fn by_program(mut self) -> Self {
        self.by_program = true;
        self
    }

    /// [`Line::ahead`]
    pub(super) const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }
}

/// A doc comment without surrounding space and the final full stop.
const fn sentence(doc: &'static str) -> &'static str {
    let doc = doc.trim_ascii();
    match doc.as_bytes() {
        [.., b'.'] => doc.split_at(doc.len() - 1).0,
        _ => doc,
    }
}

/// Defines a type of text: its struct and its header lines. Each row has a doc comment, which is also the help text;
/// the name; the field; how often it may appear, and its value type; and further properties, as methods of [`Line`].
///
/// ```text
/// text_type! {
///     /// An update.
///     pub struct Update: "update" with body {
///         /// What users can't do.
///         "title" title: one(SingleLine<120>), carried, in_translation;
///         /// Stations refuse it after this.
///         "submit-by" submit_by: maybe(Time), ahead;
///         /// Link to what proves it.
///         "evidence" evidence: many(Url);
///     }
/// }
/// ```
///
/// Rules that involve several lines are in the type's [`Rules`](super::fields::Rules).
macro_rules! text_type {
    (
        $(#[$doc:meta])*
        pub struct $type:ident: $kind:literal $(with $body:ident)? {
            $(
                $(#[doc = $help:literal])+
                $name:literal $field:ident:
                $(one($one:ty))? $(maybe($maybe:ty))? $(many($many:ty))? $(, $holds:ident)*;
            )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type {
            $(
                $(#[doc = $help])+
                pub $field: $($one)? $(Option<$maybe>)? $(Vec<$many>)?,
            )+
            $(
                /// Paragraphs of plain text, ending in a newline.
                pub $body: Option<String>,
            )?
        }

        impl $type {
            /// The type's name in the grammar.
            pub const KIND: &'static str = $kind;

            /// Line 1 of each text of this type.
            pub const FIRST_LINE: &'static str = concat!("outband ", $kind, " v1");

            /// Its header lines, in order.
            pub const HEADERS: &'static [$crate::text::Header] = &[$(
                $($crate::text::Line::one::<$one>($name))?
                $($crate::text::Line::maybe::<$maybe>($name))?
                $($crate::text::Line::many::<$many>($name))?
                $(.$holds())* .header
            ),+];

            /// The grammar for writing such a text.
            pub const GRAMMAR: $crate::text::Grammar = $crate::text::Grammar {
                kind: Self::KIND,
                first_line: Self::FIRST_LINE,
                lines: &[$(
                    $($crate::text::Line::one::<$one>($name))?
                    $($crate::text::Line::maybe::<$maybe>($name))?
                    $($crate::text::Line::many::<$many>($name))?
                    .help(concat!($($help),+)) $(.$holds())*
                ),+],
                has_body: Self::HAS_BODY,
            };

            const HAS_BODY: bool = !concat!("" $(, stringify!($body))?).is_empty();

            /// A text with the required lines only.
            pub fn new($($($field: $one,)?)+) -> Self {
                Self {
                    $($field:
                        $(std::convert::identity::<$one>($field))?
                        $(None::<$maybe>)?
                        $(Vec::<$many>::new())?,
                    )+
                    $($body: None,)?
                }
            }

            /// Parses the text and checks every rule that needs no other text.
            pub fn parse(text: &str) -> Result<Self, $crate::text::TextError> {
                let mut fields =
                    $crate::text::fields::Fields::open(text, Self::FIRST_LINE, Self::HEADERS)?;
                let parsed = Self {
                    $($field:
                        $(fields.one::<$one>($name)?)?
                        $(fields.maybe::<$maybe>($name)?)?
                        $(fields.many::<$many>($name)?)?,
                    )+
                    $($body: fields.body(),)?
                };
                fields.finish(Self::HAS_BODY)?;
                $crate::text::fields::Rules::check(&parsed, &$crate::text::fields::At(&fields))?;
                Ok(parsed)
            }

            /// Prints the text, which parses back to the same value.
            pub fn print(&self) -> String {
                let lines = Self::HEADERS
                    .iter()
                    .flat_map(|header| self.values(header.name).into_iter().map(|value| (header.name, value)));
                let body = None::<&str> $(.or(self.$body.as_deref()))?;
                $crate::text::fields::print(Self::FIRST_LINE, lines, body)
            }

            /// The values of one header as text, in order; empty if the line is absent.
            pub fn values(&self, header: &str) -> Vec<String> {
                match header {
                    $($name => $crate::text::fields::texts(
                        $(std::slice::from_ref::<$one>(&self.$field))?
                        $(Option::<$maybe>::as_slice(&self.$field))?
                        $(Vec::<$many>::as_slice(&self.$field))?
                    ),)+
                    _ => Vec::new(),
                }
            }

            /// Whether the text has a line of this name.
            pub fn has(&self, header: &str) -> bool {
                match header {
                    $($name => true
                        $(&& Option::<$maybe>::is_some(&self.$field))?
                        $(&& !Vec::<$many>::is_empty(&self.$field))?,)+
                    _ => false,
                }
            }
        }
    };
}

pub(super) use text_type;
