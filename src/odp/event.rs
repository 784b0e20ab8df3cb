//! What the platform is told of a user: checked, and written as the members of its JSON. Rule: SPEC, section 11.3.

use super::segments::USER_ID;
use crate::json;
use crate::value::Value;

/// The type of an event that names none.
const DEFAULT_TYPE: &str = "fullstack";

/// An event of the Data Platform, as a caller gives it.
#[derive(Clone, Copy, Debug)]
pub struct OdpEvent<'e> {
    /// Its type; empty for the default.
    pub kind: &'e str,
    /// What happened.
    pub action: &'e str,
    /// Who it happened to: names and values.
    pub identifiers: &'e [(&'e str, &'e str)],
    /// What else is known of it.
    pub data: &'e [(&'e str, Value<'e>)],
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFault<'e> {
    /// It says of nobody.
    NoIdentifiers,
    /// It says nothing.
    NoAction,
    /// A value of this key is a number that JSON lacks, or one that no double holds.
    BadValue(&'e str),
}

/// Checks an event before it is accepted.
pub fn check<'e>(event: &OdpEvent<'e>) -> Result<(), EventFault<'e>> {
    if event.identifiers.is_empty() {
        return Err(EventFault::NoIdentifiers);
    }
    if event.action.is_empty() {
        return Err(EventFault::NoAction);
    }
    match event.data.iter().find(|(_, value)| !is_sendable(*value)) {
        Some((key, _)) => Err(EventFault::BadValue(key)),
        None => Ok(()),
    }
}

fn is_sendable(value: Value<'_>) -> bool {
    value == Value::Null || value.is_event_attribute()
}

impl<'e> OdpEvent<'e> {
    /// Whose event it is, for those who purge a visitor's.
    #[must_use]
    pub fn user_id(&self) -> &'e str {
        let of = |wanted: &str| self.identifiers.iter().find(|(name, _)| self.name(name) == wanted);
        of(USER_ID).or(self.identifiers.first()).map_or("", |(_, value)| value)
    }

    /// The name that an identifier goes by. The first that spells the user id otherwise is renamed, if none spells it right.
    fn name<'n>(&self, name: &'n str) -> &'n str
    where
        'e: 'n,
    {
        let is_spelled =
            |name: &str| name.eq_ignore_ascii_case("fs-user-id") || name.eq_ignore_ascii_case(USER_ID);
        let has_right = self.identifiers.iter().any(|(name, _)| *name == USER_ID);
        let first = self.identifiers.iter().map(|(name, _)| *name).find(|name| is_spelled(name));
        if !has_right && first == Some(name) { USER_ID } else { name }
    }

    /// The members of its JSON before the data.
    pub fn write_head(&self, out: &mut Vec<u8>) {
        let kind = if self.kind.is_empty() { DEFAULT_TYPE } else { self.kind };
        out.extend_from_slice(b"\"type\":");
        json::text(out, kind);
        out.extend_from_slice(b",\"action\":");
        json::text(out, self.action);
        out.extend_from_slice(b",\"identifiers\":");
        json::object(out, |members| {
            for (name, value) in self.identifiers {
                members.text(self.name(name), value);
            }
        });
    }

    /// The members of its data, the common ones among them: what the caller gives wins. Only `idempotence_id` is left to
    /// who stamps the event, unless the caller has given one; the answer is whether he has.
    pub fn write_data(&self, out: &mut Vec<u8>, client_name: &str, client_version: &str) -> bool {
        let common = [
            ("data_source_type", Value::Str("sdk")),
            ("data_source", Value::Str(client_name)),
            ("data_source_version", Value::Str(client_version)),
        ];
        let is_given = |wanted: &str| self.data.iter().any(|(key, _)| *key == wanted);
        let start = out.len();
        let members = common.into_iter().filter(|(key, _)| !is_given(key)).chain(self.data.iter().copied());
        for (key, value) in members {
            if out.len() > start {
                out.push(b',');
            }
            json::text(out, key);
            out.push(b':');
            json::value(out, value);
        }
        is_given("idempotence_id")
    }
}
