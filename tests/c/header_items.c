// Every macro and inline builder of the header does what its comment says, and header and library are one version.
// PACKAGE_VERSION comes from the build: the version in Cargo.toml.
#include <math.h>
#include <opttrack.h>
#include <stdio.h>

#include "check.h"

static void test_versions(void) {
  char composed[64];
  snprintf(composed, sizeof composed, "%d.%d.%d", OPT_VERSION_MAJOR, OPT_VERSION_MINOR, OPT_VERSION_PATCH);
  CHECK_TEXT(OPT_VERSION, composed);
  CHECK_TEXT(OPT_VERSION, PACKAGE_VERSION);
  CHECK_STR(opt_version(), PACKAGE_VERSION);
}

static void test_texts(void) {
  opt_str literal = OPT_STR("gr\xC3\xBCn");
  CHECK_STR(literal, "gr\xC3\xBCn");
  CHECK_INT(literal.len, 5);
  opt_str with_nul = OPT_STR("a\0b");
  CHECK_INT(with_nul.len, 3);
  CHECK_INT(with_nul.data[2], 'b');
  opt_str empty = OPT_STR("");
  CHECK_INT(empty.len, 0);

  char text[] = "borrowed";
  opt_str borrowed = opt_cstr(text);
  CHECK(borrowed.data == text);
  CHECK_INT(borrowed.len, 8);
  opt_str none = opt_cstr(NULL);
  CHECK(none.data == NULL);
  CHECK_INT(none.len, 0);
}

static void test_builders(void) {
  CHECK_INT(opt_null().type, OPT_VALUE_NULL);
  CHECK_INT(opt_bool(true).type, OPT_VALUE_BOOL);
  CHECK(opt_bool(true).as.boolean);
  CHECK(!opt_bool(false).as.boolean);
  CHECK_INT(opt_int(INT64_MIN).type, OPT_VALUE_INT);
  CHECK_INT(opt_int(INT64_MIN).as.integer, INT64_MIN);
  CHECK_INT(opt_double(-0.5).type, OPT_VALUE_DOUBLE);
  CHECK(fabs(opt_double(-0.5).as.number + 0.5) < 1e-300);
  opt_value string = opt_string(OPT_STR("card"));
  CHECK_INT(string.type, OPT_VALUE_STRING);
  CHECK_STR(string.as.string, "card");

  // They are constant expressions' neighbours in an initialiser, as the quick start writes them.
  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4200)}, {OPT_STR("method"), opt_string(OPT_STR("card"))}};
  CHECK_STR(tags[1].key, "method");
  CHECK_INT(tags[0].value.as.integer, 4200);
}

// The names of all statuses, in the order of their numbers, written apart from the library's table.
static void test_status_names(void) {
  static const char *const names[] = {
      "OK",
      "INVALID_ARGUMENT",
      "INVALID_UTF8",
      "INVALID_DATAFILE",
      "NOT_READY",
      "CLOSED",
      "UNKNOWN_EVENT",
      "UNKNOWN_EXPERIMENT",
      "UNKNOWN_FLAG",
      "UNKNOWN_VARIABLE",
      "NOT_FOUND",
      "WRONG_TYPE",
      "BAD_VALUE",
      "PARTIAL",
      "TOO_LARGE",
      "QUEUE_FULL",
      "DISK",
      "OUT_OF_MEMORY",
      "TIMEOUT",
      "NOT_SUPPORTED",
      "INTERNAL",
      "PREDICTION_FAILED",
      "NEEDS_PREDICTION",
      "TRACKING_OFF",
      "NETWORK",
  };
  int count = (int)(sizeof names / sizeof *names);
  CHECK_INT(count, OPT_STATUS_NETWORK + 1);
  for (int status = 0; status < count; status++) {
    char full[64];
    snprintf(full, sizeof full, "OPT_STATUS_%s", names[status]);
    CHECK_TEXT(opt_status_name(status), full);
  }
  CHECK_TEXT(opt_status_name(count), "OPT_STATUS_UNKNOWN");
  CHECK_TEXT(opt_status_name(-1), "OPT_STATUS_UNKNOWN");
  CHECK_TEXT(opt_status_name(INT32_MAX), "OPT_STATUS_UNKNOWN");
  CHECK_TEXT(opt_status_name(INT32_MIN), "OPT_STATUS_UNKNOWN");
}

// Levels and states that a program compares with < and >.
static void test_orders(void) {
  CHECK(OPT_LOG_OFF < OPT_LOG_ERROR && OPT_LOG_ERROR < OPT_LOG_WARNING);
  CHECK(OPT_LOG_WARNING < OPT_LOG_INFO && OPT_LOG_INFO < OPT_LOG_DEBUG);
  CHECK(OPT_DELIVERY_OK < OPT_DELIVERY_RETRYING && OPT_DELIVERY_RETRYING < OPT_DELIVERY_HELD);
}

int main(void) {
  test_versions();
  test_texts();
  test_builders();
  test_status_names();
  test_orders();
  return check_done("header_items");
}
