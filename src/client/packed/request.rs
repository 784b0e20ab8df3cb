//! Reads a request of the flat form; an error names the offset, or the argument of the plain call.

use super::{Call, VERSION, fault};
use crate::client::decide_options::DecideOptions;
use crate::decision::{Answer, Origin, Prediction};
use crate::error::{Error, Result, Status};
use crate::event::Tags;
use crate::user::User;
use crate::value::Value;

/// The answer carries the notifications that the call causes.
pub const NOTIFY: u16 = 1;
/// The caller has looked the profile up, and saves what changes in it.
pub const PROFILE: u16 = 2;
/// Predictions that are missing are asked of the caller.
pub const PREDICTS: u16 = 4;

/// Segments that were never fetched.
const NOT_FETCHED: u32 = u32::MAX;

/// A request, read.
pub(super) struct Request<'a> {
    pub(super) call: Call,
    flags: u16,
    pub(super) options: DecideOptions,
    pub(super) key: &'a str,
    pub(super) keys: Vec<&'a str>,
    pub(super) variable_key: &'a str,
    /// Number of the type that is asked for; 0 for any.
    pub(super) variable_type: u32,
    pub(super) user: User,
    pub(super) tags: Tags<'a>,
    /// What the caller has looked up; empty if there is none.
    pub(super) profile: Option<&'a str>,
    pub(super) predictions: Vec<Prediction>,
}

impl Request<'_> {
    pub(super) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// Reads a request from its bytes.
pub(super) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn request(mut self) -> Result<Request<'a>> {
        let version = self.byte()?;
        if version != VERSION {
            return Err(fault(0, &format!("version {version} is not known")));
        }
        let number = self.byte()?;
        let call = Call::ALL.into_iter().find(|call| *call as u8 == number);
        let call = call.ok_or_else(|| fault(1, &format!("call {number} is not known")))?;
        let flags = u16::from_le_bytes(self.array()?);
        if flags & !(NOTIFY | PROFILE | PREDICTS) != 0 {
            return Err(fault(2, "flags that are not known are set"));
        }
        let options = self.options(call)?;
        let key = self.key(call)?;
        let keys = self.keys(call)?;
        let (variable_key, variable_type) = self.variable(call)?;
        let mut user = User::new(self.text("id")?);
        for _ in 0..self.number()? {
            let key = self.text("attributes")?;
            user.set_attribute(key, self.value("attributes")?);
        }
        let mut tags = Tags::new();
        let tags_at = self.at;
        for _ in 0..self.number()? {
            let key = self.text("tags")?;
            tags.push(key, self.value("tags")?);
        }
        if call != Call::Track && !tags.is_empty() {
            return Err(fault(tags_at, "tags are given to a call that takes none"));
        }
        let segments = self.number()?;
        if segments != NOT_FETCHED {
            let all = self.texts(segments, "segments")?;
            user.set_qualified_segments(&all);
        }
        for _ in 0..self.number()? {
            let flag = self.text("forced_decisions")?;
            let rule = self.text("forced_decisions")?;
            user.set_forced_decision(flag, rule, self.text("forced_decisions")?);
        }
        let profile = if flags & PROFILE == 0 { None } else { Some(self.text("profile")?) };
        let predictions = self.predictions()?;
        if self.at != self.bytes.len() {
            return Err(fault(self.at, "bytes are left over"));
        }
        Ok(Request {
            call,
            flags,
            options,
            key,
            keys,
            variable_key,
            variable_type,
            user,
            tags,
            profile,
            predictions,
        })
    }

    fn options(&mut self, call: Call) -> Result<DecideOptions> {
        let bits = self.number()?;
        if bits != 0 && !matches!(call, Call::Decide | Call::DecideForKeys | Call::DecideAll) {
            return Err(fault(4, "options are set for a call that has none"));
        }
        DecideOptions::new(bits, "options")
    }

    fn key(&mut self, call: Call) -> Result<&'a str> {
        let at = self.at;
        let key = self.text(call.key_argument())?;
        let takes_none = matches!(call, Call::GetEnabledFeatures | Call::DecideForKeys | Call::DecideAll);
        if takes_none && !key.is_empty() {
            return Err(fault(at, "a key is given to a call that takes none"));
        }
        Ok(key)
    }

    fn keys(&mut self, call: Call) -> Result<Vec<&'a str>> {
        let at = self.at;
        let count = self.number()?;
        if count != 0 && call != Call::DecideForKeys {
            return Err(fault(at, "flag keys are given to a call that takes none"));
        }
        self.texts(count, "flag_keys")
    }

    fn variable(&mut self, call: Call) -> Result<(&'a str, u32)> {
        let at = self.at;
        let (key, kind) = (self.text("variable_key")?, self.number()?);
        if call != Call::GetFeatureVariable && !(key.is_empty() && kind == 0) {
            return Err(fault(at, "a variable is given to a call that takes none"));
        }
        Ok((key, kind))
    }

    fn predictions(&mut self) -> Result<Vec<Prediction>> {
        let mut all = Vec::new();
        for _ in 0..self.number()? {
            let rule_id = self.text("predictions")?.into();
            let at = self.at;
            let state = self.byte()?;
            let (variation_id, cmab_uuid) = (self.text("predictions")?, self.text("predictions")?);
            let answer = match state {
                0 => Answer::Failed,
                // As from the endpoint: no id is no answer.
                1 if variation_id.is_empty() => Answer::Failed,
                1 => Answer::Predicted {
                    variation_id: variation_id.into(),
                    cmab_uuid: cmab_uuid.into(),
                    origin: Origin::Host,
                },
                other => return Err(fault(at, &format!("{other} is no state of a prediction"))),
            };
            all.push(Prediction { rule_id, answer });
        }
        Ok(all)
    }

    fn texts(&mut self, count: u32, argument: &'static str) -> Result<Vec<&'a str>> {
        // Each takes four bytes at least, so a count that lies can't ask for much memory.
        let mut all = Vec::with_capacity((count as usize).min((self.bytes.len() - self.at) / 4));
        for _ in 0..count {
            all.push(self.text(argument)?);
        }
        Ok(all)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| fault(self.bytes.len(), "is cut short"))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn number(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A text that belongs to an argument of the plain call; an error speaks of that, for a caller of a binding never
    /// sees the request.
    fn text(&mut self, argument: &'static str) -> Result<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length as usize)?).map_err(|error| {
            let message = format!("{argument}: byte {} is not UTF-8", error.valid_up_to());
            Error::new(Status::InvalidUtf8, message).at(argument)
        })
    }

    fn value(&mut self, argument: &'static str) -> Result<Value<'a>> {
        let at = self.at;
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => match self.byte()? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => return Err(fault(at + 1, &format!("{other} is no boolean"))),
            },
            2 => Value::Int(i64::from_le_bytes(self.array()?)),
            3 => Value::Double(f64::from_le_bytes(self.array()?)),
            4 => Value::Str(self.text(argument)?),
            other => return Err(fault(at, &format!("value type {other} is not known"))),
        })
    }
}
