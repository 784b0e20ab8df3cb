//! Decide options: bits of one number. Rule: SPEC, section 4.11.

use crate::error::{Error, Result};

/// Record no impression.
pub const DISABLE_DECISION_EVENT: u32 = 1;
/// Of several flags, leave out those that are not enabled.
pub const ENABLED_FLAGS_ONLY: u32 = 1 << 1;
/// Neither look a profile up nor save one.
pub const IGNORE_USER_PROFILE_SERVICE: u32 = 1 << 2;
/// Report what was noted on the way, and explain.
pub const INCLUDE_REASONS: u32 = 1 << 3;
/// Give no variables.
pub const EXCLUDE_VARIABLES: u32 = 1 << 4;
/// Ask for predictions anew, and leave the cache alone.
pub const IGNORE_CMAB_CACHE: u32 = 1 << 5;
/// Empty the cache of predictions first.
pub const RESET_CMAB_CACHE: u32 = 1 << 6;
/// Forget this user's predictions first.
pub const INVALIDATE_USER_CMAB_CACHE: u32 = 1 << 7;
/// Pass over rules whose prediction is not there yet.
pub const NO_WAIT: u32 = 1 << 8;

const ALL: u32 = (1 << 9) - 1;

/// The options of a decision, checked. Any set of them is legal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DecideOptions(u32);

impl DecideOptions {
    pub(super) fn new(bits: u32, argument: &'static str) -> Result<Self> {
        match bits & !ALL {
            0 => Ok(Self(bits)),
            unknown => Err(Error::argument(argument, &format!("has bits that are not known: {unknown:#x}"))),
        }
    }

    /// A default can't be switched off by a call.
    pub(super) const fn or(self, defaults: Self) -> Self {
        Self(self.0 | defaults.0)
    }

    pub(super) const fn has(self, option: u32) -> bool {
        self.0 & option != 0
    }
}
