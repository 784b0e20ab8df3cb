//! How the fields of a datafile's objects are read: null is absence, and an error says at which field it was.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};

/// Stands in an error's text behind each step of its path.
const STEP_END: char = '\0';

/// By these words serde_json tells where in a text an error was, and finds that again when an error is made of the text.
const POSITION: &str = " at line ";
/// The same in what an error quotes.
const QUOTED_POSITION: &str = " at  line ";

/// What a field may hold.
pub(super) trait Field<'de>: Default {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A field whose null equals absence.
pub(super) struct Maybe<T>(Option<T>);

impl<'de, T: Field<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Present<T>(T);

        impl<'de, T: Field<'de>> Deserialize<'de> for Present<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::read(deserializer).map(Present)
            }
        }

        Ok(Self(Option::<Present<T>>::deserialize(deserializer)?.map(|present| present.0)))
    }
}

impl<T: Default> Maybe<T> {
    pub(super) fn or_default(self) -> T {
        self.0.unwrap_or_default()
    }

    pub(super) fn get(self) -> Option<T> {
        self.0
    }
}

impl<'de, T: Field<'de>> Field<'de> for Option<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Some)
    }
}

impl<'de, T: Deserialize<'de>> Field<'de> for Vec<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut sequence: S) -> Result<Self::Value, S::Error> {
                let mut all = Vec::new();
                loop {
                    let mut is_begun = false;
                    match sequence.next_element_seed(Element { is_begun: &mut is_begun, of: PhantomData }) {
                        Ok(Some(element)) => all.push(element),
                        Ok(None) => return Ok(all),
                        Err(error) if is_begun => {
                            return Err(within(format_args!("[{}]", all.len()), &error));
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }

        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// One element of a list, and whether there was one: between elements an error is the list's own.
struct Element<'b, T> {
    is_begun: &'b mut bool,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Element<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        *self.is_begun = true;
        T::deserialize(deserializer)
    }
}

/// An error in the field of a key.
#[cold]
pub(super) fn in_field<E: de::Error>(key: &str, error: &E) -> E {
    within(format_args!(".{}", key.replace(STEP_END, "\u{fffd}")), error)
}

/// The error with one step more before its path.
#[cold]
fn within<E: de::Error>(step: fmt::Arguments<'_>, error: &E) -> E {
    let text = error.to_string();
    let (said, position) = text.split_at(text.rfind(POSITION).unwrap_or(text.len()));
    let said = format!("{step}{STEP_END}{said}").replace(POSITION, QUOTED_POSITION);
    E::custom(format_args!("{said}{position}"))
}

/// The path of an error, empty for the whole text, and what it says.
pub(super) fn path_and_gist(error: &serde_json::Error) -> (String, String) {
    let text = error.to_string().replace(QUOTED_POSITION, POSITION);
    let (path, gist) = text.rsplit_once(STEP_END).unwrap_or(("", &text));
    let path = path.replace(STEP_END, "");
    (path.trim_matches('.').to_owned(), gist.to_owned())
}
