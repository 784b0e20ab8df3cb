//! JSON read apart from the library and from what it reads with, and written in other words.

/// JSON as it stands: numbers by their letters, members in order, repeated ones too.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Text<'a>),
    List(Vec<Self>),
    Object(Vec<(Text<'a>, Self)>),
}

/// A text with what it was read from, quotes and all; one with half a surrogate pair says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'a> {
    pub said: Option<String>,
    pub raw: &'a str,
}

impl<'a> Json<'a> {
    /// The last member of that name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key.said.as_deref() == Some(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        text.said.as_deref()
    }

    pub fn number(&self) -> Option<&'a str> {
        let Self::Number(number) = self else { return None };
        Some(number)
    }

    pub fn list(&self) -> Option<&[Self]> {
        let Self::List(items) = self else { return None };
        Some(items)
    }

    /// How many lists and objects are inside each other.
    pub fn depth(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// The same in other letters: white space everywhere, every character of texts escaped.
    pub fn in_other_words(&self) -> String {
        let mut out = String::from("\n");
        self.write(&mut out);
        out.push('\t');
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => text.write(out),
            Self::List(items) => {
                out.push_str("[ ");
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { " ,\r\n" } else { "" });
                    item.write(out);
                }
                out.push_str("\t]");
            }
            Self::Object(members) => {
                out.push_str("{\n");
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "\t, " } else { "" });
                    name.write(out);
                    out.push_str(" : ");
                    value.write(out);
                }
                out.push_str(" }");
            }
        }
    }
}

impl Text<'_> {
    fn write(&self, out: &mut String) {
        use std::fmt::Write;

        let Some(said) = &self.said else {
            out.push_str(self.raw);
            return;
        };
        out.push('"');
        for unit in said.encode_utf16() {
            write!(out, "\\u{unit:04X}").expect("room");
        }
        out.push('"');
    }
}

/// Reads JSON as a whole; none for what is not, or is nested deeper than `levels`.
pub fn read(text: &str, levels: usize) -> Option<Json<'_>> {
    let mut reader = Reader { text, at: 0 };
    let json = reader.value(levels)?;
    reader.space();
    (reader.at == text.len()).then_some(json)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, word: &str) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn value(&mut self, levels: usize) -> Option<Json<'a>> {
        self.space();
        match self.peek()? {
            b'n' => self.eat("null").map(|()| Json::Null),
            b't' => self.eat("true").map(|()| Json::Bool(true)),
            b'f' => self.eat("false").map(|()| Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                let mut items = Vec::new();
                self.items(b']', |reader| {
                    items.push(reader.value(levels.checked_sub(1)?)?);
                    Some(())
                })?;
                (levels > 0).then_some(Json::List(items))
            }
            b'{' => {
                let mut members = Vec::new();
                self.items(b'}', |reader| {
                    reader.space();
                    let name = reader.string()?;
                    reader.space();
                    reader.eat(":")?;
                    members.push((name, reader.value(levels.checked_sub(1)?)?));
                    Some(())
                })?;
                (levels > 0).then_some(Json::Object(members))
            }
            _ => self.number().map(Json::Number),
        }
    }

    /// What stands between brackets, separated by commas.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.peek()? == close {
            self.at += 1;
            return Some(());
        }
        loop {
            item(self)?;
            self.space();
            let found = self.peek()?;
            self.at += 1;
            if found == close {
                return Some(());
            }
            if found != b',' {
                return None;
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        let _ = self.eat("-");
        if self.eat("0").is_none() {
            self.digits()?;
        }
        if self.eat(".").is_some() {
            self.digits()?;
        }
        if self.eat("e").or_else(|| self.eat("E")).is_some() {
            let _ = self.eat("+").or_else(|| self.eat("-"));
            self.digits()?;
        }
        Some(&self.text[start..self.at])
    }

    fn string(&mut self) -> Option<Text<'a>> {
        let start = self.at;
        self.eat("\"")?;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let letter = self.text[self.at..].chars().next()?;
            self.at += letter.len_utf8();
            match letter {
                '"' => break,
                '\0'..' ' => return None,
                '\\' => units.push(self.escape()?),
                _ => units.extend_from_slice(letter.encode_utf16(&mut [0; 2])),
            }
        }
        Some(Text { said: String::from_utf16(&units).ok(), raw: &self.text[start..self.at] })
    }

    fn escape(&mut self) -> Option<u16> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => u16::from(letter),
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'f' => 12,
            b'r' => 13,
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                self.at += 4;
                u16::from_str_radix(digits, 16).ok().filter(|_| are_digits)?
            }
            _ => return None,
        })
    }
}
