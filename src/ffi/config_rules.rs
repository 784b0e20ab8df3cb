//! Header section: experiments, flags, variations and variables of an OptimizelyConfig.

use std::mem::MaybeUninit;

use super::config::{opt_config, past_the_end};
use super::error::opt_error;
use super::guard::{guard, guard_or, required};
use super::stats::fill;
use super::text::opt_str;
use crate::client::{OptimizelyExperiment, OptimizelyFeature, OptimizelyVariable, OptimizelyVariation};
use crate::error::{Result, Status};

// The handles below are the client's own objects under C's names, so that nothing is built to hand them out. They are
// transparent for the casts in `of`; behind `cfg_attr` for cbindgen, which would write the inner type into the
// header where C is to see none.

/// An experiment or a delivery rule of an OptimizelyConfig. Read it with opt_config_experiment_read.
///
/// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
/// Threads: immutable; any. Since 0.1.
#[cfg_attr(all(), repr(transparent))]
pub struct opt_config_experiment(OptimizelyExperiment);

/// A flag of an OptimizelyConfig. Read it with opt_config_feature_read.
///
/// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
/// Threads: immutable; any. Since 0.1.
#[cfg_attr(all(), repr(transparent))]
pub struct opt_config_feature(OptimizelyFeature);

/// A variation of an experiment or a delivery rule. Read it with opt_config_variation_read.
///
/// Ownership: borrowed from the opt_config it comes from; there is nothing to free.
/// Threads: immutable; any. Since 0.1.
#[cfg_attr(all(), repr(transparent))]
pub struct opt_config_variation(OptimizelyVariation);

/// A variable with the value it has in a variation, or by default in a flag. The texts are borrowed from the
/// OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_variable {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
    /// "boolean", "integer", "double", "string", "json", or what else the datafile says.
    pub r#type: opt_str,
    /// The value as text.
    pub value: opt_str,
}

/// The parts of an experiment or a delivery rule. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_experiment_view {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
    /// Its audience conditions with names for ids, as in `"us" OR "female"`; empty if it has none.
    pub audiences: opt_str,
    /// Variations, see opt_config_experiment_variation_at.
    pub variation_count: usize,
}

/// The parts of a flag. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_feature_view {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
    /// Experiments, see opt_config_feature_experiment_rule_at.
    pub experiment_rule_count: usize,
    /// Delivery rules, see opt_config_feature_delivery_rule_at.
    pub delivery_rule_count: usize,
    /// Variables, see opt_config_feature_variable_at.
    pub variable_count: usize,
}

/// The parts of a variation. The texts are borrowed from the OptimizelyConfig.
///
/// Threads: a plain value. Since 0.1; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct opt_config_variation_view {
    /// Its id.
    pub id: opt_str,
    /// Its key.
    pub key: opt_str,
    /// 1 if the variation enables the flag, 0 if not, 2 if the datafile says neither.
    pub feature_enabled: u32,
    /// 0; for later use.
    pub reserved: u32,
    /// Variables, see opt_config_variation_variable_at.
    pub variable_count: usize,
}

impl opt_config_experiment {
    fn of(experiment: &OptimizelyExperiment) -> &Self {
        // SAFETY: the type is transparent over what the reference points to, and lives as long.
        unsafe { &*std::ptr::from_ref(experiment).cast() }
    }
}

impl opt_config_feature {
    fn of(feature: &OptimizelyFeature) -> &Self {
        // SAFETY: as above.
        unsafe { &*std::ptr::from_ref(feature).cast() }
    }
}

impl opt_config_variation {
    fn of(variation: &OptimizelyVariation) -> &Self {
        // SAFETY: as above.
        unsafe { &*std::ptr::from_ref(variation).cast() }
    }
}

impl From<OptimizelyVariable<'_>> for opt_config_variable {
    fn from(variable: OptimizelyVariable<'_>) -> Self {
        Self {
            id: opt_str::borrow(variable.id),
            key: opt_str::borrow(variable.key),
            r#type: opt_str::borrow(variable.kind),
            value: opt_str::borrow(variable.value),
        }
    }
}

/// The experiment at `index`, in the datafile's order, those of groups after the others; of several with one key only
/// the last is there, and opt_config_feature_experiment_rule_at has all. NULL for an index past the end or for NULL.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_experiment_at(
    config: Option<&opt_config>,
    index: usize,
) -> Option<&opt_config_experiment> {
    guard_or(None, || {
        let experiment = config?.config.experiments.entries().get(index)?;
        Some(opt_config_experiment::of(experiment))
    })
}

/// The experiment with this key; NULL if there is none, and for NULL. Delivery rules are not found.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_experiment_find(
    config: Option<&opt_config>,
    key: opt_str,
) -> Option<&opt_config_experiment> {
    guard_or(None, || {
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { key.to_str("key") }.ok()?;
        config?.config.experiments.get(key).map(|experiment| opt_config_experiment::of(experiment))
    })
}

/// The flag at `index`, in the datafile's order; of several with one key the last. NULL for an index past the end or
/// for NULL.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_at(
    config: Option<&opt_config>,
    index: usize,
) -> Option<&opt_config_feature> {
    guard_or(None, || config?.config.features.entries().get(index).map(opt_config_feature::of))
}

/// The flag with this key; NULL if there is none, and for NULL.
///
/// Ownership: borrowed from `config`. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_find(
    config: Option<&opt_config>,
    key: opt_str,
) -> Option<&opt_config_feature> {
    guard_or(None, || {
        // SAFETY: the header makes the caller promise readable text.
        let key = unsafe { key.to_str("key") }.ok()?;
        config?.config.features.get(key).map(opt_config_feature::of)
    })
}

/// Fills `*out_view` with the parts of `feature`. `size` is sizeof(opt_config_feature_view), which counts as in
/// opt_config_read.
///
/// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_read(
    feature: Option<&opt_config_feature>,
    out_view: *mut opt_config_feature_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let feature = &required(feature, "feature")?.0;
        let view = opt_config_feature_view {
            id: opt_str::borrow(&feature.id),
            key: opt_str::borrow(&feature.key),
            experiment_rule_count: feature.experiment_rules.len(),
            delivery_rule_count: feature.delivery_rules.len(),
            variable_count: feature.variable_count(),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// The experiment at `index` of a flag, in the flag's order; NULL for an index past the end or for NULL.
///
/// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_experiment_rule_at(
    feature: Option<&opt_config_feature>,
    index: usize,
) -> Option<&opt_config_experiment> {
    guard_or(None, || feature?.0.experiment_rules.get(index).map(|rule| opt_config_experiment::of(rule)))
}

/// The delivery rule at `index` of a flag, in order, the last one for everyone else; NULL for an index past the end or
/// for NULL.
///
/// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_delivery_rule_at(
    feature: Option<&opt_config_feature>,
    index: usize,
) -> Option<&opt_config_experiment> {
    guard_or(None, || feature?.0.delivery_rules.get(index).map(opt_config_experiment::of))
}

/// Fills `*out_variable` with the variable at `index` of a flag and its default. `size` is sizeof(opt_config_variable),
/// which counts as in opt_config_read.
///
/// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
/// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_feature_variable_at(
    feature: Option<&opt_config_feature>,
    index: usize,
    out_variable: *mut opt_config_variable,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let feature = &required(feature, "feature")?.0;
        let view = variable(feature.variable_at(index), index, feature.variable_count())?;
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_variable`.
        unsafe { fill(out_variable, &view, size, "out_variable") }
    })
}

/// Fills `*out_view` with the parts of `experiment`. `size` is sizeof(opt_config_experiment_view), which counts as in
/// opt_config_read.
///
/// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_experiment_read(
    experiment: Option<&opt_config_experiment>,
    out_view: *mut opt_config_experiment_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let experiment = &required(experiment, "experiment")?.0;
        let view = opt_config_experiment_view {
            id: opt_str::borrow(&experiment.id),
            key: opt_str::borrow(&experiment.key),
            audiences: opt_str::borrow(&experiment.audiences),
            variation_count: experiment.variations.entries().len(),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// The variation at `index` of an experiment or a delivery rule, in the datafile's order; of several with one key the
/// last. NULL for an index past the end or for NULL.
///
/// Ownership: borrowed from the OptimizelyConfig. Threads: any. Blocks: never. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_experiment_variation_at(
    experiment: Option<&opt_config_experiment>,
    index: usize,
) -> Option<&opt_config_variation> {
    guard_or(None, || experiment?.0.variations.entries().get(index).map(opt_config_variation::of))
}

/// Fills `*out_view` with the parts of `variation`. `size` is sizeof(opt_config_variation_view), which counts as in
/// opt_config_read.
///
/// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
/// Errors: INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_variation_read(
    variation: Option<&opt_config_variation>,
    out_view: *mut opt_config_variation_view,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let variation = &required(variation, "variation")?.0;
        let view = opt_config_variation_view {
            id: opt_str::borrow(&variation.id),
            key: opt_str::borrow(&variation.key),
            feature_enabled: variation.feature_enabled.map_or(2, u32::from),
            reserved: 0,
            variable_count: variation.variable_count(),
        };
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_view`.
        unsafe { fill(out_view, &view, size, "out_view") }
    })
}

/// Fills `*out_variable` with the variable at `index` of a variation and the value it has there. `size` is
/// sizeof(opt_config_variable), which counts as in opt_config_read.
///
/// Ownership: the texts are borrowed from the OptimizelyConfig. Threads: any. Blocks: never.
/// Errors: NOT_FOUND (an index past the end), INVALID_ARGUMENT (as opt_config_read). Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_config_variation_variable_at(
    variation: Option<&opt_config_variation>,
    index: usize,
    out_variable: *mut opt_config_variable,
    size: usize,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    guard(error, || {
        let variation = &required(variation, "variation")?.0;
        let view = variable(variation.variable_at(index), index, variation.variable_count())?;
        // SAFETY: the header makes the caller promise `size` writable bytes at `out_variable`.
        unsafe { fill(out_variable, &view, size, "out_variable") }
    })
}

fn variable(
    found: Option<OptimizelyVariable<'_>>,
    index: usize,
    count: usize,
) -> Result<opt_config_variable> {
    found.map(Into::into).ok_or_else(|| past_the_end(index, count))
}
