//! Header section: OptimizelyConfig.

use std::mem::MaybeUninit;
use std::sync::{Arc, OnceLock};

use super::client::opt_client;
use super::error::opt_error;
use super::guard::{guard, guard_or, out_handle, required};
use super::stats::fill;
use super::text::opt_str;
use crate::client::OptimizelyConfig;
use crate::error::{Error, Result, Status};

/// What one datafile holds, as data: experiments, flags, their rules, variations and variables, attributes, audiences
/// and events. For tools that list or check what a project has; decisions do not need it.
/// Read it with opt_config_json or part by part; free it with opt_config_free. Everything under it is borrowed from it.
///
/// Threads: immutable; may be read and freed on any thread, also after its client is gone or has another datafile.
/// Since 0.1.
pub struct opt_config {
    pub(super) config: Arc<OptimizelyConfig>,
    /// Written when it is first asked for: it can be many times as long as the datafile.
    json: OnceLock<String>,
}

/// The head of an OptimizelyConfig, and how much it holds. The texts are borrowed from it.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_view {
    /// The SDK key that the datafile names; empty if it names none.
    pub sdk_key: opt_str,
    /// The key of the datafile's environment; empty if it has none.
    pub environment_key: opt_str,
    /// The datafile's revision.
    pub revision: opt_str,
    /// Experiments, see opt_config_experiment_at.
    pub experiment_count: usize,
    /// Flags, see opt_config_feature_at.
    pub feature_count: usize,
    /// Attributes, see opt_config_attribute_at.
    pub attribute_count: usize,
    /// Audiences, see opt_config_audience_at.
    pub audience_count: usize,
    /// Events, see opt_config_event_at.
    pub event_count: usize,
}

/// An attribute that the datafile defines. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_attribute {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
}

/// An audience that the datafile defines. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_audience {
    /// Its id.
    pub id: opt_str,
    /// Its name.
    pub name: opt_str,
    /// Its conditions as JSON; empty if it has none.
    pub conditions: opt_str,
}

/// An event that the datafile defines. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_event {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
    /// Experiments that use it, see opt_config_event_experiment_id_at.
    pub experiment_id_count: usize,
}

/// The OptimizelyConfig of the datafile in force. It stays as it is when the client gets another datafile.
///
/// Ownership: the caller frees `*out_config` with opt_config_free. It is NULL on failure. Threads: any.
/// Blocks: never on the network; the first call after a new datafile reads that on this thread, later ones share it.
/// Errors: NOT_READY, INVALID_ARGUMENT. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_client_get_optimizely_config(
    client: Option<&opt_client>,
    out_config: Option<&mut MaybeUninit<Option<Box<opt_config>>>>,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let out = out_handle(out_config, "out_config")?;
        let config = required(client, "client")?.0.optimizely_config()?;
        *out = Some(Box::new(opt_config { config, json: OnceLock::new() }));
        Ok(())
    })
}

/// The whole as one JSON object with the members environmentKey, sdkKey, revision, experimentsMap, featuresMap,
/// attributes, audiences and events, as all Optimizely SDKs name them; the datafile itself is not in it.
/// None (`data == NULL`) for NULL. It is several times as long as the datafile, for it repeats variables in each
/// variation and experiments under each flag; the first call writes it.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: only while another thread's first call writes the text.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_json(config: Option<&opt_config>) -> opt_str {
    guard_or(opt_str::NONE, || {
        opt_str::borrow_optional(
            config.map(|config| config.json.get_or_init(|| config.config.to_json()).as_str()),
        )
    })
}

/// The datafile that this is of, byte for byte; none (`data == NULL`) for NULL.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_datafile(config: Option<&opt_config>) -> opt_str {
    guard_or(opt_str::NONE, || opt_str::borrow_optional(config.map(|config| &*config.config.datafile)))
}

/// Fills `*out_view` with the head of `config`. `size` is sizeof(opt_config_view) as the caller knows it: a shorter
/// struct is filled as far as it goes, of a longer one the rest is zeroed.
///
/// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (NULL; a size of 0, over 4,096 or no multiple of 8). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_read(
    config: Option<&opt_config>,
    out_view: *mut opt_config_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let config = &*required(config, "config")?.config;
        let view = opt_config_view {
            sdk_key: opt_str::borrow(&config.sdk_key),
            environment_key: opt_str::borrow(&config.environment_key),
            revision: opt_str::borrow(&config.revision),
            experiment_count: config.experiments.entries().len(),
            feature_count: config.features.entries().len(),
            attribute_count: config.attributes.len(),
            audience_count: config.audiences.len(),
            event_count: config.events.len(),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// Fills `*out_attribute` with the attribute at `index`, in the datafile's order. `size` is
/// sizeof(opt_config_attribute), which counts as in opt_config_read.
///
/// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
/// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_attribute_at(
    config: Option<&opt_config>,
    index: usize,
    out_attribute: *mut opt_config_attribute,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let found = at(&required(config, "config")?.config.attributes, index)?;
        let view = opt_config_attribute { id: opt_str::borrow(&found.id), key: opt_str::borrow(&found.key) };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_attribute`.
        unsafe { fill(out_attribute, &view, size, "out_attribute") }
    })
}

/// Fills `*out_audience` with the audience at `index`: typed ones come first, each id is there once, and the
/// placeholder `$opt_dummy_audience` is not. `size` is sizeof(opt_config_audience), which counts as in opt_config_read.
///
/// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
/// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_audience_at(
    config: Option<&opt_config>,
    index: usize,
    out_audience: *mut opt_config_audience,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let found = at(&required(config, "config")?.config.audiences, index)?;
        let view = opt_config_audience {
            id: opt_str::borrow(&found.id),
            name: opt_str::borrow(&found.name),
            conditions: opt_str::borrow(&found.conditions),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_audience`.
        unsafe { fill(out_audience, &view, size, "out_audience") }
    })
}

/// Fills `*out_event` with the event at `index`, in the datafile's order. `size` is sizeof(opt_config_event), which
/// counts as in opt_config_read.
///
/// Ownership: the texts are borrowed from `config`. Threads: any. Blocks: never.
/// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_event_at(
    config: Option<&opt_config>,
    index: usize,
    out_event: *mut opt_config_event,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let found = at(&required(config, "config")?.config.events, index)?;
        let view = opt_config_event {
            id: opt_str::borrow(&found.id),
            key: opt_str::borrow(&found.key),
            experiment_id_count: found.experiment_ids.len(),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_event`.
        unsafe { fill(out_event, &view, size, "out_event") }
    })
}

/// The id at `index` of the experiments that use the event at `event_index`, as the datafile lists them; none
/// (`data == NULL`) for an index past the end or for NULL.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_event_experiment_id_at(
    config: Option<&opt_config>,
    event_index: usize,
    index: usize,
) -> opt_str {
    guard_or(opt_str::NONE, || {
        let event = config.and_then(|config| config.config.events.get(event_index));
        opt_str::borrow_optional(event.and_then(|event| event.experiment_ids.get(index)).map(|id| &**id))
    })
}

/// Frees an OptimizelyConfig; NULL is ignored.
///
/// Ownership: consumes `config` and what was borrowed from it. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_free(config: Option<Box<opt_config>>) {
    guard_or((), || drop(config));
}

/// The entry at an index, or an error that says how many there are.
fn at<T>(entries: &[T], index: usize) -> Result<&T> {
    entries.get(index).ok_or_else(|| past_the_end(index, entries.len()))
}

pub(super) fn past_the_end(index: usize, count: usize) -> Error {
    Error::new(Status::NotFound, format!("index: is {index}, and there are {count}")).at("index")
}
