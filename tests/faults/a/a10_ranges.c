// A10: numbers out of range: value types, levels, option bits, sizes, and every option of a client one below its least
// and one above its greatest. Each is refused with a status that names it; its bounds themselves are taken.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "request.h"

static unsigned long long fired;

static void check_refused(opt_status status, const char *place, opt_error **error) {
  CHECK_STR(opt_error_place(*error), place);
  CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, error);
  fired++;
}

static void ignore(const opt_notification *notification, void *user_data) {
  (void)notification;
  (void)user_data;
}

static void test_value_types(const opt_client *client, opt_user *user) {
  static const uint32_t types[] = {5, 6, 255, 256, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
  opt_error *error = NULL;
  opt_user *made = NULL;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    opt_pair pairs[] = {{OPT_STR("good"), opt_int(1)}, {OPT_STR("bad"), opt_int(1)}};
    pairs[1].value.type = types[i];
    check_refused(opt_track(client, user, OPT_STR("purchase"), pairs, 2, &error), "tags", &error);
    check_refused(opt_user_new(OPT_STR("visitor"), pairs, 2, &made, &error), "attributes", &error);
    CHECK(made == NULL);
    check_refused(opt_user_set_attribute(user, OPT_STR("bad"), pairs[1].value, &error), "value", &error);
  }
  // A C bool of another byte than 0 and 1 is still true or false.
  opt_value odd = opt_bool(true);
  memset(&odd.as, 2, 1);
  CHECK_STATUS(opt_user_set_attribute(user, OPT_STR("is_member"), odd, &error), OPT_STATUS_OK, &error);
  fired++;
}

static void test_levels(void) {
  static const uint32_t levels[] = {OPT_LOG_DEBUG + 1, 255, UINT32_MAX};
  opt_error *error = NULL;
  opt_options *options = opt_options_new();
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    check_refused(opt_options_set_log_level(options, levels[i], &error), "level", &error);
  opt_options_free(options);
}

static void test_sizes(const opt_client *client) {
  static const size_t sizes[] = {0, 1, 7, 9, 4095, 4097, 4104, SIZE_MAX};
  opt_error *error = NULL;
  opt_stats stats;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    check_refused(opt_client_stats(client, &stats, sizes[i], &error), "size", &error);
}

static void test_counts(const opt_client *client, const opt_user *user) {
  // More pairs than the address space holds, and a pointer that no pair can lie at.
  opt_error *error = NULL;
  opt_pair pair = {OPT_STR("good"), opt_int(1)};
  check_refused(opt_track(client, user, OPT_STR("purchase"), &pair, SIZE_MAX, &error), "tags", &error);
  check_refused(opt_track(client, user, OPT_STR("purchase"), &pair, SIZE_MAX / sizeof pair + 2, &error), "tags",
                &error);
  const void *crooked = (const char *)&pair + 1;
  check_refused(opt_track(client, user, OPT_STR("purchase"), crooked, 1, &error), "tags", &error);
  // A count of 0 may have any pointer.
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), crooked, 0, &error), OPT_STATUS_OK, &error);
}

// One number of one option; the others keep their defaults.
typedef struct {
  const char *named;
  opt_status (*set)(opt_options *options, uint64_t value, opt_error **error);
  uint64_t least;
  uint64_t most;
} option;

static opt_status set_batch(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_batch_size(o, (uint32_t)v, e);
}
static opt_status set_interval(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_flush_interval_ms(o, (uint32_t)v, e);
}
static opt_status set_connect(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_timeouts_ms(o, (uint32_t)v, 1000, e);
}
static opt_status set_total(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_timeouts_ms(o, 1000, (uint32_t)v, e);
}
static opt_status set_first(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_retry_delays_ms(o, (uint32_t)v, 3600000, e);
}
static opt_status set_longest(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_retry_delays_ms(o, 1, (uint32_t)v, e);
}
static opt_status set_prediction(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_cmab_timeout_ms(o, (uint32_t)v, e);
}
static opt_status set_cache_entries(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_cmab_cache(o, (uint32_t)v, 1000, e);
}
static opt_status set_cache_time(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_cmab_cache(o, 10, (uint32_t)v, e);
}
static opt_status set_queue(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_notification_queue(o, OPT_NOTIFICATION_LOG_EVENT, (uint32_t)v, e);
}
static opt_status set_default_options(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_default_decide_options(o, (uint32_t)v, e);
}
static opt_status set_types(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_notification_queue(o, (uint32_t)v, 1, e);
}
static opt_status set_bytes(opt_options *o, uint64_t v, opt_error **e) {
  return opt_options_set_queue_limit(o, v, 0, e);
}

// Whether a client can be made with a value; the message of a refusal must name the option.
static bool is_taken(const option *each, uint64_t value) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = options_for(NULL);
  opt_status status = each->set(options, value, &error);
  if (status == OPT_STATUS_OK)
    status = opt_client_new(options, &client, &error);
  else
    opt_options_free(options);
  char *message = error ? strndup(opt_error_message(error).data, opt_error_message(error).len) : NULL;
  CHECK(!message || strstr(message, each->named));
  free(message);
  CHECK_STATUS(status, status == OPT_STATUS_OK ? OPT_STATUS_OK : OPT_STATUS_INVALID_ARGUMENT, &error);
  opt_client_free(client);
  return status == OPT_STATUS_OK;
}

static const option default_options = {"default_decide_options", set_default_options, 0, 511};
static const option queued_types = {"types", set_types, 0, 15};

// Every bit that no option and no kind of notification has.
static void test_option_bits(opt_client *client, const opt_user *user) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decisions *decisions = NULL;
  opt_str key = OPT_STR("search");
  for (unsigned bit = 9; bit < 32; bit++) {
    uint32_t options = (uint32_t)1 << bit;
    check_refused(opt_decide(client, user, key, options, &decision, &error), "options", &error);
    check_refused(opt_decide_for_keys(client, user, &key, 1, options, &decisions, &error), "options", &error);
    check_refused(opt_decide_all(client, user, options | 1, &decisions, &error), "options", &error);
    CHECK(!decision && !decisions);
    CHECK(!is_taken(&default_options, options));
    fired++;
  }
  for (unsigned bit = 6; bit < 32; bit++) {
    uint64_t id = 0;
    check_refused(opt_client_add_listener(client, (uint32_t)1 << bit, ignore, NULL, NULL, &id, &error), "types",
                  &error);
    CHECK_INT(id, 0);
    // What is logged goes to the queue alone.
    CHECK(is_taken(&queued_types, (uint32_t)1 << bit) == ((uint32_t)1 << bit == OPT_NOTIFICATION_LOG));
    fired++;
  }
  for (uint32_t type = 6; type != 0; type *= 2) {
    request asked = request_begin((request_head){
        .call = OPT_PACKED_GET_FEATURE_VARIABLE, .key = "search", .variable = "none", .variable_type = type});
    uint8_t room[64];
    size_t size = 0;
    put_plain_user(&asked, "visitor");
    CHECK_STATUS(opt_call_packed(client, asked.bytes, asked.size, room, sizeof room, &size, &error),
                 OPT_STATUS_INVALID_ARGUMENT, &error);
    fired++;
  }
}

static void test_options(void) {
  static const option table[] = {
      {"batch_size", set_batch, 1, 1000},
      {"flush_interval_ms", set_interval, 1, 86400000},
      {"connect", set_connect, 1, 600000},
      {"total", set_total, 1, 600000},
      {"first", set_first, 1, 3600000},
      {"longest", set_longest, 1, 3600000},
      {"cmab_timeout_ms", set_prediction, 1, 600000},
      // 0 is the default, and what is below it is the greatest number there is.
      {"entries", set_cache_entries, 0, 1000000},
      {"ttl", set_cache_time, 0, 86400000},
      {"capacity", set_queue, 0, 100000},
      {"bytes", set_bytes, 64 * 1024, (uint64_t)1 << 40},
  };
  CHECK(is_taken(&default_options, default_options.most));
  CHECK(is_taken(&queued_types, queued_types.most));
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const option *each = &table[i];
    check_scope(each->named);
    CHECK(is_taken(each, each->least));
    CHECK(is_taken(each, each->most));
    CHECK(!is_taken(each, each->least - 1));
    CHECK(!is_taken(each, each->most + 1));
    CHECK(!is_taken(each, each->set == set_bytes ? UINT64_MAX : UINT32_MAX));
    fired += 3;
  }
  check_scope(NULL);
}

// Numbers that contradict each other, texts that are no endpoint, names that are empty.
static void test_contradictions(void) {
  static const char *const urls[] = {"",         "logx.optimizely.com", "ftp://example.org/", "http://",
                                     "http:///", "http://:80/",         "http://h:99999/",    "http://h h/"};
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_retry_delays_ms(options, 500, 100, &error), error);
  CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    check_scope(urls[i]);
    options = options_for(NULL);
    must(opt_options_set_event_endpoint(options, opt_cstr(urls[i]), &error), error);
    CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
    CHECK(client == NULL);
    fired++;
  }
  static const char *const templates[] = {"",   "http://127.0.0.1:1/predict", "http://127.0.0.1:1/%s/%s",
                                          "%s", "ftp://127.0.0.1/%s",         "http://127.0.0.1:1/%d"};
  for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
    check_scope(templates[i]);
    options = options_for(NULL);
    opt_status status = opt_options_set_cmab_endpoint(options, opt_cstr(templates[i]), &error);
    if (status == OPT_STATUS_OK)
      status = opt_client_new(options, &client, &error);
    else
      opt_options_free(options);
    CHECK_STATUS(status, OPT_STATUS_INVALID_ARGUMENT, &error);
    CHECK(client == NULL);
    fired++;
  }
  check_scope("client name");
  for (int i = 0; i < 2; i++) {
    options = options_for(NULL);
    must(
        opt_options_set_client_name(options, i ? OPT_STR("name") : OPT_STR(""), i ? OPT_STR("") : OPT_STR("1"), &error),
        error);
    CHECK_STATUS(opt_client_new(options, &client, &error), OPT_STATUS_INVALID_ARGUMENT, &error);
    fired++;
  }
  check_scope(NULL);
}

int main(void) {
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  test_value_types(client, user);
  test_option_bits(client, user);
  test_levels();
  test_sizes(client);
  test_counts(client, user);
  CHECK_INT(stats_of(client).accepted, 1);
  opt_user_free(user);
  opt_client_free(client);
  test_options();
  test_contradictions();
  check_fired("A10", "every number out of range is refused by name", fired);
  return check_done("a10_ranges");
}
