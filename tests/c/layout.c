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

// The size of so many texts.
#define TEXTS(count) ((count) * sizeof(opt_str))

_Static_assert(sizeof(opt_decision_view) == TEXTS(6) + 16, "opt_decision_view has no padding");
AT(opt_decision_view, flag_key, 0);
AT(opt_decision_view, rule_key, TEXTS(1));
AT(opt_decision_view, variation_key, TEXTS(2));
AT(opt_decision_view, enabled, TEXTS(3));
AT(opt_decision_view, event_status, TEXTS(3) + 4);
AT(opt_decision_view, rule_id, TEXTS(3) + 8);
AT(opt_decision_view, variation_id, TEXTS(4) + 8);
AT(opt_decision_view, cmab_uuid, TEXTS(5) + 8);
AT(opt_decision_view, source, TEXTS(6) + 8);
AT(opt_decision_view, status, TEXTS(6) + 12);

_Static_assert(sizeof(opt_notification_view) == 8 + TEXTS(2), "opt_notification_view has no padding");
AT(opt_notification_view, type, 0);
AT(opt_notification_view, reserved, 4);
AT(opt_notification_view, key, 8);
AT(opt_notification_view, payload, 8 + TEXTS(1));

_Static_assert(sizeof(opt_config_view) == TEXTS(3) + 5 * sizeof(size_t), "opt_config_view has no padding");
AT(opt_config_view, sdk_key, 0);
AT(opt_config_view, environment_key, TEXTS(1));
AT(opt_config_view, revision, TEXTS(2));
AT(opt_config_view, experiment_count, TEXTS(3));
AT(opt_config_view, feature_count, TEXTS(3) + sizeof(size_t));
AT(opt_config_view, attribute_count, TEXTS(3) + 2 * sizeof(size_t));
AT(opt_config_view, audience_count, TEXTS(3) + 3 * sizeof(size_t));
AT(opt_config_view, event_count, TEXTS(3) + 4 * sizeof(size_t));

_Static_assert(sizeof(opt_config_attribute) == TEXTS(2), "opt_config_attribute has no padding");
AT(opt_config_attribute, id, 0);
AT(opt_config_attribute, key, TEXTS(1));

_Static_assert(sizeof(opt_config_audience) == TEXTS(3), "opt_config_audience has no padding");
AT(opt_config_audience, id, 0);
AT(opt_config_audience, name, TEXTS(1));
AT(opt_config_audience, conditions, TEXTS(2));

_Static_assert(sizeof(opt_config_event) == TEXTS(2) + sizeof(size_t), "opt_config_event has no padding");
AT(opt_config_event, id, 0);
AT(opt_config_event, key, TEXTS(1));
AT(opt_config_event, experiment_id_count, TEXTS(2));

_Static_assert(sizeof(opt_config_feature_view) == TEXTS(2) + 3 * sizeof(size_t), "opt_config_feature_view is packed");
AT(opt_config_feature_view, id, 0);
AT(opt_config_feature_view, key, TEXTS(1));
AT(opt_config_feature_view, experiment_rule_count, TEXTS(2));
AT(opt_config_feature_view, delivery_rule_count, TEXTS(2) + sizeof(size_t));
AT(opt_config_feature_view, variable_count, TEXTS(2) + 2 * sizeof(size_t));

_Static_assert(sizeof(opt_config_variable) == TEXTS(4), "opt_config_variable has no padding");
AT(opt_config_variable, id, 0);
AT(opt_config_variable, key, TEXTS(1));
AT(opt_config_variable, type, TEXTS(2));
AT(opt_config_variable, value, TEXTS(3));

_Static_assert(sizeof(opt_config_experiment_view) == TEXTS(3) + sizeof(size_t), "opt_config_experiment_view is packed");
AT(opt_config_experiment_view, id, 0);
AT(opt_config_experiment_view, key, TEXTS(1));
AT(opt_config_experiment_view, audiences, TEXTS(2));
AT(opt_config_experiment_view, variation_count, TEXTS(3));

_Static_assert(sizeof(opt_config_variation_view) == TEXTS(2) + 8 + sizeof(size_t),
               "opt_config_variation_view is packed");
AT(opt_config_variation_view, id, 0);
AT(opt_config_variation_view, key, TEXTS(1));
AT(opt_config_variation_view, feature_enabled, TEXTS(2));
AT(opt_config_variation_view, reserved, TEXTS(2) + 4);
AT(opt_config_variation_view, variable_count, TEXTS(2) + 8);

_Static_assert(sizeof(opt_stats) == 248, "opt_stats has no padding and grows only by a new version");
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
AT(opt_stats, dropped_corrupt, 152);
AT(opt_stats, dropped_discarded, 160);
AT(opt_stats, dropped_purged, 168);
AT(opt_stats, dropped_expired, 176);
AT(opt_stats, dropped_dead_letter_limit, 184);
AT(opt_stats, refused_disk, 192);
AT(opt_stats, refused_tracking_off, 200);
AT(opt_stats, journal_bytes, 208);
AT(opt_stats, dead_letter_bytes, 216);
AT(opt_stats, foreign_directories, 224);
AT(opt_stats, journal_kind, 232);
AT(opt_stats, disk_errno, 236);
AT(opt_stats, accepted_odp_events, 240);

_Static_assert(sizeof(opt_log_record) == 16 + TEXTS(3), "opt_log_record has no padding");
AT(opt_log_record, level, 0);
AT(opt_log_record, status, 4);
AT(opt_log_record, http_status, 8);
AT(opt_log_record, reserved, 12);
AT(opt_log_record, message, 16);
AT(opt_log_record, event_key, 16 + TEXTS(1));
AT(opt_log_record, flag_key, 16 + TEXTS(2));

_Static_assert(sizeof(opt_header) == TEXTS(2), "opt_header is never changed");
AT(opt_header, value, TEXTS(1));
AT(opt_request_view, id, 0);
AT(opt_request_view, method, 8);
AT(opt_request_view, url, 8 + TEXTS(1));
AT(opt_request_view, headers, 8 + TEXTS(2));
AT(opt_request_view, header_count, 8 + TEXTS(2) + sizeof(void *));
AT(opt_request_view, body, 8 + TEXTS(2) + sizeof(void *) + sizeof(size_t));
AT(opt_request_view, timeout_ms, 8 + TEXTS(3) + sizeof(void *) + sizeof(size_t));

// Numbers that travel in files, over the wire and through every binding: once and for ever.
_Static_assert(OPT_STATUS_OK == 0 && OPT_STATUS_INVALID_ARGUMENT == 1 && OPT_STATUS_INVALID_UTF8 == 2 &&
                   OPT_STATUS_INVALID_DATAFILE == 3 && OPT_STATUS_NOT_READY == 4 && OPT_STATUS_CLOSED == 5 &&
                   OPT_STATUS_UNKNOWN_EVENT == 6 && OPT_STATUS_UNKNOWN_EXPERIMENT == 7 &&
                   OPT_STATUS_UNKNOWN_FLAG == 8 && OPT_STATUS_UNKNOWN_VARIABLE == 9 && OPT_STATUS_NOT_FOUND == 10 &&
                   OPT_STATUS_WRONG_TYPE == 11 && OPT_STATUS_BAD_VALUE == 12 && OPT_STATUS_PARTIAL == 13 &&
                   OPT_STATUS_TOO_LARGE == 14 && OPT_STATUS_QUEUE_FULL == 15 && OPT_STATUS_DISK == 16 &&
                   OPT_STATUS_OUT_OF_MEMORY == 17 && OPT_STATUS_TIMEOUT == 18 && OPT_STATUS_NOT_SUPPORTED == 19 &&
                   OPT_STATUS_INTERNAL == 20 && OPT_STATUS_PREDICTION_FAILED == 21 &&
                   OPT_STATUS_NEEDS_PREDICTION == 22 && OPT_STATUS_TRACKING_OFF == 23,
               "a status was renumbered");
_Static_assert(OPT_VALUE_NULL == 0 && OPT_VALUE_BOOL == 1 && OPT_VALUE_INT == 2 && OPT_VALUE_DOUBLE == 3 &&
                   OPT_VALUE_STRING == 4,
               "a value type was renumbered");
_Static_assert(OPT_EVENT_SUPPRESSED == 0 && OPT_EVENT_ACCEPTED == 1 && OPT_EVENT_QUEUE_FULL == 2 &&
                   OPT_EVENT_CLOSED == 3 && OPT_EVENT_TOO_LARGE == 4,
               "an event status was renumbered");
_Static_assert(OPT_PACKED_VERSION == 1 && OPT_PACKED_TRACK == 1 && OPT_PACKED_ACTIVATE == 2 &&
                   OPT_PACKED_GET_VARIATION == 3 && OPT_PACKED_IS_FEATURE_ENABLED == 4 &&
                   OPT_PACKED_GET_ENABLED_FEATURES == 5 && OPT_PACKED_DECIDE == 6 && OPT_PACKED_DECIDE_FOR_KEYS == 7 &&
                   OPT_PACKED_DECIDE_ALL == 8 && OPT_PACKED_GET_FEATURE_VARIABLE == 9 &&
                   OPT_PACKED_GET_ALL_FEATURE_VARIABLES == 10,
               "a packed call was renumbered");
_Static_assert(OPT_PACKED_NOTIFY == 1 && OPT_PACKED_PROFILE == 2 && OPT_PACKED_PREDICTS == 4,
               "a packed flag was renumbered");
_Static_assert(OPT_DECIDE_DISABLE_DECISION_EVENT == 1 && OPT_DECIDE_ENABLED_FLAGS_ONLY == 2 &&
                   OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE == 4 && OPT_DECIDE_INCLUDE_REASONS == 8 &&
                   OPT_DECIDE_EXCLUDE_VARIABLES == 16 && OPT_DECIDE_IGNORE_CMAB_CACHE == 32 &&
                   OPT_DECIDE_RESET_CMAB_CACHE == 64 && OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE == 128 &&
                   OPT_DECIDE_NO_WAIT == 256,
               "a decide option was renumbered");
_Static_assert(OPT_SOURCE_EXPERIMENT == 0 && OPT_SOURCE_FEATURE_TEST == 1 && OPT_SOURCE_ROLLOUT == 2 &&
                   OPT_SOURCE_HOLDOUT == 3,
               "a source was renumbered");
_Static_assert(OPT_VARIABLE_BOOLEAN == 1 && OPT_VARIABLE_INTEGER == 2 && OPT_VARIABLE_DOUBLE == 3 &&
                   OPT_VARIABLE_STRING == 4 && OPT_VARIABLE_JSON == 5,
               "a variable type was renumbered");
_Static_assert(OPT_NOTIFICATION_DECISION == 1 && OPT_NOTIFICATION_TRACK == 2 && OPT_NOTIFICATION_LOG_EVENT == 4 &&
                   OPT_NOTIFICATION_CONFIG_UPDATE == 8,
               "a kind of notification was renumbered");

int layout(void) { return OPT_STATUS_OK; }
