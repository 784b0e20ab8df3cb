// The visible structs lie in memory as every binding was told, and numbers are what they were: checked by the compiler.
#include <opttrack.h>

#define AT(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member " moved")

_Static_assert(sizeof(opt_status) == 4, "a status is 32 bits");

_Static_assert(sizeof(opt_str) == 2 * sizeof(void *), "opt_str is a pointer and a length");
AT(opt_str, data, 0);
AT(opt_str, len, sizeof(void *));

_Static_assert(sizeof(opt_value_as) == (sizeof(opt_str) > 8 ? sizeof(opt_str) : 8), "the union is its largest member");
_Static_assert(sizeof(opt_value) == 8 + sizeof(opt_value_as), "opt_value is a type and the union");
AT(opt_value, type, 0);
AT(opt_value, as, 8);
AT(opt_value, as.boolean, 8);
AT(opt_value, as.integer, 8);
AT(opt_value, as.number, 8);
AT(opt_value, as.string, 8);

_Static_assert(sizeof(opt_pair) == sizeof(opt_str) + sizeof(opt_value), "opt_pair has no padding");
AT(opt_pair, key, 0);
AT(opt_pair, value, sizeof(opt_str));

_Static_assert(sizeof(opt_decision_view) == 3 * sizeof(opt_str) + 8, "opt_decision_view has no padding");
AT(opt_decision_view, flag_key, 0);
AT(opt_decision_view, rule_key, sizeof(opt_str));
AT(opt_decision_view, variation_key, 2 * sizeof(opt_str));
AT(opt_decision_view, enabled, 3 * sizeof(opt_str));
AT(opt_decision_view, event_status, 3 * sizeof(opt_str) + 4);

_Static_assert(sizeof(opt_stats) == 152, "opt_stats has no padding and grows only by a new version");
AT(opt_stats, accepted, 0);
AT(opt_stats, accepted_impressions, 8);
AT(opt_stats, accepted_conversions, 16);
AT(opt_stats, recovered, 24);
AT(opt_stats, delivered, 32);
AT(opt_stats, pending, 40);
AT(opt_stats, dead_lettered, 48);
AT(opt_stats, dropped, 56);
AT(opt_stats, refused_queue_full, 64);
AT(opt_stats, refused_too_large, 72);
AT(opt_stats, refused_unknown_event, 80);
AT(opt_stats, refused_other, 88);
AT(opt_stats, ignored_values, 96);
AT(opt_stats, posts, 104);
AT(opt_stats, retries, 112);
AT(opt_stats, last_http_status, 120);
AT(opt_stats, delivery_state, 124);
AT(opt_stats, pending_bytes, 128);
AT(opt_stats, oldest_pending_ms, 136);
AT(opt_stats, is_durable, 144);
AT(opt_stats, threads, 148);

// Numbers that travel in files, over the wire and through every binding: once and for ever.
_Static_assert(OPT_STATUS_OK == 0 && OPT_STATUS_INVALID_ARGUMENT == 1 && OPT_STATUS_INVALID_UTF8 == 2 &&
                   OPT_STATUS_INVALID_DATAFILE == 3 && OPT_STATUS_NOT_READY == 4 && OPT_STATUS_CLOSED == 5 &&
                   OPT_STATUS_UNKNOWN_EVENT == 6 && OPT_STATUS_UNKNOWN_EXPERIMENT == 7 &&
                   OPT_STATUS_UNKNOWN_FLAG == 8 && OPT_STATUS_UNKNOWN_VARIABLE == 9 && OPT_STATUS_NOT_FOUND == 10 &&
                   OPT_STATUS_WRONG_TYPE == 11 && OPT_STATUS_BAD_VALUE == 12 && OPT_STATUS_PARTIAL == 13 &&
                   OPT_STATUS_TOO_LARGE == 14 && OPT_STATUS_QUEUE_FULL == 15 && OPT_STATUS_DISK == 16 &&
                   OPT_STATUS_OUT_OF_MEMORY == 17 && OPT_STATUS_TIMEOUT == 18 && OPT_STATUS_NOT_SUPPORTED == 19 &&
                   OPT_STATUS_INTERNAL == 20,
               "a status was renumbered");
_Static_assert(OPT_VALUE_NULL == 0 && OPT_VALUE_BOOL == 1 && OPT_VALUE_INT == 2 && OPT_VALUE_DOUBLE == 3 &&
                   OPT_VALUE_STRING == 4,
               "a value type was renumbered");
_Static_assert(OPT_EVENT_SUPPRESSED == 0 && OPT_EVENT_ACCEPTED == 1 && OPT_EVENT_QUEUE_FULL == 2 &&
                   OPT_EVENT_CLOSED == 3 && OPT_EVENT_TOO_LARGE == 4,
               "an event status was renumbered");
_Static_assert(OPT_PACKED_VERSION == 1 && OPT_PACKED_TRACK == 1 && OPT_PACKED_ACTIVATE == 2 &&
                   OPT_PACKED_GET_VARIATION == 3 && OPT_PACKED_IS_FEATURE_ENABLED == 4 &&
                   OPT_PACKED_GET_ENABLED_FEATURES == 5 && OPT_PACKED_DECIDE == 6,
               "a packed call was renumbered");

int layout(void) { return OPT_STATUS_OK; }
