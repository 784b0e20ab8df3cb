// The tags `revenue` and `value`, as a table: which of them feed metrics, and what each becomes.
#include <math.h>

#include "check.h"
#include "client.h"

// A tag, the metric it gives (NULL: none), and how the tag itself travels (NULL: left out).
typedef struct {
  const char *name;
  const char *tag;
  opt_value value;
  const char *metric;
  const char *travels;
} row;

#define TEXT(literal) opt_string(OPT_STR(literal))

static void test_row(const collector *server, opt_client *client, const row *each, long long unique) {
  opt_error *error = NULL;
  check_scope(each->name);
  opt_user *user = user_named("visitor");
  opt_pair tags[] = {{opt_cstr(each->tag), each->value}, {OPT_STR("other"), opt_int(1)}};
  CHECK_STATUS(opt_track(client, user, OPT_STR("purchase"), tags, 2, &error), OPT_STATUS_OK, &error);
  flush(client);
  json *batches;
  const json *event = json_at(last_visitor(server, unique, &batches), "snapshots[0].events[0]");
  const json *metric = json_at(event, each->tag);
  CHECK((metric != NULL) == (each->metric != NULL));
  if (each->metric) {
    CHECK_TEXT(metric ? metric->text : NULL, each->metric);
    CHECK(metric && metric->kind == JSON_NUMBER);
  }
  const json *tag = json_member(json_at(event, "tags"), tags[0].key.data, tags[0].key.len);
  CHECK((tag != NULL) == (each->travels != NULL));
  if (each->travels)
    CHECK_TEXT(tag ? tag->text : NULL, each->travels);
  CHECK_INT(json_int(event, "tags.other"), 1);
  // Only one of the two metrics was asked for.
  CHECK_INT(event->count, each->metric ? 6 : 5);
  json_free(batches);
  opt_user_free(user);
}

int main(void) {
  const row table[] = {
      {"revenue: integer", "revenue", opt_int(4200), "4200", "4200"},
      {"revenue: zero", "revenue", opt_int(0), "0", "0"},
      {"revenue: negative", "revenue", opt_int(-150), "-150", "-150"},
      {"revenue: INT64_MAX", "revenue", opt_int(INT64_MAX), "9223372036854775807", "9223372036854775807"},
      {"revenue: INT64_MIN", "revenue", opt_int(INT64_MIN), "-9223372036854775808", "-9223372036854775808"},
      {"revenue: a fraction is cut off", "revenue", opt_double(99.99), "99", "99.99"},
      {"revenue: cut toward zero", "revenue", opt_double(-99.99), "-99", "-99.99"},
      {"revenue: beyond int64", "revenue", opt_double(1e19), NULL, "1e+19"},
      {"revenue: beyond int64 below", "revenue", opt_double(-1e19), NULL, "-1e+19"},
      {"revenue: NaN", "revenue", opt_double((double)NAN), NULL, NULL},
      {"revenue: infinity", "revenue", opt_double((double)INFINITY), NULL, NULL},
      {"revenue: text", "revenue", TEXT("4200"), NULL, "4200"},
      {"revenue: true", "revenue", opt_bool(true), NULL, "true"},
      {"revenue: null", "revenue", opt_null(), NULL, NULL},
      {"value: integer", "value", opt_int(4), "4", "4"},
      {"value: double", "value", opt_double(1.5), "1.5", "1.5"},
      {"value: zero", "value", opt_int(0), "0", "0"},
      {"value: negative", "value", opt_double(-0.25), "-0.25", "-0.25"},
      {"value: decimal text", "value", TEXT("-4.5"), "-4.5", "-4.5"},
      {"value: whole text", "value", TEXT("12"), "12", "12"},
      {"value: text with spaces", "value", TEXT(" 2.5\t"), "2.5", " 2.5\t"},
      {"value: text with words", "value", TEXT("12 apples"), NULL, "12 apples"},
      {"value: hexadecimal text", "value", TEXT("0x10"), NULL, "0x10"},
      {"value: text NaN", "value", TEXT("NaN"), NULL, "NaN"},
      {"value: text infinity", "value", TEXT("inf"), NULL, "inf"},
      {"value: text too large", "value", TEXT("1e999"), NULL, "1e999"},
      {"value: empty text", "value", TEXT(""), NULL, ""},
      {"value: true", "value", opt_bool(true), NULL, "true"},
      {"value: NaN", "value", opt_double((double)NAN), NULL, NULL},
      {"value: -infinity", "value", opt_double(-(double)INFINITY), NULL, NULL},
      {"value: null", "value", opt_null(), NULL, NULL},
      {"names are exact", "Revenue", opt_int(1), NULL, "1"},
  };
  collector server = collector_start();
  opt_client *client = client_for(&server);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    test_row(&server, client, &table[i], (long long)i + 1);
  check_scope(NULL);
  CHECK_INT(collector_stat(&server, "conversions"), sizeof table / sizeof *table);
  CHECK_INT(collector_stat(&server, "rejected_posts"), 0);
  close_and_free(client);
  collector_stop(&server);
  return check_done("wire_metrics");
}
