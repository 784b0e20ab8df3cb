//! A strict JSON parser: no repeated keys, no bare control characters, no half surrogates, bounded depth.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use crate::json::Json;

/// Nesting beyond this is refused; the Events API needs eight.
const MAX_DEPTH: usize = 64;
/// Objects up to this many keys are searched for repeats by comparing each with each.
const FEW_KEYS: usize = 16;

/// Why a text is not JSON, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub struct NotJson {
    pub offset: usize,
    pub why: &'static str,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON: {} at byte {}", self.why, self.offset)
    }
}

/// Reads one JSON value that fills the whole text.
pub fn parse(text: &str) -> Result<Json<'_>, NotJson> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = parser.value()?;
    parser.white_space();
    if parser.at < text.len() { Err(parser.error("something follows the value")) } else { Ok(value) }
}

#[cfg(test)]
mod tests;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, why: &'static str) -> NotJson {
        NotJson { offset: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Json<'a>, NotJson> {
        self.white_space();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err(self.error("no value starts like this")),
            None => Err(self.error("the text ends where a value should be")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json<'a>, NotJson>) -> Result<Json<'a>, NotJson> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, NotJson> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("no value starts like this"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self) -> Result<Json<'a>, NotJson> {
        let mut items = Vec::new();
        self.white_space();
        if self.eat(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.white_space();
            if self.eat(b']') {
                return Ok(Json::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.error("expected a comma or the end of the array"));
            }
        }
    }

    fn object(&mut self) -> Result<Json<'a>, NotJson> {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        let mut seen = HashSet::new();
        self.white_space();
        if self.eat(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.white_space();
            let key = self.string()?;
            if members.len() == FEW_KEYS {
                seen.extend(members.iter().map(|(name, _)| name.clone()));
            }
            let repeated = if members.len() < FEW_KEYS {
                members.iter().any(|(name, _)| *name == key)
            } else {
                !seen.insert(key.clone())
            };
            if repeated {
                return Err(self.error("a key stands twice in one object"));
            }
            self.white_space();
            if !self.eat(b':') {
                return Err(self.error("expected a colon"));
            }
            members.push((key, self.value()?));
            self.white_space();
            if self.eat(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.error("expected a comma or the end of the object"));
            }
        }
    }

    fn number(&mut self) -> Result<Json<'a>, NotJson> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(Json::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("expected a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        if !self.eat(b'"') {
            return Err(self.error("expected a string"));
        }
        let mut plain = self.at;
        let mut unescaped: Option<String> = None;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let rest = &self.text[plain..self.at];
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(rest),
                        Some(text) => Cow::Owned(text + rest),
                    });
                }
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(&self.text[plain..self.at]);
                    self.at += 1;
                    text.push(self.escape()?);
                    plain = self.at;
                }
                Some(0..0x20) => return Err(self.error("a bare control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let kind = self.peek();
        self.at += 1;
        Ok(match kind {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.error("no such escape")),
        })
    }

    fn code_point(&mut self) -> Result<char, NotJson> {
        let first = self.four_hex_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text.as_bytes()[self.at..].starts_with(b"\\u")
        {
            self.at += 2;
            let second = self.four_hex_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("half a surrogate pair"));
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half a surrogate pair"))
    }

    fn four_hex_digits(&mut self) -> Result<u32, NotJson> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.error("expected four hexadecimal digits"));
        }
        self.at += 4;
        Ok(digits
            .iter()
            .fold(0, |code, digit| code * 16 + char::from(*digit).to_digit(16).unwrap_or_default()))
    }
}
