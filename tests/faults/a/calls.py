"""Generates C from the public header, so that no function is forgotten: `nulls`, a call of every function with NULL
for every pointer, one at a time and all together (row A1); `panics`, a call of every function that panics (row A7)."""

import re
import sys

# What a valid call passes, by parameter name, or by function and name where one name means several things.
VALID = {
    "options": "f.options", "client": "f.client", "user": "f.user", "decision": "f.decision", "keys": "f.keys",
    "decisions": "f.decisions", "config": "f.config", "feature": "f.feature", "experiment": "f.experiment",
    "variation": "f.variation", "notification": "f.notification", "reply": "NULL",
    "out_client": "&f.out_client", "out_user": "&f.out_user", "out_decision": "&f.out_decision",
    "out_decisions": "&f.out_decisions", "out_keys": "&f.out_keys", "out_text": "&f.out_text",
    "out_json": "&f.out_text",
    "out_config": "&f.out_config", "out_notification": "&f.out_notification", "out_left": "&f.out_count",
    "out_refused": "&f.out_count", "out_id": "&f.out_count", "out_enabled": "&f.out_enabled",
    "out_event_status": "&f.out_event_status", "out_type": "&f.out_type", "out_size": "&f.out_size",
    "out_variation_key": "&f.out_str", "error": "&f.error",
    "attributes": "f.pairs", "count": "2", "tags": "f.pairs", "tag_count": "2", "segments": "f.texts",
    "flag_keys": "f.texts",
    "request": "f.asked.bytes", "request_size": "f.asked.size", "answer": "f.answer", "capacity": "sizeof f.answer",
    "datafile": "OPT_STR(FLAGS)", "url": 'OPT_STR("http://127.0.0.1:1/")', "name": 'OPT_STR("name")',
    "url_template": 'OPT_STR("http://127.0.0.1:1/%s")', "path": 'OPT_STR("/tmp")',
    "version": 'OPT_STR("1.0")', "id": 'OPT_STR("visitor")', "key": 'OPT_STR("plan")', "value": "opt_int(1)",
    "event_key": 'OPT_STR("purchase")', "experiment_key": 'OPT_STR("split_test")', "flag_key": 'OPT_STR("checkout")',
    "rule_key": 'OPT_STR("checkout_test")', "user_id": 'OPT_STR("visitor")', "variation_key": 'OPT_STR("left")',
    "variable_key": 'OPT_STR("title")', "text": 'OPT_STR("text")', "message": 'OPT_STR("message")',
    "callback": "fixture_log", "user_data": "&f", "release": "fixture_release", "lookup": "fixture_look_up",
    "save": "fixture_save", "time_ms": "1700000000000", "uuid": 'OPT_STR("123e4567-e89b-42d3-a456-426614174000")',
    "events": "10", "interval_ms": "100", "connect_ms": "100", "total_ms": "100", "first_ms": "1", "longest_ms": "2",
    "bytes": "1 << 20", "level": "OPT_LOG_OFF", "timeout_ms": "1000", "index": "0", "event_index": "0", "status": "0",
    "decide_options": "0", "types": "OPT_NOTIFICATION_TRACK", "entries": "10", "ttl_ms": "1000",
    "is_on": "1", "wall_ms": "1700000000000", "monotonic_ms": "5", "seed": "7",
    ("opt_client_set_clock", "client"): "f.driven",
    "is_host_driven": "1", "is_pulled": "1", "budget_ms": "0", "out_next_ms": "&f.out_type",
    "out_descriptor": "&f.out_descriptor", "out_request": "&f.out_request", "request_id": "f.request_id",
    "directory": 'OPT_STR("/tmp/opttrack-calls")', "kind": "OPT_JOURNAL_WRITTEN", "durability": "OPT_DURABILITY_SYSTEM",
    "journal_bytes": "1 << 20", "dead_letter_bytes": "1 << 20", "max_age_ms": "0", "visitor_id": 'OPT_STR("visitor")',
    "out_count": "&f.out_count", "http_status": "204", "headers": "f.headers", "header_count": "1", "body": 'OPT_STR("body")',
    ("opt_client_pump", "client"): "f.driven", ("opt_client_wake_descriptor", "client"): "f.driven",
    ("opt_client_next_request", "client"): "f.driven", ("opt_client_next_request", "timeout_ms"): "0",
    ("opt_client_complete", "client"): "f.driven",
    ("opt_request_read", "request"): "f.request", ("opt_request_free", "request"): "f.request",
    ("opt_decide", "options"): "0", ("opt_decide_for_keys", "options"): "0", ("opt_decide_all", "options"): "0",
    ("opt_options_set_notification_queue", "capacity"): "4",
    ("opt_client_add_listener", "callback"): "fixture_hear",
    ("opt_options_set_cmab_predictor", "callback"): "fixture_predict",
    ("opt_track_at_packed", "request"): "f.tracked.bytes",
    ("opt_track_at_packed", "request_size"): "f.tracked.size",
    ("opt_client_remove_listener", "id"): "f.listener",
    ("opt_client_next_notification", "timeout_ms"): "0",
    ("opt_text_read", "text"): "f.text", ("opt_text_free", "text"): "f.text",
    ("opt_error_status", "error"): "f.failure", ("opt_error_message", "error"): "f.failure",
    ("opt_error_place", "error"): "f.failure", ("opt_error_is_retriable", "error"): "f.failure",
    ("opt_error_free", "error"): "f.failure",
    "sdk_key": 'OPT_STR("key")', "token": 'OPT_STR("token")', "is_disabled": "1", "vuid": 'OPT_STR("vuid_1")',
    "certificate_path": 'OPT_STR("/tmp")', "key_path": 'OPT_STR("/tmp")', "type": 'OPT_STR("type")',
    "action": 'OPT_STR("action")', "segment": 'OPT_STR("gold")', "identifiers": "f.pairs", "identifier_count": "1",
    "data": "f.pairs", "data_count": "2",
    ("opt_options_add_header", "value"): 'OPT_STR("value")',
    ("opt_options_set_record_logger", "callback"): "fixture_record",
    ("opt_fetch_qualified_segments", "options"): "0",
}
# The variable that a getter is for, and where its value goes, by the end of the getter's name.
GETTERS = {"_boolean": ("show_banner", "&f.out_enabled"), "_integer": ("max_items", "&f.out_integer"),
           "_double": ("price", "&f.out_number"), "_string": ("title", "&f.out_str"), "_json": ("layout", "&f.out_str")}
# Pointers that may be NULL: the call does its work all the same.
NULLABLE = {"error", "out_count", "out_left", "out_next_ms", "out_refused", "out_event_status", "out_type", "callback", "lookup", "save",
            "user_data", "release"}
NEEDED = {("opt_client_add_listener", "callback")}
# What a valid call returns, where that is not OK.
STATUSES = {"opt_client_next_notification": "OPT_STATUS_TIMEOUT", "opt_client_next_request": "OPT_STATUS_TIMEOUT",
            "opt_client_sync": "OPT_STATUS_NOT_SUPPORTED", "opt_identify": "OPT_STATUS_NOT_SUPPORTED",
            "opt_client_refresh_datafile": "OPT_STATUS_INVALID_ARGUMENT", "opt_send_odp_event": "OPT_STATUS_NOT_SUPPORTED",
            "opt_fetch_qualified_segments": "OPT_STATUS_NOT_SUPPORTED"}
# What these take is theirs, also when they fail.
CONSUMES = {"opt_client_new": "options", "opt_options_free": "options", "opt_client_free": "client",
            "opt_user_free": "user", "opt_decision_free": "decision", "opt_decisions_free": "decisions",
            "opt_keys_free": "keys", "opt_text_free": "text", "opt_notification_free": "notification",
            "opt_config_free": "config", "opt_request_free": "request", "opt_error_free": "failure"}
HANDLES = {"out_client", "out_user", "out_decision", "out_decisions", "out_keys", "out_text", "out_json", "out_config",
           "out_notification", "out_request"}
# The variable of the fixture that a handle goes to, where it is not the parameter's name.
PLACES = {"out_json": "out_text"}
# Structs that a call fills as far as its parameter `size` goes.
VIEWS = {"out_view", "out_stats", "out_attribute", "out_audience", "out_event", "out_variable"}
# Exported by test builds alone.
TEST_ONLY = {"opt_test_panic_next", "opt_test_panic_delivery"}


def functions(header):
    """Every function of the header, as (result type, name, [(type, parameter)])."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    text = text[text.index('extern "C"'):]
    found = re.findall(r"(?:OPT_MUST_USE\s+)?((?:const\s+)?\w+\s*\**)\s*\b(opt_\w+)\(([^;{}()]*)\);", text)
    result = []
    for kind, name, parameters in found:
        if name in TEST_ONLY:
            continue
        pairs = [re.fullmatch(r"(.*?)(\w+)", part.strip(), re.S).groups()
                 for part in parameters.split(",") if part.strip() != "void"]
        result.append((kind.strip(), name, [(" ".join(type_.split()), parameter) for type_, parameter in pairs]))
    if len(result) < 100:
        sys.exit(f"calls.py: only {len(result)} functions found in the header")
    return result


def is_pointer(type_, name):
    """Does the parameter carry a pointer: itself, a callback, a text's, or a value's?"""
    return "*" in type_ or type_.endswith("callback") or type_ in ("opt_str", "opt_value") or name == "user_data"


def null_of(type_):
    """The expression for a NULL of the type; a text's NULL has a length, without which it would be the empty text."""
    return {"opt_str": "null_text()", "opt_value": "opt_string(null_text())"}.get(type_, "NULL")


def view(parameters):
    """The struct that the call fills, by its type."""
    return next((type_.rstrip(" *") for type_, name in parameters if name in VIEWS), None)


def valid(function, parameters, type_, name):
    """The expression for what a valid call passes, or None if nothing is known of such a parameter."""
    getter = next((found for end, found in GETTERS.items() if function.endswith(end)), None)
    if getter and name == "variable_key":
        return f'OPT_STR("{getter[0]}")'
    if getter and name == "out_value":
        return getter[1]
    if name in VIEWS:
        return f"({type_})(void *)f.out_view"
    if name == "size" and view(parameters):
        return f"sizeof({view(parameters)})"
    return VALID.get((function, name), VALID.get(name))


def arguments(function, parameters, nulls):
    values = [null_of(type_) if name in nulls else valid(function, parameters, type_, name)
              for type_, name in parameters]
    if None in values:
        sys.exit(f"calls.py: no value is known for {parameters[values.index(None)][1]} of {function}")
    return ", ".join(values)


def forget(function, nulls):
    """After the call, what it has consumed is no longer the fixture's."""
    handle = CONSUMES.get(function)
    parameter = "error" if handle == "failure" else handle
    return f"  f.{handle} = NULL;\n" if handle and parameter not in nulls else ""


def reports(parameters):
    """Is it a call that returns a status and takes a place for an error, rather than an accessor or a free?"""
    return ("opt_error **", "error") in parameters


def null_case(kind, function, parameters, nulls, label):
    call = f"{function}({arguments(function, parameters, nulls)})"
    lines = f'  fixture_begin(&f, "{function}({label})");\n'
    if not reports(parameters):
        neutral = {"void": call, "opt_str": f"CHECK_STR({call}, NULL)", "size_t": f"CHECK_INT({call}, 0)",
                   "bool": f"CHECK(!{call})", "opt_status": f"CHECK_INT({call}, OPT_STATUS_OK)"}
        checked = f"CHECK({call} == NULL)" if kind.endswith("*") else neutral[kind]
        return lines + f"  {checked};\n" + forget(function, nulls) + "  fixture_end(&f);\n"
    needed = [name for _, name in parameters
              if name in nulls and (name not in NULLABLE or (function, name) in NEEDED)]
    status = "OPT_STATUS_INVALID_ARGUMENT" if needed else STATUSES.get(function, "OPT_STATUS_OK")
    place = f'"{needed[0]}"' if len(needed) == 1 else "NULL"
    has_error = "false" if "error" in nulls else "true"
    lines += f"  status = {call};\n" + forget(function, nulls)
    lines += f"  fixture_expect(&f, status, {status}, {place}, {has_error});\n"
    for _, name in parameters:
        if needed and name in HANDLES and name not in nulls:
            lines += f"  CHECK(f.{PLACES.get(name, name)} == NULL);\n"
    return lines + "  fixture_end(&f);\n"


def nulls(found):
    body, count = "", 0
    for kind, function, parameters in found:
        pointers = [name for type_, name in parameters if is_pointer(type_, name)]
        for name in pointers:
            body += null_case(kind, function, parameters, {name}, name)
            count += 1
        if len(pointers) > 1:
            body += null_case(kind, function, parameters, set(pointers), "all")
            count += 1
    return body, count


def panics(found):
    body, count = "", 0
    for kind, function, parameters in found:
        call = f"{function}({arguments(function, parameters, set())})"
        body += f'  fixture_begin(&f, "{function}");\n'
        body += '  track(f.client, f.user, "purchase");\n  opt_test_panic_next();\n'
        if reports(parameters):
            body += f"  status = {call};\n" + forget(function, set())
            body += "  fixture_expect_panic(&f, status);\n"
        else:
            body += (f"  {call};\n" if kind == "void" else f"  (void){call};\n") + forget(function, set())
        body += "  fixture_expect_alive(&f);\n  fixture_end(&f);\n"
        count += 1
    return body, count


def main():
    what, path = sys.argv[1:]
    with open(path, encoding="utf-8") as header:
        found = functions(header.read())
    row, promise, make = {
        "nulls": ("A1", "NULL for every pointer of every function is answered", nulls),
        "panics": ("A7", "a panic in every function stays inside and the client goes on", panics),
    }[what]
    body, count = make(found)
    print(f"// Generated from {path.rsplit('/', 1)[-1]} by calls.py {what}: {count} calls of {len(found)} functions.")
    print('#include "client.h"\n#include "flags.h"\n#include "fixture.h"\n')
    if what == "panics":
        print("// Exported by a library that was built for tests of its boundary.\nvoid opt_test_panic_next(void);\n")
    print(f"int main(void) {{\n  fixture f;\n  opt_status status;\n{body}")
    print(f'  check_fired("{row}", "{promise}", {count});\n  return check_done("{row.lower()}");\n}}')


if __name__ == "__main__":
    main()
