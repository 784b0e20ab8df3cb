//! The reasons of SPEC 4.12, and the words by which ours are told apart.

/// A reason.
pub struct Step {
    /// What it says.
    pub name: &'static str,
    /// Words that are all in it.
    pub words: &'static [&'static str],
    /// The option that it tells of, where the reason has no words.
    pub option: &'static str,
}

const fn step(name: &'static str, words: &'static [&'static str]) -> Step {
    Step { name, words, option: "" }
}

const fn option(name: &'static str, option: &'static str) -> Step {
    Step { name, words: &[], option }
}

/// All of them but two: a client without a configuration is never asked here, and an audience without a tree is refused by
/// Python and JavaScript together with its datafile.
pub const STEPS: &[Step] = &[
    step("flag unknown", &["No flag was found for key"]),
    step("prediction failed", &["Failed to fetch CMAB data for experiment"]),
    step("variable can't be typed", &["Variable value for key", "is invalid or wrong type."]),
    step("forced decision of the flag used", &["is forced for flag", "\" and user"]),
    step("forced decision of a rule used", &["is forced for flag", ", rule "]),
    step("forced decision invalid", &["is forced but not in the datafile for flag"]),
    step("holdout: audience met", &["meets the conditions of holdout"]),
    step("holdout: audience not met", &["does not meet the conditions of holdout"]),
    step("holdout: bucketed", &["is in variation", " of holdout "]),
    step("holdout: not bucketed", &["is in no variation of holdout"]),
    step("audiences come to true", &["the audiences of", "come to true"]),
    step("audiences come to false", &["the audiences of", "come to false"]),
    step("condition type unknown", &["audience condition", "has a type that is not known"]),
    step("match unknown", &["audience condition", "has a match that is not known"]),
    step("audience unknown", &["the datafile has no audience"]),
    step("experiment not running", &["experiment ", " is not running"]),
    step("forced variation used", &["of experiment", "is forced on user"]),
    step("whitelisted", &[" is whitelisted into variation"]),
    step("whitelist entry not in the datafile", &["is whitelisted, but not in the datafile,"]),
    step("stored variation used", &["was bucketed before into variation \""]),
    step(
        "stored variation gone",
        &["was bucketed before into variation id", "no matching variation was found"],
    ),
    step("experiment: audience met", &["meets the conditions to be in experiment"]),
    step("experiment: audience not met", &["does not meet the conditions to be in experiment"]),
    step("experiment: bucketed", &["is in variation", " of experiment "]),
    step("experiment: not bucketed", &["is in no variation of experiment"]),
    step("bucketing id unusable", &["the bucketing id of user", "is not a text"]),
    step("in the group's experiment", &[" is in experiment ", " of group "]),
    step("outside the group's experiment", &["is not in experiment", " of group "]),
    step("bandit: in traffic", &["is in the traffic of experiment", "that gets predictions"]),
    step("bandit: not in traffic", &["is not in the traffic of experiment", "that gets predictions"]),
    step("bandit: fetched and assigned", &["is predicted into variation", "asked for"]),
    step("bandit: in the cache", &["is predicted into variation", "the cache has it"]),
    step("bandit: cache stale", &["is predicted into variation", "asked for anew"]),
    step("bandit: variation id unknown", &["names the unknown variation id"]),
    option("bandit: cache ignored", "IGNORE_CMAB_CACHE"),
    option("bandit: cache reset", "RESET_CMAB_CACHE"),
    option("bandit: cache invalidated", "INVALIDATE_USER_CMAB_CACHE"),
    step("flag has no rollout", &["has no delivery rules: rollout"]),
    step("delivery rule: audience met", &["meets the conditions of targeting rule"]),
    step("delivery rule: audience not met", &["does not meet the conditions of targeting rule"]),
    step("delivery rule: bucketed", &["is in variation", " of delivery rule "]),
    step("delivery rule: not bucketed", &["is in no variation of delivery rule"]),
    step("last rule: reached", &["the conditions of the last rule, for everyone else"]),
];
