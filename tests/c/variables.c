// Feature variables outside decide: each type, any type, all at once; the errors of each; and that none sends anything.
#include <string.h>

#include "check.h"
#include "client.h"

static const opt_str CHECKOUT = {"checkout", 8};

static void check_owned(opt_text *text, const char *expected) {
  CHECK_STR(opt_text_read(text), expected);
  opt_text_free(text);
}

static void test_typed(const opt_client *client) {
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  opt_user *plain = user_named("visitor");
  bool banner = false;
  int64_t items = 0;
  double price = 0;
  opt_text *text = NULL;
  CHECK_STATUS(opt_get_feature_variable_boolean(client, gold, CHECKOUT, OPT_STR("show_banner"), &banner, &error),
               OPT_STATUS_OK, &error);
  CHECK(banner);
  CHECK_STATUS(opt_get_feature_variable_integer(client, gold, CHECKOUT, OPT_STR("max_items"), &items, &error),
               OPT_STATUS_OK, &error);
  CHECK_INT(items, 25);
  CHECK_STATUS(opt_get_feature_variable_double(client, gold, CHECKOUT, OPT_STR("price"), &price, &error), OPT_STATUS_OK,
               &error);
  CHECK_INT(price * 10, 45);
  CHECK_STATUS(opt_get_feature_variable_string(client, gold, CHECKOUT, OPT_STR("title"), &text, &error), OPT_STATUS_OK,
               &error);
  check_owned(text, "Buy \"now\"");
  CHECK_STATUS(opt_get_feature_variable_json(client, gold, CHECKOUT, OPT_STR("layout"), &text, &error), OPT_STATUS_OK,
               &error);
  check_owned(text, "{\"columns\":3}");
  // Where the flag is off for the user, the defaults.
  CHECK_STATUS(opt_get_feature_variable_boolean(client, plain, CHECKOUT, OPT_STR("show_banner"), &banner, &error),
               OPT_STATUS_OK, &error);
  CHECK(!banner);
  CHECK_STATUS(opt_get_feature_variable_string(client, plain, CHECKOUT, OPT_STR("title"), &text, &error), OPT_STATUS_OK,
               &error);
  check_owned(text, "Pay");
  opt_user_free(plain);
  opt_user_free(gold);
}

static void test_untyped(const opt_client *client) {
  static const struct {
    const char *key;
    uint32_t type;
    const char *value;
  } table[] = {
      {"show_banner", OPT_VARIABLE_BOOLEAN, "true"},
      {"max_items", OPT_VARIABLE_INTEGER, "25"},
      {"price", OPT_VARIABLE_DOUBLE, "4.5"},
      {"title", OPT_VARIABLE_STRING, "\"Buy \\\"now\\\"\""},
      {"layout", OPT_VARIABLE_JSON, "{\"columns\":3}"},
  };
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    uint32_t type = 0;
    opt_text *text = NULL;
    check_scope(table[i].key);
    CHECK_STATUS(opt_get_feature_variable(client, gold, CHECKOUT, opt_cstr(table[i].key), &type, &text, &error),
                 OPT_STATUS_OK, &error);
    CHECK_INT(type, table[i].type);
    check_owned(text, table[i].value);
  }
  check_scope(NULL);
  opt_user_free(gold);
}

static void test_all(const opt_client *client) {
  opt_error *error = NULL;
  opt_text *text = NULL;
  opt_user *gold = user_gold("visitor");
  CHECK_STATUS(opt_get_all_feature_variables(client, gold, CHECKOUT, &text, &error), OPT_STATUS_OK, &error);
  json *values = json_of(opt_text_read(text));
  CHECK_INT(values->count, 5);
  CHECK_TEXT(json_text(values, "show_banner"), "true");
  CHECK_TEXT(json_text(values, "price"), "4.5");
  CHECK_TEXT(json_text(values, "layout.columns"), "3");
  json_free(values);
  opt_text_free(text);
  // What can be read is given, and what can't is null.
  CHECK_STATUS(opt_get_all_feature_variables(client, gold, OPT_STR("broken"), &text, &error), OPT_STATUS_PARTIAL,
               &error);
  check_owned(text, "{\"count\":null,\"label\":\"fine\"}");
  CHECK_STATUS(opt_get_all_feature_variables(client, gold, OPT_STR("split"), &text, &error), OPT_STATUS_OK, &error);
  check_owned(text, "{}");
  CHECK_STATUS(opt_get_all_feature_variables(client, gold, OPT_STR("none"), &text, &error), OPT_STATUS_UNKNOWN_FLAG,
               &error);
  CHECK(text == NULL);
  opt_user_free(gold);
}

// Every getter against a flag or variable there is none of, one of another type, and one that can't be read.
static void test_errors(const opt_client *client) {
  static const struct {
    const char *flag, *boolean, *integer;
    opt_status as_boolean, as_integer;
  } table[] = {
      {"none", "show_banner", "max_items", OPT_STATUS_UNKNOWN_FLAG, OPT_STATUS_UNKNOWN_FLAG},
      {"checkout", "none", "none", OPT_STATUS_UNKNOWN_VARIABLE, OPT_STATUS_UNKNOWN_VARIABLE},
      {"checkout", "max_items", "show_banner", OPT_STATUS_WRONG_TYPE, OPT_STATUS_WRONG_TYPE},
      {"checkout", "price", "price", OPT_STATUS_WRONG_TYPE, OPT_STATUS_WRONG_TYPE},
      {"broken", "count", "count", OPT_STATUS_WRONG_TYPE, OPT_STATUS_BAD_VALUE},
      {"checkout", "\xFF", "\xFF", OPT_STATUS_INVALID_UTF8, OPT_STATUS_INVALID_UTF8},
  };
  opt_error *error = NULL;
  opt_user *gold = user_gold("visitor");
  bool banner = true;
  int64_t items = 7;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    opt_str flag = opt_cstr(table[i].flag);
    CHECK_STATUS(opt_get_feature_variable_boolean(client, gold, flag, opt_cstr(table[i].boolean), &banner, &error),
                 table[i].as_boolean, &error);
    CHECK_STATUS(opt_get_feature_variable_integer(client, gold, flag, opt_cstr(table[i].integer), &items, &error),
                 table[i].as_integer, &error);
  }
  CHECK(banner);
  CHECK_INT(items, 7);
  double price = 7;
  uint32_t type = 7;
  opt_text *text = NULL;
  opt_str title = OPT_STR("title");
  opt_str layout = OPT_STR("layout");
  opt_str count = OPT_STR("count");
  CHECK_STATUS(opt_get_feature_variable_double(client, gold, CHECKOUT, title, &price, &error), OPT_STATUS_WRONG_TYPE,
               &error);
  CHECK_STATUS(opt_get_feature_variable_string(client, gold, CHECKOUT, layout, &text, &error), OPT_STATUS_WRONG_TYPE,
               &error);
  CHECK(text == NULL);
  CHECK_STATUS(opt_get_feature_variable_json(client, gold, CHECKOUT, title, &text, &error), OPT_STATUS_WRONG_TYPE,
               &error);
  CHECK(text == NULL);
  CHECK_STATUS(opt_get_feature_variable(client, gold, OPT_STR("broken"), count, &type, &text, &error),
               OPT_STATUS_BAD_VALUE, &error);
  CHECK(text == NULL);
  CHECK_STATUS(opt_get_feature_variable(client, gold, CHECKOUT, OPT_STR("none"), &type, &text, &error),
               OPT_STATUS_UNKNOWN_VARIABLE, &error);
  CHECK_STR(opt_text_read(NULL), NULL);
  opt_text_free(NULL);
  opt_user_free(gold);
}

int main(void) {
  opt_client *client = client_of(flags_for(NULL));
  test_typed(client);
  test_untyped(client);
  test_all(client);
  test_errors(client);
  CHECK_INT(stats_of(client).accepted, 0);
  opt_client_free(client);
  return check_done("variables");
}
