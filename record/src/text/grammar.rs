//! What a type of text is made of: one table, from which its struct, parser, printer and every list of its lines come.

use super::values::Value;

/// A header line, as far as a program that reads texts needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name before the colon.
    pub name: &'static str,
    /// How often it may appear.
    pub occurs: Occurs,
    /// Whether it holds beyond its own update.
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

/// What later updates of the same incident make of a line that they do not restate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It belongs to its own update.
    No,
    /// It holds until an update states it again; where it is repeated, all lines of that update take over together.
    Last,
    /// As `Last`, for each of its subjects by itself: a component, a kind of data.
    Merged,
}

/// A header line, as a person or program that writes texts is told about it. It is kept apart from [`Header`], so that
/// programs that only read texts do not carry these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its rules.
    pub header: Header,
    /// [`Value::FORM`].
    pub form: Option<&'static str>,
    /// [`Value::EXPECTED`].
    pub expected: &'static str,
    /// What it says, in one line without a full stop.
    pub help: &'static str,
    /// Whether the program that composes the text writes it, and no person needs to.
    pub by_program: bool,
    /// Whether it begins with a moment to come, which a person may give as a duration from now.
    pub ahead: bool,
}

/// All that a type of text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// The type's name, such as `update`.
    pub kind: &'static str,
    /// The first line of each text, such as `outband update v1`.
    pub first_line: &'static str,
    /// Its header lines, in their order.
    pub lines: &'static [Line],
    /// Whether a body may follow.
    pub has_body: bool,
}

/// Used by [`text_type`]: what a line of its table says.
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

    /// A doc comment becomes [`Line::help`].
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

/// A doc comment without the space before it and the full stop after it.
const fn sentence(doc: &'static str) -> &'static str {
    let doc = doc.trim_ascii();
    match doc.as_bytes() {
        [.., b'.'] => doc.split_at(doc.len() - 1).0,
        _ => doc,
    }
}

/// A type of text: its struct, and the one place that says which header lines it has. Each row has a doc comment, which
/// is also the help that a person reads; the name; the field; how often, and of what type; and what else holds for it,
/// by the methods of [`Line`].
///
/// ```text
/// text_type! {
///     /// What one operator said, once.
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
/// What several lines must obey together stands in the type's own [`Rules`](super::fields::Rules).
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

            /// Its header lines, in their order.
            pub const HEADERS: &'static [$crate::text::Header] = &[$(
                $($crate::text::Line::one::<$one>($name))?
                $($crate::text::Line::maybe::<$maybe>($name))?
                $($crate::text::Line::many::<$many>($name))?
                $(.$holds())* .header
            ),+];

            /// The same for those who write one.
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

            /// A text with the required lines only, to be filled in.
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

            /// Parses the text and checks the rules that it can be held to alone.
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

            /// The text that parses to this.
            pub fn print(&self) -> String {
                let lines = Self::HEADERS
                    .iter()
                    .flat_map(|header| self.values(header.name).into_iter().map(|value| (header.name, value)));
                let body = None::<&str> $(.or(self.$body.as_deref()))?;
                $crate::text::fields::print(Self::FIRST_LINE, lines, body)
            }

            /// The values of one header as the text has them, in their order; none where the line is absent.
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
