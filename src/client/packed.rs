//! The flat form of the calls: a request in one buffer, an answer in another. The header documents both.

use super::calls::{self, Made};
use super::decision::{Decision, EventStatus, Keys};
use super::lifecycle::{Active, Client};
use crate::error::{Error, Result, Status};
use crate::event::Tags;
use crate::user::User;
use crate::value::Value;

/// First byte of a request and of an answer.
pub const VERSION: u8 = 1;

/// What a request asks for, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Count a conversion.
    Track = 1,
    /// Decide an experiment.
    Activate = 2,
    /// The same without an impression.
    GetVariation = 3,
    /// Decide a flag, for its being on.
    IsFeatureEnabled = 4,
    /// Decide all flags.
    GetEnabledFeatures = 5,
    /// Decide a flag.
    Decide = 6,
}

impl Call {
    const ALL: [Self; 6] = [
        Self::Track,
        Self::Activate,
        Self::GetVariation,
        Self::IsFeatureEnabled,
        Self::GetEnabledFeatures,
        Self::Decide,
    ];

    /// What the plain call names its key.
    fn key_argument(self) -> &'static str {
        match self {
            Self::Track => "event_key",
            Self::Activate | Self::GetVariation => "experiment_key",
            Self::IsFeatureEnabled | Self::GetEnabledFeatures | Self::Decide => "flag_key",
        }
    }
}

/// Segments that were never fetched.
const NOT_FETCHED: u32 = u32::MAX;

/// The answer to a request, and what the call itself came to.
pub struct Answer {
    /// What to hand over; at most as much as the caller has room for.
    pub bytes: Vec<u8>,
    /// The status of the call.
    pub result: Result<()>,
}

struct Request<'a> {
    call: Call,
    options: u32,
    key: &'a str,
    user: User,
    tags: Tags<'a>,
}

/// Makes the call that a request asks for. `size` gets the size of the answer. An answer that does not fit `capacity`
/// is an error, and then nothing is recorded.
pub fn call(client: &Client, request: &[u8], capacity: usize, size: &mut usize) -> Result<Answer> {
    let request = Decoder { bytes: request, at: 0 }.request()?;
    let mut room = Room { capacity, size };
    let active = &**client.active.load();
    let user = &request.user;
    let made = match request.call {
        Call::Track => {
            client.track(user, request.key, &request.tags)?;
            return Ok(Answer { bytes: Vec::new(), result: Ok(()) });
        }
        Call::GetEnabledFeatures => return enabled_features(client, active, user, &mut room),
        Call::Activate | Call::GetVariation => client.decide_experiment(active, user, request.key)?,
        Call::IsFeatureEnabled | Call::Decide => match client.known_flag(active, request.key) {
            Ok(flag) => client.decide_flag(active, flag, user),
            Err(error) if request.call == Call::Decide => {
                let bytes = encode(&calls::error_decision(request.key));
                room.check(bytes.len())?;
                return Ok(Answer { bytes, result: Err(error) });
            }
            Err(error) => return Err(error),
        },
    };
    let mut bytes = encode(&made.with(EventStatus::Suppressed));
    room.check(bytes.len())?;
    if request.call != Call::GetVariation {
        bytes = encode(&client.record_unless(active, user, &made, request.options));
    }
    Ok(Answer { bytes, result: Ok(()) })
}

/// The caller's buffer.
struct Room<'s> {
    capacity: usize,
    size: &'s mut usize,
}

impl Room<'_> {
    fn check(&mut self, size: usize) -> Result<()> {
        *self.size = size;
        if size <= self.capacity {
            return Ok(());
        }
        let message = format!("answer: takes {size} bytes, and there is room for {}", self.capacity);
        Err(Error::new(Status::TooLarge, message).at("answer"))
    }
}

/// Decides every flag, and records only once the answer is known to fit.
fn enabled_features(client: &Client, active: &Active, user: &User, room: &mut Room<'_>) -> Result<Answer> {
    let all: Vec<Made<'_>> =
        active.project.flags().iter().map(|flag| client.decide_flag(active, flag, user)).collect();
    let mut keys = Keys::default();
    for decision in all.iter().map(|made| made.with(EventStatus::Suppressed)).filter(Decision::enabled) {
        keys.push(decision.flag_key().unwrap_or_default());
    }
    let mut bytes = list(&keys);
    room.check(bytes.len() + size_of::<u64>())?;
    let recorded = all.iter().map(|made| client.record(active, user, made).event_status());
    let refused = recorded.filter(|status| status.is_refused()).count() as u64;
    bytes.extend_from_slice(&refused.to_le_bytes());
    Ok(Answer { bytes, result: Ok(()) })
}

fn encode(decision: &Decision) -> Vec<u8> {
    let texts = [decision.flag_key(), decision.rule_key(), decision.variation_key()];
    let present =
        texts.iter().zip([1, 2, 4]).fold(0, |bits, (text, bit)| bits | if text.is_some() { bit } else { 0 });
    let mut bytes = vec![VERSION, u8::from(decision.enabled()), decision.event_status() as u8, present];
    for text in texts.into_iter().flatten() {
        put_text(&mut bytes, text);
    }
    bytes
}

fn list(keys: &Keys) -> Vec<u8> {
    let mut bytes = vec![VERSION, 0, 0, 0];
    bytes.extend_from_slice(&(keys.len() as u32).to_le_bytes());
    for key in (0..keys.len()).filter_map(|index| keys.get(index)) {
        put_text(&mut bytes, key);
    }
    bytes
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// Reads a request; an error names the offset.
struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    fn request(mut self) -> Result<Request<'a>> {
        let version = self.byte()?;
        if version != VERSION {
            return Err(fault(0, &format!("version {version} is not known")));
        }
        let number = self.byte()?;
        let call = Call::ALL.into_iter().find(|call| *call as u8 == number);
        let call = call.ok_or_else(|| fault(1, &format!("call {number} is not known")))?;
        if self.take(2)? != [0, 0] {
            return Err(fault(2, "reserved bits are set"));
        }
        let options = self.number()?;
        if call == Call::Decide {
            calls::check_options(options)?;
        } else if options != 0 {
            return Err(fault(4, "options are set for a call that has none"));
        }
        let key_at = self.at;
        let key = self.text(call.key_argument())?;
        if call == Call::GetEnabledFeatures && !key.is_empty() {
            return Err(fault(key_at, "a key is given to a call that takes none"));
        }
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
            // Each takes four bytes at least, so a count that lies can't ask for much memory.
            let mut all = Vec::with_capacity((segments as usize).min((self.bytes.len() - self.at) / 4));
            for _ in 0..segments {
                all.push(self.text("segments")?);
            }
            user.set_qualified_segments(&all);
        }
        if self.at != self.bytes.len() {
            return Err(fault(self.at, "bytes are left over"));
        }
        Ok(Request { call, options, key, user, tags })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| fault(self.bytes.len(), "is cut short"))?;
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    fn eight(&mut self) -> Result<[u8; 8]> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(bytes)
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
            2 => Value::Int(i64::from_le_bytes(self.eight()?)),
            3 => Value::Double(f64::from_le_bytes(self.eight()?)),
            4 => Value::Str(self.text(argument)?),
            other => return Err(fault(at, &format!("value type {other} is not known"))),
        })
    }
}

fn fault(at: usize, what: &str) -> Error {
    Error::argument("request", &format!("byte {at}: {what}"))
}
