//! Header section: variables, of a decision and by the older calls.

use std::mem::MaybeUninit;

use super::client::opt_client;
use super::decision::{decided, opt_decision, required_decision};
use super::error::opt_error;
use super::guard::{Out, guard, guard_or, out_handle, required};
use super::text::opt_str;
use super::user::opt_user;
use crate::client::{Decision, FeatureVariable, VariableKind, VariableValue, packed};
use crate::error::{Error, Result, Status};

/// A variable that is true or false.
pub const OPT_VARIABLE_BOOLEAN: u32 = 1;
/// A variable that is a 64-bit whole number.
pub const OPT_VARIABLE_INTEGER: u32 = 2;
/// A variable that is a finite double.
pub const OPT_VARIABLE_DOUBLE: u32 = 3;
/// A variable that is a text.
pub const OPT_VARIABLE_STRING: u32 = 4;
/// A variable that is any JSON value.
pub const OPT_VARIABLE_JSON: u32 = 5;

/// A text of the library's. Read it with opt_text_read, free it with opt_text_free.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone. Since 0.1.
pub struct opt_text(String);

/// The text; none (`data == NULL`) for NULL.
///
/// Ownership: borrowed from `text`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_text_read(text: Option<&opt_text>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(text.map(|text| text.0.as_str())))
}

/// Frees a text; NULL is ignored.
///
/// Ownership: consumes `text` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_text_free(text: Option<Box<opt_text>>) {
    guard_or((), || drop(text));
}

/// Reads a boolean value.
fn boolean(value: VariableValue<'_>) -> Result<bool> {
    if let VariableValue::Boolean(boolean) = value { Ok(boolean) } else { Err(other_type()) }
}

/// Reads an integer value.
fn integer(value: VariableValue<'_>) -> Result<i64> {
    if let VariableValue::Integer(integer) = value { Ok(integer) } else { Err(other_type()) }
}

/// Reads a double value.
fn double(value: VariableValue<'_>) -> Result<f64> {
    if let VariableValue::Double(number) = value { Ok(number) } else { Err(other_type()) }
}

/// Reads a string value, or the text of a JSON value.
fn text(value: VariableValue<'_>) -> Result<&str> {
    match value {
        VariableValue::Text(text) | VariableValue::Json(text) => Ok(text),
        _ => Err(other_type()),
    }
}

/// A value that is not of the type it was asked for as: the client checks that first.
fn other_type() -> Error {
    Error::new(Status::WrongType, "the variable is of another type").at("variable_key")
}

/// What the getters of a decision share.
fn of_decision<'d, T>(
    decision: Option<&'d opt_decision>,
    variable_key: opt_str,
    out: Option<&mut MaybeUninit<T>>,
    error: Out<'_, opt_error>,
    kind: VariableKind,
    read: fn(VariableValue<'d>) -> Result<T>,
) -> Status {
    guard(error, || {
        let out = required(out, "out_value")?;
        let decision: &'d Decision = required_decision(decision)?;
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { variable_key.to_str("variable_key") }?;
        out.write(read(decision.variable(key, Some(kind))?)?);
        Ok(())
    })
}

/// All variables of the decided flag as a JSON object, each in its own type: the variation's values if it enables the
/// flag, else the defaults. One that can't be read as its type is null, and a reason says so. "{}" for an error
/// decision, with OPT_DECIDE_EXCLUDE_VARIABLES, and for decisions of experiments; none (`data == NULL`) for NULL.
///
/// Ownership: borrowed from `decision`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_variables(decision: Option<&opt_decision>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(decided(decision).map(Decision::variables_json)))
}

/// A boolean variable of the decided flag.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: never.
/// Errors: UNKNOWN_VARIABLE (also where the decision has no variables), WRONG_TYPE, BAD_VALUE (its text can't be read),
/// INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_get_boolean(
    decision: Option<&opt_decision>,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    of_decision(decision, variable_key, out_value, error, VariableKind::Boolean, boolean)
}

/// An integer variable of the decided flag.
///
/// Threads: any. Blocks: never. Errors: as opt_decision_get_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_get_integer(
    decision: Option<&opt_decision>,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    of_decision(decision, variable_key, out_value, error, VariableKind::Integer, integer)
}

/// A double variable of the decided flag; always finite.
///
/// Threads: any. Blocks: never. Errors: as opt_decision_get_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_get_double(
    decision: Option<&opt_decision>,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<f64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    of_decision(decision, variable_key, out_value, error, VariableKind::Double, double)
}

/// A string variable of the decided flag.
///
/// Ownership: `*out_value` is borrowed from `decision`. Threads: any. Blocks: never.
/// Errors: as opt_decision_get_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_get_string(
    decision: Option<&opt_decision>,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<opt_str>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let read = |value| text(value).map(opt_str::borrow);
    of_decision(decision, variable_key, out_value, error, VariableKind::Text, read)
}

/// A JSON variable of the decided flag: its text, which is valid JSON.
///
/// Ownership: `*out_value` is borrowed from `decision`. Threads: any. Blocks: never.
/// Errors: as opt_decision_get_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_decision_get_json(
    decision: Option<&opt_decision>,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<opt_str>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let read = |value| text(value).map(opt_str::borrow);
    of_decision(decision, variable_key, out_value, error, VariableKind::Json, read)
}

/// The arguments of a call for one variable.
struct Asked<'a> {
    client: Option<&'a opt_client>,
    user: Option<&'a opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
}

impl Asked<'_> {
    fn value(&self, kind: Option<VariableKind>) -> Result<FeatureVariable> {
        let (client, user) = (required(self.client, "client")?, required(self.user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let flag = unsafe { self.flag_key.to_str("flag_key") }?;
        // SAFETY: as above.
        let variable = unsafe { self.variable_key.to_str("variable_key") }?;
        client.0.get_feature_variable(&user.0, flag, variable, kind)
    }

    fn plain<T>(
        &self,
        out: Option<&mut MaybeUninit<T>>,
        error: Out<'_, opt_error>,
        kind: VariableKind,
        read: fn(VariableValue<'_>) -> Result<T>,
    ) -> Status {
        guard(error, || {
            let out = required(out, "out_value")?;
            out.write(read(self.value(Some(kind))?.value()?)?);
            Ok(())
        })
    }

    fn text(&self, out: Out<'_, opt_text>, error: Out<'_, opt_error>, kind: VariableKind) -> Status {
        guard(error, || {
            let out = out_handle(out, "out_text")?;
            let found = self.value(Some(kind))?;
            *out = Some(Box::new(opt_text(text(found.value()?)?.to_owned())));
            Ok(())
        })
    }
}

/// A boolean variable of a flag for the user: the value of the variation that the user gets if that enables the flag,
/// else the default. Decides the flag as opt_is_feature_enabled does, but records nothing; a prediction that can't be had
/// counts as no variation.
/// Rule: the official SDKs' GetFeatureVariableBoolean.
///
/// Ownership: the arguments are borrowed for the call. Threads: any. Blocks: as opt_decide.
/// Errors: UNKNOWN_FLAG, UNKNOWN_VARIABLE, WRONG_TYPE, BAD_VALUE (its text can't be read), NOT_READY, INVALID_ARGUMENT,
/// INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable_boolean(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let asked = Asked { client, user, flag_key, variable_key };
    asked.plain(out_value, error, VariableKind::Boolean, boolean)
}

/// An integer variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
///
/// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable_integer(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let asked = Asked { client, user, flag_key, variable_key };
    asked.plain(out_value, error, VariableKind::Integer, integer)
}

/// A double variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
///
/// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable_double(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_value: Option<&mut MaybeUninit<f64>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    let asked = Asked { client, user, flag_key, variable_key };
    asked.plain(out_value, error, VariableKind::Double, double)
}

/// A string variable of a flag for the user, by the rules of opt_get_feature_variable_boolean.
///
/// Ownership: the caller frees `*out_text` with opt_text_free; it is NULL on failure.
/// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable_string(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_text: Option<&mut MaybeUninit<Option<Box<opt_text>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    Asked { client, user, flag_key, variable_key }.text(out_text, error, VariableKind::Text)
}

/// A JSON variable of a flag for the user: its text, which is valid JSON. By the rules of
/// opt_get_feature_variable_boolean.
///
/// Ownership: the caller frees `*out_text` with opt_text_free; it is NULL on failure.
/// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable_json(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_text: Option<&mut MaybeUninit<Option<Box<opt_text>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    Asked { client, user, flag_key, variable_key }.text(out_text, error, VariableKind::Json)
}

/// A variable of a flag for the user in its own type: `*out_type`, if not NULL, gets one of OPT_VARIABLE_…, `*out_json`
/// the value as JSON (`true`, `7`, `"text"`, …). By the rules of opt_get_feature_variable_boolean.
///
/// Ownership: the caller frees `*out_json` with opt_text_free; it is NULL on failure.
/// Threads: any. Blocks: as opt_decide. Errors: as opt_get_feature_variable_boolean. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_feature_variable(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    variable_key: opt_str,
    out_type: Option<&mut MaybeUninit<u32>>,
    out_json: Option<&mut MaybeUninit<Option<Box<opt_text>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_json, "out_json")?;
        let found = Asked { client, user, flag_key, variable_key }.value(None)?;
        if let Some(place) = out_type {
            place.write(packed::number_of(found.kind));
        }
        *out = Some(Box::new(opt_text(found.to_json())));
        Ok(())
    })
}

/// All variables of a flag for the user as a JSON object, each in its own type. On PARTIAL `*out_json` is there too:
/// variables that can't be read as their type are null in it, and the message names them.
/// Rule: the official SDKs' GetAllFeatureVariables; records nothing.
///
/// Ownership: the caller frees `*out_json` with opt_text_free; it is NULL on failure. Threads: any. Blocks: as
/// opt_decide. Errors: UNKNOWN_FLAG, PARTIAL, NOT_READY, INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_get_all_feature_variables(
    client: Option<&opt_client>,
    user: Option<&opt_user>,
    flag_key: opt_str,
    out_json: Option<&mut MaybeUninit<Option<Box<opt_text>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_json, "out_json")?;
        let (client, user) = (required(client, "client")?, required(user, "user")?);
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { flag_key.to_str("flag_key") }?;
        let (json, result) = client.0.get_all_feature_variables(&user.0, key)?;
        *out = Some(Box::new(opt_text(json)));
        result
    })
}
