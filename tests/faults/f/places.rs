//! Every place of a JSON document: its path as errors write it, and how to change or remove what stands there.

use std::fmt;

use serde_json::Value;

#[derive(Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A way from the root of a document to one of its values.
#[derive(Clone, PartialEq, Eq)]
pub struct Place(Vec<Step>);

impl Place {
    /// All places of a document, the root first.
    pub fn all(document: &Value) -> Vec<Self> {
        let mut places = vec![Self(Vec::new())];
        let mut next = 0;
        while let Some(place) = places.get(next).cloned() {
            next += 1;
            match document.pointer(&place.pointer()).expect("places come from the document") {
                Value::Object(fields) => {
                    places.extend(fields.keys().map(|key| place.then(Step::Key(key.clone()))));
                }
                Value::Array(items) => {
                    places.extend((0..items.len()).map(|index| place.then(Step::Index(index))));
                }
                _ => {}
            }
        }
        places
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    fn pointer(&self) -> String {
        let step = |step: &Step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        };
        self.0.iter().map(step).collect()
    }

    /// The kind of place: its path with the indices left out.
    pub fn kind(&self) -> String {
        let mut kind = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) => {
                    let separator = if kind.is_empty() { "" } else { "." };
                    kind.push_str(separator);
                    kind.push_str(key);
                }
                Step::Index(_) => kind.push_str("[]"),
            }
        }
        kind
    }

    /// Is it a field of an object? Such a value can be absent; an element of a list can't, nor can the document.
    pub fn is_field(&self) -> bool {
        matches!(self.0.last(), Some(Step::Key(_)))
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The value there.
    pub fn get<'d>(&self, document: &'d Value) -> &'d Value {
        document.pointer(&self.pointer()).expect("the document has the place")
    }

    /// The document with another value there.
    pub fn with(&self, document: &Value, value: Value) -> Value {
        let mut changed = document.clone();
        *changed.pointer_mut(&self.pointer()).expect("the document has the place") = value;
        changed
    }

    /// The document without the field or the element.
    pub fn without(&self, document: &Value) -> Value {
        let mut changed = document.clone();
        let (last, parent) = self.0.split_last().expect("the root can't be removed");
        let parent =
            changed.pointer_mut(&Self(parent.to_vec()).pointer()).expect("the document has the place");
        match (parent, last) {
            (Value::Object(fields), Step::Key(key)) => drop(fields.remove(key)),
            (Value::Array(items), Step::Index(index)) => drop(items.remove(*index)),
            _ => panic!("{self} is not in a list or an object"),
        }
        changed
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if number == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
