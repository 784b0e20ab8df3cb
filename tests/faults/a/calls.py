"""Generates C from the public header, so that no function is forgotten: `nulls`, a call of every function with NULL
for every pointer, one at a time and all together (row A1); `panics`, a call of every function that panics (row A7)."""

import re
import sys

# What a valid call passes, by parameter name, or by function and name where one name means several things.
VALID = {
    "options": "f.options", "client": "f.client", "user": "f.user", "decision": "f.decision", "keys": "f.keys",
    "out_client": "&f.out_client", "out_user": "&f.out_user", "out_decision": "&f.out_decision",
    "out_keys": "&f.out_keys", "out_view": "&f.out_view", "out_stats": "&f.out_stats", "out_left": "&f.out_count",
    "out_refused": "&f.out_count", "out_enabled": "&f.out_enabled", "out_event_status": "&f.out_event_status",
    "out_size": "&f.out_size", "error": "&f.error",
    "attributes": "f.pairs", "count": "2", "tags": "f.pairs", "tag_count": "2", "segments": "f.texts",
    "request": "f.asked.bytes", "request_size": "f.asked.size", "answer": "f.answer", "capacity": "sizeof f.answer",
    "datafile": "OPT_STR(SHOP)", "url": 'OPT_STR("http://127.0.0.1:1/")', "name": 'OPT_STR("name")',
    "version": 'OPT_STR("1.0")', "id": 'OPT_STR("visitor")', "key": 'OPT_STR("plan")', "value": "opt_int(1)",
    "event_key": 'OPT_STR("purchase")', "experiment_key": 'OPT_STR("gold_banner")', "flag_key": 'OPT_STR("search")',
    "user_id": 'OPT_STR("visitor")', "variation_key": 'OPT_STR("large")',
    "callback": "fixture_log", "user_data": "&f", "release": "fixture_release",
    "events": "10", "interval_ms": "100", "connect_ms": "100", "total_ms": "100", "first_ms": "1", "longest_ms": "2",
    "bytes": "1 << 20", "level": "OPT_LOG_OFF", "timeout_ms": "1000", "index": "0", "status": "0",
    ("opt_decide", "options"): "0",
    ("opt_client_stats", "size"): "sizeof f.out_stats", ("opt_decision_read", "size"): "sizeof f.out_view",
    ("opt_error_status", "error"): "f.failure", ("opt_error_message", "error"): "f.failure",
    ("opt_error_place", "error"): "f.failure", ("opt_error_is_retriable", "error"): "f.failure",
    ("opt_error_free", "error"): "f.failure",
}
# Pointers that may be NULL: the call does its work all the same.
NULLABLE = {"error", "out_left", "out_refused", "out_event_status", "callback", "user_data", "release"}
# What these take is theirs, also when they fail.
CONSUMES = {"opt_client_new": "options", "opt_options_free": "options", "opt_client_free": "client",
            "opt_user_free": "user", "opt_decision_free": "decision", "opt_keys_free": "keys",
            "opt_error_free": "failure"}
HANDLES = {"out_client", "out_user", "out_decision", "out_keys"}
# Exported by test builds alone.
TEST_ONLY = {"opt_test_panic_next"}


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
    if len(result) < 30:
        sys.exit(f"calls.py: only {len(result)} functions found in the header")
    return result


def is_pointer(type_, name):
    """Does the parameter carry a pointer: itself, a callback, a text's, or a value's?"""
    return "*" in type_ or type_.endswith("callback") or type_ in ("opt_str", "opt_value") or name == "user_data"


def null_of(type_):
    """The expression for a NULL of the type; a text's NULL has a length, without which it would be the empty text."""
    return {"opt_str": "null_text()", "opt_value": "opt_string(null_text())"}.get(type_, "NULL")


def arguments(function, parameters, nulls):
    values = [null_of(type_) if name in nulls else VALID.get((function, name), VALID.get(name))
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
        return lines + f"  {neutral[kind]};\n" + forget(function, nulls) + "  fixture_end(&f);\n"
    needed = [name for _, name in parameters if name in nulls and name not in NULLABLE]
    status = "OPT_STATUS_INVALID_ARGUMENT" if needed else "OPT_STATUS_OK"
    place = f'"{needed[0]}"' if len(needed) == 1 else "NULL"
    has_error = "false" if "error" in nulls else "true"
    lines += f"  status = {call};\n" + forget(function, nulls)
    lines += f"  fixture_expect(&f, status, {status}, {place}, {has_error});\n"
    for _, name in parameters:
        if needed and name in HANDLES and name not in nulls:
            lines += f"  CHECK(f.{name} == NULL);\n"
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
    print('#include "client.h"\n#include "datafile.h"\n#include "fixture.h"\n')
    if what == "panics":
        print("// Exported by a library that was built for tests of its boundary.\nvoid opt_test_panic_next(void);\n")
    print(f"int main(void) {{\n  fixture f;\n  opt_status status;\n{body}")
    print(f'  check_fired("{row}", "{promise}", {count});\n  return check_done("{row.lower()}");\n}}')


if __name__ == "__main__":
    main()
