//! The rows: whose answer is not followed, where, and what in the question shows that the row speaks of it.

use super::Row;
use super::conditions;
use super::decisions;
use super::events;
use super::java;
use super::values;
use crate::compare::Sdk::{Go, Java, JavaScript, Python};

/// A row by which the answers of these SDKs are not followed, but that of another is.
const fn row(
    cites: &'static str,
    what: &'static str,
    sdks: &'static [crate::compare::Sdk],
    applies: super::Predicate,
) -> Row {
    Row { cites, what, sdks, own: false, applies }
}

/// A row by which no SDK's answer is followed.
const fn own(
    cites: &'static str,
    what: &'static str,
    sdks: &'static [crate::compare::Sdk],
    applies: super::Predicate,
) -> Row {
    Row { cites, what, sdks, own: true, applies }
}

/// Every known disagreement. The first that applies counts.
pub const ROWS: &[Row] = &[
    row("S-02", "datafile of version 2 or 3", &[Go], decisions::old_version),
    row("S-04", "top-level variables that are no texts", &[Go], decisions::top_level_variables),
    row("1.1", "endOfRange with a zero fraction", &[Go], decisions::fractional_range),
    row("2.4", "condition value that is a list", &[Python], decisions::listed_value),
    row("S-03", "$opt_bot_filtering without botFiltering", &[Go], events::bot_filtering_absent),
    row("S-50", "region in the batch", &[Go], events::region),
    row("7.4", "ids of an impression before FSSDK-12813", &[Go], events::ids_before_normalisation),
    row("S-28", "ids of an impression without rule", &[JavaScript], events::ids_without_rule),
    own("S-26", "user's own $opt_bot_filtering", &[Python, JavaScript, Go], events::own_bot_filtering),
    own("S-05", "two attributes of one key", &[Python, JavaScript, Go], events::attribute_twice),
    row(
        "2.6",
        "attribute that is an integer beyond 2^53, rounded",
        &[JavaScript, Go],
        events::rounded_attribute,
    ),
    own("S-19", "key twice in decide_for_keys", &[Python, JavaScript, Go], events::key_twice),
    row("S-17", "impression of is_feature_enabled in a holdout", &[Python], events::holdout_of_legacy_call),
    row("S-24", "null tags", &[Python, Go], events::null_tag),
    row("6.3", "tags given but empty", &[Python, JavaScript], events::empty_tags),
    own("6.3", "tags that are NaN or infinite", &[Python, JavaScript, Go], events::special_tag),
    row("6.3", "tag that is an integer beyond 2^53, rounded", &[JavaScript], events::rounded_tag),
    row("S-25", "revenue of another kind", &[Python, JavaScript], events::revenue),
    row("S-25", "value of another kind", &[Python, JavaScript, Go], events::value),
    row("S-07", "experiment that is not running", &[Go], decisions::not_running),
    row("1.11", "local holdouts, which version 2.3.1 lacks", &[Go], decisions::local_holdout),
    row("1.10.1", "feature rollouts, which version 2.3.1 lacks", &[Go], decisions::feature_rollout),
    row("S-57", "error decision under ENABLED_FLAGS_ONLY", &[Go], decisions::error_among_enabled),
    row("13.3", "unknown flag is decided without any reason", &[Python], decisions::unknown_flag_unreported),
    row(
        "S-52",
        "forced decision of an experiment rule, key of several",
        &[Python, Go],
        decisions::forced_key_of_several,
    ),
    row("5.1", "all variables of an unknown flag", &[Go], decisions::variables_of_unknown_flag),
    row(
        "S-63",
        "forced decision of a flag: variations before the injection",
        &[JavaScript],
        decisions::forced_before_injection,
    ),
    row("S-64", "feature rollout in several flags", &[Python, JavaScript], decisions::shared_feature_rollout),
    row("4.5.1", "forced variation cleared that was not set", &[JavaScript], decisions::cleared_unset),
    row("4.5.1", "overrides that nothing checks", &[Go], decisions::unchecked_override),
    row("4.9", "bandit outside decide", &[JavaScript], decisions::bandit_of_legacy_call),
    row(
        "S-65",
        "forced decision, key of several variations: numbers first",
        &[JavaScript],
        decisions::forced_key_of_flag,
    ),
    row("4.9", "impression of a bandit whose prediction fails", &[Python], decisions::impression_of_failed),
    row("S-54", "stored variation of a bandit", &[Go], decisions::bandit_stored),
    row("S-44", "prediction of a variation that is not there", &[Go], decisions::prediction_unknown),
    row(
        "4.9",
        "attributes of a prediction by key, before FSSDK-12750",
        &[Go],
        decisions::prediction_attributes,
    ),
    own(
        "4.9",
        "prediction: attribute that no event takes",
        &[Python, JavaScript, Go],
        decisions::prediction_beyond,
    ),
    own(
        "S-41",
        "profile saved per flag by get_enabled_features",
        &[Python, JavaScript, Go],
        decisions::saved_per_flag,
    ),
    row(
        "S-62",
        "activate's impression without the bandit's uuid",
        &[Python],
        decisions::activate_without_uuid,
    ),
    row(
        "S-41",
        "profile saved per experiment by other calls than decide",
        &[Go],
        decisions::saved_per_experiment,
    ),
    row("S-59", "stored profile of the empty user id", &[Go], decisions::empty_user_stored),
    row("S-12", "match that is the empty text", &[Go], conditions::empty_match),
    row("2.4", "match null", &[JavaScript], conditions::null_match),
    row("2.4", "condition type and match that JavaScript ties", &[JavaScript], conditions::tied_type),
    row("2.4", "qualified with a value that is no text", &[JavaScript], conditions::qualified_value),
    row("S-13", "number beyond 2^53, NaN or infinite in a condition", &[Go], conditions::beyond),
    row("2.6", "integer beyond 2^53 in a condition, rounded", &[JavaScript, Go], conditions::rounded),
    row("S-14", "semantic versions: target is a pre-release or a build", &[Go], conditions::short_version),
    row(
        "S-55",
        "semantic versions: number against text",
        &[Python, JavaScript],
        conditions::version_number_against_text,
    ),
    row(
        "2.5",
        "semantic versions: white space, empty suffix, long numbers",
        &[Python, JavaScript, Go],
        conditions::odd_version,
    ),
    row("S-10", "list whose first element is a list or a condition", &[JavaScript], conditions::list_first),
    row("S-09", "list without operator", &[Go], conditions::no_operator),
    row("2.3", "operator without operand", &[Python, JavaScript, Go], conditions::no_operand),
    row("S-56", "operator at the head of audienceIds", &[Go], conditions::operator_in_ids),
    row("S-11", "and with an unknown operand", &[Go], conditions::and_unknown),
    row("13.3", "JSON variable that does not parse", &[Go], values::unparsable_json),
    row("S-45", "JSON variable that is no object", &[Go], values::json_no_object),
    row("S-46", "texts of boolean variables", &[Python, Go], values::boolean),
    row("S-21", "texts of double variables", &[Python, JavaScript, Go], values::double),
    row("5.5", "texts of integer variables", &[Python, JavaScript, Go], values::integer),
    own(
        "S-20",
        "variable that can't be typed is reported",
        &[Python, JavaScript, Go],
        values::untypable_reported,
    ),
    row("S-20", "variable that can't be typed", &[Python, JavaScript, Go], values::untypable),
    row("S-61", "variables of an enabled holdout variation", &[Python], values::enabled_holdout),
    row("7.3", "members of events that only Java sends", &[Java], java::own_members),
    row("7.4", "ids of an impression before FSSDK-12813", &[Java], java::ids_before_normalisation),
    row("1.1", "audienceConditions that are null", &[Java], java::null_conditions),
    row("S-53", "switches that are null", &[Java], java::null_switch),
    row("1.11", "holdouts, which version 4.2.2 lacks", &[Java], java::holdout),
    row("4.9", "bandits, which version 4.2.2 lacks", &[Java], java::bandit),
    row("1.10.1", "feature rollouts, which version 4.2.2 lacks", &[Java], decisions::feature_rollout),
    row("S-02", "flags of a datafile of version 2 or 3", &[Java], java::flags_of_old_version),
    row("2.5", "semantic versions: white space, long numbers", &[Java], conditions::odd_version),
    row("S-07", "experiment of status Launched", &[Java], java::launched),
    row("S-12", "missing match", &[Java], java::legacy_match),
    row("S-13", "number beyond 2^53, NaN or infinite in a condition", &[Java], java::beyond),
    row("S-14", "semantic versions with a suffix", &[Java], java::version_suffix),
    row(
        "S-52",
        "forced decision of an experiment rule, key of several",
        &[Java],
        decisions::forced_key_of_several,
    ),
    row("4.5.1", "forced variation cleared that was not set", &[Java], decisions::cleared_unset),
    row("S-24", "null tags", &[Java], events::null_tag),
    row("S-25", "revenue of another kind", &[Java], events::revenue),
    row("S-25", "value of another kind", &[Java], events::value),
    row("6.3", "tags that are empty or not given", &[Java], java::no_tags),
    own("6.3", "tags that are NaN or infinite", &[Java], events::special_tag),
    row("2.4", "qualified with a value that is no text", &[Java], java::qualified_value),
    row("S-45", "JSON variable that is no object", &[Java], values::json_no_object),
    row("S-46", "texts of boolean variables", &[Java], values::boolean),
    row("S-21", "texts of double variables", &[Java], values::double),
    row("5.5", "texts of integer variables", &[Java], values::integer),
    row("5.5", "integer variables of more than 32 bits", &[Java], values::long_integer),
    row("2.6", "attribute that is an integer beyond 2^53, rounded", &[Java], events::rounded_attribute),
    row("S-20", "variable that can't be typed", &[Java], values::untypable),
    own("S-19", "key twice in decide_for_keys", &[Java], events::key_twice),
    own("S-26", "user's own $opt_bot_filtering", &[Java], events::own_bot_filtering),
    row("S-52", "forced decision, key of several variations", &[Java], decisions::forced_key_of_flag),
    own("S-05", "two attributes of one key", &[Java], events::attribute_twice),
    own("S-41", "profile saved per flag by get_enabled_features", &[Java], decisions::saved_per_flag),
];
