//! Safe calls of the library: what goes in is borrowed, what comes out is copied, every handle frees itself.

#![allow(unsafe_code)] // every call crosses into the library; the pointers come from references that outlive it

use std::ffi::OsStr;
use std::ptr::{self, NonNull};

use crate::abi::{self, DecisionView, Functions, Str};
use crate::value::{Named, pairs};

/// The library under test.
#[derive(Clone, Copy)]
pub struct Library {
    functions: &'static Functions,
}

/// A call that failed: its status, and what the library says about it.
#[derive(Debug)]
pub struct Refusal {
    pub status: i32,
    pub message: String,
}

/// What a client is made with.
pub struct Settings<'a> {
    pub datafile: &'a str,
    /// None: the Events API itself.
    pub endpoint: Option<&'a str>,
    pub batch_size: u32,
    pub flush_interval_ms: u32,
}

impl Library {
    /// Loads the library at `path`.
    pub fn load(path: &OsStr) -> Result<Self, String> {
        abi::load(path).map(|functions| Self { functions }).map_err(|error| error.to_string())
    }

    /// The version that the library says it has.
    pub fn version(self) -> String {
        // SAFETY: the text is static.
        unsafe { abi::copied((self.functions.version)()) }.unwrap_or_default()
    }

    /// Makes a client.
    pub fn client(&self, settings: &Settings) -> Result<Client, Refusal> {
        let f = self.functions;
        // SAFETY: no arguments.
        let options = unsafe { (f.options_new)() };
        let set = || {
            self.check(|error| unsafe { (f.options_set_log_level)(options, abi::LOG_OFF, error) })?;
            let datafile = Str::of(settings.datafile);
            self.check(|error| unsafe { (f.options_set_datafile)(options, datafile, error) })?;
            self.check(|error| unsafe { (f.options_set_batch_size)(options, settings.batch_size, error) })?;
            let interval_ms = settings.flush_interval_ms;
            self.check(|error| unsafe { (f.options_set_flush_interval_ms)(options, interval_ms, error) })?;
            let Some(url) = settings.endpoint.map(Str::of) else { return Ok(()) };
            self.check(|error| unsafe { (f.options_set_event_endpoint)(options, url, error) })
        };
        if let Err(refusal) = set() {
            // SAFETY: no client was made with these options.
            unsafe { (f.options_free)(options) };
            return Err(refusal);
        }
        let mut client = ptr::null_mut();
        self.check(|error| unsafe { (f.client_new)(options, &raw mut client, error) })?;
        let handle = made(client)?;
        Ok(Client { library: *self, handle })
    }

    /// Makes a user. Segments, where given, are those that the user qualifies for.
    pub fn user(&self, id: &str, attributes: &[Named], segments: Option<&[&str]>) -> Result<User, Refusal> {
        let f = self.functions;
        let pairs = pairs(attributes);
        let mut user = ptr::null_mut();
        self.check(|error| unsafe {
            (f.user_new)(Str::of(id), pairs.as_ptr(), pairs.len(), &raw mut user, error)
        })?;
        let user = User { library: *self, handle: made(user)? };
        if let Some(segments) = segments {
            let texts: Vec<Str> = segments.iter().copied().map(Str::of).collect();
            self.check(|error| unsafe {
                (f.user_set_qualified_segments)(user.handle.as_ptr(), texts.as_ptr(), texts.len(), error)
            })?;
        }
        Ok(user)
    }

    /// Makes a call that returns a status, and turns its error into a refusal.
    fn check(&self, call: impl FnOnce(*mut *mut abi::Error) -> i32) -> Result<(), Refusal> {
        let mut error = ptr::null_mut();
        let status = call(&raw mut error);
        if status == abi::OK {
            return Ok(());
        }
        let f = self.functions;
        // SAFETY: the error is the library's or NULL, and is not used after it is freed; names are static.
        let (name, message, said) = unsafe {
            let parts = (
                abi::copied_c_str((f.status_name)(status)),
                abi::copied((f.error_message)(error)),
                (f.error_status)(error),
            );
            (f.error_free)(error);
            parts
        };
        let message = match message {
            Some(message) if said == status => format!("{name}: {message}"),
            _ => format!("{name}, with an error that does not say so"),
        };
        Err(Refusal { status, message })
    }

    fn decision_with(
        &self,
        call: impl FnOnce(*mut *mut abi::Decision, *mut *mut abi::Error) -> i32,
    ) -> Decided {
        let f = self.functions;
        let mut handle = ptr::null_mut();
        let called = self.check(|error| call(&raw mut handle, error));
        let none = || Str { data: ptr::null(), len: 0 };
        let mut view = DecisionView {
            flag_key: none(),
            rule_key: none(),
            variation_key: none(),
            enabled: 0,
            event_status: 0,
        };
        let read = called.and_then(|()| {
            self.check(|error| unsafe {
                (f.decision_read)(handle, &raw mut view, size_of::<DecisionView>(), error)
            })
        });
        // SAFETY: the texts are borrowed from the decision, which is freed after they are copied.
        let variation = unsafe { abi::copied(view.variation_key) };
        unsafe { (f.decision_free)(handle) };
        read.map(|()| variation)
    }
}

/// The handle that a call made.
fn made<T>(handle: *mut T) -> Result<NonNull<T>, Refusal> {
    let missing = || Refusal { status: abi::OK, message: "a call succeeded and made no handle".to_owned() };
    NonNull::new(handle).ok_or_else(missing)
}

/// The key of the variation decided, none for no variation; or why there is no decision.
pub type Decided = Result<Option<String>, Refusal>;

/// A user of the library.
pub struct User {
    library: Library,
    handle: NonNull<abi::User>,
}

impl Drop for User {
    fn drop(&mut self) {
        // SAFETY: the handle is this value's own.
        unsafe { (self.library.functions.user_free)(self.handle.as_ptr()) }
    }
}

/// A client of the library. Dropped without a close, it loses what waits.
pub struct Client {
    library: Library,
    handle: NonNull<abi::Client>,
}

impl Client {
    /// `opt_activate`.
    pub fn activate(&self, user: &User, experiment: &str) -> Decided {
        let (f, key) = (self.library.functions, Str::of(experiment));
        self.library
            .decision_with(|out, error| unsafe { (f.activate)(self.raw(), user.raw(), key, out, error) })
    }

    /// `opt_get_variation`.
    pub fn get_variation(&self, user: &User, experiment: &str) -> Decided {
        let (f, key) = (self.library.functions, Str::of(experiment));
        self.library
            .decision_with(|out, error| unsafe { (f.get_variation)(self.raw(), user.raw(), key, out, error) })
    }

    /// `opt_decide`, with a sum of its options.
    pub fn decide(&self, user: &User, flag: &str, options: u32) -> Decided {
        let (f, key) = (self.library.functions, Str::of(flag));
        self.library.decision_with(|out, error| unsafe {
            (f.decide)(self.raw(), user.raw(), key, options, out, error)
        })
    }

    /// `opt_is_feature_enabled`.
    pub fn is_feature_enabled(&self, user: &User, flag: &str) -> Result<bool, Refusal> {
        let (f, key) = (self.library.functions, Str::of(flag));
        let mut enabled = false;
        self.library.check(|error| unsafe {
            (f.is_feature_enabled)(self.raw(), user.raw(), key, &raw mut enabled, ptr::null_mut(), error)
        })?;
        Ok(enabled)
    }

    /// `opt_get_enabled_features`.
    pub fn get_enabled_features(&self, user: &User) -> Result<Vec<String>, Refusal> {
        let f = self.library.functions;
        let mut keys = ptr::null_mut();
        self.library.check(|error| unsafe {
            (f.get_enabled_features)(self.raw(), user.raw(), &raw mut keys, ptr::null_mut(), error)
        })?;
        // SAFETY: the keys are borrowed from the list, which is freed after they are copied.
        unsafe {
            let copied = (0..(f.keys_count)(keys)).filter_map(|index| abi::copied((f.keys_at)(keys, index)));
            let copied = copied.collect();
            (f.keys_free)(keys);
            Ok(copied)
        }
    }

    /// `opt_track`.
    pub fn track(&self, user: &User, event: &str, tags: &[Named]) -> Result<(), Refusal> {
        let (f, key, pairs) = (self.library.functions, Str::of(event), pairs(tags));
        self.library.check(|error| unsafe {
            (f.track)(self.raw(), user.raw(), key, pairs.as_ptr(), pairs.len(), error)
        })
    }

    /// `opt_client_set_forced_variation`, or `opt_client_remove_forced_variation` for no variation.
    pub fn force_variation(
        &self,
        experiment: &str,
        user: &str,
        variation: Option<&str>,
    ) -> Result<(), Refusal> {
        let (f, experiment, user) = (self.library.functions, Str::of(experiment), Str::of(user));
        match variation.map(Str::of) {
            Some(key) => self.library.check(|error| unsafe {
                (f.client_set_forced_variation)(self.raw(), experiment, user, key, error)
            }),
            None => self.library.check(|error| unsafe {
                (f.client_remove_forced_variation)(self.raw(), experiment, user, error)
            }),
        }
    }

    /// `opt_client_get_forced_variation`.
    pub fn forced_variation(&self, experiment: &str, user: &str) -> Decided {
        let (f, experiment, user) = (self.library.functions, Str::of(experiment), Str::of(user));
        self.library.decision_with(|out, error| unsafe {
            (f.client_get_forced_variation)(self.raw(), experiment, user, out, error)
        })
    }

    /// `opt_client_flush`.
    pub fn flush(&self, timeout_ms: u32) -> Result<(), Refusal> {
        let f = self.library.functions;
        self.library
            .check(|error| unsafe { (f.client_flush)(self.raw(), timeout_ms, ptr::null_mut(), error) })
    }

    /// `opt_client_close`.
    pub fn close(&self, timeout_ms: u32) -> Result<(), Refusal> {
        let f = self.library.functions;
        self.library
            .check(|error| unsafe { (f.client_close)(self.raw(), timeout_ms, ptr::null_mut(), error) })
    }

    fn raw(&self) -> *const abi::Client {
        self.handle.as_ptr()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the handle is this value's own.
        unsafe { (self.library.functions.client_free)(self.handle.as_ptr()) }
    }
}

impl User {
    fn raw(&self) -> *const abi::User {
        self.handle.as_ptr()
    }
}
