//! A JSON value together with the path to it, and the questions a validator asks of it.

use std::fmt;

use crate::json::{Json, Quoted};

/// How much of a wrong value is shown in the message about it.
const SHOWN: usize = 60;

/// What is wrong with a document, and where: `visitors[0].snapshots[0].events[0].uuid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The JSON path; empty for the document as a whole.
    pub path: String,
    /// What was expected there and what was found.
    pub error: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the document" } else { &self.path };
        write!(f, "{place}: {}", self.error)
    }
}

impl std::error::Error for Malformed {}

impl Malformed {
    /// The body of the answer that tells the client.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{{\"error\":{},\"path\":{}}}", Quoted(&self.to_string()), Quoted(&self.path))
    }
}

pub type Checked<T> = Result<T, Malformed>;

#[derive(Clone, Copy)]
enum Step<'n> {
    Key(&'n str),
    Index(usize),
}

/// One place of a document: what stands there, if anything does, and how one gets there.
#[derive(Clone, Copy)]
pub struct Node<'n, 'a> {
    value: Option<&'n Json<'a>>,
    from: Option<(&'n Node<'n, 'a>, Step<'n>)>,
}

impl<'n, 'a> Node<'n, 'a> {
    pub fn root(value: &'n Json<'a>) -> Self {
        Node { value: Some(value), from: None }
    }

    /// The member `key`; where there is none, every question about it but [`Node::is_absent`] is an error.
    pub fn member(&'n self, key: &'n str) -> Node<'n, 'a> {
        Node { value: self.value.and_then(|value| value.get(key)), from: Some((self, Step::Key(key))) }
    }

    /// The member `key` if it is there.
    pub fn optional(&'n self, key: &'n str) -> Option<Node<'n, 'a>> {
        Some(self.member(key)).filter(|node| !node.is_absent())
    }

    pub fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    /// An object that has no other members than `known`.
    pub fn object(&self, known: &[&str]) -> Checked<()> {
        let members = self.value.and_then(Json::as_object).ok_or_else(|| self.expected("an object"))?;
        match members.iter().find(|(key, _)| !known.contains(&key.as_ref())) {
            Some((key, value)) => {
                Err(Node { value: Some(value), from: Some((self, Step::Key(key))) }.expected("no such field"))
            }
            None => Ok(()),
        }
    }

    /// An object of any members, each of which passes `check`.
    pub fn each_member(&self, check: impl Fn(&Node<'_, 'a>) -> Checked<()>) -> Checked<()> {
        let members = self.value.and_then(Json::as_object).ok_or_else(|| self.expected("an object"))?;
        members.iter().try_for_each(|(key, value)| {
            check(&Node { value: Some(value), from: Some((self, Step::Key(key))) })
        })
    }

    /// An array of at least `least` items, each of which passes `check`.
    pub fn items(&self, least: usize, check: impl Fn(&Node<'_, 'a>) -> Checked<()>) -> Checked<()> {
        if self.value.and_then(Json::as_array).is_some_and(|items| items.len() < least) {
            return Err(self.expected(&format!("an array of at least {least}")));
        }
        self.collect(check).map(drop)
    }

    /// What `read` makes of each item of an array.
    pub fn collect<T>(&self, read: impl Fn(&Node<'_, 'a>) -> Checked<T>) -> Checked<Vec<T>> {
        let items = self.value.and_then(Json::as_array).ok_or_else(|| self.expected("an array"))?;
        let node = |index, item| Node { value: Some(item), from: Some((self, Step::Index(index))) };
        items.iter().enumerate().map(|(index, item)| read(&node(index, item))).collect()
    }

    pub fn text(&self) -> Checked<&'n str> {
        self.value.and_then(Json::as_str).ok_or_else(|| self.expected("a string"))
    }

    /// A string that `holds`, described as `what`.
    pub fn text_that(&self, what: &str, holds: impl Fn(&str) -> bool) -> Checked<&'n str> {
        self.value.and_then(Json::as_str).filter(|text| holds(text)).ok_or_else(|| self.expected(what))
    }

    pub fn boolean(&self) -> Checked<bool> {
        if let Some(Json::Bool(value)) = self.value {
            Ok(*value)
        } else {
            Err(self.expected("true or false"))
        }
    }

    /// An integer of `range`, described as `what`.
    pub fn integer(&self, what: &str, range: impl std::ops::RangeBounds<i64>) -> Checked<i64> {
        self.value
            .and_then(Json::as_i64)
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.expected(what))
    }

    pub fn number(&self) -> Checked<f64> {
        self.value.and_then(Json::as_f64).ok_or_else(|| self.expected("a finite number"))
    }

    /// What attributes and tags may hold: a string, a finite number, true or false.
    pub fn scalar(&self) -> Checked<()> {
        match self.value {
            Some(Json::String(_) | Json::Bool(_)) => Ok(()),
            Some(number @ Json::Number(_)) if number.as_f64().is_some() => Ok(()),
            _ => Err(self.expected("a string, a finite number, true or false")),
        }
    }

    pub fn is_null(&self) -> bool {
        self.value == Some(&Json::Null)
    }

    /// The value as a list: itself, or its items if it is an array.
    pub fn list(&self) -> &'n [Json<'a>] {
        match self.value {
            Some(Json::Array(items)) => items,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }

    /// The value as JSON; nothing if there is none.
    pub fn rendered(&self) -> String {
        self.value.map(ToString::to_string).unwrap_or_default()
    }

    /// The error that `what` was expected here.
    pub fn expected(&self, what: &str) -> Malformed {
        let found = self.value.map_or_else(|| "nothing".to_owned(), |value| shortened(&value.to_string()));
        Malformed { path: self.path(), error: format!("expected {what}, found {found}") }
    }

    fn path(&self) -> String {
        match self.from {
            None => String::new(),
            Some((parent, Step::Index(index))) => format!("{}[{index}]", parent.path()),
            Some((parent, Step::Key(key))) if parent.from.is_none() => key.to_owned(),
            Some((parent, Step::Key(key))) => format!("{}.{key}", parent.path()),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
