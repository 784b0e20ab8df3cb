"""The official Python SDK, asked by lines of JSON; README.md beside this folder describes the protocol."""

import copy
import functools
import json
import math
import sys

from optimizely import entities, optimizely
from optimizely.cmab.cmab_client import CmabRetryConfig, DefaultCmabClient
from optimizely.cmab.cmab_service import DefaultCmabService
from optimizely.event.event_processor import ForwardingEventProcessor
from optimizely.helpers.sdk_settings import OptimizelySdkSettings
from optimizely.odp.lru_cache import LRUCache
from optimizely.optimizely_user_context import OptimizelyUserContext

SPECIAL_DOUBLES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

# One connection pool for all clients of the process; the SDK makes one a client.
SESSION = None


class Dispatcher:
    """Keeps payloads instead of sending them."""

    def __init__(self):
        self.payloads = []

    def dispatch_event(self, event):
        self.payloads.append({"url": event.url, "body": event.params})


class Profiles:
    """A user profile service that knows the profile of one user, and remembers what was last saved for that user."""

    def __init__(self, user, profile):
        self.user, self.profile, self.saved = user, profile, None

    def lookup(self, user):
        # A copy, for the SDK writes into what it is given.
        return copy.deepcopy(self.profile) if user == self.user else None

    def save(self, profile):
        if profile["user_id"] == self.user:
            self.saved = copy.deepcopy(profile)


def value_of(value):
    """A value of the protocol as Python has it."""
    if isinstance(value, dict) and list(value) == ["$double"]:
        return SPECIAL_DOUBLES[value["$double"]]
    return value


def values_of(members):
    return None if members is None else {name: value_of(value) for name, value in members.items()}


def encodable(value):
    """The same value with doubles that JSON lacks marked."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$double": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, dict):
        return {name: encodable(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [encodable(item) for item in value]
    return value


@functools.lru_cache(maxsize=8)
def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def predictor(template):
    """What asks the prediction endpoint, as the client would make it, but that it does not rest before it asks again."""
    global SESSION
    asks = DefaultCmabClient(
        http_client=SESSION,
        retry_config=CmabRetryConfig(initial_backoff=0.001),
        prediction_endpoint=template.replace("%s", "{}"),
    )
    SESSION = asks.http_client
    return DefaultCmabService(cmab_cache=LRUCache(10000, 1800), cmab_client=asks)


def decision(answer):
    return {
        "flag": answer.flag_key,
        "rule": answer.rule_key,
        "variation": answer.variation_key,
        "enabled": answer.enabled,
        "variables": answer.variables,
        "reasons": answer.reasons,
    }


def decisions(answers):
    return {key: decision(answer) for key, answer in answers.items()}


class Client:
    """One client of the SDK and the calls made on it."""

    def __init__(self, question):
        self.dispatcher = Dispatcher()
        self.profiles = None
        if "profile" in question:
            self.profiles = Profiles(question.get("profile_user"), question["profile"])
        template = question.get("cmab_endpoint")
        self.sdk = optimizely.Optimizely(
            datafile=read(question["datafile"]),
            event_dispatcher=self.dispatcher,
            event_processor=ForwardingEventProcessor(self.dispatcher),
            skip_json_validation=True,
            user_profile_service=self.profiles,
            settings=OptimizelySdkSettings(odp_disabled=True),
            cmab_service=predictor(template) if template else None,
        )

    def context(self, call):
        user = self.sdk.create_user_context(call["user"], values_of(call.get("attrs")))
        if "segments" in call:
            user.set_qualified_segments(call["segments"])
        for flag, rule, variation in call.get("forced_decisions", []):
            user.set_forced_decision(
                OptimizelyUserContext.OptimizelyDecisionContext(flag, rule),
                OptimizelyUserContext.OptimizelyForcedDecision(variation),
            )
        return user

    def decide(self, call):
        return decision(self.context(call).decide(call["flag"], call.get("options")))

    def decide_for_keys(self, call):
        return decisions(self.context(call).decide_for_keys(call["flags"], call.get("options")))

    def decide_all(self, call):
        return decisions(self.context(call).decide_all(call.get("options")))

    def track_event(self, call):
        self.context(call).track_event(call["event"], values_of(call.get("tags")))

    def track(self, call):
        self.sdk.track(call["event"], call["user"], values_of(call.get("attrs")), values_of(call.get("tags")))

    def activate(self, call):
        return self.sdk.activate(call["experiment"], call["user"], values_of(call.get("attrs")))

    def get_variation(self, call):
        return self.sdk.get_variation(call["experiment"], call["user"], values_of(call.get("attrs")))

    def get_forced_variation(self, call):
        return self.sdk.get_forced_variation(call["experiment"], call["user"])

    def is_feature_enabled(self, call):
        return self.sdk.is_feature_enabled(call["flag"], call["user"], values_of(call.get("attrs")))

    def get_enabled_features(self, call):
        return self.sdk.get_enabled_features(call["user"], values_of(call.get("attrs")))

    def all_variables(self, call):
        return self.sdk.get_all_feature_variables(call["flag"], call["user"], values_of(call.get("attrs")))

    def variable(self, call):
        getters = {
            "any": self.sdk.get_feature_variable,
            entities.Variable.Type.BOOLEAN: self.sdk.get_feature_variable_boolean,
            entities.Variable.Type.INTEGER: self.sdk.get_feature_variable_integer,
            entities.Variable.Type.DOUBLE: self.sdk.get_feature_variable_double,
            entities.Variable.Type.STRING: self.sdk.get_feature_variable_string,
            entities.Variable.Type.JSON: self.sdk.get_feature_variable_json,
        }
        return getters[call["type"]](call["flag"], call["variable"], call["user"], values_of(call.get("attrs")))

    def answer(self, call):
        """What the call answers and sends; an exception is an answer too."""
        self.dispatcher.payloads = []
        try:
            answer = {"status": "OK", "result": encodable(getattr(self, call["op"])(call))}
        except Exception as error:  # whatever the SDK lets through
            answer = {"status": "ERROR", "message": f"{type(error).__name__}: {error}", "result": None}
        answer["events"] = encodable(self.dispatcher.payloads)
        return answer


def set_forced_variation(sdk, forced):
    experiment, user, variation = forced
    try:
        return sdk.set_forced_variation(experiment, user, variation)
    except Exception:
        return None


def ask(question):
    client = Client(question)
    if client.sdk.config_manager.get_config() is None:
        return {"refused": {"status": "INVALID_DATAFILE", "message": "no usable datafile"}}
    answer = {"set": [set_forced_variation(client.sdk, forced) for forced in question.get("forced_variations", [])]}
    answer["answers"] = [client.answer(call) for call in question["calls"]]
    if client.profiles is not None and client.profiles.saved is not None:
        answer["saved"] = client.profiles.saved
    client.sdk.close()
    return answer


def main():
    for line in sys.stdin:
        try:
            answer = ask(json.loads(line))
        except Exception as error:  # a client that can't be made
            answer = {"refused": {"status": "ERROR", "message": f"{type(error).__name__}: {error}"}}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
