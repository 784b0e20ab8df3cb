"""Writes a valid version-4 datafile with any number of flags; the same number gives the same bytes."""

import itertools
import json

ATTRIBUTES = ("country", "plan", "age", "app_version", "logged_in")
VARIATIONS = ("original", "compact", "guided")
# Every flag whose number this divides has no audience.
FOR_EVERYBODY = 5


def audience(ids, number):
    """Typed conditions of every common kind, over five attributes that all count for a user who is in."""
    leaf = lambda name, match, value: {  # noqa: E731
        "type": "custom_attribute", "name": name, "match": match, "value": value,
    }
    conditions = [
        "and",
        ["or", leaf("country", "exact", "DE"), leaf("country", "exact", "FR")],
        leaf("age", "gt", 17 + number % 10),
        leaf("plan", "substring", "gold"),
        ["not", leaf("app_version", "semver_lt", f"1.{number % 7}.0")],
        leaf("logged_in", "exact", True),
    ]
    return {"id": next(ids), "name": f"adults {number}", "conditions": conditions}


def rule(ids, key, flag_variables, audience_ids, weights):
    """An experiment or a rollout rule: one variation for each weight, all traffic taken."""
    variations = [
        {
            "id": next(ids),
            "key": VARIATIONS[place],
            "featureEnabled": place > 0 or len(weights) == 1,
            "variables": [{"id": variable["id"], "value": variable["defaultValue"]} for variable in flag_variables],
        }
        for place in range(len(weights))
    ]
    ends = itertools.accumulate(weights)
    return {
        "id": next(ids),
        "key": key,
        "layerId": next(ids),
        "status": "Running",
        "audienceIds": audience_ids,
        "audienceConditions": ["or", *audience_ids] if audience_ids else [],
        "forcedVariations": {},
        "variations": variations,
        "trafficAllocation": [
            {"entityId": variation["id"], "endOfRange": end} for variation, end in zip(variations, ends)
        ],
    }


def variables(ids):
    """Three variables of different types, as a flag of ordinary size has."""
    return [
        {"id": next(ids), "key": "title", "type": "string", "defaultValue": "Pay with one click"},
        {"id": next(ids), "key": "columns", "type": "integer", "defaultValue": "3"},
        {"id": next(ids), "key": "discount", "type": "double", "defaultValue": "0.15"},
    ]


def build(flags):
    """The datafile as a dictionary."""
    ids = map(str, itertools.count(10_000_000_001))
    audiences = [audience(ids, number) for number in range(max(4, flags // 5))]
    experiments, rollouts, features = [], [], []
    for number in range(flags):
        flag_variables = variables(ids)
        wanted = [audiences[number % len(audiences)]["id"]] if number % FOR_EVERYBODY else []
        experiment = rule(ids, f"checkout_test_{number}", flag_variables, wanted, (4_000, 3_000, 3_000))
        rollout = {
            "id": next(ids),
            "experiments": [
                rule(ids, f"checkout_early_{number}", flag_variables, wanted, (10_000,)),
                rule(ids, f"checkout_everyone_{number}", flag_variables, [], (10_000,)),
            ],
        }
        experiments.append(experiment)
        rollouts.append(rollout)
        features.append({
            "id": next(ids),
            "key": f"checkout_{number}",
            "rolloutId": rollout["id"],
            "experimentIds": [experiment["id"]],
            "variables": flag_variables,
        })
    return {
        "version": "4",
        "accountId": "20481024",
        "projectId": "20482048",
        "revision": "7",
        "sdkKey": "benchmark",
        "environmentKey": "production",
        "anonymizeIP": True,
        "botFiltering": False,
        "sendFlagDecisions": True,
        "attributes": [{"id": next(ids), "key": key} for key in ATTRIBUTES],
        "audiences": [],
        "typedAudiences": audiences,
        "events": [{"id": next(ids), "key": "purchase", "experimentIds": [test["id"] for test in experiments]}],
        "experiments": experiments,
        "featureFlags": features,
        "rollouts": rollouts,
        "groups": [],
        "variables": [],
    }


def write(path, flags):
    """Writes the datafile and returns its size in bytes."""
    text = json.dumps(build(flags), separators=(",", ":"))
    path.write_text(text, encoding="utf-8")
    return len(text.encode("utf-8"))
