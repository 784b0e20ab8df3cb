// A8: hostile texts: not UTF-8, cut at the end of a page, with NULs, with absurd lengths, of 16 MiB. Nothing is read
// beyond a text's length (a page without access lies behind it), and each is refused or taken as documented.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "datafile.h"
#include "request.h"

enum { LONG_BYTES = 16 << 20, MESSAGE_LIMIT = 4096, GROWTH_LIMIT_KIB = 64 * 1024 };

static unsigned long long fired;
static char *page_end;

// The bytes so that the last is the last of a page, with nothing readable behind.
static opt_str at_page_end(const char *bytes, size_t length) {
  memcpy(page_end - length, bytes, length);
  fired++;
  return (opt_str){page_end - length, length};
}

static void prepare_page(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
    check_abort("no guard page");
  page_end = pages + page;
}

// A text in every place of options that takes one, each time as the only thing wrong.
static void pass_to_options(opt_str text, opt_status expected) {
  opt_error *error = NULL;
  opt_options *options = opt_options_new();
  opt_str good = OPT_STR("gold_banner");
  CHECK_STATUS(opt_options_set_datafile(options, text, &error), expected, &error);
  CHECK_STATUS(opt_options_set_event_endpoint(options, text, &error), expected, &error);
  CHECK_STATUS(opt_options_set_client_name(options, text, good, &error), expected, &error);
  CHECK_STATUS(opt_options_set_client_name(options, good, text, &error), expected, &error);
  CHECK_STATUS(opt_options_set_user_profile_directory(options, text, &error), expected, &error);
  CHECK_STATUS(opt_options_set_cmab_endpoint(options, text, &error), expected, &error);
  opt_options_free(options);
}

// The same for a user.
static void pass_to_users(opt_str text, opt_status expected) {
  opt_error *error = NULL;
  opt_user *made = NULL;
  opt_user *changing = user_named("changing");
  opt_pair by_key = {text, opt_int(1)};
  opt_pair by_value = {OPT_STR("plan"), opt_string(text)};
  opt_str good = OPT_STR("gold_banner"), found = {NULL, 0};
  CHECK_STATUS(opt_user_new(text, NULL, 0, &made, &error), expected, &error);
  CHECK(made == NULL);
  CHECK_STATUS(opt_user_new(good, &by_key, 1, &made, &error), expected, &error);
  CHECK_STATUS(opt_user_new(good, &by_value, 1, &made, &error), expected, &error);
  CHECK_STATUS(opt_user_set_attribute(changing, text, opt_int(1), &error), expected, &error);
  CHECK_STATUS(opt_user_set_attribute(changing, good, opt_string(text), &error), expected, &error);
  CHECK_STATUS(opt_user_set_qualified_segments(changing, &text, 1, &error), expected, &error);
  CHECK_STATUS(opt_user_set_forced_decision(changing, text, good, good, &error), expected, &error);
  CHECK_STATUS(opt_user_set_forced_decision(changing, good, text, good, &error), expected, &error);
  CHECK_STATUS(opt_user_set_forced_decision(changing, good, good, text, &error), expected, &error);
  CHECK_STATUS(opt_user_get_forced_decision(changing, text, good, &found, &error), expected, &error);
  CHECK_STATUS(opt_user_get_forced_decision(changing, good, text, &found, &error), expected, &error);
  CHECK_STATUS(opt_user_remove_forced_decision(changing, text, good, &error), expected, &error);
  CHECK_STATUS(opt_user_remove_forced_decision(changing, good, text, &error), expected, &error);
  opt_user_free(changing);
}

// The same for a flag's variables.
static void pass_to_variables(const opt_client *client, const opt_user *user, opt_str text, opt_status expected) {
  opt_error *error = NULL;
  bool boolean;
  int64_t integer;
  double number;
  uint32_t type;
  opt_text *owned = NULL;
  opt_str good = OPT_STR("search"), found = {NULL, 0};
  for (int i = 0; i < 2; i++) {
    opt_str flag = i ? text : good, key = i ? good : text;
    CHECK_STATUS(opt_get_feature_variable_boolean(client, user, flag, key, &boolean, &error), expected, &error);
    CHECK_STATUS(opt_get_feature_variable_integer(client, user, flag, key, &integer, &error), expected, &error);
    CHECK_STATUS(opt_get_feature_variable_double(client, user, flag, key, &number, &error), expected, &error);
    CHECK_STATUS(opt_get_feature_variable_string(client, user, flag, key, &owned, &error), expected, &error);
    CHECK_STATUS(opt_get_feature_variable_json(client, user, flag, key, &owned, &error), expected, &error);
    CHECK_STATUS(opt_get_feature_variable(client, user, flag, key, &type, &owned, &error), expected, &error);
  }
  CHECK_STATUS(opt_get_all_feature_variables(client, user, text, &owned, &error), expected, &error);
  CHECK(owned == NULL);
  opt_decision *decision = decide(client, user, "dark_mode", OPT_DECIDE_DISABLE_DECISION_EVENT);
  CHECK_STATUS(opt_decision_get_boolean(decision, text, &boolean, &error), expected, &error);
  CHECK_STATUS(opt_decision_get_integer(decision, text, &integer, &error), expected, &error);
  CHECK_STATUS(opt_decision_get_double(decision, text, &number, &error), expected, &error);
  CHECK_STATUS(opt_decision_get_string(decision, text, &found, &error), expected, &error);
  CHECK_STATUS(opt_decision_get_json(decision, text, &found, &error), expected, &error);
  opt_decision_free(decision);
}

// The same for everything else; what only looks something up finds nothing.
static void pass_everywhere(const opt_client *client, const opt_user *user, opt_str text, opt_status expected) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decisions *decisions = NULL;
  opt_config *config = NULL;
  bool is_enabled;
  opt_pair by_key = {text, opt_int(1)};
  opt_pair by_value = {OPT_STR("plan"), opt_string(text)};
  opt_str good = OPT_STR("gold_banner");
  pass_to_options(text, expected);
  pass_to_users(text, expected);
  pass_to_variables(client, user, text, expected);
  CHECK_STATUS(opt_client_set_datafile(client, text, &error), expected, &error);
  CHECK_STATUS(opt_track(client, user, text, NULL, 0, &error), expected, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &by_key, 1, &error), expected, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &by_value, 1, &error), expected, &error);
  CHECK_STATUS(opt_activate(client, user, text, &decision, &error), expected, &error);
  CHECK_STATUS(opt_get_variation(client, user, text, &decision, &error), expected, &error);
  CHECK_STATUS(opt_decide(client, user, text, 0, &decision, &error), expected, &error);
  CHECK_STATUS(opt_decide_for_keys(client, user, &text, 1, 0, &decisions, &error), expected, &error);
  CHECK(decision == NULL && decisions == NULL);
  CHECK_STATUS(opt_is_feature_enabled(client, user, text, &is_enabled, NULL, &error), expected, &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, text, good, good, &error), expected, &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, good, text, good, &error), expected, &error);
  CHECK_STATUS(opt_client_set_forced_variation(client, good, good, text, &error), expected, &error);
  CHECK_STATUS(opt_client_remove_forced_variation(client, text, good, &error), expected, &error);
  CHECK_STATUS(opt_client_remove_forced_variation(client, good, text, &error), expected, &error);
  CHECK_STATUS(opt_client_get_forced_variation(client, text, good, &decision, &error), expected, &error);
  CHECK_STATUS(opt_client_get_forced_variation(client, good, text, &decision, &error), expected, &error);
  must(opt_client_get_optimizely_config(client, &config, &error), error);
  CHECK(opt_config_experiment_find(config, text) == NULL);
  CHECK(opt_config_feature_find(config, text) == NULL);
  opt_config_free(config);
  must(opt_decide_all(client, user, OPT_DECIDE_DISABLE_DECISION_EVENT, &decisions, &error), error);
  CHECK(opt_decisions_find(decisions, text) == NULL);
  opt_decisions_free(decisions);
}

static void test_invalid(const opt_client *client, const opt_user *user) {
  // A lone continuation, a cut sequence of each length, overlong forms, surrogates, beyond Unicode, bytes UTF-8 lacks.
  static const char *const texts[] = {"\x80",
                                      "\xC3",
                                      "a\xE2\x82",
                                      "ab\xF0\x9F\x98",
                                      "\xC0\xAF",
                                      "\xE0\x80\xAF",
                                      "\xF0\x80\x80\xAF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF\xFE"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    check_scope("not UTF-8");
    pass_everywhere(client, user, at_page_end(texts[i], strlen(texts[i])), OPT_STATUS_INVALID_UTF8);
  }
  check_scope("no bytes");
  pass_everywhere(client, user, (opt_str){NULL, 1}, OPT_STATUS_INVALID_ARGUMENT);
  check_scope("length SIZE_MAX");
  pass_everywhere(client, user, (opt_str){page_end - 1, SIZE_MAX}, OPT_STATUS_INVALID_ARGUMENT);
  check_scope("length beyond the address space");
  pass_everywhere(client, user, (opt_str){page_end - 1, SIZE_MAX / 2 + 1}, OPT_STATUS_INVALID_ARGUMENT);
  fired += 3;
  check_scope(NULL);
}

// Good texts that end with their page: keys, ids and values of every alignment.
static void test_page_end(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  for (size_t length = 1; length <= 70; length++) {
    char bytes[70];
    memset(bytes, 'k', length);
    opt_user *user = NULL;
    CHECK_STATUS(opt_user_new(at_page_end(bytes, length), NULL, 0, &user, &error), OPT_STATUS_OK, &error);
    opt_pair tag = {OPT_STR("note"), opt_string(at_page_end(bytes, length))};
    CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &tag, 1, &error), OPT_STATUS_OK, &error);
    CHECK_STATUS(opt_track(client, user, at_page_end(bytes, length), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT,
                 &error);
    opt_user_free(user);
  }
  request asked = request_plain(OPT_PACKED_TRACK, "purchase", "visitor");
  uint8_t room[16];
  size_t size;
  for (size_t cut = 0; cut <= asked.size; cut++) {
    opt_str bytes = at_page_end((const char *)asked.bytes, cut);
    opt_status status = opt_call_packed(client, (const uint8_t *)bytes.data, cut, room, sizeof room, &size, &error);
    CHECK_STATUS(status, cut < asked.size ? OPT_STATUS_INVALID_ARGUMENT : OPT_STATUS_OK, &error);
  }
  flush(client);
  CHECK_INT(collector_stat(server, "unique"), 71);
  close_and_free(client);
  collector_reset(server);
}

// A NUL with an explicit length is data.
static void test_nul(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = NULL;
  CHECK_STATUS(opt_user_new(OPT_STR("a\0b"), NULL, 0, &user, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase\0"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  opt_pair tag = {OPT_STR("note"), opt_string(OPT_STR("c\0d"))};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), &tag, 1, &error), OPT_STATUS_OK, &error);
  fired += 3;
  flush(client);
  json *batches;
  const json *visitor = last_visitor(server, 1, &batches);
  const json *id = json_at(visitor, "visitor_id");
  CHECK(id && id->length == 3 && memcmp(id->text, "a\0b", 3) == 0);
  const json *note = json_at(visitor, "snapshots[0].events[0].tags.note");
  CHECK(note && note->length == 3 && memcmp(note->text, "c\0d", 3) == 0);
  json_free(batches);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

// An error's message is a line for a log, whatever the text it speaks of.
static void check_refused(opt_status status, opt_status expected, opt_error **error) {
  CHECK_RANGE(opt_error_message(*error).len, 1, MESSAGE_LIMIT);
  CHECK_STATUS(status, expected, error);
  fired++;
}

static long peak_kib(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void test_long(const opt_client *client, const opt_user *user, size_t length) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  // Never written: reading gives zeros, which are text too.
  void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED)
    check_abort("no address space for a long text");
  opt_str text = {bytes, length};
  opt_pair tag = {OPT_STR("note"), opt_string(text)};
  opt_stats before = stats_of(client);
  long peak = peak_kib();
  check_refused(opt_track(client, user, OPT_STR("purchase"), &tag, 1, &error), OPT_STATUS_TOO_LARGE, &error);
  check_refused(opt_track(client, user, text, NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  check_refused(opt_activate(client, user, text, &decision, &error), OPT_STATUS_UNKNOWN_EXPERIMENT, &error);
  check_refused(opt_client_set_datafile(client, text, &error), OPT_STATUS_INVALID_DATAFILE, &error);
  CHECK_INT(stats_of(client).accepted, before.accepted);
  CHECK_INT(stats_of(client).refused_too_large, before.refused_too_large + 1);
  // Refused by its length, not by trying; a checker's own memory grows with what it watches.
  printf("a08: refusing texts of %zu MiB took %ld KiB of memory\n", length >> 20, peak_kib() - peak);
  if (!getenv("OPT_CHECKED"))
    CHECK_RANGE(peak_kib() - peak, 0, GROWTH_LIMIT_KIB);
  munmap(bytes, length);
}

static void test_long_ids(const opt_client *client) {
  opt_error *error = NULL;
  char *bytes = malloc(LONG_BYTES);
  if (!bytes)
    check_abort("no memory for a long id");
  memset(bytes, 'v', LONG_BYTES);
  opt_user *user = NULL;
  CHECK_STATUS(opt_user_new((opt_str){bytes, LONG_BYTES}, NULL, 0, &user, &error), OPT_STATUS_OK, &error);
  check_refused(opt_track(client, user, OPT_STR("purchase"), NULL, 0, &error), OPT_STATUS_TOO_LARGE, &error);
  opt_decision *decision = NULL;
  opt_decision_view view;
  CHECK_STATUS(opt_activate(client, user, OPT_STR("checkout_button"), &decision, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decision_read(decision, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.variation_key, "green");
  CHECK_INT(view.event_status, OPT_EVENT_TOO_LARGE);
  opt_decision_free(decision);
  opt_user_free(user);
  free(bytes);
}

int main(void) {
  collector server = collector_start();
  prepare_page();
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  test_invalid(client, user);
  CHECK_INT(stats_of(client).accepted, 0);
  test_page_end(&server);
  test_nul(&server);
  test_long(client, user, LONG_BYTES);
  // Two gigabytes take a checker minutes and show it nothing that 16 MiB do not.
  if (!getenv("OPT_CHECKED"))
    test_long(client, user, (size_t)1 << 31);
  test_long_ids(client);
  opt_user_free(user);
  close_and_free(client);
  check_fired("A8", "hostile texts are refused, and nothing is read beyond a text's length", fired);
  collector_stop(&server);
  return check_done("a08_text_bounds");
}
