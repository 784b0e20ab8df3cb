//! Short ways to build and change JSON.

use crate::json::Json;

/// A text.
pub fn text(value: impl Into<String>) -> Json {
    Json::Text(value.into())
}

/// A whole number.
pub fn whole(value: impl Into<i64>) -> Json {
    Json::Number(value.into().to_string())
}

/// A number as it is to be written.
pub fn digits(value: impl AsRef<str>) -> Json {
    Json::Number(value.as_ref().to_owned())
}

/// A list of texts.
pub fn texts<T: AsRef<str>>(items: &[T]) -> Json {
    Json::List(items.iter().map(|item| text(item.as_ref())).collect())
}

/// A double that JSON lacks, as the workers' protocol marks it.
pub fn special(name: &str) -> Json {
    Json::object([("$double", text(name))])
}

/// Sets a member of an object, the last one of its name counting.
pub fn set(object: &mut Json, name: &str, value: Json) {
    if let Json::Object(members) = object {
        match members.iter_mut().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => members.push((name.to_owned(), value)),
        }
    }
}

/// The member of an object, to change it.
pub fn get_mut<'a>(object: &'a mut Json, name: &str) -> Option<&'a mut Json> {
    let Json::Object(members) = object else { return None };
    members.iter_mut().find(|(member, _)| member == name).map(|(_, value)| value)
}

/// The items of a list member; none if there is no such.
pub fn items<'a>(object: &'a Json, name: &str) -> &'a [Json] {
    object.get(name).map_or(&[], Json::items)
}

/// The text of a member; empty if there is none.
pub fn text_of<'a>(object: &'a Json, name: &str) -> &'a str {
    object.get(name).and_then(Json::as_text).unwrap_or_default()
}

/// Is the member there and true?
pub fn is_true(object: &Json, name: &str) -> bool {
    object.get(name) == Some(&Json::Bool(true))
}
