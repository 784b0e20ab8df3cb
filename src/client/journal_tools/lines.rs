//! Lines of JSON: one at a time out of a file, and the members of their objects as they were written.

use std::fmt;
use std::io::{self, BufRead, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json;

/// The longest line that is taken: an event of the largest size, several times over.
const LONGEST: usize = 16 * 1024 * 1024;

/// Lines of a file, with where each begins.
pub(super) struct Lines<R> {
    input: R,
    /// Where the next line begins.
    at: u64,
    bytes: Vec<u8>,
}

/// A line without its end.
pub(super) struct Line<'l> {
    /// Offset of its first byte.
    pub(super) at: u64,
    /// Offset of the next line.
    pub(super) next: u64,
    /// Its text, without white space around it; or why it has none.
    pub(super) text: Result<&'l str, String>,
    /// Did it end? The last line of a file that a crash has cut short did not.
    pub(super) is_whole: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, at: 0, bytes: Vec::new() }
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.bytes.clear();
        let at = self.at;
        let mut read = (&mut self.input).take(LONGEST as u64).read_until(b'\n', &mut self.bytes)? as u64;
        if read == 0 {
            return Ok(None);
        }
        let is_too_long = read == LONGEST as u64 && self.bytes.last() != Some(&b'\n');
        if is_too_long {
            read += self.input.skip_until(b'\n')? as u64;
        }
        self.at += read;
        let is_whole = is_too_long || self.bytes.last() == Some(&b'\n');
        let text = match std::str::from_utf8(&self.bytes) {
            _ if is_too_long => Err(format!("is longer than {LONGEST} bytes")),
            Ok(text) => Ok(text.trim()),
            Err(error) => Err(format!("is no UTF-8 at byte {}", error.valid_up_to())),
        };
        Ok(Some(Line { at, next: self.at, text, is_whole }))
    }
}

/// The members of an object, in their order.
#[derive(Default)]
pub(super) struct Members<'j>(pub(super) Vec<(String, &'j RawValue)>);

impl<'j> Members<'j> {
    /// The members of an object in JSON.
    pub(super) fn of(text: &'j str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// What a member is; null is none.
    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        let found = self.0.iter().find(|(known, _)| known == name)?.1;
        (found.get() != "null").then_some(found)
    }

    /// A member that has to be a text.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        let found = self.get(name).ok_or_else(|| format!("{name}: is not given"))?;
        serde_json::from_str(found.get()).map_err(|_| format!("{name}: is no text"))
    }

    /// The first name that is none of these.
    pub(super) fn unknown(&self, known: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| &**name).find(|name| !known.contains(name))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Takes a request with one visitor, or one event of the Data Platform, apart: what it begins with, as the library writes
/// it, and the visitor or event.
pub(super) fn take_apart(request: &str) -> Result<(Vec<u8>, String), String> {
    if request.trim_start().starts_with('[') {
        let events: Vec<&RawValue> =
            serde_json::from_str(request).map_err(|error| format!("request: {error}"))?;
        let [event] = events[..] else { return Err("request: is no list of one".to_owned()) };
        return Ok((b"[".to_vec(), event.get().to_owned()));
    }
    let members = Members::of(request).map_err(|error| format!("request: {error}"))?;
    let visitors = members.get("visitors").map(RawValue::get).unwrap_or_default();
    let visitors: Vec<&RawValue> =
        serde_json::from_str(visitors).map_err(|_| "request.visitors: is no list".to_owned())?;
    let [visitor] = visitors[..] else { return Err("request.visitors: is no list of one".to_owned()) };
    let mut opening = vec![b'{'];
    for (name, value) in members.0.iter().filter(|(name, _)| name != "visitors") {
        json::text(&mut opening, name);
        opening.push(b':');
        json::compact(&mut opening, value.get());
        opening.push(b',');
    }
    opening.extend_from_slice(b"\"visitors\":[");
    Ok((opening, visitor.get().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_where_they_are_and_what_they_are_not() {
        let text = [&b"{}\n\n  x  \r\n"[..], &[0xff], b"\ncut"].concat();
        let mut lines = Lines::new(&text[..]);
        let mut found = Vec::new();
        while let Some(line) = lines.next().expect("memory can be read") {
            found.push((line.at, line.next, line.text.map(str::to_owned).map_err(drop), line.is_whole));
        }
        let text = |text: &str| Ok(text.to_owned());
        let expected = [
            (0, 3, text("{}"), true),
            (3, 4, text(""), true),
            (4, 11, text("x"), true),
            (11, 13, Err(()), true),
            (13, 16, text("cut"), false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_line_without_an_end_takes_no_memory_and_the_next_is_read() {
        let long = vec![b'x'; LONGEST + 5];
        let text = [&long[..], b"\nnext\n"].concat();
        let mut lines = Lines::new(&text[..]);
        let line = lines.next().expect("memory can be read").expect("a line");
        assert!(line.text.is_err() && line.is_whole);
        assert_eq!(lines.next().expect("memory can be read").expect("a line").text, Ok("next"));
        assert!(lines.next().expect("memory can be read").is_none());
    }

    #[test]
    fn a_request_is_taken_apart_whatever_its_white_space() {
        let request =
            r#"{"account_id":"1","project_id":"2","anonymize_ip":false,"visitors":[{"visitor_id":"a b"}]}"#;
        let spaced = request.replace(':', ": ").replace(',', " ,\t");
        for request in [request, &spaced] {
            let (opening, visitor) = take_apart(request).expect("a request");
            assert_eq!(
                String::from_utf8(opening).as_deref(),
                Ok(r#"{"account_id":"1","project_id":"2","anonymize_ip":false,"visitors":["#)
            );
            assert!(visitor.contains("a b"));
        }
        for wrong in ["", "[]", "{}", r#"{"visitors":{}}"#, r#"{"visitors":[]}"#, r#"{"visitors":[1,2]}"#] {
            assert!(take_apart(wrong).is_err(), "{wrong}");
        }
    }
}
